//! The labels of an experiment's tables, and the splits that follow from them.

use std::ops::Range;
use std::sync::Arc;

use oddbench_core::experiment::{Experiment, View};
use oddbench_core::preprocess::{
    Infinite, Missing, PreprocessError, Preprocessor, UnseenCell, complete_rows,
};
use oddbench_core::split::exported::{ExportedPart, ExportedParts};
use oddbench_core::split::{
    Part, Split, SplitError, SplitSettings, SplitTables, TableName, TableRows,
};
use oddbench_core::{Classes, Column, Dataset, LabelPolicy, Matrix, Table};
use oddbench_data::audit::{Rows, feature_vectors};
use oddbench_data::{DataError, SourceInfo, split_file};
use thiserror::Error;

use crate::spec::Spec;

/// Why the rows could not be prepared.
#[derive(Debug, Error)]
pub enum PrepareError {
    /// The data set is not available. Exit code 3.
    #[error(transparent)]
    Data(#[from] DataError),
    /// It cannot be split as the experiment asks. Exit code 2.
    #[error("split: {0}")]
    Split(#[from] SplitError),
    /// It cannot be preprocessed as the experiment asks. Exit code 2.
    #[error("preprocess: {0}")]
    Preprocess(#[from] PreprocessError),
    /// The rows cannot be used as they are. Exit code 2.
    #[error("{0}")]
    Rows(String),
}

/// Rows that are scored, with everything that is known about them.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredRows<X = Matrix> {
    /// The rows, preprocessed.
    pub x: X,
    /// Where they hold what training never saw.
    pub unseen: Vec<UnseenCell>,
    /// The row number in the source table, from 0.
    pub rows: Arc<[u32]>,
    /// The class of each row.
    pub classes: Arc<Classes>,
    /// `true` for an outlier.
    pub labels: Arc<[bool]>,
    /// The time of each row, NaN where it is missing; `None` where the data set has no column of times.
    pub times: Option<Arc<[f64]>>,
}

/// A table with a label per row and the rows that may be used.
pub(crate) struct Labelled<'a> {
    /// The table.
    pub(crate) table: &'a Table,
    /// The class of each row.
    pub(crate) classes: &'a Classes,
    /// `true` for an outlier under the label policy.
    labels: Vec<bool>,
    /// Rows without missing values if the rule drops rows with gaps, else all rows.
    usable: Vec<usize>,
    /// The labels of those.
    usable_labels: Vec<bool>,
    /// The family of each class name.
    families: Vec<String>,
    /// The time of each row, where the data set has times.
    times: Option<&'a [f64]>,
}

impl<'a> Labelled<'a> {
    fn new(
        table: &'a Table,
        policy: &LabelPolicy,
        spec: &Spec,
        info: &SourceInfo,
    ) -> Result<Self, PrepareError> {
        let classes = table.classes.as_ref().ok_or_else(|| {
            PrepareError::Rows("the rows have no classes, so they cannot be evaluated".into())
        })?;
        let labels = policy.labels(classes);
        let usable: Vec<usize> = match spec.experiment.preprocess.missing {
            Missing::DropRow => {
                let Experiment { dataset, preprocess, .. } = &spec.experiment;
                complete_rows(table, &dataset.columns, preprocess.infinite)
            }
            Missing::Error | Missing::Median => (0..table.rows()).collect(),
        };
        let usable_labels = usable.iter().map(|&row| labels[row]).collect();
        let families = classes.names.iter().map(|class| info.family(class).to_owned()).collect();
        let times = info.time.as_deref().and_then(|name| match table.beside(name)? {
            Column::Numeric(times) => Some(times.as_slice()),
            Column::Categorical { .. } => None,
        });
        Ok(Self { table, classes, labels, usable, usable_labels, families, times })
    }

    /// What a split may know of the rows.
    fn known<'s>(&'s self, vectors: Option<&'s Vec<u32>>) -> TableRows<'s> {
        TableRows {
            table: self.table,
            usable: &self.usable,
            labels: &self.usable_labels,
            families: &self.families,
            vectors: vectors.map(Vec::as_slice),
        }
    }

    pub(crate) fn labels_of(&self, rows: &[usize]) -> Vec<bool> {
        rows.iter().map(|&row| self.labels[row]).collect()
    }

    /// An error about gaps names the gaps of the whole table, so that one message is enough to mend it.
    pub(crate) fn all_gaps(&self, error: PreprocessError, view: &View) -> PreprocessError {
        error.of_all(self.table, &self.usable, &view.columns, view.preprocess)
    }

    /// What is known about the given rows, which a model with that view will see.
    pub(crate) fn scored<'r>(
        &'r self,
        preprocessor: &Preprocessor,
        rows: &'r [usize],
        view: &'r View,
    ) -> Result<ScoredRows<RawRows<'r>>, PrepareError> {
        let gaps = |error| self.all_gaps(error, view);
        let numbers: Result<Arc<[u32]>, _> = rows.iter().map(|&row| u32::try_from(row)).collect();
        Ok(ScoredRows {
            unseen: preprocessor.unseen(self.table, rows).map_err(gaps)?,
            x: RawRows { of: self, rows, view },
            rows: numbers
                .map_err(|_| PrepareError::Rows("there are more than 2^32 rows".into()))?,
            classes: self.classes.select(rows).into(),
            labels: self.labels_of(rows).into(),
            times: self.times.map(|times| rows.iter().map(|&row| times[row]).collect()),
        })
    }
}

/// Rows of a table before they are encoded.
#[derive(Clone, Copy)]
pub(crate) struct RawRows<'a> {
    pub(crate) of: &'a Labelled<'a>,
    /// Their numbers in the table.
    pub(crate) rows: &'a [usize],
    pub(crate) view: &'a View,
}

impl RawRows<'_> {
    /// Some of them as models see them, by their positions.
    pub(crate) fn encode(
        &self,
        preprocessor: &Preprocessor,
        positions: Range<usize>,
    ) -> Result<Matrix, PrepareError> {
        let encoded = preprocessor.transform(self.of.table, &self.rows[positions]);
        Ok(encoded.map_err(|error| self.of.all_gaps(error, self.view))?)
    }
}

/// The labelled tables of a data set.
pub(crate) struct LabelledTables<'a> {
    train: Labelled<'a>,
    test: Option<Labelled<'a>>,
    /// The digest of the data set.
    digest: String,
    /// Which usable rows have equal features, of the training and the test table, if the split asks for it.
    vectors: Option<Vec<Vec<u32>>>,
    /// The rows of another data set that models are tried on too.
    other: Option<Labelled<'a>>,
}

impl<'a> LabelledTables<'a> {
    /// Labels every row by the experiment's policy.
    pub(crate) fn new(dataset: &'a Dataset, spec: &Spec) -> Result<Self, PrepareError> {
        let info = spec.source.info();
        let own = |table| Labelled::new(table, &spec.experiment.dataset.policy, spec, &info);
        let train = own(&dataset.train)?;
        let test = dataset.test.as_ref().map(own).transpose()?;
        let other = spec.transfer.as_ref().zip(dataset.other.as_ref()).map(|(other, table)| {
            Labelled::new(table, &other.settings.policy, spec, &other.source.info())
        });
        let together = spec.experiment.split.kind().keeps_duplicates_together();
        let vectors = together.then(|| {
            let tables = [Some(&train), test.as_ref()].into_iter().flatten();
            let rows: Vec<Rows<'_>> =
                tables.map(|of| Rows { table: of.table, rows: &of.usable }).collect();
            feature_vectors(&rows, &spec.experiment.dataset.columns)
        });
        let digest = spec.source.digest();
        Ok(Self { train, test, other: other.transpose()?, digest, vectors })
    }

    /// Columns of a view whose infinite values count as missing, with the rows that have one.
    pub(crate) fn infinite(&self, view: &View) -> Vec<(String, usize)> {
        if view.preprocess.infinite == Infinite::Error {
            return Vec::new();
        }
        let rows = |name: &String| {
            let tables = [Some(&self.train), self.test.as_ref(), self.other.as_ref()];
            let tables = tables.into_iter().flatten();
            let columns = tables.filter_map(|labelled| labelled.table.column(name));
            let counts = columns.map(|column| match column {
                Column::Numeric(values) => values.iter().filter(|v| v.is_infinite()).count(),
                Column::Categorical { .. } => 0,
            });
            counts.sum::<usize>()
        };
        let counted = view.columns.iter().map(|name| (name.clone(), rows(name)));
        counted.filter(|(_, rows)| *rows > 0).collect()
    }

    /// The table that a part's rows come from; for transfer rows there is [`Self::of_transfer`].
    pub(crate) fn of(&self, part: &Part) -> &Labelled<'a> {
        match (part.table, &self.test) {
            (TableName::Test, Some(test)) => test,
            _ => &self.train,
        }
    }

    /// The table that transfer rows come from.
    pub(crate) fn of_transfer(&self) -> &Labelled<'a> {
        self.other.as_ref().or(self.test.as_ref()).unwrap_or(&self.train)
    }

    /// Splits the usable rows and gives them their numbers in the source tables.
    pub(crate) fn split(
        &self,
        settings: &SplitSettings,
        fold: Option<u32>,
    ) -> Result<SplitRows, PrepareError> {
        let vectors = |table: usize| self.vectors.as_ref().and_then(|all| all.get(table));
        let tables = SplitTables {
            train: self.train.known(vectors(0)),
            test: self.test.as_ref().map(|test| test.known(vectors(1))),
        };
        let Split { train, validation, test } = settings.kind().draw(&tables, fold)?;
        let in_table = |part: Part| {
            let usable = &self.of(&part).usable;
            Part { table: part.table, rows: part.rows.iter().map(|&row| usable[row]).collect() }
        };
        let [train, validation, test] = [train, validation, test].map(in_table);
        let transfer = settings.kind().transfers() || self.other.is_some();
        let transfer = transfer.then(|| self.transfer()).transpose()?;
        let fingerprint = String::new();
        let mut rows = SplitRows { train, validation, test, transfer, fingerprint };
        rows.fingerprint = split_file::fingerprint(&rows.exported(self), &self.digest);
        Ok(rows)
    }

    /// Every usable row of the other data set, or of the test table.
    fn transfer(&self) -> Result<Vec<usize>, PrepareError> {
        let (table, name) = match (&self.other, &self.test) {
            (Some(other), _) => (other, "other data set"),
            (None, Some(test)) => (test, "test table"),
            (None, None) => return Err(SplitError::NoTestTable { split: "transfer" }.into()),
        };
        match table.usable.is_empty() {
            true => Err(PrepareError::Rows(format!("the {name} has no rows to transfer to"))),
            false => Ok(table.usable.clone()),
        }
    }
}

/// The rows of each part, by their numbers in the source tables.
pub(crate) struct SplitRows {
    /// SHA-256 of tables, rows and labels of the three parts.
    pub(crate) fingerprint: String,
    /// Rows to fit on.
    pub(crate) train: Part,
    /// Rows to tune on.
    pub(crate) validation: Part,
    /// Rows that figures are computed on.
    pub(crate) test: Part,
    /// Rows of the separate test table or of another data set, if the experiment scores them beside its own
    /// test rows.
    pub(crate) transfer: Option<Vec<usize>>,
}

/// One part of a split with the table that its rows are of.
pub(crate) struct NamedPart<'t, 'a> {
    /// `train`, `validation`, `test` or `transfer`.
    pub(crate) name: &'static str,
    /// The table.
    pub(crate) table: &'t Labelled<'a>,
    /// Which table it is; `None`: a table of another data set.
    pub(crate) of: Option<TableName>,
    /// Row numbers there, from 0.
    pub(crate) rows: &'t [usize],
}

impl SplitRows {
    /// The parts but for transfer rows, with their labels.
    pub(crate) fn exported(&self, tables: &LabelledTables<'_>) -> ExportedParts {
        let part = |part: &Part| {
            let table = tables.of(part);
            ExportedPart::new(part, |row| table.labels[row])
        };
        ExportedParts {
            train: part(&self.train),
            validation: part(&self.validation),
            test: part(&self.test),
        }
    }

    /// Every part, in the order of tables.
    pub(crate) fn parts<'t, 'a>(
        &'t self,
        tables: &'t LabelledTables<'a>,
    ) -> Vec<NamedPart<'t, 'a>> {
        let own = [("train", &self.train), ("validation", &self.validation), ("test", &self.test)];
        let own = own.map(|(name, part)| NamedPart {
            name,
            table: tables.of(part),
            of: Some(part.table),
            rows: &part.rows,
        });
        let transfer = self.transfer.as_ref().map(|rows| NamedPart {
            name: "transfer",
            table: tables.of_transfer(),
            of: tables.other.is_none().then_some(TableName::Test),
            rows,
        });
        own.into_iter().chain(transfer).collect()
    }
}
