//! Prepared rows on disk: one safetensors file with class names and preprocessing as JSON in its header.
//! It lives only as long as a run, on one machine, and its numbers are in that machine's byte order. The SHA-256
//! of the whole content follows it, because a row that changed on the disk would change scores without notice.
//!
//! The safetensors crate writes tensors that are in memory as a whole. Rows are encoded while they are written, block
//! by block, so that the header is the crate's and the writing is done here. Readers map the matrices and copy the
//! rest.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use bytemuck::{AnyBitPattern, NoUninit, cast_slice, pod_collect_to_vec};
use bytes::Bytes;
use oddbench_core::preprocess::{Preprocessor, UnseenCell};
use oddbench_core::{Classes, Matrix, remedy};
use oddbench_data::digest;
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, Metadata, SafeTensors, TensorInfo, TensorView};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::mapped;
use crate::prepared::{Blocks, PrepareError, Prepared, ScoredRows};

/// A prepared file could not be written or read.
#[derive(Debug, Error)]
#[error("{path}: {message}; {remedy}")]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub message: String,
    /// What to do.
    pub remedy: &'static str,
}

const MAKE_ANEW: &str = "run the experiment again to make it anew";

/// Rows could not be prepared in a file.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The rows cannot be used as they are.
    #[error(transparent)]
    Rows(#[from] PrepareError),
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

/// Encodes the rows, writes them to a temporary name beside `path`, and renames.
pub fn write<X: Blocks>(prepared: &Prepared<X>, path: &Path) -> Result<(), WriteError> {
    let temporary = oddbench_data::files::temporary_beside(path);
    let fault = |message, remedy| -> WriteError {
        FileError { path: path.to_owned(), message, remedy }.into()
    };
    write_to(prepared, &temporary).and_then(|()| Ok(std::fs::rename(&temporary, path)?)).map_err(
        |refused| {
            // The first error matters; a leftover is swept by the next run.
            let _ = std::fs::remove_file(&temporary);
            match refused {
                Refused::Rows(error) => error.into(),
                Refused::Io(error) => fault(error.to_string(), remedy::of_io(&error)),
                Refused::Format(message) => fault(message, MAKE_ANEW),
            }
        },
    )
}

/// Why a file was not written.
enum Refused {
    Rows(PrepareError),
    Io(io::Error),
    Format(String),
}

impl From<PrepareError> for Refused {
    fn from(error: PrepareError) -> Self {
        Self::Rows(error)
    }
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn write_to<X: Blocks>(prepared: &Prepared<X>, path: &Path) -> Result<(), Refused> {
    let unseen = parts(prepared).map(|part| part.map(flat));
    let tensors = tensors(prepared, &unseen);
    let mut out = digest::Digesting::new(BufWriter::new(File::create(path)?));
    let header = header(prepared, &tensors).map_err(Refused::Format)?;
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    for tensor in &tensors {
        match tensor.content {
            Content::Bytes(bytes) => out.write_all(bytes)?,
            Content::Rows(rows) => rows.each_block(&prepared.preprocessor, &mut |values| {
                Ok::<(), Refused>(out.write_all(cast_slice(values))?)
            })?,
        }
    }
    let (mut out, digest) = out.finish();
    out.write_all(digest.as_bytes())?;
    Ok(out.flush()?)
}

/// How many hexadecimal digits stand behind the file.
const DIGITS: usize = 64;

const PARTS: [&str; 3] = ["validation", "test", "transfer"];

/// The parts that are scored, in the order of [`PARTS`].
fn parts<X>(prepared: &Prepared<X>) -> [Option<&ScoredRows<X>>; 3] {
    [Some(&prepared.validation), Some(&prepared.test), prepared.transfer.as_ref()]
}

/// Row and input of each unseen cell, one after the other.
fn flat<X>(part: &ScoredRows<X>) -> Vec<u32> {
    part.unseen.iter().flat_map(|cell| [cell.row, cell.input]).collect()
}

/// A tensor that is to be written.
struct Tensor<'a, X> {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    content: Content<'a, X>,
}

enum Content<'a, X> {
    Bytes(&'a [u8]),
    Rows(&'a X),
}

/// The rows by name, in the order of the file.
fn tensors<'a, X: Blocks>(
    prepared: &'a Prepared<X>,
    unseen: &'a [Option<Vec<u32>>; 3],
) -> Vec<Tensor<'a, X>> {
    let columns = prepared.preprocessor.columns().len();
    let matrix = |name: String, rows: &'a X| {
        let (shape, content) = (vec![rows.count(), columns], Content::Rows(rows));
        Tensor { name, dtype: Dtype::F32, shape, content }
    };
    let mut tensors = vec![
        matrix("train.x".to_owned(), &prepared.train),
        vector("train.labels".to_owned(), Dtype::U8, &prepared.train_labels),
    ];
    for ((name, part), unseen) in PARTS.into_iter().zip(parts(prepared)).zip(unseen) {
        let (Some(part), Some(unseen)) = (part, unseen) else { continue };
        tensors.push(matrix(format!("{name}.x"), &part.x));
        tensors.push(vector(format!("{name}.rows"), Dtype::U32, &part.rows));
        tensors.push(vector(format!("{name}.classes"), Dtype::U16, &part.classes.codes));
        tensors.push(vector(format!("{name}.labels"), Dtype::U8, &part.labels));
        tensors.push(vector(format!("{name}.unseen"), Dtype::U32, unseen));
        if let Some(times) = &part.times {
            tensors.push(vector(format!("{name}.times"), Dtype::F64, times));
        }
    }
    // Wide numbers first: each then stands at a multiple of its size.
    tensors.sort_by(|a, b| b.dtype.cmp(&a.dtype).then(a.name.cmp(&b.name)));
    tensors
}

fn vector<T: NoUninit, X>(name: String, dtype: Dtype, values: &[T]) -> Tensor<'_, X> {
    let (shape, content) = (vec![values.len()], Content::Bytes(cast_slice(values)));
    Tensor { name, dtype, shape, content }
}

/// The header as safetensors has it, filled up with blanks to a multiple of eight bytes.
fn header<X>(prepared: &Prepared<X>, tensors: &[Tensor<'_, X>]) -> Result<Vec<u8>, String> {
    let transfer = prepared.transfer.as_ref();
    let own = Header {
        fingerprint: prepared.fingerprint.clone(),
        preprocessor: prepared.preprocessor.clone(),
        infinite: prepared.infinite.clone(),
        validation_classes: prepared.validation.classes.names.clone(),
        test_classes: prepared.test.classes.names.clone(),
        transfer_classes: transfer.map(|part| part.classes.names.clone()),
    };
    let own = serde_json::to_string(&own).map_err(|e| e.to_string())?;
    let mut from = 0;
    let infos = tensors.iter().map(|Tensor { name, dtype, shape, .. }| {
        let bytes = shape.iter().product::<usize>() * dtype.bitsize() / 8;
        let data_offsets = (from, from + bytes);
        from += bytes;
        (name.clone(), TensorInfo { dtype: *dtype, shape: shape.clone(), data_offsets })
    });
    let metadata = Some(HashMap::from([(HEADER.to_owned(), own)]));
    let metadata = Metadata::new(metadata, infos.collect()).map_err(|e| e.to_string())?;
    let mut text = serde_json::to_vec(&metadata).map_err(|e| e.to_string())?;
    text.resize(text.len().next_multiple_of(8), b' ');
    Ok(text)
}

/// Reads what [`write()`] wrote.
pub fn read(path: &Path) -> Result<Prepared, FileError> {
    let fault = |message: String| FileError { path: path.to_owned(), message, remedy: MAKE_ANEW };
    let file = File::open(path).map_err(|e| fault(e.to_string()))?;
    let rows = verified(&file).map_err(|e| fault(e.to_string()))?;
    let rows = rows.ok_or_else(|| fault("its content is not what was written".into()))?;
    let content = || -> Result<Bytes, FileError> {
        let content = mapped::content(&file).map_err(|e| fault(e.to_string()))?;
        match content.len() < rows {
            true => Err(fault("it has become shorter while it was read".into())),
            false => Ok(content.slice(..rows)),
        }
    };
    decode(&content()?, &content()?).map_err(fault)
}

/// Numbers of training rows and of columns, as the header of a file says; `None` if there is no such file.
pub(crate) fn training_size(path: &Path) -> Option<[usize; 2]> {
    let mut file = File::open(path).ok()?;
    let mut length = [0; 8];
    file.read_exact(&mut length).ok()?;
    // The crate reads a header only together with all rows behind it.
    let header: serde_json::Value =
        serde_json::from_reader(BufReader::new(file.take(u64::from_le_bytes(length)))).ok()?;
    let shape = header["train.x"]["shape"].as_array()?;
    let size = |at: usize| usize::try_from(shape.get(at)?.as_u64()?).ok();
    Some([size(0)?, size(1)?])
}

/// Whether a file is there and as it was written.
pub(crate) fn is_whole(path: &Path) -> bool {
    let rows = File::open(path).and_then(|file| verified(&file));
    rows.is_ok_and(|rows| rows.is_some())
}

/// How many bytes are before the digest; `None` if the digest is not theirs. They are read and not
/// mapped: what is mapped counts as the memory of a process once it was looked at, and most trials look at some of it.
fn verified(mut file: &File) -> io::Result<Option<usize>> {
    let length = file.metadata()?.len();
    let Some(rows) = length.checked_sub(DIGITS as u64) else { return Ok(None) };
    file.rewind()?;
    let found = digest::of_reader(file.take(rows))?;
    let mut written = [0; DIGITS];
    file.read_exact(&mut written)?;
    Ok(usize::try_from(rows).ok().filter(|_| found.as_bytes() == written))
}

/// Both are the same file, mapped twice: the training rows are read from `training`, and can be released alone.
fn decode(bytes: &Bytes, training: &Bytes) -> Result<Prepared, String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| e.to_string())?;
    let header = metadata.metadata().as_ref().and_then(|map| map.get(HEADER));
    let header: Header = serde_json::from_str(header.ok_or("there is no header")?)
        .map_err(|e| format!("the header: {e}"))?;
    let file = SafeTensors::deserialize(bytes).map_err(|e| e.to_string())?;
    let tensor = |name: String| file.tensor(&name).map_err(|e: SafeTensorError| e.to_string());
    let matrix = |name: String| to_matrix(bytes, &tensor(name)?);
    let part = |name: &str, names: Vec<String>| -> Result<ScoredRows, String> {
        let codes = numbers(&tensor(format!("{name}.classes"))?);
        let numbered: Vec<u32> = numbers(&tensor(format!("{name}.rows"))?);
        // Only there where the data set has times.
        let times = tensor(format!("{name}.times")).ok().map(|times| numbers::<f64>(&times).into());
        Ok(ScoredRows {
            x: matrix(format!("{name}.x"))?,
            rows: numbered.into(),
            classes: Classes { names, codes }.into(),
            labels: to_labels(&tensor(format!("{name}.labels"))?).into(),
            unseen: to_cells(&tensor(format!("{name}.unseen"))?),
            times,
        })
    };
    Ok(Prepared {
        train: training_rows(training)?,
        train_labels: to_labels(&tensor("train.labels".into())?),
        validation: part("validation", header.validation_classes)?,
        test: part("test", header.test_classes)?,
        transfer: header.transfer_classes.map(|names| part("transfer", names)).transpose()?,
        fingerprint: header.fingerprint,
        infinite: header.infinite,
        preprocessor: header.preprocessor,
    })
}

fn training_rows(bytes: &Bytes) -> Result<Matrix, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| e.to_string())?;
    to_matrix(bytes, &file.tensor("train.x").map_err(|e| e.to_string())?)
}

/// A matrix that looks at the bytes of the file.
fn to_matrix(bytes: &Bytes, tensor: &TensorView<'_>) -> Result<Matrix, String> {
    let [rows, cols] = tensor.shape() else { return Err("a matrix has no two dimensions".into()) };
    match tensor.data() {
        [] => Matrix::new(*rows, *cols, Vec::new()).map_err(|e| e.to_string()),
        values => Matrix::shared(*rows, *cols, bytes.slice_ref(values)).map_err(|e| e.to_string()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_the_training_rows_is_read_from_the_header_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows");
        assert_eq!(training_size(&path), None);
        let header = r#"{"train.x":{"dtype":"F32","shape":[7,3],"data_offsets":[0,84]}}   "#;
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        // No rows behind it.
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(training_size(&path), Some([7, 3]));
        std::fs::write(&path, &bytes[..20]).unwrap();
        assert_eq!(training_size(&path), None);
    }
}
