//! Values that training never saw: which cells of a table have one, and which stand-ins replace it.
//!
//! A model knows nothing about a category that it never saw. As all zeros such a row may even lie nearer
//! to the centre of the training rows than any known category. So a row is scored with each of
//! several stand-ins, and its score is the greatest of these. It is then never less odd than the same
//! row with a category that is tried.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::feature::{Changed, Encoding, Feature, Known, ordinal, scaled};
use super::scaling::Scaling;
use super::{PreprocessError, Preprocessor, Unseen, column};
use crate::dataset::{Column, Table};

/// How many known categories of a column stand in for an unseen one. If a column has more, the rarest
/// of training stand in: rare categories are the odd ones.
pub const MOST_CANDIDATES: usize = 128;

/// A cell that holds what training never saw: another category, or another value in a column that was
/// constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnseenCell {
    /// The row's position among those that were asked about, from 0.
    pub row: u32,
    /// The column's position among [`Preprocessor::inputs`].
    pub input: u32,
}

impl Preprocessor {
    /// The cells of the given rows that hold what training never saw, by row and input. Panics if a
    /// row is not in the table, or if there are more than 2³² of them.
    pub fn unseen(
        &self,
        table: &Table,
        rows: &[usize],
    ) -> Result<Vec<UnseenCell>, PreprocessError> {
        assert!(u32::try_from(rows.len()).is_ok(), "row positions fit 32 bits");
        let mut cells = Vec::new();
        for (input, feature) in (0u32..).zip(&self.features) {
            let mut found = |row: usize| cells.push(UnseenCell { row: row as u32, input });
            match (&feature.encoding, column(table, &feature.name)?) {
                (Encoding::Numeric { .. }, _) => {}
                (
                    Encoding::OneHot { levels, .. } | Encoding::Ordinal { levels, .. },
                    Column::Categorical { codes, levels: here },
                ) => {
                    // A gap is missing, not unseen.
                    let fill = levels.first().map(String::as_str);
                    let known = Known::new(levels, here, fill);
                    for (i, &row) in rows.iter().enumerate() {
                        if known.position(&feature.name, row, codes[row])?.is_none() {
                            found(i);
                        }
                    }
                }
                (Encoding::Flag { usual, .. }, column) => {
                    let changed = Changed::new(&feature.name, usual, true, column, self.settings)?;
                    for (i, &row) in rows.iter().enumerate() {
                        if changed.at(row)? {
                            found(i);
                        }
                    }
                }
                _ => return Err(PreprocessError::WrongType(feature.name.clone(), "categorical")),
            }
        }
        cells.sort_unstable();
        Ok(cells)
    }

    /// The matrix columns that an input became. Panics if there is no such input.
    pub fn span(&self, input: usize) -> Range<usize> {
        let from = self.features[..input].iter().map(Feature::width).sum();
        from..from + self.features[input].width()
    }

    /// What may stand in an input's matrix columns for something that training never saw, one list of
    /// values each:
    ///
    /// - categories: each known one (at most 128, the rarest), and values that are none of them. In
    ///   one-hot columns these are all zeros, and the point that lies as far from every known category
    ///   as a further one of the rarest kind would. Among ordinal codes they are those before the
    ///   first and after the last.
    /// - a column that was constant in training: unchanged, and changed.
    ///
    /// Columns of numbers have none, nor have categories under [`Unseen::None`]. Panics if there is no
    /// such input.
    pub fn stand_ins(&self, input: usize) -> Vec<Vec<f32>> {
        match &self.features[input].encoding {
            Encoding::Numeric { .. } => Vec::new(),
            Encoding::OneHot { .. } | Encoding::Ordinal { .. }
                if self.settings.unseen == Unseen::None =>
            {
                Vec::new()
            }
            Encoding::Flag { .. } => vec![vec![0.0], vec![1.0]],
            Encoding::Ordinal { levels, scaling, candidates, .. } => {
                let none = [-1.0, levels.len() as f64];
                let known = tried(levels.len(), candidates).map(|level| ordinal(Some(level)));
                let codes = known.chain(none).filter_map(|code| scaling.apply(code));
                codes.map(|code| vec![code]).collect()
            }
            Encoding::OneHot { levels, scalings, candidates, .. } => {
                one_hot(levels.len(), scalings, candidates)
            }
        }
    }
}

impl Encoding {
    /// The same with those levels for stand-ins.
    pub(super) fn standing_in(mut self, tried: Vec<u32>) -> Self {
        if let Self::OneHot { candidates, .. } | Self::Ordinal { candidates, .. } = &mut self {
            *candidates = tried;
        }
        self
    }
}

/// The positions of the rarest levels, ascending; none if every level is to be tried.
pub(super) fn candidates(counts: &[usize]) -> Vec<u32> {
    if counts.len() <= MOST_CANDIDATES {
        return Vec::new();
    }
    let mut order: Vec<u32> = (0u32..).take(counts.len()).collect();
    order.sort_by_key(|&level| (counts[level as usize], level));
    order.truncate(MOST_CANDIDATES);
    order.sort_unstable();
    order
}

fn tried(levels: usize, candidates: &[u32]) -> impl Iterator<Item = usize> {
    let all = if candidates.is_empty() { 0..levels } else { 0..0 };
    all.chain(candidates.iter().map(|&level| level as usize))
}

fn one_hot(levels: usize, scalings: &[Scaling], candidates: &[u32]) -> Vec<Vec<f32>> {
    let (Some(absent), Some(present)) =
        (scaled(0.0, levels, scalings), scaled(1.0, levels, scalings))
    else {
        return Vec::new();
    };
    let known = tried(levels, candidates).map(|level| {
        let mut cells = absent.clone();
        cells[level] = present[level];
        cells
    });
    let further = further_category(levels, scalings);
    let mut all: Vec<Vec<f32>> = known.chain(further).collect();
    all.push(absent);
    all
}

/// The point of the one-hot columns that a further category would be. With weights w (1 over the
/// squared range of a column), two categories j and k have the squared distance wⱼ + wₖ. The further
/// one has the greatest weight W, the weight of the rarest category, so the point v solves
/// Σ wⱼvⱼ² − 2wₖvₖ = W for all k: vₖ = a / wₖ with a = (1 − √(1 + SW)) / S and S = Σ 1 / wⱼ. Unscaled,
/// it completes the regular simplex of the categories.
fn further_category(levels: usize, scalings: &[Scaling]) -> Option<Vec<f32>> {
    let variance =
        |level: usize| scalings.get(level).map_or(1.0, |scaling| scaling.range().powi(2));
    let sum: f64 = (0..levels).map(variance).sum();
    let least = (0..levels).map(variance).fold(f64::INFINITY, f64::min);
    let a = (1.0 - (1.0 + sum / least).sqrt()) / sum;
    let value = |level: usize| {
        let raw = a * variance(level);
        match scalings.get(level) {
            Some(scaling) => scaling.apply(raw),
            None => Some(raw as f32).filter(|value| value.is_finite()),
        }
    };
    (0..levels).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Constant, Encode, Infinite, Missing, PreprocessSettings, Scale, Transform};
    use super::*;

    fn services(names: &[&str]) -> Table {
        let mut levels: Vec<String> = names.iter().map(ToString::to_string).collect();
        levels.sort();
        levels.dedup();
        let code = |name: &&str| levels.iter().position(|level| level == name).unwrap() as u32;
        let codes = names.iter().map(code).collect();
        let column = Column::Categorical { codes, levels };
        Table { columns: vec![("service".into(), column)], classes: None, beside: Vec::new() }
    }

    fn fitted(table: &Table, scale: Scale, encode: Encode) -> Preprocessor {
        let settings = PreprocessSettings {
            scale,
            encode,
            missing: Missing::Error,
            infinite: Infinite::Error,
            unseen: Unseen::Oddest,
            constant: Constant::Flag,
            transform: Transform::None,
        };
        let rows: Vec<usize> = (0..table.rows()).collect();
        Preprocessor::fit(table, &rows, &["service".into()], settings).unwrap()
    }

    fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum()
    }

    /// Shares 0.5, 0.3 and 0.2: unlike weights once scaled by the deviation.
    fn train() -> Table {
        services(&["dns", "dns", "dns", "dns", "dns", "ftp", "ftp", "ftp", "ssh", "ssh"])
    }

    #[test]
    fn the_further_category_lies_as_far_from_each_as_one_of_the_rarest_kind() {
        for (encode, weights) in [
            (Encode::OneHot, [1.0, 1.0, 1.0]),
            (Encode::OneHotScaled, [1.0 / 0.25, 1.0 / 0.21, 1.0 / 0.16]),
        ] {
            let fitted = fitted(&train(), Scale::Standard, encode);
            let stand_ins = fitted.stand_ins(0);
            assert_eq!(stand_ins.len(), 3 + 2);
            let heaviest = weights.iter().copied().fold(0.0, f64::max);
            for (known, weight) in stand_ins[..3].iter().zip(weights) {
                let distance = squared_distance(known, &stand_ins[3]);
                assert!((distance - heaviest - weight).abs() < 1e-4, "{encode:?}: {distance}");
            }
        }
    }

    #[test]
    fn the_known_stand_ins_are_the_rows_of_the_known_categories() {
        for encode in [Encode::OneHot, Encode::OneHotScaled, Encode::Ordinal] {
            let fitted = fitted(&train(), Scale::Standard, encode);
            let x = fitted.transform(&train(), &[0, 5, 8]).unwrap();
            let stand_ins = fitted.stand_ins(0);
            let rows: Vec<Vec<f32>> = x.iter_rows().map(<[f32]>::to_vec).collect();
            assert_eq!(stand_ins[..3], rows, "{encode:?}");
            let unseen = fitted.transform(&services(&["irc"]), &[0]).unwrap();
            assert!(stand_ins[3..].contains(&unseen.row(0).to_vec()), "{encode:?}");
        }
    }

    #[test]
    fn categories_may_be_taken_for_none_of_the_known_ones() {
        let rule = fitted(&train(), Scale::Standard, Encode::OneHot).settings();
        let rule = PreprocessSettings { unseen: Unseen::None, ..rule };
        let rows: Vec<usize> = (0..10).collect();
        let fitted = Preprocessor::fit(&train(), &rows, &["service".into()], rule).unwrap();
        assert!(fitted.stand_ins(0).is_empty());
        assert_eq!(fitted.unseen(&services(&["irc"]), &[0]).unwrap().len(), 1);
        assert!(serde_json::to_string(&rule).unwrap().contains("\"unseen\":\"none\""));
    }

    #[test]
    fn the_rarest_of_many_categories_stand_in() {
        // Category i occurs i + 1 times, so that the first 128 are the rarest.
        let names: Vec<String> = (0..150).map(|i| format!("{i:03}")).collect();
        let rows: Vec<&str> =
            (0..150).flat_map(|i| std::iter::repeat_n(names[i].as_str(), i + 1)).collect();
        let fitted = fitted(&services(&rows), Scale::None, Encode::Ordinal);
        let codes: Vec<f32> = fitted.stand_ins(0).concat();
        let mut expected: Vec<f32> = (0..128u16).map(f32::from).collect();
        expected.extend([-1.0, 150.0]);
        assert_eq!(codes, expected);
        let text = serde_json::to_string(&fitted).unwrap();
        assert_eq!(serde_json::from_str::<Preprocessor>(&text).unwrap(), fitted);
    }

    #[test]
    fn unseen_cells_are_found_and_gaps_are_none() {
        let mut table = train();
        table.columns.push(("fragments".into(), Column::Numeric(vec![0.0; 10])));
        let mut later = services(&["ssh", "irc", "dns", "irc"]);
        let Column::Categorical { codes, .. } = &mut later.columns[0].1 else { panic!() };
        codes[3] = Column::MISSING;
        let values = vec![0.0, 3.0, f64::NAN, 0.0];
        later.columns.push(("fragments".into(), Column::Numeric(values)));
        let settings = PreprocessSettings {
            missing: Missing::Median,
            ..fitted(&train(), Scale::MinMax, Encode::OneHot).settings()
        };
        let features = ["service".to_owned(), "fragments".to_owned()];
        let rows: Vec<usize> = (0..10).collect();
        let fitted = Preprocessor::fit(&table, &rows, &features, settings).unwrap();
        let found = fitted.unseen(&later, &[3, 1, 2, 0]).unwrap();
        assert_eq!(found, [UnseenCell { row: 1, input: 0 }, UnseenCell { row: 1, input: 1 }]);
        assert_eq!((fitted.span(0), fitted.span(1)), (0..3, 3..4));
        assert_eq!(fitted.stand_ins(1), [[0.0], [1.0]]);
    }
}
