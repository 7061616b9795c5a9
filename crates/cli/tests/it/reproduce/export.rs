//! Three small files of a results folder are enough: that is how a study is committed.

use super::*;

const EXPORT: [&str; 3] = ["manifest.json", "summary.csv", "score-digests.csv"];

fn exported(sandbox: &Sandbox) -> PathBuf {
    let folder = sandbox.path("committed");
    fs::create_dir(&folder).unwrap();
    for file in EXPORT {
        fs::copy(sandbox.path(&format!("results/study/{file}")), folder.join(file)).unwrap();
    }
    folder
}

#[test]
fn three_files_are_enough() {
    let sandbox = studied();
    let folder = exported(&sandbox);
    fs::remove_dir_all(sandbox.path("results")).unwrap();
    let before = contents(&folder);
    let output = sandbox.run(&["reproduce", "committed", "--json"]);
    assert_code(&output, 0);
    assert_eq!(verdicts(&json(&output)), all("bit-equal", 5));
    assert_eq!(contents(&folder), before);
    assert!(sandbox.path("results/study+reproduced/reproduction.csv").exists());
}

#[test]
fn another_digest_is_not_bit_equal_and_the_metrics_are_compared() {
    let sandbox = studied();
    let folder = exported(&sandbox);
    let [one, other] = ids(&sandbox, "forest").try_into().unwrap();
    let file = folder.join("score-digests.csv");
    let text = fs::read_to_string(&file).unwrap();
    let line = text.lines().find(|line| line.starts_with(&one)).unwrap();
    let digit = if line.ends_with('0') { '1' } else { '0' };
    let flipped = format!("{}{digit}", &line[..line.len() - 1]);
    fs::write(&file, text.replace(line, &flipped)).unwrap();
    let output = sandbox.run(&["reproduce", "committed"]);
    assert_code(&output, 5);
    let said = stdout(&output);
    let expected = "not bit-equal, and the scores of then are gone; all metrics equal";
    assert!(said.contains(&format!("forest seed 1 (trial {one}): {expected}")), "{said}");
    // Figures of then that are others are named.
    let file = folder.join("summary.csv");
    let text = fs::read_to_string(&file).unwrap();
    let [of_one, of_other] =
        [&one, &other].map(|id| text.lines().find(|line| line.ends_with(id.as_str())).unwrap());
    let swapped = of_other.replace(other.as_str(), &one);
    fs::write(&file, text.replace(of_one, &swapped)).unwrap();
    let output = sandbox.run(&["reproduce", "committed"]);
    assert_code(&output, 5);
    assert!(stdout(&output).contains("most of the metrics"), "{}", stdout(&output));
}

/// Where the digests of the tables came along, a table that was changed is refused.
#[test]
fn a_changed_table_is_refused_by_its_digest() {
    let sandbox = studied();
    let folder = exported(&sandbox);
    fs::copy(sandbox.path("results/study/SHA256SUMS"), folder.join("SHA256SUMS")).unwrap();
    assert_code(&sandbox.run(&["reproduce", "committed"]), 0);
    let file = folder.join("score-digests.csv");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("forest", "FOREST")).unwrap();
    let output = sandbox.run(&["reproduce", "committed"]);
    assert_code(&output, 1);
    assert!(stderr(&output).contains("score-digests.csv"), "{}", stderr(&output));
}

/// The records have the digests too, so a folder without scores is enough.
#[test]
fn a_folder_without_scores_is_enough() {
    let sandbox = studied();
    fs::remove_file(sandbox.path("results/study/score-digests.csv")).unwrap();
    for id in [ids(&sandbox, "forest"), ids(&sandbox, "hbos"), ids(&sandbox, "both")].concat() {
        let dir = sandbox.path(&format!("results/study/trials/{id}"));
        fs::remove_file(dir.join("scores.parquet")).unwrap();
        // One older record has no digest of the scores, only a digest of their file.
        let mut record = read(&dir.join("record.json"));
        if record["trial"]["name"] == "hbos" {
            record.as_object_mut().unwrap().remove("score_sha256").unwrap();
            write_unsealed(&dir.join("record.json"), record);
        }
    }
    let output = sandbox.run(&["reproduce", "study", "--json"]);
    assert_code(&output, 0);
    assert_eq!(verdicts(&json(&output)), all("bit-equal", 5));
}
