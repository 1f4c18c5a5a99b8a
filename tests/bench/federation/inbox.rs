//! What it costs to take signed activities, and to process them.

use crate::peers::{Other, actor};
use crate::yardsticks::Yardsticks;
use crate::{Table, cpu};
use kit::Hall;
use kit::world::remote;
use std::time::Instant;
use store::views::ActorKind;
use tokio_util::sync::CancellationToken;

/// How many people send.
pub const ACTORS: usize = 40;
const EACH: usize = 250;
const CONNECTIONS: usize = 64;

pub async fn measure(table: &mut Table, yard: &Yardsticks) {
    let hall = Hall::without_work("Bench").await;
    let ada = hall.person("ada").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    for number in 0..ACTORS {
        let known = actor(&path, number);
        let host = known.uri.split('/').nth(2).unwrap().to_owned();
        let mut document = remote(&known.name, &host, ActorKind::Person);
        (document.uri, document.key_id) = (known.uri.clone(), Some(known.key_id.clone()));
        document.key_pem = Some(known.key.public_pem());
        let id =
            hall.store.write(move |tx| Box::pin(async move { store::actors::upsert_remote(tx, &document).await })).await.unwrap();
        let follow =
            format!("INSERT INTO follows (follower_id, target_id, state, created_at) VALUES ({}, {id}, 'active', 1)", ada.actor);
        hall.db.raw().await.run(&follow).await;
    }
    let (bare, _) = sent_to(&nothing_but_http().await, &path).await;
    table.row("yardstick: the same requests read by axum alone and answered", &format!("{bare:.1} µs"), "–", None);
    let (per, took) = sent_to(&hall.base, &path).await;
    let taken = (ACTORS * EACH) as f64;
    let least = yard.verify + yard.row;
    // Digest, JSON and every check would have to be done in this.
    let rest = least / 0.7 - least - bare;
    table.row("inbox: what its aim leaves beside HTTP, verification and row", &format!("{rest:.1} µs"), "–", None);
    table.row(
        "inbox: accepted activity",
        &format!("{per:.0} µs CPU, {:.0} % of the yardstick's rate", least / per * 100.0),
        "≥ 70 %",
        Some(least / per >= 0.7),
    );
    table.row(
        "inbox: accepted per second on two cores",
        &format!("{:.0} by CPU, {:.0} by the clock", 2e6 / per, taken / took),
        "≥ 3,000",
        Some(2e6 / per >= 3_000.0),
    );

    let (before, began) = (cpu(), Instant::now());
    let stop = CancellationToken::new();
    let (assembled, ended) = (hall.assembled.clone(), stop.clone());
    let work = tokio_util::task::TaskTracker::new().spawn(async move { assembled.work(ended).await });
    let waiting = "SELECT (SELECT COUNT(*) FROM inbox_queue WHERE state = 'waiting') + (SELECT COUNT(*) FROM effects WHERE state = 'waiting')";
    let mut raw = hall.db.raw().await;
    while raw.number(waiting).await > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let (used, took) = (cpu() - before, began.elapsed().as_secs_f64());
    let stored = raw.number("SELECT COUNT(*) FROM home_entries").await;
    assert_eq!(stored as f64, taken, "every note stands in a Home");
    let per = used * 1e6 / taken;
    table.row(
        "inbox: processed per second on two cores",
        &format!("{:.0} by CPU ({per:.0} µs each), {:.0} by the clock", 2e6 / per, taken / took),
        "≥ 1,000",
        Some(2e6 / per >= 1_000.0),
    );
    stop.cancel();
    work.await.unwrap();
}

/// Sends everything there. Gives microseconds of processor time of this process for each, and seconds for all.
async fn sent_to(base: &str, keys: &str) -> (f64, f64) {
    let (actors, each, connections) = (ACTORS.to_string(), EACH.to_string(), CONNECTIONS.to_string());
    let mut senders = Other::start(&["senders", keys, base, &actors, &each, &connections]);
    assert_eq!(senders.line(), "ready");
    let (before, began) = (cpu(), Instant::now());
    senders.say("go");
    let (taken, _senders) = tokio::task::spawn_blocking(move || (senders.line(), senders)).await.unwrap();
    let (used, took) = (cpu() - before, began.elapsed().as_secs_f64());
    let taken: usize = taken.parse().unwrap();
    assert_eq!(taken, ACTORS * EACH);
    (used * 1e6 / taken as f64, took)
}

/// A server that takes every body and says so: what HTTP costs before anything is done. Gives where it is.
async fn nothing_but_http() -> String {
    let router = axum::Router::new().fallback(async |_: axum::body::Bytes| http::StatusCode::ACCEPTED);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio_util::task::TaskTracker::new().spawn(async move { axum::serve(listener, router).await });
    base
}
