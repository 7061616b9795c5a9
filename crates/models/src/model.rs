//! What a detector's file writes, and what all detectors share: checks of the input, saving, loading
//! and the entry in the table of kinds.

use std::path::Path;

use oddbench_core::{
    Detector, DetectorError, FittedDetector, Matrix, Train, TrainingRows, Watch,
    detector::check_input,
};
use serde_json::{Value, json};

use crate::device::Device;
use crate::kind::Kind;
use crate::params::{self, ParamError, Params, parse};
use crate::peer_names::EVERYWHERE;
use crate::save::Saved;
use crate::supervised::checked_labels;
use crate::training_shape::TrainingShape;

/// A kind of detector, implemented for its parameters.
pub(crate) trait Model: Params + Clone + Send + Sync + 'static {
    /// What a fit learns.
    type Learned: Send + Sync + 'static;

    /// The entry in the table of kinds, made by [`Kind::of`].
    const KIND: Kind;

    /// Whether the seed makes no difference.
    fn deterministic(&self) -> bool {
        true
    }

    /// Whether the parameters suit rows of that shape. A fit is not begun if they do not, and `check`
    /// asks it before anything is fitted.
    fn suits(&self, _shape: &TrainingShape) -> Result<(), ParamError> {
        Ok(())
    }

    /// Which of that many training rows a fit looks at, in ascending order; `None`: at all of them.
    fn sample(&self, _rows: usize, _seed: u64) -> Option<Vec<usize>> {
        None
    }

    /// Learns from training rows. Everything random is drawn from the seed.
    fn fit(&self, fit: Fit<'_>) -> Result<Self::Learned, DetectorError>;

    /// One finite score per row; the higher, the more anomalous.
    fn score(&self, learned: &Self::Learned, x: &Matrix) -> Result<Vec<f64>, DetectorError>;

    /// See [`FittedDetector::score_training`].
    fn score_training(
        &self,
        learned: &Self::Learned,
        x: &Matrix,
    ) -> Result<Vec<f64>, DetectorError> {
        self.score(learned, x)
    }

    /// See [`FittedDetector::native_threshold`].
    fn native_threshold(&self, _learned: &Self::Learned) -> Option<f64> {
        None
    }

    /// See [`FittedDetector::explain`].
    fn explain(
        &self,
        _learned: &Self::Learned,
        _x: &Matrix,
    ) -> Result<Option<Matrix>, DetectorError> {
        Ok(None)
    }

    /// See [`FittedDetector::reconstruct`].
    fn reconstruct(
        &self,
        _learned: &Self::Learned,
        _x: &Matrix,
    ) -> Result<Option<Matrix>, DetectorError> {
        Ok(None)
    }

    /// Adds what was learned to a saved model, which has the parameters already.
    fn save(learned: &Self::Learned, saved: Saved) -> Saved;

    /// Takes from a saved model what [`Self::save`] added.
    fn load(&self, saved: &Saved) -> Result<Self::Learned, DetectorError>;
}

impl Kind {
    /// An unsupervised kind that runs on the processor and whose default parameters are quick; what
    /// differs is overwritten.
    pub(crate) const fn of<M: Model>(
        name: &'static str,
        summary: &'static str,
        source: &'static str,
    ) -> Self {
        Self {
            name,
            summary,
            source,
            supervised: false,
            uses_device: false,
            fits_uploads: false,
            positional: false,
            peers: &[],
            elsewhere: EVERYWHERE,
            resolve: params::resolve::<M>,
            suits: suits::<M>,
            build: build::<M>,
            load: load::<M>,
            schema: params::schema::<M>,
            in_company: None,
            #[cfg(any(test, feature = "burn"))]
            engines: None,
            quick: || json!({}),
        }
    }
}

/// What a fit is given. There are rows, all values are finite, and the validation rows have the
/// columns of the training rows.
pub(crate) struct Fit<'a> {
    /// Training rows.
    pub x: &'a Matrix,
    /// `None`: `x` holds all training rows. Otherwise it holds those that [`Model::sample`] named.
    pub sample: Option<Sample<'a>>,
    /// For a supervised kind one label per row, with rows of both classes; for others empty.
    pub labels: &'a [bool],
    /// Inliers that are not trained on.
    pub validation: Option<&'a Matrix>,
    /// Seed of everything random.
    pub seed: u64,
    /// Where a kind that uses a device trains.
    pub device: &'a Device,
    /// Follows the fit.
    pub watch: &'a mut dyn Watch,
}

/// Which training rows a matrix holds.
#[derive(Clone, Copy)]
pub(crate) struct Sample<'a> {
    /// Their numbers among all training rows, ascending: one per row of the matrix.
    pub rows: &'a [usize],
    /// How many training rows there are.
    pub of: usize,
}

/// Reads and checks the parameters of an unfitted detector.
pub(crate) fn build<M: Model>(
    value: &Value,
    device: &Device,
) -> Result<Box<dyn Detector>, ParamError> {
    Ok(Box::new(Unfitted { model: parse::<M>(value)?, device: device.clone() }))
}

/// Whether a fit with these parameters accepts rows of that shape.
pub(crate) fn suits<M: Model>(value: &Value, shape: &TrainingShape) -> Result<(), ParamError> {
    if M::KIND.supervised {
        shape.check_classes()?;
    }
    parse::<M>(value)?.suits(shape)
}

/// An unfitted detector on the processor.
#[cfg(test)]
pub(crate) fn on_cpu<M: Model>(model: M) -> impl Detector {
    Unfitted { model, device: crate::Backend::Cpu.open().unwrap() }
}

/// Rebuilds a fitted detector.
pub(crate) fn load<M: Model>(saved: &Saved) -> Result<Box<dyn FittedDetector>, DetectorError> {
    let model: M = saved.params()?;
    model.check().map_err(|error| saved.broken(error))?;
    let learned = model.load(saved)?;
    Ok(Box::new(Fitted { model, n_features: saved.n_features, learned }))
}

struct Unfitted<M> {
    model: M,
    device: Device,
}

impl<M: Model> Unfitted<M> {
    fn suits(&self, shape: &TrainingShape) -> Result<(), DetectorError> {
        self.model.suits(shape).map_err(|error| DetectorError::BadInput(error.to_string()))
    }

    fn learn(&self, fit: Fit<'_>) -> Result<Box<dyn FittedDetector>, DetectorError> {
        let n_features = fit.x.cols();
        let learned = self.model.fit(fit)?;
        Ok(Box::new(Fitted { model: self.model.clone(), n_features, learned }))
    }
}

impl<M: Model> Detector for Unfitted<M> {
    fn fit(
        &self,
        train: Train<'_>,
        seed: u64,
        watch: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        check_input(train.x, None)?;
        let (x, validation) = (train.x, train.validation);
        if let Some(validation) = validation {
            check_input(validation, Some(x.cols()))?;
        }
        let labels = if M::KIND.supervised { checked_labels(&train)? } else { &[] };
        let shape = TrainingShape {
            rows: x.rows(),
            columns: x.cols(),
            outliers: labels.iter().filter(|label| **label).count(),
            validation_inliers: validation.map_or(0, Matrix::rows),
        };
        self.suits(&shape)?;
        let (sample, device) = (None, &self.device);
        self.learn(Fit { x, sample, labels, validation, seed, device, watch })
    }

    fn fit_rows(
        &self,
        rows: &dyn TrainingRows,
        seed: u64,
        watch: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        let of = rows.count();
        let Some(sampled) = self.model.sample(of, seed) else {
            return self.fit(Train { x: rows.all()?, labels: None, validation: None }, seed, watch);
        };
        let x = rows.some(&sampled)?;
        check_input(&x, None)?;
        let (columns, outliers, validation_inliers) = (x.cols(), 0, 0);
        self.suits(&TrainingShape { rows: of, columns, outliers, validation_inliers })?;
        let (sample, device) = (Some(Sample { rows: &sampled, of }), &self.device);
        self.learn(Fit { x: &x, sample, labels: &[], validation: None, seed, device, watch })
    }

    fn deterministic(&self) -> bool {
        self.model.deterministic()
    }
}

struct Fitted<M: Model> {
    model: M,
    n_features: usize,
    learned: M::Learned,
}

impl<M: Model> FittedDetector for Fitted<M> {
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        check_input(x, Some(self.n_features))?;
        self.model.score(&self.learned, x)
    }

    fn score_training(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        check_input(x, Some(self.n_features))?;
        self.model.score_training(&self.learned, x)
    }

    fn native_threshold(&self) -> Option<f64> {
        self.model.native_threshold(&self.learned)
    }

    fn explain(&self, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        check_input(x, Some(self.n_features))?;
        self.model.explain(&self.learned, x)
    }

    fn reconstruct(&self, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        check_input(x, Some(self.n_features))?;
        self.model.reconstruct(&self.learned, x)
    }

    fn save(&self, dir: &Path) -> Result<(), DetectorError> {
        let saved = Saved::new(M::KIND.name, &self.model, self.n_features);
        M::save(&self.learned, saved).write(dir)
    }

    fn n_features(&self) -> usize {
        self.n_features
    }
}
