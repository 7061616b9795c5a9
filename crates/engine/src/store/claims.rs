//! Which process runs a trial. A process claims a trial before it runs it, so several commands on several machines may
//! work on one results folder.
//!
//! `.claims/<trial>` names the holder. It appears by a hard link, which is atomic even on a file system without locks
//! (NFS). The holder renews it regularly; a claim that was not renewed for a while has expired. Only the clock of the
//! file system counts: the age of a claim is the difference between the times of its file and of a file made now.
//! On the holder's own machine a claim has expired as soon as the process is gone.
//!
//! An expired claim is not replaced, because two processes could do that at once, and the slower one would replace the
//! claim of the faster one. Its successor is another file, `<trial>~<number>-<token of the expired claim>`, which only
//! one process can make. The last file of this chain is the valid claim.
//!
//! A claim saves work; it is no lock. If two processes run a trial after all, the first complete record stays
//! (`store::trials`).

mod holder;
mod offer;

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::{Store, StoreError, io_error};

pub use holder::Holder;
pub(super) use holder::Token;
use offer::Offer;

/// Name of the claim of a process that writes the manifest and the rows.
const PREPARATION: &str = "preparation";
/// Name of the claim that stands in place of the lock of a run.
const RUN: &str = "run";

/// How often a holder says that it is alive.
const RENEWED: Duration = Duration::from_secs(20);
/// How long a claim holds that is not renewed.
const EXPIRES: Duration = Duration::from_secs(120);
/// How long a claim holds that does not say whose it is. Its holder writes its name at once: one that stays without was
/// made by a process that is gone, on a file system without hard links.
const NAMELESS: Duration = Duration::from_secs(5);
/// How often somebody looks whether a claim that it waits for is gone.
const LOOK: Duration = Duration::from_millis(200);
/// How often a claim is tried again that another process was quicker to take.
const ATTEMPTS: usize = 100;

/// A claim was asked for.
#[derive(Debug)]
pub enum Claimed {
    /// It is held until it is dropped.
    Mine(Claim),
    /// A living process has it.
    Others(Holder),
}

/// A claim that this process holds.
#[derive(Debug)]
pub struct Claim {
    claims: Claims,
    what: String,
    token: Token,
    /// Dropped, it ends the thread that renews the claim.
    _renewal: Sender<()>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.release(&self.what, &self.token);
    }
}

impl Store {
    /// Claims a trial.
    pub fn claim(&self, id: &str) -> Result<Claimed, StoreError> {
        self.claims().take(id)
    }

    /// The living process that runs a trial, if there is one.
    pub fn holder(&self, id: &str) -> Result<Option<Holder>, StoreError> {
        self.claims().holder(id)
    }

    /// Claims the manifest and the prepared rows; waits for a process that is writing them. `wait` hears of it
    /// once. `None` if it is cancelled while it waits.
    pub(crate) fn claim_preparation(
        &self,
        cancel: &AtomicBool,
        wait: &mut dyn FnMut(&Holder),
    ) -> Result<Option<Claim>, StoreError> {
        let mut waits = false;
        loop {
            let holder = match self.claims().take(PREPARATION)? {
                Claimed::Mine(claim) => return Ok(Some(claim)),
                Claimed::Others(holder) => holder,
            };
            if !waits {
                wait(&holder);
            }
            waits = true;
            if cancel.load(Ordering::Relaxed) {
                return Ok(None);
            }
            thread::sleep(LOOK);
        }
    }

    /// Claims the manifest and the prepared rows; `None` if another process has them.
    pub(super) fn claim_preparation_now(&self) -> Result<Option<Claim>, StoreError> {
        match self.claims().take(PREPARATION)? {
            Claimed::Mine(claim) => Ok(Some(claim)),
            Claimed::Others(_) => Ok(None),
        }
    }

    /// Claims the run, where files cannot be locked. It waits for a claim without an owner, which expires in a moment.
    pub(super) fn claim_run(&self) -> Result<Claimed, StoreError> {
        let begun = Instant::now();
        loop {
            match self.claims().take(RUN)? {
                Claimed::Others(holder)
                    if holder.is_unknown() && begun.elapsed() < 2 * NAMELESS =>
                {
                    thread::sleep(LOOK);
                }
                claimed => return Ok(claimed),
            }
        }
    }

    /// Whether any process runs a trial of this experiment.
    pub(crate) fn has_claimed_trials(&self) -> Result<bool, StoreError> {
        let claims = self.claims();
        for what in claims.names()? {
            if what != PREPARATION && what != RUN && claims.holder(&what)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes expired claims, and the files that dead processes left beside them.
    pub(crate) fn sweep_claims(&self) -> Result<(), StoreError> {
        let claims = self.claims();
        for what in claims.names()? {
            // Taken and dropped: an expired one goes with its whole chain, a living one stays.
            claims.take(&what)?;
        }
        claims.sweep_offers().map_err(|e| io_error(&claims.folder, e))?;
        // Only an empty folder can be removed.
        let _ = fs::remove_dir(&claims.folder);
        Ok(())
    }

    fn claims(&self) -> Claims {
        Claims { folder: self.claims_dir(), expires: EXPIRES, renewed: RENEWED }
    }
}

/// The claims of one results folder.
#[derive(Debug, Clone)]
struct Claims {
    folder: PathBuf,
    expires: Duration,
    renewed: Duration,
}

/// A file of a chain.
struct Link {
    name: String,
    number: usize,
    /// `None` if the file cannot be read as a claim: a file system without hard links, and a holder that
    /// was killed before it had written its name.
    holder: Option<Holder>,
    /// Time of the last renewal, by the file system's clock; `None` if the system does not say.
    renewed_at: Option<SystemTime>,
}

impl Link {
    /// The name of the claim that takes this one over.
    fn successor(&self, what: &str) -> String {
        let token = self.holder.as_ref().map_or("unread", |holder| holder.token.as_str());
        format!("{what}~{}-{token}", self.number + 1)
    }

    fn is_of(&self, token: &Token) -> bool {
        self.holder.as_ref().is_some_and(|holder| holder.token == *token)
    }
}

impl Claims {
    fn take(&self, what: &str) -> Result<Claimed, StoreError> {
        for _ in 0..ATTEMPTS {
            if let Some(claimed) = self.attempt(what).map_err(|e| io_error(&self.folder, e))? {
                return Ok(claimed);
            }
            thread::yield_now();
        }
        let text = format!("{what} cannot be claimed: others are always quicker");
        Err(io_error(&self.folder, io::Error::other(text)))
    }

    /// Tries once; `None` if another process was quicker.
    fn attempt(&self, what: &str) -> io::Result<Option<Claimed>> {
        let offer = Offer::new(&self.folder, what)?;
        let chain = self.chain(what)?;
        let name = match chain.last() {
            None => what.to_owned(),
            Some(end) if self.lives(end, offer.made_at) => {
                let holder = end.holder.clone().unwrap_or_else(Holder::unknown);
                return Ok(Some(Claimed::Others(holder)));
            }
            Some(end) => end.successor(what),
        };
        let target = self.folder.join(name);
        let Some(file) = offer.place(&target)? else { return Ok(None) };
        // The chain may have been released and begun again; then this claim belongs to no chain.
        let holds = self
            .chain(what)
            .map(|chain| chain.last().is_some_and(|end| end.is_of(&offer.holder.token)));
        if !matches!(holds, Ok(true)) {
            remove(&target)?;
            return holds.map(|_| None);
        }
        Ok(Some(Claimed::Mine(Claim {
            claims: self.clone(),
            what: what.to_owned(),
            token: offer.holder.token.clone(),
            _renewal: renew(file, offer.text.clone(), self.renewed),
        })))
    }

    fn holder(&self, what: &str) -> Result<Option<Holder>, StoreError> {
        let failed = |e| io_error(&self.folder, e);
        let chain = self.chain(what).map_err(failed)?;
        let Some(end) = chain.last() else { return Ok(None) };
        // A folder that cannot be written to is read by the clock of this machine.
        let now =
            Offer::new(&self.folder, what).map_or_else(|_| Some(SystemTime::now()), |o| o.made_at);
        Ok(self.lives(end, now).then(|| end.holder.clone().unwrap_or_else(Holder::unknown)))
    }

    fn lives(&self, link: &Link, now: Option<SystemTime>) -> bool {
        if link.holder.as_ref().is_some_and(|holder| holder.token.is_gone()) {
            return false;
        }
        let (Some(renewed), Some(now)) = (link.renewed_at, now) else { return true };
        // A living holder renews soon after a clock was set back: what stays in the future is left over.
        let age = now.duration_since(renewed).unwrap_or_else(|error| error.duration());
        age <= if link.holder.is_some() { self.expires } else { NAMELESS }
    }

    /// The claim and its successors; the last one is valid.
    fn chain(&self, what: &str) -> io::Result<Vec<Link>> {
        let mut chain = Vec::new();
        let mut name = what.to_owned();
        while let Some(link) = self.link(&name, chain.len())? {
            name = link.successor(what);
            chain.push(link);
        }
        Ok(chain)
    }

    fn link(&self, name: &str, number: usize) -> io::Result<Option<Link>> {
        let read = || -> io::Result<Link> {
            let mut file = File::open(self.folder.join(name))?;
            let text = io::read_to_string(&mut file).unwrap_or_default();
            let renewed_at = file.metadata()?.modified().ok();
            let holder = serde_json::from_str(&text).ok();
            Ok(Link { name: name.to_owned(), number, holder, renewed_at })
        };
        match read() {
            Ok(link) => Ok(Some(link)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Releases a claim. A claim that is not released here expires by itself.
    fn release(&self, what: &str, token: &Token) {
        let Ok(chain) = self.chain(what) else { return };
        if chain.last().is_some_and(|end| end.is_of(token)) {
            // From the first one on: another process finds this claim, or none.
            for link in &chain {
                let _ = fs::remove_file(self.folder.join(&link.name));
            }
            // The claim of a run outlives what tidies up. Only an empty folder can be removed.
            if what == RUN {
                let _ = fs::remove_dir(&self.folder);
            }
        }
    }

    /// Names of all claims, of living processes and of others.
    fn names(&self) -> Result<Vec<String>, StoreError> {
        let mut names = self.files().map_err(|e| io_error(&self.folder, e))?;
        names.retain(|name| !name.starts_with(offer::MARK));
        for name in &mut names {
            let root = name.split('~').next().unwrap_or_default().len();
            name.truncate(root);
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn files(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
            Err(error) => return Err(error),
        };
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    /// Removes offers of processes that are gone, and links without a claim before them.
    fn sweep_offers(&self) -> io::Result<()> {
        for name in self.files()? {
            let Some(link) = self.link(&name, 0)? else { continue };
            let (what, rest) = name.split_once('~').unwrap_or((&name, ""));
            let left_over = match what.strip_prefix(offer::MARK) {
                Some(_) => Token::of(rest).is_gone() || !self.lives(&link, Some(SystemTime::now())),
                None => {
                    let chain = self.chain(what)?;
                    !rest.is_empty()
                        && chain.iter().all(|link| link.name != name)
                        && !self.lives(&link, Some(SystemTime::now()))
                }
            };
            if left_over {
                remove(&self.folder.join(&name))?;
            }
        }
        Ok(())
    }
}

/// Writes the same text to a claim again and again, which moves its time. A file that is gone, or that another one
/// stands in front of, is written to in vain.
fn renew(mut file: File, text: String, every: Duration) -> Sender<()> {
    let (sender, over) = mpsc::channel();
    let renewing = thread::Builder::new().spawn(move || {
        while let Err(RecvTimeoutError::Timeout) = over.recv_timeout(every) {
            // A claim that cannot be renewed expires.
            let _ = file
                .seek(SeekFrom::Start(0))
                .and_then(|_| file.write_all(text.as_bytes()))
                .and_then(|()| file.sync_all());
        }
    });
    // Without that thread the claim expires.
    drop(renewing);
    sender
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
