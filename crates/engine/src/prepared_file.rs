//! Prepared rows on disk: one safetensors file, little-endian, with class names and preprocessing as
//! JSON in its header. It lives only as long as a run.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use oddbench_core::preprocess::Preprocessor;
use oddbench_core::{Classes, Matrix};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, View};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::prepared::{Prepared, ScoredRows};

/// A prepared file could not be written or read.
#[derive(Debug, Error)]
#[error("{path}: {message}; run the experiment again to make it anew")]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub message: String,
}

/// What the tensors cannot hold.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    preprocessor: Preprocessor,
    validation_classes: Vec<String>,
    test_classes: Vec<String>,
    /// There if there are transfer rows.
    transfer_classes: Option<Vec<String>>,
}

const HEADER: &str = "oddbench";

/// One tensor. Its bytes are made when it is written: the rows may be hundreds of megabytes, and only
/// one tensor at a time is in memory twice.
struct Tensor<'a> {
    shape: Vec<usize>,
    values: Values<'a>,
}

enum Values<'a> {
    F32(&'a [f32]),
    U32(&'a [u32]),
    U16(&'a [u16]),
    Labels(&'a [bool]),
}

impl View for &Tensor<'_> {
    fn dtype(&self) -> Dtype {
        match self.values {
            Values::F32(_) => Dtype::F32,
            Values::U32(_) => Dtype::U32,
            Values::U16(_) => Dtype::U16,
            Values::Labels(_) => Dtype::U8,
        }
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(match self.values {
            Values::F32(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Values::U32(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Values::U16(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Values::Labels(values) => values.iter().map(|label| u8::from(*label)).collect(),
        })
    }
    fn data_len(&self) -> usize {
        match self.values {
            Values::F32(values) => size_of_val(values),
            Values::U32(values) => size_of_val(values),
            Values::U16(values) => size_of_val(values),
            Values::Labels(values) => values.len(),
        }
    }
}

/// Writes to a temporary name beside `path` and renames.
pub fn write(prepared: &Prepared, path: &Path) -> Result<(), FileError> {
    let fault = |message: String| FileError { path: path.to_owned(), message };
    let transfer = prepared.transfer.as_ref();
    let header = Header {
        preprocessor: prepared.preprocessor.clone(),
        validation_classes: prepared.validation.classes.names.clone(),
        test_classes: prepared.test.classes.names.clone(),
        transfer_classes: transfer.map(|part| part.classes.names.clone()),
    };
    let header = serde_json::to_string(&header).map_err(|e| fault(e.to_string()))?;
    let mut tensors = vec![
        ("train.x".to_owned(), matrix(&prepared.train)),
        ("train.labels".to_owned(), vector(Values::Labels(&prepared.train_labels))),
    ];
    let parts = [("validation", &prepared.validation), ("test", &prepared.test)];
    for (name, part) in parts.into_iter().chain(transfer.map(|part| ("transfer", part))) {
        tensors.push((format!("{name}.x"), matrix(&part.x)));
        tensors.push((format!("{name}.rows"), vector(Values::U32(&part.rows))));
        tensors.push((format!("{name}.classes"), vector(Values::U16(&part.classes.codes))));
        tensors.push((format!("{name}.labels"), vector(Values::Labels(&part.labels))));
    }
    let views = tensors.iter().map(|(name, tensor)| (name, tensor));
    let metadata = Some(HashMap::from([(HEADER.to_owned(), header)]));
    let temporary = oddbench_data::files::temporary_beside(path);
    safetensors::serialize_to_file(views, metadata, &temporary)
        .map_err(|e| e.to_string())
        .and_then(|()| std::fs::rename(&temporary, path).map_err(|e| e.to_string()))
        .map_err(|message| {
            // What matters is the first error; a leftover is swept by the next run.
            let _ = std::fs::remove_file(&temporary);
            fault(message)
        })
}

/// Reads what [`write()`] wrote.
pub fn read(path: &Path) -> Result<Prepared, FileError> {
    let fault = |message: String| FileError { path: path.to_owned(), message };
    let bytes = std::fs::read(path).map_err(|e| fault(e.to_string()))?;
    decode(&bytes).map_err(fault)
}

fn decode(bytes: &[u8]) -> Result<Prepared, String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| e.to_string())?;
    let header = metadata.metadata().as_ref().and_then(|map| map.get(HEADER));
    let header: Header = serde_json::from_str(header.ok_or("there is no header")?)
        .map_err(|e| format!("the header: {e}"))?;
    let file = SafeTensors::deserialize(bytes).map_err(|e| e.to_string())?;
    let tensor = |name: String| file.tensor(&name).map_err(|e| e.to_string());
    let part = |name: &str, names: Vec<String>| -> Result<ScoredRows, String> {
        let codes = tensor(format!("{name}.classes"))?;
        Ok(ScoredRows {
            x: to_matrix(&tensor(format!("{name}.x"))?)?,
            rows: to_numbers(&tensor(format!("{name}.rows"))?, u32::from_le_bytes),
            classes: Classes { names, codes: to_numbers(&codes, u16::from_le_bytes) },
            labels: to_labels(&tensor(format!("{name}.labels"))?),
        })
    };
    Ok(Prepared {
        train: to_matrix(&tensor("train.x".into())?)?,
        train_labels: to_labels(&tensor("train.labels".into())?),
        validation: part("validation", header.validation_classes)?,
        test: part("test", header.test_classes)?,
        transfer: header.transfer_classes.map(|names| part("transfer", names)).transpose()?,
        preprocessor: header.preprocessor,
    })
}

fn matrix(x: &Matrix) -> Tensor<'_> {
    Tensor { shape: vec![x.rows(), x.cols()], values: Values::F32(x.as_slice()) }
}

fn vector(values: Values<'_>) -> Tensor<'_> {
    let length = match values {
        Values::F32(values) => values.len(),
        Values::U32(values) => values.len(),
        Values::U16(values) => values.len(),
        Values::Labels(values) => values.len(),
    };
    Tensor { shape: vec![length], values }
}

fn to_matrix(tensor: &TensorView<'_>) -> Result<Matrix, String> {
    let [rows, cols] = tensor.shape() else { return Err("a matrix has no two dimensions".into()) };
    Matrix::new(*rows, *cols, to_numbers(tensor, f32::from_le_bytes)).map_err(|e| e.to_string())
}

fn to_labels(tensor: &TensorView<'_>) -> Vec<bool> {
    tensor.data().iter().map(|byte| *byte != 0).collect()
}

fn to_numbers<T, const N: usize>(tensor: &TensorView<'_>, number: impl Fn([u8; N]) -> T) -> Vec<T> {
    let (chunks, _) = tensor.data().as_chunks::<N>();
    chunks.iter().map(|chunk| number(*chunk)).collect()
}
