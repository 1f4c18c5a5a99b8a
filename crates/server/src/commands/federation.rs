//! `guildhall federation`: how other hosts stand, sending again, and what could not be carried out.

use crate::Config;
use anyhow::bail;
use app::Hall;
use app::federated::operation::{self, HostStatus, Ruling, State};
use app::federated::suspensions;
use domain::time::Timestamp;
use serde_json::{Value, json};

/// The subcommands.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// How each host stands: what waits for it, since when, whether it answers, and what to do where it does not
    Status {
        /// One JSON document instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Try again now: everything that waits for a host or was given up, or one delivery by its number
    Retry {
        /// A host, or the number of a delivery
        #[arg(value_name = "HOST|ID")]
        what: String,
    },
    /// Send again, under the same ids, what a host or the members of a community may have missed, deletions included
    /// (at most 1000 activities; whatever was given up for the host is always among them)
    Resync {
        /// A host, or the handle of a community of this hall
        #[arg(value_name = "HOST|COMMUNITY")]
        what: String,
        /// How far back
        #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(i64).range(1..=365))]
        days: i64,
    },
    /// What could not be carried out, with its reason
    Dead {
        /// One JSON document instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Put hosts on the list: with `federation = "listed"` these, exactly as named, are the only ones spoken with
    Allow {
        /// Their names
        #[arg(required = true)]
        hosts: Vec<String>,
    },
    /// Take hosts off the list
    Disallow {
        /// Their names
        #[arg(required = true)]
        hosts: Vec<String>,
    },
    /// Exchange nothing with hosts and with what lies below them; this wins over the list
    Block {
        /// Their names
        #[arg(required = true)]
        hosts: Vec<String>,
    },
    /// End a block; what was said meanwhile is not fetched
    Unblock {
        /// Their names
        #[arg(required = true)]
        hosts: Vec<String>,
    },
    /// Suspend one actor of another server: for this hall it is gone, with what it wrote
    Suspend {
        /// Its handle if it is known here, or its id
        #[arg(value_name = "@NAME@HOST|URL")]
        who: String,
    },
    /// End a suspension; what was here before does not come back
    Restore {
        /// Its id, as `rules` shows it
        #[arg(value_name = "URL")]
        who: String,
    },
    /// With whom the hall federates, the hosts that are listed or blocked, and who is suspended
    Rules,
    /// Put something that could not be carried out back into its queue
    Replay {
        /// Its number as `dead` shows it, or "all"
        #[arg(value_name = "ID|all")]
        what: String,
    },
}

/// Runs the command.
pub async fn run(config: &Config, command: Command) -> anyhow::Result<()> {
    let hall = super::hall(config).await?;
    match command {
        Command::Status { json } => status(&hall, json).await,
        Command::Retry { what } => retry(&hall, &what).await,
        Command::Resync { what, days } => resync(&hall, &what, days).await,
        Command::Dead { json } => dead(&hall, json).await,
        Command::Replay { what } => replay(&hall, &what).await,
        Command::Allow { hosts } => rule(&hall, &hosts, Ruling::Listed(true)).await,
        Command::Disallow { hosts } => rule(&hall, &hosts, Ruling::Listed(false)).await,
        Command::Block { hosts } => rule(&hall, &hosts, Ruling::Blocked(true)).await,
        Command::Unblock { hosts } => rule(&hall, &hosts, Ruling::Blocked(false)).await,
        Command::Suspend { who } => {
            suspensions::suspend(&hall, &who).await?;
            rules(&hall).await
        }
        Command::Restore { who } => {
            suspensions::restore(&hall, &who).await?;
            rules(&hall).await
        }
        Command::Rules => rules(&hall).await,
    }
}

async fn status(hall: &Hall, json: bool) -> anyhow::Result<()> {
    let (hosts, dead) = (operation::status(hall).await?, operation::dead_letters(hall).await?.len());
    if json {
        let hosts: Vec<Value> = hosts.iter().map(as_json).collect();
        super::print(&json!({ "hosts": hosts, "dead": dead }));
        return Ok(());
    }
    if hosts.is_empty() {
        println!("no other host is known yet");
    } else {
        let head = ["host", "state", "waiting", "given up", "refused", "lag", "last success", "last failure", "failures", "why"];
        let mut rows = vec![head.map(str::to_owned)];
        rows.extend(hosts.iter().map(row));
        table(&rows);
    }
    let mut hints: Vec<String> = hosts.iter().filter_map(hint).collect();
    if dead > 0 {
        hints.push(format!("{dead} could not be carried out: see `guildhall federation dead`."));
    }
    if !hints.is_empty() {
        println!("\n{}", hints.join("\n"));
    }
    Ok(())
}

fn row(host: &HostStatus) -> [String; 10] {
    [
        host.host.clone(),
        host.state.as_str().to_owned(),
        host.waiting.to_string(),
        host.given_up.to_string(),
        host.refused.to_string(),
        duration(host.lag_ms),
        when(host.last_success),
        when(host.last_failure),
        host.failures.to_string(),
        host.last_error.clone().unwrap_or_default(),
    ]
}

/// What is wrong with a host, and what can be done.
fn hint(host: &HostStatus) -> Option<String> {
    let name = &host.host;
    let next = host.next.map_or_else(|| "when something is to be sent".to_owned(), Timestamp::rfc3339);
    let wrong = match host.state {
        State::Well => None,
        State::Broken => {
            Some(format!("is asked again {next}; once it is back, `guildhall federation retry {name}` asks at once."))
        }
        State::Dormant => Some(format!(
            "has failed on seven days or more and is asked every 12 hours, next {next}; once it is back, `guildhall federation retry {name}`."
        )),
        State::Blocked => Some("is blocked: nothing is sent there.".to_owned()),
    };
    let lost = (host.given_up > 0 && host.state != State::Blocked).then(|| {
        format!("missed {}; once it is back, `guildhall federation resync {name}` sends what still stands.", host.given_up)
    });
    let refusal = host.last_refusal.as_deref().unwrap_or_default();
    let refused = (host.refused > 0).then(|| {
        let many = if host.refused == 1 { "one delivery".to_owned() } else { format!("{} deliveries", host.refused) };
        format!("did not want {many} in the last 30 days, the last with: {refusal}")
    });
    let all: Vec<String> = wrong.into_iter().chain(lost).chain(refused).map(|what| format!("{name} {what}")).collect();
    (!all.is_empty()).then(|| all.join("\n"))
}

fn as_json(host: &HostStatus) -> Value {
    let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
    json!({
        "host": host.host,
        "software": host.software,
        "state": host.state.as_str(),
        "waiting": host.waiting,
        "given_up": host.given_up,
        "refused": host.refused,
        "last_refusal": host.last_refusal,
        "lag_seconds": host.lag_ms / 1_000,
        "last_success": time(host.last_success),
        "last_failure": time(host.last_failure),
        "failures": host.failures,
        "last_error": host.last_error,
        "next_try": time(host.next),
    })
}

async fn retry(hall: &Hall, what: &str) -> anyhow::Result<()> {
    if let Ok(id) = what.parse() {
        if !operation::retry_delivery(hall, id).await? {
            bail!("there is no delivery with the number {id}");
        }
        super::print(&json!({ "waiting": 1 }));
        sent_by_the_worker();
        return Ok(());
    }
    match operation::retry_host(hall, host(what)).await? {
        Some(waiting) => {
            super::print(&json!({ "waiting": waiting }));
            if waiting > 0 {
                sent_by_the_worker();
            }
        }
        None => bail!("no host “{what}” is known; `guildhall federation status` lists them"),
    }
    Ok(())
}

/// A host, also if its address was given.
fn host(what: &str) -> &str {
    let bare = what.split_once("://").map_or(what, |(_, rest)| rest);
    bare.split('/').next().unwrap_or(bare)
}

fn sent_by_the_worker() {
    eprintln!("guildhall: queued; `serve` or `work` sends it, and `guildhall federation status` shows how far it is");
}

async fn resync(hall: &Hall, what: &str, days: i64) -> anyhow::Result<()> {
    let queued = match operation::resync_community(hall, what, days).await? {
        Some(queued) => Some(queued),
        None => operation::resync_host(hall, host(what), days).await?,
    };
    match queued {
        Some(queued) => {
            super::print(&json!({ "activities": queued }));
            if queued > 0 {
                sent_by_the_worker();
            }
        }
        None => bail!("“{what}” is neither a community of this hall nor a known host"),
    }
    Ok(())
}

async fn dead(hall: &Hall, json: bool) -> anyhow::Result<()> {
    let letters = operation::dead_letters(hall).await?;
    if json {
        let letters = letters.iter().map(|one| {
            json!({
                "id": one.id, "queue": one.queue.as_str(), "about": one.about, "reason": one.reason,
                "attempts": one.attempts, "since": one.died_at.rfc3339(),
            })
        });
        super::print(&json!({ "dead": letters.collect::<Vec<_>>() }));
        return Ok(());
    }
    if letters.is_empty() {
        println!("everything could be carried out");
        return Ok(());
    }
    let mut rows = vec![["id", "queue", "since", "tries", "about", "reason"].map(str::to_owned)];
    for one in &letters {
        let (id, tries) = (one.id.to_string(), one.attempts.to_string());
        rows.push([id, one.queue.as_str().into(), one.died_at.rfc3339(), tries, one.about.clone(), one.reason.clone()]);
    }
    table(&rows);
    println!(
        "\nOnce its cause is mended, `guildhall federation replay ID` tries one again, and `replay all` all of them. \
         Where the reason is only “internal”, the log of that time says more."
    );
    Ok(())
}

async fn replay(hall: &Hall, what: &str) -> anyhow::Result<()> {
    let ids = if what == "all" {
        operation::dead_letters(hall).await?.iter().map(|one| one.id).collect()
    } else {
        vec![what.parse::<i64>().map_err(|_| anyhow::anyhow!("“{what}” is neither a number nor “all”"))?]
    };
    for id in &ids {
        if !operation::replay(hall, *id).await? && what != "all" {
            bail!("nothing dead has the number {id}");
        }
    }
    super::print(&json!({ "replayed": ids.len() }));
    Ok(())
}

async fn rule(hall: &Hall, hosts: &[String], ruling: Ruling) -> anyhow::Result<()> {
    for host in hosts {
        operation::rule(hall, host, ruling).await?;
    }
    rules(hall).await
}

async fn rules(hall: &Hall) -> anyhow::Result<()> {
    let rules = operation::rules(hall).await?;
    let named = |which: fn(&operation::Rule) -> bool| {
        rules.iter().filter(|rule| which(rule)).map(|rule| rule.host.as_str()).collect::<Vec<_>>()
    };
    super::print(&json!({
        "federation": hall.settings().peers.as_str(),
        "listed": named(|rule| rule.listed),
        "blocked": named(|rule| rule.blocked),
        "suspended": suspensions::list(hall).await?,
    }));
    Ok(())
}

/// Columns as wide as their widest cell; the last one runs free.
fn table<const N: usize>(rows: &[[String; N]]) {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in rows {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        println!("{}", cells.join("  ").trim_end());
    }
}

fn when(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "never".to_owned(), Timestamp::rfc3339)
}

fn duration(ms: i64) -> String {
    match ms / 1_000 {
        0 => "–".to_owned(),
        seconds @ 1..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    }
}
