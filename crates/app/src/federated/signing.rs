//! How other hosts want requests signed.

use crate::{Error, Hall, Result};
pub use store::signing::{Habit, Learned, SignatureKind};

/// What is known of a host.
pub async fn habit(hall: &Hall, host: &str) -> Result<Option<Habit>> {
    Ok(store::signing::habit(hall.store().read(), host).await?)
}

/// Remembers what a host takes.
pub async fn remember(hall: &Hall, host: &str, kind: SignatureKind, learned: Learned) -> Result<()> {
    let host = host.to_owned();
    hall.store()
        .write(move |tx| Box::pin(async move { Ok::<_, Error>(store::signing::remember(tx, &host, kind, learned).await?) }))
        .await
}
