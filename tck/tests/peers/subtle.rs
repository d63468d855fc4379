//! Subscribers and processors that are wrong at one place far in, at one number, on one path.

use crate::subscribers::turn;
use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Demand, Handle, Publisher, Spawn, Subscriber, Subscription};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{
    Consumes, Contract, Done, End, Env, Hooks, Item, ProcessorFixture, Sink, SubscriberCapabilities, Upstream,
};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::task::{Poll, Waker};

/// What is wrong with a subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slip {
    Nothing,
    /// Asks for nothing more after so many items.
    StallsAfter(u64),
    /// Asks for so many in on_subscribe, and never again.
    AsksOnceFor(u64),
    /// Panics at the item of this number.
    PanicsAt(u64),
    /// Cancels at the item of this number, which nobody told it to.
    CancelsAt(u64),
    /// Tells nobody that it has completed, after a whole number of batches.
    LosesCompletionAtBatch,
    /// Takes a failure for an end, after five items.
    LateFailureIsCompletion,
    /// Does not cancel when it is left after ten items.
    StaysAfterTen,
    /// Asks for nothing more when it is left, and does not cancel.
    AsksNoMore,
    /// Does not cancel when it is left before its third item.
    StaysBeforeThree,
    /// Ignores a second subscription that comes before any item.
    IgnoresSecondEarly,
    /// Panics on a terminal that comes after its cancel.
    PanicsOnLateTerminal,
    /// Has completed when it is dropped after three items.
    LateDropIsCompletion,
    /// Cancels in the terminal, after ten items.
    CancelsInLateEnd,
    /// Its consumer is a task, which waits for the next item without a second look.
    WaitsWithoutLooking,
}

pub(crate) const SUBSCRIBERS: &[(Slip, &str)] = &[
    (Slip::StallsAfter(17), "2.1"),
    (Slip::StallsAfter(129), "2.1"),
    (Slip::StallsAfter(1025), "2.1"),
    (Slip::StallsAfter(1104), "2.1"),
    (Slip::StallsAfter(4097), "2.1"),
    (Slip::AsksOnceFor(8_192), "2.1"),
    (Slip::AsksOnceFor(100_000), "2.1"),
    (Slip::PanicsAt(17), "2.13"),
    (Slip::PanicsAt(1025), "2.13"),
    (Slip::PanicsAt(4100), "2.13"),
    (Slip::CancelsAt(17), "2.1"),
    (Slip::CancelsAt(129), "2.1"),
    (Slip::LosesCompletionAtBatch, "2.9"),
    (Slip::LateFailureIsCompletion, "2.10"),
    (Slip::StaysAfterTen, "2.6"),
    (Slip::AsksNoMore, "2.6"),
    (Slip::StaysBeforeThree, "2.6"),
    (Slip::IgnoresSecondEarly, "2.5"),
    (Slip::PanicsOnLateTerminal, "2.13"),
    (Slip::LateDropIsCompletion, "3-v"),
    (Slip::CancelsInLateEnd, "2.3"),
    (Slip::WaitsWithoutLooking, "2.1"),
];

const BATCH: u64 = 8;

/// What the hooks, the task and the subscriber share.
#[derive(Default)]
struct Shared {
    handle: Option<Arc<Handle>>,
    received: u64,
    left: bool,
    items: VecDeque<Item>,
    over: bool,
    waker: Option<Waker>,
}

impl Slip {
    pub(crate) fn sink(self) -> impl Consumes {
        let connect = move |env: &Env, hooks: &Hooks, upstream: Upstream| {
            let shared = Arc::<Mutex<Shared>>::default();
            if self == Self::WaitsWithoutLooking {
                env.executor().spawn(Box::pin(consume(Arc::clone(&shared))));
            }
            let left = Arc::clone(&shared);
            hooks.on_leave(move || leave(&left, self));
            let (shared, done) = (Arc::downgrade(&shared), hooks.done());
            upstream.subscribe(Sub {
                slip: self,
                shared,
                done,
                subscribed: false,
                received: 0,

                ended: false,
            });
        };
        Sink::new(connect).with(SubscriberCapabilities::new())
    }
}

fn leave(shared: &Mutex<Shared>, slip: Slip) {
    let (handle, received) = {
        let mut shared = shared.lock();
        shared.left = true;
        (shared.handle.clone(), shared.received)
    };
    let stays = match slip {
        Slip::StaysAfterTen => received >= 10,
        Slip::StaysBeforeThree => received < 3,
        slip => slip == Slip::AsksNoMore,
    };
    if let Some(handle) = handle.filter(|_| !stays) {
        handle.cancel();
    }
}

/// Asks for an item for each that it has taken. It looks, lets others go first, and then waits.
async fn consume(shared: Arc<Mutex<Shared>>) {
    loop {
        let (item, over) = {
            let mut shared = shared.lock();
            (shared.items.pop_front(), shared.over)
        };
        if item.is_none() && over {
            shared.lock().handle = None;
            return;
        }
        if let Some(item) = item {
            drop(item);
            let handle = shared.lock().handle.clone();
            if let Some(handle) = handle {
                handle.request(Demand::ONE);
            }
            continue;
        }
        turn().await;
        let mut waited = false;
        poll_fn(|context| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(());
            }
            shared.lock().waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

struct Sub {
    slip: Slip,
    shared: std::sync::Weak<Mutex<Shared>>,
    done: Done,
    subscribed: bool,
    received: u64,
    ended: bool,
}

/// A panic that prints nothing.
fn panics() {
    resume_unwind(Box::new("as planned"));
}

impl Sub {
    fn is(&self, slip: Slip) -> bool {
        self.slip == slip
    }

    fn wake(&self, change: impl FnOnce(&mut Shared)) {
        let Some(shared) = self.shared.upgrade() else { return };
        let waker = {
            let mut shared = shared.lock();
            change(&mut shared);
            shared.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    fn left(&self) -> bool {
        self.shared.upgrade().is_some_and(|shared| shared.lock().left)
    }

    fn end(&mut self, end: End) {
        self.ended = true;
        self.wake(|shared| shared.over = true);
        match (self.slip, end) {
            (Slip::LosesCompletionAtBatch, End::Completed)
                if self.received > 0 && self.received.is_multiple_of(BATCH) => {}
            (Slip::LateFailureIsCompletion, End::Failed) if self.received > 5 => {
                self.done.with(End::Completed)
            }
            (Slip::PanicsOnLateTerminal, _) if self.left() => panics(),
            (Slip::CancelsInLateEnd, _) if self.received > 10 => {
                let handle = self.shared.upgrade().and_then(|shared| shared.lock().handle.clone());
                handle.iter().for_each(|handle| handle.cancel());
                self.done.with(end);
            }
            _ => self.done.with(end),
        }
    }
}

impl Subscriber for Sub {
    type Item = Item;
    type Error = Broken;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if std::mem::replace(&mut self.subscribed, true) {
            if !(self.is(Slip::IgnoresSecondEarly) && self.received == 0) {
                subscription.cancel();
            }
            return;
        }
        if let Some(shared) = self.shared.upgrade() {
            shared.lock().handle = Some(Arc::new(subscription.handle()));
        }
        let first = match self.slip {
            Slip::WaitsWithoutLooking => 1,
            Slip::AsksOnceFor(n) => n,
            _ => BATCH,
        };
        subscription.request(Demand::of(first));
    }

    fn on_next(&mut self, item: Item, subscription: &mut Subscription) {
        self.received += 1;
        match self.slip {
            Slip::PanicsAt(n) if self.received == n => panics(),
            Slip::CancelsAt(n) if self.received == n => subscription.cancel(),
            Slip::WaitsWithoutLooking => return self.wake(|shared| shared.items.push_back(item)),
            _ => {}
        }
        drop(item);
        self.wake(|shared| shared.received += 1);
        let stalls = match self.slip {
            Slip::StallsAfter(n) => self.received >= n,
            Slip::AsksOnceFor(_) => true,
            slip => slip == Slip::AsksNoMore && self.left(),
        };
        if self.received.is_multiple_of(BATCH) && !stalls {
            subscription.request(Demand::of(BATCH));
        }
    }

    fn on_error(mut self, _error: Broken, _unused: Option<Demand>) {
        self.end(End::Failed);
    }

    fn on_complete(mut self, _unused: Option<Demand>) {
        self.end(End::Completed);
    }
}

impl Drop for Sub {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        self.wake(|shared| shared.over = true);
        if self.is(Slip::LateDropIsCompletion) && self.received >= 3 && !self.left() {
            self.done.with(End::Completed);
        }
    }
}

/// What is wrong with a processor that passes each item on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stray {
    Nothing,
    /// Loses the item of this number and asks for another one.
    LosesAt(u64),
    /// The items of this number and the next change places.
    SwapsAt(u64),
    /// Cancels upstream for no reason after so many items, and waits.
    CancelsAt(u64),
    /// Takes a failure for an end, after so many items.
    SwallowsErrorAfter(u64),
    /// Drops downstream without a word when upstream completes after so many items.
    LosesEndAfter(u64),
    /// Asks upstream for one more than downstream asked for, after so many items.
    AsksOneMoreAfter(u64),
    /// Leaks an item where it fails.
    LeaksOnError,
    /// Panics on a failure that comes after the cancel.
    PanicsOnLateFailure,
    /// Passes on the double of each, and in place of the one of this number what it passed on before.
    RepeatsDouble(u64),
    /// The same, where the doubles may come in any order.
    RepeatsAnyDouble(u64),
    /// Ignores a second subscription once it has passed an item on.
    IgnoresSecondLate,
    /// Reports what downstream left unused as nothing, when it failed.
    FailsWithoutUnused,
}

pub(crate) const PROCESSORS: &[(Stray, &str)] = &[
    (Stray::LosesAt(2), "4.1"),
    (Stray::LosesAt(17), "4.1"),
    (Stray::LosesAt(129), "4.1"),
    (Stray::LosesAt(1025), "4.1"),
    (Stray::SwapsAt(17), "4.1"),
    (Stray::SwapsAt(1025), "4.1"),
    (Stray::RepeatsDouble(17), "4.1"),
    (Stray::RepeatsDouble(400), "4.1"),
    (Stray::RepeatsDouble(1025), "4.1"),
    (Stray::RepeatsAnyDouble(1025), "4.1"),
    (Stray::CancelsAt(17), "1.5"),
    (Stray::CancelsAt(129), "1.5"),
    (Stray::CancelsAt(1025), "1.4"),
    (Stray::SwallowsErrorAfter(3), "4.2"),
    (Stray::SwallowsErrorAfter(30), "4.2"),
    (Stray::LosesEndAfter(30), "1.5"),
    (Stray::AsksOneMoreAfter(20), "4.1"),
    (Stray::AsksOneMoreAfter(129), "4.1"),
    (Stray::LeaksOnError, "3.13"),
    (Stray::PanicsOnLateFailure, "2.10"),
    (Stray::IgnoresSecondLate, "2.5"),
    (Stray::FailsWithoutUnused, "3-i"),
];

impl ProcessorFixture for Stray {
    fn create(&self, env: &Env, upstream: Upstream) -> impl Publisher {
        Straying { upstream, stray: *self, env: env.clone() }
    }

    fn contract(&self) -> Contract {
        match self {
            Self::RepeatsDouble(_) => Contract::each(|n| Some(2 * n)),
            Self::RepeatsAnyDouble(_) => Contract::each(|n| Some(2 * n)).unordered(),
            _ => Contract::identity(),
        }
    }
}

struct Straying {
    upstream: Upstream,
    stray: Stray,
    env: Env,
}

impl Publisher for Straying {
    type Item = Item;
    type Error = Broken;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let Self { upstream, stray, env } = self;
        upstream.subscribe(Stage {
            stray,
            env,
            downstream: Some(subscriber),
            held: None,
            subscribed: false,
            cancelled: false,
            received: 0,
        });
    }
}

struct Stage<S> {
    stray: Stray,
    env: Env,
    downstream: Option<S>,
    held: Option<Item>,
    subscribed: bool,
    cancelled: bool,
    received: u64,
}

impl<S: Subscriber<Item = Item, Error = Broken>> Stage<S> {
    fn pass(&mut self, item: Item, subscription: &mut Subscription) {
        if let Some(downstream) = &mut self.downstream {
            downstream.on_next(item, subscription);
        }
    }
}

impl<S: Subscriber<Item = Item, Error = Broken>> Subscriber for Stage<S> {
    type Item = Item;
    type Error = Broken;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if std::mem::replace(&mut self.subscribed, true) {
            if !(self.stray == Stray::IgnoresSecondLate && self.received > 0) {
                subscription.cancel();
            }
            return;
        }
        if let Some(downstream) = &mut self.downstream {
            downstream.on_subscribe(subscription);
        }
        self.cancelled = subscription.is_cancelled();
    }

    fn on_next(&mut self, item: Item, subscription: &mut Subscription) {
        self.received += 1;
        let late = self.cancelled;
        self.cancelled |= subscription.is_cancelled();
        if late || self.downstream.is_none() {
            return;
        }
        match self.stray {
            Stray::LosesAt(n) if self.received == n => return subscription.request(Demand::ONE),
            Stray::SwapsAt(n) if self.received == n => {
                self.held = Some(item);
                return subscription.request(Demand::ONE);
            }
            Stray::RepeatsDouble(n) | Stray::RepeatsAnyDouble(n) => {
                let number = *item - u64::from(self.received == n);
                return self.pass(self.env.item(2 * number), subscription);
            }
            Stray::CancelsAt(n) if self.received == n => subscription.cancel(),
            Stray::AsksOneMoreAfter(n) if self.received == n => subscription.request(Demand::ONE),
            _ => {}
        }
        self.pass(item, subscription);
        if let Some(held) = self.held.take() {
            if subscription.is_ready() {
                let Some(downstream) = &mut self.downstream else { return };
                subscription.deliver(held, downstream);
            } else {
                self.pass(held, subscription);
            }
        }
        self.cancelled |= subscription.is_cancelled();
    }

    fn on_error(mut self, error: Broken, unused: Option<Demand>) {
        if self.stray == Stray::PanicsOnLateFailure && self.cancelled {
            panics();
        }
        if self.stray == Stray::LeaksOnError {
            std::mem::forget(self.env.item(0));
        }
        let Some(downstream) = self.downstream.take() else { return };
        match self.stray {
            Stray::SwallowsErrorAfter(n) if self.received > n => downstream.on_complete(unused),
            Stray::FailsWithoutUnused => downstream.on_error(error, None),
            _ => downstream.on_error(error, unused),
        }
    }

    fn on_complete(mut self, unused: Option<Demand>) {
        let Some(downstream) = self.downstream.take() else { return };
        match self.stray {
            Stray::LosesEndAfter(n) if self.received > n => drop(downstream),
            _ => downstream.on_complete(unused),
        }
    }
}
