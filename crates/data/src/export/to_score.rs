//! `to_score.csv`: the rows of a split that are scored, for a model that is fitted elsewhere.

use std::path::Path;

use oddbench_core::split::row_id::{PartName, RowId, SplitId};
use oddbench_core::split::{Part, Split};
use oddbench_core::{Dataset, quote};
use sha2::{Digest as _, Sha256};

use super::{Exported, NO_TEST_TABLE, ROW_ID, formats, names, push_row, refused, table_of};
use crate::error::DataError;

/// The name of the file.
const NAME: &str = "to_score.csv";

/// Writes `to_score.csv` into a folder that is there: the id of each validation and test row (`row_id`), then its raw
/// columns in the order wanted. There is no label. Rows stand in the order of the SHA-256 of their ids, so that
/// nothing can be read off the order.
pub fn to_score(
    split: &Split,
    fingerprint: &str,
    dataset: &Dataset,
    columns: &[String],
    out_dir: &Path,
) -> Result<Exported, DataError> {
    let path = out_dir.join(NAME);
    if columns.iter().any(|name| name == ROW_ID) {
        return Err(refused(
            &path,
            "a feature is called `row_id`, which is the name of the column of ids",
        ));
    }
    let id = SplitId::of(fingerprint)
        .ok_or_else(|| refused(&path, "the fingerprint of the split has too few digits"))?;
    let parts = [(PartName::Validation, &split.validation), (PartName::Test, &split.test)];
    let tables = parts.map(|(_, part)| -> Result<_, DataError> {
        let table = table_of(part, dataset).ok_or_else(|| refused(&path, NO_TEST_TABLE))?;
        formats(table, columns)
    });
    let [validation, test] = tables;
    let tables = [validation?, test?];
    let rows = shuffled(id, parts).map_err(|row| {
        refused(&path, &format!("row {row} has a number that is too large for an id"))
    })?;
    let header = format!("{},{}", quote::csv(ROW_ID), names(&tables[0]));
    write_rows(&path, &header, &rows, &tables)
}

fn write_rows(
    path: &Path,
    header: &str,
    rows: &[RowId],
    [validation, test]: &[Vec<(&str, super::Format<'_>)>; 2],
) -> Result<Exported, DataError> {
    super::write(path, header, rows.len(), |line, at| {
        let id = rows[at];
        line.push_str(&id.to_string());
        line.push(',');
        let columns = if id.part == PartName::Test { test } else { validation };
        push_row(line, columns, id.row as usize);
    })
}

/// The ids of all rows in the order of their digests; the number of a row that is too large for an id.
fn shuffled(split: SplitId, parts: [(PartName, &Part); 2]) -> Result<Vec<RowId>, usize> {
    let mut keyed = Vec::new();
    for (part, rows) in parts {
        for &row in &rows.rows {
            let number = u32::try_from(row).map_err(|_| row)?;
            let id = RowId { split, part, row: number };
            keyed.push((Sha256::digest(id.to_string()), id));
        }
    }
    keyed.sort_unstable_by_key(|(digest, _)| *digest);
    Ok(keyed.into_iter().map(|(_, id)| id).collect())
}
