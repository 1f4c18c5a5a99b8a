//! The few files that pages need, inside the binary. The style sheet and the favicon are asked for under
//! the hash of their content, so they can be kept for ever.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use std::sync::OnceLock;

const STYLE: &[u8] = include_bytes!("../assets/hall.css");
const FAVICON: &[u8] = include_bytes!("../assets/favicon.svg");
const MISSING: &[u8] = include_bytes!("../assets/missing.png");
const MISSING_HEADER: &[u8] = include_bytes!("../assets/missing_header.png");

/// How long a file may be kept whose address changes with its content: a year.
pub const FOR_EVER: u32 = 31_536_000;

/// The style sheet's address.
pub fn style_url() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| format!("/assets/{}/hall.css", hash(STYLE)))
}

/// The favicon's address.
pub fn favicon_url() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| format!("/assets/{}/favicon.svg", hash(FAVICON)))
}

/// `GET /assets/{version}/{name}`: an older version is answered with the present one, so that pages
/// that were open during an update keep their looks.
pub async fn versioned(Path((version, name)): Path<(String, String)>) -> Response {
    let known = version.len() == 16 && version.bytes().all(|b| b.is_ascii_hexdigit());
    match (name.as_str(), version.as_str()) {
        ("hall.css", _) if known => file("text/css; charset=utf-8", STYLE),
        ("favicon.svg", _) if known => file("image/svg+xml", FAVICON),
        // Mastodon apps know by this name that there is no header picture.
        ("missing.png", "original") => file("image/png", MISSING_HEADER),
        _ => crate::not_found_page(),
    }
}

/// `GET /assets/missing.png`: the picture of whoever has none.
pub async fn missing() -> Response {
    file("image/png", MISSING)
}

/// `GET /favicon.ico`, which browsers ask for unasked.
pub async fn favicon() -> Response {
    file("image/svg+xml", FAVICON)
}

fn file(kind: &'static str, bytes: &'static [u8]) -> Response {
    let mut response = (StatusCode::OK, bytes).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// FNV-1a: tells versions of our own files apart; nothing rests on it.
fn hash(bytes: &[u8]) -> String {
    let sum = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, b| (sum ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3));
    format!("{sum:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_the_hash_and_pictures_are_pictures() {
        assert_eq!(style_url().len(), "/assets/0123456789abcdef/hall.css".len());
        for picture in [MISSING, MISSING_HEADER] {
            assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"));
        }
    }

    #[test]
    fn the_style_sheet_loads_nothing() {
        let style = String::from_utf8_lossy(STYLE);
        assert!(!style.contains("url(") && !style.contains("@import"));
    }
}
