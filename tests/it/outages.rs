//! A database that cannot be written: a clear answer, nothing half written, reading goes on, and afterwards everything.

use app::Requester;
use domain::audience::Visibility;
use domain::zone::Zone;
use kit::db::on_postgres;
use kit::disk::Disk;
use kit::poll::becomes;
use kit::{Answer, Db, Hall, Peer, PeerActor, Person, Raw};
use serde_json::{Value, json};
use store::{StoreError, settings};

/// A hall with somebody in it, and a peer that is known there.
struct Scene {
    hall: Hall,
    ada: Person,
    _peer: Peer,
    vic: PeerActor,
}

impl Scene {
    async fn over(db: Db) -> Self {
        let hall = Hall::over(db, "Outages").await;
        let ada = hall.person("ada").await;
        hall.community(&ada, "gardens", Zone::Open, &[]).await;
        hall.post(&ada, "CNRYbefore", Visibility::Public).await;
        let peer = Peer::start().await;
        let vic = peer.actor("vic", "Person");
        let scene = Self { hall, ada, _peer: peer, vic };
        assert_eq!(scene.deliver("first", "hello").await.status, 202);
        becomes("the first note", || async { scene.has("first").await }).await;
        scene.quiet().await;
        scene
    }

    fn note(&self, name: &str, text: &str) -> Value {
        let mut note = self.vic.note(&format!("{}/n/{name}", self.vic.uri), text);
        let ada = format!("{}/a/{}", self.hall.base, self.ada.actor);
        note["tag"] = json!([{"type": "Mention", "href": ada, "name": "@ada"}]);
        self.vic.creates(&note)
    }

    async fn deliver(&self, name: &str, text: &str) -> Answer {
        self.vic.post(&format!("{}/inbox", self.hall.base), &self.note(name, text)).await
    }

    async fn has(&self, name: &str) -> bool {
        let uri = format!("{}/n/{name}", self.vic.uri);
        store::posts::id_by_uri(self.hall.store.read(), &uri).await.unwrap().is_some()
    }

    async fn write(&self, text: &str) -> Answer {
        self.hall.as_person(&self.ada).json(http::Method::POST, "/api/v1/statuses", &json!({"status": text})).await
    }

    /// Nothing is left to do.
    async fn quiet(&self) {
        becomes("the queues are empty", || async {
            let sql = "SELECT (SELECT COUNT(*) FROM effects WHERE state = 'waiting') + (SELECT COUNT(*) FROM inbox_queue WHERE state = 'waiting')";
            self.hall.db.raw().await.number(sql).await == 0
        })
        .await;
    }

    /// Everything that an act could have written.
    async fn state(&self) -> Vec<String> {
        let mut raw = self.hall.db.raw().await;
        let mut all = Vec::new();
        for table in
            ["posts", "effects", "inbox_queue", "deliveries", "outbox_activities", "notifications", "revisions", "home_entries"]
        {
            all.push(format!("{table}: {}", raw.number(&format!("SELECT COUNT(*) FROM {table}")).await));
        }
        all.extend(raw.rows(&format!("SELECT posts_count FROM actors WHERE id = {}", self.ada.actor)).await.concat());
        all
    }

    async fn reads_on(&self) {
        let client = self.hall.as_person(&self.ada);
        for path in ["/api/v1/timelines/home", "/api/v1/timelines/public", "/api/v2/instance", "/api/v1/notifications"] {
            assert_eq!(client.get(path).await.status, 200, "{path}");
        }
        let page = self.hall.anonymous().get(&format!("/@{}", self.ada.handle)).await;
        assert!(page.status == 200 && page.shows("CNRYbefore"), "{}", page.status);
        assert!(self.hall.anonymous().get("/healthz").await.status == 200);
    }

    /// While nothing can be written: what clients and peers are told.
    async fn refuses(&self, rounds: u32) {
        let before = self.state().await;
        for round in 0..rounds {
            let name = format!("lost{round}");
            let (one, two, inbox) =
                tokio::join!(self.write("CNRYlost"), self.write("CNRYlost too"), self.deliver(&name, "CNRYlost"));
            for (what, answer) in [("a client", &one), ("another", &two), ("a peer", &inbox)] {
                assert_eq!(answer.status, 503, "{what}: {}", answer.text());
                assert!(answer.headers.contains_key("retry-after"), "{what}: {:?}", answer.headers);
                assert!(answer.value()["error"].is_string(), "{what}: {}", answer.text());
                assert!(!answer.shows("SQL") && !answer.shows("disk"), "{what}: {}", answer.text());
            }
            self.reads_on().await;
        }
        assert_eq!(self.state().await, before, "nothing is half written");
    }

    /// When there is room again, without a restart.
    async fn goes_on(&self) {
        becomes("somebody can write again", || async { self.write("CNRYafter").await.status == 200 }).await;
        // A peer comes again with what it could not deliver.
        assert_eq!(self.deliver("lost0", "CNRYlater").await.status, 202);
        becomes("what came again is here", || async { self.has("lost0").await }).await;
        self.quiet().await;
        let timeline = app::timelines::home(&self.hall.hall, &self.ada.asks, &domain::page::Page::newest(40)).await.unwrap();
        assert!(!timeline.is_empty());
        let notified = self.hall.as_person(&self.ada).get("/api/v1/notifications").await;
        assert!(notified.shows("CNRYlater"), "{}", notified.text());
        let sql = "SELECT COUNT(*) FROM posts WHERE source LIKE '%CNRYlost%' OR html LIKE '%CNRYlost%'";
        assert_eq!(self.hall.db.raw().await.number(sql).await, 0);
        assert!(
            app::posts::show(
                &self.hall.hall,
                &Requester::anonymous(),
                self.hall.post(&self.ada, "more", Visibility::Public).await
            )
            .await
            .is_ok()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_and_nothing_is_half_written() {
    let Some(disk) = Disk::new("outages::a_full_disk_is_told_and_nothing_is_half_written") else { return };
    let scene = Scene::over(Db::in_folder(disk.path()).await).await;
    disk.fill();
    scene.refuses(3).await;
    disk.free();
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_does_not_fit_takes_no_neighbour_with_it_unsaid() {
    let Some(disk) = Disk::new("outages::a_write_that_does_not_fit_takes_no_neighbour_with_it_unsaid") else { return };
    let db = Db::in_folder(disk.path()).await;
    let store = db.store().await;
    let write = |name: String, value: String| {
        let store = store.clone();
        async move {
            let there = settings::get(store.read(), &name).await.unwrap().is_some();
            assert!(!there);
            store.write(move |tx| Box::pin(async move { settings::set(tx, &name, &value).await })).await
        }
    };
    for round in 0..4 {
        // Too large for memory, so that the disk is found full in the middle of it, and SQLite takes everything back.
        let large = "x".repeat(24 * 1024 * 1024);
        let names = ["before", "large", "after"].map(|name| format!("{name} {round}"));
        let [before, large_one, after] = names.clone();
        let outcomes = tokio::join!(write(before, "small".into()), write(large_one, large), write(after, "small".into()));
        assert!(matches!(outcomes.1, Err(StoreError::Unavailable(_))), "{:?}", outcomes.1);
        for (name, outcome) in names.iter().zip([outcomes.0, outcomes.1, outcomes.2]) {
            let there = settings::get(store.read(), name).await.unwrap().is_some();
            assert_eq!(there, outcome.is_ok(), "{name}: {outcome:?}");
        }
    }
    write("afterwards".into(), "small".into()).await.unwrap();
    let reopened = db.store().await;
    assert!(settings::get(reopened.read(), "afterwards").await.unwrap().is_some(), "on disk, not in an open transaction");
}

/// On SQLite another process holds the lock; on PostgreSQL the server says of every new row that its disk is full.
async fn stop_writing(raw: &mut Raw) {
    match raw {
        Raw::Sqlite(_) => raw.run("BEGIN IMMEDIATE").await,
        Raw::Postgres(_) => {
            raw.run("CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100'; END $$").await;
            for table in ["posts", "inbox_queue"] {
                raw.run(&format!("CREATE TRIGGER full_disk BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION full_disk()"))
                    .await;
            }
        }
    }
}

async fn write_again(raw: &mut Raw) {
    match raw {
        Raw::Sqlite(_) => raw.run("ROLLBACK").await,
        Raw::Postgres(_) => raw.run("DROP FUNCTION full_disk() CASCADE").await,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c297_a_database_that_takes_nothing_is_told_and_nothing_is_half_written() {
    let scene = Scene::over(Db::new().await).await;
    assert_eq!(matches!(scene.hall.db.raw().await, Raw::Postgres(_)), on_postgres());
    let mut raw = scene.hall.db.raw().await;
    stop_writing(&mut raw).await;
    scene.refuses(1).await;
    write_again(&mut raw).await;
    scene.goes_on().await;
}
