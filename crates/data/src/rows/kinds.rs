//! Which columns hold numbers and which categories, found from all values.

use super::{CellKind, Reading, RowError, Rows, mark_remedy, shorten};
use oddbench_core::FeatureKind;

impl Rows {
    /// The kind of each column, `None` where no row has a value. A column that holds numbers and texts
    /// is an error, unless it is named in `categorical`.
    pub fn kinds(
        &self,
        categorical: &[String],
    ) -> Result<Vec<(String, Option<FeatureKind>)>, RowError> {
        let columns = self.names.iter().enumerate();
        columns
            .map(|(at, name)| match categorical.contains(name) {
                true => Ok((name.clone(), Some(FeatureKind::Categorical))),
                false => Ok((name.clone(), self.kind(at)?)),
            })
            .collect()
    }

    /// The kind of one column. Panics out of range.
    pub(crate) fn kind(&self, at: usize) -> Result<Option<FeatureKind>, RowError> {
        let texts = &self.columns[at];
        let (mut first_number, mut first_text, mut first_either) = (None, None, None);
        for row in 0..self.len() {
            let first = match texts.cell(row).reading() {
                Reading::Missing => continue,
                Reading::Text => &mut first_text,
                _ if texts.kind(row) == CellKind::Text => &mut first_text,
                Reading::Number(_) => &mut first_number,
                // A number beside numbers, a category beside texts.
                Reading::Boolean(_) | Reading::Hexadecimal(_) => &mut first_either,
            };
            first.get_or_insert(row);
            if let (Some(number), Some(text)) = (first_number, first_text) {
                return Err(self.mixed(at, number, text));
            }
        }
        Ok(match (first_number, first_text) {
            (Some(_), _) => Some(FeatureKind::Numeric),
            (None, Some(_)) => Some(FeatureKind::Categorical),
            (None, None) => first_either.map(|_: usize| FeatureKind::Numeric),
        })
    }

    fn mixed(&self, at: usize, number: usize, text: usize) -> RowError {
        let name = &self.names[at];
        let what = format!(
            "the column \"{name}\" holds the text {:?} here and the number {} in {} {}",
            shorten(self.text(text, at)),
            self.text(number, at),
            self.place.unit,
            self.lines[number],
        );
        let remedy = mark_remedy(self.text(text, at));
        let remedy = remedy.unwrap_or_else(|| {
            "mend the data, take the column for categories, or leave it out".into()
        });
        self.fault(text, Some(name), what, &remedy)
    }

    /// Whether the column holds texts, every one of them another: names of rows, not traits of them.
    /// Panics out of range.
    pub fn is_identifier(&self, column: usize) -> bool {
        let mut seen = std::collections::HashSet::new();
        let texts = &self.columns[column];
        self.len() > 1 && (0..self.len()).all(|row| seen.insert(texts.get(row)))
    }
}
