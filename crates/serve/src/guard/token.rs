//! The token of a server that others can reach: `Authorization: Bearer`, or for a browser a cookie
//! that a login sets. Comparisons take the same time whatever is wrong.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::assets;
use crate::body;
use crate::error::{Answer, ApiError};
use crate::state::{App, random_name};

/// The name of our cookie.
pub const COOKIE: &str = "oddbench_session";

/// A wrong token is answered after this pause: guessing is slow.
const PAUSE: Duration = Duration::from_millis(300);

/// What is open to everyone beside scripts, styles and pictures, which hold nothing of the user's.
const OPEN: [&str; 4] = ["/login", "/api/login", "/api/session", "/api/health"];

/// The token, and the cookie's value for browsers that have shown it.
pub struct Gate {
    token: [u8; 32],
    session: String,
}

impl Gate {
    /// A gate for that token, with a new session value.
    pub fn new(token: &str) -> Result<Self, String> {
        Ok(Self { token: Sha256::digest(token).into(), session: random_name()? })
    }

    fn knows(&self, token: &str) -> bool {
        let offered: [u8; 32] = Sha256::digest(token).into();
        self.token.ct_eq(&offered).into()
    }

    fn admits(&self, headers: &HeaderMap) -> bool {
        bearer(headers).is_some_and(|token| self.knows(token))
            || cookies(headers).any(|value| self.session.as_bytes().ct_eq(value.as_bytes()).into())
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The values of our cookie.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter_map(|(name, value)| (name == COOKIE).then_some(value))
}

/// Lets through what is open, and requests that carry the token or the cookie.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let admitted = match &app.gate {
        None => true,
        Some(gate) => {
            OPEN.contains(&path) || assets::is_decoration(path) || gate.admits(request.headers())
        }
    };
    if admitted {
        return next.run(request).await;
    }
    let page = *request.method() == Method::GET && !path.starts_with("/api/") && path != "/metrics";
    match page {
        true => Redirect::to("/login").into_response(),
        false => {
            tokio::time::sleep(PAUSE).await;
            refused("this server wants a token").into_response()
        }
    }
}

fn refused(error: &str) -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        error,
        "open /login in a browser, or send Authorization: Bearer TOKEN with the token that the server was started with",
    )
}

/// What a browser logs in with.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The token that the server was started with.
    token: String,
}

/// `POST /api/login`: a cookie for the right token.
pub async fn login(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Answer<impl IntoResponse> {
    let login: Login = body::json(&headers, body, &app).await?;
    let Some(gate) = &app.gate else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    if !gate.knows(&login.token) {
        tokio::time::sleep(PAUSE).await;
        return Err(refused("this is not the token"));
    }
    Ok(with_cookie(&gate.session, "").into_response())
}

/// `POST /api/logout`: the cookie goes.
pub async fn logout() -> impl IntoResponse {
    with_cookie("", "; Max-Age=0")
}

fn with_cookie(value: &str, end: &str) -> impl IntoResponse + use<> {
    let cookie = format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict{end}");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)])
}

/// Whether a browser has to log in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Session {
    login_needed: bool,
    logged_in: bool,
}

/// `GET /api/session`.
pub async fn session(State(app): State<App>, headers: HeaderMap) -> Json<Session> {
    let logged_in = app.gate.as_ref().is_none_or(|gate| gate.admits(&headers));
    Json(Session { login_needed: app.gate.is_some(), logged_in })
}
