//! Adam in the kernel. Each invocation owns some parameters, a workgroup's width apart: it sums their
//! gradients over the parts of the workgroup, and moves them. Few moments are kept in registers and the
//! text is straight; many stay in the device's memory and the text is a loop.

use std::ops::Range;

use super::dense::Params;
use super::kernel::Kernel;
use crate::Place;

/// The parameters that an invocation owns: number, and position in the vector.
fn owned(kernel: &Kernel<'_>) -> Vec<(usize, String)> {
    let rows = kernel.plan.rows;
    let numbers = 0..kernel.plan.params_per_invocation();
    numbers.map(|k| (k, format!("lane + {}u", k * rows))).collect()
}

/// Runs `lines` for every owned parameter `i` within a part of the vector.
fn for_each_owned(
    kernel: &mut Kernel<'_>,
    part: &Range<usize>,
    lines: impl Fn(&mut Kernel<'_>, usize),
) {
    let rows = kernel.plan.rows;
    if !kernel.plan.moments_in_registers() {
        let (start, end) = (part.start, part.end);
        kernel.text.open(format!("for (var i = {start}u + lane; i < {end}u; i += {rows}u)"));
        lines(kernel, 0);
        kernel.text.close();
        return;
    }
    for (k, position) in owned(kernel) {
        let reached = k * rows..(k + 1) * rows;
        if reached.end <= part.start || reached.start >= part.end {
            continue;
        }
        let mut bounds = Vec::new();
        if reached.start < part.start {
            bounds.push(format!("{position} >= {}u", part.start));
        }
        if reached.end > part.end {
            bounds.push(format!("{position} < {}u", part.end));
        }
        kernel.text.open(match bounds.is_empty() {
            true => String::new(),
            false => format!("if {}", bounds.join(" && ")),
        });
        kernel.text.line(format!("let i = {position};"));
        lines(kernel, k);
        kernel.text.close();
    }
}

/// Positions in `state`: a model's parameters, first moments, second moments.
fn in_state(kernel: &Kernel<'_>, which: usize) -> String {
    let n = kernel.plan.n_params;
    format!("state[mine + {}u + i]", which * n)
}

/// Parameters to the workgroup, moments to registers.
pub(crate) fn load(kernel: &mut Kernel<'_>) {
    let registers = kernel.plan.moments_in_registers();
    if registers {
        for (k, _) in owned(kernel) {
            kernel.text.line(format!("var moment_1_{k} = 0.0;"));
            kernel.text.line(format!("var moment_2_{k} = 0.0;"));
        }
    }
    let all = 0..kernel.plan.n_params;
    for_each_owned(kernel, &all, |kernel, k| {
        if kernel.plan.params == Place::Workgroup {
            kernel.text.line(format!("params[i] = {};", in_state(kernel, 0)));
        }
        if registers {
            kernel.text.line(format!("moment_1_{k} = {};", in_state(kernel, 1)));
            kernel.text.line(format!("moment_2_{k} = {};", in_state(kernel, 2)));
        }
    });
}

/// The step number `which` of those that a step of the network has: a part of the parameters moves.
/// Epsilon is added to the bias-corrected root, as on the CPU.
/// `shortened` says whether [`norm`] came before.
pub(crate) fn step(
    kernel: &mut Kernel<'_>,
    (which, part): (usize, &Range<usize>),
    shortened: bool,
) {
    kernel.text.open("");
    kernel.text.line("let beta_1 = numbers[of_model];");
    kernel.text.line("let beta_2 = numbers[of_model + 1u];");
    kernel.text.line("let epsilon = numbers[of_model + 2u];");
    kernel.text.line(format!("let rate = numbers[now + {}u];", 2 * which));
    kernel.text.line(format!("let correction = numbers[now + {}u];", 2 * which + 1));
    let registers = kernel.plan.moments_in_registers();
    for_each_owned(kernel, part, |kernel, k| {
        let (m, v) = match registers {
            true => (format!("moment_1_{k}"), format!("moment_2_{k}")),
            false => (in_state(kernel, 1), in_state(kernel, 2)),
        };
        let param = Params(kernel.plan.params).at("i");
        let shorten = if shortened { " * shorten" } else { "" };
        kernel.text.line(format!("let g = total(own, i){shorten};"));
        kernel.text.line(format!("let m = beta_1 * {m} + (1.0 - beta_1) * g;"));
        kernel.text.line(format!("let v = beta_2 * {v} + (1.0 - beta_2) * g * g;"));
        kernel.text.line(format!("{param} -= rate * m / (sqrt(v) * correction + epsilon);"));
        kernel.text.line(format!("{m} = m;"));
        kernel.text.line(format!("{v} = v;"));
    });
    kernel.text.close();
}

/// Names `shorten`, by which the gradient is multiplied so that its Euclidean norm is at most the model's
/// limit. Every invocation adds the same squares in the same order.
pub(crate) fn norm(kernel: &mut Kernel<'_>) {
    let (rows, n) = (kernel.plan.rows, kernel.plan.n_params);
    kernel.text.line("var squared = 0.0;");
    kernel.text.open(format!("for (var i = lane; i < {n}u; i += {rows}u)"));
    kernel.text.line("let g = total(own, i);");
    kernel.text.line("squared += g * g;");
    kernel.text.close();
    kernel.text.line("norms[lane] = squared;");
    kernel.barrier();
    kernel.text.line("squared = 0.0;");
    kernel.text.open(format!("for (var r = 0u; r < {rows}u; r++)"));
    kernel.text.line("squared += norms[r];");
    kernel.text.close();
    kernel.text.line("let most = numbers[of_model + 5u];");
    kernel.text.line("let shorten = select(1.0, most / sqrt(squared), sqrt(squared) > most);");
}

/// Parameters and moments back to the device's memory.
pub(crate) fn store(kernel: &mut Kernel<'_>) {
    let registers = kernel.plan.moments_in_registers();
    let all = 0..kernel.plan.n_params;
    for_each_owned(kernel, &all, |kernel, k| {
        if kernel.plan.params == Place::Workgroup {
            kernel.text.line(format!("{} = params[i];", in_state(kernel, 0)));
        }
        if registers {
            kernel.text.line(format!("{} = moment_1_{k};", in_state(kernel, 1)));
            kernel.text.line(format!("{} = moment_2_{k};", in_state(kernel, 2)));
        }
    });
}
