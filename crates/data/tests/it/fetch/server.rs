//! A tiny HTTP server on 127.0.0.1 that answers as a test wants it to, faults included.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a client asked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub path: String,
    /// First byte of `Range: bytes=FIRST-`.
    pub range: Option<usize>,
    pub if_range: Option<String>,
}

/// The answer that it gets.
#[derive(Clone)]
pub struct Reply {
    pub status: &'static str,
    pub headers: Vec<String>,
    pub body: Vec<u8>,
    /// In place of the body's length.
    pub declared: Option<usize>,
    /// Bytes of the body that are sent before the connection is closed.
    pub cut: Option<usize>,
    /// Pause before each kilobyte.
    pub pause: Duration,
    /// Repeats the body for ever and declares no length.
    pub endless: bool,
}

impl Reply {
    pub fn ok(body: &[u8]) -> Self {
        Self::status("200 OK", body)
    }

    pub fn status(status: &'static str, body: &[u8]) -> Self {
        Self {
            status,
            headers: vec![],
            body: body.into(),
            declared: None,
            cut: None,
            pause: Duration::ZERO,
            endless: false,
        }
    }

    /// The rest of the body from `first`, as a server that knows ranges sends it.
    pub fn partial(body: &[u8], first: usize) -> Self {
        let range = format!("Content-Range: bytes {first}-{}/{}", body.len() - 1, body.len());
        Self::status("206 Partial Content", &body[first..]).header(&range)
    }

    pub fn header(mut self, line: &str) -> Self {
        self.headers.push(line.into());
        self
    }

    pub fn cut(mut self, at: usize) -> Self {
        self.cut = Some(at);
        self
    }
}

pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers request number 0, 1, ... by `answer`; runs until the test's process ends.
    pub fn start(answer: impl Fn(usize, &Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let requests = seen.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let Some(request) = read(&stream) else { continue };
                let number = {
                    let mut seen: std::sync::MutexGuard<'_, Vec<Request>> =
                        requests.lock().unwrap();
                    seen.push(request.clone());
                    seen.len() - 1
                };
                let reply = answer(number, &request);
                // A client that hangs up is part of some tests.
                let _ = write(&mut stream, &reply);
            }
        });
        Self { url, seen }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines();
    let path = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    let mut request = Request { path, ..Request::default() };
    for line in lines {
        let line = line.ok()?;
        let Some((name, value)) = line.split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "range" => {
                request.range = value.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok();
            }
            "if-range" => request.if_range = Some(value.to_owned()),
            _ => {}
        }
    }
    Some(request)
}

fn write(stream: &mut TcpStream, reply: &Reply) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {}\r\nConnection: close\r\n", reply.status);
    if !reply.endless {
        let length = reply.declared.unwrap_or(reply.body.len());
        head += &format!("Content-Length: {length}\r\n");
    }
    for line in &reply.headers {
        head += &format!("{line}\r\n");
    }
    stream.write_all((head + "\r\n").as_bytes())?;
    let end = reply.cut.unwrap_or(reply.body.len());
    loop {
        for chunk in reply.body[..end].chunks(1024) {
            std::thread::sleep(reply.pause);
            stream.write_all(chunk)?;
        }
        stream.flush()?;
        if !reply.endless {
            return Ok(());
        }
    }
}
