//! A model for a user's unlabelled table: the judge says which columns are features, gaps are filled
//! by the median, and the threshold is one that a stated share of the training rows exceeds. The scores
//! that it is chosen from are computed as for new rows: no training row is its own neighbour.

mod input;
mod part;
mod told;
mod training;

use std::time::Instant;

use oddbench_core::counts::counted;
use oddbench_core::preprocess::{
    Constant, Encode, Infinite, Missing, PreprocessSettings, Scale, Transform, Unseen,
};
use oddbench_core::record::FORMAT_VERSION;
use oddbench_core::threshold::check_quantile;
use oddbench_core::{Detector, Epoch, FittedDetector, OnDevice, Watch};
use oddbench_data::columns::{Choices, ColumnVerdict, Judgement, Remedies};
use oddbench_data::rows::ReadRequest;
use oddbench_models::{Backend, Kind, find, kinds};
use serde_json::{Value, json};

pub use self::input::TrainingInput;
pub use self::part::fit_part;
use self::told::{notes_on_columns, nothing_left, separation};
use self::training::Training;
use super::own_model::{FitRecord, LeftOut};
use super::{Cut, SavedModel, ScoringError, ThresholdInfo};
use crate::change_floor::ChangeFloor;
use crate::machine;
use crate::spec::kinds_among;

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
    /// What the user said of how the rows are read; the model keeps it for the rows to come.
    pub reading: ReadRequest,
    /// What the user decides about columns.
    pub choices: Choices,
    /// How numbers are scaled.
    pub scale: Scale,
    /// How numbers are transformed before they are scaled.
    pub transform: Transform,
    /// How categories become numbers.
    pub encode: Encode,
    /// Where remedies are pasted.
    pub remedies: Remedies,
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
            reading: ReadRequest::default(),
            choices: Choices::default(),
            scale: Scale::MinMax,
            transform: Transform::None,
            encode: Encode::OneHot,
            remedies: Remedies::Shell,
        }
    }
}

impl FitRequest {
    /// Everything that is wrong with it before a row is read; the names of columns are not looked at.
    pub fn faults(&self) -> Vec<ScoringError> {
        let of_kind = match unsupervised(&self.kind) {
            Ok(kind) => kind.faults(&self.params).into_iter().map(ScoringError::Params).collect(),
            Err(error) => vec![error],
        };
        of_kind.into_iter().chain(self.check_quantile().err()).collect()
    }

    fn check_quantile(&self) -> Result<(), ScoringError> {
        check_quantile(self.quantile).map_err(ScoringError::Request)
    }

    /// The kind, its parameters with every default, and the detector.
    fn checked(&self) -> Result<(&'static Kind, Value, Box<dyn Detector>), ScoringError> {
        let kind = unsupervised(&self.kind)?;
        self.check_quantile()?;
        let params = kind.resolve(&self.params)?;
        let detector = kind.build(&params, &Backend::Cpu.open()?)?;
        Ok((kind, params, detector))
    }

    /// Parameters that go by other names here.
    fn hints(&self, kind: &Kind) -> Vec<String> {
        let given = self.params.as_object().map(|params| kind.own_names(params));
        given.into_iter().flatten().flat_map(|own| own.hints().collect::<Vec<_>>()).collect()
    }

    fn preprocessing(&self) -> PreprocessSettings {
        PreprocessSettings {
            scale: self.scale,
            encode: self.encode,
            missing: Missing::Median,
            infinite: Infinite::Missing,
            unseen: Unseen::Oddest,
            constant: Constant::Flag,
            transform: self.transform,
        }
    }
}

/// What the columns are taken for. Mistakes of the request are reported before a row is read.
pub fn judge_columns<'a>(
    input: impl Into<TrainingInput<'a>>,
    request: &FitRequest,
) -> Result<Judgement, ScoringError> {
    request.checked()?;
    let mut choices = request.choices.clone();
    if request.encode == Encode::Ordinal {
        choices.most_categories = None;
    }
    let mut judgement = input.into().judge(&choices)?;
    let rows = judgement.rows;
    // Infinite values count as missing: nothing is there to learn from.
    let empty = |column: &ColumnVerdict| column.missing + column.infinite >= rows;
    for column in judgement.columns.iter_mut().filter(|c| c.kind.is_some() && empty(c)) {
        (column.kind, column.kind_if_kept) = (None, None);
        column.reason = "no row has a finite value".into();
    }
    Ok(judgement)
}

/// Judges the columns, fits a model on all rows and chooses its threshold. Notes go to `watch` and stay
/// with the model.
pub fn fit_unlabelled<'a>(
    input: impl Into<TrainingInput<'a>>,
    request: &FitRequest,
    watch: &mut dyn Watch,
) -> Result<SavedModel, ScoringError> {
    let input = input.into();
    let judgement = judge_columns(input, request)?;
    fit_judged(input, &judgement, request, watch)
}

/// As [`fit_unlabelled`], with the columns as [`judge_columns`] found them.
pub fn fit_judged(
    input: TrainingInput<'_>,
    judgement: &Judgement,
    request: &FitRequest,
    watch: &mut dyn Watch,
) -> Result<SavedModel, ScoringError> {
    let (kind, params, detector) = request.checked()?;
    if let Some(error) = judgement.refusal(false, request.remedies) {
        return Err(error.into());
    }
    let features = judgement.features();
    if features.is_empty() {
        return Err(nothing_left(judgement, request.remedies));
    }
    // Not kept: what was fitted is the same, however the parameters were spelled.
    request.hints(kind).iter().for_each(|hint| watch.note(hint));
    let mut recorder = Recorder { watch, epochs: Vec::new(), notes: Vec::new() };
    // As many as there is memory for: a count in 64 bits is no loss.
    let rows = judgement.rows as usize;
    let label = request.choices.label.as_deref();
    let settings = request.preprocessing();
    let (training, labels) = Training::read(input, features, label, rows, settings)?;
    let inputs = training.preprocessor.inputs().count();
    notes_on_columns(judgement, &training.preprocessor, request.remedies, &mut recorder);
    recorder.note(&format!(
        "the model reads {inputs} of {}",
        counted(judgement.columns.len(), "column")
    ));

    let started = Instant::now();
    let fitted = detector.fit_rows(&training, request.seed, &mut recorder)?;
    let fit_seconds = started.elapsed().as_micros() as f64 / 1e6;
    if recorder.cancelled() {
        return Err(ScoringError::Cancelled);
    }
    let scores = training.scores(&*fitted)?;
    let threshold = threshold(&scores, request, &mut recorder);
    if let (Some(label), Some(labels)) = (label, labels) {
        recorder.note(&separation(label, &labels, &scores));
    }
    let fit_record = FitRecord {
        format_version: FORMAT_VERSION,
        name: request.name.clone(),
        kind: kind.name.to_owned(),
        params,
        seed: (!detector.deterministic()).then_some(request.seed),
        source: request.source.clone(),
        reading: ReadRequest { format: None, ..request.reading.clone() },
        rows,
        left_out: left_out(judgement, training.preprocessor.dropped()),
        columns: judgement.columns.clone(),
        thresholds: vec![threshold],
        epochs: recorder.epochs,
        notes: recorder.notes,
        fit_seconds,
        fitted_at: machine::now_utc(),
        oddbench: crate::VERSION.to_owned(),
    };
    saved(fit_record, training, fitted, &scores)
}

fn saved(
    fit_record: FitRecord,
    training: Training<'_>,
    fitted: Box<dyn FittedDetector>,
    scores: &[f64],
) -> Result<SavedModel, ScoringError> {
    let preprocessor = training.into_preprocessor();
    let floor = ChangeFloor::of_scores(scores, &preprocessor);
    SavedModel::new(fit_record.info(), (preprocessor, fitted, floor), Some(fit_record))
}

/// The quantile that was asked for; a note reports ties at it.
fn threshold(scores: &[f64], request: &FitRequest, recorder: &mut Recorder<'_>) -> ThresholdInfo {
    let cut = Cut::at(scores, request.quantile);
    if let Some(note) = cut.and_then(|cut| cut.note(request.remedies)) {
        recorder.note(&note);
    }
    ThresholdInfo {
        rule: format!("quantile {}", request.quantile),
        tuned_on: Some("training".into()),
        oracle: false,
        value: cut.map(|cut| cut.value),
        undefined: None,
    }
}

/// The columns that the model does not read, each with its reason.
fn left_out(judgement: &Judgement, dropped: &[String]) -> Vec<LeftOut> {
    let columns = judgement.columns.iter();
    let out = columns.filter(|column| column.kind.is_none() || dropped.contains(&column.name));
    out.map(|column| LeftOut { column: column.name.clone(), reason: column.reason.clone() })
        .collect()
}

/// The kinds that can be fitted on rows without labels, in the order of the table of kinds.
pub fn unsupervised_kinds() -> impl Iterator<Item = &'static Kind> {
    kinds().iter().filter(|kind| !kind.supervised && !kind.positional)
}

/// The kind of that name, if it learns without labels.
fn unsupervised(name: &str) -> Result<&'static Kind, ScoringError> {
    let able = || kinds_among(name, unsupervised_kinds().map(|kind| kind.name));
    match find(name) {
        None => Err(ScoringError::Request(format!(
            "there is no model kind \"{name}\" that learns without labels; {}",
            able()
        ))),
        Some(kind) if kind.supervised => Err(ScoringError::Request(format!(
            "{name} needs labels, and a fit on your own table has none; {}",
            able()
        ))),
        Some(kind) if kind.positional => Err(ScoringError::Request(format!(
            "{name} scores a row by its place in the file, so a model of it is of no use for another file; {}",
            able()
        ))),
        Some(kind) => Ok(kind),
    }
}

/// Keeps the content of `fit.json` and passes everything on.
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
    fn on_device(&mut self, training: OnDevice) {
        self.watch.on_device(training);
    }
    fn note(&mut self, note: &str) {
        self.notes.push(note.to_owned());
        self.watch.note(note);
    }
    fn cancelled(&self) -> bool {
        self.watch.cancelled()
    }
}
