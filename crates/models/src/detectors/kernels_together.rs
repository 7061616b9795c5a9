//! Eight networks of each kind that train together on a graphics card, each by a fit on a thread of its own, against
//! each of them alone. Some stop early, one is cancelled, one panics.
//!
//! It needs `--features oddbench-models/kernels`, and an adapter: a software renderer is enough.

#![expect(
    clippy::unwrap_used,
    reason = "clippy's allowance for tests does not see the feature beside `test`"
)]

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use oddbench_core::{DetectorError, Engine, Epoch, Matrix, OnDevice, Train, Watch};
use serde_json::{Value, json};

use super::find;
use super::network_rows::rows;
use crate::company::Seat;
use crate::device::{Backend, Device};

const MODELS: usize = 8;
const CANCELLED: usize = 2;
const PANICS: usize = 5;

/// What a fit tells, and how it is disturbed.
#[derive(Default)]
struct Ear {
    epochs: Vec<Epoch>,
    training: Option<OnDevice>,
    cancels: bool,
    panics: bool,
}

impl Watch for Ear {
    fn epoch(&mut self, epoch: Epoch) {
        assert!(!self.panics, "a planted panic");
        self.epochs.push(epoch);
    }
    fn on_device(&mut self, training: OnDevice) {
        self.training = Some(training);
    }
    fn note(&mut self, _: &str) {}
    fn cancelled(&self) -> bool {
        self.cancels && !self.epochs.is_empty()
    }
}

/// Losses and scores.
#[derive(Debug, PartialEq)]
struct Fitted {
    epochs: Vec<Epoch>,
    scores: Vec<f64>,
}

struct Rows {
    train: Matrix,
    validation: Matrix,
    test: Matrix,
}

/// One fit. `None` if it was cancelled or has panicked.
fn fit(
    (kind, params, number): (&str, &Value, usize),
    rows: &Rows,
    (device, seat, disturbed): (&Device, &Seat, bool),
) -> (Option<Fitted>, Option<OnDevice>) {
    let mut ear = Ear {
        cancels: disturbed && number == CANCELLED,
        panics: disturbed && number == PANICS,
        ..Ear::default()
    };
    let device = device.clone().at_seat(seat);
    let detector = find(kind).unwrap().build(params, &device).unwrap();
    let train = Train { x: &rows.train, labels: None, validation: Some(&rows.validation) };
    let fitted = catch_unwind(AssertUnwindSafe(|| detector.fit(train, number as u64, &mut ear)));
    seat.leave();
    let fitted = match fitted {
        Ok(Ok(fitted)) => fitted,
        Ok(Err(DetectorError::Cancelled)) | Err(_) => return (None, ear.training),
        Ok(Err(error)) => panic!("{error}"),
    };
    let scores = fitted.score(&rows.test).unwrap();
    (Some(Fitted { epochs: ear.epochs, scores }), ear.training)
}

/// `of` gives the parameters of each of eight networks.
fn company_does_not_matter(kind: &str, of: impl Fn(usize) -> Value + Sync) {
    let Ok(device) = Backend::Wgpu.open() else {
        // Not `eprintln`, which the test harness would swallow.
        let _ = writeln!(std::io::stderr(), "NOT RUN: no Vulkan/Metal/DX12 adapter");
        return;
    };
    let [train, validation, test] =
        [rows(150, 6, 1), rows(40, 6, 2), rows(60, 6, 3)].map(Matrix::into_shared);
    let rows = Rows { train, validation, test };
    let one = |number: usize, seat: &Seat, disturbed: bool| {
        fit((kind, &of(number), number), &rows, (&device, seat, disturbed))
    };
    let seats = Seat::for_each_of(MODELS);
    let one = &one;
    let together: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = seats
            .iter()
            .enumerate()
            .map(|(number, seat)| scope.spawn(move || one(number, seat, true)))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(seats[0].sent_rows(), 3, "training, validation and test rows, each sent once");
    let mut lengths = Vec::new();
    for (number, (fitted, training)) in together.into_iter().enumerate() {
        let training = training.unwrap();
        assert_eq!((training.engine, training.models_at_once), (Engine::Fused, MODELS));
        assert_eq!(fitted.is_none(), [CANCELLED, PANICS].contains(&number));
        let Some(fitted) = fitted else { continue };
        let (alone, training) = one(number, &Seat::alone(), false);
        assert_eq!(training.unwrap().models_at_once, 1);
        assert_eq!(fitted, alone.unwrap(), "{kind}, model {number}");
        lengths.push(fitted.epochs.len());
    }
    lengths.sort_unstable();
    assert!(lengths[0] < lengths[lengths.len() - 1], "nobody has stopped early: {lengths:?}");
}

/// Learning rates, numbers of epochs and patience of the eight; the second stops early if its validation loss allows.
fn training(number: usize, epochs: usize) -> Value {
    let mut params = json!({
        "learning_rate": 0.002 * (number + 1) as f64, "beta_1": 0.9 - 0.01 * number as f64,
        "epochs": if number == 0 { 1 } else { epochs },
    });
    if number == 1 {
        params["patience"] = json!(1);
        params["learning_rate"] = json!(0.9);
    }
    params
}

fn with(mut params: Value, more: &Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        params[key] = value.clone();
    }
    params
}

#[test]
fn eight_autoencoders_are_eight_alone() {
    company_does_not_matter("autoencoder", |number| {
        with(training(number, 4), &json!({ "hidden": [5], "batch_size": 32 }))
    });
}

#[test]
fn eight_vaes_with_weights_of_their_own_are_eight_alone() {
    company_does_not_matter("vae", |number| {
        let own = json!({
            "hidden": [5], "batch_size": 32, "kl_weight": 0.1 * number as f64, "kl_warmup": number,
        });
        with(training(number, 4), &own)
    });
}

#[test]
fn eight_bigans_are_eight_alone() {
    company_does_not_matter("bigan", |number| {
        let own = json!({
            "encoder_hidden": 6, "generator_hidden": 7, "discriminator_hidden": 40, "batch_size": 32,
            "cycle_weight": 1.0 + number as f64, "dropout": 0.05 * number as f64,
        });
        with(training(number, 3), &own)
    });
}

#[test]
fn eight_sequence_networks_are_eight_alone() {
    company_does_not_matter("seq2seq", |number| {
        let own = json!({
            "units": 2, "batch_size": 140, "gradient_clip": 0.5 + number as f64,
            "dropout": 0.1 + 0.05 * number as f64,
        });
        with(training(number, 3), &own)
    });
}

#[test]
fn other_shapes_do_not_train_together() {
    let Ok(device) = Backend::Wgpu.open() else { return };
    let rows = Rows { train: rows(150, 6, 1), validation: rows(40, 6, 2), test: rows(60, 6, 3) };
    let seats = Seat::for_each_of(5);
    let params = |number: usize| match number {
        4 => json!({ "hidden": [5], "batch_size": 16, "epochs": 2 }),
        // Too large for the kernels: only a build with burn trains it.
        3 => json!({ "hidden": [400], "epochs": 1 }),
        _ => json!({ "hidden": [5], "batch_size": 32, "epochs": 2 }),
    };
    let one = |number: usize, seat: &Seat| {
        let mut ear = Ear::default();
        let device = device.clone().at_seat(seat);
        let detector = find("autoencoder").unwrap().build(&params(number), &device).unwrap();
        let train = Train { x: &rows.train, labels: None, validation: None };
        let fitted = detector.fit(train, number as u64, &mut ear);
        seat.leave();
        (fitted.map(drop), ear.training.map(|training| training.models_at_once))
    };
    let one = &one;
    let all: Vec<_> = thread::scope(|scope| {
        let seats = seats.iter().enumerate();
        let threads: Vec<_> =
            seats.map(|(number, seat)| scope.spawn(move || one(number, seat))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let sizes: Vec<Option<usize>> = all.iter().map(|(_, models)| *models).collect();
    let alone = device.tensors().map(|_| 1);
    assert_eq!(sizes, [Some(3), Some(3), Some(3), alone, Some(1)]);
    if let Err(error) = &all[3].0 {
        let text = error.to_string();
        assert!(text.contains("parameters") && text.contains("--features wgpu"), "{text}");
    }
    assert_eq!(all[3].0.is_ok(), device.tensors().is_some());
}
