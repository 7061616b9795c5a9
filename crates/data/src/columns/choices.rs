//! What a user decides about columns, in place of the judge.

use oddbench_core::preprocess::MOST_CATEGORIES;

use crate::rows::{Place, RowError, Unit};

/// What a user decides about columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// The column that holds the class of each row; it is no feature.
    pub label: Option<String>,
    /// Columns that are no features.
    pub ignore: Vec<String>,
    /// Columns that are features whatever they look like.
    pub keep: Vec<String>,
    /// Columns that are features, and categories even if they hold numbers.
    pub categorical: Vec<String>,
    /// The column that holds points in time; it may be one of those to be ignored.
    pub time: Option<String>,
    /// A column of more different texts than this is left out; `None`: the encoding decides.
    pub most_categories: Option<usize>,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            label: None,
            ignore: Vec::new(),
            keep: Vec::new(),
            categorical: Vec::new(),
            time: None,
            most_categories: Some(MOST_CATEGORIES),
        }
    }
}

impl Choices {
    /// An error if a column is named that is not there, or in two ways that exclude each other.
    pub(crate) fn check(&self, names: &[String], place: &Place) -> Result<(), RowError> {
        self.faults_at(names, place).into_iter().next().map_or(Ok(()), Err)
    }

    /// Everything that is wrong with them in a file of these columns.
    pub fn faults(&self, file: &str, names: &[String]) -> Vec<RowError> {
        self.faults_at(names, &Place::new(file, Unit::Line))
    }

    fn faults_at(&self, names: &[String], place: &Place) -> Vec<RowError> {
        let chosen = self.label.iter().chain(&self.ignore).chain(&self.keep);
        let absent = chosen.chain(&self.categorical).filter(|name| !names.contains(name));
        let absent = absent.map(|name| place.no_column(name, names));
        let kept = |name: &&String| self.keep.contains(name) || self.categorical.contains(name);
        let twice = self.ignore.iter().filter(kept).map(|name| {
            let what = format!("the column {name:?} is to be ignored and to be kept");
            place.error(what, "name it once")
        });
        let label = self.label.iter().filter(kept).map(|name| {
            let what = format!("the column {name:?} is the label and to be kept as a feature");
            place.error(what, "a label is no feature: name another label, or do not keep it")
        });
        absent.chain(twice).chain(label).collect()
    }
}

/// The column names in arguments such as `a,b` or `"x, y",z`: an argument that is the name of a column is
/// that column, whatever it holds; every other is cut at its commas, and quotes protect a comma as they
/// do in a CSV file.
pub fn split_names(arguments: &[String], columns: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    for argument in arguments {
        match columns.contains(argument) {
            true => names.push(argument.clone()),
            false => names.extend(fields(argument)),
        }
    }
    names
}

/// The fields of one line of CSV; a name may have blanks around it that are not its own.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' if quoted || field.trim().is_empty() => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            _ => field.push(letter),
        }
    }
    fields.push(field);
    let trimmed = fields.iter().map(|field| field.trim().to_owned());
    trimmed.filter(|field| !field.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_commas_are_named_whole_or_in_quotes() {
        let columns = ["a", "b", "x, y"].map(String::from);
        let split = |arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            split_names(&arguments, &columns)
        };
        assert_eq!(split(&["a,b"]), ["a", "b"]);
        assert_eq!(split(&["x, y", "a"]), ["x, y", "a"]);
        assert_eq!(split(&["a,\"x, y\", b "]), ["a", "x, y", "b"]);
        assert_eq!(split(&["\"say \"\"no\"\"\""]), ["say \"no\""]);
    }
}
