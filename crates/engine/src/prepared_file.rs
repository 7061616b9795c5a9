//! Prepared rows on disk: one safetensors file with class names and preprocessing as JSON in its header.
//! It lives only as long as a run, on one machine, and its numbers are in that machine's byte order. The SHA-256
//! of all of it stands behind it, because a row that changed on the disk would change scores in silence.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytemuck::{AnyBitPattern, NoUninit, cast_slice, pod_collect_to_vec};
use oddbench_core::preprocess::{Preprocessor, UnseenCell};
use oddbench_core::{Classes, Matrix};
use oddbench_data::digest;
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
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
    fingerprint: String,
    preprocessor: Preprocessor,
    infinite: Vec<(String, usize)>,
    validation_classes: Vec<String>,
    test_classes: Vec<String>,
    /// There if there are transfer rows.
    transfer_classes: Option<Vec<String>>,
}

const HEADER: &str = "oddbench";

/// Writes to a temporary name beside `path` and renames.
pub fn write(prepared: &Prepared, path: &Path) -> Result<(), FileError> {
    let fault = |message: String| FileError { path: path.to_owned(), message };
    let transfer = prepared.transfer.as_ref();
    let header = Header {
        fingerprint: prepared.fingerprint.clone(),
        preprocessor: prepared.preprocessor.clone(),
        infinite: prepared.infinite.clone(),
        validation_classes: prepared.validation.classes.names.clone(),
        test_classes: prepared.test.classes.names.clone(),
        transfer_classes: transfer.map(|part| part.classes.names.clone()),
    };
    let header = serde_json::to_string(&header).map_err(|e| fault(e.to_string()))?;
    let unseen = parts(prepared).map(|part| part.map(flat));
    let tensors = tensors(prepared, &unseen).map_err(|e| fault(e.to_string()))?;
    let metadata = Some(HashMap::from([(HEADER.to_owned(), header)]));
    let temporary = oddbench_data::files::temporary_beside(path);
    safetensors::serialize_to_file(tensors, metadata, &temporary)
        .map_err(|e| e.to_string())
        .and_then(|()| append_digest(&temporary).map_err(|e| e.to_string()))
        .and_then(|()| std::fs::rename(&temporary, path).map_err(|e| e.to_string()))
        .map_err(|message| {
            // What matters is the first error; a leftover is swept by the next run.
            let _ = std::fs::remove_file(&temporary);
            fault(message)
        })
}

/// How many hexadecimal digits stand behind the file.
const DIGITS: usize = 64;

fn append_digest(path: &Path) -> io::Result<()> {
    let digest = digest::of_reader(File::open(path)?)?;
    File::options().append(true).open(path)?.write_all(digest.as_bytes())
}

const PARTS: [&str; 3] = ["validation", "test", "transfer"];

/// The parts that are scored, in the order of [`PARTS`].
fn parts(prepared: &Prepared) -> [Option<&ScoredRows>; 3] {
    [Some(&prepared.validation), Some(&prepared.test), prepared.transfer.as_ref()]
}

/// Row and input of each unseen cell, one after the other.
fn flat(part: &ScoredRows) -> Vec<u32> {
    part.unseen.iter().flat_map(|cell| [cell.row, cell.input]).collect()
}

/// The rows by name, as they are in memory: there may be hundreds of megabytes.
fn tensors<'a>(
    prepared: &'a Prepared,
    unseen: &'a [Option<Vec<u32>>; 3],
) -> Result<Vec<(String, TensorView<'a>)>, SafeTensorError> {
    let mut tensors = vec![
        ("train.x".to_owned(), matrix(&prepared.train)?),
        ("train.labels".to_owned(), vector(Dtype::U8, &prepared.train_labels)?),
    ];
    for ((name, part), unseen) in PARTS.into_iter().zip(parts(prepared)).zip(unseen) {
        let (Some(part), Some(unseen)) = (part, unseen) else { continue };
        tensors.push((format!("{name}.x"), matrix(&part.x)?));
        tensors.push((format!("{name}.rows"), vector(Dtype::U32, &part.rows)?));
        tensors.push((format!("{name}.classes"), vector(Dtype::U16, &part.classes.codes)?));
        tensors.push((format!("{name}.labels"), vector(Dtype::U8, &part.labels)?));
        tensors.push((format!("{name}.unseen"), vector(Dtype::U32, unseen)?));
        if let Some(times) = &part.times {
            tensors.push((format!("{name}.times"), vector(Dtype::F64, times)?));
        }
    }
    Ok(tensors)
}

fn matrix(x: &Matrix) -> Result<TensorView<'_>, SafeTensorError> {
    TensorView::new(Dtype::F32, vec![x.rows(), x.cols()], cast_slice(x.as_slice()))
}

fn vector<T: NoUninit>(dtype: Dtype, values: &[T]) -> Result<TensorView<'_>, SafeTensorError> {
    TensorView::new(dtype, vec![values.len()], cast_slice(values))
}

/// Reads what [`write()`] wrote.
pub fn read(path: &Path) -> Result<Prepared, FileError> {
    let fault = |message: String| FileError { path: path.to_owned(), message };
    let bytes = std::fs::read(path).map_err(|e| fault(e.to_string()))?;
    let (rows, digest) = bytes.split_last_chunk::<DIGITS>().unwrap_or((&[], &[0; DIGITS]));
    match digest::of_bytes(rows).as_bytes() == digest {
        true => decode(rows).map_err(fault),
        false => Err(fault("its content is not what was written".into())),
    }
}

/// Whether a file is there and as it was written.
pub(crate) fn is_whole(path: &Path) -> bool {
    let read = || -> io::Result<bool> {
        let mut file = File::open(path)?;
        let Some(rows) = file.metadata()?.len().checked_sub(DIGITS as u64) else {
            return Ok(false);
        };
        let found = digest::of_reader(io::Read::take(&mut file, rows))?;
        Ok(io::read_to_string(file)? == found)
    };
    read().unwrap_or(false)
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
            rows: numbers(&tensor(format!("{name}.rows"))?),
            classes: Classes { names, codes: numbers(&codes) },
            labels: to_labels(&tensor(format!("{name}.labels"))?),
            unseen: to_cells(&tensor(format!("{name}.unseen"))?),
            // Only there where the data set has times.
            times: tensor(format!("{name}.times")).ok().map(|times| numbers(&times)),
        })
    };
    Ok(Prepared {
        train: to_matrix(&tensor("train.x".into())?)?,
        train_labels: to_labels(&tensor("train.labels".into())?),
        validation: part("validation", header.validation_classes)?,
        test: part("test", header.test_classes)?,
        transfer: header.transfer_classes.map(|names| part("transfer", names)).transpose()?,
        fingerprint: header.fingerprint,
        infinite: header.infinite,
        preprocessor: header.preprocessor,
    })
}

fn to_matrix(tensor: &TensorView<'_>) -> Result<Matrix, String> {
    let [rows, cols] = tensor.shape() else { return Err("a matrix has no two dimensions".into()) };
    Matrix::new(*rows, *cols, numbers(tensor)).map_err(|e| e.to_string())
}

fn to_cells(tensor: &TensorView<'_>) -> Vec<UnseenCell> {
    let flat: Vec<u32> = numbers(tensor);
    let cells = flat.as_chunks::<2>().0.iter();
    cells.map(|&[row, input]| UnseenCell { row, input }).collect()
}

fn to_labels(tensor: &TensorView<'_>) -> Vec<bool> {
    tensor.data().iter().map(|byte| *byte != 0).collect()
}

fn numbers<T: NoUninit + AnyBitPattern>(tensor: &TensorView<'_>) -> Vec<T> {
    pod_collect_to_vec(tensor.data())
}
