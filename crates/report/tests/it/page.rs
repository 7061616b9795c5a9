//! What the page offers beyond words: figures that can be asked, and tables that show more on demand.

use std::collections::BTreeSet;

use oddbench_core::metrics::Metric;
use oddbench_report::{ComparedPair, summarize, verdict};
use roxmltree::{Document, Node};

use crate::documents::as_xml;
use crate::fixture::{ORACLE, SOUND, small};
use crate::gallery::large;
use crate::verdict::{children, own_text, seeds, words};
use crate::{read, report};

fn groups<'a, 'i>(svg: &'a Document<'i>, class: &str) -> Vec<Node<'a, 'i>> {
    svg.descendants().filter(|node| node.attribute("class") == Some(class)).collect()
}

/// A model has the same key in every figure, an entry in the legend that switches it, and its name.
#[test]
fn every_model_can_be_switched_in_every_figure_of_all() {
    let results = large(16, 2, 400);
    let rows = summarize(&results);
    let dir = report(&results);
    for stem in ["roc", "det", "precision-recall", "cost", "metrics"] {
        let text = read(&dir, &format!("figures/{stem}.svg"));
        let svg = Document::parse(&text).unwrap();
        let (series, legend) = (groups(&svg, "s"), groups(&svg, "k"));
        let keys = |of: &[Node<'_, '_>]| -> BTreeSet<String> {
            of.iter().map(|node| node.attribute("data-k").unwrap().to_owned()).collect()
        };
        assert!(keys(&legend).is_subset(&keys(&series)), "{stem}");
        // A model without a miss has no curve of misses to be switched.
        let least = if stem == "det" { 10 } else { 14 };
        assert!(keys(&legend).len() >= least, "{stem}: {:?}", keys(&legend));
        for node in &series {
            let Ok(key) = node.attribute("data-k").unwrap().parse::<usize>() else { continue };
            let name = node.attribute("data-n").unwrap();
            assert!(rows.get(key).is_none_or(|row| row.marked_name() == name), "{stem}: {name}");
        }
    }
}

/// The figure that a bar tells is the median of the table, with its range.
#[test]
fn bars_tell_the_medians_of_the_table() {
    let results = large(6, 5, 400);
    let rows = summarize(&results);
    let text = read(&report(&results), "figures/metrics.svg");
    let svg = Document::parse(&text).unwrap();
    let mut told = 0;
    for row in &rows {
        let Some(spread) = row.metric(0, Metric::RocAuc) else { continue };
        let median = format!("{:.3}", spread.median);
        let value = match spread.n {
            1 => format!("ROC-AUC {median}"),
            n => format!("ROC-AUC median {median} ({:.3} to {:.3}) of {n}", spread.min, spread.max),
        };
        let of_row = |node: &&Node<'_, '_>| node.attribute("data-n") == Some(&row.marked_name());
        let series = groups(&svg, "s");
        let mut values = series.iter().filter(of_row).filter_map(|node| node.attribute("data-v"));
        assert!(values.any(|said| said == value), "{}: {value}", row.name);
        told += 1;
    }
    assert!(told >= 5, "{told}");
}

/// The places of the axes are in the drawing: both ends of a rate are where its labels stand.
#[test]
fn the_axes_of_a_drawing_can_be_read() {
    let text = read(&report(&small(false, vec![SOUND])), "figures/roc.svg");
    let svg = Document::parse(&text).unwrap();
    let axis = |name: &str| -> Vec<String> {
        svg.root_element().attribute(name).unwrap().split('|').map(str::to_owned).collect()
    };
    let (x, y) = (axis("data-x"), axis("data-y"));
    assert_eq!(x[2..], ["-0.01", "1.01", "lin", "false positive rate"]);
    assert_eq!(y[2..], ["-0.01", "1.01", "lin", "true positive rate"]);
    let number = |text: &String| text.parse::<f64>().unwrap();
    // Rightwards and upwards.
    assert!(number(&x[0]) < number(&x[1]) && number(&y[0]) > number(&y[1]));
    // The label of 1 on the horizontal axis stands where the axis says that 1 is.
    let place = number(&x[0]) + (number(&x[1]) - number(&x[0])) * 1.01 / 1.02;
    let label = svg.descendants().filter(|node| node.has_tag_name("text"));
    let mut ones = label.filter(|node| node.text() == Some("1.0"));
    let near =
        |node: Node<'_, '_>| (number(&node.attribute("x").unwrap().into()) - place).abs() < 1.0;
    assert!(ones.any(near), "{place}");
}

/// Nothing is lost on the page: what is not shown at first is in the table, and a box without a script shows it.
#[test]
fn every_column_of_the_comparison_is_on_the_page() {
    let dir = report(&small(true, vec![ORACLE]));
    let xml = as_xml(&read(&dir, "index.html"));
    let page = Document::parse(&xml).unwrap();
    let comparison = page.descendants().find(|n| n.attribute("id") == Some("comparison")).unwrap();
    let heads: Vec<Node<'_, '_>> =
        comparison.descendants().filter(|node| node.has_tag_name("th")).collect();
    let heads = heads.iter().filter(|node| node.attribute("scope") == Some("col"));
    let class = |node: &Node<'_, '_>| node.attribute("class").unwrap_or_default().to_owned();
    let (asked, shown): (Vec<_>, Vec<_>) =
        heads.partition(|node| class(node).split(' ').any(|c| c == "x"));
    let text = |nodes: &[&Node<'_, '_>]| -> Vec<String> {
        nodes.iter().filter_map(|node| node.text()).map(str::to_owned).collect()
    };
    assert_eq!(text(&asked), ["Accuracy†", "F2†", "Threshold†", "Gain by peeking†"]);
    let shown = text(&shown);
    for head in ["Model", "F1†", "ROC-AUC", "Fit, s", "Score, s", "Peak, MB"] {
        assert!(shown.iter().any(|text| text == head), "{head}: {shown:?}");
    }
    let more = comparison.descendants().find(|node| node.attribute("class") == Some("more"));
    let boxes = more.unwrap().descendants().filter(|node| node.has_tag_name("input"));
    assert_eq!(boxes.filter(|node| node.attribute("type") == Some("checkbox")).count(), 1);
    let head = read(&dir, "report.md");
    let head = head.lines().find(|line| line.starts_with("| Model | Trials |")).unwrap();
    assert_eq!(head.matches('|').count() - 1, asked.len() + shown.len());
}

/// The lead, its interval, its p-value and the seconds of a fit stand in the sentence as in the tables.
#[test]
fn the_sentences_repeat_the_cells_of_the_tables() {
    let results = seeds(4);
    let found = verdict(&results, &summarize(&results));
    let sentence = &found.sentences[0];
    let next = |pair: &&ComparedPair| sentence.contains(&format!("{}, the next", pair.second));
    let pair = found.pairs.iter().find(next).unwrap();
    let xml = as_xml(&read(&report(&results), "index.html"));
    let page = Document::parse(&xml).unwrap();
    let of = |section: &str, names: &[&str]| -> Vec<(String, String)> {
        let by_id = |node: &Node<'_, '_>| node.attribute("id") == Some(section);
        let section = page.descendants().find(by_id).unwrap();
        let table = children(section, &["table"])[0];
        let rows = children(table, &["tr"]);
        let heads = children(rows[0], &["th"]).into_iter().map(words);
        let is = |row: &Node<'_, '_>| {
            let cells = children(*row, &["th", "td"]);
            names.iter().zip(&cells).all(|(name, cell)| own_text(*cell).trim() == *name)
        };
        let row = rows[1..].iter().copied().find(is).unwrap();
        heads.zip(children(row, &["th", "td"]).into_iter().map(own_text)).collect()
    };
    let cell = |cells: &[(String, String)], head: &str| {
        let found = cells.iter().find(|(name, _)| name == head);
        found.unwrap_or_else(|| panic!("{head} in {cells:?}")).1.trim().to_owned()
    };
    let pairs = of("certainty", &[&pair.first, &pair.second]);
    let lead = cell(&pairs, "Difference");
    let lead = lead.trim_start_matches('+');
    assert!(sentence.contains(&format!("by {lead} (95 % interval ")), "{lead}: {sentence}");
    let interval = cell(&pairs, "95 % interval");
    assert!(sentence.contains(&format!("95 % interval {interval}, ")), "{interval}: {sentence}");
    let p = cell(&pairs, "p, Holm");
    assert!(sentence.contains(&format!(", p {p})")), "{p}: {sentence}");
    for name in [&pair.first, &pair.second] {
        let seconds = cell(&of("comparison", &[name]), "Fit, s");
        let takes = [format!("takes {seconds} s to fit"), format!("{name} takes {seconds} s and")];
        assert!(takes.iter().any(|takes| sentence.contains(takes)), "{takes:?}: {sentence}");
    }
}
