//! The main job over real HTTP: members of two halls share communities, through the API that apps use.

use domain::page::Page;
use domain::zone::{Door, JoinPolicy, Zone};
use http::Method;
use kit::poll::becomes;
use kit::{Client, Community, Hall, Peer, Person, eventually, poll::PATIENCE};
use serde_json::{Value, json};

/// Finds an account by its full handle, asking the network.
pub async fn find(client: &Client, handle: &str) -> Option<Value> {
    let found = client.read(&format!("/api/v2/search?resolve=true&type=accounts&q={}", handle.replace('@', "%40"))).await;
    found["accounts"].as_array().unwrap().first().cloned()
}

pub fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

/// Joins a community of another hall by its handle, and waits until one is in.
pub async fn join(client: &Client, handle: &str) -> Value {
    let group = find(client, handle).await.unwrap();
    client.post(&format!("/api/v1/accounts/{}/follow", id(&group)), &json!({})).await;
    becomes("the membership", || in_it(client, id(&group))).await;
    group
}

pub async fn in_it(client: &Client, group: &str) -> bool {
    client.read(&format!("/api/v1/accounts/relationships?id[]={group}")).await[0]["following"] == true
}

pub async fn list_of(client: &Client, title: &str) -> Option<String> {
    let lists = client.read("/api/v1/lists").await;
    let list = lists.as_array().unwrap().iter().find(|list| list["title"].as_str().unwrap().contains(title))?;
    Some(id(list).to_owned())
}

/// The texts of a timeline, newest first.
pub async fn texts(client: &Client, path: &str) -> Vec<String> {
    let page = client.get(path).await;
    let text = |status: &Value| status["content"].as_str().unwrap_or_default().to_owned();
    page.value().as_array().into_iter().flatten().map(text).collect()
}

pub async fn times(client: &Client, path: &str, letters: &str) -> usize {
    texts(client, path).await.iter().filter(|text| text.contains(letters)).count()
}

/// Two halls, an open community at the second, and a member at the first.
struct Open {
    here: Hall,
    there: Hall,
    ann: Person,
    club: Community,
    group: Value,
}

async fn open() -> Open {
    let (here, there) = (Hall::start("Here").await, Hall::start("There").await);
    let (ann, ben) = (here.person("ann").await, there.person("ben").await);
    let club = there.community(&ben, "tdd", Zone::Open, &[]).await;
    let group = join(&here.as_person(&ann), &there.handle("tdd")).await;
    Open { here, there, ann, club, group }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_finds_and_joins_an_open_community_of_another_hall() {
    let Open { here, there, ann, club, group } = open().await;
    assert_eq!(group["group"], true, "{group}");
    assert_eq!(group["acct"], format!("tdd@{}", there.host));
    let client = here.as_person(&ann);
    assert!(list_of(&client, "tdd").await.is_some(), "it is a list here");
    let ben = there.person("lead").await;
    there.put(&club, ben.actor, domain::membership::Role::Lead, domain::membership::MembershipState::Active).await;
    let members = app::communities::members(&there.hall, &ben.asks, club.id, &Page::newest(40)).await.unwrap();
    let names: Vec<String> = members.into_iter().map(|member| member.take(&ben.asks).unwrap().actor.acct()).collect();
    assert!(names.contains(&format!("ann@{}", here.host)), "{names:?}");
    let by_address = client.read(&format!("/api/v2/search?resolve=true&q={}", group["uri"].as_str().unwrap())).await;
    assert_eq!(id(&by_address["accounts"][0]), id(&group), "{by_address}");
    let nobody = client.read(&format!("/api/v2/search?resolve=true&q=%40nobody%40{}", there.host)).await;
    assert_eq!(nobody["accounts"], json!([]), "a handle that nobody has is nothing found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_from_one_hall_is_seen_once_by_the_members_of_both() {
    let Open { here, there, ann, club, .. } = open().await;
    let (anns, dan) = (here.as_person(&ann), here.person("dan").await);
    let dans = here.as_person(&dan);
    join(&dans, &there.handle("tdd")).await;
    let cas = there.person("cas").await;
    there.member(&club, cas.actor).await;
    let cass = there.as_person(&cas);

    let text = format!("{} tests first CNRYstarter", there.handle("tdd"));
    let status = anns.post("/api/v1/statuses", &json!({"status": text, "visibility": "public"})).await;
    assert_eq!(status["visibility"], "public");
    for (name, client) in [("cas", &cass), ("dan", &dans), ("ann", &anns)] {
        let list = list_of(client, "tdd").await.unwrap();
        becomes(&format!("the post in {name}'s list"), || async {
            times(client, &format!("/api/v1/timelines/list/{list}"), "CNRYstarter").await > 0
        })
        .await;
        let home = || async {
            let home = client.read("/api/v1/timelines/home").await;
            let boosts =
                home.as_array().unwrap().iter().filter(|row| row["reblog"].is_object() && row["account"]["group"] == true);
            let once = boosts.filter(|row| row["reblog"]["content"].as_str().unwrap().contains("CNRYstarter")).count() == 1;
            let bare = home
                .as_array()
                .unwrap()
                .iter()
                .filter(|row| row["reblog"].is_null() && row["content"].to_string().contains("CNRYstarter"));
            once && bare.count() == 0
        };
        becomes(&format!("the community's boost, and it alone, in {name}'s Home"), home).await;
        assert_eq!(times(client, &format!("/api/v1/timelines/list/{list}"), "CNRYstarter").await, 1, "{name}");
    }

    let starter = eventually(PATIENCE, || async { seen_by(&cass, "CNRYstarter").await }).await.unwrap();
    let reply = json!({"status": "and then the code CNRYreply", "in_reply_to_id": id(&starter)});
    cass.post("/api/v1/statuses", &reply).await;
    becomes("the reply at the author's", || thread_shows(&anns, id(&status), "CNRYreply")).await;
    becomes("the reply at another member's", || async {
        let Some(starter) = seen_by(&dans, "CNRYstarter").await else { return false };
        thread_shows(&dans, id(&starter), "CNRYreply").await
    })
    .await;

    let edit = json!({"status": format!("{} tests first CNRYedited", there.handle("tdd"))});
    anns.json(Method::PUT, &format!("/api/v1/statuses/{}", id(&status)), &edit).await.good("edit");
    becomes("the edit there", || async { seen_by(&cass, "CNRYedited").await.is_some() }).await;
    becomes("the edit here", || async { seen_by(&dans, "CNRYedited").await.is_some() }).await;
    anns.send(Method::DELETE, &format!("/api/v1/statuses/{}", id(&status)), &[], None).await.good("delete");
    for client in [&cass, &dans, &anns] {
        becomes("the deletion everywhere", || async { seen_by(client, "CNRYedited").await.is_none() }).await;
    }
}

/// A post of the community by its letters, as this client sees it.
async fn seen_by(client: &Client, letters: &str) -> Option<Value> {
    let list = list_of(client, "tdd").await?;
    let page = client.read(&format!("/api/v1/timelines/list/{list}")).await;
    page.as_array().unwrap().iter().find(|status| status["content"].as_str().unwrap().contains(letters)).cloned()
}

async fn thread_shows(client: &Client, status: &str, letters: &str) -> bool {
    client.get(&format!("/api/v1/statuses/{status}/context")).await.shows(letters)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_takes_a_community_out_at_once_and_nothing_more_is_delivered() {
    let Open { here, there, ann, club, group } = open().await;
    let client = here.as_person(&ann);
    let lead = there.person("lead").await;
    there.member(&club, lead.actor).await;
    there.post_in(&lead, &club, "before CNRYbefore").await;
    becomes("the first post here", || async { seen_by(&client, "CNRYbefore").await.is_some() }).await;
    client.post(&format!("/api/v1/accounts/{}/unfollow", id(&group)), &json!({})).await;
    assert_eq!(list_of(&client, "tdd").await, None);
    assert_eq!(times(&client, "/api/v1/timelines/home", "CNRYbefore").await, 0);
    becomes("the host knows", || async {
        there
            .db
            .raw()
            .await
            .number(&format!("SELECT COUNT(*) FROM memberships WHERE community_id = {} AND state = 'active'", club.id))
            .await
            == 2
    })
    .await;
    let after = there.post_in(&lead, &club, "after CNRYafter").await;
    becomes("the host's work is done", || idle(&there)).await;
    let released = store::ledger::of_object(there.store.read(), &format!("{}/p/{after}", there.base)).await.unwrap();
    assert!(released.is_empty(), "{released:?}");
}

/// Whether a hall has nothing left to do.
pub async fn idle(hall: &Hall) -> bool {
    let mut raw = hall.db.raw().await;
    let sql = "SELECT (SELECT COUNT(*) FROM effects WHERE state = 'waiting') + (SELECT COUNT(*) FROM deliveries WHERE state = 'waiting') \
        + (SELECT COUNT(*) FROM inbox_queue WHERE state = 'waiting')";
    raw.number(sql).await == 0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_community_is_joined_by_asking_and_reaches_only_its_partners_members() {
    let (here, host, third) = (Hall::start("Here").await, Hall::start("Host").await, Hall::start("Third").await);
    let (ann, ben, cyd) = (here.person("ann").await, host.person("ben").await, third.person("cyd").await);
    let (to_here, to_third) = ([here.host.as_str()], [third.host.as_str()]);
    let bridge = host.community_with(&ben, "bridge", Zone::Partner, Door::Hall, JoinPolicy::Request, &to_here).await;
    let other = host.community_with(&ben, "other", Zone::Partner, Door::Hall, JoinPolicy::Request, &to_third).await;
    let (anns, bens, cyds) = (here.as_person(&ann), host.as_person(&ben), third.as_person(&cyd));

    assert!(find(&cyds, &host.handle("bridge")).await.is_none(), "who is not named sees no door");
    assert!(find(&anns, &host.handle("other")).await.is_none(), "partners of different communities see nothing of each other");
    let group = find(&anns, &host.handle("bridge")).await.unwrap();
    let asked = anns.post(&format!("/api/v1/accounts/{}/follow", id(&group)), &json!({})).await;
    assert_eq!((&asked["following"], &asked["requested"]), (&json!(false), &json!(true)), "{asked}");
    let request = eventually(PATIENCE, || async {
        let requests = bens.read("/api/v1/follow_requests").await;
        requests.as_array().unwrap().first().map(|who| id(who).to_owned())
    });
    let request = request.await.unwrap();
    bens.post(&format!("/api/v1/follow_requests/{request}/authorize"), &json!({})).await;
    becomes("the membership", || in_it(&anns, id(&group))).await;

    host.post_in(&ben, &bridge, "between us CNRYbridge").await;
    let list = eventually(PATIENCE, || list_of(&anns, "bridge")).await.unwrap();
    let path = format!("/api/v1/timelines/list/{list}");
    becomes("the post at the partner's member", || async { times(&anns, &path, "CNRYbridge").await == 1 }).await;
    let status = json!({"status": format!("{} from here CNRYback", host.handle("bridge"))});
    let status = anns.post("/api/v1/statuses", &status).await;
    assert_eq!(status["visibility"], "private");
    becomes("the answer at the host", || async {
        let home = bens.get("/api/v1/timelines/home").await;
        home.shows("CNRYback")
    })
    .await;
    host.post_in(&ben, &other, "for the third CNRYother").await;
    becomes("all work is done", || async { idle(&host).await && idle(&here).await && idle(&third).await }).await;
    for (place, text) in third.db.raw().await.every_text().await {
        assert!(!text.contains("CNRYbridge") && !text.contains("CNRYback"), "the third hall holds it in {place}");
    }
    for (place, text) in here.db.raw().await.every_text().await {
        assert!(!text.contains("CNRYother"), "the partner of another community holds it in {place}");
    }
    let colleague = here.person("colleague").await;
    for path in ["/api/v1/timelines/public", "/api/v1/timelines/home", &format!("/api/v1/accounts/{}/statuses", id(&group))] {
        assert!(!here.as_person(&colleague).get(path).await.shows("CNRYb"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_internal_community_and_who_acted_only_inside_leave_no_trace_elsewhere() {
    let (here, there) = (Hall::start("Here").await, Hall::start("There").await);
    let peer = Peer::start().await;
    let (ann, ben) = (here.person("ann").await, there.person("ben").await);
    let cellar = here.community_with(&ann, "cellar", Zone::Internal, Door::Members, JoinPolicy::Invite, &[]).await;
    let (bens, stranger) = (there.as_person(&ben), here.anonymous());
    here.post_in(&ann, &cellar, &format!("hello {} CNRYcellar #cnrytag", there.handle("ben"))).await;
    let text = format!("@cellar once more CNRYcellar {} @pat@{}", there.handle("ben"), peer.host);
    here.as_person(&ann).post("/api/v1/statuses", &json!({"status": text})).await;
    becomes("all work is done", || idle(&here)).await;

    for name in ["cellar", "ann"] {
        assert!(find(&bens, &here.handle(name)).await.is_none(), "{name}");
        let finger = |name: &str| format!("/.well-known/webfinger?resource=acct:{name}@{}", here.host);
        let (answer, never) = (stranger.get(&finger(name)).await, stranger.get(&finger("neverwas")).await);
        assert_eq!(answer.comparable(), never.comparable(), "{name}");
    }
    let actors = [cellar.actor, ann.actor];
    for actor in actors {
        let never = stranger.get("/a/7").await;
        assert_eq!(stranger.get(&format!("/a/{actor}")).await.comparable(), never.comparable());
        assert_eq!(never.status, 404);
    }
    for path in [
        "/",
        "/communities",
        "/nodeinfo/2.1",
        "/api/v1/timelines/public",
        "/api/v1/directory",
        "/api/v2/search?q=cellar",
        "/api/v2/search?q=cnry",
    ] {
        let answer = stranger.get(path).await;
        assert!(!answer.shows("cellar") && !answer.shows("cnry"), "{path}");
    }
    assert!(peer.seen().is_empty(), "nobody was asked on behalf of what stays inside: {:?}", peer.seen());
    assert_eq!(there.db.raw().await.number("SELECT COUNT(*) FROM inbox_queue").await, 0);
    assert_eq!(bens.read("/api/v1/notifications").await, json!([]));
    assert_eq!(here.db.raw().await.number("SELECT COUNT(*) FROM release_ledger").await, 0);
}
