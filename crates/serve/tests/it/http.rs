//! A client for tests: whole requests by ureq, and broken ones byte by byte.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::{Method, Request};

use crate::schema;
use crate::server::Running;

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}: {}", self.status, self.text()))
    }

    /// The JSON of a success.
    pub fn ok(&self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, self.text());
        self.json()
    }

    /// Holds that it is that error, in the form that every error has.
    pub fn is_error(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        let json = self.json();
        assert!(json["remedy"].as_str().is_some_and(|text| !text.is_empty()), "{json}");
        json["error"].as_str().unwrap().to_owned()
    }
}

impl Running {
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    pub fn post_json(&self, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        self.send("POST", path, &[("content-type", "application/json")], body.as_bytes())
    }

    pub fn post_csv(&self, path: &str, body: &[u8]) -> Answer {
        self.send("POST", path, &[("content-type", "text/csv")], body)
    }

    /// Any request that is well-formed.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(60)))
            .allow_non_standard_methods(true);
        let agent: Agent = config.build().into();
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(format!("http://{}{path}", self.addr));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = match body.is_empty() && method != "POST" {
            true => agent.run(request.body(()).unwrap()),
            false => agent.run(request.body(body).unwrap()),
        };
        let mut response = response.unwrap();
        let text = |value: &ureq::http::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect();
        let body = response.body_mut().with_config().limit(256 << 20).read_to_vec().unwrap();
        let answer = Answer { status: response.status().as_u16(), headers, body };
        schema::check(method, path, &answer);
        answer
    }

    /// Bytes to the socket, and the status of the answer; `None` if the connection was closed without
    /// one.
    pub fn raw(&self, bytes: &[u8]) -> Option<u16> {
        let mut stream = self.connect();
        // The server may have closed already: its answer tells.
        let _ = stream.write_all(bytes);
        status(&mut stream)
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.addr).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// The events of a stream until it ends or `enough` says so.
    pub fn events(
        &self,
        path: &str,
        enough: impl Fn(&[(String, Value)]) -> bool,
    ) -> Vec<(String, Value)> {
        let mut stream = self.connect();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.addr)
            .unwrap();
        let (mut text, mut buffer) = (String::new(), [0; 4096]);
        loop {
            let n = stream.read(&mut buffer).unwrap();
            text.push_str(&String::from_utf8_lossy(&buffer[..n]));
            let events = parse_events(&text);
            if n == 0 || enough(&events) {
                assert!(text.starts_with("HTTP/1.1 200"), "{text}");
                return events;
            }
        }
    }
}

/// Events that are whole; chunk sizes between their lines are passed over.
fn parse_events(text: &str) -> Vec<(String, Value)> {
    let mut events = Vec::new();
    let mut name = String::new();
    for line in text.lines() {
        if let Some(event) = line.strip_prefix("event: ") {
            name = event.to_owned();
        } else if let Some(data) = line.strip_prefix("data: ")
            && let Ok(data) = serde_json::from_str(data)
        {
            events.push((name.clone(), data));
        }
    }
    events
}

/// The status line's code.
pub fn status(stream: &mut TcpStream) -> Option<u16> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 1024];
    while !bytes.windows(2).any(|pair| pair == b"\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(n) => bytes.extend_from_slice(&buffer[..n]),
        }
    }
    let line = String::from_utf8_lossy(&bytes);
    line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}
