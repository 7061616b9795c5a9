//! Changes are reported before anything runs: the rows, the file of an old manifest.

use super::*;

fn table(shift: usize) -> String {
    let row = |i: usize| match i % 10 {
        0 => format!("{},{},attack\n", 50 + i + shift, i),
        _ => format!("{},{},normal\n", i % 7, i % 5),
    };
    format!("x,y,class\n{}", (0..200).map(row).collect::<String>())
}

#[test]
fn a_changed_data_file_is_told_with_both_digests() {
    let sandbox = Sandbox::new();
    let own = "dataset = { kind = \"csv\", path = \"data/rows.csv\", label = \"class\", inliers = [\"normal\"] }";
    let line = STUDY.lines().find(|line| line.starts_with("dataset")).unwrap();
    fs::create_dir(sandbox.path("data")).unwrap();
    sandbox.write("data/rows.csv", &table(0));
    sandbox.write("study.toml", &STUDY.replace(line, own));
    assert_code(&sandbox.run(&["run", "study.toml"]), 0);
    // The relative path is found from any folder.
    let elsewhere = sandbox.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let command = ["reproduce", "../results/study", "--json"];
    let output = sandbox.command().current_dir(&elsewhere).args(command).output().unwrap();
    assert_code(&output, 0);
    assert_eq!(verdicts(&json(&output)), all("bit-equal", 5));
    let then = read(&sandbox.path("results/study/manifest.json"))["files"][0]["sha256"].clone();
    let then = then.as_str().unwrap();
    sandbox.write("data/rows.csv", &table(1000));
    let changed = sandbox.run(&["reproduce", "study"]);
    assert_code(&changed, 2);
    let said = stderr(&changed);
    for words in ["rows.csv", then, "now", "put the file of then back", "--base"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!sandbox.path("results/study+reproduced").exists());
    // The rows of then, in another folder.
    fs::create_dir_all(sandbox.path("kept/data")).unwrap();
    sandbox.write("kept/data/rows.csv", &table(0));
    let output = sandbox.run(&["reproduce", "study", "--base", "kept", "--json"]);
    assert_code(&output, 0);
    assert_eq!(verdicts(&json(&output)), all("bit-equal", 5));
}

/// Manifest and records as the version before this one wrote them.
fn made_old(sandbox: &Sandbox) {
    let is_new = |key: &String| {
        let kept = ["oddbench", "platform", "cpu", "cores", "jobs"];
        !kept.contains(&key.as_str())
    };
    let old_environment = |value: &mut Value| {
        let environment = value["environment"].as_object_mut().unwrap();
        let keys: Vec<String> = environment.keys().filter(|key| is_new(key)).cloned().collect();
        assert!(keys.len() > 3, "{keys:?}");
        keys.iter().for_each(|key| drop(environment.remove(key)));
    };
    let path = sandbox.path("results/study/manifest.json");
    let mut manifest = read(&path);
    old_environment(&mut manifest);
    for key in ["spec_text", "files", "devices"] {
        manifest.as_object_mut().unwrap().remove(key);
    }
    write_unsealed(&path, manifest);
    for entry in fs::read_dir(sandbox.path("results/study/trials")).unwrap() {
        let path = entry.unwrap().path().join("record.json");
        let mut record = read(&path);
        old_environment(&mut record);
        record.as_object_mut().unwrap().remove("score_sha256").unwrap();
        write_unsealed(&path, record);
    }
    fs::remove_file(sandbox.path("results/study/score-digests.csv")).unwrap();
}

#[test]
fn an_old_manifest_is_repeated_from_the_file_if_it_says_the_same() {
    let sandbox = studied();
    made_old(&sandbox);
    let output = sandbox.run(&["reproduce", "study"]);
    assert_code(&output, 0);
    let said = stdout(&output);
    assert!(said.contains("5 trials: 5 bit-equal"), "{said}");
    assert!(said.contains("the results do not tell: build."), "{said}");
    sandbox.write("study.toml", &STUDY.replace("n_estimators = 5", "n_estimators = 6"));
    let changed = sandbox.run(&["reproduce", "study", "--into", "again"]);
    assert_code(&changed, 2);
    let said = stderr(&changed);
    for words in ["model.forest.params.n_estimators: 5 then, 6 now", "study.toml", "oddbench 0."] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // A run with this version adds to the results what is missing.
    sandbox.write("study.toml", STUDY);
    assert_code(&sandbox.run(&["run", "study.toml"]), 0);
    let lines = summary(&sandbox.path("results/study/score-digests.csv"));
    assert_eq!(lines.len(), 5);
}
