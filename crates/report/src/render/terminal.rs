//! What a terminal shows after a run: a few columns of the tables, with what must be known of them.

use super::Format;
use crate::document::{Block, Document, Section};
use crate::table::{Cell, Group, Table};

/// Text for a terminal, whose tables somebody else draws: from heads, whether each column is numeric, and
/// rows.
pub struct Terminal<D> {
    draw: D,
    /// A table each, with its notes below.
    sections: Vec<String>,
    /// Whether the section's first table is still to come.
    first: bool,
    /// What the section says before it.
    said: Vec<String>,
}

impl<D: Fn(&[(&str, bool)], &[Vec<&str>]) -> String> Terminal<D> {
    /// Nothing is written yet.
    pub fn new(draw: D) -> Self {
        Self { draw, sections: vec![], first: true, said: vec![] }
    }

    fn group(&self, table: &Table, group: &Group) -> String {
        let kept: Vec<usize> = (0..table.head.len()).filter(|&i| table.head[i].terminal).collect();
        let head = kept.iter().map(|&i| &table.head[i]);
        let head =
            head.map(|head| (head.short.as_ref().unwrap_or(&head.text).as_str(), head.numeric));
        let cell = |row: &[Cell], at: usize| row[at].with_range(table.head[at].range).into_owned();
        let rows: Vec<Vec<String>> =
            group.rows.iter().map(|row| kept.iter().map(|&i| cell(row, i)).collect()).collect();
        let rows: Vec<Vec<&str>> =
            rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
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
        self.said.clear();
    }

    /// A section without a table says why there is none.
    fn end_section(&mut self) {
        if self.first {
            self.sections.append(&mut self.said);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Text(paragraph) => self.said.push(wrapped(paragraph, "")),
            Block::List(items) => {
                let items = items.iter().map(|item| wrapped(&format!("- {item}"), "  "));
                self.said.push(items.collect::<Vec<_>>().join("\n"));
            }
            _ => {}
        }
        let Block::Table(table) = block else { return };
        if std::mem::take(&mut self.first) {
            let groups = table.groups.iter().map(|group| self.group(table, group));
            let groups = groups.collect::<Vec<_>>().join("\n");
            let notes = table.terminal_notes.iter().map(|note| format!("\n{note}"));
            self.sections.push([groups].into_iter().chain(notes).collect());
        }
    }

    fn close(self, _: &Document) -> String {
        self.sections.join("\n\n")
    }
}

/// Lines of prose that can be read: words are not cut at the window's edge.
const WIDTH: usize = 100;

/// A paragraph in lines, those after the first indented.
fn wrapped(paragraph: &str, indent: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in paragraph.split_whitespace() {
        let width = word.chars().count();
        match column {
            0 => {}
            at if at + 1 + width <= WIDTH => {
                out.push(' ');
                column += 1;
            }
            _ => {
                out.push('\n');
                out.push_str(indent);
                column = indent.len();
            }
        }
        out.push_str(word);
        column += width;
    }
    out
}
