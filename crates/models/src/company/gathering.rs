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
    Waits(Waiting<K, S>),
    /// Another member of its group has taken what it brought.
    IsServed,
    /// Its part of what the group has made, or `None` if the member that made it has panicked.
    Has(Option<R>),
    /// It has its part, and works with it.
    Works,
    /// Nobody waits for it.
    Left,
}

#[derive(Debug)]
struct Waiting<K, S> {
    key: K,
    brought: S,
    /// True if its group was too large. Then it waits until every member with a part has left.
    again: bool,
}

/// What a group has made.
pub(crate) struct Made<S, R> {
    /// The parts of its first members, at least one.
    pub parts: Vec<R>,
    /// What its other members have brought. They are served later.
    pub rest: Vec<S>,
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
    /// brings, in the order of the places: a part for each, or for the first ones. The others of such a group
    /// wait until everybody who has a part has left. `None` if making it panicked.
    pub(crate) fn join(
        &self,
        at: usize,
        (key, brought): (K, S),
        make: impl Fn(Vec<S>) -> Made<S, R>,
    ) -> Option<R> {
        let mut places = self.places();
        places[at] = Place::Waits(Waiting { key, brought, again: false });
        self.changed.notify_all();
        loop {
            match std::mem::replace(&mut places[at], Place::Left) {
                Place::Has(part) => {
                    places[at] = Place::Works;
                    return part;
                }
                Place::Waits(waiting) if is_time(&places, waiting.again) => {
                    places[at] = Place::Waits(waiting);
                    let group = Group::of(&mut places, at);
                    drop(places);
                    self.serve(group, &make);
                    places = self.places();
                    continue;
                }
                other => places[at] = other,
            }
            places = self.changed.wait(places).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Makes the parts of a group.
    fn serve(&self, group: Group<K, S>, make: &impl Fn(Vec<S>) -> Made<S, R>) {
        let Group { members, keys, brought } = group;
        let made = Made { parts: Vec::new(), rest: Vec::new() };
        let mut served = Served { gathering: self, members, keys, made };
        served.made = make(brought);
    }

    /// Whether another member has a part or is about to get one.
    pub(crate) fn others_work(&self, at: usize) -> bool {
        let works = |place: &Place<K, S, R>| {
            matches!(place, Place::IsServed | Place::Has(_) | Place::Works)
        };
        self.places().iter().enumerate().any(|(other, place)| other != at && works(place))
    }

    /// Nobody waits for that member any more.
    pub(crate) fn leave(&self, at: usize) {
        self.places()[at] = Place::Left;
        self.changed.notify_all();
    }
}

/// Whether a group can be served. Every expected member must have come or left. If the group waits again, every member
/// with a part must have left too.
fn is_time<K, S, R>(places: &[Place<K, S, R>], again: bool) -> bool {
    let hinders = |place: &Place<K, S, R>| match place {
        Place::Expected => true,
        Place::IsServed | Place::Has(_) | Place::Works => again,
        Place::Waits(_) | Place::Left => false,
    };
    !places.iter().any(hinders)
}

/// The members that wait with the key of one of them, and what they brought.
struct Group<K, S> {
    members: Vec<usize>,
    keys: Vec<K>,
    brought: Vec<S>,
}

impl<K: PartialEq, S> Group<K, S> {
    /// Takes what they brought.
    fn of<R>(places: &mut [Place<K, S, R>], at: usize) -> Self {
        let is_equal = |place: &Place<K, S, R>| match (place, &places[at]) {
            (Place::Waits(waiting), Place::Waits(own)) => waiting.key == own.key,
            _ => false,
        };
        let equal = places.iter().enumerate().filter(|(_, place)| is_equal(place));
        let members: Vec<usize> = equal.map(|(at, _)| at).collect();
        let (mut keys, mut brought) = (Vec::new(), Vec::new());
        for &member in &members {
            if let Place::Waits(waiting) = std::mem::replace(&mut places[member], Place::IsServed) {
                keys.push(waiting.key);
                brought.push(waiting.brought);
            }
        }
        Self { members, keys, brought }
    }
}

/// Gives the members of a group their parts, or lets them wait again; also if making the parts has panicked.
struct Served<'g, K: PartialEq, S, R> {
    gathering: &'g Gathering<K, S, R>,
    members: Vec<usize>,
    keys: Vec<K>,
    made: Made<S, R>,
}

impl<K: PartialEq, S, R> Drop for Served<'_, K, S, R> {
    fn drop(&mut self) {
        let Made { parts, rest } = &mut self.made;
        let served = self.members.len() - rest.len();
        let (mut parts, mut rest) = (parts.drain(..), rest.drain(..));
        let mut places = self.gathering.places();
        let members = self.members.iter().zip(self.keys.drain(..)).enumerate();
        for (number, (&member, key)) in members {
            let brought = if number < served { None } else { rest.next() };
            places[member] = match brought {
                Some(brought) => Place::Waits(Waiting { key, brought, again: true }),
                None => Place::Has(parts.next()),
            };
        }
        drop(places);
        self.gathering.changed.notify_all();
    }
}
