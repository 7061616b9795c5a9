//! Which section a key belongs to, for keys in a wrong section.

use oddbench_core::preprocess::PreprocessSettings;
use oddbench_core::split::SPLITS;
use oddbench_core::threshold::RULES;
use oddbench_data::datasets;

use crate::executor::SlurmSettings;

/// Where a key belongs: the top of the file, or sections by their headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Home {
    /// Above the first section.
    Top,
    /// Below one of these headers.
    Sections(Vec<&'static str>),
}

/// Keys of sections that have no registry.
const FIXED: [(&str, &[&str]); 8] = [
    ("[dataset]", &["features", "labels"]),
    ("[threshold]", &["rule", "tune_on"]),
    ("[operator]", &["fpr", "prevalence", "flows_per_day", "episode_gap"]),
    ("[run]", &["seeds", "backends"]),
    ("[measure]", &["score_rows", "repeats"]),
    ("[limits]", &["timeout", "max_memory", "run_timeout", "run_max_memory"]),
    ("[[model]]", MODEL),
    ("[[ensemble]]", &["members", "combine", "select", "maximise", "limit"]),
];

const MODEL: &[&str] = &[
    "params",
    "sweep",
    "train_rows",
    "command",
    "files",
    "file",
    "supervised",
    "deterministic",
    "timeout",
    "max_memory",
    "threads",
];

/// Where a key of that name belongs; `None` if no section has it, or if several kinds of section do.
pub(super) fn home(key: &str) -> Option<Home> {
    if ["name", "description"].contains(&key) {
        return Some(Home::Top);
    }
    let mut sections: Vec<&'static str> = Vec::new();
    let mut add = |section: &'static str, has_it: bool| {
        if has_it && !sections.contains(&section) {
            sections.push(section);
        }
    };
    for (section, keys) in FIXED {
        add(section, keys.contains(&key));
    }
    add("[dataset]", datasets::kinds().iter().any(|kind| kind.keys().iter().any(|k| k == key)));
    add("[split]", SPLITS.iter().any(|split| split.keys.iter().any(|k| k.name == key)));
    add("[threshold]", RULES.iter().any(|rule| rule.keys.iter().any(|k| k.name == key)));
    add("[preprocess]", PreprocessSettings::KEYS.iter().any(|k| k.name == key));
    add("[report]", ["anchors", "measured_epochs"].contains(&key));
    add("[executor.slurm]", SlurmSettings::KEYS.iter().any(|k| k.name == key));
    (!sections.is_empty()).then_some(Home::Sections(sections))
}

impl Home {
    /// The remedy for a key in another section.
    pub(super) fn remedy(&self, key: &str) -> String {
        use super::structure::MOVE_IT;
        match self {
            Self::Top => format!(
                "`{key}` belongs to the file as a whole: {MOVE_IT} to its top, above the first [section]"
            ),
            Self::Sections(sections) => {
                format!(
                    "`{key}` is a key of {}: {MOVE_IT} below that header",
                    sections.join(" and ")
                )
            }
        }
    }

    /// Whether a section of that name is among them.
    pub(super) fn includes(&self, section: &str) -> bool {
        match self {
            Self::Top => section.is_empty(),
            Self::Sections(sections) => {
                sections.iter().any(|header| header.trim_matches(['[', ']']) == section)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_know_their_sections() {
        assert_eq!(home("name"), Some(Home::Top));
        assert_eq!(home("label"), Some(Home::Sections(vec!["[dataset]"])));
        assert_eq!(home("scale"), Some(Home::Sections(vec!["[preprocess]"])));
        assert_eq!(home("folds"), Some(Home::Sections(vec!["[split]"])));
        assert_eq!(home("flows_per_day"), Some(Home::Sections(vec!["[operator]"])));
        assert_eq!(home("n_components"), None);
    }
}
