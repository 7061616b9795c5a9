//! The answer to clients about an upload.

use oddbench_core::FeatureKind;
use oddbench_data::columns::ColumnVerdict;
use oddbench_data::rows::SourceFormat;
use schemars::JsonSchema;
use serde::Serialize;

use super::labels::Candidate;
use super::reading::format_words;
use super::uploads::Upload;
use crate::limits::Limits;
use crate::models::NamedColumn;

/// What is in an upload.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Upload")]
pub struct UploadInfo {
    id: String,
    name: String,
    bytes: usize,
    rows: usize,
    columns: Vec<UploadColumn>,
    /// What the file was read as.
    format: &'static str,
    /// Whether the file names its columns.
    header: bool,
    /// What was recognised, renamed or passed over while it was read.
    notes: Vec<String>,
    label_candidates: Vec<Candidate>,
    expires_in_seconds: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct UploadColumn {
    #[serde(flatten)]
    column: NamedColumn,
    /// Different values, of which 80 and 80.0 are one; null if there are more than are counted.
    distinct: Option<usize>,
    missing: u64,
    /// Rows whose value is infinite, which a fit takes for missing.
    infinite: u64,
    /// The first different values.
    examples: Vec<String>,
    /// Whether a fit learns from it unless the request decides otherwise.
    feature: bool,
    /// What it is taken for: a number, an identifier, a label, ...
    role: &'static str,
    /// Why.
    reason: String,
    /// What a reader may want to know of a feature.
    note: Option<String>,
}

/// The uploads that are kept.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Uploads {
    /// The one that was used last comes last.
    pub uploads: Vec<UploadInfo>,
}

/// The first rows of an upload as they were written.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Preview {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Upload {
    /// The answer to clients.
    pub fn info(&self, limits: &Limits) -> UploadInfo {
        let column = |((name, kind), verdict): (&(String, Option<FeatureKind>), &ColumnVerdict)| {
            UploadColumn {
                column: NamedColumn { name: name.clone(), kind: *kind },
                distinct: verdict.distinct,
                missing: verdict.missing,
                infinite: verdict.infinite,
                examples: verdict.examples.clone(),
                feature: verdict.kind.is_some(),
                role: verdict.role.words(),
                reason: verdict.reason.clone(),
                note: verdict.note.clone(),
            }
        };
        UploadInfo {
            id: self.id.clone(),
            name: self.name.clone(),
            bytes: self.bytes,
            rows: self.rows.len(),
            columns: self.kinds.iter().zip(&self.judgement.columns).map(column).collect(),
            format: format_words(self.format),
            header: self.format != SourceFormat::Kdd99,
            notes: self.notes.clone(),
            label_candidates: self.candidates.clone(),
            expires_in_seconds: limits.upload_age.saturating_sub(self.idle()).as_secs(),
        }
    }

    /// The first rows.
    pub fn preview(&self, rows: usize) -> Preview {
        let shown = rows.min(self.rows.len());
        let columns = self.rows.names().len();
        let line =
            |row| (0..columns).map(|column| self.rows.text(row, column).to_owned()).collect();
        Preview { columns: self.rows.names().to_vec(), rows: (0..shown).map(line).collect() }
    }
}
