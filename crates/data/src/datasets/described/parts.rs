//! Which files, or members of archives, the keys of an experiment choose, and as which table each is read.

use std::path::PathBuf;

use oddbench_core::record::DataFile;
use oddbench_core::remedy;
use oddbench_core::split::TableName;

use super::keys::Keys;
use crate::catalog::{Content, Entry, File, Member};
use crate::datasets::set::CHANGED;
use crate::error::DataError;
use crate::fetch::{Cache, verify};

/// One file, or one member of an archive, that is read as (a piece of) a table.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) file: &'static File,
    pub(super) member: Option<&'static Member>,
    pub(super) table: TableName,
    /// The user's copy; `None`: the cache has it or fetches it.
    pub(super) local: Option<Local>,
}

/// A copy that the user names, or that lies beside the user's file of the data set.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) path: PathBuf,
    /// Whether `path` is an archive that holds the member, not the member by itself.
    pub(super) archived: bool,
    /// SHA-256 of the copy, of its content if it is a gzip archive.
    pub(super) sha256: String,
    /// Whether it lies where the user's file of the data set says, and so is the file described there.
    pub(super) beside: bool,
    /// Whether it is the file that the publisher offers; `None`: no digest of that file is known.
    pub(super) published: Option<bool>,
}

/// The parts that are read: those that no choice names, and those that the choices pick.
pub(super) fn chosen(entry: &'static Entry, keys: &Keys) -> Vec<Part> {
    let options = entry.choices.iter().flat_map(|choice| choice.picks(entry));
    let named: Vec<String> = options.flat_map(|pick| [pick.train, pick.test].concat()).collect();
    let picked = |name: &str| {
        let in_list = |list: &[String]| list.iter().any(|picked| picked == name);
        keys.picks.iter().find_map(|(_, pick)| match (in_list(&pick.train), in_list(&pick.test)) {
            (true, _) => Some(TableName::Train),
            (_, true) => Some(TableName::Test),
            _ => None,
        })
    };
    let table = |name: &str, own: TableName| match named.iter().any(|other| other == name) {
        true => picked(name),
        false => Some(own),
    };
    let mut parts = Vec::new();
    for file in &entry.files {
        if file.members.is_empty()
            && let Some(table) = table(&file.name, file.table)
        {
            parts.push(Part { file, member: None, table, local: None });
        }
        for member in &file.members {
            if let Some(table) = table(&member.name, member.table) {
                parts.push(Part { file, member: Some(member), table, local: None });
            }
        }
    }
    parts
}

impl Part {
    /// Its name in messages.
    pub(super) fn name(&self) -> &'static str {
        self.member.map_or(&self.file.name, |member| &member.name)
    }

    /// Rows that it should hold, if it is the file that is described.
    pub(super) fn rows(&self) -> Option<usize> {
        let is_described = |local: &Local| {
            local.published == Some(true) || (local.beside && local.published.is_none())
        };
        let other = self.local.as_ref().is_some_and(|local| !is_described(local));
        let rows = self.member.map_or(self.file.rows, |member| member.rows);
        rows.filter(|_| !other)
    }

    /// SHA-256 of what decides its rows.
    pub(super) fn digest(&self) -> String {
        let archive = match &self.local {
            Some(local) if local.published != Some(true) => local.sha256.as_str(),
            _ => self.file.sha256().unwrap_or_default(),
        };
        let inside = self.member.filter(|_| self.local.as_ref().is_none_or(|local| local.archived));
        match (self.member.and_then(|member| member.content.as_ref()), inside) {
            // The same rows, whether they were taken out of the archive or not.
            (Some(Content { sha256, .. }), _) if self.is_published() => sha256.clone(),
            (_, Some(member)) => format!("{archive}/{}", member.file),
            (_, None) => archive.to_owned(),
        }
    }

    /// Which file that is: the user's copy by its path, any other by its path in the cache.
    pub(super) fn content(&self) -> DataFile {
        let name = match &self.local {
            Some(local) => local.path.display().to_string(),
            None => self.file.path.clone(),
        };
        let inside = self.archived().map(|member| format!("/{}", member.file));
        let name = format!("{name}{}", inside.unwrap_or_default());
        DataFile { name, sha256: self.digest() }
    }

    /// An error if the user's copy is another than when the experiment was checked: its rows would stand under the
    /// digest of that one. Asked once the rows are read, so that a change meanwhile is found, too. The cache
    /// looks after its own files.
    pub(super) fn is_as_it_was(&self) -> Result<(), DataError> {
        let Some(local) = &self.local else { return Ok(()) };
        let refused = |message| DataError::Parse { path: local.path.clone(), message };
        match verify::digests(&local.path) {
            Ok(digests) if digests.last() == Some(&local.sha256) => Ok(()),
            Ok(_) => Err(refused(CHANGED.to_owned())),
            Err(error) => Err(refused(format!("{error}; {}", remedy::of_io(&error)))),
        }
    }

    fn is_published(&self) -> bool {
        self.local.as_ref().is_none_or(|local| local.published == Some(true))
    }

    /// The note about a copy that is not known to be the published file.
    pub(super) fn note(&self) -> Option<String> {
        let local = self.local.as_ref()?;
        let (path, sha256) = (local.path.display(), &local.sha256);
        match local.published {
            Some(true) => None,
            Some(false) => Some(format!(
                "{path} is not the published {} (SHA-256 {sha256}): figures cannot be compared with those of others",
                self.name()
            )),
            None if local.beside => None,
            None => Some(format!(
                "{path}: no digest of the published {} is known, so nothing says whether this is it (SHA-256 {sha256})",
                self.name()
            )),
        }
    }

    /// Where it is; fetched first if it is missing in the cache.
    pub(super) fn fetch(&self, cache: &Cache) -> Result<PathBuf, DataError> {
        match &self.local {
            Some(local) => Ok(local.path.clone()),
            None => Ok(cache.ensure(self.file)?),
        }
    }

    /// Whether it has to be taken out of an archive.
    pub(super) fn archived(&self) -> Option<&'static Member> {
        self.member.filter(|_| self.local.as_ref().is_none_or(|local| local.archived))
    }
}
