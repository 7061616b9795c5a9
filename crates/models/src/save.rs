//! A fitted detector on disk and back: `model.json` and `tensors.safetensors` in one folder.
//!
//! `model.json` says what the model is, the tensors hold its numbers, bit for bit. Floats that
//! decide a score belong into tensors, not into `state`: JSON is for names, flags and counts.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use oddbench_core::{DetectorError, remedy};
use safetensors::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

/// The version of the layout of a saved model; a folder of another version is refused.
pub const FORMAT_VERSION: u32 = 1;

const MODEL_FILE: &str = "model.json";
const TENSOR_FILE: &str = "tensors.safetensors";

/// Everything that a fitted detector needs to score again.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// The kind, as in the table of kinds.
    pub kind: String,
    /// The resolved parameters that it was fitted with.
    pub params: Value,
    /// The number of columns that it scores.
    pub n_features: usize,
    /// Everything that is not a tensor: names, flags, counts.
    pub state: Value,
    /// The numbers, by name.
    pub tensors: BTreeMap<String, SavedTensor>,
    folder: PathBuf,
}

/// A dense array, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedTensor {
    /// The length of each axis.
    pub shape: Vec<usize>,
    /// As many values as the shape holds.
    pub data: SavedData,
}

/// The values of a tensor.
#[derive(Debug, Clone, PartialEq)]
pub enum SavedData {
    /// Single precision.
    F32(Vec<f32>),
    /// Double precision.
    F64(Vec<f64>),
    /// Indices and counts.
    U32(Vec<u32>),
}

/// `model.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format_version: u32,
    oddbench_version: String,
    kind: String,
    params: Value,
    n_features: usize,
    state: Value,
}

/// The part that is read first: enough to say that the rest is of another version.
#[derive(Deserialize)]
struct Version {
    format_version: u32,
}

impl Saved {
    /// A model without state or tensors yet. `params` are the resolved parameters.
    pub fn new(kind: &str, params: &impl Serialize, n_features: usize) -> Self {
        Self {
            kind: kind.into(),
            params: json(params),
            n_features,
            state: Value::Null,
            tensors: BTreeMap::new(),
            folder: PathBuf::new(),
        }
    }

    /// Adds what is not a tensor.
    #[must_use]
    pub fn with_state(mut self, state: &impl Serialize) -> Self {
        self.state = json(state);
        self
    }

    /// Adds a tensor; `data` holds as many values as `shape` says.
    #[must_use]
    pub fn with(mut self, name: &str, shape: &[usize], data: impl Into<SavedData>) -> Self {
        self.tensors.insert(name.into(), SavedTensor { shape: shape.to_vec(), data: data.into() });
        self
    }

    /// Writes both files into a folder that exists and has neither.
    pub fn write(&self, dir: &Path) -> Result<(), DetectorError> {
        let head = Head {
            format_version: FORMAT_VERSION,
            oddbench_version: env!("CARGO_PKG_VERSION").into(),
            kind: self.kind.clone(),
            params: self.params.clone(),
            n_features: self.n_features,
            state: self.state.clone(),
        };
        let tensors = dir.join(TENSOR_FILE);
        for (name, tensor) in &self.tensors {
            let expected: usize = tensor.shape.iter().product();
            if tensor.data.len() != expected {
                let message = format!(
                    "tensor {name}: {} values for shape {:?}",
                    tensor.data.len(),
                    tensor.shape
                );
                return Err(store(&tensors, message));
            }
        }
        let bytes = safetensors::serialize(&self.tensors, None).map_err(|e| store(&tensors, e))?;
        create(&tensors, &bytes)?;
        let model = dir.join(MODEL_FILE);
        let mut text = serde_json::to_string_pretty(&head).map_err(|e| store(&model, e))?;
        text.push('\n');
        create(&model, text.as_bytes())
    }

    /// Reads what [`Saved::write`] wrote; refuses another format version and damaged files.
    pub fn read(dir: &Path) -> Result<Self, DetectorError> {
        let path = dir.join(MODEL_FILE);
        let text = fs::read(&path).map_err(|e| store(&path, e))?;
        let version: Version = serde_json::from_slice(&text).map_err(|e| store(&path, e))?;
        if version.format_version != FORMAT_VERSION {
            let message = format!(
                "it has format version {}, this oddbench reads version {FORMAT_VERSION}; fit the model again",
                version.format_version
            );
            return Err(store(&path, message));
        }
        let head: Head = serde_json::from_slice(&text).map_err(|e| store(&path, e))?;
        Ok(Self {
            kind: head.kind,
            params: head.params,
            n_features: head.n_features,
            state: head.state,
            tensors: read_tensors(&dir.join(TENSOR_FILE))?,
            folder: dir.into(),
        })
    }

    /// The parameters, as the detector's own type.
    pub fn params<P: DeserializeOwned>(&self) -> Result<P, DetectorError> {
        P::deserialize(&self.params).map_err(|e| self.broken(format!("params: {e}")))
    }

    /// The state, as the detector's own type.
    pub fn state<S: DeserializeOwned>(&self) -> Result<S, DetectorError> {
        S::deserialize(&self.state).map_err(|e| self.broken(format!("state: {e}")))
    }

    /// The single-precision tensor of that name and shape.
    pub fn tensor_f32(&self, name: &str, shape: &[usize]) -> Result<&[f32], DetectorError> {
        match &self.shaped(name, shape)?.data {
            SavedData::F32(values) => Ok(values),
            other => Err(self.mistyped(name, "f32", other)),
        }
    }

    /// The double-precision tensor of that name and shape.
    pub fn tensor_f64(&self, name: &str, shape: &[usize]) -> Result<&[f64], DetectorError> {
        match &self.shaped(name, shape)?.data {
            SavedData::F64(values) => Ok(values),
            other => Err(self.mistyped(name, "f64", other)),
        }
    }

    /// The tensor of indices or counts of that name and shape.
    pub fn tensor_u32(&self, name: &str, shape: &[usize]) -> Result<&[u32], DetectorError> {
        match &self.shaped(name, shape)?.data {
            SavedData::U32(values) => Ok(values),
            other => Err(self.mistyped(name, "u32", other)),
        }
    }

    /// The shape of a tensor whose length only the file knows, such as the number of support vectors.
    pub fn shape(&self, name: &str) -> Result<&[usize], DetectorError> {
        Ok(&self.tensor(name)?.shape)
    }

    /// The error for a model whose parts do not fit together.
    pub fn broken(&self, message: impl ToString) -> DetectorError {
        store(&self.folder.join(MODEL_FILE), message)
    }

    fn tensor(&self, name: &str) -> Result<&SavedTensor, DetectorError> {
        self.tensors.get(name).ok_or_else(|| self.bad_tensor(format!("there is no tensor {name}")))
    }

    fn shaped(&self, name: &str, shape: &[usize]) -> Result<&SavedTensor, DetectorError> {
        let tensor = self.tensor(name)?;
        if tensor.shape != shape {
            let message = format!("tensor {name} has shape {:?}, expected {shape:?}", tensor.shape);
            return Err(self.bad_tensor(message));
        }
        Ok(tensor)
    }

    fn mistyped(&self, name: &str, expected: &str, found: &SavedData) -> DetectorError {
        self.bad_tensor(format!("tensor {name} holds {:?}, expected {expected}", found.dtype()))
    }

    fn bad_tensor(&self, message: impl ToString) -> DetectorError {
        store(&self.folder.join(TENSOR_FILE), message)
    }
}

fn read_tensors(path: &Path) -> Result<BTreeMap<String, SavedTensor>, DetectorError> {
    let bytes = fs::read(path).map_err(|e| store(path, e))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|e| store(path, e))?;
    let mut tensors = BTreeMap::new();
    for (name, view) in file.tensors() {
        let data = match view.dtype() {
            Dtype::F32 => SavedData::F32(values(view.data(), f32::from_le_bytes)),
            Dtype::F64 => SavedData::F64(values(view.data(), f64::from_le_bytes)),
            Dtype::U32 => SavedData::U32(values(view.data(), u32::from_le_bytes)),
            other => {
                return Err(store(path, format!("tensor {name} has the unknown type {other:?}")));
            }
        };
        tensors.insert(name, SavedTensor { shape: view.shape().to_vec(), data });
    }
    Ok(tensors)
}

fn values<T, const N: usize>(bytes: &[u8], from: fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|&chunk| from(chunk)).collect()
}

fn json(value: &impl Serialize) -> Value {
    #[expect(
        clippy::expect_used,
        reason = "parameters and states are plain structs with string keys"
    )]
    serde_json::to_value(value).expect("a plain struct serialises")
}

fn create(path: &Path, bytes: &[u8]) -> Result<(), DetectorError> {
    fs::write(path, bytes).map_err(|e| store(path, format!("{e}; {}", remedy::of_io(&e))))
}

fn store(path: &Path, message: impl ToString) -> DetectorError {
    DetectorError::Store { path: path.into(), message: message.to_string() }
}

impl SavedData {
    fn len(&self) -> usize {
        match self {
            Self::F32(v) => v.len(),
            Self::F64(v) => v.len(),
            Self::U32(v) => v.len(),
        }
    }

    fn dtype(&self) -> Dtype {
        match self {
            Self::F32(_) => Dtype::F32,
            Self::F64(_) => Dtype::F64,
            Self::U32(_) => Dtype::U32,
        }
    }
}

impl From<Vec<f32>> for SavedData {
    fn from(values: Vec<f32>) -> Self {
        Self::F32(values)
    }
}

impl From<Vec<f64>> for SavedData {
    fn from(values: Vec<f64>) -> Self {
        Self::F64(values)
    }
}

impl From<Vec<u32>> for SavedData {
    fn from(values: Vec<u32>) -> Self {
        Self::U32(values)
    }
}

impl View for &SavedTensor {
    fn dtype(&self) -> Dtype {
        self.data.dtype()
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        match &self.data {
            SavedData::F32(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            SavedData::F64(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            SavedData::U32(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        }
    }

    fn data_len(&self) -> usize {
        match &self.data {
            SavedData::F32(v) => size_of_val(v.as_slice()),
            SavedData::F64(v) => size_of_val(v.as_slice()),
            SavedData::U32(v) => size_of_val(v.as_slice()),
        }
    }
}
