//! The figures of an operator: against scikit-learn, against counts by hand, against resampling, and the
//! coverage of their intervals on simulated scores of known rates.

use oddbench_core::dataset::Classes;
use oddbench_core::evaluate::evaluate;
use oddbench_core::metrics::{Confusion, Group, Metric};
use oddbench_core::operating::{
    Estimate, OperatingPoint, OperatorSettings, Part, Unresolvable, cuts, operating_points,
};
use oddbench_core::scores::{ScoredPart, Scores};
use oddbench_core::stats::{
    Blocks, Bootstrap, Extent, Interval, Meter, chi_squared_survival, draws,
};
use oddbench_core::threshold::{Fixed, Rule, ThresholdSettings, TuneOn};
use serde::Deserialize;
use serde_json::Value;

use crate::golden::{assert_close, get, read};
use crate::normal::Normal;

const NAMES: [&str; 4] = ["normal", "dos", "probe", "r2l"];

fn part(labels: Vec<bool>, codes: Vec<u16>, scores: Vec<f64>) -> ScoredPart {
    let classes = Classes { names: NAMES.map(str::to_owned).into(), codes };
    ScoredPart {
        rows: (0..labels.len() as u32).collect(),
        classes: classes.into(),
        labels: labels.into(),
        scores,
        times: None,
    }
}

/// Inliers, then outliers of one class, with these scores.
fn two_classes(inliers: &[f64], outliers: &[f64]) -> ScoredPart {
    let labels = [vec![false; inliers.len()], vec![true; outliers.len()]].concat();
    let codes = labels.iter().map(|&label| u16::from(label)).collect();
    part(labels, codes, [inliers, outliers].concat())
}

/// Numbers from which `rows` of scripts/peer/metrics.py makes a part.
#[derive(Deserialize)]
struct Rows {
    n: i64,
    every: i64,
    factor: i64,
    spread: i64,
    shift: i64,
    tie: i64,
}

impl Rows {
    fn part(&self) -> ScoredPart {
        let is_outlier = |at: i64| at % self.every == self.every - 1;
        let score = |at: i64| {
            let shift = if is_outlier(at) { self.shift } else { 0 };
            (at * self.factor % self.spread + shift).div_euclid(self.tie) as f64
        };
        let class = |at: i64| if is_outlier(at) { (1 + at / self.every % 7 % 3) as u16 } else { 0 };
        part(
            (0..self.n).map(is_outlier).collect(),
            (0..self.n).map(class).collect(),
            (0..self.n).map(score).collect(),
        )
    }
}

#[test]
fn every_metric_of_the_operator_is_scikit_learns() {
    let cases: Vec<Value> = get(&read("operator.json")["cases"]);
    assert_eq!(cases.len(), 17);
    for case in cases {
        let name: String = get(&case["name"]);
        let part_of = |key: &str| get::<Rows>(&case[key]).part();
        let (validation, test) = (part_of("validation"), part_of("test"));
        let scores = Scores { validation, test, transfer: None };
        let rule = Rule::Fixed(Fixed { value: get(&case["threshold"]) });
        let settings = ThresholdSettings { rule, tune_on: TuneOn::Validation };
        let ours = evaluate(&scores, &settings, None).unwrap();
        let metrics = case["metrics"].as_object().unwrap();
        let operators: Vec<Metric> = Metric::of_group(Group::Operator).collect();
        assert_eq!(metrics.len(), operators.len());
        for metric in operators {
            let expected = get(&metrics[metric.name()]);
            let what = format!("{name}, {}", metric.name());
            assert_close(ours.metrics[metric], expected, 1e-12, &what);
        }
    }
}

/// The rule that was asked for decides the figures that depend on it, and no others.
#[test]
fn recall_at_a_rate_is_the_same_under_every_rule() {
    let mut normal = Normal(5);
    let mut part = || {
        let inliers: Vec<f64> = (0..2_000).map(|_| normal.next()).collect();
        let outliers: Vec<f64> = (0..200).map(|_| 2.0 + normal.next()).collect();
        two_classes(&inliers, &outliers)
    };
    let scores = Scores { validation: part(), test: part(), transfer: Some(part()) };
    let under = |value| {
        let rule = Rule::Fixed(Fixed { value });
        let settings = ThresholdSettings { rule, tune_on: TuneOn::Validation };
        evaluate(&scores, &settings, None).unwrap()
    };
    let (low, high) = (under(0.0), under(2.5));
    assert_ne!(low.metrics[Metric::BalancedAccuracy], high.metrics[Metric::BalancedAccuracy]);
    assert_ne!(low.metrics[Metric::PrecisionAt1e3], high.metrics[Metric::PrecisionAt1e3]);
    assert!(low.metrics[Metric::RecallAtFpr1e2].is_some());
    assert_eq!(low.metrics[Metric::RecallAtFpr1e2], high.metrics[Metric::RecallAtFpr1e2]);
    assert!(!Metric::RecallAtFpr1e2.needs_threshold() && Metric::MacroRecall.needs_threshold());
    // Operating points are made from the same thresholds, on test rows and on transfer rows.
    let (test, transfer) = operating_points(&scores, &OperatorSettings::default());
    let of = |points: &[OperatingPoint]| points[0].recall.map(|recall| recall.value);
    assert_eq!(of(&test), low.metrics[Metric::RecallAtFpr1e2]);
    let moved = low.transferred(&scores.validation, scores.transfer.as_ref().unwrap()).unwrap();
    assert_eq!(of(&transfer), moved.metrics[Metric::RecallAtFpr1e2]);
    assert_eq!(test[0].threshold, transfer[0].threshold);
    assert_ne!(test[0].confusion, transfer[0].confusion);
}

#[test]
fn an_operating_point_by_hand() {
    // Validation inliers 1 to 1000: ten are above 990. Test inliers from 20 on: 30 of 1010 are above it.
    let inliers = |from: u32| -> Vec<f64> { (from..from + 1_010).map(f64::from).collect() };
    let scores = Scores {
        validation: two_classes(&inliers(1)[..1_000], &[0.0]),
        test: two_classes(&inliers(11), &[989.0, 990.0, 991.0, 2_000.0]),
        transfer: None,
    };
    let settings = OperatorSettings {
        fpr: vec![0.01, 0.001],
        prevalence: vec![0.5, 0.01],
        flows_per_day: Some(1e6),
        ..OperatorSettings::default()
    };
    let (points, transfer) = operating_points(&scores, &settings);
    assert!(transfer.is_empty());
    let point = &points[0];
    assert_eq!((point.fpr, point.threshold, point.unresolvable), (0.01, Some(990.0), None));
    let counts = Confusion { tp: 2, fp: 30, tn: 980, fn_: 2 };
    assert_eq!(point.confusion, Some(counts));
    let value = |estimate: Option<Estimate>| estimate.map(|estimate| estimate.value);
    let reached = 30.0 / 1010.0;
    assert_close(value(point.recall), Some(0.5), 1e-12, "recall");
    assert_close(value(point.fpr_reached), Some(reached), 1e-12, "rate");
    assert_close(value(point.false_alarms_per_million), Some(1e6 * reached), 1e-12, "million");
    // A million flows a day of which 99 % are benign.
    assert_close(value(point.false_alarms_per_day), Some(0.99e6 * reached), 1e-12, "day");
    let at: Vec<f64> = point.precision.iter().map(|at| at.prevalence).collect();
    assert_eq!(at, [0.5, 0.01]);
    let expected = 0.5 / (0.5 + reached);
    assert_close(value(point.precision[0].precision), Some(expected), 1e-12, "even");
    let expected = 0.01 * 0.5 / (0.01 * 0.5 + 0.99 * reached);
    assert_close(value(point.precision[1].precision), Some(expected), 1e-12, "rare");
    for estimate in [point.recall, point.fpr_reached, point.precision[0].precision] {
        let Estimate { value, interval } = estimate.unwrap();
        assert!(interval.low < value && value < interval.high, "{interval:?} {value}");
    }
    // The other rate needs 10,000 benign rows in each part.
    let why = Unresolvable { part: Part::Validation, inliers: 1_000, needed: 10_000 };
    assert_eq!(points[1], OperatingPoint { unresolvable: Some(why), ..unresolved(0.001) });
    assert_eq!(
        why.to_string(),
        "not resolvable: the validation part has 1000 benign rows and this rate needs 10000"
    );
    let text = serde_json::to_string(&points).unwrap();
    assert_eq!(serde_json::from_str::<Vec<OperatingPoint>>(&text).unwrap(), points);
}

fn unresolved(fpr: f64) -> OperatingPoint {
    OperatingPoint {
        fpr,
        unresolvable: None,
        threshold: None,
        confusion: None,
        recall: None,
        fpr_reached: None,
        precision: vec![],
        false_alarms_per_million: None,
        false_alarms_per_day: None,
    }
}

#[test]
fn a_rate_is_resolved_from_ten_expected_false_alarms_on_in_both_parts() {
    let rows = |n: usize| two_classes(&vec![0.0; n], &[1.0]);
    let why = |validation: usize, test: usize, fpr: f64| {
        let scores = Scores { validation: rows(validation), test: rows(test), transfer: None };
        let settings = OperatorSettings { fpr: vec![fpr], ..OperatorSettings::default() };
        operating_points(&scores, &settings).0[0].unresolvable
    };
    assert_eq!(why(1_000, 1_000, 0.01), None);
    let test = Unresolvable { part: Part::Test, inliers: 999, needed: 1_000 };
    assert_eq!(why(1_000, 999, 0.01), Some(test));
    let validation = Unresolvable { part: Part::Validation, inliers: 999, needed: 1_000 };
    assert_eq!(why(999, 1_000, 0.01), Some(validation));
    // 10 / 0.07 is 142.9; a product of 10.0 that is rounded down is no reason either.
    for (fpr, needed) in [(0.07, 143), (0.03, 334), (0.0003, 33_334), (0.1, 100), (0.7, 15)] {
        assert_eq!(why(needed, needed, fpr), None, "{fpr}");
        assert!(why(needed - 1, needed, fpr).is_some(), "{fpr}");
    }
    assert_eq!(why(0, 1_000, 0.01).unwrap().inliers, 0, "a split without validation rows");
}

/// No false alarm among a thousand benign rows does not say that there are none.
#[test]
fn without_a_false_alarm_the_intervals_leave_room_for_some() {
    let scores = Scores {
        validation: two_classes(&[0.0; 1_000], &[1.0; 9]),
        test: two_classes(&[0.0; 1_000], &[1.0; 100]),
        transfer: None,
    };
    let settings = OperatorSettings { fpr: vec![0.01], ..OperatorSettings::default() };
    let point = operating_points(&scores, &settings).0.remove(0);
    let (reached, recall) = (point.fpr_reached.unwrap(), point.recall.unwrap());
    // Wilson's ends: z² / (n + z²) and n / (n + z²).
    let squared = 1.959_963_984_540_054_f64.powi(2);
    assert_eq!((reached.value, reached.interval.low), (0.0, 0.0));
    let expected = squared / (1_000.0 + squared);
    assert_close(Some(reached.interval.high), Some(expected), 1e-9, "rate");
    assert_eq!((recall.value, recall.interval.high), (1.0, 1.0));
    let expected = 100.0 / (100.0 + squared);
    assert_close(Some(recall.interval.low), Some(expected), 1e-9, "recall");
    let precision = point.precision[1].precision.unwrap();
    assert_eq!((precision.value, precision.interval.high), (1.0, 1.0));
    assert!(precision.interval.low < 0.25, "{precision:?}: one attack of 1,000 flows");
    // Constant scores call nothing at all: precision is undefined.
    let nothing = Scores { test: two_classes(&[0.0; 1_000], &[0.0; 9]), ..scores.clone() };
    let point = operating_points(&nothing, &settings).0.remove(0);
    assert_eq!(point.precision[0].precision, None);
    assert_eq!(point.recall.unwrap().value, 0.0);
    // Neither is there a recall without attacks.
    let benign = Scores { test: two_classes(&[0.0; 1_000], &[]), ..scores };
    let point = operating_points(&benign, &settings).0.remove(0);
    assert_eq!((point.recall, point.precision[0].precision), (None, None));
    assert!(point.fpr_reached.is_some());
}

/// Rows drawn so that a share of them are attacks have the precision that the formula states.
#[test]
fn precision_at_a_prior_is_what_resampling_to_it_gives() {
    const ROWS: usize = 400_000;
    let mut normal = Normal(77);
    let inliers: Vec<f64> = (0..3_000).map(|_| normal.next()).collect();
    let outliers: Vec<f64> = (0..600).map(|_| 2.0 + normal.next()).collect();
    let test = two_classes(&inliers, &outliers);
    for (seed, (threshold, prevalence)) in
        [(1.5, 0.5), (1.5, 0.01), (2.0, 0.05), (2.5, 0.001)].into_iter().enumerate()
    {
        let counts = Confusion::at(&test.labels, &test.scores, threshold);
        let stated = counts.weighted().precision_at(prevalence).unwrap();
        let attacks = (prevalence * ROWS as f64).round() as usize;
        let called = |rows: &[f64], count: usize, seed: u64| {
            let drawn = draws(rows.len(), count, seed).into_iter();
            drawn.filter(|&row| rows[row] > threshold).count() as f64
        };
        let seed = 10 * seed as u64;
        let found = called(&outliers, attacks, seed);
        let alarms = found + called(&inliers, ROWS - attacks, seed + 1);
        let noise = (stated * (1.0 - stated) / alarms).sqrt();
        let drawn = found / alarms;
        assert!((drawn - stated).abs() < 4.0 * noise, "{drawn} is not {stated} ± {noise}");
        assert!(noise < 0.2 * stated, "the noise hides nothing");
    }
}

/// P(Z > z).
fn tail(z: f64) -> f64 {
    let outer = chi_squared_survival(z * z, 1) / 2.0;
    if z > 0.0 { outer } else { 1.0 - outer }
}

/// Three classes of attacks: how far each is from benign rows, and its share of all attacks.
const CLASSES: [(f64, f64); 3] = [(1.5, 0.5), (2.5, 0.3), (3.5, 0.2)];
const BENIGN: usize = 2_000;
const ATTACKS: usize = 300;

fn recall(threshold: f64) -> f64 {
    CLASSES.iter().map(|(shift, share)| share * tail(threshold - shift)).sum()
}

/// Benign rows are standard normal, and each attack is of a class that chance chooses.
fn simulated(normal: &mut Normal) -> ScoredPart {
    let mut codes = vec![0u16; BENIGN];
    let mut scores: Vec<f64> = (0..BENIGN).map(|_| normal.next()).collect();
    for _ in 0..ATTACKS {
        let chance = normal.uniform();
        let class = if chance < 0.5 { 0 } else { 1 + usize::from(chance > 0.8) };
        codes.push(class as u16 + 1);
        scores.push(CLASSES[class].0 + normal.next());
    }
    part([vec![false; BENIGN], vec![true; ATTACKS]].concat(), codes, scores)
}

/// The area under the true curve up to a false positive rate of 0.01, standardised.
fn partial_area() -> f64 {
    const STEPS: u32 = 20_000;
    const MAX: f64 = 0.01;
    // The curve over its threshold: the sum of recall times the false positive rate of a slice.
    let lowest = 2.326_347_874_040_841;
    let edge = |step: u32| lowest + 4.0 * f64::from(step) / f64::from(STEPS);
    let slice = |step: u32| {
        let (low, high) = (edge(step), edge(step + 1));
        (tail(low) - tail(high)) * recall(f64::midpoint(low, high))
    };
    let area: f64 = (0..STEPS).map(slice).sum();
    0.5 * (1.0 + (area - MAX * MAX / 2.0) / (MAX - MAX * MAX / 2.0))
}

fn holds(interval: Interval, truth: f64) -> u32 {
    u32::from(interval.low <= truth && truth <= interval.high)
}

/// Whether the intervals of one simulation hold the truth: figure by figure.
fn covered(seed: u64, normal: &mut Normal, partial: f64) -> Vec<(&'static str, u32)> {
    const THRESHOLD: f64 = 2.0;
    const PRIOR: f64 = 0.001;
    let (validation, test) = (simulated(normal), simulated(normal));
    let settings = Bootstrap { resamples: 500, seed, ..Bootstrap::default() };
    let cuts = cuts(&validation, (Part::Test, &test), Some(THRESHOLD));
    let mut meter = Meter::new(&test, &cuts, Extent::WithoutWholeAreas, settings);
    let mut blocks = Blocks::new(&test.labels, settings);
    while let Some(block) = blocks.draw() {
        meter.add(block);
    }
    let intervals = meter.finish().intervals();
    let asked = OperatorSettings {
        fpr: vec![0.01],
        prevalence: vec![PRIOR],
        flows_per_day: Some(1e6),
        ..OperatorSettings::default()
    };
    let scores = Scores { validation, test, transfer: None };
    let point = operating_points(&scores, &asked).0.remove(0);
    let precision = |tpr: f64, fpr: f64| PRIOR * tpr / (PRIOR * tpr + (1.0 - PRIOR) * fpr);
    let (tpr, fpr) = (recall(THRESHOLD), tail(THRESHOLD));
    let (n, m) = (ATTACKS as f64, BENIGN as f64);
    let (tp, fp) = (n * tpr, m * fpr);
    let mcc = (tp * (m - fp) - fp * (n - tp)) / ((tp + fp) * n * m * (n + m - tp - fp)).sqrt();
    let macro_recall = CLASSES.iter().map(|(shift, _)| tail(THRESHOLD - shift)).sum::<f64>() / 3.0;
    // What the threshold of the validation rows is worth on all rows of the world.
    let chosen = point.threshold.unwrap();
    let at = |metric: Metric, truth: f64| (metric.name(), holds(intervals[metric].unwrap(), truth));
    let of =
        |name, estimate: Option<Estimate>, truth| (name, holds(estimate.unwrap().interval, truth));
    vec![
        at(Metric::Recall, tpr),
        at(Metric::Mcc, mcc),
        at(Metric::BalancedAccuracy, f64::midpoint(tpr, 1.0 - fpr)),
        at(Metric::MacroRecall, macro_recall),
        at(Metric::PartialRocAuc, partial),
        at(Metric::RecallAtFpr1e2, recall(chosen)),
        at(Metric::PrecisionAt1e3, precision(tpr, fpr)),
        of("recall at FPR 0.01", point.recall, recall(chosen)),
        of("FPR reached", point.fpr_reached, tail(chosen)),
        of(
            "precision at 0.1 %",
            point.precision[0].precision,
            precision(recall(chosen), tail(chosen)),
        ),
        of("false alarms per day", point.false_alarms_per_day, 0.999e6 * tail(chosen)),
    ]
}

/// METHODOLOGY.md has the figures that this test prints.
#[test]
fn ninety_five_percent_intervals_cover_the_truth_that_often() {
    const REPETITIONS: u64 = 1_000;
    let partial = partial_area();
    let mut normal = Normal(0x51ab_77e1_0c4d_93f5);
    let mut counts: Vec<(&str, u32)> = Vec::new();
    for seed in 0..REPETITIONS {
        let found = covered(seed, &mut normal, partial);
        counts.resize(found.len(), ("", 0));
        for (count, (name, covered)) in counts.iter_mut().zip(found) {
            *count = (name, count.1 + covered);
        }
    }
    for (name, covered) in &counts {
        println!("{name}: {covered} of {REPETITIONS} intervals cover the truth");
    }
    for (name, covered) in counts {
        assert!((930..=970).contains(&covered), "{name}: {covered} of {REPETITIONS}");
    }
}
