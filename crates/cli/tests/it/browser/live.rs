//! Live: the server follows a file of the user while lines are appended to it.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::json;

use super::axe::assert_accessible;
use super::dashboard::{Dashboard, run};
use super::detect::{score, trial_of};
use super::pages::assert_well;
use super::tables::{EXPERIMENT, Scored, connections, number};
use super::webdriver::{Browser, keys};

fn append(file: &Path, text: &str) {
    fs::OpenOptions::new().append(true).open(file).unwrap().write_all(text.as_bytes()).unwrap();
}

fn wait_number(browser: &Browser, css: &str, wanted: u64) {
    browser.until(&format!("{wanted} in {css}"), || {
        (number(&browser.text(css)?) == Some(wanted)).then_some(())
    });
}

/// Starts a dashboard that may follow `logs/conn.csv`. This log holds the first rows of a table. Returns the whole table
/// too.
fn place() -> (Dashboard, String, String) {
    let table = connections(120);
    let (beginning, rest) = table.split_at(table.match_indices('\n').nth(40).unwrap().0 + 1);
    let sandbox = run(EXPERIMENT, &[("own.csv", &connections(400)), ("whole.csv", &table)]);
    fs::create_dir(sandbox.path("logs")).unwrap();
    fs::write(sandbox.path("logs/conn.csv"), beginning).unwrap();
    let rest = rest.to_owned();
    let model = format!("own/{}", trial_of(&sandbox, "own", "AE"));
    (Dashboard::serving(sandbox, &["--follow-dir", "logs"]), model, rest)
}

on_every_screen!(
    an_own_file_is_followed,
    live_proposes_a_model_only_where_the_file_has_its_columns,
    live_keeps_its_choices_in_the_address,
);

fn an_own_file_is_followed(browser: &Browser) -> Dashboard {
    let (dashboard, model, rest) = place();
    let log = dashboard.sandbox.path("logs/conn.csv");
    // What the command says of the whole table.
    let folder = format!("results/{}", model.replace('/', "/trials/"));
    let by_command = |file: &Path| {
        Scored::read(&score(&dashboard.sandbox, &folder, file, None), "class", &["normal"])
            .by_command()
            .anomalies()
    };
    let (first, all) = (by_command(&log), by_command(&dashboard.sandbox.path("whole.csv")));
    assert!(0 < first && first < all);

    dashboard.open(browser, "live");
    assert_well(browser, "live, before a file is followed");
    browser.choose("#follow-file", "logs/conn.csv");
    browser.choose("#follow-model", &model);
    browser.click("#follow-start");
    wait_number(browser, "#follow-rows", 40);
    wait_number(browser, "#follow-alarms", first);
    browser.wait_text("#follow-state", |text| text.contains("everything in the file"));

    // Lines are appended while the page is open: alarms appear, a bad line is counted and shown.
    append(&log, &rest);
    append(&log, "1,2,not a number,tcp,normal\n");
    wait_number(browser, "#follow-rows", 120);
    wait_number(browser, "#follow-alarms", all);
    wait_number(browser, "#follow-bad", 1);
    browser.click("#follow-faults summary");
    browser.wait_text("#follow-faults", |text| text.contains("line 122"));
    assert_well(browser, "live with alarms");

    // An alarm opens its row, with reasons as Detect has them.
    browser.wait_for("#alarms tbody .share .fill");
    let title = browser.text("#alarms tbody th button").unwrap();
    browser.click("#alarms tbody th button");
    browser.wait_text("dialog", |text| {
        text.contains(&format!("Row {title}"))
            && text.contains("Share of the score")
            && text.contains("proto")
    });
    assert_accessible(browser, "the row of an alarm");
    browser.press(keys::ESCAPE);
    browser.until("the dialog to close", || (browser.number_of("dialog") == 0).then_some(()));

    // Pause it. Then it continues at the line where it stopped.
    browser.click("#follow-toggle");
    browser.wait_text("#follow-state", |text| text.starts_with("Paused after 120 rows"));
    append(&log, "8.5,9.5,3.0,tcp,flood\n");
    browser.click("#follow-toggle");
    wait_number(browser, "#follow-rows", 121);
    wait_number(browser, "#follow-alarms", all + 1);

    // It follows the new log after a rotation.
    fs::rename(&log, dashboard.sandbox.path("logs/conn.old")).unwrap();
    fs::write(&log, "x,y,z,proto,class\n1.0,2.0,3.0,tcp,normal\n").unwrap();
    wait_number(browser, "#follow-restarts", 1);
    wait_number(browser, "#follow-rows", 122);

    // A reload finds it again; another address says that it is gone.
    browser.script("location.reload();", json!([]));
    wait_number(browser, "#follow-rows", 122);
    browser.click("#follow-stop");
    browser.wait_for("#follow-start");
    assert_eq!(browser.number_of("#follows"), 0);
    dashboard
}

fn live_proposes_a_model_only_where_the_file_has_its_columns(browser: &Browser) -> Dashboard {
    let (dashboard, _, _) = place();
    fs::write(dashboard.sandbox.path("logs/other.csv"), "p,q\n1,2\n").unwrap();
    dashboard.open(browser, "live");
    for (file, proposed) in [("logs/other.csv", false), ("logs/conn.csv", true)] {
        browser.choose("#follow-file", file);
        browser.until(&format!("the models for {file}"), || {
            let model =
                browser.script("return document.querySelector('#follow-model').value;", json!([]));
            (model.as_str()?.starts_with("own/") == proposed).then_some(())
        });
    }
    browser.choose("#follow-file", "logs/other.csv");
    browser.wait_text("#follow-model", |text| text.contains("the file has no "));
    browser.click("#follow-start");
    browser.wait_text(".problem", |text| text.contains("no model is chosen"));
    dashboard
}

fn live_keeps_its_choices_in_the_address(browser: &Browser) -> Dashboard {
    let (dashboard, model, _) = place();
    let address = || {
        let hash = browser.script("return decodeURIComponent(location.hash);", json!([]));
        hash.as_str().unwrap().to_owned()
    };
    dashboard.open(browser, "live");
    browser.choose("#follow-model", &model);
    browser.set("#follow-threshold", "0.5");
    browser.click("#follow-from-end");
    for part in [format!("model={model}").as_str(), "threshold=0.5", "new=1"] {
        assert!(address().contains(part), "{part} is not in {}", address());
    }
    browser.click("input[value=rows]");
    browser.wait_for("#live-speed");
    browser.set("#live-speed", "9");
    browser.choose("#live-rule", "1");
    for part in ["source=rows", "speed=1000", "rule=1"] {
        assert!(address().contains(part), "{part} is not in {}", address());
    }
    browser.script("location.reload();", json!([]));
    browser.wait_text("output", |text| text == "1,000 rows a second");
    let rule = browser.script("return document.querySelector('#live-rule').value;", json!([]));
    assert_eq!(rule, "1");
    browser.wait_text("#live-order", |text| text.contains("mixed order"));
    browser.click("input[value=file]");
    browser.wait_for("#follow-threshold");
    let kept = "return document.querySelector('#follow-threshold').value;";
    assert_eq!(browser.script(kept, json!([])), "0.5");
    dashboard
}
