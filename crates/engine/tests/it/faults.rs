//! Files of a results folder that are not as they were written: no command that only reads shows a figure of
//! them, and a run puts them aside, says so, and makes them anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use oddbench_core::results::ExperimentResults;
use oddbench_core::scores::Scores;
use oddbench_engine::progress::Event;
use oddbench_engine::scoring::SavedModel;
use oddbench_engine::store::{Store, StoreError};
use oddbench_engine::{InProcess, RunSummary};

use crate::fakes::{Ear, run_with, small};

/// Two models that are saved, one of them with a seed, and an ensemble.
const FILE: &str = r#"
name = "small"
dataset = { kind = "synthetic", rows = 300, features = ["src_bytes", "dst_bytes", "count"] }
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
model = [{ kind = "hbos" }, { kind = "isolation-forest", params = { n_estimators = 2 }, seeds = [1] }]
ensemble = [{ members = ["hbos", "isolation-forest"] }]
"#;

fn run(results: &Path, ear: &Ear) -> RunSummary {
    run_with(&small(FILE), results, ear, false, &InProcess::new()).unwrap()
}

fn told(ear: &Ear) -> Vec<String> {
    let events = ear.events.lock().unwrap();
    let text = |event: &Event| match event {
        Event::Told { text, .. } => Some(text.clone()),
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

/// What a reader is shown: scores and figures, without times.
type Figures = BTreeMap<String, (Option<Scores>, String)>;

fn figures(results: &ExperimentResults) -> Figures {
    let one = |trial: &oddbench_core::results::TrialResult| {
        let shown = format!("{:?} {:?}", trial.evaluations, trial.operating);
        (trial.trial.id.clone(), (trial.scores.clone(), shown))
    };
    results.trials.iter().map(one).collect()
}

/// All files of the trials, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// What may become of a file, in words and in deed.
type Deed = (&'static str, fn(&Path));

const DEEDS: [Deed; 5] = [
    ("a flipped bit", |path| {
        let mut bytes = fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(path, bytes).unwrap();
    }),
    ("half of it", |path| {
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    }),
    ("nothing in it", |path| fs::write(path, "").unwrap()),
    ("zeros", |path| fs::write(path, vec![0; fs::read(path).unwrap().len()]).unwrap()),
    ("no file", |path| fs::remove_file(path).unwrap()),
];

#[test]
fn every_damaged_file_of_a_trial_is_found_put_aside_and_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let dir = run(folder.path(), &Ear::default()).dir;
    let before = figures(&Store::load(&dir).unwrap());
    let paths = files(&dir.join("trials"));
    // Record and scores of three trials, and three files of each of the two models at least.
    assert!(paths.len() >= 3 * 2 + 2 * 3, "{paths:?}");
    for (at, path) in paths.iter().enumerate() {
        for (what, deed) in DEEDS {
            let case = format!("{what}: {}", path.display());
            // Deeds that the run before has mended.
            assert!(path.exists(), "{case}");
            deed(path);
            // A reader that needs the file says what to do; one that does not shows what it showed.
            let is_read = path.ends_with("record.json") || path.ends_with("scores.parquet");
            match Store::load(&dir) {
                Ok(results) if !is_read => assert_eq!(figures(&results), before, "{case}"),
                Err(error) if is_read => {
                    let text = error.to_string();
                    let name = path.file_name().unwrap().to_str().unwrap();
                    assert!(
                        text.contains(name) && text.contains("run the experiment again"),
                        "{case}: {text}"
                    );
                }
                other => panic!("{case}: {other:?}"),
            }
            if path.components().any(|part| part.as_os_str() == "model") {
                let trial = path.ancestors().find(|path| path.join("record.json").exists());
                let opened = SavedModel::open(trial.unwrap());
                assert!(opened.is_err(), "{case}: a damaged model is used");
            }
            // A run mends it and keeps the rest.
            let ear = Ear::default();
            let again = run(folder.path(), &ear);
            assert_eq!((again.completed, again.cached, again.failed), (1, 2, 0), "{case}");
            let said = told(&ear);
            assert!(
                said.len() == 1 && said[0].contains(".damaged") && said[0].contains("run again"),
                "{case}: {said:?}"
            );
            assert_eq!(figures(&Store::load(&dir).unwrap()), before, "{case}");
        }
        let aside = fs::read_dir(dir.join(".damaged")).unwrap().count();
        assert_eq!(aside, (at + 1) * DEEDS.len());
    }
}

#[test]
fn no_flipped_byte_changes_a_figure() {
    let folder = tempfile::tempdir().unwrap();
    let dir = run(folder.path(), &Ear::default()).dir;
    let before = figures(&Store::load(&dir).unwrap());
    let trial = fs::read_dir(dir.join("trials")).unwrap().next().unwrap().unwrap().path();
    let (mut tried, mut found) = (0, 0);
    for path in [trial.join("record.json"), trial.join("scores.parquet"), dir.join("manifest.json")]
    {
        let bytes = fs::read(&path).unwrap();
        for at in (0..bytes.len()).step_by(bytes.len() / 97 + 1) {
            let mut broken = bytes.clone();
            broken[at] ^= 0x10;
            fs::write(&path, broken).unwrap();
            tried += 1;
            match Store::load(&dir) {
                Err(StoreError::Corrupt { .. }) => found += 1,
                Err(other) => panic!("{other}"),
                Ok(results) => {
                    assert_eq!(figures(&results), before, "byte {at} of {}", path.display())
                }
            }
        }
        fs::write(&path, bytes).unwrap();
    }
    // All but a few bytes of names and white space, which say nothing.
    assert!(tried > 150 && found >= tried - 3, "{found} of {tried}");
}

#[test]
fn what_was_made_from_the_rows_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let dir = run(folder.path(), &Ear::default()).dir;
    let before = Store::load(&dir).unwrap();
    for name in ["audit.json", "projection.json"] {
        let path = dir.join(name);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
        let refused = Store::load(&dir).unwrap_err().to_string();
        assert!(
            refused.contains(name) && refused.contains("run the experiment again"),
            "{refused}"
        );
        let ear = Ear::default();
        let again = run(folder.path(), &ear);
        assert_eq!((again.completed, again.cached), (0, 3));
        assert!(told(&ear)[0].contains(name), "{:?}", told(&ear));
        let results = Store::load(&dir).unwrap();
        assert_eq!((&results.audit, &results.projection), (&before.audit, &before.projection));
    }
}

#[test]
fn a_changed_table_is_no_source_of_figures_and_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let dir = run(folder.path(), &Ear::default()).dir;
    let store = Store::at(&dir);
    let before = (fs::read(dir.join("summary.csv")).unwrap(), store.summary().unwrap());
    let text = String::from_utf8(before.0.clone()).unwrap();
    fs::write(dir.join("summary.csv"), text.replace("0.", "1.")).unwrap();
    assert!(matches!(store.summary(), Err(StoreError::Corrupt { .. })));
    run(folder.path(), &Ear::default());
    assert_eq!((fs::read(dir.join("summary.csv")).unwrap(), store.summary().unwrap()), before);
}

/// The digests of the tables may be damaged as well. The tables are then right or refused.
#[test]
fn changed_digests_of_tables_change_no_figure() {
    let folder = tempfile::tempdir().unwrap();
    let dir = run(folder.path(), &Ear::default()).dir;
    let (store, path) = (Store::at(&dir), dir.join("SHA256SUMS"));
    let (bytes, before) = (fs::read(&path).unwrap(), store.summary().unwrap());
    let mut refused = 0;
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        for broken in [&flipped[..], &bytes[..at]] {
            fs::write(&path, broken).unwrap();
            match store.summary() {
                Ok(lines) => assert_eq!(lines, before, "byte {at}"),
                Err(error) => {
                    let text = error.to_string();
                    assert!(text.contains("run the experiment again"), "byte {at}: {text}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > bytes.len() / 2, "{refused} of {}", 2 * bytes.len());
    run(folder.path(), &Ear::default());
    assert_eq!(fs::read(&path).unwrap(), bytes);
    fs::remove_file(dir.join("summary.csv")).unwrap();
    let error = store.summary().unwrap_err().to_string();
    assert!(error.contains("missing") && error.contains("run the experiment again"), "{error}");
}

/// Trials of an oddbench that kept no digests: they are read, and sealed by the next run.
#[test]
fn trials_from_before_digests_are_taken_and_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let dir = run(folder.path(), &Ear::default()).dir;
    let before = figures(&Store::load(&dir).unwrap());
    let records: Vec<PathBuf> = files(&dir.join("trials"))
        .into_iter()
        .filter(|path| path.ends_with("record.json"))
        .collect();
    for path in &records {
        let mut record: serde_json::Value =
            serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let fields = record.as_object_mut().unwrap();
        assert!(fields.remove("sha256").is_some() && fields.remove("files").is_some());
        fs::write(path, record.to_string()).unwrap();
    }
    assert_eq!(figures(&Store::load(&dir).unwrap()), before);
    let again = run(folder.path(), &Ear::default());
    assert_eq!((again.completed, again.cached), (0, 3));
    for path in &records {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.contains("\"sha256\"") && text.contains("scores.parquet"), "{text}");
    }
    assert_eq!(figures(&Store::load(&dir).unwrap()), before);
}

/// A trial that is damaged under another name of the same file is not taken over.
#[test]
fn a_damaged_trial_is_not_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let dir = run(folder.path(), &Ear::default()).dir;
    for path in files(&dir.join("trials")).iter().filter(|path| path.ends_with("scores.parquet")) {
        DEEDS[0].1(path);
    }
    let overrides = oddbench_engine::Overrides { seeds: Some(vec![1]), ..Default::default() };
    let spec =
        oddbench_engine::spec::parse(Path::new("small.toml"), FILE.into(), &overrides).unwrap();
    let other = run_with(&spec, folder.path(), &Ear::default(), false, &InProcess::new()).unwrap();
    assert_eq!((other.completed, other.cached), (3, 0));
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_a_clear_error() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let locked = folder.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(locked.join("probe"), "").is_ok() {
        // The superuser writes everywhere; a file in the place of the folder stands for it.
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let refused = run_with(&small(FILE), &file, &Ear::default(), false, &InProcess::new());
        assert!(refused.unwrap_err().to_string().contains("file/small"));
        return;
    }
    let refused = run_with(&small(FILE), &locked, &Ear::default(), false, &InProcess::new());
    assert!(refused.unwrap_err().to_string().contains("locked/small"));
}
