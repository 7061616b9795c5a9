//! Random numbers of the simulations.

/// Normal deviates for simulations: Box and Muller's transform of Marsaglia's xorshift, so that the
/// truth does not come from the generator under test.
pub struct Normal(pub u64);

impl Normal {
    /// Between 0 and 1, both excluded.
    pub fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// The next deviate.
    pub fn next(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Scores of inliers at 0 and of outliers at `shift`, both with deviation 1.
    pub fn scores(&mut self, labels: &[bool], shift: f64) -> Vec<f64> {
        labels.iter().map(|&outlier| self.next() + if outlier { shift } else { 0.0 }).collect()
    }
}
