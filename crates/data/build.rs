//! Lists the files of `data/sets`, so that a data set is added by adding its file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    // Asked at run time: a target folder may be used for several checkouts, and this program is compiled for one.
    let folder = env::var_os("CARGO_MANIFEST_DIR");
    let folder = folder.ok_or_else(|| io::Error::other("CARGO_MANIFEST_DIR is not set"))?;
    let sets = Path::new(&folder).join("../../data/sets");
    println!("cargo::rerun-if-changed={}", sets.display());
    let paths = fs::read_dir(&sets)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort_by(|a, b| a.file_stem().cmp(&b.file_stem()));
    let mut list = String::from("&[\n");
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // Writing to a String cannot fail.
        let _ = writeln!(list, "    ({name:?}, include_str!({path:?})),");
    }
    list.push_str("]\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    fs::write(Path::new(&out).join("sets.rs"), list)
}
