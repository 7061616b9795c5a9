//! The data sets that an experiment may name: those that files describe, the user's own tables, and the
//! generator. A file of `data/sets` is a kind by itself, and so is a format of files. Any other kind is a file
//! here, which exports a [`DatasetKind`], and a line in the list below. Names, keys, defaults, schema and
//! messages are derived from these.

mod beside;
mod described;
mod keys;
mod kind;
mod own_file;
mod set;
mod table;

use std::sync::LazyLock;

use crate::catalog;

pub use keys::{Help, KeyFault, Trouble};
pub use kind::{DatasetKind, Source};
pub use own_file::from_file;
pub use set::SourceInfo;
pub use synthetic::synthetic;

/// Declares the files of the data sets and lists the kinds that each exports.
macro_rules! datasets {
    ($($file:ident { $($KIND:ident),+ })+) => {
        $(mod $file;)+

        /// The kinds that neither a file of `data/sets` nor a format of files makes.
        static CODED: &[DatasetKind] = &[$($($file::$KIND),+),+];
    };
}

datasets! {
    synthetic { KIND }
}

/// Every kind of data set, in the order of `oddbench data list`.
static KINDS: LazyLock<Vec<DatasetKind>> = LazyLock::new(|| {
    let described = catalog::entries().iter().map(described::kind);
    described.chain(CODED.iter().copied()).chain(table::KINDS.iter().copied()).collect()
});

/// Every kind of data set.
pub fn kinds() -> &'static [DatasetKind] {
    &KINDS
}

/// The kind of that name, or the one that the user's file of that path describes.
pub fn find(name: &str) -> Option<&'static DatasetKind> {
    match own_file::is_path(name) {
        true => from_file(name.as_ref()).ok(),
        false => KINDS.iter().find(|kind| kind.name == name),
    }
}

/// KDD Cup 99: the 10 % file as training table, `corrected` as test table.
pub fn kdd99() -> Source {
    #[expect(clippy::expect_used, reason = "compiled in; a unit test opens it")]
    let kind = find("kdd99").expect("data/sets/kdd99.toml");
    #[expect(clippy::expect_used, reason = "compiled in; a unit test opens it")]
    kind.open(&serde_json::Map::new(), "".as_ref()).expect("it has no keys that must be given")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Map;

    use super::*;

    #[test]
    fn every_set_that_can_be_fetched_opens_by_its_name_alone_and_again_by_its_params() {
        let alone = |kind: &&DatasetKind| {
            !kind.own_files && kind.entry.is_none_or(catalog::Entry::can_be_fetched)
        };
        for kind in kinds().iter().filter(alone) {
            let source = kind.open(&Map::new(), Path::new("")).unwrap();
            let params = source.params().as_object().unwrap();
            let mut keys = kind.keys();
            if kind.entry.is_some() {
                keys.retain(|key| key != "path" && key != "limit");
            }
            assert_eq!(params.keys().cloned().collect::<Vec<_>>(), keys, "{}", kind.name);
            assert_eq!(kind.open(params, Path::new("")).unwrap(), source);
            let info = source.info();
            assert!(info.feature_sets.iter().any(|(name, _)| name == "all"), "{}", kind.name);
            assert!(!info.label_policies.is_empty() && !info.columns.is_empty());
            assert!(source.notes().is_empty());
        }
        assert_eq!(find("nsl-kdd").map(|kind| kind.name), Some("nsl-kdd"));
        assert_eq!(kdd99().kind().name, "kdd99");
    }
}
