//! The OpenAPI document: exactly the declared routes, with what their declarations say.

use crate::answer::ProblemBody;
use crate::declared;
use crate::routes::{communities, members, posts};
use app::registry::{Route, Scope};
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use std::sync::LazyLock;
use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Paths, Ref, RefOr, Response, ResponseBuilder};

/// The security scheme's name.
const TOKEN: &str = "token";

#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Guildhall API",
        description = "Communities of practice, beside the Mastodon API that the same server speaks. Ids are decimal \
            strings, times are RFC 3339, errors have a sentence and a stable code. What you may not see is answered \
            exactly as what does not exist. Tokens come from the OAuth server of the same hall; the scopes of an \
            operation stand with its security requirement."
    ),
    paths(
        communities::directory,
        communities::start,
        communities::lookup,
        communities::show,
        communities::join,
        communities::leave,
        communities::membership,
        members::members,
        members::requests,
        members::decide,
        posts::posts,
        posts::resources,
        posts::publish,
        posts::vote,
        posts::preview,
        document,
    ),
    components(schemas(ProblemBody)),
    tags(
        (name = "communities", description = "Finding, starting, joining and leaving communities."),
        (name = "members", description = "Who is in a community, and who asks to be."),
        (name = "posts", description = "What is said in a community, and who reads it."),
        (name = "about", description = "This document."),
    )
)]
struct Written;

/// The document, with what the declarations say put in: written by hand twice, the two would part.
fn complete() -> utoipa::openapi::OpenApi {
    let mut document = Written::openapi();
    let mut bearer = Http::new(HttpAuthScheme::Bearer);
    bearer.description = Some("An access token from this hall's OAuth server.".to_owned());
    let components = document.components.get_or_insert_default();
    components.security_schemes.insert(TOKEN.to_owned(), RefOr::T(SecurityScheme::Http(bearer)));
    for route in crate::declarations() {
        if let Some(operation) = operation(&mut document.paths, &route) {
            operation.security = Some(security(route.scope));
            for (status, description) in errors(&route, operation) {
                let responses = &mut operation.responses.responses;
                responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem(description)));
            }
        }
    }
    document
}

fn operation<'a>(paths: &'a mut Paths, route: &Route) -> Option<&'a mut Operation> {
    let item = paths.paths.get_mut(route.path)?;
    match route.method {
        "GET" => item.get.as_mut(),
        "POST" => item.post.as_mut(),
        "PATCH" => item.patch.as_mut(),
        "PUT" => item.put.as_mut(),
        "DELETE" => item.delete.as_mut(),
        _ => None,
    }
}

fn security(scope: Scope) -> Vec<SecurityRequirement> {
    let token = |scopes: &[&str]| SecurityRequirement::new(TOKEN, scopes.iter().copied());
    match scope {
        Scope::Public | Scope::Signature => Vec::new(),
        Scope::SignedIn | Scope::App => vec![token(&[])],
        Scope::Token(scope) => vec![token(&[scope])],
        // The empty requirement says that it also goes without.
        Scope::Optional(scope) => vec![SecurityRequirement::default(), token(&[scope])],
    }
}

/// The errors that come from what a route is, whatever it does.
fn errors(route: &Route, operation: &Operation) -> Vec<(&'static str, &'static str)> {
    let mut errors = vec![
        ("401", "`unauthorized`: the access token is missing or not valid."),
        ("429", "`too_many_requests`: wait as long as `Retry-After` says."),
        ("500", "`internal`: a mistake of ours."),
        ("503", "`unavailable`: try again in a moment."),
    ];
    if route.scope != Scope::Public {
        errors.push(("403", "`outside_scopes`: the token's scopes do not reach."));
    }
    if route.path.contains('{') || route.path == declared::LOOKUP.path {
        errors.push(("404", "`not_found`: not there, or not for you."));
    }
    if operation.request_body.is_some() {
        errors.push(("400", "`body_not_json`: the body is not JSON."));
        errors.push(("413", "`body_too_large`: the body is too large."));
        errors.push(("415", "`content_type_unsupported`: the body is not sent as JSON."));
        errors.push(("422", "`body_invalid`: a field is unknown, missing or misread."));
    } else if route.method == "GET" && route.scope != Scope::Public {
        errors.push(("422", "`query_invalid`: a parameter is unknown, missing or misread."));
    }
    if matches!(route.scope, Scope::Token(_)) {
        errors.push(("422", "`person_required`: the token is an application's own."));
    }
    errors
}

fn problem(description: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(description).content("application/json", content).build()
}

/// Made once: it is the same for everybody.
static JSON: LazyLock<Bytes> = LazyLock::new(|| match complete().to_json() {
    Ok(json) => Bytes::from(json),
    Err(error) => {
        // Plain data without maps of odd keys cannot fail to be written; if it did, the document would be missing, not wrong.
        app::Error::internal(error);
        Bytes::from_static(b"{}")
    }
});

/// This document.
#[utoipa::path(get, path = declared::DOCUMENT.path, operation_id = "get_document", tag = "about", responses(
    (status = 200, description = "The OpenAPI document.", content_type = "application/json"),
))]
pub async fn document() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json; charset=utf-8")], JSON.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    fn document() -> Value {
        serde_json::from_slice(&JSON).unwrap()
    }

    /// Every operation: method, path and what stands there.
    fn operations(document: &Value) -> Vec<(String, String, &Value)> {
        let paths = document["paths"].as_object().unwrap();
        let all = paths.iter().flat_map(|(path, item)| {
            let item = item.as_object().unwrap();
            item.iter().map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation))
        });
        all.collect()
    }

    #[test]
    fn the_document_lists_exactly_the_declared_routes() {
        let document = document();
        let listed: BTreeSet<_> = operations(&document).into_iter().map(|(method, path, _)| (method, path)).collect();
        let declared = crate::declarations();
        let expected: BTreeSet<_> = declared.iter().map(|route| (route.method.to_owned(), route.path.to_owned())).collect();
        assert_eq!(listed, expected);
        assert_eq!(declared.len(), expected.len(), "a route is declared twice");
    }

    #[test]
    fn the_document_says_whose_it_is() {
        let document = document();
        assert_eq!(document["info"]["title"], "Guildhall API");
        assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    }

    #[test]
    fn every_operation_says_its_scope_and_its_errors() {
        let document = document();
        for route in crate::declarations() {
            let operation = &document["paths"][route.path][route.method.to_lowercase()];
            let security = operation["security"].to_string();
            let expected = match route.scope {
                Scope::Public => "[]".to_owned(),
                Scope::Token(scope) => format!(r#"[{{"token":["{scope}"]}}]"#),
                Scope::Optional(scope) => format!(r#"[{{}},{{"token":["{scope}"]}}]"#),
                other => panic!("no route of this API has {other:?}"),
            };
            assert_eq!(security, expected, "{} {}", route.method, route.path);
            for status in ["401", "429", "503"] {
                let content = &operation["responses"][status]["content"]["application/json"];
                assert_eq!(content["schema"]["$ref"], "#/components/schemas/Problem", "{} {}", route.method, route.path);
            }
        }
    }

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let document = document();
        let operations = operations(&document);
        let names: BTreeSet<_> = operations.iter().map(|(_, _, operation)| operation["operationId"].as_str().unwrap()).collect();
        assert_eq!(names.len(), operations.len());
    }

    #[test]
    fn every_parameter_of_a_path_is_described() {
        let document = document();
        for (method, path, operation) in operations(&document) {
            let named: BTreeSet<_> = path.split(['{', '}']).skip(1).step_by(2).collect();
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let described = parameters.iter().filter(|parameter| parameter["in"] == "path");
            let described: BTreeSet<_> = described.map(|parameter| parameter["name"].as_str().unwrap()).collect();
            assert_eq!(named, described, "{method} {path}");
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_bodies_refuse_unknown_fields() {
        let document = document();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let text = document.to_string();
        for reference in text.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "{name}");
        }
        for body in ["NewCommunity", "MembershipChange", "NewPost", "NewLink", "PreviewRequest"] {
            assert_eq!(schemas[body]["additionalProperties"], false, "{body}");
        }
        assert_eq!(schemas["Community"]["properties"]["id"]["type"], "string");
        assert_eq!(schemas["Post"]["properties"]["created_at"]["format"], "date-time");
        assert_eq!(schemas["Post"]["properties"]["url"]["format"], "uri");
        assert_eq!(schemas["Problem"]["required"], serde_json::json!(["error", "code"]));
    }
}
