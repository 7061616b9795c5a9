//! Data sets that a user's TOML file describes: the examples of docs/ADDING-A-DATASET.md, as they stand there.

use std::fmt::Write as _;

use crate::oddbench::{Sandbox, assert_code, number, stderr, stdout, summary, workspace};

/// The code blocks of the tutorial that begin with that word.
fn blocks(language: &str) -> Vec<String> {
    let path = workspace().join("docs/ADDING-A-DATASET.md");
    let text = std::fs::read_to_string(path).unwrap();
    let parts: Vec<&str> = text.split("```").collect();
    let code = parts.iter().skip(1).step_by(2);
    let of_language = code.filter_map(|block| block.strip_prefix(&format!("{language}\n")));
    of_language.map(str::to_owned).collect()
}

/// Flows under the tutorial's header: four in five are benign.
fn flows(rows: usize) -> String {
    let mut text = format!("{}\n", blocks("")[0].trim());
    assert_eq!(text, "ts,src_ip,dst_port,proto,duration,bytes,attack,label\n");
    for i in 0..rows {
        let (attack, label) = match i % 10 {
            0 => ("scan", 1),
            5 => ("bruteforce", 1),
            _ => ("benign", 0),
        };
        let odd = attack != "benign";
        let wave = (i as f64 * 0.7).sin();
        let _ = writeln!(
            text,
            "2026-03-{:02} 10:{:02}:00,10.0.0.{},{},{},{},{},{attack},{label}",
            1 + i % 28,
            i % 60,
            i % 200,
            [80, 443, 22][i % 3],
            ["tcp", "udp"][i % 2],
            if odd { 90.0 + wave } else { 10.0 + wave },
            if odd { 9_000.0 + wave } else { 400.0 + 3.0 * wave },
        );
    }
    text
}

fn experiment(dataset: &str, split: &str) -> String {
    format!(
        "name = \"mine\"\n{dataset}\n[split]\nkind = \"{split}\"\n[threshold]\nrule = \"max-f1\"\n\
         [[model]]\nkind = \"knn\"\n"
    )
}

#[test]
fn the_tutorial_s_set_is_listed_described_checked_and_run() {
    let toml = blocks("toml");
    let sandbox = Sandbox::new();
    sandbox.write("my-network.toml", &toml[0]);
    sandbox.write("flows.csv", &flows(400));
    // `kind` is relative to the experiment file, not to where the command runs.
    std::fs::create_dir(sandbox.path("experiments")).unwrap();
    let dataset = toml[1].replace("my-network", "../my-network");
    sandbox.write("experiments/mine.toml", &experiment(&dataset, "holdout"));

    let output = sandbox.run(&["data", "list", "my-network.toml"]);
    assert_code(&output, 0);
    assert!(stdout(&output).contains("Flows of my network"), "{}", stdout(&output));
    let output = sandbox.run(&["data", "describe", "my-network.toml"]);
    assert_code(&output, 0);
    assert!(stdout(&output).contains("bruteforce") && stdout(&output).contains("400 rows"));

    let output = sandbox.run(&["check", "experiments/mine.toml"]);
    assert_code(&output, 0);
    let told = format!("{}{}", stdout(&output), stderr(&output));
    assert!(!told.contains("digest"), "a file of one's own needs none: {told}");
    for name in ["ts", "src_ip", "label"] {
        assert!(told.contains(&format!("\"{name}\"")), "{name} is left out and told: {told}");
    }
    let output = sandbox.run(&["run", "experiments/mine.toml"]);
    assert_code(&output, 0);
    let line = &summary(&sandbox.path("results/mine/summary.csv"))[0];
    assert_eq!(line["dataset"], "my-network", "wherever the file lies");
    assert_eq!(number(line, "n_test"), 120.0);
    // Only duration and bytes show the attacks.
    assert!(number(line, "roc_auc") > 0.99, "{line:?}");
    let again = sandbox.run(&["report", "mine"]);
    assert_code(&again, 0);
}

#[test]
fn what_a_set_states_is_chosen_and_held() {
    let toml = blocks("toml");
    let sandbox = Sandbox::new();
    sandbox.write("my-network.toml", &toml[2]);
    sandbox.write("flows.csv", &flows(400));
    sandbox.write("flows-april.csv", &flows(100));
    let dataset = "[dataset]\nkind = \"my-network.toml\"\nlabels = \"scans-are-noise\"\n\
                   features = \"volume\"\nlimit = 300\n";
    sandbox.write("mine.toml", &experiment(dataset, "predefined"));
    let output = sandbox.run(&["run", "mine.toml"]);
    assert_code(&output, 0);
    let line = &summary(&sandbox.path("results/mine/summary.csv"))[0];
    assert_eq!((number(line, "n_test"), line["labels"].as_str()), (100.0, "scans-are-noise"));
    let text = flows(400).replacen(",tcp,", ",tcp,long:", 1);
    sandbox.write("flows.csv", &text);
    let output = sandbox.run(&["run", "mine.toml"]);
    assert_code(&output, 3);
    let text = stderr(&output);
    assert!(text.contains("line 2, column duration: \"long:"), "{text}");
}

#[test]
fn a_fault_of_the_file_is_named_with_its_line() {
    let sandbox = Sandbox::new();
    sandbox.write("mine.toml", &experiment("[dataset]\nkind = \"set.toml\"\n", "holdout"));
    let output = sandbox.run(&["check", "mine.toml"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("set.toml: there is no such file"), "{}", stderr(&output));
    sandbox.write("set.toml", "title = \"Mine\"\nlabels = 3\n");
    let output = sandbox.run(&["check", "mine.toml"]);
    assert_code(&output, 2);
    let text = stderr(&output);
    assert!(text.contains("set.toml: line 2") && text.contains("labels"), "{text}");
    let output = sandbox.run(&["data", "list", "set.toml"]);
    assert_code(&output, 2);
}
