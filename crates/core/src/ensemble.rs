//! Ensembles of detectors, from their scores alone: one scale for all of them, a combination, and the choice of
//! members.
//!
//! Scores of different detectors have no common unit. Each is turned into the surprisal of its conformal p-value among
//! reference inliers, -ln((1 + rows that score at least as high) / (1 + n)): about 0.7 for a typical inlier, ln(1 + n)
//! beyond all of them. The mean over the members orders rows as Fisher's combination of p-values does (Statistical
//! Methods for Research Workers, 1932): a row that several members place beyond every inlier scores higher than a row
//! that a single member places there. The maximum is Tippett's (1931), up to ties.
//!
//! Members are chosen by greedy forward selection with replacement (Caruana et al., "Ensemble selection
//! from libraries of models", ICML 2004): it needs labelled rows, which must not be the test rows.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::metrics::{ClassWeights, Metric, tallies};

/// How the members' surprisals become one score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Combine {
    /// The weighted mean.
    Mean,
    /// The greatest.
    Max,
}

/// Which members are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Select {
    /// Every one, with equal weights.
    All,
    /// One after the other, each the one that helps most; one that is taken twice weighs twice.
    Greedy,
}

/// What the greedy selection maximises on the rows that it may look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Criterion {
    /// A metric. A metric that needs a threshold takes the best value that any threshold gives.
    Of(Metric),
    /// The mean of F1 and the area under the ROC curve.
    F1RocAuc,
}

impl Criterion {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Metric::CRITERIA.into_iter().map(Self::Of).chain([Self::F1RocAuc])
    }

    /// Its name in the experiment file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Of(metric) => metric.name(),
            Self::F1RocAuc => "f1_roc_auc",
        }
    }
}

impl From<Criterion> for &'static str {
    fn from(criterion: Criterion) -> Self {
        criterion.name()
    }
}

impl TryFrom<String> for Criterion {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let found = Self::all().find(|criterion| criterion.name() == name);
        found.ok_or_else(|| format!("unknown criterion {name:?}"))
    }
}

/// How an ensemble is made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnsembleSettings {
    /// How surprisals become one score.
    pub combine: Combine,
    /// Which members are taken.
    pub select: Select,
    /// What the greedy selection maximises.
    pub maximise: Criterion,
    /// Weigh the classes as if this share of the rows were outliers, 0 < share < 1, when a criterion is
    /// computed; `None`: no weights.
    pub prevalence: Option<f64>,
    /// How many times the greedy selection may take a member, at least 1.
    pub limit: usize,
}

/// Why an ensemble cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EnsembleError {
    /// There is nothing to combine.
    #[error("an ensemble needs at least one member")]
    NoMembers,
    /// A p-value has nothing to be among.
    #[error("the validation part has no inliers to compare scores with")]
    NoInliers,
    /// A criterion is undefined.
    #[error(
        "the validation part has no outliers, and select = \"greedy\" compares members on them: use select = \"all\""
    )]
    NoOutliers,
    /// Members scored different rows.
    #[error("the members' scores are not of the same rows")]
    Rows,
}

/// The scores of inliers under one member, which say how surprising another score is.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    ascending: Vec<f64>,
}

impl Reference {
    /// The scores of the rows that are labelled `false`; `None` if there are none. Scores are finite;
    /// panics if the lengths differ.
    pub fn inliers(labels: &[bool], scores: &[f64]) -> Option<Self> {
        assert_eq!(labels.len(), scores.len(), "one label per score");
        let inliers = scores.iter().zip(labels).filter(|(_, label)| !**label);
        let mut ascending: Vec<f64> = inliers.map(|(&score, _)| score).collect();
        ascending.sort_unstable_by(f64::total_cmp);
        (!ascending.is_empty()).then_some(Self { ascending })
    }

    /// -ln of the conformal p-value: at least 0, at most ln(1 + n), never falling as the score rises.
    pub fn surprisal(&self, score: f64) -> f64 {
        let lower = self.ascending.partition_point(|&inlier| inlier < score);
        let n = self.ascending.len();
        as_f64(1 + n).ln() - as_f64(1 + n - lower).ln()
    }
}

/// The surprisal of each score.
pub fn surprisals(reference: &Reference, scores: &[f64]) -> Vec<f64> {
    scores.iter().map(|&score| reference.surprisal(score)).collect()
}

/// The ensemble's scores from its members' surprisals, each as long as the others; a member counts
/// `weights` times. Panics if the weights are not one a member or if they are all 0.
pub fn combine(how: Combine, members: &[Vec<f64>], weights: &[usize]) -> Vec<f64> {
    assert_eq!(members.len(), weights.len(), "one weight per member");
    let taken: Vec<(&Vec<f64>, usize)> =
        members.iter().zip(weights.iter().copied()).filter(|(_, weight)| *weight > 0).collect();
    let total: usize = taken.iter().map(|(_, weight)| weight).sum();
    assert!(total > 0, "at least one member counts");
    let rows = taken[0].0.len();
    let row = |at: usize| match how {
        Combine::Mean => {
            taken.iter().map(|(scores, weight)| scores[at] * as_f64(*weight)).sum::<f64>()
                / as_f64(total)
        }
        Combine::Max => taken.iter().map(|(scores, _)| scores[at]).fold(0.0, f64::max),
    };
    (0..rows).map(row).collect()
}

/// How often each member counts, from labelled rows and the members' surprisals on them; at least one
/// counts. If members are equally good, the first is taken; if ensembles are, the smallest.
pub fn weights(
    settings: &EnsembleSettings,
    labels: &[bool],
    members: &[Vec<f64>],
) -> Result<Vec<usize>, EnsembleError> {
    if members.is_empty() {
        return Err(EnsembleError::NoMembers);
    }
    if members.iter().any(|scores| scores.len() != labels.len()) {
        return Err(EnsembleError::Rows);
    }
    match settings.select {
        Select::All => Ok(vec![1; members.len()]),
        Select::Greedy => greedy(settings, labels, members),
    }
}

fn greedy(
    settings: &EnsembleSettings,
    labels: &[bool],
    members: &[Vec<f64>],
) -> Result<Vec<usize>, EnsembleError> {
    let mut taken = vec![0; members.len()];
    let mut best: Option<(f64, Vec<usize>)> = None;
    // Sums (or maxima) of what is taken: the mean's divisor changes no order.
    let mut so_far = vec![0.0; labels.len()];
    for _ in 0..settings.limit.max(1) {
        let mut step: Option<(f64, usize, Vec<f64>)> = None;
        for (at, member) in members.iter().enumerate() {
            let joined = joined(settings.combine, &so_far, member);
            let value = criterion(settings, labels, &joined)?;
            if step.as_ref().is_none_or(|(found, ..)| value > *found) {
                step = Some((value, at, joined));
            }
        }
        let Some((value, at, joined)) = step else { return Err(EnsembleError::NoMembers) };
        taken[at] += 1;
        so_far = joined;
        if best.as_ref().is_none_or(|(found, _)| value > *found) {
            best = Some((value, taken.clone()));
        }
    }
    best.map(|(_, taken)| taken).ok_or(EnsembleError::NoMembers)
}

fn joined(how: Combine, so_far: &[f64], member: &[f64]) -> Vec<f64> {
    let pairs = so_far.iter().zip(member);
    match how {
        Combine::Mean => pairs.map(|(a, b)| a + b).collect(),
        Combine::Max => pairs.map(|(a, b)| a.max(*b)).collect(),
    }
}

/// The settings' criterion for these scores, between 0 and 1.
pub fn criterion(
    settings: &EnsembleSettings,
    labels: &[bool],
    scores: &[f64],
) -> Result<f64, EnsembleError> {
    let steps = tallies(labels, scores);
    let all = steps.last().copied().ok_or(EnsembleError::NoInliers)?;
    if all.inliers == 0 {
        return Err(EnsembleError::NoInliers);
    }
    if all.outliers == 0 {
        return Err(EnsembleError::NoOutliers);
    }
    let weights = ClassWeights::new(all, settings.prevalence);
    // Undefined only without outliers or inliers.
    let best = |metric: Metric| metric.best_of(&steps, &steps, &weights).unwrap_or(0.0);
    Ok(match settings.maximise {
        Criterion::Of(metric) => best(metric),
        Criterion::F1RocAuc => f64::midpoint(best(Metric::F1), best(Metric::RocAuc)),
    })
}

fn as_f64(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::{average_precision, roc_auc};

    const SETTINGS: EnsembleSettings = EnsembleSettings {
        combine: Combine::Mean,
        select: Select::Greedy,
        maximise: Criterion::F1RocAuc,
        prevalence: None,
        limit: 10,
    };

    fn reference(scores: &[f64]) -> Reference {
        Reference::inliers(&vec![false; scores.len()], scores).unwrap()
    }

    #[test]
    fn a_surprisal_is_the_logarithm_of_a_conformal_p_value() {
        let known = reference(&[1.0, 2.0, 2.0, 3.0]);
        // So many of the 1 + 4 scores are as high: all, four (2, 2, 3 and itself), two, only itself.
        for (score, p) in [(0.0, 1.0), (2.0, 0.8), (3.0, 0.4), (3.5, 0.2), (1e300, 0.2)] {
            assert!((known.surprisal(score) + f64::ln(p)).abs() < 1e-12, "{score}");
        }
        assert_eq!(Reference::inliers(&[true], &[1.0]), None);
        let mixed = Reference::inliers(&[true, false], &[9.0, 1.0]).unwrap();
        assert_eq!(mixed, reference(&[1.0]));
    }

    #[test]
    fn members_that_know_different_attacks_join() {
        // Ten inliers, in opposite orders; the first member ranks only the first outlier on top, the last
        // only the other, and the one between knows nothing.
        let labels: Vec<bool> = (0..12).map(|i| i >= 10).collect();
        let rising: Vec<f64> = (0..10).map(|i| f64::from(i) / 10.0).collect();
        let falling: Vec<f64> = rising.iter().map(|score| 0.9 - score).collect();
        let raw = [
            [rising, vec![9.0, 0.05]].concat(),
            vec![1.0; 12],
            [falling, vec![0.05, 9.0]].concat(),
        ];
        let members: Vec<Vec<f64>> = raw
            .iter()
            .map(|scores| surprisals(&Reference::inliers(&labels, scores).unwrap(), scores))
            .collect();
        for how in [Combine::Mean, Combine::Max] {
            let settings = EnsembleSettings { combine: how, ..SETTINGS };
            let chosen = weights(&settings, &labels, &members).unwrap();
            assert_eq!(chosen, [1, 0, 1], "{how:?}");
            let best = criterion(&settings, &labels, &combine(how, &members, &chosen)).unwrap();
            for one in &members {
                assert!(criterion(&settings, &labels, one).unwrap() < best);
            }
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let scores = vec![vec![1.0, 2.0]];
        assert_eq!(weights(&SETTINGS, &[false; 2], &scores), Err(EnsembleError::NoOutliers));
        assert_eq!(weights(&SETTINGS, &[true; 2], &scores), Err(EnsembleError::NoInliers));
        assert_eq!(weights(&SETTINGS, &[true, false], &[]), Err(EnsembleError::NoMembers));
        assert_eq!(weights(&SETTINGS, &[true], &scores), Err(EnsembleError::Rows));
        let all = EnsembleSettings { select: Select::All, ..SETTINGS };
        assert_eq!(weights(&all, &[false; 2], &[scores.clone(), scores].concat()), Ok(vec![1, 1]));
    }

    fn rows() -> impl Strategy<Value = (Vec<bool>, Vec<Vec<f64>>)> {
        let row = (any::<bool>(), prop::array::uniform4(0u8..12));
        prop::collection::vec(row, 2..60)
            .prop_filter("both classes", |rows| {
                rows.iter().any(|r| r.0) && rows.iter().any(|r| !r.0)
            })
            .prop_map(|rows| {
                let labels = rows.iter().map(|r| r.0).collect();
                let member = |m: usize| rows.iter().map(|r| f64::from(r.1[m])).collect();
                (labels, (0..4).map(member).collect())
            })
    }

    proptest! {
        #[test]
        fn criteria_are_the_metrics((labels, members) in rows()) {
            let value = |maximise| {
                let settings = EnsembleSettings { maximise, ..SETTINGS };
                criterion(&settings, &labels, &members[0]).unwrap()
            };
            let auc = roc_auc(&labels, &members[0]).unwrap();
            let precision = average_precision(&labels, &members[0]).unwrap();
            prop_assert!((value(Criterion::Of(Metric::RocAuc)) - auc).abs() < 1e-12);
            prop_assert!((value(Criterion::Of(Metric::AveragePrecision)) - precision).abs() < 1e-12);
            let middle = f64::midpoint(auc, value(Criterion::Of(Metric::F1)));
            prop_assert!((value(Criterion::F1RocAuc) - middle).abs() < 1e-12);
        }

        #[test]
        fn the_selection_is_at_least_as_good_as_the_best_member((labels, members) in rows()) {
            let chosen = weights(&SETTINGS, &labels, &members).unwrap();
            let joint = combine(Combine::Mean, &members, &chosen);
            let value = criterion(&SETTINGS, &labels, &joint).unwrap();
            for member in &members {
                prop_assert!(value >= criterion(&SETTINGS, &labels, member).unwrap() - 1e-9);
            }
            prop_assert!(chosen.iter().sum::<usize>() <= SETTINGS.limit);
        }

        #[test]
        fn a_member_s_unit_changes_nothing((labels, members) in rows()) {
            let scale = |factor: f64| -> Vec<Vec<f64>> {
                let scaled = |m: &Vec<f64>| m.iter().map(|s| s * factor - 3.0).collect::<Vec<_>>();
                let one = |scores: Vec<f64>| {
                    surprisals(&Reference::inliers(&labels, &scores).unwrap(), &scores)
                };
                members.iter().map(scaled).map(one).collect()
            };
            prop_assert_eq!(scale(1.0), scale(1024.0));
        }

        #[test]
        fn a_higher_score_is_never_less_surprising(
            known in prop::collection::vec(-5.0f64..5.0, 1..40), a in -6.0f64..6.0, b in -6.0f64..6.0,
        ) {
            let known = reference(&known);
            prop_assert!(known.surprisal(a.min(b)) <= known.surprisal(a.max(b)));
            prop_assert!(known.surprisal(a) >= 0.0);
        }
    }
}
