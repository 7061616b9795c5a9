//! Tables and counts that the tests compute by themselves, without the program.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::webdriver::Browser;

/// Normal rows around (1, 2, 3), attacks around (8, 9, 3), all different, with a column of words. Some
/// attacks lie near, so that models make mistakes.
pub fn connections(n: usize) -> String {
    let mut text = "x,y,z,proto,class\n".to_owned();
    for i in 0..n {
        let wave =
            |phase: f64| 0.9 * (i as f64 * 0.7 + phase).sin() + (i as f64 * 0.013 + phase).cos();
        let attack = i % 5 == 0;
        let near = i % 20 == 0;
        let (x, y) = if attack && !near { (8.0, 9.0) } else { (1.0, 2.0) };
        let proto = ["tcp", "udp", "icmp"][i % 3];
        let class = ["normal", "flood", "scan"][if !attack { 0 } else { 1 + i % 2 }];
        let z = 3.0 + wave(2.0);
        let _ = writeln!(text, "{:.6},{:.6},{z:.6},{proto},{class}", x + wave(0.0), y + wave(1.0));
    }
    text
}

/// Flows as CICFlowMeter writes them, others for each `day`: a name for each flow, addresses, ports, a time, two
/// columns of one name, rates that may be infinite or `NaN`, and a label. One flow in ten is a flood.
pub fn flows(n: usize, day: u32) -> String {
    let mut text =
        "Flow ID,Src IP,Src Port,Dst IP,Dst Port,Protocol,Timestamp,Flow Duration,Tot Fwd Pkts,\
        Fwd Header Len,Fwd Header Len,Flow Byts/s,Label\n"
            .to_owned();
    for i in 0..n {
        let flood = i % 10 == 3;
        let noise = (i * 7919 + 13 * day as usize) % 997;
        let (duration, packets) = match flood {
            true => (40 + noise % 9, 900 + noise % 50),
            false => (100_000 + noise * 5_003, 4 + noise % 61),
        };
        let rate = match i % 50 {
            7 => "Infinity".to_owned(),
            8 => "NaN".to_owned(),
            _ => format!("{:.4}", packets as f64 * 1e6 / duration as f64),
        };
        let (host, port) = (2 + noise % 29, 1_024 + noise * 61 % 60_000);
        let label = if flood { "DDoS" } else { "BENIGN" };
        let header = packets * 20;
        let _ = writeln!(
            text,
            "192.168.10.{host}-8.8.8.8-{port}-443-6-{i},192.168.10.{host},{port},8.8.8.8,443,6,0{day}/03/2024 {:02}:{:02}:{:02},\
             {duration},{packets},{header},{},{rate},{label}",
            8 + i / 3_600 % 12,
            i / 60 % 60,
            i % 60,
            header + noise % 3
        );
    }
    text
}

/// An experiment on `own.csv` with that table.
pub const EXPERIMENT: &str = r#"
name = "own"
description = "Connections <b>of one's own</b> & a name that must be escaped."
[dataset]
kind = "csv"
path = "own.csv"
label = "class"
inliers = ["normal"]
[split]
kind = "holdout"
[[threshold]]
rule = "max-f1"
[[threshold]]
rule = "quantile"
quantile = 0.95
[operator]
fpr = [0.3, 0.25, 0.01]
[run]
seeds = [1]
[[model]]
kind = "autoencoder"
name = "AE"
params = { preset = "sound", epochs = 5 }
[[model]]
kind = "isolation-forest"
name = "isolation <i>forest</i>"
[[model]]
kind = "pca"
params = { score = "reconstruction", n_components = 1 }
"#;

/// An experiment on generated rows of KDD Cup 99's columns, whose rows the server can read again.
pub const GENERATED: &str = r#"
name = "generated"
[dataset]
kind = "synthetic"
rows = 2000
seed = 3
features = "published-18"
[split]
kind = "holdout"
[threshold]
rule = "max-f1"
[run]
seeds = [1]
[[model]]
kind = "autoencoder"
name = "AE"
params = { preset = "sound", epochs = 5 }
[[model]]
kind = "isolation-forest"
name = "isolation <i>forest</i>"
[[model]]
kind = "hbos"
"#;

/// Scores and calls in a CSV that `oddbench score` wrote, with what the rows are.
pub struct Scored {
    pub scores: Vec<f64>,
    pub called: Vec<bool>,
    pub outliers: Vec<bool>,
}

impl Scored {
    /// `column` names the label; the values in `normal` are inliers.
    pub fn read(csv: &[u8], column: &str, normal: &[&str]) -> Self {
        let mut reader = csv::Reader::from_reader(csv);
        let rows: Vec<BTreeMap<String, String>> =
            reader.deserialize().map(|row| row.unwrap()).collect();
        let truth = |row: &BTreeMap<String, String>| !normal.contains(&row[column].as_str());
        Self {
            scores: rows.iter().map(|row| row["score"].parse().unwrap()).collect(),
            called: rows.iter().map(|row| is_true(&row["is_anomaly"])).collect(),
            outliers: rows.iter().map(truth).collect(),
        }
    }

    /// What the page must show at `threshold`.
    pub fn at(&self, threshold: f64) -> Counts {
        self.count(|i| self.scores[i] > threshold)
    }

    /// What the page must show by the command's own column `is_anomaly`.
    pub fn by_command(&self) -> Counts {
        self.count(|i| self.called[i])
    }

    fn count(&self, called: impl Fn(usize) -> bool) -> Counts {
        let mut counts = Counts::default();
        for (i, outlier) in self.outliers.iter().enumerate() {
            match (called(i), *outlier) {
                (true, true) => counts.tp += 1,
                (true, false) => counts.fp += 1,
                (false, false) => counts.tn += 1,
                (false, true) => counts.fn_ += 1,
            }
        }
        counts
    }
}

fn is_true(text: &str) -> bool {
    match text {
        "true" | "1" => true,
        "false" | "0" => false,
        other => panic!("is_anomaly is {other:?}"),
    }
}

/// The four counts of a confusion matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub tp: u64,
    pub fp: u64,
    pub tn: u64,
    pub fn_: u64,
}

impl Counts {
    /// Those that the page shows in elements `#count-tp`, or with another prefix.
    pub fn shown(browser: &Browser, prefix: &str) -> Option<Self> {
        let of = |key: &str| number(&browser.text(&format!("#{prefix}-{key}"))?);
        Some(Self { tp: of("tp")?, fp: of("fp")?, tn: of("tn")?, fn_: of("fn")? })
    }

    /// Rows that are called anomalies.
    pub fn anomalies(&self) -> u64 {
        self.tp + self.fp
    }
}

/// `✓ 1,234` -> 1234
pub fn number(text: &str) -> Option<u64> {
    text.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok()
}
