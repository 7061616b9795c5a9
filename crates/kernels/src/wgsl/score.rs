//! The kernel that computes one error per row and model: one invocation per row, a workgroup per
//! block of rows.

use super::dense::{Params, forward, sum};
use super::functions;
use super::text::Text;
use super::{seq2seq, vae, wide};
use crate::{Bigan, Measure, Network, Place, Vae, Verdict};

/// Rows of a workgroup.
pub(crate) const ROWS: usize = 128;

/// ln(1 + exp(x)). A small exponential goes into a series, because 1 + e would lose its digits.
const SOFTPLUS: &str = "\
fn softplus(x: f32) -> f32 {
  let e = exp(-abs(x));
  return max(x, 0.0) + select(log(1.0 + e), e * (1.0 - e * (0.5 - e / 3.0)), e < 0.01);
}
";

/// Writes the kernel.
pub(crate) fn scoring(network: &Network, measure: Measure, params: Place) -> String {
    let mut text = Text::default();
    declare(&mut text, network, measure, params);
    functions::declare(&mut text);
    if matches!(measure, Measure::Judged { verdict: Verdict::CrossEntropy, .. }) {
        SOFTPLUS.lines().for_each(|line| text.line(line));
    }
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
    text.line(format!("let row = (span.begin + place) * {}u;", network.n_features()));
    let error = of_row(&mut text, network, measure, Params(params));
    text.line(format!("errors[group.y * span.all + span.begin + place] = {error};"));
    text.close();
    text.close();
    text.finish()
}

fn declare(text: &mut Text, network: &Network, measure: Measure, params: Place) {
    text.line(format!("// {}: {measure:?} of every row.", network.name()));
    text.line("// Rows of this dispatch, draws of each model, the dispatch's first model, the distance of a tape's");
    text.line("// slots, the dispatch's first row, how often each row draws, and the rows of each model's errors.");
    text.line("struct Span {");
    text.line(
        "  rows: u32, draws: u32, first: u32, stride: u32, begin: u32, samples: u32, all: u32,",
    );
    text.line("}");
    text.line("@group(0) @binding(0) var<uniform> span: Span;");
    text.line("@group(0) @binding(1) var<storage, read> rows: array<f32>;");
    text.line("@group(0) @binding(2) var<storage, read> state: array<f32>;");
    text.line("@group(0) @binding(3) var<storage, read_write> errors: array<f32>;");
    if measure.draws(network) {
        text.line("@group(0) @binding(4) var<storage, read> draws: array<u32>;");
    }
    if measure.has_weights(network) {
        text.line("// The weights of both parts, of each model.");
        text.line("@group(0) @binding(6) var<storage, read> weights: array<vec2<f32>>;");
    }
    if network.tape(true) > 0 {
        text.line("@group(0) @binding(5) var<storage, read_write> scratch: array<f32>;");
    }
    if params == Place::Workgroup {
        text.line(format!("var<workgroup> params: array<f32, {}>;", network.n_params()));
    }
    text.blank();
}

/// The measure of one row as an expression.
fn of_row(text: &mut Text, network: &Network, measure: Measure, params: Params) -> String {
    if let Network::Seq2Seq(net) = network {
        let slots = network.tape(true);
        text.line(format!("let tape = group.y * {slots}u * span.stride + place;"));
        let loss = measure == Measure::Loss;
        seq2seq::error(text, params, net, loss && net.teacher_forcing, loss);
        return "error_total".to_owned();
    }
    let x: Vec<String> = (0..network.n_features()).map(|k| format!("x_{k}")).collect();
    for (k, name) in x.iter().enumerate() {
        text.line(format!("let {name} = rows[row + {k}u];"));
    }
    let (error, rest) = match network {
        Network::Vae(net) if measure.draws(network) => sampled(text, net, measure, (params, &x)),
        Network::Bigan(net) => judged(text, net, measure, (params, &x)),
        Network::Autoencoder(net) => {
            let y = forward(text, params, &net.layers, &x, "h").pop();
            (distance(text, measure, &y.unwrap_or_default(), &x), None)
        }
        Network::Vae(net) => {
            let heads = forward(text, params, &net.encoder, &x, "e").pop().unwrap_or_default();
            let y = forward(text, params, &net.decoder, &heads[..net.latent], "d").pop();
            (distance(text, measure, &y.unwrap_or_default(), &x), None)
        }
        Network::Seq2Seq(_) => Default::default(),
    };
    match rest {
        Some(rest) => format!("weights[model].x * ({error}) + weights[model].y * ({rest})"),
        None => error,
    }
}

/// The distance of the reconstruction `y` and the row `x` as an expression.
fn distance(text: &mut Text, measure: Measure, y: &[String], x: &[String]) -> String {
    for (k, (y, x)) in y.iter().zip(x).enumerate() {
        text.line(format!("let error_{k} = {y} - {x};"));
    }
    let term = |k: usize| match measure {
        Measure::Absolute | Measure::Judged { absolute: true, .. } => format!("abs(error_{k})"),
        _ => format!("error_{k} * error_{k}"),
    };
    sum(text, "errors_sum", (0..x.len()).map(term))
}

/// The squared errors of the row's draws, added up, and the divergence if the measure has it.
fn sampled(
    text: &mut Text,
    net: &Vae,
    measure: Measure,
    (params, x): (Params, &[String]),
) -> (String, Option<String>) {
    let latent = net.latent;
    let (encoder, deviation) = vae::posterior(text, params, net, x);
    let heads = encoder.last().cloned().unwrap_or_default();
    text.line("var error_total = 0.0;");
    text.open("for (var s = 0u; s < span.samples; s++)");
    let of_row = format!("((span.begin + place) * span.samples + s) * {latent}u");
    text.line(format!("let drawn = model * span.draws + {of_row};"));
    let z: Vec<String> = (0..latent).map(|l| format!("z_{l}")).collect();
    for (l, z) in z.iter().enumerate() {
        let draw = format!("bitcast<f32>(draws[drawn + {l}u])");
        text.line(format!("let {z} = {} + {draw} * {};", heads[l], deviation[l]));
    }
    let y = forward(text, params, &net.decoder, &z, "d").pop().unwrap_or_default();
    let error = distance(text, measure, &y, x);
    text.line(format!("error_total += {error};"));
    text.close();
    let divergence = || vae::divergence(net, &encoder, &deviation);
    let weighted = measure != Measure::Sampled;
    ("error_total".to_owned(), weighted.then(divergence))
}

/// The distance of the reconstruction, and what the discriminator says if the measure has it.
fn judged(
    text: &mut Text,
    net: &Bigan,
    measure: Measure,
    (params, x): (Params, &[String]),
) -> (String, Option<String>) {
    let code = wide::forward(text, params, &net.encoder, x, &None, "code");
    let y = wide::forward(text, params, &net.generator, &code, &None, "made");
    let error = distance(text, measure, &y, x);
    let Measure::Judged { verdict, .. } = measure else { return (error, None) };
    let real = [&code[..], x].concat();
    match verdict {
        Verdict::CrossEntropy => {
            let logit = wide::forward(text, params, &net.discriminator, &real, &None, "logit");
            text.line(format!("let verdict = softplus(-{});", logit[0]));
        }
        Verdict::Features => {
            let again = [&code[..], &y].concat();
            let features = &net.discriminator[0];
            text.line("var verdict = 0.0;");
            text.open(format!("for (var j = 0u; j < {}u; j++)", features.n_out));
            text.line("var difference = 0.0;");
            for (pair, sign) in [(&real, "+="), (&again, "-=")] {
                text.open("");
                wide::unit(text, params, features, pair, &None);
                text.line(format!("difference {sign} seen;"));
                text.close();
            }
            text.line("verdict += abs(difference);");
            text.close();
        }
    }
    (error, Some("verdict".to_owned()))
}
