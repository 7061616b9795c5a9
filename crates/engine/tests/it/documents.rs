//! docs/FORMAT.md lists the columns that `summary.csv` has. docs/REFERENCE.md, which lists every other name, is
//! generated.

use oddbench_engine::store::columns;

fn format() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/FORMAT.md");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_format_lists_the_columns_of_the_summary() {
    let text = format().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(&columns().join(", ")), "docs/FORMAT.md: {:?}", columns());
}
