//! Commands before a run: addresses, what is refused, and the contract.

use std::fs;

use oddbench_engine::external::contract;
use oddbench_engine::plan;
use oddbench_models::contract::Found;

use super::{Bench, example, python_has};

#[test]
fn the_address_covers_the_content_of_files_and_no_limit() {
    let id = |script: &str, keys: &str| {
        plan::resolve(&Bench::new(script, keys).spec()).unwrap().trials[0].info.id.clone()
    };
    let first = id("echo 1", "");
    assert_eq!(id("echo 1", "timeout = \"5m\"\nmax_memory = \"1 GB\"\nthreads = 3"), first);
    assert_ne!(id("echo 2", ""), first);
    assert_ne!(id("echo 1", "params = { depth = 3 }"), first);
}

/// A file that stays where it is decides the scores as much as a file that is copied.
#[test]
fn the_address_covers_files_that_the_command_names_by_absolute_paths() {
    let bench = Bench::new("", "");
    let path = |name: &str| bench.0.path().join(name).display().to_string();
    let id = |command: &str| {
        bench.experiment(command);
        plan::resolve(&bench.spec()).unwrap().trials[0].info.id.clone()
    };
    for command in [
        format!("command = [\"sh\", \"{}\"]", path("other")),
        format!("command = [\"sh\", \"-c\", \"true\", \"--data={}\"]", path("other")),
        format!("command = [\"{}\"]", path("other")),
    ] {
        bench.write("other", "echo 1");
        let made = std::process::Command::new("chmod").args(["+x", &path("other")]).status();
        assert!(made.unwrap().success());
        let first = id(&command);
        assert_eq!(id(&command), first);
        bench.write("other", "echo 2");
        assert_ne!(id(&command), first, "{command}");
    }
}

#[test]
fn a_file_that_the_command_names_and_that_changes_while_the_run_begins_is_no_result() {
    let bench = Bench::new("", "");
    bench.write("other", "exit");
    let other = bench.0.path().join("other");
    bench.experiment(&format!("command = [\"sh\", {:?}]", other.display().to_string()));
    let detectors = contract(&bench.spec());
    bench.write("other", "exit 1");
    let said = format!("{:?}", detectors[0].check(|_| {})[0]);
    assert!(said.contains("has changed since the experiment was read"), "{said}");
}

#[test]
fn a_command_runs_once_a_seed_unless_it_is_deterministic() {
    let seeds = |keys: &str| {
        let plan = plan::resolve(&Bench::new("", keys).spec()).unwrap();
        plan.trials.iter().map(|trial| trial.info.seed).collect::<Vec<_>>()
    };
    assert_eq!(seeds("seeds = [1, 2]"), [Some(1), Some(2)]);
    assert_eq!(seeds("seeds = [1, 2]\ndeterministic = true"), [None]);
    assert_eq!(seeds("seeds = [1]\nsweep = { depth = [1, 2] }").len(), 2);
}

#[test]
fn what_cannot_be_run_is_refused_at_its_key() {
    let refused = |model: &str| {
        let bench = Bench::new("", "");
        fs::create_dir(bench.0.path().join("sub")).unwrap();
        bench.write("sub/part.sh", "");
        let pipe = bench.0.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
        bench.experiment(&model.replace("../sub", "sub/../sub"));
        bench.refused()
    };
    let command = "command = [\"sh\", \"model.sh\"]";
    let files = "files = [\"model.sh\"]";
    for (model, said) in [
        ("", "model[0].command: a model of kind \"external\" needs a command"),
        ("command = []", "model[0].command: the command is empty"),
        ("command = [\"no-such-program-here\"]", "model[0].command[0]: there is no program"),
        (command, "model[0].command[1]: the command is started in a folder of its own"),
        ("command = [\"./model.sh\"]", "model[0].command[0]: \"./model.sh\" will not be"),
        (&format!("command = [\"./model.sh\"]\n{files}"), "is not a program that can be started"),
        (&format!("{command}\nfiles = [\"gone.sh\"]"), "model[0].files[0]: "),
        (&format!("{command}\nfiles = [\"model.sh\", \"./model.sh\"]"), "two files are called"),
        (
            &format!("{command}\n{files}\ntimeout = \"soon\""),
            "model[0].timeout: \"soon\" is no time",
        ),
        (&format!("{command}\n{files}\nmax_memory = \"much\""), "model[0].max_memory: "),
        (&format!("{command}\n{files}\ntimeout = \"5\""), "write the unit too: timeout = \"5s\""),
        (&format!("{command}\n{files}\ntimeout = 5"), "write a unit, in quotes: timeout = \"90s\""),
        (
            "command = [\"sh\", \"--script=model.sh\"]",
            "model[0].command[1]: the command is started in a folder of its own, and \"model.sh\"",
        ),
        (
            "command = [\"sh\", \"../sub/part.sh\"]\nfiles = [\"../sub/part.sh\"]",
            "will not be there; call it \"part.sh\" in the command",
        ),
        (&format!("{command}\nfiles = [\"model.sh\", \"pipe\"]"), "model[0].files[1]: "),
        (
            &format!("{command}\n{files}\nparams = {{ a = {{ b = [1.0, nan] }} }}"),
            "model[0].params.a.b[1]: a parameter cannot be nan or inf",
        ),
        (
            &format!("{command}\n{files}\nsweep = {{ a = [1.0, inf] }}"),
            "model[0].sweep.a[1]: a parameter cannot be nan or inf",
        ),
        (&format!("{command}\n{files}\nthreads = 0"), "model[0].threads: 0 is out of range"),
        (&format!("{command}\n{files}\nsupervised = true"), "model[0].supervised: "),
        (&format!("{command}\n{files}\nparams = 3"), "model[0].params: "),
    ] {
        let found = refused(model);
        assert!(found.contains(said), "{model}: {found}");
    }
    let bench = Bench::new("", "");
    let text = fs::read_to_string(bench.0.path().join("experiment.toml")).unwrap();
    let other = text.replace("kind = \"external\"", "kind = \"pca\"");
    bench.write("experiment.toml", &other);
    assert!(
        bench.refused().contains("belongs to a model of kind \"external\""),
        "{}",
        bench.refused()
    );
}

/// The clauses that a command breaks.
fn broken(script: &str, keys: &str) -> Vec<&'static str> {
    let bench = Bench::new(script, keys);
    let verdicts = contract(&bench.spec()).remove(0).check(|_| {});
    verdicts.iter().filter(|v| v.broken().is_some()).map(|v| v.clause).collect()
}

#[test]
fn the_examples_keep_the_contract() {
    assert_eq!(broken(&example("mean_distance.sh"), "deterministic = true"), [""; 0]);
    if python_has("csv", "the contract of the example in Python") {
        let bench = Bench::new("", "");
        bench.write("model.py", &example("mean_distance.py"));
        bench.experiment("command = [\"python3\", \"model.py\"]\nfiles = [\"model.py\"]");
        let verdicts = contract(&bench.spec()).remove(0).check(|_| {});
        assert!(verdicts.iter().all(|verdict| verdict.outcome == Found::Kept), "{verdicts:?}");
    }
}

#[test]
fn cheaters_break_the_contract() {
    // Rank within the batch: alone, every row is the first one.
    let ranks = "awk 'NR > 1' $rows | sort -t, -k1,1g | awk '{ print $0 \",\" NR }' > ranked; awk -F, 'NR == FNR { r[$1 \",\" $2 \",\" $3 \",\" $4 \",\" $5 \",\" $6] = $NF; next } FNR > 1 { print r[$0] + 0 }' ranked $rows > $scores";
    let script = |scoring: &str| {
        format!(
            "while read -r order rows scores; do\n[ $order = fit ] || {{ {scoring}; }}\necho @done\ndone"
        )
    };
    let found = broken(&script(ranks), "");
    assert!(found.contains(&"a row alone has the score that it has among others"), "{found:?}");
    assert!(!found.contains(&"permuted rows have permuted scores"), "{found:?}");
    // The same among scores of which some are huge.
    let hidden = ranks.replace(
        "print r[$0] + 0",
        "far = 0; for (i = 1; i <= NF; i++) if ($i > 1.4) far = 1; print far ? 1e9 : r[$0] + 0",
    );
    let found = broken(&script(&hidden), "");
    assert!(found.contains(&"a row alone has the score that it has among others"), "{found:?}");
    let order = "awk 'NR > 1 { print NR }' $rows > $scores";
    let found = broken(&script(order), "");
    assert!(found.contains(&"permuted rows have permuted scores"), "{found:?}");
    let chance =
        "awk -v s=\"$(date +%N)\" 'BEGIN { srand(s) } NR > 1 { print rand() }' $rows > $scores";
    let found = broken(&script(chance), "");
    assert!(found.contains(&"the same seed gives the same scores"), "{found:?}");
    let seeded = "awk -v s=$ODDBENCH_SEED 'NR > 1 { print $1 + s }' $rows > $scores";
    let found = broken(&script(seeded), "deterministic = true");
    assert!(
        found.contains(&"a command that is called deterministic ignores its seed"),
        "{found:?}"
    );
}

#[test]
fn a_command_that_never_answers_is_given_up_after_the_first_clause() {
    let bench = Bench::new("while read -r order; do echo done; done", "timeout = \"1s\"");
    let subject = contract(&bench.spec()).remove(0);
    assert_eq!(subject.timeout_seconds(), 1);
    let verdicts = subject.check(|_| {});
    let said = verdicts[0].broken().unwrap();
    assert!(said.contains("had not answered `fit`") && said.contains("ends with: done"), "{said}");
    let rest: Vec<&Found> = verdicts[1..].iter().map(|verdict| &verdict.outcome).collect();
    assert!(rest.len() > 5 && rest.iter().all(|found| **found == Found::NotTried), "{rest:?}");
    // Without its own timeout it may take a minute.
    assert_eq!(contract(&Bench::new("", "").spec())[0].timeout_seconds(), 60);
}

#[test]
fn scores_of_the_wrong_sign_are_doubted_and_a_seed_is_no_clause_unless_it_is_ignored() {
    let script = |sign: &str| {
        format!(
            "while read -r order rows scores; do\n[ $order = fit ] || awk -F, 'NR > 1 {{ print {sign} ($1 - 0.4) ^ 2 }}' $rows > $scores\necho @done\ndone"
        )
    };
    for (sign, doubted) in [("0 + ", false), ("0 - ", true)] {
        let verdicts = contract(&Bench::new(&script(sign), "").spec()).remove(0).check(|_| {});
        // It looks at no number of columns, which is what it breaks.
        let broken = verdicts.iter().filter(|verdict| verdict.broken().is_some());
        let broken: Vec<&str> = broken.map(|verdict| verdict.clause).collect();
        assert_eq!(broken, ["rows with another number of columns are an error"]);
        let last = &verdicts.last().unwrap().outcome;
        match last {
            Found::Doubtful(how) => assert!(doubted && how.contains("240 of 240"), "{how}"),
            found => assert!(!doubted && *found == Found::Kept, "{found:?}"),
        }
        assert!(
            !verdicts.iter().any(|verdict| verdict.clause.contains("deterministic")),
            "{verdicts:?}"
        );
    }
}

/// What a program of the examples breaks with that model, if Python has what it needs.
fn assert_kept(program: &str, modules: &str, keys: &str) {
    if !python_has(modules, &format!("the contract of {program}")) {
        return;
    }
    let bench = Bench::new("", "");
    bench.write(program, &example(program));
    bench.experiment(&format!(
        "command = [\"python3\", {program:?}]\nfiles = [{program:?}]\n{keys}"
    ));
    bench.with_parquet();
    let verdicts = contract(&bench.spec()).remove(0).check(|_| {});
    assert!(
        verdicts.iter().all(|verdict| verdict.outcome == Found::Kept),
        "{program}: {verdicts:?}"
    );
}

#[test]
fn scikit_learns_isolation_forest_keeps_the_contract() {
    let params = "{ estimator = \"sklearn.ensemble.IsolationForest\", n_estimators = 20 }";
    assert_kept("sklearn_model.py", "sklearn, pyarrow.parquet", &format!("params = {params}"));
}

#[test]
fn pyods_inne_keeps_the_contract() {
    let params = "{ detector = \"pyod.models.inne.INNE\", n_estimators = 20 }";
    assert_kept("pyod_model.py", "pyod, pyarrow.parquet", &format!("params = {params}"));
}

#[test]
fn pytorchs_autoencoder_keeps_the_contract() {
    let keys = "threads = 1\nparams = { epochs = 2, hidden = [5], latent = 2 }";
    assert_kept("torch_autoencoder.py", "torch, pyarrow.parquet", keys);
}

#[test]
fn scikit_learns_density_keeps_the_contract() {
    let params = "{ estimator = \"sklearn.mixture.GaussianMixture\", n_components = 2 }";
    assert_kept("sklearn_model.py", "sklearn, pyarrow.parquet", &format!("params = {params}"));
}

/// What a bridge says of parameters that it cannot use.
fn assert_refused(program: &str, modules: &str, cases: &[(&str, &str)]) {
    if !python_has(modules, &format!("what {program} refuses")) {
        return;
    }
    for (params, expected) in cases {
        let bench = Bench::new("", "");
        bench.write(program, &example(program));
        bench.experiment(&format!(
            "command = [\"python3\", {program:?}]\nfiles = [{program:?}]\nparams = {{ {params} }}"
        ));
        bench.with_parquet();
        let verdicts = contract(&bench.spec()).remove(0).check(|_| {});
        let said = verdicts[0].broken().unwrap_or_default();
        assert!(
            said.contains("it answered: ") && said.contains(expected),
            "{params}: {verdicts:?}"
        );
        // One sentence, no traceback.
        assert!(!said.contains("Traceback"), "{said}");
    }
}

#[test]
fn bridges_refuse_in_one_sentence_what_they_cannot_run() {
    let cases = [
        ("n_estimators = 3", "the import path of the estimator"),
        ("estimator = \"IsolationForest\"", "`estimator` needs the module too"),
        ("estimator = \"sklearn.ensemble.IsolationForrest\"", "did you mean `IsolationForest`"),
        ("estimator = \"sklearn.cluster.KMeans\"", "KMeans has no score of a row"),
        ("estimator = \"sklearn.neighbors.LocalOutlierFactor\"", "`novelty = true`"),
        ("estimator = \"sklearn.naive_bayes.GaussianNB\"", "add `supervised = true`"),
    ];
    assert_refused("sklearn_model.py", "sklearn, pyarrow.parquet", &cases);
    let cases = [
        ("max_samples = 3", "the import path of the detector"),
        ("detector = \"INNE\"", "`detector` needs the module too"),
    ];
    assert_refused("pyod_model.py", "pyod, pyarrow.parquet", &cases);
}
