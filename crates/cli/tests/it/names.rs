//! A name belongs to one experiment, as a user meets it: options, copies, edits, and what finds the results.

use std::fs;

use crate::oddbench::{Sandbox, assert_code, experiment, real_data, stderr, stdout, summary};

const STUDY: &str = r#"
name = "study"
dataset = { kind = "synthetic", rows = 600, features = ["src_bytes", "count", "serror_rate"] }
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
run = { seeds = [1, 2] }
model = [
  { kind = "hbos" },
  { kind = "isolation-forest", name = "forest", params = { n_estimators = 5 } },
]
"#;

/// The figures and the report that stand under a name.
fn standing(sandbox: &Sandbox, name: &str) -> [Vec<u8>; 3] {
    let files =
        ["results/NAME/summary.csv", "results/NAME/operator.csv", "reports/NAME/index.html"];
    files.map(|file| fs::read(sandbox.path(&file.replace("NAME", name))).unwrap())
}

fn studied() -> (Sandbox, [Vec<u8>; 3]) {
    let sandbox = Sandbox::new();
    sandbox.write("study.toml", STUDY);
    assert_code(&sandbox.run(&["run", "study.toml"]), 0);
    let before = standing(&sandbox, "study");
    (sandbox, before)
}

#[test]
fn options_leave_the_figures_and_the_report_of_the_file_alone() {
    let (sandbox, before) = studied();
    let options = ["study.toml", "--set", "model.forest.params.n_estimators=7", "--seeds", "2"];
    let name = "study+forest.n_estimators=7+seeds=2";
    let planned = stdout(&sandbox.run(&[&["plan"], &options[..]].concat()));
    assert!(planned.contains("done, under another name"), "{planned}");
    let ran = sandbox.run(&[&["run"], &options[..]].concat());
    assert_code(&ran, 0);
    assert!(stderr(&ran).contains("are taken over: 1 from results/study"), "{}", stderr(&ran));
    assert_eq!(standing(&sandbox, "study"), before);
    assert_eq!(summary(&sandbox.path(&format!("results/{name}/summary.csv"))).len(), 2);
    // The report says how to make it again, and every command that takes a name finds it.
    let report = fs::read_to_string(sandbox.path(&format!("reports/{name}/report.md"))).unwrap();
    let command = "oddbench run study.toml --set model.forest.params.n_estimators=7 --seeds 2";
    assert!(report.contains(command), "{report}");
    assert_code(&sandbox.run(&["report", name]), 0);
    let compared = stdout(&sandbox.run(&["compare", "study", name]));
    assert!(compared.contains("model.forest.params.n_estimators"), "{compared}");
    assert_code(&sandbox.run(&["report", "study", name]), 0);
    assert_eq!(standing(&sandbox, "study"), before);
    // A second run finds everything done.
    let again = stderr(&sandbox.run(&[&["run"], &options[..]].concat()));
    assert!(again.contains("2 trials, 2 done before"), "{again}");
}

#[test]
fn a_copied_file_is_refused_with_the_differences_and_the_remedies() {
    let (sandbox, before) = studied();
    sandbox.write("copy.toml", &STUDY.replace("[1, 2]", "[1]"));
    let refused = sandbox.run(&["run", "copy.toml"]);
    assert_code(&refused, 2);
    let said = stderr(&refused);
    for words in ["study.toml", "copy.toml", "model.forest.seeds", "--name", "--replace"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(standing(&sandbox, "study"), before);
    assert_code(&sandbox.run(&["run", "copy.toml", "--name", "copy"]), 0);
    assert_eq!(standing(&sandbox, "study"), before);
    // The way out that takes the name keeps what stood there, and its report can be made again.
    assert_code(&sandbox.run(&["run", "copy.toml", "--replace"]), 0);
    assert_ne!(standing(&sandbox, "study"), before);
    assert_code(&sandbox.run(&["report", "study/earlier/1"]), 0);
    let [figures, ..] = standing(&sandbox, "study/earlier/1");
    assert_eq!(figures, before[0]);
    let compared = sandbox.run(&["compare", "study/earlier/1", "study"]);
    assert_code(&compared, 0);
    assert!(stdout(&compared).contains("model.forest.seeds"), "{}", stdout(&compared));
}

#[test]
fn an_edited_file_says_what_it_changes_and_where_the_figures_before_are() {
    let (sandbox, before) = studied();
    sandbox.write("study.toml", &STUDY.replace("max-f1", "max-f2"));
    let ran = sandbox.run(&["run", "study.toml"]);
    assert_code(&ran, 0);
    let said = stderr(&ran);
    assert!(said.contains("threshold") && said.contains("results/study/earlier/1"), "{said}");
    let kept = fs::read(sandbox.path("results/study/earlier/1/summary.csv")).unwrap();
    assert_eq!(kept, before[0]);
}

/// Another table under the same path is another experiment: nothing of it stands beside the old figures.
#[test]
fn a_changed_data_file_keeps_the_figures_of_the_old_one() {
    let sandbox = Sandbox::new();
    let table = |shift: usize| {
        let row = |i: usize| match i % 10 {
            0 => format!("{},{},attack\n", 50 + i + shift, i),
            _ => format!("{},{},normal\n", i % 7, i % 5),
        };
        format!("x,y,class\n{}", (0..200).map(row).collect::<String>())
    };
    sandbox.write("rows.csv", &table(0));
    let own = "dataset = { kind = \"csv\", path = \"rows.csv\", label = \"class\", inliers = [\"normal\"] }";
    let line = STUDY.lines().find(|line| line.starts_with("dataset")).unwrap();
    sandbox.write("study.toml", &STUDY.replace(line, own));
    assert_code(&sandbox.run(&["run", "study.toml"]), 0);
    let before = standing(&sandbox, "study");
    sandbox.write("rows.csv", &table(1000));
    let ran = sandbox.run(&["run", "study.toml"]);
    assert_code(&ran, 0);
    let said = stderr(&ran);
    assert!(said.contains("digest: ") && said.contains("earlier/1"), "{said}");
    assert!(said.contains("3 trials, 0 done before"), "{said}");
    let kept = fs::read(sandbox.path("results/study/earlier/1/summary.csv")).unwrap();
    assert_eq!(kept, before[0]);
    // The old table again: its trials are still there.
    sandbox.write("rows.csv", &table(0));
    let back = stderr(&sandbox.run(&["run", "study.toml"]));
    assert!(back.contains("3 trials, 3 done before"), "{back}");
    assert_eq!(standing(&sandbox, "study")[0], before[0]);
}

/// README's own command, and a copy of the file, on the real data. The two models that are fitted in a moment
/// stand for all.
#[test]
fn the_published_study_stays_as_it_is() {
    let Some(mirror) = real_data("the published study under other options") else { return };
    let study = fs::read_to_string(experiment("kdd99-published.toml")).unwrap();
    let (shared, models) = study.split_at(study.find("[[model]]").unwrap());
    let quick = |text: &str| {
        let kept = ["name = \"PCA\"", "name = \"AE\""];
        let models =
            text.split("[[model]]").filter(|model| kept.iter().any(|name| model.contains(name)));
        let models = models.map(|model| format!("[[model]]{model}")).collect::<String>();
        // Two of the thirty seeds are enough here.
        let (before, seeds) = models.split_once("seeds = [2018, 1,").unwrap();
        format!("{before}seeds = [2018, 1]{}", &seeds[seeds.find(']').unwrap() + 1..])
    };
    let sandbox = Sandbox::new();
    let text = format!("{shared}{}", quick(models));
    sandbox.write("kdd99-published.toml", &text);
    assert_code(&sandbox.run_with(&mirror, &["run", "kdd99-published.toml"]), 0);
    let before = standing(&sandbox, "kdd99-published");
    let options = ["--set", "model.AE.params.epochs=3", "--seeds", "1,2,3"];
    let ran = sandbox.run_with(&mirror, &[&["run", "kdd99-published.toml"], &options[..]].concat());
    assert_code(&ran, 0);
    let own = "results/kdd99-published+AE.epochs=3+seeds=1,2,3/summary.csv";
    assert!(summary(&sandbox.path(own)).iter().any(|row| row["name"] == "AE"));
    sandbox.write("copy.toml", &text.replace("max-accuracy", "max-f1"));
    assert_code(&sandbox.run_with(&mirror, &["run", "copy.toml"]), 2);
    assert_eq!(standing(&sandbox, "kdd99-published"), before);
}
