//! Downloads over HTTP: several homes, several tries each, continued where a connection broke.

use std::fs;
use std::io::{Read, Write};
use std::time::Duration;

use oddbench_core::counts::counted;

use ureq::http::{Response, header};
use ureq::{Agent, Body};

use super::error::{Attempt, Fault, FetchError};
use super::incoming::{Incoming, Origin};
use super::{Download, Patience, verify};
use crate::catalog::File;

/// Fetches the file from the first URL that has it.
pub(super) fn fetch_any(
    urls: &[String],
    file: &File,
    incoming: &Incoming,
    patience: &Patience,
    watch: &dyn Download,
) -> Result<(), FetchError> {
    let agent = agent(patience);
    let mut attempts = Vec::new();
    for url in urls {
        let transfer = Transfer { agent: &agent, url, file, incoming, patience, watch };
        match transfer.run() {
            Ok(()) => return Ok(()),
            Err(Stop::Disk(error)) => return Err(error),
            Err(Stop::Final(cause) | Stop::Again(cause)) => {
                attempts.push(Attempt { url: without_password(url), cause });
            }
        }
    }
    Err(FetchError::Download { file: file.path.clone(), attempts })
}

fn agent(patience: &Patience) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .user_agent(concat!("oddbench/", env!("CARGO_PKG_VERSION")))
        // The file as it is: a server that unpacks it for the way would break resuming.
        .accept_encoding("identity")
        .timeout_connect(Some(patience.connect))
        .timeout_recv_response(Some(patience.stall))
        .timeout_per_read(Some(patience.stall))
        .timeout_global(Some(patience.whole))
        .build()
        .new_agent()
}

/// Why a try ended without the file.
enum Stop {
    /// Trying again may help.
    Again(String),
    /// It would come out the same.
    Final(String),
    /// The disk failed; no other URL helps.
    Disk(FetchError),
}

impl From<FetchError> for Stop {
    fn from(error: FetchError) -> Self {
        Self::Disk(error)
    }
}

/// One file from one URL.
struct Transfer<'a> {
    agent: &'a Agent,
    url: &'a str,
    file: &'a File,
    incoming: &'a Incoming,
    patience: &'a Patience,
    watch: &'a dyn Download,
}

impl Transfer<'_> {
    fn run(&self) -> Result<(), Stop> {
        let mut pause = self.patience.pause;
        let mut tries = 1;
        loop {
            match self.attempt() {
                Err(Stop::Again(cause)) if tries < self.patience.attempts => {
                    tries += 1;
                    self.retry(&cause, tries, pause);
                    pause = (2 * pause).min(Duration::from_secs(60));
                }
                Err(Stop::Again(cause)) => return Err(Stop::Again(self.given_up(&cause, tries))),
                other => return other,
            }
        }
    }

    fn retry(&self, cause: &str, attempt: u32, pause: Duration) {
        let (name, attempts) = (&self.file.name, self.patience.attempts);
        let seconds = pause.as_secs_f32();
        self.watch.message(&format!(
            "{name}: {cause}; trying again in {seconds:.0} s ({attempt} of {attempts})"
        ));
        std::thread::sleep(pause);
    }

    fn given_up(&self, cause: &str, tries: u32) -> String {
        let kept = match self.incoming.received() {
            0 => String::new(),
            1 => "; 1 byte is kept for the next run".to_owned(),
            bytes => format!("; {bytes} bytes are kept for the next run"),
        };
        format!("{cause} (tried {}{kept})", counted(tries, "time"))
    }

    /// One request; leaves a verified file in `incoming.part`, or says why not.
    fn attempt(&self) -> Result<(), Stop> {
        let resumed = self.receive()?;
        let part = &self.incoming.part;
        let Err(fault) = verify::check(part, self.file).map_err(FetchError::io(part))? else {
            return Ok(());
        };
        self.incoming.discard();
        if resumed {
            // Two versions of the file may have been joined.
            return Err(Stop::Again(format!("the resumed download is wrong: {fault}")));
        }
        Err(Stop::Final(fault.to_string()))
    }

    /// Receives the body; true if it went on with an earlier one.
    fn receive(&self) -> Result<bool, Stop> {
        let (have, validator) = self.to_resume();
        let mut request = self.agent.get(self.url);
        if have > 0 {
            request = request.header(header::RANGE, format!("bytes={have}-"));
            if let Some(validator) = &validator {
                request = request.header(header::IF_RANGE, validator);
            }
        }
        let response = request.call().map_err(|error| match error {
            // Without a network every file of a large set would wait for its tries.
            ureq::Error::HostNotFound => Stop::Final(in_words(&error)),
            _ => Stop::Again(in_words(&error)),
        })?;
        let start = self.start_of(&response, have)?;
        if start == 0 {
            self.incoming.discard();
            let url = without_password(self.url);
            self.incoming.set_origin(&Origin { url, validator: validator_of(&response) })?;
        }
        self.write(response, start)?;
        Ok(start > 0)
    }

    /// How much of this URL's file is there already, and the server's name for that version.
    fn to_resume(&self) -> (u64, Option<String>) {
        match self.incoming.origin() {
            Some(origin) if origin.url == without_password(self.url) => {
                (self.incoming.received(), origin.validator)
            }
            _ => (0, None),
        }
    }

    /// At which byte the body begins, if the response has one.
    fn start_of(&self, response: &Response<Body>, have: u64) -> Result<u64, Stop> {
        let status = response.status();
        let text = || format!("the server answered {status}");
        match status.as_u16() {
            200 => Ok(0),
            206 if have > 0 && range_start(response) == Some(have) => Ok(have),
            206 | 416 => {
                self.incoming.discard();
                Err(Stop::Again("the server cannot go on where the download broke off".into()))
            }
            408 | 425 | 429 | 500..=599 => Err(Stop::Again(text())),
            _ => Err(Stop::Final(text())),
        }
    }

    /// Appends the body to the partial file.
    fn write(&self, response: Response<Body>, start: u64) -> Result<(), Stop> {
        let limit = self.file.largest();
        let declared = content_length(&response);
        if declared.is_some_and(|bytes| start + bytes > limit) {
            return Err(self.too_large(limit));
        }
        let part = &self.incoming.part;
        let out = fs::OpenOptions::new().create(true).append(true).open(part);
        let mut out = out.map_err(FetchError::io(part))?;
        let mut body = response.into_body().into_reader();
        let mut block = vec![0; 1 << 16];
        let mut done = start;
        loop {
            let read = match body.read(&mut block) {
                Ok(read) => read,
                Err(error) => return Err(self.broke(done, start, declared, &error.to_string())),
            };
            if read == 0 {
                break;
            }
            if done == 0
                && let Some(title) = verify::web_page(&block[..read])
            {
                self.incoming.discard();
                return Err(Stop::Final(Fault::Html(title).to_string()));
            }
            done += read as u64;
            if done > limit {
                return Err(self.too_large(limit));
            }
            out.write_all(&block[..read]).map_err(FetchError::io(part))?;
            self.watch.progress(done);
        }
        match declared {
            Some(bytes) if done < start + bytes => {
                Err(self.broke(done, start, declared, "the connection was closed"))
            }
            _ => Ok(()),
        }
    }

    fn too_large(&self, limit: u64) -> Stop {
        self.incoming.discard();
        Stop::Final(Fault::TooLarge(limit).to_string())
    }

    fn broke(&self, done: u64, start: u64, declared: Option<u64>, cause: &str) -> Stop {
        if done == 0 {
            self.incoming.discard();
        }
        let of = declared.map(|bytes| format!(" of {}", start + bytes)).unwrap_or_default();
        Stop::Again(format!("the download broke off after {done}{of} bytes: {cause}"))
    }
}

fn content_length(response: &Response<Body>) -> Option<u64> {
    response.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// The first byte of `Content-Range: bytes FIRST-LAST/TOTAL`.
fn range_start(response: &Response<Body>) -> Option<u64> {
    let range = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.trim().strip_prefix("bytes")?.trim_start().split('-').next()?.parse().ok()
}

/// What `If-Range` may hold: a strong entity tag, else the date of the last change.
fn validator_of(response: &Response<Body>) -> Option<String> {
    let text = |name| response.headers().get(name)?.to_str().ok().map(str::to_owned);
    let tag = text(header::ETAG).filter(|tag| !tag.starts_with("W/"));
    tag.or_else(|| text(header::LAST_MODIFIED))
}

fn in_words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::HostNotFound => "the host is not known".into(),
        ureq::Error::Timeout(what) => format!("no answer in time ({what})"),
        other => other.to_string(),
    }
}

/// The URL as messages may show it.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.into() };
    let host_end = rest.find('/').unwrap_or(rest.len());
    match rest[..host_end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(without_password("https://me:secret@host/a@b"), "https://host/a@b");
        assert_eq!(without_password("http://host/a@b"), "http://host/a@b");
    }
}
