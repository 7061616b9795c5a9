//! `table.tex`: the tables for a paper; needs the package booktabs.

use std::fmt::Write;

use super::Format;
use super::escape::latex as text;
use crate::document::{Block, Document, Section};
use crate::table::Cell;

/// A file of tables.
#[derive(Default)]
pub struct Latex {
    out: String,
    title: String,
    section: &'static str,
    /// The number of the table in its section.
    number: usize,
    /// Whether it is the verdict, whose words a paper has a place for.
    prose: bool,
}

impl Format for Latex {
    fn takes(&self, section: &Section) -> bool {
        section.paper
    }

    fn open(&mut self, document: &Document) {
        self.title.clone_from(&document.title);
        self.out.push_str("% Made by oddbench. Needs \\usepackage{booktabs}.\n");
    }

    fn section(&mut self, section: &Section) {
        (self.section, self.number) = (section.id, 0);
        self.prose = section.id == crate::sections::verdict::TOPIC.id;
    }

    fn block(&mut self, block: &Block) {
        let table = match block {
            Block::Table(table) => table,
            Block::Text(paragraph) if self.prose => return self.paragraph(paragraph),
            Block::List(items) if self.prose => {
                return items.iter().for_each(|item| self.paragraph(item));
            }
            _ => return,
        };
        self.number += 1;
        let kept: Vec<usize> = (0..table.head.len()).filter(|&i| table.head[i].paper).collect();
        let columns: String =
            kept.iter().map(|&i| if table.head[i].numeric { 'r' } else { 'l' }).collect();
        let _ = write!(
            self.out,
            "\n\\begin{{table}}\n  \\centering\n  \\small\n  \\caption{{{}}}\n  \\label{{tab:{}-{}}}\n  \\begin{{tabular}}{{{columns}}}\n    \\toprule\n",
            text(&format!("{}: {}.", self.title, table.caption)),
            self.section,
            self.number
        );
        self.line(kept.iter().map(|&i| text(&table.head[i].text)));
        for group in &table.groups {
            self.out.push_str("    \\midrule\n");
            if let Some(title) = &group.title {
                let title = text(title);
                let span = kept.len();
                self.line(
                    [format!("\\multicolumn{{{span}}}{{l}}{{\\emph{{{title}}}}}")].into_iter(),
                );
            }
            group.rows.iter().for_each(|row| {
                self.line(kept.iter().map(|&i| cell(&row[i], table.head[i].range)));
            });
        }
        self.out.push_str("    \\bottomrule\n  \\end{tabular}\n");
        for note in table.footnotes() {
            let _ = writeln!(self.out, "  \\par\\footnotesize {}", text(note));
        }
        self.out.push_str("\\end{table}\n");
    }

    fn close(self, _: &Document) -> String {
        self.out
    }
}

impl Latex {
    fn paragraph(&mut self, words: &str) {
        let _ = writeln!(self.out, "\n\\noindent {}\\par", text(words));
    }

    fn line(&mut self, cells: impl Iterator<Item = String>) {
        let _ = writeln!(self.out, "    {} \\\\", cells.collect::<Vec<_>>().join(" & "));
    }
}

fn cell(cell: &Cell, range: bool) -> String {
    let content = text(&cell.with_range(range));
    if cell.best { format!("\\textbf{{{content}}}") } else { content }
}
