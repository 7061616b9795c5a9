//! The same on the real data: the study's autoencoder and its labelled test split.

use super::dashboard::Dashboard;
use super::detect::{
    assert_follows_the_threshold, download, find_anomalies, score, trial_of, upload,
};
use super::tables::{Counts, Scored, number};
use super::webdriver::{Screen, Theme, browser};
use crate::oddbench::{Sandbox, assert_code, real_data, summary};

const EXPERIMENT: &str = r#"
name = "study"
[dataset]
kind = "kdd99"
features = "published-18"
labels = "published"
[split]
kind = "published-8020"
[threshold]
rule = "max-accuracy"
tune_on = "test"
decimals = 3
[run]
seeds = [2018]
[[model]]
kind = "autoencoder"
name = "AE"
params = { preset = "published" }
"#;

#[test]
fn the_labelled_test_split_is_judged_as_the_command_and_the_study_judge_it() {
    let Some(mirror) = real_data("the dashboard on KDD Cup 99") else { return };
    let Some(browser) = browser("the dashboard on KDD Cup 99", Screen::Desktop, Theme::Light)
    else {
        return;
    };
    let sandbox = Sandbox::new();
    let file = sandbox.write("study.toml", EXPERIMENT);
    assert_code(&sandbox.run_with(&mirror, &["run", file.to_str().unwrap(), "--no-report"]), 0);
    assert_code(&sandbox.run_with(&mirror, &["data", "export", "split"]), 0);
    let part = |name: &str| std::fs::read_to_string(sandbox.path("split").join(name)).unwrap();
    let (inliers, outliers) = (part("test_inliers.csv"), part("test_outliers.csv"));
    let rows = outliers.split_once('\n').unwrap().1;
    let test = sandbox.write("test.csv", &format!("{inliers}{rows}"));

    let trial = trial_of(&sandbox, "study", "AE");
    let written = score(&sandbox, &format!("results/study/trials/{trial}"), &test, None);
    let scored = Scored::read(&written, "target", &["0"]);
    assert_eq!(scored.scores.len(), 10_000);
    let line = summary(&sandbox.path("results/study/summary.csv")).remove(0);
    let of = |key: &str| line[key].parse::<u64>().unwrap();
    let trained = Counts { tp: of("tp"), fp: of("fp"), tn: of("tn"), fn_: of("fn") };
    assert_eq!(scored.by_command(), trained, "the saved model judges as the run did");

    let dashboard = Dashboard::with(sandbox, mirror.as_os_str());
    dashboard.open(&browser, "detect");
    upload(&browser, &test);
    browser.wait_text("#upload-summary", |text| text.contains("10,000 rows"));
    browser.choose("#model", &format!("study/{trial}"));
    find_anomalies(&browser);
    assert_eq!(Counts::shown(&browser, "count"), Some(trained));
    assert_eq!(download(&browser), written);
    assert_follows_the_threshold(&browser, &scored);
    assert_eq!(browser.console(), Vec::<String>::new());

    dashboard.open(&browser, "live");
    browser.set("#live-speed", "11");
    browser.click("#live-toggle");
    browser.wait_text("#live-state", |text| text.starts_with("All rows have passed after 10,000"));
    assert_eq!(Counts::shown(&browser, "live"), Some(trained));

    // An attack that the policy calls normal is said to be one.
    dashboard.open(&browser, "rows?class=mscan");
    browser.wait_text("main tbody", |text| text.contains("attack, normal by policy"));
    assert_eq!(browser.number_of("main tbody .tag"), browser.number_of("main tbody tr"));
    browser.choose("#filter-class", "normal");
    browser.until("rows without a tag", || {
        (browser.number_of("main tbody tr") == 50 && browser.number_of("main tbody .tag") == 0)
            .then_some(())
    });

    dashboard.open(&browser, "rows");
    browser.choose("#filter-outcome", "fn");
    browser.until("the missed attacks", || {
        let text = browser.text(".pager span")?;
        (number(text.split("of").nth(1)?.split('(').next()?)? == trained.fn_).then_some(())
    });
    browser.click("main tbody th button");
    browser.wait_text("dialog", |text| {
        text.contains("srv_count") && text.contains("median") && text.contains("Reconstruction")
    });
    assert_eq!(browser.console(), Vec::<String>::new());
}
