//! Sums over the rows of a workgroup, where each invocation has one row.
//!
//! Values are summed a square at a time: `width` values of `width` rows. Each invocation begins with
//! all values of its own row, and ends with one value, number `column`, summed over the rows of its
//! part of the workgroup. `summed` is the only function in which the two variants differ.

use super::kernel::Kernel;
use crate::{Place, Plan, Variant};

/// Writes the function that sums a square.
pub(crate) fn declare(kernel: &mut Kernel<'_>) {
    match kernel.plan.variant {
        Variant::Subgroup => by_shuffles(kernel),
        Variant::Portable => by_stage(kernel),
    }
    keep(kernel);
    total(kernel);
}

fn signature(width: usize) -> String {
    let values: Vec<String> = (0..width).map(|i| format!("v_{i}: f32")).collect();
    format!("fn summed({}) -> f32", values.join(", "))
}

/// A butterfly that transposes: at each of its stages an invocation gives away one half of its
/// values and takes its partner's sums of the other half.
fn by_shuffles(kernel: &mut Kernel<'_>) {
    let width = kernel.plan.width;
    let text = &mut kernel.text;
    text.open(signature(width));
    let mut values: Vec<String> = (0..width).map(|i| format!("v_{i}")).collect();
    let mut half = width / 2;
    while half > 0 {
        text.line(format!("let upper_{half} = (column & {half}u) != 0u;"));
        let mut sums = Vec::with_capacity(half);
        for i in 0..half {
            let (low, high) = (&values[i], &values[i + half]);
            let sum = format!("s_{half}_{i}");
            text.line(format!(
                "let {sum} = select({low}, {high}, upper_{half}) + \
                 subgroupShuffleXor(select({high}, {low}, upper_{half}), {half}u);"
            ));
            sums.push(sum);
        }
        values = sums;
        half /= 2;
    }
    text.line(format!("return {};", values[0]));
    text.close();
    text.blank();
}

/// Every invocation lays its values into the stage, a line for each value, and then adds up a part of
/// one line.
fn by_stage(kernel: &mut Kernel<'_>) {
    let (width, rows) = (kernel.plan.width, kernel.plan.rows);
    let line = rows + 1;
    let text = &mut kernel.text;
    text.line("// One longer than the rows are many, so that the lines begin in different banks.");
    text.line(format!("var<workgroup> stage: array<f32, {}>;", width * line));
    text.open(signature(width));
    text.line("workgroupBarrier();");
    for i in 0..width {
        text.line(format!("stage[{}u + lane] = v_{i};", i * line));
    }
    text.line("workgroupBarrier();");
    text.line(format!("let at = column * {line}u + part * {width}u;"));
    text.line("var sum = stage[at];");
    for i in 1..width {
        text.line(format!("sum += stage[at + {i}u];"));
    }
    text.line("return sum;");
    text.close();
    text.blank();
}

/// The function that keeps a sum in its slot. The same invocation keeps the same slot in every chunk.
fn keep(kernel: &mut Kernel<'_>) {
    let plan = kernel.plan;
    let text = &mut kernel.text;
    text.open("fn keep(own: u32, slot: u32, first: bool, sum: f32)");
    text.line(format!("let at = {};", slot(plan, "part", "slot")));
    let array = array(plan);
    if plan.accumulates() {
        text.line(format!("{array}[at] = select({array}[at], 0.0, first) + sum;"));
    } else {
        text.line(format!("{array}[at] = sum;"));
    }
    text.close();
    text.blank();
}

fn array(plan: &Plan) -> &'static str {
    match plan.sums {
        Place::Workgroup => "sums",
        Place::Device => "scratch",
    }
}

/// Where a part's sum lies.
fn slot(plan: &Plan, part: &str, slot: &str) -> String {
    let slots = plan.slots();
    match plan.sums {
        Place::Workgroup => format!("{part} * {slots}u + {slot}"),
        Place::Device => format!("own * {}u + {part} * {slots}u + {slot}", plan.scratch()),
    }
}

/// The function that sums a slot over all parts of the workgroup.
fn total(kernel: &mut Kernel<'_>) {
    let plan = kernel.plan;
    let text = &mut kernel.text;
    text.open("fn total(own: u32, slot: u32) -> f32");
    text.line("var sum = 0.0;");
    text.open(format!("for (var p = 0u; p < {}u; p++)", plan.parts()));
    text.line(format!("sum += {}[{}];", array(plan), slot(plan, "p", "slot")));
    text.close();
    text.line("return sum;");
    text.close();
    text.blank();
}

impl Kernel<'_> {
    /// Sums each of the expressions `values` over the rows and keeps the sum of number `c` in the slot
    /// that `slot` says for the expression `c`.
    pub(crate) fn add_up(&mut self, values: &[String], slot: impl Fn(&str) -> String) {
        let (width, first) = (self.plan.width, self.first.clone());
        for (square, values) in values.chunks(width).enumerate() {
            let mut square_values = values.to_vec();
            square_values.resize(width, "0.0".to_owned());
            self.text.open("");
            self.text.line(format!("let sum = summed({});", square_values.join(", ")));
            self.text.line(format!("let c = {}u + column;", square * width));
            let slot = slot("c");
            let keep = format!("keep(own, {slot}, {first}, sum);");
            if values.len() == width {
                self.text.line(keep);
            } else {
                self.text.open(format!("if column < {}u", values.len()));
                self.text.line(keep);
                self.text.close();
            }
            self.text.close();
        }
    }
}
