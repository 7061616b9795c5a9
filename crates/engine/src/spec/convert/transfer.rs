//! `[transfer]`: another data set that fitted models are tried on too. Models see the columns that both
//! data sets have, by name and kind.

use std::path::Path;

use oddbench_core::FeatureKind;
use oddbench_core::experiment::{DatasetSettings, ModelSettings, TransferSettings};
use oddbench_core::list::first_of;
use oddbench_core::preprocess::PreprocessSettings;
use oddbench_core::record::TransferInfo;
use oddbench_core::split::SplitSettings;
use oddbench_data::Source;

use super::dataset::{LabelledSource, Opened, labelled};
use super::folder_name;
use crate::spec::OtherSet;
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::wire::WireDataset;

/// A model on fewer columns is of one number.
const LEAST_SHARED: usize = 2;

/// Columns that a message names at most.
const MOST_NAMED: usize = 40;

/// A data set that may share columns with the experiment's.
pub(super) struct Other {
    name: String,
    set: LabelledSource,
}

fn section() -> KeyPath {
    KeyPath::of(&["transfer"])
}

/// Reads the section.
pub(super) fn other(
    wire: Option<WireDataset>,
    base: &Path,
    opened: &Opened,
) -> Result<Option<Other>, Fault> {
    let Some(wire) = wire else { return Ok(None) };
    let section = section();
    if wire.features.is_some() {
        return Err(Fault::name(
            &section.key("features"),
            "the features are those of [dataset] that both data sets have",
            "remove this key; dataset.features chooses among the columns",
        ));
    }
    let set = labelled(&section, &wire, base, opened)?;
    let name = match wire.name {
        Some(name) => {
            folder_name(&section.key("name"), &name)?;
            name
        }
        None => default_name(&set.source),
    };
    Ok(Some(Other { name, set }))
}

/// The key `set`; the name of the user's own file; or the kind.
fn default_name(source: &Source) -> String {
    let text = |key: &str| source.params().get(key).and_then(|value| value.as_str());
    let file = text("path").filter(|_| source.kind().own_files).map(Path::new);
    let stem = file.and_then(Path::file_stem).and_then(std::ffi::OsStr::to_str);
    text("set").or(stem).unwrap_or_else(|| source.kind().short_name()).to_owned()
}

impl Other {
    /// Whether a split leaves one fitted model, and no other rows to transfer to.
    pub(super) fn suits(&self, split: &SplitSettings) -> Result<(), Fault> {
        if split.kind().transfers() {
            return Err(Fault::name(
                &KeyPath::of(&["split", "transfer"]),
                "there is a [transfer] section too, and a trial has one set of transfer rows",
                "remove this key, or the section",
            ));
        }
        if split.kind().folds() != [None] {
            return Err(Fault::name(
                &section(),
                format!(
                    "transfer rows are scored by the models of one split, and each fold of {} has models of its own",
                    split.name()
                ),
                "remove the section, or use a split without folds, such as kind = \"holdout\" without repeats",
            ));
        }
        Ok(())
    }

    /// Takes the columns that the other data set lacks from every view of the rows.
    pub(super) fn share(
        self,
        (dataset, source): (&mut DatasetSettings, &Source),
        models: &mut [ModelSettings],
        preprocess: PreprocessSettings,
    ) -> Result<OtherSet, Fault> {
        let Self { name, set: LabelledSource { source: there, labels, policy } } = self;
        let (ours, theirs) = (source.info().columns, there.info().columns);
        let own = Set { name: source.kind().short_name(), columns: &ours };
        let other = Set { name: &name, columns: &theirs };
        let wanted = wanted(dataset, models);
        own.narrow(&section(), &mut dataset.features, &mut dataset.columns, other)?;
        for (at, model) in models.iter_mut().enumerate() {
            let Some(view) = &mut model.view else { continue };
            let key = KeyPath::of(&["model"]).index(at).key("features");
            own.narrow(&key, &mut view.features, &mut view.columns, other)?;
            if view.columns == dataset.columns && view.preprocess == preprocess {
                model.view = None;
            }
        }
        let (_, features) = super::dataset::features(&section(), None, &there)?;
        let lacking = wanted.iter().filter(|column| !own.shares(column, other));
        let seen = |column: &String| wanted.contains(column) && own.shares(column, other);
        let unused = features.iter().filter(|column| !seen(column));
        let info = TransferInfo {
            dataset: name.clone(),
            digest: there.digest(),
            labels: labels.clone(),
            shared: dataset.columns.len(),
            left_out: lacking.map(|column| own.in_words(column, other)).collect(),
            left_out_there: unused.map(|column| other.in_words(column, own)).collect(),
        };
        let params = there.params().as_object().cloned().unwrap_or_default();
        let kind = there.kind().name.to_owned();
        let settings = TransferSettings { name, kind, labels, policy, params };
        Ok(OtherSet { settings, source: there, info })
    }
}

/// Every column that some model would see.
fn wanted(dataset: &DatasetSettings, models: &[ModelSettings]) -> Vec<String> {
    let mut wanted = dataset.columns.clone();
    for column in models.iter().filter_map(|model| model.view.as_ref()).flat_map(|v| &v.columns) {
        if !wanted.contains(column) {
            wanted.push(column.clone());
        }
    }
    wanted
}

/// What is known about one of the two data sets.
#[derive(Clone, Copy)]
struct Set<'a> {
    /// What messages call it.
    name: &'a str,
    /// The columns that can be features.
    columns: &'a [(String, FeatureKind)],
}

impl Set<'_> {
    fn kind_of(self, column: &str) -> Option<FeatureKind> {
        self.columns.iter().find(|(name, _)| name == column).map(|(_, kind)| *kind)
    }

    /// Whether both have this column, by name and kind.
    fn shares(self, column: &str, other: Set<'_>) -> bool {
        self.kind_of(column) == other.kind_of(column)
    }

    /// Leaves the shared ones of some columns, and says so in the name of the feature set.
    fn narrow(
        self,
        key: &KeyPath,
        features: &mut String,
        columns: &mut Vec<String>,
        other: Set<'_>,
    ) -> Result<(), Fault> {
        let listed = *features == columns.join(",");
        let wanted = columns.len();
        columns.retain(|column| self.shares(column, other));
        if columns.len() < LEAST_SHARED {
            return Err(self.too_few(key, columns, other));
        }
        if columns.len() < wanted {
            *features = match listed {
                true => columns.join(","),
                false => format!("{features} shared with {}", other.name),
            };
        }
        Ok(())
    }

    /// One of its columns, and why it is no column of the other data set if that has a column of this name.
    fn in_words(self, column: &str, other: Set<'_>) -> String {
        let word = |kind| match kind {
            FeatureKind::Numeric => "numbers",
            FeatureKind::Categorical => "categories",
        };
        match (self.kind_of(column), other.kind_of(column)) {
            (Some(here), Some(there)) if here != there => format!(
                "{column:?} ({} in {}, {} in {})",
                word(here),
                self.name,
                word(there),
                other.name
            ),
            _ => format!("{column:?}"),
        }
    }

    fn too_few(self, key: &KeyPath, shared: &[String], other: Set<'_>) -> Fault {
        let shared = match shared {
            [] => "no column".to_owned(),
            columns => format!("one column only ({})", columns.join(", ")),
        };
        let listed = |set: Set<'_>| {
            let names: Vec<&str> = set.columns.iter().map(|(name, _)| name.as_str()).collect();
            format!("columns of {}: {}", set.name, first_of(&names, MOST_NAMED))
        };
        let message =
            format!("models would see {shared}: the data sets share too few, by name and kind");
        let help = format!(
            "{}; {}; rename columns, or change their kinds (categorical = [...])",
            listed(self),
            listed(other)
        );
        Fault::value(key, message, help)
    }
}
