//! Files that were changed after they were written: cut off, with a flipped bit, emptied or gone. No reader shows a
//! wrong figure of one, and the next run makes good what belongs to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use super::disk::Disk;
use super::figures::{assert_told, copy, figures, files, said};
use super::{SMALL, count, in_parallel, sample, table};
use crate::oddbench::{Sandbox, assert_code, stdout};

/// What becomes of a file. The place is a share of it, in eighths.
#[derive(Clone, Copy, Debug)]
enum Deed {
    CutOffAt(usize),
    FlippedAt(usize),
    Gone,
}

/// The figures of a report are many, and nothing reads them.
fn deeds(path: &Path) -> Vec<Deed> {
    let step = if path.starts_with("reports/small/figures") { 4 } else { 1 };
    let places = || (0..=8).step_by(step);
    // At 8 eighths the last byte is cut off or flipped.
    places().map(Deed::CutOffAt).chain(places().map(Deed::FlippedAt)).chain([Deed::Gone]).collect()
}

/// Does it; whether the file is then another one.
fn done(deed: Deed, path: &Path) -> bool {
    let bytes = fs::read(path).unwrap();
    let place = |eighths: usize| (bytes.len() * eighths / 8).min(bytes.len().saturating_sub(1));
    match deed {
        Deed::Gone => fs::remove_file(path).unwrap(),
        Deed::CutOffAt(_) | Deed::FlippedAt(_) if bytes.is_empty() => return false,
        Deed::CutOffAt(eighths) => fs::write(path, &bytes[..place(eighths)]).unwrap(),
        Deed::FlippedAt(eighths) => {
            let mut bytes = bytes.clone();
            bytes[place(eighths)] ^= 0x10;
            fs::write(path, bytes).unwrap();
        }
    }
    true
}

/// Finished results with their report, a fitted model, and what the readers say of them.
struct Base {
    sandbox: Sandbox,
    trial: String,
    files: Vec<PathBuf>,
    right: Shown,
}

/// What readers show, by command. `None`: it says what is wrong instead.
type Shown = Vec<Option<String>>;

const RUN: &str = "run small.toml --results disk/results --reports disk/reports --jobs 1";

/// Reports are left as they are.
const RUN_ALONE: &str = "run small.toml --results disk/results --no-report --jobs 1";

fn given(sandbox: &Sandbox, line: &str) -> Output {
    sandbox.run(&line.split(' ').collect::<Vec<_>>())
}

impl Base {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        sandbox.write("small.toml", SMALL);
        sandbox.write("rows.csv", &table());
        let disk = Disk::of(&sandbox);
        assert_code(&given(&sandbox, RUN), 0);
        let fit = "fit --model isolation-forest --set n_estimators=3 --input rows.csv --output disk/model";
        assert_code(&given(&sandbox, fit), 0);
        let trials = files(&disk.folder.join("results/small/trials"));
        let model = trials.iter().find(|path| path.components().any(|c| c.as_os_str() == "model"));
        let trial = model.unwrap().iter().next().unwrap().to_str().unwrap().to_owned();
        // The rows that a trial's model scores: those that a run would see.
        let columns = "src_bytes,count,serror_rate\n";
        let row = |at: usize| format!("{},{},0.{}\n", at * 37 % 1000, at % 90, at % 10);
        let rows: String = (0..80).map(row).collect();
        sandbox.write("seen.csv", &format!("{columns}{rows}"));
        let mut base = Self { sandbox, trial, files: files(&disk.folder), right: vec![] };
        base.right = base.shown(&base.sandbox, true, "at rest");
        assert!(base.right.iter().all(Option::is_some), "{:?}", base.right);
        base
    }

    /// What readers show of a copy. The report comes last, since it takes ten times as long as the others.
    fn shown(&self, sandbox: &Sandbox, with_report: bool, case: &str) -> Shown {
        let mut readers = vec![
            "score --model disk/model --input rows.csv".to_owned(),
            "compare small small --results disk/results".to_owned(),
            format!("score --model disk/results/small/trials/{} --input seen.csv", self.trial),
        ];
        if with_report {
            readers.push("report small --results disk/results --reports shown".to_owned());
        }
        let show = |line: &String| {
            let output = given(sandbox, line);
            assert_told(&output, &format!("{case}: {line}"));
            match (output.status.success(), line.starts_with("report")) {
                (false, _) => None,
                (true, false) => Some(stdout(&output)),
                (true, true) => {
                    Some(fs::read_to_string(sandbox.path("shown/small/report.md")).unwrap())
                }
            }
        };
        readers.iter().map(show).collect()
    }
}

#[test]
fn no_reader_shows_a_figure_of_a_changed_file_and_a_run_makes_it_good() {
    let base = Base::new();
    let expected = figures(&base.sandbox.path("disk/results/small"));
    let all: Vec<(&PathBuf, Deed)> = base
        .files
        .iter()
        .flat_map(|path| deeds(path).into_iter().map(move |deed| (path, deed)))
        .collect();
    let cases: Vec<_> = sample(all.len(), 56).into_iter().map(|at| all[at]).collect();
    in_parallel(&cases, |(path, deed)| attempt(&base, &expected, path, *deed));
    count(&format!(
        "files at rest: {} files, {} faults, each met by {} readers and a run",
        base.files.len(),
        cases.len(),
        base.right.len()
    ));
}

fn attempt(
    base: &Base,
    expected: &[std::collections::BTreeMap<String, String>],
    path: &Path,
    deed: Deed,
) {
    let sandbox = Sandbox::new();
    copy(base.sandbox.dir.path(), sandbox.dir.path());
    let disk = sandbox.path("disk");
    let case = format!("{}, {deed:?}", path.display());
    if !done(deed, &disk.join(path)) {
        return;
    }
    let [is_results, is_trial, is_report, is_model] =
        ["results", "results/small/trials", "reports", "model"].map(|part| path.starts_with(part));
    let mut shown = base.shown(&sandbox, is_results, &case);
    let of_the_rows = ["audit.json", "projection.json"].iter().any(|name| path.ends_with(name));
    if of_the_rows && matches!(deed, Deed::Gone) {
        // Without them the report shows less, and the same figures.
        let table = |sandbox: &Sandbox| fs::read(sandbox.path("shown/small/table.csv")).unwrap();
        assert!(shown.pop().is_some() && table(&sandbox) == table(&base.sandbox), "{case}");
    }
    for (shown, right) in shown.iter().zip(&base.right) {
        assert!(shown.is_none() || shown == right, "{case}: a reader shows something else");
    }
    let output = given(&sandbox, if is_report { RUN } else { RUN_ALONE });
    assert_told(&output, &case);
    assert_eq!(output.status.code(), Some(0), "{case}: {}", said(&output));
    assert_eq!(figures(&disk.join("results/small")), expected, "{case}");
    assert_eq!(disk.join("results/small/.damaged").exists() && is_trial, is_trial, "{case}");
    if is_trial {
        assert!(said(&output).contains(".damaged"), "{case}: {}", said(&output));
    }
    if is_report {
        let [now, before] =
            [&disk, &base.sandbox.path("disk")].map(|disk| fs::read(disk.join(path)).unwrap());
        assert!(now == before, "{case}: the report was not written anew");
    }
    let mut left = files(&disk);
    // Whose results stand there cannot be read from a damaged manifest: their tables are kept.
    left.retain(|path| !path.starts_with("results/small/earlier"));
    let mut whole = base.files.clone();
    if is_model && matches!(deed, Deed::Gone) {
        whole.retain(|file| file != path);
    }
    assert_eq!(left, whole, "{case}");
    let after = base.shown(&sandbox, false, &case);
    // A trial that was run again has other times.
    assert!(is_model || after[0] == base.right[0], "{case}: the model after the run");
    assert!(after[1].is_some() && after[2] == base.right[2], "{case}: readers after the run");
}
