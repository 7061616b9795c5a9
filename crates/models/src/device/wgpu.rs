//! The adapter that wgpu finds: a graphics card, or a software renderer where there is none.

use std::sync::OnceLock;

use burn::tensor::wgpu::WgpuSetup;
use oddbench_kernels::Gpu;

use super::{Backend, Device, DeviceError, NO_ADAPTER, hardware};

/// The device that wgpu prefers (a graphics card before a software renderer, or what
/// `CUBECL_WGPU_DEFAULT_DEVICE` names). It is opened once in a process.
pub(super) fn open() -> Result<Device, DeviceError> {
    static DEVICE: OnceLock<Result<Device, DeviceError>> = OnceLock::new();
    DEVICE.get_or_init(acquire).clone()
}

fn acquire() -> Result<Device, DeviceError> {
    let opened = burn::tensor::Device::wgpu_options().init_with_setup();
    let (burn, setup) = opened.map_err(|error| DeviceError {
        backend: Backend::Wgpu.name(),
        reason: format!("no usable device: {error}"),
        remedy: NO_ADAPTER.into(),
    })?;
    Ok(described(burn, &setup))
}

fn described(burn: burn::tensor::Device, setup: &WgpuSetup) -> Device {
    let gpu = Gpu::from_parts(&setup.adapter, setup.device.clone(), setup.queue.clone());
    Device {
        backend: Backend::Wgpu,
        tensors: Some(burn),
        name: gpu.name().to_owned(),
        hardware: hardware(&gpu),
        driver: Some(gpu.driver().to_owned()),
        seat: None,
        kernels: Some(gpu),
    }
}
