//! Detect: a table of the user's own, scored by a saved model or by one that is fitted on it.
//!
//! Uploads and results live in memory within the limits, and go with the server.

pub mod download;
pub mod filter;
pub mod fitted;
pub mod groups;
pub mod jobs;
pub mod kinds;
pub mod labels;
pub mod marks;
pub mod outcome;
mod params;
pub mod reading;
pub mod reasons;
pub mod relabel;
pub mod request;
pub mod result;
pub mod samples;
pub mod scored_rows;
pub mod upload_info;
pub mod uploads;
pub mod work;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use crate::allocator::give_back_free_memory;
use crate::error::{Answer, ApiError};
use crate::limits::Limits;
use fitted::FittedModels;
use jobs::Job;
use uploads::Upload;

/// Uploads and jobs.
pub struct Detect {
    uploads: Mutex<Vec<Arc<Upload>>>,
    jobs: Mutex<Vec<Arc<Job>>>,
    /// Models that were fitted; they outlive their jobs.
    pub fitted: FittedModels,
    /// Places for jobs that run.
    pub running: Arc<Semaphore>,
}

impl Detect {
    /// No uploads, no jobs.
    pub fn new(limits: &Limits) -> Self {
        Self {
            uploads: Mutex::default(),
            jobs: Mutex::default(),
            fitted: FittedModels::default(),
            running: Arc::new(Semaphore::new(limits.jobs)),
        }
    }

    fn uploads(&self) -> MutexGuard<'_, Vec<Arc<Upload>>> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn jobs(&self) -> MutexGuard<'_, Vec<Arc<Job>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every upload that is not too old.
    pub fn all_uploads(&self, limits: &Limits) -> Vec<Arc<Upload>> {
        self.sweep(limits);
        self.uploads().clone()
    }

    /// The upload of that id; it is used now, so it stays.
    pub fn upload(&self, id: &str, limits: &Limits) -> Answer<Arc<Upload>> {
        self.sweep(limits);
        let mut uploads = self.uploads();
        let at = uploads.iter().position(|upload| upload.id == id);
        let at = at.ok_or_else(|| ApiError::none("upload", "/api/uploads"))?;
        let found = uploads.remove(at);
        found.touch();
        uploads.push(Arc::clone(&found));
        Ok(found)
    }

    /// Keeps an upload; those that were used longest ago make room.
    pub fn keep(&self, upload: Arc<Upload>, limits: &Limits) -> Answer<()> {
        self.sweep(limits);
        if upload.memory > limits.uploads_bytes {
            return Err(ApiError::too_large(
                "the table takes more memory than all uploads may",
                "give fewer rows or columns",
            ));
        }
        let mut gone = Vec::new();
        {
            let mut uploads = self.uploads();
            uploads.push(upload);
            let memory =
                |uploads: &[Arc<Upload>]| uploads.iter().map(|upload| upload.memory).sum::<usize>();
            while uploads.len() > limits.uploads || memory(&uploads) > limits.uploads_bytes {
                // A job that still runs holds its rows by itself until it has stopped.
                gone.push(uploads.remove(0));
            }
        }
        self.forget(gone);
        Ok(())
    }

    /// Removes an upload and its jobs. Models that were fitted on it stay.
    pub fn remove_upload(&self, id: &str, limits: &Limits) -> Answer<()> {
        self.upload(id, limits)?;
        let gone = self.uploads().extract_if(.., |upload| upload.id == id).collect();
        self.forget(gone);
        Ok(())
    }

    fn sweep(&self, limits: &Limits) {
        let is_old = |upload: &mut Arc<Upload>| upload.idle() >= limits.upload_age;
        let gone = self.uploads().extract_if(.., is_old).collect();
        self.forget(gone);
    }

    /// Forgets the jobs of uploads that are no longer kept, and gives their memory back.
    fn forget(&self, gone: Vec<Arc<Upload>>) {
        if gone.is_empty() {
            return;
        }
        gone.iter().for_each(|upload| self.forget_jobs_of(&upload.id));
        drop(gone);
        give_back_free_memory();
    }

    fn forget_jobs_of(&self, upload: &str) {
        self.jobs().retain(|job| {
            let other = job.upload.id != upload;
            if !other {
                job.cancel();
            }
            other
        });
    }

    /// Every job, the oldest first.
    pub fn all_jobs(&self) -> Vec<Arc<Job>> {
        self.jobs().clone()
    }

    /// The job of that id.
    pub fn job(&self, id: &str) -> Answer<Arc<Job>> {
        let found = self.jobs().iter().find(|job| job.id == id).cloned();
        found.ok_or_else(|| ApiError::none("job", "/api/jobs"))
    }

    /// Takes a job in, unless too many wait; results of the oldest make room.
    pub fn add_job(&self, job: Arc<Job>, limits: &Limits) -> Answer<()> {
        let mut jobs = self.jobs();
        let open = jobs.iter().filter(|job| !job.is_over()).count();
        if open >= limits.jobs + limits.jobs_waiting {
            return Err(ApiError::busy(
                format!("jobs that are running or waiting: {open}, which is the limit"),
                "wait until one is over, or cancel one",
            ));
        }
        let over = jobs.iter().filter(|job| job.is_over()).count();
        if over >= limits.jobs_kept
            && let Some(oldest) = jobs.iter().position(|job| job.is_over())
        {
            jobs.remove(oldest);
        }
        jobs.push(job);
        Ok(())
    }

    /// Cancels a job that runs, forgets one that is over.
    pub fn remove_job(&self, id: &str) -> Answer<()> {
        let job = self.job(id)?;
        match job.is_over() {
            true => {
                self.jobs().retain(|other| other.id != id);
                self.fitted.forget(id);
            }
            false => job.cancel(),
        }
        Ok(())
    }

    /// Cancels everything: the server stops.
    pub fn cancel_all(&self) {
        self.jobs().iter().for_each(|job| job.cancel());
    }

    /// Keeps the model that a job has fitted, if it has.
    pub fn keep_fitted(&self, job: &Job, limits: &Limits) {
        self.fitted.keep(job, limits.models_kept);
    }

    /// Jobs that run or wait.
    pub fn open_jobs(&self) -> usize {
        self.jobs().iter().filter(|job| !job.is_over()).count()
    }

    /// Uploads that are kept.
    pub fn kept_uploads(&self) -> usize {
        self.uploads().len()
    }
}
