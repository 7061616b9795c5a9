//! Fits in Detect: each kind with its parameters, on the rows that are marked normal or on another upload. The model is
//! kept and scores other rows.

use serde_json::json;

use super::columns::with_files;
use super::dashboard::{Dashboard, run};
use super::detect::{find_anomalies, fit_with, trial_of, upload};
use super::pages::assert_refusals_alone;
use super::tables::{EXPERIMENT, connections, flows};
use super::webdriver::Browser;

/// The ROC-AUC that the page shows.
fn auc(browser: &Browser) -> f64 {
    let text = browser.text("#result-summary").unwrap();
    let value = text.split("ROC-AUC ").nth(1).unwrap().split(',').next().unwrap();
    value.parse().unwrap()
}

/// Four rows in five are attacks, around (1, 2); normal rows are around (8, 9).
fn mostly_attacks(n: usize) -> String {
    let mut text = "x,y,class\n".to_owned();
    for i in 0..n {
        let (at, class) = if i % 5 == 0 { (8.0, "normal") } else { (1.0, "flood") };
        let wave = |step: f64| (i as f64 * step).sin();
        text.push_str(&format!("{:.4},{:.4},{class}\n", at + wave(0.7), at + 1.0 + wave(1.3)));
    }
    text
}

on_every_screen!(
    a_fit_on_attacks_is_warned_of_and_mended,
    a_model_is_kept_and_scores_another_upload,
    a_model_of_an_experiment_is_chosen,
    every_kind_that_needs_no_labels_can_be_fitted,
);

fn a_fit_on_attacks_is_warned_of_and_mended(browser: &Browser) -> Dashboard {
    let dashboard = with_files(&[("mostly.csv", mostly_attacks(600).as_bytes())]);
    dashboard.open(browser, "detect");
    upload(browser, &dashboard.sandbox.path("mostly.csv"));
    fit_with(browser, "hbos");
    // The page names the fault before the fit and after it.
    let before = browser.wait_text("#fit-warning", |text| text.contains("rows are outliers"));
    assert!(before.contains("80"), "{before}");
    find_anomalies(browser);
    assert!(auc(browser) < 0.5);
    let warning = browser.text("#result-warning").unwrap();
    assert!(warning.contains("worse than a coin") && warning.contains("80"), "{warning}");
    let threshold =
        browser.script("return document.querySelector('#threshold-number').value;", json!([]));
    browser.click("#fit-normal");
    browser.until("the other result", || {
        let now =
            browser.script("return document.querySelector('#threshold-number')?.value;", json!([]));
        (now.is_string() && now != threshold).then_some(())
    });
    let summary = browser.wait_text("#result-summary", |text| text.contains("marked normal"));
    assert!(summary.contains("120 rows marked normal"), "{summary}");
    assert!(auc(browser) > 0.9, "{summary}");
    assert_eq!(browser.number_of("#result-warning"), 0);
    // After the run, the page judges by another label at once.
    let script = "const box = [...document.querySelectorAll('#normal-values label')].find((l) => l.innerText.startsWith('flood')); box.querySelector('input').click();";
    browser.script(script, json!([]));
    browser.wait_text("#result-summary", |text| text.contains("By class 0 of them are outliers"));
    assert!(browser.number_of("#result canvas") > 0);
    dashboard
}

fn a_model_is_kept_and_scores_another_upload(browser: &Browser) -> Dashboard {
    let dashboard = with_files(&[
        ("monday.csv", flows(400, 4).as_bytes()),
        ("tuesday.csv", flows(300, 5).as_bytes()),
        ("other.csv", b"p,q\n1,2\n3,4\n5,7\n"),
    ]);
    dashboard.open(browser, "detect");
    upload(browser, &dashboard.sandbox.path("monday.csv"));
    fit_with(browser, "knn");
    browser.click("#parameters summary");
    browser.set("#param-n_neighbors", "0");
    browser.click("#run");
    browser
        .wait_text(".problem", |text| text.contains("n_neighbors") && text.contains("1 or more"));
    assert_refusals_alone(browser);
    browser.set("#param-n_neighbors", "3");
    browser.choose("#scale", "robust");
    browser.click("#log");
    browser.click("input[value=normal]");
    find_anomalies(browser);
    browser.wait_text("#result-summary", |text| text.contains("360 rows marked normal"));
    browser.set("#model-name", "Monday's normal rows");
    browser.click("#model-save");
    browser.wait_text("#model-kept", |text| text.contains("Monday's normal rows"));

    // For other rows, the model is offered and chosen if it reads their columns, and only then.
    browser.click("#other-rows");
    upload(browser, &dashboard.sandbox.path("tuesday.csv"));
    let chosen = "return document.querySelector('#model').selectedOptions[0].textContent;";
    browser.wait_for("#model option:nth-child(1)");
    let text = browser.script(chosen, json!([]));
    assert_eq!(text, "Monday's normal rows · 360 rows marked normal of monday.csv");
    assert_eq!(browser.number_of("input[value=saved]:checked"), 1);
    find_anomalies(browser);
    assert!(auc(browser) > 0.95, "{:?}", browser.text("#result-summary"));
    // And the other way: fitted on another upload.
    fit_with(browser, "mahalanobis");
    browser.click("input[value=other]");
    let option =
        "return [...document.querySelectorAll('#fit-upload option')].map((o) => o.textContent);";
    assert_eq!(browser.script(option, json!([])), json!(["monday.csv (400 rows)"]));
    browser.click("#run");
    browser
        .wait_text("#result-summary", |text| text.contains("360 rows marked normal of monday.csv"));
    browser.click("#other-rows");
    upload(browser, &dashboard.sandbox.path("other.csv"));
    browser.wait_text("#model-step", |text| {
        text.contains("2 other models read columns that these rows have not")
    });
    assert_eq!(browser.number_of("#model option"), 0);
    dashboard
}

/// Each model is shown with its experiment. If there are several models, none is chosen at first.
fn a_model_of_an_experiment_is_chosen(browser: &Browser) -> Dashboard {
    let dashboard = Dashboard::of(run(EXPERIMENT, &[("own.csv", &connections(200))]));
    dashboard.open(browser, "detect");
    upload(browser, &dashboard.sandbox.path("own.csv"));
    browser.until("the models", || (browser.number_of("#model option") == 4).then_some(()));
    let texts = "return [...document.querySelectorAll('#model option')].map((o) => o.textContent);";
    let texts: Vec<String> = serde_json::from_value(browser.script(texts, json!([]))).unwrap();
    assert_eq!(texts[0], "choose a model …");
    assert!(texts[1..].iter().all(|text| text.contains(" · own")), "{texts:?}");
    assert_eq!(browser.script("return document.querySelector('#model').value;", json!([])), "");
    // A click without a choice gets a message, and nothing runs.
    browser.click("input[value=saved]");
    browser.click("#run");
    browser.wait_text(".problem", |text| text.contains("no model is chosen"));
    browser.choose("#model", &format!("own/{}", trial_of(&dashboard.sandbox, "own", "AE")));
    find_anomalies(browser);
    browser.wait_text("#result-summary", |text| text.contains("AE · own"));
    dashboard
}

fn every_kind_that_needs_no_labels_can_be_fitted(browser: &Browser) -> Dashboard {
    let dashboard = with_files(&[("own.csv", connections(120).as_bytes())]);
    dashboard.open(browser, "detect");
    upload(browser, &dashboard.sandbox.path("own.csv"));
    browser.wait_for("#kind");
    let kinds = "return [...document.querySelectorAll('#kind option')].map((o) => o.value);";
    let kinds: Vec<String> = serde_json::from_value(browser.script(kinds, json!([]))).unwrap();
    for kind in ["isolation-forest", "autoencoder", "vae", "pca", "lof", "gmm", "ocsvm", "copod"] {
        assert!(kinds.contains(&kind.into()), "{kinds:?}");
    }
    assert!(!kinds.contains(&"random-forest".into()) && !kinds.contains(&"random".into()));
    // Each form has the parameters of the schema, and each fit ends.
    for kind in kinds
        .iter()
        .filter(|kind| !["seq2seq", "bigan", "vae", "autoencoder"].contains(&kind.as_str()))
    {
        fit_with(browser, kind);
        browser.click("#run");
        browser
            .wait_text("#result-summary", |text| text.starts_with(&format!("{kind}, fitted here")));
    }
    dashboard
}
