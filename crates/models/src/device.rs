//! `cpu | ndarray | wgpu | cuda` to a device: the one place where a backend is chosen.

use thiserror::Error;

/// A backend that an experiment may name, compiled in or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// burn-flex on the processor.
    Cpu,
    /// burn-ndarray on the processor, for comparison.
    Ndarray,
    /// A GPU through Vulkan, Metal or DirectX 12.
    Wgpu,
    /// An NVIDIA GPU.
    Cuda,
}

/// The device asked for is not there. Exit code 4.
#[derive(Debug, Error)]
#[error("backend {backend:?}: {reason}; {remedy}")]
pub struct DeviceError {
    /// As the experiment names it.
    pub backend: &'static str,
    /// Not compiled in, or no such device.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

/// A device that is there.
#[derive(Debug, Clone)]
pub struct Device {
    backend: Backend,
    burn: burn::tensor::Device,
    description: String,
}

impl Backend {
    /// All, compiled in or not, as the experiment file names them.
    pub const ALL: [Self; 4] = [Self::Cpu, Self::Ndarray, Self::Wgpu, Self::Cuda];

    /// The name as in the experiment file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Ndarray => "ndarray",
            Self::Wgpu => "wgpu",
            Self::Cuda => "cuda",
        }
    }

    /// Opens the device, or says why it can't be had; never falls back to another.
    pub fn open(self) -> Result<Device, DeviceError> {
        match self {
            Self::Cpu => Ok(self.device(burn::tensor::Device::flex(), "cpu".into())),
            Self::Ndarray => self.open_ndarray(),
            Self::Wgpu => self.open_wgpu(),
            Self::Cuda => self.open_cuda(),
        }
    }

    fn device(self, burn: burn::tensor::Device, description: String) -> Device {
        Device { backend: self, burn, description }
    }

    #[cfg(feature = "ndarray")]
    fn open_ndarray(self) -> Result<Device, DeviceError> {
        #[expect(deprecated, reason = "kept so that it can be compared with burn-flex")]
        let burn = burn::tensor::Device::ndarray();
        Ok(self.device(burn, "cpu (burn-ndarray)".into()))
    }

    #[cfg(not(feature = "ndarray"))]
    fn open_ndarray(self) -> Result<Device, DeviceError> {
        Err(self.not_compiled_in())
    }

    #[cfg(feature = "wgpu")]
    fn open_wgpu(self) -> Result<Device, DeviceError> {
        use burn::tensor::DeviceKind;
        let install = "install a Vulkan, Metal or DirectX 12 driver, or use backends = [\"cpu\"]";
        self.open_gpu(|| burn::tensor::Device::wgpu(DeviceKind::DefaultDevice), install)
    }

    #[cfg(not(feature = "wgpu"))]
    fn open_wgpu(self) -> Result<Device, DeviceError> {
        Err(self.not_compiled_in())
    }

    #[cfg(feature = "cuda")]
    fn open_cuda(self) -> Result<Device, DeviceError> {
        let install = "install an NVIDIA driver and the CUDA runtime, or use backends = [\"cpu\"]";
        self.open_gpu(|| burn::tensor::Device::cuda(0_usize), install)
    }

    #[cfg(not(feature = "cuda"))]
    fn open_cuda(self) -> Result<Device, DeviceError> {
        Err(self.not_compiled_in())
    }

    /// Opens a device whose runtime panics where there is none, and asks the driver for its name:
    /// a software renderer answers too, and must show in the record as what it is.
    #[cfg(any(feature = "wgpu", feature = "cuda"))]
    fn open_gpu(
        self,
        open: impl FnOnce() -> burn::tensor::Device + std::panic::UnwindSafe,
        remedy: &str,
    ) -> Result<Device, DeviceError> {
        let opened = std::panic::catch_unwind(|| {
            let burn = open();
            let name = burn.identity().map(|identity| match identity.physical {
                Some(_) => identity.name,
                None => format!("{} (software, not a GPU)", identity.name),
            });
            (burn, name)
        });
        match opened {
            Ok((burn, name)) => {
                let description = name.unwrap_or_else(|| format!("{} (unnamed)", self.name()));
                Ok(self.device(burn, description))
            }
            Err(panic) => Err(DeviceError {
                backend: self.name(),
                reason: format!("no such device: {}", panic_message(&*panic)),
                remedy: remedy.into(),
            }),
        }
    }

    #[cfg(not(all(feature = "ndarray", feature = "wgpu", feature = "cuda")))]
    fn not_compiled_in(self) -> DeviceError {
        let name = self.name();
        DeviceError {
            backend: name,
            reason: "this build of oddbench does not contain it".into(),
            remedy: format!(
                "build with `cargo build --release --features {name}`, or use backends = [\"cpu\"]"
            ),
        }
    }
}

impl Device {
    /// Which backend it belongs to.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The device that tensors are made on.
    pub fn burn(&self) -> &burn::tensor::Device {
        &self.burn
    }

    /// The device in words, for the record.
    pub fn describe(&self) -> String {
        self.description.clone()
    }
}

#[cfg(any(feature = "wgpu", feature = "cuda"))]
fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("the driver did not say why")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_always_there() {
        let device = Backend::Cpu.open().unwrap();
        assert_eq!((device.backend(), device.describe().as_str()), (Backend::Cpu, "cpu"));
    }

    #[test]
    #[cfg(not(feature = "wgpu"))]
    fn a_backend_that_is_not_compiled_in_is_refused_with_the_remedy() {
        let error = Backend::Wgpu.open().unwrap_err();
        assert_eq!(
            error.to_string(),
            "backend \"wgpu\": this build of oddbench does not contain it; build with \
             `cargo build --release --features wgpu`, or use backends = [\"cpu\"]"
        );
    }
}
