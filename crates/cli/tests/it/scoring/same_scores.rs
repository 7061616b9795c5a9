//! `score` says of rows that a trial has scored the same as the trial said, bit for bit.

use std::path::Path;

use super::{bits, bits_of, experiment, table, text};
use crate::oddbench::{Sandbox, assert_code, real_data, stderr, stdout};

#[test]
fn the_test_rows_of_a_trial_get_its_scores_and_its_threshold() {
    let own = experiment();
    for label in ["pca", "isolation-forest", "autoencoder", "vae"] {
        let stored = own.stored(label);
        let sandbox = Sandbox::new();
        let input = sandbox.write("test.csv", &own.csv(&own.test_rows(label), &own.names()));
        let out = sandbox.path("scored.csv");
        let trial = own.trial(label);
        let arguments = ["score", "--model", text(&trial), "--input", text(&input)];
        let output = sandbox.run(&[&arguments[..], &["--output", text(&out)]].concat());
        assert_code(&output, 0);
        let rows = table(&out);
        assert_eq!(bits(&rows, "score"), bits_of(&stored.test.scores), "{label}");
        // The experiment's summary has the same counts, at its own threshold.
        let summary = crate::oddbench::summary(&own.sandbox.path("results/own/summary.csv"));
        let line = summary.iter().find(|line| line["name"] == label).unwrap();
        let called = rows.iter().filter(|row| row["is_anomaly"] == "true").count();
        let expected: usize =
            ["tp", "fp"].iter().map(|key| line[*key].parse::<usize>().unwrap()).sum();
        assert_eq!(called, expected, "{label}");
        assert!(stderr(&output).contains("rule max-f1, tuned on validation rows"));
        // The model folder itself is as good, and nothing is left beside the output.
        let inner = trial.join("model");
        let arguments = ["score", "--model", text(&inner), "--input", text(&input)];
        let output = sandbox.run(&arguments);
        assert_code(&output, 0);
        assert_eq!(stdout(&output), std::fs::read_to_string(&out).unwrap());
        assert_eq!(std::fs::read_dir(sandbox.dir.path()).unwrap().count(), 2);
    }
}

#[test]
fn the_order_of_columns_and_columns_that_nobody_reads_change_nothing() {
    let own = experiment();
    let rows = own.test_rows("autoencoder");
    let mut columns = own.names();
    columns.reverse();
    let shuffled = own.csv(&rows, &columns);
    let (head, body) = shuffled.split_once('\n').unwrap();
    let mut with_more = format!("flow,{head},note\n");
    for (at, line) in body.lines().enumerate() {
        with_more.push_str(&format!("f{at},{line},\"a, b\"\n"));
    }
    let sandbox = Sandbox::new();
    let input = sandbox.write("shuffled.csv", &with_more);
    let out = sandbox.path("scored.csv");
    let trial = own.trial("autoencoder");
    let output = sandbox.run(&[
        "score",
        "--model",
        text(&trial),
        "--input",
        text(&input),
        "--output",
        text(&out),
    ]);
    assert_code(&output, 0);
    let found = table(&out);
    assert_eq!(bits(&found, "score"), bits_of(&own.stored("autoencoder").test.scores));
    assert_eq!((found[7]["flow"].as_str(), found[7]["note"].as_str()), ("f7", "a, b"));
    for row in &found {
        let shares: Vec<f64> = ["share_1", "share_2", "share_3"]
            .iter()
            .map(|key| row[*key].parse().unwrap())
            .collect();
        assert!(shares.windows(2).all(|pair| pair[0] >= pair[1]), "{shares:?}");
        assert!(
            shares.iter().sum::<f64>() <= 1.0003
                && own.names().contains(&row["feature_1"].as_str())
        );
    }
}

#[test]
fn blocks_of_rows_join_without_a_seam() {
    let own = experiment();
    let rows: Vec<usize> = own.test_rows("pca").iter().copied().cycle().take(40_000).collect();
    let sandbox = Sandbox::new();
    let input = sandbox.write("long.csv", &own.csv(&rows, &own.names()));
    let out = sandbox.path("scored.csv");
    let trial = own.trial("pca");
    let output = sandbox.run(&[
        "--json",
        "score",
        "--model",
        text(&trial),
        "--input",
        text(&input),
        "--output",
        text(&out),
    ]);
    assert_code(&output, 0);
    let stored = own.stored("pca").test.scores;
    let expected: Vec<f64> = stored.iter().copied().cycle().take(40_000).collect();
    let found = table(&out);
    assert_eq!(bits(&found, "score"), bits_of(&expected));
    let result: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let called = found.iter().filter(|row| row["is_anomaly"] == "true").count();
    assert_eq!(
        (result["rows"].as_u64(), result["anomalies"].as_u64()),
        (Some(40_000), Some(called as u64))
    );
}

#[test]
fn the_study_s_split_gets_the_scores_of_its_autoencoder() {
    let Some(mirror) = real_data("the_study_s_split_gets_the_scores_of_its_autoencoder") else {
        return;
    };
    let sandbox = Sandbox::new();
    let file = sandbox.write(
        "ae.toml",
        "name = \"ae\"\n[dataset]\nkind = \"kdd99\"\nfeatures = \"published-18\"\nlabels = \"published\"\n\
         [split]\nkind = \"published-8020\"\n\
         [preprocess]\nconstant = \"keep\"\n\
         [threshold]\nrule = \"max-accuracy\"\ntune_on = \"test\"\ndecimals = 3\n\
         [[model]]\nkind = \"autoencoder\"\nparams = { epochs = 1 }\n",
    );
    assert_code(&sandbox.run_with(&mirror, &["run", text(&file), "--no-report"]), 0);
    assert_code(&sandbox.run_with(&mirror, &["data", "export", "split"]), 0);
    let trials = sandbox.path("results/ae/trials");
    let trial = std::fs::read_dir(trials).unwrap().next().unwrap().unwrap().path();
    let stored = oddbench_data::scores::read(&trial.join("scores.parquet")).unwrap().test;
    let mut anomalies = 0;
    for (name, outlier) in [("test_inliers", false), ("test_outliers", true)] {
        let (input, out) = (sandbox.path("split").join(format!("{name}.csv")), sandbox.path(name));
        let arguments = ["score", "--model", text(&trial), "--input", text(&input)];
        assert_code(&sandbox.run(&[&arguments[..], &["--output", text(&out)]].concat()), 0);
        let of_label =
            stored.scores.iter().zip(&*stored.labels).filter(|(_, label)| **label == outlier);
        let expected: Vec<f64> = of_label.map(|(score, _)| *score).collect();
        let found = table(&out);
        assert_eq!(bits(&found, "score"), bits_of(&expected));
        assert_eq!(expected.len(), if outlier { 2_000 } else { 8_000 });
        anomalies += found.iter().filter(|row| row["is_anomaly"] == "true").count();
    }
    let summary = crate::oddbench::summary(&sandbox.path("results/ae/summary.csv"));
    let expected: usize =
        ["tp", "fp"].iter().map(|key| summary[0][*key].parse::<usize>().unwrap()).sum();
    assert_eq!(anomalies, expected);
    header_less(&sandbox, &mirror, &trial);
}

/// The raw file of the data set: 42 columns, no header, gzipped.
fn header_less(sandbox: &Sandbox, mirror: &Path, trial: &Path) {
    let out = sandbox.path("corrected.csv");
    let input = mirror.join("kdd99/corrected.gz");
    let arguments = ["score", "--model", text(trial), "--input", text(&input)];
    assert_code(&sandbox.run(&[&arguments[..], &["--output", text(&out)]].concat()), 0);
    let rows = table(&out);
    assert_eq!((rows.len(), rows[0]["class"].as_str()), (311_029, "normal."));
    let stored = oddbench_data::scores::read(&trial.join("scores.parquet")).unwrap().test;
    let found = bits(&rows, "score");
    for (row, score) in stored.rows.iter().zip(&stored.scores) {
        assert_eq!(found[*row as usize], score.to_bits(), "row {row}");
    }
}
