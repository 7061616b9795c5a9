//! The remedy if the system does not read or write a file. Every error that names such a file has it.

use std::io::{Error, ErrorKind};

/// What to do.
pub fn of_io(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "make room there, then give the same command again"
        }
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
            "see to it that you may read and write there, or name another folder; then give the same command again"
        }
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory => {
            "see what is there under this name, then give the same command again"
        }
        _ => "see whether the disk and its file system are well, then give the same command again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_helps_depends_on_what_is_wrong() {
        let all = [ErrorKind::StorageFull, ErrorKind::ReadOnlyFilesystem, ErrorKind::Other];
        let remedies = all.map(|kind| of_io(&Error::from(kind)));
        assert!(remedies[0].contains("room") && remedies[1].contains("another folder"));
        assert!(remedies.iter().all(|remedy| remedy.contains("same command again")));
    }
}
