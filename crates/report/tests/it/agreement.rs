//! Sentences and tables show the same figures with the same digits, and no shown digit contradicts a word.

use std::collections::BTreeSet;

use oddbench_core::results::ExperimentResults;
use oddbench_report::{summarize, verdict};
use roxmltree::{Document, Node};

use crate::documents::as_xml;
use crate::operator::judged_by;
use crate::verdict::{children, own_text, seeds, words};
use crate::{read, report};

/// Numbers of a text with their decimals: `0.407`, `40.7`. A sign is left out.
fn numbers(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_ascii_digit() && c != '.' && c != ',');
    let whole = parts.map(|part| part.trim_end_matches(['.', ',']).replace(',', ""));
    whole.filter(|part| part.parse::<f64>().is_ok()).collect()
}

/// Every percentage with a decimal in a sentence, as a share with the same digits: `40.7 %` is `0.407`.
fn percentages(sentence: &str) -> Vec<String> {
    let mut found = Vec::new();
    // `38.6 to 42.9 %` has its sign once.
    for (before, _) in sentence.match_indices(" %").map(|(at, _)| sentence.split_at(at)) {
        let tail: Vec<&str> = before.rsplit(' ').take(3).collect();
        let both = tail.get(1) == Some(&"to");
        for word in [Some(tail[0]), tail.get(2).copied().filter(|_| both)].into_iter().flatten() {
            found.extend(numbers(word).into_iter().filter(|number| number.contains('.')));
        }
    }
    let share = |percent: String| {
        let decimals = percent.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        format!("{:.*}", decimals + 2, percent.parse::<f64>().unwrap() / 100.0)
    };
    found.into_iter().map(share).collect()
}

fn section<'a, 'i>(page: &'a Document<'i>, id: &str) -> Node<'a, 'i> {
    page.descendants().find(|node| node.attribute("id") == Some(id)).unwrap()
}

/// The figures of all cells of the document.
fn cells(page: &Document<'_>) -> BTreeSet<String> {
    let tables = page.descendants().filter(|node| node.has_tag_name("table"));
    tables
        .flat_map(|table| children(table, &["td"]))
        .flat_map(|cell| numbers(&words(cell)))
        .collect()
}

/// Checks every paragraph of the document: a percentage is the figure of a cell, or the share of outliers of the test
/// rows, which no table has. Returns how many figures of cells the paragraphs have.
fn sentences_agree(results: &ExperimentResults) -> usize {
    let xml = as_xml(&read(&report(results), "index.html"));
    let page = Document::parse(&xml).unwrap();
    let cells = cells(&page);
    let sizes = results.trials[0].record.as_ref().unwrap().sizes.unwrap();
    let outliers = format!("{:.3}", sizes.test_outliers as f64 / sizes.test as f64);
    let mut told = 0;
    for paragraph in page.descendants().filter(|node| node.has_tag_name("p")) {
        let sentences = words(paragraph);
        for share in percentages(&sentences) {
            let in_table = cells.contains(&share);
            assert!(in_table || share == outliers, "{share} is in no cell: {sentences}");
            told += usize::from(in_table);
        }
    }
    told
}

#[test]
fn the_reader_of_percentages_reads_them() {
    let said = "finds 40.8 % (95 % interval 38.6 to 42.9 %) of the attacks, at least 0.64 %.";
    assert_eq!(percentages(said), ["0.408", "0.429", "0.386", "0.0064"]);
}

/// Shares that lie between two roundings: 0.4075 is stored as a little less, 100 times as much is 40.75. A sentence that
/// rounds the second figure says 40.8 % where the table has 0.407.
#[test]
fn no_sentence_rounds_a_figure_otherwise_than_its_table() {
    let outliers = 2_000;
    let between = |found: &usize| {
        let share = *found as f64 / outliers as f64;
        let shown: f64 = format!("{share:.3}").parse().unwrap();
        format!("{:.1}", 100.0 * share) != format!("{:.1}", 100.0 * shown)
    };
    let found: Vec<usize> = (100..outliers).filter(between).collect();
    assert!(found.contains(&815), "{found:?}");
    let mut told = 0;
    for &found in found.iter().step_by(found.len() / 2) {
        told += sentences_agree(&judged_by(outliers, &[("AE", 10, found), ("PCA", 12, 90)]));
    }
    assert!(told >= 2 * 4, "{told} percentages");
}

/// Precision below 0.01 has two digits in the table, and a precision of 1 its low end.
#[test]
fn a_precision_in_a_sentence_is_the_one_of_the_table() {
    assert!(sentences_agree(&judged_by(2_000, &[("AE", 14, 15), ("PCA", 12, 9)])) >= 5);
    let careful = judged_by(2_000, &[("AE", 0, 815)]);
    assert!(sentences_agree(&careful) >= 4);
    let markdown = read(&report(&careful), "report.md").replace('\\', "");
    assert!(markdown.contains("is an attack, at least "), "{markdown}");
    assert!(!markdown.contains("100.0 %"), "{markdown}");
}

/// What a table calls better or may be chance has an interval without 0, and shows it.
#[test]
fn a_bound_that_is_not_zero_is_not_shown_as_zero() {
    // 10,000 benign rows: the intervals of nearly equal models are narrow.
    let near = judged_by(2_000, &[("A", 10, 1_000), ("B", 18, 1_000), ("C", 300, 1_000)]);
    let mut small = 0;
    for results in [near, seeds(4)] {
        let pairs = verdict(&results, &summarize(&results)).pairs;
        let xml = as_xml(&read(&report(&results), "index.html"));
        let page = Document::parse(&xml).unwrap();
        let table = children(section(&page, "certainty"), &["table"])[0];
        let rows = children(table, &["tr"]);
        assert_eq!(rows.len() - 1, pairs.len());
        for (row, pair) in rows[1..].iter().zip(&pairs) {
            let cells: Vec<String> =
                children(*row, &["th", "td"]).into_iter().map(own_text).collect();
            let number = |text: &str| text.trim().replace('−', "-").parse::<f64>().unwrap();
            let (low, high) = cells[5].split_once(" to ").unwrap();
            let shown = number(low) <= 0.0 && number(high) >= 0.0;
            small += usize::from(pair.low > 0.0 && pair.low < 5e-4);
            let is_tie = cells[7].trim() == "tie";
            assert_eq!(shown, is_tie, "{cells:?} of {pair:?}");
            assert!(is_tie || number(&cells[4]) != 0.0, "{cells:?}");
        }
    }
    assert!(small > 0, "three decimals would do everywhere");
}
