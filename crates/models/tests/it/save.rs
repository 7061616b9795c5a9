//! Saved models: bits survive, and what does not fit is refused by name.

use std::fs;

use oddbench_models::{load, save::Saved};
use serde_json::json;

fn example() -> Saved {
    Saved::new("example", &json!({ "a": 1 }), 3)
        .with_state(&json!({ "epochs": 14 }))
        .with("weights", &[2, 2], vec![0.1_f32, -0.0, f32::MIN_POSITIVE, 1e-45])
        .with("mean", &[3], vec![0.1_f64, 1.0 / 3.0, 5e-324])
        .with("tree", &[2], vec![0_u32, u32::MAX])
}

#[test]
fn every_bit_survives() {
    let dir = tempfile::tempdir().unwrap();
    example().write(dir.path()).unwrap();
    let back = Saved::read(dir.path()).unwrap();
    assert_eq!((back.kind.as_str(), back.n_features), ("example", 3));
    assert_eq!((&back.params, &back.state), (&json!({ "a": 1 }), &json!({ "epochs": 14 })));
    let bits = |v: &[f32]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(
        bits(back.tensor_f32("weights", &[2, 2]).unwrap()),
        bits(&[0.1, -0.0, f32::MIN_POSITIVE, 1e-45])
    );
    assert_eq!(back.tensor_f64("mean", &[3]).unwrap(), [0.1, 1.0 / 3.0, 5e-324]);
    assert_eq!(back.tensor_u32("tree", &[2]).unwrap(), [0, u32::MAX]);
}

#[test]
fn a_tensor_of_another_name_shape_or_type_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    example().write(dir.path()).unwrap();
    let back = Saved::read(dir.path()).unwrap();
    let path = dir.path().join("tensors.safetensors").display().to_string();
    let messages = [
        back.tensor_f32("bias", &[2]).unwrap_err().to_string(),
        back.tensor_f32("weights", &[4]).unwrap_err().to_string(),
        back.tensor_f64("weights", &[2, 2]).unwrap_err().to_string(),
    ];
    let expected = [
        format!("{path}: there is no tensor bias"),
        format!("{path}: tensor weights has shape [2, 2], expected [4]"),
        format!("{path}: tensor weights holds F32, expected f64"),
    ];
    assert_eq!(messages, expected);
}

#[test]
fn a_tensor_that_does_not_fill_its_shape_is_not_written() {
    let dir = tempfile::tempdir().unwrap();
    let bad = Saved::new("example", &json!({}), 1).with("w", &[3], vec![1.0_f32]);
    assert!(bad.write(dir.path()).unwrap_err().to_string().contains("1 values for shape [3]"));
}

#[test]
fn other_versions_unknown_kinds_and_damage_are_refused_with_the_path() {
    let dir = tempfile::tempdir().unwrap();
    let model = dir.path().join("model.json");
    let message = || load(dir.path()).err().unwrap().to_string();
    assert!(message().starts_with(&model.display().to_string()), "{}", message());

    example().write(dir.path()).unwrap();
    assert!(message().contains("unknown kind \"example\"; there are pca, "), "{}", message());

    let text = fs::read_to_string(&model).unwrap();
    fs::write(&model, text.replace("\"format_version\": 1", "\"format_version\": 99")).unwrap();
    assert!(message().contains("it has format version 99"), "{}", message());
    fs::write(&model, &text[..text.len() / 2]).unwrap();
    assert!(message().starts_with(&model.display().to_string()), "{}", message());

    fs::write(&model, &text).unwrap();
    let tensors = dir.path().join("tensors.safetensors");
    let bytes = fs::read(&tensors).unwrap();
    fs::write(&tensors, &bytes[..bytes.len() - 3]).unwrap();
    assert!(message().starts_with(&tensors.display().to_string()), "{}", message());
}
