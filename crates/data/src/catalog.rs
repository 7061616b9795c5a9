//! The data sets that come with oddbench: the files of `data/sets`, compiled in. Each says where the files of
//! a data set are, how they are read, which columns and classes they have, and which faults are known.

mod checks;
mod choice;
mod entry;
mod file;
mod label;
mod load;

use std::sync::LazyLock;

pub use choice::{Choice, Picked};
pub use entry::{ColumnEntry, Entry, LeftOut, LeftOutKind, PolicyEntry, TimeEntry};
pub use file::{Content, File, Member};
pub use label::{ClassRule, LabelEntry};
pub(crate) use load::from_path;

/// Name and text of every file, in the order of names.
const TEXTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sets.rs"));

/// The category, and in KDD Cup 99 the class name, of traffic that is no attack.
pub const NORMAL: &str = "normal";

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let read = |(name, text): &(&str, &str)| {
        #[expect(clippy::expect_used, reason = "compiled in; a unit test reads every file")]
        load::from_text(name, text, None).expect("data/sets/*.toml")
    };
    TEXTS.iter().map(read).collect()
});

/// Every data set that comes with oddbench.
pub fn entries() -> &'static [Entry] {
    &ENTRIES
}

/// Every file of every data set.
pub fn files() -> impl Iterator<Item = &'static File> {
    entries().iter().flat_map(|entry| &entry.files)
}

/// The file of that name (`corrected`) or path (`kdd99/corrected.gz`).
pub fn find(name: &str) -> Option<&'static File> {
    files().find(|file| file.name == name || file.path == name)
}

/// What is known about the data set of that name, `None` for one that has no file in `data/sets`.
pub fn dataset(name: &str) -> Option<&'static Entry> {
    entries().iter().find(|entry| entry.name == name)
}

/// KDD Cup 99, whose columns and classes the synthetic data set shares.
pub(crate) fn kdd99() -> &'static Entry {
    #[expect(clippy::expect_used, reason = "compiled in; a unit test looks it up")]
    dataset("kdd99").expect("data/sets/kdd99.toml")
}

#[cfg(test)]
mod tests;
