//! What becomes of each class.

use oddbench_core::record::ExperimentResults;

use super::{Cell, Group, Head, Table, caption, heads};
use crate::aggregate::SummaryRow;
use crate::format::{self, ORACLE, ORACLE_SHORT};

/// The share of each class that the median seed of each row calls outliers, at the first rule's
/// threshold; `None` if nothing has scores.
pub fn classes(results: &ExperimentResults, rows: &[SummaryRow]) -> Option<Table> {
    let test = &results.trials.iter().find_map(|trial| trial.scores.as_ref())?.test;
    let oracle = results.manifest.thresholds.first().is_some_and(|t| t.is_oracle());
    let shown: Vec<(&SummaryRow, Vec<u32>)> = rows
        .iter()
        .filter_map(|row| {
            let trial = &results.trials[row.median_trial?];
            let (scores, evaluation) = (trial.scores.as_ref()?, trial.evaluations.first()?);
            let mut called = vec![0; test.classes.names.len()];
            for (&code, &score) in scores.test.classes.codes.iter().zip(&scores.test.scores) {
                *called.get_mut(usize::from(code))? += u32::from(score > evaluation.threshold);
            }
            Some((row, called))
        })
        .collect();
    let mut sizes = vec![(0_u32, 0_u32); test.classes.names.len()];
    for (&code, &outlier) in test.classes.codes.iter().zip(&test.labels) {
        let size = sizes.get_mut(usize::from(code))?;
        size.0 += 1;
        size.1 += u32::from(outlier);
    }
    let mut order: Vec<usize> = (0..sizes.len()).filter(|&class| sizes[class].0 > 0).collect();
    order.sort_by(|&a, &b| sizes[b].0.cmp(&sizes[a].0).then(a.cmp(&b)));
    let mut head = heads(&[("Class", false), ("Label", false), ("Rows", true)]);
    head.extend(shown.iter().map(|(row, _)| Head { text: row.name.clone(), numeric: true }));
    let body = order.into_iter().map(|class| {
        let (total, outliers) = sizes[class];
        let label = match outliers {
            0 => "inlier",
            n if n == total => "outlier",
            _ => "both",
        };
        let mut cells = vec![
            Cell::new(&test.classes.names[class]),
            Cell::new(label),
            Cell { value: Some(f64::from(total)), ..Cell::new(format::count(total as usize)) },
        ];
        cells.extend(shown.iter().map(|(_, called)| {
            let share = f64::from(called[class]) / f64::from(total);
            Cell { share: Some(share), value: Some(share), ..Cell::new(format::share(share)) }
        }));
        cells
    });
    let mark = if oracle { format!(" {ORACLE}") } else { String::new() };
    let text = format!(
        "Share of each class's test rows called outliers, median seeds, first threshold rule{mark}"
    );
    Some(Table {
        caption: caption(results, &text),
        head,
        groups: vec![Group { title: None, rows: body.collect() }],
        notes: if oracle { vec![ORACLE_SHORT.to_owned()] } else { vec![] },
    })
}
