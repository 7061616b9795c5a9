//! What becomes of each class of rows: its recall, and where its scores lie on a scale that all models
//! share, the share of normal rows that score below.

use std::collections::{BTreeMap, BTreeSet};

use oddbench_core::audit::Audit;
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::scores::ScoredPart;
use oddbench_core::threshold::quantile;
use rayon::prelude::*;

use crate::aggregate::{Spread, SummaryRow};

/// The rows that a trial is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// The test rows.
    Test,
    /// Rows of the data set's separate test table, if there are such.
    Transfer,
}

impl Judged {
    /// What they are called.
    pub fn rows(self) -> &'static str {
        match self {
            Self::Test => "test rows",
            Self::Transfer => "transfer rows",
        }
    }

    /// Their part of a trial's scores.
    fn part(self, trial: &TrialResult) -> Option<&ScoredPart> {
        let scores = trial.scores.as_ref()?;
        match self {
            Self::Test => Some(&scores.test),
            Self::Transfer => scores.transfer.as_ref(),
        }
    }
}

/// What a class is to the models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Outliers, of whose class it is not known whether the training table has it.
    Outliers,
    /// Outliers of a class that is in the table that training rows come from.
    Seen,
    /// Outliers of a class that is not.
    Unseen,
    /// Inliers of a class that no training inlier has: what the label policy may not know.
    UnknownInliers,
    /// Inliers: the normal rows of the scale.
    Inliers,
}

impl Kind {
    /// What they have in common.
    pub fn title(self) -> &'static str {
        match self {
            Self::Outliers => "Outliers",
            Self::Seen => "Outliers of a class that the training table has",
            Self::Unseen => "Outliers of a class that the training table lacks",
            Self::UnknownInliers => {
                "Called inliers by the label policy, but of a class that no training inlier has"
            }
            Self::Inliers => "Inliers",
        }
    }

    /// The same in a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Self::Outliers => "outliers",
            Self::Seen => "seen",
            Self::Unseen => "unseen",
            Self::UnknownInliers => "called inliers",
            Self::Inliers => "inliers",
        }
    }
}

/// A class, or all classes of a category or of a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What a row or a figure calls it.
    pub name: String,
    /// The kind of attack, if the catalog knows it.
    pub category: Option<String>,
    /// What its classes are to the models.
    pub kind: Kind,
    /// Whether it sums up several classes.
    pub total: bool,
    /// Rows: of one test part, or of all folds together.
    pub rows: usize,
    /// The names of its classes.
    classes: BTreeSet<String>,
}

/// What one row of the comparison does with one line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClassResult {
    /// The share of its rows that is called an outlier at the first rule's threshold.
    pub called: Option<Spread>,
    /// First quartile, median and third quartile of the share of normal rows that score below its
    /// rows (ties count half), each the median over trials.
    pub place: Option<[f64; 3]>,
}

/// Every line of the section, with the result of every row of the comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Attacks {
    /// Grouped by kind, then by category.
    pub lines: Vec<Line>,
    /// One list per row of the comparison, one entry per line.
    pub found: Vec<Vec<ClassResult>>,
    /// Which rows they are of.
    pub judged: Judged,
}

impl Attacks {
    /// Counts them; `None` if there are no outliers or no scores.
    pub fn new(results: &ExperimentResults, rows: &[SummaryRow], judged: Judged) -> Option<Self> {
        let lines = lines(results, judged);
        if !lines.iter().any(|line| !matches!(line.kind, Kind::Inliers)) {
            return None;
        }
        let trials: Vec<Vec<TrialClass>> =
            results.trials.par_iter().map(|trial| in_trial(trial, judged, &lines)).collect();
        let of_row = |row: &SummaryRow| {
            let line = |at: usize| {
                let all = || row.trials.iter().filter_map(|&trial| trials[trial].get(at));
                let quartile = |which: usize| {
                    Spread::of(all().filter_map(|trial| Some(trial.place?[which])))
                        .map(|s| s.median)
                };
                let place = || Some([quartile(0)?, quartile(1)?, quartile(2)?]);
                ClassResult {
                    called: Spread::of(all().filter_map(|trial| trial.called)),
                    place: place(),
                }
            };
            (0..lines.len()).map(line).collect()
        };
        let found = rows.iter().map(of_row).collect();
        Some(Self { lines, found, judged })
    }
}

/// What one trial does with one line.
#[derive(Debug, Clone, Copy, Default)]
struct TrialClass {
    called: Option<f64>,
    place: Option<[f64; 3]>,
}

fn in_trial(trial: &TrialResult, judged: Judged, lines: &[Line]) -> Vec<TrialClass> {
    let Some(part) = judged.part(trial) else { return Vec::new() };
    let threshold = trial.evaluations.first().and_then(|evaluation| evaluation.threshold);
    let of_class = |name: &str, label| lines.iter().position(|l| !l.total && l.holds(name, label));
    // For each class and label the line that it is alone in.
    let own: Vec<[Option<usize>; 2]> =
        part.classes.names.iter().map(|name| [false, true].map(|l| of_class(name, l))).collect();
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); lines.len()];
    for (row, (&code, &label)) in part.classes.codes.iter().zip(&*part.labels).enumerate() {
        if let Some(line) = own.get(usize::from(code)).and_then(|own| own[usize::from(label)]) {
            members[line].push(row);
        }
    }
    let normal = lines.iter().zip(&members).filter(|(line, _)| line.kind == Kind::Inliers);
    let mut below: Vec<f64> =
        normal.flat_map(|(_, rows)| rows).map(|&row| part.scores[row]).collect();
    below.sort_unstable_by(f64::total_cmp);
    let line = |at: usize| {
        let line = &lines[at];
        let within = |other: &usize| match line.total {
            false => *other == at,
            true => {
                !lines[*other].total
                    && lines[*other].classes.is_subset(&line.classes)
                    && lines[*other].kind == line.kind
            }
        };
        let rows: Vec<usize> =
            (0..lines.len()).filter(within).flat_map(|l| members[l].iter().copied()).collect();
        let share = |count: usize| count as f64 / rows.len() as f64;
        let above = |t: f64| share(rows.iter().filter(|&&row| part.scores[row] > t).count());
        TrialClass {
            called: threshold.filter(|_| !rows.is_empty()).map(above),
            place: quartiles(&rows, &part.scores, &below),
        }
    };
    (0..lines.len()).map(line).collect()
}

/// Quartiles of the places of the rows among the normal scores, in ascending order.
fn quartiles(rows: &[usize], scores: &[f64], normal: &[f64]) -> Option<[f64; 3]> {
    if rows.is_empty() || normal.is_empty() {
        return None;
    }
    let place = |&row: &usize| {
        let below = normal.partition_point(|score| *score < scores[row]);
        let ties = normal[below..].partition_point(|score| *score <= scores[row]);
        (below as f64 + ties as f64 / 2.0) / normal.len() as f64
    };
    let places: Vec<f64> = rows.iter().map(place).collect();
    Some([quantile(&places, 0.25)?, quantile(&places, 0.5)?, quantile(&places, 0.75)?])
}

impl Line {
    /// Whether rows of that class and label are its.
    fn holds(&self, class: &str, outlier: bool) -> bool {
        let inlier = matches!(self.kind, Kind::UnknownInliers | Kind::Inliers);
        inlier != outlier && self.classes.contains(class)
    }
}

/// A line for each class and label, after one for each category and kind of several.
fn lines(results: &ExperimentResults, judged: Judged) -> Vec<Line> {
    let sizes = sizes(results, judged);
    let known = Known::new(results, &sizes);
    let single = |((class, outlier), rows): (&(&str, bool), &usize)| Line {
        name: (*class).to_owned(),
        category: known.category(class),
        kind: known.kind(class, *outlier),
        total: false,
        rows: *rows,
        classes: BTreeSet::from([(*class).to_owned()]),
    };
    let mut singles: Vec<Line> = sizes.iter().map(single).collect();
    // The largest categories of a kind first, and in them the largest classes.
    let mut weight: BTreeMap<(Kind, Option<String>), usize> = BTreeMap::new();
    for line in &singles {
        *weight.entry((line.kind, line.category.clone())).or_default() += line.rows;
    }
    let heavy = |line: &Line| weight[&(line.kind, line.category.clone())];
    singles.sort_by(|a, b| {
        let kind = a.kind.cmp(&b.kind).then(heavy(b).cmp(&heavy(a)));
        kind.then_with(|| a.category.cmp(&b.category)).then(b.rows.cmp(&a.rows))
    });
    let mut lines = Vec::new();
    for kind in singles.chunk_by(|a, b| a.kind == b.kind) {
        lines.extend(total(kind, format!("all {}", kind[0].kind.word()), None));
        for category in kind.chunk_by(|a, b| a.category == b.category) {
            if let Some(name) = &category[0].category
                && category.len() < kind.len()
            {
                lines.extend(total(category, format!("all {name}"), Some(name.clone())));
            }
            lines.extend_from_slice(category);
        }
    }
    lines
}

/// A line that sums up several; `None` for one.
fn total(lines: &[Line], name: String, category: Option<String>) -> Option<Line> {
    (lines.len() > 1).then(|| Line {
        name,
        category,
        kind: lines[0].kind,
        total: true,
        rows: lines.iter().map(|line| line.rows).sum(),
        classes: lines.iter().flat_map(|line| line.classes.iter().cloned()).collect(),
    })
}

/// Rows of each class and label, each fold's rows once.
fn sizes(results: &ExperimentResults, judged: Judged) -> BTreeMap<(&str, bool), usize> {
    let mut folds = BTreeSet::new();
    let mut sizes: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    for trial in &results.trials {
        let Some(part) = judged.part(trial) else { continue };
        if !folds.insert(trial.trial.fold) {
            continue;
        }
        let mut counts = vec![[0; 2]; part.classes.names.len()];
        for (&code, &label) in part.classes.codes.iter().zip(&*part.labels) {
            if let Some(count) = counts.get_mut(usize::from(code)) {
                count[usize::from(label)] += 1;
            }
        }
        for (name, count) in part.classes.names.iter().zip(counts) {
            for label in [false, true] {
                if count[usize::from(label)] > 0 {
                    *sizes.entry((name, label)).or_default() += count[usize::from(label)];
                }
            }
        }
    }
    sizes
}

/// What the audit knows of classes or, without one, what their names say.
struct Known<'a> {
    audit: Option<&'a Audit>,
    /// Whether some inliers are of a class called `normal`.
    normal: bool,
}

impl<'a> Known<'a> {
    fn new(results: &'a ExperimentResults, sizes: &BTreeMap<(&str, bool), usize>) -> Self {
        let normal = sizes.keys().any(|(class, outlier)| !outlier && is_normal(class));
        Self { audit: results.audit.as_ref(), normal }
    }

    fn classes(&self) -> impl Iterator<Item = &'a oddbench_core::audit::ClassAudit> {
        self.audit.into_iter().flat_map(|audit| &audit.parts).flat_map(|part| &part.classes)
    }

    fn category(&self, class: &str) -> Option<String> {
        self.classes().find(|known| known.class == class)?.category.clone()
    }

    fn kind(&self, class: &str, outlier: bool) -> Kind {
        if outlier {
            return match self.classes().find(|known| known.class == class) {
                None => Kind::Outliers,
                Some(known) if known.seen => Kind::Seen,
                Some(_) => Kind::Unseen,
            };
        }
        let train = self.audit.and_then(|audit| audit.parts.first());
        let usual = match train {
            Some(train) => train.classes.iter().any(|known| !known.outlier && known.class == class),
            None => !self.normal || is_normal(class),
        };
        if usual { Kind::Inliers } else { Kind::UnknownInliers }
    }
}

/// Whether a class is named as normal traffic is.
pub fn is_normal(class: &str) -> bool {
    class.trim_end_matches('.') == "normal"
}
