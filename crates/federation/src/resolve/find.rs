//! The port `Remote`: finding people, communities and posts on other instances.

use super::ResolveError;
use crate::translate::import;
use crate::{Federation, host_of};
use activitypub::model::{ActorDoc, ActorKind, http_url, same_origin};
use activitypub::webfinger::Resource;
use app::federated::{actors, posts};
use app::ports::{Found, Remote};
use app::{Requester, Result};
use domain::handle::Handle;
use domain::id::ActorId;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

impl Remote for Federation {
    fn find<'a>(&'a self, _requester: &'a Requester, handle: &'a Handle) -> BoxFuture<'a, Result<Option<ActorId>>> {
        async move { quiet(self.find_handle(handle).await) }.boxed()
    }

    fn fetch<'a>(&'a self, requester: &'a Requester, url: &'a str) -> BoxFuture<'a, Result<Option<Found>>> {
        async move { quiet(self.find_url(requester, url).await) }.boxed()
    }
}

/// What cannot be fetched is not there; why not is nobody's business (C101). Our own trouble is told.
fn quiet<T>(found: std::result::Result<Option<T>, ResolveError>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(found),
        Err(ResolveError::App(error)) if error.kind != app::ErrorKind::NotFound => Err(error),
        Err(error) => {
            tracing::debug!(%error, "nothing was found outside");
            Ok(None)
        }
    }
}

impl Federation {
    async fn find_handle(&self, handle: &Handle) -> std::result::Result<Option<ActorId>, ResolveError> {
        let Some(host) = &handle.host else { return Ok(None) };
        if self.hall().settings().is_here(host) {
            return Ok(actors::id_by_handle(self.hall(), &Handle { name: handle.name.clone(), host: None }).await?);
        }
        let (uri, subject) = self.finger(&handle.name, host).await?;
        let Some(uri_host) = host_of(&uri) else { return Ok(None) };
        // The host of the handle speaks for its own handles; for an actor elsewhere, that actor must agree.
        let wire = match actors::wire_by_uri(self.hall(), &uri).await? {
            Some(wire) if self.0.fetched.get(&uri).is_some() => wire,
            _ => self.fetch_actor(&uri).await?,
        };
        let confirmed = uri_host == *host || subject == *host || wire.host.as_deref() == Some(host.as_str());
        Ok(confirmed.then_some(wire.id))
    }

    async fn find_url(&self, requester: &Requester, text: &str) -> std::result::Result<Option<Found>, ResolveError> {
        let Some(url) = http_url(text) else { return Ok(None) };
        if self.is_ours(url.as_str()) {
            return Ok(None);
        }
        if let Some(found) = self.known(url.as_str()).await? {
            return Ok(Some(found));
        }
        match self.document_for(requester, url.as_str()).await {
            Ok(value) => self.take_in(&value).await,
            Err(ResolveError::App(error)) => Err(error.into()),
            Err(_) => self.behind_page(requester, &url).await,
        }
    }

    async fn known(&self, uri: &str) -> std::result::Result<Option<Found>, ResolveError> {
        if let Some(wire) = actors::wire_by_uri(self.hall(), uri).await? {
            return Ok(Some(Found::Actor(wire.id)));
        }
        let post = posts::by_uri(self.hall(), uri).await?;
        Ok(post.filter(|post| !post.deleted).map(|post| Found::Post(post.id)))
    }

    /// Asked by the instance first; where that is not enough, by the person who looks, if the network
    /// knows that person already: a search must not make somebody known.
    async fn document_for(&self, requester: &Requester, id: &str) -> std::result::Result<Value, ResolveError> {
        let first = self.document_by_instance(id).await;
        let (Err(ResolveError::Fetch(error)), Some(actor), true) = (&first, requester.actor(), requester.is_local()) else {
            return first;
        };
        if !matches!(error, crate::fetch::FetchError::Status(401 | 403 | 404)) {
            return first;
        }
        let outside = actors::view(self.hall(), actor).await?.is_some_and(|view| view.outside);
        if !outside {
            return first;
        }
        let keys = self.keys_of(actor).await?;
        self.document(id, &keys).await
    }

    async fn take_in(&self, value: &Value) -> std::result::Result<Option<Found>, ResolveError> {
        let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
        if ActorKind::from_name(kind).is_some() {
            let wire = self.store_doc(ActorDoc::parse(value)?).await?;
            return Ok(Some(Found::Actor(wire.id)));
        }
        Ok(import::object(self, value).await?.map(Found::Post))
    }

    /// A page for people: `WebFinger` knows profiles; posts name their document in the page. A document on
    /// another origin than its page is not believed (C047).
    async fn behind_page(&self, requester: &Requester, url: &url::Url) -> std::result::Result<Option<Found>, ResolveError> {
        let host = domain::handle::of_url(url).unwrap_or_default();
        if let Ok((uri, _)) = self.finger_resource(&host, &Resource::Url(url.to_string())).await
            && same_origin(&uri, url.as_str())
            && uri != url.as_str()
        {
            return Ok(Some(Found::Actor(self.actor(&uri).await?.id)));
        }
        let (at, page) = self.client().page(url).await?;
        let Some(href) = alternate(&page).and_then(|href| at.join(&href).ok()) else { return Ok(None) };
        if href.origin() != url.origin() || href == *url {
            return Ok(None);
        }
        if let Some(found) = self.known(href.as_str()).await? {
            return Ok(Some(found));
        }
        let value = self.document_for(requester, href.as_str()).await?;
        self.take_in(&value).await
    }
}

/// The `href` of `<link rel="alternate" type="application/activity+json">`, found without a parser: it is
/// only an address that is then checked like any other.
fn alternate(page: &str) -> Option<String> {
    page.split("<link").skip(1).take(200).find_map(|rest| {
        let tag = rest.split('>').next()?;
        let ours = tag.contains("alternate") && tag.contains("application/activity+json");
        let value = tag.split("href=").nth(1).filter(|_| ours)?;
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        Some(value.get(1..)?.split(quote).next()?.replace("&amp;", "&"))
    })
}

#[cfg(test)]
mod tests {
    use super::alternate;

    #[test]
    fn a_page_names_the_document_it_stands_for() {
        let page = r#"<html><head><link rel="stylesheet" href="/x.css">
            <link rel="alternate" type="application/activity+json" href="/p/1?a=1&amp;b=2"></head>"#;
        assert_eq!(alternate(page).as_deref(), Some("/p/1?a=1&b=2"));
        assert_eq!(alternate("<link rel=alternate href=x>"), None);
        assert_eq!(alternate(""), None);
    }
}
