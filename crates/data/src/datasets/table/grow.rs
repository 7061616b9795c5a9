//! Which columns of a file are read, and as what; and the columns as they grow.

use std::path::Path;

use oddbench_core::{Column, FeatureKind, Table};

use super::fault::{About, TableFault};
use super::{Parsed, TableOptions, classes};
use crate::datasets::keys::Help;
use crate::delimited::Categories;
use crate::values::{class_name, number};

/// Positions in the file.
pub(super) struct Chosen {
    pub(super) label: usize,
    /// Feature columns; the kind is `None` where the values decide.
    pub(super) features: Vec<(usize, String, Option<FeatureKind>)>,
}

/// Finds the label and the features among a file's columns.
pub(super) fn choose(
    options: &TableOptions,
    path: &Path,
    names: &[String],
    wanted: Option<&[(String, FeatureKind)]>,
    about: About,
) -> Result<Chosen, TableFault> {
    check_names(path, names, about)?;
    let find = |name: &str| names.iter().position(|column| column == name);
    let unknown = |about: About, name: &str| TableFault {
        about,
        message: format!("{} has no column \"{name}\"", path.display()),
        help: Help::Choose { word: name.to_owned(), among: names.to_vec() },
    };
    let label = find(&options.label).ok_or_else(|| match about {
        About::TestPath => unknown(about, &options.label),
        _ => unknown(About::Key("label"), &options.label),
    })?;
    if let Some(wanted) = wanted {
        let position = |(name, kind): &(String, FeatureKind)| {
            Ok((find(name).ok_or_else(|| unknown(about, name))?, name.clone(), Some(*kind)))
        };
        let features = wanted.iter().map(position).collect::<Result<_, _>>()?;
        return Ok(Chosen { label, features });
    }
    for (key, list) in [("categorical", &options.categorical), ("ignore", &options.ignore)] {
        for (index, name) in list.iter().enumerate() {
            if *name == options.label {
                let message = format!("\"{name}\" is the label, which is no feature anyway");
                let help = Help::Text("remove it from this list".into());
                return Err(TableFault { about: About::Item(key, index), message, help });
            }
            find(name).ok_or_else(|| unknown(About::Item(key, index), name))?;
        }
    }
    let feature = |(at, name): (usize, &String)| {
        let kind = options.categorical.contains(name).then_some(FeatureKind::Categorical);
        (at, name.clone(), kind)
    };
    let is_feature =
        |(at, name): &(usize, &String)| *at != label && !options.ignore.contains(*name);
    let features: Vec<_> = names.iter().enumerate().filter(is_feature).map(feature).collect();
    match features.is_empty() {
        false => Ok(Chosen { label, features }),
        true => Err(TableFault::new(
            about,
            path,
            "there is no column beside the label and what is ignored",
            "features are needed: is the delimiter right?",
        )),
    }
}

fn check_names(path: &Path, names: &[String], about: About) -> Result<(), TableFault> {
    for (at, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(TableFault::new(
                about,
                path,
                format!("column {} has no name", at + 1),
                "name it in the file (pandas writes such a column unless index=False)",
            ));
        }
        if let Some(first) = names[..at].iter().position(|earlier| earlier == name) {
            return Err(TableFault::new(
                about,
                path,
                format!("columns {} and {} are both named \"{name}\"", first + 1, at + 1),
                "give each column a name of its own",
            ));
        }
    }
    Ok(())
}

/// A table as it grows.
pub(super) struct Growing {
    columns: Vec<(String, Values)>,
    classes: Categories,
}

enum Values {
    Numeric(Vec<f64>),
    Categorical(Categories),
}

/// A text where a number should be.
pub(super) struct NotANumber;

impl Growing {
    pub(super) fn new(columns: impl Iterator<Item = (String, FeatureKind)>) -> Self {
        let values = |kind| match kind {
            FeatureKind::Numeric => Values::Numeric(Vec::new()),
            FeatureKind::Categorical => Values::Categorical(Categories::new(0)),
        };
        let columns = columns.map(|(name, kind)| (name, values(kind))).collect();
        Self { columns, classes: Categories::new(0) }
    }

    /// Appends a value to the column at that position; an empty text is a missing one.
    pub(super) fn text(&mut self, column: usize, text: &str) -> Result<(), NotANumber> {
        match &mut self.columns[column].1 {
            Values::Numeric(values) => values.push(number(text).ok_or(NotANumber)?),
            Values::Categorical(categories) if text.is_empty() => {
                categories.codes.push(Column::MISSING);
            }
            Values::Categorical(categories) => categories.push(text),
        }
        Ok(())
    }

    /// Appends a number, which a categorical column takes as text.
    pub(super) fn number(&mut self, column: usize, value: f64) {
        match &mut self.columns[column].1 {
            Values::Numeric(values) => values.push(value),
            Values::Categorical(categories) if value.is_nan() => {
                categories.codes.push(Column::MISSING);
            }
            Values::Categorical(categories) => categories.push(&value.to_string()),
        }
    }

    pub(super) fn class(&mut self, label: &str) {
        self.classes.push(&class_name(label));
    }

    pub(super) fn finish(self, path: &Path, label: &str) -> Result<Parsed, TableFault> {
        let found = self.classes.names.len();
        let classes = classes(self.classes.names, &self.classes.codes).ok_or_else(|| {
            let message = format!("the label \"{label}\" has {found} values in {}", path.display());
            let help = Help::Text("name the column that holds the class of each row".into());
            TableFault { about: About::Key("label"), message, help }
        })?;
        let mut kinds = Vec::with_capacity(self.columns.len());
        let mut columns = Vec::with_capacity(self.columns.len());
        for (name, values) in self.columns {
            let (kind, column) = match values {
                Values::Numeric(values) => (FeatureKind::Numeric, Column::Numeric(values)),
                Values::Categorical(Categories { codes, names, .. }) => {
                    (FeatureKind::Categorical, Column::Categorical { codes, levels: names })
                }
            };
            kinds.push((name.clone(), kind));
            columns.push((name, column));
        }
        Ok(Parsed { columns: kinds, table: Table { columns, classes: Some(classes) } })
    }
}
