//! What federation costs, against yardsticks that the crypto and database libraries set alone in the same run.
//!
//! `cargo bench -p tests --bench federation` prints one table. Cost is processor time of the hall's process, so that
//! a busy machine changes little; another process plays the other instances.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a measurement that cannot go on should stop at once")]
#![expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "figures for people")]
#![expect(clippy::missing_panics_doc, reason = "nothing here is called from elsewhere")]

#[path = "federation/inbox.rs"]
mod inbox;
#[path = "federation/outgoing.rs"]
mod outgoing;
#[path = "federation/peers.rs"]
mod peers;
#[path = "federation/yardsticks.rs"]
mod yardsticks;

use std::fmt::Write;

/// Processor time this process has used, in seconds.
pub fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    // utime and stime in ticks of a hundredth of a second
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// Resident memory of this process, in megabytes.
pub fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
}

/// The table as it grows.
#[derive(Default)]
pub struct Table(String);

impl Table {
    /// Adds a line: what, as measured, what is aimed at, and whether that is met.
    pub fn row(&mut self, what: &str, measured: &str, aim: &str, met: Option<bool>) {
        let verdict = match met {
            None => "",
            Some(true) => "met",
            Some(false) => "MISSED",
        };
        println!("{what}: {measured} (aim {aim}) {verdict}");
        writeln!(self.0, "| {what} | {measured} | {aim} | {verdict} |").unwrap();
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.first().map(String::as_str) {
        Some("peers") => return peers::serve(&words[1..]),
        Some("senders") => return peers::send(&words[1..]),
        _ => {}
    }
    let wants = |part: &str| words.is_empty() || words.iter().any(|word| word == part);
    let mut table = Table::default();
    let yard = yardsticks::measure(&mut table);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        if wants("inbox") {
            inbox::measure(&mut table, &yard).await;
        }
        if wants("fanout") {
            outgoing::fan_out(&mut table).await;
        }
        if wants("edwards") {
            outgoing::edwards(&mut table).await;
        }
        if wants("dead") {
            outgoing::dead(&mut table).await;
        }
        if wants("community") {
            outgoing::community(&mut table).await;
        }
    });
    println!("\n| what | measured | aim | |\n|---|---|---|---|\n{}", table.0);
}
