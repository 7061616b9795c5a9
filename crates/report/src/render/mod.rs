//! The formats of a document: each says how it writes a piece, and one walk goes through the pieces.

pub mod csv;
pub mod escape;
pub mod html;
pub mod latex;
pub mod markdown;
pub mod terminal;

use serde_json::Value;

use crate::document::{Block, Document, Part, Section, Tag};
use crate::figures::Figure;
use crate::table::Table;

/// How a document's pieces are written. What a format has no words for, it leaves out.
pub trait Format {
    /// Whether it has a place for the section.
    fn takes(&self, _section: &Section) -> bool {
        true
    }

    /// What comes before the sections.
    fn open(&mut self, _document: &Document) {}

    /// The head of a section.
    fn section(&mut self, _section: &Section) {}

    /// The end of a section.
    fn end_section(&mut self) {}

    /// The head of a part of a section.
    fn part(&mut self, _part: &Part) {}

    /// The end of a part of a section.
    fn end_part(&mut self) {}

    /// A paragraph.
    fn text(&mut self, _text: &str) {}

    /// Remarks.
    fn list(&mut self, _items: &[String]) {}

    /// A few words, each by itself.
    fn tags(&mut self, _tags: &[Tag]) {}

    /// Terms and what they are.
    fn facts(&mut self, _facts: &[(&str, String)]) {}

    /// A command.
    fn command(&mut self, _command: &str) {}

    /// Figures side by side.
    fn figures(&mut self, _figures: &[Figure]) {}

    /// A table.
    fn table(&mut self, _table: &Table) {}

    /// Tables that only some readers want.
    fn folded(&mut self, _title: &str, _tables: &[Table]) {}

    /// Settings that only some readers want.
    fn json(&mut self, _title: &str, _value: &Value) {}

    /// What comes after the sections; gives the whole text.
    fn close(self, _document: &Document) -> String;
}

/// A document in a format.
pub fn write<F: Format>(document: &Document, mut format: F) -> String {
    format.open(document);
    for section in &document.sections {
        if !format.takes(section) {
            continue;
        }
        format.section(section);
        write_blocks(&mut format, &section.blocks);
        format.end_section();
    }
    format.close(document)
}

fn write_blocks<F: Format>(format: &mut F, blocks: &[Block]) {
    for block in blocks {
        match block {
            Block::Text(text) => format.text(text),
            Block::List(items) => format.list(items),
            Block::Tags(tags) => format.tags(tags),
            Block::Facts(facts) => format.facts(facts),
            Block::Command(command) => format.command(command),
            Block::Figures(figures) => format.figures(figures),
            Block::Table(table) => format.table(table),
            Block::Folded(title, tables) => format.folded(title, tables),
            Block::Json(title, value) => format.json(title, value),
            Block::Part(part) => {
                format.part(part);
                write_blocks(format, &part.blocks);
                format.end_part();
            }
        }
    }
}
