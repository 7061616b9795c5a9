//! Rows of npz, made byte by byte as numpy makes them.

use std::io::{Cursor, Write as _};

use super::*;
use crate::rows::{CellKind, Limits, RowReader, Rows};

/// An npy file: the header of that version, and the values.
fn npy(version: u8, descr: &str, fortran: bool, shape: &str, values: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let line = format!("{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend([version, 0]);
    match version {
        1 => bytes.extend((line.len() as u16).to_le_bytes()),
        _ => bytes.extend((line.len() as u32).to_le_bytes()),
    }
    bytes.extend(line.as_bytes());
    bytes.extend(values);
    bytes
}

fn npz(entries: &[(&str, Vec<u8>)], method: rawzip::CompressionMethod) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut bytes);
    for (name, content) in entries {
        let (mut entry, config) =
            archive.new_file(name).compression_method(method).start().unwrap();
        if method == rawzip::CompressionMethod::STORE {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(content).unwrap();
            let (_, descriptor) = writer.finish().unwrap();
            entry.finish(descriptor).unwrap();
            continue;
        }
        let encoder =
            flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::default());
        let mut writer = config.wrap(encoder);
        writer.write_all(content).unwrap();
        let (encoder, descriptor) = writer.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    bytes
}

fn read(bytes: Vec<u8>) -> Result<Rows, RowError> {
    RowReader::new(Box::new(Cursor::new(bytes)), "set.npz", &ReadOptions::default())?.read_all()
}

fn texts(rows: &Rows) -> Vec<Vec<&str>> {
    let width = rows.names().len();
    (0..rows.len()).map(|row| (0..width).map(|at| rows.text(row, at)).collect()).collect()
}

fn floats(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn x_and_y_are_columns_of_numbers_and_a_label_in_either_order_of_memory() {
    let labels: Vec<u8> = [0i64, 1].iter().flat_map(|label| label.to_le_bytes()).collect();
    let y = npy(1, "'<i8'", false, "(2,)", &labels);
    for method in [rawzip::CompressionMethod::STORE, rawzip::CompressionMethod::DEFLATE] {
        for (version, fortran, values) in
            [(1, false, [1.5, -2.0, 0.1, f64::NAN]), (2, true, [1.5, 0.1, -2.0, f64::NAN])]
        {
            let x = npy(version, "'<f8'", fortran, "(2, 2)", &floats(&values));
            let rows = read(npz(&[("X.npy", x), ("y.npy", y.clone())], method)).unwrap();
            assert_eq!(rows.names().as_ref(), ["x1", "x2", "label"]);
            assert_eq!(texts(&rows), [["1.5", "-2.0", "0"], ["0.1", "", "1"]]);
            assert_eq!(rows.cell_kind(1, 1), CellKind::Missing);
            assert_eq!(rows.cell_kind(1, 2), CellKind::Integer);
        }
    }
}

#[test]
fn every_type_of_number_is_exact() {
    let one = |descr: &str, value: &[u8]| {
        let rows = read(npy(3, descr, false, "(1,)", value)).unwrap();
        (rows.text(0, 0).to_owned(), rows.cell_kind(0, 0))
    };
    let integer = |text: &str| (text.to_owned(), CellKind::Integer);
    assert_eq!(one("'|b1'", &[1]), ("true".into(), CellKind::Boolean));
    assert_eq!(one("'|i1'", &[0xff]), integer("-1"));
    assert_eq!(one("'|u1'", &[0xff]), integer("255"));
    assert_eq!(one("'<i2'", &[0xfe, 0xff]), integer("-2"));
    assert_eq!(one("'>i4'", &[0x80, 0, 0, 0]), integer("-2147483648"));
    assert_eq!(one("'<u8'", &[0xff; 8]), integer("18446744073709551615"));
    assert_eq!(one("'<i8'", &(i64::MAX - 1).to_le_bytes()), integer("9223372036854775806"));
    assert_eq!(one("'<f2'", &[0x00, 0x3e]), ("1.5".into(), CellKind::Number));
    assert_eq!(one("'<f2'", &[0x01, 0x80]).0, format!("{:?}", -(-24f64).exp2()));
    assert_eq!(one("'>f4'", &0.1f32.to_be_bytes()).0, format!("{:?}", f64::from(0.1f32)));
    assert_eq!(one("'|S6'", b"scan\0\0"), ("scan".into(), CellKind::Text));
    assert_eq!(one("'<U2'", &[0xe9, 0, 0, 0, 0, 0, 0, 0]), ("\u{e9}".into(), CellKind::Text));
}

#[test]
fn what_is_no_table_is_named() {
    let error = |bytes: Vec<u8>| read(bytes).unwrap_err().to_string();
    let stored = rawzip::CompressionMethod::STORE;
    let x = || npy(1, "'<f8'", false, "(1, 2)", &floats(&[1.0, 2.0]));
    let text = error(npz(&[("train.npy", x()), ("y.npy", x())], stored));
    assert!(text.contains("no array X; it holds train, y") && text.contains("savez"), "{text}");
    let y = npy(1, "'<f8'", false, "(3,)", &floats(&[1.0; 3]));
    let text = error(npz(&[("X.npy", x()), ("y.npy", y)], stored));
    assert!(text.contains("X has 1 row, and the shape of y is 3 x 1"), "{text}");
    let text = error(npy(1, "'|O'", false, "(1,)", &[0; 8]));
    assert!(text.contains("Python objects") && text.contains("astype"), "{text}");
    assert!(error(npy(1, "[('a', '<f8')]", false, "(1,)", &[0; 8])).contains("record"));
    assert!(error(npy(1, "'<f8'", false, "(1, 1, 1)", &[0; 8])).contains("3 dimensions"));
    assert!(error(npy(1, "'<f8'", false, "(2, 1)", &[0; 8])).contains("8 bytes"));
    let mut broken = npz(&[("X.npy", x())], stored);
    let at = broken.len() / 2;
    broken.truncate(at);
    assert!(error(broken).contains("damaged"));
}

#[test]
fn limits_hold_after_decompression() {
    let x = npy(1, "'<f8'", false, "(1000, 1)", &vec![0; 8000]);
    let bytes = npz(&[("X.npy", x)], rawzip::CompressionMethod::DEFLATE);
    assert!(bytes.len() < 1000);
    for limits in [
        Limits { bytes: 5000, ..Limits::NONE },
        Limits { rows: 999, ..Limits::NONE },
        Limits { columns: 0, ..Limits::NONE },
    ] {
        let options = ReadOptions { limits, ..ReadOptions::default() };
        let error = RowReader::new(Box::new(Cursor::new(bytes.clone())), "set.npz", &options);
        assert!(error.err().unwrap().limit, "{limits:?}");
    }
}
