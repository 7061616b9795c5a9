//! Every page on every screen: the console has no error, nothing is wider than the screen, and no text from the data
//! becomes markup.

use serde_json::json;

use super::axe::assert_accessible;
use super::dashboard::{Dashboard, run};
use super::detect::trial_of;
use super::tables::{EXPERIMENT, connections};
use super::webdriver::{Browser, Theme};
use crate::oddbench::Sandbox;

/// Checks what every page must fulfil, and a report too: the console has no error, nothing is wider than the screen, and
/// axe-core finds no violation.
pub fn assert_sound(browser: &Browser, page: &str) {
    assert_eq!(browser.console(), Vec::<String>::new(), "console of {page}");
    let beyond =
        browser.script("return document.documentElement.scrollWidth - innerWidth;", json!([]));
    assert!(beyond.as_i64().unwrap() <= 0, "{page} is {beyond} pixels too wide");
    assert_accessible(browser, page);
}

/// The browser writes an error to the console when the server refuses a request. Nothing else may be there.
pub fn assert_refusals_alone(browser: &Browser) {
    let complaints = browser.console().into_iter();
    let others =
        complaints.filter(|line| !line.contains("the server responded with a status of 4"));
    assert_eq!(others.collect::<Vec<_>>(), Vec::<String>::new());
}

/// Checks what a page of the dashboard must fulfil besides: it shows no error message, no markup comes from the data, and
/// each control has a name.
pub fn assert_well(browser: &Browser, page: &str) {
    assert_sound(browser, page);
    assert_eq!(browser.texts("main .problem"), Vec::<String>::new(), "{page}");
    assert_eq!(browser.number_of("main h1"), 1, "{page}");
    // Names in the data contain tags. A page must show them as text.
    assert_eq!(browser.number_of("main b, main p i, main table td i, main label i"), 0, "{page}");
    let unnamed = "return [...document.querySelectorAll('main button, main input, main select, main a')].filter((e) => \
        !(e.textContent?.trim() || e.getAttribute('aria-label') || e.labels?.length)).map((e) => e.outerHTML);";
    assert_eq!(browser.script(unnamed, json!([])), json!([]), "controls without a name on {page}");
}

/// The operator's table stands between the verdict and the comparison. Each row has a cell for each column. The table has
/// an answer in words and a name for screen readers, and scrolls in its own box.
fn assert_operators_table(browser: &Browser) {
    assert_eq!(browser.texts("main .card h2")[..3], ["Verdict", "Operator's view", "Models"]);
    let heads = browser.texts("main .card:nth-of-type(2) thead th");
    for head in ["Recall at FPR 0.3", "FPR reached (0.25)", "False alarms per million"] {
        assert!(heads.iter().any(|text| text == head), "{head} is not in {heads:?}");
    }
    assert!(!heads.iter().any(|text| text.contains("0.01)")), "{heads:?}");
    let cells = browser.number_of("main .card:nth-of-type(2) tbody tr:first-child > *");
    assert_eq!(cells, heads.len() as u64);
    let answer = browser.texts("main .card:nth-of-type(2) > p").join(" ");
    assert!(answer.starts_with("At one false alarm per 4 benign rows, "), "{answer}");
    let label = "return document.querySelector('main .card:nth-of-type(2) .scroll[role=region]').getAttribute('aria-label');";
    let label = browser.script(label, json!([]));
    assert!(label.as_str().unwrap().contains("FPR 0.25"), "{label}");
    let notes = "return document.querySelector('main .card:nth-of-type(2) details').textContent;";
    let notes = browser.script(notes, json!([]));
    assert!(notes.as_str().unwrap().contains("FPR 0.01 needs 1,000."), "{notes}");
}

/// A row under the mouse has another background.
fn assert_a_hovered_row_is_accessible(browser: &Browser) {
    browser.wait_for("main tbody .outlier");
    browser.hover("main tbody tr:has(.outlier) td");
    assert_accessible(browser, "rows, one under the mouse");
}

/// The side-by-side page says what was done to the columns in words.
fn assert_settings_are_words(browser: &Browser) {
    let cells = browser.texts("main .card:first-of-type td");
    assert!(cells.iter().any(|text| text.contains("scale ")), "{cells:?}");
    assert!(!cells.iter().any(|text| text.contains(['{', '"'])), "{cells:?}");
}

/// A print is light even if the screen is dark. After it, the screen is as before.
fn assert_prints_light(browser: &Browser) {
    let colours = "const of = (css) => getComputedStyle(document.querySelector(css)); \
        return [of('body').backgroundColor, of('body').color, of('main .card').backgroundColor];";
    let on_screen = browser.script(colours, json!([]));
    browser.shown_as("print");
    let printed = browser.script(colours, json!([]));
    assert_eq!(printed, json!(["rgb(255, 255, 255)", "rgb(28, 38, 48)", "rgb(255, 255, 255)"]));
    // Plots are drawn on a canvas, so they are drawn again for the print.
    let theme =
        "dispatchEvent(new Event(arguments[0])); return document.documentElement.dataset.theme;";
    assert_eq!(browser.script(theme, json!(["beforeprint"])), "light");
    let own = if browser.theme == Theme::Dark { "dark" } else { "light" };
    assert_eq!(browser.script(theme, json!(["afterprint"])), own);
    browser.shown_as("screen");
    assert_eq!(browser.script(colours, json!([])), on_screen);
}

on_every_screen!(every_page, pages_without_results, a_page_that_wants_a_token);

fn every_page(browser: &Browser) -> Dashboard {
    let table = connections(400);
    let again = EXPERIMENT
        .replace("name = \"own\"", "name = \"again\"")
        .replace("epochs = 5", "epochs = 6");
    let sandbox = run(EXPERIMENT, &[("own.csv", &table), ("again.toml", &again)]);
    let file = sandbox.path("again.toml");
    crate::oddbench::assert_code(&sandbox.run(&["run", file.to_str().unwrap(), "--no-report"]), 0);
    let trial = trial_of(&sandbox, "own", "AE");
    let dashboard = Dashboard::of(sandbox);
    let trial = format!("results/own/{trial}");
    for page in [
        "results",
        "results/own",
        &trial,
        "compare?a=own&b=again",
        "detect",
        "rows",
        "live",
        "runs",
        "api",
    ] {
        dashboard.open(browser, page);
        assert_well(browser, page);
        match page {
            "results/own" => assert_operators_table(browser),
            "rows" => assert_a_hovered_row_is_accessible(browser),
            "compare?a=own&b=again" => assert_settings_are_words(browser),
            "api" => {
                let open =
                    "document.querySelectorAll('details').forEach((d) => { d.open = true; });";
                browser.script(open, json!([]));
                assert_well(browser, "api, every route opened");
            }
            _ => {}
        }
    }
    let dark = browser.script("return document.documentElement.dataset.theme;", json!([]));
    assert_eq!(dark, if browser.theme == Theme::Dark { "dark" } else { "light" });
    // Detect with a result, from a sample.
    dashboard.open(browser, "detect");
    browser.click("[data-sample=synthetic]");
    browser.wait_for("#upload-summary");
    super::detect::fit_with(browser, "isolation-forest");
    super::detect::find_anomalies(browser);
    assert_well(browser, "detect with a result");
    assert!(browser.number_of("#result .plot canvas") >= 4);
    // A reload finds the result again.
    let shown = browser.text("#count-anomalies");
    browser.script("location.reload();", json!([]));
    browser.until("the result after a reload", || {
        (browser.text("#count-anomalies") == shown).then_some(())
    });
    assert_well(browser, "detect after a reload");
    assert_prints_light(browser);
    dashboard
}

/// Without results, every page says what to do. A chosen theme stays on all pages.
fn pages_without_results(browser: &Browser) -> Dashboard {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("results")).unwrap();
    let dashboard = Dashboard::of(sandbox);
    for page in ["results", "rows", "live"] {
        dashboard.open(browser, page);
        browser
            .wait_text(".empty", |text| text.contains("oddbench run experiments/quickstart.toml"));
        assert_eq!(browser.console(), Vec::<String>::new());
    }
    // The theme is remembered.
    browser.click("#theme");
    browser.click("#theme");
    let theme = "return document.documentElement.dataset.theme;";
    assert_eq!(browser.script(theme, json!([])), "dark");
    dashboard.open(browser, "api");
    assert_eq!(browser.script(theme, json!([])), "dark");
    dashboard
}

/// Without the token, a page shows nothing.
fn a_page_that_wants_a_token(browser: &Browser) -> Dashboard {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("results")).unwrap();
    let token = "a-token-that-nobody-guesses";
    let dashboard = Dashboard::guarded(sandbox, token);
    browser.open(&dashboard.url);
    browser.wait_for("#token");
    assert_accessible(browser, "the login");
    browser.type_into("#token", "another-token-altogether");
    browser.click("button");
    browser.wait_text("#problem", |text| text.contains("not the token"));
    browser.script("document.querySelector('#token').value = '';", json!([]));
    browser.type_into("#token", token);
    browser.click("button");
    browser.wait_text(".empty", |text| text.contains("oddbench run"));
    assert_refusals_alone(browser);
    dashboard
}
