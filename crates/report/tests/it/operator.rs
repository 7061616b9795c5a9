//! The operator's table, its figure and its answer, on rows whose counts are known.

use oddbench_core::operating::operating_points;
use oddbench_core::record::PartSizes;
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::scores::Scores;
use oddbench_report::operating::{leads, main_rate};
use oddbench_report::summarize;

use crate::fixture::{
    SOUND, anchors, completed, data, evaluation, manifest, part, record, small, trial,
};
use crate::{read, report};

const INLIERS: usize = 10_000;
const OUTLIERS: usize = 1_000;

/// So many rows of each label above 1, the others below.
fn part_with(
    outliers: usize,
    (alarms, found): (usize, usize),
) -> oddbench_core::scores::ScoredPart {
    let labels: Vec<bool> = (0..INLIERS + outliers).map(|row| row >= INLIERS).collect();
    let classes: Vec<&str> = labels.iter().map(|&l| if l { "smurf" } else { "normal" }).collect();
    let above = |row: usize| if row < INLIERS { row < alarms } else { row - INLIERS < found };
    let place = |row: usize| (row % INLIERS) as f64 / (2 * INLIERS) as f64;
    let scores: Vec<f64> = (0..labels.len())
        .map(|row| place(row) + if above(row) { 2.0 - row as f64 * 1e-9 } else { 0.0 })
        .collect();
    part(&classes, &labels, &scores)
}

/// A completed trial: ten validation rows lie above a gap, so that at FPR 0.001 the threshold is in it. Of the test
/// rows that many lie above.
fn judged(results: &ExperimentResults, trial: TrialResult, above: (usize, usize)) -> TrialResult {
    judged_on(OUTLIERS, results, trial, above)
}

/// The same with so many outliers in each part.
fn judged_on(
    outliers: usize,
    results: &ExperimentResults,
    mut trial: TrialResult,
    above: (usize, usize),
) -> TrialResult {
    let sizes = PartSizes {
        train: 100,
        train_outliers: 0,
        validation: INLIERS + outliers,
        validation_outliers: outliers,
        test: INLIERS + outliers,
        test_outliers: outliers,
        transfer: None,
        transfer_outliers: None,
        columns: 3,
    };
    trial.record = Some(record(&trial.trial, &results.manifest.data, sizes, completed(1.0)));
    let scores = Scores {
        validation: part_with(outliers, (10, outliers / 2)),
        test: part_with(outliers, above),
        transfer: None,
    };
    trial.evaluations = vec![evaluation(SOUND, 1.0, &scores.test.labels, &scores.test.scores)];
    let operator = &results.manifest.experiment.operator;
    (trial.operating, trial.transfer_operating) = operating_points(&scores, operator);
    trial.scores = Some(scores);
    trial
}

/// An experiment with no trial yet.
fn without_trials() -> ExperimentResults {
    ExperimentResults {
        manifest: manifest(data("kdd99", false), vec![SOUND]),
        trials: vec![],
        sweeps: vec![],
        projection: None,
        audit: None,
    }
}

/// Models of one seed each, with so many outliers in each part. Of each model: its name, false alarms, outliers found.
pub fn judged_by(outliers: usize, models: &[(&str, usize, usize)]) -> ExperimentResults {
    let mut results = without_trials();
    for &(name, alarms, found) in models {
        let trial = judged_on(outliers, &results, trial(name, "pca", None), (alarms, found));
        results.trials.push(trial);
    }
    results.manifest.trials = results.trials.iter().map(|t| t.trial.clone()).collect();
    results
}

/// AE: three seeds. PCA: its threshold lets ten times too many through. forest: saw labels.
pub fn operated() -> ExperimentResults {
    let mut results = without_trials();
    let mut forest = trial("forest", "random-forest", None);
    forest.trial.supervised = true;
    let trials = [
        (trial("AE", "autoencoder", Some(1)), (12, 900)),
        (trial("AE", "autoencoder", Some(2)), (10, 880)),
        (trial("AE", "autoencoder", Some(3)), (14, 700)),
        (trial("PCA", "pca", None), (100, 950)),
        (trial("silent", "constant", None), (0, 0)),
        (forest, (8, 990)),
    ];
    results.trials =
        trials.into_iter().map(|(trial, above)| judged(&results, trial, above)).collect();
    results.manifest.trials = results.trials.iter().map(|t| t.trial.clone()).collect();
    results
}

/// The first table of a Markdown report: its head and its lines.
fn first_table(markdown: &str) -> Vec<Vec<String>> {
    let lines = markdown.lines().skip_while(|line| !line.starts_with('|'));
    let table = lines.take_while(|line| line.starts_with('|')).filter(|line| !line.contains("---"));
    table
        .map(|line| line.trim_matches('|').split('|').map(|c| c.trim().replace("**", "")).collect())
        .collect()
}

fn cell<'t>(table: &'t [Vec<String>], row: &str, column: &str) -> &'t str {
    let at = table[0].iter().position(|head| head == column).unwrap();
    &table.iter().find(|line| line[0] == row).unwrap()[at]
}

#[test]
fn the_first_table_has_the_figures_of_the_counts() {
    let markdown = read(&report(&operated()), "report.md");
    let headings = markdown.lines().filter(|line| line.starts_with("## "));
    let first: Vec<&str> = headings.take(2).collect();
    assert_eq!(first, ["## Verdict", "## Operator's view"]);
    let table = first_table(&markdown);
    // Of three seeds with 900, 880 and 700 of 1,000 found the median; Wilson's interval of 880 of 1,000 by
    // statsmodels' proportion_confint.
    assert_eq!(cell(&table, "AE", "Recall at FPR 0.001"), "0.880 (0.858 to 0.899)");
    // 12 of 10,000, the median of 12, 10 and 14.
    assert_eq!(cell(&table, "AE", "FPR reached (0.001)"), "0.0012 (0.00069 to 0.0021)");
    assert!(cell(&table, "AE", "False alarms per million").starts_with("1,200 (687 to 2,096)"));
    // 0.0009 / (0.0009 + 0.999 * 0.0012) of seed 1 is the median of 0.429, 0.468 and 0.334.
    assert!(cell(&table, "AE", "Precision at base rate 0.001").starts_with("0.429 ("));
    assert!(cell(&table, "AE", "Precision at base rate 0.01").starts_with("0.883 ("));
    // 100 of 10,000 are not one in a thousand; the greatest recall is no merit then.
    assert_eq!(cell(&table, "PCA", "FPR reached (0.001)"), "0.010‡ (0.0082 to 0.012)");
    assert!(cell(&table, "PCA", "Recall at FPR 0.001").starts_with("0.950 ("));
    // What calls nothing has a recall and no precision.
    assert!(cell(&table, "silent", "Recall at FPR 0.001").starts_with("0.000 (0.000 to 0.004)"));
    assert_eq!(cell(&table, "silent", "Precision at base rate 0.001"), "–");
    assert!(markdown.contains("*Supervised: trained with labels*"));
}

/// The verdict takes the same median: one statistic throughout.
#[test]
fn an_even_number_of_seeds_has_the_mean_of_the_middle_two() {
    let mut results = operated();
    results.trials.retain(|trial| trial.trial.seed != Some(3));
    let markdown = read(&report(&results), "report.md");
    let table = first_table(&markdown);
    // 900 and 880 of 1,000, each with Wilson's interval by statsmodels' proportion_confint: 0.8798 to 0.9171, and
    // 0.8584 to 0.8987.
    assert_eq!(cell(&table, "AE", "Recall at FPR 0.001"), "0.890 (0.869 to 0.908)");
    // 12 and 10 of 10,000.
    assert_eq!(cell(&table, "AE", "FPR reached (0.001)"), "0.0011 (0.00061 to 0.0020)");
    // 0.0009 / (0.0009 + 0.999 * 0.0012) and 0.00088 / (0.00088 + 0.999 * 0.001) are 0.4288 and 0.4683.
    assert!(cell(&table, "AE", "Precision at base rate 0.001").starts_with("0.449 ("));
    let figure = markdown.lines().find(|line| line.contains("Precision over the base rate."));
    assert!(figure.unwrap().contains("AE 0.449"), "{figure:?}");
}

/// Verdict, operator's view and table name the same model of several with equal figures, and the others beside it.
#[test]
fn of_equal_models_every_sentence_names_the_same_one() {
    let models = [("forest", 10, 960), ("AE", 10, 960), ("kNN", 10, 960), ("PCA", 10, 900)];
    let results = judged_by(OUTLIERS, &models);
    let markdown = read(&report(&results), "report.md");
    assert!(
        markdown.contains("forest finds as many as any of the models without labels: 96.0 %"),
        "{markdown}"
    );
    assert!(markdown.contains(" AE and kNN find as many."), "{markdown}");
    let found = oddbench_report::verdict(&results, &summarize(&results));
    assert_eq!(found.best[0].name, "forest");
    assert!(found.sentences[0].starts_with("forest has the greatest median ROC-AUC"), "{found:?}");
    let bold = |name: &str| {
        let line = markdown.lines().find(|line| line.starts_with(&format!("| {name}")));
        line.unwrap().contains("**0.960")
    };
    assert!(bold("forest") && bold("AE") && bold("kNN"), "{markdown}");
}

#[test]
fn the_answer_is_in_words_and_skips_a_threshold_that_did_not_hold() {
    let results = operated();
    let markdown = read(&report(&results), "report.md");
    let answer = "At one false alarm per thousand benign rows, AE finds most among the models without labels whose threshold held: 88.0 % (95 % interval 85.8 to 89.9 %) of the attacks. Where one row in a thousand is an attack, 42.9 % (95 % interval";
    assert!(markdown.contains(answer), "{markdown}");
    assert!(markdown.contains("forest, which saw labels, finds 99.0 %"));
    let mut only = results;
    only.trials.retain(|trial| trial.trial.name == "PCA");
    let markdown = read(&report(&only), "report.md");
    assert!(markdown.contains("PCA finds 95.0 %"), "{markdown}");
    assert!(markdown.contains(
        "Its threshold did not hold: the false positive rate on the test rows is 0.010."
    ));
}

/// Whoever reads the table sees greater figures than the one in the answer, and is told why they do not count.
#[test]
fn the_answer_names_models_that_find_more_and_whose_threshold_did_not_hold() {
    let missed = "PCA finds 95.0 %, but its threshold did not hold: it reached a false positive rate of 0.010.";
    let results = operated();
    let markdown = read(&report(&results), "report.md");
    assert_eq!(markdown.matches(missed).count(), 1, "{markdown}");
    assert!(shown(&results).replace('\n', " ").contains(missed), "{}", shown(&results));
    let words = oddbench_report::operating::words(&results, &summarize(&results));
    assert!(words.answer[0].contains(missed), "{words:?}");

    // It is the worse model here, and there is nothing to say of it.
    let less = judged_by(OUTLIERS, &[("AE", 10, 960), ("PCA", 100, 950)]);
    let markdown = read(&report(&less), "report.md");
    assert!(markdown.contains("AE finds most among the models without labels: 96.0 %"));
    assert!(!markdown.contains("but its threshold"), "{markdown}");

    let many = [("AE", 10, 500), ("PCA", 100, 950), ("kNN", 90, 900), ("LOF", 80, 800)];
    let markdown = read(&report(&judged_by(OUTLIERS, &many)), "report.md");
    let others = format!(
        "{missed} Other models find more, too, and their thresholds did not hold either: kNN, LOF."
    );
    assert!(markdown.contains(&others), "{markdown}");
    let markdown = read(&report(&judged_by(OUTLIERS, &many[..3])), "report.md");
    let other = format!("{missed} kNN finds more, too, and its threshold did not hold either.");
    assert!(markdown.contains(&other), "{markdown}");
}

#[test]
fn a_model_that_finds_nothing_does_not_find_most() {
    let models = [("forest", 10, 0), ("PCA", 100, 950), ("HBOS", 9, 0), ("extreme", 10, 21)];
    let mut results = judged_by(OUTLIERS, &models);
    results.trials[3].trial.kind = "extreme-value".into();
    let said = "At one false alarm per thousand benign rows, no model without labels whose threshold held finds an attack. extreme, a sanity model, finds 2.1 %. PCA finds 95.0 %, but its threshold did not hold";
    let markdown = read(&report(&results), "report.md");
    assert!(markdown.contains(said) && !markdown.contains("finds most"), "{markdown}");

    // One attack of ten thousand is shown as 0.0 %.
    let next = judged_by(10_000, &[("forest", 10, 1), ("PCA", 100, 9_500)]);
    let markdown = read(&report(&next), "report.md");
    let said =
        "no model without labels whose threshold held finds more than one attack in two thousand.";
    assert!(markdown.contains(said) && !markdown.contains("finds most"), "{markdown}");
}

#[test]
fn the_terminal_explains_the_mark_of_a_threshold_that_did_not_hold() {
    let legend = "‡ The threshold did not hold: the 95 % interval of the rate that was reached lies above the rate that was asked for.";
    let mut results = operated();
    let text = shown(&results).replace('\n', " ");
    assert_eq!(text.matches(legend).count(), 1, "{text}");
    results.trials.retain(|trial| trial.trial.name != "PCA");
    assert!(!shown(&results).contains('‡'));
}

#[test]
fn fewer_false_alarms_than_asked_for_are_no_fault() {
    let mut results = operated();
    results.trials.retain(|trial| trial.trial.name == "PCA");
    let careful = judged(&results, trial("careful", "pca", None), (0, 970));
    results.trials.push(careful);
    let markdown = read(&report(&results), "report.md");
    assert!(
        markdown.contains("careful finds most among the models without labels: 97.0 %"),
        "{markdown}"
    );
    let row = markdown.lines().find(|line| line.starts_with("| careful")).unwrap();
    assert!(!row.contains('‡') && row.contains("**0.970"), "{row}");
}

#[test]
fn a_rate_without_enough_rows_is_told_once_and_has_no_column() {
    let markdown = read(&report(&operated()), "report.md");
    let told = "Not resolvable with the 10,000 benign rows of the validation part: FPR 0.0001 needs 100,000.";
    assert_eq!(markdown.matches(told).count(), 1, "{markdown}");
    assert!(!first_table(&markdown)[0].iter().any(|head| head.contains("0.0001")));
    // Eight test rows resolve nothing: that is said, and the comparison is the first table.
    let none = small(false, vec![SOUND]);
    assert_eq!(main_rate(&none, &summarize(&none)), None);
}

#[test]
fn the_main_rate_is_one_in_a_thousand_or_the_resolved_one_next_to_it() {
    let mut results = operated();
    let rate = |results: &ExperimentResults| {
        let rates = &results.manifest.experiment.operator.fpr;
        main_rate(results, &summarize(results)).map(|at| rates[at])
    };
    assert_eq!(rate(&results), Some(1e-3));
    for (rates, expected) in [
        (vec![0.1, 0.01, 1e-4], Some(0.01)),
        (vec![1e-3, 0.002, 0.0015], Some(1e-3)),
        (vec![0.05, 0.5], Some(0.05)),
        (vec![1e-4, 1e-5], None),
    ] {
        results.manifest.experiment.operator.fpr = rates;
        let operator = results.manifest.experiment.operator.clone();
        for trial in &mut results.trials {
            let scores = trial.scores.as_ref().unwrap();
            trial.operating = operating_points(scores, &operator).0;
        }
        assert_eq!(rate(&results), expected);
    }
    let markdown = read(&report(&results), "report.md");
    let told = "Not resolvable with the 10,000 benign rows of the validation part: FPR 0.0001 needs 100,000, FPR 1e-5 needs 1,000,000.";
    assert!(markdown.contains(told), "{markdown}");
    assert!(shown(&results).replace('\n', " ").contains(told));
}

#[test]
fn beside_published_figures_the_study_stays_first() {
    let mut results = operated();
    assert!(leads(&results));
    results.manifest.experiment.report.anchors = vec!["study-2020".into()];
    results.manifest.anchors = vec![anchors()];
    assert!(!leads(&results));
    let markdown = read(&report(&results), "report.md");
    let order: Vec<&str> =
        markdown.lines().filter_map(|line| line.strip_prefix("## ")).take(3).collect();
    assert_eq!(order, ["Verdict", "Comparison", "Operator's view"]);
    let terminal = shown(&results);
    assert!(terminal.find("Accuracy").unwrap() < terminal.find("Reached").unwrap());
}

/// What the terminal shows, cells between bars.
fn shown(results: &ExperimentResults) -> String {
    oddbench_report::terminal(results, &summarize(results), |head, rows| {
        let heads: Vec<&str> = head.iter().map(|(name, _)| *name).collect();
        let rows = rows.iter().map(|row| row.join("|"));
        [heads.join("|")].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
    })
}

#[test]
fn the_terminal_shows_the_main_rate_and_its_answer() {
    let text = shown(&operated());
    let head = "Model|Recall at FPR 0.001|Reached|Prec. 0.01|Prec. 0.001|Alarms/M\n";
    let first_table = text.lines().find(|line| line.starts_with("Model|"));
    assert_eq!(first_table, Some(head.trim_end()), "{text}");
    assert!(text.contains("AE|0.880 (0.858 to 0.899)|0.0012|0.883|0.429|1,200\n"), "{text}");
    let (operator, study) = text.split_once("Model|Trials|").unwrap();
    assert!(operator.contains("At one false alarm per thousand benign rows, AE"), "{text}");
    assert!(study.contains("Threshold: max-f1 on the validation rows"));
}

#[test]
fn a_stated_volume_gives_alarms_a_day() {
    let mut results = operated();
    results.manifest.experiment.operator.flows_per_day = Some(2e6);
    let operator = results.manifest.experiment.operator.clone();
    for trial in &mut results.trials {
        trial.operating = operating_points(trial.scores.as_ref().unwrap(), &operator).0;
    }
    let markdown = read(&report(&results), "report.md");
    let table = first_table(&markdown);
    // 0.0012 of the 1,998,000 rows that are benign.
    assert!(cell(&table, "AE", "False alarms a day").starts_with("2,398 ("), "{markdown}");
    assert!(markdown.contains("of 2,000,000 rows in all and 1,998,000 benign rows."));
}

#[test]
fn the_figure_marks_the_test_rows_and_names_models_without_a_line() {
    let dir = report(&operated());
    let svg = read(&dir, "figures/base-rate.svg");
    for text in ["test rows: 9.1 %", "1e-5", "0.001", "0.429  AE", "forest (s)"] {
        assert!(svg.contains(text), "{text}");
    }
    let markdown = read(&dir, "report.md");
    assert!(markdown.contains("No line, because no row is called an outlier: silent."));
    assert!(markdown.contains("FPR 0.001 on benign validation rows"));
    // Where no rate is resolved, the first threshold rule stands in and is named.
    let small = read(&report(&small(false, vec![SOUND])), "report.md");
    assert!(small.contains("at one threshold per model: max-f1"), "{small}");
}

/// Precision is 1 then at every base rate, which 10,000 benign rows cannot tell.
#[test]
fn without_a_false_alarm_precision_is_the_least_that_it_may_be() {
    let mut results = operated();
    results.trials.retain(|trial| trial.trial.name == "PCA");
    let careful = judged(&results, trial("careful", "pca", None), (0, 970));
    results.trials.push(careful);
    let dir = report(&results);
    let table = first_table(&read(&dir, "report.md"));
    // Wilson: a rate up to 3.84 / 10,003.84 = 0.000384; 0.00097 / (0.00097 + 0.999 * 0.000384) = 0.716.
    let shown = cell(&table, "careful", "Precision at base rate 0.001");
    assert!(shown.starts_with("≥ 0.71") && shown.ends_with("to 1.000)"), "{shown}");
    assert!(cell(&table, "PCA", "Precision at base rate 0.001").starts_with("0.08"));
    assert!(self::shown(&results).contains("≥ No false alarm was seen on the test rows"));
    assert!(!self::shown(&operated()).contains('≥'));
    let svg = read(&dir, "figures/base-rate.svg");
    assert!(svg.contains("≥ 0.71") && !svg.contains(">1.000  careful"), "{svg}");
    assert!(read(&dir, "table.tex").contains(r"$\geq$ 0.71"));
}

#[test]
fn a_paper_shows_the_rate_that_was_reached_where_a_threshold_did_not_hold() {
    let mut results = operated();
    let tex = |results: &ExperimentResults| read(&report(results), "table.tex");
    // At 0.01, too, PCA lets nearly twice as many through as were asked for.
    assert!(tex(&results).contains("FPR reached (0.01)"));
    results.trials.retain(|trial| trial.trial.name != "PCA");
    let held = tex(&results);
    assert!(held.contains("FPR reached (0.001)") && !held.contains("FPR reached (0.01)"), "{held}");
}

#[test]
fn a_rate_without_other_words_is_not_explained_by_itself() {
    let mut results = operated();
    let markdown = read(&report(&results), "report.md");
    assert!(markdown.contains("FPR 0.001 is one false alarm per thousand benign rows."));
    assert!(markdown.contains("Of the test rows 9.1 % are attacks, which no network has all day."));
    results.manifest.experiment.operator.fpr = vec![0.003];
    let operator = results.manifest.experiment.operator.clone();
    for trial in &mut results.trials {
        trial.operating = operating_points(trial.scores.as_ref().unwrap(), &operator).0;
    }
    let markdown = read(&report(&results), "report.md");
    assert!(!markdown.contains("is a false positive rate of 0.003"), "{markdown}");
}
