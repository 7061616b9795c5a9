//! The data sets that an experiment may name: one file each, which exports a [`DatasetKind`], and one
//! line each in the list below. Names, keys, defaults, schema and messages are derived from these.

mod catalogued;
mod fixed_csv;
mod keys;
mod kind;
mod set;
mod table;

use std::sync::LazyLock;

pub use kdd99::kdd99;
pub use keys::{Help, KeyFault, Trouble};
pub use kind::{DatasetKind, Source};
pub use nsl_kdd::{NslTest, NslTrain, nsl_kdd};
pub use set::SourceInfo;
pub use synthetic::synthetic;

/// Declares the files of the data sets and lists the kinds that each exports.
macro_rules! datasets {
    ($($file:ident { $($KIND:ident),+ })+) => {
        $(mod $file;)+

        /// The kinds that name a data set, in the order of lists. Those that read the user's own files
        /// come from the formats of files.
        static SETS: &[DatasetKind] = &[$($($file::$KIND),+),+];
    };
}

datasets! {
    kdd99 { KIND }
    nsl_kdd { KIND }
    unsw_nb15 { KIND }
    synthetic { KIND }
}

/// Every kind of data set, in the order of `oddbench data list`.
pub fn kinds() -> &'static [DatasetKind] {
    static ALL: LazyLock<Vec<DatasetKind>> =
        LazyLock::new(|| SETS.iter().chain(table::KINDS).copied().collect());
    &ALL
}

/// The kind of that name.
pub fn find(name: &str) -> Option<&'static DatasetKind> {
    kinds().iter().find(|kind| kind.name == name)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Map;

    use super::*;

    #[test]
    fn every_set_opens_by_its_name_alone_and_again_by_its_params() {
        for kind in kinds().iter().filter(|kind| !kind.own_files) {
            let source = kind.open(&Map::new(), Path::new("")).unwrap();
            let params = source.params().as_object().unwrap();
            let keys: Vec<String> = params.keys().cloned().collect();
            assert_eq!(keys, kind.keys(), "{}", kind.name);
            assert_eq!(kind.open(params, Path::new("")).unwrap(), source);
            let info = source.info();
            assert!(info.feature_sets.iter().any(|(name, _)| name == "all"), "{}", kind.name);
            assert!(!info.label_policies.is_empty() && !info.columns.is_empty());
        }
        assert_eq!(find("nsl-kdd").map(|kind| kind.name), Some("nsl-kdd"));
    }
}
