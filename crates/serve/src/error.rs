//! Every answer that is not a success: a status, what is wrong and what to do, as JSON.

use std::io::Write;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oddbench_engine::StoreError;
use schemars::JsonSchema;
use serde::Serialize;

/// What a handler gives back.
pub type Answer<T> = Result<T, ApiError>;

/// An answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The status.
    pub status: StatusCode,
    /// What is wrong.
    pub error: String,
    /// What to do.
    pub remedy: String,
    /// Each thing that is wrong, if several may be.
    pub troubles: Vec<String>,
}

impl ApiError {
    /// An error with a status of its own.
    pub fn new(status: StatusCode, error: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { status, error: error.into(), remedy: remedy.into(), troubles: Vec::new() }
    }

    /// 400: the request says something that has no meaning.
    pub fn bad(error: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, remedy)
    }

    /// 404: there is no such thing; `list` is where those are listed that exist.
    pub fn none(what: &str, list: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            format!("there is no such {what}"),
            format!("GET {list} lists those that exist"),
        )
    }

    /// 409: it exists, but not in the state that this needs.
    pub fn conflict(error: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, error, remedy)
    }

    /// 413: more than the limits allow.
    pub fn too_large(error: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, error, remedy)
    }

    /// 422: well-formed, but the rows cannot be used.
    pub fn unusable(error: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, error, remedy)
    }

    /// 429: not now.
    pub fn busy(error: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, error, remedy)
    }

    /// 500: our fault. The cause goes to the server's own log, not to the client.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        // One line for the person who started the server; a closed stderr is no reason to stop serving.
        let _ = writeln!(std::io::stderr(), "oddbench serve: internal error: {cause}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "something went wrong inside oddbench",
            "the terminal that runs `oddbench serve` says what; other requests are not affected",
        )
    }
}

impl ApiError {
    /// An item of a list that cannot be read, beside those that can.
    pub fn named(self, name: &str) -> Broken {
        Broken { name: name.to_owned(), error: self.error, remedy: self.remedy }
    }
}

/// What every answer says that is not a success.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ErrorBody {
    /// What is wrong.
    pub error: String,
    /// What to do.
    pub remedy: String,
    /// Each thing that is wrong, if several may be, as with the parameters of a fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub troubles: Vec<String>,
}

impl From<ApiError> for ErrorBody {
    fn from(error: ApiError) -> Self {
        Self { error: error.error, remedy: error.remedy, troubles: error.troubles }
    }
}

/// An item of a list that cannot be read.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Broken {
    name: String,
    error: String,
    remedy: String,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status;
        let mut response = (status, Json(ErrorBody::from(self))).into_response();
        if status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing { .. } => Self::none("experiment", "/api/experiments"),
            other => Self::conflict(
                other.to_string(),
                "mend the results folder as the message says, then load this page again",
            ),
        }
    }
}
