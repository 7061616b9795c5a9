//! Files that are followed: what is appended is scored, the file may begin anew, bad lines are counted, and nothing
//! outside of the folders that the operator named can be read.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::experiment::trial;
use crate::scoring::{CSV, model, rows};
use crate::server::{Running, start, start_with};

const HEADER: &str = "src_bytes,dst_bytes,count,serror_rate,service,note\n";

/// A server that may follow the files of a folder, which goes with it.
struct Following {
    server: Running,
    folder: TempDir,
}

impl Following {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("logs")).unwrap();
        let logs = folder.path().join("logs");
        let server = start_with(|config| config.follow_dirs = vec![logs]);
        Self { server, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("logs").join(name)
    }

    fn follow(&self, file: &str, more: Value) -> Value {
        let mut asked =
            json!({ "file": format!("logs/{file}"), "model": format!("small/{}", trial("AE")) });
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.server.post_json("/api/follows", &asked);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    fn now(&self, follow: &Value) -> Value {
        self.server.get(&address(follow)).ok()
    }

    /// Waits until what is known of a follow passes `check`.
    fn until(&self, follow: &Value, check: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let now = self.now(follow);
            if check(&now) {
                return now;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "waited in vain: {now}");
            sleep(Duration::from_millis(20));
        }
    }
}

fn address(follow: &Value) -> String {
    format!("/api/follows/{}", follow["id"].as_str().unwrap())
}

fn append(path: &Path, text: &str) {
    fs::OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

fn body() -> &'static str {
    CSV.split_once('\n').unwrap().1
}

#[test]
fn appended_lines_are_scored_as_the_library_scores_them() {
    let place = Following::start();
    let log = place.path("conn.csv");
    fs::write(&log, CSV).unwrap();
    let expected = model("AE").score_rows(&rows(CSV)).unwrap();
    let mut sorted = expected.scores.clone();
    sorted.sort_by(f64::total_cmp);
    // Two of the five rows score higher.
    let threshold = sorted[2];
    let follow = place.follow("conn.csv", json!({ "threshold": threshold }));
    let now = place.until(&follow, |now| now["rows"] == 5 && now["caught_up"] == true);
    assert_eq!(
        (&now["alarms"], &now["skipped"], &now["state"]),
        (&json!(2), &json!(0), &json!("following"))
    );

    // Half a line waits for its end; a bad one is counted and named.
    append(&log, "1,2,x,0,http,bad\n9000000,3,511,0.5,ht");
    let now = place.until(&follow, |now| now["skipped"] == 1);
    assert!(now["faults"][0].as_str().unwrap().contains("line 7"), "{now}");
    assert_eq!(now["rows"], 5);
    append(&log, "tp,d\n");
    let now = place.until(&follow, |now| now["rows"] == 6);
    assert_eq!(now["alarms"], 3, "the fourth row of the file is one of the two");

    let list = place.server.get(&format!("{}/alarms?size=10", address(&follow))).ok();
    assert_eq!((&list["total"], &list["kept"]), (&json!(3), &json!(3)));
    let newest = &list["alarms"][0];
    assert_eq!((&newest["position"], &newest["line"]), (&json!(5), &json!(8)));
    assert_eq!(newest["score"], json!(expected.scores[3]));
    assert_eq!(newest["values"]["note"], "d");
    let top = newest["top"].as_array().unwrap();
    assert!(!top.is_empty() && top[0]["share"].as_f64().unwrap() > 0.0, "{newest}");
    let written = newest["values"][top[0]["feature"].as_str().unwrap()].as_str().unwrap();
    let expected = written.parse::<f64>().map_or(json!(written), |number| json!(number));
    assert_eq!(top[0]["value"], expected, "a reason has its value");

    let row = place.server.get(&format!("{}/alarms/5", address(&follow))).ok();
    let features = row["features"].as_array().unwrap();
    let of = |name: &str| features.iter().find(|feature| feature["name"] == name).unwrap();
    assert_eq!(
        (&of("src_bytes")["value"], &of("src_bytes")["used"]),
        (&json!(9_000_000.0), &json!(true))
    );
    assert!(of("src_bytes")["usual"]["high"].is_number(), "{row}");
    assert_eq!((&of("note")["value"], &of("note")["used"]), (&json!("d"), &json!(false)));
    assert!(
        of("note")["outside"].is_null(),
        "nothing is known of a column that the model does not read"
    );
    place.server.get(&format!("{}/alarms/0", address(&follow))).is_error(404);
    place.server.get(&format!("{}/alarms?size=0", address(&follow))).is_error(400);
    place.server.get(&format!("{}/alarms?size=501", address(&follow))).is_error(400);
}

#[test]
fn a_file_that_is_truncated_or_rotated_goes_on() {
    let place = Following::start();
    let log = place.path("conn.csv");
    fs::write(&log, CSV).unwrap();
    let follow = place.follow("conn.csv", json!({}));
    place.until(&follow, |now| now["rows"] == 5);
    fs::write(&log, format!("{HEADER}1,2,3,0,http,z\n")).unwrap();
    let now = place.until(&follow, |now| now["rows"] == 6);
    assert_eq!((&now["restarts"], &now["skipped"]), (&json!(1), &json!(0)));
    fs::rename(&log, place.path("conn.1.csv")).unwrap();
    fs::write(&log, CSV).unwrap();
    let now = place.until(&follow, |now| now["rows"] == 11);
    assert_eq!((&now["restarts"], &now["skipped"]), (&json!(2), &json!(0)));
}

#[test]
fn a_follow_rests_goes_on_where_it_stopped_and_ends() {
    let place = Following::start();
    let log = place.path("conn.csv");
    fs::write(&log, CSV).unwrap();
    let follow = place.follow("conn.csv", json!({ "from_end": true }));
    let now = place.until(&follow, |now| now["caught_up"] == true);
    assert_eq!((&now["rows"], &now["from_end"]), (&json!(0), &json!(true)));
    append(&log, body());
    place.until(&follow, |now| now["rows"] == 5);
    let pause =
        |paused: bool| place.server.post_json(&address(&follow), &json!({ "paused": paused })).ok();
    assert_eq!(pause(true)["state"], "paused");
    // Whatever it was just reading is read by now.
    sleep(Duration::from_millis(300));
    append(&log, body());
    sleep(Duration::from_millis(500));
    assert_eq!(place.now(&follow)["rows"], 5, "it rests");
    assert_eq!(pause(false)["state"], "following");
    place.until(&follow, |now| now["rows"] == 10);
    assert_eq!(place.server.get("/api/follows").ok()["follows"].as_array().unwrap().len(), 1);
    assert_eq!(place.server.send("DELETE", &address(&follow), &[], b"").status, 204);
    place.server.get(&address(&follow)).is_error(404);
    place.server.send("DELETE", &address(&follow), &[], b"").is_error(404);
}

#[test]
fn json_lines_and_zeek_logs_are_followed() {
    let place = Following::start();
    let json_line =
        r#"{"src_bytes":181,"dst_bytes":5450,"count":8,"serror_rate":0,"service":"http"}"#;
    fs::write(place.path("eve.json"), format!("{json_line}\n{json_line}\n")).unwrap();
    let zeek = "#separator \\x09\n#fields\tsrc_bytes\tdst_bytes\tcount\tserror_rate\tservice\n181\t5450\t8\t0\thttp\n";
    fs::write(place.path("conn.log"), zeek).unwrap();
    let (json, log) = (place.follow("eve.json", json!({})), place.follow("conn.log", json!({})));
    place.until(&json, |now| now["rows"] == 2 && now["skipped"] == 0);
    place.until(&log, |now| now["rows"] == 1 && now["skipped"] == 0);
}

/// The page chooses a model by it.
#[test]
fn models_tell_which_of_their_columns_a_file_lacks() {
    let place = Following::start();
    fs::write(place.path("conn.csv"), CSV).unwrap();
    fs::write(place.path("other.csv"), "src_bytes,b\n1,2\n").unwrap();
    fs::write(place.path("empty.csv"), "").unwrap();
    let ae = format!("small/{}", trial("AE"));
    let lacking = |file: &str| {
        let list = place.server.get(&format!("/api/models?brief=1&file=logs/{file}")).ok();
        let found = list["models"].as_array().unwrap().iter().find(|model| model["id"] == ae);
        found.unwrap()["lacking"].clone()
    };
    assert_eq!(lacking("conn.csv"), json!([]));
    let other: Vec<String> = serde_json::from_value(lacking("other.csv")).unwrap();
    assert!(other.contains(&"count".to_owned()), "{other:?}");
    assert!(!other.contains(&"src_bytes".to_owned()), "{other:?}");
    assert!(lacking("empty.csv").is_null(), "its columns are not known yet");
    place.server.get("/api/models?file=logs/none.csv").is_error(404);
    start().get("/api/models?file=logs/conn.csv").is_error(403);
}

#[test]
fn what_a_model_cannot_read_is_said_with_a_remedy() {
    let place = Following::start();
    fs::write(place.path("other.csv"), "a,b\n1,2\n").unwrap();
    let follow = place.follow("other.csv", json!({}));
    let now = place.until(&follow, |now| now["state"] == "failed");
    assert!(now["error"].as_str().unwrap().contains("no column"), "{now}");
    assert!(now["remedy"].as_str().unwrap().starts_with("choose another model"), "{now}");
    let post = |asked: Value| place.server.post_json("/api/follows", &asked);
    let model = format!("small/{}", trial("AE"));
    post(json!({ "file": "logs/other.csv", "model": "small/none" })).is_error(404);
    post(json!({ "file": "logs/other.csv" })).is_error(400);
    post(json!({ "file": "logs/other.csv", "model": model, "path": "/etc/passwd" })).is_error(400);
    for _ in 0..3 {
        place.follow("other.csv", json!({}));
    }
    post(json!({ "file": "logs/other.csv", "model": model })).is_error(429);
}

#[test]
fn without_a_folder_nothing_is_followed() {
    let server = start();
    let list = server.get("/api/follows").ok();
    assert_eq!((&list["allowed"], &list["offered"]["files"]), (&json!(false), &json!([])));
    let asked = json!({ "file": "logs/conn.csv", "model": format!("small/{}", trial("AE")) });
    let said = server.post_json("/api/follows", &asked);
    assert!(said.json()["remedy"].as_str().unwrap().contains("--follow-dir"));
    said.is_error(403);
}

#[test]
#[cfg(unix)]
fn nothing_outside_of_the_folder_is_listed_or_read() {
    use std::os::unix::fs::symlink;
    let place = Following::start();
    fs::write(place.folder.path().join("secret.csv"), CSV).unwrap();
    fs::write(place.path("conn.csv"), CSV).unwrap();
    fs::write(place.path("conn.csv.gz"), "no lines").unwrap();
    symlink(place.folder.path().join("secret.csv"), place.path("link.csv")).unwrap();
    symlink(place.folder.path(), place.path("up")).unwrap();
    symlink("/etc", place.path("etc")).unwrap();
    let offered = place.server.get("/api/follows").ok()["offered"].clone();
    let names: Vec<&str> = offered["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["logs/conn.csv"]);
    let model = format!("small/{}", trial("AE"));
    for bad in [
        "logs/link.csv",
        "logs/up/secret.csv",
        "logs/../secret.csv",
        "../secret.csv",
        "secret.csv",
        "/etc/passwd",
        "logs/etc/passwd",
        "logs//conn.csv",
        "logs/./conn.csv",
        "logs/conn.csv\0",
        "logs\\conn.csv",
        "logs",
        "",
    ] {
        let asked = json!({ "file": bad, "model": model });
        place.server.post_json("/api/follows", &asked).is_error(404);
    }
    // A log that is rotated into a link is not followed through it.
    let follow = place.follow("conn.csv", json!({}));
    place.until(&follow, |now| now["rows"] == 5 && now["caught_up"] == true);
    fs::remove_file(place.path("conn.csv")).unwrap();
    symlink(place.folder.path().join("secret.csv"), place.path("conn.csv")).unwrap();
    sleep(Duration::from_millis(300));
    let now = place.now(&follow);
    assert_eq!((&now["rows"], &now["restarts"]), (&json!(5), &json!(0)));
}

#[test]
fn pages_of_other_sites_follow_nothing() {
    let place = Following::start();
    fs::write(place.path("conn.csv"), CSV).unwrap();
    let asked =
        json!({ "file": "logs/conn.csv", "model": format!("small/{}", trial("AE")) }).to_string();
    for foreign in [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")] {
        let headers = [("content-type", "application/json"), foreign];
        place.server.send("POST", "/api/follows", &headers, asked.as_bytes()).is_error(403);
    }
    // A form cannot send JSON.
    let form = [("content-type", "text/plain")];
    place.server.send("POST", "/api/follows", &form, asked.as_bytes()).is_error(415);
    assert_eq!(place.server.get("/api/follows").ok()["follows"], json!([]));
}
