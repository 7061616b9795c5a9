//! `oddbench data` on the real files.

use sha2::{Digest, Sha256};

use crate::oddbench::{Sandbox, assert_code, real_data, stdout};

/// SHA-256 of the study's own files, as its authors published them.
const PUBLISHED: [(&str, &str); 4] = [
    ("test_inliers.csv", "967c1b95898de4fcfdf3ee24027a3cb2c249ed6bcb35a55746e553789a77559a"),
    ("test_outliers.csv", "926ad095626103551f54a9a22e0e4422346d7493d504afedf6067cee3f8f0e9f"),
    ("val_inliers.csv", "93db7ee263939e1eec2a9d54e936724c1e24c915afd8185299a6b9e50273952c"),
    ("val_outliers.csv", "33c75eb385e9313960b93e50f9e49839e8e8f1c966b54fe8835727c7e513f79d"),
];

#[test]
fn the_exported_split_is_the_published_one_byte_for_byte() {
    let Some(mirror) = real_data("data export") else { return };
    let sandbox = Sandbox::new();
    let output = sandbox.run_with(&mirror, &["data", "export", "--split", "published-8020", "out"]);
    assert_code(&output, 0);
    for (name, digest) in PUBLISHED {
        let bytes = std::fs::read(sandbox.path("out").join(name)).unwrap();
        let found: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(found, digest, "{name}");
    }
}

#[test]
fn fetch_list_verify_and_describe_agree() {
    let Some(mirror) = real_data("data fetch") else { return };
    let sandbox = Sandbox::new();
    assert_code(&sandbox.run_with(&mirror, &["data", "fetch", "kdd99"]), 0);
    assert_code(&sandbox.run(&["data", "verify", "--offline"]), 0);
    let output = sandbox.run(&["data", "describe", "kdd99", "--offline", "--json"]);
    assert_code(&output, 0);
    assert!(stdout(&output).contains("494021") && stdout(&output).contains("311029"));
    let cached = sandbox.path("cache/kdd99/corrected.gz");
    let mut bytes = std::fs::read(&cached).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(&cached, bytes).unwrap();
    assert_code(&sandbox.run(&["data", "verify", "kdd99", "--offline"]), 3);
}
