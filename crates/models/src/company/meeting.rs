//! Where the members of a group meet: each asks for something, does something else, and takes the answer. When all that
//! are still there have asked, one of them does the work for all.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What the members of a group share.
pub(crate) trait Work {
    /// What a member asks for.
    type Ask;
    /// What it gets.
    type Answer;
    /// Why it gets nothing.
    type Error: Clone;

    /// Answers the questions of all members that are still there. `present` are their numbers, ascending.
    fn answer(
        &mut self,
        present: &[usize],
        asks: Vec<Self::Ask>,
    ) -> Result<Vec<Self::Answer>, Self::Error>;

    /// The error after [`Work::answer`] has panicked.
    fn broken() -> Self::Error;
}

/// The members of a group, and what they share.
pub(crate) struct Meeting<W: Work> {
    state: Mutex<State<W>>,
    changed: Condvar,
}

struct State<W: Work> {
    work: W,
    members: Vec<Member<W>>,
}

enum Member<W: Work> {
    /// It computes by itself.
    Away,
    Asks(W::Ask),
    Has(Result<W::Answer, W::Error>),
    Left,
}

impl<W: Work> Meeting<W> {
    /// That many members, all of which are there.
    pub(crate) fn of(work: W, members: usize) -> Self {
        let members = (0..members).map(|_| Member::Away).collect();
        Self { state: Mutex::new(State { work, members }), changed: Condvar::new() }
    }

    /// Asks. The last member to ask does the work for all; the others go on at once.
    pub(crate) fn ask(&self, member: usize, ask: W::Ask) -> Result<(), W::Error> {
        let mut state = self.state.lock().map_err(|_| W::broken())?;
        state.members[member] = Member::Asks(ask);
        self.answer_if_all_ask(&mut state);
        Ok(())
    }

    /// Waits until all members that are still there have asked, and gets the answer to the member's question.
    pub(crate) fn take(&self, member: usize) -> Result<W::Answer, W::Error> {
        let broken = |_| W::broken();
        let mut state = self.state.lock().map_err(broken)?;
        loop {
            // Somebody who had not asked may have left.
            self.answer_if_all_ask(&mut state);
            match std::mem::replace(&mut state.members[member], Member::Away) {
                Member::Has(answer) => return answer,
                waits => state.members[member] = waits,
            }
            state = self.changed.wait(state).map_err(broken)?;
        }
    }

    fn answer_if_all_ask(&self, state: &mut State<W>) {
        if state.all_ask() {
            state.answer();
            self.changed.notify_all();
        }
    }

    /// Works on what is shared, without waiting for others. A member that is away may do this: nothing is
    /// answered meanwhile.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut W) -> T) -> Result<T, W::Error> {
        let mut state = self.state.lock().map_err(|_| W::broken())?;
        Ok(work(&mut state.work))
    }

    /// Nobody waits for that member any more.
    pub(crate) fn leave(&self, member: usize) {
        let mut state: MutexGuard<'_, _> =
            self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.members[member] = Member::Left;
        drop(state);
        self.changed.notify_all();
    }
}

impl<W: Work> State<W> {
    fn all_ask(&self) -> bool {
        let mut waits = self.members.iter().filter(|member| !matches!(member, Member::Left));
        waits.all(|member| matches!(member, Member::Asks(_)))
    }

    /// Answers the questions of all.
    fn answer(&mut self) {
        let (mut present, mut asks) = (Vec::new(), Vec::new());
        for (at, member) in self.members.iter_mut().enumerate() {
            match std::mem::replace(member, Member::Away) {
                Member::Asks(ask) => {
                    present.push(at);
                    asks.push(ask);
                }
                other => *member = other,
            }
        }
        let mut answers = self.work.answer(&present, asks).map(Vec::into_iter);
        for at in present {
            let answer = match &mut answers {
                Ok(answers) => answers.next().ok_or_else(W::broken),
                Err(error) => Err(error.clone()),
            };
            self.members[at] = Member::Has(answer);
        }
    }
}
