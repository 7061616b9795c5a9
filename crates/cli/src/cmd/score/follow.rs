//! Scores lines as they arrive, and says how long they waited.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use oddbench_core::counts::thousands;
use oddbench_data::rows::{
    Arrival, ArrivalError, Arrived, ArrivingRows, FileFormat, Rows, ScoredWriter, Tail,
};
use oddbench_engine::scoring::SavedModel;
use serde_json::json;

use super::latency::Latencies;
use super::output::Output;
use super::tail::Source;
use super::words::rows_and_anomalies;
use super::{OnError, ScoreArgs, Tally, Threshold, output_format, write_options};
use crate::error::{CliError, Status};
use crate::input;
use crate::signals::stop_on_signals;
use crate::terminal::Terminal;

/// Follows until the end of stdin, an idle time, or a signal.
pub fn run(
    terminal: &Terminal,
    args: &ScoreArgs,
    model: &SavedModel,
    threshold: Threshold,
) -> Result<Status, CliError> {
    let format = output_format(args);
    if format == FileFormat::Parquet {
        return Err(CliError::User {
            message: "parquet is written in large pieces, not line by line".into(),
            help: Some("follow with --format csv or --format jsonl".into()),
        });
    }
    let idle = match args.idle.map(Duration::try_from_secs_f64) {
        None => None,
        Some(Ok(idle)) => Some(idle),
        Some(Err(error)) => return Err(CliError::user(format!("--idle: {error}"))),
    };
    let cancel = Arc::new(AtomicBool::new(false));
    stop_on_signals(&cancel)?;
    let (source, name) = source(args)?;
    let needed: Vec<String> =
        model.info().columns.iter().map(|column| column.name.clone()).collect();
    let mut follower = Follower {
        terminal,
        args,
        model,
        threshold: threshold.value,
        arriving: ArrivingRows::new(&name, &input::options(&args.layout, true)?, &needed),
        output: Output::growing(args.output.as_deref(), args.force)?,
        writer: None,
        passing_over: args.from_end,
        tally: Tally::default(),
        latencies: Latencies::default(),
        busy: Duration::ZERO,
    };
    follower.follow(source, idle, &cancel)?;
    follower.finish(threshold)
}

fn source(args: &ScoreArgs) -> Result<(Source, String), CliError> {
    if input::is_stdin(&args.input) {
        return Ok((Source::stdin(), "stdin".into()));
    }
    let name = args.input.display().to_string();
    let tail = Tail::open(&args.input).map_err(|error| CliError::User {
        message: format!("{name}: it cannot be read: {error}"),
        help: Some("give the path of a file that you may read".into()),
    })?;
    Ok((Source::File(tail), name))
}

struct Follower<'a> {
    terminal: &'a Terminal,
    args: &'a ScoreArgs,
    model: &'a SavedModel,
    threshold: f64,
    arriving: ArrivingRows,
    output: Output,
    writer: Option<ScoredWriter<Box<dyn Write + Send>>>,
    /// Rows that were there before are not scored.
    passing_over: bool,
    tally: Tally,
    latencies: Latencies,
    busy: Duration,
}

impl Follower<'_> {
    fn follow(
        &mut self,
        mut source: Source,
        idle: Option<Duration>,
        cancel: &AtomicBool,
    ) -> Result<(), CliError> {
        let failed = |error: std::io::Error| CliError::System {
            message: format!("{}: it cannot be read: {error}", self.args.input.display()),
        };
        let mut last = Instant::now();
        while !cancel.load(Ordering::Relaxed) && !self.output.reader_has_gone() {
            match source.next().map_err(failed)? {
                Arrival::Bytes(bytes, at) => {
                    last = Instant::now();
                    let started = Instant::now();
                    if let Some(arrived) = self.read(|arriving| arriving.take(&bytes))? {
                        self.lines(arrived, at, started)?;
                    }
                }
                Arrival::Restart => {
                    self.terminal.note("the file begins anew");
                    let dropped = self.arriving.restart();
                    self.tell_dropped(dropped);
                }
                Arrival::Nothing => {
                    self.passing_over = false;
                    if idle.is_some_and(|idle| last.elapsed() >= idle) {
                        break;
                    }
                }
                Arrival::End => {
                    let started = Instant::now();
                    let arrived = self.read(ArrivingRows::end)?;
                    return self.lines(arrived, started, started);
                }
            }
        }
        let dropped = self.arriving.drop_unfinished();
        self.tell_dropped(dropped);
        Ok(())
    }

    /// Half a line may be half a number: it is not scored.
    fn tell_dropped(&self, dropped: bool) {
        if dropped {
            self.terminal.note("the last line has no end and was not scored");
        }
    }

    fn read<T>(
        &mut self,
        read: impl FnOnce(&mut ArrivingRows) -> Result<T, ArrivalError>,
    ) -> Result<T, CliError> {
        read(&mut self.arriving).map_err(|error| match error {
            ArrivalError::Rows(error) => error.into(),
            ArrivalError::Encoding(error) => CliError::System {
                message: format!("{}: it cannot be read: {error}", self.args.input.display()),
            },
        })
    }

    /// Scores and writes whole lines.
    fn lines(&mut self, arrived: Arrived, at: Instant, started: Instant) -> Result<(), CliError> {
        let Arrived { rows, faults } = arrived;
        self.arriving.take_notes().iter().for_each(|note| self.terminal.note(note));
        if self.writer.is_none()
            && let Some(names) = self.arriving.names()
        {
            let format = output_format(self.args);
            let options = write_options(self.args, self.model);
            let out = self.output.writer();
            let begun = ScoredWriter::new(out, format, names, &options)
                .and_then(|mut writer| writer.flush().map(|()| writer));
            self.writer = Some(begun.map_err(|error| self.output.told(error))?);
        }
        if self.passing_over {
            return Ok(());
        }
        let stop = self.args.on_error == Some(OnError::Stop);
        if let Some(fault) = faults.first().filter(|_| stop) {
            return Err(fault.clone().into());
        }
        self.tally.skip(self.terminal, &faults);
        if let Some(rows) = rows {
            self.rows(rows, stop, at)?;
        }
        self.busy += started.elapsed();
        Ok(())
    }

    fn rows(&mut self, rows: Rows, stop: bool, at: Instant) -> Result<(), CliError> {
        let (rows, scored, faults) = super::score_block(self.model, rows, !stop)?;
        self.tally.skip(self.terminal, &faults);
        self.tally.add(&scored, self.threshold);
        self.tally.warn(self.terminal, self.model);
        if let Some(writer) = &mut self.writer {
            let written = writer.write(&rows, &self.model.decisions(&scored, self.threshold));
            written.and_then(|()| writer.flush()).map_err(|error| self.output.told(error))?;
        }
        self.latencies.add(at.elapsed(), rows.len() as u64);
        Ok(())
    }

    fn finish(mut self, threshold: Threshold) -> Result<Status, CliError> {
        if let Some(writer) = self.writer.take() {
            writer.finish().map_err(|error| self.output.told(error))?;
            self.output.keep(self.terminal)?;
        }
        self.tally.tell(self.terminal, self.model);
        let per_second = self.tally.rows as f64 / self.busy.as_secs_f64().max(1e-9);
        let micros = |q| self.latencies.quantile(q).map(|wait| wait.as_secs_f64() * 1e6);
        let (p50, p99) = (micros(0.5), micros(0.99));
        let waits = match (p50, p99) {
            (Some(p50), Some(p99)) => format!(
                "; latency from read to flush p50 {p50:.0} µs, p99 {p99:.0} µs; {} rows/s while busy",
                thousands(per_second.round())
            ),
            _ => String::new(),
        };
        self.terminal
            .note(&format!("{}{waits}", rows_and_anomalies(self.tally.rows, self.tally.anomalies)));
        let mut result = self.tally.to_json();
        result["threshold"] = threshold.to_json();
        result["latency_us"] = json!({ "p50": p50, "p99": p99 });
        result["busy_seconds"] = json!(self.busy.as_secs_f64());
        result["rows_per_second"] = json!(per_second);
        result["output"] = json!(self.args.output);
        result["model"] = json!(self.model.info().id);
        self.terminal.json(|| result);
        Ok(Status::Done)
    }
}
