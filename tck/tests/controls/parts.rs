//! One stream for all, of which each gets a part: what comes for who comes late is for the publisher to say.

use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Publisher, Spawn, Subscriber, Subscription};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{Capabilities, Env, Fixture, Item, Length, Sharing, conformance};
use reactive_streams_test::ManualExecutor;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

/// What who comes late gets first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Late {
    /// What was not yet taken out of the source.
    Next,
    /// The oldest item that is still there for somebody.
    Oldest,
    /// When nobody is left, the beginning.
    Again,
    /// The oldest of the last two, and so does who is slow.
    Newest,
    /// The same, of a stream that has lost most of its items before anybody came.
    Gap,
    /// An error: who was not there from the beginning is refused.
    Refused,
}

type Items = Box<dyn Iterator<Item = Item> + Send>;

/// All read from one buffer, in which so many items are ready before anybody asks.
#[derive(Clone)]
struct Buffer {
    late: Late,
    ahead: usize,
    fails: bool,
    state: Arc<Mutex<State>>,
    make: Arc<dyn Fn() -> Items + Send + Sync>,
    executor: ManualExecutor,
}

struct State {
    source: Items,
    buffer: VecDeque<Item>,
    /// The position of the first one in the buffer.
    first: u64,
    /// Where each subscriber is that is there.
    cursors: Vec<Option<u64>>,
}

impl State {
    fn next(&self) -> u64 {
        self.first + self.buffer.len() as u64
    }

    /// Takes items out of the source until there are so many from this position on.
    fn fill(&mut self, from: u64, ahead: usize) {
        while self.next() < from + ahead as u64 {
            let Some(item) = self.source.next() else { return };
            self.buffer.push_back(item);
        }
    }

    /// What all have got, and more than so many items; they are to be dropped under no lock.
    fn take_read(&mut self, most: usize) -> Vec<Item> {
        let least = self.cursors.iter().flatten().min().copied().unwrap_or(u64::MAX);
        let mut read = Vec::new();
        while (self.first < least || self.buffer.len() > most)
            && let Some(item) = self.buffer.pop_front()
        {
            read.push(item);
            self.first += 1;
        }
        read
    }
}

impl Publisher for Buffer {
    type Item = Item;
    type Error = Broken;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        let mut state = self.state.lock();
        if self.late == Late::Refused && state.first > 0 {
            drop(state);
            if !subscription.is_cancelled() {
                subscriber.on_error(Broken, subscription.outstanding());
            }
            return;
        }
        let nobody = state.cursors.iter().all(Option::is_none);
        if nobody && self.late == Late::Again {
            (state.source, state.first) = ((self.make)(), 0);
        }
        let cursor = if matches!(self.late, Late::Oldest | Late::Newest | Late::Gap) {
            state.first
        } else {
            state.next()
        };
        let number = state.cursors.len();
        state.cursors.push(Some(cursor));
        state.fill(cursor, self.ahead);
        drop(state);
        let executor = self.executor.clone();
        executor.spawn(Box::pin(Reader { buffer: self, number }.read(subscription, subscriber)));
    }
}

/// One subscriber's place in the buffer.
struct Reader {
    buffer: Buffer,
    number: usize,
}

impl Reader {
    async fn read<S>(self, mut subscription: Subscription, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken>,
    {
        while let Some(next) = poll_fn(|context| self.next(&mut subscription, context)).await {
            match next {
                Some(item) => subscription.deliver(item, &mut subscriber),
                None if self.buffer.fails => return subscriber.on_error(Broken, subscription.outstanding()),
                None => return subscriber.on_complete(subscription.outstanding()),
            }
        }
    }

    /// An item, the end, or that nobody wants any more.
    fn next(&self, subscription: &mut Subscription, context: &mut Context<'_>) -> Poll<Option<Option<Item>>> {
        if subscription.poll_cancelled(context).is_ready() {
            return Poll::Ready(None);
        }
        let waits = match subscription.poll_demand(context) {
            Poll::Ready(demand) => demand.is_none().then_some(Poll::Ready(None)),
            Poll::Pending => Some(Poll::Pending),
        };
        let mut state = self.buffer.state.lock();
        let Some(cursor) = state.cursors[self.number] else { return Poll::Ready(None) };
        let cursor = cursor.max(state.first);
        // One more than is asked for: so it knows its end.
        state.fill(cursor, self.buffer.ahead + 1);
        let item = state.buffer.get((cursor - state.first) as usize).cloned();
        if let (Some(waits), true) = (waits, item.is_some()) {
            return waits;
        }
        state.cursors[self.number] = item.is_some().then_some(cursor + 1);
        let most = if matches!(self.buffer.late, Late::Newest | Late::Gap) { 2 } else { usize::MAX };
        let read = state.take_read(most);
        drop(state);
        drop(read);
        Poll::Ready(Some(item))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = self.buffer.state.lock();
        state.cursors[self.number] = None;
        let read = state.take_read(usize::MAX);
        drop(state);
        drop(read);
    }
}

/// Its items are the numbers up to this one, again and again.
struct Parts(Late, usize, u64, Capabilities);

impl Parts {
    fn make(&self, env: &Env, length: Length, fails: bool) -> Buffer {
        let (items, executor, env, different) = (env.items(length), env.executor(), env.clone(), self.2);
        let lost = self.0 == Late::Gap;
        let is_there = move |item: &Item| !lost || !(3..=different + 1).contains(&**item);
        let of = move |item: Item| env.item(*item % different);
        let make: Arc<dyn Fn() -> Items + Send + Sync> =
            Arc::new(move || Box::new(items.clone().filter(is_there).map(of.clone())));
        let state = State { source: make(), buffer: VecDeque::new(), first: 0, cursors: Vec::new() };
        let (late, ahead) = (self.0, self.1);
        Buffer { late, ahead, fails, state: Arc::new(Mutex::new(state)), make, executor }
    }
}

impl Fixture for Parts {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        self.make(env, length, false)
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(self.make(env, Length::Exactly(k), true))
    }
    fn create_shared(&self, env: &Env, length: Length) -> Option<impl Publisher + Clone> {
        Some(self.make(env, length, false))
    }
    fn create_shared_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher + Clone> {
        Some(self.make(env, Length::Exactly(k), true))
    }
    fn capabilities(&self) -> Capabilities {
        self.3.clone().sharing(Sharing::Multicast)
    }
}

const ALL: u64 = u64::MAX;

fn can() -> Capabilities {
    Capabilities::new()
}

conformance!(from_the_next_one_on, Parts(Late::Next, 0, ALL, can()));
conformance!(from_the_next_one_on_as_declared, Parts(Late::Next, 0, ALL, can().emits(|position| position)));
conformance!(from_behind_what_is_ready, Parts(Late::Next, 3, ALL, can()));
conformance!(from_the_oldest_on, Parts(Late::Oldest, 3, ALL, can().emits(|position| position)));
conformance!(from_the_beginning_again, Parts(Late::Again, 2, ALL, can()));
conformance!(of_what_runs_by_itself, Parts(Late::Next, 5, ALL, can().hot().emits(|position| position)));
conformance!(refused_when_late, Parts(Late::Refused, 0, ALL, can()));
conformance!(of_what_loses_items, Parts(Late::Newest, 1, ALL, can().lossy()));
conformance!(
    of_what_loses_items_as_declared,
    Parts(Late::Newest, 1, ALL, can().lossy().emits(|position| position))
);
conformance!(of_the_same_item_again_and_again, Parts(Late::Next, 0, 1, can().emits(|_| 0_u64)));
conformance!(of_two_items_in_turn, Parts(Late::Next, 3, 2, can()));
conformance!(of_two_items_in_turn_that_runs_by_itself, Parts(Late::Next, 5, 2, can().hot().emits(|n| n % 2)));
conformance!(of_few_items_that_get_lost, Parts(Late::Newest, 1, 3, can().lossy().emits(|n| n % 3)));
conformance!(
    of_items_that_come_again_behind_a_long_gap,
    Parts(Late::Gap, 1, 600, can().lossy().emits(|n| n % 600))
);
