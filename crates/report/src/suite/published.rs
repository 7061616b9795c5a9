//! Published figures on the data sets beside ours.

use oddbench_core::metrics::Metric;

use super::{SetResults, SuiteResults};
use crate::document::{Block, Section};
use crate::format::{self, ORACLE_SHORT, UNKNOWN};
use crate::sections::published::{Published, PublishedFigure};
use crate::table::{Cell, Group, Table, heads};

/// How far ours may lie from a published figure to be counted as close.
const CLOSE: f64 = 0.02;

/// The section, with a table per source and metric; `None` if nothing was published on these data sets.
pub fn section(suite: &SuiteResults) -> Option<Section> {
    let mut sources: Vec<&Published> = Vec::new();
    for source in suite.sets.iter().flat_map(|set| &set.published) {
        if sources.iter().all(|known| known.name != source.name) {
            sources.push(source);
        }
    }
    let mut blocks = Vec::new();
    for source in sources {
        blocks.push(Block::Text(format!(
            "Source: {}. Ours: the {} over the trials under the first threshold rule.",
            source.source.trim_end_matches('.'),
            if source.mean { "mean" } else { "median" }
        )));
        blocks.extend(
            metrics(suite, &source.name)
                .into_iter()
                .map(|m| Block::Table(table(suite, &source.name, m))),
        );
        if !source.notes.is_empty() {
            blocks.push(Block::List(source.notes.clone()));
        }
    }
    let title = "Against the published figures";
    (!blocks.is_empty()).then_some(Section {
        id: "published",
        title,
        blocks,
        paper: true,
        terminal: false,
    })
}

/// The data sets that a source has figures on.
fn of_source<'s>(
    suite: &'s SuiteResults,
    source: &str,
) -> impl Iterator<Item = (&'s SetResults, &'s Published)> {
    suite.sets.iter().filter_map(move |set| {
        Some((set, set.published.iter().find(|published| published.name == source)?))
    })
}

fn metrics(suite: &SuiteResults, source: &str) -> Vec<Metric> {
    let has = |metric: &Metric| of_source(suite, source).any(|(_, p)| p.metrics.contains(metric));
    Metric::ALL.into_iter().filter(has).collect()
}

fn table(suite: &SuiteResults, source: &str, metric: Metric) -> Table {
    let mut models: Vec<&str> = Vec::new();
    for row in of_source(suite, source).flat_map(|(_, published)| &published.rows) {
        if !models.contains(&row.model.as_str()) {
            models.push(&row.model);
        }
    }
    let mut groups = Vec::new();
    let mut close = vec![(0, 0); models.len()];
    for (set, published) in of_source(suite, source) {
        let figures: Vec<Option<PublishedFigure>> =
            models.iter().map(|model| figure(published, model, metric)).collect();
        for (count, figure) in close.iter_mut().zip(&figures) {
            if let Some(difference) = figure.and_then(PublishedFigure::difference) {
                count.0 += usize::from(difference.abs() <= CLOSE);
                count.1 += 1;
            }
        }
        groups.push(Group { title: None, rows: lines(&set.name, &figures) });
    }
    let counted = close.iter().map(|(near, all)| Cell::new(format!("{near} of {all}")));
    let close = [Cell::new("all"), Cell::new(format!("within {CLOSE}"))];
    groups.push(Group { title: None, rows: vec![close.into_iter().chain(counted).collect()] });
    let caption = format!("{} against {source}", metric.title());
    let oracle = metric.needs_threshold() && suite.sets.iter().any(|set| set.oracle);
    Table::grouped(caption, heads(&["Data set", "Figures"], &models), groups)
        .notes(oracle.then_some(ORACLE_SHORT))
}

fn figure(published: &Published, model: &str, metric: Metric) -> Option<PublishedFigure> {
    let row = published.rows.iter().find(|row| row.model == model)?;
    let column = published.metrics.iter().position(|known| *known == metric)?;
    row.cells.get(column).copied()
}

/// Published, ours and the difference.
fn lines(set: &str, figures: &[Option<PublishedFigure>]) -> Vec<Vec<Cell>> {
    let line = |first: Cell, second: &str, show: &dyn Fn(PublishedFigure) -> Option<String>| {
        let cells = figures.iter().map(|figure| figure.and_then(show));
        let cells = cells.map(|text| Cell::new(text.unwrap_or_else(|| UNKNOWN.into())));
        [first, Cell::new(second)].into_iter().chain(cells).collect()
    };
    vec![
        line(Cell::linked(set), "published", &|figure| Some(format::fine(figure.published?))),
        line(Cell::new(""), "ours", &|figure| Some(format::fine(figure.ours?))),
        line(Cell::new(""), "difference", &|figure| figure.difference().map(format::difference)),
    ]
}
