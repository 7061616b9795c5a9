//! `oddbench new`: what it writes works as it is, and nothing is overwritten.
#![cfg(unix)]

use serde_json::Value;

use crate::oddbench::{
    PYTHON, Sandbox, answers, assert_code, number, stderr, stdout, summary, workspace,
};

/// A language of `oddbench new model`, the ending of its programs, and a command that shows whether it is installed.
const LANGUAGES: [(&str, &str, &[&str]); 3] = [
    ("python", "py", PYTHON),
    ("r", "R", &["Rscript", "--version"]),
    ("shell", "sh", &["awk", "BEGIN { exit }"]),
];

#[test]
fn a_new_model_keeps_the_contract_and_runs_in_every_language() {
    for (language, ending, needs) in LANGUAGES {
        if !answers(needs, "oddbench new model") {
            continue;
        }
        let sandbox = Sandbox::new();
        let output = sandbox.run(&["new", "model", "mine-1", "--language", language]);
        assert_code(&output, 0);
        let told = stdout(&output);
        let program = format!("mine-1.{ending}");
        for words in
            [format!("wrote {program} and mine-1.toml, and "), "oddbench run mine-1.toml".into()]
        {
            assert!(told.contains(&words), "{words}: {told}");
        }
        for name in [&*program, "mine-1.toml"] {
            let text = std::fs::read_to_string(sandbox.path(name)).unwrap();
            for other in ["my_model", "mahalanobis.R", "mean_distance"] {
                assert!(!text.contains(other), "{name} speaks of {other}");
            }
        }
        let output = sandbox.run(&["check", "--contract", "mine-1.toml"]);
        assert_code(&output, 0);
        assert!(stdout(&output).contains("kept    one finite score a row"), "{}", stdout(&output));
        assert_code(&sandbox.run(&["run", "mine-1.toml", "--no-report"]), 0);
        let rows = summary(&sandbox.path("results/mine-1/summary.csv"));
        let area =
            |name: &str| number(rows.iter().find(|row| row["name"] == name).unwrap(), "roc_auc");
        match language {
            "r" => assert!((area("mine") - area("mahalanobis")).abs() < 1e-6, "one definition"),
            _ => assert!(area("mine") > 0.5, "{language}: {}", area("mine")),
        }
    }
}

#[test]
fn no_file_is_overwritten_and_another_name_helps() {
    let sandbox = Sandbox::new();
    sandbox.write("my_model.toml", "mine");
    let output = sandbox.run(&["new", "model"]);
    assert_code(&output, 2);
    let said = stderr(&output);
    assert!(said.contains("my_model.toml is there already"), "{said}");
    assert!(said.contains("oddbench new model NAME"), "{said}");
    assert!(!sandbox.path("my_model.py").exists(), "half of it was written");
    assert_eq!(std::fs::read_to_string(sandbox.path("my_model.toml")).unwrap(), "mine");

    let output = sandbox.run(&["new", "model", "other", "--json"]);
    assert_code(&output, 0);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["written"][0], "other.py");
    assert_eq!(value["next"][0]["command"], "oddbench check --contract other.toml");

    let output = sandbox.run(&["new", "model", "../elsewhere"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("begin with a letter"), "{}", stderr(&output));

    // sklearn.py beside the program would be imported in place of the package.
    let output = sandbox.run(&["new", "model", "sklearn"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("use sklearn_model"), "{}", stderr(&output));
}

/// Carries out the commands of a section of docs/ADDING-A-MODEL.md.
fn try_section(title: &str, sandbox: &Sandbox) {
    let document = std::fs::read_to_string(workspace().join("docs/ADDING-A-MODEL.md")).unwrap();
    let section = document.split("\n## ").find(|section| section.starts_with(title)).unwrap();
    let commands = section.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    for line in commands.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let output = match words[0] {
            "oddbench" => sandbox.run(&words[1..]),
            "python3" => {
                let mut command = std::process::Command::new("python3");
                command.args(&words[1..]).current_dir(sandbox.dir.path()).output().unwrap()
            }
            _ => panic!("{line}"),
        };
        assert_code(&output, 0);
    }
}

#[test]
fn the_commands_of_the_document_work() {
    if !answers(PYTHON, "docs/ADDING-A-MODEL.md") {
        return;
    }
    let sandbox = Sandbox::new();
    try_section("A program in any language\n", &sandbox);
    assert!(sandbox.path("reports/my_model/index.html").is_file());

    let sandbox = Sandbox::new();
    for name in ["first.toml", "mean_distance.py"] {
        let example = workspace().join("examples/external/scores").join(name);
        std::fs::copy(example, sandbox.path(name)).unwrap();
    }
    try_section("Scores computed elsewhere\n", &sandbox);
    let page = std::fs::read_dir(sandbox.path("reports")).unwrap().next().unwrap().unwrap().path();
    let page = std::fs::read_to_string(page.join("index.html")).unwrap();
    assert!(page.contains("fitted elsewhere"));
}

/// The first line names the schema that is written beside the file.
fn first_line(sandbox: &Sandbox, file: &str) {
    let text = std::fs::read_to_string(sandbox.path(file)).unwrap();
    assert_eq!(text.lines().next(), Some("#:schema oddbench.schema.json"), "{file}");
    let schema = std::fs::read_to_string(sandbox.path("oddbench.schema.json")).unwrap();
    assert_eq!(schema, stdout(&sandbox.run(&["schema"])));
}

#[test]
fn a_new_experiment_is_right_and_runs_under_the_name_that_was_given() {
    let sandbox = Sandbox::new();
    let output = sandbox.run(&["new", "experiment", "first"]);
    assert_code(&output, 0);
    first_line(&sandbox, "first.toml");
    let checked = sandbox.run(&["check", "first.toml"]);
    assert_code(&checked, 0);
    assert!(stderr(&checked).contains("next: oddbench run first.toml"), "{}", stderr(&checked));
    let text = std::fs::read_to_string(sandbox.path("first.toml")).unwrap();
    assert!(text.contains("name = \"first\"") && !text.contains("my_experiment"), "{text}");
    let ran = sandbox.run(&["run", "first.toml", "--no-report", "--seeds", "1"]);
    assert_code(&ran, 0);
    assert!(stdout(&ran).contains("PCA (best of 3: n_components = "), "{}", stdout(&ran));
    let last = stderr(&ran).lines().last().unwrap().to_owned();
    assert!(last.starts_with("next: oddbench report first+seeds=1"), "{last}");
}

#[test]
fn a_new_dataset_comes_with_rows_or_reads_a_table_of_the_users() {
    let sandbox = Sandbox::new();
    assert_code(&sandbox.run(&["new", "dataset"]), 0);
    first_line(&sandbox, "my_dataset.toml");
    assert_code(&sandbox.run(&["check", "my_dataset.toml"]), 0);
    let text = std::fs::read_to_string(sandbox.path("my_dataset.toml")).unwrap();
    for line in [
        "path = \"my_dataset.csv\"",
        "label = \"label\"",
        "inliers = [\"normal\"]",
        "#   src_ip     left out: address",
        "\"scan\" (20 rows)",
    ] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }

    // A table with two columns of labels, of which one names the attacks, gaps and infinite values.
    let row = |i: usize| {
        let (attack, label) = if i % 10 == 3 { ("dos", 1) } else { ("benign", 0) };
        let rate = if i.is_multiple_of(9) { "inf".to_owned() } else { (i % 17).to_string() };
        let gap = if i.is_multiple_of(5) { String::new() } else { (i % 7).to_string() };
        format!("{};{rate};{gap};{attack};{label}\n", i % 50)
    };
    let rows: String = (0..400).map(row).collect();
    sandbox.write("my flows.csv", &format!("bytes;rate;gap;attack;label\n{rows}"));
    let output = sandbox.run(&["new", "dataset", "my flows.csv"]);
    assert_code(&output, 0);
    let text = std::fs::read_to_string(sandbox.path("my-flows.toml")).unwrap();
    assert!(text.contains("label = \"attack\"") && text.contains("[\"benign\"]"), "{text}");
    assert_code(&sandbox.run(&["check", "my-flows.toml"]), 0);

    // What cannot be guessed is asked for, with the values that there are.
    sandbox.write("odd.csv", &rows_of_unusual_classes());
    let refused = |args: &[&str]| {
        let output = sandbox.run(args);
        assert_code(&output, 2);
        stderr(&output)
    };
    assert!(refused(&["new", "dataset", "odd.csv"]).contains("--label NAME"));
    let said = refused(&["new", "dataset", "odd.csv", "--label", "colour"]);
    assert!(said.contains("--inliers") && said.contains("\"blue\""), "{said}");
    let args = ["new", "dataset", "other", "--from", "odd.csv", "--label", "colour", "--inliers"];
    assert_code(&sandbox.run(&[&args[..], &["blue,green"]].concat()), 0);
    assert_code(&sandbox.run(&["check", "other.toml"]), 0);
    assert!(refused(&["new", "dataset", "nowhere.csv"]).contains("there is no such file"));
}

/// With one class there is nothing that --inliers could choose: the refusal says so and does not ask for it.
#[test]
fn a_file_of_one_class_is_refused_with_the_reason() {
    let sandbox = Sandbox::new();
    let rows: String = (0..60).map(|i| format!("{},{},0\n", i % 31, i * 7 % 19)).collect();
    sandbox.write("zeros.csv", &format!("x,z,label\n{rows}"));
    for more in [&[][..], &["--inliers", "0"]] {
        let args = ["new", "dataset", "zz", "--from", "zeros.csv", "--label", "label"];
        let output = sandbox.run(&[&args[..], more].concat());
        assert_code(&output, 2);
        let said = stderr(&output);
        assert!(said.contains("one class alone") && said.contains("no outliers"), "{said}");
        assert!(!said.contains("--inliers CLASS"), "{said}");
    }
}

fn rows_of_unusual_classes() -> String {
    let colour = |i: usize| ["blue", "green", "red"][if i.is_multiple_of(20) { 2 } else { i % 2 }];
    let row = |i: usize| format!("{},{},{}\n", i % 31, (i * 7) % 19, colour(i));
    format!("x,z,colour\n{}", (0..300).map(row).collect::<String>())
}

#[test]
fn a_schema_of_somebody_else_is_not_replaced() {
    let sandbox = Sandbox::new();
    sandbox.write("oddbench.schema.json", "{}");
    let output = sandbox.run(&["new", "experiment"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("rename it"), "{}", stderr(&output));
    assert!(!sandbox.path("my_experiment.toml").exists());
}
