//! Serving over HTTP, with the layers that every answer passes.

use crate::connections::{self, Limits};
use crate::{Assembled, Config};
use anyhow::Context;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::{Layer, ServiceBuilder};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::normalize_path::NormalizePathLayer;
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

/// Longest time a request may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long open requests may go on after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request id of our own making: what a client sends is not trusted into the logs.
#[derive(Debug, Clone, Copy)]
struct FreshId;

impl MakeRequestId for FreshId {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        use domain::time::Random;
        let mut bytes = [0_u8; 8];
        domain::time::SystemRandom.fill(&mut bytes);
        HeaderValue::from_str(&format!("{:016x}", u64::from_be_bytes(bytes))).ok().map(RequestId::new)
    }
}

/// The layers around all routes: request id, log line, time limit, panics contained, compression, safe headers.
pub(crate) fn layers(router: Router) -> Router {
    let header =
        |name: HeaderName, value: &'static str| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    let span = |request: &Request| {
        let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
        // The path only: a query can hold secrets.
        tracing::debug_span!("request", method = %request.method(), path = request.uri().path(), id)
    };
    // As one layer: each one put on the router by itself is another box to be copied for every request.
    router.layer(
        ServiceBuilder::new()
            .layer(SetRequestIdLayer::new(REQUEST_ID, FreshId))
            .layer(TraceLayer::new_for_http().make_span_with(span))
            .layer(PropagateRequestIdLayer::new(REQUEST_ID))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
            .layer(header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
            .layer(header(header::REFERRER_POLICY, "same-origin"))
            .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .layer(CompressionLayer::new()),
    )
}

/// The server's fault, told without its reason.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a request ended in a panic");
    let body = "{\"error\":\"Something went wrong on our side.\",\"code\":\"internal\"}";
    (StatusCode::INTERNAL_SERVER_ERROR, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Serves on a listener until told to stop, then lets open requests end.
pub async fn on(listener: TcpListener, router: Router, stop: CancellationToken) -> anyhow::Result<()> {
    within(Limits::default(), listener, router, stop).await
}

/// The same with other limits on connections.
pub async fn within(limits: Limits, listener: TcpListener, router: Router, stop: CancellationToken) -> anyhow::Result<()> {
    // Clients differ in whether they end a path with a slash.
    let trimmed = NormalizePathLayer::trim_trailing_slash().layer(router);
    tokio::select! {
        () = connections::serve(listener, trimmed, limits, stop.clone()) => Ok(()),
        () = async { stop.cancelled().await; tokio::time::sleep(GRACE).await } => {
            tracing::warn!("some requests did not end in time");
            Ok(())
        }
    }
}

/// The role `serve`: serves, and works unless told that `guildhall work` does.
pub async fn serve(config: &Config, work: bool) -> anyhow::Result<()> {
    let hall = crate::assemble(config).await?;
    let listener = TcpListener::bind(config.listen).await.with_context(|| format!("listen: {} is not free", config.listen))?;
    let stop = CancellationToken::new();
    println!("listening on {}", hall.hall.settings().base());
    let router = hall.router();
    let (served, (), ()) =
        tokio::join!(on(listener, router, stop.clone()), working(&hall, work, stop.clone()), stop_on_signal(stop.clone()));
    served
}

/// The role `work`: carries out what is queued, without serving.
pub async fn work(config: &Config) -> anyhow::Result<()> {
    let hall = crate::assemble(config).await?;
    let stop = CancellationToken::new();
    println!("working");
    tokio::join!(hall.work(stop.clone()), stop_on_signal(stop.clone()));
    Ok(())
}

async fn working(hall: &Assembled, work: bool, stop: CancellationToken) {
    if work {
        hall.work(stop).await;
    }
}

/// Waits for Ctrl-C or SIGTERM, then says stop.
pub async fn stop_on_signal(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
        () = stop.cancelled() => {}
    }
    stop.cancel();
}
