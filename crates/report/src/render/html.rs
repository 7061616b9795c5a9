//! `index.html`: one self-contained page with its style, script and figures inside.

mod table;

use std::fmt::Write;

use super::Format;
use super::escape::xml as text;
use crate::document::{Block, Document, Part, Section};
use crate::figures::Figure;
use crate::table::Table;

const STYLE: &str = include_str!("html/style.css");
const PAGE: &str = include_str!("html/page.js");

/// The style of figures inside a page.
pub const FIGURES_STYLE: &str = include_str!("html/figures.css");

/// The script that lets figures react to the pointer and to keys. `oddbenchFigures(element)` starts it for the figures in an
/// element.
pub const FIGURES_SCRIPT: &str = include_str!("html/figures.js");

/// A page.
#[derive(Default)]
pub struct Html {
    out: String,
    /// How many tables there are: each has an id.
    tables: usize,
}

/// Appends text that is put together as by `format!`.
macro_rules! put {
    ($page:expr, $($text:tt)*) => { let _ = write!($page.out, $($text)*); };
}

impl Format for Html {
    fn open(&mut self, document: &Document) {
        let title = text(&document.marked_title());
        put!(
            self,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} · oddbench</title>\n\
             <style>\n{STYLE}{FIGURES_STYLE}</style>\n</head>\n<body>\n"
        );
        if let Some(first) = document.sections.first() {
            put!(self, "<a class=\"skip\" href=\"#{}\">Skip to the first section</a>\n", first.id);
        }
        self.header(document);
        self.out.push_str("<div class=\"page\">\n");
        self.contents(document);
        self.out.push_str("<main>\n");
    }

    fn warnings(&mut self, document: &Document) {
        for warning in &document.warnings {
            put!(
                self,
                "<p class=\"warning\" role=\"note\"><strong>{}</strong> {}</p>\n",
                warning.title,
                text(&warning.text)
            );
        }
    }

    fn section(&mut self, section: &Section) {
        let Section { id, title, .. } = section;
        put!(
            self,
            "<section id=\"{id}\" aria-labelledby=\"{id}-heading\">\n<h2 id=\"{id}-heading\">{title}</h2>\n"
        );
    }

    fn end_section(&mut self) {
        self.out.push_str("</section>\n");
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Text(paragraph) => {
                put!(self, "<p>{}</p>\n", text(paragraph));
            }
            Block::List(items) => self.list(items),
            Block::Tags(tags) => self.tags(tags),
            Block::Facts(facts) => self.facts(facts),
            Block::Command(command) => {
                put!(self, "<pre tabindex=\"0\"><code>{}</code></pre>\n", text(command));
            }
            Block::Figures(figures) => self.figures(figures),
            Block::Table(table) => self.table(table),
            Block::Folded(title, tables) => {
                put!(self, "<details><summary>{}</summary>\n", text(title));
                tables.iter().for_each(|table| self.table(table));
                self.out.push_str("</details>\n");
            }
            Block::Json(title, value) => {
                put!(
                    self,
                    "<details><summary>{title}</summary>\n<pre tabindex=\"0\"><code>{}</code></pre>\n</details>\n",
                    text(&format!("{value:#}"))
                );
            }
            Block::Part(part) => self.part(part),
        }
    }

    fn close(mut self, document: &Document) -> String {
        put!(
            self,
            "</main>\n</div>\n<footer><p>{}</p></footer>\n<script>\n{FIGURES_SCRIPT}{PAGE}</script>\n</body>\n</html>\n",
            text(&document.footer)
        );
        self.out
    }
}

impl Html {
    fn header(&mut self, document: &Document) {
        put!(
            self,
            "<header class=\"top\"><div>\n<p class=\"brand\">oddbench report</p>\n<h1>{}</h1>\n",
            text(&document.title)
        );
        if !document.description.is_empty() {
            put!(self, "<p class=\"lead\">{}</p>\n", text(&document.description));
        }
        if !document.highlights.is_empty() {
            self.out.push_str("<ul class=\"tiles\">\n");
            for (value, label) in &document.highlights {
                let (value, label) = (text(value), text(label));
                put!(self, "<li><strong>{value}</strong><span>{label}</span></li>\n");
            }
            self.out.push_str("</ul>\n");
        }
        self.out.push_str("</div></header>\n");
    }

    fn contents(&mut self, document: &Document) {
        self.out.push_str("<nav aria-label=\"Contents\"><ul>\n");
        for Section { id, title, blocks, .. } in &document.sections {
            put!(self, "<li><a href=\"#{id}\">{title}</a>");
            let parts = blocks.iter().filter_map(|block| match block {
                Block::Part(part) => Some(part),
                _ => None,
            });
            let link = |part: &Part| {
                format!("<li><a href=\"#{}\">{}</a></li>\n", part.id, text(&part.title))
            };
            let links: String = parts.map(link).collect();
            if !links.is_empty() {
                put!(self, "<ul>\n{links}</ul>");
            }
            self.out.push_str("</li>\n");
        }
        self.out.push_str("</ul></nav>\n");
    }

    fn part(&mut self, part: &Part) {
        let Part { id, title, blocks, folded } = part;
        if *folded {
            // A link to what is inside unfolds it, and one to the heading would not.
            put!(
                self,
                "<details class=\"part\"><summary><h3>{}</h3></summary>\n<div id=\"{id}\">\n",
                text(title)
            );
            blocks.iter().for_each(|block| self.block(block));
            self.out.push_str("</div>\n</details>\n");
            return;
        }
        put!(
            self,
            "<section class=\"part\" id=\"{id}\" aria-labelledby=\"{id}-heading\">\n<h3 id=\"{id}-heading\">{}</h3>\n",
            text(title)
        );
        blocks.iter().for_each(|block| self.block(block));
        self.out.push_str("</section>\n");
    }

    fn list(&mut self, items: &[String]) {
        self.out.push_str("<ul class=\"notes\">\n");
        for item in items {
            put!(self, "<li>{}</li>\n", text(item));
        }
        self.out.push_str("</ul>\n");
    }

    fn tags(&mut self, tags: &[(String, bool)]) {
        self.out.push_str("<ul class=\"tags\">");
        for (tag, attention) in tags {
            let class = if *attention { " class=\"attention\"" } else { "" };
            put!(self, "<li{class}>{}</li>", text(tag));
        }
        self.out.push_str("</ul>\n");
    }

    fn facts(&mut self, facts: &[(&str, String)]) {
        self.out.push_str("<dl>\n");
        for (term, value) in facts {
            put!(self, "<div><dt>{}</dt><dd>{}</dd></div>\n", text(term), text(value));
        }
        self.out.push_str("</dl>\n");
    }

    fn figures(&mut self, figures: &[Figure]) {
        self.out.push_str("<div class=\"grid\">\n");
        for figure in figures {
            put!(
                self,
                "<figure id=\"figure-{stem}\">\n<div class=\"plot\" role=\"group\" aria-label=\"{title}\" tabindex=\"0\">{}</div>\n\
                 <figcaption>{} <span class=\"files\"><a href=\"figures/{stem}.svg\">SVG</a> <a href=\"figures/{stem}.png\">PNG</a></span></figcaption>\n</figure>\n",
                figure.svg().trim_end(),
                text(&figure.caption),
                stem = figure.stem,
                title = text(&figure.title),
            );
        }
        self.out.push_str("</div>\n");
    }

    fn table(&mut self, table: &Table) {
        self.tables += 1;
        table::write(&mut self.out, table, self.tables);
    }
}
