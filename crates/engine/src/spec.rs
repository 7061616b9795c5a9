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
mod overrides;
mod places;
mod schema;
mod structure;
mod suggest;
mod suite;
mod syntax;
mod wire;

use oddbench_core::Dataset;
use oddbench_core::experiment::{Experiment, ModelSettings};
use oddbench_core::record::{self, AnchorSet};
use oddbench_data::{Cache, DataError, Source};
use oddbench_models::{Backend, Kind};

use crate::run_error::RunError;

pub use error::{Place, SourceFile, SpecError};
pub use load::{load, load_file, parse, parse_file};
pub use overrides::Overrides;
pub use schema::json_schema;
pub use suite::{SetSpec, Suite};

pub(crate) use convert::param_fault;
pub(crate) use convert::split as split_section;
pub(crate) use error::Fault;
pub(crate) use locate::{Document, KeyPath};

/// A checked experiment file.
#[derive(Debug, Clone, PartialEq)]
pub enum ExperimentFile {
    /// Of one data set.
    One(Box<Spec>),
    /// Of several.
    Suite(Suite),
}

/// A checked experiment on one data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// The experiment as manifests keep it.
    pub experiment: Experiment,
    /// Where its rows come from.
    pub source: Source,
    /// Its backends.
    pub backends: Vec<Backend>,
    /// Its published figures.
    pub anchors: Vec<AnchorSet>,
    /// The command-line options that changed the file.
    pub overrides: Vec<String>,
    pub(crate) document: Document,
}

impl Spec {
    /// The experiment file as the user named it.
    pub fn path(&self) -> &std::path::Path {
        &self.document.file.path
    }

    /// Whether a copy of a published data set is another one; which columns of a table of one's own no model
    /// sees, and why; and what may be wrong with those that models see.
    pub fn told(&self) -> Vec<String> {
        let columns = self.experiment.columns();
        let found = self.source.judgement().map(|found| found.told_beside(&columns));
        self.source.notes().into_iter().chain(found.unwrap_or_default()).collect()
    }

    /// Fetches what is missing from the cache and loads every column that some model sees or that the split goes
    /// by, the classes, and the columns that are no features.
    pub fn load(&self, cache: &Cache) -> Result<Dataset, DataError> {
        let info = self.source.info();
        let mut columns = self.experiment.columns();
        let by = self.experiment.split.kind().goes_by().and_then(|by| by.column());
        if let Some(name) = by.filter(|name| columns.iter().all(|column| column != name)) {
            let is_beside = info.beside.iter().any(|beside| beside.name == name);
            columns.extend((!is_beside).then(|| name.to_owned()));
        }
        self.source.load(cache, &columns, &info.beside)
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

/// The kind of a checked model.
#[expect(clippy::expect_used, reason = "`convert` has looked the name up")]
pub(crate) fn kind_of(model: &ModelSettings) -> &'static Kind {
    oddbench_models::find(&model.kind).expect("a checked kind")
}
