//! The registry of threshold rules. A rule is one file in `rules/` and one line here; its keys, its words
//! in reports, its computation and the reasons why it may give no threshold are in its file.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

use crate::keys::{DefaultValue, Entry, Key, KeyFault, Values};

/// What a rule's file provides. The type's fields are the rule's keys.
trait ThresholdRule {
    /// What the rule does, in one sentence.
    const SUMMARY: &'static str;
    /// The keys beside `rule` and `tune_on`.
    const KEYS: &'static [Key];
    /// Whether the threshold is chosen from the scores of `tune_on`, and not given or the model's own.
    const TUNED: bool = true;
    /// Why it may give no threshold although the rows are there.
    const UNDEFINED: &'static [Undefined] = &[];

    /// Checks what one key alone cannot show.
    fn check(&self) -> Result<(), KeyFault> {
        Ok(())
    }

    /// The threshold. Scores are finite.
    fn choose(&self, rows: &TunedRows<'_>) -> Result<f64, NoThreshold>;

    /// The rule in words; `part` is `validation` or `test`.
    fn words(&self, part: &str) -> String;

    /// Words that follow the rule's words and the mark of an oracle.
    fn details(&self) -> String {
        String::new()
    }
}

macro_rules! rules {
    ($($file:ident { $($name:literal => $Rule:ident),+ })+) => {
        $(mod $file; pub use $file::{$($Rule),+};)+

        /// How a threshold is chosen from scores.
        #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "rule")]
        pub enum Rule {
            $($(
                #[doc = concat!("`", $name, "`")]
                #[serde(rename = $name)]
                $Rule($Rule),
            )+)+
        }

        /// Every rule, in the order of the documents.
        pub const RULES: &[Entry] = &[$($(
            Entry { name: $name, summary: $Rule::SUMMARY, keys: $Rule::KEYS },
        )+)+];

        const REASONS: &[&[Undefined]] = &[Undefined::ONE_CLASS, $($($Rule::UNDEFINED),+),+];

        impl Rule {
            /// Its name in the experiment file.
            pub fn name(&self) -> &'static str {
                match self { $($(Self::$Rule(_) => $name,)+)+ }
            }

            /// Whether the threshold is chosen from the scores of `tune_on`, and not given or the
            /// model's own.
            pub fn is_tuned(&self) -> bool {
                match self { $($(Self::$Rule(_) => $Rule::TUNED,)+)+ }
            }

            /// The names of the rules whose threshold is given, or the model's own.
            pub fn untuned() -> impl Iterator<Item = &'static str> {
                [$($(($name, $Rule::TUNED)),+),+].into_iter().filter(|(_, tuned)| !tuned).map(|(name, _)| name)
            }

            /// Checks what one key alone cannot show.
            pub fn check(&self) -> Result<(), KeyFault> {
                match self { $($(Self::$Rule(rule) => rule.check(),)+)+ }
            }

            /// The threshold that the rule chooses. Scores are finite.
            pub(crate) fn choose(&self, rows: &TunedRows<'_>) -> Result<f64, NoThreshold> {
                match self { $($(Self::$Rule(rule) => rule.choose(rows),)+)+ }
            }

            fn words(&self, part: &str) -> String {
                match self { $($(Self::$Rule(rule) => rule.words(part),)+)+ }
            }

            fn details(&self) -> String {
                match self { $($(Self::$Rule(rule) => rule.details(),)+)+ }
            }
        }
    };
}

rules! {
    max { "max-accuracy" => MaxAccuracy, "max-f1" => MaxF1, "max-f2" => MaxF2 }
    quantile { "quantile" => Quantile }
    spread { "k-sigma" => KSigma, "mad" => Mad, "iqr" => Iqr }
    pot { "pot" => Pot }
    mixture { "mixture" => Mixture }
    fpr { "fpr" => Fpr }
    fixed { "fixed" => Fixed }
    native { "native" => Native }
}

pub use max::Max;

impl Rule {
    /// In words: `max-accuracy on the test rows †, candidates rounded to 3 decimals`. `mark` follows
    /// the rule's own words.
    pub fn describe(&self, part: &str, mark: &str) -> String {
        format!("{}{mark}{}", self.words(part), self.details())
    }
}

/// The rows that a rule may look at, and the model's own decision boundary if its record has one.
pub(crate) struct TunedRows<'a> {
    pub(crate) labels: &'a [bool],
    pub(crate) scores: &'a [f64],
    pub(crate) native: Option<f64>,
}

impl TunedRows<'_> {
    /// The scores of some of the rows, at least one.
    fn scores_of(&self, of: RowsOf) -> Result<Vec<f64>, NoThreshold> {
        let wanted = |label: bool| of == RowsOf::All || !label;
        let rows = self.scores.iter().zip(self.labels).filter(|(_, label)| wanted(**label));
        let found: Vec<f64> = rows.map(|(&score, _)| score).collect();
        match (found.is_empty(), of) {
            (false, _) => Ok(found),
            (true, RowsOf::All) => Err(NoThreshold::Rows("rows")),
            (true, RowsOf::Inliers) => Err(NoThreshold::Rows("inliers")),
        }
    }
}

/// Why a rule gives no threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoThreshold {
    /// It needs rows that are not there: `rows`, `inliers` or `outliers`.
    Rows(&'static str),
    /// The scores give none.
    Undefined(Undefined),
}

/// Why a rule gives a trial no threshold, although its scores are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undefined {
    code: &'static str,
    reason: &'static str,
}

impl Undefined {
    /// The rows that a rule compares classes on are all inliers.
    pub const NO_OUTLIERS: Self = Self {
        code: "no-outliers",
        reason: "the rows that this rule is tuned on have no outlier; a rule without labels, such as \"quantile\", needs none",
    };
    /// The rows that a rule looks at for inliers are all outliers.
    pub const NO_INLIERS: Self = Self {
        code: "no-inliers",
        reason: "this rule is tuned on rows that have no inlier; if the rule has the key `of`, of = \"all\" takes all rows",
    };
    const ONE_CLASS: &[Self] = &[Self::NO_OUTLIERS, Self::NO_INLIERS];

    /// The reason if all rows are of the other class; `None` if there is no row at all.
    pub(crate) fn without(what: &str) -> Option<Self> {
        match what {
            "outliers" => Some(Self::NO_OUTLIERS),
            "inliers" => Some(Self::NO_INLIERS),
            _ => None,
        }
    }
}

impl fmt::Display for Undefined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl Serialize for Undefined {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code)
    }
}

impl<'de> Deserialize<'de> for Undefined {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        let mut known = REASONS.iter().flat_map(|reasons| reasons.iter());
        known.find(|known| known.code == code).copied().ok_or_else(|| {
            serde::de::Error::custom(format!("unknown reason for no threshold: {code:?}"))
        })
    }
}

/// The rows whose scores a rule uses that needs no labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowsOf {
    /// Rows that the label policy calls inliers.
    Inliers,
    /// Every row of the part.
    All,
}

impl RowsOf {
    const KEY: Key = Key {
        name: "of",
        values: Values::OneOf(&["inliers", "all"]),
        default: DefaultValue::Word("inliers"),
        meaning: "Scores of `inliers` or of `all` rows",
    };

    /// `validation inliers' scores`.
    fn scores(self, part: &str) -> String {
        match self {
            Self::Inliers => format!("{part} inliers' scores"),
            Self::All => format!("{part} scores"),
        }
    }
}
