//! Where members of a company wait until all of them have come or have left, and form groups of equals.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The places of a company. `K` is what must be equal in a group, `S` what a member brings, `R` what it
/// takes away.
#[derive(Debug)]
pub(crate) struct Gathering<K, S, R> {
    places: Mutex<Vec<Place<K, S, R>>>,
    changed: Condvar,
}

#[derive(Debug)]
enum Place<K, S, R> {
    /// The others wait for it.
    Expected,
    /// It has come.
    Waits(K, S),
    /// Another member of its group has taken what it brought.
    IsServed,
    /// Its part of what the group has made, or `None` if the member that made it has panicked.
    Has(Option<R>),
    /// Nobody waits for it.
    Left,
}

impl<K: PartialEq, S, R> Gathering<K, S, R> {
    /// That many members are expected.
    pub(crate) fn of(members: usize) -> Self {
        let places = (0..members).map(|_| Place::Expected).collect();
        Self { places: Mutex::new(places), changed: Condvar::new() }
    }

    fn places(&self) -> MutexGuard<'_, Vec<Place<K, S, R>>> {
        // No code of others runs under the lock.
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for all members. One member of each group of equal keys then makes something of what the group
    /// brings, in the order of the places: a part for each. `None` if that panicked.
    pub(crate) fn join(
        &self,
        at: usize,
        (key, brought): (K, S),
        make: impl FnOnce(Vec<S>) -> Vec<R>,
    ) -> Option<R> {
        let mut places = self.places();
        places[at] = Place::Waits(key, brought);
        self.changed.notify_all();
        loop {
            match std::mem::replace(&mut places[at], Place::Left) {
                Place::Has(part) => return part,
                Place::Waits(key, brought)
                    if !places.iter().any(|place| matches!(place, Place::Expected)) =>
                {
                    places[at] = Place::Waits(key, brought);
                    break;
                }
                other => places[at] = other,
            }
            places = self.changed.wait(places).unwrap_or_else(PoisonError::into_inner);
        }
        let (members, all) = group(&mut places, at);
        drop(places);
        let mut served = Served { gathering: self, members, parts: Vec::new() };
        served.parts = make(all);
        drop(served);
        match std::mem::replace(&mut self.places()[at], Place::Left) {
            Place::Has(part) => part,
            _ => None,
        }
    }

    /// Nobody waits for that member any more.
    pub(crate) fn leave(&self, at: usize) {
        let mut places = self.places();
        if matches!(places[at], Place::Expected) {
            places[at] = Place::Left;
            self.changed.notify_all();
        }
    }
}

/// The members that wait with the key of one of them, and what they brought.
fn group<K: PartialEq, S, R>(places: &mut [Place<K, S, R>], at: usize) -> (Vec<usize>, Vec<S>) {
    let is_equal = |place: &Place<K, S, R>| match (place, &places[at]) {
        (Place::Waits(key, _), Place::Waits(own, _)) => key == own,
        _ => false,
    };
    let members: Vec<usize> =
        places.iter().enumerate().filter(|(_, place)| is_equal(place)).map(|(at, _)| at).collect();
    let mut all = Vec::with_capacity(members.len());
    for &member in &members {
        if let Place::Waits(_, brought) = std::mem::replace(&mut places[member], Place::IsServed) {
            all.push(brought);
        }
    }
    (members, all)
}

/// Gives the members of a group their parts; also if making them has panicked.
struct Served<'g, K: PartialEq, S, R> {
    gathering: &'g Gathering<K, S, R>,
    members: Vec<usize>,
    parts: Vec<R>,
}

impl<K: PartialEq, S, R> Drop for Served<'_, K, S, R> {
    fn drop(&mut self) {
        let mut parts = std::mem::take(&mut self.parts).into_iter();
        let mut places = self.gathering.places();
        for &member in &self.members {
            places[member] = Place::Has(parts.next());
        }
        drop(places);
        self.gathering.changed.notify_all();
    }
}
