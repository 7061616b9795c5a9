//! Lines that arrive are scored as they arrive.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::{bits_of, experiment, table, text};
use crate::oddbench::{Sandbox, assert_code, stderr, stdout};

/// Runs a command with a text on its stdin.
pub fn with_stdin(mut command: Command, text: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text = text.to_vec();
    let writing = std::thread::spawn(move || {
        // A command that ends early closes the pipe.
        let _ = stdin.write_all(&text);
    });
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    output
}

/// A following command whose lines on stdout arrive here.
struct Following {
    child: Child,
    lines: Receiver<String>,
}

impl Following {
    fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines() {
                let _ = sender.send(line.unwrap());
            }
        });
        Self { child, lines }
    }

    /// The next line; it must come before somebody would give up.
    fn line(&self) -> String {
        self.lines.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    /// Ctrl-C; the exit code, and what was said on stderr.
    fn interrupt(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let mut told = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        (self.child.wait().unwrap().code(), told)
    }
}

fn score_of(line: &str, columns: usize) -> u64 {
    line.split(',').nth(columns).unwrap().parse::<f64>().unwrap().to_bits()
}

#[test]
fn appended_lines_are_scored_at_once_through_halves_truncation_and_rotation() {
    let own = experiment();
    let expected = bits_of(&own.stored("pca").test.scores);
    let csv = own.csv(&own.test_rows("pca"), &own.names());
    let lines: Vec<&str> = csv.lines().collect();
    let (header, columns) = (lines[0], own.names().len());
    let sandbox = Sandbox::new();
    let path = sandbox.write("live.csv", &format!("{header}\n{}\n", lines[1]));
    let append = |text: &str| {
        OpenOptions::new().append(true).open(&path).unwrap().write_all(text.as_bytes()).unwrap();
    };
    let trial = own.trial("pca");
    let mut command = sandbox.command();
    command.args(["score", "--model", text(&trial), "--input", text(&path), "--follow"]);
    let following = Following::start(command);
    assert!(following.line().starts_with(header));
    assert_eq!(score_of(&following.line(), columns), expected[0]);
    // Half a line is none yet, even if it could be read as one.
    let (half, rest) = lines[2].split_at(lines[2].len() - 1);
    append(half);
    std::thread::sleep(Duration::from_millis(100));
    append(&format!("{rest}\nnonsense\n{}\n", lines[3]));
    assert_eq!(score_of(&following.line(), columns), expected[1]);
    assert_eq!(score_of(&following.line(), columns), expected[2]);
    // Truncated and begun again, shorter than before.
    std::fs::write(&path, format!("{header}\n{}\n", lines[4])).unwrap();
    assert_eq!(score_of(&following.line(), columns), expected[3]);
    // Rotated: renamed away, and another file of its name.
    std::fs::rename(&path, sandbox.path("live.csv.1")).unwrap();
    std::fs::write(&path, format!("{header}\n{}\n{}\n", lines[5], lines[6])).unwrap();
    assert_eq!(score_of(&following.line(), columns), expected[4]);
    assert_eq!(score_of(&following.line(), columns), expected[5]);
    append("unfinished");
    std::thread::sleep(Duration::from_millis(100));
    let (code, told) = following.interrupt();
    assert_eq!(code, Some(0), "{told}");
    for words in
        ["line 4: 1 value instead of", "begins anew", "no end and was not scored", "6 rows", "p99"]
    {
        assert!(told.contains(words), "{words:?} is not in: {told}");
    }
}

#[test]
fn a_stream_on_stdin_gives_what_a_file_gives() {
    let own = experiment();
    let csv = own.csv(&own.test_rows("autoencoder"), &own.names());
    let trial = own.trial("autoencoder");
    let sandbox = Sandbox::new();
    let input = sandbox.write("test.csv", &csv);
    let plain = sandbox.run(&["score", "--model", text(&trial), "--input", text(&input)]);
    let mut command = sandbox.command();
    command.args(["score", "--model", text(&trial), "--input", "-", "--follow"]);
    // The last line has no line break: the end of the stream ends it.
    let output = with_stdin(command, csv.trim_end().as_bytes());
    assert_code(&output, 0);
    assert_eq!(stdout(&output), stdout(&plain));
    let told = stderr(&output);
    assert!(told.contains("latency") && told.contains("rows/s"), "{told}");
}

#[test]
fn following_ends_after_an_idle_time_and_tells_programs_its_figures() {
    let own = experiment();
    let csv = own.csv(&own.test_rows("pca"), &own.names());
    let sandbox = Sandbox::new();
    let input = sandbox.write("test.csv", &csv);
    let trial = own.trial("pca");
    let arguments =
        ["--json", "score", "--model", text(&trial), "--input", text(&input), "--follow"];
    let more = ["--idle", "0.2", "--output", "live-scored.csv"];
    let output = sandbox.run(&[&arguments[..], &more].concat());
    assert_code(&output, 0);
    let result: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let rows = own.test_rows("pca").len();
    assert_eq!(result["rows"].as_u64(), Some(rows as u64));
    assert!(result["latency_us"]["p99"].as_f64() >= result["latency_us"]["p50"].as_f64());
    assert_eq!(table(&sandbox.path("live-scored.csv")).len(), rows);
    // Rows that were there before can be passed over.
    let output = sandbox.run(&[&arguments[1..], &["--idle", "0.2", "--from-end"]].concat());
    assert_code(&output, 0);
    assert_eq!(stdout(&output).lines().count(), 1, "the header alone");
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let own = experiment();
    let trial = own.trial("pca");
    let sandbox = Sandbox::new();
    let input = sandbox.write("test.csv", "a\n1\n");
    let arguments = ["score", "--model", text(&trial), "--input", text(&input), "--follow"];
    for (more, words) in [
        (["--format", "parquet"], "large pieces"),
        (["--quantile", "0.9"], "--quantile"),
        (["--idle", "-1"], "idle"),
    ] {
        let output = sandbox.run(&[&arguments[..], &more].concat());
        assert_code(&output, 2);
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    let output =
        sandbox.run(&["--json", "score", "--model", text(&trial), "--input", text(&input)]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("--output"), "{}", stderr(&output));
}
