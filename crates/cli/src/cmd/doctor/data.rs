//! The data sets: the mirror, and which files are here.

use oddbench_data::catalog::{self, Entry};
use oddbench_data::fetch::FileStatus;
use oddbench_data::{Cache, Mirror};

use super::Finding;

/// Where files are taken from in place of their publishers' servers.
pub(super) fn mirror(cache: &Cache) -> Finding {
    let subject = "mirror";
    match &cache.mirror {
        Some(Mirror::Folder(folder)) if folder.is_dir() => {
            Finding::ok(subject, format!("{} is there", folder.display()))
        }
        Some(Mirror::Folder(folder)) => Finding::problem(
            subject,
            format!("there is no folder {}", folder.display()),
            "correct --mirror or ODDBENCH_MIRROR, or unset it",
        ),
        Some(Mirror::Url(url)) => Finding::ok(subject, format!("{url} (not asked)")),
        None => Finding::note(
            subject,
            "none is named: files are fetched from their publishers",
            "without a network, put the files into a folder and name it with ODDBENCH_MIRROR",
        ),
    }
}

/// What is here of each data set that can be verified.
pub(super) fn sets(cache: &Cache) -> Vec<Finding> {
    let entries = catalog::entries().iter().filter(|entry| entry.can_be_fetched());
    let findings = entries.map(|entry| one(entry, cache));
    findings.collect()
}

fn one(entry: &Entry, cache: &Cache) -> Finding {
    let subject = format!("data {}", entry.name);
    let (mut verified, mut mirrored, mut damaged) = (0, 0, Vec::new());
    for file in &entry.files {
        match cache.status(file) {
            Ok(FileStatus::Present { .. }) => verified += 1,
            Ok(FileStatus::Missing) => {
                mirrored += usize::from(cache.is_in_mirror_folder(file));
            }
            Ok(FileStatus::Corrupt { path, fault }) => {
                damaged.push(format!("{}: {fault}", path.display()));
            }
            Err(error) => damaged.push(error.to_string()),
        }
    }
    let fetch = format!("oddbench data fetch {}", entry.name);
    let all = entry.files.len();
    if !damaged.is_empty() {
        return Finding::problem(subject, damaged.join("; "), format!("{fetch} replaces it"));
    }
    match verified + mirrored {
        here if verified == all && here == all => {
            Finding::ok(subject, format!("all {all} files are in the cache and verified"))
        }
        here if here == all => Finding::ok(
            subject,
            format!(
                "all {all} files are here: {verified} in the cache and verified, {mirrored} in the mirror, to be verified when they are read"
            ),
        ),
        here => Finding::note(subject, format!("{here} of {all} files are here"), fetch),
    }
}
