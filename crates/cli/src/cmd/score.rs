//! `oddbench score`: rows in, the same rows with scores out.

mod filled;
mod follow;
mod latency;
mod named;
mod output;
mod reading;
mod tail;
mod words;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Instant;

use oddbench_core::audit::is_much_unseen;
use oddbench_core::counts::{agreed, counted, thousands};
use oddbench_core::threshold::check_quantile;
use oddbench_data::columns::Remedies;
use oddbench_data::rows::{
    FileFormat, PercentSigns, RowError, RowReader, Rows, ScoredWriter, SourceFormat, WriteOptions,
    written_types,
};
use oddbench_engine::scoring::{Cut, SavedModel, Scored, Unseen, percent_notes};
use serde_json::{Value, json};

use crate::args::{InputLayout, formats};
use crate::error::{CliError, Status};
use crate::input;
use crate::terminal::Terminal;
use filled::FilledValues;
use output::Output;
use words::{left_out, of_rows, rows_and_anomalies};

/// `oddbench score`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench score --model results/kdd99-published/trials/ID --input corrected.gz --output scored.csv
  oddbench score --model models/mine --input flows.parquet --output scored.parquet --quantile 0.99
  tail -n +1 -F conn.csv | oddbench score --model models/mine --input - --follow
  oddbench score --model models/mine --input conn.csv --follow --format jsonl
  oddbench score --model models/mine --input export.csv --encoding windows-1252 --decimal , --na '?'
  oddbench score --model models/flows --input eve.json --event-type flow --follow --format jsonl

Columns are found by name; their order does not matter, and columns that the model does not read pass
through. The output has every input column, then score, is_anomaly, the three features that contributed most
with their shares, and in the column unseen the names of those that hold what training never saw. A row is an anomaly if its score exceeds the threshold: the first rule of the
model's experiment, unless --threshold or --quantile says otherwise.

A model that `oddbench fit` wrote reads the rows as its training file was read (--na, --no-default-na, --decimal,
--thousands, --encoding, --delimiter, --header, --no-header, --names, --event-type), unless a flag here says
otherwise.

With --follow, lines are scored as they are appended to a file (which may be truncated or rotated) or
arrive on stdin; each is written at once, and a line that is no row is reported and left out. It ends with
the end of stdin, after --idle seconds without a line, or on Ctrl-C, with exit code 0; rows, latency and
throughput go to stderr.")]
pub struct ScoreArgs {
    /// The model: a folder that `oddbench fit` wrote, a trial's folder, or the id of a trial as a report prints it
    #[arg(long, value_name = "DIR")]
    pub model: PathBuf,
    /// The rows: CSV, KDD's header-less files, Zeek logs, JSON, parquet, npz, ARFF; plain or gzipped; - for stdin
    #[arg(long, value_name = "FILE|-")]
    pub input: PathBuf,
    /// Where the scored rows go; - for stdout [default: stdout]
    #[arg(long, value_name = "FILE|-")]
    pub output: Option<PathBuf>,
    /// Call rows with greater scores anomalous
    #[arg(long, value_name = "X", conflicts_with = "quantile", allow_negative_numbers = true)]
    pub threshold: Option<f64>,
    /// Take this quantile of the input's own scores as threshold: 0.99 calls the highest 1 % anomalous
    #[arg(long, value_name = "Q", conflicts_with = "follow")]
    pub quantile: Option<f64>,
    /// Score lines as they arrive, until Ctrl-C or the end of stdin
    #[arg(long)]
    pub follow: bool,
    /// With --follow: end after so many seconds without a new line
    #[arg(long, value_name = "SECONDS", requires = "follow", allow_negative_numbers = true)]
    pub idle: Option<f64>,
    /// With --follow: pass over the rows that the file holds already
    #[arg(long, requires = "follow")]
    pub from_end: bool,
    /// The output's format [default: by the output's name, else csv]
    #[arg(long, value_name = "FORMAT", value_parser = formats(|format| format.writable))]
    pub format: Option<FileFormat>,
    /// What to do with a line that is no row, or lacks a value that the model needs [default: stop; with
    /// --follow: skip]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub on_error: Option<OnError>,
    /// In front of the names of the added columns, e.g. ae_
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub prefix: String,
    /// Put ' in front of cells that a spreadsheet would take for formulas (csv)
    #[arg(long)]
    pub escape_formulas: bool,
    /// Replace the output if it is there
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub layout: InputLayout,
}

/// What to do with a row that cannot be scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum OnError {
    /// End with an error; no output file is left
    Stop,
    /// Report it and leave it out
    Skip,
}

/// Rows that are read, scored and written at a time.
const BLOCK: usize = 16_384;

/// How many faults are shown one by one.
const SHOWN_FAULTS: usize = 20;

/// Scores a file from end to end, or what arrives.
pub fn run(terminal: &Terminal, args: &ScoreArgs) -> Result<Status, CliError> {
    let output = args.output.clone().filter(|output| output.as_os_str() != "-");
    let args = &ScoreArgs { output, ..args.clone() };
    refuse_binary_on_terminal(args)?;
    if terminal.json && args.output.is_none() {
        return Err(CliError::User {
            message: "--json prints the result on stdout, where the rows would go".into(),
            help: Some("give the rows a file: --output scored.csv".into()),
        });
    }
    let model = SavedModel::open(&named::folder(&args.model)?)?;
    let args = &reading::as_training_file(terminal, args, &model);
    let threshold = Threshold::choose(&model, args)?;
    terminal.note(&threshold.in_words());
    threshold.ties.iter().for_each(|note| terminal.note(note));
    match args.follow {
        true => follow::run(terminal, args, &model, threshold),
        false => score_all(terminal, args, &model, threshold),
    }
}

/// Refuses to write parquet to a terminal. A person cannot read the bytes, and some of them are commands to the terminal.
fn refuse_binary_on_terminal(args: &ScoreArgs) -> Result<(), CliError> {
    let on_terminal = args.output.is_none() && std::io::stdout().is_terminal();
    match on_terminal && output_format(args) == FileFormat::Parquet {
        false => Ok(()),
        true => Err(CliError::User {
            message: "parquet is a binary format, and stdout is a terminal".into(),
            help: Some("give it a file: --output scored.parquet, or take --format csv".into()),
        }),
    }
}

/// A threshold and where it is from.
#[derive(Debug, Clone, PartialEq)]
struct Threshold {
    value: f64,
    rule: String,
    oracle: bool,
    /// That rows tie at it, which keeps them from being called anomalous.
    ties: Option<String>,
}

impl Threshold {
    fn choose(model: &SavedModel, args: &ScoreArgs) -> Result<Self, CliError> {
        let given =
            |value, rule: &str| Self { value, rule: rule.into(), oracle: false, ties: None };
        match (args.threshold, args.quantile) {
            (Some(value), _) if value.is_finite() => Ok(given(value, "--threshold")),
            (Some(value), _) => Err(CliError::user(format!("--threshold {value} is no number"))),
            (None, Some(q)) => {
                let cut = quantile_of_input(model, args, q)?;
                let ties = cut.note(Remedies::Shell);
                Ok(Self { ties, ..given(cut.value, &format!("the {q} quantile of these rows")) })
            }
            (None, None) => {
                let value = model.info().default_threshold()?;
                let first = &model.info().thresholds[0];
                let tuned = first.tuned_on.as_ref().map(|part| format!(", tuned on {part} rows"));
                let rule = format!("rule {}{}", first.rule, tuned.unwrap_or_default());
                Ok(Self { value, rule, oracle: first.oracle, ties: None })
            }
        }
    }

    fn in_words(&self) -> String {
        let oracle =
            if self.oracle { ": an oracle, which saw the labels of the test rows" } else { "" };
        format!("threshold {} ({}{oracle})", self.value, self.rule)
    }

    fn to_json(&self) -> Value {
        json!({ "value": self.value, "rule": self.rule, "oracle": self.oracle })
    }
}

/// Reads the input once more to know its scores.
fn quantile_of_input(model: &SavedModel, args: &ScoreArgs, q: f64) -> Result<Cut, CliError> {
    check_quantile(q).map_err(|message| CliError::user(format!("--{message}")))?;
    // The reader reports a file that is not there.
    let once = std::fs::metadata(&args.input).is_ok_and(|found| !found.is_file());
    if once || input::is_stdin(&args.input) {
        return Err(CliError::User {
            message: "--quantile reads the input twice, which a pipe does not allow".into(),
            help: Some("give a file, or --threshold X".into()),
        });
    }
    let skip = args.on_error == Some(OnError::Skip);
    let mut reader = input::open(&args.input, &args.layout, skip)?;
    let mut scores = Vec::new();
    while let Some(block) = reader.next(BLOCK)? {
        let (_, scored, _) = score_block(model, block, skip)?;
        scores.extend(scored.scores);
    }
    Cut::at(&scores, q).ok_or_else(|| no_rows(&args.input))
}

fn no_rows(input: &Path) -> CliError {
    CliError::User {
        message: format!("{}: there are no rows", input.display()),
        help: Some("give a file that has some".into()),
    }
}

/// The rows that could be scored with their scores; the others' faults if they may be left out.
fn score_block(
    model: &SavedModel,
    block: Rows,
    skip: bool,
) -> Result<(Rows, Scored, Vec<RowError>), CliError> {
    if skip {
        let good = model.score_good_rows(block)?;
        return Ok((good.rows, good.scored, good.faults));
    }
    let scored = model.score_rows(&block)?;
    Ok((block, scored, Vec::new()))
}

/// What was done, as it grows.
#[derive(Debug, Default)]
struct Tally {
    rows: usize,
    anomalies: usize,
    skipped: usize,
    unseen: Vec<Unseen>,
    filled: FilledValues,
    /// Columns of numbers with percent signs, here or in training.
    percent_signs: Vec<PercentSigns>,
    /// Columns that a warning was given about.
    warned: Vec<String>,
}

impl Tally {
    fn add(&mut self, scored: &Scored, threshold: f64) {
        self.rows += scored.scores.len();
        self.anomalies += scored.scores.iter().filter(|score| **score > threshold).count();
        self.filled.add(&scored.filled);
        for signs in &scored.percent_signs {
            match self.percent_signs.iter_mut().find(|known| known.column == signs.column) {
                Some(known) => {
                    known.signed += signs.signed;
                    known.plain += signs.plain;
                }
                None => self.percent_signs.push(signs.clone()),
            }
        }
        for unseen in &scored.unseen {
            match self.unseen.iter_mut().find(|known| known.column == unseen.column) {
                Some(known) => known.rows += unseen.rows,
                None => self.unseen.push(unseen.clone()),
            }
        }
    }

    fn skip(&mut self, terminal: &Terminal, faults: &[RowError]) {
        for fault in faults {
            self.skipped += 1;
            match self.skipped {
                shown if shown <= SHOWN_FAULTS => terminal.note(&format!("left out: {fault}")),
                shown if shown == SHOWN_FAULTS + 1 => {
                    terminal.note("more lines are left out; they are counted at the end");
                }
                _ => {}
            }
        }
    }

    /// Says at once, and once, if many rows hold what training never saw: somebody who follows should
    /// not learn it at the end.
    fn warn(&mut self, terminal: &Terminal, model: &SavedModel) {
        const ENOUGH: usize = 100;
        if self.rows < ENOUGH {
            return;
        }
        for unseen in &self.unseen {
            if is_much_unseen(unseen.rows, self.rows) && !self.warned.contains(&unseen.column) {
                terminal.note(&unseen_words(unseen, self.rows, model));
                self.warned.push(unseen.column.clone());
            }
        }
        self.filled.warn(terminal, self.rows);
    }

    fn tell(&self, terminal: &Terminal, model: &SavedModel) {
        for unseen in &self.unseen {
            terminal.note(&unseen_words(unseen, self.rows, model));
        }
        self.filled.tell(terminal, self.rows);
        percent_notes(model, &self.percent_signs).iter().for_each(|note| terminal.note(note));
        if self.skipped > 0 {
            terminal.note(&left_out(self.skipped));
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "rows": self.rows,
            "anomalies": self.anomalies,
            "skipped": self.skipped,
            "unseen": self.unseen,
            "filled": self.filled.columns(),
        })
    }
}

/// A remark on a few values that training never saw, or a warning about many.
fn unseen_words(unseen: &Unseen, rows: usize, model: &SavedModel) -> String {
    const SCORED: &str = "each such row gets the highest score that a known value would give it";
    let Unseen { column, rows: found, example } = unseen;
    if !is_much_unseen(*found, rows) {
        let found = format!("{} {}", counted(found, "row"), agreed(*found, "has", "have"));
        return format!(
            "column {column:?}: {found} a value that training never saw, e.g. {example:?}; {SCORED}"
        );
    }
    let input = model.info().columns.iter().find(|input| input.name == *column);
    let known: Vec<String> = input
        .map(|input| input.levels.iter().take(3).map(|level| format!("{level:?}")).collect())
        .unwrap_or_default();
    let trained = match known.is_empty() {
        true => "training had one other value".to_owned(),
        false => format!("training had e.g. {}", known.join(", ")),
    };
    let share = 100.0 * *found as f64 / rows as f64;
    format!(
        "WARNING: column {column:?}: {} ({share:.1} %) have a value that training never saw, e.g. {example:?} ({trained}); {SCORED}. Is it another kind of file, another encoding, or another way to write the same (80.0 and 80)?",
        of_rows(*found, rows)
    )
}

fn write_options(args: &ScoreArgs, model: &SavedModel) -> WriteOptions {
    let inputs = model.info().columns.iter().filter(|input| input.levels.is_empty());
    WriteOptions {
        escape_formulas: args.escape_formulas,
        delimiter: args.output.as_deref().and_then(FileFormat::delimiter_of_path),
        prefix: args.prefix.clone(),
        numeric: inputs.map(|input| input.name.clone()).collect(),
        types: Vec::new(),
    }
}

/// The output's format: stated, or by its name.
fn output_format(args: &ScoreArgs) -> FileFormat {
    let by_name = || args.output.as_deref().and_then(FileFormat::of_path);
    args.format.or_else(by_name).unwrap_or(FileFormat::Csv)
}

/// Programs leave out keys of JSON that have no value: a column of the model that is in no row is one of gaps.
fn tell_absent(terminal: &Terminal, reader: &RowReader, model: &SavedModel) {
    if reader.format() != SourceFormat::Other(FileFormat::JsonLines) {
        return;
    }
    let columns = model.info().columns.iter().map(|column| column.name.as_str());
    let absent = |name: &&str| !reader.names().iter().any(|column| column == name);
    for name in columns.filter(absent) {
        terminal.note(&format!("no row has the key {name:?}: it is taken for a gap in every row"));
    }
}

fn score_all(
    terminal: &Terminal,
    args: &ScoreArgs,
    model: &SavedModel,
    threshold: Threshold,
) -> Result<Status, CliError> {
    let started = Instant::now();
    let skip = args.on_error == Some(OnError::Skip);
    let mut reader = input::open(&args.input, &args.layout, skip)?;
    let mut output = Output::create(args.output.as_deref(), args.force)?;
    let mut tally = Tally::default();
    let mut options = write_options(args, model);
    tell_absent(terminal, &reader, model);
    let typed = reader.format() == SourceFormat::Other(FileFormat::Parquet);
    if output_format(args) == FileFormat::Parquet && !typed && args.input.is_file() {
        // A parquet file has one type a column: what all values of a text allow.
        options.types = written_types(input::open(&args.input, &args.layout, skip)?)?;
    }
    let writer = ScoredWriter::new(output.writer(), output_format(args), reader.names(), &options);
    let mut writer = writer.map_err(|error| output.told(error))?;
    reader.take_notes().iter().for_each(|note| terminal.note(note));
    while let Some(block) = reader.next(BLOCK)? {
        let (block, scored, faults) = score_block(model, block, skip)?;
        tally.skip(terminal, &reader.take_faults());
        tally.skip(terminal, &faults);
        tally.add(&scored, threshold.value);
        let written = writer.write(&block, &model.decisions(&scored, threshold.value));
        written.map_err(|error| output.told(error))?;
        if output.reader_has_gone() {
            return Ok(Status::Done);
        }
    }
    tally.skip(terminal, &reader.take_faults());
    reader.take_notes().iter().for_each(|note| terminal.note(note));
    if tally.rows == 0 {
        return Err(no_rows(&args.input));
    }
    writer.finish().map_err(|error| output.told(error))?;
    output.keep(terminal)?;
    let seconds = started.elapsed().as_secs_f64();
    tally.tell(terminal, model);
    let per_second = tally.rows as f64 / seconds;
    terminal.note(&format!(
        "{} ({:.2} %) in {seconds:.2} s: {} rows/s",
        rows_and_anomalies(tally.rows, tally.anomalies),
        100.0 * tally.anomalies as f64 / tally.rows as f64,
        thousands(per_second.round())
    ));
    let mut result = tally.to_json();
    result["threshold"] = threshold.to_json();
    result["seconds"] = json!(seconds);
    result["rows_per_second"] = json!(per_second);
    result["output"] = json!(args.output);
    result["model"] = json!(model.info().id);
    terminal.json(|| result);
    Ok(Status::Done)
}
