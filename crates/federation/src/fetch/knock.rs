//! Which kind of signature a host is sent: what it is known to take, else draft-cavage, and where that is refused
//! with 400 or 401 the other kind, once (facts 10). What worked is remembered per host.

use super::FetchError;
use crate::keys::LocalKeys;
use activitypub::signature::{MessageKey, sign, sign_message};
use app::Hall;
use app::federated::signing::{self, Habit, Learned, SignatureKind};
use domain::time::DAY;
use moka::sync::Cache;
use std::time::Duration;
use url::Url;

/// After so long a refusal may mean that the host wants another kind now.
const SURE_FOR: i64 = DAY;

/// A request that is to be signed.
#[derive(Debug, Clone, Copy)]
pub struct Unsigned<'a> {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Where to.
    pub url: &'a Url,
    /// The body of a `POST`.
    pub body: Option<&'a [u8]>,
    /// Its type.
    pub content_type: Option<&'static str>,
}

impl Unsigned<'_> {
    /// The headers that sign it at this moment.
    pub fn sign(&self, keys: &LocalKeys, kind: SignatureKind, now: i64) -> Vec<(String, String)> {
        let (method, url, body, content_type) = (self.method, self.url, self.body, self.content_type);
        match kind {
            // Lemmy gives documents of its private communities only to requests with a `Digest`, of nothing for a `GET`.
            SignatureKind::Cavage => sign(method, url, now, body.or(Some(b"")), &keys.key_id, &keys.rsa, content_type),
            SignatureKind::Message => {
                sign_message(method, url, now, body, &keys.key_id, MessageKey::Rsa(&keys.rsa), content_type)
            }
            SignatureKind::Edwards => {
                sign_message(method, url, now, body, &keys.proof_key_id, MessageKey::Ed25519(&keys.ed25519), content_type)
            }
        }
    }
}

/// What this process remembers of hosts; the rest is in the database.
#[derive(Debug, Clone)]
pub struct Knocks {
    hall: Hall,
    known: Cache<String, Option<Habit>>,
    /// Hosts that refused both kinds a moment ago: each refusal must not cost them two requests.
    refused_both: Cache<String, ()>,
}

/// How a request to one host is to be signed, and what its answer teaches.
#[derive(Debug)]
pub struct Knock {
    host: String,
    habit: Option<Habit>,
    /// What is tried first.
    pub first: SignatureKind,
}

impl Knocks {
    /// Nothing is remembered yet.
    pub fn new(hall: Hall) -> Self {
        let cache = |seconds| Cache::builder().max_capacity(20_000).time_to_live(Duration::from_secs(seconds)).build();
        Self {
            hall,
            known: cache(60),
            refused_both: Cache::builder().max_capacity(20_000).time_to_live(Duration::from_mins(5)).build(),
        }
    }

    /// How to begin with the host of this address.
    pub async fn at(&self, url: &Url) -> Result<Knock, FetchError> {
        let host = domain::handle::of_url(url).ok_or(FetchError::Refused)?;
        let habit = if let Some(known) = self.known.get(&host) {
            known
        } else {
            self.prepare(&[&host]).await.map_err(|_| FetchError::Unreachable)?;
            self.known.get(&host).flatten()
        };
        Ok(Knock { host, habit, first: habit.map_or(SignatureKind::Cavage, |habit| habit.kind) })
    }

    /// Reads together what is known of these hosts.
    pub async fn prepare(&self, hosts: &[&str]) -> app::Result<()> {
        let new: Vec<&str> = hosts.iter().copied().filter(|host| !self.known.contains_key(*host)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut found = signing::habits(&self.hall, &new).await?;
        for host in new {
            self.known.insert(host.to_owned(), found.remove(host));
        }
        Ok(())
    }

    /// The kind to try once more after this answer, if any.
    pub fn second(&self, knock: &Knock, status: u16) -> Option<SignatureKind> {
        let sure = knock.habit.is_some_and(|habit| self.is_sure(habit));
        if !matches!(status, 400 | 401) || sure || self.refused_both.get(&knock.host).is_some() {
            return None;
        }
        Some(match knock.first {
            SignatureKind::Cavage => SignatureKind::Message,
            SignatureKind::Message | SignatureKind::Edwards => SignatureKind::Cavage,
        })
    }

    /// What a host took itself, not long ago: a refusal is then about something else.
    fn is_sure(&self, habit: Habit) -> bool {
        habit.learned != Learned::Said && habit.at.plus(SURE_FOR) > app::federated::now(&self.hall)
    }

    /// Learns from how a delivery ended: `second` is the kind of a second try with its status.
    pub async fn delivered(&self, knock: &Knock, first: u16, second: Option<(SignatureKind, u16)>) {
        if second.is_none() && taken(first) && knock.habit.is_none_or(|habit| !self.is_sure(habit)) {
            let learned = knock.habit.map_or(Learned::Worked, |habit| habit.learned.max(Learned::Worked));
            return self.note(&knock.host, knock.first, learned).await;
        }
        self.asked(knock, second).await;
    }

    /// Learns from how a read ended. That the first try was answered says nothing: most hosts look at no signature
    /// where everybody may read.
    pub async fn asked(&self, knock: &Knock, second: Option<(SignatureKind, u16)>) {
        match second {
            Some((kind, status)) if taken(status) => self.note(&knock.host, kind, Learned::Knocked).await,
            Some((_, 400 | 401)) => self.refused_both.insert(knock.host.clone(), ()),
            _ => {}
        }
    }

    /// A host says which kind it takes (FEP-844e). What was found out by knocking counts more, for a day.
    pub async fn said(&self, host: &str, kind: SignatureKind) {
        let habit = signing::habits(&self.hall, &[host]).await.ok().and_then(|mut found| found.remove(host));
        let newer = habit.is_none_or(|habit| {
            let sure = habit.learned == Learned::Knocked && habit.at.plus(SURE_FOR) > app::federated::now(&self.hall);
            habit.kind != kind && !sure
        });
        if newer {
            self.note(host, kind, Learned::Said).await;
        }
    }

    async fn note(&self, host: &str, kind: SignatureKind, learned: Learned) {
        self.known.insert(host.to_owned(), Some(Habit { kind, learned, at: app::federated::now(&self.hall) }));
        if let Err(error) = signing::remember(&self.hall, host, kind, learned).await {
            tracing::warn!(%error, host, "how a host wants requests signed could not be noted");
        }
    }
}

fn taken(status: u16) -> bool {
    (200..300).contains(&status)
}
