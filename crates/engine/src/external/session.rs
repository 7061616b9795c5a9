//! The orders that a command gets, and the handling of its answers.

use std::path::Path;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use oddbench_core::external::RowFormat;
use oddbench_core::{DetectorError, Matrix, Silent, Train, Watch};
use oddbench_data::exchange::{read_scores, write_labels, write_rows};

use super::answers::Answer;
use super::folder::Folder;
use super::process::{Process, Silence};
use super::{External, Facts, shuffled};

/// How often limits are looked at while an answer is waited for.
const TICK: Duration = Duration::from_millis(20);
/// Seconds that a command may report beyond those that its answer took: clocks differ, and numbers are rounded.
const SLACK: f64 = 0.1;
/// How many notes and versions are kept.
const MOST: usize = 50;
/// How many of the last lines of stderr a message shows.
const SHOWN: usize = 8;
/// How many characters of the last line of stdout it shows.
const SHOWN_CHARS: usize = 200;

/// What stands before the last words of a command in a message, and between the lines of stderr.
const STDOUT: &str = "; stdout ends with: ";
const STDERR: &str = "; stderr ends with: ";
const BETWEEN: &str = " | ";

/// The message of a command that failed, on separate lines where there is room for them.
pub fn in_lines(message: &str) -> Vec<String> {
    let (message, stderr) =
        message.split_once(STDERR).map_or((message, None), |(m, e)| (m, Some(e)));
    let (cause, stdout) = message.split_once(STDOUT).map_or((message, None), |(m, e)| (m, Some(e)));
    let mut lines = vec![cause.to_owned()];
    lines.extend(stdout.map(|line| format!("stdout ends with: {line}")));
    if let Some(stderr) = stderr {
        lines.push("stderr ends with:".into());
        lines.extend(stderr.split(BETWEEN).map(|line| format!("  {line}")));
    }
    lines
}

/// A command that runs.
pub(super) struct Session {
    process: Process,
    folder: Folder,
    format: RowFormat,
    supervised: bool,
    key: u64,
    /// What is left of the time that it may take.
    left: Duration,
    timeout_seconds: u64,
    max_memory_mb: Option<u64>,
    keeps_folder: bool,
    ended: bool,
    facts: Facts,
}

/// Why an order was not carried out.
enum Trouble {
    Cancelled,
    Because(String),
}

/// How long an order took.
struct Took {
    waited: Duration,
    reported: Option<f64>,
}

impl Session {
    /// Makes the folder and starts the command in it.
    pub(super) fn start(
        external: &External,
        seed: u64,
        columns: usize,
    ) -> Result<Self, DetectorError> {
        let settings = &external.settings;
        let folder = Folder::new(settings, &external.params, seed, columns)?;
        let command = folder.command(settings).ok_or_else(|| failed("the command is empty"))?;
        let process = Process::start(command, folder.dir()).map_err(|error| {
            failed(format!("{} could not be started: {error}", settings.words()))
        })?;
        Ok(Self {
            process,
            folder,
            format: settings.format,
            supervised: settings.supervised,
            key: external.key,
            left: Duration::from_secs(settings.timeout_seconds),
            timeout_seconds: settings.timeout_seconds,
            max_memory_mb: settings.max_memory_mb,
            keeps_folder: external.keeps_folder,
            ended: false,
            facts: external.facts.clone(),
        })
    }

    /// Hands over the training rows, shuffled, with their labels if it is supervised.
    pub(super) fn fit(
        &mut self,
        train: Train<'_>,
        watch: &mut dyn Watch,
    ) -> Result<(), DetectorError> {
        let started = Instant::now();
        let order = shuffled(train.x.rows(), self.key, "external/train");
        let rows = format!("train.{}", self.format.name());
        self.write(&rows, train.x, &order)?;
        let mut words = format!("fit {rows}");
        if let Some(labels) = train.labels.filter(|_| self.supervised) {
            let labels = order.iter().map(|&row| labels[row as usize]);
            let path = self.folder.path("labels.txt");
            write_labels(&path, labels).map_err(|error| stuck(&path, &error))?;
            words.push_str(" labels.txt");
        }
        self.facts.known().run.files_seconds += started.elapsed().as_secs_f64();
        let took = self.carry_out(&words, watch)?;
        let seconds = self.account(&took);
        self.facts.known().fit_seconds = seconds;
        Ok(())
    }

    /// Has rows scored, which it is given shuffled; the scores come back in the order of the rows.
    pub(super) fn score(&mut self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let started = Instant::now();
        let part = self.facts.known().run.parts + 1;
        let order = shuffled(x.rows(), self.key, &format!("external/part-{part}"));
        let rows = format!("part-{part}.{}", self.format.name());
        let answers = format!("scores-{part}.txt");
        self.write(&rows, x, &order)?;
        let writing = started.elapsed();
        let took = self.carry_out(&format!("score {rows} {answers}"), &mut Silent)?;
        let started = Instant::now();
        let path = self.folder.path(&answers);
        let read = read_scores(&path, x.rows()).map_err(|cause| self.fail(cause))?;
        let mut scores = vec![0.0; read.len()];
        order.iter().zip(read).for_each(|(&row, score)| scores[row as usize] = score);
        // They are as large as the rows, and are not needed any more.
        let gone = [self.folder.path(&rows), path].map(std::fs::remove_file);
        gone.into_iter().collect::<Result<(), _>>().map_err(|e| stuck(self.folder.dir(), &e))?;
        let seconds = self.account(&took);
        let mut known = self.facts.known();
        known.run.parts = part;
        known.run.files_seconds += (writing + started.elapsed()).as_secs_f64();
        known.score_seconds += seconds;
        Ok(scores)
    }

    fn write(&self, name: &str, x: &Matrix, order: &[u32]) -> Result<(), DetectorError> {
        let path = self.folder.path(name);
        write_rows(&path, self.format, x, order).map_err(|error| stuck(&path, &error))
    }

    /// The seconds that count as the command's: what it reported, or else how long its answer took.
    fn account(&self, took: &Took) -> f64 {
        let waited = took.waited.as_secs_f64();
        let Some(reported) = took.reported else { return waited };
        let mut known = self.facts.known();
        known.run.reports_seconds = true;
        known.run.waiting_seconds += (waited - reported).max(0.0);
        reported
    }

    fn carry_out(&mut self, order: &str, watch: &mut dyn Watch) -> Result<Took, DetectorError> {
        let started = Instant::now();
        self.process.order(order);
        let reported = self.wait(order, watch, started);
        let waited = started.elapsed();
        self.left = self.left.saturating_sub(waited);
        match reported {
            Ok(Some(reported)) if reported > waited.as_secs_f64() + SLACK => {
                let word = order.split(' ').next().unwrap_or_default();
                Err(self.fail(format!(
                    "it reported @seconds {reported:?} for `{word}`, and the answer came after {:.3} s; report the wall time of this order alone, in seconds, and not the time of all processors",
                    waited.as_secs_f64()
                )))
            }
            Ok(reported) => Ok(Took { waited, reported }),
            Err(Trouble::Cancelled) => {
                self.keeps_folder = false;
                self.end(false);
                Err(DetectorError::Cancelled)
            }
            Err(Trouble::Because(cause)) => Err(self.fail(cause)),
        }
    }

    /// Waits for `@done` and returns the seconds that were reported before it.
    fn wait(
        &mut self,
        order: &str,
        watch: &mut dyn Watch,
        started: Instant,
    ) -> Result<Option<f64>, Trouble> {
        let word = order.split(' ').next().unwrap_or_default();
        let because = |cause: String| Err(Trouble::Because(cause));
        let mut reported = None;
        loop {
            match self.process.answer(TICK) {
                Ok(Answer::Done) => return Ok(reported),
                Ok(Answer::Seconds(seconds)) => reported = Some(seconds),
                Ok(Answer::Error(cause)) if cause.is_empty() => {
                    return because(
                        "it answered @error and no reason; write one behind it: @error too few rows"
                            .into(),
                    );
                }
                Ok(Answer::Error(cause)) => return because(format!("it answered: {cause}")),
                Ok(Answer::Unknown(line)) => {
                    return because(format!(
                        "it printed \"@{line}\", which is no answer; there are @done, @seconds NUMBER, @version NAME VERSION, @note TEXT and @error TEXT"
                    ));
                }
                Ok(Answer::Note(note)) => self.keep_note(note),
                Ok(Answer::Version(name, version)) => self.keep_version(name, version),
                Err(Silence::Ended) => return because(self.how_it_ended(word)),
                Err(Silence::Quiet) => {}
            }
            if watch.cancelled() {
                return Err(Trouble::Cancelled);
            }
            if started.elapsed() > self.left {
                let limit = self.timeout_seconds;
                return because(format!(
                    "it had not answered `{word}` when timeout = {limit} s was over; an answer is a line of its own that begins with @, and stdout is flushed after it"
                ));
            }
            let (held, most) = (self.process.memory().now_mb(), self.max_memory_mb);
            if let Some(most) = most.filter(|&most| held > most as f64) {
                return because(format!("it held {held:.0} MiB, and max_memory is {most} MiB"));
            }
        }
    }

    fn keep_note(&self, note: String) {
        let mut known = self.facts.known();
        if known.notes.len() < MOST {
            known.notes.push(note);
        }
    }

    fn keep_version(&self, name: String, version: String) {
        let versions = &mut self.facts.known().run.versions;
        if versions.len() < MOST {
            versions.insert(name, version);
        }
    }

    fn how_it_ended(&mut self, word: &str) -> String {
        match self.process.status() {
            Some(status) => format!("it ended ({status}) before it answered `{word}`"),
            None => format!("it closed its stdout before it answered `{word}`"),
        }
    }

    /// Ends it, and says why with its last words.
    fn fail(&mut self, cause: String) -> DetectorError {
        self.end(false);
        let known = self.facts.known();
        let mut message = format!("the command failed: {cause}");
        // An answer that stands behind other text shows here.
        if let Some(line) = known.run.stdout.iter().rfind(|line| !line.is_empty()) {
            let end: String =
                line.chars().skip(line.chars().count().saturating_sub(SHOWN_CHARS)).collect();
            message.push_str(&format!("{STDOUT}{end}"));
        }
        let stderr = &known.run.stderr;
        if !stderr.is_empty() {
            message.push_str(STDERR);
            message.push_str(&stderr[stderr.len().saturating_sub(SHOWN)..].join(BETWEEN));
        }
        if let Some(folder) = &known.run.folder {
            message.push_str("; its folder is kept: ");
            message.push_str(folder);
        }
        failed(message)
    }

    /// Ends it for good and notes what it leaves. The folder of one that failed is kept.
    fn end(&mut self, in_peace: bool) {
        if self.ended {
            return;
        }
        self.ended = true;
        let status = match in_peace {
            true => self.process.end(),
            false => {
                let status = self.process.try_status();
                self.process.kill();
                status
            }
        };
        let mut known = self.facts.known();
        known.run.exit_code = status.and_then(|status: ExitStatus| status.code());
        known.run.peak_rss_mb = self.process.memory().peak_mb();
        known.run.stdout = self.process.stdout();
        known.run.stderr = self.process.stderr();
        if !in_peace && self.keeps_folder {
            self.folder.keep();
            known.run.folder = Some(self.folder.dir().display().to_string());
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.end(true);
    }
}

fn failed(message: impl Into<String>) -> DetectorError {
    DetectorError::Backend(message.into())
}

fn stuck(path: &Path, error: &std::io::Error) -> DetectorError {
    DetectorError::Store { path: path.to_owned(), message: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_of_a_command_have_lines_of_their_own() {
        let message =
            format!("it ended{STDOUT}done{STDERR}Traceback{BETWEEN}  line 3{BETWEEN}KeyError");
        let expected = [
            "it ended",
            "stdout ends with: done",
            "stderr ends with:",
            "  Traceback",
            "    line 3",
            "  KeyError",
        ];
        assert_eq!(in_lines(&message), expected);
        assert_eq!(in_lines("the scores differ"), ["the scores differ"]);
    }
}
