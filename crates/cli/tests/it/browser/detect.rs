//! Detect: an uploaded table, judged by a saved model or by one that is fitted on it.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::dashboard::{Dashboard, run};
use super::pages::assert_refusals_alone;
use super::tables::{Counts, EXPERIMENT, Scored, connections, number};
use super::webdriver::Browser;
use crate::oddbench::{Sandbox, assert_code, summary};

/// Uploads a file through the file input of the open page, and waits until it is read.
pub fn upload(browser: &Browser, file: &Path) {
    browser.type_into("#file", file.to_str().unwrap());
    browser.wait_for("#upload-summary");
}

/// Starts the job that the form describes, and waits for its result.
pub fn find_anomalies(browser: &Browser) {
    browser.click("#run");
    browser.wait_for("#result #count-anomalies");
    browser
        .until("the rows", || (browser.number_of("#result tbody tr th button") > 0).then_some(()));
}

/// Chooses to fit a new model of that kind.
pub fn fit_with(browser: &Browser, kind: &str) {
    browser.wait_for("#kind");
    browser.click("input[value=fit]");
    browser.choose("#kind", kind);
}

/// The trial of a model's first seed.
pub fn trial_of(sandbox: &Sandbox, experiment: &str, label: &str) -> String {
    let rows = summary(&sandbox.path(&format!("results/{experiment}/summary.csv")));
    rows.iter().find(|row| row["name"] == label).unwrap()["trial"].clone()
}

/// What `oddbench score` writes for a file and a saved model.
pub fn score(sandbox: &Sandbox, model: &str, input: &Path, threshold: Option<f64>) -> Vec<u8> {
    let output = sandbox.path("scored.csv");
    let mut args = vec!["score", "--model", model, "--input", input.to_str().unwrap()];
    args.extend(["--output", output.to_str().unwrap()]);
    let threshold = threshold.map(|value| format!("{value}"));
    if let Some(threshold) = &threshold {
        args.extend(["--threshold", threshold]);
    }
    let _ = std::fs::remove_file(&output);
    assert_code(&sandbox.run(&args), 0);
    std::fs::read(output).unwrap()
}

/// Clicks the download and reads the file.
pub fn download(browser: &Browser) -> Vec<u8> {
    let folder = browser.downloads.path().to_owned();
    let finished = |path: &PathBuf| path.extension().is_some_and(|e| e == "csv");
    let files = || -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(finished).collect()
    };
    files().iter().for_each(|old| std::fs::remove_file(old).unwrap());
    browser.tools(
        "Browser.setDownloadBehavior",
        json!({ "behavior": "allow", "downloadPath": folder }),
    );
    browser.click("#download");
    // The browser first creates an empty file with this name. It writes to another file beside it.
    let partial = |path: &PathBuf| path.extension().is_some_and(|e| e == "crdownload");
    browser.until("the download", || {
        let all = || std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let content = std::fs::read(files().pop()?).ok()?;
        (!content.is_empty() && !all().any(|path| partial(&path))).then_some(content)
    })
}

/// The threshold that the page judges by.
pub fn threshold(browser: &Browser) -> f64 {
    let script = "return document.querySelector('#threshold-number').value;";
    browser.script(script, json!([])).as_str().unwrap().parse().unwrap()
}

/// Checks the result of a labelled upload. `scored` is the output of `oddbench score` for the same file.
pub fn assert_follows_the_threshold(browser: &Browser, scored: &Scored) {
    let now = || Counts::shown(browser, "count").unwrap();
    assert_eq!(now(), scored.by_command(), "at the model's own threshold");
    assert_eq!(now(), scored.at(threshold(browser)));
    // Move the threshold by the number, by the slider and by the line on the plot. Each move changes the counts.
    let mut sorted = scored.scores.clone();
    sorted.sort_by(f64::total_cmp);
    for share in [0.3, 0.9] {
        let to = sorted[(sorted.len() as f64 * share) as usize];
        browser.set("#threshold-number", &format!("{to}"));
        assert_eq!(now(), scored.at(to), "at {to}, the {share} quantile");
        let all = browser.text("#count-anomalies").and_then(|text| number(&text));
        assert_eq!(all, Some(scored.at(to).anomalies()));
    }
    let before = now();
    browser.set("#threshold-slider", "950");
    assert_ne!(now(), before, "the slider moves the threshold");
    assert_eq!(now(), scored.at(threshold(browser)));
    let before = now();
    let script = "const r = document.querySelector('.plot.drag .u-over').getBoundingClientRect(); \
        if (r.top < 0 || r.bottom > innerHeight) scrollBy({ top: r.top - 200, behavior: 'instant' }); \
        const s = document.querySelector('.plot.drag .u-over').getBoundingClientRect(); return [s.left, s.top, s.width];";
    let place: Vec<f64> = serde_json::from_value(browser.script(script, json!([]))).unwrap();
    let at = |share: f64| (place[0] + share * place[2], place[1] + 40.0);
    browser.drag(at(0.9), at(0.1));
    browser.until("the dragged line", || (now() != before).then_some(()));
    assert_eq!(now(), scored.at(threshold(browser)));
}

on_every_screen!(
    an_upload_is_judged_as_the_command_judges_it,
    a_forest_is_fitted_on_rows_without_labels,
    a_fit_can_be_cancelled,
    what_is_wrong_with_a_file_is_said_with_a_remedy,
);

fn an_upload_is_judged_as_the_command_judges_it(browser: &Browser) -> Dashboard {
    let table = connections(600);
    let dashboard = Dashboard::of(run(EXPERIMENT, &[("own.csv", &table)]));
    let file = dashboard.sandbox.path("own.csv");
    let trial = trial_of(&dashboard.sandbox, "own", "AE");
    let model = format!("results/own/trials/{trial}");
    let written = score(&dashboard.sandbox, &model, &file, None);
    let scored = Scored::read(&written, "class", &["normal"]);
    assert_eq!(scored.scores.len(), 600);

    dashboard.open(browser, "detect");
    upload(browser, &file);
    assert!(browser.text("#upload-summary").unwrap().contains("600 rows"));
    browser.choose("#model", &format!("own/{trial}"));
    find_anomalies(browser);
    assert_eq!(download(browser), written, "the download is what the command writes");
    assert_follows_the_threshold(browser, &scored);
    browser.set("#threshold-number", "0.001");
    let moved = score(&dashboard.sandbox, &model, &file, Some(0.001));
    assert_eq!(download(browser), moved, "the download follows the threshold");

    // The list begins with the oddest rows and shows their reasons. One row is opened.
    browser.choose("#rows-only", "anomalies");
    browser.wait_for("#result tbody .share .fill");
    browser.click("#result tbody tr th button");
    browser
        .wait_text("dialog", |text| text.contains("Share of the score") && text.contains("proto"));
    dashboard
}

fn a_forest_is_fitted_on_rows_without_labels(browser: &Browser) -> Dashboard {
    let bare: String = connections(600)
        .lines()
        .map(|line| format!("{}\n", line.rsplit_once(',').unwrap().0))
        .collect();
    let dashboard =
        Dashboard::of(run(EXPERIMENT, &[("own.csv", &connections(600)), ("bare.csv", &bare)]));
    dashboard.open(browser, "detect");
    upload(browser, &dashboard.sandbox.path("bare.csv"));
    fit_with(browser, "isolation-forest");
    find_anomalies(browser);
    // Without labels, the page shows no counts of right and wrong calls.
    assert_eq!(browser.number_of("#count-tp"), 0);
    let shown = || number(&browser.text("#count-anomalies").unwrap()).unwrap();
    // The threshold is the 95 % quantile of 600 scores: at most 30 lie beyond it.
    let first = shown();
    assert!((1..=30).contains(&first), "{first} anomalies");
    let csv = download(browser);
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    let column = reader.headers().unwrap().iter().position(|name| name == "is_anomaly").unwrap();
    let calls: Vec<String> = reader.records().map(|row| row.unwrap()[column].to_owned()).collect();
    assert_eq!(calls.len(), 600);
    assert_eq!(calls.iter().filter(|call| *call == "true" || *call == "1").count() as u64, first);
    browser.set("#threshold-slider", "0");
    assert!(shown() > first);
    dashboard
}

fn a_fit_can_be_cancelled(browser: &Browser) -> Dashboard {
    let table = connections(24_000);
    let dashboard =
        Dashboard::of(run(EXPERIMENT, &[("own.csv", &connections(200)), ("big.csv", &table)]));
    dashboard.open(browser, "detect");
    upload(browser, &dashboard.sandbox.path("big.csv"));
    fit_with(browser, "autoencoder");
    browser.click("#parameters summary");
    browser.set("#param-epochs", "5000");
    browser.click("#run");
    browser.wait_for("progress[value]");
    browser.click("#cancel");
    browser.wait_for("#job-cancelled");
    assert_eq!(browser.number_of("#count-anomalies"), 0);
    // The button is there again for another try.
    browser.until("the button", || {
        browser
            .script("return !document.querySelector('#run').disabled;", json!([]))
            .as_bool()
            .filter(|ready| *ready)
    });
    dashboard
}

fn what_is_wrong_with_a_file_is_said_with_a_remedy(browser: &Browser) -> Dashboard {
    let dashboard = Dashboard::of(run(
        EXPERIMENT,
        &[
            ("own.csv", &connections(200)),
            ("ragged.csv", "a,b\n1,2\n3\n"),
            ("other.csv", "p,q\n1,2\n3,4\n5,7\n"),
        ],
    ));
    dashboard.open(browser, "detect");
    browser.type_into("#file", dashboard.sandbox.path("ragged.csv").to_str().unwrap());
    let said = browser.wait_text(".problem", |text| text.contains("What to do"));
    assert!(said.contains("line 3"), "{said}");
    // No saved model can read this table. The page offers none, and says how many models there are.
    upload(browser, &dashboard.sandbox.path("other.csv"));
    let said = browser.wait_text("#model-step", |text| text.contains("other models"));
    assert!(said.contains("3 other models read columns that these rows have not"), "{said}");
    assert_eq!(browser.number_of("#model"), 0);
    assert_eq!(browser.number_of("input[value=saved]:disabled"), 1);
    assert_refusals_alone(browser);
    dashboard
}
