//! The UNSW-NB15 file as it is published, from the upload to a list that somebody has worked through.

use serde_json::json;

use super::columns::with_files;
use super::detect::{download, find_anomalies, fit_with, upload};
use super::webdriver::{Screen, Theme, browser};
use crate::oddbench::real_data;

#[test]
fn unsw_nb15_goes_from_upload_to_a_triaged_list() {
    let Some(mirror) = real_data("Detect on UNSW-NB15") else { return };
    let file = mirror.join("unsw-nb15/UNSW_NB15_training-set.csv.gz");
    if !file.is_file() {
        return;
    }
    let Some(browser) = browser("Detect on UNSW-NB15", Screen::Desktop, Theme::Dark) else {
        return;
    };
    let dashboard = with_files(&[]);
    dashboard.open(&browser, "detect");
    upload(&browser, &file);
    let summary = browser.text("#upload-summary").unwrap();
    assert!(summary.contains("82,332 rows"), "{summary}");
    for name in ["id", "attack_cat", "label"] {
        let css = format!("[aria-label='Learn from {name}']:checked");
        assert_eq!(browser.number_of(&css), 0, "{name} is learned from");
    }
    // 45,332 attacks among 82,332 flows, as published.
    browser.wait_text("#label-summary", |text| text.contains("45,332 of 82,332"));
    fit_with(&browser, "isolation-forest");
    browser.click("input[value=normal]");
    find_anomalies(&browser);
    browser.wait_text("#result-summary", |text| text.contains("37,000 rows marked normal"));
    let read = "return [...document.querySelectorAll('#rows-reason option')].map((o) => o.value);";
    let read: Vec<String> = serde_json::from_value(browser.script(read, json!([]))).unwrap();
    assert!(read.contains(&"sttl".into()), "{read:?}");
    assert!(
        !read.iter().any(|name| ["id", "attack_cat", "label"].contains(&name.as_str())),
        "{read:?}"
    );
    browser.choose("#rows-only", "anomalies");
    browser.wait_for("#result tbody .alike");
    browser.wait_for("#result tbody .reason");
    let mark = "return document.querySelector('#result tbody .alike').closest('tr').querySelector('select').dataset.mark;";
    let mark = browser.script(mark, json!([])).as_str().unwrap().to_owned();
    browser.choose(&format!("[data-mark='{mark}']"), "look-again");
    browser.wait_text("#marks-summary", |text| text.contains("to look at again"));
    let csv = String::from_utf8(download(&browser)).unwrap();
    assert_eq!(csv.lines().count(), 82_333);
    assert!(csv.lines().any(|line| line.contains(",look again,")));
    assert_eq!(browser.console(), Vec::<String>::new());
}
