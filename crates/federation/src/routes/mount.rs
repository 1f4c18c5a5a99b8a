//! Mounting the table: the only place that puts paths into a router.

use super::{Asked, Handler, ROUTES, actor, discovery, post};
use crate::error::{not_found, response};
use crate::{Federation, inbox};
use axum::Router;
use axum::extract::{OriginalUri, RawPathParams, Request};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use domain::peers::Peers;
use std::collections::HashMap;

/// The routes of this crate; none where the hall stands alone.
pub fn mount(federation: &Federation) -> Router {
    let mut router = Router::new();
    if federation.hall().settings().peers == Peers::Nobody {
        return router;
    }
    for (route, handler) in ROUTES {
        let filter = if route.method == "POST" { MethodFilter::POST } else { MethodFilter::GET };
        let (federation, handler) = (federation.clone(), *handler);
        let answer = move |params: RawPathParams, OriginalUri(uri): OriginalUri, request: Request| {
            let federation = federation.clone();
            async move {
                let params: HashMap<String, String> =
                    params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                let (parts, body) = request.into_parts();
                let asked = Asked::new(parts.method.as_str(), &uri, parts.headers, params);
                match federation.admits(handler, &asked).await {
                    Ok(true) => dispatch(&federation, handler, &asked, body).await,
                    Ok(false) => not_found(),
                    Err(error) => response(&error),
                }
            }
        };
        router = router.route(route.path, on(filter, answer));
    }
    router
}

async fn dispatch(federation: &Federation, handler: Handler, asked: &Asked, body: axum::body::Body) -> Response {
    match handler {
        Handler::Webfinger => discovery::webfinger(federation, asked).await,
        Handler::HostMeta => discovery::host_meta(federation),
        Handler::NodeInfoLinks => discovery::node_info_links(federation),
        Handler::NodeInfo20 => discovery::node_info(federation, false).await,
        Handler::NodeInfo21 => discovery::node_info(federation, true).await,
        Handler::InstanceActor => actor::instance(federation).await,
        Handler::InstanceOutbox => actor::instance_outbox(federation),
        Handler::Actor => actor::actor(federation, asked).await,
        Handler::Outbox => actor::outbox(federation, asked).await,
        Handler::Followers => actor::followers(federation, asked).await,
        Handler::Following => actor::following(federation, asked).await,
        Handler::Moderators => actor::moderators(federation, asked).await,
        Handler::Featured => actor::featured(federation, asked).await,
        Handler::Post => post::post(federation, asked).await,
        Handler::Replies => post::replies(federation, asked).await,
        Handler::Context => post::context(federation, asked).await,
        Handler::Quote => post::quote(federation, asked).await,
        Handler::Activity => post::activity(federation, asked).await,
        Handler::Inbox => inbox::receive(federation, asked, body).await,
    }
}
