//! Threads are whole: what is missing is read up within bounds, what comes early waits, and everybody is told the whole
//! conversation as far as they may see it.

use crate::stage::Stage;
use domain::audience::Visibility;
use domain::draft::Draft;
use domain::id::PostId;
use domain::membership::{MembershipState, Role};
use domain::zone::{Door, JoinPolicy, Zone};
use http::Method;
use kit::poll::{PATIENCE, becomes, eventually};
use kit::{Client, Hall, Peer, PeerActor};
use serde_json::{Value, json};

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

/// A note at this path, served there.
fn said(peer: &Peer, by: &PeerActor, path: &str, text: &str, answers: Option<&str>) -> Value {
    let mut note = by.note(&peer.at(path), text);
    note["@context"] = json!("https://www.w3.org/ns/activitystreams");
    note["published"] = json!("2025-02-03T04:05:06Z");
    if let Some(parent) = answers {
        note["inReplyTo"] = json!(parent);
    }
    peer.say(path, &note);
    note
}

async fn delivered(stage: &Stage, by: &PeerActor, note: &Value) {
    let answer = by.post(&stage.inbox(), &by.creates(note)).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
}

async fn here(hall: &Hall, uri: &str) -> Option<PostId> {
    store::posts::id_by_uri(hall.store.read(), uri).await.unwrap().map(|post| post.id)
}

async fn comes(hall: &Hall, uri: &str) -> PostId {
    eventually(PATIENCE, || here(hall, uri)).await.unwrap_or_else(|| panic!("{uri} did not come"))
}

/// What stands above and below a post, by their texts.
async fn around(client: &Client, post: PostId) -> (String, String) {
    let context = client.read(&format!("/api/v1/statuses/{post}/context")).await;
    (context["ancestors"].to_string(), context["descendants"].to_string())
}

pub async fn nothing_waits(hall: &Hall) {
    let waiting = "SELECT COUNT(*) FROM fetch_jobs WHERE state = 'waiting'";
    becomes("all is read up", || async { hall.db.raw().await.number(waiting).await == 0 }).await;
}

fn asked(peer: &Peer, start: &str) -> usize {
    peer.seen().iter().filter(|seen| seen.method == Method::GET.as_str() && seen.path.starts_with(start)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_reply_answers_is_read_up_to_the_first_post() {
    let stage = Stage::new().await;
    let peer = &stage.honest;
    said(peer, &stage.vic, "/t/1", "CNRYone", None);
    // Somebody of yet another server stands in between.
    said(&stage.hostile, &stage.neighbour, "/t/2", "CNRYtwo", Some(&peer.at("/t/1")));
    said(peer, &stage.vic, "/t/3", "CNRYthree", Some(&stage.hostile.at("/t/2")));
    let last = said(peer, &stage.vic, "/t/4", "CNRYfour", Some(&peer.at("/t/3")));
    delivered(&stage, &stage.vic, &last).await;
    let last = comes(&stage.hall, &peer.at("/t/4")).await;
    becomes("the whole thread", || async {
        let (above, _) = around(&stage.client(), last).await;
        ["CNRYone", "CNRYtwo", "CNRYthree"].iter().all(|letters| above.contains(letters))
    })
    .await;
    let first = comes(&stage.hall, &peer.at("/t/1")).await;
    assert!(first < last, "older posts stand at their own time");
    let (_, below) = around(&stage.client(), first).await;
    assert!(below.contains("CNRYfour"), "{below}");
    stage.settled().await;
    let home = stage.client().get("/api/v1/timelines/home").await;
    for letters in ["CNRYone", "CNRYtwo", "CNRYthree"] {
        assert!(!home.shows(letters), "what was read up is no news: {letters}");
    }
    assert!(home.shows("CNRYfour"), "what was delivered is");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_below_is_read_when_somebody_opens_the_thread_and_not_again_at_once() {
    let stage = Stage::new().await;
    let peer = &stage.honest;
    let mut first = stage.vic.note(&peer.at("/t/1"), "CNRYone");
    let list = peer.at("/t/1/replies");
    first["replies"] = json!({"id": list, "type": "Collection", "first": {"type": "CollectionPage", "partOf": list,
        "next": format!("{list}?page=1"), "items": []}});
    peer.say("/t/1", &first);
    peer.say("/t/1/replies", &json!({"id": list, "type": "Collection", "first": first["replies"]["first"]}));
    let stray = said(peer, &stage.vic, "/t/stray", "CNRYstray", None);
    let inside = format!("{}/p/{}", stage.hall.base, stage.inside);
    said(&stage.hostile, &stage.mal, "/t/sly", "CNRYsly", Some(&inside));
    peer.say(
        "/t/1/replies?page=1",
        &json!({"id": format!("{list}?page=1"), "type": "CollectionPage", "partOf": list,
        "items": [stage.hostile.at("/t/2"), stray["id"], stage.hostile.at("/t/sly"), inside]}),
    );
    let mut second = said(&stage.hostile, &stage.neighbour, "/t/2", "CNRYtwo", Some(&peer.at("/t/1")));
    second["replies"] = json!(stage.hostile.at("/t/2/replies"));
    stage.hostile.say("/t/2", &second);
    let third = said(&stage.hostile, &stage.mal, "/t/3", "CNRYthree", Some(&stage.hostile.at("/t/2")));
    // A list may hold its posts whole, where they are of its own origin.
    stage.hostile.say("/t/2/replies", &json!({"id": stage.hostile.at("/t/2/replies"), "type": "Collection", "items": [third]}));
    delivered(&stage, &stage.vic, &first).await;
    let post = comes(&stage.hall, &peer.at("/t/1")).await;
    assert_eq!(asked(peer, "/t/1/replies"), 0, "nobody has opened it");
    assert!(stage.hall.anonymous().get(&format!("/api/v1/statuses/{post}/context")).await.status == 200);
    nothing_waits(&stage.hall).await;
    assert_eq!(asked(peer, "/t/1/replies"), 0, "strangers make us ask for nothing");
    becomes("the replies", || async {
        let (_, below) = around(&stage.client(), post).await;
        below.contains("CNRYtwo") && below.contains("CNRYthree")
    })
    .await;
    nothing_waits(&stage.hall).await;
    assert!(here(&stage.hall, &peer.at("/t/stray")).await.is_none(), "what is no part of the thread is not taken");
    assert!(here(&stage.hall, &stage.hostile.at("/t/sly")).await.is_none(), "nor what names something inside (C075)");
    let (before, elsewhere) = (asked(peer, "/t/"), asked(&stage.hostile, "/t/"));
    around(&stage.client(), post).await;
    nothing_waits(&stage.hall).await;
    assert_eq!((asked(peer, "/t/"), asked(&stage.hostile, "/t/")), (before, elsewhere), "not again at once");
    let told = stage.client().read("/api/v1/notifications").await;
    assert!(!told.to_string().contains("CNRY"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_is_the_same_in_whatever_order_its_posts_come() {
    let stage = Stage::new().await;
    for (number, order) in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].iter().enumerate() {
        let at = |post: usize| stage.honest.at(&format!("/o/{number}/{post}"));
        for post in order {
            // None of them can be had at its own address: only what is delivered counts.
            let mut note = stage.vic.note(&at(*post), &format!("CNRY{post}"));
            if *post > 0 {
                note["inReplyTo"] = json!(at(post - 1));
            }
            delivered(&stage, &stage.vic, &note).await;
            comes(&stage.hall, &at(*post)).await;
        }
        let first = comes(&stage.hall, &at(0)).await;
        let mut raw = stage.hall.db.raw().await;
        for post in 1..3 {
            let (this, parent) = (comes(&stage.hall, &at(post)).await, comes(&stage.hall, &at(post - 1)).await);
            let fits = format!("SELECT COUNT(*) FROM posts WHERE id = {this} AND in_reply_to = {parent} AND root_id = {first}");
            assert_eq!(raw.number(&fits).await, 1, "order {order:?}, post {post}");
        }
        let counted = format!("SELECT replies_count FROM posts WHERE id = {first}");
        assert_eq!(raw.number(&counted).await, 1, "order {order:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_that_claim_to_answer_each_other_make_no_circle() {
    let stage = Stage::new().await;
    for (path, parent) in [("/c/1", "/c/3"), ("/c/2", "/c/1"), ("/c/3", "/c/2"), ("/c/4", "/c/4")] {
        let note = said(&stage.honest, &stage.vic, path, "CNRYround", Some(&stage.honest.at(parent)));
        delivered(&stage, &stage.vic, &note).await;
        comes(&stage.hall, &stage.honest.at(path)).await;
    }
    nothing_waits(&stage.hall).await;
    for path in ["/c/1", "/c/2", "/c/3", "/c/4"] {
        let post = comes(&stage.hall, &stage.honest.at(path)).await;
        let context = stage.client().read(&format!("/api/v1/statuses/{post}/context")).await;
        let all = context["ancestors"].as_array().unwrap().len() + context["descendants"].as_array().unwrap().len();
        assert!(all <= 2, "{path}: {all} around it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c114_a_chain_of_replies_without_end_is_followed_only_so_far_and_leads_to_nothing_more() {
    let stage = Stage::new().await;
    let mut first = None;
    for number in 0..150 {
        let parent = stage.honest.at(&format!("/e/{}", number + 1));
        let note = said(&stage.honest, &stage.vic, &format!("/e/{number}"), "CNRYon", Some(&parent));
        first.get_or_insert(note);
    }
    delivered(&stage, &stage.vic, &first.unwrap()).await;
    becomes("the look has begun", || async { asked(&stage.honest, "/e/") > 10 }).await;
    nothing_waits(&stage.hall).await;
    let before = asked(&stage.honest, "/e/");
    assert!(before <= 50, "{before} requests for one cause");
    nothing_waits(&stage.hall).await;
    assert_eq!(asked(&stage.honest, "/e/"), before, "what was read up leads to nothing more");
}

/// All ids of a collection, page by page.
async fn whole(client: &Client, address: &str) -> (u64, Vec<String>) {
    let read = |address: String| async move {
        client.send(Method::GET, &address, &[("accept", "application/activity+json")], None).await.good(&address)
    };
    let collection = read(address.to_owned()).await;
    assert_eq!((&collection["id"], &collection["type"]), (&json!(address), &json!("OrderedCollection")));
    let (mut ids, mut next) = (Vec::new(), collection["first"].as_str().map(str::to_owned));
    while let Some(address) = next {
        let page = read(address.clone()).await;
        assert_eq!((&page["id"], &page["partOf"]), (&json!(address), &collection["id"]));
        ids.extend(page["orderedItems"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()));
        next = page["next"].as_str().map(str::to_owned);
    }
    (collection["totalItems"].as_u64().unwrap(), ids)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_and_conversations_are_served_whole_in_pages_as_far_as_the_asker_sees() {
    let stage = Stage::new().await;
    let (post, uri) = stage.public_post("CNRYasked").await;
    let bob = stage.hall.person("bob").await;
    let mut expected = Vec::new();
    for number in 0..60 {
        expected.push(format!("{}/p/{}", stage.hall.base, stage.hall.reply(&bob, post, &format!("answer {number}")).await));
    }
    let remote = said(&stage.honest, &stage.vic, "/n/answer", "CNRYfar", Some(&uri));
    delivered(&stage, &stage.vic, &remote).await;
    comes(&stage.hall, &stage.honest.at("/n/answer")).await;
    expected.push(stage.honest.at("/n/answer"));
    let hidden = Draft { in_reply_to: Some(post), ..Draft::new("CNRYhidden", Visibility::Private) };
    let hidden = stage.hall.publish(&bob, hidden).await.unwrap();
    let deeper = stage.hall.reply(&bob, post, "deeper").await;
    expected.push(format!("{}/p/{deeper}", stage.hall.base));
    let deepest = stage.hall.reply(&stage.ada, deeper, "deepest").await;
    let anyone = stage.hall.anonymous();
    let (total, replies) = whole(&anyone, &format!("{uri}/replies")).await;
    assert_eq!((total, &replies), (62, &expected), "each once, oldest first, the stranger's own among them");
    let (total, all) = whole(&anyone, &format!("{uri}/context")).await;
    let mut conversation = vec![uri.clone()];
    conversation.extend(expected);
    conversation.push(format!("{}/p/{deepest}", stage.hall.base));
    assert_eq!((total, &all), (64, &conversation));
    assert!(!all.contains(&format!("{}/p/{hidden}", stage.hall.base)));
    let (_, from_below) = whole(&anyone, &format!("{}/p/{deeper}/context", stage.hall.base)).await;
    assert_eq!(from_below, all, "a conversation is the same from each of its posts");
    let object = anyone.send(Method::GET, &uri, &[("accept", "application/activity+json")], None).await.value();
    assert_eq!(object["context"], json!(format!("{uri}/context")));
    // The first page is in the post itself: some servers read no other (GoToSocial).
    let list = &object["replies"];
    assert_eq!((&list["id"], &list["type"]), (&json!(format!("{uri}/replies")), &json!("OrderedCollection")));
    let first = list["first"]["orderedItems"].as_array().unwrap();
    let shown: Vec<&str> = first.iter().map(|item| item.as_str().unwrap()).collect();
    assert_eq!(shown, replies[..shown.len()], "and nothing that the asker may not see");
    let following = anyone.send(Method::GET, list["first"]["next"].as_str().unwrap(), &[], None).await.value();
    assert_eq!(following["orderedItems"].as_array().unwrap().len(), 62 - shown.len());
    let alone = stage.hall.post(&stage.ada, "CNRYalone", Visibility::Public).await;
    let alone = anyone.send(Method::GET, &format!("/p/{alone}"), &[("accept", "application/activity+json")], None).await.value();
    assert_eq!((&alone["replies"]["first"]["orderedItems"], &alone["replies"]["first"]["@context"]), (&json!([]), &Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_community_tells_who_leads_it_and_what_it_announced() {
    let stage = Stage::new().await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let mut posts = Vec::new();
    for number in 0..25 {
        posts.push(stage.hall.post_in(&stage.ada, &stage.open, &format!("starter {number}")).await);
    }
    let anyone = stage.hall.anonymous();
    let read = |address: String| {
        let anyone = anyone.clone();
        async move { anyone.send(Method::GET, &address, &[("accept", "application/activity+json")], None).await.value() }
    };
    stage.hall.reply(&stage.ada, posts[3], "an answer").await;
    let client = stage.client();
    client.post(&format!("/api/v1/statuses/{}/pin", posts[4]), &json!({})).await;
    stage.hall.edit(&stage.ada, posts[5], "starter 5 CNRYchanged").await.unwrap();
    becomes("everything is announced", || async { read(format!("{group}/outbox")).await["totalItems"] == 26 }).await;
    stage.settled().await;
    let actor = read(group.clone()).await;
    assert_eq!(actor["attributedTo"], json!(format!("{group}/moderators")));
    let moderators = read(format!("{group}/moderators")).await;
    assert_eq!(moderators["orderedItems"], json!([format!("{}/a/{}", stage.hall.base, stage.ada.actor)]));
    let featured = read(actor["featured"].as_str().unwrap().to_owned()).await;
    assert_eq!((&featured["type"], &featured["totalItems"]), (&json!("OrderedCollection"), &json!(0)));
    let mut next = read(format!("{group}/outbox")).await["first"].as_str().map(str::to_owned);
    let mut announced = Vec::new();
    while let Some(address) = next {
        let page = read(address).await;
        announced.extend(page["orderedItems"].as_array().unwrap().clone());
        next = page["next"].as_str().map(str::to_owned);
    }
    // No ids, answers, pins: a reader may take every entry for a post.
    assert!(announced.iter().all(|item| item["type"] == "Announce" && item["object"]["object"]["inReplyTo"].is_null()));
    let of = |kind: &str| announced.iter().filter(|item| item["object"]["type"] == kind).count();
    assert_eq!((of("Create"), of("Update"), announced.len()), (25, 1, 26));
    assert!(announced[0]["object"]["object"]["content"].as_str().unwrap().contains("CNRYchanged"), "what it says now is first");
}

/// A member of one hall in a community of another.
struct Two {
    here: Hall,
    there: Hall,
    anns: Client,
    lead: kit::Person,
    club: kit::Community,
}

impl Two {
    async fn new(zone: Zone, before: &[&str]) -> Self {
        let (here, there) = (Hall::start("Here").await, Hall::start("There").await);
        let (ann, lead) = (here.person("ann").await, there.person("lead").await);
        let partners = [here.host.as_str()];
        let named: &[&str] = if zone == Zone::Partner { &partners } else { &[] };
        let club = there.community_with(&lead, "tdd", zone, Door::Hall, JoinPolicy::Open, named).await;
        for text in before {
            there.post_in(&lead, &club, text).await;
        }
        let idle = "SELECT COUNT(*) FROM effects WHERE state = 'waiting'";
        becomes("the host's work is done", || async { there.db.raw().await.number(idle).await == 0 }).await;
        let anns = here.as_person(&ann);
        let query = format!("/api/v2/search?resolve=true&q=%40tdd%40{}", there.host);
        let group = anns.read(&query).await["accounts"][0].clone();
        anns.post(&format!("/api/v1/accounts/{}/follow", id(&group)), &json!({})).await;
        becomes("the membership", || async {
            anns.read(&format!("/api/v1/accounts/relationships?id[]={}", id(&group))).await[0]["following"] == true
        })
        .await;
        Self { here, there, anns, lead, club }
    }

    async fn list(&self) -> Vec<Value> {
        let lists = self.anns.read("/api/v1/lists").await;
        let page = self.anns.read(&format!("/api/v1/timelines/list/{}", id(&lists[0]))).await;
        page.as_array().unwrap().clone()
    }

    async fn shown(&self, letters: &str) -> Value {
        let found = || async { self.list().await.into_iter().find(|status| status.to_string().contains(letters)) };
        eventually(PATIENCE, found).await.unwrap_or_else(|| panic!("{letters} did not come"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_joins_a_community_of_another_hall_finds_what_was_said_there_before() {
    for zone in [Zone::Open, Zone::Partner] {
        let two = Two::new(zone, &["CNRYfirst", "CNRYsecond"]).await;
        two.shown("CNRYfirst").await;
        two.shown("CNRYsecond").await;
        let newest = two.list().await;
        assert!(newest[0].to_string().contains("CNRYsecond"), "{zone:?}: in the order of their time");
        nothing_waits(&two.here).await;
        let home = two.anns.read("/api/v1/timelines/home").await;
        assert_eq!(home, json!([]), "{zone:?}: what was said before is no news");
        two.there.post_in(&two.lead, &two.club, "CNRYafter").await;
        becomes("what is said now", || async { two.anns.get("/api/v1/timelines/home").await.shows("CNRYafter") }).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_on_a_microblog_answers_reaches_all_members() {
    let two = Two::new(Zone::Open, &[]).await;
    let peer = Peer::start().await;
    let mia = peer.actor("mia", "Person");
    let starter = two.there.post_in(&two.lead, &two.club, "CNRYstarter").await;
    let there = format!("{}/p/{starter}", two.there.base);
    let status = two.shown("CNRYstarter").await;
    // As Mastodon addresses it: to everybody, her followers and whom she answers; the group is not named.
    let mut note = said(&peer, &mia, "/n/1", "CNRYanswer", Some(&there));
    note["cc"] = json!([format!("{}/followers", mia.uri), format!("{}/a/{}", two.there.base, two.lead.actor)]);
    note["to"] = json!([PUBLIC]);
    peer.say("/n/1", &note);
    let inbox = format!("{}/inbox", two.there.base);
    assert_eq!(mia.post(&inbox, &mia.creates(&note)).await.status, 202);
    let below = |letters: &'static str| {
        let (anns, status) = (two.anns.clone(), status.clone());
        async move { anns.get(&format!("/api/v1/statuses/{}/context", id(&status))).await.shows(letters) }
    };
    becomes("the answer at a member elsewhere", || below("CNRYanswer")).await;
    note["content"] = json!("<p>CNRYchanged</p>");
    note["updated"] = json!("2026-01-03T03:04:05Z");
    peer.say("/n/1", &note);
    let mut update = mia.does("Update", &peer.at("/n/1/update"), &note);
    update["to"] = json!([PUBLIC]);
    assert_eq!(mia.post(&inbox, &update).await.status, 202);
    becomes("its change", || below("CNRYchanged")).await;
    peer.answer("/n/1", 410, "text/plain", Vec::new());
    let mut delete = mia.does("Delete", &peer.at("/n/1/delete"), &json!({"id": peer.at("/n/1"), "type": "Tombstone"}));
    delete["to"] = json!([PUBLIC]);
    assert_eq!(mia.post(&inbox, &delete).await.status, 202);
    becomes("its end", || async { !below("CNRYchanged").await }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_cannot_draw_a_strangers_post_or_its_end_into_its_room() {
    let stage = Stage::new().await;
    let group = stage.hostile.actor("group", "Group");
    let found = stage.client().read(&format!("/api/v2/search?resolve=true&q=%40group%40{}", stage.hostile.host)).await;
    stage.client().post(&format!("/api/v1/accounts/{}/follow", id(&found["accounts"][0])), &json!({})).await;
    let note = stage.known_note("/n/1", "CNRYmine").await;
    for (number, inner) in [
        stage.vic.creates(&stage.vic.note(&stage.good("/n/2"), "CNRYdrawn")),
        stage.vic.does("Delete", &stage.good("/delete/1"), &note["id"]),
        stage.vic.does("Update", &stage.good("/update/1"), &stage.vic.note(&stage.good("/n/1"), "CNRYforged")),
    ]
    .iter()
    .enumerate()
    {
        let announce = group.does("Announce", &stage.bad(&format!("/announce/{number}")), inner);
        stage.in_vain(&group, &announce).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c058_what_a_group_writes_around_a_strangers_post_takes_nobody_into_its_room() {
    let stage = Stage::new().await;
    let group = stage.hostile.actor("group", "Group");
    let note = stage.known_note("/n/1", "CNRYtheirs").await;
    let known = here(&stage.hall, &stage.good("/n/1")).await.unwrap();
    let answer = stage.hall.reply(&stage.ada, known, "CNRYours").await;
    let found = stage.client().read(&format!("/api/v2/search?resolve=true&q=%40group%40{}", stage.hostile.host)).await;
    assert_eq!(found["accounts"][0]["group"], true);
    let actor = store::actors::id_by_uri(stage.hall.store.read(), &group.uri).await.unwrap().unwrap();
    let community = store::communities::of_actor(stage.hall.store.read(), actor).await.unwrap().unwrap();
    let club = kit::Community { handle: "group".into(), id: community, actor };
    let other = said(&stage.honest, &stage.vic, "/n/2", "CNRYother", None);
    let drawn = format!(
        "SELECT COUNT(*) FROM posts WHERE id IN ({known}, {answer}) AND (community_id IS NOT NULL OR deleted_at IS NOT NULL)"
    );
    // Also with a member here, who only makes the group's word count for what is in its room.
    for member in [false, true] {
        if member {
            stage.hall.put(&club, stage.ada.actor, Role::Member, MembershipState::Active).await;
        }
        for (number, object) in [&note, &other].into_iter().enumerate() {
            let mut inner = stage.vic.creates(object);
            inner["audience"] = json!(group.uri);
            inner["cc"] = json!([group.uri]);
            let id = stage.bad(&format!("/announce/{number}/{member}"));
            stage.in_vain(&group, &group.does("Announce", &id, &inner)).await;
            let plain = stage.bad(&format!("/announce/{number}/{member}/plain"));
            stage.in_vain(&group, &group.does("Announce", &plain, &object["id"])).await;
        }
        let ours = json!(format!("{}/p/{answer}", stage.hall.base));
        let mut delete = stage.mal.does("Delete", &stage.bad(&format!("/delete/{member}")), &ours);
        delete["audience"] = json!(group.uri);
        stage.in_vain(&group, &group.does("Announce", &stage.bad(&format!("/removal/{member}")), &delete)).await;
    }
    assert_eq!(stage.hall.db.raw().await.number(&drawn).await, 0);
    assert!(stage.client().get(&format!("/api/v1/statuses/{answer}")).await.shows("CNRYours"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_came_before_its_community_announced_it_is_in_the_room_afterwards() {
    let stage = Stage::new().await;
    let group = stage.honest.actor("group", "Group");
    let mut note = said(&stage.honest, &stage.vic, "/n/early", "CNRYearly", None);
    note["cc"] = json!([group.uri]);
    stage.honest.say("/n/early", &note);
    // Nobody here is in the community yet: it comes as its author's own.
    delivered(&stage, &stage.vic, &note).await;
    let post = comes(&stage.hall, &stage.honest.at("/n/early")).await;
    let found = stage.client().read(&format!("/api/v2/search?resolve=true&q=%40group%40{}", stage.honest.host)).await;
    let actor = store::actors::id_by_uri(stage.hall.store.read(), &group.uri).await.unwrap().unwrap();
    let community = store::communities::of_actor(stage.hall.store.read(), actor).await.unwrap().unwrap();
    assert_eq!(found["accounts"][0]["group"], true);
    let club = kit::Community { handle: "group".into(), id: community, actor };
    stage.hall.put(&club, stage.ada.actor, Role::Member, MembershipState::Active).await;
    let announce = group.does("Announce", &stage.good("/announce/early"), &stage.vic.creates(&note));
    assert_eq!(group.post(&stage.inbox(), &announce).await.status, 202);
    let inside = format!("SELECT COUNT(*) FROM posts WHERE id = {post} AND community_id = {community} AND reach = 'world'");
    becomes("it is in the room", || async { stage.hall.db.raw().await.number(&inside).await == 1 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_forwarded_is_believed_by_its_proof_or_by_its_origin_and_else_dropped() {
    let stage = Stage::new().await;
    let (_, uri) = stage.public_post("CNRYasked").await;
    // Known here by having asked for something.
    stage.mal.get(&format!("{}/p/7", stage.hall.base)).await;
    let answer = said(&stage.honest, &stage.vic, "/f/1", "CNRYtrue", Some(&uri));
    let mut passed = answer.clone();
    passed["content"] = json!("<p>CNRYforged</p>");
    assert_eq!(stage.mal.post(&stage.inbox(), &stage.vic.creates(&passed)).await.status, 202);
    let post = comes(&stage.hall, &stage.honest.at("/f/1")).await;
    let text = stage.client().read(&format!("/api/v1/statuses/{post}")).await;
    assert!(text.to_string().contains("CNRYtrue"), "as its own origin says it: {text}");

    let unrelated = said(&stage.honest, &stage.vic, "/f/2", "CNRYunrelated", None);
    let inside = format!("{}/p/{}", stage.hall.base, stage.inside);
    let never = format!("{}/p/117000000000000007", stage.hall.base);
    let mut answers = Vec::new();
    for (path, parent) in [("/f/3", inside.as_str()), ("/f/4", never.as_str())] {
        let note = said(&stage.honest, &stage.vic, path, "CNRYsly", Some(parent));
        let answer = stage.in_vain(&stage.mal, &stage.vic.creates(&note)).await;
        answers.push((answer.status, answer.text()));
    }
    assert_eq!(answers[0], answers[1], "what is inside is like what never was");
    assert_eq!(stage.in_vain(&stage.mal, &stage.vic.creates(&unrelated)).await.status, 403);
    let delete = stage.vic.does("Delete", &stage.honest.at("/delete/1"), &json!(stage.honest.at("/f/1")));
    assert_eq!(stage.in_vain(&stage.mal, &delete).await.status, 403);

    let mut proved = stage.vic.creates(&said(&stage.honest, &stage.vic, "/f/5", "CNRYproved", Some(&uri)));
    let key = format!("{}#ed25519-key", stage.vic.uri);
    let method = json!([{"id": key, "type": "Multikey", "controller": stage.vic.uri, "publicKeyMultibase": stage.vic.edwards.public_multibase()}]);
    let mut document = stage.honest.document(&stage.vic, "Person");
    document["assertionMethod"] = method;
    stage.honest.say("/users/vic", &document);
    activitypub::proof::sign(&mut proved, &stage.vic.edwards, &key, "2026-11-24T00:00:00Z").unwrap();
    let mut spoiled = proved.clone();
    spoiled["object"]["content"] = json!("<p>CNRYspoiled</p>");
    assert_eq!(stage.in_vain(&stage.mal, &spoiled).await.status, 403);
    assert_eq!(stage.mal.post(&stage.inbox(), &proved).await.status, 202);
    comes(&stage.hall, &stage.honest.at("/f/5")).await;
}
