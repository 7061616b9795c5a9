//! A document: what a report says, free of any format.

use serde_json::Value;

use crate::ReportError;
use crate::figures::{self, Figure};
use crate::scene::Scene;
use crate::sections::{TOPICS, Topic};
use crate::table::Table;
use crate::warnings::{Warning, highlights, warnings};

/// Everything that a report says.
pub struct Document {
    /// The heading.
    pub title: String,
    /// Whether the rows are made by a generator, which the heading says.
    pub synthetic: bool,
    /// A sentence or two below it; may be empty.
    pub description: String,
    /// A few values with what they are: the size of the test, the best rows.
    pub highlights: Vec<(String, String)>,
    /// What must not be overlooked.
    pub warnings: Vec<Warning>,
    /// What there is to say, in order.
    pub sections: Vec<Section>,
    /// How it was made.
    pub footer: String,
}

/// What stands under one heading.
pub struct Section {
    /// Names it in links: lower-case letters and hyphens, no two alike.
    pub id: &'static str,
    /// The heading.
    pub title: &'static str,
    /// What it says, in order.
    pub blocks: Vec<Block>,
    /// Whether its tables are for a paper.
    pub paper: bool,
    /// Whether the terminal shows its first table.
    pub terminal: bool,
}

/// A piece of a section.
pub enum Block {
    /// A paragraph.
    Text(String),
    /// Remarks.
    List(Vec<String>),
    /// A few words, each by itself, and whether they must not be overlooked.
    Tags(Vec<(String, bool)>),
    /// Terms and what they are.
    Facts(Vec<(&'static str, String)>),
    /// A command.
    Command(String),
    /// Figures side by side.
    Figures(Vec<Figure>),
    /// A table.
    Table(Table),
    /// Tables that only some readers want, under a title.
    Folded(String, Vec<Table>),
    /// Settings that only some readers want, under a title.
    Json(&'static str, Value),
    /// What stands under a smaller heading.
    Part(Part),
}

/// A part of a section under a heading.
pub struct Part {
    /// Names it in links.
    pub id: String,
    /// The heading.
    pub title: String,
    /// What it says.
    pub blocks: Vec<Block>,
}

impl Document {
    /// The whole report of an experiment, its figures drawn.
    pub fn new(scene: &Scene<'_>) -> Result<Self, ReportError> {
        let plots = TOPICS.iter().map(|topic| (topic.plots)(scene)).collect();
        let figures = figures::draw_all(plots)?;
        let sections = TOPICS.iter().zip(figures).filter_map(|(topic, f)| topic.section(scene, f));
        let sections = sections.collect();
        let manifest = &scene.results.manifest;
        Ok(Self {
            synthetic: manifest.data.synthetic,
            description: manifest.experiment.description.clone(),
            highlights: highlights(scene.subject()),
            warnings: warnings(scene),
            footer: format!(
                "Made by oddbench {} from stored records and scores. Nothing was retrained.",
                manifest.oddbench
            ),
            ..Self::of_sections(manifest.experiment.name.clone(), sections)
        })
    }

    /// Sections under a heading, and nothing about them.
    pub fn of_sections(title: String, sections: Vec<Section>) -> Self {
        Self {
            title,
            synthetic: false,
            description: String::new(),
            highlights: vec![],
            warnings: vec![],
            sections,
            footer: "Made by oddbench from stored records and scores. Nothing was retrained."
                .into(),
        }
    }

    /// What a terminal shows of it: sections that are for it alone, without figures.
    pub fn for_terminal(scene: &Scene<'_>) -> Self {
        let topics = TOPICS.iter().filter(|topic| topic.terminal);
        let sections = topics.filter_map(|topic| topic.section(scene, Vec::new())).collect();
        Self::of_sections(scene.results.manifest.experiment.name.clone(), sections)
    }

    /// The heading with what must not be overlooked.
    pub fn marked_title(&self) -> String {
        let mark = if self.synthetic { " (synthetic data)" } else { "" };
        format!("{}{mark}", self.title)
    }

    /// Its figures, in order.
    pub fn figures(&self) -> Vec<&Figure> {
        let mut figures = Vec::new();
        self.sections.iter().for_each(|section| collect(&section.blocks, &mut figures));
        figures
    }
}

fn collect<'d>(blocks: &'d [Block], figures: &mut Vec<&'d Figure>) {
    for block in blocks {
        match block {
            Block::Figures(own) => figures.extend(own),
            Block::Part(part) => collect(&part.blocks, figures),
            _ => {}
        }
    }
}

impl Topic {
    /// Its section with these figures; `None` if there is nothing to say.
    fn section(&self, scene: &Scene<'_>, figures: Vec<Figure>) -> Option<Section> {
        let blocks = (self.blocks)(scene, figures);
        (!blocks.is_empty()).then_some(Section {
            id: self.id,
            title: self.title,
            blocks,
            paper: self.paper,
            terminal: self.terminal,
        })
    }
}

impl Block {
    /// Figures as a block; nothing if there are none.
    pub fn figures(figures: Vec<Figure>) -> Option<Self> {
        (!figures.is_empty()).then_some(Self::Figures(figures))
    }

    /// Tables, one block each.
    pub fn tables(tables: impl IntoIterator<Item = Table>) -> impl Iterator<Item = Self> {
        tables.into_iter().map(Self::Table)
    }

    /// A section as most are: sentences, then figures, then tables.
    pub fn usual(
        text: impl IntoIterator<Item = String>,
        figures: Vec<Figure>,
        tables: impl IntoIterator<Item = Table>,
    ) -> Vec<Self> {
        let text = text.into_iter().map(Self::Text);
        text.chain(Self::figures(figures)).chain(Self::tables(tables)).collect()
    }
}
