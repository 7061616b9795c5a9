//! Rows, pieces, and every fault that a described file can have.

use std::fs::File;
use std::io::Write as _;

use oddbench_core::{BesideKind, Classes, Column, Table};
use serde_json::json;

use super::*;
use crate::csv_records::LONGEST;
use crate::datasets::from_file;
use crate::datasets::keys::{Help, Trouble};
use crate::{Cache, Silent, Source};

fn cache() -> Cache {
    Cache { dir: "nowhere".into(), mirror: None, offline: true, watch: Box::new(Silent) }
}

/// A folder with the file of a data set and its rows.
struct Set(tempfile::TempDir);

const HEADERLESS: &str = "title = \"Rows\"\n\
    complete = true\n\
    columns = [\"n\", { name = \"s\", kind = \"categorical\" }, \"x\"]\n\
    trailing = [\"class\", \"difficulty\"]\n\
    [read]\nheader = false\n\
    [label]\ncolumn = \"class\"\nstrip_suffix = \".\"\n\
    [[policy]]\nname = \"normal\"\ninliers = [\"normal\"]\n";

impl Set {
    fn new(description: &str, files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("set.toml"), description).unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        Self(folder)
    }

    fn headerless(rows: usize, text: &str) -> Self {
        let file = format!("[[file]]\npath = \"rows.csv\"\nrows = {rows}\n");
        Self::new(&format!("{HEADERLESS}{file}"), &[("rows.csv", text.as_bytes())])
    }

    fn open(&self, keys: Value) -> Result<Source, KeyFault> {
        from_file(&self.0.path().join("set.toml"))?.open(keys.as_object().unwrap(), self.0.path())
    }

    fn load(&self, wanted: &[&str]) -> Result<Table, DataError> {
        let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        Ok(self.open(json!({})).unwrap().load(&cache(), &wanted, &[])?.train)
    }
}

/// The error must name the file besides these words.
fn refused(text: &str, wanted: &[&str], words: &[&str]) {
    let error = Set::headerless(3, text).load(wanted).unwrap_err().to_string();
    for word in words.iter().chain(&["rows.csv", "oddbench data list"]) {
        assert!(error.contains(word), "{word:?} is not in: {error}");
    }
}

#[test]
fn takes_the_wanted_columns_in_their_order() {
    let text = "1,a,0.5,normal.,7\n2,b,1e3,smurf.,8\n3,a,-0.25,normal.,9";
    let table = Set::headerless(3, text).load(&["x", "s"]).unwrap();
    let Some(Classes { names, codes }) = table.classes else { panic!() };
    assert_eq!((names, codes), (vec!["normal".into(), "smurf".into()], vec![0, 1, 0]));
    let levels = vec!["a".into(), "b".into()];
    assert_eq!(
        table.columns,
        [
            ("x".into(), Column::Numeric(vec![0.5, 1000.0, -0.25])),
            ("s".into(), Column::Categorical { codes: vec![0, 1, 0], levels }),
        ]
    );
}

#[test]
fn rows_that_span_blocks_are_whole() {
    let rows = 400_000;
    let mut text = String::new();
    for i in 0..rows {
        text += &format!("{i},level{},0.25,class{}.,1\n", i % 7, i % 3);
    }
    assert!(text.len() > 8 << 20);
    let file = format!("{HEADERLESS}[[file]]\npath = \"rows.csv.gz\"\nrows = {rows}\n");
    let set = Set::new(&file, &[]);
    let archive = File::create(set.0.path().join("rows.csv.gz")).unwrap();
    let mut archive = flate2::write::GzEncoder::new(archive, flate2::Compression::fast());
    archive.write_all(text.as_bytes()).unwrap();
    archive.finish().unwrap();
    let table = set.load(&["n", "s"]).unwrap();
    let Some(Column::Numeric(n)) = table.column("n") else { panic!() };
    assert!(n.iter().enumerate().all(|(i, &value)| value == i as f64) && n.len() == rows);
    let Some(Column::Categorical { codes, levels }) = table.column("s") else { panic!() };
    let level = |i: usize| format!("level{}", i % 7);
    assert!(codes.iter().enumerate().all(|(i, &code)| levels[code as usize] == level(i)));
    let classes = table.classes.unwrap();
    assert!((0..rows).all(|i| classes.of(i) == format!("class{}", i % 3)));
}

#[test]
fn a_fault_is_named_with_line_column_and_value() {
    let good = "1,a,0.5,normal.,7\n";
    let rest = "3,a,1,normal.,7\n";
    let with = |line: &str| format!("{good}{line}\n{rest}");
    refused(&with("2,a,many,normal.,7"), &["x"], &["line 2", "column x", "\"many\"", "a number"]);
    refused(&with("2,a,,normal.,7"), &["x"], &["line 2", "column x", "\"\"", "a number"]);
    refused(&with("2,a,inf,normal.,7"), &["x"], &["line 2", "column x", "\"inf\""]);
    refused(&with("2,,1,normal.,7"), &["s"], &["line 2", "column s", "a name"]);
    refused(&with("2,a,1,normal,7"), &["x"], &["line 2", "column class", "ends in \".\""]);
    refused(&with("2,a,1"), &["x"], &["line 2", "3 values instead of 5"]);
    refused(&with("2,a,1,normal.,7,8"), &["x"], &["line 2", "6 values instead of 5"]);
    refused(&with(""), &["x"], &["line 2"]);
    refused("1,a\n", &["x"], &["line 1", "2 values", "5 names"]);
    refused("<html>\n<p>\n</html>\n", &["x"], &["HTML page"]);
}

#[test]
fn a_wrong_number_of_rows_is_named() {
    let line = "1,a,0.5,normal.,7\n";
    refused(&line.repeat(2), &["x"], &["2 rows instead of 3"]);
    refused(&line.repeat(4), &["x"], &["4 rows instead of 3"]);
    refused("", &["x"], &["0 rows instead of 3"]);
}

#[test]
fn an_unknown_column_is_named() {
    for name in ["y", "difficulty", "class"] {
        let error = Set::headerless(1, "1,a,0.5,normal.,7\n").load(&[name]).unwrap_err();
        assert!(matches!(error, DataError::UnknownColumn { column } if column == name));
    }
}

#[test]
fn a_text_without_line_feeds_is_no_data() {
    let text = format!("1,a,0.5,normal.,7\n{}", "x".repeat(LONGEST + 1));
    refused(&text, &["x"], &["line 2 is longer than"]);
}

const WITH_HEADER: &str = "title = \"Rows\"\n\
    columns = [{ name = \"s\", kind = \"categorical\" }, \"x\"]\n\
    [leave_out]\nid = \"it is the number of the row\"\n\
    [label]\ncolumn = \"class\"\n\
    [[policy]]\nname = \"normal\"\ninliers = [\"normal\"]\n\
    [[policy]]\nname = \"bots\"\noutliers = [\"bot\"]\n";

#[test]
fn a_header_tells_where_the_columns_are() {
    let load = |text: &str| {
        let file = format!("{WITH_HEADER}[[file]]\npath = \"rows.csv\"\n");
        Set::new(&file, &[("rows.csv", text.as_bytes())]).load(&["x", "s"])
    };
    let text = "\u{feff}id,s,class,n,x\r\n1,a,normal,5,0.5\r\n2,,bot,6,\r\n";
    let table = load(text).unwrap();
    let Some(Column::Numeric(x)) = table.column("x") else { panic!() };
    assert!(x[0] == 0.5 && x[1].is_nan(), "a gap, unless the set is complete");
    assert_eq!(table.classes.unwrap().names, ["normal", "bot"]);
    let error = load(&text.replace("0.5", "many")).unwrap_err().to_string();
    assert!(error.contains("line 2, column x"), "{error}");
    let error = load(&text.replace(",x\r", ",y\r")).unwrap_err().to_string();
    assert!(error.contains("no column x"), "{error}");
    let error = load(&text.replace("bot", "")).unwrap_err().to_string();
    assert!(error.contains("line 3, column class"), "{error}");
}

#[test]
fn columns_beside_the_features_are_offered_as_the_file_states_them() {
    let description = WITH_HEADER.replacen(
        "[leave_out]\nid = \"it is the number of the row\"\n",
        "time = { column = \"at\", format = \"day-first\" }\n\
         [leave_out]\nid = { why = \"it is the number of the row\", kind = \"number\" }\n\
         at = \"when\"\nhost = \"an address\"\n\
         binary = { why = \"it says the same as class\", kind = \"label\" }\n",
        1,
    );
    let files = [
        ("mon.csv", "id,at,host,binary,s,x,class\n1,03/07/2017 08:00,a,0,p,1,normal\n"),
        ("tue.csv", "host,x,s,at,class,id\nb,2,p,04/07/2017 08:00,bot,7\na,3,q,,normal,8\n"),
    ];
    let description =
        format!("{description}[[file]]\npath = \"mon.csv\"\n[[file]]\npath = \"tue.csv\"\n");
    let bytes = files.map(|(name, text)| (name, text.as_bytes()));
    let set = Set::new(&description, &bytes);
    let source = set.open(json!({})).unwrap();
    let info = source.info();
    let kinds: Vec<_> = info.beside.iter().map(|b| (b.name.as_str(), b.kind)).collect();
    let expected = [("at", BesideKind::Time), ("host", BesideKind::Category)];
    assert_eq!(kinds, [&expected[..], &[("id", BesideKind::Number)]].concat());
    assert_eq!(info.time.as_deref(), Some("at"));
    let table = source.load(&cache(), &["x".into()], &info.beside).unwrap().train;
    let Some(Column::Numeric(at)) = table.beside("at") else { panic!() };
    assert_eq!(at[..2], [1_499_068_800.0, 1_499_155_200.0]);
    assert!(at[2].is_nan());
    assert_eq!(table.beside("id"), Some(&Column::Numeric(vec![1.0, 7.0, 8.0])));
    let levels = vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(table.beside("host"), Some(&Column::Categorical { codes: vec![0, 1, 0], levels }));
    for (name, kind) in [("binary", BesideKind::Category), ("at", BesideKind::Number)] {
        let asked = Beside { name: name.into(), kind };
        assert!(source.load(&cache(), &["x".into()], &[asked]).is_err(), "{name}");
    }

    // A column that one of the files lacks cannot be had for all rows.
    let bytes = files.map(|(name, text)| (name, text.replace("host", "machine")));
    let bytes = [(files[0].0, files[0].1.as_bytes()), (bytes[1].0, bytes[1].1.as_bytes())];
    let set = Set::new(&description, &bytes);
    let source = set.open(json!({})).unwrap();
    let table = source.load(&cache(), &["x".into()], &info.beside).unwrap().train;
    assert!(table.beside("host").is_none() && table.beside("at").is_some());
    let bytes = files.map(|(name, text)| (name, text.replace("04/07/2017", "04/17/2017")));
    let bytes = [(bytes[0].0, bytes[0].1.as_bytes()), (bytes[1].0, bytes[1].1.as_bytes())];
    let set = Set::new(&description, &bytes);
    let source = set.open(json!({})).unwrap();
    let error = source.load(&cache(), &["x".into()], &info.beside).unwrap_err().to_string();
    assert!(error.contains("line 2, column at") && error.contains("a point in time"), "{error}");
}

/// Two files of two days, one of which an experiment may choose, and a class that may be left out.
fn days() -> Set {
    let description = format!(
        "{WITH_HEADER}\
        [[choice]]\nname = \"days\"\nmeaning = \"Which.\"\n\
        [[choice.option]]\nname = \"all\"\ntrain = [\"mon.csv\", \"tue.csv\"]\n\
        [[choice.option]]\nname = \"monday-trains\"\ntrain = [\"mon.csv\"]\ntest = [\"tue.csv\"]\n\
        [[choice]]\nname = \"noise\"\nmeaning = \"Whether.\"\n\
        [[choice.option]]\nname = \"kept\"\n\
        [[choice.option]]\nname = \"left-out\"\nleave_out_classes = [\"noise\"]\n\
        [[file]]\npath = \"mon.csv\"\n[[file]]\npath = \"tue.csv\"\n"
    );
    Set::new(
        &description,
        &[
            ("mon.csv", b"s,x,class\na,1,normal\nb,2,noise\n"),
            ("tue.csv", b"x,s,class\n3,b,bot\n4,c,normal\n5,c,noise\n"),
        ],
    )
}

#[test]
fn choices_say_which_files_and_classes_are_read() {
    let set = days();
    let load = |keys: Value| {
        let source = set.open(keys).unwrap();
        let data = source.load(&cache(), &["x".into()], &[]).unwrap();
        let x = |table: &Table| match table.column("x") {
            Some(Column::Numeric(values)) => values.clone(),
            _ => panic!(),
        };
        assert_eq!(source.has_test_table(), data.test.is_some());
        (x(&data.train), data.test.as_ref().map(x), source.digest())
    };
    let all = load(json!({}));
    assert_eq!((all.0, all.1), (vec![1.0, 2.0, 3.0, 4.0, 5.0], None));
    let split = load(json!({ "days": "monday-trains", "noise": "left-out" }));
    assert_eq!((split.0, split.1), (vec![1.0], Some(vec![3.0, 4.0])));
    let few = load(json!({ "limit": 3 }));
    assert_eq!((few.0, few.1), (vec![1.0, 2.0, 3.0], None));
    assert!(all.2 != few.2 && few.2 != split.2, "the digest says what is read");
    let source = set.open(json!({})).unwrap();
    assert_eq!(source.params(), &json!({ "days": "all", "noise": "kept" }));
    let policies = source.info().label_policies.into_iter().map(|(name, _)| name);
    assert_eq!(policies.collect::<Vec<_>>(), ["normal", "bots"]);
    let fault = set.open(json!({ "days": "sunday" })).unwrap_err();
    let Trouble::Value { help: Help::Choose { among, .. }, .. } = fault.trouble else { panic!() };
    assert_eq!(among, ["all", "monday-trains"]);
    assert!(set.open(json!({ "limit": 0 })).is_err());
}

/// A zip archive of two members, one of them compressed.
fn zip(members: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut bytes);
    for (at, (name, text)) in members.iter().enumerate() {
        let method = match at % 2 {
            0 => rawzip::CompressionMethod::DEFLATE,
            _ => rawzip::CompressionMethod::STORE,
        };
        let (mut entry, config) =
            archive.new_file(name).compression_method(method).start().unwrap();
        let descriptor = if method == rawzip::CompressionMethod::DEFLATE {
            let encoder =
                flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::default());
            let mut writer = config.wrap(encoder);
            writer.write_all(text.as_bytes()).unwrap();
            let (encoder, descriptor) = writer.finish().unwrap();
            encoder.finish().unwrap();
            descriptor
        } else {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(text.as_bytes()).unwrap();
            writer.finish().unwrap().1
        };
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    bytes
}

#[test]
fn members_of_an_archive_are_read_from_it_or_from_a_folder() {
    let members =
        [("week/mon.csv", "s,x,class\na,1,normal\n"), ("week/tue.csv", "s,x,class\nb,2,bot\n")];
    let description = format!(
        "{WITH_HEADER}[[file]]\npath = \"days.zip\"\n\
        [[file.member]]\nname = \"mon\"\nfile = \"mon.csv\"\n\
        [[file.member]]\nname = \"tue\"\nfile = \"tue.csv\"\ntable = \"test\"\n"
    );
    let set = Set::new(&description, &[("days.zip", &zip(&members))]);
    let x = |keys: Value| {
        let data = set.open(keys).unwrap().load(&cache(), &["x".into()], &[]).unwrap();
        [Some(data.train), data.test].map(|table| match table.unwrap().column("x") {
            Some(Column::Numeric(values)) => values.clone(),
            _ => panic!(),
        })
    };
    assert_eq!(x(json!({})), [[1.0], [2.0]]);
    let folder = set.0.path().join("taken-out");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("mon.csv"), "s,x,class\na,7,normal\n").unwrap();
    std::fs::write(folder.join("tue.csv"), members[1].1).unwrap();
    assert_eq!(x(json!({ "path": "taken-out" })), [[7.0], [2.0]]);
    assert_eq!(x(json!({ "path": "days.zip" })), [[1.0], [2.0]]);
    std::fs::remove_file(folder.join("tue.csv")).unwrap();
    let fault = set.open(json!({ "path": "taken-out" })).unwrap_err();
    let Trouble::Value { message, help: Help::Text(help) } = fault.trouble else { panic!() };
    assert!(message.contains("does not hold tue") && help.contains("tue.csv or days.zip"));
}

#[test]
fn a_copy_that_is_not_the_published_file_is_read_and_told() {
    let text = "s,x,class\na,1,normal\n";
    let sha256 = crate::digest::of_reader(text.as_bytes()).unwrap();
    let description = |sha256: &str| {
        let digest = format!("content = {{ bytes = 22, sha256 = \"{sha256}\" }}");
        format!("{WITH_HEADER}[[file]]\npath = \"rows.csv\"\nrows = 1\n{digest}\n")
    };
    let set = Set::new(&description(&sha256), &[("rows.csv", text.as_bytes())]);
    let published = set.open(json!({ "path": "rows.csv" })).unwrap();
    assert!(published.notes().is_empty());
    assert_eq!(published.digest(), set.open(json!({})).unwrap().digest(), "the same rows");
    let other = Set::new(&description(&"0".repeat(64)), &[("rows.csv", text.as_bytes())]);
    let source = other.open(json!({ "path": "rows.csv" })).unwrap();
    let [note] = &source.notes()[..] else { panic!() };
    assert!(note.contains("is not the published rows.csv") && note.contains(&sha256));
    assert_eq!(source.load(&cache(), &["x".into()], &[]).unwrap().train.rows(), 1);
    // A copy that is nowhere near comes from a mirror, where a digest must match.
    std::fs::remove_file(other.0.path().join("rows.csv")).unwrap();
    let error = other.open(json!({})).unwrap().load(&cache(), &[], &[]).unwrap_err();
    assert!(error.to_string().contains("ODDBENCH_MIRROR"), "{error}");
    let fault = other.open(json!({ "path": "nowhere.csv" })).unwrap_err();
    let Trouble::Value { message, .. } = fault.trouble else { panic!() };
    assert!(message.contains("there is no such file or folder"), "{message}");
}

#[test]
fn a_copy_that_changes_after_the_check_is_refused() {
    let set = Set::headerless(1, "1,a,2,normal.,3\n");
    let source = set.open(json!({})).unwrap();
    let load = || source.load(&cache(), &["x".into()], &[]);
    assert_eq!(load().unwrap().train.rows(), 1);
    // The same size and shape, another value; and no file at all.
    std::fs::write(set.0.path().join("rows.csv"), "1,a,9,normal.,3\n").unwrap();
    let error = load().unwrap_err().to_string();
    assert!(error.contains("rows.csv") && error.contains("has changed"), "{error}");
    std::fs::remove_file(set.0.path().join("rows.csv")).unwrap();
    assert!(load().unwrap_err().to_string().contains("rows.csv"));
}

#[test]
fn every_set_says_with_known_keys_how_its_files_are_read() {
    for entry in crate::catalog::entries() {
        read::options(entry).unwrap();
    }
    let unknown = HEADERLESS.replace("header = false", "heading = false");
    let set = Set::new(&format!("{unknown}[[file]]\npath = \"rows.csv\"\n"), &[("rows.csv", b"1")]);
    let Trouble::Value { message, .. } = set.open(json!({})).unwrap_err().trouble else { panic!() };
    assert!(message.contains("\"heading\" is no key of [read]"), "{message}");
}
