//! `report.md`: the report as GitHub's Markdown, for a repository or a terminal.

use std::fmt::Write;

use super::Document;
use super::escape::markdown as text;
use crate::facts::Fact;
use crate::figures::{Figure, Place};
use crate::section::Section;
use crate::tables::Table;

/// The whole report.
pub fn write(document: &Document<'_>) -> String {
    let manifest = &document.results.manifest;
    let mut out = format!("# {}\n\n", text(&document.title));
    if !manifest.description.is_empty() {
        let _ = writeln!(out, "{}\n", text(&manifest.description));
    }
    for warning in &document.warnings {
        let _ = writeln!(out, "> **{}** {}\n", warning.title, text(&warning.text));
    }
    out.push_str("## What was run\n\n");
    facts(&mut out, &document.facts);
    out.push_str("## Comparison\n\n");
    for table in document.comparisons.iter().chain(&document.transfers).chain(&document.medians) {
        write_table(&mut out, table);
    }
    for (comparison, table) in &document.published {
        let _ = writeln!(out, "## Against the published figures: {}\n", text(&comparison.name));
        let _ = writeln!(
            out,
            "Source: {}. Ours: the first threshold rule, the median over seeds.\n",
            text(comparison.source.trim_end_matches('.'))
        );
        write_table(&mut out, table);
        for note in &comparison.notes {
            let _ = writeln!(out, "- {}", text(note));
        }
        out.push('\n');
    }
    out.push_str("## Figures\n\n");
    figures(&mut out, document.figures_of(Place::Overview));
    for section in &document.sections {
        write_section(&mut out, section, document.figures_of(Place::Section(section.id)));
    }
    models(&mut out, document);
    if let Some(table) = &document.failures {
        out.push_str("## Failures\n\n");
        write_table(&mut out, table);
    }
    let _ = write!(
        out,
        "## How to reproduce\n\n```sh\n{}\n```\n\n",
        document.command.replace("```", "` ` `")
    );
    facts(&mut out, &document.provenance);
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// A section with its figures.
pub fn write_section<'f>(
    out: &mut String,
    section: &Section,
    figures_of: impl Iterator<Item = &'f Figure>,
) {
    let _ = writeln!(out, "## {}\n", section.title);
    for paragraph in &section.text {
        let _ = writeln!(out, "{}\n", text(paragraph));
    }
    figures(out, figures_of);
    section.tables.iter().for_each(|table| write_table(out, table));
}

fn models(out: &mut String, document: &Document<'_>) {
    out.push_str("## Models\n\n");
    for (position, row) in document.rows.iter().enumerate() {
        let _ = writeln!(out, "### {}\n", text(&row.name));
        let supervised = if row.supervised { ", supervised" } else { "" };
        let _ = writeln!(
            out,
            "Kind `{}`{supervised}, backend `{}`: {}.\n",
            row.kind, row.backend, row.status
        );
        let _ = writeln!(out, "Parameters: {}\n", code(&row.params.to_string()));
        for note in document.notes(row) {
            let _ = writeln!(out, "- {}", text(&note));
        }
        if !document.notes(row).is_empty() {
            out.push('\n');
        }
        figures(out, document.figures_of(Place::Row(position)));
        for table in document.trials(row) {
            write_table(out, &table);
        }
    }
}

/// A code span that no backtick inside can end.
fn code(content: &str) -> String {
    let longest = content.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if content.starts_with('`') || content.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", content.replace(['\n', '\r'], " "))
}

fn facts(out: &mut String, facts: &[Fact]) {
    out.push_str("| | |\n|---|---|\n");
    for fact in facts {
        let _ = writeln!(out, "| {} | {} |", fact.term, text(&fact.value));
    }
    out.push('\n');
}

fn figures<'f>(out: &mut String, figures: impl Iterator<Item = &'f Figure>) {
    for figure in figures {
        let _ = writeln!(out, "![{}](figures/{}.svg)\n", text(&figure.alt), figure.stem);
        let _ = writeln!(out, "*{}*\n", text(&figure.caption));
    }
}

fn write_table(out: &mut String, table: &Table) {
    let _ = writeln!(out, "**{}**\n", text(&table.caption));
    for head in &table.head {
        let _ = write!(out, "| {} ", text(&head.text));
    }
    out.push_str("|\n");
    for head in &table.head {
        out.push_str(if head.numeric { "|---:" } else { "|---" });
    }
    out.push_str("|\n");
    for group in &table.groups {
        if let Some(title) = &group.title {
            let _ = writeln!(out, "| *{}* {}|", text(title), "| ".repeat(table.head.len() - 1));
        }
        for row in &group.rows {
            for cell in row {
                let content = text(&cell.text);
                let content = if cell.best { format!("**{content}**") } else { content };
                let _ = write!(out, "| {content} ");
            }
            out.push_str("|\n");
        }
    }
    out.push('\n');
    for note in &table.notes {
        let _ = writeln!(out, "{}  ", text(note));
    }
    if !table.notes.is_empty() {
        out.push('\n');
    }
}
