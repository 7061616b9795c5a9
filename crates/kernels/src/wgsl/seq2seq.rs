//! The sequence network's loss and gradient of one row: two encoders, a decoder, and back through all
//! steps.

use super::dense::Params;
use super::functions::{apply, differentiate};
use super::kernel::Kernel;
use super::lstm::{Deltas, Tape, gradient as lstm_gradient, step, step_back};
use super::text::Text;
use crate::Seq2Seq;
use crate::network::Lstm;

/// How many slots a row's tape has.
pub(crate) fn slots(net: &Seq2Seq, rolling: bool) -> usize {
    let of_layers = net.lstms().map(|lstm| Tape::slots(lstm.units, net.steps, rolling));
    let back = if rolling { 0 } else { net.steps + 4 * net.units };
    of_layers.iter().sum::<usize>() + back
}

/// The tapes of forward encoder, backward encoder and decoder, and the slot after them.
struct Tapes {
    tapes: [Tape; 3],
    end: usize,
    stride: String,
}

impl Tapes {
    fn new(net: &Seq2Seq, rolling: bool, stride: &str) -> Self {
        let mut end = 0;
        let tapes = net.lstms().map(|lstm| {
            let tape = Tape::new(&lstm, end, net.steps, rolling, stride);
            end += Tape::slots(lstm.units, net.steps, rolling);
            tape
        });
        Self { tapes, end, stride: stride.to_owned() }
    }

    /// A slot behind the layers': the outputs, then derivatives by states and cells.
    fn further(&self, slot: &str) -> String {
        format!("scratch[tape + ({}u + {slot}) * {}]", self.end, self.stride)
    }
}

/// Which value of the row step `t` of the decoder predicts.
fn target(net: &Seq2Seq, t: &str) -> String {
    let steps = net.steps;
    match (net.roll, net.reverse) {
        (true, _) => format!("({t} + 1u) % {steps}u"),
        (false, true) => format!("{}u - {t}", steps - 1),
        (false, false) => t.to_owned(),
    }
}

/// The factor of dropout for the input of layer number `lstm` at step `t`.
fn mask(net: &Seq2Seq, lstm: usize) -> String {
    let bit = format!("({}u + t)", lstm * net.steps);
    format!("select(0.0, kept, ((draws[drawn + {bit} / 32u] >> ({bit} % 32u)) & 1u) != 0u)")
}

/// The inputs of the decoder, and the values that dropout removes.
#[derive(Clone, Copy)]
pub(crate) struct Feed {
    /// The true values, not its own outputs.
    pub(crate) teacher: bool,
    /// Whether inputs are dropped.
    pub(crate) dropout: bool,
}

/// Writes both encoders and the decoder. `out` writes what is done with the output of step `t`, named
/// `y`.
fn forward(
    text: &mut Text,
    params: Params,
    net: &Seq2Seq,
    tapes: &Tapes,
    feed: Feed,
    out: impl FnOnce(&mut Text),
) {
    let (steps, units) = (net.steps, net.units);
    let [forward, backward, decoder] = net.lstms();
    let dropped = |value: &str, lstm: usize| match feed.dropout {
        true => format!("{value} * {}", mask(net, lstm)),
        false => value.to_owned(),
    };
    for (number, lstm) in [forward, backward].iter().enumerate() {
        let tape = &tapes.tapes[number];
        text.open(format!("for (var k = 0u; k < {units}u; k++)"));
        text.line(format!("{} = 0.0;", tape.state("0u", "k")));
        text.line(format!("{} = 0.0;", tape.cell("0u", "k")));
        text.close();
        text.open(format!("for (var t = 0u; t < {steps}u; t++)"));
        let value = match number {
            0 => "rows[row + t]".to_owned(),
            _ => format!("rows[row + {}u - t]", steps - 1),
        };
        text.line(format!("let input = {};", dropped(&value, number)));
        step(text, params, lstm, tape, |_| {});
        text.close();
    }
    let tape = &tapes.tapes[2];
    let last = format!("{steps}u");
    for (number, encoder) in tapes.tapes[..2].iter().enumerate() {
        let to = format!("k + {}u", number * units);
        text.open(format!("for (var k = 0u; k < {units}u; k++)"));
        text.line(format!("{} = {};", tape.state("0u", &to), encoder.state(&last, "k")));
        text.line(format!("{} = {};", tape.cell("0u", &to), encoder.cell(&last, "k")));
        text.close();
    }
    text.line(format!("var fed = {};", if net.roll { "rows[row]" } else { "0.0" }));
    text.open(format!("for (var t = 0u; t < {steps}u; t++)"));
    text.line(format!("let input = {};", dropped("fed", 2)));
    let head = net.head();
    text.line(format!("var y_sum = {};", params.at(head + decoder.units)));
    step(text, params, &decoder, tape, |text| {
        text.line(format!("y_sum += {} * state;", params.at(format!("{head}u + j"))));
    });
    text.line(format!("let y = {};", apply(net.output, "y_sum")));
    out(text);
    match feed.teacher {
        true => text.line(format!("fed = rows[row + {}];", target(net, "t"))),
        false => text.line("fed = y;"),
    }
    text.close();
}

/// The row's share of the mean squared error, and the gradient of the batch's.
pub(crate) fn gradient(kernel: &mut Kernel<'_>, net: &Seq2Seq) {
    let params = Params(kernel.plan.params);
    let stride = format!("{}u", kernel.plan.rows);
    let tapes = Tapes::new(net, false, &stride);
    let feed = Feed { teacher: net.teacher_forcing, dropout: net.dropout };
    if net.dropout {
        kernel.text.line("let kept = numbers[of_model + 3u];");
    }
    let steps = net.steps;
    kernel.text.line(format!("let scale = select(0.0, 1.0 / f32(n * {steps}u), valid);"));
    let output = tapes.further("t");
    forward(&mut kernel.text, params, net, &tapes, feed, |text| {
        text.line(format!("{output} = y;"))
    });
    backward(&mut kernel.text, params, net, &tapes);
    for (lstm, tape) in net.lstms().iter().zip(&tapes.tapes) {
        lstm_gradient(kernel, lstm, tape);
    }
    head_gradient(kernel, net, &tapes);
}

/// Writes the way back from the outputs to the encoders' first steps; names `row_loss`.
fn backward(text: &mut Text, params: Params, net: &Seq2Seq, tapes: &Tapes) {
    let (steps, units) = (net.steps, net.units);
    let deltas = Deltas { states: tapes.end + steps, cells: tapes.end + steps + 2 * units };
    text.open(format!("for (var k = 0u; k < {}u; k++)", 4 * units));
    text.line(format!("{} = 0.0;", tapes.further(&format!("{steps}u + k"))));
    text.close();
    text.line("var row_loss = 0.0;");
    text.line("var feedback = 0.0;");
    backwards(text, steps);
    let output = tapes.further("t");
    text.line(format!("let y = {output};"));
    text.line(format!("let error = y - rows[row + {}];", target(net, "t")));
    text.line("row_loss += error * error * scale;");
    let derivative = differentiate(net.output, "y", "(2.0 * error * scale + feedback)");
    text.line(format!("let y_delta = {derivative};"));
    text.line(format!("{output} = y_delta;"));
    let [forward, backward, decoder] = net.lstms();
    let further = format!("{} * y_delta", params.at(format!("{}u + j", net.head())));
    let wanted = !net.teacher_forcing;
    step_back(text, params, &decoder, (&tapes.tapes[2], &deltas), Some(&further), wanted);
    if wanted {
        let factor = if net.dropout { format!(" * {}", mask(net, 2)) } else { String::new() };
        text.line(format!("feedback = input_delta{factor};"));
    }
    text.close();
    for (number, lstm) in [forward, backward].iter().enumerate() {
        let own =
            Deltas { states: deltas.states + number * units, cells: deltas.cells + number * units };
        backwards(text, steps);
        step_back(text, params, lstm, (&tapes.tapes[number], &own), None, false);
        text.close();
    }
}

/// Opens a loop over the steps from the last to the first.
fn backwards(text: &mut Text, steps: usize) {
    text.open(format!("for (var back = 0u; back < {steps}u; back++)"));
    text.line(format!("let t = {}u - back;", steps - 1));
}

/// Sums the gradient of the output layer, and the loss.
fn head_gradient(kernel: &mut Kernel<'_>, net: &Seq2Seq, tapes: &Tapes) {
    let Lstm { units, .. } = net.lstms()[2];
    let mut names: Vec<String> = (0..=units).map(|k| format!("head_{k}")).collect();
    for name in &names {
        kernel.text.line(format!("var {name} = 0.0;"));
    }
    kernel.text.open(format!("for (var t = 0u; t < {}u; t++)", net.steps));
    kernel.text.line(format!("let y_delta = {};", tapes.further("t")));
    for (k, name) in names.iter().enumerate() {
        let value = match k < units {
            true => format!(" * {}", tapes.tapes[2].state("t + 1u", &format!("{k}u"))),
            false => String::new(),
        };
        kernel.text.line(format!("{name} += y_delta{value};"));
    }
    kernel.text.close();
    // The loss's slot follows the last bias.
    names.push("row_loss".into());
    let head = net.head();
    kernel.add_up(&names, |c| format!("{head}u + {c}"));
}

/// Writes the squared error of a row without dropout as `error_total`. With the roll a row's first value
/// is not predicted but given, so `first_counts` says whether its error is added, as it is in the loss.
pub(crate) fn error(
    text: &mut Text,
    params: Params,
    net: &Seq2Seq,
    teacher: bool,
    first_counts: bool,
) {
    let tapes = Tapes::new(net, true, "span.stride");
    text.line("var error_total = 0.0;");
    let feed = Feed { teacher, dropout: false };
    forward(text, params, net, &tapes, feed, |text| {
        text.line(format!("let error = y - rows[row + {}];", target(net, "t")));
        match net.roll && !first_counts {
            true => {
                let counts = format!("{} != 0u", target(net, "t"));
                text.line(format!("error_total += select(0.0, error * error, {counts});"));
            }
            false => text.line("error_total += error * error;"),
        }
    });
}
