//! Trials whose tasks ended without a record: which of them get another task, and which of them share one.

use std::collections::BTreeMap;
use std::path::PathBuf;

use oddbench_core::counts::counted;
use oddbench_core::record::Stage;

use super::super::command::last_lines;
use super::super::queue::{QueuedTask, TaskState};
use super::super::reasons;
use super::super::settings::SlurmSettings;
use crate::executor::Queued;
use crate::store::{Earlier, StoreError};
use crate::trial::{Task, build};

/// So many lost trials of a task, or fewer, run alone: each in a new task. More of them share two new tasks, because each
/// of hundreds of tasks would ask for a GPU.
const EACH_ALONE: usize = 4;
/// How many of a log's last lines a failure shows.
const LAST_LINES: usize = 8;

/// A trial whose tasks are over and that has no record.
pub(super) struct Lost<'a> {
    pub(super) queued: &'a Queued<'a>,
    /// How many tasks it has had.
    pub(super) tasks: usize,
    /// Whether one of them had no other trial.
    pub(super) was_alone: bool,
    /// The array of its last task, and the position in it.
    pub(super) last: (String, usize),
    /// How the last task is called and how it ended, if the queue still knows.
    pub(super) end: Option<QueuedTask>,
    pub(super) log: PathBuf,
}

impl Lost<'_> {
    /// Whether another task would be in vain, or is not wanted. Another trial may have ended a task of several trials.
    /// So a trial has failed only if it was alone in a task.
    pub(super) fn is_hopeless(&self, settings: &SlurmSettings) -> bool {
        let is_in_vain = self.was_alone && self.tasks >= settings.attempts;
        is_in_vain || self.end_word() == Some("CANCELLED")
    }

    fn end_word(&self) -> Option<&str> {
        match &self.end.as_ref()?.state {
            TaskState::Ended(word) => Some(word),
            _ => None,
        }
    }

    /// How its last task ended.
    fn words(&self) -> &'static str {
        self.end_word().map_or("Slurm does not know its task any more", reasons::end)
    }

    /// Stores a record that says why there is no other, unless there is one.
    pub(super) fn fail(&self) -> Result<(), StoreError> {
        let Queued { store, manifest, .. } = self.queued;
        let task = self.end.as_ref().map(|task| format!(" {}", task.name)).unwrap_or_default();
        let mut message = format!(
            "{} of Slurm ended before the trial had a record. The last one{task}: {}",
            counted(self.tasks, "task"),
            self.words()
        );
        let lines = last_lines(&self.log, LAST_LINES);
        if !lines.is_empty() {
            message.push_str(&format!("; its log ends: {}", lines.join(" | ")));
        }
        let failed = Task::new(manifest, self.queued.trial(), &build, true);
        store.write_trial(&failed.failed(Stage::Process, message), None, Earlier::Stays).map(drop)
    }
}

/// The trials of each next task. If one trial is always cut off, it takes the others of its task along. So the trials
/// that a task has lost get a task each if they are few. If they are many, they are halved: the half without that trial
/// gets its records, and the other half is halved again.
pub(super) fn parts(again: Vec<Lost<'_>>) -> Vec<Vec<Lost<'_>>> {
    let mut by_task: BTreeMap<(String, usize), Vec<Lost<'_>>> = BTreeMap::new();
    for lost in again {
        by_task.entry(lost.last.clone()).or_default().push(lost);
    }
    let mut parts = Vec::new();
    for mut lost in by_task.into_values() {
        if lost.len() <= EACH_ALONE {
            parts.extend(lost.into_iter().map(|lost| vec![lost]));
        } else {
            let second = lost.split_off(lost.len().div_ceil(2));
            parts.extend([lost, second]);
        }
    }
    parts
}

/// Words about trials that get another task: a line for each way in which their tasks ended.
pub(super) fn words_of(parts: &[Vec<Lost<'_>>]) -> Vec<String> {
    let mut ends: BTreeMap<(&str, bool), Vec<usize>> = BTreeMap::new();
    for part in parts {
        if let Some(words) = part.first().map(Lost::words) {
            ends.entry((words, part.len() == 1)).or_default().push(part.len());
        }
    }
    let line = |((words, is_alone), sizes): ((&str, bool), Vec<usize>)| {
        let trials = counted(sizes.iter().sum::<usize>(), "trial");
        let tasks = match is_alone {
            true => "each in a task of its own".to_owned(),
            false => format!("in {} smaller tasks", sizes.len()),
        };
        format!("{trials} without a record: {words}; submitted again, {tasks}")
    };
    ends.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::AtomicBool;

    use oddbench_core::record::Manifest;

    use super::super::super::queue::{Queue, comment};
    use super::super::Followed;
    use super::*;
    use crate::executor::Batch;
    use crate::plan;
    use crate::spec::{self, Overrides};
    use crate::store::Store;
    use crate::work;

    /// What became of an experiment.
    struct Seen {
        /// How many trials each task had, for each submission.
        sizes: Vec<Vec<usize>>,
        told: Vec<String>,
        /// The numbers of the trials that failed, and how many tasks each has had.
        failed: Vec<(usize, usize)>,
    }

    /// The manifest of so many trials.
    fn manifest(trials: usize, store: &Store) -> Manifest {
        let seeds: Vec<usize> = (1..=trials).collect();
        let text = format!(
            r#"name = "x"
            dataset = {{ kind = "synthetic", rows = 100 }}
            split = {{ kind = "holdout" }}
            threshold = {{ rule = "max-f1" }}
            run = {{ seeds = {seeds:?} }}
            model = [{{ kind = "random" }}]"#
        );
        let spec = spec::parse(Path::new("x.toml"), text, &Overrides::default()).unwrap();
        work::manifest(&plan::resolve(&spec).unwrap(), store)
    }

    /// Submits trials until none is left. A task with the trial of this address leaves no record, and the others leave
    /// all.
    fn watch(mut followed: Followed<'_>, cut_off: &str, settings: &SlurmSettings) -> Seen {
        let mut seen = Seen { sizes: vec![], told: vec![], failed: vec![] };
        let mut squeue = String::new();
        while followed.left() > 0 {
            let queue = Queue::parse(&squeue, &followed.jobs.experiment);
            let due = followed.due(&queue, settings);
            seen.told.extend(due.told);
            for lost in &due.hopeless {
                seen.failed.push((lost.queued.number, lost.tasks));
                followed.waiting.retain(|queued| queued.number != lost.queued.number);
            }
            // A lost trial is due at the second look.
            if due.tasks.is_empty() {
                continue;
            }
            seen.sizes.push(due.tasks.iter().map(Vec::len).collect());
            let array = followed.jobs.add(followed.store, due.tasks).unwrap();
            for (at, ids) in array.tasks.iter().enumerate() {
                let is_lost = ids.iter().any(|id| id == cut_off);
                let end = if is_lost { "OUT_OF_MEMORY" } else { "COMPLETED" };
                let comment = comment(&followed.jobs.experiment, &array.name);
                squeue.push_str(&format!("1|{at}|{end}|None|{comment}\n"));
                followed.waiting.retain(|queued| is_lost || !ids.contains(&queued.trial().id));
            }
        }
        seen
    }

    /// Runs so many trials. The one of that number is always cut off, together with its whole task.
    fn run(trials: usize, cut_off: usize, settings: &SlurmSettings) -> Seen {
        let home = tempfile::tempdir().unwrap();
        let store = &Store::at(&home.path().join("x"));
        let manifest = &manifest(trials, store);
        let queued = |number| Queued { store, manifest, position: number, number, fresh: false };
        let queued: Vec<Queued<'_>> = (0..trials).map(queued).collect();
        let batch = Batch {
            trials: &queued,
            jobs: 1,
            max_memory_mb: None,
            kin: &[],
            wait_for_others: true,
            together: 256,
            cancel: &AtomicBool::new(false),
        };
        let followed = Followed::all(&batch).unwrap().remove(0);
        watch(followed, &manifest.trials[cut_off].id, settings)
    }

    #[test]
    fn large_tasks_are_halved_until_the_trial_that_is_cut_off_is_alone() {
        let settings = SlurmSettings { trials_per_task: 256, ..SlurmSettings::default() };
        let seen = run(300, 77, &settings);
        let halves = [128, 64, 32, 16, 8, 4].map(|half| vec![half, half]);
        let expected = [&[vec![256, 44]][..], &halves, &[vec![1; 4]]].concat();
        assert_eq!(seen.sizes, expected);
        assert_eq!(seen.failed, [(77, 8)]);
        let begin = "256 trials without a record: it held more memory than it had asked for";
        assert!(seen.told[0].starts_with(begin), "{:?}", seen.told);
        assert!(seen.told[0].ends_with("; submitted again, in 2 smaller tasks"), "{:?}", seen.told);
        let last = seen.told.last().unwrap();
        assert!(last.starts_with("4 trials without a record"), "{last}");
        assert!(last.ends_with("; submitted again, each in a task of its own"), "{last}");
    }

    #[test]
    fn small_tasks_are_divided_into_single_trials_at_once() {
        let settings = SlurmSettings::default();
        let seen = run(10, 5, &settings);
        assert_eq!(seen.sizes, [vec![4, 4, 2], vec![1; 4], vec![1]]);
        assert_eq!(seen.failed, [(5, settings.attempts)]);
        let odd = SlurmSettings { trials_per_task: 5, ..settings };
        assert_eq!(run(5, 0, &odd).sizes, [vec![5], vec![3, 2], vec![1; 3]]);
    }

    #[test]
    fn no_trial_fails_before_it_was_alone_in_a_task() {
        let once = SlurmSettings { attempts: 1, ..SlurmSettings::default() };
        assert_eq!(run(4, 2, &once).failed, [(2, 2)]);
        assert_eq!(run(1, 0, &once).failed, [(0, 1)]);
    }
}
