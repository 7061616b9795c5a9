//! Detect without a mouse.

use serde_json::json;

use super::dashboard::{Dashboard, run};
use super::tables::{EXPERIMENT, connections, number};
use super::webdriver::{Browser, keys};

/// Presses Tab until the element that `css` finds has the focus. The focus must be visible.
fn tab_to(browser: &Browser, css: &str) {
    let at = "const e = document.activeElement; return e !== null && e.matches(arguments[0]);";
    for _ in 0..80 {
        if browser.script(at, json!([css])) == true {
            let seen = "const s = getComputedStyle(document.activeElement); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2;";
            assert_eq!(browser.script(seen, json!([])), true, "the focus on {css} is not visible");
            return;
        }
        browser.press(keys::TAB);
    }
    panic!("80 times Tab do not lead to {css}");
}

on_every_screen!(detect_needs_no_mouse);

fn detect_needs_no_mouse(browser: &Browser) -> Dashboard {
    let dashboard = Dashboard::of(run(EXPERIMENT, &[("own.csv", &connections(200))]));
    dashboard.open(browser, "results");
    // The first stop leads past the navigation.
    browser.press(keys::TAB);
    assert_eq!(browser.script("return document.activeElement.className;", json!([])), "skip");
    tab_to(browser, "#nav a[href='#/detect']");
    browser.press(keys::ENTER);
    browser.wait_for("[data-sample=synthetic]:not(:disabled)");
    tab_to(browser, "[data-sample=synthetic]");
    browser.press(keys::ENTER);
    browser.wait_for("#upload-summary");
    browser.wait_for("#kind");
    tab_to(browser, "[aria-label='Learn from duration']");
    browser.press(keys::SPACE);
    browser.wait_text("#columns-summary", |text| text.contains("duration (by you)"));
    browser.press(keys::SPACE);
    browser.script(
        "document.querySelector('h1').tabIndex = -1; document.querySelector('h1').focus();",
        json!([]),
    );
    // Columns are many: a button leads past them.
    tab_to(browser, "#to-model");
    browser.press(keys::ENTER);
    tab_to(browser, "input[value=fit]:checked");
    tab_to(browser, "#kind");
    // An arrow goes on to the next radio button: the rows marked normal.
    tab_to(browser, "#fit-on input:checked");
    browser.press(keys::DOWN);
    browser.wait_for("#fit-on input[value=normal]:checked");
    tab_to(browser, "#run");
    browser.press(keys::ENTER);
    browser.wait_for("#count-anomalies");
    let shown = || number(&browser.text("#count-anomalies").unwrap()).unwrap();
    let before = shown();
    tab_to(browser, "#threshold-slider");
    browser.press(&keys::RIGHT.repeat(120));
    browser.until("fewer anomalies", || (shown() < before).then_some(()));
    // A screen reader announces what has changed.
    browser.wait_text("#announce", |text| text.contains("anomal"));
    tab_to(browser, "#result tbody th button");
    browser.press(keys::SPACE);
    browser.wait_text("dialog", |text| text.contains("Feature"));
    browser.press(keys::ESCAPE);
    browser.until("the dialog to close", || (browser.number_of("dialog") == 0).then_some(()));
    dashboard
}
