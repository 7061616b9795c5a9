//! A mirror folder or URL in place of the public homes.

use oddbench_data::{Fault, FetchError, Mirror};

use super::server::{Reply, Server};
use super::{Place, archive, assert_fetched, content, file, patience};

fn mirror(place: &Place, name: &str, bytes: &[u8]) -> Mirror {
    let folder = place.dir.path().join("mirror");
    std::fs::create_dir_all(folder.join("set")).unwrap();
    std::fs::write(folder.join("set").join(name), bytes).unwrap();
    Mirror::Folder(folder)
}

#[test]
fn a_folder_is_copied_from_even_offline() {
    for (name, bytes) in [("sample.gz", archive()), ("sample", content())] {
        let place = Place::new();
        let cache = place.cache(Some(mirror(&place, name, &bytes)), true);
        let path = cache.ensure_with(&file(&[]), &patience()).unwrap();
        assert_fetched(&place, &path, &bytes);
    }
}

#[test]
fn a_folder_without_the_file_is_named_and_no_home_is_asked() {
    let server = Server::start(|_, _| Reply::ok(&archive()));
    let place = Place::new();
    let cache = place.cache(Some(mirror(&place, "other.gz", b"")), false);
    let error = cache.ensure_with(&file(&[&server.url]), &patience()).unwrap_err();
    assert!(matches!(&error, FetchError::NotInMirror { .. }), "{error}");
    assert!(error.to_string().contains("set/sample.gz"), "{error}");
    assert!(server.requests().is_empty());
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn a_mirror_folder_that_is_not_there_is_no_folder_that_lacks_a_file() {
    let place = Place::new();
    let folder = place.dir.path().join("mirrr");
    let cache = place.cache(Some(Mirror::Folder(folder)), false);
    let error = cache.ensure_with(&file(&[]), &patience()).unwrap_err().to_string();
    for words in ["there is no folder", "mirrr", "--mirror (ODDBENCH_MIRROR)", "name a folder"] {
        assert!(error.contains(words), "{words} is not in: {error}");
    }
}

#[test]
fn a_wrong_file_in_a_folder_is_named() {
    for (bytes, expected) in [
        (vec![], Fault::Empty),
        (b"<html>".to_vec(), Fault::Html(None)),
        (b"1,2,3\n".to_vec(), Fault::Size { expected: archive().len() as u64, found: 6 }),
        (vec![b'0'; 1_000_000], Fault::TooLarge(file(&[]).largest())),
    ] {
        let place = Place::new();
        let cache = place.cache(Some(mirror(&place, "sample.gz", &bytes)), false);
        match cache.ensure_with(&file(&[]), &patience()) {
            Err(FetchError::WrongInMirror { path, fault, .. }) => {
                assert_eq!(fault, expected);
                assert!(path.ends_with("mirror/set/sample.gz"));
            }
            other => panic!("{expected}: {other:?}"),
        }
        assert_eq!(place.files(), [""; 0]);
    }
}

#[test]
fn a_mirror_url_is_asked_in_place_of_the_homes() {
    let home = Server::start(|_, _| Reply::ok(&archive()));
    let server = Server::start(|_, _| Reply::ok(&archive()));
    let place = Place::new();
    let mirror = Mirror::parse(&format!("{}/data/", server.url)).unwrap();
    let path = place.cache(Some(mirror), false).ensure_with(&file(&[&home.url]), &patience());
    assert_fetched(&place, &path.unwrap(), &archive());
    assert_eq!(server.requests()[0].path, "/data/set/sample.gz");
    assert!(home.requests().is_empty());
}
