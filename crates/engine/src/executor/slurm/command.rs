//! The programs of Slurm: how they are called, and what their errors mean.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use thiserror::Error;

use super::queue;

/// Slurm could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SlurmError {
    /// Its programs are not here.
    #[error("`{program}` is not here, so that there is no Slurm to run trials")]
    NotHere {
        /// Which one.
        program: &'static str,
    },
    /// A program of Slurm said no.
    #[error("{program}: {message}")]
    Refused {
        /// Which one.
        program: &'static str,
        /// Its own words.
        message: String,
    },
}

/// How many tasks one command names: a line of a command has an end.
const AT_ONCE: usize = 500;

/// Parts of Slurm's messages, with what to do.
const REMEDIES: &[(&str, &str)] = &[
    (
        "invalid partition",
        "set executor.slurm.partition to one that `sinfo` lists (--slurm partition=NAME)",
    ),
    (
        "node configuration is not available",
        "no node has that much: lower executor.slurm.memory or cpus, or choose another partition (`sinfo -l`)",
    ),
    (
        "Memory specification",
        "lower executor.slurm.memory; `sinfo -o '%n %m'` shows what nodes have",
    ),
    (
        "generic resource",
        "set executor.slurm.gres to what `sinfo -o '%n %G'` lists, such as \"gpu:1\"",
    ),
    ("Invalid account", "set executor.slurm.account to one of yours, or ask who runs the cluster"),
    ("Invalid qos", "set executor.slurm.qos to one that `sacctmgr show qos` lists"),
    ("Invalid feature", "choose a --constraint that `sinfo -o '%n %f'` lists"),
    ("time limit", "lower executor.slurm.time; `sinfo -o '%P %l'` shows the limits"),
    (
        "Invalid job array",
        "the cluster takes no array of that size: raise executor.slurm.trials_per_task",
    ),
    (
        "QOSMaxSubmit",
        "the cluster takes no more jobs of yours: raise executor.slurm.trials_per_task, or wait",
    ),
    (
        "AssocMaxSubmit",
        "the cluster takes no more jobs of yours: raise executor.slurm.trials_per_task, or wait",
    ),
    (
        "accounting/QOS policy",
        "a limit of your account: ask for less, or set executor.slurm.account and qos",
    ),
    ("nrecognized option", "look at executor.slurm.options: `man sbatch` lists what there is"),
    (
        "Unable to contact slurm controller",
        "the controller does not answer: `scontrol ping` shows whether it is up",
    ),
    (
        "slurm.conf",
        "this machine has no settings of a cluster: work on a login node, or set SLURM_CONF",
    ),
    (
        "process configuration file",
        "this machine has no settings of a cluster: work on a login node, or set SLURM_CONF",
    ),
];

impl SlurmError {
    /// What to do.
    pub fn help(&self) -> String {
        match self {
            Self::NotHere { .. } => "work on a login node of the cluster (its programs sbatch, squeue, scontrol and \
                                     scancel must be on the PATH), or leave --executor slurm out: trials then run on \
                                     this machine"
                .to_owned(),
            Self::Refused { program, message } => {
                let known = REMEDIES.iter().find(|(part, _)| contains(message, part));
                match known {
                    Some((_, remedy)) => (*remedy).to_owned(),
                    None => format!(
                        "look at [executor.slurm] of the experiment file, at --slurm, and at `man {program}`"
                    ),
                }
            }
        }
    }

    /// Whether Slurm is there, and does not do what it is asked for.
    pub fn is_users_fault(&self) -> bool {
        matches!(self, Self::Refused { .. })
            && !self.is_passing()
            && !self.says("configuration file")
    }

    /// Whether the controller does not answer: it may be back soon.
    pub(super) fn is_passing(&self) -> bool {
        self.is_lost_answer() || self.says("Unable to contact") || self.says("Connection refused")
    }

    /// Whether the controller may have done what it was asked, and only its answer is missing.
    pub(super) fn is_lost_answer(&self) -> bool {
        self.says("timed out")
    }

    fn says(&self, part: &str) -> bool {
        matches!(self, Self::Refused { message, .. } if contains(message, part))
    }
}

fn contains(message: &str, part: &str) -> bool {
    message.to_lowercase().contains(&part.to_lowercase())
}

/// All that `squeue` says of our own jobs.
pub(super) fn squeue() -> Result<String, SlurmError> {
    call("squeue", &queue::ARGUMENTS.map(str::to_owned), None)
}

/// Submits a script, and returns the number of its job.
pub(super) fn sbatch(options: &[String], script: &str) -> Result<String, SlurmError> {
    let text = call("sbatch", options, Some(script))?;
    // `12`, or `12;cluster`.
    Ok(text.trim().split(';').next().unwrap_or_default().to_owned())
}

/// Cancels jobs, or tasks of them.
pub(super) fn scancel(jobs: &[String]) -> Result<(), SlurmError> {
    jobs.chunks(AT_ONCE).try_for_each(|jobs| call("scancel", jobs, None).map(drop))
}

/// Has tasks start now that Slurm has put back for later.
pub(super) fn start_now(tasks: &[String]) -> Result<(), SlurmError> {
    tasks.chunks(AT_ONCE).try_for_each(|tasks| {
        let jobs = format!("jobid={}", tasks.join(","));
        call("scontrol", &["update".to_owned(), jobs, "StartTime=now".to_owned()], None).map(drop)
    })
}

/// Lets tasks start again that Slurm holds.
pub(super) fn release(tasks: &[String]) -> Result<(), SlurmError> {
    tasks.chunks(AT_ONCE).try_for_each(|tasks| {
        call("scontrol", &["release".to_owned(), tasks.join(",")], None).map(drop)
    })
}

/// How many tasks an array may have; what Slurm is delivered with where the cluster does not say.
pub(super) fn most_tasks() -> usize {
    const DELIVERED: usize = 1001;
    let arguments = ["show", "config"].map(str::to_owned);
    let text = call("scontrol", &arguments, None).unwrap_or_default();
    let line = text.lines().find_map(|line| line.trim().strip_prefix("MaxArraySize"));
    let number = line.and_then(|rest| rest.trim_matches([' ', '=']).parse::<usize>().ok());
    // The number of the last task must be below it.
    number.unwrap_or(DELIVERED).max(1)
}

/// Whether the programs are here.
pub(super) fn is_here() -> Result<(), SlurmError> {
    let on_path = |program: &str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    };
    let programs = ["sbatch", "squeue", "scontrol", "scancel"];
    match programs.into_iter().find(|program| !on_path(program)) {
        None => Ok(()),
        Some(program) => Err(SlurmError::NotHere { program }),
    }
}

/// Runs a program of Slurm with that text on its stdin. Ctrl-C is for oddbench alone: a submission that has
/// begun is not cut off.
fn call(
    program: &'static str,
    arguments: &[String],
    stdin: Option<&str>,
) -> Result<String, SlurmError> {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    // Options that the user's environment holds for sbatch or squeue would change what is printed.
    for variable in ["SQUEUE_FORMAT", "SQUEUE_FORMAT2", "SQUEUE_STATES", "SBATCH_WAIT"] {
        command.env_remove(variable);
    }
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let output = spawn(command, stdin).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => SlurmError::NotHere { program },
        _ => SlurmError::Refused { program, message: error.to_string() },
    })?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(SlurmError::Refused {
            program,
            message: words(program, &output.stderr, &output.status),
        }),
    }
}

fn spawn(mut command: Command, stdin: Option<&str>) -> io::Result<std::process::Output> {
    let mut child = command.spawn()?;
    let pipe = child.stdin.take();
    thread::scope(|scope| {
        if let (Some(mut pipe), Some(text)) = (pipe, stdin) {
            scope.spawn(move || {
                // A program that reads no further says so by its exit status.
                let _ = pipe.write_all(text.as_bytes());
            });
        }
        child.wait_with_output()
    })
}

/// What a program said, in one line and without its own name.
fn words(program: &str, stderr: &[u8], status: &std::process::ExitStatus) -> String {
    let text = String::from_utf8_lossy(stderr);
    let own =
        [format!("{program}: error: "), format!("{program}: fatal: "), format!("{program}: ")];
    let plain = |line: &str| {
        let rest = own.iter().find_map(|own| line.strip_prefix(own.as_str()));
        rest.unwrap_or(line).trim().to_owned()
    };
    let lines: Vec<String> = text.lines().map(plain).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() { status.to_string() } else { lines.join("; ") }
}

/// The last lines of a file; nothing if it cannot be read.
pub(super) fn last_lines(path: &Path, lines: usize) -> Vec<String> {
    let bytes = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    all.iter().skip(all.len().saturating_sub(lines)).map(|line| (*line).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(message: &str) -> SlurmError {
        SlurmError::Refused { program: "sbatch", message: message.to_owned() }
    }

    /// The messages come from Slurm 22.05.
    #[test]
    fn what_slurm_says_has_a_remedy() {
        for (message, remedy) in [
            (
                "invalid partition specified: nope; Batch job submission failed: Invalid partition name specified",
                "sinfo",
            ),
            (
                "Memory specification can not be satisfied; Batch job submission failed: Requested node configuration is not available",
                "memory",
            ),
            ("Invalid generic resource (gres) specification", "gres"),
            ("Batch job submission failed: Invalid job array specification", "trials_per_task"),
            ("Batch job submission failed: Invalid feature specification", "--constraint"),
            ("Unable to contact slurm controller (connect failure)", "scontrol ping"),
            (
                "ClusterName needs to be specified; Unable to process configuration file",
                "SLURM_CONF",
            ),
            (
                "unrecognized option '--nonsense'; Try \"sbatch --help\" for more information",
                "options",
            ),
            ("something else", "man sbatch"),
        ] {
            let help = refused(message).help();
            assert!(help.contains(remedy), "{message}: {help}");
        }
        assert!(refused("Unable to contact slurm controller").is_passing());
        assert!(refused("Socket timed out on send/recv operation").is_passing());
        assert!(!refused("Invalid partition name specified").is_passing());
    }
}
