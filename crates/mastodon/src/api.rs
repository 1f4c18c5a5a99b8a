//! What handlers work with: the hall, its addresses, and the thing named in the path.

use crate::answer::Failure;
use crate::site::Site;
use app::Hall;
use auth::Gate;
use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use std::str::FromStr;
use std::sync::Arc;

/// The state of every handler. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Api {
    /// The use cases' hall.
    pub hall: Hall,
    /// Its addresses.
    pub site: Arc<Site>,
}

impl Api {
    /// The API of the hall behind this gate.
    pub fn new(gate: &Gate) -> Self {
        let hall = gate.hall().clone();
        Self { site: Arc::new(Site::new(hall.settings())), hall }
    }
}

/// The thing that the path names. What cannot be an id names nothing: it is not found, like any other.
#[derive(Debug, Clone, Copy)]
pub struct Named<T>(pub T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Failure::not_found())?;
        text.parse().map(Self).map_err(|_| Failure::not_found())
    }
}
