//! Reads the files that `tests/golden/make_goldens.py` wrote.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// The parsed file of that name.
pub fn read(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A value of a file as a Rust type.
pub fn get<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

/// Both undefined, or equal to within `tolerance` of the larger of 1 and the expected value.
pub fn assert_close(ours: Option<f64>, expected: Option<f64>, tolerance: f64, what: &str) {
    let close = match (ours, expected) {
        (Some(a), Some(b)) => a == b || (a - b).abs() <= tolerance * b.abs().max(1.0),
        (None, None) => true,
        _ => false,
    };
    assert!(close, "{what}: {ours:?}, expected {expected:?}");
}

/// The same for every value of two lists.
pub fn assert_all_close(ours: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(ours.len(), expected.len(), "{what}");
    for (i, (a, b)) in ours.iter().zip(expected).enumerate() {
        assert_close(Some(*a), Some(*b), tolerance, &format!("{what}[{i}]"));
    }
}
