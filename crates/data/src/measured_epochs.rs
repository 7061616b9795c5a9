//! Files of measured epochs. A file says how long an epoch took if many networks trained at once, here or in another
//! program. A report shows them in one table with the times of its own trials.
//!
//! A file is a CSV table with a header: `network,engine,device,batch,rows,models,seconds`. The bench of the kernels and
//! `scripts/peer/torch_gpu_peer.py` write such files.

use std::path::Path;

use oddbench_core::record::MeasuredEpoch;

use crate::error::DataError;

/// The columns of a file, in the order that the benches write.
pub const COLUMNS: [&str; 7] =
    ["network", "engine", "device", "batch", "rows", "models", "seconds"];

/// The lines of a file. An error if it cannot be read, lacks a column, has none but the header, or a number is out of its
/// range.
pub fn load(path: &Path) -> Result<Vec<MeasuredEpoch>, DataError> {
    let refused = |message: String| DataError::MeasuredEpochs { path: path.into(), message };
    let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head = reader.headers().map_err(|error| refused(error.to_string()))?;
    if head.iter().ne(COLUMNS) {
        return Err(refused(format!("the first line must be {}", COLUMNS.join(","))));
    }
    let mut lines = Vec::new();
    for (at, line) in reader.deserialize().enumerate() {
        // The header is line 1.
        let at_line = |message: String| refused(format!("line {}: {message}", at + 2));
        let line: MeasuredEpoch = line.map_err(|error| at_line(in_words(&error)))?;
        check(&line).map_err(at_line)?;
        lines.push(line);
    }
    match lines.is_empty() {
        true => Err(refused("there is no line below the header".to_owned())),
        false => Ok(lines),
    }
}

/// What is wrong with a line, and in which column.
fn in_words(error: &csv::Error) -> String {
    let csv::ErrorKind::Deserialize { err, .. } = error.kind() else { return error.to_string() };
    match err.field().and_then(|field| COLUMNS.get(usize::try_from(field).ok()?)) {
        Some(&column @ ("batch" | "rows" | "models")) => {
            format!("{column} must be a whole number of 1 or more")
        }
        Some(column) => format!("{column}: {}", err.kind()),
        None => err.kind().to_string(),
    }
}

fn check(line: &MeasuredEpoch) -> Result<(), String> {
    let counts = [("batch", line.batch), ("rows", line.rows), ("models", line.models)];
    if let Some((name, _)) = counts.iter().find(|(_, count)| *count == 0) {
        return Err(format!("{name} is 0, and the least is 1"));
    }
    match line.seconds.is_finite() && line.seconds > 0.0 {
        true => Ok(()),
        false => Err(format!("seconds is {}, and must be a number above 0", line.seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "network,engine,device,batch,rows,models,seconds\n";

    fn read(text: &str) -> Result<Vec<MeasuredEpoch>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("epochs.csv");
        std::fs::write(&path, text).unwrap();
        load(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn a_line_is_read_as_it_was_measured() {
        let lines = read(&format!("{HEAD}vae,pytorch eager,\"A, B\",128,97278,8,0.25\n")).unwrap();
        let expected = MeasuredEpoch {
            network: "vae".into(),
            engine: "pytorch eager".into(),
            device: "A, B".into(),
            batch: 128,
            rows: 97_278,
            models: 8,
            seconds: 0.25,
        };
        assert_eq!(lines, [expected]);
    }

    #[test]
    fn what_cannot_be_measured_is_refused_with_its_line() {
        let good = "vae,kernels,GPU,128,97278,8,0.25";
        for (line, told) in [
            ("vae,kernels,GPU,128,97278,0,0.25", "line 3: models is 0"),
            ("vae,kernels,GPU,128,97278,8,0", "line 3: seconds is 0"),
            ("vae,kernels,GPU,128,97278,8,NaN", "line 3: seconds is NaN"),
            ("vae,kernels,GPU,many,97278,8,1", "line 3: batch must be a whole number of 1 or more"),
            ("vae,kernels,GPU,128,97278,2.5,1", "line 3: models must be a whole number"),
        ] {
            let error = read(&format!("{HEAD}{good}\n{line}\n")).unwrap_err();
            assert!(error.contains(told), "{line}: {error}");
        }
        assert!(read("models,seconds\n1,2\n").unwrap_err().contains("the first line must be"));
        assert!(read(HEAD).unwrap_err().contains("no line below the header"));
    }
}
