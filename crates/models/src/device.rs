//! `cpu | ndarray | wgpu | cuda` to a device: the one place where a backend is chosen.
//!
//! A backend that is not compiled in, or whose device is not there, is an error with the remedy: no
//! other one takes its place. Burn panics where a device is missing, so the runtime is asked first.

#[cfg(feature = "cuda")]
mod cuda;
#[cfg(all(feature = "kernels", not(feature = "wgpu")))]
mod kernels_alone;
mod memory;
#[cfg(feature = "wgpu")]
mod wgpu;

use thiserror::Error;

use crate::company::Seat;
use crate::nn::simd;

/// A backend that an experiment may name, compiled in or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// Code of ours on the processor.
    Cpu,
    /// burn-ndarray on the processor, for comparison.
    Ndarray,
    /// A GPU through Vulkan, Metal or DirectX 12.
    Wgpu,
    /// An NVIDIA GPU.
    Cuda,
}

/// The device asked for is not there. Exit code 4.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("backend {backend:?}: {reason}; {remedy}")]
pub struct DeviceError {
    /// As the experiment names it.
    pub backend: &'static str,
    /// Not compiled in, or no such device.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

/// What runs the tensors of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hardware {
    /// The processor, directly.
    Processor,
    /// A graphics card.
    Gpu,
    /// The processor, in the guise of a graphics card.
    SoftwareRenderer,
}

/// A device that burn makes tensors on.
#[cfg(any(test, feature = "burn"))]
pub type TensorDevice = burn::tensor::Device;

/// A device that burn makes tensors on. This build does not contain burn, so there is none.
#[cfg(not(any(test, feature = "burn")))]
#[derive(Debug, Clone)]
pub enum TensorDevice {}

/// A device that is there.
#[derive(Debug, Clone)]
pub struct Device {
    backend: Backend,
    tensors: Option<TensorDevice>,
    name: String,
    hardware: Hardware,
    driver: Option<String>,
    seat: Option<Seat>,
    #[cfg(feature = "kernels")]
    kernels: Option<oddbench_kernels::Gpu>,
}

/// The instruction set of oddbench's own numeric code on the processor: `scalar`, `avx2`, `avx512` or `neon`. An
/// error if `ODDBENCH_KERNELS` asks for one that is not there.
pub fn kernels() -> Result<String, DeviceError> {
    simd::kernels().map_err(|reason| DeviceError {
        backend: Backend::Cpu.name(),
        reason,
        remedy: format!("unset {}, or set it to scalar", simd::KERNELS),
    })
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

    /// Whether this build contains it.
    pub fn compiled_in(self) -> bool {
        match self {
            Self::Cpu => true,
            Self::Ndarray => cfg!(feature = "ndarray"),
            Self::Wgpu => cfg!(feature = "kernels"),
            Self::Cuda => cfg!(feature = "cuda"),
        }
    }

    /// The feature of the build that contains it, if this build does; `None` for the processor, which every build has.
    /// A build with `kernels` has only a part of `wgpu`: the fused kernels without burn.
    pub fn feature(self) -> Option<&'static str> {
        match self {
            Self::Cpu => None,
            Self::Wgpu if self.has_kernels_alone() => Some("kernels"),
            other => other.compiled_in().then_some(other.name()),
        }
    }

    /// Whether this build trains on it by the fused kernels alone, and refuses networks that do not fit them.
    pub fn has_kernels_alone(self) -> bool {
        self == Self::Wgpu && cfg!(all(feature = "kernels", not(feature = "wgpu")))
    }

    /// Opens the device, or says why it can't be had; never falls back to another.
    pub fn open(self) -> Result<Device, DeviceError> {
        match self {
            Self::Cpu => {
                kernels()?;
                Ok(self.processor(None, "cpu"))
            }
            #[cfg(feature = "ndarray")]
            Self::Ndarray => {
                #[expect(deprecated, reason = "kept so that it can be compared with burn-flex")]
                let tensors = TensorDevice::ndarray();
                Ok(self.processor(Some(tensors), "cpu (burn-ndarray)"))
            }
            #[cfg(feature = "wgpu")]
            Self::Wgpu => wgpu::open(),
            #[cfg(all(feature = "kernels", not(feature = "wgpu")))]
            Self::Wgpu => kernels_alone::open(),
            #[cfg(feature = "cuda")]
            Self::Cuda => cuda::open(),
            #[cfg(not(all(feature = "ndarray", feature = "kernels", feature = "cuda")))]
            _ => Err(self.not_compiled_in()),
        }
    }

    /// What the device's allocator holds for tensors now, reserved pages included, in MiB. `None` for
    /// the processor, and for a device that is not there or does not say.
    pub fn device_memory_mb(self) -> Option<f64> {
        match self {
            Self::Cpu | Self::Ndarray => None,
            Self::Wgpu | Self::Cuda => reserved_mb(self.open().ok()?.tensors()?),
        }
    }

    fn processor(self, tensors: Option<TensorDevice>, name: &str) -> Device {
        let (name, hardware) = (name.to_owned(), Hardware::Processor);
        Device {
            backend: self,
            tensors,
            name,
            hardware,
            driver: None,
            seat: None,
            #[cfg(feature = "kernels")]
            kernels: None,
        }
    }

    #[cfg(not(all(feature = "ndarray", feature = "kernels", feature = "cuda")))]
    fn not_compiled_in(self) -> DeviceError {
        let name = self.name();
        let warning = match self {
            Self::Cuda => " (whose build script downloads LLVM from GitHub)",
            _ => "",
        };
        DeviceError {
            backend: name,
            reason: "this build of oddbench does not contain it".into(),
            remedy: format!(
                "build with `cargo build --release --features {name}`{warning}, or use backends = [\"cpu\"]"
            ),
        }
    }
}

/// What to do where wgpu finds nothing.
#[cfg(feature = "kernels")]
const NO_ADAPTER: &str = "install a driver for Vulkan, Metal or DirectX 12 (on Linux the loader too: libvulkan1), \
                          or use backends = [\"cpu\"]";

/// What runs an adapter.
#[cfg(feature = "kernels")]
fn hardware(gpu: &oddbench_kernels::Gpu) -> Hardware {
    if gpu.is_software() { Hardware::SoftwareRenderer } else { Hardware::Gpu }
}

/// What the pools of a device have reserved, in MiB.
#[cfg(any(test, feature = "burn"))]
fn reserved_mb(device: &TensorDevice) -> Option<f64> {
    let usage = device.memory_pool_usage()?;
    Some((usage.bytes_reserved as f64 / (1024.0 * 1024.0) * 10.0).round() / 10.0)
}

#[cfg(not(any(test, feature = "burn")))]
fn reserved_mb(device: &TensorDevice) -> Option<f64> {
    match *device {}
}

impl Device {
    /// Which backend it belongs to.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The device that burn makes tensors on. `None` for the backend `cpu`, which computes without burn, and in a build
    /// that has the fused kernels alone.
    pub fn tensors(&self) -> Option<&TensorDevice> {
        self.tensors.as_ref()
    }

    /// The same device for the fused kernels, if it is a graphics card that wgpu opened.
    #[cfg(feature = "kernels")]
    pub fn kernels(&self) -> Option<&oddbench_kernels::Gpu> {
        self.kernels.as_ref()
    }

    /// The same device for the trial of that seat.
    pub fn at_seat(self, seat: &Seat) -> Self {
        Self { seat: Some(seat.clone()), ..self }
    }

    /// The seat of the trial that uses it; one for this fit alone, if none was given.
    pub(crate) fn seat(&self) -> Seat {
        self.seat.clone().unwrap_or_else(Seat::alone)
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What runs it.
    pub fn hardware(&self) -> Hardware {
        self.hardware
    }

    /// The driver and the programming interface, if it has one.
    pub fn driver(&self) -> Option<&str> {
        self.driver.as_deref()
    }

    /// The memory of the graphics card, or else of the machine, in MiB. `None` if it is unknown.
    pub fn memory_mb(&self) -> Option<u64> {
        match self.hardware {
            Hardware::Gpu => memory::of_nvidia_card(&self.name),
            Hardware::Processor | Hardware::SoftwareRenderer => memory::of_machine(),
        }
    }

    /// The device in words, for the record: a software renderer shows as what it is.
    pub fn describe(&self) -> String {
        let mut text = self.name.clone();
        if self.hardware == Hardware::SoftwareRenderer {
            text.push_str(", a software renderer, not a GPU");
        }
        if let Some(driver) = &self.driver {
            text.push_str(&format!(" ({driver})"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_always_there() {
        let device = Backend::Cpu.open().unwrap();
        assert_eq!((device.backend(), device.describe().as_str()), (Backend::Cpu, "cpu"));
        assert_eq!((device.hardware(), device.driver()), (Hardware::Processor, None));
        assert_eq!(Backend::Cpu.device_memory_mb(), None);
    }

    #[test]
    fn what_is_not_compiled_in_is_refused_with_the_remedy() {
        for backend in Backend::ALL.into_iter().filter(|backend| !backend.compiled_in()) {
            let error = backend.open().unwrap_err();
            assert_eq!(error.reason, "this build of oddbench does not contain it");
            let build = format!("`cargo build --release --features {}`", backend.name());
            assert!(error.remedy.contains(&build), "{error}");
            assert!(error.remedy.contains("backends = [\"cpu\"]"), "{error}");
            assert_eq!(error.remedy.contains("downloads LLVM"), backend == Backend::Cuda);
        }
    }

    #[test]
    fn a_software_renderer_shows_as_what_it_is() {
        let processor = Backend::Cpu.open().unwrap();
        let device = Device {
            name: "llvmpipe".into(),
            hardware: Hardware::SoftwareRenderer,
            driver: Some("Mesa 22, Vulkan".into()),
            ..processor
        };
        let words = "llvmpipe, a software renderer, not a GPU (Mesa 22, Vulkan)";
        assert_eq!(device.describe(), words);
    }
}
