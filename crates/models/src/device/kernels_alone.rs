//! The adapter that wgpu finds, in a build with the fused kernels and without burn.

use std::sync::OnceLock;

use oddbench_kernels::Gpu;

use super::{Backend, Device, DeviceError, NO_ADAPTER, hardware};

/// The adapter that wgpu prefers: a graphics card before a software renderer. It is opened once in a process.
pub(super) fn open() -> Result<Device, DeviceError> {
    static DEVICE: OnceLock<Result<Device, DeviceError>> = OnceLock::new();
    DEVICE.get_or_init(acquire).clone()
}

fn acquire() -> Result<Device, DeviceError> {
    let gpu = Gpu::open().map_err(|error| DeviceError {
        backend: Backend::Wgpu.name(),
        reason: format!("no usable device: {error}"),
        remedy: NO_ADAPTER.into(),
    })?;
    Ok(Device {
        backend: Backend::Wgpu,
        tensors: None,
        name: gpu.name().to_owned(),
        hardware: hardware(&gpu),
        driver: Some(gpu.driver().to_owned()),
        seat: None,
        kernels: Some(gpu),
    })
}
