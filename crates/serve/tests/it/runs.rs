//! Runs from the browser, with a program of a few lines in place of oddbench: what it is called with, what is told of
//! it, how it ends, and that clients choose a file and nothing else.

#![cfg(unix)]

use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use oddbench_serve::{Program, ServeError, bind};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::experiment::results;
use crate::server::{Running, start, start_with};

/// Says how it was called; checks, or plans two trials of which it does one, and waits for the end of its stdin.
const SCRIPT: &str = r#"
echo "called: $*"
echo "token: ${ODDBENCH_TOKEN:-none}"
if [ "$3" = check ]; then
  case "$4" in *bad.toml) echo "no such key" >&2; exit 2;; esac
  exit 0
fi
case "$4" in *bad.toml) echo "no such key" >&2; exit 2;; esac
case "$4" in *stubborn.toml) exec sleep 600;; esac
file="$4"
while [ "$1" != --events ]; do shift; done
trial() { printf '{"id":"%s","name":"AE","kind":"autoencoder","params":{},"seed":%s,"backend":"cpu","supervised":false}' "$1" "$2"; }
{
  printf '{"event":"planned","experiment":"small","trials":['; trial t1 1; printf ','; trial t2 2; printf '],"cached":[],"jobs":1}\n'
  echo '{"event":"started","trial":0}'
  for e in 1 2 3; do echo '{"event":"trial","trial":0,"what":{"event":"epoch","epoch":{"epoch":'$e',"epochs":3,"loss":0.5}}}'; done
  echo '{"event":"done","trial":0,"outcome":{"status":"completed","fit_seconds":1.5,"score_seconds":0.1,"peak_rss_mb":null,"epochs":[],"notes":[]},"roc_auc":0.9,"f1":0.8}'
  echo '{"event":"started","trial":1}'
  echo '{"event":"trial","trial":1,"what":{"event":"epoch","epoch":{"epoch":1,"epochs":3,"loss":0.25}}}'
  echo '{"event":"time-left","seconds":12.5}'
} > "$2"
case "$file" in *killed.toml) kill -9 $$;; esac
cat > /dev/null
echo "stopped in good order"
exit 130
"#;

struct Place {
    server: Running,
    folder: TempDir,
}

fn program(folder: &TempDir) -> Program {
    fs::write(folder.path().join("oddbench.sh"), SCRIPT).unwrap();
    Program {
        path: PathBuf::from("/bin/sh"),
        options: vec![folder.path().join("oddbench.sh").into()],
        results: folder.path().join("results"),
        reports: folder.path().join("reports"),
    }
}

impl Place {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mine = folder.path().join("mine");
        fs::create_dir(&mine).unwrap();
        for name in ["good.toml", "bad.toml", "stubborn.toml", "killed.toml", "notes.txt"] {
            fs::write(mine.join(name), "name = \"x\"\n").unwrap();
        }
        Self { server: serve(&folder), folder }
    }

    fn start_run(&self) -> String {
        self.start_run_of("good")
    }

    fn start_run_of(&self, name: &str) -> String {
        let run =
            self.server.post_json("/api/runs", &json!({ "file": format!("mine/{name}.toml") }));
        assert_eq!(run.status, 202, "{}", run.text());
        format!("/api/runs/{}", run.json()["id"].as_str().unwrap())
    }

    fn until(&self, run: &str, check: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let now = self.server.get(run).ok();
            if check(&now) {
                return now;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "waited in vain: {now}");
            sleep(Duration::from_millis(20));
        }
    }
}

fn serve(folder: &TempDir) -> Running {
    let (mine, results) = (folder.path().join("mine"), folder.path().join("results"));
    let program = program(folder);
    start_with(|config| {
        config.run_dirs = vec![mine];
        config.results = results;
        config.program = program;
    })
}

#[test]
fn a_run_is_watched_and_stopped_in_good_order() {
    let place = Place::start();
    let list = place.server.get("/api/runs").ok();
    let files: Vec<&Value> =
        list["offered"]["files"].as_array().unwrap().iter().map(|file| &file["name"]).collect();
    assert_eq!(files.len(), 4, "experiment files alone: {files:?}");
    let run = place.start_run();
    let now = place.until(&run, |now| now["left_seconds"] == 12.5);
    assert_eq!(
        (&now["state"], &now["experiment"], &now["trials"]),
        (&json!("running"), &json!("small"), &json!(2))
    );
    assert_eq!(
        (&now["done"], &now["failed"], &now["report"]),
        (&json!(1), &json!(0), &json!(false))
    );
    let trials = &now["trials_now"];
    assert_eq!(
        (&trials[0]["state"], &trials[0]["roc_auc"], &trials[0]["fit_seconds"]),
        (&json!("done"), &json!(0.9), &json!(1.5))
    );
    assert_eq!((&trials[1]["name"], &trials[1]["state"]), (&json!("AE seed 2"), &json!("running")));
    assert_eq!(trials[1]["epochs"], json!([{ "epoch": 1, "epochs": 3, "loss": 0.25 }]));

    // One at a time.
    let said =
        place.server.post_json("/api/runs", &json!({ "file": "mine/bad.toml" })).is_error(409);
    assert!(said.contains("mine/good.toml is running"), "{said}");
    assert_eq!(place.server.send("DELETE", &run, &[], b"").status, 204);
    let now = place.until(&run, |now| now["state"] == "stopped");
    assert_eq!(now["exit_code"], 130);
    assert!(now["ended_at"].as_f64() >= now["started_at"].as_f64());
    let output = place.server.get(&format!("{run}/output")).ok();
    let text = output["text"].as_str().unwrap();
    let folder = place.folder.path().canonicalize().unwrap();
    let called = format!(
        "called: --color never run {} --results {}",
        folder.join("mine/good.toml").display(),
        place.folder.path().join("results").display()
    );
    assert!(text.starts_with(&called), "{text}");
    assert!(
        text.contains("--until-stdin-ends") && text.ends_with("stopped in good order\n"),
        "{text}"
    );
    let rest = place.server.get(&format!("{run}/output?from={}", output["next"])).ok();
    assert_eq!((&rest["text"], &rest["more"]), (&json!(""), &json!(false)));
    place.server.get(&format!("{run}/report")).is_error(409);

    // It can be run again, and forgotten.
    let again = place.start_run();
    place.until(&again, |now| now["state"] == "running" && now["done"] == 1);
    place.server.send("DELETE", &again, &[], b"");
    place.until(&again, |now| now["state"] == "stopped");
    assert_eq!(place.server.send("DELETE", &again, &[], b"").status, 204);
    place.server.get(&again).is_error(404);
}

/// So does the second Ctrl-C.
#[test]
fn a_run_that_does_not_stop_is_ended_at_once_when_asked_again() {
    let place = Place::start();
    let run = place.start_run_of("stubborn");
    assert_eq!(place.server.send("DELETE", &run, &[], b"").status, 204);
    place.until(&run, |now| now["state"] == "stopping");
    assert_eq!(place.server.send("DELETE", &run, &[], b"").status, 204);
    let now = place.until(&run, |now| now["state"] == "stopped");
    assert!(now["exit_code"].is_null() && now["ended_at"].is_number(), "{now}");
    assert!(now["signal"].is_null(), "the user ended it: {now}");
}

/// Nobody has stopped it from here, and none of its trials runs any more.
#[test]
fn a_run_that_was_killed_is_called_so_by_this_server_and_the_next() {
    let place = Place::start();
    let run = place.start_run_of("killed");
    let now = place.until(&run, |now| now["state"] != "running");
    assert_eq!(
        (&now["state"], &now["signal"], &now["exit_code"]),
        (&json!("killed"), &json!(9), &Value::Null)
    );
    let states = |now: &Value| {
        let trials = now["trials_now"].as_array().unwrap();
        trials.iter().map(|trial| trial["state"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(states(&now), ["done", "waiting"]);
    let Place { server, folder } = place;
    drop(server);
    let now = serve(&folder).get(&run).ok();
    assert_eq!((&now["state"], &now["signal"]), (&json!("killed"), &json!(9)));
    assert_eq!(states(&now), ["done", "waiting"]);
}

#[test]
fn a_server_that_stops_stops_its_run_and_the_next_one_knows_it() {
    let Place { server, folder } = Place::start();
    let place = Place { server, folder };
    let run = place.start_run();
    place.until(&run, |now| now["done"] == 1);
    let Place { server, folder } = place;
    drop(server);
    let record = fs::read_to_string(
        folder.path().join("results/.runs").join(run.rsplit_once('/').unwrap().1).join("run.json"),
    );
    assert!(record.unwrap().contains("\"exit_code\": 130"));
    let place = Place { server: serve(&folder), folder };
    let now = place.server.get(&run).ok();
    assert_eq!(
        (&now["state"], &now["done"], &now["file"]),
        (&json!("stopped"), &json!(1), &json!("mine/good.toml"))
    );
    assert_eq!(now["trials_now"][0]["roc_auc"], 0.9);
}

#[test]
fn results_and_report_are_there_once_they_are_written() {
    let place = Place::start();
    let run = place.start_run();
    place.until(&run, |now| now["done"] == 1);
    let small = place.folder.path().join("results/small");
    fs::create_dir_all(&small).unwrap();
    fs::copy(results().join("small/manifest.json"), small.join("manifest.json")).unwrap();
    let report = place.folder.path().join("reports/small");
    fs::create_dir_all(&report).unwrap();
    fs::write(report.join("index.html"), "<!DOCTYPE html><title>r</title>").unwrap();
    let now = place.server.get(&run).ok();
    assert_eq!((&now["results"], &now["report"]), (&json!(["small"]), &json!(true)));
    let page = place.server.get(&format!("{run}/report"));
    assert_eq!((page.status, page.text().as_str()), (200, "<!DOCTYPE html><title>r</title>"));
    assert_eq!(page.header("content-disposition"), Some("attachment; filename=\"small.html\""));
}

#[test]
fn a_check_says_what_the_command_says() {
    let place = Place::start();
    let check = |file: &str| place.server.post_json("/api/runs/check", &json!({ "file": file }));
    let good = check("mine/good.toml").ok();
    assert_eq!((&good["ok"], &good["exit_code"]), (&json!(true), &json!(0)));
    assert!(
        good["output"].as_str().unwrap().starts_with("called: --color never check /"),
        "{good}"
    );
    let bad = check("mine/bad.toml").ok();
    assert_eq!((&bad["ok"], &bad["exit_code"]), (&json!(false), &json!(2)));
    assert!(bad["output"].as_str().unwrap().ends_with("no such key\n"), "{bad}");
    // A run of it ends at once, and says why.
    let run = place.server.post_json("/api/runs", &json!({ "file": "mine/bad.toml" })).ok();
    let run = format!("/api/runs/{}", run["id"].as_str().unwrap());
    let now = place.until(&run, |now| now["state"] == "failed");
    assert_eq!(now["exit_code"], 2);
    assert!(
        place.server.get(&format!("{run}/output")).ok()["text"]
            .as_str()
            .unwrap()
            .contains("no such key")
    );
}

#[test]
fn clients_choose_a_file_of_the_folder_and_nothing_else() {
    let place = Place::start();
    fs::write(place.folder.path().join("secret.toml"), "x").unwrap();
    std::os::unix::fs::symlink(
        place.folder.path().join("secret.toml"),
        place.folder.path().join("mine/link.toml"),
    )
    .unwrap();
    for address in ["/api/runs", "/api/runs/check"] {
        for bad in [
            "mine/link.toml",
            "mine/../secret.toml",
            "secret.toml",
            "/etc/passwd",
            "mine/notes.txt",
            "--help",
            "mine/good.toml --fresh",
            "",
        ] {
            place.server.post_json(address, &json!({ "file": bad })).is_error(404);
        }
        let more = json!({ "file": "mine/good.toml", "fresh": true });
        place.server.post_json(address, &more).is_error(400);
        for foreign in [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")] {
            let headers = [("content-type", "application/json"), foreign];
            place
                .server
                .send("POST", address, &headers, br#"{"file":"mine/good.toml"}"#)
                .is_error(403);
        }
        let form = [("content-type", "text/plain")];
        place.server.send("POST", address, &form, br#"{"file":"mine/good.toml"}"#).is_error(415);
    }
    assert_eq!(place.server.get("/api/runs").ok()["runs"], json!([]));
    for bad in ["..", "r-none", "..%2F..", "%2e%2e"] {
        place.server.get(&format!("/api/runs/{bad}/output")).is_error(404);
    }
}

#[test]
fn without_a_folder_nothing_is_run() {
    let server = start();
    let list = server.get("/api/runs").ok();
    assert_eq!((&list["allowed"], &list["runs"]), (&json!(false), &json!([])));
    for address in ["/api/runs", "/api/runs/check"] {
        let said = server.post_json(address, &json!({ "file": "mine/good.toml" }));
        assert!(said.json()["remedy"].as_str().unwrap().contains("--run-dir"));
        said.is_error(403);
    }
    server.send("DELETE", "/api/runs/r-x", &[], b"").is_error(403);
}

#[test]
fn a_folder_that_is_not_there_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    for (option, follow, run) in [
        ("--follow-dir", vec![folder.path().join("none")], vec![]),
        ("--run-dir", vec![], vec![folder.path().join("none")]),
    ] {
        let config = oddbench_serve::Config {
            addr: ([127, 0, 0, 1], 0).into(),
            results: folder.path().to_owned(),
            models: None,
            token: None,
            follow_dirs: follow,
            run_dirs: run,
            program: program(&folder),
            cache: crate::experiment::cache(folder.path()),
            limits: oddbench_serve::Limits::default(),
            extra: None,
        };
        let error = bind(config).err().unwrap();
        assert!(matches!(&error, ServeError::Folder { .. }), "{error}");
        assert!(error.to_string().starts_with(option), "{error}");
    }
}
