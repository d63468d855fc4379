//! Publishers that are right as long as everything comes in its usual order: each request at rest or before the first
//! poll, each task in its turn, time only when the tasks are at rest. Only other schedules show what is wrong.

use crate::flawed::pause;
use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Publisher, Spawn, Subscriber, Subscription};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{Env, Fixture, Item, Length, verify_publisher};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Nothing,
    /// One task makes the items and another delivers them. That one completes when all are made, though it may still hold
    /// the last of them, if the first task is polled before it.
    EndBeforeItem,
    /// An item that is wanted and not taken within a millisecond is thrown away, though nobody promised to be quick.
    ImpatientSlot,
    /// Looks for demand, and waits for the next request in its next poll without another look: what was asked for in
    /// between is served with the request after it.
    WaitsWithoutLooking,
}

pub(crate) const ROGUES: &[(Order, &str)] =
    &[(Order::EndBeforeItem, "1.5"), (Order::ImpatientSlot, "1.5"), (Order::WaitsWithoutLooking, "3.8")];

impl Fixture for Order {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Tasks { items: env.items(length), fails: false, order: *self, env: env.clone() }
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Tasks { items: env.items(Length::Exactly(k)), fails: true, order: *self, env: env.clone() })
    }
}

struct Tasks<I> {
    items: I,
    fails: bool,
    order: Order,
    env: Env,
}

/// What the two tasks share.
#[derive(Default)]
struct Slot {
    item: Option<Item>,
    all_made: bool,
    /// Who waits for an item could deliver it at once.
    wanted: bool,
    closed: bool,
    taker: Option<Waker>,
    maker: Option<Waker>,
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl<I: Iterator<Item = Item> + Send + 'static> Publisher for Tasks<I> {
    type Item = Item;
    type Error = Broken;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        let slot = Arc::new(Mutex::new(Slot::default()));
        let (executor, order, clock) = (self.env.executor(), self.order, self.env.clock());
        let making = make(self.items, Arc::clone(&slot), order, clock);
        executor.spawn(Box::pin(making));
        executor.spawn(Box::pin(deliver(subscriber, subscription, slot, order, self.fails)));
    }
}

/// Puts one item at a time into the slot, and says when there are no more.
async fn make(
    items: impl Iterator<Item = Item>,
    slot: Arc<Mutex<Slot>>,
    order: Order,
    clock: reactive_streams_test::VirtualClock,
) {
    let room = || {
        poll_fn(|context| {
            let mut slot = slot.lock();
            if slot.closed || slot.item.is_none() {
                return Poll::Ready(!slot.closed);
            }
            slot.maker = Some(context.waker().clone());
            Poll::Pending
        })
    };
    let change = |change: &dyn Fn(&mut Slot)| {
        let mut slot = slot.lock();
        change(&mut slot);
        slot.taker.take()
    };
    for item in items {
        if !room().await {
            return;
        }
        let item = std::cell::Cell::new(Some(item));
        wake(change(&|slot| slot.item = item.take()));
        let wanted = slot.lock().wanted;
        if order == Order::ImpatientSlot && wanted {
            pause(&clock, Duration::from_millis(1)).await;
            let late = slot.lock().item.take();
            drop(late);
        }
    }
    if room().await {
        turn().await;
        wake(change(&|slot| slot.all_made = true));
    }
}

/// Closes the slot when it goes.
struct Closing(Arc<Mutex<Slot>>);

impl Drop for Closing {
    fn drop(&mut self) {
        let (maker, left) = {
            let mut slot = self.0.lock();
            slot.closed = true;
            (slot.maker.take(), slot.item.take())
        };
        wake(maker);
        drop(left);
    }
}

/// What the second task does next.
enum Next {
    Item(Item),
    End,
    Stop,
}

async fn deliver<S: Subscriber<Item = Item, Error = Broken>>(
    mut subscriber: S,
    mut subscription: Subscription,
    slot: Arc<Mutex<Slot>>,
    order: Order,
    fails: bool,
) {
    let slot = Closing(slot);
    loop {
        if order == Order::WaitsWithoutLooking && !subscription.is_ready() && subscription.has_handle() {
            wait_without_looking(&mut subscription, &slot).await;
        }
        let next = poll_fn(|context| {
            if subscription.is_cancelled() {
                return Poll::Ready(Next::Stop);
            }
            let wanted = subscription.is_ready();
            {
                let mut slot = slot.0.lock();
                if slot.all_made {
                    return Poll::Ready(Next::End);
                }
                slot.wanted = wanted;
                slot.taker = Some(context.waker().clone());
            }
            if slot.0.lock().item.is_none() {
                return subscription.poll_cancelled(context).map(|()| Next::Stop);
            }
            subscription.poll_demand(context).map(|demand| match demand {
                None => Next::Stop,
                Some(_) => slot.0.lock().item.take().map_or(Next::Stop, Next::Item),
            })
        });
        match next.await {
            Next::Item(item) => {
                let maker = slot.0.lock().maker.take();
                wake(maker);
                turn().await;
                if order == Order::EndBeforeItem && slot.0.lock().all_made {
                    break;
                }
                if !subscription.is_ready() {
                    return;
                }
                subscription.deliver(item, &mut subscriber);
            }
            Next::End => break,
            Next::Stop => return,
        }
    }
    match fails {
        true => subscriber.on_error(Broken, subscription.outstanding()),
        false => subscriber.on_complete(subscription.outstanding()),
    }
}

/// Whatever comes between the two polls is taken over, and not looked at.
async fn wait_without_looking(subscription: &mut Subscription, slot: &Closing) {
    if subscription.is_cancelled() {
        return;
    }
    turn().await;
    let mut waited = false;
    poll_fn(|context| {
        {
            let mut slot = slot.0.lock();
            if slot.all_made {
                return Poll::Ready(());
            }
            slot.taker = Some(context.waker().clone());
        }
        match subscription.poll_cancelled(context) {
            Poll::Pending if !std::mem::replace(&mut waited, true) => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
}

/// Lets others go first.
async fn turn() {
    let mut waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn without_a_flaw_it_is_right_under_every_schedule() {
    verify_publisher(&Order::Nothing).assert_conforms();
}

#[test]
fn what_only_other_schedules_show_is_shown_by_one() {
    for (order, rule) in ROGUES {
        let report = verify_publisher(order);
        let outcome = report.outcomes().iter().find(|outcome| outcome.rule().id() == *rule);
        let failure = outcome.and_then(|outcome| outcome.failure());
        let replay = failure.and_then(|failure| failure.replay()).expect("it is caught");
        println!("{order:?} {replay}");
        assert!(
            replay.contains("/k.") || replay.contains("/q.") || replay.contains(".p"),
            "{order:?}: {replay}"
        );
    }
}
