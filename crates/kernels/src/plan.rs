//! How a network is laid out on a device: invocations, and which arrays lie in workgroup memory.

use crate::{Error, Limits, Network};

/// How values are summed over the rows of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// By shuffles within subgroups.
    Subgroup,
    /// Through workgroup memory; every device can do this.
    Portable,
}

/// Where an array lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the memory that a workgroup shares.
    Workgroup,
    /// In the device's memory.
    Device,
}

/// Above this many parameters the unrolled text of dense layers grows too long for drivers.
const MOST_UNROLLED: usize = 4096;

/// Above this many units the sums of a unit's gradient fill an invocation's registers.
const MOST_UNITS: usize = 24;

/// Most rows that one workgroup computes at the same time.
const MOST_ROWS: usize = 256;

/// A batch of fewer chunks of rows than this is computed by one workgroup.
const FEW_CHUNKS: usize = 8;

/// Most workgroups that share a batch.
const MOST_GROUPS: usize = 128;

/// If several workgroups share a batch, one model's sums and tapes have at most so many bytes. Hundreds of models may train
/// at once.
const MOST_SHARED: usize = 16 << 20;

/// Most moments that an invocation keeps in registers, for each of Adam's two.
const MOST_IN_REGISTERS: usize = 12;

/// Bytes of a value.
const FLOAT: usize = 4;

/// The layout of one kernel.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// How values are summed over rows.
    pub variant: Variant,
    /// Invocations of a workgroup: the rows that are computed at the same time.
    pub rows: usize,
    /// How many values are summed over how many rows at once: a square of this width.
    pub width: usize,
    /// Invocations of a subgroup, in the subgroup variant.
    pub subgroup: usize,
    /// Rows of a whole batch.
    pub batch: usize,
    /// Workgroups that share a batch. It depends on the batch and the device alone, not on the number of models.
    pub groups: usize,
    /// Length of the parameter vector.
    pub n_params: usize,
    /// Where the parameters lie.
    pub params: Place,
    /// Where the sums over rows lie: one per parameter and part of the workgroup, and the loss.
    pub sums: Place,
    /// Iterations of inner loops for one chunk of rows.
    iterations: usize,
    adds_twice: bool,
    /// Optimiser steps of a step.
    moves: usize,
    /// Values that each row keeps in the device's memory for the way back.
    tape: usize,
    /// Whether the gradient's norm is computed.
    clips: bool,
}

impl Plan {
    /// For batches of up to `batch` rows on a device with these limits.
    pub fn new(
        network: &Network,
        batch: usize,
        limits: &Limits,
        variant: Variant,
    ) -> Result<Self, Error> {
        refuse(network, batch, limits)?;
        let n_params = network.n_params();
        let (width, subgroup) = widths(limits, variant)?;
        let unit = width.max(subgroup);
        let rows_beside = |params: usize| {
            rows(batch, unit, params, limits, |rows| {
                stage_bytes(variant, width, rows) + norm_bytes(network.clips(), rows)
            })
        };
        // A network that is not unrolled may be large; then the parameters stay in the device's memory.
        let (params, rows) = match rows_beside(FLOAT * n_params) {
            Err(_) if !network.unrolled() => (Place::Device, rows_beside(0)?),
            found => (Place::Workgroup, found?),
        };
        let mut plan = Self {
            variant,
            rows,
            width,
            subgroup,
            batch,
            groups: 1,
            n_params,
            params,
            sums: Place::Device,
            iterations: network.iterations(),
            adds_twice: network.adds_twice(),
            moves: network.moves().len(),
            tape: network.tape(false),
            clips: network.clips(),
        };
        plan.place(limits);
        plan.share(limits);
        match limits.iterations {
            Some(most) if plan.iterations_per_step() > most => Err(Error::unsuitable(format!(
                "a step loops {} times, and the device's driver ends loops after {most}",
                plan.iterations_per_step()
            ))),
            _ => Ok(plan),
        }
    }

    /// Puts the sums into workgroup memory if there is room beside the parameters.
    fn place(&mut self, limits: &Limits) {
        let sums = FLOAT * self.parts() * self.slots();
        if self.workgroup_bytes() + sums <= limits.workgroup_bytes {
            self.sums = Place::Workgroup;
        }
    }

    /// Gives a large batch to several workgroups, as far as their sums and tapes have room.
    fn share(&mut self, limits: &Limits) {
        let chunks = self.batch.div_ceil(self.rows);
        let most = usize::try_from(limits.buffer_bytes).unwrap_or(MOST_SHARED).min(MOST_SHARED);
        let room = most / (FLOAT * self.scratch().max(self.slots()));
        let groups = chunks.min(MOST_GROUPS).min(room);
        if chunks >= FEW_CHUNKS && groups > 1 {
            self.groups = groups;
        }
    }

    /// Whether several workgroups share a batch.
    pub fn is_shared(&self) -> bool {
        self.groups > 1
    }

    /// Sums that one part of the workgroup leaves: one per parameter, and the loss.
    pub fn slots(&self) -> usize {
        self.n_params + 1
    }

    /// Parameters that one invocation moves.
    pub fn params_per_invocation(&self) -> usize {
        self.n_params.div_ceil(self.rows)
    }

    /// Whether Adam's moments stay in registers for a whole dispatch.
    pub fn moments_in_registers(&self) -> bool {
        !self.is_shared() && self.params_per_invocation() <= MOST_IN_REGISTERS
    }

    /// How many parts of the workgroup sum on their own.
    pub fn parts(&self) -> usize {
        self.rows / self.width
    }

    /// Whether a batch is computed in several chunks of rows.
    pub fn chunked(&self) -> bool {
        self.batch > self.rows
    }

    /// Whether a sum may be kept in several parts.
    pub(crate) fn accumulates(&self) -> bool {
        self.chunked() || self.adds_twice
    }

    /// Whether the workgroup shares values through the device's memory.
    pub(crate) fn shares_device_memory(&self) -> bool {
        self.params == Place::Device || self.sums == Place::Device
    }

    /// Loop iterations of one invocation in a step.
    pub fn iterations_per_step(&self) -> usize {
        let sums = self.parts().max(self.groups) + 1;
        let adam = self.moves * (self.params_per_invocation() + 1) * sums;
        1 + adam + self.chunks() * (self.moves + self.iterations)
    }

    /// Chunks of rows that a workgroup computes one after the other.
    pub(crate) fn chunks(&self) -> usize {
        self.batch.div_ceil(self.rows * self.groups)
    }

    /// Values that the workgroups of a model leave for each other; none if it has one workgroup.
    pub(crate) fn partials(&self) -> usize {
        if self.is_shared() { self.groups * self.slots() } else { 0 }
    }

    /// Values of device memory that each workgroup needs beside its model's parameters: sums, then tapes.
    pub fn scratch(&self) -> usize {
        self.scratch_of_sums() + self.tape * self.rows
    }

    /// Those of them that are sums.
    pub(crate) fn scratch_of_sums(&self) -> usize {
        match self.sums {
            Place::Workgroup => 0,
            Place::Device => self.parts() * self.slots(),
        }
    }

    /// Bytes of workgroup memory.
    pub fn workgroup_bytes(&self) -> usize {
        let params = if self.params == Place::Workgroup { self.n_params } else { 0 };
        let sums = if self.sums == Place::Workgroup { self.parts() * self.slots() } else { 0 };
        FLOAT * (params + sums) + self.stage_bytes()
    }

    fn stage_bytes(&self) -> usize {
        stage_bytes(self.variant, self.width, self.rows) + norm_bytes(self.clips, self.rows)
    }
}

/// Refuses networks and devices that no layout helps.
fn refuse(network: &Network, batch: usize, limits: &Limits) -> Result<(), Error> {
    network.check()?;
    let n_params = network.n_params();
    if network.unrolled() && n_params > MOST_UNROLLED {
        return Err(Error::unsuitable(format!(
            "the network has {n_params} parameters, and at most {MOST_UNROLLED} are unrolled"
        )));
    }
    if matches!(network, Network::Seq2Seq(net) if net.units > MOST_UNITS) {
        return Err(Error::unsuitable(format!("more than {MOST_UNITS} units of a direction")));
    }
    if batch == 0 {
        return Err(Error::BadInput("a batch needs at least one row".into()));
    }
    if limits.storage_buffers < 8 {
        return Err(Error::unsuitable(format!(
            "the device binds {} storage buffers, and the kernels need 8",
            limits.storage_buffers
        )));
    }
    Ok(())
}

/// The portable variant's stage: a line of rows for each value, one longer so that columns lie in
/// different banks.
fn stage_bytes(variant: Variant, width: usize, rows: usize) -> usize {
    match variant {
        Variant::Subgroup => 0,
        Variant::Portable => FLOAT * width * (rows + 1),
    }
}

/// The squares of the gradient, added up by each invocation.
fn norm_bytes(clips: bool, rows: usize) -> usize {
    if clips { FLOAT * rows } else { 0 }
}

/// The width of a square of sums, and the size of a subgroup.
fn widths(limits: &Limits, variant: Variant) -> Result<(usize, usize), Error> {
    match variant {
        Variant::Portable => Ok((32, 32)),
        Variant::Subgroup => match limits.subgroup {
            Some(size) if size >= 4 && size.is_power_of_two() => Ok((size.min(32), size)),
            Some(size) => Err(Error::unsuitable(format!("subgroups of {size} invocations"))),
            None => Err(Error::unsuitable("the device has no subgroups of one fixed size")),
        },
    }
}

/// As many rows as the batch has, rounded up to whole squares, as far as the device allows beside the
/// bytes of the parameters. `bytes` says what a number of rows needs.
fn rows(
    batch: usize,
    unit: usize,
    params: usize,
    limits: &Limits,
    bytes: impl Fn(usize) -> usize,
) -> Result<usize, Error> {
    let wanted = batch.next_multiple_of(unit).min(MOST_ROWS.next_multiple_of(unit));
    let least = params + bytes(unit);
    if unit > limits.invocations || least > limits.workgroup_bytes {
        return Err(Error::unsuitable(format!(
            "the smallest workgroup has {unit} invocations and {least} bytes of workgroup memory, and \
             the device allows {} and {}",
            limits.invocations, limits.workgroup_bytes
        )));
    }
    let fits = |rows: &usize| {
        rows.is_multiple_of(unit)
            && *rows <= limits.invocations
            && params + bytes(*rows) <= limits.workgroup_bytes
    };
    Ok((unit..=wanted).rev().find(fits).unwrap_or(unit))
}
