//! What it costs to send one post to very many, and what it costs its author.

use crate::peers::Other;
use crate::yardsticks::signature;
use crate::{Table, cpu, memory};
use domain::audience::Visibility;
use domain::time::{Clock, SystemClock};
use domain::zone::Zone;
use kit::{Community, Hall, Person};
use std::fmt::Write;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

const HOSTS: usize = 2_000;
const FOLLOWERS: usize = 10_000;

/// Remote people, evenly on the hosts; of the last `apart` hosts it depends on the other process whether they answer.
async fn people(hall: &Hall, port: &str, number: usize, apart: usize) {
    let mut raw = hall.db.raw().await;
    let all: Vec<usize> = (0..number).collect();
    for some in all.chunks(500) {
        let mut sql =
            String::from("INSERT INTO actors (id, uri, kind, handle, host, inbox, shared_inbox, outside, created_at) VALUES ");
        for (at, number) in some.iter().enumerate() {
            let at_host = number % HOSTS;
            let block = if at_host >= HOSTS - apart { 100 } else { 60 };
            let host = format!("127.0.{}.{}:{port}", block + at_host / 250, 1 + at_host % 250);
            let comma = if at > 0 { ", " } else { "" };
            let id = 1_000_000 + number;
            let uri = format!("http://{host}/users/f{number}");
            write!(sql, "{comma}({id}, '{uri}', 'Person', 'f{number}', '{host}', '{uri}/inbox', 'http://{host}/inbox', TRUE, 1)")
                .unwrap();
        }
        raw.run(&sql).await;
    }
}

struct Sent {
    /// Microseconds of processor time for one delivery.
    per: f64,
    /// The same for one RSA signature, right before and after.
    sign: f64,
    clock: f64,
    grown: f64,
}

/// How some of the hosts stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Apart {
    Well,
    Dead,
    /// Dead, and they were at the last try.
    Failed,
}

/// One post to all followers; measured until all hosts but those apart have it. The hosts are known to take this kind of
/// signature, or nothing is known of them yet.
async fn one_post(apart: usize, how: Apart, known: Option<&str>) -> Sent {
    let dead = if how == Apart::Well { "0" } else { "dead" };
    let mut peers = Other::start(&["peers", dead]);
    let port = peers.line();
    let hall = Hall::without_work("Bench").await;
    let ada = hall.person("ada").await;
    people(&hall, &port, FOLLOWERS, apart).await;
    let mut raw = hall.db.raw().await;
    // Keys are made at the first use; that is no part of this.
    let stop = CancellationToken::new();
    let (assembled, ended) = (hall.assembled.clone(), stop.clone());
    let work = tokio_util::task::TaskTracker::new().spawn(async move { assembled.work(ended).await });
    let one =
        format!("INSERT INTO follows (follower_id, target_id, state, created_at) VALUES (1000000, {}, 'active', 1)", ada.actor);
    raw.run(&one).await;
    hall.post(&ada, "warm", Visibility::Public).await;
    while raw.number("SELECT COUNT(*) FROM release_ledger").await < 1 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let follow = format!(
        "INSERT INTO follows (follower_id, target_id, state, created_at) SELECT id, {}, 'active', 1 FROM actors WHERE id > 1000000 AND id < 2000000",
        ada.actor
    );
    raw.run(&follow).await;
    if how == Apart::Failed {
        let before = "INSERT INTO instances (host, first_seen, failures, failing_days) SELECT DISTINCT host, 1, 1, 1 FROM actors \
             WHERE id > 1000000 AND id < 2000000 AND host LIKE '127.0.10_.%'";
        raw.run(before).await;
    }
    if let Some(kind) = known {
        let now = SystemClock.now().0;
        let habits = format!(
            "INSERT OR IGNORE INTO host_signing (host, kind, learned, learned_at) SELECT DISTINCT host, '{kind}', 'knocked', {now} FROM actors \
             WHERE id >= 1000000 AND id < 2000000"
        );
        raw.run(&habits).await;
    }
    let before = signature();
    let (used, began, held) = (cpu(), SystemClock.now().0, memory());
    hall.post(&ada, "hello to everybody", Visibility::Public).await;
    let mut most = held;
    let others = i64::try_from(HOSTS - apart).unwrap() + 1;
    // Looking costs as well, so it is rare; when the last one was sent is written down.
    let (sent, last) = ("FROM release_ledger WHERE host NOT LIKE '127.0.10_.%'", "SELECT MAX(released_at)");
    for look in 0.. {
        most = most.max(memory());
        tokio::time::sleep(Duration::from_millis(20)).await;
        if look % 10 == 9 && raw.number(&format!("SELECT COUNT(*) {sent}")).await >= others {
            break;
        }
    }
    let used = cpu() - used;
    let last = raw.number(&format!("{last} {sent}")).await;
    let sign = f64::midpoint(before, signature());
    let sent = Sent { per: used * 1e6 / HOSTS as f64, sign, clock: (last - began) as f64 / 1_000.0, grown: most - held };
    stop.cancel();
    if how == Apart::Well {
        work.await.unwrap();
    } else {
        // It would wait for those that never answer.
        work.abort();
    }
    sent
}

/// Five posts, and the one in the middle: the first by what counts.
async fn five(known: Option<&str>, by: impl Fn(&Sent) -> f64) -> Sent {
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(one_post(0, Apart::Well, known).await);
    }
    all.sort_by(|a, b| by(a).total_cmp(&by(b)));
    all.swap_remove(2)
}

fn shown(sent: &Sent) -> String {
    format!("{:.0} µs CPU, {:.2} × one RSA signature", sent.per, times(sent))
}

fn times(sent: &Sent) -> f64 {
    sent.per / sent.sign
}

pub async fn fan_out(table: &mut Table) {
    let all = five(None, times).await;
    let what = "fan-out: 10,000 followers on 2,000 unknown hosts, one delivery";
    table.row(what, &shown(&all), "≤ 1.6 ×", Some(times(&all) <= 1.6));
    table.row("fan-out: growth in memory", &format!("{:.0} MB", all.grown), "≤ 100 MB", Some(all.grown <= 100.0));
    table.row("fan-out: deliveries a second", &format!("{:.0} by the clock", HOSTS as f64 / all.clock), "–", None);
    let known = five(Some("cavage"), times).await;
    table.row("fan-out: to hosts known to take RSA, one delivery", &shown(&known), "≤ 1.6 ×", Some(times(&known) <= 1.6));
}

pub async fn edwards(table: &mut Table) {
    let known = five(Some("rfc9421-ed25519"), |sent| sent.per).await;
    let what = "fan-out: to hosts known to take Ed25519, one delivery";
    table.row(what, &shown(&known), "≤ 150 µs", Some(known.per <= 150.0));
}

/// The middle of three: the clock of a busy machine wanders.
async fn by_the_clock(how: Apart) -> f64 {
    let mut three = Vec::new();
    for _ in 0..3 {
        three.push(one_post(HOSTS / 3, how, Some("cavage")).await.clock);
    }
    three.sort_by(f64::total_cmp);
    three[1]
}

/// When two thirds of the hosts have it, where the last third answers and where it does not.
pub async fn dead(table: &mut Table) {
    let before = by_the_clock(Apart::Well).await;
    for (how, what) in [(Apart::Dead, "dead, and nobody knows"), (Apart::Failed, "dead, as they were before, and due")] {
        let slower = (by_the_clock(how).await / before - 1.0) * 100.0;
        let what = format!("fan-out: a third of the hosts {what}: until the others have it");
        table.row(&what, &format!("{slower:+.0} % by the clock"), "< +10 %", Some(slower < 10.0));
    }
}

pub async fn community(table: &mut Table) {
    let hall = Hall::without_work("Bench").await;
    let ada = hall.person("ada").await;
    let small = hall.community(&ada, "small", Zone::Open, &[]).await;
    let large = hall.community(&ada, "large", Zone::Open, &[]).await;
    people(&hall, "9", 50_000, 0).await;
    for (community, members) in [(&small, 50), (&large, 50_000)] {
        let sql = format!(
            "INSERT INTO memberships (community_id, actor_id, role, state, asked_at) SELECT {}, id, 'member', 'active', 1 FROM actors \
             WHERE id >= 1000000 AND id < 1000000 + {members}",
            community.id
        );
        hall.db.raw().await.run(&sql).await;
    }
    let mut cost = Vec::new();
    for community in [&small, &large, &small, &large] {
        let before = cpu();
        for number in 0..300 {
            hall.post_in(&ada, community, &format!("number {number}")).await;
        }
        cost.push((cpu() - before) * 1e6 / 300.0);
    }
    let (few, many) = (f64::midpoint(cost[0], cost[2]), f64::midpoint(cost[1], cost[3]));
    table.row(
        "one post in a community with 50,000 members",
        &format!("{many:.0} µs CPU, {few:.0} µs with 50: {:.2} ×", many / few),
        "1 ×",
        Some(many / few < 1.15),
    );
    table.row(
        "one post in a community with 50,000 members: longest wait of other writes while it is queued",
        &format!("{:.0} ms by the clock", longest_wait(&hall, &ada, &large).await),
        "–",
        None,
    );
}

/// How long others who write wait at most, in milliseconds, until a post is queued for all members.
async fn longest_wait(hall: &Hall, ada: &Person, community: &Community) -> f64 {
    let mut raw = hall.db.raw().await;
    raw.run("DELETE FROM effects").await;
    hall.post_in(ada, community, "hello to all of you").await;
    let stop = CancellationToken::new();
    let (assembled, ended) = (hall.assembled.clone(), stop.clone());
    let work = tokio_util::task::TaskTracker::new().spawn(async move { assembled.work(ended).await });
    let mut longest = 0_f64;
    while raw.number("SELECT COUNT(*) FROM effects WHERE state = 'waiting'").await > 0 {
        let began = Instant::now();
        hall.store.write(|_| Box::pin(async { Ok::<_, store::StoreError>(()) })).await.unwrap();
        longest = longest.max(began.elapsed().as_secs_f64() * 1_000.0);
    }
    assert_eq!(raw.number("SELECT COUNT(DISTINCT host) FROM deliveries").await, i64::try_from(HOSTS).unwrap());
    stop.cancel();
    work.abort();
    longest
}
