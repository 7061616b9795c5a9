//! `oddbench data audit`: what the rows of an experiment allow to be said.

mod shortcuts;

use std::path::Path;

use oddbench_core::audit::{Audit, PartAudit};
use oddbench_core::counts::counted;
use oddbench_data::Cache;
use oddbench_engine::{ExperimentFile, Spec, audit, spec};
use serde_json::json;

use crate::args::{Global, Overrides};
use crate::downloads;
use crate::error::{CliError, Status};
use crate::table::table;
use crate::terminal::Terminal;

/// Loads and splits the rows as a run would, and counts; nothing is fitted.
pub fn run(
    global: &Global,
    terminal: &Terminal,
    file: &Path,
    all: bool,
    overrides: &Overrides,
) -> Result<Status, CliError> {
    let cache = downloads::cache(global, terminal)?;
    match spec::load_file(file, &overrides.into())? {
        ExperimentFile::One(spec) => {
            let Audit { parts, shortcuts } = audited(terminal, &cache, &spec, all)?;
            let experiment = &spec.experiment.name;
            terminal.json(
                || json!({ "experiment": experiment, "parts": parts, "shortcuts": shortcuts }),
            );
        }
        ExperimentFile::Suite(suite) => {
            let mut sets = Vec::new();
            for (at, set) in suite.sets.iter().enumerate() {
                let gap = if at == 0 { "" } else { "\n" };
                terminal.result(&format!("{gap}{}", set.name));
                let Audit { parts, shortcuts } = audited(terminal, &cache, &set.spec, all)?;
                sets.push(json!({ "set": set.name, "parts": parts, "shortcuts": shortcuts }));
            }
            terminal.json(|| json!({ "experiment": suite.name, "sets": sets }));
        }
    }
    Ok(Status::Done)
}

/// Audits one data set and shows what there is to say.
fn audited(terminal: &Terminal, cache: &Cache, spec: &Spec, all: bool) -> Result<Audit, CliError> {
    let dataset = spec.load(cache)?;
    let audit = audit(&dataset, spec)?;
    terminal.result(&format!("{}\n\n{}", counts(terminal, &audit), ceilings(terminal, &audit)));
    for text in [strange(&audit), unseen(&audit)].into_iter().flatten() {
        terminal.result(&text);
    }
    if let Some(shortcuts) = &audit.shortcuts {
        terminal.result(&shortcuts::text(terminal, shortcuts, all));
    }
    Ok(audit)
}

fn counts(terminal: &Terminal, audit: &Audit) -> comfy_table::Table {
    let head =
        ["part", "rows", "outliers", "distinct", "duplicates", "in training", "contradictory"];
    let mut view = table(terminal, &head, &[1, 2, 3, 4, 5, 6]);
    for part in &audit.parts {
        view.add_row([
            part.part.clone(),
            part.rows.to_string(),
            part.outliers.to_string(),
            part.distinct.to_string(),
            (part.rows - part.distinct).to_string(),
            part.in_training.map_or_else(|| "–".into(), |rows| rows.to_string()),
            part.contradictory.to_string(),
        ]);
    }
    view
}

fn ceilings(terminal: &Terminal, audit: &Audit) -> comfy_table::Table {
    let head = ["no scorer of these features can surpass", "accuracy", "F1", "ROC-AUC"];
    let mut view = table(terminal, &head, &[1, 2, 3]);
    for part in &audit.parts {
        if let Some(ceiling) = part.ceiling {
            let figures = [ceiling.accuracy, ceiling.f1, ceiling.roc_auc];
            view.add_row(
                [format!("on the {} rows", part.part)]
                    .into_iter()
                    .chain(figures.map(|figure| format!("{figure:.5}"))),
            );
        }
    }
    view
}

/// Inliers of classes that no training inlier has.
fn strange(audit: &Audit) -> Option<String> {
    let of = |part: &PartAudit| {
        let inliers = part.rows - part.outliers;
        let all = counted(inliers, &format!("{} inlier", part.part));
        format!("{} of {all}", part.out_of_range_inliers)
    };
    let parts: Vec<String> =
        audit.parts.iter().filter(|part| part.out_of_range_inliers > 0).map(of).collect();
    (!parts.is_empty()).then(|| {
        format!(
            "\n{} are of classes that no training inlier has: is the label policy meant so?",
            parts.join(" and ")
        )
    })
}

/// Columns with values that no training row has.
fn unseen(audit: &Audit) -> Option<String> {
    let lines = audit.parts.iter().flat_map(|part| {
        part.unseen.iter().map(move |values| {
            let outliers = values.classes.iter().filter(|class| class.outlier);
            let outliers: usize = outliers.map(|class| class.rows).sum();
            format!(
                "  {}, column {:?}: {}, outliers among them: {outliers}, e.g. {}",
                part.part,
                values.column,
                counted(values.rows, "row"),
                values.examples.join(", ")
            )
        })
    });
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| format!("\nvalues that no training row has:\n{}", lines.join("\n")))
}
