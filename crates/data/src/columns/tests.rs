//! What the judge says of the columns of layouts that people have.

mod layouts;
mod made;

use oddbench_core::FeatureKind;

use super::*;
use crate::rows::{Header, ReadOptions};

/// Rows of a text.
fn rows(text: &str) -> Rows {
    let options = ReadOptions { header: Header::Found, ..ReadOptions::default() };
    let content = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
    RowReader::new(content, "a.csv", &options).unwrap().read_all().unwrap()
}

fn judged(text: &str, choices: &Choices) -> Judgement {
    judge_rows(&rows(text), choices).unwrap()
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

/// A table of one column.
fn column(name: &str, values: impl IntoIterator<Item = String>) -> String {
    let lines: Vec<String> = values.into_iter().map(|value| format!("{value},x\n")).collect();
    format!("{name},other\n{}", lines.concat())
}

fn role_of(name: &str, values: impl IntoIterator<Item = String>) -> (Role, Option<FeatureKind>) {
    let judgement = judged(&column(name, values), &Choices::default());
    (judgement.columns[0].role, judgement.columns[0].kind)
}

const OUT: Option<FeatureKind> = None;
const NUMERIC: Option<FeatureKind> = Some(FeatureKind::Numeric);
const CATEGORICAL: Option<FeatureKind> = Some(FeatureKind::Categorical);

#[test]
fn row_numbers_are_known_whatever_they_are_called() {
    let shuffled = |n: u64| (0..n).map(move |i| (i * 7919 + 13) % n + 1);
    let text = |numbers: Vec<u64>| numbers.into_iter().map(|number| number.to_string());
    for numbers in [
        (0..400).collect(),
        (1..=400).rev().collect(),
        (5_000..5_400).collect(),
        (0..400).map(|i| 3 * i + i % 2).collect(),
        shuffled(401).collect(),
        shuffled(1_409).take(1_000).collect::<Vec<u64>>(),
        (0..30_000).collect(),
        shuffled(30_011).collect(),
    ] {
        assert_eq!(role_of("v7", text(numbers)), (Role::Identifier, OUT));
    }
    assert_eq!(role_of("Unnamed: 0", text(vec![4, 17, 3, 99])), (Role::Identifier, OUT));
    assert_eq!(
        role_of("id", (0..40).map(|i| format!("{}.0", i * 977 % 4_001))),
        (Role::Identifier, OUT)
    );
}

#[test]
fn measurements_that_happen_to_differ_are_numbers() {
    let durations = (0..800u64).map(|i| (i * i * 7_919 + i * 104_729) % 120_000_000);
    let modular = (0..300u64).map(|i| i * 7_919 % 1_009);
    let bytes = (0..300u64).map(|i| 60 + i * i * 31 % 1_000_003);
    for numbers in [durations.collect::<Vec<u64>>(), bytes.collect(), modular.collect()] {
        let text = numbers.iter().map(u64::to_string);
        assert_eq!(role_of("Flow Duration", text), (Role::Number, NUMERIC));
    }
    let floats = (0..500).map(|i| format!("{}", f64::from(i) * 0.001 + 0.5));
    assert_eq!(role_of("duration", floats), (Role::Number, NUMERIC), "sorted floats");
    let sorted = (0..500u64).map(|i| (i * i * 37).to_string());
    assert_eq!(role_of("bytes", sorted), (Role::Number, NUMERIC), "sorted measurements");
    let rates = ["0.1", "0.5", "0.7"].map(String::from);
    assert_eq!(role_of("same_src_port_rate", rates), (Role::Number, NUMERIC));
}

#[test]
fn epochs_need_a_name_or_an_order_and_a_range() {
    let at = |start: f64, step: f64| {
        (0..60).map(move |i| format!("{}", start + step * f64::from(i * 37 % 60)))
    };
    for (name, start, step) in [
        ("ts", 1_709_629_567.0, 1.25),
        ("Stime", 1_421_927_377.0, 3.0),
        ("FLOW_START_MILLISECONDS", 1_424_242_190_000.0, 777.0),
        ("first_seen", 1_709_629_567_000_000.0, 999.0),
        ("timestamp", 1_709_629_567.0, 60.0),
        ("date", 20_240_301.0, 1.0 / 3.0 * 3.0),
    ] {
        let values =
            at(start, step).filter(|v| name != "date" || v.ends_with(|c| "123456789".contains(c)));
        let values: Vec<String> =
            values.filter(|v| name != "date" || v.as_str() < "20240331").collect();
        assert_eq!(role_of(name, values), (Role::Timestamp, OUT), "{name}");
    }
    let grows = (0..60).map(|i| format!("{}", 1_709_629_567 + i / 2 * 5));
    assert_eq!(role_of("c1", grows), (Role::Timestamp, OUT));
    let counted = (0..60).map(|i| format!("{}", i * 37 % 101));
    assert_eq!(role_of("timestamp", counted), (Role::Timestamp, OUT));
    // Elapsed seconds from row to row.
    let elapsed = |i: u32| format!("{}", i / 3 * 2);
    assert_eq!(role_of("Time", (0..300).map(elapsed)), (Role::Timestamp, OUT));
    assert_eq!(role_of("bytes", (0..300).map(elapsed)), (Role::Number, NUMERIC));
    for name in ["response_time", "Idle Max", "Active Time", "Init_Win_bytes_forward", "tcprtt"] {
        let values = (0..300).map(|i| format!("{}", i * 7_919 % 5_000_001));
        assert_eq!(role_of(name, values.clone()), (Role::Number, NUMERIC), "{name}");
    }
}

#[test]
fn what_a_user_chooses_counts() {
    let text: String = (0..60)
        .map(|i| {
            format!(
                "{},10.0.0.{i},{},{},{}\n",
                i + 1,
                i * 37 % 1000,
                i % 3,
                ["normal", "dos"][i % 2]
            )
        })
        .collect();
    let text = format!("id,src_ip,bytes,kind,class\n{text}");
    let plain = judged(&text, &Choices::default());
    let kept = |judgement: &Judgement| {
        judgement.features().into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(kept(&plain), ["bytes", "kind"]);
    let choices = Choices {
        label: Some("class".into()),
        keep: names(&["id", "src_ip"]),
        categorical: names(&["kind"]),
        ignore: names(&["bytes"]),
        ..Choices::default()
    };
    let chosen = judged(&text, &choices);
    let expected = [
        ("id".to_owned(), FeatureKind::Numeric),
        ("src_ip".to_owned(), FeatureKind::Categorical),
        ("kind".to_owned(), FeatureKind::Categorical),
    ];
    assert_eq!(chosen.features(), expected);
    assert_eq!(chosen.of("class").unwrap().reason, "it is the label");
    assert_eq!(chosen.of("bytes").unwrap().reason, "it was to be ignored");
    for wrong in [
        Choices { keep: names(&["nothing"]), ..Choices::default() },
        Choices { keep: names(&["id"]), ignore: names(&["id"]), ..Choices::default() },
        Choices { keep: names(&["class"]), label: Some("class".into()), ..Choices::default() },
    ] {
        assert!(judge_rows(&rows(&text), &wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn all_troubles_come_in_one_message_with_counts_lines_and_remedies() {
    let mut text = "Flow Bytes/s,\"a, b\",svc,good\n".to_owned();
    for row in 0..30 {
        let rate = if row % 10 == 4 { "Infinity" } else { "1.5" };
        let cell = if row == 7 { "oops" } else { "3" };
        text.push_str(
            &format!("{rate}{row},{cell},http,{row}.5\n")
                .replace(&format!("Infinity{row}"), "Infinity"),
        );
    }
    let judgement = judged(&text, &Choices::default());
    let all = judgement.refusal(true, Remedies::Shell).unwrap();
    for part in [
        "infinite values in \"Flow Bytes/s\": 3 rows, first in line 6",
        "the column \"a, b\" holds the text \"oops\" in line 9 and the number 3 in line 2 (1 text, 29 numbers)",
    ] {
        assert!(all.what.contains(part), "{part}: {}", all.what);
    }
    assert!(all.remedy.contains("--categorical '\"a, b\"'"), "{}", all.remedy);
    assert!(all.remedy.contains("--ignore 'Flow Bytes/s,\"a, b\"'"), "{}", all.remedy);
    let toml = judgement.refusal(true, Remedies::Toml).unwrap().remedy;
    assert!(toml.contains("ignore = [\"Flow Bytes/s\", \"a, b\"]"), "{toml}");
    assert!(toml.contains("infinite = \"missing\""), "{toml}");
    let mixed = judgement.refusal(false, Remedies::Shell).unwrap();
    assert_eq!((mixed.line, mixed.column.as_deref()), (Some(9), Some("a, b")));
    // A column that is left out is no trouble.
    let ignoring = Choices { ignore: names(&["Flow Bytes/s", "a, b"]), ..Choices::default() };
    assert_eq!(judged(&text, &ignoring).refusal(true, Remedies::Shell), None);
    let taken = Choices { categorical: names(&["Flow Bytes/s", "a, b"]), ..Choices::default() };
    assert_eq!(judged(&text, &taken).refusal(true, Remedies::Shell), None);
}

#[test]
fn a_good_feature_is_told_of_and_not_left_out() {
    let mut text = "flag,proto,size,copy,code,label\n".to_owned();
    for row in 0..400 {
        let attack = row % 4 == 0;
        let proto = if attack { "icmp" } else { ["tcp", "udp"][row % 2] };
        let size = if attack { 1_480 } else { 64 };
        let copy = u8::from(attack);
        text.push_str(&format!(
            "{},{proto},{size},{copy},{},{}\n",
            row % 7 / 5,
            row % 4,
            ["normal", "odd"][usize::from(attack)]
        ));
    }
    let judgement = judged(&text, &Choices::default());
    let verdict = |name: &str| judgement.of(name).unwrap();
    assert_eq!((verdict("flag").kind, verdict("flag").note.clone()), (NUMERIC, None));
    assert_eq!(verdict("proto").kind, CATEGORICAL);
    assert!(verdict("proto").note.as_ref().unwrap().contains("decides the label \"label\""));
    assert_eq!(verdict("size").kind, NUMERIC);
    assert_eq!((verdict("copy").role, verdict("copy").kind), (Role::Label, OUT));
    assert_eq!(
        verdict("code").kind,
        NUMERIC,
        "finer than the label: a category of traffic, perhaps"
    );
    assert!(verdict("code").note.is_some());
}

#[test]
fn two_words_for_normal_and_several_attacks_are_a_label() {
    let mut text = "verdict,proto,attack_cat\n".to_owned();
    for row in 0..400 {
        let class = ["Normal", "Normal", "Normal", "Scan", "Fuzzers"][row % 5];
        let verdict = if class == "Normal" { "good" } else { "bad" };
        text.push_str(&format!("{verdict},{},{class}\n", ["tcp", "udp"][row % 2]));
    }
    let judgement = judged(&text, &Choices::default());
    let role = |name: &str| judgement.of(name).unwrap().role;
    assert_eq!((role("verdict"), role("proto")), (Role::Label, Role::Category));
}

#[test]
fn a_y_beside_an_x_is_a_coordinate() {
    let values = |head: &str| {
        let rows = (0..200).map(|row| format!("{}.5,{}\n", row % 37, [1, -1][row % 2]));
        format!("{head}\n{}", rows.collect::<String>())
    };
    let kind = |head: &str| judged(&values(head), &Choices::default()).columns[1].kind;
    assert_eq!((kind("x,y"), kind("a,y")), (NUMERIC, OUT));
}

#[test]
fn identifiers_that_are_one_double_differ() {
    let ids = |row: i64| 1_582_218_195_625_938_945 + row * 2;
    let texts = (0..60).map(|row| ids(row * 7 % 60).to_string());
    let text = judged(&column("flow_id", texts), &Choices::default());
    assert_eq!((text.columns[0].distinct, text.columns[0].role), (Some(60), Role::Identifier));
    let objects: Vec<_> = (0..60).map(|row| serde_json::json!({ "flow_id": ids(row) })).collect();
    let typed = judge_rows(&Rows::from_json(&objects).unwrap(), &Choices::default()).unwrap();
    assert_eq!((typed.columns[0].distinct, typed.columns[0].role), (Some(60), Role::Identifier));
}

#[test]
fn wide_empty_constant_and_boolean_columns() {
    let wide = (0..3_000).map(|i| format!("agent {}", i % 1_200));
    assert_eq!(role_of("user_agent", wide.clone()), (Role::TooWide, OUT));
    let no_limit = Choices { most_categories: None, ..Choices::default() };
    let judgement = judged(&column("user_agent", wide), &no_limit);
    assert_eq!(judgement.columns[0].kind, CATEGORICAL);
    assert_eq!(judgement.columns[0].distinct, Some(1_200));
    assert_eq!(role_of("gap", (0..30).map(|_| String::new())), (Role::Empty, OUT));
    assert_eq!(role_of("same", (0..30).map(|_| "7".into())), (Role::Constant, NUMERIC));
    let (role, _) = role_of("active", (0..30).map(|i| ["true", "False"][i % 2].into()));
    assert_eq!(role, Role::Boolean);
    let many = (0..25_000).map(|i| format!("host-{i}.example"));
    assert_eq!(role_of("host", many), (Role::Identifier, OUT));
}

#[test]
fn counts_are_those_of_all_rows() {
    let text: String = (0..200_000)
        .map(|i| match i % 1_000 {
            0 => "\n".to_owned(),
            1 => "inf,x\n".to_owned(),
            _ => format!("{},x\n", i % 50_000 * 7 % 50_000),
        })
        .map(|line| if line == "\n" { ",x\n".into() } else { line })
        .collect();
    let judgement = judged(&format!("n,other\n{text}"), &Choices::default());
    let n = &judgement.columns[0];
    assert_eq!((n.missing, n.infinite, n.distinct), (200, 200, None));
    assert!(n.min >= Some(0.0) && n.max <= Some(49_999.0) && n.min < n.max);
    assert_eq!(judgement.columns[1].role, Role::Constant);
    assert_eq!(judgement.rows, 200_000);
}

#[test]
fn whole_numbers_beyond_a_double_that_differ_are_identifiers() {
    let large = |from: u64, step: u64| (0..60).map(move |i| (from + step * i).to_string());
    assert_eq!(role_of("v3", large(1 << 63, 7)), (Role::Identifier, OUT));
    let scattered = (1..=60u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_string());
    assert_eq!(role_of("v3", scattered), (Role::Identifier, OUT));
    let typed: Vec<_> =
        (0..60u64).map(|i| serde_json::json!({ "v3": u64::MAX - 11 * i })).collect();
    let judgement = judge_rows(&Rows::from_json(&typed).unwrap(), &Choices::default()).unwrap();
    assert_eq!(judgement.columns[0].role, Role::Identifier);
    // Doubles of that size, and large counts that come again.
    let doubles = (1..=60).map(|i| format!("{}", 1e17 * f64::from(i * i)));
    assert_eq!(role_of("v3", doubles), (Role::Number, NUMERIC));
    let repeated = (0..60u64).map(|i| (u64::MAX - i % 30).to_string());
    assert_eq!(role_of("v3", repeated), (Role::Number, NUMERIC));
}

#[test]
fn words_of_normal_and_attack_are_a_label_whatever_the_name() {
    let words = |list: &[&str]| {
        let list: Vec<String> = list.iter().map(ToString::to_string).collect();
        (0..120).map(move |i| list[i % list.len()].clone()).collect::<Vec<_>>()
    };
    for values in [
        &["clean", "malicious"][..],
        &["ok", "intrusion"],
        &["normal", "ataque"],
        &["Normal", "Angriff"],
        &["normale", "attacco"],
        &["normal", "attaque"],
        &["正常", "攻击"],
        &["legitimate", "phishing"],
        &["safe", "unsafe"],
        &["clean", "ddos", "port scanning"],
    ] {
        assert_eq!(role_of("v3", words(values)), (Role::Label, OUT), "{values:?}");
    }
    for name in ["tag", "result", "status"] {
        assert_eq!(role_of(name, words(&["good", "bad"])), (Role::Label, OUT), "{name}");
    }
    for (name, values) in [
        ("weather", &["good", "bad"][..]),
        ("severity", &["none", "high"]),
        ("health", &["ok", "failed"]),
        ("service", &["normal", "http", "backdoor"]),
        ("info", &["normal", "http", "dns", "ftp", "ssh", "backdoor"]),
    ] {
        assert_eq!(role_of(name, words(values)), (Role::Category, CATEGORICAL), "{name}");
    }
    for name in [
        "verdict",
        "att_flag",
        "Tag",
        "Etiqueta",
        "Klasse",
        "classe",
        "标签",
        "anomaly_score_truth",
    ] {
        assert_eq!(role_of(name, words(&["0", "1"])), (Role::Label, OUT), "{name}");
    }
}

/// Whoever fits a model on scored rows must not teach it the scores of the first model.
#[test]
fn the_columns_that_score_writes_are_no_features() {
    let added = |prefix: &str| {
        let ends = ["score", "is_anomaly", "feature_1", "share_1", "feature_2", "share_2"];
        let ends = ends.into_iter().chain(["feature_3", "share_3", "unseen"]);
        ends.map(|end| format!("{prefix}{end}")).collect::<Vec<_>>()
    };
    let values = |row: usize| {
        format!("{},{},bytes,0.{},proto,0.2,n,0.1,", row * 37 % 101, row % 9 < 1, row * 11 % 89)
    };
    for prefix in ["", "ae_"] {
        let mut text = format!("bytes,share_4,{}\n", added(prefix).join(","));
        (0..300).for_each(|row| {
            text.push_str(&format!("{},{},{}\n", row * 7_919 % 97, row % 5, values(row)));
        });
        let judgement = judged(&text, &Choices::default());
        let role = |name: &str| judgement.of(name).unwrap().role;
        assert_eq!((role("bytes"), role("share_4")), (Role::Number, Role::Number));
        for name in &added(prefix) {
            let verdict = judgement.of(name).unwrap();
            assert_eq!((verdict.role, verdict.kind), (Role::Scores, OUT), "{name}");
        }
    }
    // What is left of them, and the marks of the dashboard.
    let (own, none) = ("bytes,m_score,m_is_anomaly,m_unseen", "feature_1,feature_2,mark,score");
    let marked = ["bytes,feature_1,share_1,mark", "bytes,score,is_anomaly,mark"];
    for (columns, features) in [(own, 1), (marked[0], 1), (marked[1], 1), (none, 4)] {
        let mut text = format!("{columns}\n");
        (0..300).for_each(|row| {
            let value = row * 7_919 % 97;
            text.push_str(&format!("{value},{},{},{}\n", value % 90, value % 2, value % 70));
        });
        assert_eq!(judged(&text, &Choices::default()).features().len(), features, "{columns}");
    }
    // One such name alone is anybody's.
    assert_eq!(
        role_of("score", (0..300).map(|i| format!("0.{}", i * 7_919 % 97))),
        (Role::Number, NUMERIC)
    );
}

#[test]
fn measurements_are_no_labels_and_no_row_numbers() {
    for name in ["label_count", "label_length", "Label Stack", "num_labels"] {
        let values = (0..300).map(|i| format!("{}", i * 7_919 % 97));
        assert_eq!(role_of(name, values), (Role::Number, NUMERIC), "{name}");
    }
    let rising = || (0..400).map(|i| (40 + 3 * i + i % 2).to_string());
    let dense = || (0..400).map(|i| (40 + i * 7 % 419).to_string());
    for name in ["bytes", "src_bytes", "Total Fwd Packets", "pkts", "duration", "ttl"] {
        assert_eq!(role_of(name, rising()), (Role::Number, NUMERIC), "{name}");
        assert_eq!(role_of(name, dense()), (Role::Number, NUMERIC), "{name}");
    }
    assert_eq!(role_of("v3", rising()), (Role::Identifier, OUT));
    assert_eq!(role_of("v3", dense()), (Role::Identifier, OUT));
    for from in [0, 1] {
        let counts = (from..400 + from).map(|i: u32| i.to_string());
        assert_eq!(role_of("count", counts), (Role::Identifier, OUT));
    }
}

#[test]
fn times_of_other_names_and_times_of_day() {
    let seconds = || (0..60).map(|i| (1_709_629_567 + i * 7_919 % 10_007).to_string());
    for name in ["tstamp", "ts_flow", "timestamp_s"] {
        assert_eq!(role_of(name, seconds()), (Role::Timestamp, OUT), "{name}");
    }
    let days = || (0..60).map(|i| (20_240_301 + i * 7 % 31).to_string());
    for name in ["day", "log_date", "yyyymmdd"] {
        assert_eq!(role_of(name, days()), (Role::Timestamp, OUT), "{name}");
    }
    assert_eq!(role_of("bytes", days()), (Role::Number, NUMERIC));
    let clock = (0..200).map(|i| format!("{:02}:{:02}", i * 7 % 24, i * 11 % 60));
    assert_eq!(role_of("v3", clock), (Role::Timestamp, OUT));
    let exact = (0..200).map(|i| format!("{:02}:{:02}:{:02}", i * 7 % 24, i * 11 % 60, i % 60));
    assert_eq!(role_of("v3", exact), (Role::Timestamp, OUT));
    let ratios = (0..200).map(|i| format!("{}:{}", i % 7 + 1, i % 3 * 20 + 10));
    assert_eq!(role_of("v3", ratios), (Role::Category, CATEGORICAL));
}

#[test]
fn numbers_that_json_holds_as_texts_are_numbers() {
    let judged = |name: &str, text: fn(u32) -> String| {
        let rows: Vec<_> = (0..300).map(|i| serde_json::json!({ name: text(i) })).collect();
        let rows = Rows::from_json(&rows).unwrap();
        let column = judge_rows(&rows, &Choices::default()).unwrap().columns.remove(0);
        (column.role, column.kind)
    };
    let fractions = |i: u32| format!("{}.{:02}", i * 7 % 31, i * 13 % 89);
    assert_eq!(judged("a", fractions), (Role::Number, NUMERIC));
    assert_eq!(judged("bytes", |i| (i * 7 % 101).to_string()), (Role::Number, NUMERIC));
    assert_eq!(judged("ts", |i| format!("17096295{:02}.25", i % 60)), (Role::Timestamp, OUT));
    // Codes, things with numbers for names, versions.
    assert_eq!(judged("bytes", |i| format!("{:04}", i % 101)), (Role::Category, CATEGORICAL));
    assert_eq!(judged("user", |i| (i * 7 % 101).to_string()), (Role::Category, CATEGORICAL));
    assert_eq!(judged("version", |i| format!("1.{}", i % 3)), (Role::Category, CATEGORICAL));
    assert_eq!(judged("flow", |i| (70_000 + i).to_string()), (Role::Identifier, OUT));
}
