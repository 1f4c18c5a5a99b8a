//! One activity for very many servers is queued in steps: others write meanwhile, and whoever goes on after a crash
//! queues the rest, nothing less and nothing twice.

use crate::store_queues::timed;
use app::federated::NewActivity;
use app::federated::outgoing::{self, Outgoing, To};
use domain::membership::{MembershipState, Role};
use domain::time::HOUR;
use domain::zone::Zone;
use kit::World;
use kit::db::on_postgres;
use store::effects::{self, Effect, Lane};

const HOSTS: usize = 25;

/// Somebody of each of many hosts in an open community, and something for all of them.
async fn crowd(world: &World) -> Vec<Outgoing> {
    let ada = world.person("ada").await;
    let club = world.community(&ada, "club", Zone::Open, &[]).await;
    for number in 10..10 + HOSTS {
        let pat = world.stranger("pat", &format!("h{number}.test")).await;
        world.put(&club, pat.actor, Role::Member, MembershipState::Active).await;
    }
    let one = |name: &str| Outgoing {
        activity: NewActivity {
            uri: format!("https://hall.test/{name}"),
            actor: club.actor,
            kind: "Announce".into(),
            post: None,
            community: Some(club.id),
            object_uri: None,
            body: "{}".into(),
            public: true,
        },
        to: vec![To::Members(club.id)],
        asks: None,
    };
    vec![one("first"), one("second")]
}

async fn task(world: &World) -> Effect {
    let mut claimed = effects::claim(&world.store, Lane::Wire).await.unwrap();
    assert_eq!(claimed.len(), 1);
    claimed.remove(0)
}

async fn enqueue(world: &World) {
    world.store.write(|tx| Box::pin(async move { effects::enqueue(tx, Lane::Wire, "", "task").await })).await.unwrap();
}

/// From now on the database does not take a delivery there, or takes it again.
async fn refuses(world: &World, host: &str, yes: bool) {
    let mut raw = world.db.raw().await;
    let says = match (on_postgres(), yes) {
        (false, true) => vec![format!(
            "CREATE TRIGGER full BEFORE INSERT ON deliveries WHEN NEW.host = '{host}' BEGIN SELECT RAISE(ABORT, 'no'); END"
        )],
        (false, false) => vec!["DROP TRIGGER full".to_owned()],
        (true, true) => vec![
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'".to_owned(),
            format!(
                "CREATE TRIGGER full_up BEFORE INSERT ON deliveries FOR EACH ROW WHEN (NEW.host = '{host}') EXECUTE FUNCTION no()"
            ),
        ],
        (true, false) => vec!["DROP TRIGGER full_up ON deliveries".to_owned(), "DROP FUNCTION no".to_owned()],
    };
    for sql in says {
        raw.run(&sql).await;
    }
}

async fn queued(world: &World) -> i64 {
    world.db.raw().await.number("SELECT COUNT(*) FROM deliveries").await
}

#[tokio::test]
async fn after_a_crash_between_two_steps_the_rest_is_queued_and_nothing_twice() {
    let (world, clock) = timed().await;
    let crowd = crowd(&world).await;
    enqueue(&world).await;
    let effect = task(&world).await;
    // The third step of ten fails, in the second host of the second activity.
    refuses(&world, "h33.test", true).await;
    outgoing::carry_out_in_steps(&world.hall, Some(&effect), crowd.clone(), 10).await.unwrap_err();
    assert_eq!(queued(&world).await, 20, "two steps stand, the third is taken back whole");
    world.store.write(move |tx| Box::pin(async move { effects::failed(tx, &effect, "no", false).await })).await.unwrap();
    // Meanwhile some of it was delivered: its rows are gone.
    let delivered = "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries ORDER BY id LIMIT 7)";
    world.db.raw().await.run(delivered).await;
    refuses(&world, "h33.test", false).await;
    clock.forward(HOUR);
    outgoing::carry_out_in_steps(&world.hall, Some(&task(&world).await), crowd, 10).await.unwrap();
    let each = "SELECT a.uri, COUNT(DISTINCT d.inbox), COUNT(*) FROM deliveries d JOIN outbox_activities a ON a.id = d.activity_id GROUP BY a.uri ORDER BY a.uri";
    assert_eq!(
        world.db.raw().await.rows(each).await,
        [["https://hall.test/first", "18", "18"], ["https://hall.test/second", "25", "25"]]
    );
    assert_eq!(world.db.raw().await.number("SELECT COUNT(*) FROM effects").await, 0, "and the task is done");
}

#[tokio::test]
async fn steps_end_exactly_where_the_recipients_do() {
    for together in [1, 5, 24, 25, 26, 50, 1_000] {
        let (world, _) = timed().await;
        let crowd = crowd(&world).await;
        enqueue(&world).await;
        outgoing::carry_out_in_steps(&world.hall, Some(&task(&world).await), crowd, together).await.unwrap();
        assert_eq!(queued(&world).await, 50, "{together} together");
        assert_eq!(world.db.raw().await.number("SELECT COUNT(*) FROM effects").await, 0);
    }
}

#[tokio::test]
async fn a_worker_that_lost_its_task_between_two_steps_queues_no_more() {
    let (world, _) = timed().await;
    let crowd = crowd(&world).await;
    enqueue(&world).await;
    let effect = task(&world).await;
    world.db.raw().await.run("UPDATE effects SET claimed_by = 99").await;
    outgoing::carry_out_in_steps(&world.hall, Some(&effect), crowd, 10).await.unwrap_err();
    assert_eq!(queued(&world).await, 0);
}
