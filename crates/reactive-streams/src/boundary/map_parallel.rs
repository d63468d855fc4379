//! Applies a closure to several items at once, each in a task.
//!
//! ```text
//! in      a-b-c-------d-|       map_parallel(2, executor, f)
//! f       aaaaaaaa--ccc
//! f         bbb---ddd
//! out     --------a-b--c-d|     unordered: ----b-----a-c-d|
//! ```
//!
//! Driver: pool.

use crate::Flow;
use crate::driver::pool::{self, Plan};
use crate::ledger::{Ledger, Queue};
use reactive_streams_core::{Publisher, Spawn, Subscriber};
use std::fmt;
use std::sync::Arc;

impl<P: Publisher> Flow<P> {
    /// Passes on `f(item)` for each item, computed by `n` tasks on `spawner`: for work that keeps a processor busy. The
    /// results leave in the order of the items, or with [`unordered`](Flow::unordered) as they come, on the thread of
    /// the task that brings one.
    ///
    /// At most `2 * n` items are in flight: waiting for a task, with one, or computed and not asked for.
    /// [`in_flight`](Flow::in_flight) says otherwise.
    ///
    /// # Demand
    ///
    /// Asks for as many items as may be in flight, whatever downstream asks for, and again in batches of a quarter.
    ///
    /// # Completion and errors
    ///
    /// Both come after the results of all items before them, and without demand when there are none.
    ///
    /// # Cancellation
    ///
    /// Cancels upstream. Items that no task has begun and results are dropped and counted at once, an item that a task
    /// works on when that is done.
    ///
    /// # Panics
    ///
    /// When `n` is zero. A panic of `f` is the task's: upstream is cancelled, and downstream is dropped without a
    /// terminal, as it is when the executor drops all of the tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::{Threads, iter};
    ///
    /// let squares = iter(1..=1000_u64).map_parallel(2, Threads, |n| n * n);
    /// let ordered: Vec<_> = (1..=1000).map(|n| n * n).collect();
    /// assert_eq!(squares.collect::<Vec<_>>().block(), Ok(ordered));
    /// ```
    pub fn map_parallel<X, O, F>(self, n: usize, spawner: X, f: F) -> Flow<MapParallel<P, X, F>>
    where
        X: Spawn,
        O: Send + 'static,
        F: Fn(P::Item) -> O + Send + Sync + 'static,
    {
        assert!(n > 0, "map_parallel: no task at all would do nothing");
        let plan = Plan { workers: n, in_flight: n.saturating_mul(2), ordered: true };
        let ledger = Ledger::new(Some(plan.in_flight));
        Flow::from(MapParallel { source: self.publisher, plan, spawner, f, ledger })
    }
}

impl<P, X, F> Flow<MapParallel<P, X, F>> {
    /// Lets the results leave as they come.
    pub fn unordered(mut self) -> Self {
        self.publisher.plan.ordered = false;
        self
    }

    /// Has at most `n` items in flight. With fewer than there are tasks, some of them have nothing to do.
    ///
    /// # Panics
    ///
    /// When `n` is zero.
    pub fn in_flight(mut self, n: usize) -> Self {
        assert!(n > 0, "with no item in flight nothing can pass");
        self.publisher.ledger.bound(n);
        self.publisher.plan.in_flight = n;
        self
    }
}

/// See [`Flow::map_parallel`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct MapParallel<P, X, F> {
    source: P,
    plan: Plan,
    spawner: X,
    f: F,
    ledger: Ledger,
}

impl<P: fmt::Debug, X, F> fmt::Debug for MapParallel<P, X, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("MapParallel");
        fields.field("source", &self.source).field("plan", &self.plan).finish_non_exhaustive()
    }
}

/// What is in flight.
impl<P, X, F> Queue for MapParallel<P, X, F> {
    fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P, X, O, F> Publisher for MapParallel<P, X, F>
where
    P: Publisher,
    X: Spawn,
    O: Send + 'static,
    F: Fn(P::Item) -> O + Send + Sync + 'static,
{
    type Item = O;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = O, Error = P::Error> + Send + 'static,
    {
        let Self { source, plan, spawner, f, ledger } = self;
        pool::subscribe(source, plan, Arc::new(f), &spawner, ledger, subscriber);
    }
}
