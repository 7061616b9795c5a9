//! Which rows train, validate and test. Pure and seeded: the same labels give the same split.
//!
//! This is the registry of splits: a split is one file in `split/` and one line here.

mod dealing;
pub mod exported;
pub mod row_id;
mod shares;
mod tables;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::counts::{agreed, counted};
use crate::keys::{DefaultValue, Described, Entry, Key, KeyFault, Values};

pub use shares::Duplicates;
pub use tables::{DataTables, SplitTables, TableRows};

/// Which table of a data set a part's rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableName {
    /// The training table (the only one, for data sets of one table).
    Train,
    /// The separate test table.
    Test,
}

impl TableName {
    /// As files have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Test => "test",
        }
    }
}

/// Some rows of one table, in an order that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The table.
    pub table: TableName,
    /// Row numbers from 0.
    pub rows: Vec<usize>,
}

/// The three parts; no row is in two of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Rows to fit on.
    pub train: Part,
    /// Rows to tune on.
    pub validation: Part,
    /// Rows that figures are computed on.
    pub test: Part,
}

/// Which tables the rows of the validation and of the test part come from. Training rows are of the
/// training table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartTables {
    /// Table of the validation rows.
    pub validation: TableName,
    /// Table of the test rows.
    pub test: TableName,
}

/// The training rows that a model is fitted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrainOn {
    /// Inliers only (unsupervised).
    Inliers,
    /// All of them (supervised).
    All,
}

/// Why a split could not be made.
#[derive(Debug, Error, PartialEq)]
pub enum SplitError {
    /// Too few rows of one label.
    #[error("the {split} split needs {needed} {what}, there are {found}")]
    TooFew {
        /// The split as the experiment file names it.
        split: &'static str,
        /// `rows`, `inliers` or `outliers`, and of which part.
        what: &'static str,
        /// How many it needs.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// The data set lacks a test table.
    #[error("the {split} split needs a separate test table, which this data set does not have")]
    NoTestTable {
        /// The split as the experiment file names it.
        split: &'static str,
    },
    /// A key asks what the rows do not allow.
    #[error("{}", .0.message)]
    Key(KeyFault),
    /// Usable rows lack a value of the column that the split goes by.
    #[error("{} {} no value of {column}", counted(*count, "row"), agreed(*count, "has", "have"))]
    MissingValues {
        /// The column.
        column: String,
        /// The table.
        table: TableName,
        /// How many rows.
        count: usize,
        /// The first of them: row numbers in the table, from 0.
        first: Vec<usize>,
    },
}

impl From<KeyFault> for SplitError {
    fn from(fault: KeyFault) -> Self {
        Self::Key(fault)
    }
}

/// What a split uses in addition to labels and chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoesBy<'a> {
    /// The order of a column's values; `None`: the order of the rows in the file.
    Order(Option<&'a str>),
    /// The groups of a column, or the days of a column of times.
    Groups {
        /// The column.
        column: &'a str,
        /// Whether the groups are days.
        days: bool,
    },
}

impl<'a> GoesBy<'a> {
    /// The column, feature or not.
    pub fn column(self) -> Option<&'a str> {
        match self {
            Self::Order(column) => column,
            Self::Groups { column, .. } => Some(column),
        }
    }
}

/// A kind of split, with its settings. The type's fields are its keys.
pub trait SplitKind {
    /// Checks what one key alone cannot show, and that the data set has what the split needs. Fills in what
    /// is left out and follows from the data set.
    fn complete(&mut self, data: &DataTables<'_>) -> Result<(), KeyFault>;

    /// Draws the rows: positions among the usable rows of a table. `fold` is from 1 where there are folds.
    fn draw(&self, tables: &SplitTables<'_>, fold: Option<u32>) -> Result<Split, SplitError>;

    /// Where the rows come from.
    fn tables(&self) -> PartTables {
        PartTables { validation: TableName::Train, test: TableName::Train }
    }

    /// Whether there are outliers among the training rows.
    fn trains_on_outliers(&self) -> bool;

    /// Whether there are rows to tune on that are not tested on.
    fn has_validation(&self) -> bool;

    /// How it gets rows to tune on, where it has none.
    fn to_validate(&self) -> &'static str {
        "set split.validation above 0, such as validation = 0.2"
    }

    /// The numbers of the folds, from 1. Each fold is one split. A split without folds gives one `None`.
    fn folds(&self) -> Vec<Option<u32>> {
        vec![None]
    }

    /// The name of a fold, if it has one: the family of attacks that it leaves out. The name stands in the settings. It
    /// decides the rows of the fold, and the number does not.
    fn fold_name(&self, _fold: Option<u32>) -> Option<&str> {
        None
    }

    /// Keeps of the settings what decides one fold's rows beside its number; addresses of trials are made
    /// from it.
    fn narrow(&mut self, _fold: Option<u32>) {}

    /// What it goes by beside labels and chance.
    fn goes_by(&self) -> Option<GoesBy<'_>> {
        None
    }

    /// Whether rows of equal features are drawn for one part together.
    fn keeps_duplicates_together(&self) -> bool {
        false
    }

    /// Whether every row of the separate test table is scored too.
    fn transfers(&self) -> bool {
        false
    }
}

macro_rules! splits {
    ($($file:ident { $($name:literal => $Kind:ident),+ })+) => {
        $(mod $file; pub use $file::{$($Kind),+};)+

        /// `[split]`, resolved.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        pub enum SplitSettings {
            $($(
                #[doc = concat!("`", $name, "`")]
                #[serde(rename = $name)]
                $Kind($Kind),
            )+)+
        }

        /// Every split, in the order of the documents.
        pub const SPLITS: &[Entry] = &[$($(Entry::of::<$Kind>($name),)+)+];

        impl SplitSettings {
            /// The name as the file has it.
            pub fn name(&self) -> &'static str {
                match self { $($(Self::$Kind(_) => $name,)+)+ }
            }

            /// What the split does.
            pub fn kind(&self) -> &dyn SplitKind {
                match self { $($(Self::$Kind(kind) => kind,)+)+ }
            }

            fn kind_mut(&mut self) -> &mut dyn SplitKind {
                match self { $($(Self::$Kind(kind) => kind,)+)+ }
            }
        }
    };
}

splits! {
    published { "published-8020" => Published8020, "published-9010" => Published9010, "published-all" => PublishedAll }
    holdout { "holdout" => Holdout }
    k_fold { "k-fold" => KFold }
    predefined { "predefined" => Predefined }
    by_time { "time" => ByTime }
    by_group { "group" => ByGroup }
    leave_out { "leave-out" => LeaveOut }
    imported { "imported" => Imported }
}

impl SplitSettings {
    /// Checks what one key alone cannot show, and fills in what follows from the data set.
    pub fn complete(&mut self, data: &DataTables<'_>) -> Result<(), KeyFault> {
        self.kind_mut().complete(data)
    }

    /// The settings that, with its number, decide the rows of one fold.
    pub fn of_fold(&self, fold: Option<u32>) -> Self {
        let mut narrowed = self.clone();
        narrowed.kind_mut().narrow(fold);
        narrowed
    }
}

pub use by_group::{Groups, group_name};
pub use by_time::Cut;
pub use holdout::holdout;
pub use k_fold::k_fold;
pub use predefined::predefined;
pub use published::{Published, published};

/// The key `validation`; each split says which rows it is a share of.
const fn validation(meaning: &'static str) -> Key {
    let default = DefaultValue::Number(0.2);
    Key { name: "validation", values: Values::ShareOrZero, default, meaning }
}

const SEED: Key = Key {
    name: "seed",
    values: Values::Whole { min: 0, max: u32::MAX as u64, unit: "" },
    default: DefaultValue::Whole(1),
    meaning: "Seed of the shuffle",
};

const TRAIN_ON: Key = Key {
    name: "train_on",
    values: Values::OneOf(&["inliers", "all"]),
    default: DefaultValue::Word("inliers"),
    meaning: "Train on `inliers` only, or on `all` training rows",
};

/// The parts of one table from test, validation and training rows, inliers and outliers apart. Rows of a part
/// are in the order of the table.
fn of_training_table(
    split: &'static str,
    labels: &[bool],
    parts: Vec<[Vec<usize>; 2]>,
    train_on: TrainOn,
) -> Result<Split, SplitError> {
    let mut parts = parts.into_iter();
    let mut next = |keep| parts.next().map_or_else(Vec::new, |part| kept(part, keep));
    let (test, validation, train) = (next(TrainOn::All), next(TrainOn::All), next(train_on));
    check_parts(split, labels, &train, &test)?;
    let part = |rows| Part { table: TableName::Train, rows };
    Ok(Split { train: part(train), validation: part(validation), test: part(test) })
}

/// The rows of a part in the order of the table, without outliers where inliers alone are wanted.
fn kept([inliers, outliers]: [Vec<usize>; 2], keep: TrainOn) -> Vec<usize> {
    let mut rows = inliers;
    rows.extend(outliers.into_iter().filter(|_| keep == TrainOn::All));
    rows.sort_unstable();
    rows
}

/// A model needs inliers to learn from and rows to score. Test rows of one class alone are scored as
/// well: then the metrics that compare the classes are undefined.
fn check_parts(
    split: &'static str,
    labels: &[bool],
    train: &[usize],
    test: &[usize],
) -> Result<(), SplitError> {
    let inliers = train.iter().filter(|&&row| !labels[row]).count();
    for (what, found) in [("training inliers", inliers), ("test rows", test.len())] {
        if found == 0 {
            return Err(SplitError::TooFew { split, what, needed: 1, found });
        }
    }
    Ok(())
}
