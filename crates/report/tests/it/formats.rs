//! The formats say the same: what a reader of one learns, a reader of another does too.

use oddbench_core::results::ExperimentResults;
use roxmltree::{Document, Node};

use crate::fixture::{ORACLE, SOUND, small};
use crate::gallery::large;
use crate::{backends, documents, operator, protocols, read, report, sweep};

/// The words of an element without those of links to files, one space between them.
fn words(node: Node<'_, '_>) -> String {
    let texts = node.descendants().filter(|n| n.is_text());
    let shown = texts.filter(|n| !n.ancestors().any(|a| a.attribute("class") == Some("files")));
    spaced(&shown.filter_map(|n| n.text()).collect::<String>())
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn headings(document: &Document<'_>, level: &str) -> Vec<String> {
    document.descendants().filter(|node| node.has_tag_name(level)).map(words).collect()
}

fn same_words(results: &ExperimentResults) {
    let dir = report(results);
    let xml = documents::as_xml(&read(&dir, "index.html"));
    let page = Document::parse(&xml).unwrap();
    let markdown = read(&dir, "report.md").replace('\\', "").replace("**", "");
    for (level, mark) in [("h2", "## "), ("h3", "### ")] {
        let titles = markdown.lines().filter_map(|line| line.strip_prefix(mark));
        let titles: Vec<String> = titles.map(str::to_owned).collect();
        assert_eq!(headings(&page, level), titles, "the sections and their order");
    }
    let markdown = spaced(&markdown);
    let said = ["p", "caption", "figcaption", "dt", "dd", "summary"];
    let mut compared = 0;
    for node in page.descendants().filter(|node| node.is_element()) {
        let skipped = [Some("brand"), Some("skip")].contains(&node.attribute("class"));
        let in_contents = node.ancestors().any(|ancestor| ancestor.has_tag_name("nav"));
        let item = node.has_tag_name("li") && !in_contents;
        let folds_tables = node.has_tag_name("summary") && words(node).contains("trial");
        if skipped || folds_tables || !(item || said.iter().any(|tag| node.has_tag_name(*tag))) {
            continue;
        }
        // A tile has its value above its label.
        let parts: Vec<Node<'_, '_>> = match node.children().all(|child| child.is_element()) {
            true => node.children().collect(),
            false => vec![node],
        };
        for text in parts.into_iter().map(words) {
            assert!(markdown.contains(&text), "{text:?} is not in report.md");
            compared += 1;
        }
    }
    assert!(compared > 40, "{compared}");
}

#[test]
fn what_the_page_says_is_in_markdown_too_in_the_same_order() {
    same_words(&small(true, vec![ORACLE, SOUND]));
    same_words(&protocols::transferred());
    same_words(&backends::compared());
    same_words(&sweep::swept(Some(1)));
    same_words(&large(4, 3, 300));
    same_words(&operator::operated());
}

#[test]
fn published_figures_that_are_not_computed_are_named_in_every_format() {
    let mut results = small(false, vec![SOUND]);
    results.manifest.anchors[0].anchors[0].metrics.insert("g_mean".into(), 0.5);
    let dir = report(&results);
    for file in ["index.html", "report.md", "table.tex"] {
        let text = read(&dir, file).replace('\\', "");
        assert!(text.contains("Published, but not computed here: g_mean."), "{file}");
    }
}

#[test]
fn the_terminal_shows_the_comparison_under_the_first_rule() {
    let results = protocols::transferred();
    let rows = oddbench_report::summarize(&results);
    let text = oddbench_report::terminal(&results, &rows, |head, rows| {
        let heads: Vec<&str> = head.iter().map(|(name, _)| *name).collect();
        let rows = rows.iter().map(|row| row.join("|"));
        [heads.join("|")].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
    });
    let head = "Model|Trials|Accuracy|Precision|Recall|F1|F2|MCC|ROC-AUC|Avg. precision|Fit, s\n";
    // Eight test rows can tell no rate of false alarms, which stands in the place of the operator's table.
    let (verdict, text) =
        text.split_once("\n\nNot resolvable with the 0 benign rows of the").unwrap();
    let (_, text) = text.split_once("\n\n").unwrap();
    assert!(verdict.contains("No model without labels is shown to beat a coin"), "{verdict}");
    assert!(text.starts_with(head), "{text}");
    let transfer = "Model|Trials|Recall|Recall, transfer|fall|F1|F1, transfer|fall|ROC-AUC|ROC-AUC, transfer|fall\n";
    let (_, transfer) = text.split_once(transfer).unwrap();
    assert!(transfer.contains("forest|1|1.0000|0.2500|0.7500|"), "{text}");
    assert!(transfer.contains("Supervised: trained with labels\n"));
    assert!(transfer.contains("fall: test less transfer."));
    assert!(text.contains("Threshold: max-f1 on the validation rows"), "{text}");
    assert!(!text.contains("Published"));
}
