//! Working through a result: reasons with values, search, filters, groups, columns, marks, and the download with them.

use serde_json::json;

use super::columns::with_files;
use super::dashboard::Dashboard;
use super::detect::{download, find_anomalies, fit_with, upload};
use super::tables::{connections, number};
use super::webdriver::Browser;

/// How many rows fit the filters, as the page says.
fn shown(browser: &Browser) -> u64 {
    number(browser.text("#rows-count").unwrap().split("of").next().unwrap()).unwrap()
}

fn wait_shown(browser: &Browser, rows: u64) {
    browser.until(&format!("{rows} rows"), || {
        let text = browser.text("#rows-count")?;
        (number(text.split("of").next()?) == Some(rows)).then_some(())
    });
}

on_every_screen!(a_result_is_worked_through, a_threshold_is_typed);

fn a_result_is_worked_through(browser: &Browser) -> Dashboard {
    let dashboard = with_files(&[("own.csv", connections(600).as_bytes())]);
    dashboard.open(browser, "detect");
    upload(browser, &dashboard.sandbox.path("own.csv"));
    fit_with(browser, "hbos");
    browser.click("input[value=normal]");
    find_anomalies(browser);
    // Every reason has its value and what is usual for it.
    let reasons = browser.texts("#result tbody tr:first-child .reason .name");
    assert!(!reasons.is_empty());
    assert!(reasons.iter().all(|text| text.contains(", usual ")), "{reasons:?}");
    let first = &reasons[0];
    assert!(first.starts_with('x') || first.starts_with('y'), "{first}");

    // Rows with the same reasons are one line. All lines together hold all rows.
    wait_shown(browser, 600);
    let alike = || -> u64 {
        browser.texts("#result tbody td:nth-child(6)").iter().filter_map(|text| number(text)).sum()
    };
    browser.choose("#rows-only", "anomalies");
    browser.until("the anomalies", || (shown(browser) < 600).then_some(()));
    let anomalies = number(&browser.text("#count-anomalies").unwrap()).unwrap();
    assert_eq!((shown(browser), alike()), (anomalies, anomalies));
    let lines = browser.number_of("#result tbody tr");
    assert!(lines < anomalies / 2, "{lines} lines for {anomalies} anomalies");

    // One group opened, marked and closed again.
    let size = number(&browser.text("#result tbody .alike").unwrap()).unwrap();
    assert!(size > 1);
    browser.click("#result tbody .alike");
    wait_shown(browser, size);
    browser.click("#all-again");
    wait_shown(browser, anomalies);
    let position = "return document.querySelector('#result tbody .alike').closest('tr').querySelector('select').dataset.mark;";
    let position = browser.script(position, json!([])).as_str().unwrap().to_owned();
    browser.choose(&format!("[data-mark='{position}']"), "benign");
    let said = browser.wait_text("#marks-summary", |text| text.contains("benign"));
    assert!(said.contains(&format!("{size} benign")), "{said}");
    browser.choose("#rows-mark", "none");
    wait_shown(browser, anomalies - size);
    browser.choose("#rows-mark", "");
    wait_shown(browser, anomalies);

    // Search and filters against the file itself.
    let rows: Vec<Vec<String>> = connections(600)
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect();
    let count =
        |fits: &dyn Fn(&[String]) -> bool| rows.iter().filter(|row| fits(row)).count() as u64;
    browser.click("#rows-clear");
    wait_shown(browser, 600);
    browser.set("#rows-search", "ICMP");
    wait_shown(browser, count(&|row| row[3] == "icmp"));
    browser.choose("#rows-class", "scan");
    wait_shown(browser, count(&|row| row[3] == "icmp" && row[4] == "scan"));
    browser.click("#rows-clear");
    browser.choose("#rows-column", "x");
    browser.set("#rows-value", "7,5..");
    wait_shown(browser, count(&|row| row[0].parse::<f64>().unwrap() >= 7.5));
    browser.click("#rows-clear");
    wait_shown(browser, 600);

    // The columns that are shown.
    browser.click("#column-chooser summary");
    browser.script("[...document.querySelectorAll('#column-chooser label')].find((l) => l.innerText === 'z').click();", json!([]));
    browser.until("a column less", || {
        (!browser.texts("#result thead th").contains(&"z".to_owned())).then_some(())
    });

    // The marks go out with the rows.
    let csv = download(browser);
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    let head = reader.headers().unwrap().clone();
    let at = |name: &str| head.iter().position(|column| column == name).unwrap();
    let (mark, anomaly) = (at("mark"), at("is_anomaly"));
    let records: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    let marked: Vec<&csv::StringRecord> =
        records.iter().filter(|row| &row[mark] == "benign").collect();
    assert_eq!(marked.len() as u64, size);
    assert!(marked.iter().all(|row| &row[anomaly] == "true"));
    dashboard
}

/// A threshold with a comma is a number, and words are marked.
fn a_threshold_is_typed(browser: &Browser) -> Dashboard {
    let dashboard = with_files(&[("own.csv", connections(300).as_bytes())]);
    dashboard.open(browser, "detect");
    upload(browser, &dashboard.sandbox.path("own.csv"));
    fit_with(browser, "pca");
    find_anomalies(browser);
    let shown = || number(&browser.text("#count-anomalies").unwrap()).unwrap();
    browser.set("#threshold-number", "0.05");
    let with_point = shown();
    browser.set("#threshold-number", "0.2");
    assert_ne!(shown(), with_point);
    browser.set("#threshold-number", "0,05");
    assert_eq!(shown(), with_point);
    browser.set("#threshold-number", "abc");
    assert_eq!(browser.number_of("#threshold-number[aria-invalid=true]"), 1);
    assert!(browser.text("#threshold-wrong").unwrap().contains("“abc” is no number"));
    assert_eq!(shown(), with_point);
    // When the field loses the focus, it shows the threshold that is in use.
    browser.script(
        "document.querySelector('#threshold-number').dispatchEvent(new Event('change'));",
        json!([]),
    );
    assert_eq!(super::detect::threshold(browser), 0.05);
    assert_eq!(browser.number_of("[aria-invalid]"), 0);
    dashboard
}
