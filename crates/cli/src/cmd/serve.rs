//! `oddbench serve`: the dashboard and its API, until Ctrl-C.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use oddbench_serve::{Config, Limits, bind};
use serde_json::json;

use crate::args::Global;
use crate::downloads;
use crate::error::{CliError, Status};
use crate::signals::stop_on_signals;
use crate::terminal::Terminal;

/// `oddbench serve`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench serve                                    http://127.0.0.1:8080/, this machine alone
  oddbench serve --addr 127.0.0.1:0 --results my-results --models my-models
  ODDBENCH_TOKEN=$(openssl rand -hex 24) oddbench serve --addr 0.0.0.0:8080

Nothing is fetched for a request: run `oddbench data fetch` first to see single records.
An address that others can reach needs a token. There is no TLS: put a reverse proxy in front.")]
pub struct ServeArgs {
    /// Where to listen; port 0 lets the system choose
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub addr: std::net::SocketAddr,
    /// Where records and scores are kept
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
    /// A folder of models that `oddbench fit` has saved, one folder each
    #[arg(long, value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// What clients must show; 16 characters or more
    #[arg(long, value_name = "TOKEN", env = "ODDBENCH_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
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
