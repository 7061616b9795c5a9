//! Prepares the rows that the trials of a run need: loads the data set, splits it, and writes one file
//! per fold and view. It also computes what a report says about the rows themselves.

use std::time::Instant;

use oddbench_core::Dataset;
use oddbench_core::audit::Audit;
use oddbench_core::experiment::View;
use oddbench_core::record::{Manifest, Projection};
use oddbench_data::Cache;

use crate::audit::audit_split;
use crate::executor::ExecuteError;
use crate::labelled::LabelledTables;
use crate::plan::rows_address;
use crate::prepared::Prepared;
use crate::prepared_file;
use crate::progress::{Event, Listener};
use crate::run_error::RunError;
use crate::spec::Spec;
use crate::store::Store;
use crate::troubles::{Seen, Troubles};

/// What is computed from the rows and not from scores, as far as it exists.
pub(crate) struct RowFacts {
    /// The scatter of the test rows.
    pub(crate) projection: Option<Projection>,
    /// The counts of duplicates, overlap and contradictions.
    pub(crate) audit: Option<Audit>,
}

/// Which rows are to be prepared, for whom.
pub(crate) struct Preparation<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) store: &'a Store,
    pub(crate) manifest: &'a Manifest,
    /// Positions of the trials that are to be run.
    pub(crate) pending: &'a [usize],
    pub(crate) listener: &'a dyn Listener,
}

impl Preparation<'_> {
    /// Loads the data set once and writes the rows of each fold that is needed, one after the other. The
    /// scatter comes last, when the data set is gone. It is drawn from the rows that were written.
    pub(crate) fn run(&self, cache: &Cache, facts: &mut RowFacts) -> Result<(), RunError> {
        let dataset = self.manifest.data.dataset.clone();
        self.listener.event(&Event::Preparing { dataset, set: None });
        let started = Instant::now();
        let dataset = self.spec.load(cache).map_err(RunError::Data)?;
        let to_project = self.write_rows(&dataset, started, facts)?;
        drop(dataset);
        if let Some(prepared) = to_project {
            let scatter = prepared.projection().map_err(|error| self.spec.rows_error(&error))?;
            self.store.write_projection(&scatter)?;
            facts.projection = Some(scatter);
        }
        Ok(())
    }

    /// Writes rows, and gives those that the scatter is still to be made of: mapped, so that they take no memory yet.
    fn write_rows(
        &self,
        dataset: &Dataset,
        started: Instant,
        facts: &mut RowFacts,
    ) -> Result<Option<Prepared>, RunError> {
        let experiment = &self.spec.experiment;
        let tables = LabelledTables::new(dataset, self.spec)
            .map_err(|error| self.spec.rows_error(&error))?;
        let mut to_project = None;
        let mut troubles = Troubles::of(self.spec);
        for (position, fold) in experiment.split.kind().folds().into_iter().enumerate() {
            // The audit and the scatter are of the only split, or of the first fold.
            let no_audit = position == 0 && facts.audit.is_none();
            let no_scatter = position == 0 && facts.projection.is_none();
            let views = self.needed(fold, no_scatter);
            if views.is_empty() && !no_audit {
                continue;
            }
            let Some(split) = troubles.split(&tables, fold) else { continue };
            if no_audit {
                let audit = audit_split(&tables, &split, self.spec);
                self.store.write_audit(&audit)?;
                facts.audit = Some(audit);
            }
            for own in views {
                let view = own.clone().unwrap_or_else(|| experiment.view());
                let seen = Seen { fold, view: own.as_ref() };
                let address = rows_address(self.manifest, own.as_ref(), fold);
                let path = self.store.prepared_path(&address);
                let prepared = troubles
                    .prepare(seen, &view, &tables, &split, |rows| prepared_file::write(rows, &path))
                    .map_err(ExecuteError::Prepared)?;
                let Some(prepared) = prepared else { continue };
                if no_scatter && own.is_none() {
                    let written = prepared_file::read(&path).map_err(ExecuteError::Prepared)?;
                    to_project = Some(written);
                }
                let several = experiment.models.iter().any(|model| model.view.is_some());
                let features = several.then(|| view.features.clone());
                let (sizes, seconds) = (prepared.sizes(), started.elapsed().as_secs_f64());
                let fold = self.spec.fold_in_words(fold);
                self.listener.event(&Event::Prepared { set: None, sizes, fold, features, seconds });
            }
        }
        troubles.finish()?;
        Ok(to_project)
    }

    /// The views of a fold's rows that trials need, and the experiment's own, which comes first, if the
    /// scatter needs it.
    fn needed(&self, fold: Option<u32>, scatter: bool) -> Vec<Option<View>> {
        let for_trials = |view: &Option<View>| {
            let mut trials = self.pending.iter().map(|&trial| &self.manifest.trials[trial]);
            trials.any(|trial| trial.fold == fold && trial.view == *view)
        };
        let mut views = views(self.spec);
        views.retain(|view| for_trials(view) || (scatter && view.is_none()));
        views
    }
}

/// The distinct views of the models, the experiment's own (`None`) first.
pub(crate) fn views(spec: &Spec) -> Vec<Option<View>> {
    let mut views = vec![None];
    for model in &spec.experiment.models {
        if !views.contains(&model.view) {
            views.push(model.view.clone());
        }
    }
    views
}
