//! GET and POST, signed, bounded in time and size.

use super::address::url_allowed;
use super::knock::{Knocks, Unsigned};
use super::resolver::{Names, SafeResolver, SystemNames};
use super::{FetchError, FetchOptions};
use crate::keys::LocalKeys;
use activitypub::json;
use app::Hall;
use app::federated::signing::SignatureKind;
use bytes::Bytes;
use moka::sync::Cache;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Method, Response, redirect};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

const REDIRECTS: usize = 2;
const ACTIVITY_JSON: &str = "application/activity+json";
const ACCEPT_ACTIVITY: &str = "application/activity+json, application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"";

/// What kind of document is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accept {
    /// `ActivityPub`.
    Activity,
    /// `WebFinger`.
    Jrd,
    /// `NodeInfo`.
    Json,
    /// A page, to find the document it stands for.
    Page,
}

impl Accept {
    fn header(self) -> &'static str {
        match self {
            Self::Activity => ACCEPT_ACTIVITY,
            Self::Jrd => "application/jrd+json, application/json",
            Self::Json => "application/json",
            Self::Page => "text/html",
        }
    }

    /// Whether an answer of this type is what was asked for (facts 18).
    fn fits(self, content_type: &str) -> bool {
        let lower = content_type.to_ascii_lowercase();
        let media = lower.split(';').next().unwrap_or_default().trim();
        match self {
            Self::Activity => {
                media == ACTIVITY_JSON
                    || (media == "application/ld+json" && lower.contains("https://www.w3.org/ns/activitystreams"))
            }
            Self::Jrd => matches!(media, "application/jrd+json" | "application/json"),
            Self::Json => media == "application/json" || media.ends_with("+json"),
            Self::Page => media == "text/html",
        }
    }
}

/// A fetched document.
#[derive(Debug, Clone)]
pub struct Document {
    /// Where it was at last.
    pub url: Url,
    /// What it says.
    pub value: Value,
}

/// How a peer answered a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostAnswer {
    /// The status.
    pub status: u16,
    /// When to come back, in milliseconds, if it said so.
    pub retry_after: Option<i64>,
    /// What it said to a delivery it did not take, in one line of at most 200 characters.
    pub said: String,
}

/// Most characters of a peer's words that are kept.
const SAID: usize = 200;

/// How an answer begins, as far as it comes within a second: its status says already what matters.
async fn beginning(mut response: Response) -> Vec<u8> {
    let mut out = Vec::new();
    let read = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            out.extend_from_slice(&chunk);
            if out.len() >= 4 * SAID {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(1), read).await;
    out
}

/// A peer's words in one line: they end in tables and on terminals, so nothing in them may be a command to either.
fn in_one_line(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..4 * SAID).unwrap_or(body));
    // Marks that turn the direction of writing, or that nobody sees, are commands too.
    let unseen =
        |letter: char| matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control() || unseen(letter));
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(SAID).collect()
}

/// The client. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    hall: Hall,
    knocks: Knocks,
    options: FetchOptions,
    /// Whether nothing is exchanged with a host, for as long as a block may take to be felt everywhere.
    blocked: Cache<String, bool>,
}

impl Client {
    /// A client with its own connections.
    pub fn new(hall: Hall, options: FetchOptions) -> app::Result<Self> {
        Self::with_names(hall, options, Arc::new(SystemNames))
    }

    /// The same, told by this what names stand for.
    #[expect(clippy::disallowed_methods, reason = "this is the one safe client")]
    pub fn with_names(hall: Hall, options: FetchOptions, names: Arc<dyn Names>) -> app::Result<Self> {
        let resolver = SafeResolver { names, insecure: hall.settings().insecure };
        let http = reqwest::Client::builder()
            .user_agent(format!("Guildhall/0.1 (+{})", hall.settings().base()))
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .dns_resolver(Arc::new(resolver))
            .connect_timeout(options.connect)
            .timeout(options.total)
            .pool_idle_timeout(Duration::from_mins(1))
            .pool_max_idle_per_host(8)
            .build()
            .map_err(app::Error::internal)?;
        let blocked = Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(5)).build();
        Ok(Self { http, knocks: Knocks::new(hall.clone()), hall, options, blocked })
    }

    /// Fetches a document. Signed anew for every redirect target.
    pub async fn get(&self, url: &Url, accept: Accept, signer: Option<&LocalKeys>) -> Result<Document, FetchError> {
        let (url, body) = self.get_bytes(url, accept, signer).await?;
        let value = json::parse(&body, json::Limits { max_bytes: self.options.max_body, ..json::Limits::default() });
        Ok(Document { url, value: value.map_err(|_| FetchError::NotJson)? })
    }

    /// The text of a page.
    pub async fn page(&self, url: &Url) -> Result<(Url, String), FetchError> {
        let (url, body) = self.get_bytes(url, Accept::Page, None).await?;
        Ok((url, String::from_utf8_lossy(&body).into_owned()))
    }

    async fn get_bytes(&self, url: &Url, accept: Accept, signer: Option<&LocalKeys>) -> Result<(Url, Vec<u8>), FetchError> {
        let whole = async {
            let mut at = url.clone();
            at.set_fragment(None);
            for _ in 0..=REDIRECTS {
                let response = self.one_get(&at, accept, signer).await?;
                let status = response.status();
                if status.is_redirection() {
                    at = next_hop(&at, response.headers()).ok_or(FetchError::Refused)?;
                    continue;
                }
                if !status.is_success() {
                    if tracing::enabled!(tracing::Level::DEBUG) {
                        let said = in_one_line(&beginning(response).await);
                        tracing::debug!(url = %at, %status, said, "a document was not given");
                    }
                    return Err(FetchError::Status(status.as_u16()));
                }
                let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
                if !accept.fits(kind) {
                    return Err(FetchError::NotJson);
                }
                return Ok((at, self.body(response).await?));
            }
            Err(FetchError::Refused)
        };
        tokio::time::timeout(self.options.total, whole).await.unwrap_or(Err(FetchError::Unreachable))
    }

    async fn one_get(&self, url: &Url, accept: Accept, signer: Option<&LocalKeys>) -> Result<Response, FetchError> {
        self.check_hop(url).await?;
        let request = |own: Vec<(String, String)>| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept.header()));
            put(&mut headers, own)?;
            Ok::<_, FetchError>(self.http.request(Method::GET, url.clone()).headers(headers).send())
        };
        let Some(keys) = signer else { return request(Vec::new())?.await.map_err(|_| FetchError::Unreachable) };
        let unsigned = Unsigned { method: "GET", url, body: None, content_type: None };
        let knock = self.knocks.at(url).await?;
        let by = |kind| unsigned.sign(keys, kind, self.now());
        let answer = request(by(knock.first))?.await.map_err(|_| FetchError::Unreachable)?;
        let first = answer.status().as_u16();
        let Some(other) = self.knocks.second(&knock, first) else { return Ok(answer) };
        let again = request(by(other))?.await.map_err(|_| FetchError::Unreachable)?;
        self.knocks.asked(&knock, Some((other, again.status().as_u16()))).await;
        Ok(again)
    }

    /// Whether a signed question is answered with success. Where it is not answered at all, that is an error.
    pub async fn says_yes(&self, url: &Url, signer: &LocalKeys) -> Result<bool, FetchError> {
        let asked = self.one_get(url, Accept::Activity, Some(signer));
        let answer = tokio::time::timeout(self.options.total, asked).await.unwrap_or(Err(FetchError::Unreachable))?;
        match answer.status().as_u16() {
            status if FetchError::Status(status).is_temporary() => Err(FetchError::Status(status)),
            status => Ok((200..300).contains(&status)),
        }
    }

    /// Delivers an activity. Never redirected (C087): a redirect is an answer like any other. `turn` is let go as soon
    /// as it is signed, and there is only the other end to wait for.
    pub async fn post<T>(&self, url: &Url, body: &Arc<[u8]>, signer: &LocalKeys, turn: T) -> Result<PostAnswer, FetchError> {
        self.check_hop(url).await?;
        let knock = self.knocks.at(url).await?;
        let first = self.one_post(url, body, signer, knock.first, turn).await?;
        let Some(other) = self.knocks.second(&knock, first.status) else {
            self.knocks.delivered(&knock, first.status, None).await;
            return Ok(first);
        };
        let again = self.one_post(url, body, signer, other, ()).await?;
        self.knocks.delivered(&knock, first.status, Some((other, again.status))).await;
        // Where neither kind was taken, the answer to the one that everybody knows says more.
        Ok(if matches!(again.status, 400 | 401) { first } else { again })
    }

    async fn one_post<T>(
        &self,
        url: &Url,
        body: &Arc<[u8]>,
        signer: &LocalKeys,
        kind: SignatureKind,
        turn: T,
    ) -> Result<PostAnswer, FetchError> {
        let mut headers = HeaderMap::new();
        // An RSA signature takes about as long as handing it to another thread and back: whoever makes many of them
        // waits for a turn.
        let unsigned = Unsigned { method: "POST", url, body: Some(body), content_type: Some(ACTIVITY_JSON) };
        put(&mut headers, unsigned.sign(signer, kind, self.now()))?;
        drop(turn);
        // The next one signs while the key is still at hand; sending comes after.
        tokio::task::yield_now().await;
        let body = Bytes::from_owner(body.clone());
        let request = self.http.request(Method::POST, url.clone()).headers(headers).body(body);
        let response = request.send().await.map_err(|_| FetchError::Unreachable)?;
        let status = response.status().as_u16();
        let retry_after =
            response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(|text| self.wait(text));
        // Read to the end so that the connection can be used again; what it says is for whoever asks why.
        let body = self.body(response).await.unwrap_or_default();
        let said = if status < 300 { String::new() } else { in_one_line(&body) };
        Ok(PostAnswer { status, retry_after, said })
    }

    /// What hosts are known to take.
    pub fn knocks(&self) -> &Knocks {
        &self.knocks
    }

    /// Only the decoded bytes count: a small body can unfold to a huge one.
    async fn body(&self, mut response: Response) -> Result<Vec<u8>, FetchError> {
        let mut out = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| FetchError::Unreachable)? {
            if out.len() + chunk.len() > self.options.max_body {
                return Err(FetchError::TooLarge);
            }
            out.extend_from_slice(&chunk);
        }
        Ok(out)
    }

    /// Whether nothing is exchanged with a host; remembered for a few seconds.
    pub(crate) async fn is_blocked(&self, host: &str) -> app::Result<bool> {
        if let Some(known) = self.blocked.get(host) {
            return Ok(known);
        }
        let blocked = !app::federated::actors::blocked_among(&self.hall, &[host]).await?.is_empty();
        self.blocked.insert(host.to_owned(), blocked);
        Ok(blocked)
    }

    /// Reads together what has to be known of each of these hosts before something is sent there.
    pub async fn prepare(&self, hosts: &[&str]) -> app::Result<()> {
        let new: Vec<&str> = hosts.iter().copied().filter(|host| !self.blocked.contains_key(*host)).collect();
        if !new.is_empty() {
            let blocked = app::federated::actors::blocked_among(&self.hall, &new).await?;
            for host in new {
                self.blocked.insert(host.to_owned(), blocked.contains(host));
            }
        }
        self.knocks.prepare(hosts).await
    }

    /// An address that may be asked, and not one of ourselves or of a blocked host: neither a redirect (C038, C274)
    /// nor an inbox that an actor names elsewhere (C273) is a detour there.
    async fn check_hop(&self, url: &Url) -> Result<(), FetchError> {
        if !url_allowed(url, self.hall.settings().insecure) {
            return Err(FetchError::Refused);
        }
        let host = domain::handle::of_url(url).ok_or(FetchError::Refused)?;
        if self.hall.settings().is_here(&host) {
            return Err(FetchError::Refused);
        }
        match self.is_blocked(&host).await {
            Ok(false) => Ok(()),
            Ok(true) => Err(FetchError::Refused),
            Err(_) => Err(FetchError::Unreachable),
        }
    }

    fn now(&self) -> i64 {
        app::federated::now(&self.hall).seconds()
    }

    /// `Retry-After` in seconds or as a date; at most a day.
    fn wait(&self, text: &str) -> Option<i64> {
        let seconds = match text.trim().parse::<i64>() {
            Ok(seconds) => seconds,
            Err(_) => activitypub::signature::parse_http_date(text)?.saturating_sub(self.now()),
        };
        Some(seconds.clamp(1, 86_400) * 1_000)
    }
}

/// The signature's headers. `host` is left to the connection, which writes the same one.
fn put(headers: &mut HeaderMap, signed: Vec<(String, String)>) -> Result<(), FetchError> {
    for (name, value) in signed.into_iter().filter(|(name, _)| name != "host") {
        let name = HeaderName::try_from(name).map_err(|_| FetchError::Refused)?;
        headers.insert(name, HeaderValue::try_from(value).map_err(|_| FetchError::Refused)?);
    }
    Ok(())
}

fn next_hop(from: &Url, headers: &HeaderMap) -> Option<Url> {
    let mut to = from.join(headers.get(LOCATION)?.to_str().ok()?).ok()?;
    to.set_fragment(None);
    Some(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_documents_of_the_asked_type_are_read() {
        for good in [
            "application/activity+json",
            "application/activity+json; charset=utf-8",
            "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
        ] {
            assert!(Accept::Activity.fits(good), "{good}");
        }
        for bad in ["application/json", "text/html", "application/ld+json", "image/png", ""] {
            assert!(!Accept::Activity.fits(bad), "{bad}");
        }
        assert!(Accept::Jrd.fits("application/jrd+json; charset=utf-8"));
    }

    #[test]
    fn what_a_peer_says_is_one_short_line_without_commands() {
        assert_eq!(in_one_line(b"{\n  \"error\": \"no\"\x1b[31m\x07}\r\n"), "{ \"error\": \"no\" [31m }");
        assert_eq!(in_one_line(&[0xff; 10_000]).chars().count(), SAID);
        assert_eq!(in_one_line(b""), "");
        assert_eq!(in_one_line("a\u{202e}b\u{200b}c".as_bytes()), "a b c");
    }

    #[test]
    fn redirects_are_resolved_against_where_they_come_from() {
        let from = Url::parse("https://v.test/a/b").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, HeaderValue::from_static("../c#frag"));
        assert_eq!(next_hop(&from, &headers).unwrap().as_str(), "https://v.test/c");
    }
}
