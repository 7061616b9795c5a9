//! UNSW-NB15 (Moustafa and Slay 2015): the partition of 82,332 flows, one table.

use std::collections::BTreeSet;

use oddbench_core::LabelPolicy;

use super::catalogued::{ANY_CLASS, Catalogued};
use super::keys::{self, NoKeys};
use super::kind::DatasetKind;
use crate::catalog;

pub(super) const KIND: DatasetKind = DatasetKind {
    name: "unsw-nb15",
    summary: "UNSW-NB15, from a mirror",
    synthetic: false,
    own_files: false,
    open: |given, _| {
        let keys: NoKeys = keys::read(given)?;
        let entry = catalog::described("unsw-nb15");
        let set = Catalogued {
            entry,
            files: entry.files.iter().collect(),
            parser_version: "unsw-nb15/1",
            trailing: None,
            // `label` says the same as `attack_cat` with two values; neither is a column of the catalog,
            // and nor is `id`, the number of the row.
            class: "attack_cat",
            class_of: ANY_CLASS,
            class_is: "a class name",
            label_policies: vec![(
                "normal",
                LabelPolicy::InliersAre(BTreeSet::from(["Normal".into()])),
            )],
            remedy: "the file is not UNSW-NB15 as published: delete it and run `oddbench data fetch unsw-nb15`",
        };
        Ok((keys::to_value(&keys), Box::new(set)))
    },
    schema: keys::schema::<NoKeys>,
};
