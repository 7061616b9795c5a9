//! Percent signs in rows to score, against those of the training rows: a share of 23.8 % is 23.8 with a sign, and may
//! be 0.238 without one.

use oddbench_core::counts::{agreed, counted};
use oddbench_core::list::first_of;
use oddbench_data::rows::PercentSigns;

use super::SavedModel;

/// Columns that a note names.
const MOST_NAMED: usize = 12;

/// What a user must know of columns with percent signs, here or in training.
pub fn percent_notes(model: &SavedModel, found: &[PercentSigns]) -> Vec<String> {
    let signed = found.iter().filter(|signs| signs.signed > 0);
    let named: Vec<String> = signed.map(|signs| format!("{:?}", signs.column)).collect();
    let read = (!named.is_empty()).then(|| {
        let columns = first_of(&named, MOST_NAMED);
        format!("percentages are read as the numbers before the sign in {columns}")
    });
    let mixed = found
        .iter()
        .filter_map(|signs| Some(format!("column {:?}: {}", signs.column, signs.mixture()?)));
    let other =
        found.iter().filter_map(|signs| against_training(signs, in_training(model, signs)?));
    read.into_iter().chain(mixed).chain(other).collect()
}

/// Percentages of the column in training; `None` if that is not known.
pub(super) fn in_training(model: &SavedModel, signs: &PercentSigns) -> Option<u64> {
    let verdict = model.verdicts().iter().find(|verdict| verdict.name == signs.column);
    verdict.and_then(|verdict| verdict.percentages)
}

/// A warning if all values are written in a way that no value of training was written in.
fn against_training(signs: &PercentSigns, in_training: u64) -> Option<String> {
    let PercentSigns { column, signed, plain, example } = signs;
    let rows = |count: usize| format!("{} {}", counted(count, "row"), agreed(count, "has", "have"));
    match (in_training > 0, *signed > 0) {
        (true, false) if *plain > 0 => Some(format!(
            "WARNING: column {column:?} had percentages in training, and {} numbers without a percent sign here; \
             {example} is taken for {example} %. If that is wrong, write the column as training had it",
            rows(*plain)
        )),
        (false, true) if *plain == 0 => Some(format!(
            "WARNING: column {column:?} had no percent sign in training, and {} one here; {example} is taken for {}. \
             If that is wrong, write the column as training had it",
            rows(*signed),
            example.trim_end_matches('%').trim_end()
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(signed: usize, plain: usize, example: &str) -> PercentSigns {
        PercentSigns { column: "load".into(), signed, plain, example: example.into() }
    }

    #[test]
    fn a_column_that_is_written_unlike_training_is_warned_of_in_both_directions() {
        let warned = |signs: PercentSigns, training| against_training(&signs, training);
        let without = warned(signs(0, 300, "0.238"), 300).unwrap();
        assert!(without.contains("0.238 is taken for 0.238 %"), "{without}");
        let with = warned(signs(1, 0, "23.8%"), 0).unwrap();
        assert!(with.contains("1 row has one here; 23.8% is taken for 23.8."), "{with}");
        // As training, mixed here, and without any value.
        for (found, training) in [
            (signs(9, 0, "1%"), 9),
            (signs(0, 9, "1"), 0),
            (signs(4, 4, "1"), 0),
            (signs(0, 0, ""), 9),
        ] {
            assert_eq!(warned(found.clone(), training), None, "{found:?}");
        }
    }
}
