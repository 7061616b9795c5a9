//! A table as HTML: a caption, scopes, and a box of its own to scroll in.

use std::fmt::Write;

use super::super::escape::xml as text;
use crate::table::{Cell, Group, Head, Place, Table};

/// From this many columns on the heads of figures run upwards.
const MANY: usize = 13;

/// Writes a table whose number on the page is `id`.
pub fn write(out: &mut String, table: &Table, id: usize) {
    let caption = text(&table.caption);
    if table.folded {
        let _ = writeln!(out, "<details><summary>{caption}</summary>");
    }
    let shown = table.head.iter().filter(|head| head.place != Place::Asked);
    let many = shown.count() >= MANY;
    let class = classes(&[(table.sortable, "sortable"), (many, "many")]);
    let hidden = if table.folded { " class=\"hear\"" } else { "" };
    let more = more(table);
    if let Some((label, class)) = more {
        let _ = writeln!(
            out,
            "<div class=\"more\">\n<label{class}><input type=\"checkbox\"> {label}</label>"
        );
    }
    let _ = writeln!(
        out,
        "<div class=\"scroll\" role=\"region\" aria-labelledby=\"table-{id}\" tabindex=\"0\">\n<table{class}>\n<caption id=\"table-{id}\"{hidden}><span>{caption}</span></caption>"
    );
    out.push_str("<thead><tr>");
    for head in &table.head {
        let class = classes(&[(head.numeric, "n"), placed(head)]);
        let upwards = many && head.numeric;
        let (from, to) = if upwards { ("<span class=\"up\">", "</span>") } else { ("", "") };
        let _ = write!(out, "<th scope=\"col\"{class}>{from}{}{to}</th>", text(&head.text));
    }
    out.push_str("</tr></thead>\n");
    let columns: Vec<Column<'_>> = columns(table);
    table.groups.iter().for_each(|group| write_group(out, &columns, group));
    out.push_str("</table>\n</div>\n");
    if more.is_some() {
        out.push_str("</div>\n");
    }
    for note in table.footnotes() {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", text(note));
    }
    if table.folded {
        out.push_str("</details>\n");
    }
}

/// A column of a table.
struct Column<'t> {
    head: &'t Head,
    /// Whether a cell has a range: the others leave room for one, so that figures stand below each other.
    ranges: bool,
}

fn columns(table: &Table) -> Vec<Column<'_>> {
    let rows = || table.groups.iter().flat_map(|group| &group.rows);
    let has_range = |at: usize| rows().any(|row| row.get(at).is_some_and(|c| c.range.is_some()));
    let column = |(at, head)| Column { head, ranges: has_range(at) };
    table.head.iter().enumerate().map(column).collect()
}

/// What a reader can ask for, and the class of what a wide screen shows anyway; `None` if everything is shown.
fn more(table: &Table) -> Option<(&'static str, &'static str)> {
    let mut cells = table.groups.iter().flat_map(|group| &group.rows).flatten();
    let has = |place: Place| table.head.iter().any(|head| head.place == place);
    let ranges = cells.any(|cell| cell.trials.is_some() || !cell.details.is_empty());
    match (has(Place::Asked), ranges, has(Place::Wide)) {
        (true, true, _) => Some(("All columns and ranges", "")),
        (true, false, _) => Some(("All columns", "")),
        (false, true, false) => Some(("Details of each figure", "")),
        (false, true, true) => Some(("All details", "")),
        (false, false, true) => Some(("All columns", " class=\"narrow\"")),
        (false, false, false) => None,
    }
}

fn placed(head: &Head) -> (bool, &'static str) {
    match head.place {
        Place::Always => (false, ""),
        Place::Wide => (true, "w"),
        Place::Asked => (true, "x"),
    }
}

/// ` class="n best"` of those that apply; nothing if none does.
fn classes(of: &[(bool, &str)]) -> String {
    let of: Vec<&str> = of.iter().filter_map(|(is, class)| is.then_some(*class)).collect();
    if of.is_empty() { String::new() } else { format!(" class=\"{}\"", of.join(" ")) }
}

fn write_group(out: &mut String, columns: &[Column<'_>], group: &Group) {
    out.push_str("<tbody>\n");
    if let Some(title) = &group.title {
        let _ = writeln!(
            out,
            "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{}\">{}</th></tr>",
            columns.len(),
            text(title)
        );
    }
    let spans = group.rows.len() > 1
        && group.rows[1..].iter().all(|row| row.first().is_some_and(|c| c.text.is_empty()));
    for (i, row) in group.rows.iter().enumerate() {
        match (spans, i) {
            (false, _) => write_row(out, columns, row, " scope=\"row\""),
            (true, 0) => {
                let span = format!(" scope=\"rowgroup\" rowspan=\"{}\"", group.rows.len());
                write_row(out, columns, row, &span);
            }
            (true, _) => write_row(out, &columns[1..], &row[1..], ""),
        }
    }
    out.push_str("</tbody>\n");
}

/// Writes a row whose first cell is its head, unless `scope` is empty.
fn write_row(out: &mut String, columns: &[Column<'_>], row: &[Cell], scope: &str) {
    out.push_str("<tr>");
    for (i, (column, cell)) in columns.iter().zip(row).enumerate() {
        let is_head = i == 0 && !scope.is_empty();
        write_cell(out, column, cell, is_head.then_some(scope));
    }
    out.push_str("</tr>\n");
}

fn write_cell(out: &mut String, column: &Column<'_>, cell: &Cell, scope: Option<&str>) {
    let head = column.head;
    let tag = if scope.is_some() { "th" } else { "td" };
    let class = classes(&[
        (head.numeric, "n"),
        (cell.share.is_some(), "bar"),
        (cell.best, "best"),
        (cell.attention, "attention"),
        placed(head),
    ]);
    let _ = write!(out, "<{tag}{}{class}", scope.unwrap_or_default());
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
    if let Some(line) = deviation {
        let _ = write!(out, " <small>{}</small>", text(&line));
    }
    match &cell.range {
        Some(range) => {
            let _ = write!(out, " <small class=\"r\">{}</small>", text(range));
        }
        None if column.ranges && head.numeric => out.push_str(" <small class=\"r\"></small>"),
        None => {}
    }
    for line in cell.trials.iter().chain(&cell.details) {
        let _ = write!(out, " <small class=\"x\">{}</small>", text(line));
    }
    let _ = write!(out, "</{tag}>");
}
