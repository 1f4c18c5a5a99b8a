//! `guildhall doctor`: checks configuration, database, clock and reachability, and says what to do.

use crate::Config;
use domain::peers::Peers;
use std::time::Duration;
use store::instances::Rule;
use store::{DatabaseState, Store, StoreError};

/// One check: what was looked at, how it stands, and what to do.
#[derive(Debug)]
struct Check {
    what: &'static str,
    outcome: Result<String, String>,
}

/// Runs the command; fails if any check does.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let mut checks = vec![
        Check { what: "configuration", outcome: Ok(format!("{}, handles end in @{}", config.base_url, config.handle_domain)) },
        secret(config),
        clock(),
    ];
    checks.extend(database(config).await);
    checks.push(listening(config).await);
    checks.push(reachable(config).await);
    let mut wrong = 0;
    for check in &checks {
        match &check.outcome {
            Ok(text) => println!("ok     {}: {text}", check.what),
            Err(text) => {
                wrong += 1;
                println!("WRONG  {}: {text}", check.what);
            }
        }
    }
    println!("note   base_url and handle_domain cannot change once the hall has federated");
    if wrong > 0 {
        anyhow::bail!("{wrong} of {} checks failed", checks.len())
    }
    Ok(())
}

fn secret(config: &Config) -> Check {
    let file = &config.secret_file;
    let outcome = if file.exists() {
        use std::os::unix::fs::PermissionsExt;
        match std::fs::metadata(file) {
            Ok(meta) if meta.permissions().mode().trailing_zeros() >= 6 => {
                Ok(format!("{} is readable by its owner only", file.display()))
            }
            Ok(_) => Err(format!("{0} can be read by others; run: chmod 600 {0}", file.display())),
            Err(error) => Err(format!("{} cannot be read: {error}", file.display())),
        }
    } else {
        Ok(format!("{} will be made at the first start", file.display()))
    };
    Check { what: "secret", outcome }
}

fn clock() -> Check {
    use domain::time::Clock;
    let now = domain::time::SystemClock.now();
    // Signed requests are refused by peers when the clock is an hour off; a year before this was written is surely wrong.
    let outcome = if now.0 > 1_760_000_000_000 {
        Ok(format!("{} (peers refuse signatures when it is more than an hour off; keep it synchronised)", now.rfc3339()))
    } else {
        Err(format!("{} is in the past; set the clock and keep it synchronised", now.rfc3339()))
    };
    Check { what: "clock", outcome }
}

async fn database(config: &Config) -> Vec<Check> {
    let opened = crate::assemble::open(config).await;
    let store = match opened {
        Ok(store) => store,
        Err(error) => {
            return vec![Check {
                what: "database",
                outcome: Err(format!("{error:#}; check database_url and that the server runs")),
            }];
        }
    };
    let outcome = match store.state().await {
        Ok(DatabaseState::Current) => Ok("up to date".to_owned()),
        Ok(DatabaseState::Empty) => Ok("empty; the first start, or `guildhall migrate`, fills it".to_owned()),
        Ok(DatabaseState::Behind(steps)) => {
            Ok(format!("{steps} steps behind; the next start, or `guildhall migrate`, does them"))
        }
        Ok(DatabaseState::Newer(steps)) => {
            Err(format!("written by a newer version (unknown: {}); run that version, or restore a backup", steps.join(", ")))
        }
        Err(error) => Err(format!("{error}; check database_url and that the server runs")),
    };
    let current = outcome.as_ref().is_ok_and(|text| text == "up to date");
    let mut checks = vec![Check { what: "database", outcome }];
    if current {
        let outcome = match store::audit::first_broken(store.read()).await {
            Ok(None) => Ok("unbroken".to_owned()),
            Ok(Some(id)) => Err(format!("entry {id} does not follow from the one before it: somebody changed the log")),
            Err(error) => Err(error.to_string()),
        };
        checks.push(Check { what: "audit log", outcome });
        checks.push(federating(config, &store).await);
    }
    checks
}

/// With whom the hall federates, and whether a community names somebody with whom it does not: by the configuration that
/// is checked, which a running hall may not have read yet.
async fn federating(config: &Config, store: &Store) -> Check {
    let outcome = async {
        let (rules, mut named) = (store::instances::ruled(store.read()).await?, store::instances::named(store.read()).await?);
        let reached = |host: &String| {
            let rule = rules.iter().find(|rule| rule.host == *host);
            // A block covers what lies below it.
            let name = host.split(':').next().unwrap_or(host);
            let below =
                |rule: &&Rule| rule.blocked && name.strip_suffix(rule.host.as_str()).is_some_and(|rest| rest.ends_with('.'));
            !rules.iter().any(|rule| below(&rule))
                && rule.map_or(config.federation == Peers::Everybody, |rule| {
                    !rule.blocked && (rule.listed || config.federation == Peers::Everybody)
                })
        };
        named.retain(|host| !reached(host));
        let count = |which: fn(&Rule) -> bool| rules.iter().filter(|rule| which(rule)).count();
        Ok::<_, StoreError>((count(|rule| rule.listed), count(|rule| rule.blocked), named))
    };
    let outcome = match (outcome.await, config.federation) {
        (Err(error), _) => Err(error.to_string()),
        (Ok(_), Peers::Nobody) => {
            Ok("off: nothing is sent, taken or looked up, and no address on the network answers".to_owned())
        }
        (Ok((.., in_vain)), _) if !in_vain.is_empty() => Err(format!(
            "communities name partners with whom nothing is exchanged: {0}; run: guildhall federation allow (or unblock) {0}",
            in_vain.join(" ")
        )),
        (Ok((listed, blocked, _)), Peers::Listed) => {
            Ok(format!("only with the {listed} hosts on the list (guildhall federation rules); {blocked} blocked"))
        }
        (Ok((_, blocked, _)), Peers::Everybody) => Ok(format!("with every host; {blocked} blocked")),
    };
    Check { what: "federation", outcome }
}

async fn listening(config: &Config) -> Check {
    let outcome = match tokio::net::TcpListener::bind(config.listen).await {
        Ok(_) => Ok(format!("{} is free", config.listen)),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Ok(format!("{} is in use (by the running hall?)", config.listen))
        }
        Err(error) => Err(format!("{}: {error}; choose another address with `listen`", config.listen)),
    };
    Check { what: "listen", outcome }
}

async fn reachable(config: &Config) -> Check {
    let host = config.base_url.host_str().unwrap_or_default().to_owned();
    let port = config.base_url.port_or_known_default().unwrap_or(443);
    let attempt = tokio::time::timeout(Duration::from_secs(5), tokio::net::TcpStream::connect((host.as_str(), port))).await;
    let outcome = match attempt {
        Ok(Ok(_)) => Ok(format!("{host}:{port} answers")),
        Ok(Err(error)) => Err(format!(
            "{host}:{port} does not answer ({error}); start the hall, and check DNS, the reverse proxy and the firewall"
        )),
        Err(_) => Err(format!("{host}:{port} does not answer within 5 s; check DNS, the reverse proxy and the firewall")),
    };
    Check { what: "reachability", outcome }
}
