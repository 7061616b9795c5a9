//! Rows on the device. Trainers and scorers that get the same [`Rows`] read the same memory there.

use crate::{Error, Gpu, Network};

/// Rows of features on a device. Clones are the same rows.
#[derive(Debug, Clone)]
pub struct Rows {
    buffer: wgpu::Buffer,
    n_rows: usize,
    n_features: usize,
}

impl Rows {
    /// Sends row-major `values` to the device, `n_features` of them a row.
    pub fn send(gpu: &Gpu, values: &[f32], n_features: usize) -> Result<Self, Error> {
        let n_rows = values.len().checked_div(n_features).unwrap_or(0);
        Error::check_length("the rows", values.len(), n_rows * n_features)?;
        Ok(Self { buffer: gpu.upload(values)?, n_rows, n_features })
    }

    /// How many rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    pub(crate) fn buffer(&self) -> &wgpu::Buffer {
        &self.buffer
    }

    /// Refuses rows that are not those of the network.
    pub(crate) fn check(&self, network: &Network) -> Result<(), Error> {
        Error::check_length("a row", self.n_features, network.n_features())
    }
}
