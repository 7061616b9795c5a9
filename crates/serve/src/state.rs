//! What every handler shares.

use std::sync::Arc;
use std::time::Instant;

use oddbench_data::digest::hex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::body::Budget;
use crate::detect::Detect;
use crate::error::{Answer, ApiError};
use crate::guard::token::Gate;
use crate::library::Library;
use crate::limits::Limits;
use crate::live::follows::Follows;
use crate::metrics::Metrics;
use crate::models::ModelCache;
use crate::rows::parts::DataSets;
use crate::runs::Runs;
use crate::{Config, Offered};

/// A handle on the server's state.
pub type App = Arc<Server>;

/// The server's state.
pub struct Server {
    /// When it started.
    pub started: Instant,
    /// What clients may ask for.
    pub limits: Limits,
    /// Whether it listens on loopback alone.
    pub loopback: bool,
    /// The token's keeper, if there is a token.
    pub gate: Option<Gate>,
    /// The experiments.
    pub library: Library,
    /// Their rows, where they are on this machine.
    pub data: DataSets,
    /// Saved models.
    pub models: ModelCache,
    /// Uploads and jobs.
    pub detect: Detect,
    /// Files that are followed.
    pub follows: Follows,
    /// Experiments that are run.
    pub runs: Runs,
    /// The memory that bodies share.
    pub budget: Budget,
    /// Counters.
    pub metrics: Metrics,
    /// Places for requests that compute.
    computing: Arc<Semaphore>,
    /// Places for event streams.
    streams: Arc<Semaphore>,
}

impl Server {
    /// A server with nothing uploaded. An error if the system has no random numbers.
    pub fn new(config: Config, offered: Offered, loopback: bool) -> Result<Self, String> {
        let limits = config.limits;
        Ok(Self {
            started: Instant::now(),
            limits,
            loopback,
            gate: config.token.as_deref().map(Gate::new).transpose()?,
            follows: Follows::new(offered.follow),
            runs: Runs::new(offered.run, config.program, &config.results),
            library: Library::new(config.results),
            data: DataSets::new(config.cache),
            models: ModelCache::new(config.models),
            detect: Detect::new(&limits),
            budget: Budget::new(limits.bodies_bytes),
            metrics: Metrics::default(),
            computing: Arc::new(Semaphore::new(limits.computing)),
            streams: Arc::new(Semaphore::new(limits.streams)),
        })
    }

    /// Runs what takes longer than a moment away from the connections, a few at a time. A panic in
    /// there is an error here.
    pub async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let place =
            Arc::clone(&self.computing).acquire_owned().await.map_err(ApiError::internal)?;
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        done.await.map_err(ApiError::internal)?
    }

    /// A place for an event stream, if one is free.
    pub fn stream_place(&self) -> Answer<OwnedSemaphorePermit> {
        Arc::clone(&self.streams).try_acquire_owned().map_err(|_| {
            ApiError::busy(
                format!("{} event streams are open, which is the limit", self.limits.streams),
                "close another tab of the dashboard",
            )
        })
    }
}

/// A name that cannot be guessed, for a session, an upload or a job: 32 hexadecimal digits.
pub fn random_name() -> Result<String, String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| format!("the system has no random numbers: {error}"))?;
    Ok(hex(&bytes))
}
