//! Connections: accepted up to a limit, each with a deadline for its headers and for every piece of an
//! answer that its client should take.
//!
//! `axum::serve` has none of these deadlines, so connections are hyper's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use crate::limits::Limits;
use crate::stall::Stalling;

/// How often the stop flag is looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// How long open requests may continue after the server got a signal to stop.
const FAREWELL: Duration = Duration::from_secs(3);

/// Serves until `stop` is set, then lets open requests end.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: Arc<AtomicBool>) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let (tell, told) = watch::channel(());
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&stop) => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(_) => {
                // Out of file descriptors, or a client that has gone: wait a little, go on.
                sleep(GLANCE).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let connection =
            connection(Stalling::new(stream, limits.write_stall), &router, &limits, told.clone());
        tokio::spawn(async move {
            connection.await;
            drop(place);
        });
    }
    drop(told);
    let _ = tell.send(());
    let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    let _ = timeout(FAREWELL, places.acquire_many(all)).await;
}

async fn stopped(stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        sleep(GLANCE).await;
    }
}

fn connection(
    stream: Stalling,
    router: &Router,
    limits: &Limits,
    mut told: watch::Receiver<()>,
) -> impl Future<Output = ()> + use<> {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_buf_size(limits.head_bytes)
        .max_headers(limits.headers);
    let connection =
        builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
    async move {
        let mut connection = std::pin::pin!(connection);
        // A client that breaks HTTP or goes away ends its own connection; there is no client to inform.
        tokio::select! {
            _ = connection.as_mut() => return,
            _ = told.changed() => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }
}
