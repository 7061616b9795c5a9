//! Formats that oddbench does not read, by their first bytes, each with a remedy: a binary file that is read as
//! CSV would end in a message about its text.

use super::{Place, RowError};

/// A format that is recognised and not read.
struct Foreign {
    /// What it is, with its article.
    what: &'static str,
    remedy: &'static str,
    /// Where its magic bytes are, and the bytes.
    magic: (usize, &'static [u8]),
}

const SHEET: &str =
    "save the sheet as CSV (in Excel: Save As, CSV UTF-8), or as parquet from pandas";
const UNPACK: &str = "unpack it and give the table that is inside (plain files and gzip are read)";
const FLOWS: &str = "make flows of it first, e.g. with Zeek (conn.log), CICFlowMeter or nfdump, and give their table";
const PANDAS: &str = "save the table as parquet or CSV, e.g. with pandas: to_parquet, to_csv";
const TEXT_OUT: &str = "export the table as CSV";

const FOREIGN: &[Foreign] = &[
    Foreign { what: "a 7z archive", remedy: UNPACK, magic: (0, b"7z\xbc\xaf\x27\x1c") },
    Foreign { what: "an xz file", remedy: UNPACK, magic: (0, b"\xfd7zXZ\0") },
    Foreign { what: "a bzip2 file", remedy: UNPACK, magic: (4, b"1AY&SY") },
    Foreign { what: "a zstd file", remedy: UNPACK, magic: (0, b"\x28\xb5\x2f\xfd") },
    Foreign { what: "an lz4 file", remedy: UNPACK, magic: (0, b"\x04\x22\x4d\x18") },
    Foreign { what: "a rar archive", remedy: UNPACK, magic: (0, b"Rar!\x1a\x07") },
    Foreign { what: "a tar archive", remedy: UNPACK, magic: (257, b"ustar") },
    Foreign { what: "a pcap file of packets", remedy: FLOWS, magic: (0, b"\xd4\xc3\xb2\xa1") },
    Foreign { what: "a pcap file of packets", remedy: FLOWS, magic: (0, b"\xa1\xb2\xc3\xd4") },
    Foreign { what: "a pcap file of packets", remedy: FLOWS, magic: (0, b"\x4d\x3c\xb2\xa1") },
    Foreign { what: "a pcap file of packets", remedy: FLOWS, magic: (0, b"\xa1\xb2\x3c\x4d") },
    Foreign { what: "a pcapng file of packets", remedy: FLOWS, magic: (0, b"\x0a\x0d\x0d\x0a") },
    Foreign {
        what: "a Windows event log (evtx)",
        remedy: "export it as JSON lines or CSV, e.g. with evtx_dump -o jsonl or EvtxECmd --csv",
        magic: (0, b"ElfFile\0"),
    },
    Foreign {
        what: "an SQLite database",
        remedy: "export the table, e.g. sqlite3 -header -csv FILE 'select * from TABLE' > table.csv",
        magic: (0, b"SQLite format 3\0"),
    },
    Foreign { what: "an HDF5 file", remedy: PANDAS, magic: (0, b"\x89HDF\r\n\x1a\n") },
    Foreign { what: "an Arrow (Feather) file", remedy: PANDAS, magic: (0, b"ARROW1") },
    Foreign { what: "a Feather file", remedy: PANDAS, magic: (0, b"FEA1") },
    Foreign { what: "an Avro file", remedy: PANDAS, magic: (0, b"Obj\x01") },
    Foreign { what: "an ORC file", remedy: PANDAS, magic: (0, b"ORC") },
    Foreign {
        what: "an encrypted parquet file",
        remedy: "write it without encryption",
        magic: (0, b"PARE"),
    },
    Foreign {
        what: "a MATLAB file (.mat)",
        remedy: "save its arrays as npz, e.g. numpy.savez(\"table.npz\", X=X, y=y) after scipy.io.loadmat",
        magic: (0, b"MATLAB 5.0 MAT-file"),
    },
    Foreign {
        what: "an old Excel or Office file (xls)",
        remedy: SHEET,
        magic: (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    },
    Foreign { what: "a PDF document", remedy: TEXT_OUT, magic: (0, b"%PDF-") },
    Foreign { what: "an R data file", remedy: TEXT_OUT, magic: (0, b"RDX") },
    Foreign { what: "a PNG image", remedy: "give a table", magic: (0, b"\x89PNG\r\n\x1a\n") },
    Foreign { what: "a program (ELF)", remedy: "give a table", magic: (0, b"\x7fELF") },
];

/// Whether the first bytes are of a format that is recognised and not read.
pub(super) fn is_binary(start: &[u8]) -> bool {
    named(start).is_some()
}

/// The error for a source that begins like a format which is not read; `None` if nothing is known about it.
pub(super) fn refusal(start: &[u8], place: &Place) -> Option<RowError> {
    let (what, remedy) = named(start)?;
    Some(place.error(format!("this is {what}, which is not read"), remedy))
}

/// The format of the first bytes, and what to do.
fn named(start: &[u8]) -> Option<(&'static str, &'static str)> {
    let has = |foreign: &&Foreign| {
        let (at, magic) = foreign.magic;
        // A few letters may begin the name of a column, but no text holds control characters.
        let letters = magic.len() <= 4 && magic.iter().all(u8::is_ascii_graphic);
        let binary = !letters || start.iter().any(|&byte| byte < b'\t');
        binary && start.get(at..).is_some_and(|bytes| bytes.starts_with(magic))
    };
    if let Some(found) = FOREIGN.iter().find(has) {
        return Some((found.what, found.remedy));
    }
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        return Some(zip(start));
    }
    if start.first() == Some(&0x80) && start.get(1).is_some_and(|version| (2..=5).contains(version))
    {
        let remedy = "a pickle can run programs when it is read; save the table as parquet or CSV";
        return Some(("a Python pickle", remedy));
    }
    markup(start)
}

/// The names of the first entries of a zip archive say what it holds.
fn zip(start: &[u8]) -> (&'static str, &'static str) {
    let holds = |name: &[u8]| start.windows(name.len()).any(|bytes| bytes == name);
    if holds(b"xl/") {
        ("an xlsx file", SHEET)
    } else if holds(b"application/vnd.oasis.opendocument") {
        ("an OpenDocument file (ods)", SHEET)
    } else if holds(b"[Content_Types].xml") {
        ("an Office file (xlsx or docx)", SHEET)
    } else {
        ("a zip archive", UNPACK)
    }
}

/// Pages and XML, whatever blanks or byte order marks come first.
fn markup(start: &[u8]) -> Option<(&'static str, &'static str)> {
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    let begins =
        |word: &[u8]| text.get(..word.len()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(word));
    if begins(b"<!doctype html") || begins(b"<html") {
        let remedy =
            "a download may have ended in an error page: look at it, and fetch the table again";
        return Some(("an HTML page", remedy));
    }
    begins(b"<?xml").then_some(("an XML file", TEXT_OUT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Unit;

    #[test]
    fn files_that_are_no_tables_are_named_with_a_remedy() {
        let mut tar = vec![0; 512];
        tar[..9].copy_from_slice(b"flows.csv");
        tar[257..262].copy_from_slice(b"ustar");
        let zip = |entry: &str| {
            let mut bytes = b"PK\x03\x04\x14\0\0\0\x08\0".to_vec();
            bytes.extend([0; 20]);
            bytes.extend(entry.as_bytes());
            bytes
        };
        let cases: [(&[u8], &str); 13] = [
            (&tar, "a tar archive"),
            (&zip("xl/workbook.xml"), "an xlsx file"),
            (&zip("mimetypeapplication/vnd.oasis.opendocument.spreadsheet"), "OpenDocument"),
            (&zip("flows.csv"), "a zip archive"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
            (b"\x0a\x0d\x0d\x0a\x1c\0\0\0", "pcapng"),
            (b"\xd4\xc3\xb2\xa1\x02\0", "pcap file"),
            (b"SQLite format 3\0", "SQLite"),
            (b"\x80\x04\x95", "pickle"),
            (b"ElfFile\0\0", "evtx"),
            (b"\xef\xbb\xbf \n<!DOCTYPE html><html>", "HTML"),
            (b"<?xml version=\"1.0\"?>", "XML"),
            (b"MATLAB 5.0 MAT-file", "MATLAB"),
        ];
        let place = Place::new("flows.bin", Unit::Line);
        for (start, what) in cases {
            let error = refusal(start, &place).unwrap();
            assert!(error.to_string().contains(what), "{error}");
            assert!(!error.remedy.is_empty());
        }
        for table in [
            &b"a,b\n1,2\n"[..],
            b"ORC,FEA1\n1,2\n",
            b"{\"a\":1}",
            b"0,tcp,http",
            b"<a>,b\n1,2",
            b"PAR1",
            b"",
        ] {
            assert!(refusal(table, &place).is_none());
        }
    }
}
