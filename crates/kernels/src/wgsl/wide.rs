//! Two dense layers of one row with a wide layer between them, as loops over its units. The value of a
//! unit is used at once and computed again on the way back, so no unit is stored.

use super::dense::{Params, sum};
use super::functions::{apply, differentiate};
use super::kernel::Kernel;
use super::text::Text;
use crate::Dense;

/// The factor of a hidden unit `j`, as an expression; `None` is 1.
pub(crate) type Mask = Option<String>;

/// Writes the hidden unit `j` as `hidden`, and as `seen` what is left of it after the mask.
pub(crate) fn unit(text: &mut Text, params: Params, layer: &Dense, inputs: &[String], mask: &Mask) {
    let Dense { n_in, n_out, at, .. } = layer;
    let bias = params.at(format!("{}u + j", at + n_in * n_out));
    let weight = |k: usize| params.at(format!("{}u + j", at + k * n_out));
    let terms = inputs.iter().enumerate().map(|(k, x)| format!("{} * {x}", weight(k)));
    let sum = sum(text, "hidden_sum", std::iter::once(bias).chain(terms));
    text.line(format!("let hidden = {};", apply(layer.activation, &sum)));
    match mask {
        Some(mask) => {
            text.line(format!("let kept_here = {mask};"));
            text.line("let seen = hidden * kept_here;");
        }
        None => text.line("let seen = hidden;"),
    }
}

/// Writes the outputs of both layers; returns their names.
pub(crate) fn forward(
    text: &mut Text,
    params: Params,
    [first, second]: &[Dense; 2],
    inputs: &[String],
    mask: &Mask,
    name: &str,
) -> Vec<String> {
    let (hidden, n_out) = (first.n_out, second.n_out);
    for o in 0..n_out {
        let bias = params.at(second.at + hidden * n_out + o);
        text.line(format!("var {name}_sum_{o} = {bias};"));
    }
    text.open(format!("for (var j = 0u; j < {hidden}u; j++)"));
    unit(text, params, first, inputs, mask);
    for o in 0..n_out {
        let weight = params.at(format!("{}u + j * {n_out}u", second.at + o));
        text.line(format!("{name}_sum_{o} += seen * {weight};"));
    }
    text.close();
    let names: Vec<String> = (0..n_out).map(|o| format!("{name}_{o}")).collect();
    for (o, output) in names.iter().enumerate() {
        let sum = format!("{name}_sum_{o}");
        text.line(format!("let {output} = {};", apply(second.activation, &sum)));
    }
    names
}

/// What a backward pass begins with.
pub(crate) struct Back<'a> {
    /// The layers.
    pub(crate) layers: &'a [Dense; 2],
    /// Their inputs.
    pub(crate) inputs: &'a [String],
    /// Their outputs.
    pub(crate) outputs: &'a [String],
    /// The factor of a hidden unit.
    pub(crate) mask: &'a Mask,
    /// The derivatives by the outputs.
    pub(crate) deltas: &'a [String],
    /// The row's share of the loss, if it is summed with the gradient of the last biases.
    pub(crate) loss: Option<&'a str>,
    /// A prefix of names.
    pub(crate) name: &'a str,
}

impl Kernel<'_> {
    /// Goes back through both layers. Sums the gradient of their parameters if `gradient` is set, and
    /// returns the derivatives by the inputs if `wanted` is.
    pub(crate) fn wide_backward(
        &mut self,
        back: &Back<'_>,
        gradient: bool,
        wanted: bool,
    ) -> Vec<String> {
        let Back { layers: [first, second], inputs, outputs, mask, name, .. } = *back;
        let params = Params(self.plan.params);
        let (hidden, n_out) = (first.n_out, second.n_out);
        let d = self.name_each(&format!("{name}_d"), n_out, |o| {
            differentiate(second.activation, &outputs[o], &back.deltas[o])
        });
        let dx: Vec<String> = (0..first.n_in).map(|k| format!("{name}_dx_{k}")).collect();
        if wanted {
            for dx in &dx {
                self.text.line(format!("var {dx} = 0.0;"));
            }
        }
        self.text.open(format!("for (var j = 0u; j < {hidden}u; j++)"));
        unit(&mut self.text, params, first, inputs, mask);
        let weight = |o: usize| params.at(format!("{}u + j * {n_out}u", second.at + o));
        let terms = d.iter().enumerate().map(|(o, d)| format!("{d} * {}", weight(o)));
        let total = sum(&mut self.text, "seen_delta_sum", terms);
        let delta = if mask.is_some() { format!("({total}) * kept_here") } else { total };
        self.text.line(format!("let hidden_delta = {delta};"));
        let before = differentiate(first.activation, "hidden", "hidden_delta");
        self.text.line(format!("let before = {before};"));
        if gradient {
            self.unit_gradient(back, &d);
        }
        if wanted {
            for (k, dx) in dx.iter().enumerate() {
                let weight = params.at(format!("{}u + j", first.at + k * hidden));
                self.text.line(format!("{dx} += before * {weight};"));
            }
        }
        self.text.close();
        if gradient {
            let (bias, n_params) = (second.at + hidden * n_out, self.plan.n_params);
            let values: Vec<String> =
                d.iter().cloned().chain(back.loss.map(str::to_owned)).collect();
            self.add_up(&values, |c| {
                format!("select({bias}u + {c}, {n_params}u, {c} == {n_out}u)")
            });
        }
        if wanted { dx } else { Vec::new() }
    }

    /// Sums the gradient of unit `j`: its weights from the inputs and its bias, which lie a layer's width
    /// apart, and its weights to the outputs, which lie together.
    fn unit_gradient(&mut self, back: &Back<'_>, d: &[String]) {
        let [first, second] = back.layers;
        let mut values: Vec<String> = back.inputs.iter().map(|x| format!("{x} * before")).collect();
        values.push("before".into());
        values.extend(d.iter().map(|d| format!("seen * {d}")));
        let (n_in, hidden, n_out) = (first.n_in, first.n_out, second.n_out);
        let (at, at_second) = (first.at, second.at);
        self.add_up(&values, |c| {
            let own = format!("{at}u + {c} * {hidden}u + j");
            let further = format!("{at_second}u + j * {n_out}u + {c} - {}u", n_in + 1);
            format!("select({own}, {further}, {c} > {n_in}u)")
        });
    }
}
