//! Looks for further faults behind the first one: the faulty part is taken out or replaced by something
//! right, and the rest is checked again. So one message names all mistakes of a file that do not
//! follow from each other.

use toml::{Table, Value};

use super::error::Fault;
use super::locate::{KeyPath, Step};

/// More are not listed.
const MOST: usize = 20;

/// All faults of a file, the first of which is known. `check` checks a changed file.
pub(super) fn all_faults(
    mut file: Table,
    first: Fault,
    check: impl Fn(Table) -> Result<(), Fault>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut mender = Mender::default();
    let mut found = first.all();
    while faults.len() < MOST {
        // From the last item of a list to the first one, whose position stays.
        let mended = found.iter().rev().all(|fault| mender.mend(&mut file, fault));
        faults.append(&mut found);
        if !mended {
            break;
        }
        match check(file.clone()) {
            Err(next) if mender.counts(&next) => found = next.all(),
            // The same again, or what follows from a mended fault: there is no way on.
            Err(_) | Ok(()) => break,
        }
    }
    misplaced_only(&mut faults);
    faults
}

/// A key in the wrong place or of the wrong name is missing from the right one: one of the two is enough.
fn misplaced_only(faults: &mut Vec<Fault>) {
    let misplaced: Vec<String> = faults
        .iter()
        .filter(|fault| fault.at_name && fault.help.contains(super::structure::MOVE_IT))
        .filter_map(|fault| fault.key.last_key().map(str::to_owned))
        .collect();
    let remedies: Vec<String> =
        faults.iter().filter(|fault| fault.at_name).map(|fault| fault.help.clone()).collect();
    let is_told = |key: &str| {
        let write = format!("write {key} =");
        misplaced.iter().any(|name| name == key) || remedies.iter().any(|r| r.starts_with(&write))
    };
    faults.retain(|fault| {
        let key = fault.key.last_key().filter(|_| fault.message == super::structure::MISSING);
        !key.is_some_and(is_told)
    });
}

#[derive(Default)]
struct Mender {
    /// The data set was replaced: columns cannot be checked any more.
    other_dataset: bool,
    /// Columns are taken for something else, so that their values may not suit.
    other_columns: bool,
    /// What was mended.
    mended: Vec<KeyPath>,
    /// Makes each replacement unlike the others.
    made: i64,
}

impl Mender {
    /// Whether a fault belongs to it.
    fn counts(&self, fault: &Fault) -> bool {
        // These keys name things that are not known any more: columns, families, the rows of a split's file.
        let of_dataset =
            [&["dataset"][..], &["split", "column"], &["split", "leave_out"], &["split", "file"]];
        let of_dataset = of_dataset.iter().any(|key| fault.key.is_within(&KeyPath::of(key)));
        let columns = fault.key.0.iter().any(|step| *step == Step::Key("features".into()))
            || fault.key == KeyPath::of(&["transfer"]);
        let again = self.mended.contains(&fault.key);
        let values = [["dataset", "path"], ["dataset", "test_path"]];
        let values = values.iter().any(|key| fault.key == KeyPath::of(key));
        !(again || self.other_dataset && (columns || of_dataset) || self.other_columns && values)
    }

    /// Changes the file so that this fault is not found again; `false` if it cannot.
    fn mend(&mut self, file: &mut Table, fault: &Fault) -> bool {
        self.mended.push(fault.key.clone());
        if self.other_dataset && fault.key.is_within(&KeyPath::of(&["dataset"])) {
            return true;
        }
        let Some(Step::Key(section)) = fault.key.0.first() else { return false };
        // A sweep without one of its keys may be none.
        let of_sweep = fault.key.0.get(2) == Some(&Step::Key("sweep".into()));
        if fault.at_name && !of_sweep && remove(file, &fault.key.0) {
            return true;
        }
        self.made += 1;
        match section.as_str() {
            "name" => put(file, section, Value::String(format!("name-{}", self.made))),
            // A list names all its wrong columns at once, and is right without them.
            "dataset" if names_column(&fault.key) => {
                self.other_columns = true;
                remove_column(file, &fault.key.0)
            }
            "dataset" => {
                self.other_dataset = true;
                // It has a test table and every named column, and is opened without its files.
                put(file, section, table(&[("kind", "kdd99")]))
            }
            "split" => put(file, section, table(&[("kind", "holdout"), ("train_on", "all")])),
            "threshold" => {
                let mut rule = Table::new();
                rule.insert("rule".into(), Value::String("fixed".into()));
                rule.insert("value".into(), Value::Integer(self.made));
                self.item(file, section, fault, Value::Table(rule))
            }
            "model" => self.model(file, fault),
            "ensemble" | "report" | "measure" | "operator" | "preprocess" | "description" => {
                file.remove(section).is_some()
            }
            "run" => remove(file, &fault.key.0[..fault.key.0.len().min(2)]),
            _ => file.remove(section).is_some(),
        }
    }

    /// Takes out the part of a model that is at fault; its kind and its name are replaced.
    fn model(&mut self, file: &mut Table, fault: &Fault) -> bool {
        let steps = &fault.key.0;
        let part = match steps.get(2) {
            Some(Step::Key(part)) => part.as_str(),
            _ => "kind",
        };
        match part {
            // Without its command, its files or its scores, a model would be at fault again.
            "kind" | "name" | "command" | "files" | "file" => {
                // Ensembles name their members.
                file.remove("ensemble");
                let name = format!("model-{}", self.made);
                self.item(file, "model", fault, table(&[("kind", "constant"), ("name", &name)]))
            }
            "params" => remove(file, &steps[..steps.len().min(4)]) || remove(file, &steps[..3]),
            _ => remove(file, &steps[..3]),
        }
    }

    /// Replaces an item of a list, or the list as a whole if it is none.
    fn item(&self, file: &mut Table, section: &str, fault: &Fault, value: Value) -> bool {
        let at = match fault.key.0.get(1) {
            Some(Step::Index(at)) => Some(*at),
            _ => None,
        };
        match (file.get_mut(section), at) {
            (Some(Value::Array(items)), Some(at)) if at < items.len() => {
                items[at] = value;
                true
            }
            _ => {
                let one = section == "threshold";
                put(file, section, if one { value } else { Value::Array(vec![value]) })
            }
        }
    }
}

/// Whether it is an item of a list of columns in `[dataset]`.
fn names_column(key: &KeyPath) -> bool {
    const LISTS: [&str; 4] = ["categorical", "ignore", "keep", "features"];
    matches!(&key.0[..], [_, Step::Key(list), Step::Index(_)] if LISTS.contains(&list.as_str()))
}

/// Takes a column out of its list in a section, and the list if it is then empty; `false` if it is not there.
fn remove_column(file: &mut Table, steps: &[Step]) -> bool {
    let [Step::Key(section), Step::Key(list), Step::Index(index)] = steps else { return false };
    let Some(Value::Table(section)) = file.get_mut(section) else { return false };
    let Some(Value::Array(names)) = section.get_mut(list) else { return false };
    if *index >= names.len() {
        return false;
    }
    names.remove(*index);
    if names.is_empty() {
        section.remove(list);
    }
    true
}

fn table(keys: &[(&str, &str)]) -> Value {
    let pair = |(key, value): &(&str, &str)| ((*key).to_owned(), Value::String((*value).into()));
    Value::Table(keys.iter().map(pair).collect())
}

fn put(file: &mut Table, key: &str, value: Value) -> bool {
    file.insert(key.to_owned(), value);
    true
}

/// Takes a key or an item out; `false` if it is not there.
fn remove(file: &mut Table, steps: &[Step]) -> bool {
    let Some((last, way)) = steps.split_last() else { return false };
    let Some((first, way)) = way.split_first() else {
        return matches!(last, Step::Key(key) if file.remove(key).is_some());
    };
    let Step::Key(first) = first else { return false };
    let mut at = file.get_mut(first);
    for step in way {
        at = match (step, at) {
            (Step::Key(key), Some(Value::Table(table))) => table.get_mut(key),
            (Step::Index(index), Some(Value::Array(items))) => items.get_mut(*index),
            _ => None,
        };
    }
    match (last, at) {
        (Step::Key(key), Some(Value::Table(table))) => table.remove(key).is_some(),
        // Positions of the other items must stay: nothing is removed from a list.
        _ => false,
    }
}
