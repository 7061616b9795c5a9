//! Networks without an epoch: a model of the table that shows what training adds to the others.

use oddbench_core::{Epoch, Matrix, Train, Watch};
use oddbench_models::{Backend, find};
use serde_json::{Value, json};

/// What a fit said.
#[derive(Default)]
struct Heard {
    epochs: usize,
    notes: Vec<String>,
}

impl Watch for Heard {
    fn epoch(&mut self, _: Epoch) {
        self.epochs += 1;
    }

    fn note(&mut self, note: &str) {
        self.notes.push(note.to_owned());
    }
}

fn rows() -> Matrix {
    let data = (0..80 * 5).map(|i| ((i * 37 + i / 5) % 101) as f32 / 100.0).collect();
    Matrix::new(80, 5, data).unwrap()
}

fn fitted(kind: &str, params: &Value, seed: u64) -> (Vec<f64>, Heard) {
    let detector = find(kind).unwrap().build(params, &Backend::Cpu.open().unwrap()).unwrap();
    let (x, mut heard) = (rows(), Heard::default());
    let train = Train { x: &x, labels: None, validation: None };
    let scores = detector.fit(train, seed, &mut heard).unwrap().score(&x).unwrap();
    (scores, heard)
}

/// Adam's step is at most the learning rate, so that one epoch at 1e-30 moves no weight in single
/// precision.
#[test]
fn no_epoch_leaves_the_network_as_it_was_drawn_and_says_so() {
    for kind in ["autoencoder", "vae", "bigan", "seq2seq"] {
        let untrained = json!({ "preset": "sound", "epochs": 0 });
        let (scores, heard) = fitted(kind, &untrained, 7);
        assert_eq!(heard.epochs, 0, "{kind}");
        assert!(heard.notes.iter().any(|note| note.contains("untrained")), "{kind}");
        let mut still = json!({ "preset": "sound", "epochs": 1, "learning_rate": 1e-30 });
        if kind == "bigan" {
            still["discriminator_learning_rate"] = json!(1e-30);
        }
        assert_eq!(fitted(kind, &still, 7).0, scores, "{kind}");
        let trained = json!({ "preset": "sound", "epochs": 1 });
        assert_ne!(fitted(kind, &trained, 7).0, scores, "{kind}");
        assert_ne!(fitted(kind, &untrained, 8).0, scores, "{kind}");
    }
}
