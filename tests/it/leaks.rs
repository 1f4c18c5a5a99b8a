//! Group F where it is not one request and its answer: what goes out by itself, and what is kept on the way.

use crate::stage::Stage;
use domain::membership::{MembershipState, Role};
use domain::zone::Zone;
use http::Method;
use kit::poll::becomes;
use kit::{Community, peer};
use serde_json::{Value, json};

/// `vic` follows `ada`, and that is answered.
async fn followed(stage: &Stage) {
    let ada = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    stage.vic.post(&stage.inbox(), &stage.vic.does("Follow", &stage.good("/f/1"), &json!(ada))).await;
    becomes("the follow is accepted", || async { stage.honest.delivered().iter().any(|activity| activity["type"] == "Accept") })
        .await;
}

/// A community shared with the second peer, whose member `mal` is there.
async fn shared(stage: &Stage) -> Community {
    let community = stage.hall.community(&stage.ada, "bridges", Zone::Partner, &[stage.hostile.host.as_str()]).await;
    stage.mal.get(&format!("{}/p/7", stage.hall.base)).await;
    let mal = store::actors::id_by_uri(stage.hall.store.read(), &stage.mal.uri).await.unwrap().unwrap();
    stage.hall.put(&community, mal, Role::Member, MembershipState::Active).await;
    community
}

async fn all_sent(stage: &Stage) {
    stage.settled().await;
    becomes("everything is sent", || async {
        let sql = "SELECT COUNT(*) FROM deliveries WHERE state = 'waiting' AND attempts = 0";
        stage.hall.db.raw().await.number(sql).await == 0
    })
    .await;
}

fn holding<'a>(delivered: &'a [Value], letters: &str) -> Vec<&'a Value> {
    delivered.iter().filter(|activity| activity.to_string().contains(letters)).collect()
}

/// Everybody a document is addressed to and everybody it mentions, however deep inside.
fn addressed(value: &Value, to: &mut Vec<String>, named: &mut Vec<String>) {
    if value["type"] == "Mention" {
        named.push(value["href"].to_string());
    }
    for field in ["to", "cc", "bto", "bcc", "audience"] {
        let ids = value[field].as_array().map_or_else(|| vec![value[field].clone()], Clone::clone);
        to.extend(ids.iter().filter_map(Value::as_str).map(str::to_owned));
    }
    let inner = value.as_array().into_iter().flatten().chain(value.as_object().into_iter().flat_map(|map| map.values()));
    for part in inner {
        addressed(part, to, named);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c186_what_is_inside_goes_to_no_follower_outside() {
    let stage = Stage::new().await;
    followed(&stage).await;
    let before = stage.honest.seen().len();
    let inside = stage.hall.post_in(&stage.ada, &stage.inner, "CNRYinner").await;
    stage.hall.edit(&stage.ada, inside, "CNRYchanged").await.unwrap();
    app::posts::delete(&stage.hall.hall, &stage.ada.asks, inside).await.unwrap();
    all_sent(&stage).await;
    assert_eq!(stage.honest.seen().len(), before, "nobody outside heard anything");
    let (_, uri) = stage.public_post("CNRYpublic").await;
    becomes("the public post reaches the follower", || async { !holding(&stage.honest.delivered(), "CNRYpublic").is_empty() })
        .await;
    assert!(stage.honest.delivered().iter().any(|activity| activity["object"]["id"] == json!(uri)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c185_c186_c226_what_is_shared_goes_only_to_the_partners_members_and_never_to_the_public() {
    let stage = Stage::new().await;
    followed(&stage).await;
    let bridges = shared(&stage).await;
    stage.neighbour.get(&format!("{}/p/7", stage.hall.base)).await;
    let before = stage.honest.seen().len();
    let text = format!("CNRYshared for @neighbour@{} and @vic@{} and @nobody@127.0.0.1:1", stage.hostile.host, stage.honest.host);
    let post = stage.hall.post_in(&stage.ada, &bridges, &text).await;
    becomes("the post reaches the partner", || async { !holding(&stage.hostile.delivered(), "CNRYshared").is_empty() }).await;
    all_sent(&stage).await;
    assert_eq!(stage.honest.seen().len(), before, "a follower on another host is told nothing");
    let uri = format!("{}/p/{post}", stage.hall.base);
    for activity in holding(&stage.hostile.delivered(), &uri) {
        let (mut to, mut named) = (Vec::new(), Vec::new());
        addressed(activity, &mut to, &mut named);
        assert!(!to.is_empty() && !to.iter().any(|id| id.ends_with("Public")), "{to:?}");
        assert!(named.is_empty(), "nobody is mentioned who may not see it: {named:?}");
    }
    let paths: Vec<String> =
        stage.hostile.seen().into_iter().filter(|seen| seen.method == "POST").map(|seen| seen.path).collect();
    assert!(!paths.iter().any(|path| path.contains("neighbour")), "{paths:?}");
    let released = store::ledger::of_object(stage.hall.store.read(), &uri).await.unwrap();
    assert!(!released.is_empty() && released.iter().all(|release| release.host == stage.hostile.host), "{released:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c173_c177_what_a_member_was_given_is_kept_by_no_cache_and_given_to_nobody_else() {
    let stage = Stage::new().await;
    let bridges = shared(&stage).await;
    let post = stage.hall.post_in(&stage.ada, &bridges, "CNRYshared").await;
    stage.settled().await;
    let base = &stage.hall.base;
    for path in
        [format!("/p/{post}"), format!("/p/{post}/replies"), format!("/p/{post}/context"), format!("/a/{}", bridges.actor)]
    {
        let url = format!("{base}{path}");
        let given = stage.mal.get(&url).await;
        assert_eq!(given.status, 200, "{path}");
        assert_eq!(given.headers["cache-control"], "private, no-store", "{path}");
        let accept = [("accept".to_owned(), peer::ACTIVITY.to_owned())];
        let stranger = peer::request(Method::GET, &url, &accept, None).await;
        let never = peer::request(Method::GET, &format!("{base}/p/117000000000000007"), &accept, None).await;
        assert_eq!(stranger.comparable(), never.comparable(), "{path}");
        assert_eq!(stage.vic.get(&url).await.comparable(), never.comparable(), "{path}");
    }
    let public = stage.vic.get(&format!("{base}/a/{}", stage.open.actor)).await;
    assert_eq!(public.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c213_a_partner_taken_off_the_list_and_a_member_who_left_see_nothing_more_at_once() {
    let stage = Stage::new().await;
    let bridges = shared(&stage).await;
    let post = stage.hall.post_in(&stage.ada, &bridges, "CNRYshared").await;
    let url = format!("{}/p/{post}", stage.hall.base);
    assert_eq!(stage.mal.get(&url).await.status, 200);
    let mut raw = stage.hall.db.raw().await;
    raw.run(&format!("DELETE FROM agreements WHERE community_id = {}", bridges.id)).await;
    assert_eq!(stage.mal.get(&url).await.status, 404);
    raw.run(&format!(
        "INSERT INTO agreements (community_id, host, created_at) VALUES ({}, '{}', 1)",
        bridges.id, stage.hostile.host
    ))
    .await;
    assert_eq!(stage.mal.get(&url).await.status, 200);
    let leave = stage.mal.does("Leave", &stage.bad("/leave"), &json!(format!("{}/a/{}", stage.hall.base, bridges.actor)));
    stage.mal.post(&stage.inbox(), &leave).await;
    stage.settled().await;
    assert_eq!(stage.mal.get(&url).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c178_c195_figures_of_the_instance_count_nothing_inside() {
    let stage = Stage::new().await;
    let solo = stage.hall.person("solo").await;
    stage.hall.member(&stage.inner, solo.actor).await;
    let figures = || async {
        let client = stage.hall.anonymous();
        let info = client.read("/nodeinfo/2.1").await;
        let (one, two) = (client.read("/api/v1/instance").await, client.read("/api/v2/instance").await);
        // What is told may be half a minute old; what would be counted now is not.
        let counted = store::figures::counted(&stage.hall.assembled.store).await.unwrap();
        (counted, info["usage"].clone(), one["stats"].clone(), two["usage"].clone())
    };
    let before = figures().await;
    for number in 0..5 {
        stage.hall.post_in(&solo, &stage.inner, &format!("CNRY{number}")).await;
    }
    stage.settled().await;
    assert_eq!(figures().await, before);
}
