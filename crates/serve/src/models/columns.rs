//! Which columns a model reads, beside those of an upload or of a file that may be followed.

use std::path::{Path, PathBuf};

use oddbench_core::FeatureKind;
use oddbench_data::rows::{ReadRequest, RowReader};

use super::NamedColumn;
use crate::detect::uploads::Upload;
use crate::live::follows::options;

/// Whose columns the models of a list are compared with.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    /// Nothing: every model is listed.
    Nothing,
    /// An upload: only the models that read its columns are listed.
    Upload(&'a Upload),
    /// A file that may be followed: every model is listed, with the columns that the file lacks.
    File(&'a Head),
}

/// What a comparison has found.
#[derive(Default)]
pub struct Compared {
    /// The feature columns of the upload that the model does not read.
    pub unread: Option<Vec<String>>,
    /// The columns that the model reads and the file has not.
    pub lacking: Option<Vec<String>>,
}

/// A model that reads columns which the upload has not, or not as the model needs them.
pub struct Unfit;

impl Source<'_> {
    /// Compares with the columns of a model whose training file was read as `reading` says.
    pub fn compared(
        self,
        features: &[NamedColumn],
        reading: Option<&ReadRequest>,
    ) -> Result<Compared, Unfit> {
        match self {
            Self::Nothing => Ok(Compared::default()),
            Self::Upload(upload) if features.iter().all(|of| has(upload, of)) => {
                let columns = upload.judgement.columns.iter();
                let learned = columns.filter(|column| column.kind.is_some());
                let read = |name: &str| features.iter().any(|of| of.name == name);
                let unread = learned.filter(|column| !read(&column.name));
                let unread = Some(unread.map(|column| column.name.clone()).collect());
                Ok(Compared { unread, lacking: None })
            }
            Self::Upload(_) => Err(Unfit),
            Self::File(head) => {
                let lacking = head.columns(reading).map(|columns| {
                    let lacks = features.iter().filter(|of| !columns.contains(&of.name));
                    lacks.map(|of| of.name.clone()).collect()
                });
                Ok(Compared { unread: None, lacking })
            }
        }
    }
}

/// Whether an upload has what a model reads as this column: numbers are not made of texts.
fn has(upload: &Upload, wanted: &NamedColumn) -> bool {
    let there = upload.kinds.iter().find(|(name, _)| *name == wanted.name);
    there.is_some_and(|(_, kind)| match wanted.kind {
        Some(FeatureKind::Numeric) => *kind != Some(FeatureKind::Categorical),
        _ => true,
    })
}

/// The first lines of a file that may be followed.
pub struct Head {
    path: PathBuf,
    /// Whole lines.
    lines: Vec<u8>,
}

impl Head {
    /// Of the first bytes of the file at that path; half a line at their end is left out.
    pub fn new(path: &Path, mut bytes: Vec<u8>) -> Self {
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        bytes.truncate(end);
        Self { path: path.to_owned(), lines: bytes }
    }

    /// The file's columns, if it is read as a follow by a model with that `reading` reads it. `None` where the first
    /// lines do not tell them, for example while the file is empty.
    fn columns(&self, reading: Option<&ReadRequest>) -> Option<Vec<String>> {
        let options = options(reading, &self.path).ok()?;
        let content = Box::new(std::io::Cursor::new(self.lines.clone()));
        let reader = RowReader::new(content, "file", &options).ok()?;
        Some(reader.names().to_vec()).filter(|names| !names.is_empty())
    }
}
