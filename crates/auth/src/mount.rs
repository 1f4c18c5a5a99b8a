//! Mounting: a surface can only serve what it has declared, and every handler stands behind its guard.

use crate::gate::Gate;
use crate::guard::Point;
use app::registry::Route;
use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use std::pin::Pin;
use std::sync::Arc;

/// Declared routes of one surface, with their handlers.
#[derive(Debug)]
pub struct Routes<S = ()> {
    gate: Gate,
    declared: Vec<Route>,
    router: Router<S>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No routes yet.
    pub fn new(gate: Gate) -> Self {
        Self { gate, declared: Vec::new(), router: Router::new() }
    }

    /// Mounts a handler under its declaration. A `GET` answers `HEAD` as well.
    #[must_use]
    pub fn add<H, T>(mut self, route: Route, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let Some(filter) = filter(route.method) else {
            tracing::error!(method = route.method, path = route.path, "a route was declared with an unknown method");
            return self;
        };
        let guarded = Guarded { handler, point: Arc::new(Point { gate: self.gate.clone(), route }) };
        self.declared.push(route);
        self.router = self.router.route(route.path, on(filter, guarded));
        self
    }

    /// Mounts one handler under several declarations, such as `PUT` and `PATCH` of one path.
    #[must_use]
    pub fn add_all<H, T>(self, routes: impl IntoIterator<Item = Route>, handler: &H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        routes.into_iter().fold(self, |mounted, route| mounted.add(route, handler.clone()))
    }

    /// Gives the handlers their state.
    pub fn with_state<S2>(self, state: S) -> Routes<S2> {
        Routes { gate: self.gate, declared: self.declared, router: self.router.with_state(state) }
    }

    /// Puts two sets together.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.declared.extend(other.declared);
        self.router = self.router.merge(other.router);
        self
    }

    /// What has been declared.
    pub fn declarations(&self) -> &[Route] {
        &self.declared
    }

    /// The router to serve.
    pub fn into_router(self) -> Router<S> {
        self.router
    }
}

fn filter(method: &str) -> Option<MethodFilter> {
    match method {
        "GET" => Some(MethodFilter::GET),
        "POST" => Some(MethodFilter::POST),
        "PUT" => Some(MethodFilter::PUT),
        "PATCH" => Some(MethodFilter::PATCH),
        "DELETE" => Some(MethodFilter::DELETE),
        _ => None,
    }
}

/// A handler behind its guard.
#[derive(Debug, Clone)]
struct Guarded<H> {
    handler: H,
    point: Arc<Point>,
}

impl<H, T, S> Handler<T, S> for Guarded<H>
where
    H: Handler<T, S>,
    T: 'static,
    S: Send + 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, mut request: Request, state: S) -> Self::Future {
        Box::pin(async move {
            let standing = match self.point.admit(&mut request).await {
                Ok(standing) => standing,
                Err(answer) => return answer,
            };
            let mut response = self.handler.call(request, state).await;
            self.point.finish(standing, &mut response);
            response
        })
    }
}
