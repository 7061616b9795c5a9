//! Parameters by the names of PyOD and scikit-learn, on the command line.

use crate::oddbench::{Sandbox, assert_code, stderr, stdout};

const FILE: &str = r#"
name = "spelled"
dataset = { kind = "synthetic", rows = 600, features = ["src_bytes", "dst_bytes", "count"] }
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
model = [{ kind = "hbos", params = { tolerance = 0.25 } }]
"#;

const HINT: &str = "model `hbos`: `tol` is called `tolerance` here";

#[test]
fn the_other_spelling_is_told_and_is_the_same_trial() {
    let sandbox = Sandbox::new();
    sandbox.write("ours.toml", FILE);
    sandbox.write("theirs.toml", &FILE.replace("tolerance", "tol"));
    let run = sandbox.run(&["run", "ours.toml", "--no-report"]);
    assert_code(&run, 0);
    assert!(!stderr(&run).contains("is called"), "{}", stderr(&run));
    for verb in ["check", "plan", "run"] {
        let output = sandbox.run(&[verb, "theirs.toml"]);
        assert_code(&output, 0);
        assert_eq!(stderr(&output).matches(HINT).count(), 1, "{verb}: {}", stderr(&output));
    }
    let trials = std::fs::read_dir(sandbox.path("results/spelled/trials")).unwrap();
    assert_eq!(trials.count(), 1, "one trial, whatever the spelling");
    let check = sandbox.run(&["check", "theirs.toml", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&stdout(&check)).unwrap();
    assert_eq!(value["checked"][0]["hints"][0], HINT);
}

#[test]
fn a_fit_takes_the_other_spelling_and_tells_it() {
    let sandbox = Sandbox::new();
    let rows: String = (0..60).map(|i| format!("{},{}\n", i, (i * 7) % 11)).collect();
    sandbox.write("rows.csv", &format!("a,b\n{rows}"));
    let fit = |output: &str, set: &str| {
        let args =
            ["fit", "--model", "hbos", "--input", "rows.csv", "--output", output, "--set", set];
        sandbox.run(&args)
    };
    let output = fit("one", "tol=0.25");
    assert_code(&output, 0);
    assert!(stderr(&output).contains("`tol` is called `tolerance` here"), "{}", stderr(&output));
    let output = fit("two", "contamination=0.1");
    assert_code(&output, 2);
    assert!(stderr(&output).contains("`--quantile` of `oddbench fit`"), "{}", stderr(&output));
}

#[test]
fn the_names_elsewhere_are_listed() {
    let text = stdout(&Sandbox::new().run(&["models", "hbos"]));
    assert!(text.contains("(also: tol)"), "{text}");
}
