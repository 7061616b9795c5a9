//! A request's body, read with a limit on its bytes, on the bytes of all bodies together, on the whole
//! time and on the time between pieces.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::{Answer, ApiError};
use crate::state::Server;

/// Bodies take memory in pieces of that many bytes.
const PIECE: usize = 16 << 10;

/// The memory that all bodies share.
pub struct Budget(Arc<Semaphore>);

impl Budget {
    /// A budget of so many bytes.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.div_ceil(PIECE))))
    }

    /// Takes what a body needs beyond what it has; an error if others hold it, since waiting for one
    /// another would never end.
    fn grow(&self, held: &mut Option<OwnedSemaphorePermit>, bytes: usize) -> Answer<()> {
        let has = held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = u32::try_from(bytes.div_ceil(PIECE).saturating_sub(has)).unwrap_or(u32::MAX);
        if more == 0 {
            return Ok(());
        }
        let taken = Arc::clone(&self.0).try_acquire_many_owned(more).map_err(|_| {
            ApiError::busy("too many large requests are on their way", "try again in a moment")
        })?;
        match held {
            Some(held) => held.merge(taken),
            None => *held = Some(taken),
        }
        Ok(())
    }
}

/// A body; its share of the budget is given back with it.
pub struct Received {
    /// What was sent.
    pub bytes: Vec<u8>,
    _share: Option<OwnedSemaphorePermit>,
}

/// The whole body. A length that is announced beyond the limit is refused before a byte is read.
pub async fn read(
    headers: &HeaderMap,
    body: Body,
    most: usize,
    server: &Server,
) -> Answer<Received> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let announced = announced.and_then(|text| text.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > most) {
        return Err(too_large(most));
    }
    match timeout(server.limits.body_time, collect(body, most, server)).await {
        Ok(read) => read,
        Err(_) => Err(too_slow()),
    }
}

async fn collect(mut body: Body, most: usize, server: &Server) -> Answer<Received> {
    // A client may announce much and send little: memory grows with what arrives.
    let (mut bytes, mut share) = (Vec::new(), None);
    loop {
        let frame =
            timeout(server.limits.body_stall, body.frame()).await.map_err(|_| too_slow())?;
        let Some(frame) = frame else { return Ok(Received { bytes, _share: share }) };
        let frame = frame.map_err(|error| {
            ApiError::bad(format!("the body broke off: {error}"), "send the request again")
        })?;
        let Ok(data) = frame.into_data() else { continue };
        let length = bytes.len() + data.len();
        if length > most {
            return Err(too_large(most));
        }
        server.budget.grow(&mut share, length)?;
        bytes.extend_from_slice(&data);
    }
}

/// A JSON body of limited size; what it holds decides the type.
pub async fn json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    server: &Server,
) -> Answer<T> {
    if media_type(headers).as_deref() != Some("application/json") {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body must be JSON",
            "send it with Content-Type: application/json",
        ));
    }
    let received = read(headers, body, server.limits.json_bytes, server).await?;
    if received.bytes.is_empty() {
        return Err(empty("GET /api/openapi.json describes what this route takes"));
    }
    serde_json::from_slice(&received.bytes).map_err(|error| {
        ApiError::bad(
            format!("the body is not what this route takes: {error}"),
            "GET /api/openapi.json describes it",
        )
    })
}

/// `text/csv` of `Text/CSV; charset=utf-8`.
pub fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next()?;
    Some(essence.trim().to_ascii_lowercase())
}

/// The error of a request that sends nothing.
pub fn empty(remedy: &str) -> ApiError {
    ApiError::bad("the request has no body", remedy)
}

fn too_large(most: usize) -> ApiError {
    ApiError::too_large(
        format!("the body is larger than {most} bytes"),
        "send fewer rows at a time; GET /api/limits states the limits",
    )
}

fn too_slow() -> ApiError {
    ApiError::new(
        StatusCode::REQUEST_TIMEOUT,
        "the body did not arrive in time",
        "send it again, over a faster connection or in smaller parts",
    )
}
