//! A file that is followed: a thread of its own reads what is appended, scores it and counts. Truncation, rotation
//! and lines that are no rows are treated as `oddbench score --follow` treats them, by the same code.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use oddbench_core::audit::is_much_unseen;
use oddbench_data::rows::{
    Arrival, ArrivalError, Arrived, ArrivingRows, ReadOptions, RowError, Rows, Tail,
};
use oddbench_engine::scoring::{GoodRows, SavedModel, Scored};

use super::alarms::{Alarms, now};
use super::recent::Recent;
use super::usual_rows::UsualRows;
use crate::error::{Answer, ApiError, ErrorBody};
use crate::folders::Allowed;
use crate::page_words::in_page_words;

/// How often a follow that rests looks whether it should go on.
const REST: Duration = Duration::from_millis(50);

/// Faults and notes that are kept at most.
const WORDS: usize = 20;

/// Rows from which on a warning about many of them says something.
const ENOUGH: u64 = 100;

/// A file that is followed.
pub struct Follow {
    /// Its id.
    pub id: String,
    /// The file's name, as clients call it.
    pub file: String,
    /// The model's id.
    pub model_id: String,
    /// The model.
    pub model: Arc<SavedModel>,
    /// A row whose score is greater is an anomaly.
    pub threshold: f64,
    /// Whether the rows that were there before are passed over.
    pub from_end: bool,
    /// How its lines are read.
    pub options: ReadOptions,
    state: Mutex<State>,
    paused: AtomicBool,
    over: AtomicBool,
}

/// What a follow has seen so far.
#[derive(Default)]
pub struct State {
    /// Rows that were scored.
    pub rows: u64,
    /// Those that were anomalies.
    pub anomalies: u64,
    /// Lines that were left out.
    pub skipped: u64,
    /// Why, the latest last.
    pub faults: VecDeque<String>,
    /// What must be known of how the lines are read, or of the scores.
    pub notes: Vec<String>,
    /// How often the file began anew.
    pub restarts: u64,
    /// Whether everything that is there has been read.
    pub caught_up: bool,
    /// When the latest row was read, in seconds since 1970.
    pub latest: Option<f64>,
    /// How many rows a second arrive.
    pub recent: Recent,
    /// The latest anomalies.
    pub alarms: Alarms,
    /// The latest rows that were called normal.
    pub usual: UsualRows,
    /// Why it does not go on.
    pub trouble: Option<ErrorBody>,
    /// Columns with values that training never saw, and how many rows have them.
    unseen: Vec<(String, u64)>,
    /// Columns that lack values, and in how many rows.
    missing: Vec<(String, u64)>,
}

/// What a follow is made of.
pub struct Wanted {
    /// The file's name, as clients call it.
    pub file: String,
    /// The model's id.
    pub model_id: String,
    /// The model.
    pub model: Arc<SavedModel>,
    /// A row whose score is greater is an anomaly.
    pub threshold: f64,
    /// Whether the rows that were there before are passed over.
    pub from_end: bool,
    /// How its lines are read.
    pub options: ReadOptions,
}

impl Follow {
    /// A follow that has not started.
    pub fn new(id: String, wanted: Wanted) -> Self {
        let Wanted { file, model_id, model, threshold, from_end, options } = wanted;
        Self {
            id,
            file,
            model_id,
            model,
            threshold,
            from_end,
            options,
            state: Mutex::default(),
            paused: AtomicBool::new(false),
            over: AtomicBool::new(false),
        }
    }

    /// Starts to follow the file. An error if it cannot be opened.
    pub fn start(self: &Arc<Self>, allowed: Allowed) -> Answer<()> {
        let tail = Tail::through(move || allowed.open())
            .map_err(|error| unreadable(&self.file, &error))?;
        let follow = Arc::clone(self);
        let thread = thread::Builder::new().name("oddbench-follow".into()).stack_size(crate::STACK);
        thread.spawn(move || follow.run(tail)).map_err(ApiError::internal)?;
        Ok(())
    }

    /// What it has seen so far.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it rests.
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    /// Lets it rest, or go on where it stopped.
    pub fn pause(&self, paused: bool) {
        self.paused.store(paused, Ordering::Relaxed);
    }

    /// Ends it.
    pub fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    fn run(&self, tail: Tail) {
        let trouble = match catch_unwind(AssertUnwindSafe(|| self.follow(tail))) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(_) => ApiError::internal("the thread that follows a file panicked"),
        };
        self.state().trouble = Some(trouble.into());
    }

    fn follow(&self, mut tail: Tail) -> Answer<()> {
        let needed: Vec<String> =
            self.model.columns().iter().map(|(name, _)| name.clone()).collect();
        let mut arriving = ArrivingRows::new(&self.file, &self.options, &needed);
        let mut passing_over = self.from_end;
        while !self.over.load(Ordering::Relaxed) {
            if self.is_paused() {
                thread::sleep(REST);
                continue;
            }
            match tail.look().map_err(|error| unreadable(&self.file, &error))? {
                Arrival::Bytes(bytes, _) => {
                    let arrived = arriving.take(&bytes).map_err(|error| self.unfit(error))?;
                    self.state().told(arriving.take_notes());
                    if let Some(arrived) = arrived.filter(|_| !passing_over) {
                        self.take(arrived)?;
                    }
                }
                Arrival::Restart => {
                    let dropped = arriving.restart();
                    self.state().begins_anew(dropped);
                }
                Arrival::Nothing => {
                    passing_over = false;
                    self.state().caught_up = true;
                }
                Arrival::End => return Ok(()),
            }
        }
        Ok(())
    }

    /// Scores rows and counts them.
    fn take(&self, arrived: Arrived) -> Answer<()> {
        let Arrived { rows, faults } = arrived;
        let scored = rows.map(|rows| self.scored(rows)).transpose()?;
        let mut state = self.state();
        state.caught_up = false;
        state.skip(&faults);
        let Some(GoodRows { rows, scored, faults }) = scored else { return Ok(()) };
        state.skip(&faults);
        let (anomalies, normal): (Vec<usize>, Vec<usize>) =
            (0..rows.len()).partition(|&row| scored.scores[row] > self.threshold);
        let before = state.rows;
        state.alarms.add(&rows, &scored, &anomalies, before);
        state.usual.add(&rows, &normal);
        state.rows += rows.len() as u64;
        state.anomalies += anomalies.len() as u64;
        state.recent.add(rows.len(), Instant::now());
        if !rows.is_empty() {
            state.latest = Some(now());
        }
        state.warn(&scored);
        Ok(())
    }

    fn scored(&self, rows: Rows) -> Answer<GoodRows> {
        let names = Arc::clone(rows.names());
        let lacking = self.model.columns().iter().find(|(name, _)| !names.contains(name));
        self.model.score_good_rows(rows).map_err(|error| match lacking {
            Some((name, _)) => ApiError::unusable(
                format!("the file has no column {name:?}, which the model reads"),
                "choose another model, or name the columns as the model's training data did",
            ),
            None => error.into(),
        })
    }

    fn unfit(&self, error: ArrivalError) -> ApiError {
        match error {
            ArrivalError::Rows(error) => error.into(),
            ArrivalError::Encoding(error) => unreadable(&self.file, &error),
        }
    }
}

/// The error of a file that cannot be read.
pub fn unreadable(file: &str, error: &std::io::Error) -> ApiError {
    ApiError::unusable(
        format!("{file}: it cannot be read: {error}"),
        "see whether the file is still there and may be read by the user that runs the server",
    )
}

impl State {
    fn told(&mut self, notes: Vec<String>) {
        for note in notes {
            let note = in_page_words(&note);
            if self.notes.len() < WORDS && !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    fn skip(&mut self, faults: &[RowError]) {
        self.skipped += faults.len() as u64;
        for fault in faults.iter().skip(faults.len().saturating_sub(WORDS)) {
            self.faults.push_back(ApiError::from(fault.clone()).error);
        }
        let more = self.faults.len().saturating_sub(WORDS);
        self.faults.drain(..more);
    }

    fn begins_anew(&mut self, dropped: bool) {
        self.restarts += 1;
        if dropped {
            self.told(vec![
                "the file was replaced or cut off after half a line; this half line was not scored"
                    .to_owned(),
            ]);
        }
    }

    /// Notes columns whose scores say little, once each.
    fn warn(&mut self, scored: &Scored) {
        for unseen in &scored.unseen {
            add(&mut self.unseen, &unseen.column, unseen.rows);
        }
        for filled in &scored.filled {
            add(&mut self.missing, &filled.column, filled.missing);
        }
        if self.rows < ENOUGH {
            return;
        }
        let rows = self.rows;
        // Rows that one server reads are far fewer than 2^64.
        let much = |of: &u64| is_much_unseen(*of as usize, rows as usize);
        let unseen = self.unseen.iter().filter(|(_, of)| much(of)).map(|(column, _)| {
            format!("many rows have a value in column {column:?} that training never saw: their scores say little")
        });
        let missing = self.missing.iter().filter(|(_, of)| 2 * of > rows).map(|(column, _)| {
            format!("column {column:?} has no value in most rows, and the model reads it: the scores say little")
        });
        let notes = unseen.chain(missing).collect();
        self.told(notes);
    }
}

fn add(counts: &mut Vec<(String, u64)>, column: &str, rows: usize) {
    match counts.iter_mut().find(|(known, _)| known == column) {
        Some((_, count)) => *count += rows as u64,
        None => counts.push((column.to_owned(), rows as u64)),
    }
}
