//! A layer of long short-term memory for one row: a step forward, a step back, and the gradient.
//!
//! Steps and units are loops; the sums over a step's inputs are straight text. Values that a row needs on
//! the way back lie in the device's memory, its tape: neighbouring rows lie side by side, so a workgroup
//! reads and writes whole lines.

use super::dense::{Params, sum};
use super::kernel::Kernel;
use super::text::Text;
use crate::network::{GATES, Lstm};

/// The gates in the order of their weights.
const NAMES: [&str; GATES] = ["gate_i", "gate_f", "gate_g", "gate_o"];

/// Where a layer's values lie on the tape of a row.
#[derive(Debug, Clone)]
pub(crate) struct Tape {
    /// The first slot.
    base: usize,
    units: usize,
    steps: usize,
    /// Whether only the present step is kept: nothing goes back.
    rolling: bool,
    /// The distance of two slots, as an expression.
    stride: String,
}

impl Tape {
    pub(crate) fn new(lstm: &Lstm, base: usize, steps: usize, rolling: bool, stride: &str) -> Self {
        Self { base, units: lstm.units, steps, rolling, stride: stride.to_owned() }
    }

    /// How many slots a layer of that many units takes.
    pub(crate) fn slots(units: usize, steps: usize, rolling: bool) -> usize {
        match rolling {
            true => 3 * units,
            false => steps + 2 * (steps + 1) * units + GATES * steps * units,
        }
    }

    fn at(&self, slot: String) -> String {
        format!("scratch[tape + ({slot}) * {}]", self.stride)
    }

    fn input(&self, t: &str) -> String {
        self.at(format!("{}u + {t}", self.base))
    }

    /// The state of unit `k` before step `t`.
    pub(crate) fn state(&self, t: &str, k: &str) -> String {
        let Self { base, units, .. } = self;
        match self.rolling {
            true => self.at(format!("{base}u + (({t}) & 1u) * {units}u + {k}")),
            false => self.at(format!("{}u + ({t}) * {units}u + {k}", base + self.steps)),
        }
    }

    /// The cell of unit `k` before step `t`.
    pub(crate) fn cell(&self, t: &str, k: &str) -> String {
        let Self { base, units, steps, .. } = self;
        match self.rolling {
            true => self.at(format!("{}u + {k}", base + 2 * units)),
            false => {
                let first = base + steps + (steps + 1) * units;
                self.at(format!("{first}u + ({t}) * {units}u + {k}"))
            }
        }
    }

    /// A gate of unit `j` in step `t`; on the way back its derivative.
    fn gate(&self, t: &str, gate: usize, j: &str) -> String {
        let Self { base, units, steps, .. } = self;
        let first = base + steps + 2 * (steps + 1) * units;
        self.at(format!("{first}u + (({t}) * {GATES}u + {gate}u) * {units}u + {j}"))
    }
}

/// The weight from a row of the kernels (0 is the input, then the states, then the bias) to a gate of
/// unit `j`.
fn weight(params: Params, lstm: &Lstm, row: usize, gate: usize) -> String {
    params.at(format!("{}u + j", lstm.at + (row * GATES + gate) * lstm.units))
}

/// Writes step `t` for the value named `input`. `also` writes what else is done with each unit's new
/// state, `state`.
pub(crate) fn step(
    text: &mut Text,
    params: Params,
    lstm: &Lstm,
    tape: &Tape,
    also: impl FnOnce(&mut Text),
) {
    let units = lstm.units;
    if !tape.rolling {
        text.line(format!("{} = input;", tape.input("t")));
    }
    for k in 0..units {
        text.line(format!("let h_{k} = {};", tape.state("t", &format!("{k}u"))));
    }
    text.open(format!("for (var j = 0u; j < {units}u; j++)"));
    for (gate, name) in NAMES.into_iter().enumerate() {
        let bias = weight(params, lstm, units + 1, gate);
        let first = format!("{} * input", weight(params, lstm, 0, gate));
        let states = (0..units).map(|k| format!("{} * h_{k}", weight(params, lstm, k + 1, gate)));
        let terms = [bias, first].into_iter().chain(states);
        let sum = sum(text, &format!("{name}_sum"), terms);
        let function = if name == "gate_g" { "tangent" } else { "sigmoid" };
        text.line(format!("let {name} = {function}({sum});"));
        if !tape.rolling {
            text.line(format!("{} = {name};", tape.gate("t", gate, "j")));
        }
    }
    text.line(format!("let cell = gate_f * {} + gate_i * gate_g;", tape.cell("t", "j")));
    text.line("let state = gate_o * tangent(cell);");
    text.line(format!("{} = cell;", tape.cell("t + 1u", "j")));
    text.line(format!("{} = state;", tape.state("t + 1u", "j")));
    also(text);
    text.close();
}

/// Where the derivatives by a layer's states and cells lie: of the states after the step that is gone
/// back, of the cells after it through later steps.
#[derive(Debug, Clone)]
pub(crate) struct Deltas {
    /// The first slot of the states'.
    pub(crate) states: usize,
    /// The first slot of the cells'.
    pub(crate) cells: usize,
}

/// Writes the way back through step `t`: the gates become their derivatives, and `deltas` those before
/// the step. `further` is added to the derivative by the state of unit `j`. Names `input_delta` if the
/// derivative by the input is `wanted`.
pub(crate) fn step_back(
    text: &mut Text,
    params: Params,
    lstm: &Lstm,
    (tape, deltas): (&Tape, &Deltas),
    further: Option<&str>,
    wanted: bool,
) {
    let units = lstm.units;
    let state_delta = |k: &str| tape.at(format!("{}u + {k}", deltas.states));
    let cell_delta = tape.at(format!("{}u + j", deltas.cells));
    let rows = (if wanted { 0 } else { 1 })..=units;
    for row in rows.clone() {
        text.line(format!("var before_{row} = 0.0;"));
    }
    text.open(format!("for (var j = 0u; j < {units}u; j++)"));
    let further = further.map_or(String::new(), |more| format!(" + {more}"));
    text.line(format!("let state_delta = {}{further};", state_delta("j")));
    for (gate, name) in NAMES.into_iter().enumerate() {
        text.line(format!("let {name} = {};", tape.gate("t", gate, "j")));
    }
    text.line(format!("let bent = tangent({});", tape.cell("t + 1u", "j")));
    text.line(format!("let cell_delta = {cell_delta} + tangent_back(bent, state_delta * gate_o);"));
    text.line("let delta_0 = sigmoid_back(gate_i, cell_delta * gate_g);");
    text.line(format!("let delta_1 = sigmoid_back(gate_f, cell_delta * {});", tape.cell("t", "j")));
    text.line("let delta_2 = tangent_back(gate_g, cell_delta * gate_i);");
    text.line("let delta_3 = sigmoid_back(gate_o, state_delta * bent);");
    text.line(format!("{cell_delta} = cell_delta * gate_f;"));
    for gate in 0..GATES {
        text.line(format!("{} = delta_{gate};", tape.gate("t", gate, "j")));
    }
    for row in rows {
        let terms = (0..GATES).map(|g| format!("delta_{g} * {}", weight(params, lstm, row, g)));
        text.line(format!("before_{row} += {};", terms.collect::<Vec<_>>().join(" + ")));
    }
    text.close();
    for k in 0..units {
        text.line(format!("{} = before_{};", state_delta(&format!("{k}u")), k + 1));
    }
    if wanted {
        text.line("let input_delta = before_0;");
    }
}

/// Sums the gradient of the layer's parameters over all steps and rows, unit by unit.
pub(crate) fn gradient(kernel: &mut Kernel<'_>, lstm: &Lstm, tape: &Tape) {
    let (units, at) = (lstm.units, lstm.at);
    let rows = units + 2;
    let names: Vec<String> =
        (0..rows).flat_map(|row| (0..GATES).map(move |g| format!("sum_{row}_{g}"))).collect();
    kernel.text.open(format!("for (var j = 0u; j < {units}u; j++)"));
    for name in &names {
        kernel.text.line(format!("var {name} = 0.0;"));
    }
    kernel.text.open(format!("for (var t = 0u; t < {}u; t++)", tape.steps));
    for gate in 0..GATES {
        kernel.text.line(format!("let delta_{gate} = {};", tape.gate("t", gate, "j")));
    }
    for row in 0..rows {
        let value = match row {
            0 => tape.input("t"),
            row if row <= units => tape.state("t", &format!("{}u", row - 1)),
            _ => "1.0".to_owned(),
        };
        kernel.text.line(format!("let value_{row} = {value};"));
        for gate in 0..GATES {
            kernel.text.line(format!("sum_{row}_{gate} += value_{row} * delta_{gate};"));
        }
    }
    kernel.text.close();
    kernel.add_up(&names, |c| {
        format!("{at}u + ({c} / {GATES}u) * {}u + ({c} % {GATES}u) * {units}u + j", GATES * units)
    });
    kernel.text.close();
}
