//! A document: what a report says, free of any format.

use serde_json::Value;

use crate::figures::Figure;
use crate::table::Table;

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

/// Something that must not be overlooked.
pub struct Warning {
    /// A word or two.
    pub title: &'static str,
    /// The rest.
    pub text: String,
}

/// What stands under one heading.
pub struct Section {
    /// Names it in links: lower-case letters and hyphens, all different.
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
    /// Whether a page folds it away, because few readers want all of them.
    pub folded: bool,
}

impl Document {
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
