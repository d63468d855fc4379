//! A publisher that is told what to signal.

use reactive_streams_core::shim::{self, Mutex};
use reactive_streams_core::{Publisher, Resume, Subscriber, Subscription, Turn};
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::task::Waker;

/// A publisher and the script that drives it. It obeys the contract: what nobody asked for is not signalled.
///
/// ```
/// use reactive_streams_test::{probe, scripted};
///
/// let (script, publisher) = scripted::<u32, &str>();
/// let probe = probe(publisher);
/// probe.request(1);
/// assert_eq!((script.next(1), script.next(2)), (Ok(()), Err(2)));
/// script.complete();
/// assert_eq!((probe.items(), probe.is_complete()), (vec![1], true));
/// ```
pub fn scripted<T: Send + 'static, E: Send + 'static>() -> (Script<T, E>, Scripted<T, E>) {
    let shared = Arc::<Shared<T, E>>::default();
    (Script { shared: Arc::clone(&shared) }, Scripted { shared })
}

/// Says what a [`Scripted`] publisher signals. Dropping it drops the subscriber without a terminal.
pub struct Script<T: Send + 'static, E: Send + 'static> {
    shared: Arc<Shared<T, E>>,
}

/// The publisher that a [`Script`] drives.
pub struct Scripted<T: Send + 'static, E: Send + 'static> {
    shared: Arc<Shared<T, E>>,
}

struct Shared<T, E> {
    state: Mutex<State<T, E>>,
}

struct State<T, E> {
    inbox: VecDeque<T>,
    end: Option<Result<(), E>>,
    /// What the subscriber asked for in all; what of it is neither delivered nor in the inbox.
    requested: u64,
    available: u64,
    waker: Option<Waker>,
    /// A terminal was signalled, or is about to be; or the script is gone.
    ended: bool,
    cancelled: bool,
    abandoned: bool,
}

impl<T, E> Default for Shared<T, E> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                inbox: VecDeque::new(),
                end: None,
                requested: 0,
                available: 0,
                waker: None,
                ended: false,
                cancelled: false,
                abandoned: false,
            }),
        }
    }
}

impl<T: Send + 'static, E: Send + 'static> Script<T, E> {
    /// Signals `item`. It arrives before this returns, unless it is called from inside a callback or while
    /// another thread signals: then it arrives when that one returns.
    ///
    /// # Errors
    ///
    /// Gives the item back when nobody asked for it: before the subscription, without demand, after a terminal
    /// or a cancel.
    ///
    /// # Panics
    ///
    /// Passes on what the subscriber panics with.
    pub fn next(&self, item: T) -> Result<(), T> {
        shim::assert_unlocked();
        let mut state = self.shared.state.lock();
        if state.available == 0 || state.ended || state.cancelled {
            drop(state);
            return Err(item);
        }
        state.available -= 1;
        state.inbox.push_back(item);
        drop(state);
        self.wake();
        Ok(())
    }

    /// Completes the stream. Before the subscription, it completes there. After a terminal it does nothing.
    ///
    /// # Panics
    ///
    /// Passes on what the subscriber panics with.
    pub fn complete(&self) {
        self.end(Ok(()));
    }

    /// Fails the stream. Before the subscription, it fails there. After a terminal it does nothing.
    ///
    /// # Panics
    ///
    /// Passes on what the subscriber panics with.
    pub fn fail(&self, error: E) {
        self.end(Err(error));
    }

    /// How many items the subscriber has asked for so far; `u64::MAX` is unbounded.
    pub fn requested(&self) -> u64 {
        self.shared.state.lock().requested
    }

    /// Whether the subscriber has cancelled, or was dropped without a terminal.
    pub fn is_cancelled(&self) -> bool {
        self.shared.state.lock().cancelled
    }

    fn end(&self, end: Result<(), E>) {
        shim::assert_unlocked();
        let mut state = self.shared.state.lock();
        if state.ended {
            drop(state);
            return drop(end);
        }
        state.ended = true;
        state.end = Some(end);
        drop(state);
        self.wake();
    }

    fn wake(&self) {
        let waker = self.shared.state.lock().waker.clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T: Send + 'static, E: Send + 'static> Drop for Script<T, E> {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        state.abandoned = true;
        state.ended = true;
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T: Send + 'static, E: Send + 'static> Publisher for Scripted<T, E> {
    type Item = T;
    type Error = E;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = T, Error = E> + Send + 'static,
    {
        // From here on the script learns that the subscriber has gone, should it panic in `on_subscribe`, too.
        let gone = Gone { shared: self.shared, with_terminal: false };
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        let waker = subscription.waker();
        let mut state = gone.shared.state.lock();
        if !state.abandoned {
            state.waker = Some(waker);
        }
        drop(state);
        subscription.run(Box::new(Running { gone, subscriber, delivered: 0 }));
    }
}

struct Running<T, E, S> {
    gone: Gone<T, E>,
    subscriber: S,
    delivered: u64,
}

impl<T: Send + 'static, E: Send + 'static, S> Resume for Running<T, E, S>
where
    S: Subscriber<Item = T, Error = E> + Send + 'static,
{
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        while !subscription.is_cancelled() {
            let outstanding = subscription.outstanding().map_or(0, |demand| demand.get());
            match self.gone.next(self.delivered, outstanding) {
                Next::Item(item) => {
                    self.delivered += 1;
                    subscription.deliver(item, &mut self.subscriber);
                }
                Next::End(end) => {
                    let Self { gone, subscriber, .. } = *self;
                    gone.ended();
                    let unused = subscription.outstanding();
                    match end {
                        Ok(()) => subscriber.on_complete(unused),
                        Err(error) => subscriber.on_error(error, unused),
                    }
                    return Turn::Done;
                }
                Next::Wait => return Turn::Park(self, subscription),
                Next::Leave => break,
            }
        }
        Turn::Done
    }
}

enum Next<T, E> {
    Item(T),
    End(Result<(), E>),
    Wait,
    Leave,
}

/// Tells the script that the subscriber has gone.
struct Gone<T, E> {
    shared: Arc<Shared<T, E>>,
    with_terminal: bool,
}

impl<T, E> Gone<T, E> {
    /// Notes the demand as it is now, and takes out what comes next.
    fn next(&self, delivered: u64, outstanding: u64) -> Next<T, E> {
        let mut state = self.shared.state.lock();
        state.requested = delivered.saturating_add(outstanding);
        if let Some(item) = state.inbox.pop_front() {
            state.available = outstanding - 1 - state.inbox.len() as u64;
            return Next::Item(item);
        }
        state.available = outstanding;
        match state.end.take() {
            Some(end) => Next::End(end),
            None if state.abandoned => Next::Leave,
            None => Next::Wait,
        }
    }

    fn ended(mut self) {
        self.with_terminal = true;
    }
}

impl<T, E> Drop for Gone<T, E> {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        state.cancelled = !self.with_terminal;
        state.ended = true;
        let rest = (std::mem::take(&mut state.inbox), state.end.take(), state.waker.take());
        drop(state);
        drop(rest); // items and errors may run foreign destructors: under no lock
    }
}

impl<T: Send + 'static, E: Send + 'static> fmt::Debug for Script<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script")
            .field("requested", &self.requested())
            .field("cancelled", &self.is_cancelled())
            .finish()
    }
}

impl<T: Send + 'static, E: Send + 'static> fmt::Debug for Scripted<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scripted { .. }")
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use crate::{Live, probe};
    use reactive_streams_core::Demand;
    use std::convert::Infallible;

    type Shown = Arc<Mutex<Vec<String>>>;

    /// Asks for `first`, shows what it gets, and runs `each` in `on_next`.
    struct Local<F> {
        first: Demand,
        shown: Shown,
        each: F,
    }

    impl<F: FnMut(u32, &mut Subscription)> Subscriber for Local<F> {
        type Item = u32;
        type Error = Infallible;
        fn on_subscribe(&mut self, subscription: &mut Subscription) {
            subscription.request(self.first);
        }
        fn on_next(&mut self, item: u32, subscription: &mut Subscription) {
            self.shown.lock().push(item.to_string());
            (self.each)(item, subscription);
        }
        fn on_error(self, error: Infallible, _unused: Option<Demand>) {
            match error {}
        }
        fn on_complete(self, unused: Option<Demand>) {
            self.shown.lock().push(format!("complete {unused:?}"));
        }
    }

    #[test]
    fn requests_from_on_next_count_and_a_lent_cancel_is_seen() {
        let (script, publisher) = scripted();
        let shown = Shown::default();
        let each = |item, subscription: &mut Subscription| match item {
            1 => subscription.request(Demand::of(2)),
            _ => subscription.cancel(),
        };
        publisher.subscribe(Local { first: Demand::ONE, shown: Arc::clone(&shown), each });
        assert_eq!(script.requested(), 1);
        assert_eq!(script.next(1), Ok(()));
        assert_eq!((script.requested(), script.is_cancelled()), (3, false));
        assert_eq!(script.next(2), Ok(()));
        assert!(script.is_cancelled());
        assert_eq!(script.next(3), Err(3));
        script.complete();
        assert_eq!(*shown.lock(), ["1", "2"]);
    }

    #[test]
    fn an_end_before_the_subscription_comes_there_and_only_once() {
        let (script, publisher) = scripted::<u32, Infallible>();
        script.complete();
        script.complete();
        let shown = Shown::default();
        publisher.subscribe(Local {
            first: Demand::of(2),
            shown: Arc::clone(&shown),
            each: |_, _: &mut _| {},
        });
        assert_eq!(*shown.lock(), ["complete Some(Demand(2))"]);
        assert!(!script.is_cancelled());
    }

    #[test]
    fn a_call_from_inside_a_callback_arrives_after_it() {
        let (script, publisher) = scripted();
        let (script, shown) = (Arc::new(script), Shown::default());
        let inner = Arc::clone(&script);
        let each = move |item, _: &mut Subscription| {
            if item == 1 {
                assert_eq!(inner.next(2), Ok(()));
                inner.complete();
            }
        };
        publisher.subscribe(Local { first: Demand::of(2), shown: Arc::clone(&shown), each });
        assert_eq!(script.next(1), Ok(()));
        assert_eq!(*shown.lock(), ["1", "2", "complete None"]);
    }

    #[test]
    fn dropping_the_script_drops_the_subscriber_without_a_terminal() {
        let (script, publisher) = scripted::<u32, Infallible>();
        let probe = probe(publisher);
        drop(script);
        assert!(probe.is_dropped() && !probe.is_complete());
        let (script, publisher) = scripted::<u32, Infallible>();
        drop(script);
        assert!(crate::probe(publisher).is_dropped());
    }

    #[test]
    fn nothing_is_left_alive_when_everything_is_let_go() {
        let live = Live::new();
        let (script, publisher) = scripted();
        let token = live.item(0);
        let each = move |_, _: &mut Subscription| assert_eq!(token, 0);
        publisher.subscribe(Local { first: Demand::UNBOUNDED, shown: Shown::default(), each });
        assert_eq!(script.next(1), Ok(()));
        assert_eq!(live.count(), 1);
        drop(script);
        assert_eq!(live.count(), 0);
    }

    /// Panics in `on_subscribe`.
    struct Refuses;

    impl Subscriber for Refuses {
        type Item = u32;
        type Error = Infallible;
        fn on_subscribe(&mut self, _subscription: &mut Subscription) {
            panic!("as planned");
        }
        fn on_next(&mut self, _item: u32, _subscription: &mut Subscription) {}
        fn on_error(self, error: Infallible, _unused: Option<Demand>) {
            match error {}
        }
        fn on_complete(self, _unused: Option<Demand>) {}
    }

    #[test]
    fn a_subscriber_that_panics_in_on_subscribe_counts_as_cancelled() {
        let (script, publisher) = scripted();
        let subscribe = std::panic::AssertUnwindSafe(|| publisher.subscribe(Refuses));
        assert!(std::panic::catch_unwind(subscribe).is_err());
        assert!(script.is_cancelled());
    }

    #[test]
    fn a_panicking_subscriber_counts_as_cancelled() {
        let (script, publisher) = scripted();
        let each = |_, _: &mut Subscription| panic!("as planned");
        publisher.subscribe(Local { first: Demand::of(2), shown: Shown::default(), each });
        let next = std::panic::AssertUnwindSafe(|| script.next(1));
        assert!(std::panic::catch_unwind(next).is_err());
        assert!(script.is_cancelled());
        assert_eq!(script.next(2), Err(2));
    }
}
