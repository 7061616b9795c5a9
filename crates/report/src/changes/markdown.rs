//! The changes as Markdown whose columns line up, so that it reads well in a terminal too.

use serde_json::Value;

use super::{Basis, Changes, FigureChange, Only, RowChange, Setting};
use crate::format::{self, UNKNOWN};
use crate::spread::Spread;

/// Values longer than this are cut: a list of columns says little.
const WIDEST: usize = 48;

/// Trials that are named of a model that one side lacks.
const MOST_RUNS: usize = 6;

/// The whole document. It begins with what decides: regressions, other data.
pub fn markdown(changes: &Changes) -> String {
    let [first, second] = &changes.sides;
    let mut out = format!("# {} → {}\n\n", first.name, second.name);
    for (letter, side) in ["first", "second"].iter().zip(&changes.sides) {
        let built = side.built_from.as_deref().unwrap_or("unknown");
        let ran = side.git_revision.as_ref();
        let ran = ran.map(|revision| format!(", run in a folder at {revision}"));
        out.push_str(&format!(
            "- {letter}: {}, {} of {} with scores, program of git revision {built}{}\n",
            side.experiment,
            side.completed,
            format::counted(side.trials, "trial"),
            ran.unwrap_or_default()
        ));
    }
    out.push_str(&format!(
        "- {} with equal settings and equal scores in both\n\n",
        format::counted(changes.same_trials, "trial")
    ));
    out.push_str(&verdict(changes));
    section(&mut out, "Changed data", settings(&changes.data, changes));
    section(&mut out, "Changed settings", settings(&changes.settings, changes));
    section(&mut out, "Figures", figures(changes));
    section(&mut out, "Time and memory", times(&changes.rows));
    section(&mut out, "Only in one", only(changes));
    section(&mut out, "Program and machine", settings(&changes.provenance, changes));
    out
}

fn section(out: &mut String, title: &str, body: Option<String>) {
    if let Some(body) = body {
        out.push_str(&format!("## {title}\n\n{body}\n"));
    }
}

fn verdict(changes: &Changes) -> String {
    let mut text = String::new();
    if !changes.data.is_empty() {
        text.push_str("**Different data**: differences below are not the models' alone.\n\n");
    }
    if let Some(few) = &changes.few {
        text.push_str(&format!("**Few rows**: {few}\n\n"));
    }
    match changes.regressions.as_slice() {
        // Nothing was judged.
        [] if changes.few.is_some() => {}
        [] => text.push_str("No regression.\n\n"),
        some => {
            text.push_str(&format!("**{}**\n\n", format::counted(some.len(), "regression")));
            some.iter().for_each(|words| text.push_str(&format!("- {words}\n")));
            text.push('\n');
        }
    }
    text
}

fn settings(settings: &[Setting], changes: &Changes) -> Option<String> {
    let rows = settings.iter().map(|setting| {
        let value = |side: usize| setting.values[side].as_ref().map_or(UNKNOWN.into(), shown);
        vec![setting.key.clone(), value(0), value(1)]
    });
    let head = ["key", &changes.sides[0].name, &changes.sides[1].name];
    (!settings.is_empty()).then(|| table(&head, rows.collect(), 3))
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn figures(changes: &Changes) -> Option<String> {
    let mut rows = Vec::new();
    for row in &changes.rows {
        for (at, figure) in row.figures.iter().enumerate() {
            // The name once: what follows is of the same row.
            let name = if at == 0 { row.name.clone() } else { String::new() };
            rows.push(figure_cells(name, figure));
        }
    }
    if rows.is_empty() {
        return None;
    }
    let head = ["model", "metric", "first", "second", "difference", "95 % interval", "over", ""];
    let mut text = table(&head, rows, 2);
    text.push_str("\nMedians over seeds and folds, first threshold of each. Intervals: Student's, from 1,000 resamples of the test rows (the same for both, where both score the same ones) and as many of the seeds of each side. Equal seeds, and folds, are drawn in pairs. \"rows\": one trial a side, so that the interval does not know what another seed would change; \"seeds of one, rows\": one trial on one side. Thresholds are held fixed.\n");
    let tolerances = changes.tolerances.0.iter();
    let tolerances: Vec<String> =
        tolerances.map(|(metric, by)| format!("{} {by}", metric.title())).collect();
    text.push_str(&format!(
        "A regression falls by more than is tolerated ({}), and its interval, if it has one, excludes 0: of figures that have not changed, chance makes one in forty fall so far.\n",
        tolerances.join(", ")
    ));
    Some(text)
}

fn figure_cells(name: String, figure: &FigureChange) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or(UNKNOWN.into(), format::fine);
    // Where 0 is outside, the figures have as many digits as it takes to see that.
    let signed: fn(f64) -> String =
        if excludes_zero(figure) { |value| format::nonzero(value, 4) } else { signed };
    let interval = figure.interval.map_or(UNKNOWN.into(), |interval| {
        format!("{} to {}", signed(interval.low), signed(interval.high))
    });
    let basis = match figure.basis {
        Basis::SeedsAndRows => "seeds and rows",
        Basis::SeedsOfOneAndRows => "seeds of one, rows",
        Basis::Rows => "rows",
        Basis::Seeds => "seeds",
        Basis::Folds => "folds",
        Basis::None => UNKNOWN,
    };
    let mark = match figure.regression {
        true => "REGRESSION",
        false if excludes_zero(figure) => "changed",
        false => "",
    };
    vec![
        name,
        figure.metric.title().to_owned(),
        number(figure.medians[0]),
        number(figure.medians[1]),
        figure.difference.map_or(UNKNOWN.into(), signed),
        interval,
        basis.to_owned(),
        mark.to_owned(),
    ]
}

fn excludes_zero(figure: &FigureChange) -> bool {
    figure.interval.is_some_and(format::leaves_zero_out)
}

/// With its sign, and none where it rounds to nothing.
fn signed(value: f64) -> String {
    let text = format!("{value:+.4}");
    if text[1..].chars().all(|c| matches!(c, '0' | '.')) { text[1..].to_owned() } else { text }
}

fn times(rows: &[RowChange]) -> Option<String> {
    let cells = rows.iter().map(|row| {
        let mut cells = vec![row.name.clone()];
        for (pair, show) in [
            (&row.fit_seconds, format::seconds as fn(f64) -> String),
            (&row.score_seconds, format::seconds),
            (&row.peak_rss_mb, format::megabytes),
        ] {
            let median = |side: usize| pair[side].map(|spread: Spread| spread.median);
            cells.push(median(0).map_or(UNKNOWN.into(), show));
            cells.push(median(1).map_or(UNKNOWN.into(), show));
        }
        cells
    });
    let head = ["model", "fit s", "→", "score s", "→", "peak MB", "→"];
    (!rows.is_empty()).then(|| {
        let mut text = table(&head, cells.collect(), 1);
        text.push_str("\nMedians, first → second. Not judged: they depend on the machine and on what else it did.\n");
        text
    })
}

/// Each model once for a side that lacks trials of it.
fn only(changes: &Changes) -> Option<String> {
    let mut models: Vec<(&Only, Vec<&str>)> = Vec::new();
    for only in &changes.only {
        let same = |other: &Only| {
            (other.side, &other.model, &other.backend) == (only.side, &only.model, &only.backend)
        };
        match models.iter_mut().find(|(first, _)| same(first)) {
            Some((_, runs)) => runs.push(&only.run),
            None => models.push((only, vec![&only.run])),
        }
    }
    let lines = models.into_iter().map(|(Only { side, model, backend, .. }, runs)| {
        let [has, lacks] = [*side, 1 - *side].map(|side| changes.sides[side].name.as_str());
        let trials = format::counted(runs.len(), "trial");
        let named: Vec<&str> = runs.into_iter().filter(|run| !run.is_empty()).collect();
        let more = named.len().saturating_sub(MOST_RUNS);
        let listed = named.into_iter().take(MOST_RUNS).collect::<Vec<_>>().join("; ");
        let listed = match (listed.is_empty(), more) {
            (true, _) => String::new(),
            (false, 0) => format!(": {listed}"),
            (false, more) => format!(": {listed} and {more} more"),
        };
        format!(
            "- {model} ({backend}): {has} has {trials} with scores that {lacks} lacks{listed}\n"
        )
    });
    (!changes.only.is_empty()).then(|| lines.collect())
}

/// A table whose columns line up; those from `numeric` on are set flush right.
fn table(head: &[&str], rows: Vec<Vec<String>>, numeric: usize) -> String {
    let rows: Vec<Vec<String>> =
        rows.into_iter().map(|row| row.iter().map(|cell| escaped(cell)).collect()).collect();
    let head: Vec<String> = head.iter().map(|cell| escaped(cell)).collect();
    let wide = |text: &str| text.chars().count();
    let widths: Vec<usize> = (0..head.len())
        .map(|at| rows.iter().chain([&head]).map(|row| wide(&row[at])).max().unwrap_or(0).max(3))
        .collect();
    let line = |row: &[String]| {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
            let room = " ".repeat(width - wide(cell));
            if at >= numeric { format!(" {room}{cell} ") } else { format!(" {cell}{room} ") }
        });
        format!("|{}|\n", cells.collect::<Vec<_>>().join("|"))
    };
    let rules = widths.iter().enumerate().map(|(at, width)| {
        if at >= numeric {
            format!(" {}: ", "-".repeat(width - 1))
        } else {
            format!(" {} ", "-".repeat(*width))
        }
    });
    let mut text = line(&head);
    text.push_str(&format!("|{}|\n", rules.collect::<Vec<_>>().join("|")));
    rows.iter().for_each(|row| text.push_str(&line(row)));
    text
}

/// A label cannot end a cell, begin a line or reach the terminal's controls.
fn escaped(cell: &str) -> String {
    cell.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .replace('\\', "\\\\")
        .replace('|', "\\|")
}
