//! The step "Columns" of Detect: each file format that the commands read, what each column is taken for, what was mended,
//! and what the user changes.

use serde_json::json;

use super::dashboard::Dashboard;
use super::detect::{find_anomalies, fit_with, upload};
use super::pages::assert_refusals_alone;
use super::tables::flows;
use super::webdriver::Browser;
use crate::oddbench::Sandbox;

/// A server without experiments, with these files.
pub fn with_files(files: &[(&str, &[u8])]) -> Dashboard {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("results")).unwrap();
    for (name, content) in files {
        std::fs::write(sandbox.path(name), content).unwrap();
    }
    Dashboard::of(sandbox)
}

/// The cells of a column of the table of columns, by the names of the columns.
fn of_column(browser: &Browser, name: &str, cell: usize) -> String {
    let script = "const row = [...document.querySelectorAll('.tall tbody tr')].find((tr) => tr.querySelector('th').innerText === arguments[0]); \
        return row.children[arguments[1]].innerText.trim();";
    browser.script(script, json!([name, cell])).as_str().unwrap().to_owned()
}

fn is_ticked(browser: &Browser, name: &str) -> bool {
    let css = format!("[aria-label='Learn from {name}']");
    browser.script("return document.querySelector(arguments[0]).checked;", json!([css])) == true
}

/// The columns that the model of the result reads, as the notes of the result say.
fn reads(browser: &Browser) -> String {
    let script = "return document.querySelector('#result-notes').textContent;";
    browser.script(script, json!([])).as_str().unwrap().to_owned()
}

on_every_screen!(
    columns_are_judged_and_ticked,
    every_format_of_the_commands_can_be_uploaded,
    what_is_no_table_is_refused,
);

fn columns_are_judged_and_ticked(browser: &Browser) -> Dashboard {
    let dashboard = with_files(&[("flows.csv", flows(400, 5).as_bytes())]);
    dashboard.open(browser, "detect");
    upload(browser, &dashboard.sandbox.path("flows.csv"));
    // The judge's verdicts, as `oddbench fit` has them.
    for (name, role) in [
        ("Flow ID", "identifier"),
        ("Src IP", "address"),
        ("Timestamp", "timestamp"),
        ("Label", "label"),
    ] {
        assert_eq!(of_column(browser, name, 3), role, "{name}");
        assert!(!is_ticked(browser, name), "{name}");
    }
    for name in ["Flow Duration", "Tot Fwd Pkts", "Flow Byts/s"] {
        assert_eq!(of_column(browser, name, 3), "number", "{name}");
        assert!(is_ticked(browser, name), "{name}");
    }
    assert!(of_column(browser, "Timestamp", 4).contains("05/03/2024"));
    // What was mended is counted and named: 8 infinite, 8 that are no number, one name twice.
    let mended = browser.text("#repairs").unwrap();
    assert!(mended.contains("Infinite values count as missing: Flow Byts/s (8)"), "{mended}");
    assert!(mended.contains("Values are missing in Flow Byts/s (8)"), "{mended}");
    assert!(mended.contains("Fwd Header Len"), "{mended}");
    assert_eq!(of_column(browser, "Flow Byts/s", 6), "16");

    // Ticks and kinds decide what a model reads.
    browser.click("[aria-label='Learn from Src Port']");
    browser.choose("[aria-label='Kind of Dst Port']", "categorical");
    browser.wait_text("#columns-summary", |text| text.contains("Src Port (by you)"));
    fit_with(browser, "hbos");
    find_anomalies(browser);
    let notes = reads(browser);
    assert!(notes.contains("left out \"Flow ID\""), "{notes}");
    assert!(!notes.contains("--"), "{notes}");
    browser.choose("#rows-only", "anomalies");
    browser.wait_for("#result tbody .reason");
    let reasons =
        "return [...document.querySelectorAll('#rows-reason option')].map((o) => o.value);";
    let read: Vec<String> = serde_json::from_value(browser.script(reasons, json!([]))).unwrap();
    assert!(read.contains(&"Dst Port".into()) && read.contains(&"Flow Byts/s".into()), "{read:?}");
    for out in ["Src Port", "Flow ID", "Src IP", "Timestamp", "Label"] {
        assert!(!read.contains(&out.into()), "{out} is read: {read:?}");
    }
    // A label is no feature even if the user does not name it as the label.
    browser.choose("[data-role=label]", "");
    browser
        .until("a result without labels", || (browser.number_of("#count-tp") == 0).then_some(()));
    assert!(!is_ticked(browser, "Label"));
    browser.click("#run");
    browser.until("the other result", || {
        let read = browser.script(reasons, json!([]));
        (read.as_array().is_some_and(|read| read.len() > 1 && !read.contains(&json!("Label"))))
            .then_some(())
    });
    dashboard
}

/// A gzip file whose one block is stored as it is.
fn gzip(content: &[u8]) -> Vec<u8> {
    let mut crc = u32::MAX;
    for byte in content {
        crc ^= u32::from(*byte);
        (0..8).for_each(|_| crc = (crc >> 1) ^ (0xedb8_8320 * (crc & 1)));
    }
    let length = u16::try_from(content.len()).unwrap();
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    file.extend(length.to_le_bytes());
    file.extend((!length).to_le_bytes());
    file.extend(content);
    file.extend((!crc).to_le_bytes());
    file.extend(u32::from(length).to_le_bytes());
    file
}

const ZEEK: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n\
    #fields\tts\tuid\tid.orig_h\tid.orig_p\tproto\tduration\torig_bytes\n\
    #types\ttime\tstring\taddr\tport\tenum\tinterval\tcount\n";

/// The same forty connections in each format.
fn formats() -> Vec<(&'static str, Vec<u8>)> {
    let row = |i: usize| (i * 37 % 211, i * 13 % 97, ["tcp", "udp"][i % 2]);
    let (mut csv, mut tsv, mut german) = (
        String::from("size,pause,proto\n"),
        String::from("size\tpause\tproto\n"),
        String::from("size;pause;proto\n"),
    );
    let (mut json, mut zeek) = (String::new(), ZEEK.to_owned());
    for i in 0..40 {
        let (size, pause, proto) = row(i);
        csv.push_str(&format!("{size},{pause}.5,{proto}\n"));
        tsv.push_str(&format!("{size}\t{pause}.5\t{proto}\n"));
        german.push_str(&format!("{size};{pause},5;{proto}\n"));
        json.push_str(
            &json!({ "size": size, "pause": pause as f64 + 0.5, "proto": proto }).to_string(),
        );
        json.push('\n');
        zeek.push_str(&format!(
            "17{i:08}.5\tC{i}x\t10.0.0.{i}\t{}\t{proto}\t{pause}.5\t{size}\n",
            1_024 + i
        ));
    }
    let utf16 =
        [0xff, 0xfe].into_iter().chain(csv.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    vec![
        ("rows.csv.gz", gzip(csv.as_bytes())),
        ("rows.tsv", tsv.into_bytes()),
        ("german.csv", german.into_bytes()),
        ("rows.jsonl", json.into_bytes()),
        ("conn.log", zeek.into_bytes()),
        ("utf16.csv", utf16),
    ]
}

fn every_format_of_the_commands_can_be_uploaded(browser: &Browser) -> Dashboard {
    let files = formats();
    let borrowed: Vec<(&str, &[u8])> =
        files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let dashboard = with_files(&borrowed);
    dashboard.open(browser, "detect");
    for (name, words, size, pause) in [
        ("rows.csv.gz", "read as CSV", "size", "pause"),
        ("rows.tsv", "read as values between tabs", "size", "pause"),
        ("german.csv", "read as CSV", "size", "pause"),
        ("rows.jsonl", "read as JSON", "size", "pause"),
        ("conn.log", "read as a Zeek log", "orig_bytes", "duration"),
        ("utf16.csv", "read as CSV", "size", "pause"),
    ] {
        upload(browser, &dashboard.sandbox.path(name));
        let summary = browser.text("#upload-summary").unwrap();
        assert!(summary.contains("40 rows") && summary.contains(words), "{summary}");
        // Numbers are numbers, whatever the decimal mark.
        assert_eq!(of_column(browser, size, 3), "number", "{name}");
        assert_eq!(of_column(browser, pause, 3), "number", "{name}");
        assert!(is_ticked(browser, pause), "{name}");
        match name {
            "german.csv" => assert!(
                browser.text("#repairs").unwrap().contains("comma is taken for the decimal mark")
            ),
            "utf16.csv" => assert!(browser.text("#repairs").unwrap().contains("UTF-16")),
            "conn.log" => assert_eq!(of_column(browser, "id.orig_h", 3), "address"),
            _ => {}
        }
        browser.click("#other-rows");
        browser.wait_for("#recent-uploads");
    }
    dashboard
}

/// A file that is no table gets a message with a remedy that can be done on the page.
fn what_is_no_table_is_refused(browser: &Browser) -> Dashboard {
    let latin: Vec<u8> = b"name,size\nM\xfcller,1\nMeier,2\n".to_vec();
    let files: [(&str, &[u8]); 6] = [
        ("sheet.xlsx", b"PK\x03\x04\x14\0\0\0\x08\0aaaaaaaaaaaaaaaaaaaaxl/workbook.xml"),
        ("dump.pcap", b"\xd4\xc3\xb2\xa1\x02\0\x04\0"),
        ("latin.csv", &latin),
        ("headless.csv", b"1,2,3\n4,5,6\n7,8,9\n"),
        ("ragged.csv", b"a,b\n1,2\n3\n"),
        ("eve.json", b"{\"event_type\":\"flow\",\"a\":1}\n{\"event_type\":\"dns\",\"a\":2}\n"),
    ];
    let dashboard = with_files(&files);
    dashboard.open(browser, "detect");
    for (name, what, remedy) in [
        ("sheet.xlsx", "an xlsx file", "save the sheet as CSV"),
        ("dump.pcap", "a pcap file of packets", "make flows of it first"),
        (
            "latin.csv",
            "not UTF-8",
            "choose its encoding under \u{201c}How the file is read\u{201d}",
        ),
        ("headless.csv", "", "whether the first line holds the names"),
        ("ragged.csv", "line 3", "every line needs the same number of values"),
        ("eve.json", "events of 2 types", "name one type of events"),
    ] {
        browser.type_into("#file", dashboard.sandbox.path(name).to_str().unwrap());
        let said = browser.wait_text(".problem", |text| text.contains(remedy));
        assert!(said.contains(what), "{said}");
        for foreign in ["--", "GET /", "[dataset]", "Content-Type"] {
            assert!(!said.contains(foreign), "{said}");
        }
    }
    // The remedy works: the file is read again as the user says.
    browser.type_into("#file", dashboard.sandbox.path("latin.csv").to_str().unwrap());
    browser.wait_text(".problem", |text| text.contains("not UTF-8"));
    browser.choose("#read-encoding", "windows-1252");
    browser.click("#read-again");
    browser.wait_for("#upload-summary");
    assert!(of_column(browser, "name", 4).contains("Müller"));
    assert_refusals_alone(browser);
    dashboard
}
