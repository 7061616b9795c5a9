//! The experiment file: from TOML text to a checked [`Spec`], with errors that show the line, the key
//! and the remedy.
//!
//! `bytes` and `syntax` name what is no text and no TOML. `wire` holds the sections as they are written,
//! `convert` checks them, `overrides` applies the command line, `mend` looks for further faults behind the
//! first one, `locate` finds the line at fault, `schema` describes the file to editors.

mod bytes;
mod convert;
mod error;
mod load;
mod locate;
mod mend;
mod naming;
mod overrides;
mod places;
mod schema;
mod structure;
mod suggest;
mod suite;
mod syntax;
mod wire;

use oddbench_core::Dataset;
use oddbench_core::counts::counted;
use oddbench_core::experiment::{Experiment, Limits, ModelSettings, TransferSettings};
use oddbench_core::record::{self, AnchorSet, MeasuredEpoch, TransferInfo};
use oddbench_core::split::TableName;
use oddbench_data::columns::Remedies;
use oddbench_data::{Cache, DataError, Source};
use oddbench_models::{Backend, Kind};

use crate::executor::SlurmSettings;
use crate::run_error::RunError;

pub use convert::mebibytes;
pub use error::{Place, SourceFile, SpecError};
pub use load::{load, load_file, parse, parse_file};
pub use overrides::Overrides;
pub use schema::json_schema;
pub use suggest::{allowed, kinds_allowed};
pub use suite::{SetSpec, Suite};

pub(crate) use convert::param_fault;
pub(crate) use convert::split as split_section;
pub(crate) use error::Fault;
pub(crate) use locate::{Document, KeyPath};
pub(crate) use naming::MARK as NAME_MARK;
pub(crate) use suggest::kinds_among;

/// A checked experiment file.
#[derive(Debug, Clone, PartialEq)]
pub enum ExperimentFile {
    /// A file with one data set.
    One(Box<Spec>),
    /// A file with several data sets.
    Suite(Suite),
}

/// A checked experiment on one data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// The experiment as manifests keep it.
    pub experiment: Experiment,
    /// Where its rows come from.
    pub source: Source,
    /// The other data set that its models are tried on too.
    pub transfer: Option<OtherSet>,
    /// Its backends.
    pub backends: Vec<Backend>,
    /// The limits of a whole run.
    pub run_limits: Limits,
    /// What tasks of a cluster are given.
    pub slurm: SlurmSettings,
    /// Its published figures.
    pub anchors: Vec<AnchorSet>,
    /// Epochs that were measured elsewhere.
    pub measured_epochs: Vec<MeasuredEpoch>,
    /// The command-line options that changed the file.
    pub overrides: Vec<String>,
    /// Parameters that go by other names here: one line each. They change nothing.
    pub hints: Vec<String>,
    pub(crate) document: Document,
}

impl Spec {
    /// The experiment file as the user named it.
    pub fn path(&self) -> &std::path::Path {
        &self.document.file.path
    }

    /// Its text.
    pub(crate) fn text(&self) -> &str {
        &self.document.file.text
    }

    /// The name that the file gives its results, whatever the command line says.
    pub(crate) fn name_in_file(&self) -> &str {
        &self.document.name
    }

    /// In a file of several data sets, the data set that this belongs to.
    pub(crate) fn set_name(&self) -> Option<&str> {
        self.document.set.as_ref().map(|(_, name)| name.as_str())
    }

    /// Whether a copy of a published data set is another one; which columns of a user's table no model
    /// sees, and why; and what may be wrong with those that models see.
    pub fn told(&self) -> Vec<String> {
        let columns = self.experiment.columns();
        let told = told(&self.source, &columns).into_iter().chain(self.column_of_split());
        told.chain(self.transfer.iter().flat_map(|other| other.told(&columns))).collect()
    }

    /// What to say of the column that the split goes by, if it is therefore no feature.
    fn column_of_split(&self) -> Option<String> {
        let column = self.experiment.split.kind().goes_by()?.column()?;
        let dataset = &self.experiment.dataset;
        let remedy = match dataset.params.contains_key("path") {
            true => format!("keep = [\"{column}\"]"),
            false => "features = [...] that names it".to_owned(),
        };
        (dataset.features == convert::all_but(column)).then(|| {
            format!(
                "the column \"{column}\" is left out: the split goes by it, so its values in the test rows are new to \
                 the models; {remedy} in [dataset] takes it all the same"
            )
        })
    }

    /// Fetches what is missing from the cache and loads every column that some model sees or that the split goes
    /// by, the classes, and the columns that are no features; the rows of another data set too, if the experiment
    /// names one.
    pub fn load(&self, cache: &Cache) -> Result<Dataset, DataError> {
        let info = self.source.info();
        let mut columns = self.experiment.columns();
        let by = self.experiment.split.kind().goes_by().and_then(|by| by.column());
        if let Some(name) = by.filter(|name| columns.iter().all(|column| column != name)) {
            let is_beside = info.beside.iter().any(|beside| beside.name == name);
            columns.extend((!is_beside).then(|| name.to_owned()));
        }
        let dataset = self.source.load(cache, &columns, &info.beside)?;
        let shared = self.experiment.columns();
        let other = self.transfer.as_ref().map(|other| other.source.load_as_one(cache, &shared));
        Ok(Dataset { other: other.transpose()?, ..dataset })
    }

    /// The sources of all its rows.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        [&self.source].into_iter().chain(self.transfer.as_ref().map(|other| &other.source))
    }

    /// Where rows stand in their files. A row without a table is of the other data set.
    pub(crate) fn places(&self, rows: &[(Option<TableName>, usize)]) -> Vec<String> {
        let own: Vec<_> = rows.iter().filter_map(|(table, row)| Some(((*table)?, *row))).collect();
        let others = rows.iter().filter(|(table, _)| table.is_none()).map(|(_, row)| *row);
        let there = self.transfer.as_ref().map(|other| {
            let rows = others.collect::<Vec<_>>();
            let places = other.source.places_in_one(&rows).into_iter();
            places.map(|place| format!("{place} of {}", other.settings.name)).collect::<Vec<_>>()
        });
        let (mut own, mut there) =
            (self.source.places(&own).into_iter(), there.into_iter().flatten());
        let next = |(table, _): &(Option<TableName>, usize)| match table {
            Some(_) => own.next(),
            None => there.next(),
        };
        rows.iter().filter_map(next).collect()
    }

    /// A fold as sentences name it; `None` where the split has no folds.
    pub(crate) fn fold_in_words(&self, fold: Option<u32>) -> Option<String> {
        record::fold_in_words(fold, self.experiment.split.kind().fold_name(fold))
    }

    /// An error about the rows as a whole.
    pub(crate) fn rows_error(&self, error: &impl std::fmt::Display) -> RunError {
        let help = "look at the data set that [dataset] names";
        let fault = Fault::value(&KeyPath::of(&["dataset"]), error.to_string(), help);
        RunError::Rows(Box::new(self.document.error(fault)))
    }
}

/// Another data set that models are tried on, seen through the columns that it shares with the experiment's.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherSet {
    /// As manifests keep it.
    pub settings: TransferSettings,
    /// Where its rows come from.
    pub source: Source,
    /// What is left of the features.
    pub info: TransferInfo,
}

impl OtherSet {
    /// What a reader should know of it.
    fn told(&self, columns: &[String]) -> Vec<String> {
        let TransferInfo { dataset, shared, left_out, left_out_there, .. } = &self.info;
        let mut lines = vec![format!(
            "transfer to {dataset}: models see the {} that both data sets have",
            counted(shared, "column")
        )];
        let mut say = |words: &str, names: &[String]| {
            if !names.is_empty() {
                lines.push(format!(
                    "transfer to {dataset}: left out, {words}: {}",
                    names.join(", ")
                ));
            }
        };
        say("for it has no such column", left_out);
        say("of its own columns", left_out_there);
        let own = told(&self.source, columns).into_iter();
        lines.extend(own.map(|line| format!("transfer to {dataset}: {line}")));
        lines
    }
}

/// The notes about a source whose columns of these names are seen by models.
fn told(source: &Source, columns: &[String]) -> Vec<String> {
    let found = source.judgement().map(|found| found.told_beside(columns, Remedies::Toml));
    source.notes().into_iter().chain(found.unwrap_or_default()).collect()
}

/// Whether a fit of that model sees the labels of training rows.
pub(crate) fn sees_labels(model: &ModelSettings) -> bool {
    match (&model.external, &model.given) {
        (Some(command), _) => command.supervised,
        (None, Some(given)) => given.supervised,
        (None, None) => kind_of(model).supervised,
    }
}

/// The kind of a checked model.
#[expect(clippy::expect_used, reason = "`convert` has looked the name up")]
pub(crate) fn kind_of(model: &ModelSettings) -> &'static Kind {
    oddbench_models::find(&model.kind).expect("a checked kind")
}
