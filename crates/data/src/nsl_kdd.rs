//! NSL-KDD (Tavallaee et al. 2009): KDD Cup 99 without repeated rows, as a training table and a test
//! table of one's choice.

use oddbench_core::Dataset;
use serde::{Deserialize, Serialize};

use crate::catalog::{self, File, NORMAL};
use crate::delimited::{self, Layout};
use crate::digest;
use crate::error::DataError;
use crate::fetch::Cache;
use crate::kdd99::{corrected_labels, feature_sets};
use crate::source::SourceInfo;

/// Raised when the same files would be parsed to other rows.
const PARSER_VERSION: &str = "nsl-kdd/1";

/// The training table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum NslTrain {
    /// All 125,973 rows.
    #[default]
    #[serde(rename = "KDDTrain+")]
    Full,
    /// The first 25,192 of them.
    #[serde(rename = "KDDTrain+_20Percent")]
    TwentyPercent,
}

/// The test table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum NslTest {
    /// All 22,544 rows.
    #[default]
    #[serde(rename = "KDDTest+")]
    Full,
    /// The 11,850 that not all of the authors' 21 classifiers got right.
    #[serde(rename = "KDDTest-21")]
    Hard,
}

impl NslTrain {
    /// Every one, the default first.
    pub const ALL: [Self; 2] = [Self::Full, Self::TwentyPercent];

    /// The name of its file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "KDDTrain+",
            Self::TwentyPercent => "KDDTrain+_20Percent",
        }
    }
}

impl NslTest {
    /// Every one, the default first.
    pub const ALL: [Self; 2] = [Self::Full, Self::Hard];

    /// The name of its file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "KDDTest+",
            Self::Hard => "KDDTest-21",
        }
    }
}

pub(crate) fn info() -> SourceInfo {
    let entry = catalog::nsl_kdd();
    SourceInfo {
        kind: "nsl-kdd",
        synthetic: false,
        summary: &entry.summary,
        columns: entry.columns.iter().map(|c| (c.name.clone(), c.kind)).collect(),
        feature_sets: feature_sets(entry),
        label_policies: vec![(NORMAL, corrected_labels())],
    }
}

pub(crate) fn files(train: NslTrain, test: NslTest) -> [&'static File; 2] {
    [train.name(), test.name()].map(|name| {
        let file = catalog::nsl_kdd().files.iter().find(|file| file.name == name);
        #[expect(clippy::expect_used, reason = "compiled in; a unit test looks each up")]
        file.expect("data/catalog.toml lists the file")
    })
}

pub(crate) fn digest(train: NslTrain, test: NslTest) -> String {
    let contents = files(train, test).map(|file| file.content.sha256.as_str());
    digest::of_parts([PARSER_VERSION].into_iter().chain(contents))
}

pub(crate) fn load(
    cache: &Cache,
    (train, test): (NslTrain, NslTest),
    columns: &[String],
) -> Result<Dataset, DataError> {
    // Both files first: a missing test file is then known before the training file is parsed.
    let [train, test] = files(train, test);
    let paths = [cache.ensure(train)?, cache.ensure(test)?];
    Ok(Dataset {
        name: "nsl-kdd".into(),
        synthetic: false,
        train: delimited::read(&paths[0], &layout(train), columns)?,
        test: Some(delimited::read(&paths[1], &layout(test), columns)?),
    })
}

fn layout(file: &File) -> Layout<'static> {
    Layout {
        features: catalog::nsl_kdd().columns.iter().map(|c| (c.name.as_str(), c.kind)).collect(),
        trailing: &["class", "difficulty"],
        class: "class",
        class_suffix: "",
        rows: file.rows,
        remedy: "the file is not NSL-KDD as published: delete it and run `oddbench data fetch nsl-kdd`",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_its_file_and_a_digest_of_its_own() {
        let mut digests = Vec::new();
        for train in NslTrain::ALL {
            for test in NslTest::ALL {
                let names = files(train, test).map(|file| file.name.as_str());
                assert_eq!(names, [train.name(), test.name()]);
                digests.push(digest(train, test));
            }
        }
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), 4);
    }
}
