//! The kernel that computes one error per row and model: one invocation per row, a workgroup per
//! block of rows.

use super::dense::{Params, forward, sum};
use super::functions;
use super::text::Text;
use super::{seq2seq, vae, wide};
use crate::{Measure, Network, Place};

/// Rows of a workgroup.
pub(crate) const ROWS: usize = 128;

/// Writes the kernel.
pub(crate) fn scoring(network: &Network, measure: Measure, params: Place) -> String {
    let mut text = Text::default();
    declare(&mut text, network, measure, params);
    functions::declare(&mut text);
    text.line("@compute");
    text.line(format!("@workgroup_size({ROWS})"));
    text.line("fn score(");
    text.line("  @builtin(workgroup_id) group: vec3<u32>,");
    text.line("  @builtin(local_invocation_index) lane: u32,");
    text.open(")");
    text.line("let model = span.first + group.y;");
    let n = network.n_params();
    text.line(format!("let mine = model * {}u;", 3 * n));
    if params == Place::Workgroup {
        text.open(format!("for (var i = lane; i < {n}u; i += {ROWS}u)"));
        text.line("params[i] = state[mine + i];");
        text.close();
        text.line("workgroupBarrier();");
    }
    text.line(format!("let place = group.x * {ROWS}u + lane;"));
    text.open("if place < span.rows");
    let features = network.n_features();
    text.line(format!("let row = place * {features}u;"));
    if let Network::Seq2Seq(net) = network {
        let slots = network.tape(true);
        text.line(format!("let tape = group.y * {slots}u * span.stride + place;"));
        let loss = measure == Measure::Loss;
        seq2seq::error(&mut text, Params(params), net, loss && net.teacher_forcing, loss);
        text.line("errors[group.y * span.rows + place] = error_total;");
        text.close();
        text.close();
        return text.finish();
    }
    let x: Vec<String> = (0..features).map(|k| format!("x_{k}")).collect();
    for (k, name) in x.iter().enumerate() {
        text.line(format!("let {name} = rows[row + {k}u];"));
    }
    let error = error(&mut text, network, measure, (Params(params), &x));
    text.line(format!("errors[group.y * span.rows + place] = {error};"));
    text.close();
    text.close();
    text.finish()
}

fn declare(text: &mut Text, network: &Network, measure: Measure, params: Place) {
    text.line(format!("// {}: {measure:?} of every row.", network.name()));
    text.line("// Rows, draws of each model, the first model of this dispatch, the distance of a tape's slots.");
    text.line("struct Span { rows: u32, draws: u32, first: u32, stride: u32 }");
    text.line("@group(0) @binding(0) var<uniform> span: Span;");
    text.line("@group(0) @binding(1) var<storage, read> rows: array<f32>;");
    text.line("@group(0) @binding(2) var<storage, read> state: array<f32>;");
    text.line("@group(0) @binding(3) var<storage, read_write> errors: array<f32>;");
    if measure.draws(network) {
        text.line("@group(0) @binding(4) var<storage, read> draws: array<u32>;");
        text.line("// The weight of the loss's second part of each model.");
        text.line("@group(0) @binding(6) var<storage, read> loss_weights: array<f32>;");
    }
    if network.tape(true) > 0 {
        text.line("@group(0) @binding(5) var<storage, read_write> scratch: array<f32>;");
    }
    if params == Place::Workgroup {
        text.line(format!("var<workgroup> params: array<f32, {}>;", network.n_params()));
    }
    text.blank();
}

/// The error of the row `x` as an expression.
fn error(
    text: &mut Text,
    network: &Network,
    measure: Measure,
    (params, x): (Params, &[String]),
) -> String {
    let (y, rest) = match network {
        Network::Autoencoder(net) => (forward(text, params, &net.layers, x, "h").pop(), None),
        Network::Vae(net) => {
            let latent = net.latent;
            let drawn = measure.draws(network);
            if drawn {
                text.line(format!("let drawn = model * span.draws + place * {latent}u;"));
            }
            let draw = |l: usize| match drawn {
                true => format!("bitcast<f32>(draws[drawn + {l}u])"),
                false => "0.0".to_owned(),
            };
            let code = vae::encode(text, params, net, x, draw);
            let y = forward(text, params, &net.decoder, &code.z, "d").pop();
            (y, drawn.then(|| vae::divergence(net, &code)))
        }
        Network::Bigan(net) => {
            let code = wide::forward(text, params, &net.encoder, x, &None, "code");
            (Some(wide::forward(text, params, &net.generator, &code, &None, "made")), None)
        }
        Network::Seq2Seq(_) => (None, None),
    };
    let y = y.unwrap_or_default();
    for (k, (y, x)) in y.iter().zip(x).enumerate() {
        text.line(format!("let error_{k} = {y} - {x};"));
    }
    let term = |k: usize| match measure {
        Measure::Absolute => format!("abs(error_{k})"),
        Measure::Squared | Measure::Loss => format!("error_{k} * error_{k}"),
    };
    let error = sum(text, "errors_sum", (0..x.len()).map(term));
    match rest {
        Some(rest) => format!("{error} + loss_weights[model] * ({rest})"),
        None => error,
    }
}
