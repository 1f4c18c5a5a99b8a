//! `WebFinger`, host-meta and `NodeInfo`.

use super::Asked;
use super::actor::{Seen, seen};
use super::answer::{Answer, given, typed};
use crate::Federation;
use crate::error::refusal;
use crate::outbox::wire_kind;
use activitypub::model::ActorKind;
use activitypub::nodeinfo::{self, NodeInfo};
use activitypub::webfinger::{Resource, jrd};
use app::federated::actors;
use app::{Error, Registrations};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::handle::{Handle, canonical_host};
use domain::id::ActorId;
use serde_json::{Value, json};

const JRD: &str = "application/jrd+json";

/// `/.well-known/webfinger` (RFC 7033): of people known outside, open communities, and to signed requests of
/// named hosts, partner communities.
pub async fn webfinger(federation: &Federation, asked: &Asked) -> Response {
    let Some(Ok(resource)) = asked.query("resource").map(Resource::parse) else {
        return refusal(StatusCode::BAD_REQUEST, "resource", "the parameter resource is missing or unusable");
    };
    given(finger(federation, asked, &resource).await)
}

async fn finger(federation: &Federation, asked: &Asked, resource: &Resource) -> Answer {
    let settings = federation.hall().settings();
    let base = settings.base();
    let domain = settings.handle_domain.as_str();
    if is_instance(federation, resource) {
        let doc =
            jrd(&format!("acct:{domain}@{domain}"), &[], &federation.instance_uri(), &format!("{base}/"), ActorKind::Application);
        return Ok(open(&doc, true));
    }
    let id = find(federation, resource).await?.ok_or_else(Error::not_found)?;
    let Seen { view, open: everybody, .. } = seen(federation, asked, id).await?;
    let subject = format!("acct:{}@{domain}", view.handle);
    let doc = jrd(&subject, &[view.url.clone(), view.uri.clone()], &view.uri, &view.url, wire_kind(view.kind));
    Ok(open(&doc, everybody))
}

fn open(doc: &Value, everybody: bool) -> Response {
    let mut response = typed(JRD, doc.to_string(), everybody);
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

fn is_instance(federation: &Federation, resource: &Resource) -> bool {
    let settings = federation.hall().settings();
    match resource {
        Resource::Account { user, host } => {
            let here = canonical_host(host).is_some_and(|host| settings.is_here(&host));
            here && user.eq_ignore_ascii_case(&settings.handle_domain)
        }
        Resource::Url(url) => url.trim_end_matches('/') == settings.base() || *url == federation.instance_uri(),
    }
}

async fn find(federation: &Federation, resource: &Resource) -> app::Result<Option<ActorId>> {
    let hall = federation.hall();
    let name = match resource {
        Resource::Account { user, host } => {
            let here = canonical_host(host).is_some_and(|host| hall.settings().is_here(&host));
            here.then(|| user.to_lowercase())
        }
        Resource::Url(url) => {
            let Some(path) = url.strip_prefix(hall.settings().base()) else { return Ok(None) };
            if let Some(id) = path.strip_prefix("/a/") {
                return Ok(id.parse().ok());
            }
            path.strip_prefix("/@").filter(|name| !name.contains('/')).map(str::to_lowercase)
        }
    };
    match name {
        Some(name) => actors::id_by_handle(hall, &Handle { name, host: None }).await,
        None => Ok(None),
    }
}

/// `/.well-known/host-meta` (RFC 6415).
pub fn host_meta(federation: &Federation) -> Response {
    typed("application/xrd+xml", nodeinfo::host_meta_xml(federation.base()), true)
}

/// `/.well-known/nodeinfo`.
pub fn node_info_links(federation: &Federation) -> Response {
    let doc = nodeinfo::discovery(federation.base(), &federation.instance_uri());
    typed("application/json", doc.to_string(), true)
}

/// `/nodeinfo/2.0` and `/nodeinfo/2.1` (FEP-f1d5). Only public figures: what happens inside moves none of them.
pub async fn node_info(federation: &Federation, later: bool) -> Response {
    given(figures(federation, later).await)
}

async fn figures(federation: &Federation, later: bool) -> Answer {
    let settings = federation.hall().settings();
    let figures = app::instance::figures(federation.hall()).await?;
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    let info = NodeInfo {
        software_name: "guildhall".to_owned(),
        software_version: env!("CARGO_PKG_VERSION").to_owned(),
        open_registrations: settings.registrations == Registrations::Open,
        users_total: count(figures.people),
        users_active_month: count(figures.people),
        users_active_half_year: count(figures.people),
        local_posts: count(figures.posts),
        node_name: settings.organisation.clone(),
        metadata: json!({}),
        ..NodeInfo::default()
    };
    let (doc, kind) = if later {
        let kind = "application/json; profile=\"http://nodeinfo.diaspora.software/ns/schema/2.1#\"; charset=utf-8";
        (nodeinfo::document_2_1(&info), kind)
    } else {
        let kind = "application/json; profile=\"http://nodeinfo.diaspora.software/ns/schema/2.0#\"; charset=utf-8";
        (nodeinfo::document_2_0(&info), kind)
    };
    Ok(typed(kind, doc.to_string(), true))
}
