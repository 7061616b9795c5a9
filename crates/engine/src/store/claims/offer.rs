//! The file that a process writes beside the claims before it holds one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{ATTEMPTS, Holder};

/// Begins the names of offers, which are no claims yet.
pub(super) const MARK: &str = ".tmp-";

/// A file that says who this process is, under its own name; removed when it is dropped.
pub(super) struct Offer {
    path: PathBuf,
    file: File,
    pub(super) holder: Holder,
    pub(super) text: String,
    /// Now, by the clock of the file system.
    pub(super) made_at: Option<SystemTime>,
}

impl Offer {
    pub(super) fn new(folder: &Path, what: &str) -> io::Result<Self> {
        let holder = Holder::this_process();
        let path = folder.join(format!("{MARK}{what}~{}", holder.token.as_str()));
        let open = || File::options().read(true).write(true).create_new(true).open(&path);
        let mut file = open();
        for _ in 0..ATTEMPTS {
            // Nobody has claimed anything yet, or a run that has ended is tidying up just now.
            if !file.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
                break;
            }
            fs::create_dir_all(folder)?;
            file = open();
        }
        let file = file?;
        let text = serde_json::to_string(&holder)?;
        let mut offer = Self { path, file, holder, text, made_at: None };
        offer.file.write_all(offer.text.as_bytes())?;
        offer.made_at = offer.file.metadata()?.modified().ok();
        Ok(offer)
    }

    /// Puts it in a place that nothing has, and gives the file to renew; `None` if something is there.
    pub(super) fn place(&self, target: &Path) -> io::Result<Option<File>> {
        match fs::hard_link(&self.path, target) {
            Ok(()) => self.file.try_clone().map(Some),
            // An answer that was lost makes an NFS client ask twice.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                match fs::read(target).is_ok_and(|text| text == self.text.as_bytes()) {
                    true => self.file.try_clone().map(Some),
                    false => Ok(None),
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            // A file system without hard links.
            Err(_) => match File::options().write(true).create_new(true).open(target) {
                Ok(mut file) => match file.write_all(self.text.as_bytes()) {
                    Ok(()) => Ok(Some(file)),
                    Err(error) => {
                        // A claim without an owner would be valid until it expires.
                        let _ = fs::remove_file(target);
                        Err(error)
                    }
                },
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
                Err(error) => Err(error),
            },
        }
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        // A claim that was placed has its own name.
        let _ = fs::remove_file(&self.path);
    }
}
