//! Downloads from a server with faults.

use std::time::Duration;

use super::server::{Reply, Server};
use super::{Place, archive, assert_fetched, content, described, file, gzip};

/// Fetches from a server that answers like that; the error must hold all the words, and the cache
/// must be empty afterwards.
fn refused(answer: impl Fn(usize) -> Reply + Send + 'static, words: &[&str]) -> Server {
    let server = Server::start(move |i, _| answer(i));
    let place = Place::new();
    let error = place.fetch(&file(&[&server.url])).unwrap_err().to_string();
    for word in words.iter().chain(&["set/sample.gz", &server.url, "ODDBENCH_MIRROR"]) {
        assert!(error.contains(word), "{word:?} is not in: {error}");
    }
    assert_eq!(place.files(), [""; 0], "{error}");
    server
}

#[test]
fn the_right_file_is_placed() {
    let server = Server::start(|_, _| Reply::ok(&archive()));
    let place = Place::new();
    let path = place.fetch(&file(&[&server.url])).unwrap();
    assert_fetched(&place, &path, &archive());
    // A second time nothing is asked.
    place.fetch(&file(&[&server.url])).unwrap();
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_recompressed_archive_and_plain_text_are_right() {
    for body in [gzip(&content(), 1), content()] {
        let sent = body.clone();
        let server = Server::start(move |_, _| Reply::ok(&sent));
        let place = Place::new();
        let path = place.fetch(&file(&[&server.url])).unwrap();
        assert_fetched(&place, &path, &body);
    }
}

#[test]
fn a_truncated_archive_is_named() {
    refused(|_| Reply::ok(&archive()[..20_000]), &["cut short", "of 60000 decompressed bytes"]);
}

#[test]
fn a_corrupted_archive_is_named() {
    let server = refused(
        |_| {
            let mut bytes = archive();
            bytes[15_000..15_100].fill(0xff);
            Reply::ok(&bytes)
        },
        &["the gzip archive is damaged after"],
    );
    assert_eq!(server.requests().len(), 1, "the same bytes would come again");
}

#[test]
fn other_content_of_the_same_size_is_named() {
    let mut other = content();
    other[59_999] = b'!';
    let found = super::described(&other).sha256;
    refused(
        move |_| Reply::ok(&gzip(&other, 9)),
        &["SHA-256", &found, &described(&content()).sha256],
    );
}

#[test]
fn an_empty_body_is_named() {
    refused(|_| Reply::ok(b""), &["it is empty"]);
}

#[test]
fn a_web_page_is_named_with_its_title() {
    let page = b"<!DOCTYPE html>\n<html><head><title>Please sign in</title></head></html>";
    let server = refused(|_| Reply::ok(page), &["web page", "Please sign in"]);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_missing_file_is_not_asked_for_again() {
    let server = refused(|_| Reply::status("404 Not Found", b"gone"), &["404"]);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_server_in_trouble_is_asked_again() {
    let server = Server::start(|i, _| match i {
        0 => Reply::status("500 Internal Server Error", b"oops"),
        1 => Reply::status("503 Service Unavailable", b""),
        _ => Reply::ok(&archive()),
    });
    let place = Place::new();
    let path = place.fetch(&file(&[&server.url])).unwrap();
    assert_fetched(&place, &path, &archive());
    let messages = place.messages.all();
    assert!(messages.contains("500") && messages.contains("(3 of 3)"), "{messages}");
}

#[test]
fn a_server_that_stays_in_trouble_is_given_up() {
    let server = refused(|_| Reply::status("502 Bad Gateway", b""), &["502", "tried 3 times"]);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_server_that_stalls_is_given_up() {
    let slow = |_| Reply { pause: Duration::from_secs(5), ..Reply::ok(&archive()) };
    refused(slow, &["tried 3 times"]);
}

#[test]
fn a_slow_server_is_waited_for() {
    let server =
        Server::start(|_, _| Reply { pause: Duration::from_millis(10), ..Reply::ok(&archive()) });
    let place = Place::new();
    let path = place.fetch(&file(&[&server.url])).unwrap();
    assert_fetched(&place, &path, &archive());
}

#[test]
fn the_next_home_is_tried() {
    let gone = Server::start(|_, _| Reply::status("410 Gone", b""));
    let good = Server::start(|_, _| Reply::ok(&archive()));
    let place = Place::new();
    let path = place.fetch(&file(&[&gone.url, &good.url])).unwrap();
    assert_fetched(&place, &path, &archive());
}

#[test]
fn an_endless_body_is_cut_off() {
    let place = Place::new();
    let server = Server::start(|_, _| Reply { endless: true, ..Reply::ok(&archive()) });
    let error = place.fetch(&file(&[&server.url])).unwrap_err().to_string();
    assert!(error.contains("more than"), "{error}");
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn a_file_that_declares_too_much_is_not_begun() {
    refused(|_| Reply { declared: Some(usize::MAX >> 1), ..Reply::ok(&archive()) }, &["more than"]);
}

#[test]
fn a_decompression_bomb_is_stopped() {
    // 40 MB of zeros in 40 kB: no more is unpacked than the file should hold.
    let bomb = gzip(&vec![0; 40_000_000], 9);
    refused(move |_| Reply::ok(&bomb), &["it has more than 60000 bytes"]);
}

#[test]
fn a_broken_download_goes_on_where_it_stopped() {
    let server = Server::start(|i, request| match (i, request.range) {
        (0, None) => Reply::ok(&archive()).header("ETag: \"v1\"").cut(10_000),
        (_, Some(first)) => Reply::partial(&archive(), first),
        _ => Reply::status("400 Bad Request", b"a range was expected"),
    });
    let place = Place::new();
    let path = place.fetch(&file(&[&server.url])).unwrap();
    assert_fetched(&place, &path, &archive());
    let second = &server.requests()[1];
    assert_eq!((second.range, second.if_range.as_deref()), (Some(10_000), Some("\"v1\"")));
}

#[test]
fn a_broken_download_goes_on_in_the_next_run() {
    let server = Server::start(|_, request| match request.range {
        None => Reply::ok(&archive()).cut(10_000),
        Some(10_000) => Reply::partial(&archive(), 10_000).cut(5_000),
        Some(15_000) => Reply::partial(&archive(), 15_000).cut(0),
        Some(_) => Reply::status("400 Bad Request", b""),
    });
    let place = Place::new();
    let error = place.fetch(&file(&[&server.url])).unwrap_err().to_string();
    assert!(error.contains("15000 bytes are kept"), "{error}");
    assert!(place.files().iter().all(|name| name.starts_with(".incoming")), "not in its place");
    // The next run meets a server that has recovered, under the same address.
    let part = place.dir.path().join("cache/.incoming/set-sample.gz.part");
    assert_eq!(std::fs::read(part).unwrap(), archive()[..15_000]);
    let before = server.requests().len();
    let error = place.fetch(&file(&[&server.url])).unwrap_err().to_string();
    assert_eq!(server.requests()[before].range, Some(15_000), "{error}");
}

#[test]
fn a_server_without_ranges_starts_afresh() {
    let server = Server::start(|i, _| match i {
        0 => Reply::ok(&archive()).cut(10_000),
        _ => Reply::ok(&archive()),
    });
    let place = Place::new();
    let path = place.fetch(&file(&[&server.url])).unwrap();
    assert_eq!(server.requests()[1].range, Some(10_000));
    assert_fetched(&place, &path, &archive());
}

#[test]
fn a_file_that_changed_meanwhile_is_fetched_whole() {
    // The server joins another version to what is there; only the digest tells.
    let server = Server::start(|i, request| match (i, request.range) {
        (0, _) => Reply::ok(&gzip(&content(), 1)).cut(10_000),
        (_, Some(first)) => Reply::partial(&archive(), first),
        (_, None) => Reply::ok(&archive()),
    });
    let place = Place::new();
    let path = place.fetch(&file(&[&server.url])).unwrap();
    assert_fetched(&place, &path, &archive());
    assert!(place.messages.all().contains("resumed download is wrong"));
}

#[test]
fn an_unusable_range_starts_afresh() {
    let server = Server::start(|i, request| match (i, request.range) {
        (0, _) => Reply::ok(&archive()).cut(10_000),
        (_, Some(_)) => Reply::status("416 Range Not Satisfiable", b""),
        (_, None) => Reply::ok(&archive()),
    });
    let place = Place::new();
    let path = place.fetch(&file(&[&server.url])).unwrap();
    assert_fetched(&place, &path, &archive());
}

#[test]
fn nobody_at_home_is_an_error() {
    // A port that was just free: nothing listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let place = Place::new();
    let home = format!("http://127.0.0.1:{port}");
    let error = place.fetch(&file(&[&home])).unwrap_err().to_string();
    assert!(error.contains(&home) && error.contains("tried 3 times"), "{error}");
    assert_eq!(place.files(), [""; 0]);
}
