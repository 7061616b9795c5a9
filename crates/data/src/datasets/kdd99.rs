//! KDD Cup 99 (UCI, 1999): the 10 % file as training table, `corrected` as test table.

use std::collections::BTreeSet;

use oddbench_core::LabelPolicy;

use super::catalogued::Catalogued;
use super::keys::{self, NoKeys};
use super::kind::{DatasetKind, Source};
use crate::catalog::{self, NORMAL};

pub(super) const KIND: DatasetKind = DatasetKind {
    name: "kdd99",
    summary: "KDD Cup 99, fetched",
    synthetic: false,
    own_files: false,
    open: |given, _| {
        let keys: NoKeys = keys::read(given)?;
        Ok((keys::to_value(&keys), Box::new(set())))
    },
    schema: keys::schema::<NoKeys>,
};

/// KDD Cup 99.
pub fn kdd99() -> Source {
    Source::new(&KIND, keys::to_value(&NoKeys {}), Box::new(set()))
}

fn set() -> Catalogued {
    let entry = catalog::kdd99();
    Catalogued {
        entry,
        files: entry.files.iter().collect(),
        parser_version: "kdd99/1",
        trailing: Some(&["class"]),
        class: "class",
        class_of: |label| label.strip_suffix('.').filter(|c| !c.is_empty()).map(str::to_owned),
        class_is: "a class name that ends in a full stop",
        label_policies: vec![
            ("published", published_labels()),
            ("corrected", corrected_labels()),
            ("attacks-are-normal", reversed_labels()),
        ],
        remedy: "the file is not KDD Cup 99 as published: delete it and run `oddbench data fetch kdd99`",
    }
}

/// The study's labels: only the attacks of `training_attack_types` are outliers, so that the 17
/// names which occur in the test table only count as normal traffic.
pub(super) fn published_labels() -> LabelPolicy {
    LabelPolicy::OutliersAre(catalog::kdd99().training_attacks().map(str::to_owned).collect())
}

/// Normal traffic is the inlier, every attack the outlier.
pub(super) fn corrected_labels() -> LabelPolicy {
    LabelPolicy::InliersAre(BTreeSet::from([NORMAL.to_owned()]))
}

/// The deep-learning literature's "KDD99": normal traffic, the minority of the 10 % file, is the anomaly.
fn reversed_labels() -> LabelPolicy {
    LabelPolicy::OutliersAre(BTreeSet::from([NORMAL.to_owned()]))
}
