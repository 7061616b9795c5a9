//! By attack, ranks, peeking, defects, and planted faults that the report must expose.

use oddbench_core::audit::{AuditedRows, UnseenClass, UnseenValues, audit};
use oddbench_core::dataset::Classes;
use oddbench_core::evaluate::evaluate;
use oddbench_core::metrics::Metric;
use oddbench_core::record::{AnchorSet, PartSizes};
use oddbench_core::results::ExperimentResults;
use oddbench_core::scores::{ScoredPart, Scores};
use oddbench_core::threshold::{Fixed, Max, Rule, ThresholdSettings, TuneOn};
use oddbench_report::{summarize, write_across};
use serde_json::json;

use crate::fixture::{
    ORACLE, SOUND, anchors, completed, data, manifest, part, record, small, trial,
};
use crate::gallery::Noise;
use crate::{names, read, report};

const TRAIN: usize = 400;
const TEST: usize = 600;

/// Test rows of which the first 300 inliers are training rows; vectors are row numbers.
struct World {
    classes: Vec<&'static str>,
    labels: Vec<bool>,
    known: Vec<bool>,
}

impl World {
    fn new() -> Self {
        let class = |row: usize| match row {
            0..450 => "normal",
            450..550 => "smurf",
            _ => "mailbomb",
        };
        Self {
            classes: (0..TEST).map(class).collect(),
            labels: (0..TEST).map(|row| row >= 450).collect(),
            known: (0..TEST).map(|row| row < 300).collect(),
        }
    }

    /// Both of a kind of row that a model may see, with noise.
    fn noisy(&self, gap: f64, seed: u64) -> Vec<f64> {
        let mut noise = Noise(seed);
        self.labels.iter().map(|&l| noise.normal() + if l { gap } else { 0.0 }).collect()
    }

    /// Whether the features occur in training: what a mere memory scores by.
    fn memory(&self) -> Vec<f64> {
        self.known.iter().map(|&known| if known { 0.0 } else { 1.0 }).collect()
    }

    fn validation(&self, seed: u64) -> ScoredPart {
        let labels: Vec<bool> = (0..200).map(|row| row >= 150).collect();
        let classes: Vec<&str> =
            labels.iter().map(|&l| if l { "smurf" } else { "normal" }).collect();
        let mut noise = Noise(seed);
        let scores: Vec<f64> =
            labels.iter().map(|&l| noise.normal() + if l { 2.0 } else { 0.0 }).collect();
        part(&classes, &labels, &scores)
    }

    fn results(
        &self,
        rules: Vec<ThresholdSettings>,
        models: &[(&str, Vec<Vec<f64>>)],
    ) -> ExperimentResults {
        let data = data("kdd99", false);
        let mut manifest = manifest(data.clone(), rules.clone());
        let sizes = PartSizes {
            train: TRAIN,
            train_outliers: 0,
            validation: 200,
            validation_outliers: 50,
            test: TEST,
            test_outliers: 150,
            transfer: None,
            transfer_outliers: None,
            columns: 3,
        };
        let mut trials = Vec::new();
        for (label, seeds) in models {
            for (seed, scores) in seeds.iter().enumerate() {
                let mut trial = trial(label, label, (seeds.len() > 1).then_some(seed as u64));
                trial.record = Some(record(&trial.trial, &data, sizes, completed(1.0)));
                let scores = Scores {
                    validation: self.validation(seed as u64),
                    test: part(&self.classes, &self.labels, scores),
                    transfer: None,
                };
                let judged = rules.iter().map(|rule| evaluate(&scores, rule, None).unwrap());
                trial.evaluations = judged.collect();
                trial.scores = Some(scores);
                trials.push(trial);
            }
        }
        manifest.trials = trials.iter().map(|t| t.trial.clone()).collect();
        let audit = Some(self.audit());
        ExperimentResults { manifest, trials, projection: None, audit, sweeps: vec![] }
    }

    fn audit(&self) -> oddbench_core::audit::Audit {
        let names: Vec<String> = ["normal", "smurf", "mailbomb"].map(String::from).into();
        let code = |class: &&str| names.iter().position(|name| name == class).unwrap() as u16;
        let test = Classes { names: names.clone(), codes: self.classes.iter().map(code).collect() };
        let train = Classes { names: names.clone(), codes: vec![0; TRAIN] };
        let vectors: Vec<u32> =
            (0..TEST as u32).map(|row| if row < 300 { row } else { row + 10_000 }).collect();
        let trained: Vec<u32> = (0..TRAIN as u32).collect();
        let parts = [
            AuditedRows {
                part: "train",
                vectors: &trained,
                labels: &[false; TRAIN],
                classes: &train,
            },
            AuditedRows { part: "test", vectors: &vectors, labels: &self.labels, classes: &test },
        ];
        let category = |class: &str| (class != "normal").then(|| "dos".to_owned());
        audit(&parts, category, |class| class != "mailbomb")
    }
}

const VALIDATED: ThresholdSettings =
    ThresholdSettings { rule: Rule::MaxF1(Max { prevalence: None, decimals: None }), ..SOUND };

/// Counts by part, column and class in both formats, and a warning where it is more than one row in ten.
#[test]
fn values_that_training_never_saw_are_told() {
    let world = World::new();
    let models = [("model", vec![world.noisy(1.0, 3)])];
    let mut results = world.results(vec![VALIDATED], &models);
    let none = read(&report(&results), "report.md");
    assert!(!none.contains("Values that training never saw"));
    let unseen = |rows: usize| UnseenValues {
        column: "dst_port".into(),
        constant: None,
        rows,
        examples: vec!["31337".into(), "80.0".into()],
        classes: vec![UnseenClass { class: "smurf".into(), outlier: true, rows }],
    };
    results.audit.as_mut().unwrap().parts[1].unseen = vec![
        unseen(1),
        UnseenValues { column: "urgent".into(), constant: Some("0".into()), ..unseen(2) },
    ];
    let few = read(&report(&results), "report.md");
    assert!(few.contains("## Values that training never saw"), "{few}");
    assert!(few.contains("| test | urgent |") && few.contains("| 0 in every row |"), "{few}");
    assert!(!few.contains("**Unseen values.**"));
    results.audit.as_mut().unwrap().parts[1].unseen = vec![unseen(TEST / 5)];
    let folder = report(&results);
    let (many, page) = (read(&folder, "report.md"), read(&folder, "index.html"));
    assert!(many.contains("> **Unseen values.** Many rows have values that training never saw"));
    assert!(many.contains("(20.0 %)") && many.contains("| test | dst\\_port | smurf | outlier |"));
    assert!(page.contains("31337") && page.contains("Values that training never saw"));
    assert!(!many.contains("New in every test row"), "{many}");
    // As of a column that the split goes by: the verdict says so.
    results.audit.as_mut().unwrap().parts[1].unseen = vec![unseen(TEST)];
    let all = read(&report(&results), "report.md").replace('\\', "");
    let caveat =
        "- New in every test row: training never saw the values that the column \"dst_port\" has";
    assert!(all.contains(caveat) && all.contains("ignore = [\"dst_port\"]."), "{all}");
}

#[test]
fn a_model_that_only_knows_its_training_rows_is_exposed() {
    let world = World::new();
    let models = [("memory", vec![world.memory()]), ("sound", vec![world.noisy(2.0, 9)])];
    let dir = report(&world.results(vec![VALIDATED], &models));
    let markdown = read(&dir, "report.md");
    // It looks good: 300 of 450 inliers are below every outlier, the others tie with them.
    assert!(markdown.contains("| memory | 1 |"));
    let heading = "> **Known by heart.** memory ranks test rows better than chance only because";
    assert_eq!(markdown.matches("Known by heart.").count(), 1, "the sound model is not accused");
    assert!(markdown.contains(heading));
    let table = &markdown[markdown.find("**Rows that may be known by heart").unwrap()..];
    let line = |name: &str| table.lines().find(|line| line.starts_with(name)).unwrap();
    // (300 + 150 / 2) / 450 on all rows, one half on the others.
    assert!(line("| memory").contains("| 0.833 | 0.500 | 0.333 |"), "{}", line("| memory"));
    assert!(line("| memory").contains("it knows training rows by heart"));
    assert!(line("| sound").ends_with("|  |\n") || line("| sound").trim_end().ends_with("|  |"));
    assert!(read(&dir, "index.html").contains("<strong>Known by heart.</strong> memory"));
}

#[test]
fn a_threshold_that_was_tuned_on_the_test_rows_is_exposed() {
    let world = World::new();
    let peeked = ThresholdSettings { tune_on: TuneOn::Test, ..VALIDATED };
    // Its validation scores are 2 apart, its test scores 1: an honest threshold is too high.
    let models = [("model", vec![world.noisy(1.0, 3), world.noisy(1.0, 4)])];
    let results = world.results(vec![peeked, VALIDATED], &models);
    let rows = summarize(&results);
    let (gain, cost) = (&rows[0].rules[0].peeking, &rows[0].rules[1].peeking);
    let (gain, cost) = (gain.difference.unwrap(), cost.difference.unwrap());
    assert!((gain.mean - cost.mean).abs() < 1e-12 && gain.mean > 0.0, "{gain:?} {cost:?}");
    assert_eq!((gain.n, cost.n), (2, 2));
    let f1 = |rule: usize| rows[0].metric(rule, Metric::F1).unwrap().mean;
    assert!((f1(0) - f1(1) - cost.mean).abs() < 1e-12);
    let markdown = read(&report(&results), "report.md");
    assert!(markdown.contains("> **Oracle threshold.**"));
    let (oracle, honest) =
        (markdown.find("| Gain by peeking† |"), markdown.find("| Cost of not peeking |"));
    assert!(oracle.unwrap() < honest.unwrap());
}

#[test]
fn a_figure_above_the_ceiling_is_an_error_and_others_are_said_to_be_below() {
    let world = World::new();
    let models = [("model", vec![world.noisy(1.0, 3)])];
    let mut results = world.results(vec![VALIDATED], &models);
    let sound = read(&report(&results), "report.md");
    assert!(sound.contains("exceeds the ceiling of the test rows"));
    assert!(!sound.contains("Above the ceiling."));
    // Equal rows that carry both labels: nothing can tell them apart, and yet a model did.
    let test = &mut results.audit.as_mut().unwrap().parts[1];
    let vectors: Vec<u32> = (0..TEST as u32).map(|row| row % 7).collect();
    test.ceiling = oddbench_core::audit::Ceiling::of(&vectors, &world.labels);
    let planted = read(&report(&results), "report.md");
    assert!(planted.contains("> **Above the ceiling.**") && planted.contains("yet model: ROC-AUC"));
    assert!(!planted.contains("exceeds the ceiling of the test rows"));
}

#[test]
fn classes_are_shown_seen_and_unseen_apart_with_their_places() {
    let world = World::new();
    // Every smurf row above all normal rows, every mailbomb row in their midst.
    let placed: Vec<f64> = (0..TEST)
        .map(|row| match world.classes[row] {
            "normal" => row as f64,
            "smurf" => 1_000.0,
            _ => 224.5,
        })
        .collect();
    let fixed = ThresholdSettings { rule: Rule::Fixed(Fixed { value: 337.0 }), ..VALIDATED };
    let results = world.results(vec![fixed], &[("model", vec![placed.clone(), placed])]);
    let dir = report(&results);
    let markdown = read(&dir, "report.md");
    let section = &markdown[markdown.find("## By attack").unwrap()..];
    let table = &section[section.find("**Share of each").unwrap()..];
    let (seen, unseen) = (
        table.find("*Outliers of a class that the training table has*").unwrap(),
        table.find("*Outliers of a class that the training table lacks*").unwrap(),
    );
    assert!(seen < unseen);
    assert!(table[seen..unseen].contains("| smurf | dos | 100 | 1.000 (1.000 to 1.000) |"));
    assert!(table[unseen..].contains("| mailbomb | dos | 50 | 0.000 (0.000 to 0.000) |"));
    // Rows 338 to 449 of the 450 normal ones.
    assert!(table.contains("| normal | – | 450 | 0.249 (0.249 to 0.249) |"));
    let places = &section[section.find("**Where each").unwrap()..];
    assert!(places.contains("| smurf | dos | 100 | 1.000 (1.000 to 1.000) |"));
    assert!(places.contains("| mailbomb | dos | 50 | 0.500 (0.500 to 0.500) |"));
    let svg = read(&dir, "figures/attacks-called.svg");
    for text in [">smurf<", ">mailbomb<", ">1.00<", ">0.00<", ">0.25<"] {
        assert!(svg.contains(text), "{text}");
    }
    assert!(names(&dir.path().join("figures")).contains(&"attacks-scores.png".to_owned()));
}

#[test]
fn classes_without_an_audit_are_outliers_and_no_more() {
    let world = World::new();
    let mut results = world.results(vec![VALIDATED], &[("model", vec![world.noisy(1.0, 3)])]);
    results.audit = None;
    let markdown = read(&report(&results), "report.md");
    assert!(markdown.contains("| *Outliers* |"));
    assert!(!markdown.contains("training table") && !markdown.contains("known by heart"));
}

#[test]
fn common_seeds_are_ranked_and_folds_too() {
    let world = World::new();
    let seeds = |gap: f64| (0..6).map(|seed| world.noisy(gap, 31 + seed)).collect::<Vec<_>>();
    let models = [("good", seeds(4.0)), ("fair", seeds(2.0)), ("poor", seeds(0.5))];
    let mut results = world.results(vec![VALIDATED], &models);
    let dir = report(&results);
    let markdown = read(&dir, "report.md");
    // Six blocks in one order: chi-squared 12, p = exp(-6), scipy.stats.friedmanchisquare's too.
    let says = "Friedman's chi-squared over 6 seeds and 3 models is 12.000, p 0.002";
    assert!(markdown.contains(says), "{markdown}");
    assert!(markdown.contains("| good | 1.00 |") && markdown.contains("| poor | 3.00 |"));
    // CD = 2.343 * sqrt(3 * 4 / 36) = 1.353: neighbours are one group each.
    assert!(markdown.contains("critical difference at 0.05 is 1.353"));
    let ranked = &markdown[markdown.find("**Mean ranks by ROC-AUC").unwrap()..];
    let group = |name: &str| {
        let line = ranked.lines().find(|line| line.starts_with(&format!("| {name} | ")));
        line.unwrap().trim_end_matches(" |").rsplit("| ").next().unwrap().to_owned()
    };
    assert_eq!([group("good"), group("fair"), group("poor")], ["a", "ab", "b"]);
    assert!(read(&dir, "figures/critical-difference.svg").contains("CD 1.35"));
    for trial in &mut results.trials {
        (trial.trial.fold, trial.trial.seed) = (trial.trial.seed.map(|s| s as u32 + 1), None);
    }
    let folds = read(&report(&results), "report.md");
    assert!(folds.contains("over 6 folds and 3 models is 12.000"));
    assert!(folds.contains("Folds share training rows"));
}

#[test]
fn what_cannot_be_ranked_says_why() {
    let world = World::new();
    let one = |gap: f64, seed| vec![world.noisy(gap, seed)];
    let two = world.results(vec![VALIDATED], &[("a", one(1.0, 1)), ("b", one(2.0, 2))]);
    let said = read(&report(&two), "report.md");
    assert!(said.contains("Models are ranked against each other from three on"));
    let models = [("a", one(1.0, 1)), ("b", one(2.0, 2)), ("c", one(3.0, 3))];
    let three = world.results(vec![VALIDATED], &models);
    let dir = report(&three);
    assert!(read(&dir, "report.md").contains("No ranking over blocks"));
    assert!(!names(&dir.path().join("figures")).contains(&"critical-difference.svg".to_owned()));
}

#[test]
fn several_experiments_are_ranked_side_by_side() {
    let world = World::new();
    let experiment = |name: &str, shift: u64| {
        let one = |gap: f64, seed| vec![world.noisy(gap, seed + shift)];
        let models = [("a", one(4.0, 1)), ("b", one(2.0, 2)), ("c", one(0.5, 3))];
        let mut results = world.results(vec![VALIDATED], &models);
        results.manifest.experiment.name = name.into();
        results
    };
    let all = [experiment("first", 0), experiment("second", 50), experiment("<third>", 90)];
    let dir = tempfile::tempdir().unwrap();
    write_across(&all, dir.path()).unwrap();
    let markdown = read(&dir, "report.md");
    assert!(markdown.contains("over 3 experiments and 3 models is 6.000, p 0.050"), "{markdown}");
    assert!(markdown.contains("| a | 1.00 |"));
    let html = read(&dir, "index.html");
    assert!(html.contains("&lt;third&gt;") && !html.contains("<third>"));
    roxmltree::Document::parse(&read(&dir, "figures/critical-difference.svg")).unwrap();
    // The verdict comes first: over all of them, then in the sentences of each one's own report.
    assert!(markdown.find("## Verdict").unwrap() < markdown.find("## Ranks").unwrap());
    assert!(markdown.contains(
        "a has the best mean rank of 3 models by median ROC-AUC, 1.00, over 3 experiments"
    ));
    for results in &all[..2] {
        let own = oddbench_report::verdict(results, &oddbench_report::summarize(results));
        let line = format!("- {}: {}", results.manifest.experiment.name, own.sentences[0]);
        assert!(markdown.replace('\\', "").contains(&line), "{line}");
    }
    // A model that one of them lacks is not ranked.
    let mut two = all.clone();
    two[1].trials.remove(2);
    let dir = tempfile::tempdir().unwrap();
    write_across(&two, dir.path()).unwrap();
    let said = read(&dir, "report.md");
    assert!(said.contains("from three on; here 2 have a ROC-AUC in every block"), "{said}");
}

fn study() -> AnchorSet {
    let mut study = anchors();
    study.name = "deepad-2020".into();
    study
}

/// The labels call mailbomb an inlier, as the study's do; a third of its outliers are found by it.
#[test]
fn the_studys_defects_are_measured_from_the_scores() {
    let mut world = World::new();
    let truth = world.labels.clone();
    world.labels = (0..TEST).map(|row| (450..550).contains(&row)).collect();
    let above = |row: usize| if truth[row] { 1.0 } else { 0.0 };
    let perfect: Vec<f64> = (0..TEST).map(|row| above(row) + row as f64 * 1e-6).collect();
    let mut results = world.results(vec![ORACLE], &[("AE", vec![perfect.clone()])]);
    results.manifest.anchors = vec![study()];
    let said = read(&report(&results), "report.md");
    let section = &said[said.find("## Defects of the published study").unwrap()..];
    // 50 of 500 called inliers lie above all 100 outliers: 0.9 with the defect, 1 without.
    assert!(section.contains("| AE | ROC-AUC | 1 | 0.900 | 1.000 | −0.100 |"), "{section}");
    for missing in ["it takes a row of pca", "it takes a row of bigan", "the study's seq2seq"] {
        assert!(section.contains(missing), "{missing}");
    }
    // Rounding costs something: half of the outliers share a score that rounds up.
    let tied: Vec<f64> = (0..TEST)
        .map(|row| if world.labels[row] { 0.012_65 } else { 0.012_6 - (TEST - row) as f64 * 1e-8 })
        .collect();
    let mut results = world.results(vec![ORACLE], &[("AE", vec![tied])]);
    results.manifest.anchors = vec![study()];
    let said = read(&report(&results), "report.md");
    assert!(
        said.contains("| AE | F1 | 1 | 0.000 | 1.000 | −1.000 | the same rule, not rounded |"),
        "{said}"
    );
    // Another study's anchors, or corrected labels, have no such section.
    results.manifest.data.labels = "corrected".into();
    assert!(!read(&report(&results), "report.md").contains("## Defects"));
    assert!(!read(&report(&small(false, vec![ORACLE])), "report.md").contains("## Defects"));
}

#[test]
fn pca_bigan_and_seq2seq_are_told_by_their_rows() {
    let world = World::new();
    let scores = |gap: f64, seed| vec![world.noisy(gap, seed)];
    let models = [
        ("PCA", scores(1.0, 1)),
        ("other sign", scores(2.0, 2)),
        ("BiGAN", scores(1.0, 3)),
        ("whole epochs", scores(3.0, 4)),
        ("seq2seq", scores(2.0, 5)),
    ];
    let mut results = world.results(vec![ORACLE], &models);
    let params = [
        ("pca", json!({"score": "component-distance", "sign": "projection"})),
        ("pca", json!({"score": "component-distance", "sign": "loading"})),
        ("bigan", json!({"preset": "published"})),
        ("bigan", json!({"preset": "sound"})),
        ("seq2seq", json!({"preset": "published"})),
    ];
    for (trial, (kind, params)) in results.trials.iter_mut().zip(params) {
        (trial.trial.kind, trial.trial.params) = (kind.into(), params);
    }
    let mut study = study();
    study.anchors = ["PCA", "BiGAN", "seq2seq"]
        .map(|label| oddbench_core::record::Anchor {
            name: label.into(),
            set: None,
            metrics: Default::default(),
            note: None,
        })
        .into();
    results.manifest.anchors = vec![study];
    let said = read(&report(&results), "report.md");
    let section = &said[said.find("## Defects of the published study").unwrap()..];
    let auc = |at: usize| results.trials[at].evaluations[0].metrics[Metric::RocAuc].unwrap();
    let pair = |a: usize, b: usize| format!("| {:.3} | {:.3} |", auc(a), auc(b));
    let row_has = |start: &str, pair: &str| {
        section.lines().any(|line| line.starts_with(start) && line.contains(pair))
    };
    assert!(row_has("| PCA | ROC-AUC | 1 |", &pair(0, 1)), "{section}");
    assert!(row_has("| BiGAN | ROC-AUC | 1 |", &pair(2, 3)), "{section}");
    let drawn = section.lines().find(|l| l.contains("mean of 200 drawings")).unwrap();
    assert!(drawn.starts_with("| seq2seq | ROC-AUC | 1 |"));
    assert!(drawn.contains(&format!("| {:.3} |", auc(4))), "{drawn}");
    assert!(drawn.contains("single drawings of the median seed from 0."));
}

#[test]
fn every_threshold_has_its_curve() {
    let world = World::new();
    let results = world.results(vec![VALIDATED], &[("model", vec![world.noisy(1.0, 3)])]);
    let svg = read(&report(&results), "figures/threshold-model.svg");
    for text in ["F1", "F2", "recall", "precision", "accuracy", "max-f1", "best F1"] {
        assert!(svg.contains(&format!(">{text}</text>")), "{text}");
    }
}
