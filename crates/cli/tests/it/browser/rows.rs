//! Rows and Live: the table of test rows, and the stream of them.

use serde_json::json;

use super::axe::assert_accessible;
use super::dashboard::{Dashboard, run};
use super::tables::{Counts, GENERATED, number};
use super::webdriver::{Browser, keys};
use crate::oddbench::summary;

/// The counts of the test rows at the first rule, as the run wrote them.
fn judged(dashboard: &Dashboard, label: &str) -> Counts {
    let rows = summary(&dashboard.sandbox.path("results/generated/summary.csv"));
    let row = rows.iter().find(|row| row["name"] == label).unwrap();
    let of = |key: &str| row[key].parse::<u64>().unwrap();
    Counts { tp: of("tp"), fp: of("fp"), tn: of("tn"), fn_: of("fn") }
}

fn matching(browser: &Browser) -> Option<u64> {
    let text = browser.text(".pager span")?;
    number(text.split("of").nth(1)?)
}

/// Waits until so many rows fit the filters.
fn wait_matching(browser: &Browser, expected: u64) {
    browser.until(&format!("{expected} rows"), || (matching(browser)? == expected).then_some(()));
}

fn column(browser: &Browser, n: usize) -> Vec<String> {
    browser.texts(&format!("main tbody tr > :nth-child({n})"))
}

on_every_screen!(
    rows_are_filtered_sorted_and_opened,
    the_live_page_counts_what_passes,
    eight_models_are_shown_and_the_filters_have_an_address,
);

fn rows_are_filtered_sorted_and_opened(browser: &Browser) -> Dashboard {
    let dashboard = Dashboard::of(run(GENERATED, &[]));
    let ae = judged(&dashboard, "AE");
    dashboard.open(browser, "rows");
    wait_matching(browser, ae.tp + ae.fp + ae.tn + ae.fn_);
    browser.choose("#filter-label", "1");
    wait_matching(browser, ae.tp + ae.fn_);
    assert!(column(browser, 3).iter().all(|text| text == "▲ outlier"));
    // Filter by one class: the page shows as many rows as the list of classes says.
    let option = "const o = document.querySelectorAll('#filter-class option')[2]; return [o.value, o.textContent];";
    let (class, text): (String, String) =
        serde_json::from_value(browser.script(option, json!([]))).unwrap();
    browser.choose("#filter-label", "");
    browser.choose("#filter-class", &class);
    wait_matching(browser, number(text.rsplit('(').next().unwrap()).unwrap());
    assert!(column(browser, 2).iter().all(|name| *name == class));
    browser.choose("#filter-class", "");

    // Sorted by a model's score, downwards and then upwards.
    let scores = || -> Vec<f64> {
        let cells = browser.texts("main tbody tr > :nth-child(5) .note");
        cells.iter().map(|text| text.replace(',', "").parse().unwrap()).collect()
    };
    browser.click("thead th:nth-child(5) button");
    browser.wait_for("thead th:nth-child(5)[aria-sort=descending]");
    assert!(scores().len() == 50 && scores().is_sorted_by(|a, b| a >= b), "{:?}", scores());
    browser.click("thead th:nth-child(5) button");
    browser.wait_for("thead th:nth-child(5)[aria-sort=ascending]");
    assert!(scores().is_sorted_by(|a, b| a <= b), "{:?}", scores());

    // The page shows as many errors of the first model as the run counted, and marks each one in words.
    browser.choose("#filter-outcome", "fp");
    wait_matching(browser, ae.fp);
    browser.choose("#filter-outcome", "fn");
    wait_matching(browser, ae.fn_);
    browser.choose("#filter-outcome", "tp");
    wait_matching(browser, ae.tp);
    assert!(column(browser, 5).iter().all(|text| text.starts_with("✓ caught")));

    // Opened by Enter, closed by Escape, and the focus is back.
    browser.script("document.querySelector('main tbody th button').focus();", json!([]));
    browser.press(keys::ENTER);
    let text = browser.wait_text("dialog", |text| text.contains("srv_count"));
    assert_accessible(browser, "the dialog of a row");
    for word in [
        "What the models say",
        "Reconstruction",
        "Share of the score",
        "Usual",
        "median",
        "isolation <i>forest</i>",
    ] {
        assert!(text.contains(word), "{word} is not in the row:\n{text}");
    }
    browser.press(keys::ESCAPE);
    browser.until("the dialog to close", || (browser.number_of("dialog") == 0).then_some(()));
    let focused = browser
        .script("return document.activeElement.getAttribute('aria-label') ?? '';", json!([]));
    assert!(focused.as_str().unwrap().starts_with("Open row"), "{focused}");
    dashboard
}

fn the_live_page_counts_what_passes(browser: &Browser) -> Dashboard {
    let dashboard = Dashboard::of(run(GENERATED, &[]));
    let expected = judged(&dashboard, "AE");
    let all = expected.tp + expected.fp + expected.tn + expected.fn_;

    dashboard.open(browser, "live");
    // At a low rate, so that the test can pause it. The count stays during the pause and then continues.
    browser.set("#live-speed", "4");
    browser.click("#live-toggle");
    let seen = || number(&browser.text("#live-seen").unwrap()).unwrap();
    browser.until("some rows", || (seen() >= 5).then_some(()));
    browser.click("#live-toggle");
    let paused = browser.wait_text("#live-state", |text| text.starts_with("Paused"));
    let at_pause = seen();
    assert!(at_pause < all && paused.contains(&format!("after {at_pause} rows")), "{paused}");
    browser.set("#live-speed", "11");
    browser.click("#live-toggle");
    let text = browser.wait_text("#live-state", |text| text.starts_with("All rows have passed"));
    assert!(text.contains(&format!("{all} rows")), "{text}");
    assert_eq!(Counts::shown(browser, "live"), Some(expected));
    let precision = expected.tp as f64 / expected.anomalies() as f64;
    assert_eq!(browser.text("#live-precision"), Some(format!("{precision:.3}")));
    dashboard
}

/// Many models that differ only in their names.
fn nine_models() -> String {
    let models = (1..=9).map(|n| {
        format!(
            "[[model]]\nkind = \"hbos\"\nname = \"HBOS {n}\"\nparams = {{ n_bins = {} }}\n",
            n + 4
        )
    });
    let head = GENERATED.split("[[model]]").next().unwrap();
    models.fold(head.to_owned(), |text, model| text + &model)
}

fn eight_models_are_shown_and_the_filters_have_an_address(browser: &Browser) -> Dashboard {
    let dashboard = Dashboard::of(run(&nine_models(), &[]));
    dashboard.open(browser, "rows");
    browser.wait_for("main tbody th");
    let heads = || browser.number_of("main thead th");
    assert_eq!(heads(), 8, "four models beside four columns");
    let tick = "const boxes = [...document.querySelectorAll('#rows-models input')]; const box = boxes.find((b) => !b.checked && !b.disabled); box?.click(); return box !== undefined;";
    for _ in 0..4 {
        assert_eq!(browser.script(tick, json!([])), true);
    }
    browser.until("eight models", || (heads() == 12).then_some(()));
    // A ninth model cannot be ticked, so that the page shows every ticked model.
    assert_eq!(browser.script(tick, json!([])), false);
    assert_eq!(browser.number_of("#rows-models input:checked"), 8);

    browser.choose("#filter-label", "1");
    browser.choose("#filter-outcome", "wrong");
    browser.click("main thead button[data-sort=class]");
    browser.wait_for("main th[aria-sort] button[data-sort=class]");
    let matching = matching(browser).unwrap();
    browser.click("main tbody th button");
    browser.wait_text("dialog", |text| text.contains("What the models say"));
    let opened = browser.text("dialog h2");
    browser.script("location.reload();", json!([]));
    browser.wait_text("dialog", |text| text.contains("What the models say"));
    assert_eq!(browser.text("dialog h2"), opened);
    browser.press(keys::ESCAPE);
    wait_matching(browser, matching);
    assert_eq!(heads(), 12);
    let outcome = "return document.querySelector('#filter-outcome').value;";
    assert_eq!(browser.script(outcome, json!([])), "wrong");
    assert_eq!(browser.number_of("main th[aria-sort] button[data-sort=class]"), 1);
    dashboard
}
