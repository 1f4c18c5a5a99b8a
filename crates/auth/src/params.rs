//! Parameters of a request, wherever a client put them: query, form, JSON or multipart text.
//!
//! Names are in bracket form (`poll[options][]`), whatever the encoding was. Where query and body
//! name the same thing, the body wins.

mod read;

use crate::guard::Admitted;
use crate::problem::Problem;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

/// Largest body, not counting uploaded files.
pub const BODY_LIMIT: usize = 1024 * 1024;
/// Most parameters in one request.
const MOST: usize = 2_000;

/// Parameters, in the order they came: query first, then body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params {
    pairs: Vec<(String, String)>,
    nulls: Vec<String>,
}

impl Params {
    /// The value of this name; the last one, if it was given more than once. An explicit JSON
    /// `null` is as if it were not there.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The same with an empty text as if it were not there.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.text(name).filter(|value| !value.is_empty())
    }

    /// All values of a list: `id[]=1`, `id[0]=1`, `id=1` and JSON's `"id": ["1"]`.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        self.pairs.iter().filter(|(key, _)| is_element(key, name)).map(|(_, value)| value.as_str()).collect()
    }

    /// Whether a list was given at all, perhaps empty.
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(key, _)| is_element(key, name) || is_below(key, name)) || self.is_null(name)
    }

    /// A JSON `null` was given.
    pub fn is_null(&self, name: &str) -> bool {
        self.nulls.iter().any(|key| key == name)
    }

    /// A truth value, as any client writes it. Empty is as if it were not there.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.text(name)? {
            "" => None,
            "false" | "False" | "FALSE" | "f" | "F" | "0" | "off" | "OFF" => Some(false),
            _ => Some(true),
        }
    }

    /// A whole number; what is none is as if it were not there.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.trim().parse().ok()
    }

    /// A list of records, such as `fields_attributes[0][name]`: for each index in order, its
    /// fields by their own names.
    pub fn records(&self, name: &str) -> Vec<Vec<(&str, &str)>> {
        let mut found: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
        for (key, value) in &self.pairs {
            let Some((index, field)) = record_field(key, name) else { continue };
            match found.iter_mut().find(|(known, _)| *known == index) {
                Some((_, fields)) => fields.push((field, value)),
                None => found.push((index, vec![(field, value)])),
            }
        }
        found.sort_by_key(|(index, _)| index.parse::<u32>().unwrap_or(u32::MAX));
        found.into_iter().map(|(_, fields)| fields).collect()
    }

    /// Everything, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    fn push(&mut self, key: String, value: String) -> Result<(), Problem> {
        if self.pairs.len() >= MOST {
            return Err(bad("Too many parameters"));
        }
        // PostgreSQL keeps no NUL in a text, and nobody means one.
        if key.contains('\0') || value.contains('\0') {
            return Err(bad("A parameter holds a NUL character"));
        }
        self.pairs.push((key, value));
        Ok(())
    }
}

fn bad(message: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, message)
}

/// Whether a key is `name`, `name[]` or `name[3]`.
fn is_element(key: &str, name: &str) -> bool {
    match key.strip_prefix(name) {
        Some("" | "[]") => true,
        Some(rest) => rest
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .is_some_and(|index| !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit())),
        None => false,
    }
}

/// Whether a key is inside `name`, such as `name[x][y]`.
fn is_below(key: &str, name: &str) -> bool {
    key.strip_prefix(name).is_some_and(|rest| rest.starts_with('['))
}

/// `name[index][field]` → index and field.
fn record_field<'a>(key: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let (index, field) = key.strip_prefix(name)?.strip_prefix('[')?.split_once("][")?;
    Some((index, field.strip_suffix(']')?))
}

impl<S: Send + Sync> FromRequest<S> for Params {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        // The error takes the surface's shape, so it is looked up before the request is used up.
        let point = request.extensions().get::<Admitted>().map(|admitted| admitted.point.clone());
        read::read(request, state).await.map_err(|problem| match point {
            Some(point) => point.shape(problem.status, &problem.error),
            None => problem.into_response(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    async fn read(uri: &str, kind: Option<&str>, body: &str) -> Result<Params, StatusCode> {
        let mut request = Request::builder().method("POST").uri(uri);
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        Params::from_request(request, &()).await.map_err(|response| response.status())
    }

    #[tokio::test]
    async fn one_request_reads_the_same_in_every_encoding() {
        let form = "status=a+b&poll[options][]=x&poll[options][]=y&poll[expires_in]=60&sensitive=true";
        let json = r#"{"status":"a b","poll":{"options":["x","y"],"expires_in":60},"sensitive":true,"in_reply_to_id":null}"#;
        let multipart = "--B\r\nContent-Disposition: form-data; name=\"status\"\r\n\r\na b\r\n\
             --B\r\nContent-Disposition: form-data; name=\"poll[options][]\"\r\n\r\nx\r\n\
             --B\r\nContent-Disposition: form-data; name=\"poll[options][]\"\r\n\r\ny\r\n\
             --B\r\nContent-Disposition: form-data; name=\"poll[expires_in]\"\r\n\r\n60\r\n\
             --B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.png\"\r\n\r\nbytes\r\n\
             --B\r\nContent-Disposition: form-data; name=\"sensitive\"\r\n\r\ntrue\r\n--B--\r\n";
        let uri = format!("/x?{}", form.replace('[', "%5B"));
        for (uri, kind, body) in [
            ("/x", Some("application/x-www-form-urlencoded"), form),
            ("/x", Some("application/json; charset=utf-8"), json),
            ("/x", Some("multipart/form-data; boundary=B"), multipart),
            (uri.as_str(), None, ""),
        ] {
            let params = read(uri, kind, body).await.unwrap();
            assert_eq!(params.text("status"), Some("a b"), "{kind:?}");
            assert_eq!(params.texts("poll[options]"), ["x", "y"], "{kind:?}");
            assert_eq!(params.number("poll[expires_in]"), Some(60), "{kind:?}");
            assert_eq!(params.flag("sensitive"), Some(true), "{kind:?}");
            assert_eq!(params.text("in_reply_to_id"), None, "{kind:?}");
            assert_eq!(params.text("f"), None, "{kind:?}");
            assert!(params.has("poll"));
        }
    }

    #[tokio::test]
    async fn lists_come_in_several_spellings_and_the_body_wins() {
        let params =
            read("/x?id[]=1&id[]=2&a=query", Some("application/json"), r#"{"a":"body","timeline":"home"}"#).await.unwrap();
        assert_eq!(params.texts("id"), ["1", "2"]);
        assert_eq!(params.texts("timeline"), ["home"]);
        assert_eq!(params.text("a"), Some("body"));
        let params = read("/x?f[0][name]=a&f[0][value]=b&f[1][name]=c", None, "").await.unwrap();
        assert_eq!(params.records("f"), [vec![("name", "a"), ("value", "b")], vec![("name", "c")]]);
        let json = r#"{"f":[{"name":"a","value":"b"},{"name":"c"}]}"#;
        let from_json = read("/x", Some("application/json"), json).await.unwrap();
        assert_eq!(from_json.records("f"), params.records("f"));
        assert_eq!(read("/x?b=0&c=&d=1", None, "").await.unwrap().flag("b"), Some(false));
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_refused_and_never_taken_for_empty() {
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        for (kind, body, status) in [
            (Some("application/json"), "{\"a\":", 400),
            (Some("application/json"), "[1]", 400),
            (Some("application/json"), deep.as_str(), 400),
            (Some("application/json"), "{\"a\":\"\\u0000\"}", 400),
            (Some("text/plain"), "a=b", 415),
            (None, "a=b", 415),
            (Some("multipart/form-data"), "--B", 400),
        ] {
            assert_eq!(read("/x", kind, body).await.unwrap_err().as_u16(), status, "{kind:?} {body:.20}");
        }
        let huge = format!("a={}", "x".repeat(BODY_LIMIT));
        assert_eq!(read("/x", Some("application/x-www-form-urlencoded"), &huge).await.unwrap_err().as_u16(), 413);
        assert_eq!(read("/x", Some("text/plain"), "").await, Ok(Params::default()));
        assert_eq!(read("/x", Some("application/json"), "").await, Ok(Params::default()));
    }
}
