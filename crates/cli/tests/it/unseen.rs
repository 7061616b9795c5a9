//! What training never saw, through the command: in experiments, in reports, and in the output of `score`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::oddbench::{Sandbox, assert_code, number, stderr, stdout, summary};

/// Flows to a few usual ports; a scan tries others. They do not differ in bytes or seconds.
fn scanned_flows() -> String {
    const PORTS: [u32; 8] = [443, 80, 443, 53, 443, 22, 80, 25];
    let mut text = "dst_port,bytes,seconds,class\n".to_owned();
    for row in 0..1_200_u32 {
        let (bytes, seconds) = (200 + row * 7_919 % 900, f64::from(row * 31 % 97) / 10.0);
        let (port, class) = match row % 6 {
            5 => (1_024 + row * 37 % 9_000, "scan"),
            _ => (PORTS[(row * 13 % 8) as usize], "normal"),
        };
        let _ = writeln!(text, "{port},{bytes},{seconds},{class}");
    }
    text
}

fn scans(encode: &str) -> String {
    let mut text = format!(
        "name = \"scans\"\n[dataset]\nkind = \"csv\"\npath = \"flows.csv\"\nlabel = \"class\"\n\
         inliers = [\"normal\"]\ncategorical = [\"dst_port\"]\n[split]\nkind = \"holdout\"\n\
         [preprocess]\nencode = \"{encode}\"\n[threshold]\nrule = \"max-f1\"\n"
    );
    for (kind, params) in [
        ("ocsvm", "nu = 0.05"),
        ("knn", ""),
        ("pca", "n_components = 2"),
        ("mahalanobis", ""),
        ("isolation-forest", ""),
    ] {
        let _ = writeln!(text, "[[model]]\nkind = \"{kind}\"\nparams = {{ {params} }}");
    }
    text
}

/// The unseen ports of a scan are all-zero one-hot columns, nearer to the middle than any port of
/// training: scored as they are, such rows look usual.
#[test]
fn a_scan_of_unseen_ports_is_found_and_told() {
    let sandbox = Sandbox::new();
    sandbox.write("flows.csv", &scanned_flows());
    for encode in ["one-hot", "ordinal"] {
        sandbox.write("scans.toml", &scans(encode));
        let output = sandbox.run(&["run", "scans.toml", "--offline", "--fresh"]);
        assert_code(&output, 0);
        for row in summary(&sandbox.path("results/scans/summary.csv")) {
            let auc = number(&row, "roc_auc");
            // Trees can only say what the oddest of five known ports is; so can codes on a line.
            let found_by_distance = encode == "one-hot" && row["kind"] != "isolation-forest";
            let least = if found_by_distance { 0.95 } else { 0.8 };
            assert!(auc > least, "{encode}, {}: {auc}", row["kind"]);
        }
        let told = stderr(&output);
        assert!(told.contains("WARNING: of ") && told.contains("never saw: dst_port"), "{told}");
    }
    let report = std::fs::read_to_string(sandbox.path("reports/scans/report.md")).unwrap();
    for part in
        ["**Unseen values.**", "| test | dst\\_port |", "| test | dst\\_port | scan | outlier |"]
    {
        assert!(report.contains(part), "{part} is not in the report");
    }
    let audit = std::fs::read_to_string(sandbox.path("results/scans/audit.json")).unwrap();
    let audit: serde_json::Value = serde_json::from_str(&audit).unwrap();
    let test = &audit["parts"][2];
    let unseen = &test["unseen"][0];
    assert_eq!((&unseen["column"], &unseen["rows"]), (&"dst_port".into(), &test["outliers"]));
    assert_eq!(
        (&unseen["classes"][0]["class"], unseen["classes"].as_array().unwrap().len()),
        (&"scan".into(), 1)
    );
}

const SERVICES: [(&str, u32); 3] = [("http", 500), ("dns", 80), ("ssh", 900)];

fn services() -> String {
    let mut text = "service,bytes,fragments\n".to_owned();
    for row in 0..300_u32 {
        let (service, bytes) = SERVICES[[0, 0, 0, 1, 1, 2][(row % 6) as usize]];
        let _ = writeln!(text, "{service},{}.5,0", bytes + row * 7 % 90);
    }
    text
}

fn fitted(kind: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("train.csv", &services());
    let fit = ["fit", "--model", kind, "--input", "train.csv", "--output", "model"];
    assert_code(&sandbox.run(&fit), 0);
    sandbox
}

fn csv_rows(text: &str) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(|row| row.unwrap()).collect()
}

/// The same bytes under each service that training had, and under one that it had not.
#[test]
fn a_service_never_seen_is_the_oddest_and_marked_in_every_format() {
    let rows =
        "service,bytes,fragments\nhttp,500,0\ndns,500,0\nssh,500,0\nquic,500,0\nhttp,500,2\n";
    for kind in ["isolation-forest", "mahalanobis", "pca", "hbos", "ecod", "knn"] {
        let sandbox = fitted(kind);
        sandbox.write("new.csv", rows);
        let score = ["score", "--model", "model", "--input", "new.csv"];
        let output = sandbox.run(&score);
        assert_code(&output, 0);
        let scored = csv_rows(&stdout(&output));
        let unseen: Vec<&str> = scored.iter().map(|row| row["unseen"].as_str()).collect();
        assert_eq!(unseen, ["", "", "", "service", "fragments"], "{kind}");
        let scores: Vec<f64> = scored.iter().map(|row| number(row, "score")).collect();
        assert!(scores[..3].iter().all(|known| scores[3] >= *known), "{kind}: {scores:?}");
        assert!(scores[4] >= scores[0], "{kind}: {scores:?}");

        let output = sandbox.run(&[&score[..], &["--format", "jsonl"]].concat());
        let lines: Vec<serde_json::Value> =
            stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            (&lines[2]["unseen"], &lines[3]["unseen"]),
            (&serde_json::Value::Null, &"service".into())
        );
        assert_eq!(lines[3]["score"], scores[3]);
        let follow = ["--follow", "--format", "jsonl", "--idle", "0"];
        let output = sandbox.run(&[&score[..], &follow].concat());
        let followed: Vec<serde_json::Value> =
            stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(followed, lines, "{kind}: {}", stderr(&output));

        let parquet = [&score[..], &["--output", "scored.parquet"]].concat();
        assert_code(&sandbox.run(&parquet), 0);
        // The written rows are read again, with `unseen` as an ordinary column.
        let again = ["score", "--model", "model", "--input", "scored.parquet", "--prefix", "b_"];
        let scored = csv_rows(&stdout(&sandbox.run(&again)));
        let unseen: Vec<&str> = scored.iter().map(|row| row["unseen"].as_str()).collect();
        assert_eq!(unseen, ["", "", "", "service", "fragments"], "{kind}");
        assert_eq!(scored[3]["b_unseen"], "service");
    }
}

/// One strange row is a remark; a column in which every row is strange says that something is wrong.
#[test]
fn a_few_are_noted_and_many_are_a_warning() {
    let sandbox = fitted("pca");
    sandbox.write("few.csv", &services().replacen("ssh", "quic", 1));
    sandbox.write(
        "all.csv",
        &services().replace("http", "HTTP").replace("dns", "DNS").replace("ssh", "SSH"),
    );
    let told = |input: &str| {
        let output = sandbox.run(&[
            "score", "--model", "model", "--input", input, "--output", "out.csv", "--force",
        ]);
        assert_code(&output, 0);
        stderr(&output)
    };
    let few = told("few.csv");
    assert!(few.contains("1 row has a value that training never saw, e.g. \"quic\""), "{few}");
    assert!(!few.contains("WARNING"), "{few}");
    let all = told("all.csv");
    for part in
        ["WARNING: column \"service\": 300 of 300 rows (100.0 %)", "training had e.g. \"dns\""]
    {
        assert!(all.contains(part), "{part} is not in {all}");
    }
}

/// CICFlowMeter's rates of flows that took no time.
#[test]
fn infinite_rates_are_named_at_once_and_can_count_as_missing() {
    let mut text = "port,duration,bytes_s,packets_s,class\n".to_owned();
    for row in 0..240_u32 {
        let class = if row % 5 == 4 { "DDoS" } else { "BENIGN" };
        let rates = match row % 30 {
            3 => "Infinity,Infinity".to_owned(),
            7 => ",inf".to_owned(),
            _ => format!("{}.5,{}.25", row * 37 % 901, row * 11 % 53),
        };
        let _ = writeln!(text, "{},{},{rates},{class}", row % 7, row * 17 % 1_000);
    }
    let sandbox = Sandbox::new();
    sandbox.write("flows.csv", &text);
    let experiment = |preprocess: &str| {
        format!(
            "name = \"cic\"\n[dataset]\nkind = \"csv\"\npath = \"flows.csv\"\nlabel = \"class\"\n\
             inliers = [\"BENIGN\"]\n[split]\nkind = \"holdout\"\n[preprocess]\n{preprocess}\n\
             [threshold]\nrule = \"max-f1\"\n[[model]]\nkind = \"pca\"\n"
        )
    };
    sandbox.write("cic.toml", &experiment(""));
    let output = sandbox.run(&["run", "cic.toml", "--offline"]);
    assert_code(&output, 2);
    let said: String = stderr(&output).split(|c: char| c.is_whitespace() || c == '│').collect();
    for part in ["\"bytes_s\"(8rows", "\"packets_s\"(16rows", "infinite=\"missing\"in[preprocess]"]
    {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    for missing in ["median", "drop-row"] {
        sandbox.write(
            "cic.toml",
            &experiment(&format!("infinite = \"missing\"\nmissing = \"{missing}\"")),
        );
        let output = sandbox.run(&["run", "cic.toml", "--offline", "--no-report"]);
        assert_code(&output, 0);
        let audit = std::fs::read_to_string(sandbox.path("results/cic/audit.json")).unwrap();
        assert_eq!(audit.contains("\"infinite\""), missing == "median", "{audit}");
        let told = stderr(&output);
        assert!(told.contains("rows by column: bytes_s 8, packets_s 16"), "{told}");
    }
}
