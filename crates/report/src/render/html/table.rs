//! A table as HTML: a caption, scopes, and a box of its own to scroll in.

use std::fmt::Write;

use super::super::escape::xml as text;
use crate::table::{Cell, Group, Head, Table};

/// Writes a table whose number on the page is `id`.
pub fn write(out: &mut String, table: &Table, id: usize) {
    let class = if table.sortable { " class=\"sortable\"" } else { "" };
    let _ = writeln!(
        out,
        "<div class=\"scroll\" role=\"region\" aria-labelledby=\"table-{id}\" tabindex=\"0\">\n<table{class}>\n<caption id=\"table-{id}\"><span>{}</span></caption>",
        text(&table.caption)
    );
    out.push_str("<thead><tr>");
    for head in &table.head {
        let class = if head.numeric { " class=\"n\"" } else { "" };
        let _ = write!(out, "<th scope=\"col\"{class}>{}</th>", text(&head.text));
    }
    out.push_str("</tr></thead>\n");
    table.groups.iter().for_each(|group| write_group(out, &table.head, group));
    out.push_str("</table>\n</div>\n");
    for note in table.footnotes() {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", text(note));
    }
}

fn write_group(out: &mut String, heads: &[Head], group: &Group) {
    out.push_str("<tbody>\n");
    if let Some(title) = &group.title {
        let _ = writeln!(
            out,
            "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{}\">{}</th></tr>",
            heads.len(),
            text(title)
        );
    }
    let spans = group.rows.len() > 1
        && group.rows[1..].iter().all(|row| row.first().is_some_and(|c| c.text.is_empty()));
    for (i, row) in group.rows.iter().enumerate() {
        match (spans, i) {
            (false, _) => write_row(out, heads, row, " scope=\"row\""),
            (true, 0) => {
                let span = format!(" scope=\"rowgroup\" rowspan=\"{}\"", group.rows.len());
                write_row(out, heads, row, &span);
            }
            (true, _) => write_row(out, &heads[1..], &row[1..], ""),
        }
    }
    out.push_str("</tbody>\n");
}

/// Writes a row whose first cell is its head, unless `scope` is empty.
fn write_row(out: &mut String, heads: &[Head], row: &[Cell], scope: &str) {
    out.push_str("<tr>");
    for (i, (head, cell)) in heads.iter().zip(row).enumerate() {
        let is_head = i == 0 && !scope.is_empty();
        write_cell(out, head, cell, is_head.then_some(scope));
    }
    out.push_str("</tr>\n");
}

fn write_cell(out: &mut String, head: &Head, cell: &Cell, scope: Option<&str>) {
    let tag = if scope.is_some() { "th" } else { "td" };
    let _ = write!(out, "<{tag}{}", scope.unwrap_or_default());
    let classes: Vec<&str> = [
        (head.numeric, "n"),
        (cell.share.is_some(), "bar"),
        (cell.best, "best"),
        (cell.attention, "attention"),
    ]
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
    // A deviation goes below its mean: narrow columns, and figures that the eye can compare.
    let (value, deviation) = match cell.text.split_once(" ± ") {
        Some((mean, rest)) if head.numeric => (mean, Some(format!("± {rest}"))),
        _ => (cell.text.as_str(), None),
    };
    let _ = match &cell.link {
        Some(folder) => {
            write!(out, "><a href=\"{}/index.html\">{}</a>", text(folder), text(value))
        }
        None => write!(out, ">{}", text(value)),
    };
    for line in deviation.iter().chain(&cell.range).chain(&cell.trials).chain(&cell.details) {
        let _ = write!(out, " <small>{}</small>", text(line));
    }
    let _ = write!(out, "</{tag}>");
}
