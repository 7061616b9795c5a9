//! What a feature learns from the training rows: its scale, its categories, and the value for its gaps.

use super::feature::{Encoding, Feature, Known, Usual, logarithm, ordinal, present};
use super::scaling::Scaling;
use super::unseen::candidates;
use super::{
    Encode, MOST_CATEGORIES, Missing, PreprocessError, PreprocessSettings, Transform, column,
};
use crate::dataset::{Column, Table};
use crate::threshold::quantile;

impl Feature {
    /// Learns the named column from the given rows, of which there is at least one, and gives the value
    /// that all of them have, if there is one (gaps count as what fills them).
    pub(super) fn fit(
        table: &Table,
        rows: &[usize],
        name: &str,
        settings: PreprocessSettings,
    ) -> Result<(Self, Option<Usual>), PreprocessError> {
        let (encoding, constant) = match column(table, name)? {
            Column::Numeric(values) => fit_numeric(name, values, rows, settings)?,
            Column::Categorical { codes, levels } => {
                fit_categorical(name, codes, levels, rows, settings)?
            }
        };
        Ok((Self { name: name.to_owned(), encoding }, constant))
    }
}

fn fit_scaling(
    name: &str,
    values: &[f64],
    settings: PreprocessSettings,
) -> Result<Scaling, PreprocessError> {
    Scaling::fit(values, settings.scale).ok_or_else(|| PreprocessError::TooLarge(name.to_owned()))
}

fn fit_numeric(
    name: &str,
    values: &[f64],
    rows: &[usize],
    settings: PreprocessSettings,
) -> Result<(Encoding, Option<Usual>), PreprocessError> {
    let infinite = settings.infinite;
    let fill = match settings.missing {
        Missing::Error | Missing::DropRow => None,
        Missing::Median => {
            let known: Vec<f64> =
                rows.iter().map(|&row| values[row]).filter(|v| !infinite.is_gap(*v)).collect();
            let all_missing = || PreprocessError::AllMissing(name.to_owned());
            Some(quantile(&known, 0.5).ok_or_else(all_missing)?)
        }
    };
    let value = |&row: &usize| present(name, row, values[row], fill, infinite);
    let mut present: Vec<f64> = rows.iter().map(value).collect::<Result<_, _>>()?;
    let constant = present.windows(2).all(|pair| pair[0] == pair[1]);
    let constant = present.first().copied().filter(|_| constant).map(Usual::Number);
    let log = settings.transform == Transform::Log && present.iter().all(|value| *value >= 0.0);
    if log {
        present.iter_mut().for_each(|value| *value = logarithm(*value));
    }
    let scaling = fit_scaling(name, &present, settings)?;
    Ok((Encoding::Numeric { scaling, fill, log }, constant))
}

fn fit_categorical(
    name: &str,
    codes: &[u32],
    here: &[String],
    rows: &[usize],
    settings: PreprocessSettings,
) -> Result<(Encoding, Option<Usual>), PreprocessError> {
    let mut counts = vec![0usize; here.len()];
    let mut first_missing = None;
    for &row in rows {
        match counts.get_mut(codes[row] as usize) {
            Some(count) => *count += 1,
            None => first_missing = first_missing.or(Some(row)),
        }
    }
    let mut seen: Vec<(String, usize)> =
        here.iter().cloned().zip(counts).filter(|(_, count)| *count > 0).collect();
    seen.sort();
    let fill = match (settings.missing, first_missing) {
        (Missing::Error | Missing::DropRow, Some(row)) => {
            return Err(PreprocessError::missing(name, row));
        }
        (Missing::Error | Missing::DropRow, None) => None,
        (Missing::Median, _) => {
            // The first in the alphabet among equally frequent ones, as scikit-learn's imputer.
            let most = seen.iter().rev().max_by_key(|(_, count)| *count);
            let all_missing = || PreprocessError::AllMissing(name.to_owned());
            Some(most.ok_or_else(all_missing)?.0.clone())
        }
    };
    let (levels, counts): (Vec<String>, Vec<usize>) = seen.into_iter().unzip();
    let constant = (levels.len() == 1).then(|| Usual::Category(levels[0].clone()));
    let known = Known::new(&levels, here, fill.as_deref());
    let positions: Vec<Option<usize>> =
        rows.iter().map(|&row| known.position(name, row, codes[row])).collect::<Result<_, _>>()?;
    let encoding = fit_encoding(name, levels, fill, &positions, settings)?;
    Ok((encoding.standing_in(candidates(&counts)), constant))
}

/// `positions` says where the category of each training row stands among the levels.
fn fit_encoding(
    name: &str,
    levels: Vec<String>,
    fill: Option<String>,
    positions: &[Option<usize>],
    settings: PreprocessSettings,
) -> Result<Encoding, PreprocessError> {
    if settings.encode == Encode::Ordinal {
        let codes: Vec<f64> = positions.iter().copied().map(ordinal).collect();
        let scaling = fit_scaling(name, &codes, settings)?;
        return Ok(Encoding::Ordinal { levels, fill, scaling, candidates: Vec::new() });
    }
    if levels.len() > MOST_CATEGORIES {
        let (column, found) = (name.to_owned(), levels.len());
        return Err(PreprocessError::TooManyCategories { column, found });
    }
    let indicator = |level: usize| -> Vec<f64> {
        positions.iter().map(|at| f64::from(u8::from(*at == Some(level)))).collect()
    };
    let scalings = match settings.encode == Encode::OneHotScaled {
        false => Vec::new(),
        true => (0..levels.len())
            .map(|level| fit_scaling(name, &indicator(level), settings))
            .collect::<Result<_, _>>()?,
    };
    Ok(Encoding::OneHot { levels, fill, scalings, candidates: Vec::new() })
}
