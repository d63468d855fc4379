//! One task for all subscribers of a stream: an item goes round when each of them waits for one.

use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Publisher, Spawn, Subscriber, Subscription};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{Capabilities, Env, Fixture, Item, Length, Sharing};
use reactive_streams_test::ManualExecutor;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Round {
    Nothing,
    /// Who leaves while the item goes round gets it all the same.
    Blind,
}

pub(crate) const ROGUES: &[(Round, &str)] = &[(Round::Blind, "3-iii")];

impl Fixture for Round {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Hub::new(*self, env, length)
    }
    fn create_shared(&self, env: &Env, length: Length) -> Option<impl Publisher + Clone> {
        Some(Hub::new(*self, env, length))
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().sharing(Sharing::Multicast)
    }
}

type Seats = Vec<Box<dyn Seat>>;

trait Seat: Send {
    /// Whether it waits for an item; `None`: it is gone.
    fn waits(&mut self, context: &mut Context<'_>) -> Option<bool>;
    fn give(&mut self, item: Item, blind: bool);
    fn end(self: Box<Self>);
}

struct Seated<S>(Subscription, S);

impl<S: Subscriber<Item = Item, Error = Broken> + Send> Seat for Seated<S> {
    fn waits(&mut self, context: &mut Context<'_>) -> Option<bool> {
        let there = self.0.poll_cancelled(context).is_pending();
        there.then(|| self.0.poll_demand(context).is_ready() && self.0.is_ready())
    }

    fn give(&mut self, item: Item, blind: bool) {
        match self.0.is_cancelled() {
            true if blind => self.1.on_next(item, &mut self.0),
            true => {}
            false => self.0.deliver(item, &mut self.1),
        }
    }

    fn end(mut self: Box<Self>) {
        if !self.0.is_cancelled() {
            let unused = self.0.outstanding();
            self.1.on_complete(unused);
        }
    }
}

#[derive(Clone)]
struct Hub {
    flaw: Round,
    executor: ManualExecutor,
    state: Arc<Mutex<State>>,
}

struct State {
    items: Box<dyn Iterator<Item = Item> + Send>,
    left: u64,
    new: Seats,
    waker: Option<Waker>,
    runs: bool,
}

impl Hub {
    fn new(flaw: Round, env: &Env, length: Length) -> Self {
        let items = Box::new(env.items(length));
        let state = State { items, left: length.get(), new: Vec::new(), waker: None, runs: false };
        Self { flaw, executor: env.executor(), state: Arc::new(Mutex::new(state)) }
    }

    fn start(self, seats: Seats) {
        let executor = self.executor.clone();
        executor.spawn(Box::pin(Running { hub: self, seats }.run()));
    }
}

impl Publisher for Hub {
    type Item = Item;
    type Error = Broken;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        let mut state = self.state.lock();
        state.new.push(Box::new(Seated(subscription, subscriber)));
        let (waker, runs) = (state.waker.take(), std::mem::replace(&mut state.runs, true));
        drop(state);
        match waker {
            Some(waker) => waker.wake(),
            None if !runs => self.start(Vec::new()),
            None => {}
        }
    }
}

struct Running {
    hub: Hub,
    seats: Seats,
}

impl Running {
    async fn run(mut self) {
        while poll_fn(|context| self.is_due(context)).await {
            let mut state = self.hub.state.lock();
            state.left -= 1;
            let item = state.items.next().expect("it is left");
            drop(state);
            self.go_round(&item);
        }
        // Each is told, also those behind one that panics.
        let seats = std::mem::take(&mut self.seats).into_iter();
        let ends = seats.map(|seat| catch_unwind(AssertUnwindSafe(|| seat.end())));
        if let Some(panic) = ends.filter_map(Result::err).last() {
            resume_unwind(panic);
        }
    }

    /// Whether an item is to go round; false: at the end, or when nobody is there.
    fn is_due(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        let mut state = self.hub.state.lock();
        let (new, end) = (std::mem::take(&mut state.new), state.left == 0);
        state.waker = Some(context.waker().clone());
        drop(state);
        self.seats.extend(new);
        let (mut gone, mut due) = (Vec::new(), true);
        for at in (0..self.seats.len()).rev() {
            match self.seats[at].waits(context) {
                Some(waits) => due &= waits,
                None => gone.push(self.seats.remove(at)),
            }
        }
        drop(gone);
        if end || self.seats.is_empty() {
            let mut state = self.hub.state.lock();
            (state.runs, state.waker) = (!state.new.is_empty(), None);
            if state.runs {
                drop(state);
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            return Poll::Ready(false);
        }
        if due { Poll::Ready(true) } else { Poll::Pending }
    }

    /// All get it, also those behind one that panics; the panic goes on, and they in a task of their own.
    fn go_round(&mut self, item: &Item) {
        let blind = self.hub.flaw == Round::Blind;
        let (mut panic, mut at) = (None, 0);
        while let Some(seat) = self.seats.get_mut(at) {
            let given = catch_unwind(AssertUnwindSafe(|| seat.give(item.clone(), blind)));
            if given.is_ok() {
                at += 1;
            } else {
                drop(self.seats.remove(at));
                panic = given.err();
            }
        }
        if let Some(panic) = panic {
            self.hub.clone().start(std::mem::take(&mut self.seats));
            resume_unwind(panic);
        }
    }
}
