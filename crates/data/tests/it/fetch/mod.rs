//! Fetching: every fault of a server or a mirror is a clear error or a recovery, and the cache never
//! holds anything but verified files.

mod cache;
mod folder;
mod http;
mod server;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use oddbench_core::split::TableName;
use oddbench_data::catalog::{Content, File};
use oddbench_data::{Cache, Download, FetchError, Mirror, Patience};
use sha2::{Digest as _, Sha256};

/// The content of the file that is fetched: compresses badly, so that archives differ in size.
fn content() -> Vec<u8> {
    let mut state = 1_u32;
    let mut byte = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..60_000).map(|_| b"0123456789,.abc\n"[usize::from(byte() & 15)]).collect()
}

fn gzip(content: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn archive() -> Vec<u8> {
    gzip(&content(), 9)
}

fn described(bytes: &[u8]) -> Content {
    let sha256 = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
    Content { bytes: Some(bytes.len() as u64), sha256, md5: None }
}

/// A catalog entry for [`content`] with these homes.
fn file(homes: &[&str]) -> File {
    File {
        name: "sample".into(),
        table: TableName::Train,
        path: "set/sample.gz".into(),
        homes: homes.iter().map(|home| format!("{home}/sample.gz")).collect(),
        note: None,
        rows: Some(1),
        features: None,
        archive: Some(described(&archive())),
        content: Some(described(&content())),
        members: Vec::new(),
    }
}

/// Keeps the messages of a download.
#[derive(Clone, Default)]
struct Messages(Arc<Mutex<Vec<String>>>);

impl Messages {
    fn all(&self) -> String {
        self.0.lock().unwrap().join("\n")
    }
}

impl Download for Messages {
    fn begin(&self, _: &str, _: Option<u64>) {}
    fn progress(&self, _: u64) {}
    fn message(&self, text: &str) {
        self.0.lock().unwrap().push(text.into());
    }
    fn end(&self) {}
}

/// A cache in a temporary folder.
struct Place {
    dir: tempfile::TempDir,
    messages: Messages,
}

impl Place {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), messages: Messages::default() }
    }

    fn cache(&self, mirror: Option<Mirror>, offline: bool) -> Cache {
        let watch = Box::new(self.messages.clone());
        Cache { dir: self.dir.path().join("cache"), mirror, offline, watch }
    }

    fn fetch(&self, file: &File) -> Result<PathBuf, FetchError> {
        self.cache(None, false).ensure_with(file, &patience())
    }

    /// Every file below the cache folder.
    fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let root = self.dir.path().join("cache");
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        found.sort();
        found
    }
}

/// Impatient enough for tests.
fn patience() -> Patience {
    Patience {
        attempts: 3,
        pause: Duration::from_millis(5),
        connect: Duration::from_secs(5),
        stall: Duration::from_millis(400),
        whole: Duration::from_secs(20),
    }
}

/// The cache holds the file and nothing else.
fn assert_fetched(place: &Place, path: &Path, bytes: &[u8]) {
    assert_eq!(std::fs::read(path).unwrap(), bytes);
    assert_eq!(place.files(), ["set/sample.gz", "set/sample.gz.verified"]);
}
