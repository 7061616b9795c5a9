//! `oddbench data` on the real files.

use sha2::{Digest, Sha256};

use crate::oddbench::{Sandbox, assert_code, real_data, stderr, stdout};

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
    let split = std::fs::read_to_string(sandbox.path("out/split.json")).unwrap();
    let split: serde_json::Value = serde_json::from_str(&split).unwrap();
    let rows = |part: &str| split["parts"][part]["rows"].as_array().unwrap().len();
    let lines = |name: &str| {
        let text = std::fs::read_to_string(sandbox.path("out").join(name)).unwrap();
        text.lines().count() - 1
    };
    let validated = lines("val_inliers.csv") + lines("val_outliers.csv");
    assert_eq!((rows("train"), rows("validation"), rows("test")), (97_278, validated, 10_000));
    assert_eq!(split["split"]["kind"], "published-8020");
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

#[test]
fn a_file_that_cannot_be_had_keeps_no_other_from_being_fetched() {
    let Some(mirror) = real_data("data fetch") else { return };
    let sandbox = Sandbox::new();
    std::fs::create_dir_all(sandbox.path("half/kdd99")).unwrap();
    let from = mirror.join("kdd99/corrected.gz");
    std::fs::copy(from, sandbox.path("half/kdd99/corrected.gz")).unwrap();
    let half = sandbox.path("half");
    let output = sandbox.run_with(&half, &["data", "fetch", "kdd99"]);
    assert_code(&output, 3);
    assert!(stderr(&output).contains("kddcup.data_10_percent"), "{}", stderr(&output));
    assert!(stdout(&output).contains("corrected: "), "{}", stdout(&output));
    assert!(sandbox.path("cache/kdd99/corrected.gz").exists());
    // The remedy of what is missing names the data set.
    let output = sandbox.run(&["data", "verify", "kdd99", "--offline"]);
    assert_code(&output, 3);
    assert!(stderr(&output).contains("oddbench data fetch kdd99"), "{}", stderr(&output));
}

#[test]
fn each_file_at_fault_is_named_once() {
    let output = Sandbox::new().run(&["data", "verify", "nsl-kdd", "--offline"]);
    assert_code(&output, 3);
    let said = format!("{}{}", stdout(&output), stderr(&output));
    for file in ["KDDTrain+.txt.gz", "KDDTest+.txt.gz"] {
        let fault = format!("nsl-kdd/{file} is not in the cache");
        assert_eq!(said.matches(&fault).count(), 1, "{said}");
    }
}

#[test]
fn check_says_that_the_mirror_has_the_rows() {
    let sandbox = Sandbox::new();
    let file = "name = \"nsl\"\n[dataset]\nkind = \"nsl-kdd\"\n[split]\nkind = \"predefined\"\n[threshold]\nrule = \"max-f1\"\n[[model]]\nkind = \"hbos\"\n";
    sandbox.write("nsl.toml", file);
    let mirror = sandbox.path("mirror");
    std::fs::create_dir_all(mirror.join("nsl-kdd")).unwrap();
    for (name, words) in [
        ("KDDTrain+.txt.gz", "does not have all files; oddbench data fetch nsl-kdd"),
        ("KDDTest+.txt.gz", "a run copies the files from the mirror"),
    ] {
        sandbox.write(&format!("mirror/nsl-kdd/{name}"), "");
        let output = sandbox.run_with(&mirror, &["check", "nsl.toml"]);
        assert_code(&output, 0);
        assert!(stdout(&output).contains(words), "{}", stdout(&output));
    }
}

#[test]
fn the_list_says_what_each_set_is_good_for_in_80_columns() {
    let sandbox = Sandbox::new();
    let output = sandbox.run(&["data", "list"]);
    assert_code(&output, 0);
    let text = stdout(&output);
    for set in ["adbench", "cic-ids2017", "ctu-13", "kdd99", "synthetic", "unsw-nb15"] {
        assert!(text.contains(set), "{text}");
    }
    let table = text.lines().take_while(|line| !line.starts_with("Cache"));
    assert!(table.clone().all(|line| line.chars().count() <= 80), "{text}");
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&sandbox.run(&["data", "list", "--json"]))).unwrap();
    let sets = json["datasets"].as_array().unwrap();
    let kdd = sets.iter().find(|set| set["kind"] == "kdd99").unwrap();
    assert_eq!((&kdd["rows"], &kdd["licence"]), (&805_050.into(), &"CC BY 4.0".into()));
}

#[test]
fn the_faults_of_kdd99_are_named() {
    let output = Sandbox::new().run(&["data", "list", "kdd99"]);
    assert_code(&output, 0);
    let text = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["McHugh 2000", "Tavallaee et al. 2009", "75 to 78 %", "Brugger 2007"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(text.contains("published: as the 2020 study labelled"), "{text}");
    let output = Sandbox::new().run(&["data", "list", "kdd98"]);
    assert_code(&output, 2);
}

#[test]
fn a_set_without_a_home_says_where_it_comes_from() {
    let sandbox = Sandbox::new();
    let output = sandbox.run(&["data", "fetch", "ctu-13"]);
    assert_code(&output, 2);
    let text = stderr(&output);
    assert!(text.contains("stratosphereips.org") && text.contains("path = "), "{text}");
    assert_code(&sandbox.run(&["data", "fetch"]), 2);
}
