//! The files through which oddbench and a user's command exchange rows: features as parquet or CSV, labels and
//! scores as texts with one number per line.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use oddbench_core::Matrix;
use oddbench_core::counts::counted;
use oddbench_core::external::RowFormat;
use polars_arrow::array::{Array, PrimitiveArray};

use crate::parquet::write_columns;

/// Writes the given rows, in that order. Columns are called `x1`, `x2` and so on. A CSV file holds the same
/// numbers as a parquet file: 32-bit floats, exactly.
pub fn write_rows(path: &Path, format: RowFormat, x: &Matrix, order: &[u32]) -> io::Result<()> {
    let out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    match format {
        RowFormat::Parquet => write_parquet(out, x, order).map_err(io::Error::other),
        RowFormat::Csv => write_csv(out, x, order),
    }
}

fn write_parquet(out: impl Write, x: &Matrix, order: &[u32]) -> Result<(), String> {
    let columns = gathered(x, order).into_iter().enumerate().map(|(at, values)| {
        let array: Box<dyn Array> = PrimitiveArray::from_vec(values).boxed();
        (format!("x{}", at + 1), array)
    });
    write_columns(out, order.len(), columns.collect())
}

/// The columns of the given rows. They are read in groups that stay in the processor's cache: in any order, a row is
/// then fetched once and not once a column.
fn gathered(x: &Matrix, order: &[u32]) -> Vec<Vec<f32>> {
    const GROUP: usize = 256;
    let mut columns = vec![Vec::with_capacity(order.len()); x.cols()];
    for rows in order.chunks(GROUP) {
        for (at, column) in columns.iter_mut().enumerate() {
            column.extend(rows.iter().map(|&row| x.row(row as usize)[at]));
        }
    }
    columns
}

fn write_csv(mut out: impl Write, x: &Matrix, order: &[u32]) -> io::Result<()> {
    let names: Vec<String> = (1..=x.cols()).map(|at| format!("x{at}")).collect();
    writeln!(out, "{}", names.join(","))?;
    for &row in order {
        for (at, value) in x.row(row as usize).iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            // As a 64-bit number: a reader that makes one of it gets these bits, not nearby ones.
            write!(out, "{comma}{:?}", f64::from(*value))?;
        }
        writeln!(out)?;
    }
    out.flush()
}

/// Writes one line a row: 1 for an outlier, 0 for an inlier.
pub fn write_labels(path: &Path, labels: impl Iterator<Item = bool>) -> io::Result<()> {
    let text: String = labels.map(|outlier| if outlier { "1\n" } else { "0\n" }).collect();
    fs::write(path, text)
}

/// How long a line of a score may be, its end included. The longest number that a program writes without an
/// exponent has about 330 characters.
const LINE_BYTES: u64 = 1024;

/// Reads one finite number a line, as many as there are rows. The error says what is wrong with the file.
///
/// A program wrote the file, in an unknown way. So nothing but a regular file is opened, and no more of it is
/// read than that many scores can take.
pub fn read_scores(path: &Path, rows: usize) -> Result<Vec<f64>, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let about = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => format!("{name} was not written"),
        _ => format!("{name}: {error}"),
    };
    // Not of what a link leads to.
    if !fs::symlink_metadata(path).map_err(about)?.is_file() {
        return Err(format!("{name} is no regular file: write the scores to it"));
    }
    let mut file = BufReader::new(File::open(path).map_err(about)?);
    let mut scores = Vec::with_capacity(rows);
    let mut line = Vec::new();
    loop {
        line.clear();
        if file.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line).map_err(about)? == 0 {
            break;
        }
        if scores.len() == rows {
            return Err(format!("{name} has more scores than the {}", counted(rows, "row")));
        }
        let number = scores.len() + 1;
        scores.push(
            score(&line, number == 1).map_err(|what| format!("{name}, line {number}: {what}"))?,
        );
    }
    match scores.len() == rows {
        true => Ok(scores),
        false => Err(format!(
            "{name} has {} for {}",
            counted(scores.len(), "score"),
            counted(rows, "row")
        )),
    }
}

/// The score of a line.
fn score(line: &[u8], first: bool) -> Result<f64, String> {
    if line.len() as u64 == LINE_BYTES && !line.ends_with(b"\n") {
        return Err(format!("the line is longer than {LINE_BYTES} bytes; write one number a line"));
    }
    if first && (line.starts_with(b"\xff\xfe") || line.starts_with(b"\xfe\xff")) {
        return Err("the file is in UTF-16; write it in ASCII or UTF-8".into());
    }
    // Some programs for Windows begin every file of UTF-8 with a mark.
    let mark: &[u8] = if first { b"\xef\xbb\xbf" } else { b"" };
    let line = line.strip_prefix(mark).unwrap_or(line);
    let text = String::from_utf8_lossy(line);
    let text = text.trim();
    let score: f64 = text.parse().map_err(|_| {
        let shown: String = text.chars().take(40).collect();
        format!("expected a number, found {shown:?}")
    })?;
    match score.is_finite() {
        true => Ok(score),
        false => Err(format!("the score is {score}; scores must be finite")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parquet::Pages;

    const VALUES: [f32; 6] = [0.1, -3.5, 1e-30, 1.0 / 3.0, 7.0, 16_777_217.0];

    fn written(format: RowFormat) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows");
        let x = Matrix::new(3, 2, VALUES.to_vec()).unwrap();
        write_rows(&path, format, &x, &[2, 0, 1]).unwrap();
        (folder, path)
    }

    #[test]
    fn both_formats_hold_the_same_numbers_in_the_order_asked_for() {
        let (_folder, path) = written(RowFormat::Csv);
        let text = fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "x1,x2");
        let read = |line: &str| line.split(',').map(|v| v.parse::<f64>().unwrap()).collect();
        let rows: Vec<Vec<f64>> = lines[1..].iter().map(|line| read(line)).collect();
        let (_folder, path) = written(RowFormat::Parquet);
        let pages = Pages::open(&path).unwrap();
        assert_eq!(pages.names(), ["x1", "x2"]);
        for at in 0..2 {
            let column = pages.decode(at, 0..3).unwrap();
            let column: &PrimitiveArray<f32> = column.as_any().downcast_ref().unwrap();
            let values: Vec<f64> = column.iter().map(|v| f64::from(*v.unwrap())).collect();
            let expected = [2, 0, 1].map(|row: usize| f64::from(VALUES[2 * row + at]));
            assert_eq!(values, expected);
            assert_eq!(rows.iter().map(|row| row[at]).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn what_is_wrong_with_scores_is_said_with_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scores-1.txt");
        let of = |text: &str| {
            fs::write(&path, text).unwrap();
            read_scores(&path, 2)
        };
        assert_eq!(of("1.5\r\n-2e3\n"), Ok(vec![1.5, -2000.0]));
        assert_eq!(of("\u{feff}1.5\n2"), Ok(vec![1.5, 2.0]));
        assert_eq!(of(&format!("{:.1}\n2\n", f64::MAX)), Ok(vec![f64::MAX, 2.0]));
        for (text, said) in [
            ("1\n", "scores-1.txt has 1 score for 2 rows"),
            ("1\n2\n3\n", "scores-1.txt has more scores than the 2 rows"),
            ("1\nnan\n", "scores-1.txt, line 2: the score is NaN; scores must be finite"),
            ("inf\n1\n", "scores-1.txt, line 1: the score is inf; scores must be finite"),
            ("1\n0,5\n", "scores-1.txt, line 2: expected a number, found \"0,5\""),
        ] {
            assert_eq!(of(text), Err(said.to_owned()));
        }
        let long = of(&format!("1\n{}\n", "2".repeat(5000))).unwrap_err();
        assert!(long.contains("line 2: the line is longer than 1024 bytes"), "{long}");
        fs::write(&path, b"\xff\xfe1\0\n\0").unwrap();
        let utf_16 = read_scores(&path, 2).unwrap_err();
        assert!(utf_16.contains("line 1: the file is in UTF-16"), "{utf_16}");
        let missing = read_scores(&folder.path().join("scores-2.txt"), 2);
        assert_eq!(missing, Err("scores-2.txt was not written".to_owned()));
    }

    /// Whoever reads an endless file, or waits for somebody to write to a pipe, does not come back.
    #[cfg(unix)]
    #[test]
    fn only_a_regular_file_is_read_and_no_more_of_it_than_the_rows_need() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::os::unix::fs::symlink("/dev/zero", at("link")).unwrap();
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
        assert!(made.success());
        fs::create_dir(at("folder")).unwrap();
        for name in ["link", "pipe", "folder"] {
            let said = format!("{name} is no regular file: write the scores to it");
            assert_eq!(read_scores(&at(name), 2), Err(said));
            assert!(crate::digest::of_file(&at(name)).is_err(), "{name}");
        }
        // A file of a gibibyte without any content takes no room.
        let huge = File::create(at("huge")).unwrap();
        huge.set_len(1 << 30).unwrap();
        assert!(read_scores(&at("huge"), 2).unwrap_err().contains("longer than 1024 bytes"));
    }
}
