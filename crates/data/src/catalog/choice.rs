//! What an experiment may choose in a data set: which of its files are read as which table, and which classes
//! are left out.

use oddbench_core::split::TableName;
use serde::Deserialize;

use super::entry::Entry;

/// `[[choice]]`: a key of `[dataset]` with its values.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The key.
    pub name: String,
    /// What it chooses, for the schema.
    pub meaning: String,
    /// The values are the names of the files (or members) of this table, one of which is read.
    #[serde(default)]
    pub one_of: Option<TableName>,
    /// The value if the key is left out. Default: the first.
    #[serde(default)]
    pub default: Option<String>,
    /// The values, where they are not the names of files.
    #[serde(default, rename = "option")]
    pub options: Vec<Picked>,
}

/// `[[choice.option]]`: one value, and what it picks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picked {
    /// The value.
    pub name: String,
    /// A few words for lists.
    #[serde(default)]
    pub meaning: Option<String>,
    /// Files (or members) whose rows make up the training table.
    #[serde(default)]
    pub train: Vec<String>,
    /// Files (or members) whose rows make up the test table.
    #[serde(default)]
    pub test: Vec<String>,
    /// Classes whose rows are left out.
    #[serde(default)]
    pub leave_out_classes: Vec<String>,
}

impl Choice {
    /// Every value with what it picks, the default first where none is named.
    pub fn picks(&self, entry: &Entry) -> Vec<Picked> {
        let Some(table) = self.one_of else { return self.options.clone() };
        let pick = |name: &str, note: &Option<String>| {
            let (train, test) = match table {
                TableName::Train => (vec![name.to_owned()], Vec::new()),
                TableName::Test => (Vec::new(), vec![name.to_owned()]),
            };
            Picked { name: name.into(), meaning: note.clone(), train, test, ..Picked::default() }
        };
        let mut picks = Vec::new();
        for file in &entry.files {
            if file.members.is_empty() && file.table == table {
                picks.push(pick(&file.name, &file.note));
            }
            let members = file.members.iter().filter(|member| member.table == table);
            picks.extend(members.map(|member| pick(&member.name, &member.note)));
        }
        picks
    }

    /// The value if the key is left out.
    pub fn default_value(&self, entry: &Entry) -> String {
        let first = || self.picks(entry).first().map(|pick| pick.name.clone()).unwrap_or_default();
        self.default.clone().unwrap_or_else(first)
    }
}
