//! Files as programs and people leave them, from `fit` to `score`: the same rows give the same scores in
//! whatever way they are written.

use std::fmt::Write as _;

use crate::oddbench::{Sandbox, assert_code, stderr, stdout};

/// Deterministic numbers that look random.
fn noise(seed: usize, below: usize) -> usize {
    let mixed = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bf0_3635;
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33) as usize % below
}

/// Fits on a file with the given flags; returns the notes.
fn fit(sandbox: &Sandbox, input: &str, model: &str, flags: &[&str]) -> String {
    let fixed =
        ["fit", "--model", "hbos", "--input", input, "--output", model, "--quantile", "0.98"];
    let output = sandbox.run(&[&fixed[..], flags].concat());
    assert_code(&output, 0);
    stderr(&output) + &stdout(&output)
}

/// Scores a file; returns the scores and the notes.
fn score(sandbox: &Sandbox, input: &str, model: &str, flags: &[&str]) -> (Vec<f64>, String) {
    let fixed = ["score", "--model", model, "--input", input, "--format", "jsonl"];
    let output = sandbox.run(&[&fixed[..], flags].concat());
    assert_code(&output, 0);
    let text = stdout(&output);
    let rows = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    (rows.map(|row| row["score"].as_f64().unwrap()).collect(), stderr(&output))
}

/// Where the highest score is.
fn oddest(scores: &[f64]) -> usize {
    (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap()
}

/// One row a line, from numbers of a row.
fn lines(header: &str, rows: usize, line: impl Fn(usize) -> String) -> String {
    let mut text = format!("{header}\n");
    (0..rows).for_each(|row| {
        let _ = writeln!(text, "{}", line(row));
    });
    text
}

#[test]
fn booleans_are_one_value_in_every_spelling_and_every_order() {
    let sandbox = Sandbox::new();
    let facts =
        |row: usize| (1_000 + noise(row, 9_000), noise(row + 7, 3) > 0, noise(row + 31, 5) == 0);
    let csv = |spell: fn(bool) -> &'static str| {
        lines("bytes,established,wrong", 300, |row| {
            let (bytes, established, wrong) = facts(row);
            format!("{bytes},{},{}", spell(established), spell(wrong))
        })
    };
    let jsonl = lines("", 300, |row| {
        let (bytes, established, wrong) = facts(row);
        format!("{{\"bytes\": {bytes}, \"established\": {established}, \"wrong\": {wrong}}}")
    });
    sandbox.write("json.jsonl", jsonl.trim_start());
    sandbox.write("pandas.csv", &csv(|value| if value { "True" } else { "False" }));
    sandbox.write("upper.csv", &csv(|value| if value { "TRUE" } else { "FALSE" }));
    sandbox.write("number.csv", &csv(|value| if value { "1" } else { "0" }));
    let files = ["json.jsonl", "pandas.csv", "upper.csv", "number.csv"];
    for (how, flags) in [("num", &[][..]), ("cat", &["--categorical", "established,wrong"][..])] {
        let mut expected: Option<Vec<f64>> = None;
        for train in files {
            let model = format!("models/{how}-{train}");
            fit(&sandbox, train, &model, flags);
            for test in files {
                let (scores, told) = score(&sandbox, test, &model, &[]);
                assert!(!told.contains("never saw"), "{train} {test}: {told}");
                let expected = expected.get_or_insert_with(|| scores.clone());
                assert_eq!(&scores, expected, "{how}: fitted on {train}, scored {test}");
            }
        }
    }
}

#[test]
fn a_category_of_numbers_is_one_however_it_is_written() {
    let sandbox = Sandbox::new();
    let port = |row: usize| [80, 443, 53, 22][noise(row, 4)];
    let csv = |spell: fn(usize) -> String| {
        lines("port,bytes", 300, |row| {
            format!("{},{}", spell(port(row)), 1_000 + noise(row + 3, 900))
        })
    };
    sandbox.write("plain.csv", &csv(|port| port.to_string()));
    sandbox.write("float.csv", &csv(|port| format!("{port}.0")));
    sandbox.write("padded.csv", &csv(|port| format!(" {port} ")));
    let jsonl = lines("", 300, |row| {
        format!("{{\"port\": {}.0, \"bytes\": {}}}", port(row), 1_000 + noise(row + 3, 900))
    });
    sandbox.write("json.jsonl", jsonl.trim_start());
    fit(&sandbox, "plain.csv", "models/m", &["--categorical", "port"]);
    let (expected, _) = score(&sandbox, "plain.csv", "models/m", &[]);
    for file in ["float.csv", "padded.csv", "json.jsonl"] {
        let (scores, told) = score(&sandbox, file, "models/m", &[]);
        assert_eq!(scores, expected, "{file}");
        assert!(!told.contains("never saw"), "{told}");
    }
    // Whole numbers that are one double stay two categories, and so do 7, 007 and 0007.
    let ids = ["9007199254740992", "11", "7", "007"];
    let codes =
        lines("id,bytes", 200, |row| format!("{},{}", ids[row % 4], 1_000 + noise(row, 900)));
    sandbox.write("codes.csv", &codes);
    fit(&sandbox, "codes.csv", "models/codes", &["--categorical", "id"]);
    let new = ["9007199254740992", "9007199254740993", "007", "0007"];
    sandbox.write("new.csv", &lines("id,bytes", 4, |row| format!("{},1200", new[row])));
    let output = sandbox.run(&[
        "score",
        "--model",
        "models/codes",
        "--input",
        "new.csv",
        "--format",
        "jsonl",
    ]);
    assert_code(&output, 0);
    let text = stdout(&output);
    let rows = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let unseen: Vec<bool> = rows.map(|row| row["unseen"].as_str() == Some("id")).collect();
    assert_eq!(unseen, [false, true, false, true]);
}

#[test]
fn a_table_of_a_spreadsheet_gives_the_scores_of_the_plain_one() {
    let sandbox = Sandbox::new();
    let value = |row: usize| if row == 118 { 91.25 } else { 2.0 + noise(row, 600) as f64 / 100.0 };
    let bytes = |row: usize| 10_000 + noise(row + 5, 60_000);
    let plain = lines("duration,bytes", 300, |row| format!("{:.2},{}", value(row), bytes(row)));
    sandbox.write("plain.csv", &plain);
    fit(&sandbox, "plain.csv", "models/plain", &[]);
    let (expected, _) = score(&sandbox, "plain.csv", "models/plain", &[]);
    assert_eq!(oddest(&expected), 118);

    let comma = plain.replace(',', ";").replace('.', ",").replace('\n', "\r\n");
    sandbox.write("comma.csv", &comma);
    let grouped = lines("duration,bytes", 300, |row| {
        let (thousands, rest) = (bytes(row) / 1_000, bytes(row) % 1_000);
        format!("{:.2},\"{thousands},{rest:03}\"", value(row))
    });
    sandbox.write("grouped.csv", &grouped);
    sandbox.write(
        "separator.csv",
        &format!("sep=;\r\n{}", plain.replace(',', ";").replace('\n', "\r\n")),
    );
    let tabs = plain.replace(',', "\t").replace('\n', "\r\n");
    let units = std::iter::once(0xfeff).chain(tabs.encode_utf16());
    let utf16: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    std::fs::write(sandbox.path("unicode.txt"), utf16).unwrap();
    let middle = plain.lines().enumerate().map(|(at, line)| {
        if at == 150 { format!("duration,bytes\n{line}\n") } else { format!("{line}\n") }
    });
    sandbox.write("middle.csv", &middle.collect::<String>());
    sandbox.write("trailing.csv", &plain.replace('\n', ",\n").replacen("bytes,", "bytes", 1));
    sandbox.write("headless.csv", plain.split_once('\n').unwrap().1);
    for (file, flags, told) in [
        ("comma.csv", &[][..], "decimal mark"),
        ("grouped.csv", &[], "thousands"),
        ("separator.csv", &[], ""),
        ("unicode.txt", &[], "UTF-16LE"),
        ("middle.csv", &[], "line 151 repeats the header"),
        ("trailing.csv", &[], "ends with a delimiter"),
        ("headless.csv", &["--no-header", "--names", "duration,bytes"], ""),
    ] {
        let model = format!("models/{file}");
        let fitted = fit(&sandbox, file, &model, flags);
        assert!(fitted.contains(told), "{file}: {told:?} is not in: {fitted}");
        let (scores, scored) = score(&sandbox, file, "models/plain", flags);
        assert!(scored.contains(told), "{file}: {told:?} is not in: {scored}");
        assert_eq!(scores, expected, "{file}");
        assert_eq!(score(&sandbox, "plain.csv", &model, &[]).0, expected, "fitted on {file}");
    }
    let output =
        sandbox.run(&["fit", "--model", "hbos", "--input", "headless.csv", "--output", "x"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("--no-header"), "{}", stderr(&output));
}

#[test]
fn marks_of_missing_values_are_gaps_in_numbers_and_in_texts() {
    let sandbox = Sandbox::new();
    let csv = |mark: &str| {
        lines("bytes,age,country", 200, |row| {
            let bytes = 1_000 + noise(row, 900);
            let age =
                if row % 10 == 3 { mark.into() } else { (9 + noise(row + 1, 80)).to_string() };
            let country = if row % 8 == 0 { mark } else { ["DE", "FR", "US"][noise(row, 3)] };
            format!("{bytes},{age},{country}")
        })
    };
    sandbox.write("empty.csv", &csv(""));
    fit(&sandbox, "empty.csv", "models/empty", &[]);
    let (expected, _) = score(&sandbox, "empty.csv", "models/empty", &[]);
    for mark in ["NA", "N/A", "#N/A", "null", "None", "NaN", "<NA>", "  "] {
        sandbox.write("marks.csv", &csv(mark));
        assert_eq!(score(&sandbox, "marks.csv", "models/empty", &[]).0, expected, "{mark:?}");
    }
    sandbox.write("question.csv", &csv("?"));
    let output =
        sandbox.run(&["fit", "--model", "hbos", "--input", "question.csv", "--output", "x"]);
    assert_code(&output, 2);
    let told = stderr(&output);
    assert!(told.contains("\"age\"") && told.contains("--na"), "{told}");
    fit(&sandbox, "question.csv", "models/question", &["--na", "?"]);
    assert_eq!(score(&sandbox, "question.csv", "models/empty", &["--na", "?"]).0, expected);
    assert_eq!(score(&sandbox, "empty.csv", "models/question", &[]).0, expected);
    // Namibia is a country where the defaults are off.
    sandbox.write("namibia.csv", &csv("NA"));
    let described = sandbox.run(&[
        "data",
        "describe",
        "namibia.csv",
        "--no-default-na",
        "--ignore",
        "age",
        "--json",
    ]);
    assert_code(&described, 0);
    let found: serde_json::Value = serde_json::from_str(&stdout(&described)).unwrap();
    assert_eq!(found["columns"][2]["missing"], 0, "{found}");
}

#[test]
fn an_official_file_with_doubled_names_is_fitted_and_scored() {
    let sandbox = Sandbox::new();
    let text = lines(
        " Flow Duration, Fwd Header Length, Bwd Header Length, Fwd Header Length, Label",
        300,
        |row| {
            let label = if row == 40 { "PortScan" } else { "BENIGN" };
            let length = 40 + noise(row, 300);
            format!(
                "{},{length},{},{length},{label}",
                1_000 + noise(row + 1, 90_000),
                noise(row + 2, 300)
            )
        },
    );
    sandbox.write("flows.csv", &text);
    let told = fit(&sandbox, "flows.csv", "models/m", &["--ignore", "Fwd Header Length.1"]);
    assert!(told.contains("column 4 is called \"Fwd Header Length.1\""), "{told}");
    assert_eq!(score(&sandbox, "flows.csv", "models/m", &[]).0.len(), 300);
    // The same in an experiment.
    sandbox.write(
        "exp.toml",
        "name = \"exp\"\n[dataset]\nkind = \"csv\"\npath = \"flows.csv\"\nlabel = \"Label\"\ninliers = [\"BENIGN\"]\nignore = [\"Fwd Header Length.1\"]\n[split]\nkind = \"holdout\"\n[threshold]\nrule = \"max-f1\"\n[[model]]\nkind = \"hbos\"\n",
    );
    let output = sandbox.run(&["check", "exp.toml"]);
    let told = stderr(&output) + &stdout(&output);
    assert!(told.contains("Fwd Header Length.1"), "{told}");
}

fn zeek_head() -> &'static str {
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t2024-03-05-10-00-00\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\ttunnel_parents\n#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tbool\tset[string]\n"
}

fn zeek_row(row: usize) -> String {
    let scan = row == 77;
    let (service, duration, bytes) = match row % 3 {
        0 => ("-", "-".to_owned(), "-".to_owned()),
        _ => (
            "http",
            format!("0.{:06}", 1 + noise(row, 900_000)),
            (100 + noise(row, 900)).to_string(),
        ),
    };
    let bytes = if scan { "90000000".to_owned() } else { bytes };
    format!(
        "{}.{:06}\tC{row:05}Zq\t10.1.0.{}\t{}\t10.9.9.9\t{}\ttcp\t{service}\t{duration}\t{bytes}\t{}\t{}\t{}\t(empty)\n",
        1_709_632_800 + row,
        row * 37,
        noise(row, 20),
        40_000 + row,
        [80, 443, 22][noise(row + 9, 3)],
        if row.is_multiple_of(3) { "-".to_owned() } else { noise(row, 9_000).to_string() },
        if row.is_multiple_of(3) { "S0" } else { "SF" },
        if noise(row, 2) == 0 { "T" } else { "F" },
    )
}

#[test]
fn a_zeek_log_is_fitted_scored_and_followed_through_its_rotation() {
    let sandbox = Sandbox::new();
    let rows: String = (0..300).map(zeek_row).collect();
    sandbox.write("conn.log", &format!("{}{rows}#close\t2024-03-05-11-00-00\n", zeek_head()));
    let told = fit(&sandbox, "conn.log", "models/conn", &[]);
    for left_out in ["\"ts\"", "\"uid\"", "\"id.orig_h\""] {
        assert!(told.contains(left_out), "{left_out} is not in: {told}");
    }
    let (scores, _) = score(&sandbox, "conn.log", "models/conn", &[]);
    assert_eq!((scores.len(), oddest(&scores)), (300, 77));
    // The log that was scored to CSV is scored again: its gaps are empty, and no hyphens.
    let to_csv = ["score", "--model", "models/conn", "--input", "conn.log", "--output", "conn.csv"];
    assert_code(&sandbox.run(&to_csv), 0);
    assert_eq!(score(&sandbox, "conn.csv", "models/conn", &["--prefix", "again_"]).0, scores);
    // The rotated log brings its head again; both orders of arrival give the same scores.
    let half: String = (0..150).map(zeek_row).collect();
    let rest: String = (150..300).map(zeek_row).collect();
    let both = format!("{}{half}#close\tx\n{}{rest}", zeek_head(), zeek_head());
    sandbox.write("both.log", &both);
    let (again, told) = score(&sandbox, "both.log", "models/conn", &[]);
    assert_eq!(again, scores);
    assert!(told.contains("2 logs stand one after the other"), "{told}");
    let mut command = sandbox.command();
    command.args([
        "score",
        "--model",
        "models/conn",
        "--input",
        "-",
        "--follow",
        "--format",
        "jsonl",
    ]);
    let followed = crate::scoring::follow::with_stdin(command, both.as_bytes());
    assert_code(&followed, 0);
    let live: Vec<f64> = stdout(&followed)
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["score"].as_f64().unwrap()
        })
        .collect();
    assert_eq!(live, scores);
}

#[test]
fn a_labelled_zeek_log_is_a_data_set() {
    let sandbox = Sandbox::new();
    // The labels stand behind the last field as in IoT-23.
    let head = zeek_head().replace("tunnel_parents", "tunnel_parents   label");
    let head = head.replace("set[string]", "set[string]   string");
    let rows: String = (0..400)
        .map(|row| {
            let odd = row % 20 == 7;
            let row =
                zeek_row(row).replace("(empty)", if odd { "-   Malicious" } else { "-   Benign" });
            if odd { row.replace("\tSF\t", "\tOTH\t").replace("\tS0\t", "\tOTH\t") } else { row }
        })
        .collect();
    sandbox.write("conn.log.labeled", &format!("{head}{rows}"));
    sandbox.write(
        "exp.toml",
        "name = \"exp\"\n[dataset]\nkind = \"zeek\"\npath = \"conn.log.labeled\"\nlabel = \"label\"\ninliers = [\"Benign\"]\n[split]\nkind = \"holdout\"\n[preprocess]\nmissing = \"median\"\n[threshold]\nrule = \"max-f1\"\n[[model]]\nkind = \"hbos\"\n",
    );
    let output = sandbox.run(&["run", "exp.toml"]);
    assert_code(&output, 0);
    let told = stderr(&output) + &stdout(&output);
    assert!(told.contains("\"uid\"") && told.contains("\"ts\""), "{told}");
    let summary = crate::oddbench::summary(&sandbox.path("results/exp/summary.csv"));
    // A state that training never had is never less odd.
    assert!(summary[0]["roc_auc"].parse::<f64>().unwrap() > 0.9, "{summary:?}");
}

#[test]
fn an_experiment_reads_texts_with_the_same_keys() {
    let sandbox = Sandbox::new();
    let rows = lines("", 300, |row| {
        let odd = row % 30 == 7;
        let value = if odd { 80.0 } else { 2.0 + noise(row, 600) as f64 / 100.0 };
        let gap = if row % 11 == 0 { "?".to_owned() } else { noise(row + 1, 90).to_string() };
        format!(
            "{};{gap};{}",
            format!("{value:.2}").replace('.', ","),
            if odd { "böse" } else { "gut" }
        )
    });
    let latin: Vec<u8> = rows.trim_start().chars().map(|c| c as u8).collect();
    std::fs::write(sandbox.path("t.csv"), latin).unwrap();
    sandbox.write(
        "exp.toml",
        "name = \"exp\"\n[dataset]\nkind = \"csv\"\npath = \"t.csv\"\nheader = false\nnames = [\"x\", \"n\", \"label\"]\nencoding = \"latin1\"\ndecimal = \",\"\nna = [\"?\"]\nlabel = \"label\"\noutliers = [\"böse\"]\n[split]\nkind = \"holdout\"\n[preprocess]\nmissing = \"median\"\n[threshold]\nrule = \"max-f1\"\n[[model]]\nkind = \"knn\"\n",
    );
    let output = sandbox.run(&["run", "exp.toml"]);
    assert_code(&output, 0);
    let summary = crate::oddbench::summary(&sandbox.path("results/exp/summary.csv"));
    assert!(summary[0]["roc_auc"].parse::<f64>().unwrap() > 0.99, "{summary:?}");
}

#[test]
fn percentages_are_numbers_in_fit_and_score_and_both_say_so() {
    let sandbox = Sandbox::new();
    let load = |row: usize| if row == 77 { 99.5 } else { (row * 7 % 40) as f64 + 0.5 };
    sandbox.write("signed.csv", &lines("load,n", 300, |row| format!("{}%,{}", load(row), row % 9)));
    sandbox.write("plain.csv", &lines("load,n", 300, |row| format!("{},{}", load(row), row % 9)));
    let told = fit(&sandbox, "signed.csv", "models/signed", &[]);
    assert!(told.contains("\"load\" is kept: 0.5% is read as the number 0.5"), "{told}");
    fit(&sandbox, "plain.csv", "models/plain", &[]);
    let (plain, quiet) = score(&sandbox, "plain.csv", "models/plain", &[]);
    assert_eq!(oddest(&plain), 77);
    for model in ["models/signed", "models/plain"] {
        let (scores, told) = score(&sandbox, "signed.csv", model, &[]);
        assert_eq!(scores, plain, "{model}");
        let note = "percentages are read as the numbers before the sign in \"load\"";
        assert!(told.contains(note) && !quiet.contains(note), "{told}");
    }
}

#[test]
fn score_warns_of_percent_signs_that_training_had_and_the_rows_have_not_and_the_other_way_round() {
    let sandbox = Sandbox::new();
    let file = |name: &str, load: &dyn Fn(usize) -> String| {
        sandbox.write(name, &lines("load,n", 300, |row| format!("{},{}", load(row), row % 9)));
    };
    file("signed.csv", &|row| format!("{}.5%", row % 40));
    file("shares.csv", &|row| format!("{}", (row % 40) as f64 / 100.0 + 0.005));
    file("mixed.csv", &|row| format!("{}.5{}", row % 40, if row % 3 == 0 { "" } else { "%" }));
    for model in ["signed", "shares", "mixed"] {
        fit(&sandbox, &format!("{model}.csv"), &format!("models/{model}"), &[]);
    }
    let told = |file: &str, model: &str| score(&sandbox, file, model, &[]).1;
    let shares = told("shares.csv", "models/signed");
    for words in
        ["WARNING: column \"load\" had percentages in training", "0.005 is taken for 0.005 %"]
    {
        assert!(shares.contains(words), "{words} is not in: {shares}");
    }
    let signed = told("signed.csv", "models/shares");
    assert!(
        signed.contains("WARNING: column \"load\" had no percent sign in training"),
        "{signed}"
    );
    // As the fit said of the training rows.
    let mixture = "100 numbers without a percent sign stand beside 200 percentages";
    let mixed = told("mixed.csv", "models/mixed");
    assert!(mixed.contains(mixture) && !mixed.contains("WARNING"), "{mixed}");
    for file in ["signed", "shares"] {
        let quiet = told(&format!("{file}.csv"), &format!("models/{file}"));
        assert!(!quiet.contains("WARNING"), "{quiet}");
    }
}
