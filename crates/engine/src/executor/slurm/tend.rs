//! Tasks that Slurm has and that do not continue by themselves.
//!
//! - A task of a lost node is put back for two minutes: it is started now.
//! - A task that a node could not start is held until it is released: the client releases it, a few times.
//! - A task may have no trial left. A controller that was killed comes back with what it had written some seconds
//!   before: it believes that ended tasks are still running, keeps their cores for up to half an hour, and has
//!   tasks waiting that were done meanwhile. Such a task is cancelled.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use oddbench_core::counts::counted;

use super::command;
use super::queue::{Queue, TaskState};
use super::reasons::LAUNCH_FAILED;
use super::settings::SlurmSettings;

/// How long a task that runs may have no trial left: one that has stored its last record ends by itself.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// An array's name, and the position of a task in it.
type Place = (String, usize);

/// What was done about the tasks of one experiment.
#[derive(Debug, Default)]
pub(super) struct Tending {
    /// Since when tasks that run have no trial left.
    idle_since: HashMap<Place, Instant>,
    /// How often each task was released.
    released: HashMap<Place, usize>,
}

/// What should be done about tasks, by the names that Slurm gives them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Steps {
    /// Start them now.
    start: Vec<String>,
    /// They are held: release them.
    release: Vec<String>,
    /// They have no trial left: cancel them.
    cancel: Vec<String>,
}

impl Tending {
    /// What is to be done after a look at the queue. `is_done` says whether all trials of a task have results.
    pub(super) fn steps(
        &mut self,
        queue: &Queue,
        is_done: impl Fn(&str, usize) -> bool,
        settings: &SlurmSettings,
        now: Instant,
    ) -> Steps {
        let mut steps = Steps::default();
        let mut idle_since = HashMap::new();
        for (array, at, task) in queue.alive() {
            let place = (array.to_owned(), at);
            let name = || task.name.clone();
            match &task.state {
                TaskState::Waiting(_) if is_done(array, at) => steps.cancel.push(name()),
                TaskState::Waiting(reason) if reason == "BeginTime" && !settings.has_begin() => {
                    steps.start.push(name());
                }
                TaskState::Waiting(reason) if reason.starts_with(LAUNCH_FAILED) => {
                    let times = self.released.entry(place).or_default();
                    if *times < settings.attempts {
                        *times += 1;
                        steps.release.push(name());
                    }
                }
                TaskState::Running if is_done(array, at) => {
                    let since = self.idle_since.get(&place).copied().unwrap_or(now);
                    if now.duration_since(since) >= GRACE {
                        steps.cancel.push(name());
                    }
                    idle_since.insert(place, since);
                }
                _ => {}
            }
        }
        self.idle_since = idle_since;
        steps
    }
}

impl Steps {
    /// Whether a task is to be released.
    pub(super) fn releases(&self, task: &str) -> bool {
        self.release.iter().any(|name| name == task)
    }

    /// Takes the steps and says what the user should know. A step that Slurm refuses is retried after the next look.
    pub(super) fn take(&self, experiment: &str) -> Vec<String> {
        let mut told = Vec::new();
        if !self.start.is_empty() {
            let _ = command::start_now(&self.start);
        }
        if !self.release.is_empty() && command::release(&self.release).is_ok() {
            let tasks = counted(self.release.len(), "task");
            told.push(format!(
                "{experiment}: released {tasks} that a node could not start; `sinfo -R` says what is wrong with a node"
            ));
        }
        told.extend(cancel(&self.cancel, experiment));
        told
    }
}

/// Cancels tasks that have no trial left, and says so.
pub(super) fn cancel(tasks: &[String], experiment: &str) -> Option<String> {
    if tasks.is_empty() || command::scancel(tasks).is_err() {
        return None;
    }
    let tasks = counted(tasks.len(), "task");
    Some(format!("{experiment}: cancelled {tasks} that Slurm still had and whose trials are done"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(lines: &[(usize, &str, &str)]) -> Queue {
        let line = |(at, state, reason): &(usize, &str, &str)| {
            format!("7|{at}|{state}|{reason}|oddbench x a\n")
        };
        Queue::parse(&lines.iter().map(line).collect::<String>(), "x")
    }

    fn names(tasks: &[&str]) -> Vec<String> {
        tasks.iter().map(|task| (*task).to_owned()).collect()
    }

    #[test]
    fn what_has_no_trial_left_is_cancelled_and_what_ends_by_itself_is_not() {
        let queue = queue(&[
            (0, "RUNNING", "None"),
            (1, "COMPLETING", "None"),
            (2, "PENDING", "Resources"),
            (3, "RUNNING", "None"),
            (4, "PENDING", "Resources"),
            (5, "COMPLETED", "None"),
        ]);
        let (mut tending, settings) = (Tending::default(), SlurmSettings::default());
        let is_done = |_: &str, at: usize| at <= 2 || at == 5;
        let start = Instant::now();
        let first = tending.steps(&queue, is_done, &settings, start);
        assert_eq!(first.cancel, names(&["7_2"]));
        let early = tending.steps(&queue, is_done, &settings, start + GRACE / 2);
        assert_eq!(early.cancel, names(&["7_2"]));
        let late = tending.steps(&queue, is_done, &settings, start + GRACE);
        assert_eq!(late, Steps { cancel: names(&["7_0", "7_2"]), ..Steps::default() });
        // A task that has work again starts from the beginning.
        tending.steps(&queue, |_, _| false, &settings, start + GRACE);
        let again = tending.steps(&queue, is_done, &settings, start + 2 * GRACE);
        assert_eq!(again.cancel, names(&["7_2"]));
    }

    #[test]
    fn what_is_put_back_starts_and_what_is_held_is_released_a_few_times() {
        let queue = queue(&[
            (0, "PENDING", "BeginTime"),
            (1, "PENDING", "launch failed requeued held"),
            (2, "PENDING", "JobHeldUser"),
        ]);
        let settings = SlurmSettings { attempts: 2, ..SlurmSettings::default() };
        let mut tending = Tending::default();
        let mut steps = |settings: &SlurmSettings| {
            tending.steps(&queue, |_, _| false, settings, Instant::now())
        };
        let once = steps(&settings);
        assert_eq!((&once.start, &once.release), (&names(&["7_0"]), &names(&["7_1"])));
        assert!(once.releases("7_1") && !once.releases("7_0"));
        assert_eq!(steps(&settings).release, names(&["7_1"]));
        assert_eq!(steps(&settings).release, names(&[]));
        // Who asks for a time to begin gets it.
        let options = vec!["--begin=now+1hour".to_owned()];
        assert_eq!(steps(&SlurmSettings { options, ..settings }), Steps::default());
    }
}
