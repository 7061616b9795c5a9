//! Dense layers of one row in straight text: a line for each output, and a value for each parameter's
//! part of the gradient.

use super::functions::{apply, differentiate};
use super::kernel::Kernel;
use super::text::Text;
use crate::{Dense, Place};

/// Where the text finds parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Params(pub(crate) Place);

impl Params {
    /// The parameter at a position.
    pub(crate) fn at(self, position: impl std::fmt::Display) -> String {
        match self.0 {
            Place::Workgroup => format!("params[{position}]"),
            Place::Device => format!("state[mine + {position}]"),
        }
    }
}

/// Terms of a sum in one expression; longer sums take several lines.
const TERMS: usize = 32;

/// Writes the outputs of stacked layers for the inputs; returns the names of each layer's outputs.
pub(crate) fn forward(
    text: &mut Text,
    params: Params,
    layers: &[Dense],
    inputs: &[String],
    name: &str,
) -> Vec<Vec<String>> {
    let mut outputs: Vec<Vec<String>> = Vec::with_capacity(layers.len());
    for (l, layer) in layers.iter().enumerate() {
        let inputs = outputs.last().map_or(inputs, Vec::as_slice);
        let names: Vec<String> = (0..layer.n_out).map(|j| format!("{name}{l}_{j}")).collect();
        for (j, output) in names.iter().enumerate() {
            let bias = params.at(layer.at + layer.n_in * layer.n_out + j);
            let weight = |k: usize| params.at(layer.at + k * layer.n_out + j);
            let terms = inputs.iter().enumerate().map(|(k, x)| format!("{} * {x}", weight(k)));
            let sum = sum(text, &format!("{output}_sum"), std::iter::once(bias).chain(terms));
            text.line(format!("let {output} = {};", apply(layer.activation, &sum)));
        }
        outputs.push(names);
    }
    outputs
}

/// The sum of the terms as one expression, with lines before it if there are many.
pub(crate) fn sum(text: &mut Text, name: &str, terms: impl Iterator<Item = String>) -> String {
    let terms: Vec<String> = terms.collect();
    if terms.len() <= TERMS {
        return terms.join(" + ");
    }
    text.line(format!("var {name} = 0.0;"));
    for some in terms.chunks(TERMS) {
        text.line(format!("{name} += {};", some.join(" + ")));
    }
    name.to_owned()
}

/// What a backward pass begins with.
pub(crate) struct Back<'a> {
    /// The stacked layers.
    pub(crate) layers: &'a [Dense],
    /// Their inputs.
    pub(crate) inputs: &'a [String],
    /// What [`forward`] returned.
    pub(crate) outputs: &'a [Vec<String>],
    /// The derivatives by the last layer's outputs.
    pub(crate) deltas: Vec<String>,
    /// A value that is summed with the gradient of the first layer. Its sum is kept behind the parameters.
    pub(crate) loss: Option<&'a str>,
    /// A prefix of names.
    pub(crate) name: &'a str,
}

impl Kernel<'_> {
    /// Goes back through stacked layers and sums the gradient of their parameters. Returns the
    /// derivatives by the inputs if they are `wanted`.
    pub(crate) fn backward(&mut self, back: Back<'_>, wanted: bool) -> Vec<String> {
        let Back { layers, inputs, outputs, mut deltas, loss, name } = back;
        for (l, layer) in layers.iter().enumerate().rev() {
            let d = format!("{name}{l}_d");
            let before = self.name_each(&d, layer.n_out, |j| {
                differentiate(layer.activation, &outputs[l][j], &deltas[j])
            });
            let inputs = if l == 0 { inputs } else { &outputs[l - 1] };
            self.layer_gradient(layer, inputs, &before, loss.filter(|_| l == 0));
            deltas = match l > 0 || wanted {
                true => self.input_gradient(layer, &before, &format!("{name}{l}_dx")),
                false => Vec::new(),
            };
        }
        deltas
    }

    /// Sums the gradient of one layer's parameters, in their order.
    fn layer_gradient(
        &mut self,
        layer: &Dense,
        inputs: &[String],
        deltas: &[String],
        loss: Option<&str>,
    ) {
        let products = inputs.iter().flat_map(|x| deltas.iter().map(move |d| format!("{x} * {d}")));
        let mut values: Vec<String> = products.chain(deltas.iter().cloned()).collect();
        let (at, n_params) = (layer.at, self.plan.n_params);
        let Some(loss) = loss else {
            return self.add_up(&values, |c| format!("{at}u + {c}"));
        };
        let last = values.len();
        values.push(loss.to_owned());
        self.add_up(&values, |c| format!("select({at}u + {c}, {n_params}u, {c} == {last}u)"));
    }

    fn input_gradient(&mut self, layer: &Dense, deltas: &[String], name: &str) -> Vec<String> {
        let params = Params(self.plan.params);
        let names: Vec<String> = (0..layer.n_in).map(|k| format!("{name}_{k}")).collect();
        for (k, dx) in names.iter().enumerate() {
            let weight = |j: usize| params.at(layer.at + k * layer.n_out + j);
            let terms = deltas.iter().enumerate().map(|(j, d)| format!("{} * {d}", weight(j)));
            let sum = sum(&mut self.text, &format!("{dx}_sum"), terms);
            self.text.line(format!("let {dx} = {sum};"));
        }
        names
    }
}
