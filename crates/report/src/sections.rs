//! The registry of a report's sections: one file or folder each, and one line here. A section's file holds what it
//! computes, its words, its tables and its figures.

use crate::ReportError;
use crate::document::Document;
use crate::figures::{self, Figure};
use crate::operating;
use crate::scene::Scene;
use crate::topic::Topic;
use crate::warnings::{highlights, warnings};

/// Declares the sections and lists them in the order of the documents.
macro_rules! sections {
    ($($visible:vis $section:ident),+ $(,)?) => {
        $($visible mod $section;)+

        /// Every section, in the order of the documents.
        pub const TOPICS: &[Topic] = &[$($section::TOPIC),+];
    };
}

sections! {
    pub verdict,
    pub operator,
    comparison,
    left_out,
    transfer,
    pub cost,
    pub published,
    overview,
    defects,
    pub attacks,
    pub over_time,
    pub sweep,
    pub certainty,
    pub ranks,
    pub backends,
    parts,
    pub audit,
    pub shortcuts,
    pub unseen,
    models,
    failures,
    pub run,
    pub reproduce,
}

/// Every section in the order of a report: that of the list, but where published figures stand beside ours, the
/// comparison follows the verdict, because it has their metrics.
fn topics(scene: &Scene<'_>) -> Vec<&'static Topic> {
    let mut topics: Vec<&Topic> = TOPICS.iter().collect();
    if !operating::leads(scene.results) {
        let first = [verdict::TOPIC.id, comparison::TOPIC.id];
        topics.sort_by_key(|topic| first.iter().position(|id| *id == topic.id).unwrap_or(2));
    }
    topics
}

/// The figures of every section, drawn, in the order of the report.
pub fn figures(scene: &Scene<'_>) -> Result<Vec<Vec<Figure>>, ReportError> {
    figures::draw_all(topics(scene).into_iter().map(|topic| (topic.plots)(scene)).collect())
}

/// The whole report of an experiment, its figures drawn.
pub fn document(scene: &Scene<'_>) -> Result<Document, ReportError> {
    let sections = topics(scene)
        .into_iter()
        .zip(figures(scene)?)
        .filter_map(|(topic, f)| topic.section(scene, f));
    let sections = sections.collect();
    let manifest = &scene.results.manifest;
    Ok(Document {
        synthetic: manifest.data.synthetic,
        description: manifest.experiment.description.clone(),
        highlights: highlights(scene.subject()),
        warnings: warnings(scene),
        footer: format!(
            "Made by oddbench {} from stored records and scores. Nothing was retrained.",
            manifest.oddbench
        ),
        ..Document::of_sections(manifest.experiment.name.clone(), sections)
    })
}

/// What a terminal shows of it: sections that are for it alone, without figures.
pub fn for_terminal(scene: &Scene<'_>) -> Document {
    let topics = topics(scene).into_iter().filter(|topic| topic.terminal);
    let sections = topics.filter_map(|topic| topic.section(scene, Vec::new())).collect();
    Document::of_sections(scene.results.manifest.experiment.name.clone(), sections)
}
