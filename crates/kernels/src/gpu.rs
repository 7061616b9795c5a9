//! The device that kernels run on, with its compiled kernels. [`memory`] has its buffers.

mod memory;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use crate::{Error, Variant};

pub(crate) use memory::Part;

/// Bytes of a dispatch's numbers, rounded up.
const SPAN_BYTES: u64 = 32;

/// What a device allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory that a workgroup shares.
    pub workgroup_bytes: usize,
    /// Invocations of a workgroup.
    pub invocations: usize,
    /// Storage buffers of a kernel.
    pub storage_buffers: usize,
    /// Bytes of one storage buffer.
    pub buffer_bytes: u64,
    /// Workgroups in one direction of a dispatch.
    pub workgroups: usize,
    /// Invocations of a subgroup, if they are always as many and shuffles are there.
    pub subgroup: Option<usize>,
    /// Iterations of all loops of one invocation, if the driver limits them. Mesa's software renderer
    /// ends loops silently after 65,535 iterations.
    pub iterations: Option<usize>,
}

impl Limits {
    /// What an NVIDIA H200 allows: counts and tests of plans need no device.
    pub const H200: Self = Self {
        workgroup_bytes: 49_152,
        invocations: 1024,
        storage_buffers: 8,
        buffer_bytes: 1 << 31,
        workgroups: 65_535,
        subgroup: Some(32),
        iterations: None,
    };
}

/// A device with its queue and the kernels that were compiled for it. Clones share all of it.
#[derive(Debug, Clone)]
pub struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    limits: Limits,
    name: String,
    driver: String,
    software: bool,
    compiled: Arc<Mutex<HashMap<String, wgpu::ComputePipeline>>>,
    /// Held while a trained network scores rows.
    scores: Arc<Mutex<()>>,
    /// Why the device was lost, once it is.
    lost: Arc<OnceLock<String>>,
}

/// A kernel that is ready to run.
pub(crate) struct Compiled {
    pub(crate) pipeline: wgpu::ComputePipeline,
    /// How long the driver took; 0 for a kernel that was compiled before.
    pub(crate) seconds: f64,
}

impl Gpu {
    /// The adapter that wgpu prefers, opened for these kernels alone.
    pub fn open() -> Result<Self, Error> {
        let backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = backends;
        let instance = wgpu::Instance::new(descriptor);
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter = pollster::block_on(instance.request_adapter(&options))
            .map_err(|error| Error::NoAdapter(error.to_string()))?;
        let request = adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("oddbench"),
            required_features: adapter.features() & wgpu::Features::SUBGROUP,
            required_limits: adapter.limits(),
            ..Default::default()
        });
        let (device, queue) =
            pollster::block_on(request).map_err(|error| Error::NoAdapter(error.to_string()))?;
        let gpu = Self::from_parts(&adapter, device, queue);
        let lost = Arc::clone(&gpu.lost);
        gpu.device.set_device_lost_callback(move |_, reason| {
            // The first reason counts.
            let _ = lost.set(reason);
        });
        Ok(gpu)
    }

    /// A device that someone else opened, such as burn's. Kernels and burn's tensors then share it. It tells its
    /// opener when it is lost.
    pub fn from_parts(adapter: &wgpu::Adapter, device: wgpu::Device, queue: wgpu::Queue) -> Self {
        let info = adapter.get_info();
        let given = device.limits();
        let fixed = info.subgroup_min_size == info.subgroup_max_size;
        let shuffles = device.features().contains(wgpu::Features::SUBGROUP);
        let software = info.device_type == wgpu::DeviceType::Cpu;
        let limits = Limits {
            workgroup_bytes: given.max_compute_workgroup_storage_size as usize,
            invocations: given
                .max_compute_invocations_per_workgroup
                .min(given.max_compute_workgroup_size_x) as usize,
            storage_buffers: given.max_storage_buffers_per_shader_stage as usize,
            buffer_bytes: given.max_storage_buffer_binding_size.min(given.max_buffer_size),
            workgroups: given.max_compute_workgroups_per_dimension as usize,
            subgroup: (fixed && shuffles).then_some(info.subgroup_min_size as usize),
            iterations: software.then_some(60_000),
        };
        let api = format!("{:?} through wgpu", info.backend);
        let driver = [info.driver, info.driver_info, api];
        let driver: Vec<String> = driver.into_iter().filter(|part| !part.is_empty()).collect();
        let (name, driver) = (info.name, driver.join(", "));
        let (compiled, scores, lost) = Default::default();
        Self { device, queue, limits, name, driver, software, compiled, scores, lost }
    }

    /// What the device allows.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The adapter's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The driver and the programming interface.
    pub fn driver(&self) -> &str {
        &self.driver
    }

    /// Whether it is the processor in the guise of a graphics card.
    pub fn is_software(&self) -> bool {
        self.software
    }

    /// The faster variant that the device can run.
    pub fn variant(&self) -> Variant {
        match self.limits.subgroup {
            Some(size) if size >= 4 && size.is_power_of_two() => Variant::Subgroup,
            _ => Variant::Portable,
        }
    }

    /// Held while a trained network scores rows.
    pub(crate) fn scores(&self) -> &Mutex<()> {
        &self.scores
    }

    /// Compiles the only kernel of a text, or returns it if it was compiled before.
    pub(crate) fn compile(&self, text: String) -> Result<Compiled, Error> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pipeline) = compiled.get(&text) {
            return Ok(Compiled { pipeline: pipeline.clone(), seconds: 0.0 });
        }
        let started = Instant::now();
        let pipeline = self.checked(|device| {
            let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: None,
                source: wgpu::ShaderSource::Wgsl(text.as_str().into()),
            });
            device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: None,
                layout: None,
                module: &module,
                entry_point: None,
                // Every kernel writes its workgroup memory before it reads it.
                compilation_options: wgpu::PipelineCompilationOptions {
                    zero_initialize_workgroup_memory: false,
                    ..Default::default()
                },
                cache: None,
            })
        })?;
        let seconds = started.elapsed().as_secs_f64();
        compiled.insert(text, pipeline.clone());
        Ok(Compiled { pipeline, seconds })
    }

    /// Runs `make` and returns the device's errors instead of passing them to its handler.
    pub(crate) fn checked<T>(&self, make: impl FnOnce(&wgpu::Device) -> T) -> Result<T, Error> {
        let memory = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let validation = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let made = make(&self.device);
        // A lost device makes things that are not there, and calls that no error.
        if let Some(reason) = self.lost.get() {
            return Err(Error::Lost(reason.clone()));
        }
        if let Some(error) = pollster::block_on(validation.pop()) {
            return Err(Error::Refused(described(&error)));
        }
        match pollster::block_on(memory.pop()) {
            Some(error) => Err(Error::OutOfMemory(described(&error))),
            None => Ok(made),
        }
    }

    /// The buffers as the kernel's bindings, numbered as given.
    pub(crate) fn bind(
        &self,
        pipeline: &wgpu::ComputePipeline,
        buffers: &[(u32, &wgpu::Buffer)],
    ) -> Result<wgpu::BindGroup, Error> {
        let bound = buffers.iter().map(|(at, buffer)| (*at, buffer.as_entire_binding()));
        self.bind_each(pipeline, bound)
    }

    /// The same with the numbers of a dispatch, from that byte of a buffer on, as binding 0.
    pub(crate) fn bind_with(
        &self,
        pipeline: &wgpu::ComputePipeline,
        (span, at): (&wgpu::Buffer, usize),
        buffers: &[(u32, &wgpu::Buffer)],
    ) -> Result<wgpu::BindGroup, Error> {
        let size = std::num::NonZeroU64::new(SPAN_BYTES);
        let span = wgpu::BufferBinding { buffer: span, offset: at as u64, size };
        let bound = buffers.iter().map(|(at, buffer)| (*at, buffer.as_entire_binding()));
        self.bind_each(pipeline, bound.chain([(0, wgpu::BindingResource::Buffer(span))]))
    }

    fn bind_each<'b>(
        &self,
        pipeline: &wgpu::ComputePipeline,
        bound: impl Iterator<Item = (u32, wgpu::BindingResource<'b>)>,
    ) -> Result<wgpu::BindGroup, Error> {
        let entries: Vec<_> =
            bound.map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource }).collect();
        self.checked(|device| {
            device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: None,
                layout: &pipeline.get_bind_group_layout(0),
                entries: &entries,
            })
        })
    }

    /// Begins to run a kernel on `[x, y]` workgroups. Whoever reads a buffer waits for it.
    pub(crate) fn dispatch(
        &self,
        pipeline: &wgpu::ComputePipeline,
        bindings: &wgpu::BindGroup,
        groups: [usize; 2],
    ) -> Result<(), Error> {
        self.dispatch_all(&[(pipeline, bindings.clone(), groups)])
    }

    /// The same for several kernels, each of which sees what those before it have written.
    pub(crate) fn dispatch_all(
        &self,
        dispatches: &[(&wgpu::ComputePipeline, wgpu::BindGroup, [usize; 2])],
    ) -> Result<(), Error> {
        self.checked(|device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            let mut pass = encoder.begin_compute_pass(&Default::default());
            for (pipeline, bindings, [x, y]) in dispatches {
                pass.set_pipeline(pipeline);
                pass.set_bind_group(0, bindings, &[]);
                pass.dispatch_workgroups(*x as u32, *y as u32, 1);
            }
            drop(pass);
            self.queue.submit([encoder.finish()]);
        })
    }

    /// Waits until the device has done all that was submitted.
    pub(crate) fn wait(&self) -> Result<(), Error> {
        let poll = || self.device.poll(wgpu::PollType::wait_indefinitely());
        // wgpu panics where it finds that the device is lost.
        match catch_unwind(AssertUnwindSafe(poll)) {
            Ok(waited) => waited.map(|_| ()).map_err(|error| Error::Lost(error.to_string())),
            Err(_) => {
                let reason = self.lost.get_or_init(|| "it does not answer".into());
                Err(Error::Lost(reason.clone()))
            }
        }
    }
}

/// The error with its causes: the first line alone says only of what kind it is.
fn described(error: &wgpu::Error) -> String {
    match error {
        wgpu::Error::Validation { description, .. } | wgpu::Error::Internal { description, .. } => {
            description.clone()
        }
        wgpu::Error::OutOfMemory { .. } => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_lost_device_is_an_error_of_its_own() {
        let gpu = match Gpu::open() {
            Ok(gpu) => gpu,
            Err(Error::NoAdapter(_)) => {
                // Not `eprintln`, which the test harness would swallow.
                let _ = writeln!(std::io::stderr(), "NOT RUN: no Vulkan/Metal/DX12 adapter");
                return;
            }
            Err(error) => panic!("{error}"),
        };
        let buffer = gpu.upload(&[1.0_f32]).unwrap();
        assert_eq!(gpu.read(&buffer, 1).unwrap(), [1.0]);
        gpu.device.destroy();
        // Whoever waits learns it, and so does everybody after.
        let _ = gpu.wait();
        assert!(matches!(gpu.read(&buffer, 1), Err(Error::Lost(_))));
        assert!(matches!(gpu.upload(&[1.0_f32]), Err(Error::Lost(_))));
    }
}
