//! The folder of a fitted model whose bytes were changed: it never scores.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use oddbench_core::Silent;
use oddbench_data::rows::{ReadOptions, RowReader};
use oddbench_engine::scoring::{FitRequest, SavedModel, fit_unlabelled};

const SUMS: &str = "SHA256SUMS";

/// A model in `folder/m`, and its files.
fn fitted(folder: &Path) -> (PathBuf, Vec<PathBuf>) {
    let rows: String = (0..60).map(|row| format!("{},{}\n", row % 7, row % 4)).collect();
    let content = Box::new(std::io::Cursor::new(format!("a,b\n{rows}").into_bytes()));
    let rows = RowReader::new(content, "rows.csv", &ReadOptions::default()).unwrap();
    let request = FitRequest { kind: "hbos".into(), ..FitRequest::default() };
    let model = fit_unlabelled(&rows.read_all().unwrap(), &request, &mut Silent).unwrap();
    let dir = folder.join("m");
    model.save(&dir).unwrap();
    let mut files: Vec<PathBuf> = [dir.clone(), dir.join("model")]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()))
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    assert_eq!(files.len(), 6, "{files:?}");
    (dir, files)
}

/// Every byte of every file is changed once, and every file is cut off at every byte.
#[test]
fn no_changed_byte_and_no_lost_end_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, files) = fitted(folder.path());
    let mut tried = 0;
    for path in &files {
        let bytes = fs::read(path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            for broken in [&flipped[..], &bytes[..at]] {
                fs::write(path, broken).unwrap();
                let error = SavedModel::open(&dir).err();
                let text = error.unwrap_or_else(|| panic!("byte {at} of {name}")).to_string();
                // A changed name in the list is one that is not there, and a digest is of another file.
                let named = text.contains(name) || path.ends_with(SUMS);
                assert!(named && text.contains("fit the model again"), "{at} of {name}: {text}");
                tried += 1;
            }
        }
        fs::remove_file(path).unwrap();
        let opened = SavedModel::open(&dir);
        assert_eq!(opened.is_ok(), path.ends_with(SUMS), "{name} is gone");
        fs::write(path, bytes).unwrap();
        assert!(SavedModel::open(&dir).is_ok());
    }
    assert!(tried > 2000, "{tried}");
}

/// A file that the user puts beside the model belongs to the user.
#[test]
fn another_file_is_no_damage_and_one_in_the_model_is() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, _) = fitted(folder.path());
    fs::write(dir.join("notes.txt"), "of March").unwrap();
    assert!(SavedModel::open(&dir).is_ok());
    fs::write(dir.join("model/more.json"), "{}").unwrap();
    let error = SavedModel::open(&dir).err().unwrap().to_string();
    assert!(error.contains("more.json"), "{error}");
}

#[test]
fn sha256sum_reads_the_digests() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, files) = fitted(folder.path());
    let check = || Command::new("sha256sum").args(["-c", SUMS]).current_dir(&dir).output();
    let Ok(output) = check() else {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "NOT RUN (no `sha256sum`): digests of fitted models");
        return;
    };
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && told.matches(": OK").count() == files.len() - 1, "{told}");
    let model = files.iter().find(|path| path.ends_with("tensors.safetensors")).unwrap();
    fs::write(model, "others").unwrap();
    assert!(!check().unwrap().status.success());
}
