//! `[executor.slurm]`: what a task of Slurm gets. No key decides a score, so none is part of a
//! trial's address or of the manifest.

use oddbench_core::keys::{DefaultValue, Key, Values};

/// What Slurm is asked for, and how trials are put into tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlurmSettings {
    /// The partition; `None`: the cluster's default. So it is with the three below.
    pub partition: Option<String>,
    /// The account that is charged.
    pub account: Option<String>,
    /// The quality of service.
    pub qos: Option<String>,
    /// Generic resources, such as `gpu:1`.
    pub gres: Option<String>,
    /// What a task may take, in minutes; `None`: the partition's default.
    pub minutes: Option<u64>,
    /// The memory limit of a task, in MiB; `None`: the partition's default.
    pub memory_mb: Option<u64>,
    /// Cores of a task.
    pub cpus: u64,
    /// How many tasks of one array may run at the same time; `None`: as many as Slurm starts.
    pub array_limit: Option<u64>,
    /// How many trials a task runs, one after the other, or several together on a graphics card.
    pub trials_per_task: usize,
    /// How many tasks a trial may have before it counts as failed. It gets further tasks until it was alone in one.
    pub attempts: usize,
    /// How many seconds lie between two looks at the queue.
    pub poll_seconds: u64,
    /// Further options of `sbatch`, each with its value.
    pub options: Vec<String>,
    /// Lines of the shell that a task runs first.
    pub setup: Vec<String>,
}

impl Default for SlurmSettings {
    fn default() -> Self {
        Self {
            partition: None,
            account: None,
            qos: None,
            gres: None,
            minutes: None,
            memory_mb: None,
            cpus: 1,
            array_limit: None,
            trials_per_task: TRIALS_PER_TASK as usize,
            attempts: ATTEMPTS as usize,
            poll_seconds: POLL_SECONDS,
            options: Vec::new(),
            setup: Vec::new(),
        }
    }
}

/// Slurm needs about a second to start a task.
const TRIALS_PER_TASK: u64 = 4;
const ATTEMPTS: u64 = 3;
/// Slurm's own manual asks programs that look at the queue in a loop to do so rarely.
const POLL: &str = "10s";
const POLL_SECONDS: u64 = 10;

/// Options of `sbatch` that the executor gives itself, with their short forms.
pub(crate) const OWN_OPTIONS: [(&str, &str); 9] = [
    ("--array", "-a"),
    ("--comment", "--comment"),
    ("--error", "-e"),
    ("--job-name", "-J"),
    ("--open-mode", "--open-mode"),
    ("--output", "-o"),
    ("--parsable", "--parsable"),
    ("--wait", "-W"),
    ("--wrap", "--wrap"),
];

impl SlurmSettings {
    /// Its keys, as the experiment file has them.
    pub(crate) const KEYS: &'static [Key] = &[
        text("partition", "The partition, in place of the cluster's default"),
        text("account", "The account that is charged"),
        text("qos", "The quality of service"),
        text("gres", "Generic resources of a task, such as `gpu:1`"),
        text(
            "time",
            "How long a task may take with all its trials, such as `2h`, in place of the partition's default",
        ),
        text(
            "memory",
            "What a task may hold in memory, such as `8 GB`, in place of the partition's default",
        ),
        whole("cpus", (1, 4096), " cores", DefaultValue::Whole(1), "Cores of a task"),
        whole(
            "array_limit",
            (1, 1_000_000),
            " tasks",
            DefaultValue::Absent,
            "How many tasks may run at the same time",
        ),
        whole(
            "trials_per_task",
            (1, 100_000),
            " trials",
            DefaultValue::Whole(TRIALS_PER_TASK),
            "How many trials a task runs: one after the other, or together on a GPU if they differ only in seeds and numbers",
        ),
        whole(
            "attempts",
            (1, 100),
            " tasks",
            DefaultValue::Whole(ATTEMPTS),
            "How many tasks a trial may have that end without a record, before it counts as failed. It gets further tasks until it was alone in one",
        ),
        Key {
            name: "poll",
            values: Values::Text,
            default: DefaultValue::Word(POLL),
            meaning: "How often the queue is looked at",
        },
        Key {
            name: "options",
            values: Values::Texts,
            default: DefaultValue::Absent,
            meaning: "Further options of sbatch, such as `--constraint=avx512`",
        },
        Key {
            name: "setup",
            values: Values::Texts,
            default: DefaultValue::Absent,
            meaning: "Lines of the shell that a task runs first, such as `module load cuda`",
        },
    ];

    /// The options of `sbatch` that the settings ask for.
    pub(super) fn sbatch_options(&self) -> Vec<String> {
        let with = |name: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!("--{name}={value}"))
        };
        let asked = [
            with("partition", &self.partition),
            with("account", &self.account),
            with("qos", &self.qos),
            with("gres", &self.gres),
            self.minutes.map(|minutes| format!("--time={minutes}")),
            self.memory_mb.map(|memory| format!("--mem={memory}M")),
            Some(format!("--cpus-per-task={}", self.cpus)),
        ];
        asked.into_iter().flatten().chain(self.options.iter().cloned()).collect()
    }

    /// Whether tasks begin at a time that the user has chosen. A task that is run again waits for a time, too.
    pub(super) fn has_begin(&self) -> bool {
        self.options.iter().any(|option| option.starts_with("--begin") || option.starts_with("-b"))
    }
}

const fn text(name: &'static str, meaning: &'static str) -> Key {
    Key { name, values: Values::Text, default: DefaultValue::Absent, meaning }
}

const fn whole(
    name: &'static str,
    (min, max): (u64, u64),
    unit: &'static str,
    default: DefaultValue,
    meaning: &'static str,
) -> Key {
    Key { name, values: Values::Whole { min, max, unit }, default, meaning }
}
