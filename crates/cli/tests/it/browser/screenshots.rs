//! The pictures in docs/screenshots/, made by scripts/screenshots.sh: every page, light and dark, on a
//! desktop and a phone, with generated rows.

use std::path::Path;

use serde_json::json;

use super::dashboard::Dashboard;
use super::detect::{find_anomalies, trial_of};
use super::tables::connections;
use super::webdriver::{Browser, Screen, Theme, browser};
use crate::oddbench::{Sandbox, assert_code};

/// Generated rows, and a handful of models that are quick in a debug build too.
const SHOWN: &str = r#"
name = "generated"
description = "Five models on generated network connections. The rows are synthetic: the figures show how oddbench works, not how good a detector is."
[dataset]
kind = "synthetic"
rows = 6000
seed = 1
features = "published-18"
[split]
kind = "holdout"
seed = 1
[[threshold]]
rule = "max-f1"
[[threshold]]
rule = "quantile"
quantile = 0.99
[run]
seeds = [1, 2]
[[model]]
kind = "pca"
name = "PCA"
params = { n_components = 4, score = "reconstruction" }
[[model]]
kind = "autoencoder"
name = "AE"
params = { preset = "sound", epochs = 12 }
[[model]]
kind = "isolation-forest"
name = "isolation forest"
[[model]]
kind = "hbos"
name = "HBOS"
[[model]]
kind = "random"
"#;

/// Two experiments on the same generated rows: 18 columns, and all.
fn results() -> Sandbox {
    let sandbox = Sandbox::new();
    let all = SHOWN
        .replace("name = \"generated\"", "name = \"generated-all-columns\"")
        .replace("features = \"published-18\"", "features = \"all\"");
    for (name, text) in [("18.toml", SHOWN), ("all.toml", &all)] {
        let file = sandbox.write(name, text);
        assert_code(&sandbox.run(&["run", file.to_str().unwrap(), "--no-report"]), 0);
    }
    for folder in ["logs", "experiments"] {
        std::fs::create_dir(sandbox.path(folder)).unwrap();
    }
    let watched = SHOWN
        .replace("name = \"generated\"", "name = \"watched\"")
        .replace("epochs = 12", "epochs = 100000");
    sandbox.write("experiments/watched.toml", &watched);
    sandbox.write("logs/conn.csv", &connections(600));
    let fit = ["fit", "--model", "isolation-forest", "--input", "logs/conn.csv"];
    assert_code(&sandbox.run(&[&fit[..], &["--output", "models/forest"]].concat()), 0);
    sandbox
}

/// Beside the results: a log to follow with a model, and an experiment that runs while the pictures are made.
const OPTIONS: &[&str] =
    &["--follow-dir", "logs", "--models", "models", "--run-dir", "experiments"];

fn watched_run(dashboard: &Dashboard) {
    let asked = json!({ "file": "experiments/watched.toml" }).to_string();
    let post = ureq::post(format!("{}/api/runs", dashboard.url));
    post.header("content-type", "application/json").send(&asked).unwrap();
}

fn shoot(browser: &Browser, folder: &Path, name: &str) {
    // Two frames, so that the plots are drawn.
    browser.until("a frame", || {
        let script = "if (!window.framed) { window.framed = 1; requestAnimationFrame(() => requestAnimationFrame(() => { window.framed = 2; })); } return window.framed === 2;";
        browser.script(script, json!([])).as_bool().filter(|done| *done)
    });
    browser.script("window.framed = 0;", json!([]));
    let picture = browser.tools("Page.captureScreenshot", json!({ "format": "png" }));
    let bytes = from_base64(picture["data"].as_str().unwrap());
    assert!(bytes.len() < 150_000, "{name} has {} bytes", bytes.len());
    std::fs::write(folder.join(format!("{name}.png")), bytes).unwrap();
}

pub fn from_base64(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => u32::from(c - b'A'),
        b'a'..=b'z' => u32::from(c - b'a') + 26,
        b'0'..=b'9' => u32::from(c - b'0') + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u32> = text.bytes().filter(|c| *c != b'=').map(digit).collect();
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for four in digits.chunks(4) {
        let bits = four.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - four.len()));
        bytes.extend(&bits.to_be_bytes()[1..four.len()]);
    }
    bytes
}

fn scroll_to(browser: &Browser, css: &str) {
    let script = "const top = document.querySelector(arguments[0]).getBoundingClientRect().top; \
        scrollBy({ top: top - 80, behavior: 'instant' });";
    browser.script(script, json!([css]));
}

fn every_page(dashboard: &Dashboard, folder: &Path, screen: Screen, theme: Theme) {
    let Some(browser) = browser("screenshots", screen, theme) else { return };
    let suffix = format!("{screen:?}-{theme:?}").to_lowercase();
    let name = |page: &str| format!("{page}-{suffix}");
    let trial = format!("results/generated/{}", trial_of(&dashboard.sandbox, "generated", "AE"));
    for (page, file) in [
        ("results", "results"),
        ("results/generated", "experiment"),
        (&trial, "trial"),
        ("compare?a=generated&b=generated-all-columns", "compare"),
        ("api", "api"),
    ] {
        dashboard.open(&browser, page);
        shoot(&browser, folder, &name(file));
    }
    dashboard.open(&browser, "detect");
    shoot(&browser, folder, &name("detect-upload"));
    browser.click("[data-sample=synthetic]");
    browser.wait_for("#upload-summary");
    browser.wait_for("#kind");
    scroll_to(&browser, "#columns-summary");
    shoot(&browser, folder, &name("detect-columns"));
    super::detect::fit_with(&browser, "isolation-forest");
    find_anomalies(&browser);
    scroll_to(&browser, "#result");
    shoot(&browser, folder, &name("detect"));
    scroll_to(&browser, "#result > :nth-child(3)");
    shoot(&browser, folder, &name("detect-plots"));
    scroll_to(&browser, "#result > :last-child");
    shoot(&browser, folder, &name("detect-rows"));

    dashboard.open(&browser, "rows");
    browser.choose("#filter-outcome", "wrong");
    browser.wait_for("main tbody .bad");
    scroll_to(&browser, "main section.card");
    shoot(&browser, folder, &name("rows"));
    browser.click("main tbody th button");
    browser.wait_for("dialog table .share");
    shoot(&browser, folder, &name("row"));

    dashboard.open(&browser, "live?source=file");
    browser.choose("#follow-model", "saved/forest");
    browser.click("#follow-start");
    browser.wait_for("#alarms tbody .share .fill");
    browser.wait_text("#follow-state", |text| text.contains("everything in the file"));
    scroll_to(&browser, "#live-stage");
    shoot(&browser, folder, &name("live-follow"));
    dashboard.open(&browser, "runs");
    browser.wait_for("#run-curves .plot canvas");
    scroll_to(&browser, "#run-view");
    shoot(&browser, folder, &name("runs"));

    dashboard.open(&browser, "live?source=rows");
    browser.set("#live-speed", "9");
    browser.click("#live-toggle");
    browser.wait_text("#live-seen", |text| {
        text.replace(',', "").parse::<u32>().is_ok_and(|n| n > 600)
    });
    shoot(&browser, folder, &name("live"));
}

#[test]
#[ignore = "makes pictures: scripts/screenshots.sh"]
fn of_every_page() {
    let folder = std::env::var_os("ODDBENCH_SCREENSHOTS").unwrap();
    let folder = Path::new(&folder);
    let dashboard = Dashboard::serving(results(), OPTIONS);
    watched_run(&dashboard);
    let (dashboard, folder) = (&dashboard, folder);
    std::thread::scope(|scope| {
        for screen in [Screen::Desktop, Screen::Phone] {
            for theme in [Theme::Light, Theme::Dark] {
                scope.spawn(move || every_page(dashboard, folder, screen, theme));
            }
        }
    });
}
