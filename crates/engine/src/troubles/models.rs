//! Models, sweeps and ensembles that the rows of a fold do not allow.

use oddbench_core::counts::{agreed, counted};
use oddbench_core::ensemble::Select;
use oddbench_core::experiment::ModelSettings;
use oddbench_models::{ParamError, TrainingShape};

use super::{Seen, Troubles};
use crate::given;
use crate::prepared::Prepared;
use crate::spec::{Fault, KeyPath, kind_of, sees_labels};

impl Troubles<'_> {
    /// Asks every model of that view whether its parameters suit the rows.
    pub(super) fn models<X>(&mut self, seen: Seen<'_>, prepared: &Prepared<X>) {
        let spec = self.spec;
        let models = spec.experiment.models.iter().enumerate();
        for (at, model) in models.filter(|(_, model)| model.view.as_ref() == seen.view) {
            if model.given.is_some() {
                for fault in given::faults(spec, at, seen.fold, prepared) {
                    self.say(&format!("{}{:?}{}", fault.key, seen.fold, fault.message), fault);
                }
                continue;
            }
            let path = KeyPath::of(&["model"]).index(at);
            let available = prepared.train_labels.len();
            if let Some(rows) = model.train_rows.filter(|rows| *rows > available) {
                let key = path.key("train_rows");
                let (asked, verb) = (counted(rows, "row"), agreed(rows, "is", "are"));
                let message = format!("{asked} {verb} asked for, and the split has {available}");
                let help = format!("use at most {available}, or give the split more training rows");
                self.say(&key.to_string(), Fault::value(&key, message, help));
                continue;
            }
            if model.sweep.is_some() && lacks_a_class(prepared) {
                let key = path.key("sweep");
                let message =
                    "the winner is chosen on validation rows, and these are all of one class";
                let help = "use a split whose validation part has inliers and outliers";
                self.say(&key.to_string(), Fault::value(&key, message, help));
            }
            self.parameters(&path, model, &shape(model, prepared), seen.fold);
        }
    }

    /// Asks the kind of a model about its parameters; in a sweep, about the parameters of every configuration.
    fn parameters(
        &mut self,
        path: &KeyPath,
        model: &ModelSettings,
        shape: &TrainingShape,
        fold: Option<u32>,
    ) {
        if sees_labels(model) && model.external.is_some() {
            self.classes_of_command(path, shape);
        }
        for (variant, point) in model.variants() {
            let Err(error) = kind_of(&variant).suits(&variant.params, shape) else { continue };
            let swept = |key: &str| point.as_ref().is_some_and(|p| p.values.get(key).is_some());
            let block = match error.key.as_deref() {
                Some(key) if swept(key) => "sweep",
                _ => "params",
            };
            let fault = unsuited(path, block, error, shape, self.spec.fold_in_words(fold));
            self.say(&fault.key.to_string(), fault);
        }
    }

    /// What a command that sees labels needs of training rows.
    fn classes_of_command(&mut self, path: &KeyPath, shape: &TrainingShape) {
        let missing = match (shape.outliers, shape.rows - shape.outliers) {
            (0, _) => "outlier",
            (_, 0) => "inlier",
            _ => return,
        };
        let key = path.key("supervised");
        let rows = counted(shape.rows, "training row");
        let message = format!("there is no {missing} among the {rows}");
        let help = "choose a split that trains on both classes, or leave `supervised` out";
        self.say(&key.to_string(), Fault::value(&key, message, help));
    }

    /// What an ensemble needs of validation rows.
    pub(super) fn ensembles<X>(&mut self, prepared: &Prepared<X>) {
        let labels = &prepared.validation.labels;
        let spec = self.spec;
        for (at, ensemble) in spec.experiment.ensembles.iter().enumerate() {
            let path = KeyPath::of(&["ensemble"]).index(at);
            let greedy = ensemble.settings.select == Select::Greedy;
            let fault = match (labels.contains(&false), labels.contains(&true)) {
                (false, _) => Fault::value(
                    &path,
                    "an ensemble compares scores with those of validation inliers, and there are none",
                    "use a split whose validation part has inliers",
                ),
                (true, false) if greedy => Fault::value(
                    &path.key("select"),
                    "\"greedy\" compares members on validation outliers, and there are none",
                    "use select = \"all\", or a split whose validation part has outliers",
                ),
                _ => continue,
            };
            self.say(&path.to_string(), fault);
        }
    }
}

fn lacks_a_class<X>(prepared: &Prepared<X>) -> bool {
    let labels = &prepared.validation.labels;
    !(labels.contains(&true) && labels.contains(&false))
}

/// The training rows of a model.
fn shape<X>(model: &ModelSettings, prepared: &Prepared<X>) -> TrainingShape {
    let outliers = |labels: &[bool]| labels.iter().filter(|label| **label).count();
    // Which of the rows are drawn matters to kinds that see labels alone.
    let outliers = match model.train_rows.filter(|_| sees_labels(model)) {
        Some(rows) => outliers(&prepared.some_training_labels(rows)),
        None => outliers(&prepared.train_labels),
    };
    let validation = &prepared.validation.labels;
    let rows = model.train_rows.unwrap_or(prepared.train_labels.len());
    TrainingShape {
        rows,
        columns: prepared.preprocessor.columns().len(),
        outliers: outliers.min(rows),
        validation_inliers: validation.iter().filter(|label| !**label).count(),
    }
}

/// A kind's complaint, at its parameter; at the kind where it is about none.
fn unsuited(
    model: &KeyPath,
    block: &str,
    error: ParamError,
    shape: &TrainingShape,
    fold: Option<String>,
) -> Fault {
    let key = match &error.key {
        Some(key) => model.key(block).key(key),
        None => model.key("kind"),
    };
    let of = fold.map(|fold| format!(", {fold}")).unwrap_or_default();
    let help = format!(
        "training rows{of}: {}, columns: {}; choose a value that suits them, or give the model other rows",
        shape.rows, shape.columns
    );
    Fault::value(&key, error.message, help)
}
