//! npz as ADBench publishes it.

use std::io::Write as _;

use super::{fit, score};
use crate::oddbench::{Sandbox, assert_code, number, stderr, summary};

/// An npy file of doubles (column after column, as ADBench's are) or of 64-bit integers.
fn npy(descr: &str, fortran: &str, shape: &str, values: impl Iterator<Item = [u8; 8]>) -> Vec<u8> {
    let mut line =
        format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}");
    while (10 + line.len() + 1) % 64 != 0 {
        line.push(' ');
    }
    line.push('\n');
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend((line.len() as u16).to_le_bytes());
    bytes.extend(line.as_bytes());
    bytes.extend(values.flatten());
    bytes
}

/// 300 rows of two columns, every tenth of them an outlier far away.
fn set() -> Vec<u8> {
    let outlier = |row: usize| row.is_multiple_of(10);
    let first = (0..300).map(|row| if outlier(row) { 50.0 } else { (row as f64).sin() });
    let second = (0..300).map(|row| (row as f64 * 0.3).cos());
    let x = npy("<f8", "True", "(300, 2)", first.chain(second).map(f64::to_le_bytes));
    let y = (0..300).map(|row| i64::from(outlier(row)).to_le_bytes());
    let y = npy("<i8", "False", "(300,)", y);
    let mut bytes = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut bytes);
    for (name, content) in [("X.npy", x), ("y.npy", y)] {
        let (mut entry, config) = archive
            .new_file(name)
            .compression_method(rawzip::CompressionMethod::STORE)
            .start()
            .unwrap();
        let mut writer = config.wrap(&mut entry);
        writer.write_all(&content).unwrap();
        let (_, descriptor) = writer.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    bytes
}

#[test]
fn an_npz_file_is_a_data_set_and_can_be_fitted_and_scored() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("set.npz"), set()).unwrap();
    let toml = "name = \"own\"\n[dataset]\nkind = \"npz\"\npath = \"set.npz\"\nlabel = \"label\"\ninliers = [0]\n\
                [split]\nkind = \"holdout\"\n[threshold]\nrule = \"max-f1\"\n[[model]]\nkind = \"knn\"\n";
    let file = sandbox.write("own.toml", toml);
    let output = sandbox.run(&["run", file.to_str().unwrap(), "--no-report"]);
    assert_code(&output, 0);
    let lines = summary(&sandbox.path("results/own/summary.csv"));
    assert_eq!((lines.len(), number(&lines[0], "roc_auc")), (1, 1.0));
    // A key that says how to read a text has no place here.
    sandbox.write("own.toml", &toml.replace("path =", "delimiter = \",\"\npath ="));
    let output = sandbox.run(&["check", file.to_str().unwrap()]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("delimiter"), "{}", stderr(&output));

    assert_code(&fit(&sandbox, "set.npz", &[]), 0);
    let scored = score(&sandbox, "set.npz", "scored.csv");
    let mut lines = scored.lines();
    assert!(lines.next().unwrap().starts_with("x1,x2,label,score,"), "{scored}");
    assert!(lines.next().unwrap().starts_with("50.0,1.0,1,"), "{scored}");
    assert_eq!(lines.count(), 299);
}
