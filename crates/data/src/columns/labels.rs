//! Labels that rows may carry: which columns hold them or are derived from them, and what they say. A model
//! never reads them; scores can be compared with them.

use std::collections::BTreeSet;

use oddbench_core::{Classes, Column};

use super::Choices;
use super::attacks::{ClassWord, class_word, is_normal_class, word_beside_others};
use super::names::{self, LabelName};
use super::observed::{Class, Observed};
use super::related::{Pairs, Related};
use crate::rows::{RowError, Rows};
use crate::values::class_name;

/// Rows in which a column has to go with a label before that says anything.
const ENOUGH: u64 = 100;
/// Rows of each class.
const ENOUGH_OF_EACH: u64 = 10;

/// What a column has to do with a label.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum LabelLike {
    /// Nothing.
    No,
    /// It is one, or is derived from one; why.
    Yes(String),
    /// It decides one, which a good feature may do, too; what its user may want to know.
    Decides(String),
}

/// What each column has to do with a label.
pub(super) fn label_like(
    names: &[String],
    words: &[Vec<String>],
    choices: &Choices,
    columns: &[Observed],
    related: &Related,
) -> Vec<LabelLike> {
    let has_x = words.iter().any(|words| words.concat() == "x");
    let by_itself = |at: usize| {
        let is_coordinate = has_x && words[at].concat() == "y";
        let why = match is_coordinate {
            true => None,
            false => by_name(&words[at], &columns[at]),
        };
        let why = why.or_else(|| by_values(&words[at], &columns[at]));
        why.map_or(LabelLike::No, LabelLike::Yes)
    };
    let mut found: Vec<LabelLike> = (0..names.len()).map(by_itself).collect();
    let kept =
        |at: usize| choices.keep.contains(&names[at]) || choices.categorical.contains(&names[at]);
    let label = choices.label.as_ref();
    let stated = label.and_then(|label| names.iter().position(|name| name == label));
    let anchors: Vec<usize> = match stated {
        Some(label) => vec![label],
        None => (0..names.len()).filter(|&at| found[at] != LabelLike::No && !kept(at)).collect(),
    };
    for at in 0..names.len() {
        if found[at] == LabelLike::No && !anchors.contains(&at) {
            found[at] = match names::difficulty(&words[at]) && !anchors.is_empty() {
                true => {
                    LabelLike::Yes("its name is that of how hard the label is to predict".into())
                }
                false => by_label(at, names, words, columns, related, &anchors),
            };
        }
    }
    found
}

/// What a column that is no label by itself has to do with the labels.
fn by_label(
    at: usize,
    names: &[String],
    words: &[Vec<String>],
    columns: &[Observed],
    related: &Related,
    anchors: &[usize],
) -> LabelLike {
    let mut decided = LabelLike::No;
    for &anchor in anchors {
        let Some(pairs) = related.pairs(at, anchor) else { continue };
        if !is_enough(&pairs) || !columns[at].codes.few() {
            continue;
        }
        let label = &names[anchor];
        if follows(&words[at], &columns[at], &pairs, &columns[anchor]) {
            return LabelLike::Yes(format!("its values follow the label {label:?}"));
        }
        if pairs.wrong_by_value() == 0 {
            let note =
                format!("it decides the label {label:?} in all rows: is it derived from it?");
            decided = LabelLike::Decides(note);
        }
    }
    decided
}

/// Whether there are rows enough of two classes or more.
fn is_enough(pairs: &Pairs) -> bool {
    pairs.total() >= ENOUGH
        && pairs.of_classes().iter().filter(|rows| **rows >= ENOUGH_OF_EACH).count() > 1
}

fn by_name(words: &[String], seen: &Observed) -> Option<String> {
    let whole = seen.count_of(Class::Fraction) == 0;
    let texts = seen.texts() > 0;
    let few = seen.codes.few() && whole;
    let two = few && seen.codes.distinct <= 2;
    let right = match names::label(words) {
        LabelName::Yes => texts || whole,
        // The y of a pair of coordinates has many values.
        LabelName::Likely if words.concat() == "y" => two || (texts && few),
        LabelName::Likely => {
            few || (texts && seen.distinct().is_some_and(|distinct| distinct <= 200))
        }
        LabelName::Perhaps | LabelName::No => false,
    };
    right.then(|| "its name is that of a label".into())
}

/// The values of a column as words of normal traffic and of attacks.
#[derive(Default)]
struct ClassWords<'a> {
    normal: Vec<&'a str>,
    attacks: Vec<&'a str>,
    /// Different values that are neither.
    ordinary: usize,
    /// Rows of normal traffic and of attacks.
    rows: u64,
}

impl<'a> ClassWords<'a> {
    fn of(seen: &'a Observed, word: impl Fn(&str) -> Option<ClassWord>) -> Self {
        let mut found = Self::default();
        for value in &seen.codes.first {
            match word(&value.text) {
                Some(ClassWord::Normal) => found.normal.push(value.text.as_str()),
                Some(ClassWord::Attack) => found.attacks.push(value.text.as_str()),
                None => {
                    found.ordinary += 1;
                    continue;
                }
            }
            found.rows += value.rows;
        }
        found
    }

    fn both(&self) -> Option<String> {
        let (normal, attack) = (self.normal.first()?, self.attacks.first()?);
        Some(format!(
            "its values are names of normal traffic and of attacks ({normal:?}, {attack:?})"
        ))
    }
}

fn by_values(words: &[String], seen: &Observed) -> Option<String> {
    if seen.texts() == 0 {
        return None;
    }
    let is_judgement = names::is_judgement(words);
    let all = ClassWords::of(seen, |text| word_beside_others(text, is_judgement));
    if all.ordinary == 0 && seen.codes.few() && all.both().is_some() {
        return all.both();
    }
    let found = ClassWords::of(seen, class_word);
    // A service may be called `backdoor`, and one of many values `normal`.
    let most = found.ordinary <= found.normal.len() + found.attacks.len();
    if names::of_traffic(words) || !(most || is_judgement) {
        return None;
    }
    let of_values = |share: f64| found.rows as f64 >= share * seen.values() as f64;
    match (found.both(), found.attacks.first()) {
        (Some(both), _) if of_values(0.5) => Some(both),
        (None, Some(attack)) if found.attacks.len() >= 3 && of_values(0.9) => {
            Some(format!("its values are names of attacks ({attack:?})"))
        }
        _ => None,
    }
}

/// Whether a column is derived from a label. A feature may predict the label very well, too: that alone is
/// no evidence. Besides, the name or the values have to be usual for labels, or values and classes have to
/// be the same but for their spelling.
fn follows(words: &[String], seen: &Observed, pairs: &Pairs, anchor: &Observed) -> bool {
    let texts = seen.texts() > 0;
    let words_of_classes = seen.codes.first.iter().any(|value| class_word(&value.text).is_some());
    let named = names::label(words) == LabelName::Perhaps;
    let decides = pairs.wrong_by_value() * 200 <= pairs.wrong_without();
    if texts && decides && (named || words_of_classes) {
        return true;
    }
    // Class numbers for class names, and the reverse.
    if pairs.classes.len() > 2 && pairs.is_renaming(1) {
        return true;
    }
    // Two words for normal and several kinds of attack.
    if texts && pairs.classes.len() > 2 && merged_is_renaming(pairs, anchor) {
        return true;
    }
    // Zero and one for normal and attack. Two words, or two sizes, may be a good feature of one attack.
    let flag = !texts && seen.count_of(Class::Fraction) == 0 && seen.min >= -1.0 && seen.max <= 2.0;
    flag && (merged_is_renaming(pairs, anchor) || pairs.is_renaming(ENOUGH_OF_EACH))
}

/// Whether the values are normal traffic and attacks under two other names.
fn merged_is_renaming(pairs: &Pairs, anchor: &Observed) -> bool {
    let normal = |class: usize| {
        anchor.codes.first.get(class).is_some_and(|value| is_normal_class(&value.text))
    };
    pairs.merged(normal).is_renaming(ENOUGH_OF_EACH)
}

/// The classes of rows and what they mean.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundLabels {
    /// The column that holds them.
    pub column: String,
    /// The class of each row, without KDD's full stop.
    pub classes: Classes,
    /// `true` for a row whose class is none of the usual names of normal traffic.
    pub outliers: Vec<bool>,
    /// The classes that count as normal.
    pub inlier_names: Vec<String>,
}

/// Whether a column of that name usually holds labels.
pub fn is_label_name(name: &str) -> bool {
    names::label(&names::words(name)) >= LabelName::Likely
}

/// The labels of the named column, or of the first that has a usual name; `None` if there is none, or
/// no row of it is normal. An error if the named column is not there or lacks a value.
pub fn find_labels(rows: &Rows, column: Option<&str>) -> Result<Option<FoundLabels>, RowError> {
    let at = match column {
        Some(name) => {
            let missing = || rows.place().no_column(name, rows.names());
            Some(rows.position(name).ok_or_else(missing)?)
        }
        None => rows.names().iter().position(|name| is_label_name(name)),
    };
    let Some(at) = at else { return Ok(None) };
    let name = rows.names()[at].clone();
    let Column::Categorical { codes, levels } = rows.categories(at) else { return Ok(None) };
    if let Some(row) = codes.iter().position(|&code| code == Column::MISSING) {
        let remedy = "give every row a label, or leave the column out";
        return match column {
            Some(_) => Err(rows.fault(row, Some(&name), "the label is missing".into(), remedy)),
            None => Ok(None),
        };
    }
    let classes = classes(&levels, &codes).ok_or_else(|| {
        let what = format!("the label {name:?} has {} values", levels.len());
        rows.fault_of_all(what, "name the column that holds the class of each row")
    })?;
    let inlier_names: Vec<String> =
        classes.names.iter().filter(|class| is_normal_class(class)).cloned().collect();
    let names: BTreeSet<&str> = inlier_names.iter().map(String::as_str).collect();
    let outliers = (0..rows.len()).map(|row| !names.contains(classes.of(row))).collect();
    let found = FoundLabels { column: name, outliers, inlier_names, classes };
    Ok((column.is_some() || !found.inlier_names.is_empty()).then_some(found))
}

/// Classes of texts; two texts may mean one class (`0` and `0.0`). `None` if there are too many.
fn classes(levels: &[String], codes: &[u32]) -> Option<Classes> {
    let mut names: Vec<String> = Vec::new();
    let mut of_level = Vec::with_capacity(levels.len());
    for level in levels {
        let class = class_name(level.strip_suffix('.').unwrap_or(level));
        let at = match names.iter().position(|name| *name == class) {
            Some(at) => at,
            None => {
                names.push(class);
                names.len() - 1
            }
        };
        of_level.push(u16::try_from(at).ok()?);
    }
    Some(Classes { names, codes: codes.iter().map(|&code| of_level[code as usize]).collect() })
}
