//! What the documents say.

use crate::fixture::{ORACLE, SOUND, small};
use crate::{read, report};

#[test]
fn markdown_of_an_oracle() {
    insta::assert_snapshot!(read(&report(&small(false, vec![ORACLE])), "report.md"));
}

#[test]
fn markdown_of_two_rules_on_synthetic_rows() {
    insta::assert_snapshot!(read(&report(&small(true, vec![SOUND, ORACLE])), "report.md"));
}

#[test]
fn csv() {
    insta::assert_snapshot!(read(&report(&small(true, vec![SOUND, ORACLE])), "table.csv"));
}

#[test]
fn every_line_of_the_csv_has_as_many_fields_as_its_head() {
    let csv = read(&report(&small(true, vec![SOUND, ORACLE])), "table.csv");
    let fields: Vec<usize> = csv.lines().map(|line| line.split(',').count()).collect();
    assert_eq!(fields.len(), 1 + 2 * 6);
    assert!(fields.iter().all(|n| *n == fields[0]), "{fields:?}");
}

#[test]
fn latex() {
    insta::assert_snapshot!(read(&report(&small(false, vec![ORACLE])), "table.tex"));
}

/// From `start` to the first `end` after it, both included.
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let from = text.find(start).unwrap();
    let to = text[from..].find(end).unwrap() + from + end.len();
    &text[from..to]
}

#[test]
fn html_head_and_comparison() {
    let html = read(&report(&small(true, vec![ORACLE, SOUND])), "index.html");
    insta::assert_snapshot!("html_header", between(&html, "<header", "</header>"));
    insta::assert_snapshot!("html_contents", between(&html, "<nav", "</nav>"));
    insta::assert_snapshot!(
        "html_comparison",
        between(&html, "<section id=\"comparison\"", "</section>")
    );
    insta::assert_snapshot!(
        "html_published",
        between(&html, "<section id=\"published\"", "</section>")
    );
    insta::assert_snapshot!(
        "html_failures",
        between(&html, "<section id=\"failures\"", "</section>")
    );
    insta::assert_snapshot!("html_run", between(&html, "<section id=\"run\"", "</section>"));
    insta::assert_snapshot!(
        "html_reproduce",
        between(&html, "<section id=\"reproduce\"", "</section>")
    );
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let html = read(&report(&small(true, vec![ORACLE, SOUND])), "index.html");
    // A part of the page itself, which the script of the figures names.
    let html = html.replace("url(#", "(#");
    for loader in ["src=", "<link", "@import", "url(", "<iframe", "<object"] {
        assert!(!html.contains(loader), "{loader}");
    }
    let outside: Vec<&str> = html
        .split("href=\"")
        .skip(1)
        .filter(|rest| !rest.starts_with('#') && !rest.starts_with("figures/"))
        .collect();
    assert!(outside.is_empty(), "{outside:?}");
}

/// A page as XML, which is stricter than HTML: void elements are closed, what is no markup is set aside.
pub fn as_xml(html: &str) -> String {
    let (style, script) =
        (between(html, "<style>", "</style>"), between(html, "<script>", "</script>"));
    let xml = html.replace(style, "").replace(script, "").replace("<!DOCTYPE html>\n", "");
    let xml = xml.replace("<input type=\"checkbox\">", "<input type=\"checkbox\"/>");
    let meta = ["charset=\"utf-8\">", "initial-scale=1\">", "\"light dark\">"];
    meta.iter().fold(xml, |xml, end| xml.replacen(end, &end.replace('>', "/>"), 1))
}

/// No column is without a head, which a screen reader would say in front of each of its cells.
pub fn assert_every_head_says_something(html: &str) {
    let xml = as_xml(html);
    let page = roxmltree::Document::parse(&xml).unwrap();
    let heads = page.descendants().filter(|node| node.attribute("scope") == Some("col"));
    for head in heads {
        let says = head.descendants().filter_map(|node| node.text()).any(|text| text.trim() != "");
        assert!(says, "an empty head beside {:?}", head.parent().map(|row| row.range()));
    }
}

#[test]
fn the_page_is_well_formed_and_its_links_and_labels_lead_somewhere() {
    let html = read(&report(&small(true, vec![ORACLE, SOUND])), "index.html");
    assert_every_head_says_something(&html);
    let xml = as_xml(&html);
    let document = roxmltree::Document::parse(&xml).unwrap();
    let ids: Vec<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();
    let mut distinct = ids.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), ids.len(), "ids are unique");
    for node in document.descendants() {
        let targets = [
            node.attribute("href").and_then(|h| h.strip_prefix('#')),
            node.attribute("aria-labelledby"),
        ];
        for target in targets.into_iter().flatten() {
            assert!(ids.contains(&target), "{target} leads nowhere");
        }
        if node.has_tag_name("table") {
            assert!(node.children().any(|child| child.has_tag_name("caption")));
        }
        if node.has_tag_name("th") {
            assert!(node.attribute("scope").is_some());
        }
        if node.attribute("role") == Some("img") {
            assert!(node.children().any(|c| c.tag_name().name() == "title" && c.text().is_some()));
        }
    }
}

#[test]
fn oracle_figures_are_marked_wherever_they_show_and_others_are_not() {
    let oracle = report(&small(false, vec![ORACLE]));
    let sound = report(&small(false, vec![SOUND]));
    for file in [
        "index.html",
        "report.md",
        "figures/metrics.svg",
        "figures/histogram-ae.svg",
        "figures/confusion-ae.svg",
        "figures/roc-ae.svg",
    ] {
        assert!(read(&oracle, file).contains('†'), "{file}");
        assert!(!read(&sound, file).contains('†'), "{file}");
    }
    assert!(read(&oracle, "table.tex").contains(r"F1$^\dagger$"));
    assert!(!read(&sound, "table.tex").contains("dagger"));
    // The areas don't depend on a threshold.
    assert!(!read(&oracle, "index.html").contains("ROC-AUC†"));
}

#[test]
fn synthetic_rows_are_marked_in_every_document_and_figure() {
    let synthetic = report(&small(true, vec![SOUND]));
    let real = report(&small(false, vec![SOUND]));
    for name in crate::names(&synthetic.path().join("figures")) {
        if let Some(stem) = name.strip_suffix(".svg") {
            let file = format!("figures/{stem}.svg");
            assert!(read(&synthetic, &file).contains(">synthetic data</text>"), "{file}");
            assert!(!read(&real, &file).contains("synthetic"), "{file}");
        }
    }
    for file in ["index.html", "report.md", "table.tex"] {
        assert!(read(&synthetic, file).contains("synthetic data"), "{file}");
        assert!(!read(&real, file).to_lowercase().contains("synthetic data"), "{file}");
    }
    assert!(read(&synthetic, "index.html").contains("<title>fixture (synthetic data)"));
}

#[test]
fn an_undefined_figure_is_a_dash_and_never_nan() {
    let dir = report(&small(false, vec![ORACLE]));
    for file in ["index.html", "report.md", "table.csv", "table.tex"] {
        let text = read(&dir, file).to_lowercase();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        assert!(!words.into_iter().any(|word| word == "nan" || word == "inf"), "{file}");
    }
    assert!(read(&dir, "report.md").contains("| OCSVM | failed | – | – |"));
}

#[test]
fn the_command_repeats_the_overrides() {
    let mut results = small(false, vec![SOUND]);
    results.manifest.overrides = vec!["--set model.AE.name=it's".into(), "--seeds 1,2".into()];
    let dir = report(&results);
    let command =
        r"oddbench run experiments/fixture.toml --set 'model.AE.name=it'\''s' --seeds 1,2";
    assert!(read(&dir, "report.md").contains(command));
}

#[test]
fn an_experiment_without_a_single_score_still_has_a_report() {
    let mut results = small(false, vec![ORACLE]);
    results.projection = None;
    for trial in &mut results.trials {
        trial.record = None;
        trial.scores = None;
        trial.evaluations.clear();
    }
    let dir = report(&results);
    assert!(read(&dir, "index.html").contains("8 of 8 trials have no scores"));
    assert!(crate::names(dir.path()).contains(&"report.md".to_owned()));
}
