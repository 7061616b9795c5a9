//! One process at a time: a lock that the system releases when its holder ends, however it ends. On storage without
//! locks the run is claimed instead, in the same way as a trial.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use super::{Claim, Claimed, Store, StoreError, io_error};

/// Held while a run writes to a results folder.
#[derive(Debug)]
pub struct Lock {
    file: File,
    /// What holds where files cannot be locked.
    _claim: Option<Claim>,
}

impl Drop for Lock {
    /// A process that is being started right now holds a copy of every open file until its program
    /// runs, and a closed file stays locked as long as any copy is open: unlock it, even if another process has a copy.
    fn drop(&mut self) {
        // Closing it is all that is left to do where that fails.
        let _ = self.file.unlock();
    }
}

impl Lock {
    /// Takes the lock of a folder, or says who holds it.
    pub(super) fn take(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(".lock");
        let open =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(|e| io_error(&path, e))?;
        let claim = match file.try_lock() {
            Ok(()) => None,
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // The process number only embellishes the message.
                let pid =
                    file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(StoreError::Locked { path, pid });
            }
            Err(TryLockError::Error(error)) if has_no_locks(&error) => {
                match Store::at(dir).claim_run()? {
                    Claimed::Mine(claim) => Some(claim),
                    Claimed::Others(holder) => {
                        return Err(StoreError::Locked { path, pid: holder.known_pid() });
                    }
                }
            }
            Err(TryLockError::Error(error)) => return Err(io_error(&path, error)),
        };
        let signed = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        signed.map_err(|e| io_error(&path, e))?;
        Ok(Self { file, _claim: claim })
    }
}

/// Whether the file system has no locks at all: Lustre without `flock`, NFS without its lock daemon, some of FUSE.
fn has_no_locks(error: &io::Error) -> bool {
    // The standard library has no kind for ENOLCK, which is this number on Linux.
    const ENOLCK: i32 = 37;
    error.kind() == io::ErrorKind::Unsupported
        || (cfg!(target_os = "linux") && error.raw_os_error() == Some(ENOLCK))
}
