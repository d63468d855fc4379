//! Ends when another publisher says so.
//!
//! ```text
//! in      a-b-c-d-e-
//! other   -----x
//! out     a-b-c|
//! ```
//!
//! Driver: mux.

use crate::Flow;
use crate::driver::gate::Gate;
use crate::driver::mux::{Books, Join, Line, Mux, calling, feed};
use crate::ledger::{Ledger, Queue};
use crate::pressure::ErrorPolicy;
use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

const AT_ONCE: usize = 32;

impl<P: Publisher> Flow<P> {
    /// Passes items on until `other` signals one of its own, or completes.
    ///
    /// # Demand
    ///
    /// Passes through, 32 items at a time; `other` is subscribed to first, and asked for one item.
    ///
    /// # Completion and errors
    ///
    /// It completes with this one, or with the signal: then this one is cancelled, what it has brought before
    /// still goes out, and what it brings later is counted under [`Reason::Late`](crate::Reason::Late). An error
    /// of either fails the stream, so both have one type of error; a signal that cannot fail gets it by
    /// `map_err(|never| match never {})`. If `other` goes without a terminal, and not by a panic, it never signals; if
    /// this one does, it takes the stream with it.
    ///
    /// # Cancellation
    ///
    /// Cancels both.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::Flow;
    /// use reactive_streams_test::{probe, scripted};
    ///
    /// let ((script, source), (stop, signal)) = (scripted::<u32, &str>(), scripted::<(), &str>());
    /// let probe = probe(Flow::from(source).take_until(signal));
    /// probe.request(9);
    /// assert_eq!(script.next(1), Ok(()));
    /// assert_eq!(stop.next(()), Ok(()));
    /// assert_eq!((probe.items(), probe.is_complete(), script.is_cancelled()), (vec![1], true, true));
    /// ```
    pub fn take_until<Q>(self, other: Q) -> Flow<TakeUntil<P, Q>>
    where
        Q: Publisher<Error = P::Error>,
    {
        Flow::from(TakeUntil { source: self.publisher, other, ledger: Ledger::new(Some(AT_ONCE)) })
    }
}

/// See [`Flow::take_until`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct TakeUntil<P, Q> {
    source: P,
    other: Q,
    ledger: Ledger,
}

impl<P: fmt::Debug, Q: fmt::Debug> fmt::Debug for TakeUntil<P, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TakeUntil")
            .field("source", &self.source)
            .field("other", &self.other)
            .finish_non_exhaustive()
    }
}

/// Items rest in it only while another thread passes them on.
impl<P, Q> Queue for TakeUntil<P, Q> {
    fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P, Q> Publisher for TakeUntil<P, Q>
where
    P: Publisher,
    Q: Publisher<Error = P::Error>,
{
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        let Self { source, other, ledger } = self;
        let through = Through { held: VecDeque::new(), types: PhantomData };
        let mux = Mux::new(
            through,
            Books::new([AT_ONCE, 1]).following(SOURCE).apart(OTHER),
            ledger,
            ErrorPolicy::AfterDrain,
        );
        if let Some(gate) = Gate::start(mux, subscriber, None) {
            calling(&gate, || {
                let mut line = Line::new(Arc::clone(&gate), OTHER);
                line.expendable = true; // it will never signal, then
                other.subscribe(Signal { line, types: PhantomData });
                feed(&gate, SOURCE, source, |item| item);
            });
        }
    }
}

const SOURCE: usize = 0;
const OTHER: usize = 1;

/// Items that downstream has asked for, on their way.
struct Through<T, E> {
    held: VecDeque<T>,
    types: PhantomData<fn() -> E>,
}

impl<T: Send + 'static, E: Send + 'static> Join for Through<T, E> {
    type In = T;
    type Out = T;
    type Error = E;

    fn put(&mut self, _input: usize, item: T) {
        self.held.push_back(item);
    }

    fn take(&mut self, _books: &mut Books) -> Option<T> {
        self.held.pop_front()
    }

    fn len(&self) -> usize {
        self.held.len()
    }

    fn is_ready(&self) -> bool {
        !self.held.is_empty()
    }

    fn ask(&mut self, demand: Option<Demand>, books: &mut Books) {
        books.follow(SOURCE, demand);
    }

    fn is_over(&self, books: &Books) -> bool {
        books.is_done(SOURCE) && self.held.is_empty()
    }

    fn clear(&mut self) -> VecDeque<T> {
        std::mem::take(&mut self.held)
    }
}

/// What the other publisher sees.
struct Signal<In, T, E, D>
where
    T: Send + 'static,
    E: Send + 'static,
    D: Subscriber<Item = T, Error = E> + Send + 'static,
{
    line: Line<Through<T, E>, D>,
    types: PhantomData<fn(In)>,
}

impl<In, T, E, D> Signal<In, T, E, D>
where
    T: Send + 'static,
    E: Send + 'static,
    D: Subscriber<Item = T, Error = E> + Send + 'static,
{
    fn stop(&mut self) {
        self.line.end(|state| state.stop());
    }
}

impl<In, T, E, D> Subscriber for Signal<In, T, E, D>
where
    T: Send + 'static,
    E: Send + 'static,
    D: Subscriber<Item = T, Error = E> + Send + 'static,
{
    type Item = In;
    type Error = E;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.line.attach(subscription);
    }

    fn on_next(&mut self, item: In, subscription: &mut Subscription) {
        subscription.cancel();
        drop(item);
        self.stop();
    }

    fn on_error(self, error: E, _unused: Option<Demand>) {
        self.line.fail(error);
    }

    fn on_complete(mut self, _unused: Option<Demand>) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstream_is_asked_for_what_downstream_waits_for() {
        let mut through = Through { held: VecDeque::<char>::new(), types: PhantomData::<fn() -> ()> };
        let mut books = Books::new([AT_ONCE, 1]).following(SOURCE);
        books.attached(SOURCE);
        let mut asked = |demand: u64| {
            through.ask(Demand::new(demand), &mut books);
            books.wanted().map_or(0, |(_, more)| more.get())
        };
        assert_eq!([asked(0), asked(3), asked(3), asked(5)], [0, 3, 0, 2]);
        assert_eq!([asked(29), asked(u64::MAX)], [24, 0], "nearly all that it may be asked for at once");
    }
}
