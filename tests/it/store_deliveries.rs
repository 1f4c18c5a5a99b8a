//! Deliveries: in order per host, a dead host holds nobody up, and what left the hall is written down.

use crate::store_queues::timed;
use domain::id::PostId;
use domain::time::{DAY, HOUR, MINUTE};
use domain::zone::Zone;
use kit::{Community, Stranger, World};
use store::deliveries::{self, Delivery, Ended, Host, Outcome, Room};
use store::operation::{self, State};
use store::outbox::NewActivity;
use store::recipients;

/// A partner community with a member at each of two hosts, and an activity for its members.
async fn partners(world: &World) -> (Community, Stranger, Stranger) {
    let ada = world.person("ada").await;
    let club = world.community(&ada, "club", Zone::Partner, &["p.test", "q.test"]).await;
    let (pat, quin) = (world.stranger("pat", "p.test").await, world.stranger("quin", "q.test").await);
    world.member(&club, pat.actor).await;
    world.member(&club, quin.actor).await;
    (club, pat, quin)
}

async fn queue(world: &World, community: &Community, name: &str) {
    let (community, name) = (community.clone(), name.to_owned());
    let activity = NewActivity {
        uri: format!("https://hall.test/{name}"),
        actor: community.actor,
        kind: "Announce".into(),
        post: Some(PostId(1)),
        community: Some(community.id),
        object_uri: Some(format!("https://hall.test/object/{name}")),
        body: "{}".into(),
        public: false,
    };
    world
        .store
        .write(move |tx| {
            Box::pin(async move {
                let row = store::outbox::keep(tx, &activity).await?;
                let to = recipients::members(tx, community.id, None).await?;
                deliveries::enqueue(tx, row, &to).await
            })
        })
        .await
        .unwrap();
}

async fn hosts(world: &World) -> Vec<Host> {
    deliveries::claim(&world.store, Room { well: 100, doubtful: 100 }).await.unwrap()
}

async fn due(world: &World) -> Vec<Delivery> {
    hosts(world).await.into_iter().flat_map(|host| host.deliveries).collect()
}

async fn ended(world: &World, host: &str, tried: Vec<(Delivery, Outcome)>) {
    let claimed_by = world.db.raw().await.number(&format!("SELECT claimed_by FROM instances WHERE host = '{host}'")).await;
    let ended = [Ended { host: host.to_owned(), claimed_by, tried, ..Ended::default() }];
    world.store.write(move |tx| Box::pin(async move { deliveries::settle(tx, &ended).await })).await.unwrap();
}

async fn end(world: &World, delivery: &Delivery, outcome: Outcome) {
    ended(world, &delivery.host, vec![(delivery.clone(), outcome)]).await;
}

fn uris<'a>(list: &'a [Delivery], host: &str) -> Vec<&'a str> {
    list.iter().filter(|delivery| delivery.host == host).map(|delivery| delivery.activity.uri.as_str()).collect()
}

#[tokio::test]
async fn deliveries_to_one_host_keep_their_order_and_a_dead_host_holds_nobody_up() {
    let (world, clock) = timed().await;
    let (club, ..) = partners(&world).await;
    queue(&world, &club, "1").await;
    let first = due(&world).await;
    assert_eq!(first.len(), 2, "one for each host");
    queue(&world, &club, "2").await;
    for delivery in &first {
        let outcome = if delivery.host == "p.test" { Outcome::Unreachable("no answer".into(), None) } else { Outcome::Delivered };
        end(&world, delivery, outcome).await;
    }
    let second = due(&world).await;
    assert_eq!(uris(&second, "q.test"), ["https://hall.test/2"]);
    assert!(uris(&second, "p.test").is_empty(), "the second waits behind the first");
    for delivery in &second {
        end(&world, delivery, Outcome::Delivered).await;
    }
    clock.forward(HOUR);
    assert_eq!(uris(&due(&world).await, "p.test"), ["https://hall.test/1", "https://hall.test/2"]);
}

#[tokio::test]
async fn hosts_that_did_not_answer_take_no_room_of_the_others() {
    let (world, clock) = timed().await;
    let (club, ..) = partners(&world).await;
    queue(&world, &club, "1").await;
    for delivery in due(&world).await {
        let outcome = if delivery.host == "p.test" { Outcome::Unreachable("no answer".into(), None) } else { Outcome::Delivered };
        end(&world, &delivery, outcome).await;
    }
    clock.forward(HOUR);
    queue(&world, &club, "2").await;
    let taken = async |well, doubtful| {
        let hosts = deliveries::claim(&world.store, Room { well, doubtful }).await.unwrap();
        hosts.into_iter().map(|host| host.host).collect::<Vec<_>>()
    };
    assert!(taken(0, 0).await.is_empty());
    assert_eq!(taken(1, 0).await, ["q.test"], "though p.test has waited longer");
    assert!(taken(1, 0).await.is_empty());
    assert_eq!(taken(0, 1).await, ["p.test"]);
}

#[tokio::test]
async fn a_host_that_speaks_again_is_served_at_once() {
    let (world, _) = timed().await;
    let (club, ..) = partners(&world).await;
    queue(&world, &club, "1").await;
    for delivery in due(&world).await {
        end(&world, &delivery, Outcome::Unreachable("no answer".into(), Some(DAY))).await;
    }
    assert!(due(&world).await.is_empty());
    deliveries::wake_host(&world.store, "p.test").await.unwrap();
    assert_eq!(uris(&due(&world).await, "p.test"), ["https://hall.test/1"]);
}

#[tokio::test]
async fn whoever_left_and_whoever_is_no_partner_any_more_is_sent_nothing_that_waits() {
    let (world, _) = timed().await;
    let (club, pat, _) = partners(&world).await;
    queue(&world, &club, "1").await;
    let waiting = due(&world).await;
    let still = || async {
        let due = deliveries::still_due(world.store.read(), &waiting).await.unwrap();
        waiting.iter().filter(|delivery| due.contains(&delivery.id)).map(|delivery| delivery.host.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(still().await.len(), 2);
    app::communities::leave(&world.hall, &pat.asks, club.id).await.unwrap();
    assert_eq!(still().await, ["q.test"]);
    world.db.raw().await.run("DELETE FROM agreements WHERE host = 'q.test'").await;
    assert!(still().await.is_empty());
    queue(&world, &club, "2").await;
    assert_eq!(world.db.raw().await.number("SELECT COUNT(*) FROM deliveries").await, 2, "and nothing new is queued");
}

#[tokio::test]
async fn what_an_internal_community_says_has_no_recipients_even_with_a_stranger_in_its_rows() {
    let (world, _) = timed().await;
    let (club, ..) = partners(&world).await;
    world.db.raw().await.run(&format!("UPDATE communities SET zone = 'internal' WHERE id = {}", club.id)).await;
    queue(&world, &club, "1").await;
    assert!(due(&world).await.is_empty());
}

#[tokio::test]
async fn what_left_stands_in_the_ledger() {
    let (world, _) = timed().await;
    let (club, ..) = partners(&world).await;
    queue(&world, &club, "1").await;
    for delivery in due(&world).await {
        let outcome = if delivery.host == "p.test" { Outcome::Delivered } else { Outcome::Refused("404".into()) };
        end(&world, &delivery, outcome).await;
    }
    let released = store::ledger::of_object(world.store.read(), "https://hall.test/object/1").await.unwrap();
    assert_eq!(released.iter().map(|release| release.host.as_str()).collect::<Vec<_>>(), ["p.test"]);
    assert_eq!(released[0].inbox, "https://p.test/inbox");
}

#[tokio::test]
async fn a_delivery_is_given_up_after_two_weeks_and_that_is_recorded() {
    let (world, clock) = timed().await;
    let (club, ..) = partners(&world).await;
    queue(&world, &club, "1").await;
    queue(&world, &club, "2").await;
    for _ in 0..200 {
        for host in hosts(&world).await {
            let first = host.deliveries[0].clone();
            ended(&world, &host.host, vec![(first, Outcome::Unreachable("no answer".into(), None))]).await;
        }
        clock.forward(6 * HOUR);
    }
    let rows = world.db.raw().await.rows("SELECT DISTINCT state, COUNT(*) FROM deliveries GROUP BY state").await;
    assert_eq!(rows, [["given up", "4"]]);
    assert!(hosts(&world).await.is_empty(), "and nothing is left to ask");
}

#[tokio::test]
async fn a_dead_host_is_asked_once_at_a_time_however_much_waits_and_less_and_less_often() {
    let (world, clock) = timed().await;
    let (club, ..) = partners(&world).await;
    for number in 0..20 {
        queue(&world, &club, &number.to_string()).await;
    }
    let mut asked = 0;
    for _ in 0..(24 * 60) {
        for host in hosts(&world).await {
            asked += i64::from(host.host == "p.test");
            let first = host.deliveries[0].clone();
            ended(&world, &host.host, vec![(first, Outcome::Unreachable("no answer".into(), None))]).await;
        }
        clock.forward(MINUTE);
    }
    assert!((10..25).contains(&asked), "{asked} times in a day");
    let mut raw = world.db.raw().await;
    assert_eq!(raw.number("SELECT COUNT(*) FROM deliveries WHERE attempts = 0").await, 38, "the others were not tried at all");
    let health = operation::status(&world.store).await.unwrap();
    let dead = health.iter().find(|host| host.host == "p.test").unwrap();
    assert_eq!((dead.state, dead.waiting, dead.failures), (State::Broken, 20, asked));
    assert!(dead.lag_ms > 23 * HOUR, "{}", dead.lag_ms);
}

#[tokio::test]
async fn a_host_that_fails_on_seven_days_is_dormant_until_it_speaks_or_answers() {
    let (world, clock) = timed().await;
    let (club, ..) = partners(&world).await;
    let state = || async {
        let all = operation::status(&world.store).await.unwrap();
        all.into_iter().find(|host| host.host == "p.test").unwrap().state
    };
    for clears in ["a probe", "a word"] {
        for day in 0..8 {
            queue(&world, &club, &format!("{clears}{day}")).await;
            for host in hosts(&world).await {
                let first = host.deliveries[0].clone();
                let outcome =
                    if host.host == "q.test" { Outcome::Delivered } else { Outcome::Unreachable("no answer".into(), None) };
                ended(&world, &host.host, vec![(first, outcome)]).await;
            }
            clock.forward(DAY);
        }
        assert_eq!(state().await, State::Dormant);
        if clears == "a word" {
            deliveries::wake_host(&world.store, "p.test").await.unwrap();
            assert!(hosts(&world).await.iter().any(|host| host.host == "p.test"), "at once");
        } else {
            let host = hosts(&world).await.into_iter().find(|host| host.host == "p.test").unwrap();
            assert!(host.failures > 0, "one delivery finds out");
            let tried = host.deliveries.into_iter().map(|one| (one, Outcome::Delivered)).collect();
            ended(&world, "p.test", tried).await;
        }
        assert_eq!(state().await, State::Well, "{clears}");
    }
}

#[tokio::test]
async fn something_that_a_living_host_never_takes_holds_up_the_rest_only_for_a_while() {
    let (world, clock) = timed().await;
    let (club, ..) = partners(&world).await;
    queue(&world, &club, "bad").await;
    queue(&world, &club, "good").await;
    let mut arrived = false;
    for _ in 0..10 {
        while let Some(host) = hosts(&world).await.into_iter().find(|host| host.host == "p.test") {
            let mut tried = Vec::new();
            for one in host.deliveries {
                let bad = one.activity.uri.ends_with("bad");
                arrived |= !bad;
                tried.push((one, if bad { Outcome::Later("status 500".into(), None) } else { Outcome::Delivered }));
                if bad {
                    break;
                }
            }
            ended(&world, "p.test", tried).await;
        }
        clock.forward(MINUTE);
    }
    assert!(arrived);
    let state = "SELECT d.state FROM deliveries d JOIN outbox_activities o ON o.id = d.activity_id WHERE o.uri LIKE '%bad' AND d.host = 'p.test'";
    assert_eq!(world.db.raw().await.rows(state).await, [["waiting"]], "and it is still tried");
}

#[tokio::test]
async fn whoever_is_gone_is_in_no_community_and_sent_nothing_more() {
    let (world, _) = timed().await;
    let (club, pat, _) = partners(&world).await;
    // No shared inbox there: the inbox is pat's own.
    world.db.raw().await.run(&format!("UPDATE actors SET shared_inbox = NULL WHERE id = {}", pat.actor)).await;
    queue(&world, &club, "1").await;
    for delivery in due(&world).await {
        let outcome = if delivery.host == "p.test" { Outcome::Gone } else { Outcome::Delivered };
        end(&world, &delivery, outcome).await;
    }
    let standing = store::memberships::standing(world.store.read(), club.id, pat.actor).await.unwrap().unwrap();
    assert!(!standing.is_active());
    let counted = "SELECT members_count FROM communities WHERE zone = 'partner'";
    assert_eq!(world.db.raw().await.number(counted).await, 2, "ada and quin");
    queue(&world, &club, "2").await;
    assert!(uris(&due(&world).await, "p.test").is_empty());
}

#[tokio::test]
async fn a_shared_inbox_that_is_gone_is_no_reason_to_put_people_out() {
    let (world, _) = timed().await;
    let (club, pat, _) = partners(&world).await;
    queue(&world, &club, "1").await;
    for delivery in due(&world).await {
        end(&world, &delivery, Outcome::Gone).await;
    }
    assert!(store::memberships::standing(world.store.read(), club.id, pat.actor).await.unwrap().unwrap().is_active());
    queue(&world, &club, "2").await;
    let next = due(&world).await;
    assert!(next.iter().any(|one| one.inbox.contains("pat")), "the person's own inbox answers for the person: {next:?}");
}
