//! A subscriber that is driven by hand and records what it gets.

use reactive_streams_core::shim::{self, Mutex};
use reactive_streams_core::{Demand, Handle, Publisher, Subscriber, Subscription};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Subscribes to `publisher` at once, and asks for nothing.
///
/// # Panics
///
/// Passes on what the publisher panics with.
///
/// ```
/// use reactive_streams_test::{probe, scripted};
///
/// let (script, publisher) = scripted::<u32, &str>();
/// let probe = probe(publisher);
/// assert_eq!(script.next(1), Err(1)); // nobody asked
/// probe.request(2);
/// assert_eq!(script.next(2), Ok(()));
/// script.fail("broken");
/// assert_eq!((probe.items(), probe.error()), (vec![2], Some("broken")));
/// assert_eq!(probe.unused().map(|demand| demand.get()), Some(1));
/// ```
pub fn probe<P: Publisher>(publisher: P) -> Probe<P::Item, P::Error> {
    let probe = Probe { handle: OnceLock::new(), record: Arc::default() };
    publisher.subscribe(Recorder { record: Arc::clone(&probe.record), subscribed: false });
    probe.collect();
    probe
}

/// What [`probe`] returns: asks, cancels, and shows what has arrived. Dropping it cancels.
pub struct Probe<T, E> {
    /// It lives here and never in the subscriber (rule 3-vi).
    handle: OnceLock<Handle>,
    record: Arc<Mutex<Record<T, E>>>,
}

struct Record<T, E> {
    items: Vec<T>,
    error: Option<E>,
    end: Option<End>,
    /// On its way from `on_subscribe` to the probe.
    in_transit: Option<Handle>,
    subscribed: bool,
    /// Asked for before `on_subscribe`.
    wanted: u64,
    cancelled: bool,
    dropped: bool,
}

struct End {
    failed: bool,
    unused: Option<Demand>,
}

impl<T, E> Default for Record<T, E> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            error: None,
            end: None,
            in_transit: None,
            subscribed: false,
            wanted: 0,
            cancelled: false,
            dropped: false,
        }
    }
}

impl<T, E> Probe<T, E> {
    /// Asks for `n` more items; zero asks for nothing and `u64::MAX` for all. A publisher that waits for demand
    /// runs in this call. Before `on_subscribe` the demand is kept, and asked for there.
    ///
    /// # Panics
    ///
    /// Passes on what the publisher panics with.
    pub fn request(&self, n: u64) {
        shim::assert_unlocked();
        let Some(demand) = Demand::new(n) else { return };
        let mut record = self.record.lock();
        if !record.subscribed {
            record.wanted = record.wanted.saturating_add(n);
            return;
        }
        drop(record);
        if let Some(handle) = self.collect() {
            handle.request(demand);
        }
    }

    /// Wants nothing more. Before `on_subscribe` it is kept, and cancels there.
    pub fn cancel(&self) {
        shim::assert_unlocked();
        self.record.lock().cancelled = true;
        if let Some(handle) = self.collect() {
            handle.cancel();
        }
    }

    /// Takes the items that have arrived since the last call.
    pub fn items(&self) -> Vec<T> {
        std::mem::take(&mut self.record.lock().items)
    }

    /// Whether `on_subscribe` has come.
    pub fn is_subscribed(&self) -> bool {
        self.record.lock().subscribed
    }

    /// Whether the stream has completed.
    pub fn is_complete(&self) -> bool {
        self.record.lock().end.as_ref().is_some_and(|end| !end.failed)
    }

    /// Whether the stream has failed.
    pub fn is_failed(&self) -> bool {
        self.record.lock().end.as_ref().is_some_and(|end| end.failed)
    }

    /// Takes the error that the stream has failed with.
    pub fn error(&self) -> Option<E> {
        self.record.lock().error.take()
    }

    /// The demand that the stream ended without using; none, too, when it has not ended.
    pub fn unused(&self) -> Option<Demand> {
        self.record.lock().end.as_ref().and_then(|end| end.unused)
    }

    /// Whether the subscriber is gone: after a terminal, a cancel or abandonment no signal can follow.
    pub fn is_dropped(&self) -> bool {
        self.record.lock().dropped
    }

    /// Whether signals may still come.
    pub fn is_active(&self) -> bool {
        !self.is_dropped()
    }

    /// Brings the handle here as soon as it has arrived.
    fn collect(&self) -> Option<&Handle> {
        if self.handle.get().is_none() {
            let arrived = self.record.lock().in_transit.take();
            if let Some(handle) = arrived {
                // Only one `on_subscribe` leaves a handle, so that there is never a second one to lose.
                return Some(self.handle.get_or_init(|| handle));
            }
        }
        self.handle.get()
    }
}

impl<T, E> Drop for Probe<T, E> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return self.cancel();
        }
        // The handle cancels as it goes; one that is in transit must not stay with the subscriber.
        self.record.lock().cancelled = true;
        self.collect();
    }
}

impl<T, E> fmt::Debug for Probe<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = self.record.lock();
        f.debug_struct("Probe")
            .field("items", &record.items.len())
            .field("ended", &record.end.is_some())
            .field("dropped", &record.dropped)
            .finish()
    }
}

/// The subscriber.
struct Recorder<T, E> {
    record: Arc<Mutex<Record<T, E>>>,
    subscribed: bool,
}

impl<T, E> Recorder<T, E> {
    fn end(&self, error: Option<E>, unused: Option<Demand>) {
        let mut record = self.record.lock();
        record.end = Some(End { failed: error.is_some(), unused });
        record.error = error;
    }
}

impl<T, E> Subscriber for Recorder<T, E> {
    type Item = T;
    type Error = E;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if std::mem::replace(&mut self.subscribed, true) {
            return subscription.cancel(); // rule 2.5
        }
        let handle = subscription.handle();
        let mut record = self.record.lock();
        record.subscribed = true;
        let wanted = Demand::new(record.wanted);
        if record.cancelled {
            drop(record);
            return drop(handle);
        }
        record.in_transit = Some(handle);
        drop(record);
        if let Some(demand) = wanted {
            subscription.request(demand);
        }
    }

    fn on_next(&mut self, item: T, _subscription: &mut Subscription) {
        self.record.lock().items.push(item);
    }

    fn on_error(self, error: E, unused: Option<Demand>) {
        self.end(Some(error), unused);
    }

    fn on_complete(self, unused: Option<Demand>) {
        self.end(None, unused);
    }
}

impl<T, E> Drop for Recorder<T, E> {
    fn drop(&mut self) {
        let mut record = self.record.lock();
        record.dropped = true;
        let in_transit = record.in_transit.take();
        drop(record);
        drop(in_transit);
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use crate::{Live, ManualExecutor, scripted};
    use reactive_streams_core::{Resume, Spawn, Turn};
    use std::convert::Infallible;

    /// Subscribes in a task.
    struct Later<P>(P, ManualExecutor);

    impl<P: Publisher + Send + 'static> Publisher for Later<P> {
        type Item = P::Item;
        type Error = P::Error;
        fn subscribe<S>(self, subscriber: S)
        where
            S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
        {
            self.1.spawn(Box::pin(async move { self.0.subscribe(subscriber) }));
        }
    }

    /// Waits for demand and for ever.
    struct Parked<S>(#[allow(dead_code, reason = "it is only held")] S);

    impl<S: Send + 'static> Resume for Parked<S> {
        fn resume(self: Box<Self>, subscription: Subscription) -> Turn {
            Turn::Park(self, subscription)
        }
    }

    struct Pending;

    impl Publisher for Pending {
        type Item = u32;
        type Error = Infallible;
        fn subscribe<S>(self, mut subscriber: S)
        where
            S: Subscriber<Item = u32, Error = Infallible> + Send + 'static,
        {
            let mut subscription = Subscription::new();
            subscriber.on_subscribe(&mut subscription);
            subscription.run(Box::new(Parked(subscriber)));
        }
    }

    #[test]
    fn dropping_the_probe_cancels_and_drops_the_items() {
        let live = Live::new();
        let (script, publisher) = scripted::<_, Infallible>();
        let probe = probe(publisher);
        probe.request(2);
        script.next(live.item(1)).expect("there is demand");
        assert_eq!(live.count(), 1);
        drop(probe);
        assert_eq!((script.is_cancelled(), live.count()), (true, 0));
    }

    #[test]
    fn cancel_drops_the_subscriber_of_a_parked_publisher() {
        let probe = probe(Pending);
        probe.request(1);
        assert!(probe.is_active());
        probe.cancel();
        assert!(probe.is_dropped());
        probe.request(1);
        probe.cancel();
        assert_eq!(probe.items(), []);
        assert!(!probe.is_complete() && !probe.is_failed());
    }

    #[test]
    fn what_is_asked_before_on_subscribe_is_asked_there() {
        let executor = ManualExecutor::new();
        let (script, publisher) = scripted::<u32, Infallible>();
        let probe = probe(Later(publisher, executor.clone()));
        probe.request(1);
        probe.request(2);
        assert!(!probe.is_subscribed());
        executor.run();
        assert!(probe.is_subscribed());
        assert_eq!(script.requested(), 3);
        probe.request(1);
        assert_eq!(script.requested(), 4);
        probe.cancel();
        assert!(script.is_cancelled());
    }

    #[test]
    fn a_probe_that_is_dropped_before_on_subscribe_cancels_there() {
        let executor = ManualExecutor::new();
        let (script, publisher) = scripted::<u32, Infallible>();
        drop(probe(Later(publisher, executor.clone())));
        executor.run();
        assert!(script.is_cancelled());
    }

    #[test]
    fn an_unlooked_at_probe_that_is_dropped_after_a_late_on_subscribe_cancels() {
        let executor = ManualExecutor::new();
        let (script, publisher) = scripted::<u32, Infallible>();
        let probe = probe(Later(publisher, executor.clone()));
        executor.run();
        assert!(!script.is_cancelled());
        drop(probe);
        assert!(script.is_cancelled());
    }

    #[test]
    fn unbounded_demand_is_left_at_the_end() {
        let (script, publisher) = scripted::<u32, Infallible>();
        let probe = probe(publisher);
        probe.request(u64::MAX);
        script.next(1).expect("there is demand");
        script.complete();
        assert!(probe.is_complete() && probe.is_dropped());
        assert_eq!(probe.unused(), Some(Demand::UNBOUNDED));
        assert_eq!(probe.items(), [1]);
        assert_eq!(probe.items(), []);
    }
}
