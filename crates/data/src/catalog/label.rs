//! How the text of a label becomes the name of a class.

use serde::{Deserialize, Serialize};

use crate::values::class_name;

/// `[label]`: the column of the classes, and how its texts are read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelEntry {
    /// The column that holds the class of each row.
    pub column: String,
    /// The ending of every label that is no part of the class name.
    #[serde(default)]
    pub strip_suffix: Option<String>,
    /// Whether a row without a label is left out. Otherwise it is a fault.
    #[serde(default)]
    pub skip_empty: bool,
    /// Rules for labels that say more than the class; the first that fits decides.
    #[serde(default, rename = "class")]
    pub rules: Vec<ClassRule>,
}

/// `[[label.class]]`: which labels are of a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassRule {
    /// The class.
    pub name: String,
    /// Labels with this text in them are of the class.
    pub contains: String,
}

impl LabelEntry {
    /// The class of a label; `None` if it is none. A row whose class is the empty text is left out.
    pub fn class(&self, label: &str) -> Option<String> {
        let label = class_name(label);
        if label.is_empty() {
            return self.skip_empty.then_some(label);
        }
        let label = match &self.strip_suffix {
            Some(suffix) => label.strip_suffix(suffix).filter(|rest| !rest.is_empty())?.to_owned(),
            None => label,
        };
        if self.rules.is_empty() {
            return Some(label);
        }
        let rule = self.rules.iter().find(|rule| label.contains(&rule.contains));
        rule.map(|rule| rule.name.clone())
    }

    /// What the text of a label should be.
    pub fn expected(&self) -> String {
        let parts: Vec<String> =
            self.rules.iter().map(|rule| format!("{:?}", rule.contains)).collect();
        match (&self.strip_suffix, parts.is_empty()) {
            (Some(suffix), true) => format!("a class name that ends in {suffix:?}"),
            (None, true) => "a class name".to_owned(),
            (_, false) => format!("a label with {} in it", parts.join(" or ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_rules_and_empty_labels() {
        let label = |text: &str| -> LabelEntry { toml::from_str(text).unwrap() };
        let kdd = label("column = \"class\"\nstrip_suffix = \".\"");
        assert_eq!(kdd.class("smurf."), Some("smurf".into()));
        assert_eq!((kdd.class("smurf"), kdd.class("."), kdd.class("")), (None, None, None));
        let rules = label(
            "column = \"Label\"\n\
             class = [{ name = \"botnet\", contains = \"Botnet\" }, { name = \"rest\", contains = \"flow\" }]",
        );
        assert_eq!(rules.class("flow=From-Botnet-V42"), Some("botnet".into()));
        assert_eq!(rules.class("flow=Background"), Some("rest".into()));
        assert_eq!(rules.class("other"), None);
        assert!(rules.expected().contains("\"Botnet\" or \"flow\""));
        let gaps = label("column = \"Label\"\nskip_empty = true");
        assert_eq!((gaps.class("  "), gaps.class("1.0")), (Some(String::new()), Some("1".into())));
    }
}
