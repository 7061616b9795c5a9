//! What a server on somebody's desk must withstand.

use std::io::{Read, Write};
use std::thread::sleep;
use std::time::{Duration, Instant};

use oddbench_serve::{Limits, ServeError, bind};
use serde_json::json;

use crate::http::status;
use crate::scoring::CSV;
use crate::server::{Running, hasty, no_program, start, start_with};

const TOKEN: &str = "a token of some length";

fn alive(server: &Running) {
    assert_eq!(server.get("/api/health").ok()["status"], "ok");
}

#[test]
fn every_answer_carries_the_security_headers() {
    let server = start();
    for path in [
        "/",
        "/api/health",
        "/metrics",
        "/api/none",
        "/none",
        "/api/openapi.json",
        "/panics",
        "/api/experiments",
    ] {
        let answer = server.get(path);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'self'; ") && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert!(answer.header("cache-control").is_some(), "{path}");
        assert!(answer.header("access-control-allow-origin").is_none(), "{path}");
    }
}

#[test]
fn a_panic_is_a_500_and_nothing_else() {
    let server = start();
    for _ in 0..20 {
        let said = server.get("/panics").is_error(500);
        assert!(!said.contains("cheese"), "{said}");
    }
    alive(&server);
}

#[test]
fn unknown_paths_methods_and_tricks_are_refused() {
    let server = start();
    for path in ["/api/none", "/none", "/api/uploads/u-x", "/api/jobs/j-x/result"] {
        server.get(path).is_error(404);
    }
    server.send("PUT", "/api/score", &[], b"").is_error(405);
    server.send("DELETE", "/api/health", &[], b"").is_error(405);
    for path in [
        "/../../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/assets/../../Cargo.toml",
        "//etc/passwd",
        "/api/experiments/..",
        "/api/experiments/..%2F..%2Fetc",
        "/api/experiments/%2e%2e",
        "/api/experiments/.",
        "/api/experiments/small%00",
        "/api/experiments/small/trials/..%2f..",
        "/api/experiments/small/figures/..%2Fmanifest.json",
        "/api/experiments/%FF%FE",
        "/api/experiments/small%2F..%2Fsmall",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/api/live?experiment=..&trial=x",
        "/api/experiments/..%5C..%5C",
    ] {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.addr);
        let status = server.raw(request.as_bytes());
        assert!(matches!(status, Some(400 | 404)), "{path}: {status:?}");
    }
    for model in
        ["../small", "small/..", "saved/../..", "/etc/passwd", "small/", "fitted/../x", "..%2f.."]
    {
        let answer = server.post_csv(&format!("/api/score?model={model}"), CSV.as_bytes());
        answer.is_error(404);
    }
    alive(&server);
}

#[test]
fn other_names_of_this_machine_are_refused_on_loopback() {
    let server = start();
    let ask = |host: &str| {
        server.raw(
            format!("GET /api/health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        )
    };
    assert_eq!(ask("evil.example"), Some(403));
    assert_eq!(ask("127.0.0.1.evil.example"), Some(403));
    assert_eq!(ask("localhost:1"), Some(200));
    assert_eq!(server.raw(b"GET /api/health HTTP/1.0\r\n\r\n").unwrap_or(403), 403);
}

#[test]
fn pages_of_other_sites_can_do_nothing() {
    let server = start();
    let post = |headers: &[(&str, &str)]| {
        let mut all = vec![("content-type", "text/csv")];
        all.extend_from_slice(headers);
        server.send("POST", "/api/uploads", &all, b"a,b\n1,2\n").status
    };
    let own = format!("http://{}", server.addr);
    assert_eq!(post(&[]), 201);
    assert_eq!(post(&[("origin", &own), ("sec-fetch-site", "same-origin")]), 201);
    assert_eq!(post(&[("origin", "http://evil.example")]), 403);
    assert_eq!(post(&[("origin", "null")]), 403);
    assert_eq!(post(&[("sec-fetch-site", "cross-site")]), 403);
    let read = server.send("GET", "/api/experiments", &[("sec-fetch-site", "cross-site")], b"");
    read.is_error(403);
    assert_eq!(
        server
            .send("OPTIONS", "/api/score", &[("origin", "http://evil.example")], b"")
            .header("access-control-allow-origin"),
        None
    );
}

#[test]
fn an_address_that_others_reach_needs_a_token() {
    let server = start();
    drop(server);
    let folder = tempfile::tempdir().unwrap();
    let config = |token: Option<&str>| oddbench_serve::Config {
        addr: ([0, 0, 0, 0], 0).into(),
        results: folder.path().to_owned(),
        models: None,
        token: token.map(str::to_owned),
        follow_dirs: vec![folder.path().to_owned()],
        run_dirs: vec![folder.path().to_owned()],
        program: no_program(),
        cache: crate::experiment::cache(folder.path()),
        limits: Limits::default(),
        extra: None,
    };
    // Whatever may be followed or run.
    assert!(matches!(bind(config(None)), Err(ServeError::NeedsToken(_))));
    assert!(matches!(bind(config(Some("short"))), Err(ServeError::WeakToken)));
}

#[test]
fn with_a_token_nothing_is_open_but_the_login() {
    let server = start_with(|config| config.token = Some(TOKEN.into()));
    alive(&server);
    for path in ["/api/experiments", "/api/models", "/metrics", "/api/openapi.json"] {
        server.get(path).is_error(401);
    }
    let page = server.get("/");
    assert_eq!((page.status, page.header("location")), (303, Some("/login")));
    assert_eq!(server.get("/login").status, 200);
    let with = |value: &str| {
        server.send("GET", "/api/experiments", &[("authorization", value)], b"").status
    };
    assert_eq!(with(&format!("Bearer {TOKEN}")), 200);
    for wrong in [
        "Bearer",
        "Bearer ",
        "Bearer x",
        &format!("Basic {TOKEN}"),
        &format!("Bearer {TOKEN}x"),
        TOKEN,
    ] {
        assert_eq!(with(wrong), 401, "{wrong}");
    }
    server.post_json("/api/login", &json!({ "token": "wrong" })).is_error(401);
    let login = server.post_json("/api/login", &json!({ "token": TOKEN }));
    assert_eq!(login.status, 204);
    let cookie = login.header("set-cookie").unwrap();
    assert!(
        cookie.contains("HttpOnly")
            && cookie.contains("SameSite=Strict")
            && !cookie.contains(TOKEN),
        "{cookie}"
    );
    let pair = cookie.split(';').next().unwrap();
    let with_cookie = |pair: &str| {
        server.send("GET", "/api/session", &[("cookie", pair)], b"").json()["logged_in"].clone()
    };
    assert_eq!(with_cookie(pair), json!(true));
    assert_eq!(with_cookie("oddbench_session=guess"), json!(false));
    assert_eq!(server.send("GET", "/", &[("cookie", pair)], b"").status, 200);
}

#[test]
fn slow_headers_and_slow_bodies_end() {
    let server = start_with(|config| config.limits = hasty());
    let mut headers = server.connect();
    headers.write_all(b"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\n").unwrap();
    let started = Instant::now();
    // A connection that HTTP never got through is closed, with 408 if hyper still can say so.
    assert!(matches!(status(&mut headers), None | Some(408)));
    assert!(started.elapsed() < Duration::from_secs(5));

    let mut body = server.connect();
    write!(body, "POST /api/uploads HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/csv\r\nContent-Length: 100\r\n\r\na,b\n").unwrap();
    assert_eq!(status(&mut body), Some(408));

    // Steadily, but too slow as a whole.
    let mut drip = server.connect();
    write!(drip, "POST /api/uploads HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/csv\r\nContent-Length: 1000\r\n\r\n").unwrap();
    for _ in 0..12 {
        let _ = drip.write_all(b"1");
        sleep(Duration::from_millis(250));
    }
    assert_eq!(status(&mut drip), Some(408));
    alive(&server);
}

#[test]
fn idle_connections_make_room() {
    let limits = Limits { connections: 4, ..hasty() };
    let server = start_with(|config| config.limits = limits);
    let idle: Vec<_> = (0..8).map(|_| server.connect()).collect();
    // All places are taken by clients that say nothing: they lose them.
    alive(&server);
    drop(idle);
}

#[test]
fn a_client_that_does_not_read_loses_its_connection() {
    let limits = Limits { write_stall: Duration::from_millis(400), ..Limits::default() };
    let server = start_with(|config| config.limits = limits);
    let mut greedy = server.connect();
    // Far more answers than the sockets' buffers hold.
    let request =
        b"GET /assets/vendor/uPlot.iife.min.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(400);
    greedy.write_all(&request).unwrap();
    sleep(Duration::from_secs(2));
    let mut all = Vec::new();
    // The connection ends before all 400 answers came.
    let _ = greedy.read_to_end(&mut all);
    let answers = all.windows(15).filter(|bytes| bytes == b"HTTP/1.1 200 OK").count();
    assert!((1..400).contains(&answers), "{answers}");
    alive(&server);
}

#[test]
fn heads_are_bounded() {
    let server = start();
    let long = "x".repeat(100_000);
    let host = server.addr;
    for head in [
        format!("GET / HTTP/1.1\r\nHost: {host}\r\nX-Long: {long}\r\n\r\n"),
        format!("GET /{long} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: {host}\r\n{}\r\n", "X-Many: 1\r\n".repeat(500)),
    ] {
        let status = server.raw(head.as_bytes());
        assert!(matches!(status, None | Some(400 | 414 | 431)), "{status:?}");
    }
    alive(&server);
}

#[test]
fn bodies_that_lie_about_their_length_are_refused() {
    let server = start();
    let host = server.addr;
    let head = format!("POST /api/uploads HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/csv\r\n");
    for (rest, expected) in [
        ("Content-Length: 99999999999\r\n\r\n", 413),
        ("Content-Length: -1\r\n\r\n", 400),
        ("Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", 400),
        ("Content-Length: 18446744073709551616\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    ] {
        assert_eq!(server.raw(format!("{head}{rest}").as_bytes()), Some(expected), "{rest}");
    }
    alive(&server);
}

#[test]
fn metrics_count_what_was_answered() {
    let server = start();
    server.get("/api/none");
    server.get("/api/health");
    server.get("/api/health");
    let text = server.get("/metrics").text();
    assert!(
        text.contains("oddbench_requests_total{route=\"/api/health\",status=\"200\"} 2\n"),
        "{text}"
    );
    assert!(text.contains("# TYPE oddbench_score_seconds histogram"), "{text}");
}

#[test]
fn assets_are_revalidated() {
    let server = start();
    let page = server.get("/");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let tag = page.header("etag").unwrap();
    let again = server.send("GET", "/", &[("if-none-match", tag)], b"");
    assert_eq!((again.status, again.body.len()), (304, 0));
}
