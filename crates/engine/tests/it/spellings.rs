//! Parameters by the names of other libraries: the same trials, a hint, and advice where they mean
//! something else.

use std::path::Path;

use oddbench_engine::plan;
use oddbench_engine::spec::{self, Overrides, Spec};

const FILE: &str = r#"
name = "spelled"
dataset = { kind = "synthetic", rows = 600, features = ["src_bytes", "dst_bytes", "count"] }
split = { kind = "holdout" }
threshold = { rule = "max-f1" }

[[model]]
kind = "ocsvm"
params = { tolerance = 0.01 }

[[model]]
kind = "autoencoder"
name = "AE"
params = { epochs = 3 }
sweep = { latent = [1, 2], learning_rate = [0.01, 0.001] }
"#;

fn load(text: &str, set: &[&str]) -> Result<Spec, String> {
    let set = set.iter().map(ToString::to_string).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    let spec = spec::parse(Path::new("spelled.toml"), text.to_owned(), &overrides);
    spec.map_err(|error| error.to_string())
}

/// Address and parameters of every trial.
fn trials(spec: &Spec) -> Vec<String> {
    let trials = plan::resolve(spec).unwrap().trials.into_iter();
    let mut trials: Vec<String> =
        trials.map(|trial| format!("{} {}", trial.info.id, trial.info.params)).collect();
    trials.sort();
    trials
}

#[test]
fn other_spellings_are_the_same_trials_and_are_told() {
    let ours = load(FILE, &[]).unwrap();
    assert!(ours.hints.is_empty());
    let spelled = FILE
        .replace("tolerance", "tol")
        .replace("epochs = 3", "epoch_num = 3")
        .replace("latent = ", "latent_dim = ")
        .replace("learning_rate = ", "lr = ");
    let theirs = load(&spelled, &[]).unwrap();
    assert_eq!(theirs.experiment, ours.experiment);
    assert_eq!(trials(&theirs), trials(&ours));
    assert_eq!(
        theirs.hints,
        [
            "model `ocsvm`: `tol` is called `tolerance` here",
            "model `AE`: `epoch_num` is called `epochs` here",
            "model `AE`: `latent_dim` is called `latent` here",
            "model `AE`: `lr` is called `learning_rate` here",
        ]
    );
}

#[test]
fn random_draws_do_not_depend_on_the_spelling() {
    let grid = "sweep = { latent = [1, 2], learning_rate = [0.01, 0.001] }";
    let draws = "sweep = { random = 5, latent = [1, 2, 4], learning_rate = { min = 1e-4, max = 1e-2, log = true }, beta_1 = { min = 0.5, max = 0.9 } }";
    let ours = FILE.replace(grid, draws);
    // In the order of the alphabet this name comes elsewhere.
    let theirs = ours.replace("latent = ", "latent_dim = ").replace("learning_rate = ", "lr = ");
    assert_eq!(load(&theirs, &[]).unwrap().experiment, load(&ours, &[]).unwrap().experiment);
}

#[test]
fn an_option_may_spell_otherwise_than_the_file() {
    let ours = load(FILE, &["model.ocsvm.params.tolerance=0.05"]).unwrap();
    let theirs = load(FILE, &["model.ocsvm.params.tol=0.05"]).unwrap();
    // The name of the results tells the options as they were written.
    assert_eq!(theirs.experiment.models, ours.experiment.models);
    assert_eq!(theirs.hints, ["model `ocsvm`: `tol` is called `tolerance` here"]);
}

fn broken(from: &str, to: &str) -> String {
    load(&FILE.replace(from, to), &[]).unwrap_err()
}

#[test]
fn what_means_something_else_is_refused_where_it_stands() {
    let error = broken("tolerance = 0.01", "contamination = 0.1");
    assert!(error.contains("`contamination` is no parameter of ocsvm"), "{error}");
    assert!(error.contains("[[threshold]]"), "{error}");
    assert!(error.contains("spelled.toml:9:12"), "{error}");
    let error = broken("latent = [1, 2]", "hidden_neuron_list = [[8, 2], [4, 1]]");
    assert!(error.contains("`hidden_neuron_list` is no parameter of autoencoder"), "{error}");
    assert!(error.contains("model[1].sweep.hidden_neuron_list"), "{error}");
}

#[test]
fn faults_stand_at_the_written_name() {
    let error = broken("tolerance = 0.01", "tol = 2");
    assert!(error.contains("model[0].params.tol") && error.contains("spelled.toml:9"), "{error}");
    let error = broken("latent = [1, 2]", "latent_dim = [1, 0]");
    assert!(error.contains("model[1].sweep.latent_dim"), "{error}");
    let error = broken("params = { epochs = 3 }", "params = { lr = 0.1 }");
    assert!(error.contains("`lr` is in params too"), "{error}");
    let error = broken("tolerance = 0.01", "tolerance = 0.01, tol = 0.01");
    assert!(error.contains("are the same parameter"), "{error}");
}
