//! Files that are already in the cache: found again, checked again when touched, replaced when damaged.

use oddbench_data::{Fault, FetchError, FileStatus, Mirror};

use super::server::{Reply, Server};
use super::{Place, archive, assert_fetched, content, file, gzip, patience};

fn put(place: &Place, bytes: &[u8]) {
    let folder = place.dir.path().join("cache/set");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("sample.gz"), bytes).unwrap();
}

#[test]
fn offline_needs_the_file_in_the_cache() {
    let server = Server::start(|_, _| Reply::ok(&archive()));
    let place = Place::new();
    let home = file(&[&server.url]);
    for mirror in [None, Some(Mirror::Url(server.url.clone()))] {
        let error = place.cache(mirror, true).ensure_with(&home, &patience()).unwrap_err();
        assert!(matches!(error, FetchError::Offline { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains("leave out --offline") && text.contains("ODDBENCH_MIRROR"), "{text}");
    }
    put(&place, &archive());
    place.cache(None, true).ensure_with(&home, &patience()).unwrap();
    assert!(server.requests().is_empty());
}

#[test]
fn a_damaged_file_is_named_offline_and_replaced_otherwise() {
    let place = Place::new();
    put(&place, &archive()[..9_000]);
    let error = place.cache(None, true).ensure_with(&file(&[]), &patience()).unwrap_err();
    assert!(
        matches!(&error, FetchError::Corrupt { fault: Fault::Truncated { .. }, .. }),
        "{error}"
    );
    let server = Server::start(|_, _| Reply::ok(&archive()));
    let path = place.fetch(&file(&[&server.url])).unwrap();
    assert_fetched(&place, &path, &archive());
    assert!(place.messages.all().contains("damaged"), "{}", place.messages.all());
}

#[test]
fn a_failed_download_leaves_a_damaged_file_as_it_is() {
    let place = Place::new();
    put(&place, b"mine");
    let server = Server::start(|_, _| Reply::status("404 Not Found", b""));
    place.fetch(&file(&[&server.url])).unwrap_err();
    assert_eq!(place.files(), ["set/sample.gz"]);
    assert_eq!(std::fs::read(place.dir.path().join("cache/set/sample.gz")).unwrap(), b"mine");
}

#[test]
fn a_file_changed_after_it_was_verified_is_noticed() {
    let place = Place::new();
    let cache = place.cache(None, true);
    let file = file(&[]);
    assert_eq!(cache.status(&file).unwrap(), FileStatus::Missing);
    assert!(matches!(cache.verify(&file), Err(FetchError::Missing { .. })));
    put(&place, &gzip(&content(), 3));
    let present = cache.status(&file).unwrap();
    assert!(matches!(&present, FileStatus::Present { .. }), "{present:?}");
    assert_eq!(place.files(), ["set/sample.gz", "set/sample.gz.verified"]);
    cache.verify(&file).unwrap();
    let mut other = content();
    other[0] = b'?';
    put(&place, &gzip(&other, 3));
    let corrupt = cache.status(&file).unwrap();
    assert!(
        matches!(&corrupt, FileStatus::Corrupt { fault: Fault::Digest { .. }, .. }),
        "{corrupt:?}"
    );
    assert!(matches!(cache.verify(&file), Err(FetchError::Corrupt { .. })));
}

#[test]
fn processes_that_fetch_at_once_fetch_once() {
    let server = Server::start(|_, _| Reply {
        pause: std::time::Duration::from_millis(5),
        ..Reply::ok(&archive())
    });
    let place = Place::new();
    let file = file(&[&server.url]);
    // Locks belong to open files, so threads stand in for processes.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| place.fetch(&file).unwrap());
        }
    });
    assert_eq!(server.requests().len(), 1);
    assert_eq!(place.files(), ["set/sample.gz", "set/sample.gz.verified"]);
}
