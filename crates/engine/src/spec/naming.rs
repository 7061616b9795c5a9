//! The name of an experiment that the command line has changed: the file's name and the changes,
//! so that its results do not replace the results of the file: `study+AE.epochs=3+seeds=1,2,3`.

use std::collections::BTreeMap;

use serde_json::json;
use toml::Value;

use super::locate::KeyPath;
use super::overrides::{Overrides, parse_key, parse_value, split_at_equals};
use crate::canonical;

/// Begins every change in a name. No name in a file has it.
pub(crate) const MARK: char = '+';

/// How many characters of the changes stand in a name before a hash says the rest.
const LENGTH: usize = 80;
const HASH: usize = 8;

impl Overrides {
    /// The text behind the file's name: every changed key with its last value, sorted. The text is empty
    /// where the options give a name, or change nothing.
    ///
    /// Where a value has characters that folders should not have, or all of it is too long, a hash of the
    /// options keeps two of them apart.
    pub(crate) fn suffix(&self) -> String {
        let set = self.changes().filter_map(split_at_equals);
        let mut changes: BTreeMap<String, String> =
            set.map(|(key, value)| (short_key(key), plain_value(value))).collect();
        if self.name.is_some() || changes.contains_key("name") {
            return String::new();
        }
        let seeds = self.seeds.as_ref().map(|seeds| json!(seeds).to_string());
        changes.extend(seeds.map(|seeds| ("seeds".to_owned(), plain_value(&seeds))));
        changes.extend(self.backends.as_ref().map(|list| ("backends".to_owned(), list.join(","))));
        let words = changes.iter().map(|(key, value)| format!("{MARK}{key}={value}"));
        let said: String = words.collect();
        let mut name: String = said.chars().map(|c| if fits(c) { c } else { '-' }).collect();
        if name != said || name.len() > LENGTH || name.ends_with('.') {
            name.truncate(LENGTH - HASH - 1);
            name.push('-');
            name.push_str(&canonical::address(&json!(changes))[..HASH]);
        }
        name
    }
}

fn fits(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.,=+".contains(c)
}

/// `model.AE.params.epochs` is `AE.epochs`.
fn short_key(key: &str) -> String {
    let Some(mut steps) = parse_key(key) else { return key.to_owned() };
    if steps.len() > 2 && steps[0] == "model" {
        steps.remove(0);
        if steps.len() > 2 && steps[1] == "params" {
            steps.remove(1);
        }
    }
    steps.join(".")
}

/// A text without its quotes, a list without its brackets.
fn plain_value(text: &str) -> String {
    fn plain(value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
            other => other.to_string(),
        }
    }
    parse_value(&KeyPath::root(), text).map_or_else(|_| text.to_owned(), |value| plain(&value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suffix(set: &[&str], seeds: Option<&[u64]>) -> String {
        let set = set.iter().map(ToString::to_string).collect();
        Overrides { set, seeds: seeds.map(<[u64]>::to_vec), ..Overrides::default() }.suffix()
    }

    #[test]
    fn the_changes_stand_in_the_name_in_one_order() {
        assert_eq!(suffix(&[], None), "");
        let expected = "+AE.epochs=3+seeds=1,2,3";
        assert_eq!(suffix(&["model.AE.params.epochs=3"], Some(&[1, 2, 3])), expected);
        let two = ["split.leave_out=[\"u2r\", \"r2l\"]", "dataset.labels = corrected"];
        let sorted = "+dataset.labels=corrected+split.leave_out=u2r,r2l";
        assert_eq!(suffix(&two, None), sorted);
        assert_eq!(suffix(&[two[1], two[0]], None), sorted);
        assert_eq!(suffix(&["run.seeds=[1]", "run.seeds=[2]"], None), "+run.seeds=2");
        let backends = Some(vec!["cpu".to_owned(), "wgpu".to_owned()]);
        let overrides = Overrides { backends, ..Overrides::default() };
        assert_eq!(overrides.suffix(), "+backends=cpu,wgpu");
    }

    #[test]
    fn a_name_that_is_given_has_nothing_behind_it() {
        assert_eq!(suffix(&["name=mine", "run.seeds=[1]"], Some(&[2])), "");
        let name = Some("mine".to_owned());
        assert_eq!(Overrides { name, seeds: Some(vec![1]), ..Overrides::default() }.suffix(), "");
    }

    #[test]
    fn what_folders_cannot_have_is_told_apart_by_a_hash() {
        let [one, two] = ["dataset.path=a/b", "dataset.path=a-b"].map(|set| suffix(&[set], None));
        assert!(one.starts_with("+dataset.path=a-b-") && one.len() == 18 + HASH, "{one}");
        assert_eq!(two, "+dataset.path=a-b");
        assert!(!suffix(&["dataset.path=x."], None).ends_with('.'));
        let long: Vec<String> =
            (0..40).map(|seed| format!("run.seeds=[{seed},{}]", "1,".repeat(60))).collect();
        let names: Vec<String> = long.iter().map(|set| suffix(&[set.as_str()], None)).collect();
        assert!(names.iter().all(|name| name.len() == LENGTH && name.chars().all(fits)));
        let other: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(other.len(), names.len());
    }
}
