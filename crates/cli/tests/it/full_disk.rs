//! A disk that is full at any moment of a run: a clear error and no wrong figure. With room again, the same
//! command continues to the figures of an undisturbed run.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::oddbench::{Sandbox, assert_code, stderr, stdout, summary};

const FILE: &str = r#"
name = "full"
dataset = { kind = "synthetic", rows = 400, features = ["src_bytes", "count", "serror_rate"] }
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
model = [
  { kind = "hbos" },
  { kind = "isolation-forest", params = { n_estimators = 3 } },
]
ensemble = [{ members = ["hbos", "isolation-forest"] }]
"#;

/// Room for all that a run could write, in KiB.
const PLENTY: u32 = 65_536;

/// Runs on a file system of that many KiB, then again with plenty of room; prints both exit codes and copies
/// what is there in the end to the folder `end`.
const SCRIPT: &str = r#"
mount -t tmpfs -o size="$1k" tmpfs disk || exit 99
"$2" run full.toml --results disk/results --no-report --jobs 1 >first.txt 2>&1; echo $?
mount -o remount,size="$3k" disk || exit 99
"$2" run full.toml --results disk/results --no-report --jobs 1 >second.txt 2>&1; echo $?
rm -rf end && cp -r disk/results/full end
"#;

fn on_a_disk_of(sandbox: &Sandbox, kib: u32) -> Output {
    let [size, plenty] = [kib, PLENTY].map(|kib| kib.to_string());
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", SCRIPT, "sh", &size, env!("CARGO_BIN_EXE_oddbench"), &plenty]);
    command.env_remove("ODDBENCH_MIRROR").current_dir(sandbox.dir.path());
    // A machine without `unshare` is one that may not mount.
    command.output().unwrap_or_else(|_| Command::new("false").output().unwrap())
}

/// The figures by trial: all but times and memory.
fn figures(folder: &Path) -> Vec<BTreeMap<String, String>> {
    let mut rows = summary(&folder.join("summary.csv"));
    for row in &mut rows {
        for column in ["fit_seconds", "score_seconds", "peak_rss_mb"] {
            row.remove(column);
        }
    }
    rows
}

fn files(folder: &Path, below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder.join(below)).unwrap() {
        let path = below.join(entry.unwrap().file_name());
        match folder.join(&path).is_dir() {
            true => found.extend(files(folder, &path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

#[test]
fn a_full_disk_at_any_moment_is_told_and_leaves_no_wrong_figure() {
    let sandbox = Sandbox::new();
    sandbox.write("full.toml", FILE);
    fs::create_dir(sandbox.path("disk")).unwrap();
    let whole = on_a_disk_of(&sandbox, PLENTY);
    if !whole.status.success() {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "NOT RUN (no file system may be mounted): a full disk");
        return;
    }
    assert_eq!(stdout(&whole), "0\n0\n", "{}", stderr(&whole));
    let end = sandbox.path("end");
    let (expected, whole_files) = (figures(&end), files(&end, Path::new("")));
    assert_eq!(expected.len(), 3);
    let bytes: u64 =
        whole_files.iter().map(|file| fs::metadata(end.join(file)).unwrap().len()).sum();
    // A page at a time: each size ends the run at another write. Prepared rows need room of their own.
    let most = u32::try_from(bytes / 1024).unwrap() + 64;
    let mut ended_early = 0;
    for kib in (4..most).step_by(8) {
        let output = on_a_disk_of(&sandbox, kib);
        assert_code(&output, 0);
        let said = fs::read_to_string(sandbox.path("first.txt")).unwrap();
        let again = fs::read_to_string(sandbox.path("second.txt")).unwrap();
        assert!(
            !said.contains("panicked") && !again.contains("panicked"),
            "{kib} KiB: {said}{again}"
        );
        match stdout(&output).as_str() {
            "0\n0\n" => {}
            "1\n0\n" => {
                ended_early += 1;
                assert!(said.contains("No space left on device"), "{kib} KiB: {said}");
            }
            codes => panic!("{kib} KiB: {codes}: {said}{again}"),
        }
        assert_eq!(figures(&end), expected, "{kib} KiB: {said}{again}");
        assert_eq!(files(&end, Path::new("")), whole_files, "{kib} KiB: {said}{again}");
    }
    assert!(ended_early > 5, "{ended_early}");
}
