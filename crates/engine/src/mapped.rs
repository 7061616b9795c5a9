//! Files that are mapped into memory: processes that read the same file have its content in memory once.

use std::fs::File;
use std::io;

use bytes::Bytes;
use memmap2::Mmap;

/// The content of a file that does not change. It stays the same if the file is replaced or removed.
///
/// Five million rows of 118 columns take 2.3 GB. Before, each trial read them into its own memory and held them
/// twice for a moment.
pub(crate) fn content(file: &File) -> io::Result<Bytes> {
    #[expect(
        unsafe_code,
        reason = "memmap2 has no other way, and a copy of all rows is too much memory"
    )]
    // SAFETY: the content must not change while it is mapped. Only files of prepared rows are mapped.
    // They are written under another name and renamed when they are whole; afterwards they are read, replaced by a
    // rename, or removed, which leaves what is mapped as it is. Nothing of oddbench writes into them or cuts them off.
    let map = unsafe { Mmap::map(file)? };
    Ok(Bytes::from_owner(map))
}
