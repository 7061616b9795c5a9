//! A request's line and headers, counted exactly: hyper bounds the buffer that it reads them into, and
//! a head that arrives in one piece may be somewhat larger than that.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;
use crate::state::App;

/// Refuses what is larger than the limit.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    let fields = request.headers().iter();
    let headers: usize = fields.map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let most = app.limits.head_bytes;
    match path + headers <= most {
        true => next.run(request).await,
        false => ApiError::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            format!("the request's line and headers are larger than {most} bytes"),
            "send the data in the body",
        )
        .into_response(),
    }
}
