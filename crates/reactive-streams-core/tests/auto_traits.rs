//! What is Send, Sync, Clone and Copy, how large it is, and what can be boxed: losing one of these breaks users.
#![cfg(not(any(loom, shuttle)))]
#![allow(missing_docs, reason = "tests")]

use reactive_streams_core::{
    Alarm, Canceller, Clock, Demand, Handle, Resume, Spawn, Subscription, Task, Turn,
};
use std::mem::size_of;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

const fn send<T: Send>() {}
const fn sync<T: Sync + ?Sized>() {}
const fn unpin<T: Unpin>() {}
const fn copy<T: Copy>() {}
const fn clone<T: Clone>() {}
const fn unwind<T: UnwindSafe + RefUnwindSafe>() {}

#[test]
fn auto_traits() {
    const {
        send::<Handle>();
        sync::<Handle>();
        unpin::<Handle>();

        send::<Canceller>();
        sync::<Canceller>();
        clone::<Canceller>();

        send::<Subscription>();
        sync::<Subscription>();
        unpin::<Subscription>();

        send::<Demand>();
        sync::<Demand>();
        copy::<Demand>();
        unwind::<Demand>();

        send::<Turn>();
        send::<Task>();
        unpin::<Task>();
        send::<Alarm>();
        sync::<Alarm>();
        sync::<dyn Clock>();
        sync::<dyn Spawn>();
        send::<Box<dyn Resume>>();
    }
}

#[test]
fn sizes() {
    assert_eq!(size_of::<Demand>(), 8);
    assert_eq!(size_of::<Option<Demand>>(), 8, "none costs nothing");
    assert_eq!(size_of::<Subscription>(), 16 + size_of::<usize>());
    assert_eq!(size_of::<Handle>(), size_of::<usize>());
    assert_eq!(size_of::<Canceller>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Canceller>>(), size_of::<usize>());
    assert_eq!(size_of::<Turn>(), size_of::<Subscription>() + 2 * size_of::<usize>(), "no tag of its own");
}

struct Ends;
impl Resume for Ends {
    fn resume(self: Box<Self>, _subscription: Subscription) -> Turn {
        Turn::Done
    }
}

struct Stopped;
impl Clock for Stopped {
    fn now(&self) -> Duration {
        Duration::ZERO
    }
    fn wake_at(&self, _at: Duration, waker: Waker) -> Alarm {
        Alarm::new(move || drop(waker))
    }
}

struct Drops;
impl Spawn for Drops {
    fn spawn(&self, task: Task) {
        drop(task);
    }
}

#[test]
fn erased() {
    let states: Vec<Box<dyn Resume>> = vec![Box::new(Ends), Box::new(Ends)];
    for state in states {
        Subscription::new().run(state);
    }
    let clock: Arc<dyn Clock> = Arc::new(Stopped);
    drop(clock.wake_at(clock.now(), Waker::noop().clone()));
    let executor: Arc<dyn Spawn> = Arc::new(Drops);
    executor.spawn(Box::pin(async {}));
}
