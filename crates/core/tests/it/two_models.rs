//! Whether one model is better than another: how often intervals over seeds and rows hold a known truth.

use oddbench_core::metrics::roc_auc;
use oddbench_core::stats::{Bootstrap, Difference, Pairing, Repeat, RowDraws, compare, estimate};

use crate::golden::assert_close;
use crate::normal::Normal;

const INLIERS: usize = 160;
const OUTLIERS: usize = 80;

/// How far the outliers of a model lie above the inliers, how much its seeds differ in that, and how many it has.
#[derive(Clone, Copy)]
struct Model {
    shift: f64,
    seeds: f64,
    number: usize,
}

impl Model {
    const fn of(shift: f64, seeds: f64, number: usize) -> Self {
        Self { shift, seeds, number }
    }

    /// The area of its median seed on all rows of the distribution: Φ(shift / √2).
    fn truth(self) -> f64 {
        let (z, steps) = (self.shift / 2.0f64.sqrt(), 20_000);
        let width = z / f64::from(steps);
        let density = |at: f64| (-at * at / 2.0).exp() / std::f64::consts::TAU.sqrt();
        0.5 + (0..steps).map(|i| density((f64::from(i) + 0.5) * width) * width).sum::<f64>()
    }

    /// Scores of each seed: rows are as hard for one model as for another, in part.
    fn scores(self, labels: &[bool], rows: &[f64], normal: &mut Normal) -> Vec<Vec<f64>> {
        let of_seed = |_| {
            let shift = self.shift + self.seeds * normal.next();
            let score = |(&outlier, &row): (&bool, &f64)| {
                0.8 * row + 0.6 * normal.next() + if outlier { shift } else { 0.0 }
            };
            labels.iter().zip(rows).map(score).collect()
        };
        (0..self.number).map(of_seed).collect()
    }
}

fn settings(seed: u64) -> Bootstrap {
    Bootstrap { resamples: 500, seed, ..Bootstrap::default() }
}

fn repeats(draws: &RowDraws, scores: &[Vec<f64>]) -> Vec<Repeat> {
    let of = |(unit, scores): (u64, &Vec<f64>)| {
        let area = draws.areas(scores).roc_auc.unwrap();
        Repeat { unit, value: area.value, drawn: area.drawn.into_iter().map(Some).collect() }
    };
    (0..).zip(scores).map(of).collect()
}

/// Both models on one set of rows.
fn sample(models: [Model; 2], normal: &mut Normal, seed: u64) -> [Vec<Repeat>; 2] {
    let labels = [vec![false; INLIERS], vec![true; OUTLIERS]].concat();
    let rows: Vec<f64> = labels.iter().map(|_| normal.next()).collect();
    let draws = RowDraws::new(&labels, settings(seed));
    models.map(|model| repeats(&draws, &model.scores(&labels, &rows, normal)))
}

/// In how many of 1,000 repetitions the interval holds the truth, and in how many p is below 0.05.
fn coverage(models: [Model; 2], seed: u64) -> (f64, f64) {
    let truth = models[0].truth() - models[1].truth();
    let mut normal = Normal(0x9e37_79b9 + seed);
    let (mut held, mut called) = (0, 0);
    for repetition in 0..1_000 {
        let [a, b] = sample(models, &mut normal, repetition);
        let found = compare(&a, &b, Pairing::None, settings(repetition)).unwrap();
        held += u32::from(found.interval.low <= truth && truth <= found.interval.high);
        called += u32::from(found.p_value < 0.05);
        assert_eq!(found.is_tie(), found.p_value >= 0.05, "{found:?}");
    }
    (f64::from(held) / 1_000.0, f64::from(called) / 1_000.0)
}

/// The figures of METHODOLOGY.md. Three seeds make intervals too wide rather than too narrow: Student with four degrees
/// of freedom at most, on a variance of two values beside a median.
#[test]
fn intervals_over_seeds_and_rows_hold_the_truth_about_as_often_as_stated() {
    let cases = [
        ("no seed counts", Model::of(1.5, 0.0, 1), Model::of(1.3, 0.0, 1)),
        ("2 and 2 seeds", Model::of(1.5, 0.2, 2), Model::of(1.3, 0.2, 2)),
        ("3 and 3 seeds", Model::of(1.5, 0.2, 3), Model::of(1.3, 0.2, 3)),
        ("5 and 5 seeds", Model::of(1.5, 0.2, 5), Model::of(1.3, 0.2, 5)),
        ("20 seeds and no chance", Model::of(1.5, 0.2, 20), Model::of(1.3, 0.0, 1)),
        ("3 and 20 seeds", Model::of(1.5, 0.5, 3), Model::of(1.3, 0.1, 20)),
    ];
    for (case, first, second) in cases {
        let (held, _) = coverage([first, second], 1);
        eprintln!("{case}: {:.1} % of the intervals hold the truth", 100.0 * held);
        assert!((0.93..=0.99).contains(&held), "{case}: {held}");
    }
}

/// Rows alone cannot say what another seed would: the interval of a model with one seed is too narrow, and the report
/// says so of it.
#[test]
fn one_seed_of_a_random_model_is_not_covered() {
    let (held, _) = coverage([Model::of(1.5, 0.2, 1), Model::of(1.3, 0.2, 20)], 2);
    eprintln!("one seed and 20: {:.1} % of the intervals hold the truth", 100.0 * held);
    assert!(held < 0.9, "{held}");
}

/// 5 % of equal models at most are called different at the 5 % level, and not hardly any.
#[test]
fn equal_models_are_called_different_as_often_as_stated() {
    for (case, model) in
        [("no seed counts", Model::of(1.5, 0.0, 1)), ("3 seeds", Model::of(1.5, 0.2, 3))]
    {
        let (held, called) = coverage([model, model], 3);
        eprintln!("{case}: {:.1} % of equal pairs are called different", 100.0 * called);
        assert!((0.015..=0.068).contains(&called), "{case}: {called}");
        assert!((called + held - 1.0).abs() < 1e-9);
    }
}

#[test]
fn the_interval_of_one_model_over_its_seeds_holds_the_truth() {
    for (number, seeds) in [(1, 0.0), (3, 0.2), (10, 0.2)] {
        let model = Model::of(1.5, seeds, number);
        let mut normal = Normal(41);
        let held = (0..1_000).filter(|&repetition| {
            let [own, _] = sample([model, Model::of(1.0, 0.0, 1)], &mut normal, repetition);
            let interval = estimate(&own, settings(repetition)).unwrap().interval.unwrap();
            interval.low <= model.truth() && model.truth() <= interval.high
        });
        let share = held.count() as f64 / 1_000.0;
        eprintln!(
            "{number} seeds: {:.1} % of a model's own intervals hold the truth",
            100.0 * share
        );
        assert!((0.93..=0.985).contains(&share), "{number}: {share}");
    }
}

fn plain(values: &[f64]) -> Vec<Repeat> {
    (0..).zip(values).map(|(unit, &value)| Repeat { unit, value, drawn: vec![] }).collect()
}

fn found(a: &[f64], b: &[f64], pairing: Pairing) -> Option<Difference> {
    compare(&plain(a), &plain(b), pairing, Bootstrap::default())
}

/// The difference is between the medians, whatever one seed that collapsed does to the mean.
#[test]
fn the_figure_is_the_difference_of_medians() {
    let a = [0.95, 0.46, 0.97, 0.96];
    let difference = found(&a, &[0.9, 0.91, 0.92], Pairing::None).unwrap();
    assert_close(Some(difference.difference), Some(0.955 - 0.91), 1e-12, "medians");
    assert_eq!((difference.units, difference.rows), ([4, 3], false));
    assert_close(estimate(&plain(&a), settings(0)).map(|e| e.median), Some(0.955), 1e-12, "median");
}

/// Equal seeds add no variance, so that only rows are left; one seed and no rows say nothing.
#[test]
fn a_model_that_chance_does_not_move_adds_no_variance() {
    let labels = [vec![false; 60], vec![true; 40]].concat();
    let draws = RowDraws::new(&labels, Bootstrap::default());
    let mut normal = Normal(3);
    let (good, poor) = (normal.scores(&labels, 1.5), normal.scores(&labels, 1.2));
    let once = [
        repeats(&draws, std::slice::from_ref(&good)),
        repeats(&draws, std::slice::from_ref(&poor)),
    ];
    let thrice = [repeats(&draws, &vec![good.clone(); 3]), repeats(&draws, &vec![poor.clone(); 3])];
    let [once, thrice] =
        [once, thrice].map(|[a, b]| compare(&a, &b, Pairing::None, Bootstrap::default()).unwrap());
    assert_eq!((once.difference, once.interval), (thrice.difference, thrice.interval));
    assert_eq!(
        once.difference,
        roc_auc(&labels, &good).unwrap() - roc_auc(&labels, &poor).unwrap()
    );
    assert_eq!(found(&[0.9], &[0.8], Pairing::None), None);
    assert_eq!(found(&[0.9, 0.9], &[0.9, 0.9], Pairing::None).map(|d| d.p_value), Some(1.0));
    assert_eq!(found(&[], &[0.8, 0.9], Pairing::None), None);
}

/// A copy differs by nothing; a model that is far better has a small p.
#[test]
fn a_better_model_is_found_and_a_copy_is_not() {
    let labels = [vec![false; 400], vec![true; 200]].concat();
    let draws = RowDraws::new(&labels, Bootstrap::default());
    let good = Normal(1).scores(&labels, 2.0);
    let copy: Vec<f64> = good.iter().map(|s| s * 8.0).collect();
    let poor = Normal(2).scores(&labels, 0.5);
    let [good, copy, poor] = [good, copy, poor].map(|scores| repeats(&draws, &[scores]));
    let against = |other| compare(&good, other, Pairing::None, Bootstrap::default()).unwrap();
    let same = against(&copy);
    assert_eq!((same.difference, same.p_value, same.is_tie()), (0.0, 1.0, true));
    let better = against(&poor);
    assert!(better.p_value < 1e-6 && better.interval.low > 0.0 && !better.is_tie());
}

/// What both models share is drawn once for both: folds that are hard for one are hard for the other.
#[test]
fn pairs_are_drawn_together() {
    let first = [0.70, 0.80, 0.90, 0.95, 0.99];
    let second = first.map(|value| value - 0.02);
    let apart = found(&first, &second, Pairing::None).unwrap();
    let paired = found(&first, &second, Pairing::ByUnit).unwrap();
    assert!(apart.is_tie() && apart.interval.high > 0.1, "{apart:?}");
    assert!(!paired.is_tie(), "{paired:?}");
    // Other units than each other's are no pairs.
    let mut moved = plain(&second);
    moved.iter_mut().for_each(|repeat| repeat.unit += 1);
    let unpaired = compare(&plain(&first), &moved, Pairing::ByUnit, Bootstrap::default()).unwrap();
    assert_eq!(unpaired.interval, apart.interval);
}

#[test]
fn the_seed_decides_the_interval() {
    let values = ([0.9, 0.92, 0.95], [0.91, 0.93, 0.90]);
    let with = |seed| compare(&plain(&values.0), &plain(&values.1), Pairing::None, settings(seed));
    assert_eq!(with(1), with(1));
    assert_ne!(with(1), with(2));
}
