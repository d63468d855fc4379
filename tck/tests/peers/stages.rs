//! A correct operator without a queue, with one slip, chosen by name: it passes even numbers on, or the first five items.

use crate::subscribers::turn;
use reactive_streams_core::{Demand, Publisher, Spawn, Subscriber, Subscription};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{Contract, Env, Item, ProcessorFixture, Upstream};
use std::mem;
use std::panic::resume_unwind;
use std::time::Duration;

/// What is wrong with a rogue; [`ROGUES`] says under which rule it must be caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slip {
    Nothing,
    /// Nothing is wrong, and it passes on the first five items instead.
    NothingButEnds,
    /// Does not ask for another item in place of one that it skips.
    ForgetsSkipped,
    /// The same, but only for the sixth that it skips.
    ForgetsOneSkipped,
    Waits,
    AsksSecond,
    IgnoresSecond,
    /// Loses what is asked for once it was subscribed a second time.
    MuteAfterSecond,
    CancelsFirst,
    PanicsOnSecond,
    /// Completes after its fifth item, and lets upstream go on.
    EndsWithoutCancel,
    /// Takes for granted that nothing comes after the cancel.
    PanicsOnLateItem,
    PanicsOnEmptyEnd,
    PanicsOnEmptyFailure,
    PanicsLate,
    /// Passes on what upstream left unused and what it skipped, too.
    UnusedWithSkipped,
    /// Takes a failure for an end.
    FailureIsCompletion,
    /// Keeps a failure for itself.
    LosesFailure,
    /// The same, but only when no item has come.
    LosesEmptyFailure,
    /// Passes each tenth item on twice.
    Repeats,
    /// Holds one item, and passes on the one before it.
    OneBehind,
    /// Polls itself for ever when upstream drops it.
    SpinsAfterDrop,
    /// Completes when upstream drops it.
    DropIsCompletion,
}

pub(crate) const ROGUES: &[(Slip, &str)] = &[
    (Slip::ForgetsSkipped, "2.1"),
    (Slip::ForgetsOneSkipped, "2.1"),
    (Slip::Waits, "2.2"),
    (Slip::AsksSecond, "2.5"),
    (Slip::IgnoresSecond, "2.5"),
    (Slip::MuteAfterSecond, "2.5"),
    (Slip::CancelsFirst, "2.5"),
    (Slip::PanicsOnSecond, "2.5"),
    (Slip::EndsWithoutCancel, "2.6"),
    (Slip::PanicsOnLateItem, "2.8"),
    (Slip::PanicsOnEmptyEnd, "2.9"),
    (Slip::PanicsOnEmptyFailure, "2.10"),
    (Slip::PanicsLate, "2.13"),
    (Slip::UnusedWithSkipped, "3-viii"),
    (Slip::FailureIsCompletion, "4.2"),
    (Slip::LosesFailure, "4.2"),
    (Slip::LosesEmptyFailure, "4.2"),
    (Slip::Repeats, "4.1"),
    (Slip::OneBehind, "4.1"),
    (Slip::SpinsAfterDrop, "3-v"),
    (Slip::DropIsCompletion, "3-v"),
];

impl Slip {
    fn ends(self) -> bool {
        matches!(self, Self::NothingButEnds | Self::EndsWithoutCancel)
    }
}

impl ProcessorFixture for Slip {
    fn create(&self, env: &Env, upstream: Upstream) -> impl Publisher {
        Operator { upstream, slip: *self, env: env.clone() }
    }

    fn contract(&self) -> Contract {
        if self.ends() {
            return Contract::whole(|items, _| items.iter().take(5).copied().collect());
        }
        let even = Contract::each(|n| n.is_multiple_of(2).then_some(n));
        even.capable(|out| out.lazy_completion().lazy_failure())
    }
}

struct Operator {
    upstream: Upstream,
    slip: Slip,
    env: Env,
}

impl Publisher for Operator {
    type Item = Item;
    type Error = Broken;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let Self { upstream, slip, env } = self;
        upstream.subscribe(Stage {
            slip,
            env,
            downstream: Some(subscriber),
            held: None,
            subscribed: false,
            mute: false,
            cancelled: false,
            received: 0,
            skipped: 0,
            passed: 0,
        });
    }
}

struct Stage<S: Subscriber<Item = Item, Error = Broken>> {
    slip: Slip,
    env: Env,
    downstream: Option<S>,
    held: Option<Item>,
    subscribed: bool,
    mute: bool,
    cancelled: bool,
    received: u64,
    skipped: u64,
    passed: u64,
}

/// A panic that prints nothing.
fn panics() {
    resume_unwind(Box::new("as planned"));
}

impl<S: Subscriber<Item = Item, Error = Broken>> Stage<S> {
    fn is(&self, slip: Slip) -> bool {
        self.slip == slip
    }

    fn pass(&mut self, item: Item, subscription: &mut Subscription) {
        let Some(downstream) = self.downstream.as_mut().filter(|_| !self.cancelled) else { return };
        self.passed += 1;
        if self.mute {
            // It asks whom nobody listens to.
            return downstream.on_next(item, &mut Subscription::new());
        }
        downstream.on_next(item, subscription);
        self.cancelled |= subscription.is_cancelled();
        if self.slip.ends() && self.passed == 5 && !self.cancelled {
            let unused = subscription.outstanding();
            if self.is(Slip::NothingButEnds) {
                subscription.cancel();
            }
            if let Some(downstream) = self.downstream.take() {
                downstream.on_complete(unused);
            }
        }
    }

    fn second(&mut self, subscription: &mut Subscription) {
        match self.slip {
            Slip::AsksSecond => {
                subscription.request(Demand::ONE);
                let handle = subscription.handle();
                self.env.executor().spawn(Box::pin(async move {
                    turn().await;
                    drop(handle); // which cancels it, too late
                }));
            }
            Slip::IgnoresSecond => {}
            Slip::PanicsOnSecond => panics(),
            _ => subscription.cancel(),
        }
        self.mute |= self.is(Slip::MuteAfterSecond);
        self.cancelled |= self.is(Slip::CancelsFirst);
    }
}

impl<S: Subscriber<Item = Item, Error = Broken>> Subscriber for Stage<S> {
    type Item = Item;
    type Error = Broken;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if mem::replace(&mut self.subscribed, true) {
            return self.second(subscription);
        }
        if let Some(downstream) = &mut self.downstream {
            downstream.on_subscribe(subscription);
        }
        self.cancelled = subscription.is_cancelled();
    }

    fn on_next(&mut self, item: Item, subscription: &mut Subscription) {
        let odd = *item % 2 == 1 && !self.slip.ends();
        let late = self.cancelled;
        self.cancelled |= subscription.is_cancelled();
        self.received += 1;
        match self.slip {
            Slip::Waits => self.env.clock().advance(Duration::from_millis(1)),
            Slip::PanicsOnLateItem if late => panics(),
            Slip::PanicsLate if self.received == 100 => panics(),
            Slip::CancelsFirst if late => return subscription.cancel(),
            _ => {}
        }
        if odd {
            self.skipped += 1;
            let forgets =
                self.is(Slip::ForgetsSkipped) || self.is(Slip::ForgetsOneSkipped) && self.skipped == 6;
            if !forgets {
                subscription.request(Demand::ONE);
            }
            return;
        }
        if self.is(Slip::Repeats) && self.received % 10 == 9 {
            let again = self.env.item(*item);
            subscription.request(Demand::ONE);
            self.pass(item, subscription);
            return if subscription.is_ready() {
                self.pass(again, subscription);
            };
        }
        if self.is(Slip::OneBehind) {
            return match self.held.replace(item) {
                Some(before) => self.pass(before, subscription),
                None => subscription.request(Demand::ONE),
            };
        }
        self.pass(item, subscription);
    }

    fn on_error(mut self, error: Broken, unused: Option<Demand>) {
        if self.is(Slip::PanicsOnEmptyFailure) && self.received == 0 {
            panics();
        }
        let Some(downstream) = self.downstream.take() else { return };
        match self.slip {
            Slip::FailureIsCompletion => downstream.on_complete(unused),
            Slip::LosesFailure => drop(downstream),
            Slip::LosesEmptyFailure if self.received == 0 => drop(downstream),
            _ => downstream.on_error(error, unused),
        }
    }

    fn on_complete(mut self, unused: Option<Demand>) {
        if self.is(Slip::PanicsOnEmptyEnd) && self.received == 0 {
            panics();
        }
        let Some(downstream) = self.downstream.take() else { return };
        let skipped = Demand::new(self.skipped).filter(|_| self.is(Slip::UnusedWithSkipped));
        let unused = match (unused, skipped) {
            (Some(unused), Some(skipped)) => Some(unused.saturating_add(skipped)),
            (unused, skipped) => unused.or(skipped),
        };
        downstream.on_complete(unused);
    }
}

impl<S: Subscriber<Item = Item, Error = Broken>> Drop for Stage<S> {
    fn drop(&mut self) {
        let Some(downstream) = self.downstream.take() else { return };
        match self.slip {
            Slip::DropIsCompletion if !std::thread::panicking() && !self.cancelled => {
                downstream.on_complete(None)
            }
            Slip::SpinsAfterDrop if self.subscribed => self.env.executor().spawn(Box::pin(async {
                loop {
                    turn().await;
                }
            })),
            _ => {}
        }
    }
}
