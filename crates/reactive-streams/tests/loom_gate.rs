//! Models of the races on the gate: inputs, downstream, clock and attachments, each against another.
#![cfg(loom)]

mod inputs;
mod seen;

use inputs::Inputs;
use loom::thread;
use reactive_streams::{
    Alarm, Clock, Demand, Flow, Publisher, Reason, Resume, Subscriber, Subscription, Turn, iter, pending,
};
use reactive_streams_core::shim::Mutex;
use seen::{Seen, model, settled, subscribe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst}; // what a model looks at is no part of it
use std::task::Waker;
use std::time::Duration;

/// An input that stays and does nothing.
fn never() -> impl Publisher<Item = usize, Error = ()> {
    pending().map_err(|never| match never {})
}

/// When it is asked, whatever another thread has finished telling the gate must have come through.
struct Watching {
    told: Arc<AtomicBool>,
    seen: Arc<Mutex<Option<Arc<Seen>>>>,
}

struct Watch<S>(Watching, #[allow(dead_code, reason = "parked")] S);

impl Publisher for Watching {
    type Item = usize;
    type Error = ();

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = usize, Error = ()> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        subscription.park(Box::new(Watch(self, subscriber)));
    }
}

impl<S: Send + 'static> Resume for Watch<S> {
    fn resume(self: Box<Self>, subscription: Subscription) -> Turn {
        let seen = self.0.seen.lock().clone();
        if self.0.told.load(SeqCst) {
            assert_eq!(seen.map(|seen| seen.ends()[0]), Some(1), "told, and not seen");
        }
        Turn::Park(self, subscription)
    }
}

#[test]
fn tell_against_tell_delivers_both() {
    model(|| {
        let inputs = Inputs::default();
        let flow = Flow::from(inputs.input(1, Ok(()))).merge(inputs.input(1, Ok(())));
        let ledger = flow.ledger();
        let (seen, _handle) = subscribe(flow, 2);
        let other = thread::spawn(inputs.job());
        inputs.job()();
        other.join().expect("no panic");
        assert_eq!((seen.items(), seen.ends()), (2, [1, 0, 1]));
        settled(&ledger, &inputs);
    });
}

#[test]
fn what_is_told_before_an_upstream_is_asked_comes_first() {
    model(|| {
        let (inputs, told, place) = (Inputs::default(), Arc::new(AtomicBool::new(false)), Arc::default());
        let source = Watching { told: Arc::clone(&told), seen: Arc::clone(&place) };
        let (seen, handle) = subscribe(Flow::from(source).take_until(inputs.input(0, Ok(()))), 0);
        *place.lock() = Some(Arc::clone(&seen));
        let job = inputs.job();
        let other = thread::spawn(move || {
            job();
            told.store(true, SeqCst);
        });
        handle.request(Demand::ONE);
        other.join().expect("no panic");
        assert_eq!(seen.ends(), [1, 0, 1]);
    });
}

#[test]
fn inputs_that_attach_at_once_are_both_asked() {
    model(|| {
        let inputs = Inputs::default();
        let [left, right] = [(); 2].map(|()| inputs.input(1, Ok(())).attaches_later());
        let (seen, _handle) = subscribe(Flow::from(left).zip(right).map(|(left, _)| left), 1);
        let other = thread::spawn(inputs.job());
        inputs.job()();
        other.join().expect("no panic");
        assert_eq!((seen.items(), seen.ends()), (1, [1, 0, 1]));
    });
}

#[test]
fn request_against_tell_is_served() {
    model(|| {
        let inputs = Inputs::default();
        let flow = Flow::from(inputs.input(1, Ok(()))).merge(never());
        let (seen, handle) = subscribe(flow, 0);
        let other = thread::spawn(inputs.job());
        handle.request(Demand::ONE);
        other.join().expect("no panic");
        assert_eq!((seen.items(), seen.ends()), (1, [0; 3]));
        drop(handle);
        assert_eq!(seen.ends(), [0, 0, 1]);
    });
}

#[test]
fn each_of_two_requests_rings() {
    model(|| {
        let inputs = Inputs::default();
        let flow = Flow::from(inputs.input(2, Ok(()))).buffer(2);
        let ledger = flow.ledger();
        let (seen, handle) = subscribe(flow, 0);
        inputs.job()();
        let handle = Arc::new(handle);
        let other = {
            let handle = Arc::clone(&handle);
            thread::spawn(move || handle.request(Demand::ONE))
        };
        handle.request(Demand::ONE);
        other.join().expect("no panic");
        assert_eq!((seen.items(), seen.ends()), (2, [1, 0, 1]));
        settled(&ledger, &inputs);
    });
}

#[test]
fn a_request_against_an_item_that_supersedes_gets_the_newest() {
    model(|| {
        let inputs = Inputs::default();
        let flow = Flow::from(inputs.input(3, Ok(()))).latest();
        let ledger = flow.ledger();
        let (seen, handle) = subscribe(flow, 0);
        let other = thread::spawn(inputs.job());
        handle.request(Demand::ONE);
        other.join().expect("no panic");
        // The first that was asked for has gone out, and perhaps the last one waits.
        let [completed, ..] = seen.ends();
        assert_eq!((seen.items(), ledger.depth()), (1, 1 - completed as u64));
        handle.request(Demand::ONE);
        assert_eq!(seen.ends(), [1, 0, 1]);
        settled(&ledger, &inputs);
    });
}

#[test]
fn cancel_against_request_drops_once() {
    model(|| {
        let inputs = Inputs::default();
        let flow = Flow::from(inputs.input(1, Ok(()))).merge(never());
        let ledger = flow.ledger();
        let (seen, handle) = subscribe(flow, 0);
        inputs.job()();
        let handle = Arc::new(handle);
        let other = {
            let handle = Arc::clone(&handle);
            thread::spawn(move || handle.cancel())
        };
        handle.request(Demand::ONE);
        other.join().expect("no panic");
        assert_eq!(seen.ends(), [0, 0, 1], "dropped while the handle is still held");
        settled(&ledger, &inputs);
    });
}

#[test]
fn cancel_against_tell_drops_once() {
    model(|| {
        let inputs = Inputs::default();
        let flow = Flow::from(inputs.input(1, Ok(()))).merge(never());
        let ledger = flow.ledger();
        let (seen, handle) = subscribe(flow, 1);
        let other = thread::spawn(inputs.job());
        handle.cancel();
        other.join().expect("no panic");
        assert_eq!(seen.ends(), [0, 0, 1], "dropped while the handle is still held");
        settled(&ledger, &inputs);
    });
}

#[test]
fn cancel_against_an_item_that_nobody_wants_counts_it() {
    model(|| {
        let inputs = Inputs::default();
        let flow = Flow::from(inputs.input(2, Ok(()))).merge(inputs.input(0, Ok(())));
        let ledger = flow.ledger();
        let (seen, handle) = subscribe(flow, 1);
        inputs.job()();
        let other = thread::spawn(inputs.job());
        handle.cancel();
        other.join().expect("no panic");
        assert_eq!(seen.ends(), [0, 0, 1], "dropped while the handle is still held");
        settled(&ledger, &inputs);
    });
}

#[test]
fn one_that_attaches_while_the_stream_ends_is_cancelled() {
    model(|| {
        let inputs = Inputs::default();
        let flow = Flow::from(inputs.input(0, Err(()))).merge(inputs.input(1, Ok(())).attaches_later());
        let ledger = flow.ledger();
        let (seen, handle) = subscribe(flow, 0);
        let attaching = inputs.job();
        let failing = thread::spawn(inputs.job());
        attaching();
        failing.join().expect("no panic");
        // What it brought before the end waits for demand.
        handle.request(Demand::ONE);
        assert_eq!((seen.items() as u64, seen.ends()), (ledger.emitted(), [0, 1, 1]));
        settled(&ledger, &inputs);
    });
}

#[test]
fn an_inner_that_ends_against_a_request_makes_room_for_the_next() {
    model(|| {
        let inputs = Inputs::default();
        let inners = inputs.clone();
        let outer = iter(0..2).map_err(|never| match never {});
        let flow = outer.flat_map_unordered(1, move |_| inners.input(1, Ok(())));
        let ledger = flow.ledger();
        let (seen, handle) = subscribe(flow, 0);
        let other = thread::spawn(inputs.job());
        handle.request(Demand::ONE);
        other.join().expect("no panic");
        inputs.job()();
        handle.request(Demand::ONE);
        assert_eq!((seen.items(), seen.ends()), (2, [1, 0, 1]));
        settled(&ledger, &inputs);
    });
}

/// A clock that rings by hand.
#[derive(Clone, Default)]
struct Bell {
    rings: Arc<Mutex<Option<Waker>>>,
    now: Arc<AtomicUsize>,
}

impl Clock for Bell {
    fn now(&self) -> Duration {
        Duration::from_secs(self.now.load(SeqCst) as u64)
    }

    fn wake_at(&self, _at: Duration, waker: Waker) -> Alarm {
        *self.rings.lock() = Some(waker);
        Alarm::new(|| {})
    }
}

#[test]
fn a_ring_against_a_request_delivers() {
    model(|| {
        let (inputs, bell) = (Inputs::default(), Bell::default());
        let flow = Flow::from(inputs.input(1, Ok(()))).merge(never());
        let (seen, handle) = subscribe(flow.sample(Duration::from_secs(1), bell.clone()), 0);
        inputs.job()();
        bell.now.store(1, SeqCst);
        let waker = bell.rings.lock().take().expect("an item waits");
        let other = thread::spawn(move || waker.wake());
        handle.request(Demand::ONE);
        other.join().expect("no panic");
        assert_eq!((seen.items(), seen.ends()), (1, [0; 3]));
        drop(handle);
    });
}

/// An upstream that brings one item at each call.
#[derive(Clone, Default)]
struct Tap(Arc<Mutex<Option<Box<dyn FnMut() + Send>>>>);

impl Tap {
    fn next(&self) {
        let mut turn = self.0.lock().take().expect("it was subscribed to");
        turn();
        *self.0.lock() = Some(turn);
    }
}

impl Publisher for Tap {
    type Item = usize;
    type Error = ();

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = usize, Error = ()> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        let turn = move || {
            assert!(subscription.is_ready(), "it asks for everything");
            subscription.deliver(0, &mut subscriber);
        };
        *self.0.lock() = Some(Box::new(turn));
    }
}

#[test]
fn a_ring_against_an_item_counts_it_and_opens_the_door() {
    model(|| {
        let (tap, bell) = (Tap::default(), Bell::default());
        let flow = Flow::from(tap.clone()).throttle(Duration::from_secs(1), bell.clone());
        let ledger = flow.ledger();
        let (seen, handle) = subscribe(flow, 3);
        tap.next();
        bell.now.store(1, SeqCst);
        let waker = bell.rings.lock().take().expect("a window lasts");
        let other = thread::spawn(move || waker.wake());
        tap.next();
        other.join().expect("no panic");
        let shed = ledger.dropped(Reason::Shed);
        assert_eq!((seen.items() as u64, ledger.received(), ledger.is_balanced()), (2 - shed, 2, true));
        if shed == 1 {
            tap.next();
            assert_eq!((seen.items(), ledger.dropped(Reason::Shed)), (2, 1), "the window is over");
        }
        drop(handle);
        assert_eq!(seen.ends(), [0, 0, 1]);
    });
}
