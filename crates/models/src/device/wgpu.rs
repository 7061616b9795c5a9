//! The adapter that wgpu finds: a graphics card, or a software renderer where there is none.

use std::sync::OnceLock;

use burn::tensor::wgpu::{WgpuSetup, wgpu::DeviceType};

use super::{Backend, Device, DeviceError, Hardware};

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
        remedy: "install a driver for Vulkan, Metal or DirectX 12 (on Linux the loader too: \
                 libvulkan1), or use backends = [\"cpu\"]"
            .into(),
    })?;
    Ok(described(burn, &setup))
}

fn described(burn: burn::tensor::Device, setup: &WgpuSetup) -> Device {
    let info = setup.adapter.get_info();
    let hardware = match info.device_type {
        DeviceType::Cpu => Hardware::SoftwareRenderer,
        _ => Hardware::Gpu,
    };
    let api = format!("{:?} through wgpu", setup.backend);
    let driver = [info.driver, info.driver_info, api];
    let driver: Vec<String> = driver.into_iter().filter(|part| !part.is_empty()).collect();
    Device {
        backend: Backend::Wgpu,
        tensors: Some(burn),
        name: info.name,
        hardware,
        driver: Some(driver.join(", ")),
        kernels: Some(oddbench_kernels::Gpu::from_parts(
            &setup.adapter,
            setup.device.clone(),
            setup.queue.clone(),
        )),
    }
}
