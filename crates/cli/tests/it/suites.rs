//! Several data sets in one experiment file, as a user meets them: check, plan, run, run again, report.

use std::fmt::Write as _;

use crate::oddbench::{Sandbox, assert_code, stderr, stdout, summary};

/// Two tables of a user, a generated one, and one that is not available offline.
fn experiment(sets: &str) -> String {
    format!(
        "name = \"mix\"\ndescription = \"Three data sets.\"\ndataset = [\n{sets}]\n\
         [split]\nkind = \"holdout\"\nrepeats = 2\n\
         [threshold]\nrule = \"max-f1\"\n\
         [run]\nseeds = [1, 2]\n\
         [[model]]\nkind = \"knn\"\n\
         [[model]]\nkind = \"hbos\"\n\
         [[model]]\nkind = \"isolation-forest\"\nparams = {{ n_estimators = 5 }}\n\
         [report]\nanchors = [\"paper.toml\"]\n"
    )
}

const SETS: &str = "    { kind = \"csv\", name = \"near\", path = \"near.csv\", label = \"class\", inliers = [\"normal\"] },
    { kind = \"csv\", name = \"far\", path = \"far.csv\", label = \"class\", inliers = [\"normal\"] },
    { kind = \"synthetic\", rows = 600, features = [\"src_bytes\", \"count\"] },
";

const ANCHORS: &str = "name = \"paper\"\nsource = \"A paper\"\nanchors = [\n\
    { set = \"far\", name = \"knn\", metrics = { roc_auc = 0.99 } },\n\
    { set = \"elsewhere\", name = \"knn\", metrics = { roc_auc = 0.5 } },\n]\n";

/// Inliers around (1, 2) and outliers that lie so far away; all rows differ.
fn rows(distance: f64) -> String {
    let mut text = "x,y,class\n".to_owned();
    for i in 0..300 {
        let wave = |phase: f64| 0.5 * (i as f64 * 0.7 + phase).sin();
        let (shift, class) = if i % 10 == 0 { (distance, "attack") } else { (0.0, "normal") };
        let _ = writeln!(text, "{},{},{class}", 1.0 + shift + wave(0.0), 2.0 + shift + wave(1.0));
    }
    text
}

fn sandbox(sets: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("near.csv", &rows(0.3));
    sandbox.write("far.csv", &rows(9.0));
    sandbox.write("paper.toml", ANCHORS);
    sandbox.write("mix.toml", &experiment(sets));
    sandbox
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn several_data_sets_are_checked_planned_run_and_reported() {
    let sandbox = sandbox(SETS);
    // Each data set has two draws of the split and two seeds of the forest.
    let checked = sandbox.run(&["check", "mix.toml"]);
    assert_code(&checked, 0);
    let said = stdout(&checked);
    assert_eq!(said.lines().next(), Some("mix.toml: ok, 24 trials on 3 data sets"), "{said}");
    let planned = json(&stdout(&sandbox.run(&["plan", "mix.toml", "--json"])));
    assert_eq!(planned["sets"].as_array().unwrap().len(), 3);
    assert_eq!(planned["sets"][2]["trials"].as_array().unwrap().len(), 8);
    let view = stdout(&sandbox.run(&["plan", "mix.toml", "--seeds", "7"]));
    assert!(view.contains("18 trials on 3 data sets") && view.contains("near"), "{view}");

    let ran = sandbox.run(&["run", "mix.toml"]);
    assert_code(&ran, 0);
    let told = stderr(&ran);
    assert!(told.contains("mix: 24 trials, 0 done before, 24 to run"), "{told}");
    assert!(told.contains("far: prepared fold 1:") && told.contains("[24/24]"), "{told}");
    let table = stdout(&ran);
    for word in ["near", "far", "synthetic", "isolation-forest", "mean rank"] {
        assert!(table.contains(word), "{word}: {table}");
    }
    let lines = summary(&sandbox.path("results/mix/summary.csv"));
    assert_eq!(lines.len(), 24);
    assert!(lines.iter().all(|line| line["status"] == "completed"));
    assert_eq!(lines.iter().filter(|line| line["set"] == "far").count(), 8);

    // The page of all leads to the page of each, and has the ranks and the published figure.
    let report = std::fs::read_to_string(sandbox.path("reports/mix/report.md")).unwrap();
    for text in [
        "# mix: 3 data sets (synthetic data)",
        "[far](far/report.md)",
        "over 3 data sets and 3 models",
        "| [far](far/report.md) | published | 0.9900 |",
    ] {
        assert!(report.contains(text), "{text}: {report}");
    }
    assert!(!report.contains("elsewhere"));
    for set in ["near", "far", "synthetic"] {
        let page = sandbox.path(&format!("reports/mix/{set}/index.html"));
        let page = std::fs::read_to_string(page).unwrap();
        assert!(page.contains(&format!("mix/{set}")));
        assert_eq!(page.contains("A paper"), set == "far", "{set}");
    }

    // Run again, nothing is left; the report comes again from what is stored, byte for byte.
    let again = sandbox.run(&["run", "mix.toml", "--json"]);
    assert_code(&again, 0);
    let again = json(&stdout(&again));
    assert_eq!(
        (again["run"]["cached"].as_u64(), again["run"]["completed"].as_u64()),
        (Some(24), Some(0))
    );
    assert_eq!(again["sets"][1]["set"], "far");
    std::fs::remove_dir_all(sandbox.path("reports")).unwrap();
    assert_code(&sandbox.run(&["report", "mix"]), 0);
    assert_eq!(std::fs::read_to_string(sandbox.path("reports/mix/report.md")).unwrap(), report);
    assert_code(&sandbox.run(&["report", "mix/far"]), 0);
    assert_code(&sandbox.run(&["compare", "mix/near", "mix/far"]), 0);
    let compared = sandbox.run(&["compare", "mix", "mix/far"]);
    assert_code(&compared, 2);
    assert!(stderr(&compared).contains("mix/SET"), "{}", stderr(&compared));
    let audit = stdout(&sandbox.run(&["data", "audit", "mix.toml"]));
    assert!(audit.contains("near\n") && audit.contains("synthetic\n"), "{audit}");
}

#[test]
fn a_data_set_that_cannot_be_had_is_told_and_the_others_are_done() {
    let sets = format!("{SETS}    {{ kind = \"kdd99\", features = [\"src_bytes\"] }},\n");
    let sandbox = sandbox(&sets);
    let ran = sandbox.run(&["run", "mix.toml", "--offline"]);
    // The exit code for data that are not available.
    assert_code(&ran, 3);
    let told = stderr(&ran);
    assert!(told.contains("kdd99: FAILED: ") && told.contains("not run: kdd99: "), "{told}");
    let lines = summary(&sandbox.path("results/mix/summary.csv"));
    let done = lines.iter().filter(|line| line["status"] == "completed").count();
    let pending = lines.iter().filter(|line| line["status"] == "pending").count();
    assert_eq!((done, pending), (24, 8));
    let report = std::fs::read_to_string(sandbox.path("reports/mix/report.md")).unwrap();
    assert!(
        report.contains("Not among the blocks")
            && report.contains("| [kdd99](kdd99/report.md) | all |"),
        "{report}"
    );
    // The report still names it when it is written again.
    let again = sandbox.run(&["report", "mix"]);
    assert_code(&again, 0);
    assert!(stderr(&again).contains("not run: kdd99: "), "{}", stderr(&again));
}

#[test]
fn a_mistake_names_the_data_set_and_its_line() {
    let sandbox = sandbox(&SETS.replace("far.csv", "gone.csv"));
    let checked = sandbox.run(&["check", "mix.toml", "--json"]);
    assert_code(&checked, 2);
    let error = &json(&stdout(&checked))["error"];
    assert_eq!((error["key"].as_str(), error["line"].as_u64()), (Some("dataset[1].path"), Some(5)));
    assert!(error["message"].as_str().unwrap().contains("data set \"far\""), "{error}");
}
