//! Named settings of this database, such as the base URL it was first used with.

use crate::conn::params;
use crate::{Conn, Result, Tx};

/// The base URL that ids on the network were made with.
pub const BASE_URL: &str = "base_url";
/// The part of handles after the second `@` that was given out.
pub const HANDLE_DOMAIN: &str = "handle_domain";

/// With whom the hall federates, in the configuration's word: what the queries of `instances` go by.
pub const FEDERATION: &str = "federation";

/// A setting's value.
pub async fn get(conn: &Conn, name: &str) -> Result<Option<String>> {
    match conn.one("SELECT value FROM settings WHERE name = $1", params![name]).await? {
        Some(row) => row.get(0).map(Some),
        None => Ok(None),
    }
}

/// Sets a setting.
pub async fn set(tx: &Tx, name: &str, value: &str) -> Result<()> {
    let sql = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.exec(sql, params![name, value]).await.map(|_| ())
}

/// Sets a setting the first time and never again; gives the value that stands. A caller that gets
/// another value than its own has been started with the wrong configuration.
pub async fn pin(tx: &Tx, name: &str, value: &str) -> Result<String> {
    let sql = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    tx.exec(sql, params![name, value]).await?;
    Ok(get(tx, name).await?.unwrap_or_else(|| value.to_owned()))
}
