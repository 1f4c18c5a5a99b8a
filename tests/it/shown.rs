//! What others say is seen here: reactions with an emoji, votes against, who is banned.

use crate::stage::Stage;
use http::Method;
use kit::http::{Answer, Client};
use kit::poll::becomes;
use kit::{Peer, PeerActor, Person};
use serde_json::{Value, json};

/// A member elsewhere of the open community.
async fn member(stage: &Stage) -> (Peer, PeerActor) {
    let peer = Peer::start().await;
    let pat = peer.actor("pat", "Person");
    let join = pat.does("Join", &peer.at("/join/1"), &json!(group(stage)));
    assert_eq!(pat.post(&stage.inbox(), &join).await.status, 202);
    becomes("the member is in", async || peer.delivered().iter().any(|one| one["type"] == "Accept")).await;
    (peer, pat)
}

fn group(stage: &Stage) -> String {
    format!("{}/a/{}", stage.hall.base, stage.open.actor)
}

async fn tells(stage: &Stage, who: &PeerActor, activity: &Value) {
    let mut activity = activity.clone();
    activity["audience"] = json!(group(stage));
    assert_eq!(who.post(&stage.inbox(), &activity).await.status, 202);
    stage.settled().await;
}

async fn page(stage: &Stage) -> String {
    stage.hall.in_browser(&stage.ada).await.get("/@gardens").await.text()
}

async fn form(browser: &Client, path: &str, body: &str) -> Answer {
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    browser.send(Method::POST, path, &kind, Some(body.into())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reaction_is_shown_with_its_emoji_and_other_words_are_a_like() {
    let stage = Stage::new().await;
    let (post, uri) = stage.public_post("hello").await;
    for (number, (kind, content)) in [
        ("EmojiReact", json!("🎉")),
        ("Like", json!("🎉")),
        ("EmojiReact", json!("👩🏽‍🚀")),
        ("EmojiReact", json!(":blobcat:")),
        ("EmojiReact", json!("<b>no</b>")),
        ("EmojiReact", json!("x".repeat(300))),
        ("Like", json!("gut gemacht")),
        ("Like", Value::Null),
    ]
    .into_iter()
    .enumerate()
    {
        let who = stage.honest.actor(&format!("fan{number}"), "Person");
        let mut react = who.does(kind, &stage.good(&format!("/r/{number}")), &json!(uri));
        react["content"] = content;
        assert_eq!(who.post(&stage.inbox(), &react).await.status, 202);
    }
    let apps = async || stage.client().read(&format!("/api/v1/statuses/{post}")).await["favourites_count"] == 8;
    becomes("all count", apps).await;
    let browser = stage.hall.anonymous();
    let shown = browser.get(&format!("/@ada/{post}")).await.text();
    assert!(shown.contains("8 likes</a>"), "{shown}");
    for part in ["<bdi>🎉</bdi> 2</span>", "<bdi>👩🏽‍🚀</bdi></span>", "<bdi>:blobcat:</bdi></span>"] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    let likes = browser.get(&format!("/@ada/{post}/likes")).await.text();
    assert!(likes.matches("<li class=\"card").count() == 8 && likes.matches("🎉").count() == 2, "{likes}");
    for never in ["<b>no", "xxx", "gut gemacht"] {
        assert!(!shown.contains(never) && !likes.contains(never), "{never}");
    }
    assert_eq!(browser.get("/@ada/1/likes").await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn votes_against_are_shown_to_those_who_lead_and_to_nobody_else() {
    let stage = Stage::new().await;
    let (peer, pat) = member(&stage).await;
    let ben = stage.hall.person("ben").await;
    stage.hall.member(&stage.open, ben.actor).await;
    let post = stage.hall.post_in(&ben, &stage.open, "hello").await;
    tells(&stage, &pat, &pat.does("Dislike", &peer.at("/dislike/1"), &json!(format!("{}/p/{post}", stage.hall.base)))).await;
    let path = format!("/@ben/{post}");
    let seen = async |person: &Person| stage.hall.in_browser(person).await.get(&path).await.text().contains("1 vote against");
    assert!(seen(&stage.ada).await, "a lead sees it");
    assert!(!seen(&ben).await && !stage.hall.anonymous().get(&path).await.text().contains("against"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lead_bans_somebody_and_lifts_the_ban_and_other_halls_are_told() {
    let stage = Stage::new().await;
    let (peer, pat) = self::member(&stage).await;
    let watcher = Peer::start().await;
    let wren = watcher.actor("wren", "Person");
    let join = wren.does("Join", &watcher.at("/join/1"), &json!(group(&stage)));
    assert_eq!(wren.post(&stage.inbox(), &join).await.status, 202);
    let ben = stage.hall.person("ben").await;
    stage.hall.member(&stage.open, ben.actor).await;
    let of = store::actors::id_by_uri(stage.hall.store.read(), &pat.uri).await.unwrap().unwrap();
    let (lead, member) = (stage.hall.in_browser(&stage.ada).await, stage.hall.in_browser(&ben).await);
    let bans = format!("/communities/{}/bans/{of}", stage.open.id);
    assert_eq!(form(&member, &bans, "days=7&reason=x").await.status, 404, "a member bans nobody");
    assert_eq!(member.get(&bans).await.status, 404);
    let own = format!("/communities/{}/bans/{}", stage.open.id, stage.ada.actor);
    assert_eq!(form(&lead, &own, "days=7&reason=x").await.status, 403, "nor a lead themselves");
    let long = format!("days=7&reason={}", "x".repeat(501));
    let again = form(&lead, &bans, &long).await;
    assert!(again.status == 422 && again.text().contains("at most 500 characters"));
    assert_eq!(form(&lead, &bans, "days=8&reason=x").await.status, 422);
    assert!(lead.get(&bans).await.text().contains("Ban <bdi>pat</bdi> from"));
    assert_eq!(form(&lead, &bans, "days=7&reason=Sells+things").await.status, 303);

    let told = |peer: &Peer, kind: &str| {
        let fits = |one: &Value| one["type"] == "Announce" && one["object"]["type"] == kind;
        peer.delivered().into_iter().find(|one| fits(one)).map(|one| one["object"].clone())
    };
    for at in [&peer, &watcher] {
        becomes("it is told", async || told(at, "Block").is_some()).await;
    }
    // Where somebody banned is still a member (PieFed, Mbin), they are not any more.
    let refused = || peer.delivered().into_iter().find(|one| one["type"] == "Reject");
    becomes("they are out", async || refused().is_some()).await;
    let refused = refused().unwrap();
    assert_eq!((&refused["actor"], &refused["object"]["actor"]), (&json!(group(&stage)), &json!(pat.uri)), "{refused}");
    stage.settled().await;
    let blocks = peer.delivered().iter().filter(|one| one["object"]["type"] == "Block").count();
    assert_eq!(blocks, 1, "by one inbox of one server");
    let block = told(&watcher, "Block").unwrap();
    assert_eq!((&block["object"], &block["target"]), (&json!(pat.uri), &json!(group(&stage))));
    assert_eq!(
        (&block["summary"], &block["actor"]),
        (&json!("Sells things"), &json!(format!("{}/a/{}", stage.hall.base, stage.ada.actor)))
    );
    let end = activitypub::vocab::datetime(block["endTime"].as_str().unwrap()).unwrap();
    let week = stage.hall.store.clock().now().plus(7 * domain::time::DAY).0;
    assert!((week - domain::time::HOUR..=week).contains(&end) && block["expires"] == block["endTime"], "{block}");
    assert!(block["proof"].is_object(), "{block}");
    let mut note = pat.note(&peer.at("/n/1"), "CNRYout");
    (note["cc"], note["audience"]) = (json!([group(&stage)]), json!(group(&stage)));
    tells(&stage, &pat, &pat.creates(&note)).await;
    tells(&stage, &pat, &pat.does("Join", &peer.at("/join/2"), &json!(group(&stage)))).await;
    let members = lead.get("/@gardens?tab=members").await.text();
    assert!(members.contains("<h2 id=\"banned\">Banned</h2>") && members.contains("Lift the ban<span"), "{members}");
    assert!(members.contains(">Sells things</blockquote>") && members.contains("by <a href=\"/@ada\">"), "{members}");
    assert!(!page(&stage).await.contains("CNRYout"));
    assert!(!member.get("/@gardens?tab=members").await.text().contains(">Banned<"), "only those who lead see the list");

    assert_eq!(form(&member, &format!("{bans}/lift"), "").await.status, 403);
    assert_eq!(form(&lead, &format!("{bans}/lift"), "").await.status, 303);
    assert_eq!(form(&lead, &format!("{bans}/lift"), "").await.status, 404, "it is lifted once");
    becomes("that is told as well", async || told(&watcher, "Undo").is_some()).await;
    assert_eq!(told(&watcher, "Undo").unwrap()["object"]["id"], block["id"], "it is this ban that is lifted");
    let accepted = || peer.delivered().iter().filter(|one| one["type"] == "Accept").count();
    let before = accepted();
    tells(&stage, &pat, &pat.does("Join", &peer.at("/join/3"), &json!(group(&stage)))).await;
    becomes("they may come back", async || accepted() > before).await;

    // Whoever is banned sees until when and why, and nobody else does.
    let of_ben = format!("/communities/{}/bans/{}", stage.open.id, ben.actor);
    assert_eq!(form(&lead, &of_ben, "days=&reason=Too+%3Cb%3Eloud").await.status, 303);
    let told = member.get("/@gardens").await.text();
    assert!(told.contains("You are banned here for good. Why: “<bdi>Too &#60;b&#62;loud</bdi>”"), "{told}");
    for other in [lead.get("/@gardens").await, stage.hall.anonymous().get("/@gardens").await] {
        assert!(!other.text().contains("You are banned"));
    }
    assert_eq!(form(&lead, &format!("{of_ben}/lift"), "").await.status, 303);
    assert!(!member.get("/@gardens").await.text().contains("You are banned"));

    // Of what is internal nobody outside is told.
    let inner = format!("/communities/{}/bans/{}", stage.inner.id, ben.actor);
    stage.hall.member(&stage.inner, ben.actor).await;
    let sent = (peer.delivered().len(), watcher.delivered().len());
    assert_eq!(form(&lead, &inner, "days=&reason=x").await.status, 303);
    stage.settled().await;
    assert_eq!((peer.delivered().len(), watcher.delivered().len()), sent);
    assert_eq!(member.get("/@cellar").await.status, 404, "who is out does not see it");
}
