//! The lists of docs/FORMAT.md against the registries that they list.

use oddbench_core::split::SPLITS;
use oddbench_core::threshold::RULES;
use oddbench_engine::store::columns;

fn format() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/FORMAT.md");
    std::fs::read_to_string(path).unwrap()
}

/// The names in the comment behind a key of the example: `# a (which is this) | b | c`.
fn listed(section: &str, key: &str) -> Vec<String> {
    let text = format();
    let mut lines = text.lines().skip_while(|line| !line.starts_with(section));
    let line = lines.find(|line| line.starts_with(&format!("{key} = "))).unwrap();
    let names = line.split_once(" # ").unwrap().1.split(" | ");
    names.map(|name| name.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn the_format_lists_every_name_of_the_registries() {
    let names = |entries: &mut dyn Iterator<Item = &'static str>| {
        entries.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(listed("[threshold]", "rule"), names(&mut RULES.iter().map(|rule| rule.name)));
    assert_eq!(listed("[split]", "kind"), names(&mut SPLITS.iter().map(|split| split.name)));
    let mut datasets = names(&mut oddbench_data::datasets::kinds().iter().map(|kind| kind.name));
    let mut told = listed("[dataset]", "kind");
    datasets.sort();
    told.sort();
    assert_eq!(told, datasets);
}

#[test]
fn the_format_lists_the_columns_of_the_summary() {
    let text = format().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(&columns().join(", ")), "docs/FORMAT.md: {:?}", columns());
}
