//! Activations and their derivatives in WGSL.

use super::text::{Text, float};
use crate::Activation;

/// The functions that [`apply`] and [`differentiate`] call. Each derivative is a function of the
/// output `y`, as on the CPU. The rectifiers let NaN pass.
const FUNCTIONS: &str = "\
fn relu(x: f32) -> f32 { return select(x, 0.0, x < 0.0); }
fn relu_back(y: f32, d: f32) -> f32 { return select(0.0, d, y > 0.0); }
fn leaky_relu(x: f32, slope: f32) -> f32 { return select(slope * x, x, x > 0.0); }
fn leaky_relu_back(y: f32, d: f32, slope: f32) -> f32 { return select(slope * d, d, y > 0.0); }
fn elu(x: f32) -> f32 { return select(exp(x) - 1.0, x, x > 0.0); }
fn elu_back(y: f32, d: f32) -> f32 { return select(d * y + d, d, y > 0.0); }
fn sigmoid(x: f32) -> f32 { return 1.0 / (1.0 + exp(-x)); }
fn sigmoid_back(y: f32, d: f32) -> f32 { return d * (y - y * y); }
// With the absolute value nothing overflows.
fn tangent(x: f32) -> f32 { let e = exp(-2.0 * abs(x)); return sign(x) * (1.0 - e) / (1.0 + e); }
fn tangent_back(y: f32, d: f32) -> f32 { return d * (1.0 - y * y); }
";

/// Writes the functions.
pub(crate) fn declare(text: &mut Text) {
    for line in FUNCTIONS.lines() {
        text.line(line);
    }
    text.blank();
}

/// The activation of the expression `x`.
pub(crate) fn apply(activation: Activation, x: &str) -> String {
    match activation {
        Activation::Linear => x.to_owned(),
        Activation::Relu => format!("relu({x})"),
        Activation::LeakyRelu(slope) => format!("leaky_relu({x}, {})", float(slope)),
        Activation::Elu => format!("elu({x})"),
        Activation::Tanh => format!("tangent({x})"),
        Activation::Sigmoid => format!("sigmoid({x})"),
    }
}

/// The derivative by the sum, from the output `y` and the derivative `d` by the output.
pub(crate) fn differentiate(activation: Activation, y: &str, d: &str) -> String {
    match activation {
        Activation::Linear => d.to_owned(),
        Activation::Relu => format!("relu_back({y}, {d})"),
        Activation::LeakyRelu(slope) => format!("leaky_relu_back({y}, {d}, {})", float(slope)),
        Activation::Elu => format!("elu_back({y}, {d})"),
        Activation::Tanh => format!("tangent_back({y}, {d})"),
        Activation::Sigmoid => format!("sigmoid_back({y}, {d})"),
    }
}
