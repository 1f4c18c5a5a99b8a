//! What one signature, one verification and one durable row cost, by the libraries alone.

use crate::inbox::ACTORS;
use crate::{Table, cpu};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, KeyPair, RsaKeyPair, UnparsedPublicKey};
use rusqlite::Connection;
use std::sync::LazyLock;

/// Microseconds of processor time each.
pub struct Yardsticks {
    pub verify: f64,
    pub row: f64,
}

/// A body as large as a short note's `Create`.
pub const BODY: usize = 1_500;
const MESSAGE: &[u8; 300] = &[7; 300];
/// Rows that share a commit.
const GROUP: usize = 64;

/// One RSA-2048 signature, now: a machine's speed wanders, so what is compared with it is measured right beside it.
pub fn signature() -> f64 {
    static KEY: LazyLock<RsaKeyPair> = LazyLock::new(|| {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        RsaKeyPair::from_pkcs8(key.as_der().unwrap().as_ref()).unwrap()
    });
    let mut signed = vec![0; KEY.public_modulus_len()];
    per(1_000, || KEY.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), MESSAGE, &mut signed).unwrap())
}

pub fn measure(table: &mut Table) -> Yardsticks {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let key = RsaKeyPair::from_pkcs8(key.as_der().unwrap().as_ref()).unwrap();
    let mut signed = vec![0; key.public_modulus_len()];
    key.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), MESSAGE, &mut signed).unwrap();
    let public = UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref().to_vec());
    let public = public.parse().unwrap();
    let verify = per(20_000, || public.verify_sig(MESSAGE, &signed).unwrap());
    let row = row();
    let show = |us: f64| format!("{us:.1} µs");
    table.row("yardstick: one RSA-2048 signature", &show(signature()), "–", None);
    table.row("yardstick: one RSA-2048 verification", &show(verify), "–", None);
    table.row("yardstick: one durable row in a group commit of 64", &show(row), "–", None);
    Yardsticks { verify, row }
}

fn per(times: u32, mut act: impl FnMut()) -> f64 {
    let before = cpu();
    for _ in 0..times {
        act();
    }
    (cpu() - before) * 1e6 / f64::from(times)
}

fn row() -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(folder.path().join("rows.db")).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE rows (id INTEGER PRIMARY KEY AUTOINCREMENT, \
             uri TEXT NOT NULL UNIQUE, signer TEXT NOT NULL, host TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL); \
             CREATE INDEX rows_at ON rows (at, id)",
        )
        .unwrap();
    let body = "x".repeat(BODY);
    let mut number = 0_usize;
    per(400, || {
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        for _ in 0..GROUP {
            number += 1;
            let sql = "INSERT INTO rows (uri, signer, host, body, at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
            // Of as many people as send in the measurement: ids that only grow would all be on one page of the index.
            let uri = format!("https://peer.example/users/pat{}/statuses/{number}/activity", number % ACTORS);
            let values = (uri, "https://peer.example/users/pat", "peer.example", &body, i64::try_from(number).unwrap());
            connection.prepare_cached(sql).unwrap().execute(values).unwrap();
        }
        connection.execute_batch("COMMIT").unwrap();
    }) / GROUP as f64
}
