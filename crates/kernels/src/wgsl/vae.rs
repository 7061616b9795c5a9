//! The variational autoencoder's loss and gradient of one row.

use super::autoencoder::squared_error;
use super::dense::{Back, Params, forward};
use super::kernel::Kernel;
use super::text::Text;
use crate::Vae;

/// The names of a code's values.
pub(crate) struct Code {
    /// The encoder's outputs, layer by layer.
    pub(crate) encoder: Vec<Vec<String>>,
    /// Standard deviations.
    pub(crate) deviation: Vec<String>,
    /// The draws times the standard deviations.
    pub(crate) noise: Vec<String>,
    /// The code.
    pub(crate) z: Vec<String>,
}

/// Writes means and standard deviations of the row `x`; returns the encoder's outputs and the names of the
/// deviations.
pub(crate) fn posterior(
    text: &mut Text,
    params: Params,
    net: &Vae,
    x: &[String],
) -> (Vec<Vec<String>>, Vec<String>) {
    let encoder = forward(text, params, &net.encoder, x, "e");
    let heads = encoder.last().cloned().unwrap_or_default();
    let deviation: Vec<String> = (0..net.latent).map(|l| format!("deviation_{l}")).collect();
    for (deviation, variance) in deviation.iter().zip(&heads[net.latent..]) {
        text.line(format!("let {deviation} = exp(0.5 * {variance});"));
    }
    (encoder, deviation)
}

/// Writes the code of the row `x`. `draw` is the expression of each latent dimension's draw.
pub(crate) fn encode(
    text: &mut Text,
    params: Params,
    net: &Vae,
    x: &[String],
    draw: impl Fn(usize) -> String,
) -> Code {
    let (encoder, deviation) = posterior(text, params, net, x);
    let heads = encoder.last().cloned().unwrap_or_default();
    let names = |name: &str| (0..net.latent).map(|l| format!("{name}_{l}")).collect::<Vec<_>>();
    let (noise, z) = (names("noise"), names("z"));
    for l in 0..net.latent {
        text.line(format!("let {} = {} * {};", noise[l], draw(l), deviation[l]));
        text.line(format!("let {} = {} + {};", z[l], heads[l], noise[l]));
    }
    Code { encoder, deviation, noise, z }
}

/// The divergence of the row's posterior from the standard normal: Σ (m² + s² - v - 1) / 2.
pub(crate) fn divergence(net: &Vae, encoder: &[Vec<String>], deviation: &[String]) -> String {
    let heads = encoder.last().cloned().unwrap_or_default();
    let term = |l: usize| {
        let (m, v, s) = (&heads[l], &heads[net.latent + l], &deviation[l]);
        format!("0.5 * ({m} * {m} + {s} * {s} - ({v} + 1.0))")
    };
    (0..net.latent).map(term).collect::<Vec<_>>().join(" + ")
}

/// The loss of the row, and the gradient of the batch's mean loss.
pub(crate) fn gradient(kernel: &mut Kernel<'_>, net: &Vae, x: &[String]) {
    let latent = net.latent;
    kernel.text.line("let kl_weight = numbers[now + 2u];");
    let draw = |l: usize| format!("bitcast<f32>(draws[drawn + {l}u])");
    let params = Params(kernel.plan.params);
    let code = encode(&mut kernel.text, params, net, x, draw);
    let decoder = forward(&mut kernel.text, params, &net.decoder, &code.z, "d");
    kernel.text.line("let scale = select(0.0, 2.0 / f32(n), valid);");
    kernel.text.line("let kl_scale = select(0.0, kl_weight / f32(n), valid);");
    let y = decoder.last().cloned().unwrap_or_default();
    let (squares, deltas) = squared_error(kernel, &y, x);
    let divergence = divergence(net, &code.encoder, &code.deviation);
    kernel.text.line(format!("let divergence = select(0.0, {divergence}, valid);"));
    kernel.text.line(format!("let loss = {squares} + kl_weight * divergence;"));
    let back = Back {
        layers: &net.decoder,
        inputs: &code.z,
        outputs: &decoder,
        deltas,
        loss: None,
        name: "d",
    };
    let z_delta = kernel.backward(back, true);
    let heads = code.encoder.last().cloned().unwrap_or_default();
    let deltas =
        kernel.name_each("heads_delta", 2 * latent, |head| match head.checked_sub(latent) {
            None => format!("kl_scale * {} + {}", heads[head], z_delta[head]),
            Some(l) => {
                let (s, noise) = (&code.deviation[l], &code.noise[l]);
                format!("0.5 * ({} * {noise} + kl_scale * ({s} * {s} - 1.0))", z_delta[l])
            }
        });
    let back = Back {
        layers: &net.encoder,
        inputs: x,
        outputs: &code.encoder,
        deltas,
        loss: Some("loss"),
        name: "e",
    };
    kernel.backward(back, false);
}
