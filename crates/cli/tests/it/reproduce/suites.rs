//! Results on several data sets.

use super::*;

const SUITE: &str = r#"
name = "pair"
dataset = [
  { kind = "synthetic", name = "small", rows = 400, features = ["src_bytes", "count"] },
  { kind = "synthetic", name = "large", rows = 600, features = ["src_bytes", "count"] },
]
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
model = [{ kind = "hbos" }, { kind = "isolation-forest", params = { n_estimators = 5 } }]
"#;

#[test]
fn several_data_sets_are_repeated_together_or_one_alone() {
    let sandbox = Sandbox::new();
    sandbox.write("pair.toml", SUITE);
    assert_code(&sandbox.run(&["run", "pair.toml", "--no-report"]), 0);
    let before = contents(&sandbox.path("results"));
    fs::remove_file(sandbox.path("pair.toml")).unwrap();
    let output = sandbox.run(&["reproduce", "pair", "--json"]);
    assert_code(&output, 0);
    let told = json(&output);
    assert_eq!(verdicts(&told), all("bit-equal", 4));
    assert_eq!(told["reproduced"]["trials"][3]["set"], "large");
    assert_eq!(told["run"]["completed"], 4);
    let output = sandbox.run(&["reproduce", "results/pair/large", "--json"]);
    assert_code(&output, 0);
    assert_eq!(verdicts(&json(&output)), all("bit-equal", 2));
    assert!(sandbox.path("results/pair-large+reproduced/summary.csv").exists());
    let mut after = contents(&sandbox.path("results"));
    after.retain(|path, _| !path.display().to_string().contains("+reproduced"));
    assert_eq!(after, before);
}
