//! The endpoints for applications: registering, tokens, revocation, metadata. The consent page is
//! the web surface's; [`authorize_request`] reads its parameters.

use crate::ask::{Asker, Grant};
use crate::gate::Gate;
use crate::mount::Routes;
use crate::params::Params;
use crate::problem::Problem;
use app::oauth::exchange::{self, Issued};
use app::oauth::register_app::{self, Registered, Wanted};
use app::oauth::{AppView, Client, Refused, authorize, revoke, verify_app};
use app::registry::{AudienceClass, RateClass, Route, Scope, Surface};
use axum::Json;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::scopes::Scopes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

const REGISTER: Route =
    Route::change("POST", Surface::Mastodon, "/api/v1/apps", Scope::Public, AudienceClass::Nothing).rate(RateClass::Register);
const VERIFY: Route = Route::get(Surface::Mastodon, "/api/v1/apps/verify_credentials", Scope::App, AudienceClass::Own);
const TOKEN: Route = Route::change("POST", Surface::OAuth, "/oauth/token", Scope::Public, AudienceClass::Own).no_csrf();
const REVOKE: Route = Route::change("POST", Surface::OAuth, "/oauth/revoke", Scope::Public, AudienceClass::Own).no_csrf();
const METADATA: Route =
    Route::get(Surface::OAuth, "/.well-known/oauth-authorization-server", Scope::Public, AudienceClass::Nothing).public_for(300);

/// The endpoints, ready to be merged into the server's router.
pub fn routes(gate: &Gate) -> Routes {
    Routes::new(gate.clone())
        .add(REGISTER, register)
        .add(VERIFY, verify)
        .add(TOKEN, token)
        .add(REVOKE, give_back)
        .add(METADATA, metadata)
        .with_state(gate.clone())
}

/// These endpoints, as declared.
pub fn declarations() -> Vec<Route> {
    vec![REGISTER, VERIFY, TOKEN, REVOKE, METADATA]
}

/// The authorisation request in these parameters, for the consent page.
pub fn authorize_request(params: &Params) -> authorize::Request {
    let text = |name: &str| params.text(name).unwrap_or_default().to_owned();
    authorize::Request {
        response_type: text("response_type"),
        client_id: text("client_id"),
        redirect_uri: text("redirect_uri"),
        scope: text("scope"),
        state: params.text("state").map(str::to_owned),
        code_challenge: params.text("code_challenge").map(str::to_owned),
        code_challenge_method: params.text("code_challenge_method").map(str::to_owned),
    }
}

/// An application in Mastodon's shape. Never shows the secret but to the one who registers.
#[derive(Serialize)]
struct AppEntity {
    id: String,
    name: String,
    website: Option<String>,
    scopes: Vec<String>,
    redirect_uri: String,
    redirect_uris: Vec<String>,
    vapid_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<u32>,
}

impl From<AppView> for AppEntity {
    fn from(app: AppView) -> Self {
        Self {
            id: app.id.to_string(),
            name: app.name,
            website: app.website,
            scopes: app.scopes.words().map(str::to_owned).collect(),
            redirect_uri: app.redirect_uris.join("\n"),
            redirect_uris: app.redirect_uris,
            vapid_key: String::new(),
            client_id: None,
            client_secret: None,
            client_secret_expires_at: None,
        }
    }
}

async fn register(State(gate): State<Gate>, Asker(asker): Asker, params: Params) -> Result<Json<AppEntity>, Problem> {
    let text = |name: &str| params.text(name).unwrap_or_default().to_owned();
    let lines = params.texts("redirect_uris").into_iter().flat_map(str::lines);
    let wanted = Wanted {
        name: text("client_name"),
        website: text("website"),
        // Exact strings: only the line ends between several of them are not part of any.
        redirect_uris: lines.filter(|line| !line.is_empty()).map(str::to_owned).collect(),
        scopes: params.texts("scopes").join(" "),
    };
    let Registered { app, client_id, client_secret } = register_app::register_app(gate.hall(), &asker, wanted).await?;
    let mut entity = AppEntity::from(app);
    (entity.client_id, entity.client_secret) = (Some(client_id), Some(client_secret));
    entity.client_secret_expires_at = Some(0);
    Ok(Json(entity))
}

async fn verify(State(gate): State<Gate>, Asker(asker): Asker, grant: Grant) -> Result<Json<AppEntity>, Problem> {
    // A token from the command line belongs to no application.
    let app = grant.app.ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED, "The access token is invalid"))?;
    Ok(Json(verify_app::verify_app(gate.hall(), &asker, app).await?.into()))
}

#[derive(Serialize)]
struct TokenEntity {
    access_token: String,
    token_type: &'static str,
    scope: String,
    created_at: i64,
}

async fn token(State(gate): State<Gate>, headers: HeaderMap, params: Params) -> Result<Json<TokenEntity>, Problem> {
    let text = |name: &str| params.text(name).unwrap_or_default().to_owned();
    let request = exchange::Request {
        grant_type: text("grant_type"),
        client: client(&headers, &params).ok_or_else(|| refusal(Refused::InvalidClient))?,
        code: text("code"),
        redirect_uri: text("redirect_uri"),
        code_verifier: params.text("code_verifier").map(str::to_owned),
        scope: params.texts("scope").join(" "),
    };
    if request.grant_type.is_empty() {
        return Err(refusal(Refused::InvalidRequest));
    }
    let Issued { access_token, scopes, created_at } = exchange::exchange(gate.hall(), request).await?.map_err(refusal)?;
    Ok(Json(TokenEntity { access_token, token_type: "Bearer", scope: scopes.to_string(), created_at }))
}

async fn give_back(State(gate): State<Gate>, headers: HeaderMap, params: Params) -> Result<Json<Value>, Problem> {
    let client = client(&headers, &params).ok_or_else(|| refusal(Refused::UnauthorizedClient))?;
    let token = params.filled("token").ok_or_else(|| refusal(Refused::InvalidRequest))?;
    revoke::by_client(gate.hall(), &client, token).await?.map_err(refusal)?;
    Ok(Json(json!({})))
}

async fn metadata(State(gate): State<Gate>) -> Json<Value> {
    let base = gate.hall().settings().base();
    Json(json!({
        "issuer": format!("{base}/"),
        "authorization_endpoint": format!("{base}/oauth/authorize"),
        "token_endpoint": format!("{base}/oauth/token"),
        "revocation_endpoint": format!("{base}/oauth/revoke"),
        "app_registration_endpoint": format!("{base}/api/v1/apps"),
        "service_documentation": "https://docs.joinmastodon.org/",
        "scopes_supported": Scopes::supported(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }))
}

/// The application's credentials: in the body, or as HTTP Basic. A secret in the address would
/// end up in logs, but some clients put everything there, so it is read all the same.
fn client(headers: &HeaderMap, params: &Params) -> Option<Client> {
    if let (Some(id), Some(secret)) = (params.filled("client_id"), params.filled("client_secret")) {
        return Some(Client { id: id.to_owned(), secret: secret.to_owned() });
    }
    let (scheme, encoded) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some(Client { id: id.to_owned(), secret: secret.to_owned() })
}

fn refusal(refused: Refused) -> Problem {
    let status = match refused {
        Refused::InvalidClient => StatusCode::UNAUTHORIZED,
        Refused::UnauthorizedClient => StatusCode::FORBIDDEN,
        Refused::InvalidGrant | Refused::InvalidScope | Refused::InvalidRequest | Refused::UnsupportedGrantType => {
            StatusCode::BAD_REQUEST
        }
    };
    Problem::new(status, refused.code()).describe(refused.description())
}
