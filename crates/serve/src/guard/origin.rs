//! Requests that another site's page makes: it may not change anything here, nor make the server
//! compute (cross-site request forgery). Programs, which send neither header, pass.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;

/// Refuses what comes from another origin.
pub async fn layer(request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let api = request.uri().path().starts_with("/api/");
    let foreign = (changes || api) && is_foreign(request.headers(), changes);
    match foreign {
        false => next.run(request).await,
        true => ApiError::new(
            StatusCode::FORBIDDEN,
            "a page of another site asked for this",
            "use the dashboard's own pages, or a program that sends no Origin header",
        )
        .into_response(),
    }
}

fn is_foreign(headers: &HeaderMap, changes: bool) -> bool {
    let site = headers.get("sec-fetch-site").map(|value| value.as_bytes());
    let told = match site {
        None => false,
        Some(b"same-origin" | b"none") => false,
        Some(b"same-site") => changes,
        Some(_) => true,
    };
    told || (changes && other_origin(headers))
}

/// Whether an Origin header names another host (or port) than the Host header. A page without an
/// origin of its own (`null`) is foreign.
fn other_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let (Ok(origin), Some(host)) = (origin.to_str(), host) else { return true };
    let place = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    !place.is_some_and(|place| place.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreign(pairs: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "127.0.0.1:8080".parse().unwrap());
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        is_foreign(&headers, true)
    }

    #[test]
    fn pages_of_other_sites_change_nothing() {
        assert!(!foreign(&[]));
        assert!(!foreign(&[
            ("origin", "http://127.0.0.1:8080"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(!foreign(&[("sec-fetch-site", "none")]));
        assert!(foreign(&[("origin", "http://evil.example")]));
        assert!(foreign(&[("origin", "http://127.0.0.1:9999")]));
        assert!(foreign(&[("origin", "null")]));
        assert!(foreign(&[("sec-fetch-site", "cross-site")]));
        assert!(foreign(&[("sec-fetch-site", "same-site")]));
    }
}
