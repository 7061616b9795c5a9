//! What `squeue` prints about our jobs. A job is recognised by its comment and never by its
//! number: a controller that forgets a job gives its number to another one.

use std::collections::BTreeMap;

/// What `squeue` is asked for: our own jobs of every state, each task of an array on its own line. Tasks
/// that have ended stay for the cluster's `MinJobAge`, and say how they ended.
pub(super) const ARGUMENTS: [&str; 6] =
    ["--noheader", "--me", "--array", "--states=all", "--format", "%F|%K|%T|%r|%k"];

/// Begins the comment of each of our jobs.
const MARK: &str = "oddbench";

/// The comment by which the tasks of an array are found.
pub(super) fn comment(experiment: &str, array: &str) -> String {
    format!("{MARK} {experiment} {array}")
}

/// The tasks of one experiment, by their array and their position in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Queue {
    tasks: BTreeMap<(String, usize), QueuedTask>,
}

/// A task as the queue shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueuedTask {
    /// How `scontrol` and `scancel` call it: `12_3`.
    pub(crate) name: String,
    /// What it does.
    pub(crate) state: TaskState,
}

/// What a task does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TaskState {
    /// It waits; why, in Slurm's word.
    Waiting(String),
    /// It runs.
    Running,
    /// It ends just now; on a node that is gone, for as long as Slurm waits for that node.
    Ending,
    /// It is over; how, in Slurm's word.
    Ended(String),
}

impl Queue {
    /// The tasks of that experiment in what `squeue` has printed. Other jobs are not looked at, whatever they
    /// are called.
    pub(super) fn parse(text: &str, experiment: &str) -> Self {
        let tasks = text.lines().filter_map(|line| task(line, experiment)).fold(
            BTreeMap::new(),
            |mut tasks: BTreeMap<_, QueuedTask>, (key, task)| {
                // An array that was submitted twice under one comment would show a task twice: what
                // is alive counts.
                let ended = |task: &QueuedTask| matches!(task.state, TaskState::Ended(_));
                if tasks.get(&key).is_none_or(ended) {
                    tasks.insert(key, task);
                }
                tasks
            },
        );
        Self { tasks }
    }

    /// Every task that is not over.
    pub(crate) fn alive(&self) -> impl Iterator<Item = (&str, usize, &QueuedTask)> {
        let alive =
            self.tasks.iter().filter(|(_, task)| !matches!(task.state, TaskState::Ended(_)));
        alive.map(|((array, at), task)| (array.as_str(), *at, task))
    }

    /// How a task ended, if the queue still knows.
    pub(super) fn end_of(&self, array: &str, task: usize) -> Option<&QueuedTask> {
        let task = self.tasks.get(&(array.to_owned(), task))?;
        matches!(task.state, TaskState::Ended(_)).then_some(task)
    }

    /// The numbers of the jobs that are not over, each once.
    pub(super) fn jobs(&self) -> Vec<String> {
        let number = |task: &QueuedTask| task.name.split('_').next().unwrap_or_default().to_owned();
        let mut jobs: Vec<String> = self.alive().map(|(_, _, task)| number(task)).collect();
        jobs.sort();
        jobs.dedup();
        jobs
    }
}

/// One line: `12|3|PENDING|Resources|oddbench 015abd7f5cc57a2d 19cb2f`.
fn task(line: &str, experiment: &str) -> Option<((String, usize), QueuedTask)> {
    let mut fields = line.splitn(5, '|').map(str::trim);
    let mut next = || fields.next();
    let (job, task, state, reason, comment) = (next()?, next()?, next()?, next()?, next()?);
    let mut words = comment.split(' ');
    let ours = words.next() == Some(MARK) && words.next() == Some(experiment);
    let array = words.next().filter(|_| ours)?;
    let position = task.parse().ok()?;
    let state = match state {
        "PENDING" | "REQUEUED" | "REQUEUE_FED" | "REQUEUE_HOLD" | "SPECIAL_EXIT"
        | "RESV_DEL_HOLD" => TaskState::Waiting(reason.to_owned()),
        "COMPLETED" | "CANCELLED" | "FAILED" | "TIMEOUT" | "NODE_FAIL" | "PREEMPTED"
        | "BOOT_FAIL" | "DEADLINE" | "OUT_OF_MEMORY" => TaskState::Ended(state.to_owned()),
        "COMPLETING" => TaskState::Ending,
        // Any other state: a job that the queue shows is not lost.
        _ => TaskState::Running,
    };
    let task = QueuedTask { name: format!("{job}_{task}"), state };
    Some(((array.to_owned(), position), task))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Slurm 22.05 prints it.
    const TEXT: &str = "\
1|2|PENDING|JobArrayTaskLimit|oddbench 015abd7f5cc57a2d a1
1|0|RUNNING|None|oddbench 015abd7f5cc57a2d a1
1|1|TIMEOUT|TimeLimit|oddbench 015abd7f5cc57a2d a1
7|N/A|PENDING|PartitionConfig|(null)
9|0|PENDING|launch failed requeued held|oddbench 015abd7f5cc57a2d a2
10|0|COMPLETING|None|oddbench 015abd7f5cc57a2d a3
11|0|RUNNING|None|oddbench ffffffffffffffff a1
12|0|RUNNING|None|my own | comment
";

    #[test]
    fn tasks_are_found_by_their_comment() {
        let queue = Queue::parse(TEXT, "015abd7f5cc57a2d");
        let alive: Vec<_> =
            queue.alive().map(|(array, at, task)| (array, at, task.name.as_str())).collect();
        assert_eq!(
            alive,
            [("a1", 0, "1_0"), ("a1", 2, "1_2"), ("a2", 0, "9_0"), ("a3", 0, "10_0")]
        );
        assert_eq!(queue.jobs(), ["1", "10", "9"]);
        let states: Vec<_> = queue.alive().map(|(_, _, task)| &task.state).collect();
        assert_eq!(*states[2], TaskState::Waiting("launch failed requeued held".into()));
        assert_eq!(*states[3], TaskState::Ending);
        assert_eq!(queue.end_of("a1", 0), None);
        let end = queue.end_of("a1", 1).unwrap();
        assert_eq!(end.state, TaskState::Ended("TIMEOUT".into()));
        assert_eq!(queue.end_of("a1", 7), None);
        assert_eq!(Queue::parse("", "015abd7f5cc57a2d"), Queue::default());
    }

    #[test]
    fn the_comment_leads_back_to_the_task() {
        let line = format!("3|4|PENDING|Priority|{}", comment("id", "array"));
        let ((array, at), task) = task(&line, "id").unwrap();
        assert_eq!((array.as_str(), at, task.name.as_str()), ("array", 4, "3_4"));
    }

    #[test]
    fn what_is_alive_hides_what_ended_under_the_same_comment() {
        let text = "1|0|CANCELLED|None|oddbench id a\n2|0|RUNNING|None|oddbench id a\n1|0|FAILED|None|oddbench id a\n";
        let queue = Queue::parse(text, "id");
        assert_eq!(queue.jobs(), ["2"]);
    }
}
