//! A table as HTML: a caption, scopes, and a box of its own to scroll in.

use std::fmt::Write;

use super::super::escape::xml as text;
use crate::tables::{Cell, Head, Table};

/// Gives each table of the page its id.
#[derive(Default)]
pub struct Tables {
    written: usize,
}

impl Tables {
    /// Writes a table; `sortable` lets a reader sort it by its columns.
    pub fn write(&mut self, out: &mut String, table: &Table, sortable: bool) {
        self.written += 1;
        let id = self.written;
        let class = if sortable { " class=\"sortable\"" } else { "" };
        let _ = writeln!(
            out,
            "<div class=\"scroll\" role=\"region\" aria-labelledby=\"table-{id}\" tabindex=\"0\">\n<table{class}>\n<caption id=\"table-{id}\">{}</caption>",
            text(&table.caption)
        );
        out.push_str("<thead><tr>");
        for head in &table.head {
            let class = if head.numeric { " class=\"n\"" } else { "" };
            let _ = write!(out, "<th scope=\"col\"{class}>{}</th>", text(&head.text));
        }
        out.push_str("</tr></thead>\n");
        for group in &table.groups {
            out.push_str("<tbody>\n");
            if let Some(title) = &group.title {
                let _ = writeln!(
                    out,
                    "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{}\">{}</th></tr>",
                    table.head.len(),
                    text(title)
                );
            }
            for row in &group.rows {
                write_row(out, &table.head, row);
            }
            out.push_str("</tbody>\n");
        }
        out.push_str("</table>\n</div>\n");
        for note in &table.notes {
            let _ = writeln!(out, "<p class=\"note\">{}</p>", text(note));
        }
    }
}

fn write_row(out: &mut String, heads: &[Head], row: &[Cell]) {
    out.push_str("<tr>");
    for (i, (head, cell)) in heads.iter().zip(row).enumerate() {
        let tag = if i == 0 && !cell.text.is_empty() { "th" } else { "td" };
        let _ = write!(out, "<{tag}");
        if tag == "th" {
            out.push_str(" scope=\"row\"");
        }
        let classes: Vec<&str> =
            [(head.numeric, "n"), (cell.share.is_some(), "bar"), (cell.best, "best")]
                .into_iter()
                .filter_map(|(is, class)| is.then_some(class))
                .collect();
        if !classes.is_empty() {
            let _ = write!(out, " class=\"{}\"", classes.join(" "));
        }
        if let Some(value) = cell.value {
            let _ = write!(out, " data-v=\"{value}\"");
        }
        if let Some(share) = cell.share {
            let _ = write!(out, " style=\"--v:{share:.3}\"");
        }
        let _ = write!(out, ">{}", text(&cell.text));
        if let Some(detail) = &cell.detail {
            let _ = write!(out, "<small>{}</small>", text(detail));
        }
        let _ = write!(out, "</{tag}>");
    }
    out.push_str("</tr>\n");
}
