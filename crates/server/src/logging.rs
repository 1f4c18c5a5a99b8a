//! Structured logs, on standard error.

use tracing_subscriber::EnvFilter;

/// Starts logging. `GUILDHALL_LOG` filters (`info`, `federation=debug`), `GUILDHALL_LOG_FORMAT=json` writes JSON lines.
#[expect(clippy::disallowed_methods, reason = "logging starts before the configuration is read")]
pub fn start(default: &str) {
    let filter = std::env::var("GUILDHALL_LOG").ok().and_then(|text| EnvFilter::try_new(text).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new(default));
    let json = std::env::var("GUILDHALL_LOG_FORMAT").is_ok_and(|format| format == "json");
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start, in a test, changes nothing.
    let _ = if json { builder.json().try_init() } else { builder.try_init() };
}
