//! How other hosts want requests signed.

use crate::{Error, Hall, Result};
use std::collections::BTreeMap;
pub use store::signing::{Habit, Learned, SignatureKind};

/// What is known of these hosts.
pub async fn habits(hall: &Hall, hosts: &[&str]) -> Result<BTreeMap<String, Habit>> {
    Ok(store::signing::habits(hall.store().read(), hosts).await?)
}

/// Remembers what a host takes.
pub async fn remember(hall: &Hall, host: &str, kind: SignatureKind, learned: Learned) -> Result<()> {
    let host = host.to_owned();
    hall.store()
        .write(move |tx| Box::pin(async move { Ok::<_, Error>(store::signing::remember(tx, &host, kind, learned).await?) }))
        .await
}
