//! The report's folder.

use std::fs;

use oddbench_report::{ReportError, summarize};

use crate::fixture::{ORACLE, SOUND, small};
use crate::gallery::large;
use crate::{names, report, write};

#[test]
fn the_same_results_give_the_same_bytes() {
    let results = large(6, 3, 500);
    let (first, second) = (report(&results), report(&results));
    let mut compared = 0;
    for folder in ["", "figures"] {
        let (a, b) = (first.path().join(folder), second.path().join(folder));
        assert_eq!(names(&a), names(&b));
        for name in names(&a).iter().filter(|name| *name != "figures") {
            assert_eq!(fs::read(a.join(name)).unwrap(), fs::read(b.join(name)).unwrap(), "{name}");
            compared += 1;
        }
    }
    assert!(compared > 40);
}

#[test]
fn the_returned_paths_are_the_files_that_were_written() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("reports").join("fixture");
    let paths = write(&small(false, vec![ORACLE]), &out);
    assert_eq!(paths[0], out.join("index.html"));
    assert!(paths.iter().all(|path| path.is_file()));
    assert_eq!(names(&out).len() + names(&out.join("figures")).len(), paths.len() + 2);
}

#[test]
fn figures_of_labels_that_are_gone_are_removed_and_foreign_files_stay() {
    let mut results = small(false, vec![SOUND]);
    let dir = report(&results);
    let figures = dir.path().join("figures");
    fs::write(figures.join("mine.svg"), "mine").unwrap();
    fs::write(figures.join("roc-not-listed.svg"), "mine").unwrap();
    assert!(figures.join("roc-ae.svg").exists());
    for trial in &mut results.trials[0..3] {
        trial.trial.name = "renamed".into();
    }
    write(&results, dir.path());
    let left = names(&figures);
    assert!(!left.iter().any(|name| name.contains("-ae.")), "{left:?}");
    for kept in ["roc-renamed.png", "mine.svg", "roc-not-listed.svg", "roc.svg"] {
        assert!(left.contains(&kept.to_owned()), "{kept}");
    }
}

#[test]
fn an_edited_list_cannot_remove_files_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let outside = dir.path().join("precious.txt");
    fs::write(&outside, "precious").unwrap();
    let out = dir.path().join("report");
    fs::create_dir(&out).unwrap();
    let list = format!("../precious.txt\n{}\n\n.\n", outside.display());
    fs::write(out.join(".oddbench-report"), list).unwrap();
    write(&small(false, vec![SOUND]), &out);
    assert!(outside.exists());
}

/// Of a list that was cut off, the last line may be a folder's name.
#[test]
fn a_list_that_was_cut_off_stands_in_nobody_s_way() {
    let results = small(false, vec![SOUND]);
    let dir = report(&results);
    let list = dir.path().join(".oddbench-report");
    let whole = fs::read_to_string(&list).unwrap();
    let end = whole.find("figures/").unwrap() + "figures".len();
    fs::write(&list, &whole[..end]).unwrap();
    write(&results, dir.path());
    assert_eq!(fs::read_to_string(&list).unwrap(), whole);
    assert!(dir.path().join("figures").is_dir());
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_with_its_path() {
    let dir = tempfile::tempdir().unwrap();
    let blocked = dir.path().join("file");
    fs::write(&blocked, "").unwrap();
    let results = small(false, vec![SOUND]);
    let error = oddbench_report::write(&results, &summarize(&results), &blocked).unwrap_err();
    assert!(
        matches!(&error, ReportError::Write { path, .. } if path.starts_with(&blocked)),
        "{error}"
    );
    assert!(error.to_string().contains(blocked.to_str().unwrap()), "{error}");
}
