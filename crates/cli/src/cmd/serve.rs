//! `oddbench serve`: the dashboard and its API, until Ctrl-C.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use oddbench_serve::{Config, Limits, Program, bind};
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
  oddbench serve --follow-dir /var/log/zeek         Live may follow the logs in that folder
  oddbench serve --run-dir experiments              Runs may run the experiment files in that folder

Nothing is fetched for a request: run `oddbench data fetch` first to see single records.
An address that others can reach needs a token. There is no TLS: put a reverse proxy in front. An experiment
file may start commands: whoever may write in a --run-dir can have them run.")]
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
    /// A folder whose CSV, JSON lines and Zeek logs the page Live may follow; may be repeated [default: none]
    #[arg(long, value_name = "DIR")]
    pub follow_dir: Vec<PathBuf>,
    /// A folder whose experiment files the page Runs may check and run; may be repeated [default: none]
    #[arg(long, value_name = "DIR")]
    pub run_dir: Vec<PathBuf>,
    /// With --run-dir: where reports are written
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub reports: PathBuf,
    /// What clients must show; 16 characters or more
    #[arg(long, value_name = "TOKEN", env = "ODDBENCH_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
}

/// Serves until it gets a signal to stop.
pub fn run(global: &Global, terminal: &Terminal, args: &ServeArgs) -> Result<Status, CliError> {
    let server = bind(Config {
        addr: args.addr,
        results: args.results.clone(),
        models: args.models.clone(),
        token: args.token.clone(),
        follow_dirs: args.follow_dir.clone(),
        run_dirs: args.run_dir.clone(),
        program: program(global, args)?,
        cache: downloads::cache(global, terminal)?,
        limits: Limits::default(),
        extra: None,
    })?;
    let url = url(server.addr());
    terminal.note(&format!("oddbench serves {} on {url}", args.results.display()));
    if !args.results.is_dir() {
        // A run makes the folder, so that this is no error.
        terminal.note(&format!(
            "there is no folder {}: no experiment is shown until a run makes it; --results DIR names another folder",
            args.results.display()
        ));
    }
    if args.token.is_some() {
        terminal.note("a browser asks for the token; programs send Authorization: Bearer TOKEN");
    }
    let listed = |dirs: &[PathBuf]| {
        dirs.iter().map(|dir| dir.display().to_string()).collect::<Vec<_>>().join(", ")
    };
    if !args.follow_dir.is_empty() {
        terminal.note(&format!("files that may be followed: {}", listed(&args.follow_dir)));
    }
    if !args.run_dir.is_empty() {
        terminal.note(&format!("experiments that may be run: {}", listed(&args.run_dir)));
    }
    terminal.note("Ctrl-C ends it");
    terminal.json(|| json!({ "url": url }));
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_signals(&stop)?;
    let ended = server.run(stop)?;
    if ended.stopped_a_run {
        terminal.note("an experiment that was running has been stopped; run it again to go on where it stopped");
    }
    terminal.note("stopped");
    Ok(Status::Done)
}

/// This executable with the options that concern where data come from.
fn program(global: &Global, args: &ServeArgs) -> Result<Program, CliError> {
    let path = std::env::current_exe().map_err(|error| CliError::System {
        message: format!("this program does not find its own executable: {error}"),
    })?;
    let mut options: Vec<OsString> = Vec::new();
    if global.offline {
        options.push("--offline".into());
    }
    if let Some(dir) = &global.data_dir {
        options.extend(["--data-dir".into(), dir.into()]);
    }
    if let Some(mirror) = &global.mirror {
        options.extend(["--mirror".into(), mirror.into()]);
    }
    let (results, reports) = (args.results.clone(), args.reports.clone());
    Ok(Program { path, options, results, reports })
}

fn url(addr: SocketAddr) -> String {
    format!("http://{addr}/")
}
