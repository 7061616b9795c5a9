//! The frame of a training kernel: arrays, the loop over steps and chunks of rows, and what is loaded
//! before and stored after.
//!
//! The names in the text: `model` is the workgroup's model, `lane` the invocation in the workgroup,
//! `begin` and `n` the batch's first place in the order and its number of rows, `chunk` the first row
//! of the batch that is computed now, `place` this invocation's place in the order.

use super::text::Text;
use super::{adam, autoencoder, bigan, functions, seq2seq, shared, sums, vae};
use crate::{Network, Place, Plan, Variant};

/// Numbers of a model that stand before its numbers of each step: beta 1, beta 2, epsilon, the factor of
/// what dropout keeps, the weight of the reconstruction, the largest norm of a gradient.
pub(crate) const HEAD: usize = 6;

const FIRST: &str = "chunk == 0u";

/// Declares the losses that a kernel leaves.
pub(crate) const LOSSES: &str =
    "@group(0) @binding(6) var<storage, read_write> losses: array<f32>;";

/// Declares the numbers of a dispatch.
pub(crate) fn declare_span(text: &mut Text) {
    text.line(
        "// How many steps, the number of places, draws and numbers of each model, and the step.",
    );
    text.line("struct Span { steps: u32, places: u32, draws: u32, numbers: u32, step: u32 }");
    text.line("@group(0) @binding(0) var<uniform> span: Span;");
}

/// A kernel in the making.
pub(crate) struct Kernel<'p> {
    pub(crate) plan: &'p Plan,
    pub(crate) text: Text,
    /// Whether a sum that is kept is the first part of its step's.
    pub(crate) first: String,
}

/// Numbers of a step: Adam's step size and correction for each move, and the weight of the loss's second
/// part.
pub(crate) fn numbers_per_step(network: &Network) -> usize {
    2 * network.moves().len() + usize::from(network.has_loss_weight())
}

/// Writes where the numbers of a model begin.
pub(crate) fn numbers_of(text: &mut Text, network: &Network, model: &str) {
    text.line(format!("let of_model = {model} * span.numbers; // {}", network.name()));
}

/// Writes the training kernel.
pub(crate) fn training(network: &Network, plan: &Plan) -> String {
    let mut kernel = Kernel::new(plan);
    kernel.declare(network);
    functions::declare(&mut kernel.text);
    sums::declare(&mut kernel);
    kernel.main(network);
    kernel.text.finish()
}

impl<'p> Kernel<'p> {
    pub(crate) fn new(plan: &'p Plan) -> Self {
        Self { plan, text: Text::default(), first: FIRST.into() }
    }

    pub(crate) fn declare(&mut self, network: &Network) {
        let Self { plan, text, .. } = self;
        text.line(format!(
            "// {}: {} parameters, batches of {} rows, {} invocations, {:?} variant.",
            network.name(),
            plan.n_params,
            plan.batch,
            plan.rows,
            plan.variant
        ));
        declare_span(text);
        text.line("@group(0) @binding(1) var<storage, read> rows: array<f32>;");
        text.line("@group(0) @binding(2) var<storage, read> order: array<u32>;");
        text.line("// The first place of each batch, and its number of rows.");
        text.line("@group(0) @binding(3) var<storage, read> batches: array<vec2<u32>>;");
        text.line("@group(0) @binding(4) var<storage, read> numbers: array<f32>;");
        text.line("// Parameters, first and second moments of each model.");
        text.line("@group(0) @binding(5) var<storage, read_write> state: array<f32>;");
        match plan.is_shared() {
            true => shared::declare_partials(text, "read_write"),
            false => text.line(LOSSES),
        }
        if network.draws_per_row() > 0 {
            text.line("@group(0) @binding(7) var<storage, read> draws: array<u32>;");
        }
        if plan.scratch() > 0 {
            text.line("@group(0) @binding(8) var<storage, read_write> scratch: array<f32>;");
        }
        text.blank();
        if plan.params == Place::Workgroup {
            text.line(format!("var<workgroup> params: array<f32, {}>;", plan.n_params));
        }
        if plan.sums == Place::Workgroup {
            let length = plan.parts() * plan.slots();
            text.line(format!("var<workgroup> sums: array<f32, {length}>;"));
        }
        if network.clips() {
            text.line(format!("var<workgroup> norms: array<f32, {}>;", plan.rows));
        }
        text.line("var<private> lane: u32;");
        text.line("// Of a square of sums: this invocation's value, and its rows.");
        text.line("var<private> column: u32;");
        text.line("var<private> part: u32;");
        text.blank();
    }

    /// The head of the function that is called; it is left open.
    pub(crate) fn head(&mut self, name: &str, subgroups: bool) {
        self.text.line("@compute");
        self.text.line(format!("@workgroup_size({})", self.plan.rows));
        self.text.line(format!("fn {name}("));
        self.text.line("  @builtin(workgroup_id) group: vec3<u32>,");
        self.text.line("  @builtin(local_invocation_index) local: u32,");
        if subgroups {
            self.text.line("  @builtin(subgroup_id) subgroup: u32,");
            self.text.line("  @builtin(subgroup_invocation_id) in_subgroup: u32,");
        }
        self.text.open(")");
    }

    fn main(&mut self, network: &Network) {
        let plan = self.plan;
        self.head("train", plan.variant == Variant::Subgroup);
        self.begin(network);
        self.text.open("for (var step = 0u; step < span.steps; step++)");
        self.batch();
        self.now(network);
        self.text.line("var loss = 0.0;");
        for (which, step) in network.moves().iter().enumerate() {
            self.chunks(network, which);
            self.barrier();
            if network.clips() {
                adam::norm(self);
            }
            adam::step(self, (which, &step.part), network.clips());
            self.text.open("if lane == 0u");
            self.text.line(format!("loss += total(own, {}u);", plan.n_params));
            self.text.close();
            self.barrier();
        }
        self.text.open("if lane == 0u");
        self.text.line("losses[model * span.steps + step] = loss;");
        self.text.close();
        self.text.close();
        adam::store(self);
        self.text.close();
    }

    /// The batch of `step`.
    pub(crate) fn batch(&mut self) {
        self.text.line("let begin = batches[step].x;");
        self.text.line("let n = batches[step].y;");
    }

    /// Where the numbers of `step` lie.
    pub(crate) fn now(&mut self, network: &Network) {
        let stride = numbers_per_step(network);
        self.text.line(format!("let now = of_model + {HEAD}u + step * {stride}u;"));
    }

    /// What is loaded before the first step.
    pub(crate) fn begin(&mut self, network: &Network) {
        let plan = self.plan;
        self.text.line("let model = group.x;");
        // Sums and tapes are the workgroup's own.
        self.text.line(match plan.is_shared() {
            true => format!("let own = model * {}u + group.y;", plan.groups),
            false => "let own = model;".to_owned(),
        });
        self.text.line("lane = local;");
        let width = plan.width;
        match plan.variant {
            Variant::Subgroup => {
                let squares = plan.subgroup / width;
                self.text.line(format!("column = in_subgroup % {width}u;"));
                self.text.line(format!("part = subgroup * {squares}u + in_subgroup / {width}u;"));
            }
            Variant::Portable => {
                self.text.line(format!("column = lane % {width}u;"));
                self.text.line(format!("part = lane / {width}u;"));
            }
        }
        self.text.line(format!("let mine = model * {}u;", 3 * plan.n_params));
        if network.tape(false) > 0 {
            let sums = plan.scratch_of_sums();
            self.text.line(format!("let tape = own * {}u + {sums}u + lane;", plan.scratch()));
        }
        numbers_of(&mut self.text, network, "model");
        adam::load(self);
        self.barrier();
    }

    /// One chunk of rows after the other: loss and gradient of a move, left as sums.
    pub(crate) fn chunks(&mut self, network: &Network, which: usize) {
        let rows = self.plan.rows;
        if self.plan.is_shared() {
            self.first = shared::FIRST.into();
            shared::open_chunks(self);
        } else if self.plan.chunked() {
            self.text.open(format!("for (var chunk = 0u; chunk < n; chunk += {rows}u)"));
        } else {
            self.text.open("");
            self.text.line("let chunk = 0u;");
        }
        self.text.line("let valid = chunk + lane < n;");
        self.text.line("let place = begin + select(0u, chunk + lane, valid);");
        let features = network.n_features();
        self.text.line(format!("let row = order[model * span.places + place] * {features}u;"));
        if network.draws_per_row() > 0 {
            let words = network.draws_per_row();
            self.text.line(format!("let drawn = model * span.draws + place * {words}u;"));
        }
        if let Network::Seq2Seq(net) = network {
            seq2seq::gradient(self, net);
            return self.text.close();
        }
        let x = self.name_each("x", features, |k| format!("rows[row + {k}u]"));
        match network {
            Network::Autoencoder(net) => autoencoder::gradient(self, net, &x),
            Network::Vae(net) => vae::gradient(self, net, &x),
            Network::Bigan(net) => bigan::gradient(self, net, &x, which),
            Network::Seq2Seq(_) => {}
        }
        self.text.close();
    }

    /// Values that `lines` keep are added to the values that this chunk kept before.
    pub(crate) fn adding(&mut self, lines: impl FnOnce(&mut Self)) {
        let first = std::mem::replace(&mut self.first, "false".into());
        lines(self);
        self.first = first;
    }

    /// Waits until everything that the workgroup wrote can be read by all of it.
    pub(crate) fn barrier(&mut self) {
        if self.plan.shares_device_memory() {
            self.text.line("storageBarrier();");
        }
        self.text.line("workgroupBarrier();");
    }

    /// Gives a name to each of `count` expressions; returns the names.
    pub(crate) fn name_each(
        &mut self,
        name: &str,
        count: usize,
        expression: impl Fn(usize) -> String,
    ) -> Vec<String> {
        let names: Vec<String> = (0..count).map(|k| format!("{name}_{k}")).collect();
        for (k, name) in names.iter().enumerate() {
            self.text.line(format!("let {name} = {};", expression(k)));
        }
        names
    }
}
