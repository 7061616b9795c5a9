//! The section of one row: figures, notes, every seed, parameters.

use std::fmt::Write;

use super::super::Document;
use super::super::escape::xml as text;
use super::table::Tables;
use super::{figure, list};
use crate::SummaryRow;
use crate::figures::Place;

/// Writes the section of the row at that position.
pub fn write(
    out: &mut String,
    tables: &mut Tables,
    document: &Document<'_>,
    position: usize,
    row: &SummaryRow,
) {
    let number = position + 1;
    let _ = writeln!(
        out,
        "<section class=\"model\" id=\"model-{number}\" aria-labelledby=\"model-{number}-heading\">\n<h3 id=\"model-{number}-heading\">{}</h3>",
        text(&row.name)
    );
    tags(out, row);
    list(out, document.notes(row).iter());
    let mut figures = document.figures_of(Place::Row(position)).peekable();
    if figures.peek().is_some() {
        out.push_str("<div class=\"grid\">\n");
        figures.for_each(|f| figure(out, f));
        out.push_str("</div>\n");
    } else {
        out.push_str("<p>No trial of this model has scores.</p>\n");
    }
    let trials = match row.trials.len() {
        1 => "Its one trial".to_owned(),
        n => format!("All {n} trials"),
    };
    let _ = writeln!(out, "<details><summary>{trials}</summary>");
    for table in document.trials(row) {
        tables.write(out, &table, true);
    }
    let params = serde_json::to_string_pretty(&row.params).unwrap_or_default();
    let _ = writeln!(
        out,
        "</details>\n<details><summary>Parameters</summary>\n<pre tabindex=\"0\"><code>{}</code></pre>\n</details>\n</section>",
        text(&params)
    );
}

fn tags(out: &mut String, row: &SummaryRow) {
    out.push_str("<ul class=\"tags\">");
    let mut tag = |class: &str, content: &str| {
        let _ = write!(out, "<li{class}>{}</li>", text(content));
    };
    tag("", &row.kind);
    if row.supervised {
        tag(" class=\"attention\"", "supervised: trained with labels");
    }
    match row.device.as_deref() {
        Some(device) if device != row.backend => tag("", &format!("{} on {device}", row.backend)),
        _ => tag("", &row.backend),
    }
    let class = if row.status.completed == row.trials.len() { "" } else { " class=\"attention\"" };
    tag(class, &row.status.to_string());
    out.push_str("</ul>\n");
}
