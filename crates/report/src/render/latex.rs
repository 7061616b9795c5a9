//! `table.tex`: the comparison tables for a paper; needs the package booktabs.

use std::fmt::Write;

use super::Document;
use super::escape::latex as text;
use crate::tables::{Cell, Table};

/// Columns that a paper's table has room for, by their head.
const LEFT_OUT: [&str; 4] = ["Fit, s", "Score, s", "Peak, MB", "Threshold"];

/// One table per threshold rule (and one more with transfer rows) and set of published figures.
pub fn write(document: &Document<'_>) -> String {
    let mut out = String::from("% Made by oddbench. Needs \\usepackage{booktabs}.\n");
    for (i, table) in document.comparisons.iter().enumerate() {
        let label = format!("tab:comparison-{}", i + 1);
        write_table(&mut out, table, &label, document);
    }
    for (i, table) in document.transfers.iter().enumerate() {
        let label = format!("tab:transfer-{}", i + 1);
        write_table(&mut out, table, &label, document);
    }
    for (i, (_, table)) in document.published.iter().enumerate() {
        let label = format!("tab:published-{}", i + 1);
        write_table(&mut out, table, &label, document);
    }
    out
}

fn write_table(out: &mut String, table: &Table, label: &str, document: &Document<'_>) {
    let kept: Vec<usize> = (0..table.head.len())
        .filter(|&i| !LEFT_OUT.contains(&table.head[i].text.trim_end_matches('†')))
        .collect();
    let columns: String =
        kept.iter().map(|&i| if table.head[i].numeric { 'r' } else { 'l' }).collect();
    let caption = format!("{}: {}.", document.results.manifest.experiment, table.caption);
    let _ = write!(
        out,
        "\n\\begin{{table}}\n  \\centering\n  \\small\n  \\caption{{{}}}\n  \\label{{{label}}}\n  \\begin{{tabular}}{{{columns}}}\n    \\toprule\n",
        text(&caption)
    );
    let line = |cells: Vec<String>| format!("    {} \\\\\n", cells.join(" & "));
    out.push_str(&line(kept.iter().map(|&i| text(&table.head[i].text)).collect()));
    for group in &table.groups {
        out.push_str("    \\midrule\n");
        if let Some(title) = &group.title {
            let _ = writeln!(
                out,
                "    \\multicolumn{{{}}}{{l}}{{\\emph{{{}}}}} \\\\",
                kept.len(),
                text(title)
            );
        }
        for row in &group.rows {
            out.push_str(&line(kept.iter().map(|&i| cell(&row[i])).collect()));
        }
    }
    out.push_str("    \\bottomrule\n  \\end{tabular}\n");
    for note in &table.notes {
        let _ = writeln!(out, "  \\par\\footnotesize {}", text(note));
    }
    out.push_str("\\end{table}\n");
}

fn cell(cell: &Cell) -> String {
    let content = text(&cell.text);
    if cell.best { format!("\\textbf{{{content}}}") } else { content }
}
