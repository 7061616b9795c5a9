//! `data/catalog.toml`, compiled in: every file with its homes, sizes, digests and licence, and what
//! is known of a data set's columns and classes before any of its files is there.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use oddbench_core::FeatureKind;
use oddbench_core::split::TableName;
use serde::Deserialize;

const TEXT: &str = include_str!("../../../data/catalog.toml");

/// Size and digests of an archive or of what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Exact size.
    pub bytes: u64,
    /// SHA-256, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// MD5 as its publisher states it, for people who compare; never used to verify.
    #[serde(default)]
    pub md5: Option<String>,
}

/// A file of a data set: where it is fetched from and how it is verified.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its name in messages and on the command line.
    pub name: String,
    /// The table that its rows make up.
    pub table: TableName,
    /// Its path below a mirror and below the cache folder, with `/` between the parts.
    pub path: String,
    /// Public URLs, tried in this order; none for a file that only a mirror can hold.
    pub homes: Vec<String>,
    /// Rows that it holds.
    pub rows: usize,
    /// The gzip file as the first home serves it. Mirrors recompress, so another archive of the same
    /// content is as good.
    pub archive: Content,
    /// What the archive holds: this decides.
    pub content: Content,
}

impl File {
    /// Bytes that any good copy stays below: the plain text, or an archive that barely compresses.
    pub fn largest(&self) -> u64 {
        self.content.bytes.max(self.archive.bytes) + self.content.bytes / 1_000 + (64 << 10)
    }
}

/// A column as the catalog states it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnEntry {
    /// Its name.
    pub name: String,
    /// Numbers or categories.
    pub kind: FeatureKind,
}

/// What the catalog knows of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its full name.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// The licence that its publisher states.
    pub licence: String,
    /// Whom to cite.
    pub citation: String,
    /// The data set whose columns, classes and feature sets it shares; they are copied when the catalog
    /// is read.
    #[serde(default)]
    pub like: Option<String>,
    /// Feature columns in the order of the file.
    #[serde(default)]
    pub columns: Vec<ColumnEntry>,
    /// Category (`normal`, `dos`, ...) to the class names that the training table may have.
    #[serde(default)]
    pub classes: BTreeMap<String, Vec<String>>,
    /// Category to the class names that occur in the test table only.
    #[serde(default)]
    pub test_only_classes: BTreeMap<String, Vec<String>>,
    /// Named selections of columns; `all` is implied.
    #[serde(default)]
    pub feature_sets: BTreeMap<String, Vec<String>>,
    /// Its files, the training table first.
    #[serde(rename = "file")]
    pub files: Vec<File>,
}

impl Entry {
    /// The category of a class (`dos`, `probe`, ...), `None` for a name that the catalog lacks.
    pub fn category(&self, class: &str) -> Option<&str> {
        self.classes
            .iter()
            .chain(&self.test_only_classes)
            .find(|(_, names)| names.iter().any(|name| name == class))
            .map(|(category, _)| category.as_str())
    }

    /// Class names of attacks that the training table may have.
    pub fn training_attacks(&self) -> impl Iterator<Item = &str> {
        let attacks = self.classes.iter().filter(|(category, _)| *category != NORMAL);
        attacks.flat_map(|(_, names)| names.iter().map(String::as_str))
    }
}

/// The category, and in KDD Cup 99 the class name, of traffic that is no attack.
pub const NORMAL: &str = "normal";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalog {
    dataset: BTreeMap<String, Entry>,
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "compiled in; a unit test parses it")]
    let mut catalog: Catalog = toml::from_str(TEXT).expect("data/catalog.toml");
    let described = catalog.dataset.clone();
    for entry in catalog.dataset.values_mut() {
        if let Some(model) = entry.like.as_ref().and_then(|name| described.get(name)) {
            entry.columns = model.columns.clone();
            entry.classes = model.classes.clone();
            entry.test_only_classes = model.test_only_classes.clone();
            entry.feature_sets = model.feature_sets.clone();
        }
    }
    catalog
});

static FILES: LazyLock<Vec<File>> =
    LazyLock::new(|| CATALOG.dataset.values().flat_map(|entry| entry.files.clone()).collect());

/// Every file of every data set.
pub fn files() -> &'static [File] {
    &FILES
}

/// The file of that name (`corrected`) or path (`kdd99/corrected.gz`).
pub fn find(name: &str) -> Option<&'static File> {
    files().iter().find(|file| file.name == name || file.path == name)
}

/// What is known of the data set of that kind, `None` for one that has no files.
pub fn dataset(kind: &str) -> Option<&'static Entry> {
    CATALOG.dataset.get(kind)
}

/// What is known of a data set that the catalog describes. Panics for any other.
pub(crate) fn described(kind: &str) -> &'static Entry {
    #[expect(clippy::expect_used, reason = "compiled in; a unit test opens every kind")]
    dataset(kind).expect("data/catalog.toml describes every data set that has files")
}

/// KDD Cup 99, whose columns and classes the synthetic data set shares.
pub(crate) fn kdd99() -> &'static Entry {
    described("kdd99")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn kdd99_has_its_columns_and_classes() {
        let kdd = kdd99();
        assert_eq!(kdd.columns.len(), 41);
        let names: BTreeSet<_> = kdd.columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names.len(), 41);
        let categorical: Vec<_> = kdd
            .columns
            .iter()
            .filter(|c| c.kind == FeatureKind::Categorical)
            .map(|c| c.name.as_str())
            .collect();
        assert_eq!(categorical, ["protocol_type", "service", "flag"]);
        assert_eq!(kdd.training_attacks().count(), 22);
        assert_eq!(kdd.test_only_classes.values().map(Vec::len).sum::<usize>(), 17);
        assert_eq!(kdd.feature_sets["published-18"].len(), 18);
        for set in kdd.feature_sets.values() {
            assert!(set.iter().all(|name| names.contains(name.as_str())));
        }
    }

    #[test]
    fn nsl_kdd_has_the_columns_and_classes_of_kdd99() {
        let (nsl, kdd) = (described("nsl-kdd"), kdd99());
        assert_eq!((&nsl.columns, &nsl.feature_sets), (&kdd.columns, &kdd.feature_sets));
        assert_eq!(nsl.category("httptunnel"), Some("u2r"));
        assert_eq!(nsl.files.len(), 4);
    }

    #[test]
    fn every_set_has_the_columns_that_its_publisher_lists() {
        let counts: Vec<(&str, usize)> = CATALOG
            .dataset
            .iter()
            .map(|(name, entry)| (name.as_str(), entry.columns.len()))
            .collect();
        assert_eq!(counts, [("kdd99", 41), ("nsl-kdd", 41), ("unsw-nb15", 42)]);
    }

    #[test]
    fn a_class_has_one_category() {
        let kdd = kdd99();
        let all: Vec<_> =
            kdd.classes.values().chain(kdd.test_only_classes.values()).flatten().collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(kdd.category("smurf"), Some("dos"));
        assert_eq!(kdd.category("httptunnel"), Some("u2r"));
        assert_eq!(kdd.category("normal"), Some("normal"));
        assert_eq!(kdd.category("normal."), None);
    }

    #[test]
    fn every_file_can_be_verified_and_found() {
        let mut paths = BTreeSet::new();
        for file in files() {
            assert!(paths.insert(&file.path), "{} is listed twice", file.path);
            assert!(file.rows > 0 && file.homes.iter().all(|home| home.starts_with("http")));
            for content in [&file.archive, &file.content] {
                assert!(content.bytes > 0);
                assert_eq!(content.sha256.len(), 64);
                assert!(content.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
            }
            assert_eq!(find(&file.name), Some(file));
            assert_eq!(find(&file.path), Some(file));
        }
        assert!(find("kddcup.data").is_none());
    }
}
