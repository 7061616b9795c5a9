//! The gate for a continuous build, `oddbench compare --fail-on-regression`: how often it is red where nothing has changed.

use oddbench_core::results::ExperimentResults;
use oddbench_engine::Store;
use oddbench_report::changes::{Tolerances, changes};

use crate::oddbench::{Sandbox, assert_code};

/// Seeds of one isolation forest on one file, three at a time.
const SEEDS: usize = 60;
const AT_A_TIME: usize = 3;

const FILE: &str = r#"
name = "seeds"
dataset = { kind = "synthetic", rows = 1500 }
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
run = { seeds = [SEEDS] }

[[model]]
kind = "isolation-forest"
name = "forest"
params = { n_estimators = 10 }
"#;

fn only(results: &ExperimentResults, trials: std::ops::Range<usize>) -> ExperimentResults {
    ExperimentResults { trials: results.trials[trials].to_vec(), ..results.clone() }
}

/// Other seeds of the same file are no regression: each metric falls significantly in one comparison of forty, by
/// chance, and not in one of three. Nothing is tolerated here, so that the intervals alone decide.
#[test]
fn other_seeds_of_the_same_file_are_red_as_rarely_as_stated() {
    let sandbox = Sandbox::new();
    let seeds: Vec<String> = (1..=SEEDS).map(|seed| seed.to_string()).collect();
    let file = sandbox.write("seeds.toml", &FILE.replace("SEEDS", &seeds.join(", ")));
    let args = ["run", file.to_str().unwrap(), "--results", "results", "--no-report", "--quiet"];
    assert_code(&sandbox.run(&args), 0);
    let results = Store::load(&sandbox.path("results/seeds")).unwrap();
    assert_eq!(results.trials.len(), SEEDS);
    let groups: Vec<ExperimentResults> = (0..SEEDS / AT_A_TIME)
        .map(|at| only(&results, at * AT_A_TIME..(at + 1) * AT_A_TIME))
        .collect();
    let mut strict = Tolerances::default();
    strict.0.values_mut().for_each(|tolerance| *tolerance = 0.0);
    let (mut red, mut judged, mut failed, mut compared) = (0, 0, 0, 0);
    for (at, first) in groups.iter().enumerate() {
        for second in groups.iter().skip(at + 1) {
            for sides in [[first, second], [second, first]] {
                let found = changes(["first", "second"], sides, strict.clone());
                let of = found.rows[0].figures.iter().filter(|figure| figure.tolerance.is_some());
                judged += of.clone().count();
                red += of.filter(|figure| figure.regression).count();
                failed += usize::from(!found.regressions.is_empty());
                compared += 1;
            }
        }
    }
    let share = red as f64 / judged as f64;
    let failures = f64::from(failed as u32) / f64::from(compared);
    eprintln!(
        "{:.1} % of {judged} figures fall by more than chance; {:.1} % of {compared} comparisons are red",
        100.0 * share,
        100.0 * failures
    );
    assert_eq!(judged, 3 * compared as usize);
    assert!(share <= 0.05, "{share} of the figures, 0.025 at best");
    assert!(failures <= 0.08, "{failures} of the comparisons are red");
}

/// The gate still sees what has become worse: fewer trees, other seeds.
#[test]
fn a_model_that_is_worse_is_red_with_other_seeds_too() {
    let sandbox = Sandbox::new();
    let run = |name: &str, seeds: &str, trees: &str| {
        let text = FILE.replace("SEEDS", seeds).replace("n_estimators = 10", trees);
        let file = sandbox.write(&format!("{name}.toml"), &text);
        let args = ["run", file.to_str().unwrap(), "--results", name, "--no-report", "--quiet"];
        assert_code(&sandbox.run(&args), 0);
    };
    run("good", "1, 2, 3, 4, 5", "n_estimators = 100");
    run("bad", "6, 7, 8, 9, 10", "n_estimators = 1, max_samples = 4");
    let args = ["compare", "good/seeds", "bad/seeds", "--fail-on-regression"];
    assert_code(&sandbox.run(&args), 1);
    let back = ["compare", "bad/seeds", "good/seeds", "--fail-on-regression"];
    assert_code(&sandbox.run(&back), 0);
}
