//! Locked threads and pinned posts: who may, what is shown, and what other halls are told.

use app::Requester;
use domain::audience::Visibility;
use domain::id::{ActorId, PostId};
use domain::membership::{MembershipState, Role};
use domain::zone::Zone;
use kit::poll::becomes;
use kit::{Hall, Peer, World};
use serde_json::{Value, json};

async fn pinned(world: &World, asks: &Requester, of: ActorId) -> Vec<PostId> {
    let found = app::timelines::pinned(&world.hall, asks, of).await.unwrap();
    found.iter().map(|post| post.open(asks).unwrap().post.id).collect()
}

#[tokio::test]
async fn those_who_keep_order_lock_a_whole_thread_and_nobody_else_does() {
    let world = World::new().await;
    let (ada, ben, eve) = (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    let room = world.community(&ada, "room", Zone::Internal, &[]).await;
    world.member(&room, ben.actor).await;
    let starter = world.post_in(&ben, &room, "hello").await;
    let answer = world.reply(&ben, starter, "first").await;
    let code =
        async |asks: &Requester, post, locked| app::posts::lock(&world.hall, asks, post, locked).await.err().map(|e| e.code);
    assert_eq!(code(&ben.asks, starter, true).await, Some("not_a_moderator"));
    assert_eq!(code(&eve.asks, starter, true).await, Some("not_found"), "whoever cannot see it learns nothing");
    assert_eq!(code(&ada.asks, answer, true).await, None);
    assert_eq!(code(&ada.asks, answer, true).await, None, "again changes nothing");
    let seen = world.see(&ben.asks, starter).await.unwrap().post;
    assert_eq!((seen.locked, seen.locked_by), (true, Some(ada.actor)));
    let draft = domain::draft::Draft { in_reply_to: Some(answer), ..domain::draft::Draft::new("late", Visibility::Public) };
    assert_eq!(world.publish(&ben, draft.clone()).await.unwrap_err().code, "locked");
    assert_eq!(code(&ada.asks, starter, false).await, None);
    world.publish(&ben, draft).await.unwrap();
    let outside = "SELECT COUNT(*) FROM effects WHERE kind = 'wire'";
    assert_eq!(world.db.raw().await.number(outside).await, 0, "what is internal is told to nobody");
}

#[tokio::test]
async fn what_a_community_pins_stands_on_its_page_for_whoever_may_see_it() {
    let world = World::new().await;
    let (ada, ben, eve) = (world.person("ada").await, world.person("ben").await, world.person("eve").await);
    let room = world.community(&ada, "room", Zone::Internal, &[]).await;
    world.member(&room, ben.actor).await;
    let starter = world.post_in(&ben, &room, "hello").await;
    let answer = world.reply(&ben, starter, "first").await;
    let code = async |asks: &Requester, post, on| app::posts::feature(&world.hall, asks, post, on).await.err().map(|e| e.code);
    assert_eq!(code(&ben.asks, starter, true).await, Some("not_a_moderator"));
    assert_eq!(code(&ada.asks, answer, true).await, Some("not_a_starter"));
    assert_eq!(code(&ada.asks, starter, true).await, None);
    assert_eq!(pinned(&world, &ben.asks, room.actor).await, [starter]);
    assert_eq!(pinned(&world, &eve.asks, room.actor).await, [], "its door may be seen, its posts may not");
    assert_eq!(code(&ada.asks, starter, false).await, None);
    assert_eq!(pinned(&world, &ben.asks, room.actor).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apps_pin_posts_of_ones_own_and_no_more_than_five() {
    let hall = Hall::start("Pins").await;
    let (ada, ben) = (hall.person("ada").await, hall.person("ben").await);
    let app = hall.as_person(&ada);
    let mut posts = Vec::new();
    for n in 0..6 {
        posts.push(hall.post(&ada, &format!("post {n}"), Visibility::Public).await);
    }
    for post in &posts[..5] {
        let answer = app.post(&format!("/api/v1/statuses/{post}/pin"), &json!({})).await;
        assert_eq!(answer["pinned"], json!(true));
    }
    let pin = async |client: &kit::Client, post: PostId| {
        client.json(http::Method::POST, &format!("/api/v1/statuses/{post}/pin"), &json!({})).await.status
    };
    assert_eq!(pin(&app, posts[5]).await, 422, "five are enough");
    assert_eq!(pin(&hall.as_person(&ben), posts[5]).await, 422, "it is another one's");
    let shown = hall.anonymous().read(&format!("/api/v1/accounts/{}/statuses?pinned=true", ada.actor)).await;
    let ids: Vec<&str> = shown.as_array().unwrap().iter().map(|post| post["id"].as_str().unwrap()).collect();
    let mut expected: Vec<String> = posts[..5].iter().map(ToString::to_string).collect();
    expected.reverse();
    assert_eq!(ids, expected, "the latest pin first");
    assert!(hall.anonymous().get("/@ada").await.shows("pinned"));
    let featured = hall.anonymous().with("accept", "application/activity+json").get(&format!("/a/{}/featured", ada.actor)).await;
    assert_eq!(featured.value()["totalItems"], json!(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_halls_are_told_of_locks_and_pins_in_the_announced_form() {
    let hall = Hall::start("Order").await;
    let ada = hall.person("ada").await;
    let peer = Peer::start().await;
    let far = peer.actor("far", "Person");
    far.get(&format!("{}/p/7", hall.base)).await;
    let them = store::actors::id_by_uri(hall.store.read(), &far.uri).await.unwrap().unwrap();
    let room = hall.community(&ada, "room", Zone::Open, &[]).await;
    hall.put(&room, them, Role::Member, MembershipState::Active).await;
    let starter = hall.post_in(&ada, &room, "hello").await;
    app::posts::lock(&hall.hall, &ada.asks, starter, true).await.unwrap();
    app::posts::feature(&hall.hall, &ada.asks, starter, true).await.unwrap();
    app::posts::lock(&hall.hall, &ada.asks, starter, false).await.unwrap();
    let inner = |kind: &str| {
        let all = peer.delivered().into_iter().map(|activity| activity["object"].clone());
        all.filter(|object| object["type"] == kind).collect::<Vec<Value>>()
    };
    becomes("all three are told", || async { ["Lock", "Add", "Undo"].iter().all(|kind| inner(kind).len() == 1) }).await;
    let (lock, add, undo) = (inner("Lock").remove(0), inner("Add").remove(0), inner("Undo").remove(0));
    let post = json!(format!("{}/p/{starter}", hall.base));
    let (by, group) = (json!(format!("{}/a/{}", hall.base, ada.actor)), format!("{}/a/{}", hall.base, room.actor));
    for said in [&lock, &add, &undo] {
        assert_eq!((&said["actor"], &said["audience"]), (&by, &json!(group)), "{said}");
        assert!(said["proof"].is_object(), "{said}");
    }
    assert_eq!((&lock["object"], &add["object"], &undo["object"]["object"]), (&post, &post, &post));
    assert_eq!(undo["object"]["id"], lock["id"]);
    assert_eq!(add["target"], json!(format!("{group}/featured")));
    let page = hall.anonymous().get("/@room").await;
    assert!(page.shows("pinned"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_thread_says_so_and_by_whom() {
    let hall = Hall::start("Order").await;
    let (ada, ben) = (hall.person("ada").await, hall.person("ben").await);
    let room = hall.community(&ada, "room", Zone::Internal, &[]).await;
    hall.member(&room, ben.actor).await;
    let starter = hall.post_in(&ben, &room, "hello").await;
    let path = format!("/@ben/{starter}");
    let (lead, member) = (hall.in_browser(&ada).await, hall.in_browser(&ben).await);
    assert!(lead.get(&path).await.shows("close for replies") && !member.get(&path).await.shows("close for replies"));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let sent = lead.send(http::Method::POST, &format!("/posts/{starter}/lock"), &form, Some(b"x=1".to_vec())).await;
    assert_eq!(sent.status, 303);
    let page = member.get(&path).await;
    assert!(page.shows("closed for replies by") && !page.shows("<textarea"), "{}", page.text());
    let answer = json!({"status": "late", "in_reply_to_id": starter.to_string()});
    let refused = hall.as_person(&ben).json(http::Method::POST, "/api/v1/statuses", &answer).await;
    assert_eq!((refused.status, refused.value()["code"].clone()), (403, json!("locked")), "{}", refused.text());
}
