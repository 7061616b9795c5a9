//! NSL-KDD (Tavallaee et al. 2009): KDD Cup 99 without repeated rows, as a training table and a test
//! table, each of which the experiment chooses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::catalogued::{ANY_CLASS, Catalogued};
use super::kdd99::corrected_labels;
use super::keys;
use super::kind::{DatasetKind, Source};
use crate::catalog::{self, File, NORMAL};

pub(super) const KIND: DatasetKind = DatasetKind {
    name: "nsl-kdd",
    summary: "from a mirror",
    synthetic: false,
    own_files: false,
    open: |given, _| {
        let keys: Keys = keys::read(given)?;
        Ok((keys::to_value(&keys), Box::new(set(keys))))
    },
    schema: keys::schema::<Keys>,
};

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Keys {
    /// The training table.
    train: NslTrain,
    /// The test table.
    test: NslTest,
}

/// NSL-KDD with these tables.
pub fn nsl_kdd(train: NslTrain, test: NslTest) -> Source {
    let keys = Keys { train, test };
    Source::new(&KIND, keys::to_value(&keys), Box::new(set(keys)))
}

fn set(keys: Keys) -> Catalogued {
    Catalogued {
        entry: catalog::described("nsl-kdd"),
        files: files(keys).to_vec(),
        parser_version: "nsl-kdd/1",
        trailing: Some(&["class", "difficulty"]),
        class: "class",
        class_of: ANY_CLASS,
        class_is: "a class name",
        label_policies: vec![(NORMAL, corrected_labels())],
        remedy: "the file is not NSL-KDD as published: delete it and run `oddbench data fetch nsl-kdd`",
    }
}

fn files(keys: Keys) -> [&'static File; 2] {
    [keys.train.name(), keys.test.name()].map(|name| {
        let file = catalog::described("nsl-kdd").files.iter().find(|file| file.name == name);
        #[expect(clippy::expect_used, reason = "compiled in; a unit test looks each up")]
        file.expect("data/catalog.toml lists the file")
    })
}

/// The training table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_its_file_and_a_digest_of_its_own() {
        let mut digests = Vec::new();
        for train in NslTrain::ALL {
            for test in NslTest::ALL {
                let names = files(Keys { train, test }).map(|file| file.name.as_str());
                assert_eq!(names, [train.name(), test.name()]);
                digests.push(nsl_kdd(train, test).digest());
            }
        }
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), 4);
    }
}
