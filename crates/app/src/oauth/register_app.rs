//! An application makes itself known. Anybody may: it gets nothing by this alone.

use super::{AppView, OUT_OF_BAND};
use crate::{Error, Hall, Requester, Result};
use domain::scopes::Scopes;
use store::oauth::{self, NewApp};
use store::sealed::{new_token, token_hash};

/// What an application says about itself.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// What it calls itself.
    pub name: String,
    /// Its page; may be empty.
    pub website: String,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// Words; empty means `read`.
    pub scopes: String,
}

/// A registered application with its credentials, shown this once.
#[derive(Clone)]
pub struct Registered {
    /// The application.
    pub app: AppView,
    /// Its public name for itself.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
}

/// Registers an application.
pub async fn register_app(hall: &Hall, _requester: &Requester, wanted: Wanted) -> Result<Registered> {
    let name = wanted.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        return Err(Error::invalid("bad_name", "Validation failed: Application name is missing or too long"));
    }
    let website = Some(wanted.website.trim().to_owned()).filter(|website| !website.is_empty());
    if website.as_deref().is_some_and(|website| website.len() > 2_000 || !domain::text::is_web_url(website)) {
        return Err(Error::invalid("bad_website", "Validation failed: Website is not a web address"));
    }
    let redirect_uris = wanted.redirect_uris;
    if redirect_uris.is_empty() || redirect_uris.len() > 20 || !redirect_uris.iter().all(|uri| is_redirect_uri(uri)) {
        return Err(Error::invalid("bad_redirect_uri", "Validation failed: Redirect URI must be an absolute URI."));
    }
    let words = if wanted.scopes.trim().is_empty() { "read" } else { wanted.scopes.as_str() };
    let scopes = Scopes::parse(words)
        .map_err(|_| Error::invalid("bad_scopes", "Validation failed: Scopes doesn't match configured on the server."))?;
    let random = hall.store().random();
    let (client_id, client_secret) = (new_token(random), new_token(random));
    let mut app = AppView { id: domain::id::AppId(0), name, website, redirect_uris, scopes };
    let (kept, id, secret) = (app.clone(), client_id.clone(), token_hash(&client_secret));
    app.id = hall
        .store()
        .write(move |tx| {
            Box::pin(async move {
                let AppView { name, website, redirect_uris, scopes, .. } = &kept;
                let website = website.as_deref();
                let new = NewApp { client_id: &id, secret_hash: &secret, name, website, redirect_uris, scopes };
                Ok::<_, Error>(oauth::insert_app(tx, &new).await?)
            })
        })
        .await?;
    Ok(Registered { app, client_id, client_secret })
}

/// Web addresses, schemes of installed applications, and the out-of-band word; nothing that a
/// browser would run or read from its own disk. Kept and compared as the exact text.
fn is_redirect_uri(uri: &str) -> bool {
    if uri == OUT_OF_BAND {
        return true;
    }
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '#' | '"' | '<' | '>' | '\\');
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let scheme_fits = scheme.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if uri.len() > 2_000 || uri.contains(odd) || !scheme_fits {
        return false;
    }
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => domain::text::is_web_url(uri),
        "javascript" | "data" | "vbscript" | "file" | "blob" | "about" | "view-source" | "ftp" | "ws" | "wss" | "mailto" => false,
        _ => rest.starts_with('/'),
    }
}

#[cfg(test)]
mod tests {
    use super::is_redirect_uri;

    #[test]
    fn redirect_uris_of_all_known_apps_are_taken() {
        for good in [
            "urn:ietf:wg:oauth:2.0:oob",
            "oauth2redirect://com.keylesspalace.tusky/",
            "icecubesapp://",
            "https://phanpy.social/",
            "https://elk.zone/api/hall.example/oauth/https%3A%2F%2Felk.zone",
            "http://localhost:3000/cb?x=1",
        ] {
            assert!(is_redirect_uri(good), "{good}");
        }
    }

    #[test]
    fn redirect_uris_that_run_or_hide_something_are_not() {
        for bad in [
            "",
            "javascript:alert(1)",
            "JavaScript://x/%0aalert(1)",
            "data:text/html,x",
            "https://a.example/#x",
            "https://u:p@a.example/",
            "/relative",
            "https://",
            "https://a.example/ b",
            "file:///etc/passwd",
        ] {
            assert!(!is_redirect_uri(bad), "{bad}");
        }
    }
}
