//! `imported`: the rows of a split that was exported, or made elsewhere.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::exported::{ExportedPart, ExportedSplit};
use super::{
    DataTables, DefaultValue, Described, Key, KeyFault, PartTables, Split, SplitError, SplitKind,
    SplitTables, TableName, TableRows, Values,
};
use crate::counts::counted;

/// The rows that a file names. The content of the file is known once [`Imported::take`] has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imported {
    /// The path of the file as the experiment names it; empty where only the rows matter.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// The fingerprint of the rows, their tables and their labels.
    #[serde(default)]
    pub fingerprint: String,
    /// The table of the validation rows.
    #[serde(default = "train")]
    pub validation: TableName,
    /// The table of the test rows.
    #[serde(default = "train")]
    pub test: TableName,
    /// Whether there are validation rows.
    #[serde(default)]
    pub validates: bool,
    /// Whether there are outliers among the training rows.
    #[serde(default)]
    pub trains_on_outliers: bool,
    /// What the file says; `None` in a manifest.
    #[serde(skip)]
    pub content: Option<Arc<ExportedSplit>>,
}

fn train() -> TableName {
    TableName::Train
}

impl Described for Imported {
    const SUMMARY: &'static str =
        "The rows of a file that `oddbench data export` or a program of yours wrote.";
    const KEYS: &'static [Key] = &[Key {
        name: "file",
        values: Values::Text,
        default: DefaultValue::Required("file = \"split.json\""),
        meaning: "The path of the file, relative to the experiment file",
    }];
}

const EXPORT_AGAIN: &str = "import the split into the experiment's data set with the same files, reading keys and \
    label policy, or export it again: oddbench data export --experiment FILE OUT";

impl Imported {
    /// Takes what the file says, if it is about data of that digest.
    pub fn take(&mut self, content: ExportedSplit, digest: &str) -> Result<(), KeyFault> {
        content.parts.check()?;
        if content.data.digest != digest {
            let message = format!(
                "the split is of other data: it is of {} with the digest {}, and the experiment's data has {}",
                content.data.dataset,
                shortened(&content.data.digest),
                shortened(digest)
            );
            return Err(KeyFault::at("file", message, EXPORT_AGAIN));
        }
        let parts = &content.parts;
        self.fingerprint.clone_from(&content.fingerprint);
        (self.validation, self.test) = (parts.validation.table, parts.test.table);
        self.validates = !parts.validation.rows.is_empty();
        self.trains_on_outliers = parts.train.has_outliers();
        self.content = Some(Arc::new(content));
        Ok(())
    }
}

/// The first digits of a digest.
fn shortened(digest: &str) -> String {
    let mut short: String = digest.chars().take(12).collect();
    if short.len() < digest.len() {
        short.push('…');
    }
    short
}

impl SplitKind for Imported {
    fn complete(&mut self, data: &DataTables<'_>) -> Result<(), KeyFault> {
        let Some(content) = &self.content else { return Ok(()) };
        let of_test = content.parts.named().into_iter();
        let of_test =
            of_test.filter(|(_, part)| part.table == TableName::Test).map(|(name, _)| name);
        match of_test.collect::<Vec<_>>().as_slice() {
            ["train", ..] => Err(KeyFault::at(
                "file",
                "the rows of the train part are of the test table",
                "training rows are of the training table: export or write the split again",
            )),
            [name, ..] if !data.has_test => Err(KeyFault::at(
                "file",
                format!("the {name} rows are of a test table, which {} does not have", data.kind),
                EXPORT_AGAIN,
            )),
            _ => Ok(()),
        }
    }

    fn draw(&self, tables: &SplitTables<'_>, _: Option<u32>) -> Result<Split, SplitError> {
        let content = self.content.as_ref().ok_or_else(|| {
            KeyFault::at("file", "the split has not been read", "run the experiment from its file")
        })?;
        for (name, part) in content.parts.named() {
            agrees(name, part, tables.of(part.table))?;
        }
        let mut split = content.parts.split();
        for part in [&mut split.train, &mut split.validation, &mut split.test] {
            let usable = tables.of(part.table).usable;
            let position = |row: &usize| usable.binary_search(row).ok();
            part.rows = part.rows.iter().filter_map(position).collect();
        }
        Ok(split)
    }

    fn tables(&self) -> PartTables {
        PartTables { validation: self.validation, test: self.test }
    }

    fn trains_on_outliers(&self) -> bool {
        self.trains_on_outliers
    }

    fn has_validation(&self) -> bool {
        self.validates
    }

    fn to_validate(&self) -> &'static str {
        "import a split that has validation rows"
    }

    fn narrow(&mut self, _: Option<u32>) {
        // Where the file lies decides no row.
        self.file.clear();
    }
}

/// Every row of a part is there, may be used, and has the label that the file says.
fn agrees(name: &str, part: &ExportedPart, table: &TableRows<'_>) -> Result<(), KeyFault> {
    let rows = table.table.rows();
    let wrong = |message: String, help: &str| Err(KeyFault::at("file", message, help));
    let of = part.table.name();
    if let Some(row) = part.rows.iter().find(|row| **row >= rows) {
        let message = format!(
            "row {row} of the {name} part is not there: the {of} table has {}",
            counted(rows, "row")
        );
        return wrong(message, EXPORT_AGAIN);
    }
    let (mut differ, mut first) = (0, None);
    for (&row, &label) in part.rows.iter().zip(&part.labels) {
        let Ok(position) = table.usable.binary_search(&row) else {
            return wrong(
                format!(
                    "row {row} of the {name} part has a missing value, and preprocess.missing drops such rows"
                ),
                "set missing = \"median\" in [preprocess], or export the split again under this rule",
            );
        };
        if table.labels[position] != (label == 1) {
            differ += 1;
            first = first.or(Some((row, label)));
        }
    }
    let Some((row, label)) = first else { return Ok(()) };
    let word = |outlier: bool| if outlier { "an outlier" } else { "an inlier" };
    let class = table.table.classes.as_ref().map_or("", |classes| classes.of(row));
    let message = format!(
        "the labels of {} are not those of the file: row {row} of the {of} table has the class {class:?}, \
         which the file calls {} and the experiment calls {}",
        counted(differ, &format!("{name} row")),
        word(label == 1),
        word(label != 1),
    );
    let help = "label the rows as the file does (dataset.labels, inliers or outliers), or export the split again";
    wrong(message, help)
}
