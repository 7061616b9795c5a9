//! The address of Detect holds its whole state. A reload restores the state, and so does a return through the menu.

use serde_json::json;

use super::columns::with_files;
use super::dashboard::Dashboard;
use super::detect::{find_anomalies, fit_with, upload};
use super::tables::{connections, number};
use super::webdriver::{Browser, keys};

fn value(browser: &Browser, css: &str) -> String {
    let script = "return document.querySelector(arguments[0])?.value ?? '';";
    browser.script(script, json!([css])).as_str().unwrap().to_owned()
}

fn address(browser: &Browser) -> String {
    browser.script("return location.hash;", json!([])).as_str().unwrap().to_owned()
}

/// Checks that the page shows the state in which the reader left it.
fn assert_restored(browser: &Browser, anomalies: u64) {
    browser.until("the result", || {
        (number(&browser.text("#count-anomalies")?) == Some(anomalies)).then_some(())
    });
    assert_eq!(value(browser, "#threshold-number"), "0.02");
    assert_eq!(value(browser, "#rows-search"), "tcp");
    assert_eq!(value(browser, "#rows-only"), "anomalies");
    assert_eq!(value(browser, "#kind"), "pca");
    assert_eq!(value(browser, "[data-role=label]"), "class");
    assert_eq!(browser.number_of("[aria-label='Learn from z']:checked"), 0);
    browser.wait_text("#rows-count", |text| text.contains("rows of 300"));
}

on_every_screen!(a_reload_and_the_menu_restore_everything);

fn a_reload_and_the_menu_restore_everything(browser: &Browser) -> Dashboard {
    let dashboard = with_files(&[("own.csv", connections(300).as_bytes())]);
    dashboard.open(browser, "detect");
    upload(browser, &dashboard.sandbox.path("own.csv"));
    browser.click("[aria-label='Learn from z']");
    fit_with(browser, "pca");
    find_anomalies(browser);
    browser.set("#threshold-number", "0.02");
    browser.choose("#rows-only", "anomalies");
    browser.set("#rows-search", "tcp");
    browser.until("the address", || {
        let now = address(browser);
        ["upload=u-", "job=j-", "threshold=0.02", "only=anomalies", "q=tcp", "ignore=z", "kind=pca"]
            .iter()
            .all(|part| now.contains(part))
            .then_some(())
    });
    let anomalies = number(&browser.text("#count-anomalies").unwrap()).unwrap();
    browser.script("location.reload();", json!([]));
    assert_restored(browser, anomalies);

    // An open row has an address, too.
    browser.click("#result tbody th button");
    browser.wait_text("dialog", |text| text.contains("Share of the score"));
    let open = browser.text("dialog h2").unwrap();
    assert!(address(browser).contains("row="));
    browser.script("location.reload();", json!([]));
    browser.wait_text("dialog", |text| text.contains(&open) && text.contains("Share of the score"));
    browser.press(keys::ESCAPE);
    browser.until("the dialog to close", || (!address(browser).contains("row=")).then_some(()));

    // Leave by the menu and come back.
    browser.click("#nav a[data-page=results]");
    browser.wait_for("#main[data-shown=results]");
    browser.click("#nav a[data-page=detect]");
    assert_restored(browser, anomalies);

    // Take other rows, then choose these again from the list of kept uploads.
    browser.click("#other-rows");
    browser
        .wait_text("#recent-uploads", |text| text.contains("own.csv") && text.contains("300 rows"));
    assert!(!address(browser).contains("upload="));
    browser.click("#recent-uploads [data-upload]");
    browser.wait_text("#upload-summary", |text| text.contains("own.csv"));
    browser.click("#other-rows");
    browser.click("#recent-uploads [aria-label='Forget own.csv']");
    browser.until("nothing kept", || (browser.number_of("#recent-uploads li") == 0).then_some(()));
    dashboard
}
