//! The checked file as JSON, every default filled in: what manifests keep and addresses are made of.

use serde_json::{Value, json};

use super::{DatasetSpec, EnsembleSpec, ModelSpec, Spec, SweepSpec};

impl Spec {
    /// The file with every default filled in, for the manifest. Feature sets and label policies
    /// are spelled out in `dataset.columns` and `dataset.policy`.
    pub fn to_json(&self) -> Value {
        let models: Vec<Value> = self
            .models
            .iter()
            .map(|model| {
                let mut section = json!({
                    "name": model.name,
                    "kind": model.kind.name,
                    "seeds": model.seeds,
                    "params": model.params,
                });
                if let Some(rows) = model.train_rows {
                    section["train_rows"] = json!(rows);
                }
                if let Some(sweep) = &model.sweep {
                    (section["params"], section["sweep"]) = model.sweep_json(sweep);
                }
                if let Some(view) = &model.view {
                    section["features"] = json!(view.features);
                    section["columns"] = json!(view.columns);
                    section["preprocess"] = json!(view.preprocess);
                }
                section
            })
            .collect();
        let anchors: Vec<&str> = self.anchors.iter().map(|set| set.name.as_str()).collect();
        let mut spec = json!({
            "name": self.name,
            "description": self.description,
            "dataset": self.dataset.to_json(),
            "split": self.split,
            "preprocess": self.preprocess,
            "threshold": self.thresholds,
            "run": { "backends": self.backends },
            "model": models,
            "report": { "anchors": anchors },
        });
        if let Some(measure) = &self.measure {
            spec["measure"] = json!(measure);
        }
        if !self.ensembles.is_empty() {
            let section = |ensemble: &EnsembleSpec| {
                json!({
                    "name": ensemble.name,
                    "members": ensemble.members,
                    "settings": ensemble.settings,
                })
            };
            spec["ensemble"] = self.ensembles.iter().map(section).collect();
        }
        spec
    }
}

impl DatasetSpec {
    fn to_json(&self) -> Value {
        let mut section = json!({
            "kind": self.kind,
            "features": self.features,
            "columns": self.columns,
            "labels": self.labels,
            "policy": self.policy,
        });
        if let (Some(section), Some(params)) =
            (section.as_object_mut(), self.source.params().as_object())
        {
            section.extend(params.clone());
        }
        section
    }
}

impl ModelSpec {
    /// The section of a sweep: what every configuration shares, and what they are.
    fn sweep_json(&self, sweep: &SweepSpec) -> (Value, Value) {
        let mut shared = self.params.clone();
        let values: Vec<&Value> = sweep.configurations.iter().map(|c| &c.values).collect();
        if let (Some(shared), Some(swept)) =
            (shared.as_object_mut(), values.first().and_then(|v| v.as_object()))
        {
            shared.retain(|name, _| !swept.contains_key(name));
        }
        let mut section = json!({ "select": sweep.select, "configurations": values });
        if let Some(draws) = sweep.draws {
            section["random"] = json!(draws.number);
            section["seed"] = json!(draws.seed);
        }
        (shared, section)
    }
}
