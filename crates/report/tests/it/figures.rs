//! The figures: which there are, and that each is a drawing.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use oddbench_core::metrics::Metric;
use oddbench_core::results::ExperimentResults;

use crate::fixture::{ORACLE, small};
use crate::gallery::large;
use crate::{names, read, report};

/// Stems of the figures, after checking that each is there as SVG and as PNG, that the SVG is well
/// formed, and that the PNG has more than one colour.
fn drawn(results: &ExperimentResults) -> BTreeSet<String> {
    let dir = report(results);
    let mut stems = BTreeSet::new();
    for name in names(&dir.path().join("figures")) {
        let (stem, kind) = name.rsplit_once('.').unwrap();
        stems.insert(stem.to_owned());
        let file = format!("figures/{name}");
        if kind == "svg" {
            let svg = read(&dir, &file);
            let document = roxmltree::Document::parse(&svg).unwrap();
            assert!(document.root_element().has_tag_name(("http://www.w3.org/2000/svg", "svg")));
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
            assert!(!is_cut(&document), "{name}: {svg}");
            assert!(dir.path().join(format!("figures/{stem}.png")).exists());
        } else {
            let bytes = fs::File::open(dir.path().join(file)).unwrap();
            let mut reader = png::Decoder::new(std::io::BufReader::new(bytes)).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            let info = reader.next_frame(&mut pixels).unwrap();
            assert!(info.width >= 600 && info.width <= 1200, "{name}");
            let colors: BTreeSet<&[u8]> = pixels.chunks_exact(3).collect();
            assert!(colors.len() > 8, "{name} is blank");
        }
    }
    stems
}

/// Whether the title or the line below it, which begin at the left, do not fit.
fn is_cut(figure: &roxmltree::Document<'_>) -> bool {
    let texts = figure.descendants().filter(|node| node.has_tag_name("text"));
    let mut head = texts.filter(|node| node.attribute("x") == Some("16"));
    head.any(|node| node.text().is_some_and(|text| text.ends_with('…')))
}

#[test]
fn every_row_with_scores_has_its_figures() {
    let expected = [
        "attacks-called",
        "attacks-scores",
        "base-rate",
        "confusion-ae",
        "confusion-constant",
        "confusion-forest",
        "confusion-pca",
        "cost",
        "det",
        "histogram-ae",
        "histogram-constant",
        "histogram-forest",
        "histogram-pca",
        "learning-ae",
        "metrics",
        "pca-scatter",
        "precision-recall",
        "roc",
        "roc-ae",
        "roc-constant",
        "roc-forest",
        "roc-pca",
        "threshold-ae",
        "threshold-constant",
        "threshold-forest",
        "threshold-pca",
    ];
    assert!(drawn(&small(true, vec![ORACLE])).iter().eq(expected.iter()));
}

#[test]
fn one_class_or_one_score_is_drawn_without_panic() {
    let mut results = small(false, vec![ORACLE]);
    for trial in &mut results.trials {
        trial.evaluations.iter_mut().for_each(|e| e.metrics[Metric::RocAuc] = None);
        if let Some(scores) = &mut trial.scores {
            Arc::make_mut(&mut scores.test.labels).fill(false);
            scores.test.scores.fill(1e300);
        }
    }
    let stems = drawn(&results);
    assert!(stems.contains("histogram-ae") && !stems.contains("roc-ae") && !stems.contains("roc"));
}

#[test]
fn huge_tiny_and_negative_scores_are_drawn() {
    let mut results = small(false, vec![ORACLE]);
    let extremes = [-1e12, -3.0, 0.0, 1e-9, 2.0, 7.0, 1e9, 1e15];
    for trial in &mut results.trials {
        if let Some(scores) = &mut trial.scores {
            scores.test.scores = extremes.to_vec();
        }
        trial.evaluations.iter_mut().for_each(|e| e.threshold = Some(-1e14));
    }
    assert!(drawn(&results).contains("histogram-pca"));
}

#[test]
fn curves_of_thousands_of_points_are_thinned() {
    let dir = report(&large(4, 4, 10_000));
    for file in ["figures/roc.svg", "figures/roc-ae.svg", "figures/precision-recall.svg"] {
        let size = read(&dir, file).len();
        assert!(size < 60_000, "{file} has {size} bytes");
    }
}

#[test]
fn all_seeds_are_in_the_roc_figure_of_a_row() {
    let dir = report(&small(false, vec![ORACLE]));
    let svg = read(&dir, "figures/roc-ae.svg");
    assert!(svg.contains("2 other seeds"));
    // The two other seeds' curves are thin and pale.
    assert_eq!(
        svg.matches("stroke-opacity=\"0.45\" stroke-width=\"1\"").count(),
        3,
        "two curves and their key"
    );
}
