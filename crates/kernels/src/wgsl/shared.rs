//! A step that several workgroups share: of a large batch each takes a share of the rows and leaves partial
//! sums. Then one workgroup adds these in the order of their workgroups and moves the parameters, so that the
//! result does not depend on who was first.

use super::kernel::{Kernel, LOSSES, declare_span, numbers_of};
use super::text::Text;
use super::{adam, functions, sums};
use crate::{Network, Place, Plan, Variant};

/// Whether a workgroup computes its first chunk of rows.
pub(crate) const FIRST: &str = "chunk == earliest";

/// Declares the sums that the workgroups leave.
pub(crate) fn declare_partials(text: &mut Text, access: &str) {
    text.line("// Of each model and workgroup: the gradient's sums over its rows, and the loss's.");
    text.line(format!("@group(0) @binding(9) var<storage, {access}> partials: array<f32>;"));
}

/// Opens the loop over the chunks of rows of a workgroup. One without rows computes a chunk of zeros.
pub(crate) fn open_chunks(kernel: &mut Kernel<'_>) {
    let (rows, groups) = (kernel.plan.rows, kernel.plan.groups);
    kernel.text.line(format!("let earliest = group.y * {rows}u;"));
    let head = "for (var chunk = earliest; chunk < max(n, earliest + 1u);";
    kernel.text.open(format!("{head} chunk += {}u)", rows * groups));
}

/// Writes the kernel that leaves the partial sums of the move number `which`.
pub(crate) fn gradient(network: &Network, plan: &Plan, which: usize) -> String {
    let mut kernel = Kernel::new(plan);
    kernel.declare(network);
    functions::declare(&mut kernel.text);
    sums::declare(&mut kernel);
    kernel.head("add_gradients", plan.variant == Variant::Subgroup);
    kernel.begin(network);
    kernel.text.line("let step = span.step;");
    kernel.batch();
    kernel.now(network);
    kernel.chunks(network, which);
    kernel.barrier();
    let (slots, rows) = (plan.slots(), plan.rows);
    kernel.text.open(format!("for (var i = lane; i < {slots}u; i += {rows}u)"));
    kernel.text.line(format!("partials[own * {slots}u + i] = total(own, i);"));
    kernel.text.close();
    kernel.text.close();
    kernel.text.finish()
}

/// Writes the kernel that adds up the partial sums of the move number `which`, and moves the parameters.
pub(crate) fn movement(network: &Network, plan: &Plan, which: usize) -> String {
    // The parameters are read and written where they lie.
    let mut plan = plan.clone();
    plan.params = Place::Device;
    let mut kernel = Kernel::new(&plan);
    declare_span(&mut kernel.text);
    declare_partials(&mut kernel.text, "read");
    kernel.text.line("@group(0) @binding(4) var<storage, read> numbers: array<f32>;");
    kernel.text.line("@group(0) @binding(5) var<storage, read_write> state: array<f32>;");
    kernel.text.line(LOSSES);
    if network.clips() {
        kernel.text.line(format!("var<workgroup> norms: array<f32, {}>;", plan.rows));
    }
    total(&mut kernel.text, &plan);
    kernel.head("move_parameters", false);
    kernel.text.line("let own = group.x;");
    kernel.text.line("let lane = local;");
    kernel.text.line(format!("let mine = own * {}u;", 3 * plan.n_params));
    kernel.text.line("let step = span.step;");
    numbers_of(&mut kernel.text, network, "own");
    kernel.now(network);
    if network.clips() {
        adam::norm(&mut kernel);
    }
    let moves = network.moves();
    adam::step(&mut kernel, (which, &moves[which].part), network.clips());
    kernel.text.open("if lane == 0u");
    let before = if which > 0 { "losses[at] + " } else { "" };
    kernel.text.line("let at = own * span.steps + step;");
    kernel.text.line(format!("losses[at] = {before}total(own, {}u);", plan.n_params));
    kernel.text.close();
    kernel.text.close();
    kernel.text.finish()
}

/// The function that sums a slot over all workgroups, in their order.
fn total(text: &mut Text, plan: &Plan) {
    let (groups, slots) = (plan.groups, plan.slots());
    text.open("fn total(model: u32, slot: u32) -> f32");
    text.line("var sum = 0.0;");
    text.open(format!("for (var g = 0u; g < {groups}u; g++)"));
    text.line(format!("sum += partials[(model * {groups}u + g) * {slots}u + slot];"));
    text.close();
    text.line("return sum;");
    text.close();
    text.blank();
}
