//! Text from outside stays text.

use std::sync::Arc;

use oddbench_core::record::Record;

use crate::fixture::{ORACLE, failed, small};
use crate::{names, read, report};

const EVIL: &str = "<script>alert('x')</script>|**b**`c`\"&\n../../up_%$#{}~^\\";

#[test]
fn labels_messages_and_notes_are_escaped_in_every_format() {
    let mut results = small(false, vec![ORACLE]);
    results.manifest.experiment.name = EVIL.into();
    results.manifest.experiment.description = EVIL.into();
    results.manifest.spec_path = EVIL.into();
    results.manifest.data.features = EVIL.into();
    results.manifest.anchors[0].source = EVIL.into();
    results.manifest.anchors[0].anchors[0].note = Some(EVIL.into());
    for trial in &mut results.trials {
        trial.trial.name = EVIL.into();
        trial.trial.kind = EVIL.into();
        trial.trial.params = serde_json::json!({ EVIL: EVIL });
        if let Some(scores) = &mut trial.scores {
            Arc::make_mut(&mut scores.test.classes).names[1] = EVIL.into();
        }
    }
    if let Some(Record { outcome, .. }) = &mut results.trials[4].record {
        *outcome = failed(EVIL);
    }
    let dir = report(&results);
    let html = read(&dir, "index.html");
    assert_eq!(html.matches("<script").count(), 1, "only the page's own");
    assert!(!html.contains("alert('x')"));
    let markdown = read(&dir, "report.md");
    let outside_code: String = markdown.split("```").step_by(2).collect();
    for line in outside_code
        .lines()
        .filter(|line| !line.starts_with("Parameters: `") && !line.starts_with("Kind `"))
    {
        let bare = line.match_indices("<script").any(|(at, _)| !line[..at].ends_with('\\'));
        assert!(!bare, "{line}");
    }
    let latex = read(&dir, "table.tex");
    assert!(!latex.contains("up_%"));
    assert!(latex.contains(r"up\_\%\$\#\{\}\textasciitilde{}\textasciicircum{}\textbackslash{}"));
    for name in names(&dir.path().join("figures")).iter().filter(|name| name.ends_with(".svg")) {
        let svg = read(&dir, &format!("figures/{name}"));
        let document = roxmltree::Document::parse(&svg).unwrap();
        assert!(!document.descendants().any(|node| node.has_tag_name("script")));
    }
}

#[test]
fn labels_that_look_like_paths_stay_in_the_folder() {
    let mut results = small(false, vec![ORACLE]);
    results.trials[3].trial.name = "../../escaped".into();
    let dir = report(&results);
    let figures = names(&dir.path().join("figures"));
    assert!(figures.contains(&"roc-escaped.svg".to_owned()), "{figures:?}");
    assert_eq!(
        names(dir.path()),
        [".oddbench-report", "figures", "index.html", "report.md", "table.csv", "table.tex"]
    );
}
