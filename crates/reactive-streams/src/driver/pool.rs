//! Several workers between one upstream and one downstream: `map_parallel`.
//!
//! ```text
//! upstream -> valve: to do -> worker -> done -> downstream
//!                          -> worker ->
//! ```
//!
//! A valve whose store has two sides: items that no worker has begun, and results that nobody has asked for. Between
//! them an item is with its worker, and still counts as held, so that the bound is on all that is in flight.
//!
//! # Invariants
//!
//! * A worker is a task. It takes an item under the gate's lock, calls the closure under none, and brings the result. It
//!   holds no item while it sleeps, nor while the result before is delivered.
//! * A worker that finds nothing to do leaves its waker in the store, in the same locked section. An item that comes
//!   wakes one that sleeps; the end, and any close of the valve, wake all.
//! * A panic of the closure counts its item and breaks the stream off, as the last worker does that the executor drops. It
//!   travels as any task's does, whoever holds downstream just then. A result that comes after the close is counted and
//!   dropped.
//!
//! Left to this driver: what is left to the valve.

use crate::driver::gate::{Gate, Lost};
use crate::driver::panics;
use crate::driver::valve::{self, Put, Store, Valve};
use crate::ledger::{Ledger, Reason};
use reactive_streams_core::shim;
use reactive_streams_core::{Demand, Publisher, Spawn, Subscriber};
use std::collections::VecDeque;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// How many items a worker takes before it lets other tasks run.
const BUDGET: usize = if shim::fuzzing() { 1 } else { 16 };

/// How many workers, how many items, and how they leave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) workers: usize,
    pub(crate) in_flight: usize,
    pub(crate) ordered: bool,
}

/// An item before, or after.
pub(crate) enum Held<T, O> {
    Todo(T),
    Done(O),
}

struct Pool<T, O, E> {
    plan: Plan,
    todo: VecDeque<T>,
    /// The number of the next item that is begun.
    begun: u64,
    running: usize,
    /// In order of the items from the first that has not gone out, or of their coming; none is not here yet.
    done: VecDeque<Option<O>>,
    results: usize,
    ended: bool,
    /// Of each worker that sleeps.
    idle: Vec<Option<Waker>>,
    waiting: VecDeque<Waker>,
    /// Workers that the executor has not dropped.
    alive: usize,
    failure: PhantomData<fn() -> E>,
}

enum Job<T> {
    Item(u64, T),
    Sleep,
    Over,
}

impl<T, O, E> Pool<T, O, E> {
    fn new(plan: Plan) -> Self {
        let (todo, done, waiting) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        let idle = (0..plan.workers).map(|_| None).collect();
        let (alive, failure) = (plan.workers, PhantomData);
        Self {
            plan,
            todo,
            begun: 0,
            running: 0,
            done,
            results: 0,
            ended: false,
            idle,
            waiting,
            alive,
            failure,
        }
    }

    /// What this worker does next. The waker is exchanged for the one that it left before.
    fn job(&mut self, worker: usize, waker: &mut Option<Waker>) -> Job<T> {
        if let Some(item) = self.todo.pop_front() {
            self.running += 1;
            self.begun += 1;
            return Job::Item(self.begun - 1, item);
        }
        if self.ended {
            return Job::Over;
        }
        std::mem::swap(&mut self.idle[worker], waker);
        Job::Sleep
    }

    fn finish(&mut self, number: u64, result: O) {
        self.running -= 1;
        self.results += 1;
        if !self.plan.ordered {
            return self.done.push_back(Some(result));
        }
        // All that were begun and have not gone out, this one among them, have their places.
        let first = self.begun - (self.running + self.results) as u64;
        let place = usize::try_from(number - first).unwrap_or(usize::MAX);
        if self.done.len() <= place {
            self.done.resize_with(place + 1, || None);
        }
        self.done[place] = Some(result);
    }

    fn wake_one(&mut self) {
        if !shim::planted("pool-wakes-nobody") {
            self.waiting.extend(self.idle.iter_mut().find_map(Option::take));
        }
    }

    fn wake_all(&mut self) {
        self.ended = !shim::planted("pool-end-is-not-seen");
        self.waiting.extend(self.idle.iter_mut().filter_map(Option::take));
    }
}

impl<T, O, E> Store for Pool<T, O, E>
where
    T: Send + 'static,
    O: Send + 'static,
    E: Send + 'static,
{
    type In = Held<T, O>;
    type Out = O;
    type InError = E;
    type Error = E;

    fn put(&mut self, item: Held<T, O>, _direct: Option<Demand>) -> Put<Held<T, O>, E> {
        match item {
            Held::Todo(item) if self.len() < self.plan.in_flight => {
                self.todo.push_back(item);
                self.wake_one();
                Put::Kept
            }
            // Upstream sends more than it was asked for.
            item => Put::Dropped(Reason::Shed, item),
        }
    }

    fn take(&mut self) -> Option<O> {
        self.done.front()?.as_ref()?;
        self.results -= 1;
        self.done.pop_front()?
    }

    fn len(&self) -> usize {
        self.todo.len() + self.running + self.results
    }

    fn ask(&mut self, asked: u64, _demand: Option<Demand>) -> Option<Demand> {
        let more = ((self.plan.in_flight - self.len()) as u64).saturating_sub(asked);
        // In batches of a quarter, or when nothing is on the way.
        let worth = asked == 0 || more >= (self.plan.in_flight as u64 / 4).max(1) || shim::fuzz_coin(3);
        if worth { Demand::new(more) } else { None }
    }

    fn end(&mut self) {
        self.wake_all();
    }

    fn fail(&mut self, error: E) -> E {
        self.wake_all();
        error
    }

    fn clear(&mut self) -> VecDeque<Held<T, O>> {
        self.wake_all();
        self.results = 0;
        let done = self.done.drain(..).flatten().map(Held::Done);
        self.todo.drain(..).map(Held::Todo).chain(done).collect()
    }

    fn waiting(&mut self) -> Option<VecDeque<Waker>> {
        (!self.waiting.is_empty()).then(|| std::mem::take(&mut self.waiting))
    }
}

/// Puts workers that call `f` between `source` and `downstream`.
pub(crate) fn subscribe<P, O, F, X, D>(
    source: P,
    plan: Plan,
    f: Arc<F>,
    spawner: &X,
    ledger: Ledger,
    downstream: D,
) where
    P: Publisher,
    O: Send + 'static,
    F: Fn(P::Item) -> O + Send + Sync + 'static,
    X: Spawn,
    D: Subscriber<Item = O, Error = P::Error> + Send + 'static,
{
    let valve = Valve::new(Pool::<P::Item, O, P::Error>::new(plan), ledger);
    let Some(gate) = Gate::start(valve, downstream, None) else { return };
    for number in 0..plan.workers {
        spawner.spawn(Box::pin(Worker { gate: Arc::clone(&gate), f: Arc::clone(&f), number, over: false }));
    }
    valve::feed(crate::Flow::from(source).map(Held::Todo), gate, |held, _| held);
}

type Shared<T, O, E, D> = Arc<Gate<Valve<Pool<T, O, E>>, D>>;

struct Worker<T, O, E, F, D>
where
    T: Send + 'static,
    O: Send + 'static,
    E: Send + 'static,
    D: Subscriber<Item = O, Error = E> + Send + 'static,
{
    gate: Shared<T, O, E, D>,
    f: Arc<F>,
    number: usize,
    over: bool,
}

impl<T, O, E, F, D> Worker<T, O, E, F, D>
where
    T: Send + 'static,
    O: Send + 'static,
    E: Send + 'static,
    F: Fn(T) -> O,
    D: Subscriber<Item = O, Error = E> + Send + 'static,
{
    fn work(&self, number: u64, item: T) {
        let unwinding = Unwinding(&self.gate);
        let result = (self.f)(item);
        std::mem::forget(unwinding);
        let late = self.gate.tell(|valve, _| {
            if valve.is_closed() && !shim::planted("pool-late-result-uncounted") {
                valve.store.running -= 1;
                valve.lost();
                return (Some(result), Lost::Nothing);
            }
            valve.store.finish(number, result);
            (None, Lost::Nothing)
        });
        drop(late);
    }
}

impl<T, O, E, F, D> Future for Worker<T, O, E, F, D>
where
    T: Send + 'static,
    O: Send + 'static,
    E: Send + 'static,
    F: Fn(T) -> O,
    D: Subscriber<Item = O, Error = E> + Send + 'static,
{
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // The gate has all there is to hold.
        panics::contain(&mut None::<()>, |_| self.turn(context)).unwrap_or(Poll::Ready(()))
    }
}

impl<T, O, E, F, D> Worker<T, O, E, F, D>
where
    T: Send + 'static,
    O: Send + 'static,
    E: Send + 'static,
    F: Fn(T) -> O,
    D: Subscriber<Item = O, Error = E> + Send + 'static,
{
    fn turn(&mut self, context: &mut Context<'_>) -> Poll<()> {
        for _ in 0..BUDGET {
            // It is cloned, and what comes back is dropped, under no lock.
            let mut waker = Some(context.waker().clone());
            let worker = self.number;
            let job = self.gate.tell(|valve, _| (valve.store.job(worker, &mut waker), Lost::Nothing));
            drop(waker);
            match job {
                Job::Item(number, item) => self.work(number, item),
                Job::Sleep => return Poll::Pending,
                Job::Over => {
                    self.over = true;
                    return Poll::Ready(());
                }
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

// Nothing in it is ever pinned.
impl<T, O, E, F, D> Unpin for Worker<T, O, E, F, D>
where
    T: Send + 'static,
    O: Send + 'static,
    E: Send + 'static,
    D: Subscriber<Item = O, Error = E> + Send + 'static,
{
}

impl<T, O, E, F, D> Drop for Worker<T, O, E, F, D>
where
    T: Send + 'static,
    O: Send + 'static,
    E: Send + 'static,
    D: Subscriber<Item = O, Error = E> + Send + 'static,
{
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let number = self.number;
        let waker = self.gate.tell(|valve, _| {
            valve.store.alive -= 1;
            if valve.store.alive == 0 {
                valve.break_off();
            }
            if !valve.store.todo.is_empty() {
                // It may have been woken for that.
                valve.store.wake_one();
            }
            (valve.store.idle[number].take(), Lost::Nothing)
        });
        drop(waker);
    }
}

/// The closure has unwound, and its item with it.
struct Unwinding<'a, T, O, E, D>(&'a Shared<T, O, E, D>)
where
    T: Send + 'static,
    O: Send + 'static,
    E: Send + 'static,
    D: Subscriber<Item = O, Error = E> + Send + 'static;

impl<T, O, E, D> Drop for Unwinding<'_, T, O, E, D>
where
    T: Send + 'static,
    O: Send + 'static,
    E: Send + 'static,
    D: Subscriber<Item = O, Error = E> + Send + 'static,
{
    fn drop(&mut self) {
        self.0.gone(|valve| {
            valve.store.running -= 1;
            valve.lost();
            valve.break_off();
            true
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(ordered: bool) -> Pool<u32, u32, ()> {
        Pool::new(Plan { workers: 2, in_flight: 3, ordered })
    }

    fn begin(pool: &mut Pool<u32, u32, ()>, worker: usize) -> u64 {
        match pool.job(worker, &mut Some(Waker::noop().clone())) {
            Job::Item(number, _) => number,
            Job::Sleep | Job::Over => panic!("there is something to do"),
        }
    }

    #[test]
    fn results_leave_in_order_or_as_they_come() {
        for ordered in [true, false] {
            let mut pool = pool(ordered);
            for item in 1..=3 {
                assert!(matches!(pool.put(Held::Todo(item), None), Put::Kept));
            }
            assert!(matches!(pool.put(Held::Todo(4), None), Put::Dropped(Reason::Shed, Held::Todo(4))));
            let (first, second) = (begin(&mut pool, 0), begin(&mut pool, 1));
            pool.finish(second, 2);
            assert_eq!((pool.take(), pool.len()), if ordered { (None, 3) } else { (Some(2), 2) });
            pool.finish(first, 1);
            let third = begin(&mut pool, 0);
            let rest: Vec<_> = std::iter::from_fn(|| pool.take()).collect();
            assert_eq!(rest, if ordered { vec![1, 2] } else { vec![1] });
            pool.finish(third, 3);
            assert_eq!((pool.take(), pool.take(), pool.len()), (Some(3), None, 0));
        }
    }

    #[test]
    fn it_asks_for_what_fits_into_flight() {
        let mut pool = pool(true);
        assert_eq!((pool.ask(0, None), pool.ask(3, None)), (Demand::new(3), None));
        assert!(matches!(pool.put(Held::Todo(1), None), Put::Kept));
        let number = begin(&mut pool, 0);
        assert_eq!(pool.ask(0, None), Demand::new(2));
        pool.finish(number, 1);
        assert_eq!(
            (pool.ask(0, None), pool.take(), pool.ask(0, None)),
            (Demand::new(2), Some(1), Demand::new(3))
        );
    }

    #[test]
    fn an_item_wakes_one_and_the_end_all() {
        let mut pool = pool(true);
        for worker in 0..2 {
            assert!(matches!(pool.job(worker, &mut Some(Waker::noop().clone())), Job::Sleep));
        }
        assert!(matches!(pool.put(Held::Todo(1), None), Put::Kept));
        let woken = |pool: &mut Pool<_, _, _>| pool.waiting().map(|woken| woken.len());
        assert_eq!((woken(&mut pool), woken(&mut pool)), (Some(1), None));
        pool.end();
        assert_eq!(woken(&mut pool), Some(1));
        begin(&mut pool, 0);
        assert!(matches!(pool.job(0, &mut None), Job::Over));
    }
}
