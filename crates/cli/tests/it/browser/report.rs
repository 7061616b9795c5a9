//! The report in a real browser: it fits the screen, its figures react to the mouse, and a print holds only what is open.

use serde_json::{Value, json};

use super::axe::assert_accessible;
use super::dashboard::{Dashboard, run};
use super::screenshots::from_base64;
use super::tables::{EXPERIMENT, connections};
use super::webdriver::{Browser, Screen, Theme, browser};
use crate::oddbench::{Sandbox, assert_code};

/// Results of a small experiment with their report.
fn reported() -> Sandbox {
    let sandbox = run(EXPERIMENT, &[("own.csv", &connections(400))]);
    assert_code(&sandbox.run(&["report", "own"]), 0);
    sandbox
}

fn open(browser: &Browser, sandbox: &Sandbox) {
    browser.open(&format!("file://{}", sandbox.path("reports/own/index.html").display()));
    browser.wait_for("#figure-roc svg[data-ready]");
}

fn number(browser: &Browser, script: &str) -> i64 {
    browser.script(script, json!([])).as_f64().unwrap().round() as i64
}

/// The middle of the element that a script finds, in coordinates of the window.
fn middle(browser: &Browser, element: &str) -> (f64, f64) {
    let script = format!(
        "const e = {element}; e.scrollIntoView({{ block: 'center', behavior: 'instant' }}); \
         const b = e.getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2];"
    );
    serde_json::from_value(browser.script(&script, json!([]))).unwrap()
}

/// Moves the mouse there, and presses its button if so asked.
fn mouse(browser: &Browser, (x, y): (f64, f64), press: bool) {
    let event = |kind: &str| {
        browser.tools(
            "Input.dispatchMouseEvent",
            json!({ "type": kind, "x": x, "y": y, "button": if kind == "mouseMoved" { "none" } else { "left" }, "clickCount": 1 }),
        );
    };
    event("mouseMoved");
    if press {
        event("mousePressed");
        event("mouseReleased");
    }
}

on_every_screen!(
    the_page_fits_its_screen,
    all_columns_and_ranges_are_there_for_those_who_ask,
    figures_answer_to_the_mouse,
    figures_answer_to_the_keyboard,
    print_is_light_and_without_what_is_folded,
    a_link_to_a_model_unfolds_it,
    the_dashboard_shows_the_same_figures_and_leads_to_the_report,
    a_page_says_how_far_an_unfinished_experiment_is,
);

fn the_page_fits_its_screen(browser: &Browser) -> Sandbox {
    let sandbox = reported();
    open(browser, &sandbox);
    assert_the_answer_is_seen_first(browser);
    let table = "const s = document.querySelector('#comparison .scroll'); return s.scrollWidth - s.clientWidth;";
    let beyond = number(browser, table);
    assert!(beyond <= 0, "the comparison is {beyond} pixels too wide");
    // The screen shows the cost of a model beside its quality.
    let heads = browser.texts("#comparison thead th").into_iter();
    let heads: Vec<String> = heads.filter(|text| !text.is_empty()).collect();
    for head in ["F1", "ROC-AUC", "Fit, s", "Score, s", "Peak, MB"] {
        assert!(heads.iter().any(|text| text == head), "{head} in {heads:?}");
    }
    if browser.screen == Screen::Desktop {
        // A line for each model: its name may be long.
        let rows = "return Math.max(...[...document.querySelectorAll('#comparison tbody tr')].map((r) => r.cells[4].getClientRects().length * r.cells[4].firstChild.parentElement.offsetHeight));";
        assert!(number(browser, rows) < 60, "{}", number(browser, rows));
    }
    // Figures follow the theme.
    let paper = "return getComputedStyle(document.querySelector('#figure-roc svg > path')).fill;";
    let paper = browser.script(paper, json!([]));
    assert_eq!(paper == "rgb(255, 255, 255)", browser.theme == Theme::Light, "{paper}");
    assert_accessible(browser, "the report");
    fold(browser, false);
    assert_accessible(browser, "the report with all of its parts unfolded");
    sandbox
}

/// A reader sees the best model and its cost without scrolling.
fn assert_the_answer_is_seen_first(browser: &Browser) {
    for words in [" is the ", " ROC-AUC", " to fit and ", " to score a row"] {
        let end = "const texts = document.createTreeWalker(document.querySelector('#verdict'), NodeFilter.SHOW_TEXT); \
            for (let node; (node = texts.nextNode());) { const at = node.data.indexOf(arguments[0]); if (at < 0) continue; \
            const range = document.createRange(); range.setStart(node, at); range.setEnd(node, at + arguments[0].length); \
            return innerHeight - range.getBoundingClientRect().bottom; } return null;";
        let room = browser.script(end, json!([words]));
        assert!(room.as_f64().is_some_and(|room| room >= 0.0), "{words:?} has {room} pixels below");
    }
}

fn fold(browser: &Browser, folded: bool) {
    let script =
        "document.querySelectorAll('details').forEach((d) => { d.open = !arguments[0]; });";
    browser.script(script, json!([folded]));
}

fn all_columns_and_ranges_are_there_for_those_who_ask(browser: &Browser) -> Sandbox {
    let sandbox = reported();
    open(browser, &sandbox);
    let shown = "return [...document.querySelectorAll('#comparison thead th')].filter((h) => h.offsetWidth > 0).length;";
    let (few, all) =
        (number(browser, shown), browser.number_of("#comparison thead tr:first-child th"));
    // Each of the two rules has a table. Only the first table has the box.
    let room = if browser.screen == Screen::Desktop { 11 } else { 6 };
    assert_eq!(few, 2 * room);
    browser.click("#comparison .more input");
    let first = "return [...document.querySelector('#comparison thead').querySelectorAll('th')].filter((h) => h.offsetWidth > 0).length;";
    assert_eq!(number(browser, first), all as i64 / 2);
    assert!(number(browser, shown) < all as i64);
    sandbox
}

/// The texts of a drawing that the selector finds.
fn svg_text(browser: &Browser, css: &str) -> Vec<String> {
    let script = "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent);";
    serde_json::from_value(browser.script(script, json!([css]))).unwrap()
}

fn figures_answer_to_the_mouse(browser: &Browser) -> Sandbox {
    let sandbox = reported();
    open(browser, &sandbox);
    // On a curve, half its way.
    let half = "const p = document.querySelector('#figure-roc g.s[data-n=\"AE\"] path'); \
        p.scrollIntoView({ block: 'center', behavior: 'instant' }); \
        const at = p.getPointAtLength(p.getTotalLength() / 2).matrixTransform(p.getScreenCTM()); return [at.x, at.y];";
    let at: (f64, f64) = serde_json::from_value(browser.script(half, json!([]))).unwrap();
    mouse(browser, at, false);
    let said = svg_text(browser, "#figure-roc .tip text");
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[1].starts_with("false positive rate 0."), "{said:?}");
    assert!(said[2].starts_with("true positive rate "), "{said:?}");
    // A bar says its model, metric and figure, which the table has too.
    let bar = "document.querySelector('#figure-metrics g.s[data-n=\"AE\"][data-v^=\"ROC-AUC\"]')";
    mouse(browser, middle(browser, bar), false);
    let said = svg_text(browser, "#figure-metrics .tip text");
    assert_eq!(said[0], "AE");
    let figure = said[1].trim_start_matches("ROC-AUC ").trim_start_matches("median ");
    let cells = browser.texts("#comparison tbody td").join(" ");
    assert!(cells.contains(&figure[..5]), "{figure} is not in {cells}");

    // The legend switches a model off and on again.
    let key = "document.querySelector('#figure-roc g.k')";
    let of_key = browser.script(&format!("return {key}.dataset.k;"), json!([]));
    let of_key = of_key.as_str().unwrap().to_owned();
    let curve = format!("#figure-roc g.s[data-k='{of_key}'][display=none]");
    assert_eq!(browser.number_of(&curve), 0);
    mouse(browser, middle(browser, key), true);
    browser.wait_for(&curve);
    assert_eq!(browser.number_of("#figure-det g.s[display=none]"), 0, "other figures stay");
    mouse(browser, middle(browser, key), true);
    browser.until("the curve again", || (browser.number_of(&curve) == 0).then_some(()));

    // The corner of the ROC, and back; the axes tell where one is.
    let whole = svg_text(browser, "#figure-roc g.a text");
    browser.click("#figure-roc .tools button:nth-of-type(3)");
    let labels = svg_text(browser, "#figure-roc g.zoomed text");
    assert!(labels.iter().any(|text| text == "0.10" || text == "0.1"), "{labels:?}");
    assert!(labels.iter().any(|text| text == "0.90"), "{labels:?}");
    // Everything in the axes moves with them: chance goes through one tenth at the right edge.
    let ends = "const of = (css) => document.querySelector('#figure-roc ' + css).getBBox(); \
        const chance = of(\"g.s[data-n='chance'] path\"), axes = of('g.zoomed path:last-of-type'); \
        return chance.height > 3 * axes.height;";
    assert_eq!(browser.script(ends, json!([])), true);
    assert!(browser.number_of("#figure-roc g.a[display=none]") > 0);
    assert_eq!(browser.text("#figure-roc .tools button:nth-of-type(3)").unwrap(), "Whole figure");
    browser.click("#figure-roc .tools button:nth-of-type(3)");
    assert_eq!(browser.number_of("#figure-roc g.zoomed, #figure-roc g.a[display=none]"), 0);
    assert_eq!(svg_text(browser, "#figure-roc g.a text"), whole);
    sandbox
}

fn figures_answer_to_the_keyboard(browser: &Browser) -> Sandbox {
    let sandbox = reported();
    open(browser, &sandbox);
    browser.script("document.querySelector('#figure-roc .plot').focus();", json!([]));
    browser.press(super::webdriver::keys::RIGHT);
    let said = browser.wait_text("#figure-said", |text| text.contains("true positive rate"));
    // The visible text is the same as the text for screen readers.
    assert_eq!(svg_text(browser, "#figure-roc .tip text").join(", "), said);
    browser.press(super::webdriver::keys::SPACE);
    browser.wait_text("#figure-said", |text| text.ends_with(" is off"));
    assert!(browser.number_of("#figure-roc g.s[display=none]") >= 1);
    browser.press("a");
    browser.wait_text("#figure-said", |text| text == "all are on");
    assert_eq!(browser.number_of("#figure-roc g.s[display=none]"), 0);
    sandbox
}

/// The pages that a browser prints.
fn printed(browser: &Browser) -> usize {
    let pdf = browser.tools("Page.printToPDF", json!({ "preferCSSPageSize": true }));
    let bytes = from_base64(pdf["data"].as_str().unwrap());
    let text = String::from_utf8_lossy(&bytes);
    text.matches("/Type /Page").count() - text.matches("/Type /Pages").count()
}

/// A print shows the headings and leaves out what is folded. It is light even if the screen is dark.
fn print_is_light_and_without_what_is_folded(browser: &Browser) -> Sandbox {
    let sandbox = reported();
    open(browser, &sandbox);
    let few = printed(browser);
    fold(browser, false);
    let all = printed(browser);
    assert!(few > 0 && few + 2 < all, "{few} pages folded, {all} unfolded");
    fold(browser, true);
    browser.shown_as("print");
    let shown = "const seen = (e) => e.getClientRects().length > 0; return [
        [...document.querySelectorAll('#comparison thead th')].filter(seen).map((h) => h.innerText).join('|'),
        [...document.querySelectorAll('pre, details, button, .more > label')].filter((e) => seen(e) && !e.closest('#reproduce')).length,
        getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color];";
    let shown = browser.script(shown, json!([]));
    let heads = shown[0].as_str().unwrap();
    assert!(
        heads.contains("Model|") && heads.contains("ROC-AUC") && heads.contains("Fit, s"),
        "{heads}"
    );
    assert_eq!(shown[1], 0, "nothing folded and no control is printed");
    assert_eq!([&shown[2], &shown[3]], ["rgb(255, 255, 255)", "rgb(31, 41, 51)"]);
    browser.shown_as("screen");
    sandbox
}

/// `--pdf` says that it needs a browser. The file is removed when the report is written again.
#[test]
fn a_report_is_printed_by_an_installed_browser() {
    let sandbox = reported();
    let nowhere = sandbox.path("nowhere");
    let output =
        sandbox.command().args(["report", "own", "--pdf"]).env("PATH", &nowhere).output().unwrap();
    assert_code(&output, 2);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("--pdf needs chromium, Chrome or Edge on PATH"), "{said}");
    // Where chromedriver is missing, the browser is missing too.
    if browser("a report is printed", Screen::Desktop, Theme::Light).is_none() {
        return;
    }
    let pdf = sandbox.path("reports/own/report.pdf");
    assert!(!pdf.exists());
    assert_code(&sandbox.run(&["report", "own", "--pdf"]), 0);
    assert!(std::fs::read(&pdf).unwrap().starts_with(b"%PDF-"));
    assert_code(&sandbox.run(&["report", "own"]), 0);
    assert!(!pdf.exists(), "a report without its print is not beside an older one");
}

fn a_link_to_a_model_unfolds_it(browser: &Browser) -> Sandbox {
    let sandbox = reported();
    open(browser, &sandbox);
    assert_eq!(browser.number_of("#models details.part[open]"), 0);
    match browser.screen {
        Screen::Desktop => browser.click("nav a[href='#model-2']"),
        // A phone has no room for the models in the contents.
        Screen::Phone => drop(browser.script("location.hash = '#model-2';", json!([]))),
    }
    browser.wait_for("#models details.part[open] #model-2 figure svg");
    sandbox
}

/// The page of an experiment: its table fits, its figures are the report's own and follow the theme, and it leads to
/// the report and the table.
fn the_dashboard_shows_the_same_figures_and_leads_to_the_report(browser: &Browser) -> Dashboard {
    let sandbox = run(EXPERIMENT, &[("own.csv", &connections(400))]);
    let dashboard = Dashboard::of(sandbox);
    dashboard.open(browser, "results/own");
    browser.wait_for("main .drawing svg[data-ready]");
    let paper = "return getComputedStyle(document.querySelector('main .drawing svg > path')).fill;";
    let paper = browser.script(paper, json!([]));
    assert_eq!(paper == "rgb(255, 255, 255)", browser.theme == Theme::Light, "{paper}");
    let wide = "return [...document.querySelectorAll('main .more .scroll')].map((s) => s.scrollWidth - s.clientWidth);";
    let wide = browser.script(wide, json!([]));
    assert!(wide.as_array().unwrap().iter().all(|by| by.as_i64().unwrap() <= 0), "{wide}");
    let link = |file: &str| {
        let script = "return document.querySelector(arguments[0]).href;";
        let css = format!("main a[href$='/{file}']");
        browser.script(script, json!([css])).as_str().unwrap().to_owned()
    };
    let (report, table) = (link("report"), link("table.csv"));
    let text = "return fetch(arguments[0]).then((a) => a.text());";
    let csv = browser.script(text, json!([table]));
    assert!(csv.as_str().unwrap().contains("roc_auc"), "{csv}");
    let kind = "return fetch(arguments[0]).then((a) => a.headers.get('content-type'));";
    let file = "return document.querySelector('main figcaption a[href$=png]').href;";
    assert_eq!(browser.script(kind, json!([browser.script(file, json!([]))])), "image/png");
    browser.open(&report);
    browser.wait_for("#figure-roc svg[data-ready]");
    // Links to pictures lead to the same server.
    let of_report = "return document.querySelector('#figure-roc .files a:last-child').href;";
    let of_report = browser.script(of_report, json!([]));
    assert_eq!(of_report, report.replace("/report", "/figures/roc.png"));
    // A browser asks every server for an icon.
    let complaints = browser.console().into_iter().filter(|line| !line.contains("/favicon.ico"));
    assert_eq!(complaints.collect::<Vec<_>>(), Vec::<String>::new());
    dashboard
}

/// The page counts a missing trial and says that no process works on it.
fn a_page_says_how_far_an_unfinished_experiment_is(browser: &Browser) -> Dashboard {
    let sandbox = run(EXPERIMENT, &[("own.csv", &connections(400))]);
    let trial = super::detect::trial_of(&sandbox, "own", "AE");
    std::fs::remove_dir_all(sandbox.path(&format!("results/own/trials/{trial}"))).unwrap();
    let dashboard = Dashboard::of(sandbox);
    dashboard.open(browser, "results/own");
    browser.wait_text("#experiment-progress", |text| text == "2 of 3 trials done, 0 running.");
    let shown: Value =
        browser.script("return document.querySelectorAll('main .bad').length;", json!([]));
    assert!(shown.as_u64().unwrap() > 0);
    dashboard
}
