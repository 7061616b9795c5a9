//! A thousand malformed requests, drawn from a seed: each is answered with a 4xx, or its connection is
//! closed where HTTP itself is broken (the kinds that may be are marked below). Afterwards the server
//! serves, and its memory has not grown beyond its limits.

use std::io::{Read, Write};
use std::time::Duration;

use oddbench_core::SplitMix64;
use oddbench_serve::Limits;

use crate::experiment::trial;
use crate::http::status;
use crate::scoring::CSV;
use crate::server::{Running, start_with};

const REQUESTS: usize = 1_000;

struct Draws(SplitMix64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0.draw()
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn bytes(&mut self, n: usize) -> Vec<u8> {
        (0..n).map(|_| self.next() as u8).collect()
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// A request, and what may come of it.
struct Hostile {
    what: &'static str,
    bytes: Vec<u8>,
    /// Bytes that follow after a pause.
    later: Vec<u8>,
    /// HTTP itself is broken: the connection may be closed without an answer.
    may_close: bool,
}

fn request(method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

fn answered(what: &'static str, bytes: Vec<u8>) -> Hostile {
    Hostile { what, bytes, later: Vec::new(), may_close: false }
}

/// CSV that is no table, or none that the model can read: a header and rows with a byte, a line or a
/// value broken.
fn fuzzed_csv(draws: &mut Draws, path: &str) -> Hostile {
    let mut body = CSV.as_bytes().to_vec();
    match draws.below(6) {
        // A value that is no number in a column of numbers.
        0 => {
            body = CSV
                .replacen(
                    "181",
                    draws.one(&["x", "1e999", "0x1g", "--1", "1,2,3", "\"", "\u{0}"]),
                    1,
                )
                .into_bytes()
        }
        // A column that is not there.
        1 => {
            body = CSV
                .replacen("src_bytes", draws.one(&["source", "", "src bytes", "SRC_BYTES"]), 1)
                .into_bytes()
        }
        // A value too many.
        2 => body.extend_from_slice(b"1,2,3,4,http,x,y\n"),
        // A quote that never ends.
        3 => body.extend_from_slice(b"1,2,3,4,\"http"),
        // Noise in place of a table.
        4 => {
            let n = 1 + draws.below(5_000);
            body = draws.bytes(n);
        }
        // No rows, or a header alone.
        _ => body.truncate(draws.below(48)),
    }
    answered("fuzzed CSV", request("POST", path, "Content-Type: text/csv\r\n", &body))
}

/// JSON that is deep, wide, long, cut off, or no rows.
fn json_bomb(draws: &mut Draws, path: &str) -> Hostile {
    let depth = 1 + draws.below(200_000);
    let body = match draws.below(7) {
        0 => "[".repeat(depth),
        1 => "{\"a\":".repeat(depth),
        2 => format!("[{}1{}]", "[".repeat(depth), "]".repeat(depth)),
        3 => format!(
            "[{{{}}}]",
            (0..600).map(|at| format!("\"c{at}\":1")).collect::<Vec<_>>().join(",")
        ),
        4 => format!("[{}]", vec!["{\"a\":0}"; 60_000].join(",")),
        5 => draws
            .one(&[
                "null",
                "1",
                "\"x\"",
                "{}",
                "[]",
                "[[]]",
                "[null]",
                "{\"rows\":1}",
                "[{\"src_bytes\":",
                "nul",
            ])
            .to_owned(),
        _ => format!("[{{\"src_bytes\":1e{}}}]", 400 + draws.below(100_000)),
    };
    answered(
        "JSON bomb",
        request("POST", path, "Content-Type: application/json\r\n", body.as_bytes()),
    )
}

fn huge_head(draws: &mut Draws) -> Hostile {
    let long = "x".repeat(40_000 + draws.below(200_000));
    let many = 100 + draws.below(1_000);
    let head = match draws.below(4) {
        0 => format!("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: {long}\r\n\r\n"),
        1 => format!("GET /{long} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
        2 => format!("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n{}\r\n", "X: 1\r\n".repeat(many)),
        _ => format!("{long} / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
    };
    Hostile { what: "huge head", bytes: head.into_bytes(), later: Vec::new(), may_close: true }
}

/// Announces more than it sends, and sends that slowly.
fn slow_body(draws: &mut Draws, path: &str) -> Hostile {
    let announced = 100 + draws.below(1_000_000);
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/csv\r\nContent-Length: {announced}\r\n\r\na,"
    );
    Hostile { what: "slow body", bytes: head.into_bytes(), later: b"b".to_vec(), may_close: false }
}

fn path_trick(draws: &mut Draws) -> Hostile {
    let dots = draws.one(&[
        "..",
        "%2e%2e",
        "..%2f",
        "%2e%2e%2f",
        "..%5c",
        "....//",
        "%c0%ae%c0%ae",
        "..;",
        "%00",
        "~",
    ]);
    let times = 1 + draws.below(12);
    let tail = draws.one(&[
        "etc/passwd",
        "manifest.json",
        "small/manifest.json",
        "Cargo.toml",
        "%00",
        "",
        "con",
    ]);
    let base = draws.one(&[
        "/api/experiments/",
        "/api/experiments/small/trials/",
        "/api/experiments/small/figures/",
        "/assets/",
        "/api/uploads/",
        "/api/jobs/",
        "/assets/js/",
        "/api/experiments/small/rows/",
        "/x/",
    ]);
    let path = format!("{base}{}/{tail}", vec![dots; times].join("/"));
    answered("path trick", request("GET", &path, "", b""))
}

fn broken_http(draws: &mut Draws) -> Hostile {
    let bytes = match draws.below(6) {
        0 => {
            let n = 1 + draws.below(2_000);
            let mut noise = draws.bytes(n);
            noise.extend_from_slice(b"\r\n\r\n");
            noise
        }
        1 => b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        2 => b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nBad Header: 1\r\n\r\n".to_vec(),
        3 => b"POST /api/uploads HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_vec(),
        4 => b"POST /api/uploads HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n".to_vec(),
        _ => b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
    };
    Hostile { what: "broken HTTP", bytes, later: Vec::new(), may_close: true }
}

fn wrong_request(draws: &mut Draws, upload: &str) -> Hostile {
    let json = "Content-Type: application/json\r\n";
    let bytes = match draws.below(6) {
        0 => {
            request(draws.one(&["PUT", "PATCH", "TRACE", "BREW", "DELETE"]), "/api/score", "", b"")
        }
        1 => {
            request("GET", "/api/experiments/small/rows?size=-1&page=99999999999999999999", "", b"")
        }
        2 => request(
            "POST",
            &format!("/api/uploads/{upload}/jobs"),
            json,
            draws
                .one(&[
                    "{}",
                    "[]",
                    "{\"action\":\"fit\"}",
                    "{\"action\":\"fit\",\"kind\":\"svm\"}",
                    "\u{0}",
                ])
                .as_bytes(),
        ),
        3 => request(
            "POST",
            "/api/uploads",
            "Content-Type: text/csv\r\nOrigin: http://evil.example\r\n",
            b"a\n1\n",
        ),
        4 => request(
            "POST",
            "/api/score?model=small%2F..%2F..&threshold=x",
            "Content-Type: text/csv\r\n",
            b"a\n1\n",
        ),
        _ => request("POST", "/api/uploads", "Content-Type: multipart/form-data\r\n", b"--x\r\n"),
    };
    answered("wrong request", bytes)
}

fn drawn(draws: &mut Draws, score: &str, upload: &str) -> Hostile {
    match draws.below(100) {
        0..30 => fuzzed_csv(draws, score),
        30..50 => json_bomb(draws, score),
        50..60 => huge_head(draws),
        60..63 => slow_body(draws, score),
        63..80 => path_trick(draws),
        80..90 => broken_http(draws),
        _ => wrong_request(draws, upload),
    }
}

fn send(server: &Running, hostile: &Hostile) -> Option<u16> {
    let mut stream = server.connect();
    // A server that has refused may close before everything is sent.
    let _ = stream.write_all(&hostile.bytes);
    if !hostile.later.is_empty() {
        std::thread::sleep(Duration::from_millis(20));
        let _ = stream.write_all(&hostile.later);
    }
    let found = status(&mut stream);
    let _ = stream.read(&mut [0; 1024]);
    found
}

/// Resident memory of this process, of which the server is a part, in MiB.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

#[test]
fn a_thousand_malformed_requests_are_refused_and_change_nothing() {
    let limits = Limits {
        body_stall: Duration::from_millis(100),
        head_time: Duration::from_millis(500),
        ..Limits::default()
    };
    let server = start_with(|config| config.limits = limits);
    let score = format!("/api/score?model=small/{}", trial("PCA"));
    let uploaded = server.post_csv("/api/uploads", CSV.as_bytes()).ok();
    let upload = uploaded["id"].as_str().unwrap().to_owned();
    let expected = server.post_csv(&score, CSV.as_bytes()).ok()["scores"].clone();

    let mut draws = Draws(SplitMix64(20_261_121));
    let (mut refused, mut closed) = (0, 0);
    let mut settled = None;
    for at in 0..REQUESTS {
        let hostile = drawn(&mut draws, &score, &upload);
        match send(&server, &hostile) {
            Some(status) => {
                let shown = String::from_utf8_lossy(&hostile.bytes[..hostile.bytes.len().min(300)])
                    .into_owned();
                assert!(
                    (400..500).contains(&status),
                    "request {at}, {}: {status}\n{shown}",
                    hostile.what
                );
                refused += 1;
            }
            None => {
                assert!(
                    hostile.may_close,
                    "request {at}, {}: closed without an answer",
                    hostile.what
                );
                closed += 1;
            }
        }
        if at == REQUESTS / 5 {
            settled = resident();
        }
    }
    eprintln!("{refused} refused with a 4xx, {closed} connections closed");
    assert!(refused > REQUESTS * 3 / 4);
    assert_eq!(server.get("/api/health").ok()["status"], "ok");
    assert_eq!(server.post_csv(&score, CSV.as_bytes()).ok()["scores"], expected);
    if let (Some(settled), Some(now)) = (settled, resident()) {
        eprintln!(
            "resident memory: {settled:.0} MiB after a fifth of the requests, {now:.0} MiB at the end"
        );
        // Other tests run in this process; a leak of every body would be gigabytes.
        assert!(now < settled + 300.0, "{settled} MiB, then {now} MiB");
    }
}
