//! Planted faults: what `check` and `run` refuse, at which key, and what they say.

use std::fs;

use oddbench_core::split::row_id::{PartName, RowId, SplitId};
use oddbench_data::{Mirror, split_file};
use oddbench_engine::exported::export_split;
use oddbench_engine::plan::{self, PlanError};
use oddbench_engine::run::RunError;

use super::{Desk, FILE, ids};

/// What is wrong with a file of scores.
fn refused(desk: &Desk, text: &str) -> String {
    desk.write("scores.csv", text);
    refused_as_it_is(desk)
}

fn refused_as_it_is(desk: &Desk) -> String {
    let Err(RunError::Rows(error)) = desk.checked() else { panic!("not refused") };
    assert_eq!(error.key, "model[0].file");
    assert!(error.help.contains("oddbench data export --experiment "), "{}", error.help);
    assert!(error.message.contains("scores.csv"), "{}", error.message);
    format!("{}; {}", error.message, error.help)
}

#[test]
fn every_fault_of_a_file_is_named_with_its_place() {
    let desk = Desk::new(FILE);
    let good = desk.scores(None, 0.0);
    desk.write("scores.csv", &good);
    desk.checked().unwrap();
    let lines: Vec<&str> = good.lines().collect();
    let (third, _) = lines[2].split_once(',').unwrap();
    let edited = |line: &str| good.replacen(lines[2], line, 1);
    let id = |part, row| RowId { split: ids(&desk.prepared(None))[0].split, part, row };
    for (text, said) in [
        (
            good.replacen("score", "outlier", 1),
            "has no column score; its columns are row_id, outlier",
        ),
        (good.replacen("row_id", "id", 1), "has no column row_id; its columns are id, score"),
        (
            edited(&format!("{third},nan")),
            "scores.csv, line 3: the score is \"nan\", which is no finite number",
        ),
        (edited(&format!("{third},-inf")), "scores.csv, line 3: the score is \"-inf\""),
        (edited(&format!("{third},")), "scores.csv, line 3: there is no score"),
        (edited(&format!("{third},high")), "scores.csv, line 3: the score is \"high\""),
        (
            edited(&format!("{third},true")),
            "line 3: the score is \"true\", which is a text; give every",
        ),
        (edited(&format!("{third},yes")), "line 3: the score is \"yes\", which is"),
        (edited(&format!("{third},0x10")), "line 3: the score is \"0x10\", which is"),
        (edited("17,0.5"), "scores.csv, line 3: \"17\" is no id of an exported row"),
        (good.replacen(lines[2], lines[1], 1), "scores rows more than once (1): "),
        (
            format!("{good}{},1\n", id(PartName::Train, 1)),
            "scores rows that are neither validated nor tested on (1): ",
        ),
        (format!("{good}{},1\n", id(PartName::Train, 1)), "training rows need no scores"),
        (format!("{good}{},1\n", id(PartName::Test, 4_000_000)), "neither validated nor tested on"),
        ("row_id,score\n".into(), "has no score for"),
        (String::new(), "scores.csv"),
    ] {
        let found = refused(&desk, &text);
        assert!(found.contains(said), "{said:?} is not in {found:?}");
    }
}

#[test]
fn rows_without_a_score_are_counted_for_each_part_and_the_first_are_named() {
    let desk = Desk::new(FILE);
    let good = desk.scores(None, 0.0);
    let prepared = desk.prepared(None);
    let (validation, test) = (prepared.validation.rows.len(), prepared.test.rows.len());
    let ids = ids(&prepared);
    let lacking = |of: &[RowId]| {
        let gone = |line: &&str| of.iter().any(|id| line.starts_with(&format!("{id},")));
        let kept: Vec<&str> = good.lines().filter(|line| !gone(line)).collect();
        refused(&desk, &(kept.join("\n") + "\n"))
    };
    let found = lacking(&ids[..5]);
    let named = format!(
        "has no score for 5 of {validation} validation rows ({}, {}, {} and 2 more); ",
        ids[0], ids[1], ids[2]
    );
    assert!(found.contains(&named), "{named:?} is not in {found:?}");
    let last = ids[validation + test - 1];
    let found = lacking(&[ids[0], last]);
    let named = format!(
        "1 of {validation} validation rows ({}) and for 1 of {test} test rows ({last})",
        ids[0]
    );
    assert!(found.contains(&named), "{named:?} is not in {found:?}");
}

#[test]
fn scores_of_another_split_are_refused_with_both_fingerprints() {
    let desk = Desk::new(FILE);
    let good = desk.scores(None, 0.0);
    let own = ids(&desk.prepared(None))[0].split;
    for (from, to) in [
        ("seed = 3", "seed = 4"),
        ("rows = 600", "rows = 500"),
        ("seed = 3", "seed = 3, test = 0.2"),
        ("seed = 3", "seed = 3, train_on = \"all\""),
    ] {
        let other = Desk::new(&FILE.replace(from, to));
        let found = refused(&other, &good);
        let there = ids(&other.prepared(None))[0].split;
        let said = format!(
            "has scores for the split {own}, and the rows of this experiment are the split {there}"
        );
        assert!(found.contains(&said), "{to}: {found}");
        assert!(found.contains("[split] such as seed"), "{found}");
    }
    // Lines of both are named by the first.
    let other = Desk::new(&FILE.replace("seed = 3", "seed = 4")).scores(None, 0.0);
    let stray = other.lines().nth(1).unwrap();
    let lines = good.lines().count();
    let found = refused(&desk, &format!("{good}{stray}\n"));
    let said = format!(
        "1 of {lines} rows is of another split than {own}, the first in line {} of",
        lines + 1
    );
    assert!(found.contains(&said), "{found}");
}

#[test]
fn a_file_that_is_not_there_yet_stops_a_plan_and_no_export() {
    let desk = Desk::new(FILE);
    let spec = desk.spec();
    let Err(PlanError::Spec(error)) = plan::resolve(&spec) else { panic!("planned") };
    assert_eq!(error.key, "model[0].file");
    assert!(error.message.contains("there is no file "), "{error}");
    assert!(error.help.contains("OUT/to_score.csv"), "{error}");
    let dataset = spec.load(&desk.cache()).unwrap();
    export_split(&dataset, &spec, None).unwrap();
    fs::create_dir(desk.path("scores.csv")).unwrap();
    let Err(PlanError::Spec(error)) = plan::resolve(&spec) else { panic!("planned") };
    assert!(error.message.contains("it is a folder"), "{error}");
}

/// Whoever opens a pipe waits for somebody to write to it.
#[cfg(unix)]
#[test]
fn a_pipe_is_refused() {
    let desk = Desk::new(FILE);
    let made = std::process::Command::new("mkfifo").arg(desk.path("scores.csv")).status().unwrap();
    assert!(made.success());
    let Err(PlanError::Spec(error)) = plan::resolve(&desk.spec()) else { panic!("planned") };
    assert!(error.message.contains("it is no regular file"), "{error}");
    assert!(refused_as_it_is(&desk).contains("it is no regular file"));
}

#[test]
fn two_seeds_with_the_same_scores_are_refused() {
    let desk = Desk::new(&FILE.replace("scores.csv", "scores-{seed}.csv"));
    desk.write("scores-1.csv", &desk.scores(None, 0.0));
    desk.write("scores-2.csv", &desk.scores(None, 0.0));
    let Err(PlanError::Spec(error)) = plan::resolve(&desk.spec()) else { panic!("planned") };
    assert_eq!(error.key, "model[0].file");
    assert!(error.message.ends_with("scores-2.csv have the same content"), "{error}");
    assert!(error.help.contains("name one file without {seed}"), "{error}");
    desk.write("scores-2.csv", &desk.scores(None, 1.0));
    assert_eq!(desk.trial_ids().len(), 2);
}

/// Other verbs have options for such files; an experiment has none.
#[test]
fn no_remedy_names_an_option_that_no_verb_has_for_scores() {
    let desk = Desk::new(FILE);
    let good = desk.scores(None, 0.5);
    let (_, without_header) = good.split_once('\n').unwrap();
    let decimals = good.replace(',', ";").replace('.', ",");
    for text in [without_header.to_owned(), decimals] {
        desk.write("scores.csv", &text);
        if let Err(RunError::Rows(error)) = desk.checked() {
            let (remedy, _) = error.help.split_once("; to begin anew").unwrap();
            assert!(!remedy.contains("--"), "{remedy}");
        }
    }
    let mut latin = good.into_bytes();
    latin.extend(b"caf\xe9,1\n");
    fs::write(desk.path("scores.csv"), latin).unwrap();
    let found = refused_as_it_is(&desk);
    assert!(found.contains("write the file as CSV in UTF-8: a first line row_id,score"), "{found}");
}

#[test]
fn keys_without_an_effect_and_paths_without_a_sense_are_refused() {
    let with = |model: &str| FILE.replace("file = \"scores.csv\"", model);
    let folds =
        |text: &str| text.replace("kind = \"holdout\", seed = 3", "kind = \"k-fold\", folds = 3");
    let file = "file = \"scores.csv\", ";
    let several = |model: &str| {
        with(model).replace(
            "dataset = { kind = \"synthetic\", rows = 600, features = [\"src_bytes\", \"dst_bytes\", \"count\"] }",
            "dataset = [{ name = \"a\", kind = \"synthetic\" }, { name = \"b\", kind = \"synthetic\", seed = 2 }]",
        )
    };
    for (text, key, said) in [
        (FILE.replace(", file = \"scores.csv\"", ""), "file", "needs the file of its scores"),
        (with("file = \"\""), "file", "the path is empty"),
        (with("file = \"a.csv\", files = [\"a.csv\"]"), "files", "has one file for a trial"),
        (with("file = \"scores-{split}.csv\""), "file", "{split} stands for nothing"),
        (with("file = \"scores-{fold}.csv\""), "file", "the split has none"),
        (folds(&with("file = \"scores.csv\"")), "file", "the split has 3 folds"),
        (with("file = \"{set}.csv\""), "file", "there is one"),
        (several("file = \"scores.csv\""), "file", "this experiment has several data sets"),
        (with(&format!("{file}seeds = [1]")), "seeds", "one file for all seeds"),
        (with(&format!("{file}params = {{ nu = 0.1 }}")), "params", "params would change nothing"),
        (with(&format!("{file}sweep = {{ nu = [0.1, 0.2] }}")), "sweep", "sweep would change"),
        (with(&format!("{file}train_rows = 10")), "train_rows", "train_rows would change"),
        (with(&format!("{file}features = \"all\"")), "features", "features would change"),
        (
            with(&format!("{file}preprocess = {{ scale = \"none\" }}")),
            "preprocess",
            "preprocess would",
        ),
        (
            with(&format!("{file}command = [\"sh\"]")),
            "command",
            "belongs to a model of kind \"external\"",
        ),
        (
            with(&format!("{file}timeout = \"1h\"")),
            "timeout",
            "belongs to a model of kind \"external\"",
        ),
        (
            with(&format!("{file}deterministic = true")),
            "deterministic",
            "belongs to a model of kind",
        ),
        (with(&format!("{file}format = \"csv\"")), "format", "belongs to a model of kind"),
        (with(&format!("{file}threads = 2")), "threads", "belongs to a model of kind"),
        (with(&format!("{file}max_memory = \"1 GB\"")), "max_memory", "belongs to a model of kind"),
        (
            with(&format!("{file}supervised = true")),
            "supervised",
            "this split trains on inliers only",
        ),
        (
            format!("{FILE}transfer = {{ kind = \"synthetic\", rows = 500 }}\n"),
            "kind",
            "[transfer] asks for scores of other rows too",
        ),
        (
            FILE.replace("kind = \"scores\"", "kind = \"pca\""),
            "file",
            "belongs to a model of kind \"scores\"",
        ),
    ] {
        let desk = Desk::new(&text);
        let error = match oddbench_engine::spec::load_file(
            &desk.path("given.toml"),
            &oddbench_engine::Overrides::default(),
        ) {
            Err(error) => error,
            Ok(_) => panic!("not refused: {text}"),
        };
        assert_eq!(error.key, format!("model[0].{key}"), "{error}");
        assert!(error.message.contains(said), "{said:?} is not in {:?}", error.message);
        assert!(!error.help.is_empty(), "{error}");
    }
}

#[test]
fn each_data_set_of_a_file_has_scores_of_its_own() {
    let text = FILE.replace("\"scores.csv\"", "\"{set}.csv\"").replace(
        "dataset = { kind = \"synthetic\", rows = 600, features = [\"src_bytes\", \"dst_bytes\", \"count\"] }",
        "dataset = [{ name = \"a\", kind = \"synthetic\" }, { name = \"b\", kind = \"synthetic\", seed = 2 }]",
    );
    let desk = Desk::new(&text);
    let file = oddbench_engine::spec::load_file(
        &desk.path("given.toml"),
        &oddbench_engine::Overrides::default(),
    );
    let oddbench_engine::ExperimentFile::Suite(suite) = file.unwrap() else { panic!("one set") };
    for (set, name) in suite.sets.iter().zip(["a.csv", "b.csv"]) {
        let Err(PlanError::Spec(error)) = plan::resolve(&set.spec) else { panic!("planned") };
        assert!(error.message.ends_with(name), "{error}");
        assert!(error.help.contains(&format!("OUT/{}/to_score.csv", set.name)), "{error}");
    }
}

/// The published splits of KDD Cup 99: the same file of scores is good for one and for no other.
#[test]
fn on_the_real_data_scores_are_good_for_their_own_split_alone() {
    let Some(mirror) = std::env::var_os("ODDBENCH_MIRROR") else {
        eprintln!("SKIPPED (no ODDBENCH_MIRROR): scores for the published splits");
        return;
    };
    let text = FILE
        .replace(
            "dataset = { kind = \"synthetic\", rows = 600, features = [\"src_bytes\", \"dst_bytes\", \"count\"] }",
            "dataset = { kind = \"kdd99\", features = [\"src_bytes\", \"count\"], labels = \"published\" }",
        )
        .replace("kind = \"holdout\", seed = 3", "kind = \"published-8020\"");
    let desk = Desk::new(&text);
    let cache = || oddbench_data::Cache {
        mirror: Some(Mirror::parse(&mirror.to_string_lossy()).unwrap()),
        offline: false,
        ..desk.cache()
    };
    let spec = desk.spec();
    let dataset = spec.load(&cache()).unwrap();
    let exported = export_split(&dataset, &spec, None).unwrap();
    let split = SplitId::of(&exported.file.fingerprint).unwrap();
    let mut scores = "row_id,score\n".to_owned();
    for (part, rows) in [
        (PartName::Validation, &exported.split.validation.rows),
        (PartName::Test, &exported.split.test.rows),
    ] {
        for &row in rows {
            let id = RowId { split, part, row: u32::try_from(row).unwrap() };
            scores.push_str(&format!("{id},{}\n", row % 97));
        }
    }
    desk.write("scores.csv", &scores);
    oddbench_engine::check_rows(&spec, &cache()).unwrap();
    for (from, to) in
        [("published-8020", "published-9010"), ("labels = \"published\"", "labels = \"corrected\"")]
    {
        desk.write("given.toml", &text.replace(from, to));
        let spec = desk.spec();
        let other = export_split(&dataset, &spec, None).unwrap().file;
        assert_eq!(split_file::fingerprint(&other.parts, &other.data.digest), other.fingerprint);
        let Err(RunError::Rows(error)) = oddbench_engine::check_rows(&spec, &cache()) else {
            panic!("{to} takes the scores of {from}")
        };
        let there = SplitId::of(&other.fingerprint).unwrap();
        let said = format!(
            "has scores for the split {split}, and the rows of this experiment are the split {there}"
        );
        assert!(error.message.contains(&said), "{error}");
    }
}
