//! A separate server for a test: a free port, stopped and joined at the end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use oddbench_serve::{Config, Limits, Program, bind};
use tempfile::TempDir;

use crate::experiment::{cache, results};

/// A server that runs.
pub struct Running {
    pub addr: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    _folder: TempDir,
}

/// A server with the usual limits.
pub fn start() -> Running {
    start_with(|_| {})
}

/// A server that is set up otherwise.
pub fn start_with(change: impl FnOnce(&mut Config)) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config {
        addr: ([127, 0, 0, 1], 0).into(),
        results: results().to_owned(),
        models: None,
        token: None,
        follow_dirs: Vec::new(),
        run_dirs: Vec::new(),
        program: no_program(),
        cache: cache(folder.path()),
        limits: Limits::default(),
        extra: Some(("/panics", || panic!("out of cheese"))),
    };
    change(&mut config);
    let bound = bind(config).unwrap();
    let addr = bound.addr();
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let thread = thread::spawn(move || {
        bound.run(flag).unwrap();
    });
    Running { addr, stop, thread: Some(thread), _folder: folder }
}

/// A program that is not there.
pub fn no_program() -> Program {
    Program {
        path: "/none".into(),
        options: Vec::new(),
        results: "/none".into(),
        reports: "/none".into(),
    }
}

/// Limits whose deadlines a test can wait for.
pub fn hasty() -> Limits {
    Limits {
        head_time: Duration::from_millis(400),
        body_stall: Duration::from_millis(400),
        body_time: Duration::from_secs(2),
        ..Limits::default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.take().map(JoinHandle::join);
        if !thread::panicking() {
            assert!(ended.is_some_and(|ended| ended.is_ok()), "the server panicked");
        }
    }
}
