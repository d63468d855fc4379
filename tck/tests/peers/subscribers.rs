//! A correct subscriber with one slip, chosen by name.

use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Demand, Handle, Publisher, Spawn, Subscriber, Subscription};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{Consumes, Done, End, Env, Hooks, Item, Sink, SubscriberCapabilities, Upstream};
use std::future::poll_fn;
use std::mem;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// What is wrong with a rogue; [`ROGUES`] says under which rule it must be caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slip {
    Nothing,
    /// Nothing is wrong, and it cancels after three items.
    NothingButEnough,
    /// Never asks.
    Mute,
    /// Asks for the first 64 items, and never again.
    First64,
    /// Each refill is one less than the one before.
    RefillShrinks,
    /// Forgets one refill, of item 100.
    ForgetsOneRefill,
    /// Waits inside on_next.
    Waits,
    /// The same, but only once in a while.
    WaitsLate,
    CancelsInComplete,
    RequestsInError,
    /// Cancels by a canceller inside a terminal, when it has had no item.
    CancelsInEmptyEnd,
    /// A task asks after the terminal.
    AsksAfterEnd,
    /// A task cancels after the failure.
    CancelsAfterFailure,
    /// A task polls itself for ever after the terminal.
    SpinsAfterEnd,
    /// Asks the second subscription, and cancels it one turn later.
    AsksSecond,
    /// Asks the second subscription and cancels it, by what was lent or by its handle.
    AsksAndCancelsSecond,
    UsesSecond,
    /// Keeps the handle of the second subscription, and does not use it.
    KeepsSecond,
    /// Leaks its handle when it fails.
    LeaksHandle,
    /// Goes over to the second subscription.
    Replaces,
    /// Neither asks nor cancels it.
    IgnoresSecond,
    /// Ignores it only once it has had items.
    IgnoresSecondLate,
    /// Asks nobody after a second subscription.
    MuteAfterSecond,
    /// Cancels the first subscription, too.
    CancelsBoth,
    PanicsOnSecond,
    /// Losing interest is a flag that nobody reads.
    NeverLeaves,
    /// Loses interest only before its fifth item.
    LeavesEarlyOnly,
    /// Has had enough, and does not say so.
    NeverEnough,
    /// Has enough one item before it says.
    EnoughEarly,
    /// Stalls, and does not cancel, when interest was lost before it was subscribed.
    StallsIfLeftBefore,
    PanicsOnLateItem,
    /// Panics when it completes without an item.
    PanicsOnEmptyEnd,
    /// Panics when it completes after an even number of items.
    PanicsOnEvenEnd,
    /// Nobody is told of the completion.
    LosesCompletion,
    /// The same, but only of one without items.
    LosesEmptyCompletion,
    CompletionIsFailure,
    DoneAfterFive,
    DoneTwice,
    PanicsOnFailure,
    LosesFailure,
    FailureIsCompletion,
    FailedAfterFive,
    /// Its count overflows at item 100.
    PanicsLate,
    /// A task panics after item 9.
    TaskPanics,
    /// An item finds it borrowed by whoever asks.
    BorrowedByRequest,
    /// A terminal finds it borrowed by whoever asks.
    BorrowedByRequestAtEnd,
    /// Being dropped is being done.
    DropIsCompletion,
    /// Polls itself for ever when it was dropped without a terminal.
    SpinsAfterDrop,
    /// Owns its own handle.
    OwnsItsHandle,
    /// Leaks an item now and then.
    LeaksItems,
}

pub(crate) const ROGUES: &[(Slip, &str)] = &[
    (Slip::Mute, "2.1"),
    (Slip::First64, "2.1"),
    (Slip::RefillShrinks, "2.1"),
    (Slip::ForgetsOneRefill, "2.1"),
    (Slip::Waits, "2.2"),
    (Slip::WaitsLate, "2.2"),
    (Slip::CancelsInComplete, "2.3"),
    (Slip::RequestsInError, "2.3"),
    (Slip::CancelsInEmptyEnd, "2.3"),
    (Slip::AsksAfterEnd, "2.4"),
    (Slip::CancelsAfterFailure, "2.4"),
    (Slip::SpinsAfterEnd, "2.4"),
    (Slip::AsksSecond, "2.5"),
    (Slip::AsksAndCancelsSecond, "2.5"),
    (Slip::UsesSecond, "2.5"),
    (Slip::KeepsSecond, "2.5"),
    (Slip::LeaksHandle, "2.4"),
    (Slip::Replaces, "2.5"),
    (Slip::IgnoresSecond, "2.5"),
    (Slip::IgnoresSecondLate, "2.5"),
    (Slip::MuteAfterSecond, "2.5"),
    (Slip::CancelsBoth, "2.5"),
    (Slip::PanicsOnSecond, "2.5"),
    (Slip::NeverLeaves, "2.6"),
    (Slip::LeavesEarlyOnly, "2.6"),
    (Slip::NeverEnough, "2.6"),
    (Slip::EnoughEarly, "2.6"),
    (Slip::StallsIfLeftBefore, "2.6"),
    (Slip::PanicsOnLateItem, "2.8"),
    (Slip::PanicsOnEmptyEnd, "2.9"),
    (Slip::PanicsOnEvenEnd, "2.9"),
    (Slip::LosesCompletion, "2.9"),
    (Slip::LosesEmptyCompletion, "2.9"),
    (Slip::CompletionIsFailure, "2.9"),
    (Slip::DoneAfterFive, "2.9"),
    (Slip::DoneTwice, "2.9"),
    (Slip::PanicsOnFailure, "2.10"),
    (Slip::LosesFailure, "2.10"),
    (Slip::FailureIsCompletion, "2.10"),
    (Slip::FailedAfterFive, "2.10"),
    (Slip::PanicsLate, "2.13"),
    (Slip::TaskPanics, "2.13"),
    (Slip::BorrowedByRequest, "3.10"),
    (Slip::BorrowedByRequestAtEnd, "3.11"),
    (Slip::DropIsCompletion, "3-v"),
    (Slip::SpinsAfterDrop, "3-v"),
    (Slip::OwnsItsHandle, "3-vi"),
    (Slip::LeaksItems, "3-vi"),
];

/// What the hooks and the subscriber share. The hooks own the handle.
#[derive(Default)]
struct Shared {
    handle: Option<Arc<Handle>>,
    received: u64,
    /// Somebody asks.
    asking: bool,
    /// Interest is lost.
    left: bool,
}

impl Slip {
    pub(crate) fn sink(self) -> impl Consumes {
        let connect = move |env: &Env, hooks: &Hooks, upstream: Upstream| {
            let shared = Arc::<Mutex<Shared>>::default();
            let (asked, left) = (Arc::clone(&shared), Arc::clone(&shared));
            hooks.on_more(move || ask(&asked));
            hooks.on_leave(move || leave(&left, self));
            upstream.subscribe(Sub {
                slip: self,
                shared: Arc::downgrade(&shared),
                own: None,
                second: None,
                env: env.clone(),
                done: hooks.done(),
                subscribed: false,
                again: false,
                received: 0,
                batch: 8,
                due: 8,
                ended: false,
            });
        };
        let all = SubscriberCapabilities::new();
        Sink::new(connect).with(match self {
            Self::NothingButEnough | Self::NeverEnough | Self::EnoughEarly => all.cancels_after(3),
            Self::BorrowedByRequest | Self::BorrowedByRequestAtEnd => all.asks_when_told(),
            _ => all,
        })
    }
}

fn ask(shared: &Mutex<Shared>) {
    let handle = {
        let mut shared = shared.lock();
        shared.asking = true;
        shared.handle.clone()
    };
    if let Some(handle) = handle {
        handle.request(Demand::ONE);
    }
    shared.lock().asking = false;
}

fn leave(shared: &Mutex<Shared>, slip: Slip) {
    let (handle, received) = {
        let mut shared = shared.lock();
        shared.left = true;
        (shared.handle.clone(), shared.received)
    };
    let stays = slip == Slip::NeverLeaves || slip == Slip::LeavesEarlyOnly && received >= 5;
    if let Some(handle) = handle.filter(|_| !stays) {
        handle.cancel();
    }
}

struct Sub {
    slip: Slip,
    shared: std::sync::Weak<Mutex<Shared>>,
    own: Option<Handle>,
    /// Of the second subscription.
    second: Option<Handle>,
    env: Env,
    done: Done,
    subscribed: bool,
    again: bool,
    received: u64,
    batch: u64,
    /// It asks again at this item.
    due: u64,
    ended: bool,
}

/// A panic that prints nothing.
fn panics() {
    resume_unwind(Box::new("as planned"));
}

impl Sub {
    fn handle(&self) -> Option<Arc<Handle>> {
        self.shared.upgrade().and_then(|shared| shared.lock().handle.clone())
    }

    fn is(&self, slip: Slip) -> bool {
        self.slip == slip
    }

    /// Does something in a task, one turn later.
    fn later(&self, work: impl FnOnce() + Send + 'static) {
        self.env.executor().spawn(Box::pin(async move {
            turn().await;
            work();
        }));
    }

    fn spin(&self) {
        self.env.executor().spawn(Box::pin(async {
            loop {
                turn().await;
            }
        }));
    }

    fn second(&mut self, subscription: &mut Subscription) {
        self.again = true;
        match self.slip {
            Slip::AsksSecond => {
                subscription.request(Demand::of(3));
                let handle = subscription.handle();
                self.later(move || drop(handle));
            }
            Slip::AsksAndCancelsSecond => {
                subscription.request(Demand::ONE);
                subscription.cancel();
            }
            Slip::UsesSecond => {
                let handle = subscription.handle();
                handle.request(Demand::ONE);
                handle.cancel();
            }
            Slip::KeepsSecond => self.second = Some(subscription.handle()),
            Slip::Replaces => {
                let handle = Some(Arc::new(subscription.handle()));
                let old =
                    self.shared.upgrade().and_then(|shared| mem::replace(&mut shared.lock().handle, handle));
                drop(old);
                subscription.request(Demand::of(8));
            }
            Slip::IgnoresSecond => {}
            Slip::IgnoresSecondLate if self.received > 0 => {}
            Slip::PanicsOnSecond => panics(),
            _ => subscription.cancel(),
        }
    }

    fn end(&mut self, end: End) {
        if self.ended {
            return;
        }
        self.ended = true;
        let handle = self.handle();
        let empty = self.received == 0;
        match (self.slip, end) {
            (Slip::CancelsInComplete, End::Completed) => handle.iter().for_each(|handle| handle.cancel()),
            (Slip::RequestsInError, End::Failed) => {
                handle.iter().for_each(|handle| handle.request(Demand::ONE))
            }
            (Slip::CancelsInEmptyEnd, _) if empty => {
                handle.iter().for_each(|handle| handle.canceller().cancel());
            }
            (Slip::AsksAfterEnd, _) => {
                self.later(move || handle.iter().for_each(|handle| handle.request(Demand::ONE)));
            }
            (Slip::CancelsAfterFailure, End::Failed) => {
                self.later(move || handle.iter().for_each(|handle| handle.cancel()));
            }
            (Slip::LeaksHandle, End::Failed) => mem::forget(handle),
            (Slip::SpinsAfterEnd, _) => self.spin(),
            (Slip::PanicsOnEmptyEnd, End::Completed) if empty => panics(),
            (Slip::PanicsOnEvenEnd, End::Completed) if self.received.is_multiple_of(2) => panics(),
            (Slip::PanicsOnFailure, End::Failed) => panics(),
            (Slip::BorrowedByRequestAtEnd, _) if self.is_asking() => panics(),
            _ => {}
        }
        match (self.slip, end) {
            (Slip::LosesCompletion, End::Completed) | (Slip::LosesFailure, End::Failed) => {}
            (Slip::LosesEmptyCompletion, End::Completed) if empty => {}
            (Slip::DoneAfterFive | Slip::FailedAfterFive, _) if self.received >= 5 => {}
            (Slip::CompletionIsFailure, End::Completed) => self.done.with(End::Failed),
            (Slip::FailureIsCompletion, End::Failed) => self.done.with(End::Completed),
            (Slip::DoneTwice, End::Completed) => {
                self.done.with(end);
                self.done.with(end);
            }
            _ => self.done.with(end),
        }
    }

    fn is_asking(&self) -> bool {
        self.shared.upgrade().is_some_and(|shared| shared.lock().asking)
    }

    fn refill(&mut self, subscription: &mut Subscription) {
        self.due += self.batch;
        match self.slip {
            Slip::First64 if self.received >= 64 => return,
            Slip::MuteAfterSecond if self.again => return,
            Slip::ForgetsOneRefill if self.received >= 96 => return,
            Slip::RefillShrinks => self.batch = self.batch.saturating_sub(1),
            _ => {}
        }
        if let Some(demand) = Demand::new(self.batch) {
            subscription.request(demand);
        }
    }
}

impl Subscriber for Sub {
    type Item = Item;
    type Error = Broken;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if mem::replace(&mut self.subscribed, true) {
            return self.second(subscription);
        }
        let handle = subscription.handle();
        if self.is(Slip::OwnsItsHandle) {
            self.own = Some(handle);
        } else if let Some(shared) = self.shared.upgrade() {
            shared.lock().handle = Some(Arc::new(handle));
        }
        // What borrows is asked one by one, from outside.
        let left = self.shared.upgrade().is_some_and(|shared| shared.lock().left);
        let passive = matches!(self.slip, Slip::BorrowedByRequest | Slip::BorrowedByRequestAtEnd);
        match self.slip {
            Slip::Mute => {}
            _ if passive => self.due = u64::MAX,
            Slip::StallsIfLeftBefore if left => self.due = u64::MAX,
            _ => subscription.request(Demand::of(self.batch)),
        }
    }

    fn on_next(&mut self, item: Item, subscription: &mut Subscription) {
        self.received += 1;
        let shared = self.shared.upgrade();
        let left = shared.is_some_and(|shared| {
            let mut shared = shared.lock();
            shared.received = self.received;
            shared.left
        });
        match self.slip {
            Slip::Waits => self.env.clock().advance(Duration::from_millis(1)),
            Slip::WaitsLate if self.received == 70 => self.env.clock().advance(Duration::from_secs(1)),
            Slip::CancelsBoth if self.again => subscription.cancel(),
            Slip::NothingButEnough | Slip::EnoughEarly
                if self.received == 3 - u64::from(self.is(Slip::EnoughEarly)) =>
            {
                subscription.cancel();
                self.ended = true;
                self.done.with(End::Completed);
            }
            Slip::PanicsOnLateItem if left => panics(),
            Slip::PanicsLate if self.received == 100 => panics(),
            Slip::TaskPanics if self.received == 9 => self.later(panics),
            Slip::BorrowedByRequest if self.is_asking() => panics(),
            Slip::DoneAfterFive if self.received == 5 => self.done.with(End::Completed),
            Slip::FailedAfterFive if self.received == 5 => self.done.with(End::Failed),
            Slip::LeaksItems if self.received.is_multiple_of(7) => mem::forget(self.env.item(0)),
            _ => {}
        }
        drop(item);
        if self.received == self.due {
            self.refill(subscription);
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
        let lost = !self.ended && self.subscribed;
        match self.slip {
            Slip::DropIsCompletion if lost => self.done.with(End::Completed),
            Slip::SpinsAfterDrop if lost => self.spin(),
            _ => {}
        }
    }
}

/// Lets others go first.
pub(crate) async fn turn() {
    let mut waited = false;
    poll_fn(|context| {
        if mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
