//! `oddbench serve`: the dashboard and its API, until Ctrl-C.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use oddbench_serve::{Config, Limits, bind};
use serde_json::json;

use crate::args::{Global, ServeArgs};
use crate::downloads;
use crate::error::{CliError, Status};
use crate::signals::stop_on_signals;
use crate::terminal::Terminal;

/// Serves until it is told to stop.
pub fn run(global: &Global, terminal: &Terminal, args: &ServeArgs) -> Result<Status, CliError> {
    let server = bind(Config {
        addr: args.addr,
        results: args.results.clone(),
        models: args.models.clone(),
        token: args.token.clone(),
        cache: downloads::cache(global, terminal)?,
        limits: Limits::default(),
        extra: None,
    })?;
    let url = url(server.addr());
    terminal.note(&format!("oddbench serves {} on {url}", args.results.display()));
    if args.token.is_some() {
        terminal.note("a browser asks for the token; programs send Authorization: Bearer TOKEN");
    }
    terminal.note("Ctrl-C ends it");
    terminal.json(|| json!({ "url": url }));
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_signals(&stop)?;
    server.run(stop)?;
    terminal.note("stopped");
    Ok(Status::Done)
}

fn url(addr: SocketAddr) -> String {
    format!("http://{addr}/")
}
