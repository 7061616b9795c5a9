//! Claims under a race: always exactly one holder. Claims of holders that are gone, on this machine and on others.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn claims(folder: &Path) -> Claims {
    Claims { folder: folder.join(".claims"), expires: EXPIRES, renewed: RENEWED }
}

fn mine(claimed: Claimed) -> Option<Claim> {
    match claimed {
        Claimed::Mine(claim) => Some(claim),
        Claimed::Others(_) => None,
    }
}

/// A claim of a process that is not this one, with the age of its last renewal.
fn plant(claims: &Claims, name: &str, host: &str, token: &str, age: Duration) {
    fs::create_dir_all(&claims.folder).unwrap();
    let path = claims.folder.join(name);
    let text =
        format!(r#"{{"host":"{host}","pid":7,"since":"2026-11-29T12:00:00Z","token":"{token}"}}"#);
    fs::write(&path, text).unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}

const ELSEWHERE: &str = "ffffffff-7-1-0";

fn files(claims: &Claims) -> Vec<String> {
    let mut files = claims.files().unwrap();
    files.sort();
    files
}

#[test]
fn a_claim_holds_until_it_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let claims = claims(folder.path());
    assert!(claims.holder("a").unwrap().is_none());
    let claim = mine(claims.take("a").unwrap()).unwrap();
    let Claimed::Others(holder) = claims.take("a").unwrap() else { panic!("taken twice") };
    assert_eq!(holder.pid, std::process::id());
    assert_eq!(claims.holder("a").unwrap(), Some(holder));
    assert!(mine(claims.take("b").unwrap()).is_some(), "another trial is free");
    drop(claim);
    assert!(claims.holder("a").unwrap().is_none());
    assert!(mine(claims.take("a").unwrap()).is_some());
    assert_eq!(files(&claims), Vec::<String>::new());
}

#[test]
fn a_holder_elsewhere_has_time_to_renew_and_no_more() {
    for (age, lives) in [(0, true), (100, true), (140, false), (1_000_000, false)] {
        let folder = tempfile::tempdir().unwrap();
        let claims = claims(folder.path());
        plant(&claims, "a", "elsewhere", ELSEWHERE, Duration::from_secs(age));
        let claimed = claims.take("a").unwrap();
        assert_eq!(mine(claimed).is_none(), lives, "{age} s");
        assert_eq!(claims.holder("a").unwrap().is_some(), lives, "{age} s");
    }
}

/// A clock that was set back leaves claims from the future. A living holder renews them soon.
#[test]
fn a_claim_from_far_in_the_future_has_expired() {
    let folder = tempfile::tempdir().unwrap();
    let claims = claims(folder.path());
    plant(&claims, "a", "elsewhere", ELSEWHERE, Duration::ZERO);
    let file = File::options().write(true).open(claims.folder.join("a")).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(3600)).unwrap();
    assert!(mine(claims.take("a").unwrap()).is_some());
}

#[test]
fn a_holder_renews_its_claim() {
    let folder = tempfile::tempdir().unwrap();
    let claims = Claims { renewed: Duration::from_millis(5), ..claims(folder.path()) };
    let claim = mine(claims.take("a").unwrap()).unwrap();
    let path = claims.folder.join("a");
    let text = fs::read_to_string(&path).unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(1000)).unwrap();
    let is_renewed = || {
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        modified.elapsed().is_ok_and(|age| age < Duration::from_secs(500))
    };
    for _ in 0..10_000 {
        if is_renewed() {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    assert!(is_renewed());
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    drop(claim);
    assert!(!path.exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_dead_process_of_this_machine_holds_nothing() {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let pid = child.id();
    child.wait().unwrap();
    let own = Token::next();
    let place = own.as_str().split('-').next().unwrap();
    let start = own.as_str().split('-').nth(2).unwrap();
    let me = std::process::id();
    // Gone; and the number of a process that is there, but began at another time.
    for token in [format!("{place}-{pid}-{start}-0"), format!("{place}-{me}-1{start}-0")] {
        let folder = tempfile::tempdir().unwrap();
        let claims = claims(folder.path());
        plant(&claims, "a", "here", &token, Duration::ZERO);
        assert!(claims.holder("a").unwrap().is_none(), "{token}");
        let claim = mine(claims.take("a").unwrap()).unwrap();
        assert!(mine(claims.take("a").unwrap()).is_none());
        drop(claim);
        assert_eq!(files(&claims), Vec::<String>::new(), "the whole chain goes");
    }
}

#[test]
fn a_claim_that_says_nothing_expires_too() {
    let folder = tempfile::tempdir().unwrap();
    let claims = claims(folder.path());
    plant(&claims, "a", "elsewhere", ELSEWHERE, Duration::ZERO);
    fs::write(claims.folder.join("a"), "").unwrap();
    let Claimed::Others(holder) = claims.take("a").unwrap() else { panic!("taken") };
    assert_eq!(holder.host, "unknown");
    let file = File::options().write(true).open(claims.folder.join("a")).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(10)).unwrap();
    assert!(mine(claims.take("a").unwrap()).is_some());
}

/// A holder that slept for too long has lost its claim, and takes no other's away when it ends.
#[test]
fn a_holder_that_wakes_up_late_does_not_release_its_successor() {
    let folder = tempfile::tempdir().unwrap();
    let claims = claims(folder.path());
    let late = mine(claims.take("a").unwrap()).unwrap();
    let file = File::options().write(true).open(claims.folder.join("a")).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(200)).unwrap();
    let successor = mine(claims.take("a").unwrap()).unwrap();
    file.set_modified(SystemTime::now()).unwrap();
    drop(late);
    assert!(mine(claims.take("a").unwrap()).is_none(), "the successor holds it");
    drop(successor);
    assert!(mine(claims.take("a").unwrap()).is_some());
}

#[test]
fn of_many_that_take_over_exactly_one_does() {
    for takers in [2, 10] {
        for round in 0..50 {
            let folder = tempfile::tempdir().unwrap();
            let claims = claims(folder.path());
            plant(&claims, "a", "elsewhere", ELSEWHERE, Duration::from_secs(200));
            let (start, end) = (Barrier::new(takers), Barrier::new(takers));
            let won = AtomicUsize::new(0);
            thread::scope(|scope| {
                for _ in 0..takers {
                    scope.spawn(|| {
                        start.wait();
                        let claim = mine(claims.take("a").unwrap());
                        won.fetch_add(usize::from(claim.is_some()), Ordering::Relaxed);
                        end.wait();
                    });
                }
            });
            assert_eq!(won.into_inner(), 1, "{takers} takers, round {round}");
        }
    }
}

/// Claims are taken, released and left behind by ten at once: never do two hold one.
#[test]
fn never_two_hold_a_claim() {
    let folder = tempfile::tempdir().unwrap();
    let claims = claims(folder.path());
    let (holders, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for worker in 0..10 {
            let (claims, holders, taken) = (&claims, &holders, &taken);
            scope.spawn(move || {
                for round in 0..100 {
                    let Some(claim) = mine(claims.take("a").unwrap()) else { continue };
                    assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0, "two hold the claim");
                    taken.fetch_add(1, Ordering::Relaxed);
                    thread::yield_now();
                    holders.fetch_sub(1, Ordering::SeqCst);
                    if (worker + round) % 3 == 0 {
                        // As if its process had died: all of its chain is long ago.
                        for name in claims.files().unwrap() {
                            if name.starts_with(offer::MARK) {
                                continue;
                            }
                            let file = File::options().write(true).open(claims.folder.join(name));
                            let Ok(file) = file else { continue };
                            let long_ago = SystemTime::now() - Duration::from_secs(1000);
                            file.set_modified(long_ago).unwrap();
                        }
                        std::mem::forget(claim);
                    }
                }
            });
        }
    });
    assert!(taken.into_inner() >= 10);
}
