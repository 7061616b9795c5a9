//! Which columns of a user's table are features.

use super::*;
use crate::columns::Remedies;

/// Flows with everything that is no feature: a row number, addresses, times, the attack and its group.
fn flows(rows: usize) -> String {
    let mut text = "id,src_ip,ts,bytes,proto,attack_cat,copy,class\n".to_owned();
    for row in 0..rows {
        let attack = row % 5 == 0;
        let (group, class) = if attack { ("Exploits", "attack") } else { ("Normal", "normal") };
        text.push_str(&format!(
            "{},10.0.{}.{},2024-03-05T09:{:02}:{:02}Z,{},{},{group},{},{class}\n",
            row + 1,
            row % 3,
            row % 200,
            row / 60 % 60,
            row % 60,
            row * 7_919 % 1_009,
            ["tcp", "udp"][row % 2],
            u8::from(attack),
        ));
    }
    text
}

fn opened(folder: &TempDir, change: impl FnOnce(&mut TableOptions)) -> Result<TableFile, KeyFault> {
    let mut options = options(folder);
    change(&mut options);
    TableFile::open(options)
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_no_feature_is_left_out_and_told_and_can_be_named() {
    let folder = folder(&[("a.csv", &flows(300))]);
    let table = opened(&folder, |_| {}).unwrap();
    let all = |table: &TableFile| table.info().feature_sets[0].1.clone();
    assert_eq!(all(&table), ["bytes", "proto"]);
    let told = table.judgement().unwrap().told(Remedies::Toml);
    for part in [
        "left out \"id\": it counts the rows",
        "left out \"src_ip\": its values are addresses",
        "left out \"ts\": its values are points in time",
        "left out \"attack_cat\": its name is that of a label",
        "left out \"copy\": its values follow the label \"class\"",
    ] {
        assert!(told.iter().any(|line| line == part), "{part}: {told:?}");
    }
    // A list of features may name any of them.
    let wanted = names(&["id", "src_ip", "attack_cat"]);
    let data = loaded(table, &wanted).unwrap();
    assert_eq!(numeric(&data.train, "id")[..3], [1.0, 2.0, 3.0]);
    assert_eq!(categories(&data.train, "attack_cat")[0], Some("Exploits".into()));
    let kept = opened(&folder, |options| {
        options.keep = names(&["id"]);
        options.categorical = names(&["src_ip"]);
        options.ignore = names(&["proto"]);
    });
    assert_eq!(all(&kept.unwrap()), ["id", "src_ip", "bytes"]);
}

#[test]
fn kinds_come_from_all_rows_and_every_mixed_column_is_named_at_once() {
    let mut text = "a,b,c,class\n".to_owned();
    for row in 0..3_000 {
        let (a, b) = (if row == 1_700 { "x" } else { "1" }, if row == 2_900 { "y" } else { "2" });
        text.push_str(&format!("{a},{b},{},normal\n", row % 7));
    }
    let folder = folder(&[("a.csv", &text)]);
    let fault = described(&opened(&folder, |_| {}).unwrap_err());
    for part in [
        "2 columns",
        "\"a\" holds the text \"x\" in line 1702",
        "\"b\" holds the text \"y\" in line 2902",
    ] {
        assert!(fault.contains(part), "{part}: {fault}");
    }
    let taken = opened(&folder, |options| options.categorical = names(&["a", "b"])).unwrap();
    assert_eq!(taken.info().columns[0].1, FeatureKind::Categorical);
}

#[test]
fn a_table_of_nothing_but_names_says_what_was_left_out() {
    let text: String = (0..40).map(|row| format!("{row},10.0.0.{row},normal\n")).collect();
    let folder = folder(&[("a.csv", &format!("id,ip,class\n{text}"))]);
    let fault = opened(&folder, |_| {}).unwrap_err();
    let Trouble::Value { message, help: crate::datasets::keys::Help::Text(help) } = fault.trouble
    else {
        panic!()
    };
    assert!(message.contains("no column beside the label"), "{message}");
    assert!(help.contains("left out \"id\"") && help.contains("keep = ["), "{help}");
}

#[test]
fn a_name_in_two_lists_that_exclude_each_other_is_refused() {
    let folder = folder(&[("a.csv", &flows(40))]);
    for (keep, ignore) in [(&["id"][..], &["id"][..]), (&["class"], &[]), (&["nothing"], &[])] {
        let fault = opened(&folder, |options| {
            options.keep = names(keep);
            options.ignore = names(ignore);
        });
        assert_eq!((fault.unwrap_err().key.as_str(), keep.len()), ("keep", 1));
    }
}
