//! The session cookie.

use app::Settings;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// How the session cookie of this hall looks.
#[derive(Debug, Clone)]
pub struct Cookies {
    name: &'static str,
    secure: bool,
}

impl Cookies {
    /// `__Host-` binds the cookie to this host and to https; plain http (development) cannot have it.
    pub fn of(settings: &Settings) -> Self {
        let secure = settings.base_url.scheme() == "https";
        Self { name: if secure { "__Host-guildhall" } else { "guildhall" }, secure }
    }

    /// The session's secret, if the request brings one.
    pub fn read<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, value)| *name == self.name && !value.is_empty() && value.len() <= 128)
            .map(|(_, value)| value)
    }

    /// `Set-Cookie` that begins a session.
    pub fn begin(&self, secret: &str) -> HeaderValue {
        self.line(secret, app::accounts::sign_in::SESSION_DAYS * 86_400)
    }

    /// `Set-Cookie` that forgets it.
    pub fn end(&self) -> HeaderValue {
        self.line("", 0)
    }

    fn line(&self, value: &str, seconds: i64) -> HeaderValue {
        let secure = if self.secure { "; Secure" } else { "" };
        let line = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}", self.name);
        // The value is base64url, so the line is always a header value.
        HeaderValue::try_from(line).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others_and_only_by_its_whole_name() {
        let cookies = Cookies { name: "__Host-guildhall", secure: true };
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("guildhall=no; x__Host-guildhall=no; __Host-guildhall=yes; z=1"));
        assert_eq!(cookies.read(&headers), Some("yes"));
        assert_eq!(cookies.read(&HeaderMap::new()), None);
    }

    #[test]
    fn over_https_the_cookie_is_secure_and_bound_to_the_host() {
        let line = Cookies { name: "__Host-guildhall", secure: true }.begin("abc");
        assert_eq!(line, "__Host-guildhall=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000; Secure");
    }
}
