//! A fit on some rows of a table: on those that are marked normal. All rows decide what a column is, for a
//! column that separates attacks from the rest may have one value, or none, among the normal rows alone.

use oddbench_core::Watch;
use oddbench_data::columns::{ColumnVerdict, Judgement};
use oddbench_data::rows::Rows;

use super::{FitRequest, SavedModel, ScoringError, TrainingInput, fit_judged, judge_columns};

/// As [`super::fit_unlabelled`], on the given rows of the table. Panics if one is out of range.
pub fn fit_part(
    rows: &Rows,
    part: &[usize],
    request: &FitRequest,
    watch: &mut dyn Watch,
) -> Result<SavedModel, ScoringError> {
    let whole = judge_columns(rows, request)?;
    let part = rows.select(part);
    if part.is_empty() {
        return Err(ScoringError::Table("there is no row to fit on".into()));
    }
    let judgement = of_part(whole, judge_columns(&part, request)?);
    fit_judged(TrainingInput::Rows(&part), &judgement, request, watch)
}

/// The verdicts on the whole table with the counts of the part. Nothing can be learned from a column without a value
/// in the part.
fn of_part(whole: Judgement, mut part: Judgement) -> Judgement {
    let rows = part.rows;
    let verdict = |(whole, part): (ColumnVerdict, ColumnVerdict)| match part.kind {
        None if part.missing + part.infinite >= rows => part,
        _ => ColumnVerdict { missing: part.missing, infinite: part.infinite, ..whole },
    };
    part.columns = whole.columns.into_iter().zip(part.columns).map(verdict).collect();
    part.troubles = whole.troubles;
    part
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::io::Cursor;

    use oddbench_core::Silent;
    use oddbench_data::columns::Role;
    use oddbench_data::rows::{ReadOptions, RowReader};

    use super::*;

    /// Two labels that have one value among normal rows, and a column that only attacks fill.
    fn rows() -> Rows {
        let mut csv = "size,pause,attack_cat,label,only\n".to_owned();
        for row in 0..400 {
            let attack = row % 4 == 0;
            let (class, label) = if attack { ("Exploits", 1) } else { ("Normal", 0) };
            let only = if attack { "7" } else { "" };
            let _ = writeln!(csv, "{},{},{class},{label},{only}", row * 37 % 211, row * 13 % 97);
        }
        let reader =
            RowReader::new(Box::new(Cursor::new(csv)), "rows.csv", &ReadOptions::default());
        reader.unwrap().read_all().unwrap()
    }

    #[test]
    fn what_tells_attacks_from_the_rest_is_not_learned_from_normal_rows() {
        let rows = rows();
        let normal: Vec<usize> = (0..rows.len()).filter(|row| row % 4 != 0).collect();
        let request = FitRequest { kind: "isolation-forest".into(), ..FitRequest::default() };
        let model = fit_part(&rows, &normal, &request, &mut Silent).unwrap();
        let columns: Vec<&str> =
            model.info().columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(columns, ["size", "pause"]);
        assert_eq!(model.info().train_rows, Some(300));
        let verdict = |name: &str| model.verdicts().iter().find(|v| v.name == name).unwrap();
        // Among normal rows alone they have one value, or none.
        assert_eq!(verdict("attack_cat").role, Role::Label);
        assert_eq!(verdict("label").role, Role::Label);
        assert_eq!(verdict("only").kind, None);
    }

    #[test]
    fn without_a_row_there_is_nothing_to_fit_on() {
        let fitted = fit_part(&rows(), &[], &FitRequest::default(), &mut Silent);
        assert!(fitted.is_err_and(|error| error.to_string().contains("no row")));
    }
}
