//! A second run that was killed continues where it stopped.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::*;

/// Long enough to be caught in the middle.
const SLOW: &str = r#"
name = "slow"
dataset = { kind = "synthetic", rows = 4000 }
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
run = { seeds = [1, 2, 3, 4, 5, 6] }
model = [{ kind = "autoencoder", params = { epochs = 40 } }]
"#;

#[test]
fn a_killed_reproduction_goes_on() {
    let sandbox = Sandbox::new();
    sandbox.write("slow.toml", SLOW);
    assert_code(&sandbox.run(&["run", "slow.toml", "--no-report"]), 0);
    let before = contents(&sandbox.path("results"));
    let finished = || {
        let trials = fs::read_dir(sandbox.path("results/slow+reproduced/trials"));
        let trials = trials.into_iter().flatten().flatten();
        trials.filter(|entry| entry.path().join("record.json").exists()).count()
    };
    let mut command = sandbox.command();
    command.args(["reproduce", "slow", "--jobs", "1"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let start = Instant::now();
    while finished() < 1 && start.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!((1..6).contains(&finished()), "{} trials were done", finished());
    let output = sandbox.run(&["reproduce", "slow", "--json"]);
    assert_code(&output, 0);
    let told = json(&output);
    assert_eq!(verdicts(&told), all("bit-equal", 6));
    assert!(told["run"]["cached"].as_u64().unwrap() > 0, "{told}");
    let mut after = contents(&sandbox.path("results"));
    after.retain(|path, _| !path.starts_with(sandbox.path("results/slow+reproduced")));
    assert_eq!(after, before);
}
