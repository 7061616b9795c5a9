//! What an operator decides by: what share of the attacks a model finds at a stated share of false alarms, and how
//! many of its alarms are right where attacks are rare.

mod answer;
mod base_rate;
mod notes;

use oddbench_core::operating::OperatorSettings;

use crate::aggregate::SummaryRow;
use crate::contenders::contends;
use crate::document::Block;
use crate::figures::{Figure, Plot};
use crate::format::{self, UNKNOWN};
use crate::operating::{OperatingFigure, OperatingSummary, Words, main_rate, resolved_rates};
use crate::scene::Scene;
use crate::subject::Subject;
use crate::table::{Cell, Head, Place, Table, by_supervision, heads};
use crate::topic::Topic;

/// The section. It follows the verdict in a report without published figures.
pub const TOPIC: Topic = Topic {
    plots,
    paper: true,
    terminal: true,
    ..Topic::new("operator", "Operator's view", blocks)
};

/// The mark of a rate that the threshold did not hold.
const MISSED: &str = "‡";

/// The mark of a precision without a false alarm: only its least is known.
const AT_LEAST: &str = "≥ ";

/// What [`AT_LEAST`] means.
const AT_LEAST_NOTE: &str = "≥ No false alarm was seen on the test rows, and a precision of 1 would say too much: the low end of its 95 % interval.";

/// Digits of a rate at most.
const MOST_DIGITS: usize = 6;

/// What the table shows.
struct View<'a> {
    subject: Subject<'a>,
    settings: &'a OperatorSettings,
    /// Positions of the rates that some row has figures at.
    rates: Vec<usize>,
    /// The position of the rate that precision and false alarms are shown at.
    main: usize,
}

impl<'a> View<'a> {
    /// `None` if the rows resolve no rate.
    fn new(subject: Subject<'a>) -> Option<Self> {
        Some(Self {
            subject,
            settings: &subject.results.manifest.experiment.operator,
            rates: resolved_rates(subject.results, subject.rows),
            main: main_rate(subject.results, subject.rows)?,
        })
    }

    /// The figures of a row at the main rate.
    fn at_main<'r>(&self, row: &'r SummaryRow) -> &'r OperatingSummary {
        &row.operating[self.main]
    }

    /// The main rate.
    fn rate(&self) -> f64 {
        self.settings.fpr[self.main]
    }
}

/// What the section says around its table.
pub fn words(subject: Subject<'_>) -> Words {
    match View::new(subject) {
        Some(view) => Words { answer: answer::sentences(&view), notes: notes::footnotes(&view) },
        None => Words { answer: vec![], notes: notes::unresolvable(subject).into_iter().collect() },
    }
}

fn blocks(scene: &Scene<'_>, figures: Vec<Figure>) -> Vec<Block> {
    let Some(view) = View::new(scene.subject()) else {
        return Block::usual(notes::unresolvable(scene.subject()), figures, []);
    };
    let table = table(&view);
    let mut blocks = Block::usual(answer::sentences(&view), vec![], [table]);
    blocks.extend(Block::figures(figures));
    blocks
}

fn plots<'s>(scene: &'s Scene<'_>) -> Vec<Plot<'s>> {
    let subject = scene.subject();
    let main = main_rate(subject.results, subject.rows);
    let models = base_rate::models(subject, main);
    if !models.iter().any(base_rate::Model::has_line) {
        return vec![];
    }
    vec![Plot::new("base-rate", move || base_rate::draw(subject, main, &models))]
}

fn table(view: &View<'_>) -> Table {
    let best = [best(view, false), best(view, true)];
    let groups = by_supervision(view.subject.rows.iter(), |row| {
        cells(view, row, &best[usize::from(row.supervised)])
    });
    let words = format!(
        "What each model finds at a stated share of false alarms; precision and false alarms at FPR {}",
        format::rate(view.rate())
    );
    let mut at_main = view.subject.rows.iter().map(|row| view.at_main(row));
    let unseen = at_main.any(|at| at.precision.iter().any(|at| is_least(at.precision)));
    let with_least = |mut notes: Vec<String>| {
        notes.extend(unseen.then(|| AT_LEAST_NOTE.to_owned()));
        notes
    };
    Table {
        terminal_notes: with_least(notes::terminal(view)),
        ..Table::grouped(view.subject.caption(&words), columns(view), groups)
            .notes(with_least(notes::footnotes(view)))
            .sortable()
    }
}

fn columns(view: &View<'_>) -> Vec<Head> {
    let mut head = heads(&["Model"], &[]);
    for &at in &view.rates {
        let (rate, main) = (format::rate(view.settings.fpr[at]), at == view.main);
        let recall = Head::new(format!("Recall at FPR {rate}"), true);
        let place = if main { Place::Always } else { Place::Wide };
        head.push(Head { terminal: main, range: main, place, ..recall });
        let reached = Head::new(format!("FPR reached ({rate})"), true);
        let short = Some("Reached".to_owned());
        // A paper has room for it only where it must be seen that a threshold did not hold.
        let missed = view.subject.rows.iter().any(|row| row.operating[at].held() == Some(false));
        let paper = main || missed;
        let place = Place::Wide;
        head.push(Head { short, terminal: main, paper, range: false, place, ..reached });
    }
    for &prevalence in &view.settings.prevalence {
        let share = format::rate(prevalence);
        let short = Some(format!("Prec. {share}"));
        let text = format!("Precision at base rate {share}");
        // The rarest attacks are the hardest, and a phone has room for one.
        let rarest = view.settings.prevalence.iter().all(|other| *other >= prevalence);
        let place = if rarest { Place::Always } else { Place::Wide };
        head.push(Head { short, range: false, place, ..Head::new(text, true) });
    }
    let (text, short) = match view.settings.flows_per_day {
        Some(_) => ("False alarms a day", "Alarms/day"),
        None => ("False alarms per million", "Alarms/M"),
    };
    head.push(Head { short: Some(short.to_owned()), range: false, ..Head::new(text, true) });
    head
}

/// The greatest recall of each rate among the rows that saw labels or those that did not, as it is shown, where the
/// threshold held: letting more false alarms through than were asked for is no merit.
fn best(view: &View<'_>, supervised: bool) -> Vec<Option<String>> {
    let group = || view.subject.rows.iter().filter(|row| row.supervised == supervised);
    let of = |&at: &usize| {
        let contenders = group().filter(|row| contends(row));
        let held = contenders.map(|row| &row.operating[at]).filter(|at| at.held() == Some(true));
        let best = held.filter_map(|at| Some(at.recall?.median.value)).reduce(f64::max)?;
        (group().count() > 1).then(|| format::share(best))
    };
    view.rates.iter().map(of).collect()
}

fn cells(view: &View<'_>, row: &SummaryRow, best: &[Option<String>]) -> Vec<Cell> {
    let mut cells = vec![Cell::new(&row.name)];
    for (&at, best) in view.rates.iter().zip(best) {
        let point = &row.operating[at];
        let (recall, held) = (cell(point.recall, format::share), point.held());
        let is_best = contends(row) && held == Some(true) && Some(&recall.text) == best.as_ref();
        cells.push(Cell { best: is_best, ..recall.with_bar() });
        let digits = digits_of_reached(point);
        let mut reached = cell(point.fpr_reached, |value| format::significant(value, digits));
        if held == Some(false) {
            (reached.attention, reached.text) = (true, format!("{}{MISSED}", reached.text));
        }
        cells.push(reached);
    }
    let main = view.at_main(row);
    cells.extend(main.precision.iter().map(|at| precision_cell(at.precision)));
    let alarms = match view.settings.flows_per_day {
        Some(_) => main.false_alarms_per_day,
        None => main.false_alarms_per_million,
    };
    cells.push(cell(alarms, |value| format::count(value.round() as usize)));
    cells
}

/// Two digits of the rate that was reached. Where its interval lies above the rate that was asked for, as many as show
/// that.
fn digits_of_reached(point: &OperatingSummary) -> usize {
    let missed = point.fpr_reached.filter(|_| point.held() == Some(false));
    let Some(OperatingFigure { median, .. }) = missed else { return 2 };
    let low = |digits: usize| format::significant(median.interval.low, digits).parse::<f64>();
    let above = |digits: &usize| low(*digits).is_ok_and(|low| low > point.fpr);
    (2..MOST_DIGITS).find(above).unwrap_or(MOST_DIGITS)
}

/// Whether no false alarm was seen, so that precision is 1 at every base rate.
fn is_least(precision: Option<OperatingFigure>) -> bool {
    precision.is_some_and(|figure| figure.median.value == 1.0)
}

/// A precision; the least that it may be where no false alarm was seen.
fn precision_cell(figure: Option<OperatingFigure>) -> Cell {
    let cell = cell(figure, precision);
    match figure.filter(|_| is_least(figure)) {
        Some(figure) => {
            Cell { text: format!("{AT_LEAST}{}", precision(figure.median.interval.low)), ..cell }
        }
        None => cell,
    }
}

/// Three decimals, or two digits of what would be next to nothing.
fn precision(value: f64) -> String {
    if value > 0.0 && value < 0.01 { format::significant(value, 2) } else { format::share(value) }
}

/// A figure with its interval and, of several trials, its range over them.
fn cell(figure: Option<OperatingFigure>, show: impl Fn(f64) -> String) -> Cell {
    let Some(OperatingFigure { median, spread }) = figure else { return Cell::new(UNKNOWN) };
    let between = |low: f64, high: f64| format!("{} to {}", show(low), show(high));
    let over_trials = format!("trials {}", between(spread.min, spread.max));
    Cell {
        range: Some(between(median.interval.low, median.interval.high)),
        details: (spread.n > 1).then_some(over_trials).into_iter().collect(),
        ..Cell::of(median.value, show(median.value))
    }
}
