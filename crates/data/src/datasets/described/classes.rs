//! Concatenated tables, and the rows of some classes left out.

use std::collections::HashMap;
use std::hash::Hash;

use oddbench_core::{Classes, Column, Table};

use crate::rows::MOST_GROUPS;

/// Puts the rows of another piece below the rows of a table with the same columns. A column beside them stays
/// if both pieces have it and if it has few enough categories.
pub(in crate::datasets) fn append(table: &mut Table, mut more: Table) {
    for ((_, column), (_, other)) in table.columns.iter_mut().zip(more.columns) {
        extend(column, other);
    }
    table.beside.retain_mut(|(name, column)| {
        let Some(at) = more.beside.iter().position(|(other, _)| other == name) else {
            return false;
        };
        extend(column, more.beside.swap_remove(at).1);
        !matches!(column, Column::Categorical { levels, .. } if levels.len() > MOST_GROUPS)
    });
    if let (Some(classes), Some(others)) = (&mut table.classes, more.classes) {
        // Readers refuse more than 65,536 classes of one file; the files of one data set have the same labels.
        let map = merge(&mut classes.names, others.names, |at| at as u16);
        classes.codes.extend(others.codes.into_iter().map(|code| map[usize::from(code)]));
    }
}

/// Puts the values of another piece, which was read with the same kind, below the values of a column.
fn extend(column: &mut Column, other: Column) {
    match (column, other) {
        (Column::Numeric(values), Column::Numeric(others)) => values.extend(others),
        (
            Column::Categorical { codes, levels },
            Column::Categorical { codes: others, levels: names },
        ) => {
            let map = merge(levels, names, |at| at as u32);
            let code = |code: u32| map.get(code as usize).copied().unwrap_or(Column::MISSING);
            codes.extend(others.into_iter().map(code));
        }
        (Column::Numeric(_), _) | (Column::Categorical { .. }, _) => {}
    }
}

/// Adds the names that are not there yet, and says which code each has.
fn merge<C: Copy>(names: &mut Vec<String>, more: Vec<String>, code: fn(usize) -> C) -> Vec<C> {
    let mut known: HashMap<String, usize> = index(names);
    more.into_iter()
        .map(|name| {
            let at = *known.entry(name).or_insert_with_key(|name| {
                names.push(name.clone());
                names.len() - 1
            });
            code(at)
        })
        .collect()
}

fn index<T: Clone + Eq + Hash>(names: &[T]) -> HashMap<T, usize> {
    names.iter().enumerate().map(|(at, name)| (name.clone(), at)).collect()
}

/// Removes the rows of these classes, and the rows whose class is the empty text.
pub(super) fn leave_out(table: &mut Table, classes: &[String]) {
    let Some(found) = &table.classes else { return };
    let goes = |name: &String| name.is_empty() || classes.contains(name);
    if !found.names.iter().any(goes) {
        return;
    }
    let by_code: Vec<bool> = found.names.iter().map(|name| !goes(name)).collect();
    let stays: Vec<bool> = found.codes.iter().map(|&code| by_code[usize::from(code)]).collect();
    let kept = kept_names(found, &by_code, &stays);
    for (_, column) in table.columns.iter_mut().chain(&mut table.beside) {
        match column {
            Column::Numeric(values) => keep(values, &stays),
            Column::Categorical { codes, .. } => keep(codes, &stays),
        }
    }
    table.classes = Some(kept);
}

fn kept_names(classes: &Classes, by_code: &[bool], stays: &[bool]) -> Classes {
    let mut next = 0;
    let codes: Vec<u16> = by_code
        .iter()
        .map(|stays| {
            next += u16::from(*stays);
            next.saturating_sub(1)
        })
        .collect();
    let names = classes.names.iter().zip(by_code).filter(|(_, stays)| **stays);
    let rows = classes.codes.iter().zip(stays).filter(|(_, stays)| **stays);
    Classes {
        names: names.map(|(name, _)| name.clone()).collect(),
        codes: rows.map(|(&code, _)| codes[usize::from(code)]).collect(),
    }
}

fn keep<T>(values: &mut Vec<T>, stays: &[bool]) {
    let mut stays = stays.iter();
    values.retain(|_| stays.next().copied().unwrap_or(true));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(values: &[f64], codes: &[u32], levels: &[&str], classes: &[(&str, usize)]) -> Table {
        let texts = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let names: Vec<&str> = classes.iter().map(|(name, _)| *name).collect();
        let codes_of = classes.iter().enumerate();
        let codes_of = codes_of.flat_map(|(at, (_, rows))| vec![at as u16; *rows]).collect();
        Table {
            columns: vec![
                ("x".into(), Column::Numeric(values.to_vec())),
                ("s".into(), Column::Categorical { codes: codes.to_vec(), levels: texts(levels) }),
            ],
            beside: Vec::new(),
            classes: Some(Classes { names: texts(&names), codes: codes_of }),
        }
    }

    #[test]
    fn pieces_share_levels_and_classes() {
        let mut first = table(&[1.0, 2.0], &[0, 1], &["a", "b"], &[("normal", 2)]);
        append(
            &mut first,
            table(&[3.0, 4.0], &[0, Column::MISSING], &["b"], &[("bot", 1), ("normal", 1)]),
        );
        let expected = table(&[1.0, 2.0, 3.0, 4.0], &[0, 1, 1, Column::MISSING], &["a", "b"], &[]);
        assert_eq!(first.columns, expected.columns);
        let classes = first.classes.unwrap();
        assert_eq!(classes.names, ["normal", "bot"]);
        assert_eq!(classes.codes, [0, 0, 1, 0]);
    }

    #[test]
    fn rows_of_some_classes_go() {
        let mut rows = table(
            &[1.0, 2.0, 3.0, 4.0],
            &[0, 0, 0, 0],
            &["a"],
            &[("background", 1), ("bot", 1), ("", 1), ("normal", 1)],
        );
        leave_out(&mut rows, &["background".into()]);
        assert_eq!(rows.column("x"), Some(&Column::Numeric(vec![2.0, 4.0])));
        let classes = rows.classes.unwrap();
        assert_eq!(
            (classes.names, classes.codes),
            (vec!["bot".into(), "normal".into()], vec![0, 1])
        );
    }
}
