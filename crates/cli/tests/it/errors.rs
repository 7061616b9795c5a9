//! Mistakes and missing things: each has its exit code, a message with the remedy, and no panic.

use crate::oddbench::{Sandbox, assert_code, experiment, stderr, stdout};

const GOOD: &str = r#"
name = "small"
[dataset]
kind = "synthetic"
rows = 600
[split]
kind = "holdout"
[threshold]
rule = "max-f1"
[[model]]
kind = "pca"
"#;

#[test]
fn a_misspelt_key_shows_file_line_and_the_right_spelling() {
    let sandbox = Sandbox::new();
    sandbox.write("typo.toml", &GOOD.replace("rows = 600", "rowz = 600"));
    let output = sandbox.run(&["run", "typo.toml"]);
    assert_code(&output, 2);
    let text = stderr(&output);
    for part in ["[typo.toml:5:1]", "no key `rowz`", "did you mean `rows`?"] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    assert!(!sandbox.path("results").exists());
}

#[test]
fn an_override_of_a_missing_key_names_the_option() {
    let sandbox = Sandbox::new();
    sandbox.write("good.toml", GOOD);
    let output = sandbox.run(&["check", "good.toml"]);
    assert_code(&output, 0);
    let output = sandbox.run(&["plan", "good.toml", "--set", "model.pca.params.componentz=3"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("--set"), "{}", stderr(&output));
}

#[test]
fn a_file_that_is_not_there_is_exit_2() {
    let output = Sandbox::new().run(&["run", "nowhere.toml"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("nowhere.toml"));
}

#[test]
fn a_backend_that_is_not_there_is_exit_4_before_any_download() {
    let sandbox = Sandbox::new();
    let file = experiment("kdd99-published.toml");
    let devices = stdout(&sandbox.run(&["devices", "--json"]));
    let devices: serde_json::Value = serde_json::from_str(&devices).unwrap();
    let listed = devices["devices"].as_array().unwrap().iter();
    let absent = listed.filter(|device| device["available"] == false);
    for backend in absent.map(|device| device["backend"].as_str().unwrap()) {
        let args = ["run", file.to_str().unwrap(), "--backends", backend];
        let output = sandbox.run(&args);
        assert_code(&output, 4);
        assert!(stderr(&output).contains(backend), "{}", stderr(&output));
        // Burn's panic, if there was one, is not what the user sees.
        assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
        assert!(!sandbox.path("cache").exists());
    }
}

#[test]
fn data_that_cannot_be_had_is_exit_3_with_the_remedy() {
    let sandbox = Sandbox::new();
    let file = experiment("kdd99-published.toml");
    let output = sandbox.run(&["run", file.to_str().unwrap(), "--offline"]);
    assert_code(&output, 3);
    assert!(stderr(&output).contains("ODDBENCH_MIRROR"), "{}", stderr(&output));
}

#[test]
fn json_errors_are_json() {
    let sandbox = Sandbox::new();
    sandbox.write("typo.toml", &GOOD.replace("max-f1", "max-f3"));
    let output = sandbox.run(&["check", "typo.toml", "--json"]);
    assert_code(&output, 2);
    let value: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(value["error"]["line"], 9);
    assert_eq!(value["error"]["exit_code"], 2);
}

#[test]
fn every_verb_explains_itself() {
    let sandbox = Sandbox::new();
    let help = stdout(&sandbox.run(&["--help"]));
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    // A verb stands two blanks in; what it does may go on on lines further in.
    let verb = |line: &str| line.strip_prefix("  ")?.split(' ').next().map(str::to_owned);
    let verbs: Vec<String> = commands.lines().filter_map(verb).filter(|v| !v.is_empty()).collect();
    assert!(verbs.len() > 10 && verbs.contains(&"serve".to_owned()), "{verbs:?}");
    let readme = std::fs::read_to_string(crate::oddbench::workspace().join("README.md")).unwrap();
    for verb in verbs.iter().filter(|verb| *verb != "help") {
        let output = sandbox.run(&[verb, "--help"]);
        assert_code(&output, 0);
        assert!(stdout(&output).contains(&format!("Usage: oddbench {verb}")), "{verb}");
        assert!(readme.contains(&format!("`oddbench {verb}")), "README.md does not list {verb}");
    }
}

#[test]
fn usage_lines_do_not_ask_for_what_the_environment_gives() {
    let sandbox = Sandbox::new();
    let output = sandbox.run_with(std::path::Path::new("somewhere"), &["fit", "--model", "pca"]);
    assert_code(&output, 2);
    let usage = stderr(&output).lines().find(|line| line.starts_with("Usage:")).unwrap().to_owned();
    assert!(usage.contains("--input") && !usage.contains("--mirror"), "{usage}");
}

#[test]
fn the_lists_of_models_and_devices_are_there() {
    let sandbox = Sandbox::new();
    let output = sandbox.run(&["models"]);
    assert_code(&output, 0);
    for kind in ["pca", "ocsvm", "isolation-forest", "autoencoder", "constant", "random"] {
        assert!(stdout(&output).contains(kind), "{kind}");
    }
    assert_code(&sandbox.run(&["models", "pca"]), 0);
    assert_code(&sandbox.run(&["models", "pcb"]), 2);
    let near = stderr(&sandbox.run(&["models", "isolaton"]));
    assert!(near.contains("did you mean \"isolation-forest\""), "{near}");
    let output = sandbox.run(&["devices", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(value["devices"][0]["backend"], "cpu");
    assert_eq!(value["devices"][0]["available"], true);
    assert_eq!(value["devices"][0]["hardware"], "processor");
    for device in value["devices"].as_array().unwrap() {
        // A device that can't be used has a remedy; a backend that is not compiled in can't be used.
        let usable = device["available"] == true;
        assert_eq!(device["remedy"].is_null(), usable, "{device}");
        assert!(!usable || device["compiled_in"] == true, "{device}");
    }
}

#[test]
fn committed_experiments_are_right() {
    let folder = crate::oddbench::workspace().join("experiments");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert_code(&Sandbox::new().run(&["check", path.to_str().unwrap()]), 0);
        files += 1;
    }
    assert!(files >= 3);
}
