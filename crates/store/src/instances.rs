//! Other instances: what they run, and whether they can be reached.

use crate::conn::{Conn, Tx, params};
use crate::settings::FEDERATION;
use crate::{Result, StoreError};
use std::collections::BTreeSet;

/// What the operator decided about a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its canonical name.
    pub host: String,
    /// It is on the list.
    pub listed: bool,
    /// It is blocked, and so is what lies below it; that wins over the list.
    pub blocked: bool,
}

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

/// Nothing is exchanged with the host in this column: it is blocked, or the hall speaks only with listed ones, or with
/// nobody. A word that is no policy is the narrowest one.
pub(crate) fn shut(column: &str) -> String {
    format!("(EXISTS (SELECT 1 FROM instances i WHERE i.host = {column} AND i.blocked) OR {})", outside(column))
}

/// The host in this column, or of this parameter, is not among those the hall speaks with at all.
fn outside(host: &str) -> String {
    format!(
        "(EXISTS (SELECT 1 FROM settings s WHERE s.name = '{FEDERATION}' AND s.value <> 'open') AND NOT EXISTS \
         (SELECT 1 FROM settings s JOIN instances l ON l.listed WHERE s.name = '{FEDERATION}' AND s.value = 'listed' AND l.host = {host}))"
    )
}

/// Whether nothing is exchanged with a host.
pub async fn blocked(conn: &Conn, host: &str) -> Result<bool> {
    Ok(!blocked_among(conn, &[host]).await?.is_empty())
}

/// With which of these hosts nothing is exchanged: they, or a domain above them, are blocked; or they are not among those
/// that the hall speaks with (a list names hosts one by one, so that it lets in nothing that lies below them).
pub async fn blocked_among<'a>(conn: &Conn, hosts: &[&'a str]) -> Result<BTreeSet<&'a str>> {
    among(conn, hosts, &outside("pairs.a")).await
}

/// Which of these hosts are blocked, themselves or by a domain above them, whoever the hall speaks with besides.
pub async fn blocked_by_name<'a>(conn: &Conn, hosts: &[&'a str]) -> Result<BTreeSet<&'a str>> {
    among(conn, hosts, "FALSE").await
}

async fn among<'a>(conn: &Conn, hosts: &[&'a str], or: &str) -> Result<BTreeSet<&'a str>> {
    let pairs: Vec<(&str, &str)> = hosts.iter().flat_map(|host| names(host).into_iter().map(|name| (*host, name))).collect();
    let list = serde_json::to_string(&pairs).map_err(|error| StoreError::Other(error.to_string()))?;
    let sql = format!(
        "SELECT DISTINCT a FROM {} WHERE EXISTS (SELECT 1 FROM instances b WHERE b.host = pairs.b AND b.blocked) OR {or}",
        conn.pairs(1)
    );
    let rows = conn.all(&sql, params![list]).await?;
    let mut found = BTreeSet::new();
    for row in &rows {
        let host: String = row.get(0)?;
        found.extend(hosts.iter().find(|one| **one == host));
    }
    Ok(found)
}

/// A host by itself, and every domain above it, the port left out.
fn names(host: &str) -> Vec<&str> {
    let mut names = vec![host];
    let mut rest = host.split(':').next().unwrap_or(host);
    loop {
        names.push(rest);
        match rest.split_once('.') {
            Some((_, parent)) if parent.contains('.') => rest = parent,
            _ => return names,
        }
    }
}

/// Puts a host on the list, or takes it off.
pub async fn set_listed(tx: &Tx, host: &str, listed: bool) -> Result<()> {
    meet(tx, host).await?;
    tx.exec("UPDATE instances SET listed = $2 WHERE host = $1", params![host, listed]).await?;
    Ok(())
}

/// Hosts on the list, and those that are blocked.
pub async fn ruled(conn: &Conn) -> Result<Vec<Rule>> {
    let rows = conn.all("SELECT host, listed, blocked FROM instances WHERE listed OR blocked ORDER BY host", params![]).await?;
    rows.iter().map(|row| Ok(Rule { host: row.get(0)?, listed: row.get(1)?, blocked: row.get(2)? })).collect()
}

/// Hosts that communities here name as their partners'.
pub async fn named(conn: &Conn) -> Result<Vec<String>> {
    let sql =
        "SELECT DISTINCT g.host FROM agreements g JOIN communities c ON c.id = g.community_id WHERE c.local ORDER BY g.host";
    conn.all(sql, params![]).await?.iter().map(|row| row.get(0)).collect()
}

/// Blocks or unblocks a host.
pub async fn set_blocked(tx: &Tx, host: &str, blocked: bool) -> Result<()> {
    meet(tx, host).await?;
    tx.exec("UPDATE instances SET blocked = $2 WHERE host = $1", params![host, blocked]).await?;
    Ok(())
}

/// Forgets hosts of which nothing came in so long, some at a time: never reached, without anybody known there, nothing
/// waiting and nothing decided about them (C097); and how hosts wanted requests signed that nobody asked in three times
/// as long, which is found out again.
pub async fn prune(tx: &Tx, older_than: i64) -> Result<()> {
    let (old, older) = (tx.now().plus(-older_than).0, tx.now().plus(-3 * older_than).0);
    let sql = "DELETE FROM instances WHERE host IN (SELECT i.host FROM instances i WHERE i.first_seen < $1 AND i.last_success IS NULL \
        AND (i.last_failure IS NULL OR i.last_failure < $1) AND NOT i.blocked AND NOT i.listed AND i.due_at IS NULL AND i.claimed_by = 0 \
        AND NOT EXISTS (SELECT 1 FROM actors a WHERE a.host = i.host) LIMIT 5000)";
    tx.exec(sql, params![old]).await?;
    let sql = "DELETE FROM host_signing WHERE host IN (SELECT host FROM host_signing WHERE learned_at < $1 LIMIT 5000)";
    tx.exec(sql, params![older]).await?;
    Ok(())
}

/// Whether any instance has ever been reached.
pub async fn any_reached(conn: &Conn) -> Result<bool> {
    conn.exists("SELECT 1 FROM instances WHERE last_success IS NOT NULL", params![]).await
}
