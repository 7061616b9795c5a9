//! The adversaries' losses and gradients of one row: the moves of discriminator, encoder and generator.

use super::dense::Params;
use super::kernel::Kernel;
use super::wide::{Back, Mask, forward};
use crate::Bigan;

/// A discriminator's look at a pair.
struct Look {
    /// Code and row, less what the dropout takes.
    pair: Vec<String>,
    /// What each value of the pair was multiplied by.
    masks: Vec<String>,
    /// The mask of its features.
    features: Mask,
    logit: Vec<String>,
    /// The derivative of the loss by the logit.
    delta: Vec<String>,
    /// The row's share of the mean cross-entropy.
    loss: String,
    name: &'static str,
}

/// Loss and gradient of the move number `which` for the row `x`.
pub(crate) fn gradient(kernel: &mut Kernel<'_>, net: &Bigan, x: &[String], which: usize) {
    kernel.text.line("let kept = numbers[of_model + 3u];");
    kernel.text.line("let share = select(0.0, 1.0 / f32(n), valid);");
    match which {
        0 => {
            let code = encode(kernel, net, x);
            let look = look(kernel, net, "real", 0, [&code, x], 1.0);
            judge(kernel, net, &look);
        }
        1 => {
            let z = draw_code(kernel, net, 0);
            let made = generate(kernel, net, &z, "made");
            let look = look(kernel, net, "fake", 1, [&z, &made], 0.0);
            judge(kernel, net, &look);
        }
        _ => encoder_generator(kernel, net, x, which - 2),
    }
}

/// Encoder and generator move against both verdicts.
fn encoder_generator(kernel: &mut Kernel<'_>, net: &Bigan, x: &[String], update: usize) {
    let latent = net.latent;
    let z = draw_code(kernel, net, update);
    let made = generate(kernel, net, &z, "made");
    let fake = look(kernel, net, "fake", 3 + 2 * update, [&z, &made], 1.0);
    let pair_delta = pair_gradient(kernel, net, &fake);
    let back = Back {
        layers: &net.generator,
        inputs: &z,
        outputs: &made,
        mask: &None,
        deltas: &pair_delta[latent..],
        loss: None,
        name: "made",
    };
    kernel.wide_backward(&back, true, false);

    let code = encode(kernel, net, x);
    let real = look(kernel, net, "real", 2 + 2 * update, [&code, x], 0.0);
    let mut code_delta = pair_gradient(kernel, net, &real)[..latent].to_vec();
    let mut loss = "fake_loss + real_loss".to_owned();
    if net.cycle {
        let from_cycle = cycle(kernel, net, x, &code);
        code_delta = kernel
            .name_each("code_delta", latent, |l| format!("{} + {}", code_delta[l], from_cycle[l]));
        loss.push_str(" + cycle_loss");
    }
    let back = Back {
        layers: &net.encoder,
        inputs: x,
        outputs: &code,
        mask: &None,
        deltas: &code_delta,
        loss: Some(&loss),
        name: "code",
    };
    kernel.wide_backward(&back, true, false);
}

/// The weighted error of the reconstruction; returns its derivatives by the code. The generator's
/// gradient is added to its gradient of the verdict.
fn cycle(kernel: &mut Kernel<'_>, net: &Bigan, x: &[String], code: &[String]) -> Vec<String> {
    let again = generate(kernel, net, code, "again");
    let features = x.len();
    kernel.text.line(format!("let cycle_scale = share * numbers[of_model + 4u] / {features}.0;"));
    let errors = kernel.name_each("error", features, |k| format!("{} - {}", again[k], x[k]));
    let squares: Vec<String> = errors.iter().map(|e| format!("{e} * {e}")).collect();
    kernel.text.line(format!("let cycle_loss = cycle_scale * ({});", squares.join(" + ")));
    let deltas =
        kernel.name_each("again_delta", features, |k| format!("2.0 * cycle_scale * {}", errors[k]));
    let back = Back {
        layers: &net.generator,
        inputs: code,
        outputs: &again,
        mask: &None,
        deltas: &deltas,
        loss: None,
        name: "again",
    };
    let mut dx = Vec::new();
    kernel.adding(|kernel| dx = kernel.wide_backward(&back, true, true));
    dx
}

fn encode(kernel: &mut Kernel<'_>, net: &Bigan, x: &[String]) -> Vec<String> {
    let params = Params(kernel.plan.params);
    forward(&mut kernel.text, params, &net.encoder, x, &None, "code")
}

fn generate(kernel: &mut Kernel<'_>, net: &Bigan, z: &[String], name: &str) -> Vec<String> {
    let params = Params(kernel.plan.params);
    forward(&mut kernel.text, params, &net.generator, z, &None, name)
}

fn draw_code(kernel: &mut Kernel<'_>, net: &Bigan, update: usize) -> Vec<String> {
    let at = update * net.latent;
    kernel.name_each("z", net.latent, |l| format!("bitcast<f32>(draws[drawn + {}u])", at + l))
}

/// Shows a pair to the discriminator, with the dropout of look number `number`. Writes the logit, the
/// row's share of the mean cross-entropy against `target` as `{name}_loss`, and its derivative.
fn look(
    kernel: &mut Kernel<'_>,
    net: &Bigan,
    name: &'static str,
    number: usize,
    [code, row]: [&[String]; 2],
    target: f32,
) -> Look {
    let words = net.latent * net.generator_updates + number * net.mask_words();
    kernel.text.line(format!("let {name}_masks = drawn + {words}u;"));
    let bit = |at: String| {
        format!(
            "select(0.0, kept, ((draws[{name}_masks + ({at}) / 32u] >> (({at}) % 32u)) & 1u) != 0u)"
        )
    };
    let masks = kernel.name_each(&format!("{name}_mask"), net.pair(), |k| bit(format!("{k}u")));
    let values = [code, row].concat();
    let pair = kernel.name_each(&format!("{name}_pair"), net.pair(), |k| {
        format!("{} * {}", values[k], masks[k])
    });
    let features = Some(bit(format!("{}u + j", net.pair())));
    let params = Params(kernel.plan.params);
    let logit_name = format!("{name}_logit");
    let logit =
        forward(&mut kernel.text, params, &net.discriminator, &pair, &features, &logit_name);
    let s = &logit[0];
    kernel.text.line(format!(
        "let {name}_loss = share * (max({s}, 0.0) - {s} * {target:?} + log(1.0 + exp(-abs({s}))));"
    ));
    let delta = format!("{name}_judged");
    kernel.text.line(format!("let {delta} = share * (sigmoid({s}) - {target:?});"));
    Look { pair, masks, features, logit, delta: vec![delta], loss: format!("{name}_loss"), name }
}

impl Look {
    fn back<'a>(&'a self, net: &'a Bigan) -> Back<'a> {
        Back {
            layers: &net.discriminator,
            inputs: &self.pair,
            outputs: &self.logit,
            mask: &self.features,
            deltas: &self.delta,
            loss: Some(&self.loss),
            name: self.name,
        }
    }
}

/// Sums the gradient of the discriminator's own parameters, and the loss.
fn judge(kernel: &mut Kernel<'_>, net: &Bigan, look: &Look) {
    kernel.wide_backward(&look.back(net), true, false);
}

/// The derivatives by the pair, before the dropout.
fn pair_gradient(kernel: &mut Kernel<'_>, net: &Bigan, look: &Look) -> Vec<String> {
    let dx = kernel.wide_backward(&look.back(net), false, true);
    let name = format!("{}_pair_delta", look.name);
    kernel.name_each(&name, dx.len(), |k| format!("{} * {}", dx[k], look.masks[k]))
}
