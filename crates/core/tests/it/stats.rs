//! Intervals and tests against SciPy, statsmodels and simulation with a known truth.

use oddbench_core::metrics::{Cuts, Metric, PerMetric, average_precision, roc_auc};
use oddbench_core::stats::{Bootstrap, Interval, Resamples, friedman, holm};
use serde_json::Value;

use crate::golden::{assert_all_close, assert_close, get, read};
use crate::normal::Normal;

fn labels(inliers: usize, outliers: usize) -> Vec<bool> {
    [vec![false; inliers], vec![true; outliers]].concat()
}

fn intervals(
    labels: &[bool],
    scores: &[f64],
    threshold: f64,
    settings: Bootstrap,
) -> PerMetric<Option<Interval>> {
    Resamples::draw(labels, settings).measure(scores, &Cuts::at(Some(threshold))).intervals()
}

fn covers(interval: Option<Interval>, truth: f64) -> bool {
    let interval = interval.unwrap();
    interval.low <= truth && truth <= interval.high
}

/// Two normals one deviation and a half apart: ROC-AUC Φ(1.5/√2), and at the threshold 0.75 the share
/// Φ(0.75) of each class is called rightly.
#[test]
fn ninety_five_percent_intervals_cover_the_truth_that_often() {
    const ROC_AUC: f64 = 0.855_577_816_8;
    const RIGHT: f64 = 0.773_372_647_6;
    let labels = labels(250, 150);
    let mut normal = Normal(0x2545_f491_4f6c_dd1d);
    let (mut auc, mut recall, mut accuracy) = (0, 0, 0);
    for seed in 0..1_000 {
        let scores = normal.scores(&labels, 1.5);
        let settings = Bootstrap { resamples: 1_000, seed, ..Bootstrap::default() };
        let ours = intervals(&labels, &scores, 0.75, settings);
        auc += u32::from(covers(ours[Metric::RocAuc], ROC_AUC));
        recall += u32::from(covers(ours[Metric::Recall], RIGHT));
        accuracy += u32::from(covers(ours[Metric::Accuracy], RIGHT));
    }
    for (metric, covered) in [("roc_auc", auc), ("recall", recall), ("accuracy", accuracy)] {
        eprintln!("{metric}: {covered} of 1000 intervals cover the truth");
        assert!((930..=970).contains(&covered), "{metric}: {covered} of 1000");
    }
}

#[test]
fn intervals_hold_the_figure_and_narrow_with_more_rows() {
    let width = |n: usize| {
        let labels = labels(4 * n, n);
        let scores = Normal(7).scores(&labels, 1.0);
        let ours = intervals(&labels, &scores, 0.5, Bootstrap::default());
        let area = ours[Metric::AveragePrecision].unwrap();
        assert!(covers(ours[Metric::RocAuc], roc_auc(&labels, &scores).unwrap()));
        assert!(covers(Some(area), average_precision(&labels, &scores).unwrap()));
        area.high - area.low
    };
    assert!(width(1_600) < 0.6 * width(100));
}

#[test]
fn the_seed_decides_the_interval() {
    let labels = labels(40, 20);
    let scores = Normal(3).scores(&labels, 1.0);
    let with = |seed| intervals(&labels, &scores, 0.5, Bootstrap { seed, ..Bootstrap::default() });
    assert_eq!(with(1), with(1));
    assert_ne!(with(1), with(2));
}

#[test]
fn what_is_undefined_has_no_interval() {
    let nothing = intervals(&[], &[], 0.0, Bootstrap::default());
    assert_eq!((nothing[Metric::Accuracy], nothing[Metric::RocAuc]), (None, None));
    let one_class = intervals(&[false; 5], &[0.1, 0.2, 0.3, 0.4, 0.5], 0.9, Bootstrap::default());
    assert_eq!((one_class[Metric::RocAuc], one_class[Metric::AveragePrecision]), (None, None));
    assert_eq!((one_class[Metric::Precision], one_class[Metric::Recall]), (None, None));
    assert_eq!(one_class[Metric::Accuracy], Some(Interval { low: 1.0, high: 1.0 }));
    // One row of thirty is called: it is missing in a third of the resamples.
    let mut scores = vec![0.0; 30];
    scores[29] = 1.0;
    let rare = intervals(&labels(15, 15), &scores, 0.5, Bootstrap::default());
    assert_eq!(rare[Metric::Precision], None);
    assert!(rare[Metric::Recall].is_some());
    let none = Bootstrap { resamples: 0, ..Bootstrap::default() };
    assert_eq!(intervals(&[true, false], &[1.0, 0.0], 0.5, none)[Metric::RocAuc], None);
}

#[test]
fn the_friedman_test_is_scipys() {
    let golden = read("stats.json");
    let tables: Vec<Value> = get(&golden["friedman"]);
    assert_eq!(tables.len(), 4);
    for table in tables {
        let name: String = get(&table["name"]);
        let ours = friedman(&get::<Vec<Vec<f64>>>(&table["values"]), 0.05).unwrap();
        let ranks: Vec<f64> = get(&table["mean_ranks"]);
        assert_all_close(&ours.mean_ranks, &ranks, 1e-12, &name);
        // SciPy refuses two models.
        if let Some(statistic) = get::<Option<f64>>(&table["statistic"]) {
            assert_close(Some(ours.statistic), Some(statistic), 1e-10, &name);
            assert_close(Some(ours.p_value), get(&table["p_value"]), 1e-10, &name);
        }
        let critical = get(&table["critical_difference"]);
        assert_close(Some(ours.critical_difference), critical, 1e-6, &name);
    }
}

#[test]
fn tables_that_cannot_be_ranked_have_no_test() {
    assert_eq!(friedman(&[], 0.05), None);
    assert_eq!(friedman(&[vec![1.0, 2.0]], 0.05), None);
    assert_eq!(friedman(&[vec![1.0], vec![2.0]], 0.05), None);
    assert_eq!(friedman(&[vec![1.0, 2.0], vec![2.0]], 0.05), None);
    assert_eq!(friedman(&[vec![1.0, f64::NAN], vec![2.0, 1.0]], 0.05), None);
    assert_eq!(friedman(&[vec![1.0, 1.0], vec![2.0, 2.0]], 0.05), None);
}

#[test]
fn holms_correction_is_statsmodels() {
    let golden = &read("stats.json")["holm"];
    let p_values: Vec<f64> = get(&golden["p"]);
    let adjusted: Vec<f64> = get(&golden["adjusted"]);
    assert_all_close(&holm(&p_values), &adjusted, 1e-15, "holm");
    assert!(holm(&[]).is_empty());
}

/// A scorer that knows half of the rows by heart and guesses on the rest falls by what it knows; one
/// that is as good everywhere does not.
#[test]
fn a_fall_on_some_of_the_rows_is_told_from_chance() {
    let labels = labels(400, 200);
    let kept: Vec<bool> = (0..600).map(|row| row % 2 == 0).collect();
    let even = Normal(4).scores(&labels, 1.5);
    let noise = Normal(5).scores(&labels, 0.0);
    let learned: Vec<f64> = (0..600)
        .map(|row| match kept[row] {
            true => noise[row],
            false => {
                if labels[row] {
                    9.0
                } else {
                    -9.0
                }
            }
        })
        .collect();
    let resamples = Resamples::draw(&labels, Bootstrap::default());
    let fall = |scores: &[f64]| {
        let (all, some) = (
            resamples.measure(scores, &Cuts::default()),
            resamples.measure_some(scores, &Cuts::default(), &kept),
        );
        let of_kept = |values: &[f64]| -> Vec<f64> {
            values.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(v, _)| *v).collect()
        };
        let kept_labels: Vec<bool> =
            labels.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(l, _)| *l).collect();
        assert_close(some.roc_auc(), roc_auc(&kept_labels, &of_kept(scores)), 1e-12, "some");
        assert_close(all.roc_auc(), roc_auc(&labels, scores), 1e-12, "all");
        let (fall, interval) = all.fall_to(&some).unwrap();
        assert!(interval.low <= fall && fall <= interval.high);
        interval
    };
    let (steady, fallen) = (fall(&even), fall(&learned));
    assert!(steady.low < 0.0 && steady.high > 0.0, "{steady:?}");
    assert!(fallen.low > 0.2, "{fallen:?}");
    let one_class = resamples.measure_some(&even, &Cuts::default(), &labels);
    assert_eq!(resamples.measure(&even, &Cuts::default()).fall_to(&one_class), None);
}
