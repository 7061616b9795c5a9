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
            Self::Cpu => Ok(Device { backend: self }),
            Self::Ndarray | Self::Wgpu | Self::Cuda => Err(DeviceError {
                backend: self.name(),
                reason: "this build of oddbench does not contain it".into(),
                remedy: "use backends = [\"cpu\"]".into(),
            }),
        }
    }
}

impl Device {
    /// Which backend it belongs to.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The device in words, for the record.
    pub fn describe(&self) -> String {
        "cpu".into()
    }
}
