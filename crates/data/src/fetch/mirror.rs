//! A mirror that the user names: a folder, or a base URL.

use std::fs;
use std::path::{Path, PathBuf};

use super::Cache;
use super::error::{Fault, FetchError};
use super::incoming::Incoming;
use super::verify;
use crate::catalog::File;

/// Where files are taken from in place of their public homes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mirror {
    /// A folder (also given as `file://`).
    Folder(PathBuf),
    /// A base URL, `http://` or `https://`, without a slash at its end.
    Url(String),
}

impl Mirror {
    /// Reads what the user gave as `--mirror` or `ODDBENCH_MIRROR`; an empty text is an error.
    pub fn parse(text: &str) -> Result<Self, FetchError> {
        let refused = |reason| Err(FetchError::BadMirror { text: text.to_owned(), reason });
        let given = text.trim();
        if given.is_empty() {
            return refused("is empty");
        }
        let Some((scheme, rest)) = given.split_once("://") else {
            return Ok(Self::Folder(given.into()));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" if rest.trim_matches('/').is_empty() => refused("names no host"),
            "http" | "https" => Ok(Self::Url(given.trim_end_matches('/').to_owned())),
            "file" => {
                let path = rest.strip_prefix("localhost").unwrap_or(rest);
                if !path.starts_with('/') {
                    return refused("is not an absolute path (file:///folder)");
                }
                match percent_decoded(path) {
                    Some(path) => Ok(Self::Folder(path.into())),
                    None => refused("has a percent sign without two hexadecimal digits"),
                }
            }
            _ => refused("has a scheme that is not supported"),
        }
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Copies the file from a mirror folder to `incoming.part` and verifies the copy.
pub(super) fn copy(folder: &Path, file: &File, incoming: &Incoming) -> Result<(), FetchError> {
    let Some(path) = find(folder, file) else {
        let has_home = !file.homes.is_empty();
        let there = folder.is_dir();
        let (folder, file) = (folder.into(), file.path.clone());
        return Err(match there {
            true => FetchError::NotInMirror { folder, file, has_home },
            false => FetchError::NoMirrorFolder { folder, has_home },
        });
    };
    let bytes = fs::metadata(&path).map_err(FetchError::io(&path))?.len();
    let checked = if bytes > file.largest() {
        Err(Fault::TooLarge(file.largest()))
    } else {
        incoming.discard();
        fs::copy(&path, &incoming.part).map_err(FetchError::io(&path))?;
        verify::check(&incoming.part, file).map_err(FetchError::io(&incoming.part))?
    };
    checked.map_err(|fault| {
        incoming.discard();
        FetchError::WrongInMirror { path, fault, has_home: !file.homes.is_empty() }
    })
}

impl Cache {
    /// Whether the mirror is a folder that has a file of that name. The file is not read.
    pub fn is_in_mirror_folder(&self, file: &File) -> bool {
        match &self.mirror {
            Some(Mirror::Folder(folder)) => find(folder, file).is_some(),
            Some(Mirror::Url(_)) | None => false,
        }
    }
}

/// The archive, or the same file decompressed.
fn find(folder: &Path, file: &File) -> Option<PathBuf> {
    let plain = file.path.strip_suffix(".gz");
    let names = std::iter::once(file.path.as_str()).chain(plain);
    names.map(|name| folder.join(name)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_urls_are_told_apart() {
        let folder = |path: &str| Mirror::Folder(path.into());
        assert_eq!(Mirror::parse(" data ").unwrap(), folder("data"));
        assert_eq!(Mirror::parse("file:///a%20b/c").unwrap(), folder("/a b/c"));
        assert_eq!(Mirror::parse("file://localhost/a").unwrap(), folder("/a"));
        let url = Mirror::Url("http://host:80/data".into());
        assert_eq!(Mirror::parse("http://host:80/data//").unwrap(), url);
    }

    #[test]
    fn anything_else_is_refused_with_a_reason() {
        for (text, reason) in [
            ("", "is empty"),
            ("  ", "is empty"),
            ("https://", "names no host"),
            ("file://data", "absolute"),
            ("file:///a%2", "percent"),
            ("s3://bucket", "scheme"),
        ] {
            let error = Mirror::parse(text).unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains("give a folder"), "{error}");
        }
    }
}
