//! The autoencoder's loss and gradient of one row.

use super::dense::{Back, Params, forward};
use super::kernel::Kernel;
use crate::Autoencoder;

/// The squared error of the row, and the gradient of the batch's mean squared error.
pub(crate) fn gradient(kernel: &mut Kernel<'_>, net: &Autoencoder, x: &[String]) {
    let outputs = forward(&mut kernel.text, Params(kernel.plan.params), &net.layers, x, "h");
    let features = x.len();
    kernel.text.line(format!("let scale = select(0.0, 2.0 / f32(n * {features}u), valid);"));
    let (loss, deltas) = squared_error(kernel, outputs.last().map_or(&[], Vec::as_slice), x);
    kernel.backward(
        Back {
            layers: &net.layers,
            inputs: x,
            outputs: &outputs,
            deltas,
            loss: Some(&loss),
            name: "h",
        },
        false,
    );
}

/// Names the differences of the outputs `y` and the row `x`, and the sum of their squares (0 for a lane
/// without a row). Returns the sum's name and the derivatives: the differences times `scale`.
pub(crate) fn squared_error(
    kernel: &mut Kernel<'_>,
    y: &[String],
    x: &[String],
) -> (String, Vec<String>) {
    let errors = kernel.name_each("error", x.len(), |k| format!("{} - {}", y[k], x[k]));
    let squares: Vec<String> = errors.iter().map(|e| format!("{e} * {e}")).collect();
    kernel.text.line(format!("let squares = select(0.0, {}, valid);", squares.join(" + ")));
    let deltas = kernel.name_each("delta", x.len(), |k| format!("scale * {}", errors[k]));
    ("squares".into(), deltas)
}
