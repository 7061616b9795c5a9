//! Detection over time: alarms by hour, how long an attack lasts before its first alarm, and whether the
//! false-positive rate changes over the test period. Only where the test rows have times.

pub mod measured;
mod plots;

use std::collections::BTreeMap;

use oddbench_core::over_time::Episode;
use oddbench_core::stats::median;
use oddbench_core::time::Notation;

use crate::aggregate::SummaryRow;
use crate::document::Block;
use crate::figures::{Figure, Plot};
use crate::format::{self, ORACLE_NOTE, UNKNOWN};
use crate::scene::Scene;
use crate::table::{Cell, Head, Table, by_supervision, heads};
use crate::topic::Topic;
use measured::{ALPHA, ModelOverTime, OverTime};

/// The section; none where test rows have no times.
pub const TOPIC: Topic = Topic { plots, ..Topic::new("over-time", "Over time", blocks) };

fn blocks(scene: &Scene<'_>, figures: Vec<Figure>) -> Vec<Block> {
    let Some(over) = scene.over_time() else { return vec![] };
    let mut blocks = Block::usual(text(scene, over), figures, []);
    blocks.extend(Block::tables([alarms(scene, over)]));
    if over.models.iter().any(|model| !model.episodes.is_empty()) {
        blocks.push(Block::Table(episodes(scene, over)));
    }
    if over.models.iter().any(|model| model.drift.is_some()) {
        blocks.push(Block::Table(drift(scene, over)));
        blocks
            .push(Block::Folded("False-positive rate by tenth".into(), vec![tenths(scene, over)]));
    }
    blocks
}

fn plots<'s>(scene: &'s Scene<'_>) -> Vec<Plot<'s>> {
    let subject = scene.subject();
    let Some(over) = scene.over_time() else { return vec![] };
    let mut plots = vec![Plot::new("alarms-over-time", move || plots::alarms(subject, over))];
    if over.models.iter().any(|model| model.drift.is_some()) {
        plots.push(Plot::new("fpr-over-time", move || plots::rates(subject, over)));
    }
    plots
}

/// Of what time the rows are, and what changed.
fn text(scene: &Scene<'_>, over: &OverTime) -> Vec<String> {
    let notation = over.notation();
    let (from, to) = (notation.in_words(over.period.from), notation.in_words(over.period.to));
    let since = match notation {
        Notation::Date => " UTC",
        Notation::Elapsed => ", counted from a moment that the data does not state",
    };
    let of_fold = over.of_its_fold();
    let in_fold = match &over.fold {
        Some(fold) => format!(
            " Each fold has test rows of its own; here all models are measured in one fold, {fold}."
        ),
        None => String::new(),
    };
    let (rows, without) = over.rows;
    let without = match without {
        0 => String::new(),
        without => format!(" {} have no time and are left out.", format::counted(without, "row")),
    };
    let (bucket, one) = (over.bucket.word(), over.bucket.one());
    vec![
        format!(
            "{}{of_fold} from {from} to {to}{since}.{without}{in_fold} Alarms are counted by {bucket}. They are those of each model's median seed under the first threshold rule. If the split draws test rows at random, the rows are only a sample of the traffic. Then the alarms in {one} are a sample too, and an attack seems to begin with its first test row.",
            format::counted(rows, "test row")
        ),
        drift_sentence(scene, over).unwrap_or_else(|| {
            let tested = over.models.iter().any(|model| model.p_adjusted.is_some());
            match tested {
                true => "No model's false-positive rate rises or falls over the test period by more than chance.",
                false => "No model has enough benign rows and false alarms to test whether its false-positive rate rises or falls.",
            }
            .to_owned()
        }),
        format!(
            "The test: a linear trend of the false-positive rate over ten tenths of the benign test rows (Cochran 1954, Armitage 1955), with the variance estimated from the tenths, because alarms come in bursts; p-values are corrected by Holm's method over the models, and those below {ALPHA} count."
        ),
    ]
}

/// Which models' false-positive rates changed by more than chance; `None` if none did.
pub fn drift_sentence(scene: &Scene<'_>, over: &OverTime) -> Option<String> {
    let said = |model: &ModelOverTime| {
        let (drift, trend) = model.drifted()?;
        let word = if trend.statistic > 0.0 { "rises" } else { "falls" };
        let times = match drift.ratio {
            Some(ratio) => format!(
                "the last third has {} times the rate of the first",
                format::significant(ratio, 2)
            ),
            None => "the first third has no false alarm".to_owned(),
        };
        let p = format::p_value(model.p_adjusted?);
        Some(format!("{} {word} ({times}, p {p})", scene.rows[model.row].name))
    };
    let found: Vec<String> = over.models.iter().filter_map(said).collect();
    (!found.is_empty()).then(|| {
        format!(
            "The false-positive rate changes over the test period{} by more than chance: {}.",
            over.of_its_fold(),
            format::listed(&found)
        )
    })
}

/// The cells of each measured row, in the groups of other tables.
fn grouped(
    scene: &Scene<'_>,
    over: &OverTime,
    cells: impl Fn(&SummaryRow, &ModelOverTime) -> Vec<Cell>,
) -> Vec<crate::table::Group> {
    let rows = over.models.iter().map(|model| &scene.rows[model.row]);
    by_supervision(rows, |row| {
        let at = over.models.iter().find(|model| std::ptr::eq(&scene.rows[model.row], row));
        at.map(|model| cells(row, model)).unwrap_or_default()
    })
}

fn alarms(scene: &Scene<'_>, over: &OverTime) -> Table {
    let bucket = over.bucket.word();
    let figures = [
        "Alarms".to_owned(),
        "False".to_owned(),
        format!("Alarms per {bucket}"),
        format!("False per {bucket}"),
        format!("Most false in {}", over.bucket.one()),
    ];
    let mut head = heads(&["Model"], &[]);
    head.extend(figures.map(|text| Head::new(text, true)));
    let groups = grouped(scene, over, |row, model| {
        let sum = |of: fn(&_) -> u64| model.alarms.iter().map(of).sum::<u64>() as usize;
        let wrong = sum(|b: &oddbench_core::over_time::AlarmBucket| b.false_alarms);
        let right = sum(|b: &oddbench_core::over_time::AlarmBucket| b.true_alarms);
        let most = model.alarms.iter().map(|b| b.false_alarms).max().unwrap_or(0) as usize;
        let buckets = over.period.seconds() / over.bucket.seconds();
        let rate = |alarms: usize| alarms as f64 / buckets;
        let shown = |value: f64| Cell::of(value, format::significant(value, 3));
        vec![
            Cell::new(&row.name),
            Cell::count(wrong + right),
            Cell::count(wrong),
            shown(rate(wrong + right)),
            shown(rate(wrong)),
            Cell::count(most),
        ]
    });
    let caption = scene.caption(&format!("Alarms by {bucket}, test rows{}", over.of_its_fold()));
    let notes = scene.is_oracle().then_some(ORACLE_NOTE);
    Table::grouped(caption, head, groups).notes(notes).sortable()
}

fn episodes(scene: &Scene<'_>, over: &OverTime) -> Table {
    let figures = ["Episodes", "Found", "Median delay, s", "Worst delay, s"];
    let mut head = heads(&["Model"], &figures);
    head.push(Head::new("Missed", false));
    let groups = grouped(scene, over, |row, model| {
        let mut delays: Vec<f64> = model.episodes.iter().filter_map(|e| e.delay).collect();
        delays.sort_by(f64::total_cmp);
        let seconds = |value: f64| format::significant(value, 3);
        vec![
            Cell::new(&row.name),
            Cell::count(model.episodes.len()),
            Cell::count(delays.len()),
            Cell::known(median(delays.iter().copied()), seconds),
            Cell::known(delays.last().copied(), seconds),
            Cell::new(missed(&model.episodes)),
        ]
    });
    let gap = format::significant(over.gap, 3);
    let notes = [
        format!(
            "Episode: attack rows of one class. Each row comes at most {gap} s after the row before (episode_gap)."
        ),
        format!(
            "Delay: from the first row of an episode to its first alarm, over the episodes that were found. Missed: episodes without an alarm, by class. {UNKNOWN} none was found."
        ),
    ];
    let caption = scene.caption(&format!(
        "Time to the first alarm of each attack episode, test rows{}",
        over.of_its_fold()
    ));
    Table::grouped(caption, head, groups).notes(notes).sortable()
}

/// The classes of missed episodes, the most first: `scan 3, worm`.
fn missed(episodes: &[Episode]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for episode in episodes.iter().filter(|episode| episode.delay.is_none()) {
        *counts.entry(&episode.class).or_default() += 1;
    }
    let mut ranked: Vec<(&str, usize)> = counts.into_iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let named = ranked.iter().map(|(class, count)| match count {
        1 => (*class).to_owned(),
        count => format!("{class} {}", format::count(*count)),
    });
    match ranked.is_empty() {
        true => "none".to_owned(),
        false => named.collect::<Vec<_>>().join(", "),
    }
}

fn drift(scene: &Scene<'_>, over: &OverTime) -> Table {
    let figures = ["FPR, first tenth", "FPR, last tenth", "Last third over first", "p"];
    let groups = grouped(scene, over, |row, model| {
        let drift = model.drift.as_ref();
        let tenth = |at: Option<&oddbench_core::over_time::Tenth>| {
            Cell::known(at.map(|tenth| tenth.rate()), |rate| format::significant(rate, 2))
        };
        let ratio = drift.and_then(|drift| drift.ratio);
        let range = drift.and_then(|drift| drift.ratio_interval).filter(|_| ratio.is_some());
        let range = range.map(|interval| {
            let end = |value: f64| format::significant(value, 2);
            format!("{} to {}", end(interval.low), end(interval.high))
        });
        vec![
            Cell::new(&row.name),
            tenth(drift.and_then(|drift| drift.tenths.first())),
            tenth(drift.and_then(|drift| drift.tenths.last())),
            Cell { range, ..Cell::known(ratio, |ratio| format::significant(ratio, 2)) },
            Cell {
                attention: model.drifted().is_some(),
                ..Cell::known(model.p_adjusted, format::p_value)
            },
        ]
    });
    let notes = [
        "p: after Holm over the models. The interval of the ratio is for independent rows; where alarms come in bursts it is too narrow, and p is the better guide.".to_owned(),
        format!("{UNKNOWN} undefined: no false alarm in the first third; fewer than ten false alarms, or ten benign rows without one, are not tested."),
    ];
    let caption = scene
        .caption(&format!("The false-positive rate over the test period{}", over.of_its_fold()));
    Table::grouped(caption, heads(&["Model"], &figures), groups).notes(notes).sortable()
}

fn tenths(scene: &Scene<'_>, over: &OverTime) -> Table {
    let notation = over.notation();
    let names: Vec<&str> = over.models.iter().map(|m| scene.rows[m.row].name.as_str()).collect();
    let measured = over
        .models
        .iter()
        .zip(names)
        .filter_map(|(model, name)| Some((name, model.drift.as_ref()?)));
    let rows = measured.flat_map(|(name, drift)| {
        drift.tenths.iter().enumerate().map(move |(at, tenth)| {
            let (low, high) = (tenth.interval.low, tenth.interval.high);
            let end = |value: f64| format::significant(value, 2);
            vec![
                Cell::new(name),
                Cell::count(at + 1),
                Cell::new(notation.in_words(tenth.from)),
                Cell::count(tenth.rows as usize),
                Cell::count(tenth.alarms as usize),
                Cell {
                    range: Some(format!("{} to {}", end(low), end(high))),
                    ..Cell::of(tenth.rate(), end(tenth.rate()))
                },
            ]
        })
    });
    let mut head = heads(&["Model"], &["Tenth"]);
    let from = if notation == Notation::Date { "From (UTC)" } else { "From" };
    head.push(Head::new(from, false));
    head.extend(heads(&[], &["Benign rows", "False alarms", "FPR"]));
    Table::new(
        scene.caption(&format!(
            "False-positive rate by tenth of the benign test rows{}",
            over.of_its_fold()
        )),
        head,
        rows.collect(),
    )
}
