//! `index.html`: one self-contained page with its style, script and figures inside.

mod model;
mod table;

use std::fmt::Write;

use super::Document;
use super::escape::xml as text;
use crate::aggregate::Metric;
use crate::facts::Fact;
use crate::figures::{Figure, Place};
use crate::format;
use crate::section::Section;
use table::Tables;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("sort.js");

/// The whole page.
pub fn write(document: &Document<'_>) -> String {
    let mut out = String::with_capacity(1 << 20);
    let mut tables = Tables::default();
    let title = text(&document.title);
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} · oddbench</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#comparison\">Skip to the comparison</a>\n"
    );
    header(&mut out, document);
    out.push_str("<div class=\"page\">\n");
    contents(&mut out, document);
    out.push_str("<main>\n");
    comparison(&mut out, &mut tables, document);
    published(&mut out, &mut tables, document);
    overview(&mut out, document);
    for part in &document.sections {
        part_of_page(&mut out, &mut tables, part, document.figures_of(Place::Section(part.id)));
    }
    section(&mut out, "models", "Model by model");
    for (position, row) in document.rows.iter().enumerate() {
        model::write(&mut out, &mut tables, document, position, row);
    }
    out.push_str("</section>\n");
    if let Some(failures) = &document.failures {
        section(&mut out, "failures", "Failures");
        tables.write(&mut out, failures, false);
        out.push_str("</section>\n");
    }
    what_was_run(&mut out, document);
    reproduce(&mut out, document);
    let _ = write!(
        out,
        "</main>\n</div>\n<footer><p>Made by oddbench {} from stored records and scores. Nothing was retrained.</p></footer>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        text(&document.results.manifest.oddbench)
    );
    out
}

/// A section with its figures, for a page of its own.
pub fn write_section<'f>(
    out: &mut String,
    part: &Section,
    figures: impl Iterator<Item = &'f Figure>,
) {
    part_of_page(out, &mut Tables::default(), part, figures);
}

/// A page with nothing around its content but title and style.
pub fn bare_page(title: &str, body: &str) -> String {
    let title = text(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} · oddbench</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header class=\"top\"><div>\n<p class=\"brand\">oddbench report</p>\n<h1>{title}</h1>\n</div></header>\n\
         <div class=\"page\">\n<div></div>\n<main>\n{body}</main>\n</div>\n</body>\n</html>\n"
    )
}

fn part_of_page<'f>(
    out: &mut String,
    tables: &mut Tables,
    part: &Section,
    figures: impl Iterator<Item = &'f Figure>,
) {
    section(out, part.id, part.title);
    for paragraph in &part.text {
        let _ = writeln!(out, "<p>{}</p>", text(paragraph));
    }
    let mut figures = figures.peekable();
    if figures.peek().is_some() {
        out.push_str("<div class=\"grid\">\n");
        figures.for_each(|f| figure(out, f));
        out.push_str("</div>\n");
    }
    for table in &part.tables {
        tables.write(out, table, part.sortable);
    }
    out.push_str("</section>\n");
}

fn section(out: &mut String, id: &str, heading: &str) {
    let _ = writeln!(
        out,
        "<section id=\"{id}\" aria-labelledby=\"{id}-heading\">\n<h2 id=\"{id}-heading\">{heading}</h2>"
    );
}

fn header(out: &mut String, document: &Document<'_>) {
    let manifest = &document.results.manifest;
    let _ = write!(
        out,
        "<header class=\"top\"><div>\n<p class=\"brand\">oddbench report</p>\n<h1>{}</h1>\n",
        text(&manifest.experiment)
    );
    if !manifest.description.is_empty() {
        let _ = writeln!(out, "<p class=\"lead\">{}</p>", text(&manifest.description));
    }
    out.push_str("<ul class=\"tiles\">\n");
    for (value, label) in tiles(document) {
        let _ = writeln!(
            out,
            "<li><strong>{}</strong><span>{}</span></li>",
            text(&value),
            text(&label)
        );
    }
    out.push_str("</ul>\n");
    for warning in &document.warnings {
        let _ = writeln!(
            out,
            "<p class=\"warning\" role=\"note\"><strong>{}</strong> {}</p>",
            warning.title,
            text(&warning.text)
        );
    }
    out.push_str("</div></header>\n");
}

/// A few figures that say what this is: the size of the test and the best rows.
fn tiles(document: &Document<'_>) -> Vec<(String, String)> {
    let results = document.results;
    let completed = results.trials.iter().filter(|trial| trial.scores.is_some()).count();
    let mut tiles = vec![
        (document.rows.len().to_string(), "models".into()),
        (format!("{completed}/{}", results.trials.len()), "trials completed".into()),
    ];
    if let Some(sizes) = results.trials.iter().find_map(|trial| trial.record.as_ref()?.sizes) {
        let outliers = format!("test rows, {} outliers", format::count(sizes.test_outliers));
        tiles.push((format::count(sizes.test), outliers));
    }
    // The best that saw no labels; the best that did where there is no other.
    let supervised = document.rows.iter().all(|row| row.supervised);
    for metric in [Metric::RocAuc, Metric::F1] {
        let value = |row: &&crate::SummaryRow| row.metric(0, metric).map(|s| s.mean);
        let best = document
            .rows
            .iter()
            .filter(|row| row.supervised == supervised)
            .filter_map(|row| Some((value(&row)?, row)))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((value, row)) = best {
            let oracle =
                row.rules.first().is_some_and(|r| r.oracle) && metric.depends_on_threshold();
            let mark = if oracle { format::ORACLE } else { "" };
            let saw = if supervised { ", supervised" } else { "" };
            let label = format!("best {}{mark}{saw}: {}", metric.title(), row.name);
            tiles.push((format::share(value), label));
        }
    }
    tiles
}

fn contents(out: &mut String, document: &Document<'_>) {
    out.push_str(
        "<nav aria-label=\"Contents\"><ul>\n<li><a href=\"#comparison\">Comparison</a></li>\n",
    );
    if !document.published.is_empty() {
        out.push_str("<li><a href=\"#published\">Published figures</a></li>\n");
    }
    out.push_str("<li><a href=\"#figures\">Figures</a></li>\n");
    for part in &document.sections {
        let _ = writeln!(out, "<li><a href=\"#{}\">{}</a></li>", part.id, part.title);
    }
    out.push_str("<li><a href=\"#models\">Models</a><ul>\n");
    for (position, row) in document.rows.iter().enumerate() {
        let _ =
            writeln!(out, "<li><a href=\"#model-{}\">{}</a></li>", position + 1, text(&row.name));
    }
    out.push_str("</ul></li>\n");
    if document.failures.is_some() {
        out.push_str("<li><a href=\"#failures\">Failures</a></li>\n");
    }
    out.push_str("<li><a href=\"#run\">What was run</a></li>\n<li><a href=\"#reproduce\">Reproduce</a></li>\n</ul></nav>\n");
}

fn comparison(out: &mut String, tables: &mut Tables, document: &Document<'_>) {
    section(out, "comparison", "Comparison");
    for table in document.comparisons.iter().chain(&document.transfers) {
        tables.write(out, table, true);
    }
    out.push_str("</section>\n");
}

fn published(out: &mut String, tables: &mut Tables, document: &Document<'_>) {
    if document.published.is_empty() {
        return;
    }
    section(out, "published", "Against the published figures");
    for (comparison, table) in &document.published {
        let _ = writeln!(
            out,
            "<p>Source: {}. Ours: the first threshold rule; with several seeds their median, because published figures are of single runs.</p>",
            text(comparison.source.trim_end_matches('.'))
        );
        tables.write(out, table, false);
        if !comparison.unknown.is_empty() {
            let _ = writeln!(
                out,
                "<p class=\"note\">Published, but not computed here: {}.</p>",
                text(&comparison.unknown.join(", "))
            );
        }
        list(out, comparison.notes.iter());
    }
    out.push_str("</section>\n");
}

fn overview(out: &mut String, document: &Document<'_>) {
    section(out, "figures", "Figures");
    out.push_str("<div class=\"grid\">\n");
    document.figures_of(Place::Overview).for_each(|f| figure(out, f));
    out.push_str("</div>\n");
    out.push_str("</section>\n");
}

fn what_was_run(out: &mut String, document: &Document<'_>) {
    section(out, "run", "What was run");
    facts(out, &document.facts);
    out.push_str("</section>\n");
}

fn reproduce(out: &mut String, document: &Document<'_>) {
    section(out, "reproduce", "How to reproduce");
    let _ = writeln!(out, "<pre tabindex=\"0\"><code>{}</code></pre>", text(&document.command));
    facts(out, &document.provenance);
    let spec = serde_json::to_string_pretty(&document.results.manifest.spec).unwrap_or_default();
    let _ = writeln!(
        out,
        "<details><summary>The resolved experiment</summary>\n<pre tabindex=\"0\"><code>{}</code></pre>\n</details>\n</section>",
        text(&spec)
    );
}

/// A figure with its caption and its files.
fn figure(out: &mut String, figure: &Figure) {
    let _ = writeln!(
        out,
        "<figure id=\"figure-{stem}\">\n<div class=\"plot\" role=\"group\" aria-label=\"{title}\" tabindex=\"0\">{}</div>\n\
         <figcaption>{} <span class=\"files\"><a href=\"figures/{stem}.svg\">SVG</a> <a href=\"figures/{stem}.png\">PNG</a></span></figcaption>\n</figure>",
        figure.svg.trim_end(),
        text(&figure.caption),
        stem = figure.stem,
        title = text(&figure.title),
    );
}

fn facts(out: &mut String, facts: &[Fact]) {
    out.push_str("<dl>\n");
    for fact in facts {
        let _ =
            writeln!(out, "<div><dt>{}</dt><dd>{}</dd></div>", text(fact.term), text(&fact.value));
    }
    out.push_str("</dl>\n");
}

fn list<S: AsRef<str>>(out: &mut String, items: impl Iterator<Item = S>) {
    let mut items = items.peekable();
    if items.peek().is_none() {
        return;
    }
    out.push_str("<ul class=\"notes\">\n");
    for item in items {
        let _ = writeln!(out, "<li>{}</li>", text(item.as_ref()));
    }
    out.push_str("</ul>\n");
}
