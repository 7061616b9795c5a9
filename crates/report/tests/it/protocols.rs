//! Transfer rows, folds, models that saw labels, and rules that give no threshold.

use oddbench_core::metrics::Metric;
use oddbench_core::results::ExperimentResults;
use oddbench_report::{contaminated, published, summarize};

use crate::fixture::{NATIVE, ORACLE, SOUND, complete, small, transfer, trial, without_threshold};
use crate::{names, read, report};

/// PCA loses half of the outliers on the transfer rows, the forest three quarters.
pub fn transferred() -> ExperimentResults {
    let mut results = small(false, vec![SOUND]);
    transfer(&mut results, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 4.2);
    transfer(&mut results, 7, &[0.0, 0.1, 0.2, 0.05, 0.3, 0.9], 0.5);
    let records = results.trials.iter_mut().filter_map(|trial| trial.record.as_mut());
    for sizes in records.filter_map(|record| record.sizes.as_mut()) {
        (sizes.transfer, sizes.transfer_outliers) = (Some(6), Some(4));
    }
    results
}

#[test]
fn the_fall_is_the_figure_on_test_rows_less_that_on_transfer_rows() {
    let mut results = transferred();
    for (at, last) in [(0, 0.6), (1, 0.1), (2, 0.1)] {
        transfer(&mut results, at, &[0.0, 0.1, 0.2, 0.3, 0.4, last], 0.55);
    }
    let rows = summarize(&results);
    let find = |name: &str| rows.iter().find(|row| row.name == name).unwrap();
    let forest = find("forest").transfer(0).unwrap();
    // Test: all 3 outliers called, and 1 inlier; transfer: 1 of 4 outliers, no inlier.
    assert_eq!(forest.metrics[&Metric::Recall.into()].mean, 0.25);
    assert_eq!(forest.fall[&Metric::Recall.into()].mean, 1.0 - 0.25);
    assert_eq!(forest.fall[&Metric::Precision.into()].mean, 0.75 - 1.0);
    // Recalls of the seeds: test 1, 1, 2/3; transfer 1/4, 0, 0. Falls are paired.
    let ae = find("AE").transfer(0).unwrap();
    let falls = [0.75, 1.0, 2.0 / 3.0];
    let mean = falls.iter().sum::<f64>() / 3.0;
    let fall = ae.fall[&Metric::Recall.into()];
    let sd = (falls.iter().map(|f: &f64| (f - mean).powi(2)).sum::<f64>() / 2.0).sqrt();
    assert!((fall.mean - mean).abs() < 1e-12 && (fall.sd.unwrap() - sd).abs() < 1e-12);
    assert_eq!(fall.n, 3);
    assert_eq!(find("constant").transfer(0), None);
}

#[test]
fn test_and_transfer_figures_stand_side_by_side_in_every_document() {
    let dir = report(&transferred());
    let markdown = read(&dir, "report.md");
    let from = markdown.find("**Test rows beside transfer rows").unwrap();
    let to = markdown.find("## Cost").unwrap();
    insta::assert_snapshot!("transfer_markdown", &markdown[from..to]);
    let html = read(&dir, "index.html");
    for text in [
        "Recall, transfer</span></th>",
        "fall</span></th>",
        "6, of them 4 outliers",
        "6 transfer rows, 4 of them outliers",
    ] {
        assert!(html.contains(text), "{text}");
    }
    let tex = read(&dir, "table.tex");
    assert!(tex.contains("\\label{tab:transfer-1}"));
    let transfer = &tex[tex.find("beside transfer rows").unwrap()..];
    assert!(transfer.contains("\\emph{Supervised: trained with labels}"));
    let csv = read(&dir, "table.csv");
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let column = |name: &str| lines[0].iter().position(|head| *head == name).unwrap();
    let (split, recall, score) =
        (column("split"), column("recall_mean"), column("score_seconds_mean"));
    let forest: Vec<_> = lines.iter().filter(|line| line[1] == "forest").collect();
    assert_eq!(forest.len(), 2);
    assert_eq!((forest[0][split], forest[0][recall]), ("published-8020", "1"));
    assert_eq!((forest[1][split], forest[1][recall]), ("published-8020/transfer", "0.25"));
    assert_eq!(forest[1][score], "", "the time is that of the test rows");
    assert!(lines.iter().all(|line| line.len() == lines[0].len()));
}

#[test]
fn without_transfer_rows_nothing_speaks_of_them() {
    let dir = report(&small(false, vec![SOUND]));
    for file in ["index.html", "report.md", "table.csv", "table.tex"] {
        assert!(!read(&dir, file).contains("transfer"), "{file}");
    }
}

#[test]
fn supervised_rows_are_never_mixed_with_others_unsaid() {
    let mut results = transferred();
    // A second seed, so that both kinds have medians.
    let mut second = trial("forest", "random-forest", Some(2));
    second.trial.supervised = true;
    results.trials.push(second);
    complete(&mut results, 8, &[0.0, 0.0, 0.1, 0.3, 0.2, 1.0, 0.95, 0.99], 0.5);
    transfer(&mut results, 8, &[0.0, 0.1, 0.2, 0.05, 0.3, 0.9], 0.5);
    let dir = report(&results);
    let markdown = read(&dir, "report.md");
    let heading = "| *Supervised: trained with labels* |";
    for caption in ["**Test rows, medians", "**Test rows beside", "**Cost of each"] {
        let table = &markdown[markdown.find(caption).unwrap()..];
        let table = &table[..table[2..].find("\n**").map_or(table.len(), |end| end + 2)];
        let (before, after) = table.split_once(heading).unwrap_or_else(|| panic!("{caption}"));
        assert!(before.contains("| AE ") && !before.contains("| forest "), "{caption}");
        assert!(after.contains("| forest ") && !after.contains("| AE "), "{caption}");
    }
    let html = read(&dir, "index.html");
    assert!(html.matches("\">Supervised: trained with labels</th>").count() >= 2);
    // Where models are columns or curves, the mark and what it means.
    assert!(html.contains("forest (s)") && html.contains("(s) supervised: trained with labels."));
    for figure in ["metrics", "roc", "precision-recall"] {
        assert!(read(&dir, &format!("figures/{figure}.svg")).contains("forest (s)"), "{figure}");
    }
    let csv = read(&dir, "table.csv");
    assert!(csv.lines().filter(|l| l.contains(",forest,")).all(|l| l.contains(",cpu,cpu,true,")));
}

#[test]
fn a_published_figure_beside_a_supervised_row_says_so() {
    let mut results = small(false, vec![SOUND]);
    for at in 0..3 {
        results.trials[at].trial.supervised = true;
    }
    assert!(published(&results, &summarize(&results))[0].rows[0].supervised);
    assert!(read(&report(&results), "report.md").contains("AE (supervised)"));
}

#[test]
fn bold_marks_the_best_of_each_group() {
    let mut results = small(false, vec![SOUND]);
    let mut other = trial("SVM", "svm", None);
    other.trial.supervised = true;
    results.trials.push(other);
    complete(&mut results, 8, &[0.0, 0.0, 0.1, 0.2, 0.2, 1.0, 0.95, 0.99], 0.5);
    let markdown = read(&report(&results), "report.md");
    let line = |name: &str| {
        let start = format!("| {name} |");
        markdown.lines().find(|line| line.starts_with(&start)).unwrap().to_owned()
    };
    assert!(line("SVM").contains("| **1.000** |"), "{}", line("SVM"));
    assert!(!line("forest").contains("| **0.750** |"), "{}", line("forest"));
    assert!(line("PCA").contains("**") || line("AE").contains("**"));
}

#[test]
fn contaminated_training_rows_are_said_wherever_unsupervised_models_show() {
    let mut results = transferred();
    assert_eq!(contaminated(&results), None);
    for trial in &mut results.trials {
        if let Some(sizes) = trial.record.as_mut().and_then(|record| record.sizes.as_mut()) {
            sizes.train_outliers = 80;
        }
    }
    let text = "80 of 100 (80.0 %) are outliers; they did not see the labels";
    for file in ["index.html", "report.md"] {
        let document = read(&report(&results), file);
        assert!(
            document.contains(text) && document.contains("Contaminated training rows."),
            "{file}"
        );
    }
    // Models that see labels are meant to be fitted on outliers.
    results.trials.retain(|trial| trial.trial.supervised);
    results.projection = None;
    assert_eq!(contaminated(&results), None);
    let html = read(&report(&results), "index.html");
    assert!(!html.contains("Contaminated"));
    assert!(html.contains("best median ROC-AUC, supervised: forest"));
}

#[test]
fn a_rule_without_threshold_leaves_the_areas_and_says_why() {
    let mut results = small(false, vec![NATIVE, ORACLE]);
    transfer(&mut results, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 4.2);
    without_threshold(&mut results.trials[3], 0);
    let rows = summarize(&results);
    let pca = rows.iter().find(|row| row.name == "PCA").unwrap();
    assert_eq!(pca.metric(0, Metric::F1), None);
    assert!(pca.metric(0, Metric::RocAuc).is_some() && pca.metric(1, Metric::F1).is_some());
    assert!(pca.transfer(0).unwrap().metrics.contains_key(&Metric::RocAuc.into()));
    let dir = report(&results);
    let why = "No threshold under this rule for PCA: no decision boundary of its own is recorded";
    for file in ["index.html", "report.md", "table.tex"] {
        assert!(read(&dir, file).contains(why), "{file}");
    }
    let figures = names(&dir.path().join("figures"));
    assert!(figures.contains(&"histogram-pca.svg".to_owned()));
    assert!(!figures.contains(&"confusion-pca.svg".to_owned()), "there is nothing to count");
    let markdown = read(&dir, "report.md");
    assert!(markdown.contains("native, each model's own decision boundary"));
}

/// The seeds of the fixture's autoencoder become folds.
fn folded() -> ExperimentResults {
    let mut results = small(false, vec![SOUND]);
    results.trials.truncate(3);
    for (at, trial) in results.trials.iter_mut().enumerate() {
        trial.trial.seed = None;
        trial.trial.fold = Some(at as u32 + 1);
    }
    results.manifest.data.split = "k-fold".into();
    results
}

#[test]
fn a_row_is_the_median_over_its_folds() {
    let results = folded();
    let seeds = summarize(&small(false, vec![SOUND]));
    let folds = summarize(&results);
    assert_eq!(folds.len(), 1);
    assert_eq!(folds[0].rules, seeds[0].rules, "folds are summed up as seeds are");
    let dir = report(&results);
    let markdown = read(&dir, "report.md");
    assert!(markdown.contains("Medians over folds, with the least and the greatest;"));
    assert!(markdown.contains("| Seed | Fold |") && markdown.contains("| any | 3 |"));
    assert!(markdown.contains("| Folds | 3, each the test part of a trial of its own |"));
    assert!(markdown.contains("the encoder's units died (fold 3)"));
    // The table of classes counts all rows, each tested once: four normal ones in each fold.
    assert!(markdown.contains("| normal | – | 12 | "));
    assert!(read(&dir, "figures/roc-ae.svg").contains("fold 2, the median of 3"));
}

#[test]
fn seeds_and_folds_are_both_named() {
    let mut results = folded();
    for seed in [1, 2] {
        let mut more = trial("AE", "autoencoder", Some(seed));
        more.trial.params = results.trials[0].trial.params.clone();
        more.trial.fold = Some(1);
        results.trials.push(more);
        let at = results.trials.len() - 1;
        complete(&mut results, at, &[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], 0.55);
    }
    let markdown = read(&report(&results), "report.md");
    assert!(markdown.contains("over seeds and folds"));
    assert!(markdown.contains("(fold 3)"));
}
