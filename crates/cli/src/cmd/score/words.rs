//! Counts of rows in the notes of `score`.

/// `1 row, 1 anomaly`, `2 rows, 0 anomalies`. Digits stand without separators: programs read these notes.
pub(super) fn rows_and_anomalies(rows: usize, anomalies: usize) -> String {
    let row = if rows == 1 { "row" } else { "rows" };
    let anomaly = if anomalies == 1 { "anomaly" } else { "anomalies" };
    format!("{rows} {row}, {anomalies} {anomaly}")
}

/// `1 line was left out`, `2 lines were left out`.
pub(super) fn left_out(lines: usize) -> String {
    match lines {
        1 => "1 line was left out".to_owned(),
        more => format!("{more} lines were left out"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        assert_eq!(rows_and_anomalies(1, 1), "1 row, 1 anomaly");
        assert_eq!(rows_and_anomalies(2000, 0), "2000 rows, 0 anomalies");
        assert_eq!([1, 2].map(left_out), ["1 line was left out", "2 lines were left out"]);
    }
}
