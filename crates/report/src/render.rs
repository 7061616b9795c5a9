//! The formats of a document: each says how it writes a piece, and one walk goes through the pieces.

pub mod csv;
pub mod escape;
pub mod html;
pub mod latex;
pub mod markdown;
pub mod terminal;

use crate::document::{Block, Document, Section};

/// How a document's pieces are written.
pub trait Format {
    /// Whether it has a place for the section.
    fn takes(&self, _section: &Section) -> bool {
        true
    }

    /// What comes before the sections.
    fn open(&mut self, _document: &Document) {}

    /// What must not be overlooked: it comes after the first section, which is the answer.
    fn warnings(&mut self, _document: &Document) {}

    /// The head of a section.
    fn section(&mut self, section: &Section);

    /// A piece of a section.
    fn block(&mut self, block: &Block);

    /// The end of a section.
    fn end_section(&mut self) {}

    /// What comes after the sections; gives the whole text.
    fn close(self, document: &Document) -> String;
}

/// A document in a format.
pub fn write<F: Format>(document: &Document, mut format: F) -> String {
    format.open(document);
    if document.sections.is_empty() {
        format.warnings(document);
    }
    for (at, section) in document.sections.iter().enumerate() {
        if at == 1 {
            format.warnings(document);
        }
        if format.takes(section) {
            format.section(section);
            section.blocks.iter().for_each(|block| format.block(block));
            format.end_section();
        }
    }
    if document.sections.len() == 1 {
        format.warnings(document);
    }
    format.close(document)
}
