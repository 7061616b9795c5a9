//! The notes for a user about columns: which are left out and why, and how values are treated that are not
//! there, and how well a label that was not learned from agrees with the scores.

use oddbench_core::counts::{agreed, counted};
use oddbench_core::metrics::{average_precision, roc_auc};
use oddbench_core::preprocess::{PreprocessError, Preprocessor};
use oddbench_core::{Column, Watch, list};
use oddbench_data::columns::{ColumnVerdict, Judgement, Remedies, Role, is_normal_class, setting};

use crate::scoring::ScoringError;

/// Columns that a note names at most.
const NAMED: usize = 12;

/// Notes what is left out and why, and which values fill gaps.
pub(super) fn notes_on_columns(
    judgement: &Judgement,
    preprocessor: &Preprocessor,
    remedies: Remedies,
    watch: &mut dyn Watch,
) {
    judgement.told(remedies).iter().for_each(|line| watch.note(line));
    let wide: Vec<&str> = judgement
        .left_out()
        .filter(|column| column.role == Role::TooWide)
        .map(|column| column.name.as_str())
        .collect();
    if !wide.is_empty() {
        watch.note(&format!("{} keeps {}", ordinal(remedies), listed(&wide)));
    }
    let constant: Vec<&str> = preprocessor.flagged().collect();
    if !constant.is_empty() {
        watch.note(&format!(
            "one value in all rows: {}; the model is told where a later row has another",
            listed(&constant)
        ));
    }
    let named = |count: fn(&ColumnVerdict) -> u64| {
        let columns = judgement.columns.iter().filter(|c| c.kind.is_some() && count(c) > 0);
        columns.map(|c| format!("{:?} ({})", c.name, counted(count(c), "row"))).collect::<Vec<_>>()
    };
    let missing = named(|column| column.missing);
    if !missing.is_empty() {
        let filled = "missing values become the median, or the most frequent category, in";
        watch.note(&format!("{filled} {}", list::first_of(&missing, NAMED)));
    }
    let infinite = named(|column| column.infinite);
    if !infinite.is_empty() {
        let taken = "infinite values are taken for missing ones in";
        watch.note(&format!("{taken} {}", list::first_of(&infinite, NAMED)));
    }
}

fn ordinal(remedies: Remedies) -> &'static str {
    match remedies {
        Remedies::Shell => "--encode ordinal",
        Remedies::Toml => "encode = \"ordinal\"",
        Remedies::Page => "the ordinal encoding",
    }
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    list::first_of(&quoted, NAMED)
}

/// Every column is left out: the error shows the verdict on each.
pub(super) fn nothing_left(judgement: &Judgement, remedies: Remedies) -> ScoringError {
    let width = judgement.columns.iter().map(|column| column.name.chars().count()).max();
    let width = width.unwrap_or(0).min(40) + 2;
    let lines: Vec<String> = judgement
        .columns
        .iter()
        .map(|column| {
            let name = format!("{:?}", column.name);
            format!("\n  {name:width$}  {:10}  {}", column.role.words(), column.reason)
        })
        .collect();
    // A label is nothing to learn from.
    let is_able =
        |column: &&ColumnVerdict| column.kind_if_kept.is_some() && column.role != Role::Label;
    let able = judgement.columns.iter().find(is_able);
    let remedy = match able {
        Some(column) => {
            let keep = setting("keep", &[&column.name], remedies);
            format!("keep those that tell rows apart, for example {keep}; is the delimiter right?")
        }
        None => "is the delimiter right?".to_owned(),
    };
    ScoringError::Table(format!(
        "no column is left that a model could learn from:{}\n{remedy}",
        lines.concat()
    ))
}

/// A column that preprocessing cannot take, in words for a user.
pub(super) fn refused(error: &PreprocessError) -> ScoringError {
    ScoringError::Table(match error {
        PreprocessError::TooManyCategories { column, found } => format!(
            "column {column:?} has {found} categories, and one-hot encoding takes at most 1,000; leave it \
             out, or encode categories as ordinal numbers"
        ),
        PreprocessError::AllConstant(count) => {
            let rows = counted(count, "row");
            format!("every column has one value in the whole file ({rows}); give rows that differ")
        }
        other => other.to_string(),
    })
}

/// How well the scores of the training rows separate the classes of a label that was not learned from.
pub(super) fn separation(name: &str, labels: &Column, scores: &[f64]) -> String {
    let Column::Categorical { codes, levels } = labels else {
        return format!("the label {name:?} holds no classes");
    };
    let normal: Vec<bool> = levels
        .iter()
        .map(|level| is_normal_class(level.strip_suffix('.').unwrap_or(level)))
        .collect();
    let known = codes
        .iter()
        .zip(scores)
        .filter_map(|(&code, &score)| normal.get(code as usize).map(|normal| (!normal, score)));
    let (outliers, scores): (Vec<bool>, Vec<f64>) = known.unzip();
    let anomalous = outliers.iter().filter(|outlier| **outlier).count();
    let measured = (roc_auc(&outliers, &scores), average_precision(&outliers, &scores));
    let (Some(auc), Some(precision)) = measured else {
        let what = if anomalous == 0 { "every row is normal" } else { "no row is normal" };
        return format!("by the label {name:?} {what}: it cannot say how well the scores separate");
    };
    format!(
        "by the label {name:?}, which the model did not see, {anomalous} of {} {} anomalous: the \
         scores have ROC-AUC {auc:.4} and average precision {precision:.4}",
        counted(outliers.len(), "row"),
        agreed(anomalous, "is", "are")
    )
}
