//! Folders whose files clients may choose from. The operator names them when the server starts. A client sends the
//! name of a file; it is looked up among the files that are there, and no path is built from it.
//!
//! A symbolic link to a file is offered only if it leads to a file in the same folder. A file is opened through
//! [`Allowed::open`], which asks the system where the opened file really is: a name may have become a link since it
//! was looked up, for example when a log is rotated.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Answer, ApiError};

/// Entries of a folder that are looked at at most, those of its folders included.
const MOST_ENTRIES: usize = 20_000;

/// Files that are listed at most.
const MOST_LISTED: usize = 500;

/// How deep a folder's folders are looked into.
const DEPTH: usize = 5;

/// The folders, each with a name of its own.
pub struct Folders {
    folders: Vec<(String, PathBuf)>,
    /// Which files are offered.
    offers: fn(&Path) -> bool,
}

/// A file that clients may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// What clients call it: `folder/path/in/it`.
    pub name: String,
    /// Where it is, without symbolic links.
    pub path: PathBuf,
    root: PathBuf,
}

/// A file that may be chosen.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OfferedFile {
    /// What requests call it.
    name: String,
    bytes: u64,
    /// When it was changed last, in seconds since 1970.
    changed: f64,
}

/// The files that may be chosen.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct OfferedFiles {
    /// The one that was changed last comes first.
    files: Vec<OfferedFile>,
    /// Whether there are more than are listed.
    more: bool,
}

impl Folders {
    /// The folders at those paths. An error names the one that is none.
    pub fn new(dirs: &[PathBuf], offers: fn(&Path) -> bool) -> Result<Self, String> {
        let mut folders: Vec<(String, PathBuf)> = Vec::new();
        for dir in dirs {
            let failed = |error: io::Error| format!("{}: {error}", dir.display());
            let root = fs::canonicalize(dir).map_err(failed)?;
            if !root.is_dir() {
                return Err(format!("{}: it is no folder", dir.display()));
            }
            if folders.iter().all(|(_, known)| *known != root) {
                let name = free_name(&root, &folders);
                folders.push((name, root));
            }
        }
        Ok(Self { folders, offers })
    }

    /// Whether there is any.
    pub fn is_empty(&self) -> bool {
        self.folders.is_empty()
    }

    /// The files that may be chosen now.
    pub fn list(&self) -> OfferedFiles {
        let (all, mut more) = self.all();
        let mut files: Vec<OfferedFile> = all.iter().filter_map(offered).collect();
        files.sort_by(|a, b| b.changed.total_cmp(&a.changed).then_with(|| a.name.cmp(&b.name)));
        more |= files.len() > MOST_LISTED;
        files.truncate(MOST_LISTED);
        OfferedFiles { files, more }
    }

    /// The file of that name; `list` is where those are listed that exist.
    pub fn find(&self, name: &str, list: &str) -> Answer<Allowed> {
        let found = self.all().0.into_iter().find(|allowed| allowed.name == name);
        found.ok_or_else(|| ApiError::none("file", list))
    }

    /// Every file, and whether some were left out.
    fn all(&self) -> (Vec<Allowed>, bool) {
        let mut found = Vec::new();
        let mut left = MOST_ENTRIES;
        for (name, root) in &self.folders {
            self.walk(root, (root, name), DEPTH, &mut left, &mut found);
        }
        (found, left == 0)
    }

    fn walk(
        &self,
        root: &Path,
        (dir, name): (&Path, &str),
        depth: usize,
        left: &mut usize,
        found: &mut Vec<Allowed>,
    ) {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            if *left == 0 {
                return;
            }
            *left -= 1;
            let (Ok(file), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else {
                continue;
            };
            let (name, path) = (format!("{name}/{file}"), entry.path());
            if kind.is_dir() {
                if depth > 1 {
                    self.walk(root, (&path, &name), depth - 1, left, found);
                }
                continue;
            }
            let path = if kind.is_symlink() { fs::canonicalize(&path).ok() } else { Some(path) };
            let inside = path.filter(|path| path.starts_with(root) && path.is_file());
            // What a link leads to decides, not its name.
            if let Some(path) = inside.filter(|path| (self.offers)(path)) {
                found.push(Allowed { name, path, root: root.to_owned() });
            }
        }
    }
}

/// The folder's last name, with a number where another one has it.
fn free_name(root: &Path, taken: &[(String, PathBuf)]) -> String {
    let base = root.file_name().map_or("root".into(), |name| name.to_string_lossy().into_owned());
    let names = (1_usize..).map(|n| if n == 1 { base.clone() } else { format!("{base}-{n}") });
    let mut free = names.skip_while(|name| taken.iter().any(|(known, _)| known == name));
    free.next().unwrap_or_default()
}

fn offered(allowed: &Allowed) -> Option<OfferedFile> {
    let meta = fs::metadata(&allowed.path).ok()?;
    let changed = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH).duration_since(UNIX_EPOCH);
    Some(OfferedFile {
        name: allowed.name.clone(),
        bytes: meta.len(),
        changed: changed.map_or(0.0, |since| since.as_secs_f64()),
    })
}

impl Allowed {
    /// Opens it, if what is opened is a plain file in the folder.
    pub fn open(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            // A pipe would wait for its writer.
            options.custom_flags(libc::O_NONBLOCK);
        }
        let file = options.open(&self.path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no plain file"));
        }
        if !real_path(&file, &self.path)?.starts_with(&self.root) {
            let what = "it leads out of the folder that may be read";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, what));
        }
        Ok(file)
    }
}

/// Where an open file is.
#[cfg(target_os = "linux")]
fn real_path(file: &File, _: &Path) -> io::Result<PathBuf> {
    use std::os::fd::AsRawFd;
    fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// Where the name of an open file leads: other systems do not tell it of the file itself.
#[cfg(not(target_os = "linux"))]
fn real_path(_: &File, path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(path)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn names(folders: &Folders) -> Vec<String> {
        let mut names: Vec<String> =
            folders.list().files.into_iter().map(|file| file.name).collect();
        names.sort();
        names
    }

    #[test]
    fn links_that_lead_out_are_neither_listed_nor_opened() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("logs");
        fs::create_dir_all(dir.join("deep")).unwrap();
        fs::write(place.path().join("secret"), "s").unwrap();
        fs::write(dir.join("a.csv"), "a").unwrap();
        fs::write(dir.join("deep/b.csv"), "b").unwrap();
        symlink(dir.join("deep/b.csv"), dir.join("inside")).unwrap();
        symlink(place.path().join("secret"), dir.join("outside")).unwrap();
        symlink(place.path(), dir.join("up")).unwrap();
        let folders = Folders::new(std::slice::from_ref(&dir), |_| true).unwrap();
        assert_eq!(names(&folders), ["logs/a.csv", "logs/deep/b.csv", "logs/inside"]);
        for bad in ["logs/outside", "logs/up/secret", "logs/../secret", "../secret", "", "logs/"] {
            assert_eq!(folders.find(bad, "/list").unwrap_err().status, 404, "{bad}");
        }
        // A name that becomes a link after it was looked up.
        let allowed = folders.find("logs/a.csv", "/list").unwrap();
        assert!(allowed.open().is_ok());
        fs::remove_file(dir.join("a.csv")).unwrap();
        symlink(place.path().join("secret"), dir.join("a.csv")).unwrap();
        assert_eq!(allowed.open().unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        fs::remove_file(dir.join("a.csv")).unwrap();
        fs::create_dir(dir.join("a.csv")).unwrap();
        assert!(allowed.open().is_err());
    }

    #[test]
    fn folders_of_one_name_are_told_apart_and_each_is_there_once() {
        let place = tempfile::tempdir().unwrap();
        let dirs = ["one/logs", "two/logs", "one/../one/logs"].map(|dir| place.path().join(dir));
        for dir in &dirs[..2] {
            fs::create_dir_all(dir).unwrap();
            fs::write(dir.join("x"), "x").unwrap();
        }
        let folders = Folders::new(&dirs, |_| true).unwrap();
        assert_eq!(names(&folders), ["logs-2/x", "logs/x"]);
        assert!(Folders::new(&[place.path().join("none")], |_| true).is_err());
        assert!(Folders::new(&[dirs[0].join("x")], |_| true).is_err());
    }
}
