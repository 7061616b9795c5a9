//! What a model says of each column of a row: its share of the score, and what it would have put
//! there itself.

use std::collections::HashMap;

use crate::error::Answer;
use crate::features::{Cell, Explained};
use oddbench_core::Table;
use oddbench_engine::scoring::{Reconstructed, SavedModel};

/// What is said of a table of one row, by column; columns that the model does not read are absent.
pub fn explained(model: &SavedModel, row: &Table) -> Answer<HashMap<String, Explained>> {
    let columns = &model.info().columns;
    let mut said: HashMap<String, Explained> =
        columns.iter().map(|column| (column.name.clone(), Explained::default())).collect();
    let scored = model.score(row)?;
    if let Some(contributions) = &scored.contributions {
        let parts = contributions.row(0);
        let total: f64 = parts.iter().map(|part| f64::from(part.abs())).sum();
        for (column, &part) in columns.iter().zip(parts) {
            if let Some(explained) = said.get_mut(&column.name) {
                explained.share = Some(if total > 0.0 { f64::from(part) / total } else { 0.0 });
            }
        }
    }
    for (name, values) in model.reconstruct(row)?.unwrap_or_default() {
        let value = match values {
            Reconstructed::Numeric(values) => values.first().map(|&value| Cell::Number(value)),
            Reconstructed::Categorical(values) => {
                values.first().map(|name| Cell::Category(name.clone()))
            }
        };
        if let Some(explained) = said.get_mut(&name) {
            explained.reconstruction = value;
        }
    }
    Ok(said)
}
