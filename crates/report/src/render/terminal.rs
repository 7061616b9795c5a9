//! What a terminal shows after a run: a few columns of the tables under the first threshold rule.

use super::Format;
use crate::document::{Block, Document, Section};
use crate::table::{Group, Table};

/// Text for a terminal, whose tables somebody else draws: from heads, whether each column is numeric, and
/// rows.
pub struct Terminal<D> {
    draw: D,
    tables: Vec<String>,
    notes: Vec<String>,
    /// Whether the section's first table is still to come.
    first: bool,
}

impl<D: Fn(&[(&str, bool)], &[Vec<&str>]) -> String> Terminal<D> {
    /// Nothing is written yet.
    pub fn new(draw: D) -> Self {
        Self { draw, tables: vec![], notes: vec![], first: true }
    }

    fn group(&self, table: &Table, group: &Group) -> String {
        let kept: Vec<usize> = (0..table.head.len()).filter(|&i| table.head[i].terminal).collect();
        let head = kept.iter().map(|&i| (table.head[i].text.as_str(), table.head[i].numeric));
        let rows: Vec<Vec<&str>> = (group.rows.iter())
            .map(|row| kept.iter().map(|&i| row[i].text.as_str()).collect())
            .collect();
        let drawn = (self.draw)(&head.collect::<Vec<_>>(), &rows);
        group.title.iter().map(|title| format!("{title}\n")).chain([drawn]).collect()
    }
}

impl<D: Fn(&[(&str, bool)], &[Vec<&str>]) -> String> Format for Terminal<D> {
    fn takes(&self, section: &Section) -> bool {
        section.terminal
    }

    fn section(&mut self, _: &Section) {
        self.first = true;
    }

    fn block(&mut self, block: &Block) {
        let Block::Table(table) = block else { return };
        if std::mem::take(&mut self.first) {
            let groups = table.groups.iter().map(|group| self.group(table, group));
            self.tables.push(groups.collect::<Vec<_>>().join("\n"));
            self.notes.extend(table.terminal_notes.iter().cloned());
        }
    }

    fn close(self, _: &Document) -> String {
        let notes = self.notes.into_iter().map(|note| format!("\n{note}"));
        [self.tables.join("\n\n")].into_iter().chain(notes).collect()
    }
}
