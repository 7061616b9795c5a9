//! Tables in the terminal: one look for all of them.

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, LineStyle, Table, presets};

use crate::terminal::Terminal;

/// A table with the given head; columns whose index is in `numeric` are set flush right.
pub fn table(terminal: &Terminal, head: &[&str], numeric: &[usize]) -> Table {
    let mut table = Table::new();
    // Lines between rows double the length of a table.
    table.load_style(presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none()));
    table.set_content_arrangement(ContentArrangement::Dynamic);
    if terminal.color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table.set_header(head.iter().map(|name| Cell::new(name).add_attribute(Attribute::Bold)));
    for &index in numeric {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
