//! Counts of rows in the notes of `score`.

use oddbench_core::counts::{agreed, counted, thousands};

/// `1 row, 1 anomaly`, `2,000 rows, 0 anomalies`.
pub(super) fn rows_and_anomalies(rows: usize, anomalies: usize) -> String {
    let anomaly = agreed(anomalies, "anomaly", "anomalies");
    format!("{}, {} {anomaly}", counted(rows, "row"), thousands(anomalies))
}

/// `2 of 1,500 rows`.
pub(super) fn of_rows(some: usize, rows: usize) -> String {
    format!("{} of {}", thousands(some), counted(rows, "row"))
}

/// `1 line was left out`, `2 lines were left out`.
pub(super) fn left_out(lines: usize) -> String {
    format!("{} {} left out", counted(lines, "line"), agreed(lines, "was", "were"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        assert_eq!(rows_and_anomalies(1, 1), "1 row, 1 anomaly");
        assert_eq!(rows_and_anomalies(2000, 0), "2,000 rows, 0 anomalies");
        assert_eq!(of_rows(1200, 1500), "1,200 of 1,500 rows");
        assert_eq!([1, 2].map(left_out), ["1 line was left out", "2 lines were left out"]);
    }
}
