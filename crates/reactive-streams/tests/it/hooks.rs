//! The eighth invariant: a failing hook ends the stream once, and nothing is emitted after it.

use reactive_streams::{Dropped, ErrorPolicy, Flow, Overflow, Publisher, Queue, Reason};
use reactive_streams_test::{Live, Probe, Script, Tracked, probe, scripted};
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, mpsc};

type Item = Tracked<u32>;
type Hook = Box<dyn Fn(Dropped<Item>) + Send + Sync>;

/// A hook that panics when it is called, and says how often it was.
fn failing() -> (Hook, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let hook = move |_dropped| {
        counted.fetch_add(1, SeqCst);
        panic!("as planned");
    };
    (Box::new(hook), calls)
}

/// Builds a pipeline with a failing hook, provokes it, and looks at what is left.
fn ends_once<P>(
    build: impl FnOnce(Flow<reactive_streams_test::Scripted<Item, u32>>, Hook) -> Flow<P>,
    fails: bool,
) where
    P: Publisher<Item = Item, Error: Debug + PartialEq> + Queue,
{
    let live = Live::new();
    let (hook, calls) = failing();
    let (script, publisher) = scripted();
    let flow = build(Flow::from(publisher), hook);
    let ledger = flow.ledger();
    let probe = probe(flow);
    let drive = |script: &Script<Item, u32>| {
        (1..=4).for_each(|n| drop(script.next(live.item(n))));
        if fails {
            script.fail(7);
        }
    };
    assert!(catch_unwind(AssertUnwindSafe(|| drive(&script))).is_err());
    assert!(probe.is_dropped() && !probe.is_complete() && !probe.is_failed());
    // A failure of upstream is a terminal; otherwise it was cancelled.
    assert_eq!(script.is_cancelled(), !fails);
    probe.request(9);
    assert_eq!((probe.items().len(), probe.error()), (0, None));
    assert_eq!((live.count(), calls.load(SeqCst)), (0, 1));
    assert!(ledger.is_balanced() && ledger.depth() == 0, "{ledger:?}");
}

#[test]
fn a_hook_that_panics_over_an_overflow_ends_the_stream_once() {
    for policy in [Overflow::DropOldest, Overflow::DropIncoming, Overflow::ReplaceNewest, Overflow::Clear] {
        ends_once(|flow, hook| flow.buffer(2).overflow(policy).on_dropped(hook), false);
    }
    ends_once(|flow, hook| flow.on_backpressure_drop(hook), false);
}

#[test]
fn a_hook_that_panics_over_the_overflow_that_fails_the_stream_ends_it_without_an_error() {
    ends_once(|flow, hook| flow.buffer(2).or_fail().on_dropped(hook), false);
}

#[test]
fn a_hook_that_panics_over_a_superseded_item_ends_the_stream_once() {
    ends_once(|flow, hook| flow.latest().on_dropped(hook), false);
}

#[test]
fn a_hook_that_panics_over_what_an_error_cuts_ends_the_stream_without_the_error() {
    ends_once(|flow, hook| flow.buffer(8).on_error(ErrorPolicy::Immediate).on_dropped(hook), true);
    ends_once(|flow, hook| flow.conflate(|a, _| a).on_error(ErrorPolicy::Immediate).on_dropped(hook), true);
}

#[test]
fn a_hook_that_panics_at_a_cancel_unwinds_to_who_cancels() {
    let live = Live::new();
    let (hook, calls) = failing();
    let (script, publisher) = scripted::<_, u32>();
    let probe: Probe<Item, u32> = probe(Flow::from(publisher).buffer(4).on_dropped(hook));
    (1..=3).for_each(|n| script.next(live.item(n)).expect("asked for"));
    assert!(catch_unwind(AssertUnwindSafe(|| probe.cancel())).is_err());
    assert!(probe.is_dropped() && script.is_cancelled());
    assert_eq!((live.count(), calls.load(SeqCst)), (0, 1));
}

#[test]
fn what_arrives_after_the_end_is_late() {
    use reactive_streams::{Demand, Subscriber, Subscription};

    /// A publisher that does not look before it emits: after the cancel it sends two more.
    struct Careless;

    impl Publisher for Careless {
        type Item = u32;
        type Error = ();
        fn subscribe<S>(self, mut subscriber: S)
        where
            S: Subscriber<Item = u32, Error = ()> + Send + 'static,
        {
            let mut subscription = Subscription::new();
            subscriber.on_subscribe(&mut subscription);
            (1..=3).for_each(|n| subscriber.on_next(n, &mut subscription));
        }
    }

    /// Cancels at the first item.
    struct One;

    impl Subscriber for One {
        type Item = u32;
        type Error = ();
        fn on_subscribe(&mut self, subscription: &mut Subscription) {
            subscription.request(Demand::UNBOUNDED);
        }
        fn on_next(&mut self, _item: u32, subscription: &mut Subscription) {
            subscription.cancel();
        }
        fn on_error(self, (): (), _unused: Option<Demand>) {}
        fn on_complete(self, _unused: Option<Demand>) {}
    }

    let (lost, seen) = mpsc::channel();
    let flow =
        Flow::from(Careless).buffer(4).on_dropped(move |dropped| lost.send(dropped).expect("it is open"));
    let ledger = flow.ledger();
    flow.subscribe(One);
    assert_eq!((ledger.received(), ledger.emitted(), ledger.dropped(Reason::Late)), (3, 1, 2));
    assert!(seen.try_iter().all(|dropped| dropped.reason == Reason::Late) && ledger.is_balanced());
}
