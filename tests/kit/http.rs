//! A small client: what came back is kept whole, so that a test can look at every byte of it.

use http::{HeaderMap, Method};
use serde_json::Value;
use std::time::Duration;

/// Talks to one server as one somebody.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// A client that follows nothing and adds nothing.
#[expect(clippy::disallowed_methods, reason = "a test is a client of the servers it starts")]
pub fn plain() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_mins(1))
        .build()
        .unwrap()
}

impl Client {
    /// A stranger to the server at this address.
    pub fn new(base: &str) -> Self {
        Self { http: plain(), base: base.trim_end_matches('/').to_owned(), headers: Vec::new() }
    }

    /// The same with one more header on every request.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with an access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    /// Any request. `path` may be a whole address.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Vec<u8>>) -> Answer {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let mut request = self.http.request(method, url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    /// `GET`, which must succeed with JSON.
    pub async fn read(&self, path: &str) -> Value {
        self.get(path).await.good(path)
    }

    /// Anything with a JSON body.
    pub async fn json(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.send(method, path, &[("content-type", "application/json")], Some(body.to_string().into_bytes())).await
    }

    /// `POST` with a JSON body, which must succeed.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        self.json(Method::POST, path, body).await.good(path)
    }
}

impl Answer {
    /// The body as JSON; nothing where it is none.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body of a success.
    pub fn good(self, what: &str) -> Value {
        assert!((200..300).contains(&self.status), "{what}: {} {}", self.status, self.text());
        self.value()
    }

    /// Whether these letters stand anywhere in it, headers included, plain or escaped in one of the usual ways.
    pub fn shows(&self, letters: &str) -> bool {
        let has = |bytes: &[u8]| bytes.windows(letters.len()).any(|window| window.eq_ignore_ascii_case(letters.as_bytes()));
        has(&self.body) || self.headers.values().any(|value| has(value.as_bytes()))
    }

    /// Status, headers and body, without what differs from one answer to the next.
    pub fn comparable(&self) -> (u16, Vec<(String, String)>, String) {
        let mut headers: Vec<(String, String)> = self
            .headers
            .iter()
            .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()) && !name.as_str().starts_with("x-ratelimit"))
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        headers.sort();
        // A form is given a fresh name of this attempt.
        let text = self.text();
        let key =
            text.split_once("name=\"key\" value=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(key, _)| key.to_owned());
        (self.status, headers, key.map_or_else(|| text.clone(), |key| text.replace(&key, "•")))
    }
}
