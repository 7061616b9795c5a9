//! Slurm's words for why a task waits and how it ended, with what to do about them.

/// Why a task waits, for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reason {
    /// What it means.
    pub(crate) words: &'static str,
    /// What to do; empty: it goes by itself.
    pub(crate) remedy: &'static str,
}

/// A task that a node could not start, and that Slurm holds.
pub(super) const LAUNCH_FAILED: &str = "launch failed";

/// Begins of Slurm's words; the first one that fits counts.
const REASONS: &[(&str, &str, &str)] = &[
    ("None", "it is about to be looked at", ""),
    ("Priority", "other jobs come first", ""),
    ("Resources", "what it asks for is in use", ""),
    ("JobArrayTaskLimit", "array_limit allows no more at a time", ""),
    ("BeginTime", "it waits for its time", ""),
    ("Cleaning", "its last run is being cleaned up", ""),
    ("Prolog", "the node is being prepared", ""),
    ("Reservation", "its reservation has not begun", ""),
    ("Licenses", "a licence is in use", ""),
    (
        "PartitionTimeLimit",
        "it asks for more time than the partition allows, and never starts",
        "lower executor.slurm.time, or choose another partition (`sinfo` lists them)",
    ),
    (
        "PartitionNodeLimit",
        "it asks for more nodes than the partition allows, and never starts",
        "ask for less, or choose another partition (`sinfo` lists them)",
    ),
    (
        "PartitionConfig",
        "the partition cannot give what it asks for, and it never starts",
        "ask for less (executor.slurm.cpus, memory, gres), or choose another partition (`sinfo -l` shows them)",
    ),
    (
        "PartitionDown",
        "the partition is down",
        "ask who runs the cluster, or choose another partition",
    ),
    (
        "PartitionInactive",
        "the partition starts nothing",
        "ask who runs the cluster, or choose another partition",
    ),
    (
        "ReqNodeNotAvail",
        "a node that it needs is down or reserved",
        "look at `sinfo -R`; ask for less, or wait",
    ),
    ("NodeDown", "a node that it needs is down", "look at `sinfo -R`, or wait"),
    (
        "Nodes required for job are DOWN",
        "every node that it could run on is down or drained",
        "look at `sinfo -R`; who runs the cluster brings a node back (scontrol update nodename=NODE state=resume)",
    ),
    (
        "BadConstraints",
        "no node has what it asks for, and it never starts",
        "ask for less, or for other features (`sinfo -o '%n %f'` lists them)",
    ),
    ("JobHeldUser", "you hold it", "release it: scontrol release JOB"),
    ("JobHeldAdmin", "an administrator holds it", "ask who runs the cluster"),
    (
        LAUNCH_FAILED,
        "a node could not start it, and Slurm holds it",
        "look at `sinfo -R`, then release it: scontrol release JOB",
    ),
    (
        "job requeued in held state",
        "Slurm has put it back and holds it",
        "release it: scontrol release JOB",
    ),
    (
        "DependencyNeverSatisfied",
        "it depends on a job that failed, and never starts",
        "cancel it (scancel JOB), and remove --dependency from executor.slurm.options",
    ),
    ("Dependency", "it waits for another job", ""),
    (
        "InvalidAccount",
        "the account is not yours or not there",
        "set executor.slurm.account (`sacctmgr show user $USER withassoc` lists yours)",
    ),
    (
        "InvalidQOS",
        "the quality of service is not yours or not there",
        "set executor.slurm.qos (`sacctmgr show qos` lists them)",
    ),
    (
        "AccountNotAllowed",
        "the partition does not take the account",
        "set executor.slurm.account, or choose another partition",
    ),
    (
        "QOSNotAllowed",
        "the partition does not take the quality of service",
        "set executor.slurm.qos",
    ),
    (
        "QOSMax",
        "a limit of the quality of service is reached",
        "wait, or ask for less (`sacctmgr show qos` shows the limits)",
    ),
    ("QOS", "a limit of the quality of service is reached", "wait, or ask for less"),
    ("Assoc", "a limit of your account is reached", "wait, or ask for less"),
    ("MaxCpuPerAccount", "a limit of your account is reached", "wait, or ask for less"),
];

/// Reasons of a moment.
const PASSING: [&str; 5] = ["None", "JobArrayTaskLimit", "BeginTime", "Cleaning", "Prolog"];

impl Reason {
    /// Whether somebody who watches should hear of it.
    pub(super) fn is_worth_telling(&self) -> bool {
        PASSING.iter().all(|word| Self::of(word) != *self)
    }

    /// The whole in words, about that task.
    pub(crate) fn said(&self, word: &str, task: &str) -> String {
        let remedy = match self.remedy {
            "" => String::new(),
            remedy => format!("; {}", remedy.replace("JOB", task)),
        };
        format!("{word} ({}){remedy}", self.words)
    }

    /// The meaning of Slurm's word. A word that is not known here gets a pointer to Slurm's manual.
    pub(crate) fn of(word: &str) -> Self {
        let known = REASONS.iter().find(|(begin, ..)| word.starts_with(begin));
        known.map_or(
            Self { words: "see \"JOB REASON CODES\" in `man squeue`", remedy: "" },
            |(_, words, remedy)| Self { words, remedy },
        )
    }
}

/// How a task ended that left a trial without a record, with what to do about it.
pub(super) fn end(word: &str) -> &'static str {
    match word {
        "TIMEOUT" => {
            "the time limit cut it off: raise executor.slurm.time, or lower trials_per_task"
        }
        "OUT_OF_MEMORY" => "it held more memory than it had asked for: raise executor.slurm.memory",
        "NODE_FAIL" => "its node failed",
        "PREEMPTED" => "another job took its place",
        "CANCELLED" => "somebody cancelled it",
        "DEADLINE" => "its deadline came first",
        "BOOT_FAIL" => "its node did not start",
        "COMPLETED" => "it ended by itself",
        _ => "it ended with an error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_word_counts() {
        assert_eq!(Reason::of("Dependency").remedy, "");
        assert!(Reason::of("DependencyNeverSatisfied").remedy.contains("scancel"));
        assert!(Reason::of("QOSMaxWallDurationPerJobLimit").words.contains("limit"));
        assert!(Reason::of("launch failed requeued held").remedy.contains("release"));
        assert!(Reason::of("SomethingNew").words.contains("man squeue"));
        // No entry is hidden behind an earlier one.
        for (at, (word, words, _)) in REASONS.iter().enumerate() {
            assert_eq!(Reason::of(word).words, *words, "entry {at}: {word}");
        }
    }
}
