//! `.slurm/` in a results folder: the trials that were submitted and are not collected yet. It outlives the client, so
//! a run that was killed or detached finds its jobs again.
//!
//! ```text
//! .slurm/jobs.json          the ledger: which trials are in which task of which array
//! .slurm/<array>.tasks      the trials of each task, a line each, for the batch script
//! .slurm/<array>-<task>.log what the task printed
//! ```

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use oddbench_core::record::{FORMAT_VERSION, Outcome};
use oddbench_data::files;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::canonical;
use crate::store::{Store, StoreError, io_error, read_versioned, write_sealed};

const FOLDER: &str = ".slurm";
const LEDGER: &str = "jobs.json";
const REMEDY: &str = "cancel the jobs of this experiment (scancel), remove the folder, and run again: trials \
                      that are done are kept";

/// What was submitted for one experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ledger {
    format_version: u32,
    /// The arrays in the order of their submission.
    arrays: Vec<Array>,
    /// The trials in them.
    trials: BTreeMap<String, Submitted>,
}

/// One array.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Array {
    /// Its own name, in the comment of its tasks: no two arrays ever have one.
    pub(super) name: String,
    /// The trials of each task.
    pub(super) tasks: Vec<Vec<String>>,
}

/// A trial that was submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Submitted {
    /// When the failed record was written that stood before the first submission. Another record is a
    /// result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed_before: Option<String>,
}

/// The ledger of a results folder, and the files beside it.
#[derive(Debug, Clone)]
pub(crate) struct Jobs {
    folder: PathBuf,
    /// What distinguishes the experiment's jobs from all others: the folder of its results.
    pub(crate) experiment: String,
    pub(crate) ledger: Ledger,
}

impl Jobs {
    /// The submitted trials; `None` if there are none.
    pub(crate) fn of(store: &Store) -> Result<Option<Self>, StoreError> {
        let folder = folder(store);
        let Some(ledger) = read_versioned(&folder.join(LEDGER), REMEDY)? else { return Ok(None) };
        Ok(Some(Self { folder, experiment: experiment(store), ledger }))
    }

    /// The same, or an empty ledger. Logs of an earlier run go.
    pub(super) fn open(store: &Store) -> Result<Self, StoreError> {
        if let Some(jobs) = Self::of(store)? {
            return Ok(jobs);
        }
        remove(store)?;
        let (arrays, trials) = (vec![], BTreeMap::new());
        let ledger = Ledger { format_version: FORMAT_VERSION, arrays, trials };
        Ok(Self { folder: folder(store), experiment: experiment(store), ledger })
    }

    /// Notes an array, before it is submitted: a client that is killed in between finds its tasks by the
    /// comment.
    pub(super) fn add(
        &mut self,
        store: &Store,
        tasks: Vec<Vec<String>>,
    ) -> Result<Array, StoreError> {
        let array = Array { name: self.free_name(), tasks };
        for id in array.tasks.iter().flatten() {
            if !self.ledger.trials.contains_key(id) {
                let failed_before = failed_at(store, id)?;
                self.ledger.trials.insert(id.clone(), Submitted { failed_before });
            }
        }
        fs::create_dir_all(&self.folder).map_err(|e| io_error(&self.folder, e))?;
        let lines: String = array.tasks.iter().map(|ids| ids.join(" ") + "\n").collect();
        let path = self.tasks_path(&array.name);
        files::write(&path, lines.as_bytes()).map_err(|e| io_error(&path, e))?;
        self.ledger.arrays.push(array.clone());
        self.write()?;
        Ok(array)
    }

    /// Forgets an array that Slurm did not take.
    pub(super) fn take_back(&mut self, store: &Store, array: &str) -> Result<(), StoreError> {
        self.ledger.arrays.retain(|other| other.name != array);
        match self.ledger.arrays.is_empty() {
            true => remove(store),
            false => self.write(),
        }
    }

    fn write(&self) -> Result<(), StoreError> {
        write_sealed(&self.folder.join(LEDGER), &self.ledger)
    }

    /// Milliseconds since 1970, one more if that is taken: a name is never used twice, even if the ledger
    /// was removed meanwhile.
    fn free_name(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let taken = |name: &String| self.ledger.arrays.iter().any(|array| array.name == *name);
        let mut names = (now..).map(|number| format!("{number:x}"));
        names.find(|name| !taken(name)).unwrap_or_default()
    }

    /// The file with the trials of each task of an array.
    pub(super) fn tasks_path(&self, array: &str) -> PathBuf {
        self.folder.join(format!("{array}.tasks"))
    }

    /// What a task printed.
    pub(super) fn log_path(&self, array: &str, task: usize) -> PathBuf {
        self.folder.join(format!("{array}-{task}.log"))
    }

    /// The same as a pattern for Slurm, which puts the number of the task for `%a`.
    pub(super) fn log_pattern(&self, array: &str) -> String {
        let folder = self.folder.display().to_string().replace('%', "%%");
        format!("{folder}/{array}-%a.log")
    }
}

impl Ledger {
    /// The trials of a task. The list is empty if the task belongs to another ledger.
    pub(crate) fn trials_of(&self, array: &str, task: usize) -> &[String] {
        let array = self.arrays.iter().find(|other| other.name == array);
        array.and_then(|array| array.tasks.get(task)).map_or(&[], Vec::as_slice)
    }

    /// Whether a task has one trial alone.
    pub(super) fn is_of_one(&self, array: &str, task: usize) -> bool {
        self.trials_of(array, task).len() == 1
    }

    /// The tasks that each trial has had, in order.
    pub(super) fn by_trial(&self) -> HashMap<&str, Vec<(&str, usize)>> {
        let mut tasks: HashMap<&str, Vec<(&str, usize)>> = HashMap::new();
        for array in &self.arrays {
            for (at, ids) in array.tasks.iter().enumerate() {
                let of = |id| tasks.entry(id).or_default().push((array.name.as_str(), at));
                ids.iter().map(String::as_str).for_each(of);
            }
        }
        tasks
    }

    /// Whether a record that failed at that time is the result of a task, and not one that stood there before.
    pub(crate) fn is_result(&self, id: &str, failed_at: &str) -> bool {
        self.trials.get(id).is_some_and(|of| of.failed_before.as_deref() != Some(failed_at))
    }
}

/// Everything is collected. Where trials failed, the output of tasks stays for readers who look for the reason.
pub(crate) fn collected(store: &Store, some_failed: bool) -> Result<(), StoreError> {
    if some_failed { keep_logs_alone(store) } else { remove(store) }
}

/// Removes all that is kept of jobs.
pub(super) fn remove(store: &Store) -> Result<(), StoreError> {
    let folder = folder(store);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(&folder, error)),
        _ => Ok(()),
    }
}

fn keep_logs_alone(store: &Store) -> Result<(), StoreError> {
    let folder = folder(store);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(|e| io_error(&folder, e))?,
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|ending| ending != "log") {
            fs::remove_file(&path).map_err(|e| io_error(&path, e))?;
        }
    }
    Ok(())
}

/// Whether there are submitted jobs that are not collected yet: they need the manifest and the prepared rows.
pub(crate) fn has_jobs(store: &Store) -> bool {
    folder(store).join(LEDGER).exists()
}

fn folder(store: &Store) -> PathBuf {
    // A task has another working folder if the user says so.
    let dir = std::path::absolute(store.dir()).unwrap_or_else(|_| store.dir().to_owned());
    dir.join(FOLDER)
}

/// A copy of a results folder is another experiment, and a link to one is the same.
fn experiment(store: &Store) -> String {
    let dir: &Path = store.dir();
    let whole = dir.canonicalize().or_else(|_| std::path::absolute(dir));
    canonical::address(&json!(whole.unwrap_or_else(|_| dir.to_owned()).display().to_string()))
}

fn failed_at(store: &Store, id: &str) -> Result<Option<String>, StoreError> {
    let record = store.record(id)?;
    let failed = record.filter(|record| matches!(record.outcome, Outcome::Failed { .. }));
    Ok(failed.map(|record| record.finished_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(tasks: &[&[&str]]) -> Vec<Vec<String>> {
        tasks.iter().map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()).collect()
    }

    #[test]
    fn a_ledger_is_found_again_and_names_no_array_twice() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::at(&home.path().join("x"));
        assert!(Jobs::of(&store).unwrap().is_none());
        let mut jobs = Jobs::open(&store).unwrap();
        let first = jobs.add(&store, ids(&[&["a", "b"], &["c"]])).unwrap();
        let second = jobs.add(&store, ids(&[&["b"]])).unwrap();
        assert_ne!(first.name, second.name);
        let again = Jobs::of(&store).unwrap().unwrap();
        assert_eq!(again.ledger, jobs.ledger);
        assert_eq!(again.ledger.trials_of(&first.name, 0), ["a", "b"]);
        assert_eq!(again.ledger.trials_of(&first.name, 7), [""; 0]);
        let tasks = again.ledger.by_trial();
        assert_eq!(tasks["b"], [(first.name.as_str(), 0), (second.name.as_str(), 0)]);
        let lines = fs::read_to_string(jobs.tasks_path(&first.name)).unwrap();
        assert_eq!(lines, "a b\nc\n");
        jobs.take_back(&store, &second.name).unwrap();
        assert_eq!(Jobs::of(&store).unwrap().unwrap().ledger.by_trial()["b"].len(), 1);
        assert!(has_jobs(&store));
        keep_logs_alone(&store).unwrap();
        assert!(!has_jobs(&store));
        remove(&store).unwrap();
        assert!(!folder(&store).exists());
        // An array that Slurm did not take leaves nothing.
        let mut jobs = Jobs::open(&store).unwrap();
        let array = jobs.add(&store, ids(&[&["a"]])).unwrap();
        jobs.take_back(&store, &array.name).unwrap();
        assert!(!folder(&store).exists());
    }

    #[test]
    fn experiments_are_told_apart_by_their_folder() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| Store::at(&home.path().join(name));
        assert_ne!(experiment(&at("x")), experiment(&at("y")));
        fs::create_dir(home.path().join("x")).unwrap();
        let roundabout = Store::at(&home.path().join("x/../x"));
        assert_eq!(experiment(&at("x")), experiment(&roundabout));
    }
}
