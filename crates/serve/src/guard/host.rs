//! The Host header of a server on loopback must name loopback: a page of another site whose name was
//! rebound to 127.0.0.1 sends its own name (DNS rebinding).

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;
use crate::state::App;

/// Refuses names other than loopback's, where the server listens on loopback.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    match !app.loopback || names_loopback(request.headers()) {
        true => next.run(request).await,
        false => ApiError::new(
            StatusCode::FORBIDDEN,
            "this server answers to localhost, 127.0.0.1 and [::1] alone",
            "open the address that `oddbench serve` printed",
        )
        .into_response(),
    }
}

fn names_loopback(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (values.next(), values.next()) else { return false };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split(':').next().unwrap_or(host),
    };
    matches!(name.to_ascii_lowercase().as_str(), "localhost" | "127.0.0.1" | "::1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        names_loopback(&headers)
    }

    #[test]
    fn only_names_of_loopback_are_accepted() {
        for good in ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080"] {
            assert!(accepted(good), "{good}");
        }
        for bad in
            ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::2]", ""]
        {
            assert!(!accepted(bad), "{bad}");
        }
        assert!(!names_loopback(&HeaderMap::new()));
    }
}
