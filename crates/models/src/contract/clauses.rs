//! The clauses: each `Ok` if the promise holds, else how it was broken.

use std::{fs, thread};

use oddbench_core::{DetectorError, Epoch, Matrix, Silent, Train, TrainingRows, Watch};
use serde_json::{Value, json};

use super::{Subject, tables};
use crate::{find, load};

pub(super) type Outcome = Result<(), String>;

pub(super) fn unknown_parameter(subject: &Subject<'_>) -> Outcome {
    let mut params = subject.params.clone();
    params["no_such_parameter"] = json!(1);
    let Err(error) = subject.kind.resolve(&params) else {
        return Err("it was accepted".into());
    };
    ensure(error.key.as_deref() == Some("no_such_parameter"), || format!("the error is: {error}"))?;
    let resolved = resolve(subject, subject.params)?;
    let names = resolved.as_object().map(|o| o.keys().cloned().collect::<Vec<_>>());
    ensure(names.as_ref() == Some(&error.known), || format!("named are {:?}", error.known))
}

pub(super) fn resolved_parameters(subject: &Subject<'_>) -> Outcome {
    for params in [&json!({}), subject.params] {
        let once = resolve(subject, params)?;
        let twice = resolve(subject, &once)?;
        ensure(once == twice, || format!("{once} becomes {twice}"))?;
    }
    Ok(())
}

pub(super) fn schema(subject: &Subject<'_>) -> Outcome {
    let schema = subject.kind.schema();
    let resolved = resolve(subject, &json!({}))?;
    for key in resolved.as_object().into_iter().flat_map(|o| o.keys()) {
        let described = schema["properties"][key]["description"].is_string();
        ensure(described, || format!("{key} is not there, or has no description"))?;
    }
    Ok(())
}

pub(super) fn finite_scores(subject: &Subject<'_>) -> Outcome {
    let scores = subject.scores(1)?;
    ensure(scores.len() == tables::test().rows(), || format!("{} scores", scores.len()))?;
    all_finite(&scores)
}

pub(super) fn same_seed(subject: &Subject<'_>) -> Outcome {
    subject.same(&subject.scores(1)?, &subject.scores(1)?)
}

pub(super) fn deterministic(subject: &Subject<'_>) -> Outcome {
    let same = same_bits(&subject.scores(1)?, &subject.scores(2)?).is_ok();
    match (subject.detector()?.deterministic(), same) {
        (true, false) => Err("two seeds give different scores".into()),
        (false, true) => {
            Err("it says that seeds matter, but two seeds give the same scores".into())
        }
        _ => Ok(()),
    }
}

pub(super) fn parallel_fits(subject: &Subject<'_>) -> Outcome {
    let alone = subject.scores(1)?;
    thread::scope(|scope| {
        let fits: Vec<_> = (0..4).map(|i| scope.spawn(move || subject.scores(1 + i / 2))).collect();
        let scores: Result<Vec<_>, _> = fits.into_iter().map(|fit| fit.join()).collect();
        let scores = scores.map_err(|_| "a fit panicked".to_string())?;
        same_bits(&alone, scores[0].as_ref()?)?;
        same_bits(&alone, scores[1].as_ref()?)
    })
}

pub(super) fn threads(subject: &Subject<'_>) -> Outcome {
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.map_err(|e| e.to_string())?.install(|| subject.scores(1))
    };
    same_bits(&with(1)?, &with(3)?)
}

pub(super) fn labels(subject: &Subject<'_>) -> Outcome {
    if subject.supervised() {
        return Ok(());
    }
    let (train, test) = (tables::train(), tables::test());
    let labels: Vec<bool> = (0..train.rows()).map(|i| i % 5 == 0).collect();
    let score = |labels| {
        subject.fit_with(&train, labels, 1).and_then(|fitted| fitted.score(&test)).map_err(say)
    };
    same_bits(&score(None)?, &score(Some(&labels))?)
}

pub(super) fn missing_labels(subject: &Subject<'_>) -> Outcome {
    if !subject.supervised() {
        return Ok(());
    }
    let x = tables::train();
    let (inliers, outliers) = (vec![false; x.rows()], vec![true; x.rows()]);
    let mixed = tables::labels(x.rows() - 1);
    let cases = [
        ("no labels", None),
        ("inliers only", Some(&inliers[..])),
        ("outliers only", Some(&outliers[..])),
        ("a label too few", Some(&mixed[..])),
    ];
    for (name, labels) in cases {
        let refused = matches!(subject.fit_with(&x, labels, 1), Err(DetectorError::BadInput(_)));
        ensure(refused, || format!("{name}: it is fitted"))?;
    }
    Ok(())
}

pub(super) fn orientation(subject: &Subject<'_>) -> Outcome {
    if !subject.supervised() {
        return Ok(());
    }
    let (train, test) = (tables::train(), tables::held_out());
    for flipped in [false, true] {
        let labels_of = |x: &Matrix| -> Vec<bool> {
            x.iter_rows().map(|row| tables::in_far_cluster(row) != flipped).collect()
        };
        let fitted = subject.fit_with(&train, Some(&labels_of(&train)), 1).map_err(say)?;
        let scores = fitted.score(&test).map_err(say)?;
        let of = |class| {
            let labels = labels_of(&test);
            scores.iter().zip(labels).filter(move |(_, l)| *l == class).map(|(s, _)| *s).collect()
        };
        let (inliers, outliers): (Vec<f64>, Vec<f64>) = (of(false), of(true));
        let highest = inliers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let lowest = outliers.iter().copied().fold(f64::INFINITY, f64::min);
        ensure(highest < lowest, || {
            format!("of two clusters apart: an inlier has {highest}, an outlier {lowest}")
        })?;
    }
    Ok(())
}

pub(super) fn permutation(subject: &Subject<'_>) -> Outcome {
    if subject.kind.positional {
        return Ok(());
    }
    let fitted = subject.fit(&tables::train(), 1).map_err(say)?;
    let test = tables::test();
    let scores = fitted.score(&test).map_err(say)?;
    let order: Vec<usize> = (0..test.rows()).map(|i| i * 31 % test.rows()).collect();
    let permuted = fitted.score(&test.select(&order)).map_err(say)?;
    let expected: Vec<f64> = order.iter().map(|&i| scores[i]).collect();
    subject.same(&expected, &permuted)
}

/// Far rows, near ones, and few enough for a command that is asked for each.
pub(super) fn alone(subject: &Subject<'_>) -> Outcome {
    if subject.kind.positional {
        return Ok(());
    }
    let fitted = subject.fit(&tables::train(), 1).map_err(say)?;
    let test = tables::test();
    let scores = fitted.score(&test).map_err(say)?;
    let some: Vec<usize> = (0..test.rows()).step_by(12).collect();
    let among: Vec<f64> = some.iter().map(|&row| scores[row]).collect();
    let alone = some.iter().map(|&row| fitted.score(&test.select(&[row])));
    let alone: Vec<Vec<f64>> = alone.collect::<Result<_, _>>().map_err(say)?;
    subject.same(&among, &alone.concat())
}

pub(super) fn save_and_load(subject: &Subject<'_>) -> Outcome {
    let dir = subject.scratch.join(subject.kind.name);
    fs::create_dir(&dir).map_err(|e| e.to_string())?;
    let fitted = subject.fit(&tables::train(), 1).map_err(say)?;
    fitted.save(&dir).map_err(say)?;
    let saved = crate::save::Saved::read(&dir).map_err(say)?;
    // A kind outside the registry, such as the example of the documents, is loaded by its own entry.
    let loaded = match find(subject.kind.name) {
        Some(_) => load(&dir),
        None => (subject.kind.load)(&saved),
    };
    let loaded = loaded.map_err(say)?;
    ensure(loaded.n_features() == tables::COLS, || format!("{} columns", loaded.n_features()))?;
    let test = tables::test();
    same_bits(&fitted.score(&test).map_err(say)?, &loaded.score(&test).map_err(say)?)?;
    let resolved = resolve(subject, subject.params)?;
    ensure(saved.params == resolved, || format!("saved parameters: {}", saved.params))
}

/// More rows than an isolation forest draws for a tree, and few enough to be quick.
pub(super) fn sampled_rows(subject: &Subject<'_>) -> Outcome {
    if subject.supervised() {
        return Ok(());
    }
    let x = tables::train();
    let many = x.select(&(0..900).map(|row| row % x.rows()).collect::<Vec<_>>());
    let detector = subject.detector()?;
    let sampled = detector.fit_rows(&InMemory(&many), 1, &mut Silent).map_err(say)?;
    let test = tables::test();
    let whole = subject.fit(&many, 1).map_err(say)?;
    same_bits(&whole.score(&test).map_err(say)?, &sampled.score(&test).map_err(say)?)
}

/// Rows that are all there.
struct InMemory<'a>(&'a Matrix);

impl TrainingRows for InMemory<'_> {
    fn count(&self) -> usize {
        self.0.rows()
    }

    fn some(&self, rows: &[usize]) -> Result<Matrix, DetectorError> {
        Ok(self.0.select(rows))
    }

    fn all(&self) -> Result<&Matrix, DetectorError> {
        Ok(self.0)
    }
}

pub(super) fn training_scores(subject: &Subject<'_>) -> Outcome {
    let x = tables::train();
    let fitted = subject.fit(&x, 1).map_err(say)?;
    let scores = fitted.score_training(&x).map_err(say)?;
    ensure(scores.len() == x.rows(), || format!("{} scores", scores.len()))?;
    all_finite(&scores)?;
    if subject.kind.positional {
        return Ok(());
    }
    let some: Vec<usize> = (0..x.rows()).step_by(3).collect();
    let expected: Vec<f64> = some.iter().map(|&row| scores[row]).collect();
    same_bits(&expected, &fitted.score_training(&x.select(&some)).map_err(say)?)
}

pub(super) fn explanation(subject: &Subject<'_>) -> Outcome {
    let fitted = subject.fit(&tables::train(), 1).map_err(say)?;
    let test = tables::test();
    let Some(shares) = fitted.explain(&test).map_err(say)? else {
        return Ok(());
    };
    let shape = (shares.rows(), shares.cols());
    ensure(shape == (test.rows(), test.cols()), || format!("the shape is {shape:?}"))?;
    ensure(shares.first_non_finite().is_none(), || "a share is not finite".into())
}

pub(super) fn reconstruction(subject: &Subject<'_>) -> Outcome {
    let fitted = subject.fit(&tables::train(), 1).map_err(say)?;
    let test = tables::test();
    let Some(rebuilt) = fitted.reconstruct(&test).map_err(say)? else {
        return Ok(());
    };
    let shape = (rebuilt.rows(), rebuilt.cols());
    ensure(shape == (test.rows(), test.cols()), || format!("the shape is {shape:?}"))?;
    ensure(rebuilt.first_non_finite().is_none(), || "a value is not finite".into())
}

pub(super) fn no_rows(subject: &Subject<'_>) -> Outcome {
    refused_everywhere(subject, &Matrix::zeros(0, tables::COLS))
}

pub(super) fn not_finite(subject: &Subject<'_>) -> Outcome {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut x = tables::train();
        x.as_mut_slice()[40] = value;
        refused_everywhere(subject, &x).map_err(|how| format!("{value}: {how}"))?;
    }
    Ok(())
}

pub(super) fn wrong_columns(subject: &Subject<'_>) -> Outcome {
    let fitted = subject.fit(&tables::train(), 1).map_err(say)?;
    for cols in [tables::COLS - 1, tables::COLS + 1] {
        let x = Matrix::zeros(4, cols);
        let refused = matches!(fitted.score(&x), Err(DetectorError::BadInput(_)));
        ensure(refused, || format!("{cols} columns are scored"))?;
        let explained = matches!(fitted.explain(&x), Ok(Some(_)));
        ensure(!explained, || format!("{cols} columns are explained"))?;
    }
    Ok(())
}

pub(super) fn odd_tables(subject: &Subject<'_>) -> Outcome {
    for (name, x) in tables::odd() {
        match subject.fit(&x, 1).and_then(|fitted| fitted.score(&x)) {
            Ok(scores) => all_finite(&scores).map_err(|how| format!("{name}: {how}"))?,
            Err(DetectorError::BadInput(_) | DetectorError::Diverged(_)) => {}
            Err(error) => return Err(format!("{name}: {error}")),
        }
    }
    Ok(())
}

pub(super) fn cancel(subject: &Subject<'_>) -> Outcome {
    let mut patient = Counting { epochs: 0, patience: u32::MAX };
    fit_watched(subject, &mut patient).map_err(say)?;
    if patient.epochs < 2 {
        return Ok(());
    }
    let mut hasty = Counting { epochs: 0, patience: 1 };
    match fit_watched(subject, &mut hasty) {
        Err(DetectorError::Cancelled) => {}
        Err(error) => return Err(format!("the error is: {error}")),
        Ok(()) => return Err("it went on to the end".into()),
    }
    ensure(hasty.epochs == 1, || format!("it stopped after {} epochs", hasty.epochs))
}

/// Counts epochs and cancels after some.
struct Counting {
    epochs: u32,
    patience: u32,
}

impl Watch for Counting {
    fn epoch(&mut self, _: Epoch) {
        self.epochs += 1;
    }

    fn note(&mut self, _: &str) {}

    fn cancelled(&self) -> bool {
        self.epochs >= self.patience
    }
}

fn fit_watched(subject: &Subject<'_>, watch: &mut dyn Watch) -> Result<(), DetectorError> {
    let x = tables::train();
    let labels = tables::labels(x.rows());
    let labels = subject.supervised().then_some(&labels[..]);
    let detector = subject.detector().map_err(DetectorError::Backend)?;
    detector.fit(Train { x: &x, labels, validation: None }, 1, watch).map(drop)
}

/// Neither fitted on, nor scored, nor explained.
fn refused_everywhere(subject: &Subject<'_>, x: &Matrix) -> Outcome {
    let refused = matches!(subject.fit(x, 1), Err(DetectorError::BadInput(_)));
    ensure(refused, || "it is fitted on".into())?;
    let fitted = subject.fit(&tables::train(), 1).map_err(say)?;
    let refused = matches!(fitted.score(x), Err(DetectorError::BadInput(_)));
    ensure(refused, || "it is scored".into())?;
    ensure(!matches!(fitted.explain(x), Ok(Some(_))), || "it is explained".into())
}

fn resolve(subject: &Subject<'_>, params: &Value) -> Result<Value, String> {
    subject.kind.resolve(params).map_err(|e| e.to_string())
}

pub(super) fn all_finite(scores: &[f64]) -> Outcome {
    match scores.iter().position(|score| !score.is_finite()) {
        Some(row) => Err(format!("the score of row {row} is {}", scores[row])),
        None => Ok(()),
    }
}

pub(super) fn same_bits(a: &[f64], b: &[f64]) -> Outcome {
    ensure(a.len() == b.len(), || format!("{} and {} scores", a.len(), b.len()))?;
    match a.iter().zip(b).position(|(a, b)| a.to_bits() != b.to_bits()) {
        Some(row) => Err(format!("row {row}: {:?} and {:?}", a[row], b[row])),
        None => Ok(()),
    }
}

pub(super) fn ensure(holds: bool, how: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(how()) }
}

pub(super) fn say(error: DetectorError) -> String {
    error.to_string()
}
