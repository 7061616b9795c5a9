//! The cuts of the forest, and its path lengths on explicit trees against a plain implementation of
//! the paper in NumPy (`tests/golden/make_projection_golden.py`).

use serde_json::Value;

use super::tree::{Node, SlantedTree, grow};
use super::*;
use crate::rng::stream;

#[test]
fn every_cut_separates_rows_of_which_one_column_varies() {
    // Nine of ten columns are constant: a cut that draws its columns blindly seldom separates anything.
    let values = (0..64 * 10).map(|i| if i % 10 == 4 { (i / 10) as f32 } else { 1.0 }).collect();
    let x = Matrix::new(64, 10, values).unwrap();
    let tree = grow(&x, (0..64).collect(), 1, &mut stream(1, "test"));
    let mut lengths: Vec<f64> = x.iter_rows().map(|row| tree.path_length(row)).collect();
    lengths.sort_by(f64::total_cmp);
    lengths.dedup();
    assert!(lengths.len() > 4, "{lengths:?}");
}

#[test]
fn equal_rows_are_one_leaf() {
    let x = Matrix::new(6, 3, vec![1.0; 18]).unwrap();
    let tree = grow(&x, (0..6).collect(), 3, &mut stream(1, "test"));
    assert_eq!(tree.path_length(&[7.0, 8.0, 9.0]), average_path_length(6));
}

#[test]
fn path_lengths_on_given_trees_are_those_of_the_paper() {
    let golden: Value =
        serde_json::from_str(include_str!("../../../tests/golden/projection.json")).unwrap();
    let numbers = |value: &Value| -> Vec<f64> {
        value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    };
    for case in golden["extended_isolation_forest"]["trees"].as_array().unwrap() {
        let list = |key: &str| numbers(&case[key]);
        let whole = |key: &str| list(key).iter().map(|&v| v as u32).collect::<Vec<_>>();
        let (cut, low) = (whole("cut"), whole("low"));
        let nodes = cut.iter().zip(&low).zip(list("path_length"));
        let nodes = nodes.map(|((&cut, &low), path_length)| Node { cut, low, path_length });
        let planes = (whole("columns"), list("normals"), list("offsets"));
        let cut_columns = case["cut_columns"].as_u64().unwrap() as usize;
        let tree = SlantedTree::new(nodes.collect(), cut_columns, planes, 5).unwrap();
        let rows = golden["test"].as_array().unwrap().iter().map(numbers);
        for (row, expected) in rows.zip(list("expected")) {
            let row: Vec<f32> = row.iter().map(|&v| v as f32).collect();
            assert!((tree.path_length(&row) - expected).abs() < 1e-9, "{row:?}");
        }
    }
}

#[test]
fn parts_that_do_not_make_a_tree_are_refused() {
    let leaf = |at| Node { cut: 0, low: at, path_length: 1.0 };
    let nodes = vec![Node { cut: 0, low: 1, path_length: 1.0 }, leaf(1), leaf(2)];
    let planes = || (vec![0, 1], vec![1.0, -1.0], vec![0.5]);
    assert!(SlantedTree::new(nodes.clone(), 2, planes(), 2).is_ok());
    assert!(SlantedTree::new(Vec::new(), 2, planes(), 2).is_err());
    assert!(SlantedTree::new(nodes[..2].to_vec(), 2, planes(), 2).is_err());
    assert!(SlantedTree::new(nodes.clone(), 2, planes(), 1).is_err());
    assert!(SlantedTree::new(nodes.clone(), 1, planes(), 2).is_err());
    assert!(SlantedTree::new(nodes, 2, (vec![0, 1], vec![1.0, f64::NAN], vec![0.5]), 2).is_err());
}
