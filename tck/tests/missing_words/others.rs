//! The same of subscribers and processors.

use crate::{assert_accused, assert_said};
use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Demand, Handle, Publisher, Spawn, Subscriber, Subscription};
use reactive_streams_tck::gallery::{Broken, Buffered, Consuming};
use reactive_streams_tck::{
    Contract, Done, End, Env, Errors, Hooks, Item, Operator, Report, Sink, SubscriberCapabilities, Upstream,
    verify_processor, verify_subscriber,
};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Weak};
use std::task::{Poll, Waker};

/// Asks for one item when its hook is called, and for `first` by itself.
struct Told {
    first: Option<Demand>,
    subscribed: bool,
    slot: Weak<Mutex<Option<Arc<Handle>>>>,
    done: Option<Done>,
}

impl Subscriber for Told {
    type Item = Item;
    type Error = Broken;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if std::mem::replace(&mut self.subscribed, true) {
            return subscription.cancel();
        }
        if let Some(slot) = self.slot.upgrade() {
            *slot.lock() = Some(Arc::new(subscription.handle()));
        }
        if let Some(first) = self.first {
            subscription.request(first);
        }
    }
    fn on_next(&mut self, _: Item, _: &mut Subscription) {}
    fn on_error(self, _: Broken, _: Option<Demand>) {
        self.done.into_iter().for_each(|done| done.with(End::Failed));
    }
    fn on_complete(self, _: Option<Demand>) {
        self.done.into_iter().for_each(|done| done.with(End::Completed));
    }
}

fn told(first: Option<Demand>, can: SubscriberCapabilities) -> Report {
    let connect = move |_: &Env, hooks: &Hooks, upstream: Upstream| {
        let slot = Arc::new(Mutex::new(None::<Arc<Handle>>));
        let told = Told { first, subscribed: false, slot: Arc::downgrade(&slot), done: Some(hooks.done()) };
        let more = Arc::clone(&slot);
        hooks.on_more(move || {
            let handle = more.lock().clone();
            handle.into_iter().for_each(|handle| handle.request(Demand::ONE));
        });
        hooks.on_leave(move || {
            let handle = slot.lock().clone();
            handle.into_iter().for_each(|handle| handle.cancel());
        });
        upstream.subscribe(told);
    };
    verify_subscriber(&Sink::new(connect).with(can))
}

#[test]
fn who_asks_only_when_told_is_told_the_word_for_it() {
    let report = told(None, SubscriberCapabilities::new());
    assert_said(&report, "2.1/1", "let capabilities() say so: asks_when_told()");
    told(None, SubscriberCapabilities::new().asks_when_told()).assert_conforms();
    // Who stalls has no word that is missing, though there is such a hook.
    assert_accused(&told(Some(Demand::ONE), SubscriberCapabilities::new()), "2.1/1");
}

#[test]
fn who_never_cancels_is_asked_about() {
    let consuming = |leaves: bool, can| {
        let connect = move |_: &Env, hooks: &Hooks, upstream: Upstream| {
            let (subscriber, remote) = Consuming::new(4, hooks.done());
            hooks.on_leave(move || {
                if leaves {
                    remote.leave()
                }
            });
            upstream.subscribe(subscriber);
        };
        verify_subscriber(&Sink::new(connect).with(can))
    };
    let plain = SubscriberCapabilities::new;
    assert_said(
        &consuming(false, plain()),
        "2.6/1",
        "Does the hook do what makes the subscriber lose interest?",
    );
    assert_said(&consuming(true, plain().cancels_after(5)), "2.6/2", "Does it do so after 5 items");
    consuming(true, plain()).assert_conforms();
}

#[test]
fn who_is_never_done_is_asked_about() {
    let connect = |_: &Env, hooks: &Hooks, upstream: Upstream| {
        let (_forgotten, slot) = (hooks.done(), Weak::new());
        upstream.subscribe(Told { first: Some(Demand::UNBOUNDED), subscribed: false, slot, done: None });
    };
    let report = verify_subscriber(&Sink::new(connect).with(SubscriberCapabilities::new().never_leaves()));
    assert_said(&report, "2.9/2", "Does it call what hooks.done() gave it?");
}

#[test]
fn who_goes_farther_ahead_than_it_says_is_told_how_far() {
    let buffer = |contract: Contract| {
        let contract = contract.errors(Errors::Delayed);
        verify_processor(&Operator::new(contract, |env, upstream| Buffered::new(env, upstream, 4)))
    };
    let report = buffer(Contract::identity().bound(2));
    assert_said(
        &report,
        "4.1/3",
        "it goes 4 items ahead in most scenarios, and never farther, and contract() allows 2.",
    );
    assert_said(&report, "4.1/3", "let contract() say so: bound(4)");
    buffer(Contract::identity().bound(4)).assert_conforms();
}

/// Takes one item ahead, and passes them on in a task, the end with the next demand only.
struct Late(Env, Upstream);

#[derive(Default)]
struct Queue {
    items: VecDeque<Item>,
    end: Option<Result<(), Broken>>,
    waker: Option<Waker>,
    /// On its way to the task.
    above: Option<Handle>,
}

struct Input(Arc<Mutex<Queue>>);

impl Input {
    fn leave(&self, leave: impl FnOnce(&mut Queue)) {
        let mut queue = self.0.lock();
        leave(&mut queue);
        let waker = queue.waker.take();
        drop(queue);
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Subscriber for Input {
    type Item = Item;
    type Error = Broken;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        let handle = subscription.handle();
        subscription.request(Demand::ONE);
        self.leave(|queue| queue.above = Some(handle));
    }
    fn on_next(&mut self, item: Item, _: &mut Subscription) {
        self.leave(|queue| queue.items.push_back(item));
    }
    fn on_error(self, error: Broken, _: Option<Demand>) {
        self.leave(|queue| queue.end = Some(Err(error)));
    }
    fn on_complete(self, _: Option<Demand>) {
        self.leave(|queue| queue.end = Some(Ok(())));
    }
}

impl Publisher for Late {
    type Item = Item;
    type Error = Broken;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let queue = Arc::new(Mutex::new(Queue::default()));
        self.1.subscribe(Input(Arc::clone(&queue)));
        self.0.executor().spawn(Box::pin(async move {
            let mut subscription = Subscription::new();
            subscriber.on_subscribe(&mut subscription);
            let mut above: Option<Handle> = None;
            while poll_fn(|context| subscription.poll_demand(context)).await.is_some() {
                let next = poll_fn(|context| {
                    let mut queue = queue.lock();
                    let next = queue.items.pop_front().map(Ok).or_else(|| queue.end.take().map(Err));
                    queue.waker = Some(context.waker().clone());
                    next.map_or(Poll::Pending, Poll::Ready)
                });
                match next.await {
                    Ok(item) => {
                        subscription.deliver(item, &mut subscriber);
                        above = queue.lock().above.take().or(above);
                        above.iter_mut().for_each(|above| above.request(Demand::ONE));
                    }
                    Err(Ok(())) => return subscriber.on_complete(subscription.outstanding()),
                    Err(Err(error)) => return subscriber.on_error(error, subscription.outstanding()),
                }
            }
            drop(queue.lock().above.take());
        }));
    }
}

#[test]
fn a_processor_that_ends_with_the_next_demand_is_told_the_word_for_it() {
    let late = |change: fn(Contract) -> Contract| {
        let contract = change(Contract::identity().bound(2).errors(Errors::Delayed));
        verify_processor(&Operator::new(contract, |env: &Env, upstream| Late(env.clone(), upstream)))
    };
    let expected = "let contract(), in capable(..), say so: lazy_completion().lazy_failure()";
    assert_said(&late(|contract| contract), "3-iv/1", expected);
    let said = late(|contract| contract.capable(|out| out.lazy_completion().lazy_failure()));
    assert!(!said.to_string().contains("say so: lazy"), "{said}");
}

/// Passes items on, and asks for one more now and then.
struct Greedy<P>(P);
struct Asking<S>(S, u64);

impl<P: Publisher> Publisher for Greedy<P> {
    type Item = P::Item;
    type Error = P::Error;
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        self.0.subscribe(Asking(subscriber, 0));
    }
}

impl<S: Subscriber> Subscriber for Asking<S> {
    type Item = S::Item;
    type Error = S::Error;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.0.on_subscribe(subscription);
    }
    fn on_next(&mut self, item: S::Item, subscription: &mut Subscription) {
        self.1 += 1;
        if self.1.is_multiple_of(2) {
            subscription.request(Demand::ONE);
        }
        self.0.on_next(item, subscription);
    }
    fn on_error(self, error: S::Error, unused: Option<Demand>) {
        self.0.on_error(error, unused);
    }
    fn on_complete(self, unused: Option<Demand>) {
        self.0.on_complete(unused);
    }
}

#[test]
fn who_goes_farther_and_farther_ahead_has_no_bound_that_is_missing() {
    assert_accused(
        &verify_processor(&Operator::new(Contract::identity(), |_, upstream| Greedy(upstream))),
        "4.1/3",
    );
}
