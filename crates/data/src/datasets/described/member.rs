//! The rows of a member of a zip archive as a stream. `rawzip` finds the member and `flate2` decompresses it;
//! both are small and pure Rust, and neither takes the archive into memory.

use std::fs::File;
use std::io::{Read, Seek as _, SeekFrom};
use std::path::Path;

use flate2::read::DeflateDecoder;
use rawzip::{CompressionMethod, RECOMMENDED_BUFFER_SIZE, ZipArchive};

/// Opens the member whose path in the archive ends in that name.
pub(super) fn open(archive: &Path, name: &str) -> Result<Box<dyn Read + Send>, String> {
    let failed = |error: rawzip::Error| format!("it is no zip archive that can be read: {error}");
    let file = File::open(archive).map_err(|error| format!("it cannot be read: {error}"))?;
    let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
    let zip = ZipArchive::from_file(file, &mut buffer).map_err(failed)?;
    let mut entries = zip.entries(&mut buffer);
    let mut found = None;
    while let Some(entry) = entries.next_entry().map_err(failed)? {
        let path = entry.file_path();
        let path: &[u8] = path.as_ref();
        let last = path.rsplit(|&byte| matches!(byte, b'/' | b'\\')).next().unwrap_or(path);
        if last == name.as_bytes() {
            found = Some((entry.wayfinder(), entry.compression_method()));
            break;
        }
    }
    let (wayfinder, method) = found.ok_or_else(|| format!("the archive holds no {name}"))?;
    let member = zip.get_entry(wayfinder).map_err(failed)?;
    let (start, end) = member.compressed_data_range();
    let mut file = File::open(archive).map_err(|error| format!("it cannot be read: {error}"))?;
    file.seek(SeekFrom::Start(start)).map_err(|error| format!("it cannot be read: {error}"))?;
    let data = std::io::BufReader::with_capacity(1 << 16, file).take(end - start);
    match method {
        CompressionMethod::STORE => Ok(Box::new(data)),
        CompressionMethod::DEFLATE => Ok(Box::new(DeflateDecoder::new(data))),
        other => Err(format!("{name} is compressed in a way that is not read here ({other:?})")),
    }
}
