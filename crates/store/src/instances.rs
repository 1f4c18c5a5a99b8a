//! Other instances: what they run, and whether they can be reached.

use crate::Result;
use crate::conn::{Conn, Tx, params};

/// Notes that a host exists.
pub async fn meet(tx: &Tx, host: &str) -> Result<()> {
    let sql = "INSERT INTO instances (host, first_seen) VALUES ($1, $2) ON CONFLICT (host) DO NOTHING";
    tx.exec(sql, params![host, tx.now().0]).await?;
    Ok(())
}

/// What software a host says it runs.
pub async fn set_software(tx: &Tx, host: &str, name: &str, version: &str) -> Result<()> {
    meet(tx, host).await?;
    tx.exec("UPDATE instances SET software = $2, software_version = $3 WHERE host = $1", params![host, name, version]).await?;
    Ok(())
}

/// What software a host says it runs, if it was asked.
pub async fn software(conn: &Conn, host: &str) -> Result<Option<String>> {
    let row = conn.one("SELECT software FROM instances WHERE host = $1", params![host]).await?;
    Ok(row.map(|row| row.get::<Option<String>>(0)).transpose()?.flatten())
}

/// Whether a host, or a domain above it, is blocked.
pub async fn blocked(conn: &Conn, host: &str) -> Result<bool> {
    let name = host.split(':').next().unwrap_or(host);
    let mut names = vec![host.to_owned()];
    let mut rest = name;
    loop {
        names.push(rest.to_owned());
        match rest.split_once('.') {
            Some((_, parent)) if parent.contains('.') => rest = parent,
            _ => break,
        }
    }
    let list = crate::conn::json_list(names.iter().map(|name| format!("\"{name}\"")));
    let sql = format!("SELECT 1 FROM instances WHERE blocked AND {}", conn.in_texts("host", 1));
    conn.exists(&sql, params![list]).await
}

/// Blocks or unblocks a host.
pub async fn set_blocked(tx: &Tx, host: &str, blocked: bool) -> Result<()> {
    meet(tx, host).await?;
    tx.exec("UPDATE instances SET blocked = $2 WHERE host = $1", params![host, blocked]).await?;
    Ok(())
}

/// Whether any instance has ever been reached.
pub async fn any_reached(conn: &Conn) -> Result<bool> {
    conn.exists("SELECT 1 FROM instances WHERE last_success IS NOT NULL", params![]).await
}
