//! A part of the report under a heading of its own: a few sentences, figures and tables.

use crate::tables::Table;

/// What stands under one heading, free of any format. Its figures are those whose place is
/// [`crate::figures::Place::Section`] of the same id.
pub struct Section {
    /// Names it in links: lower-case letters and hyphens, no two alike.
    pub id: &'static str,
    /// The heading.
    pub title: &'static str,
    /// Sentences before its figures and tables, a paragraph each.
    pub text: Vec<String>,
    /// Its tables, after the figures.
    pub tables: Vec<Table>,
    /// Whether a reader may want to sort the tables by a column.
    pub sortable: bool,
}

impl Section {
    /// Tables alone; `None` if there are none.
    pub fn of_tables(id: &'static str, title: &'static str, tables: Vec<Table>) -> Option<Self> {
        let section = Self { id, title, text: Vec::new(), tables, sortable: false };
        (!section.tables.is_empty()).then_some(section)
    }
}
