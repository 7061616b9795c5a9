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
}

const HEADER: &str = "oddbench";

/// The bytes of one tensor.
struct Bytes {
    dtype: Dtype,
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl View for &Bytes {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.data)
    }
    fn data_len(&self) -> usize {
        self.data.len()
    }
}

/// Writes to a temporary name beside `path` and renames.
pub(crate) fn write(prepared: &Prepared, path: &Path) -> Result<(), FileError> {
    let fault = |message: String| FileError { path: path.to_owned(), message };
    let header = Header {
        preprocessor: prepared.preprocessor.clone(),
        validation_classes: prepared.validation.classes.names.clone(),
        test_classes: prepared.test.classes.names.clone(),
    };
    let header = serde_json::to_string(&header).map_err(|e| fault(e.to_string()))?;
    let mut tensors = vec![
        ("train.x".to_owned(), matrix(&prepared.train)),
        ("train.labels".to_owned(), labels(&prepared.train_labels)),
    ];
    for (name, part) in [("validation", &prepared.validation), ("test", &prepared.test)] {
        tensors.push((format!("{name}.x"), matrix(&part.x)));
        tensors
            .push((format!("{name}.rows"), integers(Dtype::U32, &part.rows, |v| v.to_le_bytes())));
        let codes = &part.classes.codes;
        tensors.push((format!("{name}.classes"), integers(Dtype::U16, codes, |v| v.to_le_bytes())));
        tensors.push((format!("{name}.labels"), labels(&part.labels)));
    }
    let views = tensors.iter().map(|(name, bytes)| (name, bytes));
    let metadata = Some(HashMap::from([(HEADER.to_owned(), header)]));
    let bytes = safetensors::serialize(views, metadata).map_err(|e| fault(e.to_string()))?;
    crate::files::write_atomically(path, &bytes).map_err(|e| fault(e.to_string()))
}

/// Reads what [`write`] wrote.
pub(crate) fn read(path: &Path) -> Result<Prepared, FileError> {
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
        preprocessor: header.preprocessor,
    })
}

fn matrix(x: &Matrix) -> Bytes {
    let data = x.as_slice().iter().flat_map(|value| value.to_le_bytes()).collect();
    Bytes { dtype: Dtype::F32, shape: vec![x.rows(), x.cols()], data }
}

fn labels(labels: &[bool]) -> Bytes {
    let data = labels.iter().map(|label| u8::from(*label)).collect();
    Bytes { dtype: Dtype::U8, shape: vec![labels.len()], data }
}

fn integers<T: Copy, const N: usize>(
    dtype: Dtype,
    values: &[T],
    bytes: impl Fn(T) -> [u8; N],
) -> Bytes {
    let data = values.iter().flat_map(|value| bytes(*value)).collect();
    Bytes { dtype, shape: vec![values.len()], data }
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
