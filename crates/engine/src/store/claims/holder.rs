//! The process that holds a claim, and whether it is still there.

use std::fmt;
use std::fs;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use oddbench_data::digest;
use serde::{Deserialize, Serialize};

use crate::machine;

/// Who runs a trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its machine's name.
    pub host: String,
    /// Its number there.
    pub pid: u32,
    /// When it claimed the trial: RFC 3339, UTC, by the clock of its machine.
    pub since: String,
    pub(super) token: Token,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {}, since {}", self.pid, self.host, self.since)
    }
}

impl Holder {
    pub(super) fn this_process() -> Self {
        Self {
            host: host(),
            pid: std::process::id(),
            since: machine::now_utc(),
            token: Token::next(),
        }
    }

    /// The holder of a claim that does not say whose it is.
    pub(super) fn unknown() -> Self {
        let unknown = || "unknown".to_owned();
        Self { host: unknown(), pid: 0, since: unknown(), token: Token(String::new()) }
    }

    /// Whether its claim does not say whose it is.
    pub(super) fn is_unknown(&self) -> bool {
        self.token.0.is_empty()
    }

    /// The number of its process, if its claim says whose it is.
    pub(in crate::store) fn known_pid(&self) -> Option<u32> {
        (!self.is_unknown()).then_some(self.pid)
    }
}

/// A name that no other claim ever had: the place of a process (its machine since the last start, and its view of
/// process numbers), its number and its start there, and a count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Token(String);

impl Token {
    /// A new one of this process.
    pub(crate) fn next() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self(format!("{}-{}-{}-{count}", place(), std::process::id(), own_start()))
    }

    pub(crate) fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether its process is known to be gone: it was here, and no process has that number and start. Nothing is
    /// known about a process elsewhere.
    pub(crate) fn is_gone(&self) -> bool {
        let mut parts = self.0.split('-');
        let (Some(place), Some(pid), Some(start)) = (parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        cfg!(target_os = "linux")
            && place == self::place()
            && started(pid).is_none_or(|found| found.to_string() != start)
    }

    /// Whether its process is known to be there.
    pub(crate) fn is_here(&self) -> bool {
        self.0.split('-').next() == Some(place()) && !self.is_gone()
    }
}

/// This machine since its last start, and the space of process numbers that this process is in.
fn place() -> &'static str {
    static PLACE: OnceLock<String> = OnceLock::new();
    PLACE.get_or_init(|| {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let space = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        let text = format!("{}\n{boot}\n{}", host(), space.display());
        digest::of_bytes(text.as_bytes())[..8].to_owned()
    })
}

fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match name.trim() {
        "" => "unknown".to_owned(),
        name => name.to_owned(),
    }
}

/// The time at which this process began. If the system does not say it: the time of the first call.
fn own_start() -> u64 {
    static START: OnceLock<u64> = OnceLock::new();
    let asked = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| since.as_micros() as u64)
    };
    *START.get_or_init(|| started("self").unwrap_or_else(asked))
}

/// When a process of this machine began, in ticks since the machine did; `None` if it has ended.
fn started(pid: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Behind the name, which is in brackets and may hold anything.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    // Between the state and the start stand 18 other fields.
    let start = fields.nth(18)?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(start)
}
