//! `oddbench fit`: a model for an unlabelled table.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use indicatif::{ProgressBar, ProgressStyle};
use oddbench_core::counts::counted;
use oddbench_core::preprocess::{Encode, PreprocessSettings, Scale, Transform};
use oddbench_core::{Epoch, Watch, quote};
use oddbench_data::rows;
use oddbench_engine::scoring::{FitRequest, ScoringError, fit_judged, judge_columns};
use serde_json::{Map, Value, json};

use crate::args::InputLayout;
use crate::columns::{self, ColumnFlags};
use crate::error::{CliError, Status};
use crate::input;
use crate::names;
use crate::signals::stop_on_signals;
use crate::terminal::Terminal;

/// `oddbench fit`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench fit --model isolation-forest --input flows.csv --output models/flows
  oddbench fit --model autoencoder --input flows.csv --output models/flows-ae --set epochs=20
  oddbench fit --model hbos --input flows.csv --output models/flows-hbos --ignore 'Flow Bytes/s,Src Port' --encode ordinal
  oddbench fit --model knn --input flows.csv --output models/flows-knn --label Label

A table shows what every column is taken for. Identifiers, addresses, points in time, labels and what follows
them, and columns of more than 1,000 categories are left out; --keep takes them all the same. Missing and
infinite values become the median, or the most frequent category. The model keeps what the flags say of how
the file is read (but its format), and `oddbench score` reads as they say. The threshold is the --quantile of the
training rows' scores; a training row is not its own neighbour.")]
pub struct FitArgs {
    /// The model's kind; `oddbench models` lists them
    #[arg(long, value_name = "KIND", value_parser = names::kinds(), hide_possible_values = true)]
    pub model: String,
    /// The rows: CSV, KDD's header-less files, Zeek logs, JSON, parquet, npz, ARFF; plain or gzipped; - for stdin
    #[arg(long, value_name = "FILE|-")]
    pub input: PathBuf,
    /// The folder to write; its name is the model's
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
    /// A parameter of the model, e.g. epochs=3; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Decides everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// The threshold is this quantile of the training rows' scores
    #[arg(long, value_name = "Q", default_value_t = 0.99)]
    pub quantile: f64,
    /// How numbers are scaled
    #[arg(long, value_parser = word("scale", serde_json::from_value::<Scale>), default_value = default_word("scale"))]
    pub scale: Scale,
    /// How numbers are transformed before they are scaled; `log` is for counts over many orders of magnitude
    #[arg(long, value_parser = word("transform", serde_json::from_value::<Transform>), default_value = default_word("transform"))]
    pub transform: Transform,
    /// How categories become numbers
    #[arg(long, value_parser = word("encode", serde_json::from_value::<Encode>), default_value = default_word("encode"))]
    pub encode: Encode,
    #[command(flatten)]
    pub layout: InputLayout,
    #[command(flatten)]
    pub flags: ColumnFlags,
}

/// Takes the words of a key of `[preprocess]`, which `read` knows.
fn word<T: Clone + Send + Sync + 'static>(
    key: &'static str,
    read: fn(Value) -> serde_json::Result<T>,
) -> impl TypedValueParser<Value = T> {
    let words = PossibleValuesParser::new(PreprocessSettings::words(key));
    words.try_map(move |word| read(Value::String(word)))
}

fn default_word(key: &str) -> &'static str {
    PreprocessSettings::words(key).first().copied().unwrap_or_default()
}

/// Fits, and writes the folder.
pub fn run(terminal: &Terminal, args: &FitArgs) -> Result<Status, CliError> {
    let name = args.output.file_name().and_then(|name| name.to_str()).ok_or_else(|| {
        CliError::user(format!("{}: --output needs a name", args.output.display()))
    })?;
    if args.output.exists() {
        return Err(CliError::User {
            message: format!("{} is there already", args.output.display()),
            help: Some("give the model another folder, one that is not there yet".into()),
        });
    }
    let input = input::Repeatable::open(&args.input, &args.layout)?;
    let request = request(args, name, &input)?;
    let judgement = judge_columns(input.rows(), &request)?;
    terminal.note(&columns::view(terminal, &judgement));
    let cancel = Arc::new(AtomicBool::new(false));
    stop_on_signals(&cancel)?;
    let mut progress = Progress::new(terminal, &cancel);
    let fitted = fit_judged(input.rows(), &judgement, &request, &mut progress);
    progress.clear();
    let model = match fitted {
        Err(ScoringError::Cancelled) => {
            terminal.note("interrupted; nothing was written");
            return Ok(Status::Interrupted);
        }
        fitted => fitted?,
    };
    model.save(&args.output)?;
    // The columns that `score` adds must not have the names of columns that are there.
    let prefix = match rows::free_prefix(input.names(), name) {
        prefix if prefix.is_empty() => prefix,
        prefix => format!(" --prefix {}", quote::shell(&prefix)),
    };
    let threshold = model.info().default_threshold()?;
    terminal.result(&format!(
        "{}: {} fitted on {} and {}\nthreshold {threshold} (the {} quantile of the training scores)\n\
         oddbench score --model {} --input ROWS --output scored.csv{prefix}",
        args.output.display(),
        args.model,
        counted(judgement.rows, "row"),
        counted(model.info().columns.len(), "column"),
        args.quantile,
        quote::shell(&args.output.display().to_string()),
    ));
    terminal
        .json(|| json!({ "model": model.info(), "dir": args.output, "columns": model.verdicts() }));
    Ok(Status::Done)
}

/// The request; an error names everything that is wrong with it.
fn request(
    args: &FitArgs,
    name: &str,
    input: &input::Repeatable<'_>,
) -> Result<FitRequest, CliError> {
    let (params, mut mistakes) = params(&args.set);
    let request = FitRequest {
        kind: args.model.clone(),
        params,
        seed: args.seed,
        quantile: args.quantile,
        name: name.to_owned(),
        source: input::name(&args.input),
        reading: args.layout.request(),
        choices: args.flags.choices(input.names()),
        scale: args.scale,
        transform: args.transform,
        encode: args.encode,
        ..FitRequest::default()
    };
    mistakes.extend(request.faults().into_iter().map(CliError::from));
    mistakes.extend(input.faults(&request.choices));
    CliError::all_of(mistakes)?;
    Ok(request)
}

/// `epochs=3`, `hidden=[8,4]`, `preset=sound`: a value that is no JSON is a text. With the options that are none of
/// these.
fn params(set: &[String]) -> (Value, Vec<CliError>) {
    let (mut params, mut mistakes) = (Map::new(), Vec::new());
    for option in set {
        let Some((key, value)) = option.split_once('=') else {
            let what = format!("--set {option}: KEY=VALUE is expected, e.g. epochs=3");
            mistakes.push(CliError::user(what));
            continue;
        };
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        params.insert(key.trim().to_owned(), value);
    }
    (Value::Object(params), mistakes)
}

/// Epochs as a bar on a terminal, notes as lines.
struct Progress<'a> {
    terminal: &'a Terminal,
    cancel: &'a AtomicBool,
    bar: ProgressBar,
}

impl<'a> Progress<'a> {
    fn new(terminal: &'a Terminal, cancel: &'a AtomicBool) -> Self {
        let bar = match terminal.interactive {
            true => ProgressBar::new_spinner(),
            false => ProgressBar::hidden(),
        };
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { terminal, cancel, bar }
    }

    fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watch for Progress<'_> {
    fn epoch(&mut self, epoch: Epoch) {
        if self.bar.length().is_none() {
            self.bar.set_length(u64::from(epoch.epochs));
            if let Ok(style) = ProgressStyle::with_template("[{bar:20}] {pos}/{len} epochs  {msg}")
            {
                self.bar.set_style(style.progress_chars("=> "));
            }
        }
        self.bar.set_position(u64::from(epoch.epoch));
        self.bar.set_message(format!("loss {:.5}", epoch.loss));
    }

    fn note(&mut self, note: &str) {
        self.bar.suspend(|| self.terminal.note(note));
    }

    fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}
