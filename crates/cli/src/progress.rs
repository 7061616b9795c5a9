//! A run in the terminal: a bar per running trial with its epochs, losses and time left, and a line
//! for each trial that is done. Without a terminal, the lines alone.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use oddbench_core::Epoch;
use oddbench_core::counts::counted;
use oddbench_core::record::{Outcome, PartSizes, TrialInfo};
use oddbench_engine::{Event, Listener, TrialEvent};

use crate::events::EventsFile;
use crate::terminal::Terminal;

/// Follows a run.
pub struct RunProgress {
    terminal: Terminal,
    /// Where events are written, too.
    events: Option<EventsFile>,
    /// Whether a cluster decides how many trials run at the same time.
    on_cluster: bool,
    bars: MultiProgress,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    names: Vec<String>,
    running: HashMap<usize, ProgressBar>,
    overall: Option<ProgressBar>,
    pending: usize,
    done: usize,
    /// Seconds that the rest is expected to take; `None` until something is known.
    left: Option<f64>,
    /// Notes that were shown: what many trials say is said once, and in full in the report.
    noted: HashSet<String>,
}

impl RunProgress {
    /// Draws on stderr if it is a terminal.
    pub fn new(terminal: &Terminal) -> Self {
        let target = match terminal.interactive {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        Self {
            terminal: *terminal,
            events: None,
            on_cluster: false,
            bars: MultiProgress::with_draw_target(target),
            state: RefCell::default(),
        }
    }

    /// The same of trials that a cluster runs.
    pub fn on_cluster(self) -> Self {
        Self { on_cluster: true, ..self }
    }

    /// The same, which also writes every event into a file.
    pub fn writing(self, events: Option<EventsFile>) -> Self {
        Self { events, ..self }
    }

    fn line(&self, text: &str) {
        self.bars.suspend(|| self.terminal.note(text));
    }

    fn planned(&self, experiment: &str, trials: &[TrialInfo], cached: &[usize], jobs: usize) {
        let mut state = self.state.borrow_mut();
        state.names = trials.iter().map(name).collect();
        state.pending = trials.len() - cached.len();
        let at_a_time = match self.on_cluster {
            true => String::new(),
            false => format!(", {jobs} at a time"),
        };
        self.line(&format!(
            "{experiment}: {}, {} done before, {} to run{at_a_time}",
            counted(trials.len(), "trial"),
            cached.len(),
            state.pending,
        ));
        if state.pending > 0 {
            let bar = self.bars.add(ProgressBar::new(state.pending as u64));
            bar.set_style(style("{msg} [{bar:30}] {pos}/{len} trials  {elapsed} elapsed"));
            bar.set_message("all");
            bar.enable_steady_tick(Duration::from_secs(1));
            state.overall = Some(bar);
        }
    }

    fn started(&self, position: usize) {
        let mut state = self.state.borrow_mut();
        // Started before, and then another process had it.
        if let Some(bar) = state.running.remove(&position) {
            bar.finish_and_clear();
        }
        if state.running.len() >= MOST_BARS {
            return;
        }
        let bar = self.bars.insert(0, ProgressBar::new_spinner());
        bar.set_style(style("{msg} {spinner} {elapsed}"));
        bar.set_message(state.names[position].clone());
        bar.enable_steady_tick(Duration::from_millis(200));
        state.running.insert(position, bar);
    }

    fn trial(&self, position: usize, what: &TrialEvent) {
        let mut state = self.state.borrow_mut();
        match what {
            TrialEvent::Epoch { epoch } => {
                let text = format!("{}  {}", state.names[position], losses(epoch));
                if let Some(bar) = state.running.get(&position) {
                    if bar.length().is_none() {
                        bar.set_length(u64::from(epoch.epochs));
                        bar.set_style(style("{msg} [{bar:20}] {pos}/{len} epochs  eta {eta}"));
                    }
                    bar.set_position(u64::from(epoch.epoch));
                    bar.set_message(text);
                }
            }
            TrialEvent::Note { note } => {
                if state.noted.insert(note.clone()) {
                    let text = format!("{}: {note}", state.names[position]);
                    drop(state);
                    self.line(&text);
                }
            }
        }
    }

    fn done(&self, position: usize, outcome: &Outcome, roc_auc: Option<f64>, f1: Option<f64>) {
        let mut state = self.state.borrow_mut();
        if let Some(bar) = state.running.remove(&position) {
            bar.finish_and_clear();
        }
        state.done += 1;
        if let Some(overall) = &state.overall {
            overall.set_position(state.done as u64);
        }
        let name = &state.names[position];
        let text = match outcome {
            Outcome::Completed { fit_seconds, .. } => {
                let figures = [("ROC-AUC", roc_auc), ("F1", f1)]
                    .iter()
                    .filter_map(|(label, value)| value.map(|v| format!(", {label} {v:.3}")))
                    .collect::<String>();
                match fit_seconds {
                    Some(seconds) => format!("{name}: fitted in {seconds:.2} s{figures}"),
                    None => format!("{name}: fitted elsewhere{figures}"),
                }
            }
            Outcome::Failed { message, .. } => format!("{name}: FAILED: {message}"),
        };
        let left = state.left.filter(|seconds| *seconds >= WORTH_TELLING);
        let left = left.map(|seconds| format!("; about {} left", words(seconds)));
        let left = left.unwrap_or_default();
        let text = format!("[{}/{}] {text}{left}", state.done, state.pending);
        drop(state);
        self.line(&text);
    }

    fn left(&self, seconds: Option<f64>) {
        let mut state = self.state.borrow_mut();
        state.left = seconds;
        if let Some(overall) = &state.overall {
            let left = seconds.map(|seconds| format!("all, about {} left", words(seconds)));
            overall.set_message(left.unwrap_or_else(|| "all".into()));
        }
    }

    fn finished(&self) {
        let mut state = self.state.borrow_mut();
        for (_, bar) in state.running.drain() {
            bar.finish_and_clear();
        }
        if let Some(bar) = state.overall.take() {
            bar.finish_and_clear();
        }
    }
}

impl Listener for RunProgress {
    fn event(&self, event: &Event) {
        if let Some(Err(error)) = self.events.as_ref().map(|file| file.write(event))
            && self.state.borrow_mut().noted.insert("--events".to_owned())
        {
            self.line(&format!("--events: events cannot be written: {error}"));
        }
        match event {
            Event::Planned { experiment, trials, cached, jobs } => {
                self.planned(experiment, trials, cached, *jobs);
            }
            Event::Preparing { dataset, set } => {
                self.line(&format!("preparing {}", set.as_ref().unwrap_or(dataset)));
            }
            Event::Prepared { set, sizes, fold, features, seconds } => {
                let set = set.as_ref().map(|set| format!("{set}: ")).unwrap_or_default();
                let text = prepared(*sizes, fold.as_deref(), features.as_deref(), *seconds);
                self.line(&format!("{set}{text}"));
            }
            Event::Told { set, text } => {
                let set = set.as_ref().map(|set| format!("{set}: ")).unwrap_or_default();
                self.line(&format!("{set}{text}"));
            }
            Event::SetFailed { set, message } => self.line(&format!("{set}: FAILED: {message}")),
            Event::Started { trial } => self.started(*trial),
            Event::Trial { trial, what } => self.trial(*trial, what),
            Event::Done { trial, outcome, roc_auc, f1 } => {
                self.done(*trial, outcome, *roc_auc, *f1)
            }
            Event::TimeLeft { seconds } => self.left(*seconds),
            Event::Finished { .. } => self.finished(),
        }
    }
}

/// Bars of single trials at most: of those that train together on a graphics card there may be hundreds.
const MOST_BARS: usize = 32;

/// Seconds from which on a line says how long the rest takes.
const WORTH_TELLING: f64 = 10.0;

fn words(seconds: f64) -> String {
    HumanDuration(Duration::from_secs(seconds.round() as u64)).to_string()
}

/// `prepared fold 2: 80 training, 0 validation and 20 test rows of 3 columns in 0.1 s`.
fn prepared(sizes: PartSizes, fold: Option<&str>, features: Option<&str>, seconds: f64) -> String {
    let fold = fold.map(|fold| format!("{fold}: ")).unwrap_or_default();
    let rows = match sizes.transfer {
        None => format!("{} validation and {} test rows", sizes.validation, sizes.test),
        Some(transfer) => format!(
            "{} validation, {} test and {transfer} transfer rows",
            sizes.validation, sizes.test
        ),
    };
    let features = features.map(|name| format!(" ({})", shortened(name))).unwrap_or_default();
    format!(
        "prepared {fold}{} training, {rows} of {} columns{features} in {seconds:.1} s",
        sizes.train, sizes.columns
    )
}

/// A set's name. A long list of columns is cut after its beginning.
fn shortened(features: &str) -> String {
    match features.char_indices().nth(30) {
        Some((end, _)) => format!("{}...", &features[..end]),
        None => features.to_owned(),
    }
}

fn name(trial: &TrialInfo) -> String {
    let seed = trial.seed.map(|seed| format!(" seed {seed}")).unwrap_or_default();
    let fold = trial.fold_in_words().map(|fold| format!(" {fold}")).unwrap_or_default();
    let backend =
        if trial.backend == "cpu" { String::new() } else { format!(" {}", trial.backend) };
    let sweep = trial.sweep.as_ref().map(|point| format!(" ({})", point.words()));
    format!("{}{}{seed}{fold}{backend}", trial.name, sweep.unwrap_or_default())
}

fn losses(epoch: &Epoch) -> String {
    let validation =
        epoch.validation_loss.map(|loss| format!(", validation {loss:.5}")).unwrap_or_default();
    format!("loss {:.5}{validation}", epoch.loss)
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}
