//! The dashboard and its HTTP API: one process, assets compiled in, loopback unless a token guards it.
//!
//! [`Config`] says what is served and to whom, [`bind`] takes the address, [`Bound::run`] serves until
//! it is told to stop. Requests pass [`guard`](crate) layers before a handler sees them; whatever takes
//! longer than a moment runs on threads of its own ([`state`](crate)).

mod allocator;
mod assets;
mod body;
mod detect;
mod error;
mod explained;
mod features;
mod folders;
mod guard;
mod json_rows;
mod library;
mod limits;
mod listen;
mod live;
mod metrics;
mod models;
mod openapi;
mod page;
mod page_words;
mod results;
mod routes;
mod rows;
mod runs;
mod score;
mod stall;
mod state;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use oddbench_data::Cache;
use thiserror::Error;

use folders::Folders;
use live::follows::has_lines;
use runs::is_experiment_file;

pub use limits::Limits;
pub use routes::openapi;
pub use runs::Program;

/// What is served, and to whom.
pub struct Config {
    /// Where to listen.
    pub addr: SocketAddr,
    /// The folder that holds one folder per experiment.
    pub results: PathBuf,
    /// A folder of models that `oddbench fit` has saved, one folder each.
    pub models: Option<PathBuf>,
    /// The token that a client must send. An address that other machines can reach needs one.
    pub token: Option<String>,
    /// Folders whose files may be followed; without one none is.
    pub follow_dirs: Vec<PathBuf>,
    /// Folders whose experiment files may be run; without one none is.
    pub run_dirs: Vec<PathBuf>,
    /// What runs them: this executable.
    pub program: Program,
    /// Where the rows of data sets are read from. Nothing is fetched for a request.
    pub cache: Cache,
    /// What clients may ask for.
    pub limits: Limits,
    /// Further routes, for tests.
    pub extra: Option<Extra>,
}

/// Further routes, for tests: a path and what is called for it, which may panic.
pub type Extra = (&'static str, fn());

/// Why a server could not be started.
#[derive(Debug, Error)]
pub enum ServeError {
    /// Others could reach it without a token.
    #[error("{0} can be reached from other machines, and there is no token")]
    NeedsToken(SocketAddr),
    /// The token can be guessed.
    #[error("the token has fewer than {MIN_TOKEN} characters")]
    WeakToken,
    /// The address is taken, or not this machine's.
    #[error("{addr}: {source}")]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// A folder whose files were to be offered is none.
    #[error("{option} {message}")]
    Folder {
        /// The option that names it.
        option: &'static str,
        /// Which, and why.
        message: String,
    },
    /// The system lacks something.
    #[error("{0}")]
    System(String),
}

/// Characters of a token at least.
pub const MIN_TOKEN: usize = 16;

/// Bytes of a thread's stack: drawing and parsing nest deeper than the usual 2 MiB in debug builds.
const STACK: usize = 8 << 20;

/// A server that has its address and does not serve yet.
pub struct Bound {
    listener: TcpListener,
    addr: SocketAddr,
    config: Config,
    offered: Offered,
}

/// The folders whose files clients may choose.
struct Offered {
    follow: Folders,
    run: Folders,
}

impl Offered {
    fn of(config: &Config) -> Result<Self, ServeError> {
        let folders = |option, dirs: &[PathBuf], offers| {
            Folders::new(dirs, offers).map_err(|message| ServeError::Folder { option, message })
        };
        Ok(Self {
            follow: folders("--follow-dir", &config.follow_dirs, has_lines)?,
            run: folders("--run-dir", &config.run_dirs, is_experiment_file)?,
        })
    }
}

/// What a server did when it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Whether an experiment was running, which was stopped.
    pub stopped_a_run: bool,
}

/// Takes the address. An address that others can reach needs a token.
pub fn bind(config: Config) -> Result<Bound, ServeError> {
    let addr = config.addr;
    match &config.token {
        None if !addr.ip().is_loopback() => return Err(ServeError::NeedsToken(addr)),
        Some(token) if token.chars().count() < MIN_TOKEN => return Err(ServeError::WeakToken),
        _ => {}
    }
    let offered = Offered::of(&config)?;
    let failed = |source| ServeError::Bind { addr, source };
    let listener = TcpListener::bind(addr).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    Ok(Bound { listener, addr, config, offered })
}

impl Bound {
    /// The address, with the port that the system chose if 0 was asked for.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Serves until `stop` is set; open requests may end, jobs are cancelled, and a run of an experiment is stopped in
    /// good order.
    pub fn run(self, stop: Arc<AtomicBool>) -> Result<Ended, ServeError> {
        allocator::give_back_large_blocks();
        let system = |error: io::Error| ServeError::System(error.to_string());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("oddbench-serve")
            .thread_stack_size(STACK)
            .build()
            .map_err(system)?;
        let (limits, extra) = (self.config.limits, self.config.extra);
        let app = state::Server::new(self.config, self.offered, self.addr.ip().is_loopback());
        let app = Arc::new(app.map_err(ServeError::System)?);
        let router = routes::router(Arc::clone(&app), extra_routes(extra));
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener).map_err(system)?;
            listen::serve(listener, router, limits, stop).await;
            app.detect.cancel_all();
            app.follows.end_all();
            Ok(())
        })?;
        let stopped_a_run = app.runs.stop_all();
        runtime.shutdown_timeout(Duration::from_secs(1));
        Ok(Ended { stopped_a_run })
    }
}

fn extra_routes(extra: Option<Extra>) -> axum::Router<state::App> {
    let router = axum::Router::new();
    match extra {
        None => router,
        Some((path, act)) => router.route(path, axum::routing::get(move || async move { act() })),
    }
}
