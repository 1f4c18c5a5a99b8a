//! What the database keeps and what it refuses: schema, outages, secrets, deletions, the audit chain.

use app::federated::ReceivedAct;
use app::posts::{NetworkPost, Origin};
use app::{ErrorKind, Requester};
use domain::audience::Visibility;
use domain::draft::Draft;
use domain::text::Html;
use domain::time::Timestamp;
use domain::zone::Zone;
use kit::{Db, Stranger, World};
use store::{DatabaseState, Options, Store, StoreError};

#[tokio::test]
async fn an_empty_database_is_brought_up_to_date_once() {
    let db = Db::empty().await;
    let store = db.store().await;
    assert_eq!(store.state().await.unwrap(), DatabaseState::Empty);
    store.migrate().await.unwrap();
    assert_eq!(store.state().await.unwrap(), DatabaseState::Current);
    store.migrate().await.unwrap();
    store.ping().await.unwrap();
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let db = Db::new().await;
    let mut raw = db.raw().await;
    raw.run("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_from_the_future', 1)").await;
    let store = db.store().await;
    assert_eq!(store.state().await.unwrap(), DatabaseState::Newer(vec!["m9999_from_the_future".into()]));
    let refused = store.migrate().await.unwrap_err();
    assert!(matches!(&refused, StoreError::Schema(text) if text.contains("m9999_from_the_future")), "{refused:?}");
    assert_eq!(raw.number("SELECT COUNT(*) FROM seaql_migrations WHERE version = 'm9999_from_the_future'").await, 1);
}

#[tokio::test]
async fn sqlite_plans_by_its_indexes_and_not_by_what_was_once_counted() {
    if kit::db::on_postgres() {
        return;
    }
    let db = Db::new().await;
    let mut raw = db.raw().await;
    raw.run("INSERT INTO settings (name, value) VALUES ('a', 'b'); ANALYZE").await;
    let counted = "SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'";
    assert!(raw.number(counted).await > 0, "as an older version, or somebody by hand, has left it");
    let store = db.store().await;
    assert_eq!(raw.number(counted).await, 0);
    assert_eq!(store::settings::get(store.read(), "a").await.unwrap().as_deref(), Some("b"));
    store.write(|tx| Box::pin(async move { store::settings::set(tx, "a", "c").await })).await.unwrap();
    drop(store);
    let again = db.store().await;
    assert_eq!(store::settings::get(again.read(), "a").await.unwrap().as_deref(), Some("c"));
    assert_eq!(raw.number(counted).await, 0, "and none are made at the end");
}

/// Keeps others from writing, in the way of each database.
const HOLD: [&str; 2] = ["BEGIN EXCLUSIVE", "BEGIN; LOCK TABLE id_clock IN ACCESS EXCLUSIVE MODE"];

#[tokio::test]
async fn a_locked_database_is_said_to_be_unavailable_and_recovers() {
    // PostgreSQL waits for a lock as long as the lock lasts; SQLite gives up, and must say so.
    if kit::db::on_postgres() {
        return;
    }
    let db = Db::new().await;
    let store = db.store().await;
    let mut raw = db.raw().await;
    raw.run(HOLD[0]).await;
    let write = |store: &Store| {
        let store = store.clone();
        async move { store.write(|tx| Box::pin(async move { store::settings::set(tx, "a", "b").await })).await }
    };
    let refused = write(&store).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    assert_eq!(app::Error::from(refused).kind, ErrorKind::Unavailable);
    raw.run("ROLLBACK").await;
    write(&store).await.unwrap();
    assert_eq!(store::settings::get(store.read(), "a").await.unwrap().as_deref(), Some("b"));
}

#[tokio::test]
async fn a_database_held_by_another_is_written_once_it_is_free() {
    let db = Db::new().await;
    let store = db.store().await;
    let mut raw = db.raw().await;
    raw.run(HOLD[usize::from(kit::db::on_postgres())]).await;
    let mut write = Box::pin(store.write(|tx| Box::pin(async move { store::settings::set(tx, "a", "b").await })));
    kit::poll::begin(&mut write).await;
    raw.run("ROLLBACK").await;
    write.await.unwrap();
}

#[tokio::test]
async fn a_database_that_is_not_there_is_unavailable() {
    let nowhere = if kit::db::on_postgres() { "postgres://nobody@127.0.0.1:1/none" } else { "sqlite:///nowhere/at/all/hall.db" };
    let options = Options { url: nowhere.into(), ..Db::empty().await.options() };
    let refused = Store::open(options).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
}

#[tokio::test]
async fn only_hashes_of_tokens_cookies_codes_and_secrets_are_at_rest() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let narrow = world.token("ada", "read").await;
    let cookie = store::sealed::new_token(world.store.random());
    let (shown, account) = (cookie.clone(), ada.account);
    world
        .store
        .write(move |tx| {
            Box::pin(async move {
                let end = tx.now().plus(domain::time::DAY);
                store::sessions::create(tx, account, &cookie, "browser", end).await
            })
        })
        .await
        .unwrap();
    let texts = world.db.raw().await.every_text().await;
    assert!(
        texts.iter().any(|(place, text)| place == "accounts.email" && text == "ada@example.org"),
        "the search sees what is there"
    );
    for secret in [&ada.token, &narrow, &shown] {
        for (place, text) in &texts {
            assert!(!text.contains(secret.as_str()), "a secret stands in {place}");
        }
        let hash = store::sealed::token_hash(secret);
        assert!(texts.iter().any(|(_, text)| *text == hash), "its hash does");
    }
}

#[tokio::test]
async fn private_keys_are_sealed_at_rest_and_open_only_with_the_secret() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let keys = store::keys::ActorKeys {
        rsa_pkcs8: b"the private half of RSA".to_vec(),
        rsa_public_pem: "public".into(),
        ed25519_pkcs8: b"the private half of Ed25519".to_vec(),
        ed25519_public: "z6Mk".into(),
    };
    let (sealer, actor) = (kit::db::sealer(), ada.actor);
    world
        .store
        .write(move |tx| Box::pin(async move { store::keys::insert_if_absent(tx, &sealer, actor, &keys).await }))
        .await
        .unwrap();
    // “the private”, as bytes are shown.
    let plain = "7468652070726976617465";
    for (place, text) in world.db.raw().await.every_text().await {
        assert!(!text.contains(plain) && !text.contains("the private half"), "a private key stands in {place}");
    }
    let read = world.store.read();
    assert!(store::keys::load(read, &kit::db::sealer(), ada.actor).await.unwrap().is_some());
    let other = store::sealed::Sealer::new(&[9; 32]);
    assert!(store::keys::load(read, &other, ada.actor).await.is_err());
}

#[expect(clippy::disallowed_methods, reason = "a plain word is clean")]
fn received(uri: &str, text: &str) -> Origin {
    Origin::Network(Box::new(NetworkPost {
        arrival: app::posts::Arrival::Delivered,
        received: None,
        uri: uri.into(),
        url: None,
        html: Html::stored(text.into()),
        source: None,
        published: Timestamp(1),
        parent_uri: None,
        quotes: None,
        mention_uris: Vec::new(),
        hashtags: Vec::new(),
        context_uri: None,
        activity: None,
        poll: None,
        attachments: Vec::new(),
        handed_in: false,
        announced_by: None,
    }))
}

async fn receive(world: &World, author: &Stranger, uri: &str) -> app::Result<domain::id::PostId> {
    app::posts::publish(&world.hall, &author.asks, Draft::new("hello", Visibility::Public), received(uri, "hello")).await
}

/// A `Delete` as it is recorded.
fn deletion(by: &Stranger, uri: &str) -> ReceivedAct {
    ReceivedAct {
        uri: format!("{uri}#delete-by-{}", by.handle),
        actor: by.actor,
        kind: "Delete".into(),
        object_uri: uri.into(),
        target_uri: None,
        community: None,
        reason: String::new(),
        body: "{}".into(),
    }
}

#[tokio::test]
async fn what_was_deleted_before_it_came_never_comes() {
    let world = World::new().await;
    let pat = world.stranger("pat", "p.test").await;
    let uri = "https://p.test/n/1";
    app::posts::delete_received(&world.hall, &pat.asks, deletion(&pat, uri), None).await.unwrap();
    assert_eq!(receive(&world, &pat, uri).await.unwrap_err().code, "gone");
}

#[tokio::test]
async fn what_was_deleted_after_it_came_does_not_come_again() {
    let world = World::new().await;
    let (pat, mal) = (world.stranger("pat", "p.test").await, world.stranger("mal", "p.test").await);
    let uri = "https://p.test/n/1";
    let post = receive(&world, &pat, uri).await.unwrap();
    assert_eq!(receive(&world, &pat, uri).await.unwrap(), post, "the same again is the same post");
    assert_eq!(receive(&world, &mal, uri).await.unwrap_err().code, "not_the_author");
    assert!(
        app::posts::delete_received(&world.hall, &mal.asks, deletion(&mal, uri), None).await.is_err(),
        "somebody else deletes nothing"
    );
    assert!(world.see(&Requester::anonymous(), post).await.is_some());
    app::posts::delete_received(&world.hall, &pat.asks, deletion(&pat, uri), None).await.unwrap();
    assert!(world.see(&Requester::anonymous(), post).await.is_none());
    assert_eq!(receive(&world, &pat, uri).await.unwrap_err().code, "gone");
}

#[tokio::test]
async fn deleting_blanks_the_text_the_earlier_forms_and_every_boost() {
    let world = World::new().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let club = world.community(&ada, "club", Zone::Open, &[]).await;
    let post = world.post_in(&ada, &club, "first CNRYfirst").await;
    world.edit(&ada, post, "second CNRYsecond").await.unwrap();
    app::posts::boost(&world.hall, &bob.asks, post).await.unwrap();
    world.settle().await;
    app::posts::delete(&world.hall, &ada.asks, post).await.unwrap();
    for (place, text) in world.db.raw().await.every_text().await {
        assert!(!text.contains("CNRY"), "a deleted text stands in {place}");
    }
    assert!(world.home(&bob).await.is_empty() && world.home(&ada).await.is_empty());
    let mut raw = world.db.raw().await;
    assert_eq!(raw.number("SELECT COUNT(*) FROM posts WHERE deleted_at IS NULL").await, 0);
    assert_eq!(raw.number(&format!("SELECT COUNT(*) FROM tombstones WHERE uri = 'https://hall.test/p/{post}'")).await, 1);
    assert_eq!(raw.number(&format!("SELECT posts_count FROM actors WHERE id = {}", ada.actor)).await, 0);
    assert!(app::posts::show(&world.hall, &ada.asks, post).await.is_err(), "deleting is final, for the author too");
}

#[tokio::test]
async fn a_changed_or_missing_line_of_the_audit_log_shows() {
    let world = World::new().await;
    for handle in ["ada", "bob", "cleo"] {
        world.person(handle).await;
    }
    let broken = || async { store::audit::first_broken(world.store.read()).await.unwrap() };
    assert_eq!(broken().await, None);
    let mut raw = world.db.raw().await;
    let second = raw.rows("SELECT id FROM audit_log ORDER BY id").await[1][0].parse::<i64>().unwrap();
    raw.run(&format!("UPDATE audit_log SET detail = detail || '!' WHERE id = {second}")).await;
    assert_eq!(broken().await, Some(second));
    raw.run(&format!("DELETE FROM audit_log WHERE id = {second}")).await;
    assert!(broken().await.is_some_and(|id| id > second), "the next line hangs on nothing");
}
