//! The kinds that read the user's own files, one for each format: their keys, read and checked as
//! [`TableOptions`].

use std::fmt;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::TableFile;
use crate::datasets::keys::{self, Help, KeyFault, Trouble};
use crate::datasets::kind::DatasetKind;
use crate::datasets::set::DataSet;
use crate::rows::formats::for_each_format;
use crate::rows::{FileFormat, Header, NumberMarks, READING_KEYS, ReadOptions, ReadRequest};
use crate::times::TimeKey;
use crate::values::class_name;

/// Makes a kind of each format of files.
macro_rules! kinds {
    ($($Variant:ident $file:ident)+) => {
        /// The kinds that read the user's own files, one for each format.
        pub(in crate::datasets) const KINDS: &[DatasetKind] = &[$(DatasetKind {
            name: FileFormat::$Variant.format().name,
            summary: FileFormat::$Variant.format().summary,
            synthetic: false,
            own_files: true,
            open: &|given, base| open(given, base, FileFormat::$Variant),
            schema: &|| schema(FileFormat::$Variant),
            entry: None,
        }),+];
    };
}
for_each_format!(kinds);

/// Which labels are which.
#[derive(Debug, Clone)]
pub(super) enum Labels {
    /// These are inliers, every other is an outlier.
    Inliers(Vec<String>),
    /// These are outliers, every other is an inlier.
    Outliers(Vec<String>),
}

impl Default for Labels {
    fn default() -> Self {
        Self::Inliers(Vec::new())
    }
}

/// The keys of `[dataset]`, and the meaning of combined keys.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct TableOptions {
    /// How the files are laid out.
    #[serde(skip)]
    pub(super) read: ReadOptions,
    /// Which classes are which.
    #[serde(skip)]
    pub(super) labels: Labels,
    /// The table, relative to the experiment file.
    pub(super) path: PathBuf,
    /// A separate test table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) test_path: Option<PathBuf>,
    /// What stands between values, one character. Default: whichever of `,` `;` tab `|` cuts the first
    /// lines into equally many.
    #[schemars(length(min = 1, max = 1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delimiter: Option<String>,
    /// Of events of several types (Suricata's EVE) the type that makes the rows, e.g. flow; * takes all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event_type: Option<String>,
    /// Whether the first line holds the column names. Default: true, unless the file is laid out as
    /// KDD's, which have no header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) header: Option<bool>,
    /// The column names where header is false. Default: `column_1`, `column_2` and so on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) names: Option<Vec<String>>,
    /// The encoding of a text, e.g. `windows-1252`. Default: UTF-8, or UTF-16 where its first bytes say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) encoding: Option<String>,
    /// The mark in front of decimals, `,` or `.`. Default: found from the first rows; a note says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) decimal: Option<char>,
    /// The mark between groups of thousands: `,` `.` `'` `_` or a blank. Default: found from the first
    /// rows; a note says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thousands: Option<char>,
    /// Texts that mean a missing value, in addition to pandas' list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) na: Vec<String>,
    /// Whether pandas' list of marks for missing values holds: `NA`, `N/A`, `null`, `NaN`, `None` and so
    /// on. Default: true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default_na: Option<bool>,
    /// The column that holds the class of each row.
    pub(super) label: String,
    /// The label values of inliers; every other is an outlier.
    #[schemars(length(min = 1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) inliers: Option<Vec<Label>>,
    /// The label values of outliers, in place of `inliers`.
    #[schemars(length(min = 1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outliers: Option<Vec<Label>>,
    /// Columns of numbers to take for categories. Text columns are categorical anyway.
    pub(super) categorical: Vec<String>,
    /// Columns that are no features.
    pub(super) ignore: Vec<String>,
    /// Columns that are features although they look like identifiers, addresses, times or labels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) keep: Vec<String>,
    /// The column that holds the time of each row, for splits and figures over time. Default: the only one
    /// that the judge of columns takes for a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time: Option<String>,
    /// How times are written where their values do not say it: whether the day or the month comes first, or
    /// what numbers count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time_format: Option<TimeKey>,
    /// Rows to read of each table, from the first on. Default: all.
    #[schemars(range(min = 1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) limit: Option<usize>,
}

/// The schema of the keys that files of that format take.
fn schema(format: FileFormat) -> Value {
    let mut schema = keys::schema::<TableOptions>();
    if let Some(properties) = schema["properties"].as_object_mut() {
        let takes = format.format().keys;
        properties.retain(|key, _| {
            !READING_KEYS.contains(&key.as_str()) || takes.contains(&key.as_str())
        });
    }
    schema
}

fn open(
    given: &Map<String, Value>,
    base: &Path,
    format: FileFormat,
) -> Result<(Value, Box<dyn DataSet>), KeyFault> {
    let mut keys: TableOptions = keys::read(given)?;
    needed(given, "path", "add path = \"table.csv\", relative to this file")?;
    needed(given, "label", "add label = \"...\", the column of classes")?;
    if keys.limit == Some(0) {
        let help = "use 1 or more, or leave it out";
        return Err(KeyFault::value("limit", "no rows would be left", help));
    }
    keys.path = base.join(keys.path);
    keys.test_path = keys.test_path.map(|path| base.join(path));
    keys.read = keys.read_options(format)?;
    if format == FileFormat::Csv {
        keys.trim_names();
    }
    keys.labels = keys.labels()?;
    Ok((keys::to_value(&keys), Box::new(TableFile::open(keys)?)))
}

/// How to read the files that these keys describe. They are `format` and the keys of `[dataset]` that say how to
/// read. `names` are the columns of a file without a header.
pub(in crate::datasets) fn reading(
    given: &Map<String, Value>,
    names: Vec<String>,
) -> Result<ReadOptions, KeyFault> {
    let mut given = given.clone();
    let format = match given.remove("format") {
        None => FileFormat::Csv,
        Some(Value::String(name)) => FileFormat::named(&name).ok_or_else(|| {
            let among = FileFormat::ALL.iter().map(|format| format.format().name.to_owned());
            let help = Help::Choose { word: name.clone(), among: among.collect() };
            let message = format!("\"{name}\" is unknown");
            KeyFault::new("format", Trouble::Value { message, help })
        })?,
        Some(_) => return Err(KeyFault::value("format", "it is no text", "use format = \"csv\"")),
    };
    if given.get("header") == Some(&Value::Bool(false)) {
        given.entry("names").or_insert_with(|| names.into());
    }
    let is_key = |key: &str| READING_KEYS.contains(&key) || MARK_KEYS.contains(&key);
    if let Some(key) = given.keys().find(|key| !is_key(key)) {
        let all = [&READING_KEYS[..], &MARK_KEYS[..]].concat();
        let help = format!("the keys are format, {}", all.join(", "));
        return Err(KeyFault::value(key, format!("\"{key}\" is no key of [read]"), &help));
    }
    let keys: TableOptions = keys::read(&given)?;
    let options = keys.read_options(format)?;
    let header = match options.header {
        Header::Found => Header::FirstLine,
        header => header,
    };
    // A published file is described whole: nothing is guessed of it.
    let numbers = match (keys.decimal, keys.thousands) {
        (None, None) => NumberMarks::PLAIN,
        _ => options.numbers,
    };
    Ok(ReadOptions { header, numbers, ..options })
}

fn needed(given: &Map<String, Value>, key: &str, help: &str) -> Result<(), KeyFault> {
    match given.get(key).and_then(Value::as_str) {
        None => Err(KeyFault::value(key, "this key is missing", help)),
        Some("") => Err(KeyFault::value(key, "the text is empty", help)),
        Some(_) => Ok(()),
    }
}

/// The keys that say which texts stand for a missing value, in files of any format.
const MARK_KEYS: [&str; 2] = ["na", "default_na"];

impl TableOptions {
    /// The reader removes blanks around names; a user who copies a name from the file has them.
    fn trim_names(&mut self) {
        let lists = [&mut self.categorical, &mut self.ignore, &mut self.keep];
        for name in lists.into_iter().flatten().chain([&mut self.label]).chain(&mut self.time) {
            *name = name.trim().to_owned();
        }
    }

    /// How the files are read.
    fn read_options(&self, format: FileFormat) -> Result<ReadOptions, KeyFault> {
        if self.names.is_some() && self.header != Some(false) {
            return Err(KeyFault::new("names", Trouble::Idle("header = false")));
        }
        let request = ReadRequest {
            format: Some(format),
            delimiter: self.delimiter.clone(),
            header: self.header,
            names: self.names.clone(),
            encoding: self.encoding.clone(),
            decimal: self.decimal,
            thousands: self.thousands,
            event_type: self.event_type.clone(),
            na: self.na.clone(),
            default_na: self.default_na,
        };
        request.options().map_err(|fault| KeyFault::value(fault.key, fault.what, fault.help))
    }

    fn labels(&self) -> Result<Labels, KeyFault> {
        let names = |key: &str, labels: &[Label]| match labels.is_empty() {
            false => Ok(labels.iter().map(|Label(name)| name.clone()).collect()),
            true => {
                let help = "name at least one value of the label column";
                Err(KeyFault::value(key, "the list is empty", help))
            }
        };
        match (&self.inliers, &self.outliers) {
            (Some(labels), None) => names("inliers", labels).map(Labels::Inliers),
            (None, Some(labels)) => names("outliers", labels).map(Labels::Outliers),
            (Some(_), Some(_)) => {
                let message = "inliers and outliers are both given".into();
                let help =
                    "keep one of them: every label that it does not name is the other".into();
                Err(KeyFault::new("outliers", Trouble::Conflict { message, help }))
            }
            (None, None) => {
                let help = "add inliers = [\"normal\"], or outliers = [...], with values of the label column";
                Err(KeyFault::value("inliers", "nothing says which labels are inliers", help))
            }
        }
    }
}

/// The class that a label stands for. A file may write it as a text, a number, or true or false.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Label(String);

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl Visitor<'_> for Scalar {
            type Value = Label;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a label: a text, a number, or true or false")
            }
            fn visit_str<E: serde::de::Error>(self, label: &str) -> Result<Label, E> {
                Ok(Label(class_name(label)))
            }
            fn visit_i64<E: serde::de::Error>(self, label: i64) -> Result<Label, E> {
                self.visit_str(&label.to_string())
            }
            fn visit_u64<E: serde::de::Error>(self, label: u64) -> Result<Label, E> {
                self.visit_str(&label.to_string())
            }
            fn visit_f64<E: serde::de::Error>(self, label: f64) -> Result<Label, E> {
                self.visit_str(&label.to_string())
            }
            fn visit_bool<E: serde::de::Error>(self, label: bool) -> Result<Label, E> {
                self.visit_str(&label.to_string())
            }
        }
        deserializer.deserialize_any(Scalar)
    }
}

impl JsonSchema for Label {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Label".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}
