//! From trials without a task to arrays of Slurm.

use std::path::Path;

use oddbench_core::counts::counted;

use super::command::{self, SlurmError};
use super::ledger::Jobs;
use super::script::{self, Work};
use super::settings::SlurmSettings;
use crate::executor::ExecuteError;
use crate::store::Store;

/// Whose tasks they are: the experiment's name, the program, and how many models may train together.
#[derive(Clone, Copy)]
pub(super) struct Submitter<'a> {
    pub(super) name: &'a str,
    pub(super) program: &'a Path,
    pub(super) together: usize,
}

/// Submits tasks as arrays no greater than the cluster takes. The text that it returns is for the user. A controller
/// that is away gets them when it is back.
pub(super) fn submit(
    store: &Store,
    jobs: &mut Jobs,
    tasks: Vec<Vec<String>>,
    Submitter { name, program, together }: Submitter<'_>,
    settings: &SlurmSettings,
) -> Result<Option<String>, ExecuteError> {
    if tasks.is_empty() {
        return Ok(None);
    }
    let dir = std::path::absolute(store.dir()).unwrap_or_else(|_| store.dir().to_owned());
    let work = Work { name, dir: &dir, program, together };
    let (mut trials, mut numbers) = (0, Vec::new());
    let count = tasks.len();
    for tasks in tasks.chunks(command::most_tasks()) {
        let array = jobs.add(store, tasks.to_vec())?;
        let submission = script::submission(&work, jobs, &array, settings);
        match command::sbatch(&submission.options, &submission.script) {
            Ok(number) => numbers.push(number),
            Err(error) => {
                // If the answer alone was lost, the queue will show the array.
                if !error.is_lost_answer() {
                    jobs.take_back(store, &array.name)?;
                }
                return passing(error);
            }
        }
        trials += tasks.iter().map(Vec::len).sum::<usize>();
    }
    let (trials, tasks) = (counted(trials, "trial"), counted(count, "task"));
    Ok(Some(format!(
        "submitted {trials} of {name} to Slurm in {tasks}: job {}",
        numbers.join(", ")
    )))
}

fn passing(error: SlurmError) -> Result<Option<String>, ExecuteError> {
    match error.is_passing() {
        true => Ok(Some(format!("{error}; what has no task is submitted later"))),
        false => Err(error.into()),
    }
}
