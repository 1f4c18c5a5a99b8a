//! Polls that two halls share: asked here, answered there, and counted once.

use domain::zone::Zone;
use kit::poll::{PATIENCE, becomes};
use kit::{Client, Community, Hall, Person, eventually};
use serde_json::{Value, json};

/// Two halls, a community at the second, and a member of it in each.
struct Halls {
    here: Hall,
    there: Hall,
    ann: Person,
    ben: Person,
    club: Community,
}

impl Halls {
    async fn new(zone: Zone) -> Self {
        let (here, there) = (Hall::start("Here").await, Hall::start("There").await);
        let (ann, ben) = (here.person("ann").await, there.person("ben").await);
        let partners = [here.host.as_str()];
        let club = there.community(&ben, "club", zone, if zone == Zone::Partner { &partners } else { &[] }).await;
        let anns = here.as_person(&ann);
        let found = anns.read(&format!("/api/v2/search?resolve=true&q=%40club%40{}", there.host)).await;
        let group = found["accounts"][0]["id"].as_str().unwrap().to_owned();
        anns.post(&format!("/api/v1/accounts/{group}/follow"), &json!({})).await;
        becomes("the membership", || async {
            anns.read(&format!("/api/v1/accounts/relationships?id[]={group}")).await[0]["following"] == true
        })
        .await;
        Self { here, there, ann, ben, club }
    }
}

/// The first status with these letters in somebody's Home.
async fn in_home(client: &Client, letters: &str) -> Value {
    let found = eventually(PATIENCE, || async {
        let home = client.read("/api/v1/timelines/home").await;
        let inner = |status: &Value| if status["reblog"].is_object() { status["reblog"].clone() } else { status.clone() };
        let mut all = home.as_array().unwrap().iter().map(inner);
        all.find(|status| status["content"].as_str().unwrap().contains(letters) && status["poll"].is_object())
    });
    found.await.unwrap()
}

async fn ask(client: &Client, handle: &str) -> Value {
    let poll = json!({"options": ["tea", "coffee"], "expires_in": 3_600});
    client.post("/api/v1/statuses", &json!({"status": format!("{handle} What shall we drink? CNRYpoll"), "poll": poll})).await
}

async fn vote(client: &Client, poll: &Value, choice: u32) -> Value {
    client.post(&format!("/api/v1/polls/{}/votes", poll["id"].as_str().unwrap()), &json!({"choices": [choice]})).await
}

async fn count(client: &Client, poll: &Value) -> Value {
    let poll = client.read(&format!("/api/v1/polls/{}", poll["id"].as_str().unwrap())).await;
    json!([poll["options"][0]["votes_count"], poll["options"][1]["votes_count"], poll["voters_count"]])
}

/// Lets a hall tell its counts now.
async fn hurry(hall: &Hall) {
    hall.db.raw().await.run("UPDATE polls SET due_at = 1 WHERE due_at IS NOT NULL").await;
}

async fn both_ways(zone: Zone) {
    let Halls { here, there, ann, ben, club } = Halls::new(zone).await;
    let cas = there.person("cas").await;
    there.member(&club, cas.actor).await;
    let (anns, bens, cass) = (here.as_person(&ann), there.as_person(&ben), there.as_person(&cas));

    // Asked here, in a community hosted there: the votes come from there, and the community passes the count on.
    let asked = ask(&anns, &there.handle("club")).await;
    let there_seen = in_home(&bens, "CNRYpoll").await;
    assert_eq!(there_seen["poll"]["options"][0], json!({"title": "tea", "votes_count": 0}), "{there_seen}");
    vote(&bens, &there_seen["poll"], 1).await;
    becomes("the vote where it was asked", || async { count(&anns, &asked["poll"]).await == json!([0, 1, 1]) }).await;
    hurry(&here).await;
    becomes("the count where it was answered", || async { count(&cass, &there_seen["poll"]).await == json!([0, 1, 1]) }).await;
    bens.json(http::Method::DELETE, &format!("/api/v1/statuses/{}", there_seen["id"].as_str().unwrap()), &json!({})).await;
    becomes("a lead takes the poll out of the community", || async {
        bens.get(&format!("/api/v1/polls/{}", there_seen["poll"]["id"].as_str().unwrap())).await.status == 404
    })
    .await;

    // Asked there by a member of the host: the votes come from here.
    let asked = ask(&cass, "@club").await;
    let here_seen = eventually(PATIENCE, || async {
        let seen = in_home(&anns, "CNRYpoll").await;
        (seen["account"]["username"] == "cas").then_some(seen)
    });
    let here_seen = here_seen.await.unwrap();
    let voted = vote(&anns, &here_seen["poll"], 0).await;
    assert_eq!((&voted["voted"], &voted["votes_count"]), (&json!(true), &json!(1)));
    becomes("the vote where it was asked", || async { count(&cass, &asked["poll"]).await == json!([1, 0, 1]) }).await;
    vote(&bens, &asked["poll"], 0).await;
    hurry(&there).await;
    becomes("the count where it was answered", || async { count(&anns, &here_seen["poll"]).await == json!([2, 0, 2]) }).await;

    there.db.raw().await.run("UPDATE polls SET ends_at = 1, due_at = 1").await;
    becomes("who voted here is told of the end there", || async {
        here.db.raw().await.run("UPDATE polls SET due_at = 1 WHERE ended = FALSE").await;
        anns.read("/api/v1/notifications?types[]=poll")
            .await
            .as_array()
            .unwrap()
            .iter()
            .any(|told| told["account"]["username"] == "cas")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_in_an_open_community_is_voted_in_from_both_halls() {
    both_ways(Zone::Open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_in_a_partner_community_is_voted_in_from_both_halls() {
    both_ways(Zone::Partner).await;
}
