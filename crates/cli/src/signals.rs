//! How a signal ends what a command does.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::error::CliError;

/// The first Ctrl-C (or SIGTERM) stops the run in good order, the second one at once.
pub fn stop_on_signals(cancel: &Arc<AtomicBool>) -> Result<(), CliError> {
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(cancel))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(cancel)))
            .map_err(|error| CliError::System { message: format!("signals: {error}") })?;
    }
    Ok(())
}
