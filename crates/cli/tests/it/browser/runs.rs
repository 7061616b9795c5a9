//! Runs: an experiment is checked, started, watched and stopped in the browser, and goes on where it stopped.

use std::fs;

use serde_json::json;

use super::dashboard::Dashboard;
use super::pages::assert_well;
use super::webdriver::Browser;
use crate::oddbench::Sandbox;

/// A forest, which is fitted at once, and a network whose fit takes longer than the test.
const LONG: &str = r#"
name = "long"
dataset = { kind = "synthetic", rows = 8000, features = ["src_bytes", "dst_bytes", "count", "service"] }
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
run = { seeds = [1] }
model = [
  { kind = "isolation-forest", name = "forest" },
  { kind = "autoencoder", name = "AE", params = { epochs = 100000 } },
]
"#;

fn place() -> Dashboard {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("experiments")).unwrap();
    let quick = LONG.replace("\"long\"", "\"quick\"").replace("100000", "3");
    for (name, text) in
        [("long", LONG), ("quick", &quick), ("wrong", &LONG.replace("epochs", "epoch"))]
    {
        sandbox.write(&format!("experiments/{name}.toml"), text);
    }
    Dashboard::serving(sandbox, &["--run-dir", "experiments"])
}

fn start(browser: &Browser, name: &str) {
    browser.choose("#run-file", &format!("experiments/{name}.toml"));
    browser.click("#run-start");
}

on_every_screen!(runs_are_watched_and_stopped, without_folders_the_pages_say_how_to_allow_it);

fn runs_are_watched_and_stopped(browser: &Browser) -> Dashboard {
    let dashboard = place();
    dashboard.open(browser, "runs");
    assert_well(browser, "runs, before one is started");

    // A check says what the command says.
    browser.choose("#run-file", "experiments/wrong.toml");
    browser.click("#check");
    let said = browser.wait_text("#check-result", |text| text.contains("cannot be run"));
    assert!(said.contains("epoch") && said.contains("wrong.toml"), "{said}");
    browser.choose("#run-file", "experiments/quick.toml");
    browser.click("#check");
    browser.wait_text("#check-result", |text| {
        text.contains("It can be run") && text.contains("2 trials")
    });

    // The network's losses arrive while it runs; the page does it by itself.
    start(browser, "long");
    browser.wait_text("#run-done", |text| text == "1 of 2");
    browser.wait_text("#run-trials", |text| text.contains("of 100,000"));
    browser.wait_for("#run-curves .plot canvas");
    let epoch =
        || browser.text("#run-trials tbody tr:last-child td:nth-of-type(2)").unwrap_or_default();
    let before = epoch();
    browser.until("a later epoch", || (epoch() != before).then_some(()));
    assert_well(browser, "runs, while one goes");

    // Stop it as Ctrl-C does. Finished trials stay, and the next run of the file continues.
    browser.click("#run-stop");
    browser.wait_text("#run-state", |text| text.starts_with("Stopped"));
    browser.click("#main details summary");
    browser.wait_text("#run-output", |text| text.contains("run the same command again to go on"));
    start(browser, "long");
    browser.wait_text("#run-trials", |text| {
        text.contains("done before") && text.contains("of 100,000")
    });
    // A reload finds it.
    browser.script("location.reload();", json!([]));
    browser.wait_text("#run-state", |text| text.starts_with("Running"));
    browser.click("#run-stop");
    browser.wait_text("#run-state", |text| text.starts_with("Stopped"));

    // A run that ends by itself has results and a report.
    start(browser, "quick");
    browser.wait_text("#run-state", |text| text == "Done.");
    browser.wait_text("#run-links", |text| {
        text.contains("Results of quick") && text.contains("report")
    });
    assert!(dashboard.sandbox.path("reports/quick/index.html").is_file());
    assert_well(browser, "runs, after one");
    browser.click("#run-links a");
    browser.wait_text("main h1", |text| text.contains("quick"));
    dashboard
}

fn without_folders_the_pages_say_how_to_allow_it(browser: &Browser) -> Dashboard {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("results")).unwrap();
    let dashboard = Dashboard::of(sandbox);
    dashboard.open(browser, "runs");
    browser.wait_text(".empty", |text| text.contains("oddbench serve --run-dir"));
    assert_well(browser, "runs without a folder");
    dashboard.open(browser, "live?source=file");
    browser.wait_text(".empty", |text| text.contains("oddbench serve --follow-dir"));
    assert_well(browser, "live without a folder");
    dashboard
}
