//! Figures of all models.

mod bars;
mod det;
mod precision_recall;
pub mod roc;
mod scatter;

use crate::document::Block;
use crate::figures::Plot;
use crate::scene::Scene;
use crate::topic::Topic;

/// The section: figures alone.
pub const TOPIC: Topic =
    Topic { plots, ..Topic::new("figures", "Figures", |_, drawn| Block::usual([], drawn, [])) };

fn plots<'s>(scene: &'s Scene<'_>) -> Vec<Plot<'s>> {
    let subject = scene.subject();
    let mut plots = Vec::new();
    if subject.rows.iter().any(|row| row.median_trial.is_some()) {
        plots.push(Plot::new("metrics", move || bars::draw(subject)));
    }
    let curves = scene.curves();
    if curves.iter().any(Option::is_some) {
        plots.push(Plot::new("roc", move || roc::draw(subject, curves)));
        if let Some(rates) = det::rates(subject, curves) {
            plots.push(Plot::new("det", move || det::draw(subject, curves, &rates)));
        }
        plots.push(Plot::new("precision-recall", move || precision_recall::draw(subject, curves)));
    }
    if let (Some(projection), Some(test)) = (&subject.results.projection, subject.test()) {
        let draw = move || scatter::draw(projection, &test.labels, subject.stamp());
        plots.push(Plot::new("pca-scatter", draw));
    }
    plots
}
