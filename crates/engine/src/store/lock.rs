//! One process at a time: a lock that the system releases when its holder ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::{StoreError, io_error};

/// Held while a run writes to a results folder.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Drop for Lock {
    /// A process that is being started right now holds a copy of every open file until its program
    /// runs, and a closed file stays locked as long as any copy is open: unlock it, whoever has it.
    fn drop(&mut self) {
        // Closing it is all that is left to do where that fails.
        let _ = self.file.unlock();
    }
}

impl Lock {
    /// Takes the lock, or says who holds it.
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        let open =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = open.map_err(|e| io_error(path, e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // The process number only embellishes the message.
                let pid =
                    file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(StoreError::Locked { path: path.to_owned(), pid });
            }
            Err(TryLockError::Error(error)) => return Err(io_error(path, error)),
        }
        let signed = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        signed.map_err(|e| io_error(path, e))?;
        Ok(Self { file })
    }
}
