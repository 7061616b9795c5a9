//! `features` and `preprocess` of a model: its own view of the experiment's rows.

use oddbench_core::experiment::{DatasetSettings, View};
use oddbench_core::preprocess::{Missing, PreprocessSettings};
use oddbench_data::Source;
use toml::Table;

use super::section;
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::wire::SetOrColumns;

/// The model's own view; `None` if it is the experiment's.
pub(super) fn view(
    at: &KeyPath,
    (features, preprocess): (Option<SetOrColumns>, Option<Table>),
    (dataset, source): (&DatasetSettings, &Source),
    shared: PreprocessSettings,
) -> Result<Option<View>, Fault> {
    let own_features = features.is_some();
    let (name, columns) = match features {
        None => (dataset.features.clone(), dataset.columns.clone()),
        some => super::dataset::features(&at.key("features"), some, source)?,
    };
    let path = at.key("preprocess");
    let settings = match &preprocess {
        None => shared,
        Some(table) => section::read(PreprocessSettings::KEYS, &path, table, Some(&shared))?,
    };
    if settings.missing == Missing::DropRow {
        if shared.missing != Missing::DropRow {
            return Err(Fault::value(
                &path.key("missing"),
                "\"drop-row\" would give this model other rows than the rest",
                "set [preprocess] missing = \"drop-row\" for all models, or use \"median\" or \"error\" here",
            ));
        }
        if own_features && let Some(column) = columns.iter().find(|c| !dataset.columns.contains(c))
        {
            return Err(Fault::value(
                &at.key("features"),
                format!(
                    "missing = \"drop-row\" drops rows by dataset.features, and \"{column}\" is not among them"
                ),
                "add preprocess = { missing = \"median\" } (or \"error\") to this model, or the column to dataset.features",
            ));
        }
    }
    let differs = columns != dataset.columns || settings != shared;
    Ok(differs.then_some(View { features: name, columns, preprocess: settings }))
}
