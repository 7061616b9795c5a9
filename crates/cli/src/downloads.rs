//! Downloads in the terminal: a bar per file, or one line per file where there is no terminal.

use std::sync::{Mutex, PoisonError};

use etcetera::BaseStrategy;
use indicatif::{ProgressBar, ProgressStyle};
use oddbench_data::{Cache, Download, Mirror};

use crate::args::Global;
use crate::error::CliError;
use crate::terminal::Terminal;

/// The cache as the options and the environment describe it.
pub fn cache(global: &Global, terminal: &Terminal) -> Result<Cache, CliError> {
    let dir = match &global.data_dir {
        Some(dir) => dir.clone(),
        None => etcetera::choose_base_strategy()
            .map_err(|_| CliError::user("there is no home folder to cache in; use --data-dir DIR"))?
            .cache_dir()
            .join("oddbench"),
    };
    let mirror = match global.mirror.as_deref() {
        Some(text) => Some(Mirror::parse(text).map_err(|error| CliError::user(error.to_string()))?),
        None => None,
    };
    let watch = Box::new(DownloadBar { terminal: *terminal, bar: Mutex::new(None) });
    Ok(Cache { dir, mirror, offline: global.offline, watch })
}

struct DownloadBar {
    terminal: Terminal,
    bar: Mutex<Option<ProgressBar>>,
}

impl DownloadBar {
    fn with(&self, act: impl FnOnce(&mut Option<ProgressBar>)) {
        act(&mut self.bar.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Download for DownloadBar {
    fn begin(&self, file: &str, bytes: Option<u64>) {
        if !self.terminal.interactive {
            self.terminal.note(&format!("fetching {file}"));
            return;
        }
        let (bar, template) = match bytes {
            Some(bytes) => (
                ProgressBar::new(bytes),
                "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} eta {eta}",
            ),
            None => (ProgressBar::new_spinner(), "{msg} {spinner} {bytes} {bytes_per_sec}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(file.to_owned());
        self.with(|slot| *slot = Some(bar));
    }

    fn progress(&self, done: u64) {
        self.with(|slot| {
            if let Some(bar) = slot {
                bar.set_position(done);
            }
        });
    }

    fn message(&self, text: &str) {
        self.with(|slot| match slot {
            Some(bar) => bar.suspend(|| self.terminal.note(text)),
            None => self.terminal.note(text),
        });
    }

    fn end(&self) {
        self.with(|slot| {
            if let Some(bar) = slot.take() {
                bar.finish_and_clear();
            }
        });
    }
}
