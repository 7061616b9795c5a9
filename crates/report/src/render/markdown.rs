//! `report.md`: the report as GitHub's Markdown, for a repository or a terminal.

use std::fmt::Write;

use super::Format;
use super::escape::markdown as text;
use crate::document::{Block, Document, Section};
use crate::figures::Figure;
use crate::table::{Cell, Table};

/// Settings longer than this stand in a block of code.
const LONGEST_SPAN: usize = 300;

/// A file.
#[derive(Default)]
pub struct Markdown {
    out: String,
}

/// Appends a line that is put together as by `format!`, with an empty line after it.
macro_rules! put {
    ($file:expr, $($text:tt)*) => {
        {
            let _ = write!($file.out, $($text)*);
            $file.out.push_str("\n\n");
        }
    };
}

impl Format for Markdown {
    fn open(&mut self, document: &Document) {
        put!(self, "# {}", text(&document.marked_title()));
        if !document.description.is_empty() {
            put!(self, "{}", text(&document.description));
        }
        let said =
            |(value, label): &(String, String)| format!("**{}** {}", text(value), text(label));
        let highlights: Vec<String> = document.highlights.iter().map(said).collect();
        if !highlights.is_empty() {
            put!(self, "{}", highlights.join(" · "));
        }
    }

    fn warnings(&mut self, document: &Document) {
        for warning in &document.warnings {
            put!(self, "> **{}** {}", warning.title, text(&warning.text));
        }
    }

    fn section(&mut self, section: &Section) {
        put!(self, "## {}", section.title);
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Text(paragraph) => {
                put!(self, "{}", text(paragraph));
            }
            Block::List(items) => self.list(items),
            Block::Tags(tags) => self.tags(tags),
            Block::Facts(facts) => self.facts(facts),
            Block::Command(command) => {
                put!(self, "{}", fenced("sh", command));
            }
            Block::Figures(figures) => self.figures(figures),
            Block::Table(table) => self.table(table),
            Block::Folded(_, tables) => tables.iter().for_each(|table| self.table(table)),
            Block::Json(title, value) => {
                let value = value.to_string();
                match value.len() > LONGEST_SPAN {
                    true => put!(self, "{title}:\n\n{}", fenced("json", &value)),
                    false => put!(self, "{title}: {}", code(&value)),
                }
            }
            Block::Part(part) => {
                put!(self, "### {}", text(&part.title));
                part.blocks.iter().for_each(|block| self.block(block));
            }
        }
    }

    fn close(mut self, document: &Document) -> String {
        self.out.push_str(&text(&document.footer));
        self.out.truncate(self.out.trim_end().len());
        self.out.push('\n');
        self.out
    }
}

impl Markdown {
    fn list(&mut self, items: &[String]) {
        for item in items {
            let _ = writeln!(self.out, "- {}", text(item));
        }
        self.out.push('\n');
    }

    fn tags(&mut self, tags: &[(String, bool)]) {
        let tags: Vec<String> =
            tags.iter().map(|(tag, attention)| emphasised(tag, *attention)).collect();
        put!(self, "{}", tags.join(" · "));
    }

    fn facts(&mut self, facts: &[(&str, String)]) {
        self.out.push_str("| | |\n|---|---|\n");
        for (term, value) in facts {
            let _ = writeln!(self.out, "| {term} | {} |", text(value));
        }
        self.out.push('\n');
    }

    fn figures(&mut self, figures: &[Figure]) {
        for figure in figures {
            put!(self, "![{}](figures/{}.svg)", text(&figure.alt), figure.stem);
            put!(self, "*{}*", text(&figure.caption));
        }
    }

    fn table(&mut self, table: &Table) {
        put!(self, "**{}**", text(&table.caption));
        self.row(table.head.iter().map(|head| text(&head.text)));
        for head in &table.head {
            self.out.push_str(if head.numeric { "|---:" } else { "|---" });
        }
        self.out.push_str("|\n");
        for group in &table.groups {
            if let Some(title) = &group.title {
                let title = format!("| *{}* ", text(title));
                let _ = writeln!(self.out, "{title}{}|", "| ".repeat(table.head.len() - 1));
            }
            let cell = |cell: &Cell| match &cell.link {
                Some(folder) => format!("[{}]({folder}/report.md)", text(&cell.text)),
                None => emphasised(&cell.in_full(), cell.best),
            };
            group.rows.iter().for_each(|row| self.row(row.iter().map(cell)));
        }
        self.out.push('\n');
        let notes = table.footnotes();
        for note in &notes {
            let _ = writeln!(self.out, "{}  ", text(note));
        }
        if !notes.is_empty() {
            self.out.push('\n');
        }
    }

    fn row(&mut self, cells: impl Iterator<Item = String>) {
        cells.for_each(|cell| self.out.push_str(&format!("| {cell} ")));
        self.out.push_str("|\n");
    }
}

fn emphasised(content: &str, bold: bool) -> String {
    let content = text(content);
    if bold { format!("**{content}**") } else { content }
}

/// More backticks than stand side by side in the content, so that none of them ends it.
fn fence(content: &str, least: usize) -> String {
    let longest = content.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat((longest + 1).max(least))
}

/// A block of code.
fn fenced(language: &str, content: &str) -> String {
    let fence = fence(content, 3);
    format!("{fence}{language}\n{content}\n{fence}")
}

/// A code span.
fn code(content: &str) -> String {
    let fence = fence(content, 1);
    let pad = if content.starts_with('`') || content.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", content.replace(['\n', '\r'], " "))
}
