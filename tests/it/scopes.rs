//! Exactly the declared scope opens a route: every route that reads tokens × tokens holding each single scope.

use crate::barrier_scene::NEVER;
use app::registry::{Route, Scope, Surface};
use domain::scopes::Scopes;
use futures_util::future::join_all;
use http::Method;
use kit::{Answer, Client, Hall};

/// Reads no token; and tells an application about itself, which a token of the command line does not belong to.
const LEFT_OUT: &[&str] = &["/api/v1/apps", "/api/v1/apps/verify_credentials"];

async fn ask(client: &Client, route: &Route) -> Answer {
    let method: Method = route.method.parse().unwrap();
    let mut path = String::new();
    for part in route.path.split('/').skip(1) {
        let named = part.starts_with('{');
        path.push('/');
        path.push_str(match part {
            "{decision}" => "authorize",
            _ if named => NEVER[2],
            _ => part,
        });
    }
    let body = (method != Method::GET).then(|| b"{}".to_vec());
    client.send(method, &path, &[("content-type", "application/json")], body).await
}

/// Refused because of the credential, not because of what was asked.
fn refused(answer: &Answer) -> bool {
    answer.status == 401 || (answer.status == 403 && answer.text().contains("outside the authorized scopes"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_the_declared_scope_opens_each_route() {
    let hall = Hall::without_work("Scopes").await;
    let ada = hall.person("ada").await;
    let mut tokens = Vec::new();
    for scope in Scopes::supported() {
        tokens.push((Scopes::parse(&scope).unwrap(), hall.with_scopes(&ada, &scope).await));
    }
    let (stranger, forged) = (hall.anonymous(), hall.anonymous().bearer(&"x".repeat(43)));
    let mut broken = Vec::new();
    let mut asked = 0;
    let routes = hall.assembled.declarations();
    for route in
        routes.iter().filter(|route| matches!(route.surface, Surface::Mastodon | Surface::Api) && !LEFT_OUT.contains(&route.path))
    {
        let place = format!("{} {}", route.method, route.path);
        let needs_token = matches!(route.scope, Scope::Token(_) | Scope::SignedIn | Scope::App);
        let nobody = ask(&stranger, route).await;
        if refused(&nobody) != needs_token {
            broken.push(format!("{place}: {} without a token", nobody.status));
        }
        if ask(&forged, route).await.status != 401 {
            broken.push(format!("{place}: a forged token is not refused"));
        }
        for ((scopes, _), answer) in tokens.iter().zip(join_all(tokens.iter().map(|(_, client)| ask(client, route))).await) {
            let opens = match route.scope {
                Scope::Token(wanted) | Scope::Optional(wanted) => scopes.allow(wanted),
                Scope::Public | Scope::SignedIn | Scope::App | Scope::Signature => true,
            };
            if refused(&answer) == opens {
                broken.push(format!("{place}, declared {:?}: {} with {scopes}", route.scope, answer.status));
            }
            if answer.status >= 500 {
                broken.push(format!("{place}: {} with {scopes}", answer.status));
            }
            asked += 1;
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
    assert!(asked > 1_000, "{asked} cells only");
}
