//! Buffers on the device: made, filled, copied and read.

use std::num::NonZeroU64;

use super::Gpu;
use crate::Error;

/// Values of a buffer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'b> {
    /// The buffer.
    pub buffer: &'b wgpu::Buffer,
    /// The number of the first value.
    pub begin: usize,
    /// How many values.
    pub values: usize,
}

impl Gpu {
    /// A buffer of at least one value, filled with `values`.
    pub(crate) fn upload<T: bytemuck::NoUninit>(
        &self,
        values: &[T],
    ) -> Result<wgpu::Buffer, Error> {
        self.upload_parts(&[values])
    }

    /// The same with the parts, one behind the other. They are copied straight to where the device reads them: those of
    /// hundreds of models take longer to copy than to train on.
    pub(crate) fn upload_parts<T: bytemuck::NoUninit>(
        &self,
        parts: &[&[T]],
    ) -> Result<wgpu::Buffer, Error> {
        let bytes = parts.iter().map(|part| size_of_val(*part)).sum();
        // Made first and then filled: wgpu panics where a buffer that is made full finds no memory.
        let buffer = self.buffer(bytes, wgpu::BufferUsages::UNIFORM)?;
        let Some(size) = NonZeroU64::new(bytes as u64) else { return Ok(buffer) };
        let written = self.checked(|_| {
            let mut view = self.queue.write_buffer_with(&buffer, 0, size)?;
            let mut at = 0;
            for part in parts {
                let bytes: &[u8] = bytemuck::cast_slice(part);
                view.slice(at..at + bytes.len()).copy_from_slice(bytes);
                at += bytes.len();
            }
            Some(())
        })?;
        written.ok_or_else(|| Error::OutOfMemory(format!("{bytes} bytes to be sent")))?;
        Ok(buffer)
    }

    /// A buffer of that many 32-bit values, at least one.
    pub(crate) fn room(&self, values: usize) -> Result<wgpu::Buffer, Error> {
        self.buffer(4 * values, wgpu::BufferUsages::empty())
    }

    fn buffer(&self, bytes: usize, usage: wgpu::BufferUsages) -> Result<wgpu::Buffer, Error> {
        let size = bytes.max(16) as u64;
        self.check_size(size)?;
        self.checked(|device| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size,
                usage: usage
                    | wgpu::BufferUsages::STORAGE
                    | wgpu::BufferUsages::COPY_DST
                    | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            })
        })
    }

    fn check_size(&self, bytes: u64) -> Result<(), Error> {
        let most = self.limits.buffer_bytes;
        if bytes <= most {
            return Ok(());
        }
        Err(Error::OutOfMemory(format!("a buffer of {bytes} bytes, and the device allows {most}")))
    }

    /// Overwrites values of a buffer from that number on, in the order of submissions.
    pub(crate) fn write(
        &self,
        buffer: &wgpu::Buffer,
        at: usize,
        values: &[f32],
    ) -> Result<(), Error> {
        if values.is_empty() {
            return Ok(());
        }
        let bytes = bytemuck::cast_slice(values);
        self.checked(|_| self.queue.write_buffer(buffer, 4 * at as u64, bytes))
    }

    /// A smaller buffer with some of the parts of a buffer, each of which has that many values.
    pub(crate) fn kept(
        &self,
        buffer: &wgpu::Buffer,
        values: usize,
        parts: &[usize],
    ) -> Result<wgpu::Buffer, Error> {
        let kept = self.room(values * parts.len())?;
        let parts = parts.iter().map(|part| Part { buffer, begin: part * values, values });
        self.copy_parts(parts, &kept)?;
        Ok(kept)
    }

    /// Copies the parts, one behind the other.
    fn copy_parts<'b>(
        &self,
        parts: impl Iterator<Item = Part<'b>>,
        to: &wgpu::Buffer,
    ) -> Result<(), Error> {
        self.checked(|device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            let mut target = 0;
            for Part { buffer, begin, values } in parts {
                let size = 4 * values as u64;
                encoder.copy_buffer_to_buffer(buffer, 4 * begin as u64, to, target, size);
                target += size;
            }
            self.queue.submit([encoder.finish()]);
        })
    }

    /// The first `values` values of a buffer.
    pub(crate) fn read(&self, buffer: &wgpu::Buffer, values: usize) -> Result<Vec<f32>, Error> {
        self.read_parts(&[Part { buffer, begin: 0, values }])
    }

    /// The values of the parts, one behind the other. It waits for all that was submitted before.
    pub(crate) fn read_parts(&self, parts: &[Part<'_>]) -> Result<Vec<f32>, Error> {
        let length: usize = parts.iter().map(|part| part.values).sum();
        if length == 0 {
            return Ok(Vec::new());
        }
        let copy = self.checked(|device| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: 4 * length as u64,
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        })?;
        self.copy_parts(parts.iter().copied(), &copy)?;
        let (send, receive) = std::sync::mpsc::channel();
        self.checked(|_| {
            copy.map_async(wgpu::MapMode::Read, .., move |mapped| {
                // The receiver waits below; it is gone only if waiting failed.
                let _ = send.send(mapped);
            });
        })?;
        self.wait()?;
        let lost = |reason: String| Error::Lost(reason);
        let mapped = receive.recv().map_err(|error| lost(error.to_string()))?;
        mapped.map_err(|error| lost(error.to_string()))?;
        let view = copy.get_mapped_range(..).map_err(|error| lost(error.to_string()))?;
        Ok(bytemuck::pod_collect_to_vec(&view))
    }
}
