//! The report in a real browser: it fits its screen, its figures answer, its print keeps to what is open.

use serde_json::{Value, json};

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

/// The middle of what a script finds, in the window.
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

#[test]
fn it_fits_every_screen_without_a_complaint() {
    let sandbox = reported();
    for (screen, theme) in [
        (Screen::Desktop, Theme::Light),
        (Screen::Desktop, Theme::Dark),
        (Screen::Phone, Theme::Light),
        (Screen::Phone, Theme::Dark),
    ] {
        let Some(browser) = browser("the report fits", screen, theme) else { return };
        open(&browser, &sandbox);
        assert_eq!(browser.console(), Vec::<String>::new(), "{screen:?} {theme:?}");
        let beyond = number(&browser, "return document.documentElement.scrollWidth - innerWidth;");
        assert!(beyond <= 0, "{screen:?}: the page is {beyond} pixels too wide");
        let table = "const s = document.querySelector('#comparison .scroll'); return s.scrollWidth - s.clientWidth;";
        let beyond = number(&browser, table);
        assert!(beyond <= 0, "{screen:?}: the comparison is {beyond} pixels too wide");
        // What a model costs is on the screen with what it is worth.
        let heads = browser.texts("#comparison thead th").into_iter();
        let heads: Vec<String> = heads.filter(|text| !text.is_empty()).collect();
        for head in ["F1", "ROC-AUC", "Fit, s", "Score, s", "Peak, MB"] {
            assert!(heads.iter().any(|text| text == head), "{screen:?}: {head} in {heads:?}");
        }
        if screen == Screen::Desktop {
            // A line for each model: its name may be long.
            let rows = "return Math.max(...[...document.querySelectorAll('#comparison tbody tr')].map((r) => r.cells[4].getClientRects().length * r.cells[4].firstChild.parentElement.offsetHeight));";
            assert!(number(&browser, rows) < 60, "{}", number(&browser, rows));
        }
        // Figures follow the theme.
        let paper =
            "return getComputedStyle(document.querySelector('#figure-roc svg > path')).fill;";
        let paper = browser.script(paper, json!([]));
        assert_eq!(paper == "rgb(255, 255, 255)", theme == Theme::Light, "{paper}");
    }
}

#[test]
fn all_columns_and_ranges_are_there_for_those_who_ask() {
    let Some(browser) = browser("columns on demand", Screen::Desktop, Theme::Light) else {
        return;
    };
    open(&browser, &reported());
    let shown = "return [...document.querySelectorAll('#comparison thead th')].filter((h) => h.offsetWidth > 0).length;";
    let (few, all) =
        (number(&browser, shown), browser.number_of("#comparison thead tr:first-child th"));
    // Two rules have a table each: the box is of the first alone.
    assert_eq!(few, 2 * 11);
    browser.click("#comparison .more input");
    let first = "return [...document.querySelector('#comparison thead').querySelectorAll('th')].filter((h) => h.offsetWidth > 0).length;";
    assert_eq!(number(&browser, first), all as i64 / 2);
    assert!(number(&browser, shown) < all as i64);
}

/// The texts of a drawing that the selector finds.
fn svg_text(browser: &Browser, css: &str) -> Vec<String> {
    let script = "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent);";
    serde_json::from_value(browser.script(script, json!([css]))).unwrap()
}

#[test]
fn figures_answer_to_the_mouse() {
    let Some(browser) = browser("figures and the mouse", Screen::Desktop, Theme::Light) else {
        return;
    };
    open(&browser, &reported());
    // On a curve, half its way.
    let half = "const p = document.querySelector('#figure-roc g.s[data-n=\"AE\"] path'); \
        p.scrollIntoView({ block: 'center', behavior: 'instant' }); \
        const at = p.getPointAtLength(p.getTotalLength() / 2).matrixTransform(p.getScreenCTM()); return [at.x, at.y];";
    let at: (f64, f64) = serde_json::from_value(browser.script(half, json!([]))).unwrap();
    mouse(&browser, at, false);
    let said = svg_text(&browser, "#figure-roc .tip text");
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[1].starts_with("false positive rate 0."), "{said:?}");
    assert!(said[2].starts_with("true positive rate "), "{said:?}");
    // A bar says its model, metric and figure, which the table has too.
    let bar = "document.querySelector('#figure-metrics g.s[data-n=\"AE\"][data-v^=\"ROC-AUC\"]')";
    mouse(&browser, middle(&browser, bar), false);
    let said = svg_text(&browser, "#figure-metrics .tip text");
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
    mouse(&browser, middle(&browser, key), true);
    browser.wait_for(&curve);
    assert_eq!(browser.number_of("#figure-det g.s[display=none]"), 0, "other figures stay");
    mouse(&browser, middle(&browser, key), true);
    browser.until("the curve again", || (browser.number_of(&curve) == 0).then_some(()));

    // The corner of the ROC, and back; the axes tell where one is.
    let whole = svg_text(&browser, "#figure-roc g.a text");
    browser.click("#figure-roc .tools button:nth-of-type(3)");
    let labels = svg_text(&browser, "#figure-roc g.zoomed text");
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
    assert_eq!(svg_text(&browser, "#figure-roc g.a text"), whole);
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn figures_answer_to_the_keyboard() {
    let Some(browser) = browser("figures and keys", Screen::Desktop, Theme::Dark) else { return };
    open(&browser, &reported());
    browser.script("document.querySelector('#figure-roc .plot').focus();", json!([]));
    browser.press(super::webdriver::keys::RIGHT);
    let said = browser.wait_text("#figure-said", |text| text.contains("true positive rate"));
    // Who sees the figure reads what others hear.
    assert_eq!(svg_text(&browser, "#figure-roc .tip text").join(", "), said);
    browser.press(super::webdriver::keys::SPACE);
    browser.wait_text("#figure-said", |text| text.ends_with(" is off"));
    assert!(browser.number_of("#figure-roc g.s[display=none]") >= 1);
    browser.press("a");
    browser.wait_text("#figure-said", |text| text == "all are on");
    assert_eq!(browser.number_of("#figure-roc g.s[display=none]"), 0);
    assert_eq!(browser.console(), Vec::<String>::new());
}

/// The pages that a browser prints.
fn printed(browser: &Browser) -> usize {
    let pdf = browser.tools("Page.printToPDF", json!({ "preferCSSPageSize": true }));
    let bytes = from_base64(pdf["data"].as_str().unwrap());
    let text = String::from_utf8_lossy(&bytes);
    text.matches("/Type /Page").count() - text.matches("/Type /Pages").count()
}

#[test]
fn print_keeps_the_heads_and_leaves_out_what_is_folded() {
    let Some(browser) = browser("print", Screen::Desktop, Theme::Dark) else { return };
    open(&browser, &reported());
    let few = printed(&browser);
    browser.script(
        "document.querySelectorAll('details').forEach((d) => { d.open = true; });",
        json!([]),
    );
    let all = printed(&browser);
    assert!(few > 0 && few + 2 < all, "{few} pages folded, {all} unfolded");
    browser.script(
        "document.querySelectorAll('details').forEach((d) => { d.open = false; });",
        json!([]),
    );
    browser.tools("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    let shown = "const seen = (e) => e.getClientRects().length > 0; return [
        [...document.querySelectorAll('#comparison thead th')].filter(seen).map((h) => h.innerText).join('|'),
        [...document.querySelectorAll('pre, details, button, .more > label')].filter((e) => seen(e) && !e.closest('#reproduce')).length,
        getComputedStyle(document.body).backgroundColor];";
    let shown = browser.script(shown, json!([]));
    let heads = shown[0].as_str().unwrap();
    assert!(
        heads.contains("Model|") && heads.contains("ROC-AUC") && heads.contains("Fit, s"),
        "{heads}"
    );
    assert_eq!(shown[1], 0, "nothing folded and no control is printed");
    assert_eq!(shown[2], "rgb(255, 255, 255)");
}

/// `--pdf` needs a browser and says so; the file goes with the report that it was printed from.
#[test]
fn a_report_is_printed_by_an_installed_browser() {
    let sandbox = reported();
    let nowhere = sandbox.path("nowhere");
    let output =
        sandbox.command().args(["report", "own", "--pdf"]).env("PATH", &nowhere).output().unwrap();
    assert_code(&output, 2);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("--pdf needs chromium, Chrome or Edge on PATH"), "{said}");
    // What drives the browser in the other tests is there with it.
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

#[test]
fn a_link_to_a_model_unfolds_it() {
    let Some(browser) = browser("links", Screen::Desktop, Theme::Light) else { return };
    open(&browser, &reported());
    assert_eq!(browser.number_of("#models details.part[open]"), 0);
    browser.click("nav a[href='#model-2']");
    browser.wait_for("#models details.part[open] #model-2 figure svg");
    assert_eq!(browser.console(), Vec::<String>::new());
}

/// The page of an experiment: its table fits, its figures are the report's own and follow the theme, and it leads to
/// the report and the table.
#[test]
fn the_dashboard_shows_the_same_figures_and_leads_to_the_report() {
    for (screen, theme) in [(Screen::Desktop, Theme::Dark), (Screen::Phone, Theme::Light)] {
        experiments_page(screen, theme);
    }
}

fn experiments_page(screen: Screen, theme: Theme) {
    let Some(browser) = browser("an experiment's page", screen, theme) else { return };
    let sandbox = run(EXPERIMENT, &[("own.csv", &connections(400))]);
    let dashboard = Dashboard::of(sandbox);
    dashboard.open(&browser, "results/own");
    browser.wait_for("main .drawing svg[data-ready]");
    let paper = "return getComputedStyle(document.querySelector('main .drawing svg > path')).fill;";
    let paper = browser.script(paper, json!([]));
    assert_eq!(paper == "rgb(255, 255, 255)", theme == Theme::Light, "{paper}");
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
}

/// The page counts a missing trial and says that no process works on it.
#[test]
fn a_page_says_how_far_an_unfinished_experiment_is() {
    let Some(browser) = browser("progress", Screen::Phone, Theme::Light) else { return };
    let sandbox = run(EXPERIMENT, &[("own.csv", &connections(400))]);
    let trial = super::detect::trial_of(&sandbox, "own", "AE");
    std::fs::remove_dir_all(sandbox.path(&format!("results/own/trials/{trial}"))).unwrap();
    let dashboard = Dashboard::of(sandbox);
    dashboard.open(&browser, "results/own");
    browser.wait_text("#experiment-progress", |text| text == "2 of 3 trials done, 0 running.");
    let shown: Value =
        browser.script("return document.querySelectorAll('main .bad').length;", json!([]));
    assert!(shown.as_u64().unwrap() > 0);
}
