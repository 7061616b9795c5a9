//! Companies without a graphics card: whatever the order in which members come, go and fail, nobody waits forever, and
//! everybody gets what is its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use rand::RngExt;

use super::Seat;
use super::gathering::{Gathering, Made};
use super::meeting::{Meeting, Work};
use crate::rng::stream;

/// Runs `test`, which must end by itself.
fn within_a_minute(test: impl FnOnce() + Send + 'static) {
    let (sender, over) = channel();
    let testing = thread::spawn(move || {
        test();
        let _ = sender.send(());
    });
    if over.recv_timeout(Duration::from_secs(60)).is_err() {
        assert!(testing.is_finished(), "somebody waits forever");
    }
    testing.join().unwrap();
}

/// A trainer that counts the epochs of each member.
struct Fake {
    epochs: Vec<u32>,
    /// Members in each epoch.
    sizes: Vec<usize>,
    fails_after: Option<usize>,
    panics_after: Option<usize>,
}

impl Fake {
    fn of(members: usize) -> Self {
        let epochs = vec![0; members];
        Self { epochs, sizes: Vec::new(), fails_after: None, panics_after: None }
    }
}

impl Work for Fake {
    type Ask = usize;
    type Answer = (usize, u32);
    type Error = &'static str;

    fn answer(
        &mut self,
        present: &[usize],
        asks: Vec<usize>,
    ) -> Result<Vec<(usize, u32)>, &'static str> {
        assert_eq!(asks, present, "an epoch is trained by all that are there");
        assert_ne!(Some(self.sizes.len()), self.panics_after, "a planted panic");
        if Some(self.sizes.len()) == self.fails_after {
            return Err("out of memory");
        }
        self.sizes.push(asks.len());
        present.iter().for_each(|member| self.epochs[*member] += 1);
        Ok(asks.iter().map(|member| (*member, self.epochs[*member])).collect())
    }

    fn broken() -> &'static str {
        "broken"
    }
}

/// A member that leaves whatever happens.
struct Place(Arc<Meeting<Fake>>, usize);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.leave(self.1);
    }
}

/// The epochs that a member's thread has trained, or the error; `None` for a panic.
type Ended = Option<Result<u32, &'static str>>;

/// What became of the members' threads, each of which trains that many epochs.
fn trained(fake: Fake, plan: Vec<(u32, End)>, seed: u64) -> (Vec<Ended>, Option<Vec<usize>>) {
    let meeting = Arc::new(Meeting::of(fake, plan.len()));
    let train = |member: usize, (epochs, end): (u32, End)| {
        let place = Place(Arc::clone(&meeting), member);
        let mut rng = stream(seed, &format!("member {member}"));
        for epoch in 1..=epochs {
            if rng.random::<f32>() < 0.2 {
                thread::sleep(Duration::from_micros(rng.random_range(0..300)));
            }
            place.0.ask(member, member)?;
            if rng.random::<f32>() < 0.2 {
                thread::sleep(Duration::from_micros(rng.random_range(0..300)));
            }
            assert_eq!(place.0.take(member)?, (member, epoch));
            if rng.random::<f32>() < 0.3 {
                assert_eq!(place.0.with(|fake| fake.epochs[member])?, epoch);
            }
        }
        match end {
            End::Panics => panic!("a planted panic"),
            End::PanicsMeanwhile => {
                place.0.ask(member, member)?;
                panic!("a planted panic before the answer")
            }
            End::Stops => Ok(epochs),
        }
    };
    let train = &train;
    let ends = thread::scope(|scope| {
        let members: Vec<_> = plan
            .into_iter()
            .enumerate()
            .map(|(member, plan)| {
                scope.spawn(move || catch_unwind(AssertUnwindSafe(|| train(member, plan))).ok())
            })
            .collect();
        members.into_iter().map(|member| member.join().unwrap()).collect()
    });
    let sizes = meeting.with(|fake| fake.sizes.clone()).ok();
    (ends, sizes)
}

#[derive(Clone, Copy)]
enum End {
    Stops,
    Panics,
    /// It asks, and panics before it takes the answer.
    PanicsMeanwhile,
}

#[test]
fn members_go_when_they_like_and_the_rest_trains_on() {
    within_a_minute(|| {
        for seed in 0..100 {
            let mut rng = stream(seed, "plan");
            let members = rng.random_range(1..12);
            let plan: Vec<(u32, End)> = (0..members)
                .map(|_| {
                    let end = if rng.random::<f32>() < 0.2 { End::Panics } else { End::Stops };
                    (rng.random_range(0..8), end)
                })
                .collect();
            let (ends, sizes) = trained(Fake::of(members), plan.clone(), seed);
            for ((epochs, end), is) in plan.iter().zip(ends) {
                match end {
                    End::Stops => assert_eq!(is, Some(Ok(*epochs))),
                    End::Panics | End::PanicsMeanwhile => assert_eq!(is, None),
                }
            }
            // Every epoch was trained by all that were still there, in as few dispatches as there can be.
            let longest = plan.iter().map(|(epochs, _)| *epochs).max().unwrap_or(0);
            let expected: Vec<usize> = (1..=longest)
                .map(|epoch| plan.iter().filter(|(epochs, _)| *epochs >= epoch).count())
                .collect();
            assert_eq!(sizes, Some(expected));
        }
    });
}

#[test]
fn a_member_that_panics_before_its_answer_stops_nobody() {
    within_a_minute(|| {
        for seed in 0..50 {
            let mut plan = [5, 5, 5, 5].map(|epochs| (epochs, End::Stops)).to_vec();
            plan[seed as usize % 4] = (2, End::PanicsMeanwhile);
            let (ends, _) = trained(Fake::of(4), plan, seed);
            for (member, end) in ends.iter().enumerate() {
                let expected = (member != seed as usize % 4).then_some(Ok(5));
                assert_eq!(*end, expected);
            }
        }
    });
}

#[test]
fn an_error_of_the_device_reaches_all_that_are_there() {
    within_a_minute(|| {
        let fake = Fake { fails_after: Some(2), ..Fake::of(4) };
        let plan = [1, 5, 5, 5].map(|epochs| (epochs, End::Stops)).to_vec();
        let (ends, _) = trained(fake, plan, 1);
        let failed = Some(Err("out of memory"));
        assert_eq!(ends, [Some(Ok(1)), failed, failed, failed]);
    });
}

#[test]
fn a_panic_while_one_works_for_all_ends_all() {
    within_a_minute(|| {
        for seed in 0..20 {
            let fake = Fake { panics_after: Some(1), ..Fake::of(4) };
            let plan = [1, 5, 5, 5].map(|epochs| (epochs, End::Stops)).to_vec();
            let (ends, _) = trained(fake, plan, seed);
            assert_eq!(ends.iter().filter(|end| end.is_none()).count(), 1, "{ends:?}");
            let broken = ends.iter().filter(|end| **end == Some(Err("broken"))).count();
            assert!(broken >= 2, "{ends:?}");
        }
    });
}

#[test]
fn equals_are_served_together_and_those_that_left_are_not_waited_for() {
    within_a_minute(|| {
        for seed in 0..100 {
            let mut rng = stream(seed, "gathering");
            let members: usize = rng.random_range(1..16);
            let keys: Vec<Option<u32>> = (0..members)
                .map(|_| (rng.random::<f32>() < 0.7).then(|| rng.random_range(0..3)))
                .collect();
            let gathering = Gathering::<u32, usize, Vec<usize>>::of(members);
            let come = |at: usize, key: Option<u32>| {
                let mut rng = stream(seed, &format!("member {at}"));
                thread::sleep(Duration::from_micros(rng.random_range(0..500)));
                let Some(key) = key else {
                    gathering.leave(at);
                    return None;
                };
                let make = |all: Vec<usize>| Made {
                    parts: all.iter().map(|_| all.clone()).collect(),
                    rest: Vec::new(),
                };
                gathering.join(at, (key, at), make)
            };
            let come = &come;
            let got: Vec<Option<Vec<usize>>> = thread::scope(|scope| {
                let keys = keys.iter().enumerate();
                let threads: Vec<_> =
                    keys.map(|(at, &key)| scope.spawn(move || come(at, key))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            for (key, got) in keys.iter().zip(got) {
                let equals = |at: &usize| keys[*at] == *key;
                let expected = key.map(|_| (0..members).filter(equals).collect::<Vec<_>>());
                assert_eq!(got, expected);
            }
        }
    });
}

#[test]
fn those_for_whom_there_is_no_room_are_served_when_the_others_have_left() {
    within_a_minute(|| {
        for seed in 0..50 {
            let mut rng = stream(seed, "room");
            let (members, room) = (rng.random_range(1..14), rng.random_range(1..5));
            let gathering = Gathering::<u32, usize, usize>::of(members);
            let at_work = std::sync::Mutex::new(Vec::new());
            let come = |at: usize| {
                let mut rng = stream(seed, &format!("member {at}"));
                thread::sleep(Duration::from_micros(rng.random_range(0..300)));
                let make = |mut all: Vec<usize>| {
                    let rest = all.split_off(room.min(all.len()));
                    Made { parts: all, rest }
                };
                // Two kinds that do not wait for each other at first.
                let part = gathering.join(at, (at as u32 % 2, at), make);
                assert!((0..members).all(|other| other == at || gathering.others_work(other)));
                let now = {
                    let mut at_work = at_work.lock().unwrap();
                    at_work.push(at);
                    at_work.len()
                };
                thread::sleep(Duration::from_micros(rng.random_range(0..300)));
                at_work.lock().unwrap().retain(|other| *other != at);
                gathering.leave(at);
                (part, now)
            };
            let come = &come;
            let got: Vec<(Option<usize>, usize)> = thread::scope(|scope| {
                let threads: Vec<_> =
                    (0..members).map(|at| scope.spawn(move || come(at))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!((0..members).all(|at| !gathering.others_work(at)), "all have left");
            for (at, (part, at_work)) in got.into_iter().enumerate() {
                assert_eq!(part, Some(at));
                assert!(at_work <= 2 * room, "{at_work} at once, and there is room for {room}");
            }
        }
    });
}

#[test]
fn a_panic_of_the_one_that_serves_is_told_to_the_others() {
    within_a_minute(|| {
        let gathering = Gathering::<(), (), ()>::of(3);
        let join = |at: usize| {
            let served = || gathering.join(at, ((), ()), |_| panic!("a planted panic"));
            catch_unwind(AssertUnwindSafe(served)).ok()
        };
        let join = &join;
        let mut ends: Vec<Option<Option<()>>> = thread::scope(|scope| {
            let threads = [0, 1, 2].map(|at| scope.spawn(move || join(at)));
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        ends.sort();
        assert_eq!(ends, [None, Some(None), Some(None)]);
    });
}

#[test]
fn who_has_the_turn_computes_alone_until_it_leaves() {
    within_a_minute(|| {
        let seats = Seat::for_each_of(6);
        let begin = Barrier::new(seats.len());
        let busy = std::sync::Mutex::new(());
        thread::scope(|scope| {
            for seat in &seats {
                scope.spawn(|| {
                    begin.wait();
                    seat.start();
                    seat.take_turn();
                    let alone = busy.try_lock().unwrap();
                    // It may ask again.
                    seat.take_turn();
                    thread::sleep(Duration::from_millis(5));
                    drop(alone);
                    seat.leave();
                });
            }
        });
        assert!(seats.iter().all(|seat| seat.seconds() >= 0.005));
    });
}
