//! Adam over a flat parameter vector, one pass, no allocation.

use pulp::Simd;

use super::simd::Aligned;

/// The optimiser's settings.
///
/// Source: Kingma and Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1; epsilon
/// is added to the bias-corrected root, as in the paper, PyTorch and burn. Keras adds it before the
/// correction, which differs by a factor of at most 32 in epsilon during the first steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamSettings {
    /// Step size, above 0.
    pub learning_rate: f64,
    /// Decay of the first moment, in [0, 1).
    pub beta_1: f64,
    /// Decay of the second moment, in [0, 1).
    pub beta_2: f64,
    /// Added to the root of the second moment, above 0. Keras' default is 1e-7.
    pub epsilon: f64,
}

impl AdamSettings {
    /// Keras' defaults: beta 0.9 and 0.999, epsilon 1e-7.
    pub fn keras(learning_rate: f64) -> Self {
        Self { learning_rate, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 }
    }
}

/// The moments of a flat parameter vector.
#[derive(Debug, Clone)]
pub struct Adam {
    settings: AdamSettings,
    steps: i32,
    moment_1: Aligned,
    moment_2: Aligned,
}

impl Adam {
    /// Before the first step, for `n_params` parameters.
    pub fn new(settings: AdamSettings, n_params: usize) -> Self {
        Self {
            settings,
            steps: 0,
            moment_1: Aligned::zeros(n_params),
            moment_2: Aligned::zeros(n_params),
        }
    }

    /// Sets the step size of the steps to come.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.settings.learning_rate = learning_rate;
    }

    /// One step: updates `params` in place by `gradient`, both of the length given to [`Self::new`].
    #[inline(always)]
    pub fn step<S: Simd>(&mut self, simd: S, params: &mut [f32], gradient: &[f32]) {
        self.step_from(simd, 0, params, gradient);
    }

    /// One step of the parameters from position `at` on, as many as `params` and `gradient` have;
    /// the others rest. The step counter is shared: it advances by one whichever part moves.
    #[inline(always)]
    pub fn step_from<S: Simd>(&mut self, simd: S, at: usize, params: &mut [f32], gradient: &[f32]) {
        self.steps += 1;
        let part = at..at + params.len();
        let rates = Rates::at(&self.settings, self.steps);
        let (m, m_tail) = S::as_mut_simd_f32s(&mut self.moment_1[part.clone()]);
        let (v, v_tail) = S::as_mut_simd_f32s(&mut self.moment_2[part]);
        let (p, p_tail) = S::as_mut_simd_f32s(params);
        let (g, g_tail) = S::as_simd_f32s(gradient);
        for (((p, g), m), v) in p.iter_mut().zip(g).zip(m).zip(v) {
            (*p, *m, *v) = rates.update(simd, *p, *g, *m, *v);
        }
        let (p_new, m_new, v_new) = rates.update(
            simd,
            simd.partial_load_f32s(p_tail),
            simd.partial_load_f32s(g_tail),
            simd.partial_load_f32s(m_tail),
            simd.partial_load_f32s(v_tail),
        );
        simd.partial_store_f32s(p_tail, p_new);
        simd.partial_store_f32s(m_tail, m_new);
        simd.partial_store_f32s(v_tail, v_new);
    }
}

/// The factors of one step, in single precision.
#[derive(Clone, Copy)]
struct Rates {
    beta_1: f32,
    beta_2: f32,
    /// Learning rate over the first moment's bias correction.
    rate: f32,
    /// One over the root of the second moment's bias correction.
    correction: f32,
    epsilon: f32,
}

impl Rates {
    fn at(settings: &AdamSettings, step: i32) -> Self {
        Self {
            beta_1: settings.beta_1 as f32,
            beta_2: settings.beta_2 as f32,
            rate: (settings.learning_rate / (1.0 - settings.beta_1.powi(step))) as f32,
            correction: (1.0 / (1.0 - settings.beta_2.powi(step)).sqrt()) as f32,
            epsilon: settings.epsilon as f32,
        }
    }

    #[inline(always)]
    fn update<S: Simd>(
        self,
        simd: S,
        p: S::f32s,
        g: S::f32s,
        m: S::f32s,
        v: S::f32s,
    ) -> (S::f32s, S::f32s, S::f32s) {
        let splat = |value| simd.splat_f32s(value);
        let fresh = simd.mul_f32s(splat(1.0 - self.beta_1), g);
        let m = simd.mul_add_e_f32s(splat(self.beta_1), m, fresh);
        let fresh = simd.mul_f32s(simd.mul_f32s(splat(1.0 - self.beta_2), g), g);
        let v = simd.mul_add_e_f32s(splat(self.beta_2), v, fresh);
        let root =
            simd.mul_add_e_f32s(simd.sqrt_f32s(v), splat(self.correction), splat(self.epsilon));
        let p = simd.sub_f32s(p, simd.div_f32s(simd.mul_f32s(splat(self.rate), m), root));
        (p, m, v)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::simd::{WithSimd, dispatch};

    struct Steps<'a> {
        adam: &'a mut Adam,
        params: &'a mut [f32],
        gradients: &'a [Vec<f32>],
    }

    impl WithSimd for Steps<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            for gradient in self.gradients {
                self.adam.step(simd, self.params, gradient);
            }
        }
    }

    /// Algorithm 1 of the paper, one parameter at a time, in double precision.
    fn by_the_paper(settings: AdamSettings, mut p: f64, gradients: &[f64]) -> f64 {
        let (mut m, mut v) = (0.0, 0.0);
        for (t, g) in (1..).zip(gradients) {
            m = settings.beta_1 * m + (1.0 - settings.beta_1) * g;
            v = settings.beta_2 * v + (1.0 - settings.beta_2) * g * g;
            let m_hat = m / (1.0 - settings.beta_1.powi(t));
            let v_hat = v / (1.0 - settings.beta_2.powi(t));
            p -= settings.learning_rate * m_hat / (v_hat.sqrt() + settings.epsilon);
        }
        p
    }

    #[test]
    fn follows_the_paper_in_vectors_and_tails() {
        let settings = AdamSettings::keras(0.01);
        let n = 37;
        let gradients: Vec<Vec<f32>> = (0..5)
            .map(|t| (0..n).map(|i| ((i * 7 + t * 3) as f32).sin() * 0.1).collect())
            .collect();
        let start: Vec<f32> = (0..n).map(|i| (i as f32).cos()).collect();
        let mut params = start.clone();
        let mut adam = Adam::new(settings, n);
        dispatch(Steps { adam: &mut adam, params: &mut params, gradients: &gradients });
        for i in 0..n {
            let column: Vec<f64> = gradients.iter().map(|g| f64::from(g[i])).collect();
            let expected = by_the_paper(settings, f64::from(start[i]), &column);
            assert!((f64::from(params[i]) - expected).abs() < 1e-6, "parameter {i}");
        }
    }
}
