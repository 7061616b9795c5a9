//! How a signal ends what a command does.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use oddbench_engine::executor::Stop;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::error::CliError;

/// The first Ctrl-C (or SIGTERM) stops the run in good order, the second one at once.
pub fn stop_on_signals(cancel: &Arc<AtomicBool>) -> Result<(), CliError> {
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(cancel))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(cancel)))
            .map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// The end of stdin stops the run in good order: it comes when the program that has started the run wants that, and
/// also when that program is gone. It works where there are no signals.
pub fn stop_at_the_end_of_stdin(cancel: &Arc<AtomicBool>) {
    let cancel = Arc::clone(cancel);
    thread::spawn(move || {
        // The other program never writes. So the read ends when that program closes the pipe or has ended.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        cancel.store(true, Ordering::Relaxed);
    });
}

/// The same for a run that a cluster does: the first Ctrl-C stops watching, the second one cancels the jobs, the
/// third one ends this process at once. SIGTERM stops watching.
pub fn leave_on_signals(cancel: &Arc<AtomicBool>, stop: &Stop) -> Result<(), CliError> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(|error| failed(&error))?;
    let (cancel, stop) = (Arc::clone(cancel), stop.clone());
    thread::spawn(move || {
        for signal in signals.forever() {
            if signal == SIGTERM {
                stop.at_once.store(true, Ordering::Relaxed);
            } else if stop.cancel_jobs.load(Ordering::Relaxed) {
                std::process::exit(130);
            } else if cancel.load(Ordering::Relaxed) {
                stop.cancel_jobs.store(true, Ordering::Relaxed);
            }
            cancel.store(true, Ordering::Relaxed);
        }
    });
    Ok(())
}

fn failed(error: &std::io::Error) -> CliError {
    CliError::System { message: format!("signals: {error}") }
}
