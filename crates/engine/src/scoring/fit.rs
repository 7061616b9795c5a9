//! A model for an unlabelled table of one's own: kinds of columns found from the values, gaps filled by
//! the median, and a threshold that a stated share of the training rows exceeds.

use std::time::Instant;

use oddbench_core::preprocess::{
    Constant, Encode, Infinite, Missing, PreprocessError, PreprocessSettings, Preprocessor, Scale,
    Transform,
};
use oddbench_core::record::FORMAT_VERSION;
use oddbench_core::threshold::quantile;
use oddbench_core::{Column, Epoch, FeatureKind, Table, Train, Watch};
use oddbench_data::columns::is_label_name;
use oddbench_data::rows::Rows;
use oddbench_models::{Backend, find, kinds};
use serde_json::{Value, json};

use super::own_model::{FitRecord, LeftOut};
use super::{SavedModel, ScoringError, ThresholdInfo};
use crate::machine;

/// What to fit, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct FitRequest {
    /// The detector's kind; one that needs no labels.
    pub kind: String,
    /// Its parameters; what is left out takes its default.
    pub params: Value,
    /// Decides everything random.
    pub seed: u64,
    /// The threshold is this quantile, above 0 and below 1, of the training rows' scores.
    pub quantile: f64,
    /// What the model is called.
    pub name: String,
    /// Where the rows are from.
    pub source: String,
    /// Columns that are no features.
    pub ignore: Vec<String>,
    /// Columns of numbers to take for categories.
    pub categorical: Vec<String>,
    /// Columns to keep although they look like labels or identifiers.
    pub keep: Vec<String>,
    /// How numbers are scaled.
    pub scale: Scale,
    /// How categories become numbers.
    pub encode: Encode,
}

impl Default for FitRequest {
    fn default() -> Self {
        Self {
            kind: "isolation-forest".into(),
            params: json!({}),
            seed: 1,
            quantile: 0.99,
            name: "model".into(),
            source: "table".into(),
            ignore: Vec::new(),
            categorical: Vec::new(),
            keep: Vec::new(),
            scale: Scale::MinMax,
            encode: Encode::OneHot,
        }
    }
}

/// Fits a model on all rows and chooses its threshold. Notes on columns go to `watch` and stay with
/// the model.
pub fn fit_unlabelled(
    rows: &Rows,
    request: &FitRequest,
    watch: &mut dyn Watch,
) -> Result<SavedModel, ScoringError> {
    let kind = unsupervised(&request.kind)?;
    if !(request.quantile > 0.0 && request.quantile < 1.0) {
        let message = format!("quantile must be above 0 and below 1, got {}", request.quantile);
        return Err(ScoringError::Request(message));
    }
    let params = kind.resolve(&request.params)?;
    let detector = kind.build(&params, &Backend::Cpu.open()?)?;
    let mut recorder = Recorder { watch, epochs: Vec::new(), notes: Vec::new() };

    let (features, left_out) = features(rows, request)?;
    let names: Vec<String> = features.iter().map(|(name, _)| name.clone()).collect();
    let all: Vec<usize> = (0..rows.len()).collect();
    let table = rows.table(&features)?;
    let settings = PreprocessSettings {
        scale: request.scale,
        encode: request.encode,
        missing: Missing::Median,
        infinite: Infinite::Missing,
        constant: Constant::Flag,
        transform: Transform::None,
    };
    let preprocessor =
        Preprocessor::fit(&table, &all, &names, settings).map_err(|e| refused(rows, &e))?;
    note_columns(&left_out, preprocessor.inputs().count(), &mut recorder);
    note_values(&table, &preprocessor, &mut recorder);
    let x = preprocessor.transform(&table, &all).map_err(|e| refused(rows, &e))?;
    drop(table);

    let started = Instant::now();
    let train = Train { x: &x, labels: None, validation: None };
    let fitted = detector.fit(train, request.seed, &mut recorder)?;
    let fit_seconds = started.elapsed().as_micros() as f64 / 1e6;
    if recorder.cancelled() {
        return Err(ScoringError::Cancelled);
    }
    let scores = fitted.score_training(&x)?;
    let value = quantile(&scores, request.quantile);
    let fit_record = FitRecord {
        format_version: FORMAT_VERSION,
        name: request.name.clone(),
        kind: kind.name.to_owned(),
        params,
        seed: (!detector.deterministic()).then_some(request.seed),
        source: request.source.clone(),
        rows: rows.len(),
        left_out,
        thresholds: vec![ThresholdInfo {
            rule: format!("quantile {}", request.quantile),
            tuned_on: Some("training".into()),
            oracle: false,
            value,
            undefined: None,
        }],
        epochs: recorder.epochs,
        notes: recorder.notes,
        fit_seconds,
        fitted_at: machine::now_utc(),
        oddbench: crate::VERSION.to_owned(),
    };
    SavedModel::new(fit_record.info(), preprocessor, fitted, Some(fit_record))
}

/// The kind of that name, if it learns without labels.
fn unsupervised(name: &str) -> Result<&'static oddbench_models::Kind, ScoringError> {
    let able = || {
        let able = kinds().iter().filter(|kind| !kind.supervised && !kind.positional);
        able.map(|kind| kind.name).collect::<Vec<_>>().join(", ")
    };
    match find(name) {
        None => Err(ScoringError::Request(format!(
            "there is no model kind {name:?}; without labels there are {}",
            able()
        ))),
        Some(kind) if kind.supervised => Err(ScoringError::Request(format!(
            "{name} needs labels, and rows of one's own have none here; without labels there are {}",
            able()
        ))),
        Some(kind) => Ok(kind),
    }
}

type Features = Vec<(String, FeatureKind)>;

/// Which columns are features, as what, and which are not.
fn features(rows: &Rows, request: &FitRequest) -> Result<(Features, Vec<LeftOut>), ScoringError> {
    for name in request.ignore.iter().chain(&request.categorical).chain(&request.keep) {
        if rows.position(name).is_none() {
            let what = format!("there is no column {name:?}");
            let remedy = format!("there are {}", rows.names().join(", "));
            return Err(rows.fault_of_all(what, &remedy).into());
        }
    }
    let (mut features, mut left_out) = (Vec::new(), Vec::new());
    let mut leave = |column: &str, reason: &str| {
        left_out.push(LeftOut { column: column.to_owned(), reason: reason.to_owned() });
    };
    let ignored = |name: &String| request.ignore.contains(name);
    let kept = |name: &String| request.keep.contains(name) || request.categorical.contains(name);
    let undecided: Vec<String> =
        rows.names().iter().filter(|name| ignored(name)).cloned().collect();
    // What is ignored may hold anything; taken for categories, it is not looked at.
    let categorical: Vec<String> =
        undecided.into_iter().chain(request.categorical.clone()).collect();
    for (at, (name, kind)) in rows.kinds(&categorical)?.into_iter().enumerate() {
        match kind {
            _ if ignored(&name) => leave(&name, "it was to be ignored"),
            _ if is_label_name(&name) && !kept(&name) => {
                leave(&name, "its name is that of a label; --keep takes it for a feature");
            }
            None => leave(&name, "no row has a value"),
            Some(FeatureKind::Categorical) if rows.is_identifier(at) && !kept(&name) => {
                leave(&name, "every row has another text, as identifiers do; --keep takes it");
            }
            Some(kind) => features.push((name, kind)),
        }
    }
    if features.is_empty() {
        let what = "no column is left that a model could learn from".to_owned();
        return Err(rows.fault_of_all(what, "is the delimiter right?").into());
    }
    Ok((features, left_out))
}

fn note_columns(left_out: &[LeftOut], inputs: usize, recorder: &mut Recorder<'_>) {
    let mut reasons: Vec<&str> = left_out.iter().map(|left| left.reason.as_str()).collect();
    reasons.dedup();
    let mut told = std::collections::HashSet::new();
    for reason in reasons.into_iter().filter(|reason| told.insert(*reason)) {
        let columns = left_out.iter().filter(|left| left.reason == reason);
        let columns: Vec<&str> = columns.map(|left| left.column.as_str()).collect();
        recorder.note(&format!("left out {}: {reason}", columns.join(", ")));
    }
    recorder.note(&format!("the model reads {inputs} columns"));
}

/// What was made of constant columns and of infinite values.
fn note_values(table: &Table, preprocessor: &Preprocessor, recorder: &mut Recorder<'_>) {
    let flagged: Vec<&str> = preprocessor.flagged().collect();
    if !flagged.is_empty() {
        recorder.note(&format!(
            "one value in all rows: {}; the model is told where a later row has another",
            flagged.join(", ")
        ));
    }
    let infinite = preprocessor.features().filter_map(|name| {
        let Some(Column::Numeric(values)) = table.column(name) else { return None };
        let rows = values.iter().filter(|value| value.is_infinite()).count();
        (rows > 0).then(|| format!("{name} ({rows} rows)"))
    });
    let infinite: Vec<String> = infinite.collect();
    if !infinite.is_empty() {
        recorder.note(&format!(
            "infinite values are taken for missing ones, which the median fills: {}",
            infinite.join(", ")
        ));
    }
}

/// A column that cannot be taken as it is, in words for somebody with a table and a command line.
fn refused(rows: &Rows, error: &PreprocessError) -> ScoringError {
    let fault = match error {
        PreprocessError::TooManyCategories { column, found } => rows.fault_of_all(
            format!(
                "column {column:?} has {found} categories, and one-hot encoding takes at most 1,000"
            ),
            &format!("leave it out (--ignore {column}), or use --encode ordinal"),
        ),
        PreprocessError::AllConstant(count) => rows.fault_of_all(
            format!("every column has one value in all {count} rows"),
            "give rows that differ",
        ),
        other => rows.fault_of_all(other.to_string(), "mend the data"),
    };
    fault.into()
}

/// Keeps what `fit.json` will hold and passes everything on.
struct Recorder<'a> {
    watch: &'a mut dyn Watch,
    epochs: Vec<Epoch>,
    notes: Vec<String>,
}

impl Watch for Recorder<'_> {
    fn epoch(&mut self, epoch: Epoch) {
        self.epochs.push(epoch);
        self.watch.epoch(epoch);
    }
    fn epoch_seconds(&mut self, seconds: f64) {
        self.watch.epoch_seconds(seconds);
    }
    fn note(&mut self, note: &str) {
        self.notes.push(note.to_owned());
        self.watch.note(note);
    }
    fn cancelled(&self) -> bool {
        self.watch.cancelled()
    }
}
