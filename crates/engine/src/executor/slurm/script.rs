//! The batch script: what a task of Slurm does.

use std::path::Path;

use oddbench_core::quote;

use super::ledger::{Array, Jobs};
use super::queue;
use super::settings::SlurmSettings;

/// A script to submit.
pub(super) struct Submission {
    /// The options of `sbatch`.
    pub(super) options: Vec<String>,
    /// The text.
    pub(super) script: String,
}

/// What a script runs, and for which experiment.
pub(super) struct Work<'a> {
    /// The experiment's name.
    pub(super) name: &'a str,
    /// Its results, as a whole path.
    pub(super) dir: &'a Path,
    /// The program of oddbench.
    pub(super) program: &'a Path,
    /// How many models may train together on a graphics card.
    pub(super) together: usize,
}

/// An array of tasks. A task runs its trials one after the other, or trains several together on a graphics card. A task
/// waits for a trial that another process has claimed: the task that a lost node had is gone, but its claim holds for a
/// while.
pub(super) fn submission(
    work: &Work<'_>,
    jobs: &Jobs,
    array: &Array,
    settings: &SlurmSettings,
) -> Submission {
    let last = array.tasks.len().saturating_sub(1);
    let limit = settings.array_limit.map(|limit| format!("%{limit}")).unwrap_or_default();
    let mut options = settings.sbatch_options();
    options.extend([
        "--parsable".to_owned(),
        format!("--array=0-{last}{limit}"),
        format!("--job-name=oddbench {}", work.name),
        format!("--comment={}", queue::comment(&jobs.experiment, &array.name)),
        format!("--output={}", jobs.log_pattern(&array.name)),
        // A task that Slurm runs again adds to its log.
        "--open-mode=append".to_owned(),
        // If a node fails, Slurm itself runs its tasks again.
        "--requeue".to_owned(),
        // Without it a job whose dependency has failed waits for ever.
        "--kill-on-invalid-dep=yes".to_owned(),
    ]);
    Submission { options, script: script(work, &jobs.tasks_path(&array.name), settings) }
}

fn script(work: &Work<'_>, tasks: &Path, settings: &SlurmSettings) -> String {
    let path = |path: &Path| quote::shell(&path.display().to_string()).into_owned();
    let (program, dir, tasks) = (path(work.program), path(work.dir), path(tasks));
    let together = work.together;
    let setup: String = settings.setup.iter().map(|line| format!("{line}\n")).collect();
    format!(
        r#"#!/bin/bash
# Trials of one task, written by `oddbench run --executor slurm`.
echo "task $SLURM_ARRAY_TASK_ID on $(hostname), started $(date -u +%FT%TZ)${{SLURM_RESTART_COUNT:+, started again $SLURM_RESTART_COUNT times}}" >&2
{setup}ids=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" {tasks}) || exit 1
export RAYON_NUM_THREADS=${{SLURM_CPUS_PER_TASK:-1}}
exec {program} trial --experiment-dir {dir} --together {together} --wait $ids
"#
    )
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::store::Store;

    fn array(home: &Path) -> (Jobs, Array) {
        let store = Store::at(&home.join("it's here/x"));
        let mut jobs = Jobs::open(&store).unwrap();
        let tasks = vec![vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()]];
        let array = jobs.add(&store, tasks).unwrap();
        (jobs, array)
    }

    #[test]
    fn sbatch_is_told_all_that_the_settings_say() {
        let home = tempfile::tempdir().unwrap();
        let (jobs, array) = array(home.path());
        let settings = SlurmSettings {
            partition: Some("gpu".into()),
            gres: Some("gpu:1".into()),
            minutes: Some(90),
            memory_mb: Some(4096),
            cpus: 2,
            array_limit: Some(5),
            options: vec!["--constraint=avx512".into()],
            ..SlurmSettings::default()
        };
        let program = Path::new("/bin/oddbench");
        let work = Work { name: "x", dir: Path::new("/r/x"), program, together: 256 };
        let options = submission(&work, &jobs, &array, &settings).options;
        for expected in [
            "--partition=gpu",
            "--gres=gpu:1",
            "--time=90",
            "--mem=4096M",
            "--cpus-per-task=2",
            "--constraint=avx512",
            "--array=0-1%5",
            "--job-name=oddbench x",
            &format!("--comment=oddbench {} {}", jobs.experiment, array.name),
            "--kill-on-invalid-dep=yes",
        ] {
            assert!(options.iter().any(|option| option == expected), "{expected}: {options:?}");
        }
        let plain = submission(&work, &jobs, &array, &SlurmSettings::default()).options;
        assert!(plain.contains(&"--array=0-1".to_owned()), "{plain:?}");
        assert!(!plain.iter().any(|option| option.starts_with("--partition")), "{plain:?}");
    }

    /// The shell itself reads the script, with `echo` for oddbench.
    #[cfg(unix)]
    #[test]
    fn a_task_runs_the_trials_of_its_line() {
        let home = tempfile::tempdir().unwrap();
        let (jobs, array) = array(home.path());
        let dir = home.path().join("it's here/x");
        let work = Work { name: "x", dir: &dir, program: Path::new("/bin/echo"), together: 7 };
        let setup = vec!["export GREETING=hello".to_owned(), "echo $GREETING".to_owned()];
        let settings = SlurmSettings { setup, ..SlurmSettings::default() };
        let script = submission(&work, &jobs, &array, &settings).script;
        for (task, ids) in [("0", "a b"), ("1", "c")] {
            let mut bash = Command::new("bash");
            let output =
                bash.args(["-c", &script]).env("SLURM_ARRAY_TASK_ID", task).output().unwrap();
            let dir = dir.display();
            let expected =
                format!("hello\ntrial --experiment-dir {dir} --together 7 --wait {ids}\n");
            assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
        }
    }
}
