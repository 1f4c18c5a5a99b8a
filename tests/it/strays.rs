//! Strangers that nobody here has to do with are forgotten after a month, and nobody else is (C139).

use app::views::ActorKind;
use app::worker::forget_strays;
use domain::audience::Visibility;
use domain::membership::{MembershipState, Role};
use domain::time::{DAY, SystemRandom};
use domain::zone::Zone;
use kit::World;
use kit::chance::Hands;
use std::sync::Arc;

#[tokio::test]
async fn c139_whoever_is_named_by_nothing_is_forgotten_after_a_month() {
    let clock = Arc::new(Hands::started());
    let world = World::with(clock.clone(), Arc::new(SystemRandom)).await;
    let ada = world.person("ada").await;
    let club = world.community(&ada, "club", Zone::Open, &[]).await;
    let remote = async |name: String| world.remote_actor(&name, "flood.test", ActorKind::Person).await;
    let (member, liker, quiet) = (remote("member".into()).await, remote("liker".into()).await, remote("quiet".into()).await);
    world.put(&club, member, Role::Member, MembershipState::Active).await;
    let post = world.post(&ada, "words", Visibility::Public).await;
    world
        .db
        .raw()
        .await
        .run(&format!("INSERT INTO favourites (actor_id, post_id, created_at) VALUES ({liker}, {post}, 1)"))
        .await;
    for number in 0..2_100 {
        remote(format!("m{number}")).await;
    }
    world.db.raw().await.run(&format!("UPDATE actors SET deleted_at = 1 WHERE id = {quiet}")).await;
    // An instance that is a partner: should it have another key one day, that must be noticed.
    world.community(&ada, "partners", Zone::Partner, &["partner.test"]).await;
    let instance = world.remote_actor("partner.test", "partner.test", ActorKind::Application).await;
    let audited = remote("audited".into()).await;
    let write = world
        .store
        .write(move |tx| Box::pin(async move { store::audit::append(tx, Some(audited), "order.refused", "x", "").await }));
    write.await.unwrap();
    let known = async || world.db.raw().await.number("SELECT COUNT(*) FROM actors WHERE host = 'flood.test'").await;
    let all = async || {
        let mut reached = None;
        for _ in 0..5 {
            reached = forget_strays(&world.hall, reached).await.unwrap();
            if reached.is_none() {
                return;
            }
        }
        panic!("it does not come to an end");
    };
    all().await;
    assert_eq!(known().await, 2_104, "not before a month is over");
    clock.forward(31 * DAY);
    let late = remote("late".into()).await;
    all().await;
    assert_eq!(known().await, 5, "who is in, liked something, is deleted, stands in the audit log, or has just come");
    for stays in [member, liker, quiet, audited, late, instance] {
        assert_eq!(world.db.raw().await.number(&format!("SELECT COUNT(*) FROM actors WHERE id = {stays}")).await, 1);
    }
    assert!(store::actors::by_id(&world.store, ada.actor).await.unwrap().is_some());
    // Whoever was forgotten may come again.
    remote("m7".into()).await;
    assert_eq!(known().await, 6);
}

#[tokio::test]
async fn every_column_that_names_an_actor_is_looked_at_and_has_an_index() {
    if kit::db::on_postgres() {
        return;
    }
    let world = World::new().await;
    let mut raw = world.db.raw().await;
    let names = "SELECT m.name, f.\"from\" FROM sqlite_master m, pragma_foreign_key_list(m.name) f \
        WHERE m.type = 'table' AND f.\"table\" = 'actors' ORDER BY 1, 2";
    let known: Vec<Vec<String>> =
        store::strays::TIES.iter().map(|(table, column)| vec![(*table).into(), (*column).into()]).collect();
    // The audit log outlives what it names, so it refers to nothing.
    let referring: Vec<_> = known.iter().filter(|tie| tie[0] != "audit_log").cloned().collect();
    assert_eq!(raw.rows(names).await, referring);
    for tie in known {
        let plan = format!("EXPLAIN QUERY PLAN SELECT 1 FROM {} WHERE {} = 7", tie[0], tie[1]);
        let plan = format!("{:?}", raw.rows(&plan).await);
        assert!(plan.contains("SEARCH"), "{tie:?}: {plan}");
    }
}
