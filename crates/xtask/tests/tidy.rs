//! Habits that hold by themselves: the crate graph and the table of libraries in docs/ARCHITECTURE.md
//! against every Cargo.toml, a header for each source file, the size of files, and the sanity model of each experiment.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use sources::{files, read, root};

/// Lines of a source file at most.
const LINES: usize = 450;

/// Files that may be longer, and why.
const LONGER: [(&str, &str); 0] = [];

/// The crates of the workspace that have a row in the architecture: all but this one.
fn crates() -> BTreeSet<String> {
    let folders = fs::read_dir(root().join("crates")).unwrap();
    let names = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "xtask").collect()
}

/// What a crate depends on outside its tests.
fn dependencies(name: &str) -> BTreeSet<String> {
    let text = read(&format!("crates/{name}/Cargo.toml"));
    let section = text.split("\n[").find(|section| section.starts_with("dependencies]")).unwrap();
    let lines = section.lines().skip(1).filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some(line.split(['.', '=', ' ']).next()?.to_owned())).collect()
}

/// The table of docs/ARCHITECTURE.md: each crate with the libraries of its last column.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let text = read("docs/ARCHITECTURE.md");
    let mut lines = text.lines().skip_while(|line| !line.starts_with("| crate |")).skip(2);
    let mut table = BTreeMap::new();
    while let Some(row) = lines.next().and_then(|line| line.strip_prefix("| `")) {
        let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
        let libraries = cells.last().unwrap().split(", ").filter(|library| *library != "–");
        let name = cells[0].trim_end_matches('`').to_owned();
        table.insert(name, libraries.map(str::to_owned).collect());
    }
    table
}

/// The diagram of docs/ARCHITECTURE.md: each crate with those that it reaches.
fn graph() -> BTreeMap<String, BTreeSet<String>> {
    let text = read("docs/ARCHITECTURE.md");
    let diagram = text.split("```").nth(1).unwrap();
    let mut reaches: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in diagram.lines().filter(|line| line.contains("─→")) {
        let line = line.split('(').next().unwrap();
        let nodes: Vec<Vec<&str>> = line
            .split("─→")
            .map(|node| node.trim_matches([' ', '{', '}']).split(", ").collect())
            .collect();
        for pair in nodes.windows(2) {
            for from in &pair[0] {
                let to = pair[1].iter().map(|to| (*to).to_owned());
                reaches.entry((*from).to_owned()).or_default().extend(to);
            }
        }
    }
    // A crate reaches what the crates reach that it reaches; the chain is shorter than the list.
    for _ in 0..reaches.len() {
        let before = reaches.clone();
        for to in reaches.values_mut() {
            let further: Vec<_> =
                to.iter().filter_map(|name| before.get(name)).flatten().cloned().collect();
            to.extend(further);
        }
    }
    reaches
}

#[test]
fn the_table_of_the_architecture_names_every_crate() {
    assert_eq!(table().into_keys().collect::<BTreeSet<_>>(), crates());
}

#[test]
fn a_library_of_the_table_is_named_by_its_crates_alone() {
    let table = table();
    let libraries: BTreeSet<&String> = table.values().flatten().collect();
    assert!(libraries.len() > 10, "{libraries:?}");
    for (name, own) in &table {
        let dependencies = dependencies(name);
        for library in &libraries {
            assert_eq!(
                own.contains(*library),
                dependencies.contains(*library),
                "crates/{name}/Cargo.toml and the table of docs/ARCHITECTURE.md disagree on {library}"
            );
        }
    }
}

#[test]
fn crates_depend_along_the_arrows_of_the_architecture() {
    let graph = graph();
    for name in crates() {
        let reached = graph.get(&name).cloned().unwrap_or_default();
        let ours = dependencies(&name).into_iter();
        for other in ours.filter_map(|one| Some(one.strip_prefix("oddbench-")?.to_owned())) {
            assert!(
                reached.contains(&other),
                "{name} depends on {other}; see docs/ARCHITECTURE.md"
            );
        }
    }
}

#[test]
fn each_source_file_says_what_lives_there() {
    for path in files(&["crates", "benches"], ".rs") {
        assert!(read(&path).starts_with("//! "), "{path} does not open with a //! line");
    }
}

#[test]
fn source_files_are_short() {
    for path in files(&["crates", "benches"], ".rs") {
        let lines = read(&path).lines().count();
        let listed = LONGER.iter().any(|(longer, _)| *longer == path);
        assert_eq!(lines > LINES, listed, "{path} has {lines} lines; the limit is {LINES}");
    }
}

#[test]
fn a_module_is_a_file_of_its_name() {
    for path in files(&["crates"], "/mod.rs") {
        assert!(!path.contains("/src/"), "{path}: name the file after its module");
    }
}

/// Experiments that hold settings of one network against each other, not detectors.
const OF_SETTINGS: [&str; 4] = [
    "experiments/backends-small.toml",
    "experiments/backends.toml",
    "experiments/large-batches.toml",
    "experiments/sound-presets.toml",
];

/// A table without it does not show whether its rows need a model at all.
#[test]
fn every_experiment_has_the_most_extreme_feature_as_a_row() {
    let experiments = files(&["experiments"], ".toml");
    for path in OF_SETTINGS {
        assert!(experiments.iter().any(|file| file == path), "{path} is not there");
    }
    for path in experiments.iter().filter(|path| !OF_SETTINGS.contains(&path.as_str())) {
        assert!(read(path).contains("kind = \"extreme-value\""), "{path} lacks `extreme-value`");
    }
}
