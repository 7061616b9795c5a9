//! Which trials of the networks may train together.

use serde_json::{Value, json};

use super::find;
use crate::kind::InCompany;

fn of(kind: &str, params: Value) -> InCompany {
    find(kind).unwrap().in_company(&params, 18).unwrap()
}

/// Whether two trials may train together.
fn may(kind: &str, one: Value, other: Value) -> bool {
    of(kind, one).alike == of(kind, other).alike
}

#[test]
fn numbers_of_training_and_scoring_may_differ() {
    let training =
        json!({ "learning_rate": 0.5, "beta_1": 0.1, "beta_2": 0.2, "epsilon": 0.1, "epochs": 3 });
    for kind in ["autoencoder", "vae", "bigan", "seq2seq"] {
        assert!(may(kind, json!({}), training.clone()), "{kind}");
        assert!(may(kind, json!({}), json!({ "patience": 3 })), "{kind}");
    }
    assert!(may("autoencoder", json!({}), json!({ "init": "glorot-uniform" })));
    let own = json!({ "kl_weight": 3.0, "kl_warmup": 7, "score": "elbo", "samples": 9 });
    assert!(may("vae", json!({}), own));
    let own = json!({
        "dropout": 0.0, "discriminator_learning_rate": 0.5, "cycle_weight": 3.0,
        "distance": "absolute", "weight": 0.5,
    });
    assert!(may("bigan", json!({}), own));
    assert!(may("seq2seq", json!({}), json!({ "dropout": 0.1, "gradient_clip": 9.0 })));
}

#[test]
fn what_makes_another_kernel_may_not() {
    for kind in ["autoencoder", "vae", "bigan", "seq2seq"] {
        assert!(!may(kind, json!({}), json!({ "batch_size": 64 })), "{kind}");
        assert!(!may(kind, json!({}), json!({ "output": "linear" })), "{kind}");
    }
    for kind in ["autoencoder", "vae", "bigan"] {
        assert!(!may(kind, json!({}), json!({ "latent": 3 })), "{kind}");
    }
    assert!(!may("autoencoder", json!({}), json!({ "hidden": [9] })));
    assert!(!may("autoencoder", json!({}), json!({ "activation": "tanh" })));
    for own in [json!({ "cycle_weight": 0.0 }), json!({ "batches_per_epoch": 2 })] {
        assert!(!may("bigan", json!({}), own));
    }
    assert!(!may("bigan", json!({}), json!({ "generator_updates": 2 })));
    for own in [json!({ "units": 4 }), json!({ "dropout": 0.0 }), json!({ "gradient_clip": null })]
    {
        assert!(!may("seq2seq", json!({}), own));
    }
}

#[test]
fn other_kinds_train_alone() {
    assert_eq!(find("isolation-forest").unwrap().in_company(&json!({}), 18), None);
}

/// `kernels_like_cpu` holds the words against the kernels' own count.
#[test]
fn memory_follows_from_what_is_drawn() {
    assert_eq!(of("autoencoder", json!({})).bytes_per_row, 4 * 3);
    assert_eq!(of("vae", json!({ "latent": 5 })).bytes_per_row, 4 * (3 + 2 * 5));
    // Two values of a code; four looks with masks of 2 + 18 + 128 bits.
    assert_eq!(of("bigan", json!({})).bytes_per_row, 4 * (3 + 2 * (2 + 4 * 5)));
    assert_eq!(of("seq2seq", json!({})).bytes_per_row, 4 * (3 + 2 * 2));
    assert_eq!(of("seq2seq", json!({ "dropout": 0.0 })).bytes_per_row, 4 * 3);
}
