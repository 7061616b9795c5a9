//! The headers of every answer, and JSON for errors that no handler made (a path that cannot be
//! decoded, a method that a route has not).

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;

/// Scripts, styles and requests from this server alone; no inline code, no frames around it.
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'; object-src 'none'; img-src 'self' data: blob:";

const FIXED: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Adds the headers; a handler's own `Cache-Control` and policy stay.
pub async fn layer(request: Request, next: Next) -> Response {
    let mut response = as_json(next.run(request).await).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        let own = name == header::CONTENT_SECURITY_POLICY && headers.contains_key(&name);
        if !own {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Errors that axum words itself are plain text: they become what every error here is.
async fn as_json(response: Response) -> Response {
    let status = response.status();
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let text = said(body).await;
    let error = match text.is_empty() {
        false => text,
        true => status.canonical_reason().unwrap_or("the request failed").to_owned(),
    };
    let error = of_query(&error).unwrap_or_else(|| ApiError::new(status, error, remedy(status)));
    let mut answer = error.into_response();
    if let Some(allow) = parts.headers.get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    answer
}

/// A query that cannot be read, in plain words.
fn of_query(said: &str) -> Option<ApiError> {
    let (key, why) = said.strip_prefix("Failed to deserialize query string: ")?.split_once(": ")?;
    let none = format!("unknown field `{key}`, expected one of ");
    let (what, remedy) = match why {
        "invalid float literal" => ("is no number".to_owned(), format!("{key}=0.5")),
        "invalid digit found in string" => ("is no whole number".to_owned(), format!("{key}=10")),
        "provided string was not `true` or `false`" => {
            ("is neither true nor false".to_owned(), format!("{key}=true"))
        }
        _ => match why.strip_prefix(&none) {
            Some(keys) => {
                let keys = keys.replace('`', "");
                let what = format!("there is no key {key} in the query of this route");
                return Some(ApiError::bad(what, format!("the keys are {keys}")));
            }
            None => return Some(ApiError::bad(format!("{key} in the query: {why}"), EVERY_ROUTE)),
        },
    };
    let remedy = format!("give {key} such a value, for example {remedy}, or leave it out");
    Some(ApiError::bad(format!("{key} in the query {what}"), remedy))
}

async fn said(body: Body) -> String {
    let bytes = to_bytes(body, 4_096).await.unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

const EVERY_ROUTE: &str = "GET /api/openapi.json describes every route";

fn remedy(status: StatusCode) -> &'static str {
    match status {
        StatusCode::METHOD_NOT_ALLOWED => "the Allow header names the methods of this route",
        _ => EVERY_ROUTE,
    }
}
