//! Tables in the terminal: one look for all of them.

use std::ops::Range;

use comfy_table::{
    Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, Width,
    presets,
};

use crate::terminal::Terminal;

/// The spaces on both sides of a column.
const PADDING: u16 = 2;
/// The space between two columns.
const BETWEEN: u16 = 1;
/// The least width of a column of sentences, with its spaces.
const PROSE: u16 = 23;

/// A table with the given head; columns whose index is in `numeric` are set flush right.
pub fn table(terminal: &Terminal, head: &[&str], numeric: &[usize]) -> Table {
    let mut table = Table::new();
    // Lines between rows double the length of a table.
    table.load_style(presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none()));
    table.set_content_arrangement(ContentArrangement::Dynamic);
    if terminal.color {
        table.enforce_styling();
    }
    // Without colour no cell has a style, but the width of the terminal still counts.
    table.set_header(head.iter().map(|name| match terminal.color {
        true => Cell::new(name).add_attribute(Attribute::Bold),
        false => Cell::new(name),
    }));
    for &index in numeric {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Rows of owned cells as the tables below take them.
pub fn borrowed(rows: &[impl AsRef<[String]>]) -> Vec<Vec<&str>> {
    rows.iter().map(|row| row.as_ref().iter().map(String::as_str).collect()).collect()
}

/// A table of figures as text, fitted to the terminal: lines break between words, never within a figure. If
/// even that is too wide, the columns go on in a further table below, which has the leading columns of text
/// again.
pub fn figures(terminal: &Terminal, head: &[(&str, bool)], rows: &[Vec<&str>]) -> String {
    fitted(terminal, head, rows, Table::new().width())
}

/// The same, and sentences in the last column get room for some words in a line.
pub fn figures_and_prose(
    terminal: &Terminal,
    head: &[(&str, bool)],
    rows: &[Vec<&str>],
    width: Option<u16>,
) -> String {
    fitted_beside(terminal, head, rows, width, PROSE)
}

/// The width of the terminal, if there is one.
pub fn width() -> Option<u16> {
    Table::new().width()
}

fn fitted(
    terminal: &Terminal,
    head: &[(&str, bool)],
    rows: &[Vec<&str>],
    width: Option<u16>,
) -> String {
    fitted_beside(terminal, head, rows, width, 0)
}

/// The last column is not made narrower than `last`.
fn fitted_beside(
    terminal: &Terminal,
    head: &[(&str, bool)],
    rows: &[Vec<&str>],
    width: Option<u16>,
    last: u16,
) -> String {
    let Some(width) = width else { return part(terminal, head, rows, None) };
    // Each column counts with the space behind it; the last one has none.
    let room = width.saturating_add(BETWEEN);
    let names: Vec<&str> = head.iter().map(|(name, _)| *name).collect();
    let lines = || [&names].into_iter().chain(rows);
    let full = widths(lines().map(|line| line.iter().map(|cell| (*cell).to_owned()).collect()));
    let mut least =
        widths(lines().map(|line| line.iter().map(|cell| cell.replace(' ', "\n")).collect()));
    if let (Some(least), Some(full)) = (least.last_mut(), full.last()) {
        *least = (*least).max(last.min(*full));
    }
    let leading = head.iter().take_while(|(_, numeric)| !numeric).count();
    // A long name without a space must leave room for figures.
    let most = usize::from(room) / 2 / leading.max(1);
    for name in &mut least[..leading] {
        *name = (*name).min(u16::try_from(most).unwrap_or(u16::MAX));
    }
    let parts = parts(&least, leading, room).into_iter().map(|columns| {
        let kept: Vec<usize> = match columns.start {
            0 => columns.collect(),
            _ => (0..leading).chain(columns).collect(),
        };
        let pick = |of: &[u16]| kept.iter().map(|&at| of[at]).collect::<Vec<_>>();
        let head: Vec<(&str, bool)> = kept.iter().map(|&at| head[at]).collect();
        let rows = rows.iter().map(|row| kept.iter().map(|&at| row[at]).collect());
        let shares = shares(&pick(&least), &pick(&full), room);
        part(terminal, &head, &rows.collect::<Vec<_>>(), Some((width, &shares)))
    });
    parts.collect::<Vec<_>>().join("\n")
}

/// The widest line of each column, with the spaces beside it.
fn widths(lines: impl Iterator<Item = Vec<String>>) -> Vec<u16> {
    let mut table = Table::new();
    table.add_rows(lines);
    table
        .column_max_content_widths()
        .into_iter()
        .map(|width| width.saturating_add(PADDING + BETWEEN))
        .collect()
}

/// Columns that fit beside each other. The first part begins with the `leading` ones, which leave room for
/// them in every other part.
fn parts(least: &[u16], leading: usize, room: u16) -> Vec<Range<usize>> {
    let sum = |columns: &[u16]| columns.iter().map(|&width| usize::from(width)).sum::<usize>();
    let room = usize::from(room).saturating_sub(sum(&least[..leading]));
    let mut parts = vec![];
    let (mut start, mut first) = (0, leading);
    while first < least.len() {
        let fits = (first + 1..=least.len()).take_while(|&end| sum(&least[first..end]) <= room);
        // A column that fits nowhere stands alone.
        let end = fits.last().unwrap_or(first + 1);
        parts.push(start..end);
        (start, first) = (end, end);
    }
    if parts.is_empty() {
        parts.push(0..least.len());
    }
    parts
}

/// The width of each column: what it needs at least, and of what is left, first those that lack little.
fn shares(least: &[u16], full: &[u16], room: u16) -> Vec<u16> {
    let needed: usize = least.iter().map(|&width| usize::from(width)).sum();
    let mut left = u16::try_from(usize::from(room).saturating_sub(needed)).unwrap_or(0);
    let mut shares = least.to_vec();
    let mut order: Vec<usize> = (0..least.len()).collect();
    order.sort_by_key(|&at| full[at] - least[at]);
    for at in order {
        let more = left.min(full[at] - least[at]);
        shares[at] += more;
        left -= more;
    }
    shares
}

/// One table, in that width and with columns of those widths.
fn part(
    terminal: &Terminal,
    head: &[(&str, bool)],
    rows: &[Vec<&str>],
    fitted: Option<(u16, &[u16])>,
) -> String {
    let names: Vec<&str> = head.iter().map(|(name, _)| *name).collect();
    let numeric: Vec<usize> = (0..head.len()).filter(|&at| head[at].1).collect();
    let mut view = table(terminal, &names, &numeric);
    view.add_rows(rows);
    if let Some((width, shares)) = fitted {
        let absolute = |&share: &u16| ColumnConstraint::Absolute(Width::Fixed(share - BETWEEN));
        view.set_width(width).set_constraints(shares.iter().map(absolute));
    }
    view.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(width: u16) -> String {
        let head: Vec<(&str, bool)> = [("Model", false)]
            .into_iter()
            .chain(["Trials", "Accuracy", "Precision", "ROC-AUC"].map(|name| (name, true)))
            .collect();
        let rows = vec![
            vec!["isolation-forest, deep", "3", "0.699 ± 0.029", "0.711", "0.778 (0.770 to 0.786)"],
            vec!["random", "1", "0.551 ± 0.000", "–", "0.499 (0.490 to 0.508)"],
        ];
        fitted(&Terminal::PLAIN, &head, &rows, Some(width))
    }

    /// Half of 40 columns holds the longest word of the names.
    #[test]
    fn tables_are_as_wide_as_the_terminal_and_break_no_figure() {
        let whole: Vec<String> = drawn(500).split_whitespace().map(str::to_owned).collect();
        for width in 40..120 {
            let text = drawn(width);
            let widest = text.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(usize::from(width)), "{width}:\n{text}");
            let found: Vec<&str> = text.split_whitespace().collect();
            let words = whole.iter().filter(|word| !word.contains(['─', '═']));
            for word in words {
                assert!(found.contains(&word.as_str()), "{width}: {word} is missing\n{text}");
            }
        }
    }

    #[test]
    fn columns_without_room_go_on_below_with_the_names_again() {
        let count = |width, word| drawn(width).matches(word).count();
        assert_eq!([count(100, "random"), count(100, "Model")], [1, 1]);
        assert_eq!([count(45, "random"), count(45, "Model")], [2, 2]);
        assert_eq!([count(45, "Trials"), count(45, "ROC-AUC")], [1, 1]);
    }

    #[test]
    fn what_fits_is_not_broken() {
        assert!(drawn(90).contains("0.778 (0.770 to 0.786)"));
        assert!(drawn(90).contains("isolation-forest, deep"));
    }
}
