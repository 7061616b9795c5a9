//! `oddbench serve` from its start to Ctrl-C; its download beside the output of `oddbench score`.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::Agent;

use crate::oddbench::{Sandbox, assert_code, stderr};

const SMALL: &str = r#"
name = "small"
dataset = { kind = "synthetic", rows = 800, features = ["src_bytes", "dst_bytes", "count", "service"] }
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
model = [{ kind = "autoencoder", name = "AE", params = { epochs = 2 } }]
"#;

const ROWS: &str = "\
src_bytes,dst_bytes,count,service,note
181,5450,8,http,a
0,0,250,private,\"b, quoted\"
9000000,3,511,http,c
";

#[test]
fn an_address_for_everyone_needs_a_token() {
    let sandbox = Sandbox::new();
    for (args, said) in [
        (&["serve", "--addr", "0.0.0.0:0"][..], "--token"),
        (&["serve", "--addr", "0.0.0.0:0", "--token", "short"][..], "16 characters"),
        (&["serve", "--addr", "localhost"][..], "--addr"),
    ] {
        let output = sandbox.run(args);
        assert_code(&output, 2);
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let output = sandbox.run(&["serve", "--addr", &taken.local_addr().unwrap().to_string()]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("choose another --addr"), "{}", stderr(&output));
}

#[test]
fn folders_to_choose_from_must_be_there() {
    let sandbox = Sandbox::new();
    for option in ["--follow-dir", "--run-dir"] {
        let output = sandbox.run(&["serve", "--addr", "127.0.0.1:0", option, "none"]);
        assert_code(&output, 2);
        assert!(stderr(&output).contains(&format!("{option} none: ")), "{}", stderr(&output));
        // Whatever may be chosen, others need the token.
        let output = sandbox.run(&["serve", "--addr", "0.0.0.0:0", option, "."]);
        assert_code(&output, 2);
        assert!(stderr(&output).contains("--token"), "{}", stderr(&output));
    }
}

/// A wrong name would look like an empty results folder.
#[test]
fn a_results_folder_that_is_not_there_is_told() {
    let told = |args: &[&str]| {
        let sandbox = Sandbox::new();
        std::fs::create_dir(sandbox.path("results")).unwrap();
        let mut command = sandbox.command();
        let command = command.args(["serve", "--addr", "127.0.0.1:0"]).args(args);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let said: Vec<String> = lines.take_while(|line| !line.contains("Ctrl-C")).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        said.join("\n")
    };
    let said = told(&["--results", "nope"]);
    assert!(said.contains("there is no folder nope") && said.contains("--results DIR"), "{said}");
    assert!(!told(&[]).contains("there is no folder"));
}

/// Whose command writes its environment down.
#[cfg(unix)]
const CURIOUS: &str = r#"
name = "curious"
dataset = { kind = "synthetic", rows = 200, features = ["src_bytes", "count"] }
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
model = [{ kind = "external", name = "curious", command = ["sh", "curious.sh"], files = ["curious.sh"], format = "csv", deterministic = true, timeout = "1m" }]
"#;

#[test]
#[cfg(unix)]
fn commands_of_a_run_do_not_learn_the_token() {
    const TOKEN: &str = "a-token-that-nobody-guesses";
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("experiments")).unwrap();
    sandbox.write("experiments/curious.toml", CURIOUS);
    let seen = sandbox.path("seen.txt");
    let script = format!("env > '{}'\nexit 1\n", seen.display());
    sandbox.write("experiments/curious.sh", &script);
    let server = Serving::of(&sandbox, &["--run-dir", "experiments"], Some(TOKEN));
    let bearer = format!("Bearer {TOKEN}");
    let asked = json!({ "file": "experiments/curious.toml" }).to_string();
    let post = Serving::agent()
        .post(format!("{}/api/runs", server.url))
        .header("content-type", "application/json");
    let answer = post.header("authorization", &bearer).send(&asked).unwrap();
    assert_eq!(answer.status(), 202);
    let run = serde_json::from_str::<Value>(&answer.into_body().read_to_string().unwrap()).unwrap();
    let address = format!("{}/api/runs/{}", server.url, run["id"].as_str().unwrap());
    let now = || -> Value {
        let get = Serving::agent().get(&address).header("authorization", &bearer);
        serde_json::from_str(&get.call().unwrap().into_body().read_to_string().unwrap()).unwrap()
    };
    let started = Instant::now();
    while now()["state"] == "running" {
        assert!(started.elapsed() < Duration::from_secs(60), "the run does not end");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(now()["state"], "trials-failed", "{}", now());
    let seen = std::fs::read_to_string(seen).unwrap();
    assert!(seen.contains("PATH=") && !seen.contains(TOKEN), "{seen}");
}

/// The command, serving on a free port.
struct Serving {
    child: Child,
    url: String,
}

impl Serving {
    fn start(sandbox: &Sandbox) -> Self {
        Self::of(sandbox, &[], None)
    }

    fn of(sandbox: &Sandbox, more: &[&str], token: Option<&str>) -> Self {
        let mut command = sandbox.command();
        if let Some(token) = token {
            command.env("ODDBENCH_TOKEN", token);
        }
        let mut child = command
            .args(["serve", "--addr", "127.0.0.1:0"])
            .args(more)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
        Self { child, url: url.trim_end_matches('/').to_owned() }
    }

    fn agent() -> Agent {
        Agent::config_builder()
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into()
    }

    fn get(&self, path: &str) -> Vec<u8> {
        let mut answer = Self::agent().get(format!("{}{path}", self.url)).call().unwrap();
        answer.body_mut().read_to_vec().unwrap()
    }

    fn post(&self, path: &str, kind: &str, body: &str) -> Value {
        let post = Self::agent().post(format!("{}{path}", self.url)).header("content-type", kind);
        let bytes = post.send(body).unwrap().body_mut().read_to_vec().unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    fn get_json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.get(path)).unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It has ended if the test got that far.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_download_is_what_the_command_writes() {
    let sandbox = Sandbox::new();
    sandbox.write("small.toml", SMALL);
    assert_code(&sandbox.run(&["run", "small.toml", "--no-report"]), 0);
    let input = sandbox.write("rows.csv", ROWS);
    let server = Serving::start(&sandbox);
    let models = server.get_json("/api/models");
    let model = models["models"][0]["id"].as_str().unwrap();
    let (experiment, trial) = model.split_once('/').unwrap();

    let upload = server.post("/api/uploads?name=rows.csv", "text/csv", ROWS);
    let asked = json!({ "action": "score", "model": model }).to_string();
    let jobs = format!("/api/uploads/{}/jobs", upload["id"].as_str().unwrap());
    let job = server.post(&jobs, "application/json", &asked)["id"].as_str().unwrap().to_owned();
    let started = Instant::now();
    while server.get_json(&format!("/api/jobs/{job}"))["state"] != "done" {
        assert!(started.elapsed() < Duration::from_secs(60), "the job does not end");
        std::thread::sleep(Duration::from_millis(20));
    }

    let folder = sandbox.path("results").join(experiment).join("trials").join(trial);
    let (folder, input) = (folder.to_str().unwrap(), input.to_str().unwrap());
    for threshold in [None, Some("0.001")] {
        let output = sandbox.path("scored.csv");
        let _ = std::fs::remove_file(&output);
        let mut args = vec![
            "score",
            "--model",
            folder,
            "--input",
            input,
            "--output",
            output.to_str().unwrap(),
        ];
        let mut query = String::new();
        if let Some(threshold) = threshold {
            args.extend(["--threshold", threshold]);
            query = format!("?threshold={threshold}");
        }
        assert_code(&sandbox.run(&args), 0);
        let download = server.get(&format!("/api/jobs/{job}/download{query}"));
        assert_eq!(String::from_utf8(download).unwrap(), std::fs::read_to_string(&output).unwrap());
    }
}

#[test]
#[cfg(unix)]
fn an_interrupt_ends_it_in_good_order() {
    let sandbox = Sandbox::new();
    let mut server = Serving::start(&sandbox);
    assert_eq!(server.get_json("/api/health")["status"], "ok");
    let pid = server.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

/// Resident memory of a process in MiB.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() >> 10
}

/// Three uploads of 100,000 rows, one after the other: 23 MiB are left, and 110 if the allocator keeps its blocks.
#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn memory_goes_back_when_uploads_are_forgotten() {
    let server = Serving::start(&Sandbox::new());
    let names: Vec<String> = (0..20).map(|column| format!("c{column}")).collect();
    let mut text = names.join(",") + "\n";
    for row in 0..100_000_u64 {
        let cells: Vec<String> = (0..20)
            .map(|column| format!("0.{:04}", (row * 7919 + column * 104_729) % 10_000))
            .collect();
        text.push_str(&(cells.join(",") + "\n"));
    }
    for _ in 0..3 {
        let upload = server.post("/api/uploads?name=rows.csv", "text/csv", &text);
        let path = format!("{}/api/uploads/{}", server.url, upload["id"].as_str().unwrap());
        Serving::agent().delete(path).call().unwrap();
    }
    let left = resident(server.child.id());
    assert!(left < 60, "{left} MiB");
}
