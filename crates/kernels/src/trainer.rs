//! Models in training on the device.

mod chain;
mod sent;

use std::time::Instant;

use crate::gpu::Part;
use crate::spans::Spans;
use crate::wgsl::kernel::numbers_per_step;
use crate::{Error, Gpu, Network, Plan, Rows, wgsl};
pub use chain::{EpochLosses, ErrorSum};
use sent::{SPAN, Sent, numbers, spans};

/// The optimiser's settings of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    /// Step size, above 0.
    pub learning_rate: f64,
    /// Decay of the first moment, in [0, 1).
    pub beta_1: f64,
    /// Decay of the second moment, in [0, 1).
    pub beta_2: f64,
    /// Added to the bias-corrected root of the second moment, above 0.
    pub epsilon: f64,
}

/// Numbers of a model that only some networks read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factors {
    /// The BiGAN's step size of the discriminator.
    pub discriminator_rate: f64,
    /// A value that a dropout keeps is multiplied by this: 1 over the share that is kept.
    pub kept: f32,
    /// The BiGAN's weight of the reconstruction in the loss.
    pub cycle_weight: f32,
    /// The sequence network's largest norm of a gradient, if it shortens longer ones.
    pub gradient_clip: f32,
}

impl Default for Factors {
    fn default() -> Self {
        Self { discriminator_rate: 0.0, kept: 1.0, cycle_weight: 0.0, gradient_clip: 1.0 }
    }
}

/// A model before its first step.
#[derive(Debug, Clone)]
pub struct Start {
    /// The initial parameters, flat.
    pub parameters: Vec<f32>,
    /// The optimiser.
    pub adam: Adam,
    /// Further numbers.
    pub factors: Factors,
}

/// What a model needs for an epoch.
#[derive(Debug, Clone, Copy)]
pub struct EpochInput<'a> {
    /// Row numbers; their chunks are the batches. All models of a trainer have orders of one length.
    pub order: &'a [u32],
    /// [`Network::draws_per_row`] words for each place of the order. Noise is the bits of `f32`.
    pub draws: &'a [u32],
    /// The factor of the loss's second part in this epoch, if the loss has one.
    pub loss_weight: f32,
}

/// Bytes of order, draws and numbers that go to the device for one dispatch at most.
const MOST_BYTES: usize = 64 << 20;

/// Steps that have begun.
pub(crate) struct Begun {
    /// Their losses, `[model][step]`.
    pub losses: wgpu::Buffer,
    /// How many steps of each model.
    pub steps: usize,
}

/// Models that share a network's shape, training rows and the size of batches, and that are trained
/// together. Each has its own parameters, optimiser, order and draws.
pub struct Trainer {
    gpu: Gpu,
    network: Network,
    plan: Plan,
    /// The kernel; of a batch that workgroups share, two for each move.
    pipelines: Vec<wgpu::ComputePipeline>,
    compile_seconds: f64,
    optimisers: Vec<(Adam, Factors)>,
    /// Moves of the optimisers.
    moves_done: i32,
    spans: Spans,
    /// When the first step began since the host last waited for the device, and how many steps there are.
    unmeasured: Option<(Instant, usize)>,
    rows: Rows,
    state: wgpu::Buffer,
    scratch: wgpu::Buffer,
    partials: wgpu::Buffer,
}

impl Trainer {
    /// Before the first step. `rows` are the training rows.
    pub fn new(
        gpu: &Gpu,
        network: &Network,
        plan: Plan,
        rows: &Rows,
        models: &[Start],
    ) -> Result<Self, Error> {
        let n_params = network.n_params();
        rows.check(network)?;
        if models.is_empty() || models.len() > gpu.limits().workgroups {
            let most = gpu.limits().workgroups;
            return Err(Error::unsuitable(format!(
                "{} models at once, and the device takes 1 to {most}",
                models.len()
            )));
        }
        let mut state = vec![0.0; 3 * n_params * models.len()];
        for (model, state) in models.iter().zip(state.chunks_mut(3 * n_params)) {
            Error::check_length("a parameter vector", model.parameters.len(), n_params)?;
            state[..n_params].copy_from_slice(&model.parameters);
        }
        let (pipelines, compile_seconds) = compiled(gpu, network, &plan)?;
        Ok(Self {
            rows: rows.clone(),
            state: gpu.upload(&state)?,
            scratch: gpu.room(plan.scratch() * plan.groups * models.len())?,
            partials: gpu.room(plan.partials() * models.len())?,
            gpu: gpu.clone(),
            network: network.clone(),
            pipelines,
            compile_seconds,
            optimisers: models.iter().map(|model| (model.adam, model.factors)).collect(),
            moves_done: 0,
            spans: Spans::new(most_steps(gpu, network, &plan, models.len())),
            unmeasured: None,
            plan,
        })
    }

    /// How many models one trainer can hold on that device: more need a buffer that is too large.
    pub fn most_models(gpu: &Gpu, network: &Network, plan: &Plan) -> usize {
        let words = words_per_step(network, plan);
        let scratch = plan.scratch() * plan.groups;
        let largest = [3 * plan.n_params, scratch, plan.partials(), words];
        let values = largest.into_iter().fold(1, usize::max) as u64;
        let by_size = gpu.limits().buffer_bytes / (4 * values);
        usize::try_from(by_size).unwrap_or(usize::MAX).min(gpu.limits().workgroups)
    }

    /// How many models train together.
    pub fn models(&self) -> usize {
        self.optimisers.len()
    }

    /// How long the driver took to compile the kernel; 0 if it was compiled before.
    pub fn compile_seconds(&self) -> f64 {
        self.compile_seconds
    }

    /// The layout of the kernel.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(crate) fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    pub(crate) fn state(&self) -> &wgpu::Buffer {
        &self.state
    }

    /// The training rows.
    pub(crate) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Goes on with these models alone, named by their present numbers in ascending order. They are
    /// numbered from 0 again.
    pub fn keep(&mut self, models: &[usize]) -> Result<(), Error> {
        let ascending = models.is_sorted_by(|a, b| a < b);
        if !ascending || models.last().is_none_or(|last| *last >= self.models()) {
            let all = self.models();
            let reason = format!("of {all} models some must be kept, in order, and not {models:?}");
            return Err(Error::BadInput(reason));
        }
        self.state = self.gpu.kept(&self.state, 3 * self.plan.n_params, models)?;
        self.optimisers = models.iter().map(|model| self.optimisers[*model]).collect();
        let most = most_steps(&self.gpu, &self.network, &self.plan, models.len());
        self.spans.allow(most);
        Ok(())
    }

    /// Trains every model on its order, one step per batch. Returns for each model and batch the loss
    /// before the step: the sum over the rows of squared errors, plus the weighted divergence; of the
    /// BiGAN the sum of its moves' mean losses, of the sequence network the mean squared error.
    pub fn epoch(&mut self, inputs: &[EpochInput<'_>]) -> Result<Vec<Vec<f32>>, Error> {
        let passed = self.epochs(&[inputs.to_vec()], &mut [])?;
        Ok(passed.into_iter().flat_map(|passed| passed.losses).collect())
    }

    /// How many epochs of that many places may run without waiting for the device between them: as many as one
    /// dispatch may have steps, by the time that steps have taken.
    pub fn epochs_at_once(&self, places: usize) -> usize {
        (self.spans.next() / places.div_ceil(self.plan.batch).max(1)).max(1)
    }

    /// Begins to train an epoch. Between the dispatches of a long one it waits.
    pub(crate) fn begin(&mut self, inputs: &[EpochInput<'_>]) -> Result<Vec<Begun>, Error> {
        self.check(inputs)?;
        let places = inputs.first().map_or(0, |input| input.order.len());
        let all = places.div_ceil(self.plan.batch);
        let (mut begun, mut first) = (Vec::new(), 0);
        while first < all {
            let steps = self.spans.next().min(all - first);
            // While the device works on the steps before.
            let sent = self.send(inputs, first, steps)?;
            if first > 0 {
                self.gpu.wait()?;
                self.has_waited();
            }
            self.unmeasured.get_or_insert_with(|| (Instant::now(), 0)).1 += steps;
            begun.push(Begun { losses: self.dispatch(&sent, steps)?, steps });
            first += steps;
        }
        Ok(begun)
    }

    /// Learns how long the steps took that have begun since the device was last waited for.
    pub(crate) fn has_waited(&mut self) {
        if let Some((since, steps)) = self.unmeasured.take() {
            self.spans.measured(steps, since.elapsed());
        }
    }

    fn check(&self, inputs: &[EpochInput<'_>]) -> Result<(), Error> {
        Error::check_length("the list of models", inputs.len(), self.models())?;
        let places = inputs.first().map_or(0, |input| input.order.len());
        for input in inputs {
            Error::check_length("an order", input.order.len(), places)?;
            let draws = places * self.network.draws_per_row();
            Error::check_length("an epoch's draws", input.draws.len(), draws)?;
            if input.order.iter().any(|row| *row as usize >= self.rows.n_rows()) {
                return Err(Error::BadInput("an order names a row that is not there".into()));
            }
        }
        Ok(())
    }

    /// Sends what `count` steps need from step `first` of the epoch on.
    fn send(
        &mut self,
        inputs: &[EpochInput<'_>],
        first: usize,
        count: usize,
    ) -> Result<Sent, Error> {
        let batch = self.plan.batch;
        let begin = first * batch;
        let end = inputs[0].order.len().min((first + count) * batch);
        let words = self.network.draws_per_row();
        let batches: Vec<[u32; 2]> = (0..count)
            .map(|step| [step * batch, batch.min(end - begin - step * batch)].map(|v| v as u32))
            .collect();
        let order: Vec<&[u32]> = inputs.iter().map(|input| &input.order[begin..end]).collect();
        let drawn = begin * words..end * words;
        let draws: Vec<&[u32]> = inputs.iter().map(|input| &input.draws[drawn.clone()]).collect();
        let models = self.optimisers.iter().zip(inputs);
        let numbers = numbers(&self.network, models, (self.moves_done, count));
        let sizes = [count, end - begin, (end - begin) * words, numbers.len() / inputs.len()];
        self.moves_done += (count * self.network.moves().len()) as i32;
        Ok(Sent {
            spans: self.gpu.upload(&spans(sizes, if self.plan.is_shared() { count } else { 1 }))?,
            order: self.gpu.upload_parts(&order)?,
            batches: self.gpu.upload(&batches)?,
            numbers: self.gpu.upload(&numbers)?,
            draws: self.gpu.upload_parts(&draws)?,
        })
    }

    /// Begins the `count` steps of what was sent; the losses `[model][step]`.
    fn dispatch(&self, sent: &Sent, count: usize) -> Result<wgpu::Buffer, Error> {
        let losses = self.gpu.room(count * self.models())?;
        match self.plan.is_shared() {
            true => self.dispatch_shared(sent, &losses, count)?,
            false => {
                let bindings = self.bindings(sent, 0, &self.pipelines[0], Some(&losses))?;
                self.gpu.dispatch(&self.pipelines[0], &bindings, [self.models(), 1])?;
            }
        }
        Ok(losses)
    }

    /// Bindings of a training kernel, or of one that leaves partial sums: that has no `losses`.
    fn bindings(
        &self,
        sent: &Sent,
        step: usize,
        pipeline: &wgpu::ComputePipeline,
        losses: Option<&wgpu::Buffer>,
    ) -> Result<wgpu::BindGroup, Error> {
        let Sent { spans, order, batches, numbers, draws } = sent;
        let mut buffers = vec![(1, self.rows.buffer()), (2, order), (3, batches), (5, &self.state)];
        // A kernel has no binding of what it does not read.
        if losses.is_some() || self.network.has_numbers() {
            buffers.push((4, numbers));
        }
        buffers.push(losses.map_or((9, &self.partials), |losses| (6, losses)));
        if self.network.draws_per_row() > 0 {
            buffers.push((7, draws));
        }
        if self.plan.scratch() > 0 {
            buffers.push((8, &self.scratch));
        }
        self.gpu.bind_with(pipeline, (spans, SPAN * step), &buffers)
    }

    /// Two dispatches for each move of each step, submitted at once.
    fn dispatch_shared(
        &self,
        sent: &Sent,
        losses: &wgpu::Buffer,
        count: usize,
    ) -> Result<(), Error> {
        let mut dispatches = Vec::with_capacity(2 * count);
        for step in 0..count {
            for kernels in self.pipelines.chunks_exact(2) {
                let [adding, moving] = [&kernels[0], &kernels[1]];
                let bindings = self.bindings(sent, step, adding, None)?;
                dispatches.push((adding, bindings, [self.models(), self.plan.groups]));
                let buffers =
                    [(4, &sent.numbers), (5, &self.state), (6, losses), (9, &self.partials)];
                let bindings = self.gpu.bind_with(moving, (&sent.spans, SPAN * step), &buffers)?;
                dispatches.push((moving, bindings, [self.models(), 1]));
            }
        }
        self.gpu.dispatch_all(&dispatches)
    }

    /// The parameters of every model.
    pub fn parameters(&self) -> Result<Vec<Vec<f32>>, Error> {
        let n_params = self.plan.n_params;
        let part =
            |model| Part { buffer: &self.state, begin: 3 * n_params * model, values: n_params };
        let parts: Vec<Part<'_>> = (0..self.models()).map(part).collect();
        let parameters = self.gpu.read_parts(&parts)?;
        Ok(parameters.chunks(n_params).map(<[f32]>::to_vec).collect())
    }

    /// Sets the parameters of one model; its optimiser's moments stay.
    pub fn set_parameters(&mut self, model: usize, parameters: &[f32]) -> Result<(), Error> {
        let n_params = self.plan.n_params;
        Error::check_length("a parameter vector", parameters.len(), n_params)?;
        if model >= self.models() {
            return Err(Error::BadInput(format!("there is no model {model}")));
        }
        self.gpu.write(&self.state, 3 * n_params * model, parameters)
    }
}

/// The kernels, and how long the driver took to compile them.
fn compiled(
    gpu: &Gpu,
    network: &Network,
    plan: &Plan,
) -> Result<(Vec<wgpu::ComputePipeline>, f64), Error> {
    let (mut pipelines, mut seconds) = (Vec::new(), 0.0);
    for text in wgsl::of_training(network, plan) {
        let compiled = gpu.compile(text)?;
        seconds += compiled.seconds;
        pipelines.push(compiled.pipeline);
    }
    Ok((pipelines, seconds))
}

/// Values of order, draws and numbers of one model for one step.
fn words_per_step(network: &Network, plan: &Plan) -> usize {
    plan.batch * (1 + network.draws_per_row()) + numbers_per_step(network)
}

/// How many steps one dispatch may run with that many models.
fn most_steps(gpu: &Gpu, network: &Network, plan: &Plan, models: usize) -> usize {
    let by_size = MOST_BYTES / (4 * words_per_step(network, plan) * models);
    let by_loops =
        gpu.limits().iterations.map_or(usize::MAX, |most| most / plan.iterations_per_step());
    by_size.min(by_loops)
}
