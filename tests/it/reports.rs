//! Reports reach those who keep order where it happened, and nobody else.

use crate::remote_communities::Scene;
use crate::stage::Stage;
use app::Requester;
use app::reports::{NewReport, ReportCategory, ReportState};
use domain::audience::Visibility;
use domain::id::{ActorId, PostId, ReportId};
use domain::membership::{MembershipState, Role};
use domain::page::Page;
use domain::zone::Zone;
use kit::poll::becomes;
use kit::{Hall, Peer, Person, World};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn about(who: ActorId, posts: Vec<PostId>) -> NewReport {
    NewReport { about: who, posts, comment: "please look".into(), category: ReportCategory::Spam, forward: false }
}

async fn open(world: &World, asks: &Requester) -> Vec<ReportId> {
    let found = app::reports::list(&world.hall, asks, None, true, &Page::newest(20)).await.unwrap();
    found.iter().map(|report| report.open(asks).unwrap().id).collect()
}

/// With the rights that only a session has.
async fn admin(world: &World, person: &Person) -> Requester {
    world.db.raw().await.run(&format!("UPDATE accounts SET admin = TRUE WHERE id = {}", person.account)).await;
    #[expect(clippy::disallowed_methods, reason = "as a session of an administrator")]
    Requester::proven(
        domain::requester::Principal::Local { account: person.account, actor: person.actor, admin: true },
        domain::scopes::Scopes::all(),
        0,
    )
}

#[tokio::test]
async fn what_another_hall_reports_is_for_the_leads_of_the_community_until_it_is_dealt_with() {
    let world = World::new().await;
    let (ada, ben, eve) = (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    let boss = admin(&world, &eve).await;
    let room = world.community(&ada, "room", Zone::Open, &[]).await;
    world.member(&room, ben.actor).await;
    let post = world.post_in(&ben, &room, "buy this").await;
    let far = world.stranger("far", "far.test").await;
    let uri = world.see(&ada.asks, post).await.unwrap().post.uri.clone();
    let receive = async || {
        app::federated::reports::receive(&world.hall, &far.asks, "https://far.test/f/1", vec![uri.clone()], "spam".into()).await
    };
    assert!(receive().await.unwrap());
    assert!(!receive().await.unwrap(), "the same one twice is one");
    for nobody in [&ben.asks, &eve.asks, &boss, &far.asks, &Requester::anonymous()] {
        assert_eq!(open(&world, nobody).await, []);
    }
    let seen = open(&world, &ada.asks).await;
    let [id] = seen[..] else { panic!("{seen:?}") };
    let report = app::reports::show(&world.hall, &ada.asks, id).await.unwrap();
    let view = report.open(&ada.asks).unwrap();
    assert_eq!((view.reason.as_str(), view.reporter.host.as_deref(), view.unseen), ("spam", Some("far.test"), 0));
    assert_eq!((view.posts[0].post.id, view.people[0].id), (post, ben.actor));
    assert_eq!(app::notifications::list(&world.hall, &ada.asks, &[], &Page::newest(9)).await.unwrap().len(), 1);
    assert!(app::reports::settle(&world.hall, &ben.asks, id, true).await.is_err());
    app::reports::settle(&world.hall, &ada.asks, id, true).await.unwrap();
    assert_eq!(open(&world, &ada.asks).await, []);
    let done = app::reports::show(&world.hall, &ada.asks, id).await.unwrap();
    assert_eq!(done.open(&ada.asks).unwrap().state, ReportState::Done);
    app::reports::settle(&world.hall, &ada.asks, id, false).await.unwrap();
    assert_eq!(open(&world, &ada.asks).await, [id]);
}

#[tokio::test]
async fn a_report_about_a_closed_room_is_for_whoever_is_in_it_and_keeps_order_there() {
    let world = World::new().await;
    let (ada, ben, eve) = (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    let boss = admin(&world, &eve).await;
    let room = world.community(&ada, "room", Zone::Internal, &[]).await;
    world.member(&room, ben.actor).await;
    let by_lead = world.post_in(&ada, &room, "SECRET").await;
    // The only one who keeps order is the one it is about, and who administers cannot read it.
    let refused = app::reports::report(&world.hall, &ben.asks, about(ada.actor, vec![by_lead])).await.unwrap_err();
    assert_eq!(refused.code, "nobody_to_tell");
    assert_eq!(world.db.raw().await.number("SELECT COUNT(*) FROM reports").await, 0);
    let outsider = app::reports::report(&world.hall, &eve.asks, about(ada.actor, vec![by_lead])).await.unwrap_err();
    assert_eq!(outsider.code, "not_found");
    let carl = world.person("carl").await;
    world.put(&room, carl.actor, Role::Moderator, MembershipState::Active).await;
    let id = app::reports::report(&world.hall, &ben.asks, about(ada.actor, vec![by_lead])).await.unwrap();
    let again = app::reports::report(&world.hall, &ben.asks, about(ada.actor, vec![by_lead])).await.unwrap();
    assert_eq!(id, again);
    assert_eq!(open(&world, &carl.asks).await, [id]);
    for nobody in [&ada.asks, &ben.asks, &boss] {
        assert_eq!(open(&world, nobody).await, []);
        assert!(app::reports::settle(&world.hall, nobody, id, true).await.is_err());
    }
    world.put(&room, carl.actor, Role::Moderator, MembershipState::Left).await;
    assert_eq!(open(&world, &carl.asks).await, [], "who has left keeps no order");
}

#[tokio::test]
async fn where_nobody_leads_those_who_administer_see_it_in_a_session_alone() {
    let world = World::new().await;
    let (ada, ben, eve) = (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    let boss = admin(&world, &eve).await;
    let post = world.post(&ben, "buy this", Visibility::Public).await;
    let id = app::reports::report(&world.hall, &ada.asks, about(ben.actor, vec![post])).await.unwrap();
    assert_eq!(open(&world, &boss).await, [id]);
    assert_eq!(open(&world, &eve.asks).await, [], "no token administers");
    let own = app::reports::report(&world.hall, &ben.asks, about(ben.actor, vec![post])).await.unwrap_err();
    assert_eq!(own.code, "report_oneself");
    let others = app::reports::report(&world.hall, &ada.asks, about(eve.actor, vec![post])).await.unwrap_err();
    assert_eq!(others.code, "not_found", "a post is reported with its author");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apps_report_and_the_leads_apps_are_told() {
    let hall = Hall::start("Reports").await;
    let (ada, ben) = (hall.person("ada").await, hall.person("ben").await);
    let room = hall.community(&ada, "room", Zone::Internal, &[]).await;
    let eve = hall.person("eve").await;
    for person in [&ben, &eve] {
        hall.member(&room, person.actor).await;
    }
    let post = hall.post_in(&ben, &room, "buy this").await;
    let body = json!({"account_id": ben.actor.to_string(), "status_ids": [post.to_string()], "comment": "look", "forward": true});
    let made = hall.as_person(&eve).post("/api/v1/reports", &body).await;
    assert_eq!(made["status_ids"][0], post.to_string());
    assert_eq!(
        (&made["forwarded"], &made["category"], &made["target_account"]["acct"]),
        (&json!(false), &json!("other"), &json!("ben"))
    );
    let told = hall.as_person(&ada).get("/api/v1/notifications?types[]=admin.report").await.value();
    assert_eq!((told.as_array().unwrap().len(), &told[0]["account"]["acct"]), (1, &json!("eve")));
    assert_eq!((&told[0]["report"]["comment"], &told[0]["report"]["id"]), (&json!("look"), &made["id"]));
    let ben_told = hall.as_person(&ben).get("/api/v1/notifications?types[]=admin.report").await.value();
    assert_eq!(ben_told, json!([]));
    let lead = hall.in_browser(&ada).await;
    let page = lead.get("/notifications").await;
    assert!(page.shows("one report waits"), "{}", page.text());
    let id = made["id"].as_str().unwrap();
    assert!(lead.get(&format!("/reports/{id}")).await.shows("buy this"));
    assert_eq!(hall.in_browser(&eve).await.get(&format!("/reports/{id}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_is_passed_on_by_the_hall_and_does_not_name_who_made_it() {
    let hall = Hall::start("Reports").await;
    let (ada, eve) = (hall.person("ada").await, hall.person("eve").await);
    hall.db.raw().await.run(&format!("UPDATE accounts SET admin = TRUE WHERE id = {}", eve.account)).await;
    let peer = Peer::start().await;
    let far = peer.actor("far", "Person");
    far.get(&format!("{}/p/7", hall.base)).await;
    let them = store::actors::id_by_uri(hall.store.read(), &far.uri).await.unwrap().unwrap();
    hall.db.raw().await.run(&format!("UPDATE actors SET outside = TRUE WHERE id = {them}")).await;
    let body = json!({"account_id": them.to_string(), "comment": "look", "forward": true});
    let made = hall.as_person(&ada).post("/api/v1/reports", &body).await;
    assert_eq!(made["forwarded"], json!(true), "{made}");
    becomes("the report is passed on", || async { !peer.delivered().is_empty() }).await;
    let flag = peer.delivered().remove(0);
    assert_eq!((&flag["type"], &flag["content"], &flag["object"]), (&json!("Flag"), &json!("look"), &json!([far.uri])));
    // Lemmy and PieFed hear a `Person` or a `Service`, not the instance's `Application`.
    let by = peer.actor("asker", "Person").get(flag["actor"].as_str().unwrap()).await.value();
    assert_eq!((&by["type"], &by["preferredUsername"]), (&json!("Service"), &json!("instance.reports")));
    let found = hall.as_person(&ada).read("/api/v2/search?q=Reports").await;
    assert_eq!(found["accounts"], json!([]), "nobody to speak with");
    let text = flag.to_string();
    assert!(!text.contains("ada") && !text.contains(&ada.actor.to_string()), "{text}");
    assert_eq!(hall.anonymous().get(flag["id"].as_str().unwrap().strip_prefix(&hall.base).unwrap()).await.status, 404);
}

#[tokio::test]
async fn reports_are_the_same_only_if_they_are_about_the_same_things() {
    let world = World::new().await;
    let (ada, ben, eve) = (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    let boss = admin(&world, &eve).await;
    let mut posts = Vec::new();
    for text in ["one", "two", "three"] {
        posts.push(world.post(&ben, text, Visibility::Public).await);
    }
    let report = async |which: &[usize]| {
        let named = which.iter().map(|at| posts[*at]).collect();
        app::reports::report(&world.hall, &ada.asks, about(ben.actor, named)).await.unwrap()
    };
    let first = report(&[0, 1]).await;
    assert_eq!(report(&[1, 0]).await, first);
    let others = [report(&[2, 1]).await, report(&[1]).await, report(&[]).await];
    let mut all = vec![first];
    all.extend(others);
    all.reverse();
    assert_eq!(open(&world, &boss).await, all, "each is told");
}

#[tokio::test]
async fn one_report_about_two_rooms_from_elsewhere_is_for_the_leads_of_each_and_taken_back_in_both() {
    let world = World::new().await;
    let (ada, ben, eve) = (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    let far = world.stranger("far", "far.test").await;
    let mut uris = Vec::new();
    for (lead, name) in [(&ada, "one"), (&ben, "two")] {
        let room = world.community(lead, name, Zone::Open, &[]).await;
        world.member(&room, eve.actor).await;
        let post = world.post_in(&eve, &room, "buy this").await;
        uris.push(world.see(&eve.asks, post).await.unwrap().post.uri.clone());
    }
    let id = "https://far.test/f/1";
    let receive =
        async || app::federated::reports::receive(&world.hall, &far.asks, id, uris.clone(), "spam".into()).await.unwrap();
    assert!(receive().await);
    assert!(!receive().await, "it comes once");
    for lead in [&ada, &ben] {
        let seen = open(&world, &lead.asks).await;
        let [report] = seen[..] else { panic!("{seen:?}") };
        let report = app::reports::show(&world.hall, &lead.asks, report).await.unwrap();
        assert_eq!(report.open(&lead.asks).unwrap().posts.len(), 1, "only what was said in one's own room");
    }
    let other = world.stranger("other", "far.test").await;
    assert!(!app::federated::reports::withdraw(&world.hall, &other.asks, id).await.unwrap());
    assert!(app::federated::reports::withdraw(&world.hall, &far.asks, id).await.unwrap());
    assert!(open(&world, &ada.asks).await.is_empty() && open(&world, &ben.asks).await.is_empty());
}

#[tokio::test]
async fn one_host_reports_only_so_much_and_nobody_is_deaf_to_others_because_of_it() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let room = world.community(&ada, "room", Zone::Open, &[]).await;
    let post = world.post_in(&ada, &room, "hello").await;
    let eve = world.person("eve").await;
    world.member(&room, eve.actor).await;
    let spam = world.post_in(&eve, &room, "buy this").await;
    let uri = world.see(&ada.asks, spam).await.unwrap().post.uri.clone();
    let mut refused = 0;
    for number in 0..120 {
        let by = world.stranger(&format!("far{}", number % 3), "far.test").await;
        let (id, why) = (format!("https://far.test/f/{number}"), format!("spam {number}"));
        match app::federated::reports::receive(&world.hall, &by.asks, &id, vec![uri.clone()], why).await {
            Ok(new) => assert!(new),
            Err(error) => {
                assert_eq!(error.code, "too_many_reports");
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 20);
    let near = world.stranger("near", "near.test").await;
    let heard = app::federated::reports::receive(&world.hall, &near.asks, "https://near.test/f", vec![uri], "spam".into()).await;
    assert!(heard.unwrap(), "another host is heard");
    let likes = world.stranger("likes", "far.test").await;
    let uri = "https://far.test/like/1";
    app::federated::reactions::reacted(&world.hall, &likes.asks, post, app::federated::Reaction::Favourite(None), uri, None)
        .await
        .unwrap();
    let told =
        app::notifications::list(&world.hall, &ada.asks, &[store::views::NotificationKind::Favourite], &Page::newest(9)).await;
    assert_eq!(told.unwrap().len(), 1, "what is told besides is told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_here_keeps_order_a_report_goes_to_where_somebody_does() {
    let stage = Stage::new().await;
    stage.known_note("/n/1", "buy this").await;
    let client = stage.client();
    let found = client.read(&format!("/api/v2/search?resolve=true&q=%40vic%40{}", stage.honest.host)).await;
    let vic = found["accounts"][0]["id"].as_str().unwrap();
    let theirs = client.read(&format!("/api/v1/accounts/{vic}/statuses")).await;
    let mut body = json!({"account_id": vic, "status_ids": [theirs[0]["id"]], "comment": "CNRYreason"});
    let alone = client.json(http::Method::POST, "/api/v1/reports", &body).await;
    let error = alone.value();
    assert_eq!((alone.status, &error["code"]), (403, &json!("nobody_to_tell")), "{error}");
    assert!(error["error"].as_str().unwrap().contains("sent to their server"), "{error}");
    body["forward"] = json!(true);
    assert_eq!(client.post("/api/v1/reports", &body).await["forwarded"], true);
    let flag = || stage.honest.delivered().into_iter().find(|one| one["type"] == "Flag");
    becomes("they are told", async || flag().is_some()).await;
    let flag = flag().unwrap();
    assert_eq!(flag["content"], json!("CNRYreason"));
    assert_eq!(flag["object"], json!([stage.vic.uri, stage.good("/n/1")]), "and not who said so");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_reads_no_list_hears_a_report_for_each_thing() {
    let stage = Stage::new().await;
    stage.honest.runs("piefed", "1.6.18");
    stage.known_note("/n/1", "buy this").await;
    stage.known_note("/n/2", "and that").await;
    let client = stage.client();
    let found = client.read(&format!("/api/v2/search?resolve=true&q=%40vic%40{}", stage.honest.host)).await;
    let vic = found["accounts"][0]["id"].as_str().unwrap();
    let theirs = client.read(&format!("/api/v1/accounts/{vic}/statuses")).await;
    let posts: Vec<&Value> = theirs.as_array().unwrap().iter().map(|post| &post["id"]).collect();
    let body = json!({"account_id": vic, "status_ids": posts, "comment": "spam", "forward": true});
    client.post("/api/v1/reports", &body).await;
    let named = || {
        let flags = stage.honest.delivered().into_iter().filter(|one| one["type"] == "Flag");
        flags.map(|flag| (flag["object"].as_str().map(str::to_owned), flag["id"].to_string())).collect::<BTreeSet<_>>()
    };
    becomes("both are heard", async || named().len() == 2).await;
    let things: BTreeSet<_> = named().into_iter().map(|(thing, _)| thing.unwrap()).collect();
    assert_eq!(things, BTreeSet::from([stage.good("/n/1"), stage.good("/n/2")]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_hears_a_report_once_although_it_has_the_person_and_the_community() {
    let scene = Scene::new("piefed", "/c/books", "/u/ada", &json!({})).await;
    scene.joined().await;
    let shown = scene.begins("/post/1", "CNRYspam").await;
    let body = json!({"account_id": shown["account"]["id"], "status_ids": [shown["id"]], "forward": true});
    assert_eq!(scene.client.post("/api/v1/reports", &body).await["forwarded"], true);
    let flags = || scene.peer.delivered().into_iter().filter(|one| one["type"] == "Flag").count();
    becomes("it is heard", async || flags() > 0).await;
    let waiting = "SELECT (SELECT COUNT(*) FROM effects WHERE state = 'waiting') + (SELECT COUNT(*) FROM deliveries WHERE state = 'waiting')";
    becomes("all is sent", async || scene.hall.db.raw().await.number(waiting).await == 0).await;
    assert_eq!(flags(), 1);
}
