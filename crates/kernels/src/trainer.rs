//! Models in training on the device.

use std::time::Instant;

use crate::spans::Spans;
use crate::wgsl::kernel::{HEAD, numbers_per_step};
use crate::{Error, Gpu, Network, Plan, wgsl};

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

/// The distance of the numbers of two steps' dispatches, in bytes: what every device can bind.
const SPAN: usize = 256;

/// What goes to the device for some steps.
struct Sent {
    /// Numbers of a dispatch, for each step that has dispatches of its own.
    spans: wgpu::Buffer,
    order: wgpu::Buffer,
    batches: wgpu::Buffer,
    numbers: wgpu::Buffer,
    draws: wgpu::Buffer,
}

/// The numbers of `count` dispatches.
fn spans(sizes: [usize; 4], count: usize) -> Vec<u32> {
    let mut spans = vec![0; count * SPAN / 4];
    for (step, span) in spans.chunks_mut(SPAN / 4).enumerate() {
        let numbers = sizes.into_iter().chain([step]);
        span.iter_mut().zip(numbers).for_each(|(slot, number)| *slot = number as u32);
    }
    spans
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
    n_rows: usize,
    rows: wgpu::Buffer,
    state: wgpu::Buffer,
    scratch: wgpu::Buffer,
    partials: wgpu::Buffer,
}

impl Trainer {
    /// Before the first step. `rows` are the training rows, row-major.
    pub fn new(
        gpu: &Gpu,
        network: &Network,
        plan: Plan,
        rows: &[f32],
        models: &[Start],
    ) -> Result<Self, Error> {
        let n_params = network.n_params();
        let n_rows = rows.len() / network.n_features();
        Error::check_length("the rows", rows.len(), n_rows * network.n_features())?;
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
            rows: gpu.upload(rows)?,
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
            n_rows,
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

    /// The training rows on the device, and how many there are.
    pub(crate) fn rows(&self) -> (wgpu::Buffer, usize) {
        (self.rows.clone(), self.n_rows)
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
        self.check(inputs)?;
        let places = inputs.first().map_or(0, |input| input.order.len());
        let steps = places.div_ceil(self.plan.batch);
        let mut losses = vec![Vec::with_capacity(steps); inputs.len()];
        let mut first = 0;
        while first < steps {
            let count = self.spans.next().min(steps - first);
            let started = Instant::now();
            let sums = self.span(inputs, first, count)?;
            self.spans.measured(count, started.elapsed());
            for (losses, sums) in losses.iter_mut().zip(sums.chunks(count)) {
                losses.extend_from_slice(sums);
            }
            first += count;
        }
        Ok(losses)
    }

    fn check(&self, inputs: &[EpochInput<'_>]) -> Result<(), Error> {
        Error::check_length("the list of models", inputs.len(), self.models())?;
        let places = inputs.first().map_or(0, |input| input.order.len());
        for input in inputs {
            Error::check_length("an order", input.order.len(), places)?;
            let draws = places * self.network.draws_per_row();
            Error::check_length("an epoch's draws", input.draws.len(), draws)?;
            if input.order.iter().any(|row| *row as usize >= self.n_rows) {
                return Err(Error::BadInput("an order names a row that is not there".into()));
            }
        }
        Ok(())
    }

    /// `count` steps from step `first` of the epoch on; the losses `[model][step]`.
    fn span(
        &mut self,
        inputs: &[EpochInput<'_>],
        first: usize,
        count: usize,
    ) -> Result<Vec<f32>, Error> {
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
        let numbers = self.numbers(inputs, count);
        let sizes = [count, end - begin, (end - begin) * words, numbers.len() / inputs.len()];
        let losses = self.gpu.room(count * inputs.len())?;
        let sent = Sent {
            spans: self.gpu.upload(&spans(sizes, if self.plan.is_shared() { count } else { 1 }))?,
            order: self.gpu.upload(&order.concat())?,
            batches: self.gpu.upload(&batches)?,
            numbers: self.gpu.upload(&numbers)?,
            draws: self.gpu.upload(&draws.concat())?,
        };
        match self.plan.is_shared() {
            true => self.dispatch_shared(&sent, &losses, count)?,
            false => {
                let bindings = self.bindings(&sent, 0, &self.pipelines[0], Some(&losses))?;
                self.gpu.dispatch(&self.pipelines[0], &bindings, [inputs.len(), 1])?;
            }
        }
        self.moves_done += (count * self.network.moves().len()) as i32;
        self.gpu.read(&losses, count * inputs.len())
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
        let mut buffers = vec![(1, &self.rows), (2, order), (3, batches), (5, &self.state)];
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

    /// Each model's numbers: the head, then the numbers of each step. Bias corrections are computed in double
    /// precision, as on the CPU.
    fn numbers(&self, inputs: &[EpochInput<'_>], count: usize) -> Vec<f32> {
        let (per_step, moves) = (numbers_per_step(&self.network), self.network.moves());
        let mut numbers = Vec::with_capacity(inputs.len() * (HEAD + count * per_step));
        for ((adam, factors), input) in self.optimisers.iter().zip(inputs) {
            numbers.extend([adam.beta_1 as f32, adam.beta_2 as f32, adam.epsilon as f32]);
            numbers.extend([factors.kept, factors.cycle_weight, factors.gradient_clip]);
            let mut at = self.moves_done;
            for _ in 0..count {
                for step in &moves {
                    at += 1;
                    let rate = match step.judging {
                        true => factors.discriminator_rate,
                        false => adam.learning_rate,
                    };
                    numbers.push((rate / (1.0 - adam.beta_1.powi(at))) as f32);
                    numbers.push((1.0 / (1.0 - adam.beta_2.powi(at)).sqrt()) as f32);
                }
                if self.network.has_loss_weight() {
                    numbers.push(input.loss_weight);
                }
            }
        }
        numbers
    }

    /// The parameters of every model.
    pub fn parameters(&self) -> Result<Vec<Vec<f32>>, Error> {
        let n_params = self.plan.n_params;
        let begins = (0..self.models()).map(|model| 3 * n_params * model);
        let parameters = self.gpu.read_parts((&self.state, n_params), begins)?;
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
