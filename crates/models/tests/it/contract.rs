//! Variants of the kinds against the contract; the kinds themselves have a test per clause beside
//! their table.

use oddbench_models::contract;
use serde_json::json;

/// The variants of a kind that have their own code.
#[test]
fn every_variant_keeps_the_contract() {
    let variants = [
        ("pca", json!({ "score": "component-distance", "sign": "projection" })),
        ("pca", json!({ "score": "component-distance", "sign": "loading", "n_components": 1 })),
        ("pca", json!({ "score": "weighted-component-distance", "sign": "projection" })),
        (
            "pca",
            json!({ "score": "weighted-component-distance", "n_components": 4, "n_selected_components": 2 }),
        ),
        ("principal-component-classifier", json!({ "components": "all", "trim": 0.0 })),
        ("principal-component-classifier", json!({ "components": "minor", "minor_below": 0.9 })),
        ("loda", json!({ "n_random_cuts": 9, "n_bins": 50, "projection": "gaussian" })),
        ("extended-isolation-forest", json!({ "n_estimators": 5, "extension_level": 0 })),
        (
            "extended-isolation-forest",
            json!({ "n_estimators": 5, "extension_level": 1, "max_samples": 20 }),
        ),
        ("ocsvm", json!({ "kernel": "linear", "nu": 0.2 })),
        ("ocsvm", json!({ "kernel": "poly", "nu": 0.2, "coef0": 1.0 })),
        ("ocsvm", json!({ "kernel": "sigmoid", "nu": 0.2, "gamma": 0.1 })),
        ("autoencoder", json!({ "preset": "sound", "epochs": 2 })),
        ("vae", json!({ "epochs": 2, "score": "elbo", "samples": 3 })),
        ("vae", json!({ "preset": "sound", "epochs": 2, "kl_warmup": 1 })),
        ("bigan", json!({ "preset": "sound", "epochs": 2, "generator_updates": 2 })),
        ("bigan", json!({ "weight": 0.1, "term": "feature-matching" })),
        ("bigan", json!({ "weight": 0.1, "term": "cross-entropy" })),
        ("seq2seq", json!({ "preset": "sound", "units": 3, "epochs": 2 })),
        ("knn", json!({ "n_neighbors": 1, "method": "mean" })),
        ("knn", json!({ "n_neighbors": 8, "method": "median" })),
        ("lof", json!({ "n_neighbors": 1 })),
        ("k-means", json!({ "n_clusters": 1, "n_init": 1, "max_iter": 1 })),
        ("cblof", json!({ "use_weights": true, "alpha": 0.5, "n_clusters": 3 })),
        ("gmm", json!({ "covariance_type": "diag", "n_init": 2 })),
        ("gmm", json!({ "n_components": 1 })),
        ("hbos", json!({ "n_bins": 200, "tolerance": 0.0 })),
        ("isolation-forest", json!({ "n_estimators": 5, "max_features": 0.5, "max_samples": 20 })),
        ("random-forest", json!({ "n_estimators": 3, "resample": "smote", "max_depth": 4 })),
        ("random-forest", json!({ "n_estimators": 3, "resample": "over", "max_features": 0.5 })),
        (
            "random-forest",
            json!({ "n_estimators": 3, "resample": "under", "max_features": "log2" }),
        ),
        ("random-forest", json!({ "n_estimators": 3, "min_samples_leaf": 4, "max_samples": 0.4 })),
        ("svm", json!({ "kernel": "linear", "class_weight": "balanced" })),
        ("svm", json!({ "kernel": "poly", "coef0": 1.0, "class_weight": 2.5 })),
        ("svm", json!({ "kernel": "sigmoid", "gamma": 0.1, "c": 10 })),
        ("svm", json!({ "max_rows": 99, "resample": "smote" })),
        ("gradient-boosting", json!({ "n_estimators": 5, "resample": "smote", "max_bins": 16 })),
        ("gradient-boosting", json!({ "n_estimators": 5, "class_weight": "balanced" })),
        ("logistic-regression", json!({ "class_weight": 2.5, "c": 30 })),
        ("logistic-regression", json!({ "resample": "smote" })),
        ("naive-bayes", json!({ "resample": "over", "var_smoothing": 0.1 })),
        ("knn-classifier", json!({ "weights": "distance", "class_weight": "balanced" })),
        ("knn-classifier", json!({ "n_neighbors": 1, "resample": "under" })),
    ];
    let mut breaches = Vec::new();
    for (name, params) in variants {
        let scratch = tempfile::tempdir().unwrap();
        let kind = oddbench_models::find(name).unwrap();
        for breach in contract::check(kind, &params, scratch.path()) {
            breaches.push(format!("{name} {params}: {}: {}", breach.clause, breach.how));
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

/// PyOD's way of scoring breaks one promise and no other, and its notes say so.
#[test]
fn the_joint_reference_breaks_the_promise_of_rows_on_their_own_and_no_other() {
    for name in ["ecod", "copod"] {
        let scratch = tempfile::tempdir().unwrap();
        let kind = oddbench_models::find(name).unwrap();
        let breaches = contract::check(kind, &json!({ "reference": "joint" }), scratch.path());
        let clauses: Vec<_> = breaches.iter().map(|breach| breach.clause).collect();
        assert_eq!(
            clauses,
            ["a row alone has the score that it has among others"],
            "{name}: {breaches:?}"
        );
    }
}

/// The search for the central rows starts at random and usually ends at the same ones: a seed need make
/// no difference, and it cannot say so.
#[test]
fn the_robust_covariance_keeps_the_contract() {
    let scratch = tempfile::tempdir().unwrap();
    let kind = oddbench_models::find("mahalanobis").unwrap();
    let params = json!({ "estimator": "mcd", "starts": 10 });
    let breaches = contract::check(kind, &params, scratch.path());
    assert!(
        breaches.iter().all(|breach| breach.how.contains("two seeds give the same scores")),
        "{breaches:?}"
    );
}
