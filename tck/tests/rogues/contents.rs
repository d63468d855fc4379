//! Publishers whose items are wrong: always at the same place, or in a few scenarios only. Items are the kit's or texts, which
//! count or do not.

use reactive_streams_core::{Demand, Publisher, Resume, Subscriber, Subscription, Turn};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{Env, Fixture, Length};
use std::marker::PhantomData;

/// What is wrong with their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Nothing,
    /// In place of the item of this number the one before comes once more.
    Repeats(u64),
    /// The items of this number and the next change places.
    Swaps(u64),
    /// The item of this number comes last.
    Late(u64),
    /// From this number on each comes one place late; what came before it comes twice.
    FallsBehind(u64),
    /// In place of each of so many the one before comes once more.
    RepeatsEach(u64),
    /// From this number on every other one comes twice, and the next not at all.
    Stammers(u64),
    /// The last one is the one before.
    RepeatsAtEnd,
    /// The last two change places.
    SwapsAtEnd,
    /// When it goes on after a rest, the last one comes again in place of the next.
    RepeatsAfterRest,
    /// At the fourth resumption the last one comes again in place of the next.
    RepeatsAtFourth,
    /// When 64 are asked for at once, the item of this number is the one before.
    RepeatsIn64(u64),
    /// When 64 are asked for at once, the item of this number changes places with the next.
    SwapsIn64(u64),
}

/// What the items are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    /// The kit's, one after the other; each tenth number; behind a header; with key frames.
    Plain,
    Tens,
    Headed,
    Framed,
    /// The squares.
    Squares,
}

use Made::*;
use Wrong::*;

/// All are caught under rule 1.2.
pub(crate) const KIT: &[(Wrong, Made)] = &[
    (Swaps(0), Plain),
    (Late(20), Plain),
    (FallsBehind(3), Plain),
    (FallsBehind(17), Plain),
    (FallsBehind(1025), Plain),
    (RepeatsEach(64), Plain),
    (Stammers(1025), Plain),
    (RepeatsAtEnd, Plain),
    (SwapsAtEnd, Plain),
    (Repeats(17), Tens),
    (Repeats(1025), Tens),
    (Swaps(1025), Tens),
    (Repeats(17), Headed),
    (Repeats(17), Framed),
    (RepeatsAtFourth, Squares),
    (RepeatsIn64(700), Squares),
    (SwapsIn64(700), Squares),
];

/// The same, of texts with these numbers in them.
pub(crate) const TEXTS: &[(Wrong, Made)] = &[
    (Repeats(5), Plain),
    (Repeats(1025), Plain),
    (Swaps(17), Plain),
    (Swaps(1025), Plain),
    (FallsBehind(17), Plain),
    (RepeatsEach(64), Plain),
    (RepeatsAtEnd, Plain),
    (Repeats(17), Tens),
    (RepeatsAfterRest, Plain),
    (RepeatsAtFourth, Plain),
    (RepeatsAtFourth, Squares),
    (RepeatsIn64(700), Squares),
    (SwapsIn64(700), Squares),
];

const BATCH: u64 = 64;

/// Of items that this trait makes of numbers.
pub(crate) trait Make: Copy + Send + Sync + 'static {
    type Item: Send + 'static;
    fn make(env: &Env, number: u64) -> Self::Item;
}

#[derive(Clone, Copy)]
pub(crate) struct Kit;

impl Make for Kit {
    type Item = reactive_streams_tck::Item;
    fn make(env: &Env, number: u64) -> Self::Item {
        env.item(number)
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Texts;

impl Make for Texts {
    type Item = String;
    fn make(_env: &Env, number: u64) -> String {
        format!("item {number}")
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Rogue<M>(pub(crate) Wrong, pub(crate) Made, pub(crate) PhantomData<M>);

impl<M: Make> Fixture for Rogue<M> {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Source { rogue: *self, env: env.clone(), length: length.get(), fails: false }
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Source { rogue: *self, env: env.clone(), length: k, fails: true })
    }
}

struct Source<M> {
    rogue: Rogue<M>,
    env: Env,
    length: u64,
    fails: bool,
}

impl<M: Make> Publisher for Source<M> {
    type Item = M::Item;
    type Error = Broken;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = M::Item, Error = Broken> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        let state = State { source: self, subscriber, next: 0, runs: 0, fresh: true, asked: 0 };
        subscription.run(Box::new(state));
    }
}

struct State<M, S> {
    source: Source<M>,
    subscriber: S,
    next: u64,
    runs: u32,
    /// Nothing has come in this run.
    fresh: bool,
    /// What was asked for when it went on.
    asked: u64,
}

impl<M: Make, S> State<M, S> {
    /// Whose item comes in place of the next.
    fn place(&self) -> u64 {
        let (next, length, endless) = (self.next, self.source.length, self.source.length == u64::MAX);
        let swapped = |at: u64| match next {
            next if next == at && at + 1 < length => at + 1,
            next if next == at + 1 => at,
            next => next,
        };
        match self.source.rogue.0 {
            Repeats(at) if next == at => next - 1,
            Swaps(at) => swapped(at),
            Late(at) if !endless && next >= at && next < length => {
                if next + 1 == length {
                    at
                } else {
                    next + 1
                }
            }
            FallsBehind(from) if next >= from => next - 1,
            RepeatsEach(period) if next % period == period - 1 => next - 1,
            Stammers(from) if next >= from => next - (next - from) % 2,
            RepeatsAtEnd if next + 1 == length && next > 0 => next - 1,
            SwapsAtEnd if !endless && length > 1 && next + 2 >= length => swapped(length - 2),
            RepeatsAfterRest if self.runs > 1 && self.fresh && next > 0 => next - 1,
            RepeatsAtFourth if self.runs == 4 && self.fresh && next > 0 => next - 1,
            RepeatsIn64(at) if self.asked == BATCH && next == at => next - 1,
            SwapsIn64(at) if self.asked == BATCH => swapped(at),
            _ => next,
        }
    }

    fn item(&self) -> M::Item {
        let place = self.place();
        let number = match self.source.rogue.1 {
            Headed if place == 0 => 999,
            Framed if place % 32 == 31 => 0,
            Plain | Headed | Framed => place,
            Tens => 10 * place,
            Squares => place * place,
        };
        M::make(&self.source.env, number)
    }
}

impl<M, S> Resume for State<M, S>
where
    M: Make,
    S: Subscriber<Item = M::Item, Error = Broken> + Send + 'static,
{
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        self.runs += 1;
        self.fresh = true;
        self.asked = subscription.outstanding().map_or(0, Demand::get);
        while self.next < self.source.length && subscription.is_ready() {
            let item = self.item();
            (self.next, self.fresh) = (self.next + 1, false);
            subscription.deliver(item, &mut self.subscriber);
        }
        if subscription.is_cancelled() {
            return Turn::Done;
        }
        if self.next < self.source.length {
            return Turn::Park(self, subscription);
        }
        let Self { source, subscriber, .. } = *self;
        match source.fails {
            true => subscriber.on_error(Broken, subscription.outstanding()),
            false => subscriber.on_complete(subscription.outstanding()),
        }
        Turn::Done
    }
}
