//! Paging as clients ask for it, and the `Link` header that leads on.
//!
//! Addresses in the header are absolute and `next` stands first, because there are clients that read
//! nothing else; `max_id` stands only in `next`; and an empty page has no links, or a client that looks
//! for newer things would ask for ever.

use crate::answer::{Answer, Failure};
use crate::site::Site;
use auth::Params;
use domain::page::Page;
use http::header::LINK;
use http::{HeaderValue, Uri};
use url::form_urlencoded::{Serializer, parse};

/// Statuses in a page, and at most.
pub const STATUSES: (u32, u32) = (20, 40);
/// Accounts in a page, and at most.
pub const ACCOUNTS: (u32, u32) = (40, 80);

/// How many are wanted: `limits` are the usual number and the most. What is no number is as if it were not there.
pub fn limit(params: &Params, (usual, most): (u32, u32)) -> u32 {
    let Some(text) = params.filled("limit") else { return usual };
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_nan() => usual,
        Ok(number) if number >= f64::from(most) => most,
        Ok(number) if number < 1.0 => 1,
        Ok(_) => params.number("limit").and_then(|number| u32::try_from(number).ok()).unwrap_or(usual),
        Err(_) => usual,
    }
}

/// The stretch that is asked for.
pub fn page(params: &Params, limits: (u32, u32)) -> Result<Page, Failure> {
    Ok(Page {
        max_id: cursor(params, "max_id")?,
        since_id: cursor(params, "since_id")?,
        min_id: cursor(params, "min_id")?,
        limit: limit(params, limits),
    })
}

/// A cursor is the decimal form of an id; one that is larger than any id lies behind all of them.
fn cursor(params: &Params, name: &'static str) -> Result<Option<i64>, Failure> {
    let Some(text) = params.filled(name) else { return Ok(None) };
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Failure::invalid("cursor_invalid", format!("{name} is not an id")));
    }
    Ok(Some(text.parse().unwrap_or(i64::MAX)))
}

/// Adds the links to the pages before and after this one, which shows the things with these ids.
pub fn linked(answer: Answer, site: &Site, uri: &Uri, ids: impl Iterator<Item = i64> + Clone) -> Answer {
    let (Some(oldest), Some(newest)) = (ids.clone().min(), ids.max()) else { return answer };
    let mut response = answer?;
    let (next, prev) = (address(site, uri, "max_id", oldest), address(site, uri, "min_id", newest));
    if let Ok(value) = HeaderValue::try_from(format!("<{next}>; rel=\"next\", <{prev}>; rel=\"prev\"")) {
        response.headers_mut().insert(LINK, value);
    }
    Ok(response)
}

/// Adds the link to the page above `last`, for lists in rising order; `None` where this page is the end.
pub fn linked_upwards(answer: Answer, site: &Site, uri: &Uri, last: Option<i64>) -> Answer {
    let mut response = answer?;
    let next = last.map(|last| format!("<{}>; rel=\"next\"", address(site, uri, "min_id", last)));
    if let Some(value) = next.and_then(|next| HeaderValue::try_from(next).ok()) {
        response.headers_mut().insert(LINK, value);
    }
    Ok(response)
}

/// The same request at another place of the list. Everything is percent-encoded, so no comma is left in it.
fn address(site: &Site, uri: &Uri, cursor: &str, id: i64) -> String {
    let kept = parse(uri.query().unwrap_or_default().as_bytes());
    let kept = kept.filter(|(name, _)| !matches!(name.as_ref(), "max_id" | "since_id" | "min_id" | "access_token"));
    let query = Serializer::new(String::new()).extend_pairs(kept).append_pair(cursor, &id.to_string()).finish();
    format!("{}{}?{query}", site.base(), uri.path())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::extract::FromRequest;
    use axum::response::IntoResponse;

    async fn params(query: &str) -> Params {
        let request = http::Request::builder().uri(format!("/x?{query}")).body(Body::empty()).unwrap();
        Params::from_request(request, &()).await.unwrap()
    }

    #[tokio::test]
    async fn limits_are_clamped_whatever_stands_there() {
        for (query, expected) in [
            ("", 20),
            ("limit=5", 5),
            ("limit=1e9", 40),
            ("limit=99999999999999999999", 40),
            ("limit=-3", 1),
            ("limit=0", 1),
            ("limit=2.5", 20),
            ("limit=many", 20),
            ("limit=NaN", 20),
            ("limit=", 20),
        ] {
            assert_eq!(limit(&params(query).await, STATUSES), expected, "{query}");
        }
    }

    #[tokio::test]
    async fn cursors_are_ids() {
        let read = page(&params("max_id=5&since_id=&min_id=99999999999999999999").await, STATUSES).unwrap();
        assert_eq!((read.max_id, read.since_id, read.min_id), (Some(5), None, Some(i64::MAX)));
        for bad in ["max_id=x", "min_id=-1", "since_id=1.5"] {
            assert!(page(&params(bad).await, STATUSES).is_err(), "{bad}");
        }
    }

    #[test]
    fn links_lead_on_and_keep_the_other_parameters() {
        let site = Site::at("https://hall.test");
        let uri: Uri = "/api/v1/timelines/public?max_id=9&limit=2&local=true&q=a,b".parse().unwrap();
        let answer = linked(Ok("[]".into_response()), &site, &uri, [8, 7].into_iter()).unwrap();
        assert_eq!(
            answer.headers().get(LINK).unwrap(),
            "<https://hall.test/api/v1/timelines/public?limit=2&local=true&q=a%2Cb&max_id=7>; rel=\"next\", \
             <https://hall.test/api/v1/timelines/public?limit=2&local=true&q=a%2Cb&min_id=8>; rel=\"prev\""
        );
        let empty = linked(Ok("[]".into_response()), &site, &uri, std::iter::empty()).unwrap();
        assert!(empty.headers().get(LINK).is_none());
    }
}
