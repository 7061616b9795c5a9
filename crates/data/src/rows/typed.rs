//! The columns that a model reads, block by block and typed, without the texts of the others: a file of
//! millions of rows is never in memory as it was written.

use oddbench_core::{FeatureKind, Table};

use super::{Cell, ColumnBuilder, RowError, RowReader, Sink, text_among_numbers, text_remedy};

impl RowReader {
    /// Up to that many rows of the named columns; a table without rows at the end. Memory for so many is
    /// set aside. The first text in a column of numbers is an error, as is a column that is not there.
    pub fn next_table(
        &mut self,
        columns: &[(String, FeatureKind)],
        most: usize,
    ) -> Result<Table, RowError> {
        let mut typed = Typed::new(self, columns, most)?;
        let read = self.fill(&mut typed, most);
        // A value that does not fit comes before the line at which reading stopped.
        if let Some(misfit) = typed.misfit.filter(|misfit| misfit.line > 0) {
            let name = &self.names()[misfit.column];
            let what = text_among_numbers(name, &misfit.text);
            let error = self.error(Some(misfit.line), what, &text_remedy(&misfit.text));
            return Err(RowError { column: Some(name.clone()), ..error });
        }
        read?;
        let columns = typed.columns.into_iter().map(|(name, column)| (name, column.finish()));
        Ok(Table { columns: columns.collect(), classes: None, beside: Vec::new() })
    }
}

/// Takes the named columns.
struct Typed {
    columns: Vec<(String, ColumnBuilder)>,
    /// Where each column of the source goes.
    slots: Vec<Option<usize>>,
    rows: usize,
    misfit: Option<Misfit>,
}

/// The first text among numbers.
struct Misfit {
    column: usize,
    row: usize,
    /// 0 until its row is whole.
    line: u64,
    text: String,
}

impl Typed {
    fn new(
        reader: &RowReader,
        wanted: &[(String, FeatureKind)],
        rows: usize,
    ) -> Result<Self, RowError> {
        let names = reader.names();
        let mut slots = vec![None; names.len()];
        let mut columns = Vec::with_capacity(wanted.len());
        for (name, kind) in wanted {
            let at = names.iter().position(|column| column == name).ok_or_else(|| {
                let what = format!("there is no column {name:?}");
                reader.error(None, what, "the file has changed since its columns were judged")
            })?;
            slots[at] = Some(columns.len());
            columns.push((name.clone(), ColumnBuilder::new(*kind, rows)));
        }
        Ok(Self { columns, slots, rows: 0, misfit: None })
    }
}

impl Sink for Typed {
    fn wants(&self, column: usize) -> bool {
        self.slots.get(column).is_some_and(Option::is_some)
    }

    fn cell(&mut self, column: usize, cell: Cell<'_>) {
        let Some(slot) = self.slots.get(column).copied().flatten() else { return };
        let builder = &mut self.columns[slot].1;
        if !builder.push(cell) {
            let row = builder.len() - 1;
            // Some sources give row after row, some column after column.
            if self.misfit.as_ref().is_none_or(|first| row < first.row) {
                let text = match cell {
                    Cell::Text(text, _) => text.to_owned(),
                    other => other.category().into_owned(),
                };
                self.misfit = Some(Misfit { column, row, line: 0, text });
            }
        }
    }

    fn end_row(&mut self, line: u64) {
        if let Some(misfit) = self.misfit.as_mut().filter(|misfit| misfit.row == self.rows) {
            misfit.line = line;
        }
        self.rows += 1;
    }
}
