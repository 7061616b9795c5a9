//! A file of a data set: where it is fetched from, how it is verified, and what it holds.

use oddbench_core::split::TableName;
use serde::Deserialize;

/// Size and digests of an archive or of its content.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Exact size; `None` where no publisher states it.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// SHA-256, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// MD5 as its publisher states it, for people who compare; never used to verify.
    #[serde(default)]
    pub md5: Option<String>,
}

/// A file of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its name in messages and on the command line. Default: the last part of its path.
    #[serde(default)]
    pub name: String,
    /// The table that its rows make up.
    #[serde(default = "train")]
    pub table: TableName,
    /// Its path below a mirror and below the cache folder, with `/` between the parts. The path of a file that
    /// no digest is known for starts at the folder of the set's own file.
    pub path: String,
    /// A few words for lists.
    #[serde(default)]
    pub note: Option<String>,
    /// Public URLs, tried in this order; none for a file that only a mirror can hold.
    #[serde(default)]
    pub homes: Vec<String>,
    /// Rows that it holds, where that is known.
    #[serde(default)]
    pub rows: Option<usize>,
    /// Number of its features, where the format numbers its columns.
    #[serde(default)]
    pub features: Option<usize>,
    /// The file as the first home serves it. Mirrors recompress, so another archive of the same content is as
    /// good where the content is known.
    #[serde(default)]
    pub archive: Option<Content>,
    /// What a gzip archive holds: this decides.
    #[serde(default)]
    pub content: Option<Content>,
    /// The tables in a zip archive. Without any, the file is the table.
    #[serde(default, rename = "member")]
    pub members: Vec<Member>,
}

/// A table in a zip archive.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its name in the keys of an experiment.
    pub name: String,
    /// The table that its rows make up.
    #[serde(default = "train")]
    pub table: TableName,
    /// The last part of its path in the archive.
    pub file: String,
    /// A few words for lists.
    #[serde(default)]
    pub note: Option<String>,
    /// Rows that it holds, where that is known.
    #[serde(default)]
    pub rows: Option<usize>,
    /// Size and digest of the member by itself, where they are known.
    #[serde(default)]
    pub content: Option<Content>,
}

fn train() -> TableName {
    TableName::Train
}

impl File {
    /// Bytes that any good copy stays below: the plain text, or an archive that barely compresses.
    pub fn largest(&self) -> u64 {
        let bytes = |content: &Option<Content>| content.as_ref().and_then(|content| content.bytes);
        match (bytes(&self.content), bytes(&self.archive)) {
            (Some(content), archive) => {
                content.max(archive.unwrap_or(0)) + content / 1_000 + (64 << 10)
            }
            (None, Some(archive)) => archive,
            (None, None) => u64::MAX,
        }
    }

    /// The digest that decides whether a copy is the right one.
    pub fn sha256(&self) -> Option<&str> {
        self.content.as_ref().or(self.archive.as_ref()).map(|content| content.sha256.as_str())
    }

    /// Its size as its home serves it, or else decompressed.
    pub fn bytes(&self) -> Option<u64> {
        [&self.archive, &self.content].into_iter().flatten().find_map(|content| content.bytes)
    }

    /// Whether a copy from a mirror or a home can be verified. Any other file is named by its path.
    pub fn can_be_fetched(&self) -> bool {
        self.bytes().is_some()
    }

    /// The last part of its path.
    pub fn last(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The number of its rows, with all members, if it is known.
    pub fn all_rows(&self) -> Option<usize> {
        match self.members.is_empty() {
            true => self.rows,
            false => self.members.iter().map(|member| member.rows).sum(),
        }
    }
}
