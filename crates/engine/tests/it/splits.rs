//! Splits by time, group and family, from the file to the figures; what `check` refuses, `run` refuses.

use std::fmt::Write as _;
use std::path::Path;

use oddbench_core::audit::Composition;
use oddbench_core::results::ExperimentResults;
use oddbench_data::Mirror;
use oddbench_engine::executor::InProcess;
use oddbench_engine::progress::Event;
use oddbench_engine::run::RunError;
use oddbench_engine::spec::{self, Overrides, Spec, SpecError};
use oddbench_engine::{Plan, Store, check_rows, plan};

use crate::fakes::{Ear, NoDownload, build, run_from, run_with, small};

const FILE: &str = r#"name = "own"
dataset = { kind = "csv", path = "own.csv", label = "class", inliers = ["normal"], features = ["x", "y"] }
split = { kind = "SPLIT }
threshold = { rule = "max-f1" }
model = [{ kind = "constant", name = "sum" }]
"#;

/// 200 rows: `order` counts them backwards, a capture has 25 of them, and there are three classes of attacks.
fn table() -> String {
    let mut text = "x,y,order,capture,class\n".to_owned();
    for i in 0..200 {
        let class = match i % 10 {
            0 => "dos",
            3 => "probe",
            6 if i % 20 == 6 => "worm",
            _ => "normal",
        };
        let _ = writeln!(text, "{},{},{},day {},{class}", i % 7, i % 11, 200 - i, i / 25);
    }
    text
}

fn parse(folder: &Path, split: &str) -> Result<Spec, SpecError> {
    std::fs::write(folder.join("own.csv"), table()).unwrap();
    let text = FILE.replace("\"SPLIT", split);
    spec::parse(&folder.join("own.toml"), text, &Overrides::default())
}

/// The figures after a run with the fakes.
fn results(split: &str) -> ExperimentResults {
    let folder = tempfile::tempdir().unwrap();
    let spec = parse(folder.path(), split).unwrap();
    let ear = Ear::default();
    let run =
        run_with(&spec, folder.path(), &ear, false, &InProcess::with(Box::new(build))).unwrap();
    assert_eq!(run.failed, 0);
    let again = run_with(&spec, folder.path(), &ear, false, &InProcess::with(Box::new(build)));
    assert_eq!(again.unwrap().completed, 0, "what is done is done again");
    Store::load(&folder.path().join("own")).unwrap()
}

fn tested(results: &ExperimentResults) -> Vec<u32> {
    results.trials[0].scores.as_ref().unwrap().test.rows.to_vec()
}

#[test]
fn later_rows_are_tested_on_and_the_audit_says_where_the_parts_begin() {
    let by_order = results(r#""time""#);
    assert_eq!(tested(&by_order), (140..200).collect::<Vec<_>>());
    let mut backwards = results(r#""time", column = "order", train_on = "all""#);
    let mut rows = tested(&backwards);
    rows.sort_unstable();
    assert_eq!(rows, (0..60).collect::<Vec<_>>(), "the column counts backwards");
    let audit = backwards.audit.take().unwrap();
    let spans: Vec<_> = audit.parts.iter().map(|part| part.composition.clone().unwrap()).collect();
    let column = || Some("order".to_owned());
    let span = |first, last| Composition::Span { column: column(), time: false, first, last };
    assert_eq!(spans, [span(1.0, 100.0), span(101.0, 140.0), span(141.0, 200.0)]);
    let cut = results(r#""time", cut = [50, 150]"#);
    assert_eq!(tested(&cut), (150..200).collect::<Vec<_>>());
}

#[test]
fn captures_are_whole_and_the_audit_lists_them() {
    let mut stated = results(
        r#""group", column = "capture", test = ["day 7", "day 0"], validation = ["day 3"]"#,
    );
    let rows: Vec<u32> = (0..25).chain(175..200).collect();
    assert_eq!(tested(&stated), rows);
    let audit = stated.audit.take().unwrap();
    let Some(Composition::Groups { total, largest, .. }) = &audit.parts[2].composition else {
        panic!("{:?}", audit.parts[2].composition)
    };
    assert_eq!((*total, largest[0].group.as_str(), largest[0].rows), (2, "day 0", 25));
    let drawn = tested(&results(r#""group", column = "capture", test = 0.25, validation = 0.125"#));
    assert_eq!(drawn.len(), 50);
    assert!(drawn.chunks(25).all(|day| day[24] - day[0] == 24), "{drawn:?}");
}

/// A model that saw the column would tell the test rows by its new values.
#[test]
fn the_column_that_a_split_goes_by_is_no_feature_unless_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let split = r#""group", column = "capture""#;
    parse(folder.path(), split).unwrap();
    let features = |written: &str| {
        let text = FILE.replace("\"SPLIT", split).replace("features = [\"x\", \"y\"]", written);
        spec::parse(&folder.path().join("own.toml"), text, &Overrides::default()).map(|spec| {
            let told = spec.told().into_iter().filter(|line| line.contains("the split goes by it"));
            (spec.experiment.dataset.columns.join(" "), told.collect::<Vec<_>>())
        })
    };
    let (columns, told) = features("").unwrap();
    assert_eq!((columns.as_str(), told.len()), ("x y", 1), "{told:?}");
    assert!(
        told[0].contains("\"capture\"") && told[0].contains("keep = [\"capture\"]"),
        "{told:?}"
    );
    for named in ["keep = [\"capture\"]", "features = \"all\""] {
        assert_eq!(features(named).unwrap(), ("x y capture".to_owned(), Vec::new()), "{named}");
    }
    assert_eq!(features("features = [\"x\"]").unwrap(), ("x".to_owned(), Vec::new()));
    let error = features("ignore = [\"x\", \"y\"]").unwrap_err();
    assert_eq!(error.key, "split.column");
    assert!(error.message.contains("the only feature"), "{error}");
}

#[test]
fn each_family_is_left_out_in_turn_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let spec = parse(folder.path(), r#""leave-out""#).unwrap();
    let Plan { trials, .. } = plan::resolve(&spec).unwrap();
    let names: Vec<_> = trials.iter().map(|trial| trial.info.fold_name.clone().unwrap()).collect();
    assert_eq!(names, ["dos", "probe", "worm"]);
    // Alone, a family's trial is the same trial.
    let alone = parse(folder.path(), r#""leave-out", leave_out = ["worm"]"#).unwrap();
    assert_eq!(plan::resolve(&alone).unwrap().trials[0].info.id, trials[2].info.id);
    let ear = Ear::default();
    run_with(&spec, folder.path(), &ear, false, &InProcess::with(Box::new(build))).unwrap();
    let told = |event: &Event| matches!(event, Event::Prepared { fold: Some(fold), .. } if fold == "without dos");
    assert_eq!(ear.heard(told), 1);
    let results = Store::load(&folder.path().join("own")).unwrap();
    for (trial, (family, rows)) in
        results.trials.iter().zip([("dos", 20), ("probe", 20), ("worm", 10)])
    {
        let test = &trial.scores.as_ref().unwrap().test;
        let classes: Vec<&str> = (0..test.rows.len()).map(|row| test.classes.of(row)).collect();
        assert_eq!(classes.iter().filter(|class| **class == family).count(), rows);
        assert!(classes.iter().all(|class| *class == family || *class == "normal"));
        let validation = &trial.scores.as_ref().unwrap().validation;
        assert!((0..validation.rows.len()).all(|row| validation.classes.of(row) != family));
        assert!(validation.labels.contains(&true), "other families are validated on");
    }
    let summary = std::fs::read_to_string(folder.path().join("own/summary.csv")).unwrap();
    assert!(summary.contains(",leave-out/worm,"), "{summary}");
}

/// Key, message and help of what a file is refused for.
fn refused(split: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let error = match parse(folder.path(), split) {
        Err(error) => error,
        Ok(spec) => {
            let cache = oddbench_data::Cache {
                dir: folder.path().join("cache"),
                mirror: None,
                offline: true,
                watch: Box::new(NoDownload),
            };
            let Err(RunError::Rows(error)) = check_rows(&spec, &cache) else {
                panic!("{split} is not refused")
            };
            let run = run_with(
                &spec,
                folder.path(),
                &Ear::default(),
                false,
                &InProcess::with(Box::new(build)),
            );
            let Err(RunError::Rows(in_run)) = run else { panic!("the run goes on: {run:?}") };
            assert_eq!(in_run, error);
            *error
        }
    };
    assert!(error.line_column().is_some());
    (error.key.clone(), format!("{}; {}", error.message, error.help))
}

#[test]
fn what_cannot_be_split_is_refused_at_its_key() {
    for (split, key, words) in [
        (r#""time", column = "ordr""#, "split.column", "did you mean \"order\"?"),
        (r#""time", column = "capture""#, "split.column", "holds categories"),
        (
            r#""time", cut = [50, 250]"#,
            "split.cut[1]",
            "no row is at or after 250; the rows run from 0 to 199",
        ),
        (r#""time", cut = [150, 50]"#, "split.cut[1]", "put the earlier one first"),
        (r#""time", cut = []"#, "split.cut", "give one to 2"),
        (r#""time", cut = [50], test = 0.2"#, "split.test", "remove this key, or remove cut"),
        (r#""time", cut = ["tomorrow"]"#, "split.cut[0]", "rows are numbered"),
        (r#""group""#, "split.column", "this key is missing"),
        (
            r#""group", column = "capture", test = ["dy 7"]"#,
            "split.test[0]",
            "did you mean \"day 7\"?",
        ),
        (r#""group", column = "capture", test = []"#, "split.test", "the list is empty"),
        (
            r#""group", column = "capture", test = ["day 1", "day 1"]"#,
            "split.test[1]",
            "named twice",
        ),
        (r#""group", column = "capture", test = "day 1""#, "split.test", "a share or a list"),
        (r#""group", column = "capture", test = 1.5"#, "split.test", "out of range"),
        (
            r#""leave-out", leave_out = ["dos", "prob"]"#,
            "split.leave_out[1]",
            "did you mean \"probe\"?",
        ),
        (
            r#""leave-out", leave_out = ["normal"]"#,
            "split.leave_out[0]",
            "no family of attacks \"normal\"",
        ),
        (r#""leave-out", leave_out = []"#, "split.leave_out", "the list is empty"),
        (r#""holdout", duplicates = "joined""#, "split.duplicates", "allowed: apart, together"),
        (r#""time", duplicates = "together""#, "split.duplicates", "belongs to"),
    ] {
        let (at, text) = refused(split);
        assert_eq!(at, key, "{split}: {text}");
        assert!(text.contains(words), "{split}: {text}");
    }
}

/// Each text would be its own group, and all days would stand in all parts.
#[test]
fn times_that_cannot_be_read_split_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..200).map(|i| {
        let class = if i % 10 == 0 { "dos" } else { "normal" };
        format!("0{}/07/2017 11:{:02}:22 PM,{},{},{class}\n", 3 + i % 4, i % 60, i % 7, i % 11)
    });
    let rows = format!("ts,x,y,class\n{}", rows.collect::<String>());
    std::fs::write(folder.path().join("own.csv"), &rows).unwrap();
    let parse = |split: &str, key: &str| {
        let text =
            FILE.replace("\"SPLIT", split).replace("features =", &format!("{key} features ="));
        spec::parse(&folder.path().join("own.toml"), text, &Overrides::default())
    };
    for split in [r#""group", column = "ts""#, r#""time", column = "ts""#] {
        let error = parse(split, "").unwrap_err();
        assert_eq!((error.key.as_str(), error.others.len()), ("split.column", 0), "{error}");
        assert!(error.message.contains("line 2"), "{error}");
        assert!(error.help.contains("time_format = \"day-first\""), "{error}");
        parse(split, r#"time_format = "day-first","#).unwrap();
    }
    let wrong = parse(r#""time", column = "ts""#, r#"time_format = "seconds","#).unwrap_err();
    assert_eq!((wrong.key.as_str(), wrong.others.len()), ("dataset.time_format", 0), "{wrong}");
}

#[test]
fn missing_values_of_the_split_name_their_lines() {
    let folder = tempfile::tempdir().unwrap();
    let gap = table().replacen("\n0,0,200,day 0", "\n0,0,,day 0", 1).replacen(",157,", ",,", 1);
    let spec = parse(folder.path(), r#""time", column = "order""#).unwrap();
    drop(spec);
    std::fs::write(folder.path().join("own.csv"), gap).unwrap();
    let text = FILE.replace("\"SPLIT", r#""time", column = "order""#);
    let spec = spec::parse(&folder.path().join("own.toml"), text, &Overrides::default()).unwrap();
    let run =
        run_with(&spec, folder.path(), &Ear::default(), false, &InProcess::with(Box::new(build)));
    let Err(RunError::Rows(error)) = run else { panic!("{run:?}") };
    assert_eq!(error.key, "split.column");
    // The header is line 1; the 44th row counts 157.
    assert_eq!(error.message, "2 rows have no value of order: line 2, line 45");
}

#[test]
fn copies_stand_in_one_part_of_a_run() {
    let vectors = |results: &ExperimentResults| {
        let audit = results.audit.as_ref().unwrap();
        (audit.parts[1].in_training, audit.parts[2].in_training)
    };
    // x and y repeat after 77 rows.
    let apart = vectors(&results(r#""holdout", train_on = "all""#));
    assert!(apart.0 > Some(0) && apart.1 > Some(0), "{apart:?}");
    let together = vectors(&results(r#""holdout", train_on = "all", duplicates = "together""#));
    assert_eq!(together, (Some(0), Some(0)));
}

/// KDD Cup 99, where it is at hand: each family in turn, with the rows that the data set is known to have.
#[test]
fn the_families_of_kdd_are_left_out_of_both_files() {
    let Some(mirror) = std::env::var_os("ODDBENCH_MIRROR") else {
        eprintln!("SKIPPED (no ODDBENCH_MIRROR): the families of KDD Cup 99");
        return;
    };
    let spec = small(
        r#"
name = "small"
dataset = { kind = "kdd99", features = ["src_bytes", "dst_bytes", "count"], labels = "corrected" }
split = { kind = "leave-out", train_on = "all" }
threshold = { rule = "max-f1" }
model = [{ kind = "constant", name = "sum" }]
"#,
    );
    let folder = tempfile::tempdir().unwrap();
    let mirror = Mirror::parse(&mirror.to_string_lossy()).unwrap();
    run_from(mirror, &spec, folder.path());
    let results = Store::load(&folder.path().join("small")).unwrap();
    // Outliers of `corrected` by category; its 60,593 normal rows are in every fold.
    let known = [("dos", 229_853), ("probe", 4_166), ("r2l", 16_189), ("u2r", 228)];
    assert_eq!(results.trials.len(), known.len());
    for (trial, (family, rows)) in results.trials.iter().zip(known) {
        assert_eq!(trial.trial.fold_name.as_deref(), Some(family));
        let sizes = trial.record.as_ref().unwrap().sizes.unwrap();
        assert_eq!(
            (sizes.test_outliers, sizes.test - sizes.test_outliers),
            (rows, 60_593),
            "{family}"
        );
    }
    // 391,458 of the training file's 494,021 rows are floods.
    let sizes = results.trials[0].record.as_ref().unwrap().sizes.unwrap();
    assert_eq!(sizes.train + sizes.validation, 494_021 - 391_458);
}

#[test]
fn a_rule_without_validation_rows_says_which_key_gives_some() {
    for (split, help) in [
        (r#""time", cut = [150]"#, "give split.cut two points"),
        (r#""time", validation = 0.0"#, "set split.validation above 0"),
        (r#""holdout", test = 0.3, validation = 0.0"#, "set split.validation above 0"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("own.csv"), table()).unwrap();
        let tuned = "rule = \"max-f1\", tune_on = \"validation\"";
        let text = FILE.replace("\"SPLIT", split).replace("rule = \"max-f1\"", tuned);
        let parsed = spec::parse(&folder.path().join("own.toml"), text, &Overrides::default());
        let error = parsed.unwrap_err();
        assert_eq!(error.key, "threshold.tune_on", "{split}");
        assert!(error.help.starts_with(help), "{split}: {}", error.help);
    }
}
