//! Ends a training when the validation loss has not improved for some epochs, and goes back to the
//! best weights.

/// What to do after an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The loss is the lowest so far: keep these weights.
    Best,
    /// Go on.
    Wait,
    /// Patience is at its end: go back to the best weights.
    Stop,
}

/// Watches the validation loss.
#[derive(Debug, Clone)]
pub struct EarlyStopping {
    patience: u32,
    best: f64,
    waited: u32,
}

impl EarlyStopping {
    /// Stops after `patience` epochs without a new lowest loss.
    pub fn new(patience: u32) -> Self {
        Self { patience, best: f64::INFINITY, waited: 0 }
    }

    /// Takes the loss of the next epoch.
    pub fn after(&mut self, loss: f64) -> Decision {
        if loss < self.best {
            self.best = loss;
            self.waited = 0;
            return Decision::Best;
        }
        self.waited += 1;
        if self.waited >= self.patience { Decision::Stop } else { Decision::Wait }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_after_that_many_epochs_without_a_new_low() {
        let mut stopping = EarlyStopping::new(2);
        let decisions: Vec<Decision> =
            [3.0, 2.0, 2.5, 1.0, 1.0, 1.5].into_iter().map(|loss| stopping.after(loss)).collect();
        use Decision::{Best, Stop, Wait};
        assert_eq!(decisions, [Best, Best, Wait, Best, Wait, Stop]);
    }
}
