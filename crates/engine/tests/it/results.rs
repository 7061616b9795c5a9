//! The results folder: its summary, and what is said about broken files in it.

use std::fs;
use std::path::Path;

use oddbench_core::metrics::Metric;
use oddbench_engine::store::{Store, StoreError, columns};

use crate::fakes::{Ear, FILE, run_fakes, small};

const HEADER: &str = "experiment,name,kind,params,seed,backend,device,dataset,features,labels,split,n_train,n_test,rule,tuned_on,threshold,accuracy,precision,recall,f1,f2,mcc,roc_auc,average_precision,balanced_accuracy,macro_recall,partial_roc_auc,recall_at_fpr_0_01,recall_at_fpr_0_001,recall_at_fpr_0_0001,precision_at_prevalence_0_01,precision_at_prevalence_0_001,tp,fp,tn,fn,fit_seconds,score_seconds,peak_rss_mb,status,trial";

#[test]
fn the_summary_has_the_columns_of_the_documentation() {
    assert_eq!(columns().join(","), HEADER);
    let folder = tempfile::tempdir().unwrap();
    let text = FILE.replace(
        "threshold = { rule = \"max-f1\" }",
        "threshold = [{ rule = \"max-f1\", tune_on = \"test\" }, { rule = \"quantile\", quantile = 0.5 }]",
    );
    let summary = run_fakes(&small(&text), folder.path(), &Ear::default());
    let csv = fs::read_to_string(summary.dir.join("summary.csv")).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], HEADER);
    assert_eq!(lines.len(), 1 + 3 * 2, "three trials, two rules");
    assert!(lines[1].contains(",max-f1,test,") && lines[2].contains(",quantile,validation,"));
    assert!(lines[1].contains("\"src_bytes,dst_bytes,count\""), "{}", lines[1]);
    let results = Store::load(&summary.dir).unwrap();
    let evaluation = &results.trials[0].evaluations[0];
    let cell = |name: &str| {
        let at = HEADER.split(',').rev().position(|column| column == name).unwrap();
        lines[1].split(',').rev().nth(at).unwrap().to_owned()
    };
    assert_eq!(cell("tp"), evaluation.confusion.unwrap().tp.to_string());
    assert_eq!(cell("roc_auc"), evaluation.metrics[Metric::RocAuc].unwrap().to_string());
    assert_eq!(cell("peak_rss_mb"), "", "unknown in this process");
    assert_eq!(cell("trial"), results.trials[0].trial.id);
}

#[test]
fn the_operators_file_has_a_line_per_trial_and_rate() {
    let folder = tempfile::tempdir().unwrap();
    let section =
        "operator = { fpr = [0.2, 0.001], prevalence = [0.1, 0.001], flows_per_day = 1000 }";
    let text = FILE.replace("threshold =", &format!("{section}\nthreshold ="));
    let summary = run_fakes(&small(&text), folder.path(), &Ear::default());
    let csv = fs::read_to_string(summary.dir.join("operator.csv")).unwrap();
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let head = "experiment,name,kind,seed,backend,dataset,split,fpr,threshold,tp,fp,tn,fn,recall,recall_low,recall_high,fpr_reached,fpr_reached_low,fpr_reached_high,false_alarms_per_million,false_alarms_per_million_low,false_alarms_per_million_high,false_alarms_per_day,false_alarms_per_day_low,false_alarms_per_day_high,precision_at_0.1,precision_at_0.1_low,precision_at_0.1_high,precision_at_0.001,precision_at_0.001_low,precision_at_0.001_high,unresolvable,trial";
    assert_eq!(csv.lines().next(), Some(head));
    assert_eq!(lines.len(), 1 + 3 * 2, "three trials, two rates");
    assert!(lines.iter().all(|line| line.len() == lines[0].len()), "{csv}");
    let cell = |line: usize, name: &str| {
        lines[line][lines[0].iter().position(|column| *column == name).unwrap()]
    };
    let number = |line: usize, name: &str| cell(line, name).parse::<f64>().unwrap();
    let trial = Store::load(&summary.dir).unwrap().trials.remove(0);
    let [point, unresolved] = &trial.operating[..] else { panic!() };
    // What the file says is what the counts say.
    let counts = point.confusion.unwrap();
    assert_eq!((cell(1, "fpr"), number(1, "tp")), ("0.2", counts.tp as f64));
    assert!(
        (number(1, "recall") - counts.tp as f64 / (counts.tp + counts.fn_) as f64).abs() < 1e-12
    );
    let reached = counts.fp as f64 / (counts.fp + counts.tn) as f64;
    assert!((number(1, "fpr_reached") - reached).abs() < 1e-12);
    assert!((number(1, "false_alarms_per_day") - 999.0 * reached).abs() < 1e-9);
    assert!(number(1, "recall_low") < number(1, "recall_high"));
    assert_eq!((cell(1, "unresolvable"), cell(1, "trial")), ("", trial.trial.id.as_str()));
    // 600 rows do not say what one in a thousand is.
    assert_eq!((cell(2, "fpr"), cell(2, "recall"), cell(2, "threshold")), ("0.001", "", ""));
    let why = unresolved.unresolvable.unwrap();
    assert_eq!((cell(2, "unresolvable"), why.needed), (why.to_string().as_str(), 10_000));
}

#[test]
fn a_record_of_another_version_or_trial_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let summary = run_fakes(&small(FILE), folder.path(), &Ear::default());
    let trials = Store::load(&summary.dir).unwrap().trials;
    let path =
        |at: usize| summary.dir.join("trials").join(&trials[at].trial.id).join("record.json");
    // Without the digest: these files are as another version wrote them.
    let unsealed = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        let lines = text.split_inclusive('\n').filter(|line| !line.starts_with("  \"sha256\""));
        lines.collect::<String>()
    };
    let text = unsealed(&path(0));
    fs::write(path(0), text.replace("\"format_version\": 3", "\"format_version\": 99")).unwrap();
    let error = Store::load(&summary.dir).unwrap_err().to_string();
    assert!(error.contains("its format version is 99"), "{error}");
    // Another version may have other fields; the version is what a reader must hear of.
    let renamed = text.replace("\"format_version\": 3", "\"format_version\": 1");
    fs::write(path(0), renamed.replace("\"name\":", "\"label\":")).unwrap();
    let error = Store::load(&summary.dir).unwrap_err().to_string();
    assert!(error.contains("its format version is 1"), "{error}");
    let manifest = summary.dir.join("manifest.json");
    let current = fs::read(&manifest).unwrap();
    fs::write(&manifest, r#"{"format_version": 1, "experiment": "small", "spec": {}}"#).unwrap();
    let error = Store::load(&summary.dir).unwrap_err().to_string();
    assert!(error.contains("its format version is 1"), "{error}");
    fs::write(&manifest, current).unwrap();
    fs::copy(path(1), path(0)).unwrap();
    let error = Store::load(&summary.dir).unwrap_err().to_string();
    assert!(error.contains("this is the record of trial"), "{error}");
}

#[test]
fn an_empty_folder_says_to_run_first() {
    let folder = tempfile::tempdir().unwrap();
    let error = Store::load(folder.path()).unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }));
    assert!(error.to_string().contains("run the experiment first"));
}
