//! The first NVIDIA GPU that CUDA finds.

use std::panic::{UnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::OnceLock;

use super::{Backend, Device, DeviceError, Hardware, memory};

/// The first device. It is opened once in a process.
pub(super) fn open() -> Result<Device, DeviceError> {
    static DEVICE: OnceLock<Result<Device, DeviceError>> = OnceLock::new();
    DEVICE.get_or_init(acquire).clone()
}

/// Burn's CUDA runtime has no call that says "none": it panics where the driver or the device lacks.
fn acquire() -> Result<Device, DeviceError> {
    let opened = quietly(|| {
        let burn = burn::tensor::Device::cuda(0_usize);
        let name = burn.identity().map(|identity| identity.name);
        (burn, name)
    });
    let (burn, name) = opened.map_err(|why| DeviceError {
        backend: Backend::Cuda.name(),
        reason: format!("no usable device: {why}"),
        remedy: "install an NVIDIA driver and the CUDA runtime, or use backends = [\"cpu\"]".into(),
    })?;
    let name = name.unwrap_or_else(|| "NVIDIA GPU without a name".into());
    let version = memory::driver_of_nvidia_card(&name);
    let driver = version.map_or_else(|| "CUDA".into(), |version| format!("driver {version}, CUDA"));
    let (hardware, driver) = (Hardware::Gpu, Some(driver));
    Ok(Device {
        backend: Backend::Cuda,
        tensors: Some(burn),
        name,
        hardware,
        driver,
        seat: None,
        #[cfg(feature = "kernels")]
        kernels: None,
    })
}

/// Runs code that may panic without its message on stderr; the message is the error.
fn quietly<T>(code: impl FnOnce() -> T + UnwindSafe) -> Result<T, String> {
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    let result = catch_unwind(code);
    set_hook(hook);
    result.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        text.unwrap_or("the driver did not say why").to_owned()
    })
}
