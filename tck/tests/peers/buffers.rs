//! A correct operator with a queue, which it empties in a task, with one slip, chosen by name.

use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Clock, Demand, Handle, Publisher, Spawn, Subscriber, Subscription};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{Contract, Env, Errors, Item, ProcessorFixture, Upstream};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// What is wrong with a rogue; [`ROGUES`] says under which rule it must be caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slip {
    Nothing,
    /// Nothing is wrong, and two items become one. What is left when upstream ends, or breaks off, becomes one by itself.
    NothingInPairs,
    /// Nothing is wrong, and each item is held for five milliseconds.
    NothingDelayed,
    /// Forgets to ask again for the item after which the queue was empty.
    ForgetsRefill,
    /// Loses the item at which its ring begins anew.
    LosesAtWrap,
    /// Delivers an item once more when downstream asks again.
    RepeatsOnResume,
    /// Takes the newer of two items first, now and then.
    Reorders,
    /// Passes the completion on before the queue is empty.
    CompletesEarly,
    /// Asks for one more than it has room for.
    AsksOneMore,
    /// The same, but only after a while.
    AsksOneMoreLate,
    /// Asks for all there is when downstream does.
    AsksForAll,
    /// Asks for the next item when one comes in, instead of when one goes out.
    RefillsOnReceipt,
    /// Loses a failure that comes while the queue is full.
    LosesFailureWhenFull,
    FailureIsCompletion,
    /// A failure overtakes the items.
    FailureOvertakes,
    /// Does not cancel upstream.
    ForgetsCancel,
    /// The same, when downstream cancels in on_subscribe.
    ForgetsCancelInSubscribe,
    /// Completes when upstream has dropped it.
    DropIsCompletion,
    /// Waits for ever when upstream has dropped it.
    WaitsAfterDrop,
    /// The input owns the handle of its own subscription.
    OwnsItsHandle,
}

pub(crate) const ROGUES: &[(Slip, &str)] = &[
    (Slip::ForgetsRefill, "2.1"),
    (Slip::LosesAtWrap, "4.1"),
    (Slip::RepeatsOnResume, "4.1"),
    (Slip::Reorders, "4.1"),
    (Slip::CompletesEarly, "4.1"),
    (Slip::AsksOneMore, "4.1"),
    (Slip::AsksOneMoreLate, "4.1"),
    (Slip::AsksForAll, "4.1"),
    (Slip::RefillsOnReceipt, "4.1"),
    (Slip::LosesFailureWhenFull, "4.2"),
    (Slip::FailureIsCompletion, "4.2"),
    (Slip::FailureOvertakes, "4.2"),
    (Slip::ForgetsCancel, "2.6"),
    (Slip::ForgetsCancelInSubscribe, "2.6"),
    (Slip::DropIsCompletion, "3-v"),
    (Slip::WaitsAfterDrop, "3-v"),
    (Slip::OwnsItsHandle, "3-vi"),
];

const CAPACITY: u64 = 4;

fn contract() -> Contract {
    Contract::identity().bound(CAPACITY).errors(Errors::Delayed)
}

impl ProcessorFixture for Slip {
    fn create(&self, env: &Env, upstream: Upstream) -> impl Publisher {
        Queue { upstream, slip: *self, env: env.clone(), fail: |broken| broken }
    }

    fn contract(&self) -> Contract {
        let pairs = |items: &[u64], _| items.chunks(2).map(one_of).collect::<Vec<u64>>();
        match self {
            Self::NothingInPairs => {
                Contract::whole(pairs).inputs_per_output(2).bound(CAPACITY).errors(Errors::Delayed)
            }
            _ => contract(),
        }
    }
}

/// One number of one or two.
fn one_of(items: &[u64]) -> u64 {
    items.iter().fold(0, |before, item| before * 1_000 + item)
}

/// Without a slip, but downstream is told of another failure than upstream's.
#[derive(Debug)]
pub(crate) struct ReplacesFailure;

impl ProcessorFixture for ReplacesFailure {
    fn create(&self, env: &Env, upstream: Upstream) -> impl Publisher {
        Queue { upstream, slip: Slip::Nothing, env: env.clone(), fail: |_| "another" }
    }

    fn contract(&self) -> Contract {
        contract()
    }
}

struct Queue<E> {
    upstream: Upstream,
    slip: Slip,
    env: Env,
    fail: fn(Broken) -> E,
}

impl<E: Send + 'static> Publisher for Queue<E> {
    type Item = Item;
    type Error = E;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Item, Error = E> + Send + 'static,
    {
        let Self { upstream, slip, env, fail } = self;
        let shared = Arc::<Mutex<Shared>>::default();
        let made = 0;
        let output = Output { slip, shared: Arc::clone(&shared), handle: None, env: env.clone(), fail, made };
        env.executor().spawn(Box::pin(output.run(subscriber)));
        upstream.subscribe(Input { slip, shared, subscribed: false });
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Completed,
    Failed,
    Gone,
}

/// What the two sides share. The handle only passes through it.
#[derive(Default)]
struct Shared {
    items: VecDeque<Item>,
    end: Option<End>,
    handle: Option<Handle>,
    waker: Option<Waker>,
    closed: bool,
}

struct Input {
    slip: Slip,
    shared: Arc<Mutex<Shared>>,
    subscribed: bool,
}

impl Input {
    fn leave(&self, leave: impl FnOnce(&mut Shared)) {
        let mut shared = self.shared.lock();
        leave(&mut shared);
        let waker = shared.waker.take();
        drop(shared);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn end(&self, end: End) {
        self.leave(|shared| {
            let full = shared.items.len() as u64 >= CAPACITY;
            let lost = self.slip == Slip::LosesFailureWhenFull && end == End::Failed && full;
            shared.end = shared.end.or(Some(if lost { End::Completed } else { end }));
        });
    }
}

impl Subscriber for Input {
    type Item = Item;
    type Error = Broken;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if mem::replace(&mut self.subscribed, true) {
            return subscription.cancel();
        }
        let handle = subscription.handle();
        subscription.request(Demand::of(CAPACITY));
        let mut shared = self.shared.lock();
        if shared.closed && self.slip != Slip::OwnsItsHandle {
            drop(shared);
            return drop(handle);
        }
        shared.handle = Some(handle);
    }

    fn on_next(&mut self, item: Item, subscription: &mut Subscription) {
        if self.slip == Slip::RefillsOnReceipt {
            subscription.request(Demand::ONE);
        }
        let mut late = Some(item);
        self.leave(|shared| {
            if !shared.closed {
                shared.items.extend(late.take());
            }
        });
    }

    fn on_error(self, _error: Broken, _unused: Option<Demand>) {
        self.end(End::Failed);
    }

    fn on_complete(self, _unused: Option<Demand>) {
        self.end(End::Completed);
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        if self.slip != Slip::WaitsAfterDrop {
            self.end(End::Gone);
        }
    }
}

struct Output<E> {
    slip: Slip,
    shared: Arc<Mutex<Shared>>,
    handle: Option<Handle>,
    env: Env,
    fail: fn(Broken) -> E,
    /// Items taken out.
    made: u64,
}

enum Next {
    Item(Item),
    End(End),
    Leave,
}

impl<E> Output<E> {
    fn is(&self, slip: Slip) -> bool {
        self.slip == slip
    }

    async fn run<S: Subscriber<Item = Item, Error = E>>(mut self, mut subscriber: S) {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        if self.is(Slip::ForgetsCancelInSubscribe) && subscription.is_cancelled() {
            return self.forget_handle();
        }
        let mut again = None::<u64>;
        loop {
            match poll_fn(|context| self.poll_next(&mut subscription, context)).await {
                Next::Item(item) => {
                    if self.is(Slip::NothingDelayed) && !self.holds(&mut subscription).await {
                        return;
                    }
                    self.made += 1;
                    if self.is(Slip::LosesAtWrap) && self.made.is_multiple_of(16) {
                        self.ask(1);
                        continue;
                    }
                    let number = *item;
                    if let Some(last) =
                        again.take().filter(|_| subscription.outstanding() > Some(Demand::ONE))
                    {
                        subscription.deliver(self.env.item(last), &mut subscriber);
                    }
                    subscription.deliver(item, &mut subscriber);
                    if self.is(Slip::RepeatsOnResume) && !subscription.is_ready() {
                        again = Some(number);
                    }
                    self.refill(&mut subscription);
                }
                Next::End(End::Failed) if self.is(Slip::FailureIsCompletion) => {
                    return subscriber.on_complete(subscription.outstanding());
                }
                Next::End(End::Completed) => return subscriber.on_complete(subscription.outstanding()),
                Next::End(End::Failed) => {
                    return subscriber.on_error((self.fail)(Broken), subscription.outstanding());
                }
                Next::End(End::Gone) if self.is(Slip::DropIsCompletion) => {
                    return subscriber.on_complete(subscription.outstanding());
                }
                Next::End(End::Gone) => return,
                Next::Leave if self.is(Slip::ForgetsCancel) => return self.forget_handle(),
                Next::Leave => return,
            }
        }
    }

    /// Waits for a time; false when nobody wants anything any more.
    async fn holds(&self, subscription: &mut Subscription) -> bool {
        let clock = self.env.clock();
        let (due, mut alarm) = (clock.now() + Duration::from_millis(5), None);
        poll_fn(|context| {
            if subscription.poll_cancelled(context).is_ready() {
                return Poll::Ready(false);
            }
            if clock.now() >= due {
                return Poll::Ready(true);
            }
            alarm = Some(clock.wake_at(due, context.waker().clone()));
            Poll::Pending
        })
        .await
    }

    /// Upstream is not cancelled, and nobody can do it any more.
    fn forget_handle(&mut self) {
        let arrived = self.shared.lock().handle.take();
        mem::forget(self.handle.take().or(arrived));
    }

    fn refill(&mut self, subscription: &mut Subscription) {
        let empty = self.shared.lock().items.is_empty();
        match self.slip {
            Slip::ForgetsRefill if empty => {}
            Slip::RefillsOnReceipt => {}
            Slip::AsksOneMore if self.made == 1 => self.ask(2),
            Slip::AsksOneMoreLate if self.made == 30 => self.ask(2),
            Slip::AsksForAll => {
                self.ask(subscription.outstanding().map_or(0, Demand::get).saturating_add(1 + CAPACITY))
            }
            Slip::NothingInPairs => self.ask(2),
            _ => self.ask(1),
        }
    }

    fn ask(&self, n: u64) {
        let handle = self.handle.as_ref();
        if let Some(handle) = handle {
            handle.request(Demand::of(n));
        } else if self.is(Slip::OwnsItsHandle) {
            // It stays where it should only have passed through.
            let handle = self.shared.lock().handle.take();
            handle.iter().for_each(|handle| handle.request(Demand::of(n)));
            self.shared.lock().handle = handle;
        }
    }

    fn poll_next(&mut self, subscription: &mut Subscription, context: &mut Context<'_>) -> Poll<Next> {
        loop {
            let (ready, waker) = (subscription.is_ready(), context.waker().clone());
            let mut shared = self.shared.lock();
            let replaced = shared.waker.replace(waker);
            if !self.is(Slip::OwnsItsHandle) {
                self.handle = self.handle.take().or_else(|| shared.handle.take());
            }
            if self.is(Slip::Reorders) && shared.items.len() == 3 {
                shared.items.swap(0, 1);
            }
            let hasty = match shared.end {
                Some(End::Completed) => self.is(Slip::CompletesEarly),
                Some(End::Failed) => self.is(Slip::FailureOvertakes),
                _ => false,
            };
            let in_pairs = self.is(Slip::NothingInPairs);
            let enough = !in_pairs || shared.items.len() > 1 || shared.end.is_some();
            let first = (ready && enough).then(|| shared.items.pop_front()).flatten();
            let second = first.as_ref().filter(|_| in_pairs).and_then(|_| shared.items.pop_front());
            let taken = match (first, second) {
                (Some(first), Some(second)) => Some(first.map(|first| one_of(&[first, *second]))),
                (first, _) => first,
            };
            let next = match taken {
                _ if hasty => shared.end.take().map(Next::End),
                Some(item) => Some(Next::Item(item)),
                None if shared.items.is_empty() => shared.end.take().map(Next::End),
                None => None,
            };
            let held = !shared.items.is_empty();
            drop(shared);
            drop(replaced);
            if subscription.is_cancelled() || held && subscription.is_abandoned() {
                return Poll::Ready(Next::Leave);
            }
            if let Some(next) = next {
                return Poll::Ready(next);
            }
            if subscription.poll_cancelled(context).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl<E> Drop for Output<E> {
    fn drop(&mut self) {
        let mut shared = self.shared.lock();
        shared.closed = true;
        let handle = if self.is(Slip::OwnsItsHandle) { None } else { shared.handle.take() };
        let left = (mem::take(&mut shared.items), handle, shared.waker.take());
        drop(shared);
        drop(left);
    }
}
