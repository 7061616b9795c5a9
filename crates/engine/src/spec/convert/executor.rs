//! `[executor.slurm]`: what the tasks of a cluster are given.

use serde::{Deserialize, Serialize};
use toml::Table;

use super::{limits, section};
use crate::executor::slurm::{OWN_OPTIONS, SlurmSettings};
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;

/// The section with its types, before times and sizes are read.
#[derive(Debug, Serialize, Deserialize)]
struct Read {
    partition: Option<String>,
    account: Option<String>,
    qos: Option<String>,
    gres: Option<String>,
    time: Option<String>,
    memory: Option<String>,
    cpus: u64,
    array_limit: Option<u64>,
    trials_per_task: usize,
    attempts: usize,
    poll: String,
    options: Option<Vec<String>>,
    setup: Option<Vec<String>>,
}

pub(super) fn slurm(table: &Table) -> Result<SlurmSettings, Fault> {
    let at = KeyPath::of(&["executor", "slurm"]);
    let read: Read = section::read(SlurmSettings::KEYS, &at, table, None)?;
    let time = read
        .time
        .as_ref()
        .map(|text| limits::seconds(&at.key("time"), text, "\"2h\", \"90m\" or \"1d\""));
    let memory = read.memory.as_ref().map(|text| {
        let help = "write it like this: memory = \"8 GB\", \"800 MB\" or \"2 GiB\"";
        limits::mebibytes(text).ok_or_else(|| limits::no_size(&at.key("memory"), text, help))
    });
    let options = read.options.unwrap_or_default();
    for (index, option) in options.iter().enumerate() {
        refuse(&at.key("options").index(index), option)?;
    }
    Ok(SlurmSettings {
        // Slurm counts minutes, and rounds up.
        minutes: time.transpose()?.map(|seconds| seconds.div_ceil(60)),
        poll_seconds: limits::seconds(&at.key("poll"), &read.poll, "\"10s\" or \"1m\"")?,
        partition: read.partition,
        account: read.account,
        qos: read.qos,
        gres: read.gres,
        memory_mb: memory.transpose()?,
        cpus: read.cpus,
        array_limit: read.array_limit,
        trials_per_task: read.trials_per_task,
        attempts: read.attempts,
        options,
        setup: read.setup.unwrap_or_default(),
    })
}

/// Refuses a text that is no option, and options that oddbench gives itself.
fn refuse(key: &KeyPath, option: &str) -> Result<(), Fault> {
    if !option.starts_with('-') {
        let help =
            "write each as sbatch takes it: options = [\"--constraint=avx512\", \"--exclusive\"]";
        return Err(Fault::value(key, format!("\"{option}\" is no option of sbatch"), help));
    }
    let name = option.split(['=', ' ']).next().unwrap_or_default();
    // A short form may have its value right behind it.
    let is = |(long, short): &&(&str, &str)| {
        name == *long || (short.len() == 2 && !name.starts_with("--") && name.starts_with(short))
    };
    match OWN_OPTIONS.iter().find(is) {
        None => Ok(()),
        Some((long, _)) => {
            let message = format!("oddbench gives {long} itself");
            let help = "remove it; the jobs are found by these options";
            Err(Fault::value(key, message, help))
        }
    }
}
