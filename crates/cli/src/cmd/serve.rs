//! `oddbench serve`: the dashboard and its API, until Ctrl-C.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use oddbench_serve::{Config, Limits, MIN_TOKEN, ServeError, bind};
use serde_json::json;

use crate::args::{Global, ServeArgs};
use crate::cmd::run::stop_on_signals;
use crate::downloads;
use crate::error::{CliError, Status};
use crate::terminal::Terminal;

impl From<ServeError> for CliError {
    fn from(error: ServeError) -> Self {
        let help = match &error {
            ServeError::NeedsToken(addr) => format!(
                "add --token with {MIN_TOKEN} characters or more that nobody can guess, or listen on this machine alone: --addr 127.0.0.1:{}",
                addr.port()
            ),
            ServeError::WeakToken => {
                format!(
                    "give --token {MIN_TOKEN} characters or more, e.g. from: openssl rand -hex 24"
                )
            }
            ServeError::Bind { .. } => {
                "choose another --addr; port 0 lets the system choose one".to_owned()
            }
            ServeError::System(_) => return Self::System { message: error.to_string() },
        };
        Self::User { message: error.to_string(), help: Some(help) }
    }
}

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
    terminal.json(&json!({ "url": url }));
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_signals(&stop)?;
    server.run(stop)?;
    terminal.note("stopped");
    Ok(Status::Done)
}

fn url(addr: SocketAddr) -> String {
    format!("http://{addr}/")
}
