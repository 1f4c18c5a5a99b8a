//! Polls of people of this hall: asking, voting, changing, ending.

use app::posts::PostChange;
use domain::audience::Visibility;
use domain::draft::Draft;
use domain::id::PostId;
use domain::membership::{MembershipState, Role};
use domain::page::Page;
use domain::poll::{Poll, PollDraft};
use domain::time::{DAY, HOUR, MINUTE, SystemRandom};
use domain::zone::Zone;
use http::Method;
use kit::chance::Hands;
use kit::{Hall, Person, World};
use serde_json::{Value, json};
use std::sync::Arc;
use store::views::{Ballot, NotificationKind};

const CHOICES: [&str; 3] = ["red", "green", "blue"];

fn asking(visibility: Visibility) -> Draft {
    Draft { poll: Some(PollDraft::new(CHOICES, false, false, DAY)), ..Draft::new("Which colour?", visibility) }
}

async fn ask(world: &World, author: &Person) -> PostId {
    world.publish(author, asking(Visibility::Public)).await.unwrap()
}

async fn vote(world: &World, who: &Person, post: PostId, choices: &[i64]) -> Result<(), &'static str> {
    app::polls::vote(&world.hall, &who.asks, post, choices).await.map_err(|error| error.code)
}

async fn seen(world: &World, who: &Person, post: PostId) -> (Poll, Ballot) {
    let view = world.see(&who.asks, post).await.unwrap();
    (view.post.poll.clone().unwrap(), view.ballot.unwrap())
}

fn votes(poll: &Poll) -> Vec<i64> {
    poll.choices.iter().map(|choice| choice.votes.unwrap()).collect()
}

#[tokio::test]
async fn everybody_who_sees_a_poll_votes_once_and_sees_the_count() {
    let world = World::new().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let post = ask(&world, &ann).await;
    let (poll, ballot) = seen(&world, &bob, post).await;
    assert_eq!((votes(&poll), poll.voters), (vec![0, 0, 0], Some(0)));
    assert_eq!(ballot, Ballot { ended: false, shows_result: true, may_vote: true, choices: Vec::new() });
    for (choices, code) in
        [(&[][..], "vote_blank"), (&[3], "choice_unknown"), (&[-1], "choice_unknown"), (&[0, 1], "one_choice_only")]
    {
        assert_eq!(vote(&world, &bob, post, choices).await, Err(code));
    }
    assert_eq!(vote(&world, &bob, post, &[1]).await, Ok(()));
    assert_eq!(vote(&world, &bob, post, &[1]).await, Err("already_voted"));
    assert_eq!(vote(&world, &bob, post, &[2]).await, Err("already_voted"));
    assert_eq!(vote(&world, &ann, post, &[1]).await, Ok(()), "the author has a say like everybody else");
    let (poll, ballot) = seen(&world, &bob, post).await;
    assert_eq!((votes(&poll), poll.voters), (vec![0, 2, 0], Some(2)));
    assert_eq!((ballot.may_vote, ballot.choices), (false, vec![1]));
    let none = world.post(&ann, "no poll here", Visibility::Public).await;
    assert_eq!(vote(&world, &bob, none, &[0]).await, Err("not_found"));
    assert!(world.see(&bob.asks, none).await.unwrap().ballot.is_none());
}

#[tokio::test]
async fn several_choices_are_given_together_and_count_one_person() {
    let world = World::new().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let draft = Draft { poll: Some(PollDraft::new(CHOICES, true, false, DAY)), ..Draft::new("Which?", Visibility::Public) };
    let post = world.publish(&ann, draft).await.unwrap();
    assert_eq!(vote(&world, &bob, post, &[2, 0, 2]).await, Ok(()));
    assert_eq!(vote(&world, &bob, post, &[1]).await, Err("already_voted"));
    let (poll, ballot) = seen(&world, &bob, post).await;
    assert_eq!((votes(&poll), poll.voters, ballot.choices), (vec![1, 0, 1], Some(1), vec![0, 2]));
}

#[tokio::test]
async fn in_a_community_only_those_vote_who_write_there() {
    let world = World::new().await;
    let (lead, bob) = (world.person("lead").await, world.person("bob").await);
    for zone in [Zone::Open, Zone::Partner, Zone::Internal] {
        let partners: &[&str] = if zone == Zone::Partner { &["p.test"] } else { &[] };
        let club = world.community(&lead, &format!("club_{}", zone.as_str()), zone, partners).await;
        let draft = Draft { community: Some(club.id), ..asking(Visibility::Public) };
        let post = world.publish(&lead, draft).await.unwrap();
        let stranger = if zone == Zone::Open { "not_a_member" } else { "not_found" };
        assert_eq!(vote(&world, &bob, post, &[0]).await, Err(stranger), "{zone:?}");
        world.put(&club, bob.actor, Role::Observer, MembershipState::Active).await;
        // Who only follows an open community writes in it, and votes.
        assert_eq!(seen(&world, &bob, post).await.1.may_vote, zone == Zone::Open, "{zone:?}");
        if zone == Zone::Open {
            assert_eq!(vote(&world, &bob, post, &[0]).await, Ok(()));
            continue;
        }
        assert_eq!(vote(&world, &bob, post, &[0]).await, Err("not_a_member"), "{zone:?}");
        world.member(&club, bob.actor).await;
        assert!(seen(&world, &bob, post).await.1.may_vote, "{zone:?}");
        assert_eq!(vote(&world, &bob, post, &[0]).await, Ok(()), "{zone:?}");
    }
}

/// A hall whose clock the test moves.
async fn clocked() -> (World, Arc<Hands>) {
    let hands = Arc::new(Hands::started());
    (World::with(hands.clone(), Arc::new(SystemRandom)).await, hands)
}

/// How often somebody was told that a poll has ended.
async fn told(world: &World, who: &Person) -> usize {
    let kinds = [NotificationKind::Poll];
    app::notifications::list(&world.hall, &who.asks, &kinds, &Page::newest(40)).await.unwrap().len()
}

async fn pass(world: &World) {
    while app::polls::run_due(&world.hall).await.unwrap() {}
    world.settle().await;
}

#[tokio::test]
async fn a_vote_after_the_end_is_refused_and_those_who_took_part_are_told_once() {
    let (world, hands) = clocked().await;
    let (ann, bob, cyd) = (world.person("ann").await, world.person("bob").await, world.person("cyd").await);
    let post = ask(&world, &ann).await;
    vote(&world, &bob, post, &[0]).await.unwrap();
    hands.forward(DAY - MINUTE);
    pass(&world).await;
    assert_eq!(told(&world, &bob).await, 0, "it is still open");
    hands.forward(MINUTE);
    assert_eq!(vote(&world, &cyd, post, &[0]).await, Err("poll_ended"));
    // Two workers look at the same moment, and one of them dies before it has told anybody.
    let (one, two) = tokio::join!(app::polls::run_due(&world.hall), app::polls::run_due(&world.hall));
    assert_ne!(one.unwrap(), two.unwrap(), "only one of them finds it");
    pass(&world).await;
    pass(&world).await;
    for (who, times) in [(&ann, 1), (&bob, 1), (&cyd, 0)] {
        assert_eq!(told(&world, who).await, times, "{}", who.handle);
    }
    let (poll, ballot) = seen(&world, &bob, post).await;
    assert!(ballot.ended && !ballot.may_vote);
    assert_eq!(votes(&poll), [1, 0, 0]);
}

#[tokio::test]
async fn many_voters_are_told_in_batches() {
    let (world, hands) = clocked().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let post = ask(&world, &ann).await;
    vote(&world, &bob, post, &[0]).await.unwrap();
    let mut raw = world.db.raw().await;
    for n in 0..1_200 {
        let (actor, account) = (7_000_000 + n, 8_000_000 + n);
        raw.run(&format!(
            "INSERT INTO actors (id, uri, kind, handle, created_at) VALUES ({actor}, 'https://hall.test/a/{actor}', 'Person', 'p{n}', 1); \
             INSERT INTO accounts (id, actor_id, email, state, created_at) VALUES ({account}, {actor}, 'p{n}@x.test', 'active', 1); \
             INSERT INTO poll_votes (post_id, actor_id, position, created_at) VALUES ({post}, {actor}, 0, 1)"
        ))
        .await;
    }
    hands.forward(DAY);
    pass(&world).await;
    assert_eq!(raw.number("SELECT COUNT(*) FROM notifications WHERE kind = 'poll'").await, 1_202);
}

#[tokio::test]
async fn a_result_that_is_kept_back_is_shown_at_the_end() {
    let (world, hands) = clocked().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let draft = Draft { poll: Some(PollDraft::new(CHOICES, false, true, HOUR)), ..Draft::new("Which?", Visibility::Public) };
    let post = world.publish(&ann, draft).await.unwrap();
    vote(&world, &bob, post, &[0]).await.unwrap();
    assert!(!seen(&world, &ann, post).await.1.shows_result);
    hands.forward(HOUR);
    assert!(seen(&world, &ann, post).await.1.shows_result);
}

#[tokio::test]
async fn another_question_begins_without_votes_and_the_same_one_keeps_them() {
    let (world, hands) = clocked().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let post = ask(&world, &ann).await;
    vote(&world, &bob, post, &[1]).await.unwrap();
    let change = |poll: Option<PollDraft>| PostChange {
        text: "Which colour, then?".into(),
        title: None,
        spoiler: String::new(),
        sensitive: false,
        language: None,
        resource: None,
        poll,
    };
    for poll in [None, Some(PollDraft::new(CHOICES, false, false, 3 * DAY))] {
        hands.forward(MINUTE);
        app::posts::edit(&world.hall, &ann.asks, post, change(poll)).await.unwrap();
        let (poll, ballot) = seen(&world, &bob, post).await;
        assert_eq!((votes(&poll), ballot.choices), (vec![0, 1, 0], vec![1]));
    }
    hands.forward(2 * DAY);
    assert!(!seen(&world, &bob, post).await.1.ended, "its end has moved");
    app::posts::edit(&world.hall, &ann.asks, post, change(Some(PollDraft::new(["a", "b"], false, false, DAY)))).await.unwrap();
    let (poll, ballot) = seen(&world, &bob, post).await;
    assert_eq!((votes(&poll), poll.voters, ballot.choices), (vec![0, 0], Some(0), vec![]));
    assert_eq!(vote(&world, &bob, post, &[0]).await, Ok(()));
    let refused = app::posts::edit(&world.hall, &ann.asks, post, change(Some(PollDraft::new(["a"], false, false, DAY)))).await;
    assert_eq!(refused.map_err(|error| error.code), Err("poll_too_few_choices"));
}

#[tokio::test]
async fn a_deleted_poll_leaves_nothing_and_nobody_is_told_of_its_end() {
    let (world, hands) = clocked().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let post = ask(&world, &ann).await;
    vote(&world, &bob, post, &[1]).await.unwrap();
    app::posts::delete(&world.hall, &ann.asks, post).await.unwrap();
    assert_eq!(vote(&world, &bob, post, &[1]).await, Err("not_found"));
    let mut raw = world.db.raw().await;
    for table in ["polls", "poll_options", "poll_votes"] {
        assert_eq!(raw.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
    hands.forward(DAY);
    pass(&world).await;
    assert_eq!(told(&world, &bob).await, 0);
}

#[tokio::test]
async fn the_count_of_an_internal_poll_makes_no_activity() {
    let (world, hands) = clocked().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let cellar = world.community(&ann, "cellar", Zone::Internal, &[]).await;
    world.member(&cellar, bob.actor).await;
    let draft = Draft { community: Some(cellar.id), ..asking(Visibility::Public) };
    let post = world.publish(&ann, draft).await.unwrap();
    vote(&world, &bob, post, &[1]).await.unwrap();
    hands.forward(2 * DAY);
    pass(&world).await;
    assert_eq!(told(&world, &bob).await, 1);
    let wire = "SELECT COUNT(*) FROM effects WHERE kind = 'wire'";
    assert_eq!(world.db.raw().await.number(wire).await, 0);
    ask(&world, &ann).await;
    assert_eq!(world.db.raw().await.number(wire).await, 1, "while a public one does");
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_asks_votes_and_reads_the_result() {
    let hall = Hall::start("Polls").await;
    let (ann, bob) = (hall.person("ann").await, hall.person("bob").await);
    let (anns, bobs, anyone) = (hall.as_person(&ann), hall.as_person(&bob), hall.anonymous());
    let limits = anyone.read("/api/v2/instance").await["configuration"]["polls"].clone();
    assert_eq!(
        limits,
        json!({"max_options": 10, "max_characters_per_option": 100, "min_expiration": 300, "max_expiration": 2_678_400})
    );
    assert_eq!(anyone.read("/api/v1/instance").await["configuration"]["polls"], limits);

    let form =
        "status=Which%3F&visibility=public&poll[options][]=red&poll[options][]=green&poll[expires_in]=3600&poll[multiple]=true";
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let status = anns.send(Method::POST, "/api/v1/statuses", &kind, Some(form.into())).await.good("a poll by form");
    let poll = &status["poll"];
    assert_eq!((&poll["multiple"], &poll["expired"], &poll["voted"]), (&json!(true), &json!(false), &json!(false)), "{poll}");
    assert_eq!(poll["options"], json!([{"title": "red", "votes_count": 0}, {"title": "green", "votes_count": 0}]));

    let path = format!("/api/v1/polls/{}", id(poll));
    let shown = anyone.read(&path).await;
    assert!(shown.get("voted").is_none() && shown.get("own_votes").is_none(), "{shown}");
    // One app puts its choices into the query, others into the body.
    let voted = bobs.send(Method::POST, &format!("{path}/votes?choices[]=1&choices[]=0"), &[], None).await.good("a vote");
    assert_eq!((&voted["own_votes"], &voted["votes_count"], &voted["voters_count"]), (&json!([0, 1]), &json!(2), &json!(1)));
    let again = bobs.json(Method::POST, &format!("{path}/votes"), &json!({"choices": ["0"]})).await;
    assert_eq!((again.status, again.value()["code"].as_str()), (422, Some("already_voted")), "{}", again.text());
    let strange = anns.json(Method::POST, &format!("{path}/votes"), &json!({"choices": ["x"]})).await;
    assert_eq!((strange.status, strange.value()["code"].as_str()), (422, Some("choice_unknown")));
    assert_eq!(anyone.json(Method::POST, &format!("{path}/votes"), &json!({"choices": [0]})).await.status, 401);
    assert_eq!(anyone.read(&path).await["votes_count"], 2, "the cached row is not shown any more");

    let two = json!({"status": "Which?", "poll": {"options": ["a", "b"], "expires_in": 300, "hide_totals": true}});
    let hidden = anns.post("/api/v1/statuses", &two).await;
    assert_eq!(hidden["poll"]["options"][0], json!({"title": "a", "votes_count": null}));
    let change = json!({"status": "Which one?", "poll": {"options": ["a", "c"], "expires_in": 600}});
    let changed = anns.json(Method::PUT, &format!("/api/v1/statuses/{}", id(&hidden)), &change).await.good("a change");
    assert_eq!(changed["poll"]["options"], json!([{"title": "a", "votes_count": 0}, {"title": "c", "votes_count": 0}]));
    for (poll, code) in [
        (json!({"options": ["a"], "expires_in": 600}), "poll_too_few_choices"),
        (json!({"options": ["a", "a"], "expires_in": 600}), "poll_choices_alike"),
        (json!({"options": ["a", "b"], "expires_in": 1}), "poll_too_short"),
        (json!({"options": ["a", "b"], "expires_in": 9_223_372_036_854_775_807_i64}), "poll_too_long"),
        (json!({"options": ["a", "b"]}), "poll_without_end"),
    ] {
        let refused = anns.json(Method::POST, "/api/v1/statuses", &json!({"status": "x", "poll": poll})).await;
        assert_eq!((refused.status, refused.value()["code"].as_str()), (422, Some(code)));
    }

    hall.db.raw().await.run("UPDATE polls SET ends_at = 1, due_at = 1").await;
    kit::poll::becomes("the notification", || async {
        let told = bobs.read("/api/v1/notifications?types[]=poll").await;
        told[0]["type"] == "poll" && id(&told[0]["status"]) == id(&status) && told[0]["status"]["poll"]["expired"] == true
    })
    .await;
    kit::poll::becomes("the author of both is told of both", || async {
        anns.read("/api/v1/notifications?types[]=poll").await.as_array().unwrap().len() == 2
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_asks_votes_and_shows_the_result_without_a_script() {
    let hall = Hall::start("Polls").await;
    let (ann, bob) = (hall.person("ann").await, hall.person("bob").await);
    let (anns, bobs) = (hall.in_browser(&ann).await, hall.in_browser(&bob).await);
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let form = "text=Which%3F&poll_choices=red%0D%0A%3Cb%3Egreen&poll_open_for=86400&visibility=public";
    let preview = anns.send(Method::POST, "/compose/preview", &kind, Some(form.into())).await;
    assert!(preview.status == 200 && preview.text().contains("&#60;b&#62;green"), "{}", preview.text());
    let made = anns.send(Method::POST, "/compose", &kind, Some(form.into())).await;
    let path = made.headers["location"].to_str().unwrap().to_owned();
    let page = bobs.get(&path).await.text();
    for part in ["<fieldset", "<legend>Choose one</legend>", "type=\"radio\"", "Nobody has voted yet", "24 hours left"] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains("<b>green"), "a choice is text");
    let post = path.split('/').nth(2).unwrap().split('?').next().unwrap();
    let voted = bobs.send(Method::POST, &format!("/posts/{post}/vote"), &kind, Some("choice=1".into())).await;
    assert_eq!(voted.status, 303, "{}", voted.text());
    let page = bobs.get(&path).await.text();
    for part in ["1 vote, 100 %", "✓ your vote", "1 person has voted"] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains("type=\"radio\""), "who has voted is not asked again");
    let again = bobs.send(Method::POST, &format!("/posts/{post}/vote"), &kind, Some("choice=0".into())).await;
    assert_eq!(again.status, 422);
    let few = anns.send(Method::POST, "/compose", &kind, Some("text=Which%3F&poll_choices=red&poll_open_for=86400".into())).await;
    assert!(few.status == 422 && few.text().contains("A poll needs at least two choices."));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_own_api_asks_and_votes() {
    let hall = Hall::start("Polls").await;
    let ann = hall.person("ann").await;
    let club = hall.community(&ann, "club", Zone::Internal, &[]).await;
    let anns = hall.as_person(&ann);
    let new = json!({"text": "Which?", "poll": {"choices": ["a", "b"], "open_for": 3_600}});
    let post = anns.post(&format!("/api/guildhall/v1/communities/{}/posts", club.id), &new).await;
    assert_eq!(post["poll"]["may_vote"], true, "{post}");
    let path = format!("/api/guildhall/v1/posts/{}/votes", id(&post));
    let voted = anns.post(&path, &json!({"choices": [1]})).await;
    assert_eq!(voted["poll"]["choices"][1], json!({"name": "b", "votes": 1}));
    assert_eq!((&voted["poll"]["mine"], &voted["poll"]["may_vote"]), (&json!([1]), &json!(false)));
    let again = anns.json(Method::POST, &path, &json!({"choices": [1]})).await;
    assert_eq!((again.status, again.value()["code"].as_str()), (422, Some("already_voted")));
}
