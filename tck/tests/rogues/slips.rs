//! A correct publisher that does one thing wrong in one situation: every slip can be had in every situation, on the
//! thread that asks, in a task and on a timer.

use crate::flawed::{Sink, pause, quietly};
use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Alarm, Clock, Demand, Publisher, Resume, Spawn, Subscriber, Subscription, Turn};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{Env, Fixture, Item, Length};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// What it does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slip {
    Nothing,
    /// An item without demand.
    ExtraItem,
    /// Takes what is asked for as unbounded.
    TakesAll,
    /// Uses one unit of demand for nothing.
    LosesDemand,
    /// Delivers nothing more.
    Stalls,
    /// Does not say that it is at its end.
    NoEnd,
    /// Completes though there are items.
    EndsEarly,
    /// Fails though nothing has failed.
    FailsEarly,
    /// Drops the subscriber without a word.
    Dies,
    /// One more item after a cancel.
    OneMore,
    /// A terminal after a cancel.
    EndsOnCancel,
    /// Passes on too little of the unused demand.
    WrongUnused,
    /// The wrong kind of terminal.
    WrongEnd,
    /// Leaks an item.
    LeaksItem,
    /// Leaks the subscriber when it is cancelled.
    LeaksSubscriber,
    /// Drops the subscriber later when it is cancelled.
    DropsLate,
    /// Calls on_subscribe again.
    SubscribesAgain,
    /// Panics.
    Panics,
    /// Lets time pass.
    Waits,
    /// Looks for a cancel at each third item only.
    Blind,
    /// Keeps a waker of its own where it waits.
    KeepsWaker,
    /// Forgets its alarm when it is asked for more before that has rung.
    ForgetsAlarm,
}

/// In which situation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum If {
    Always,
    /// So many items have been delivered.
    After(u64),
    /// Just so many.
    At(u64),
    Handle,
    NoHandle,
    /// It has gone on at least so often.
    Resumed(u32),
    /// It has not been parked yet.
    FirstRun,
    /// So many items or more were once asked for.
    Asked(u64),
    /// Never more than one item was asked for.
    OneAsked,
    Unbounded,
    /// More was asked for inside the last callback.
    AskedInside,
    /// It runs on another thread than the one that subscribed.
    OtherThread,
    /// It has no items.
    Empty,
    /// So many items of a stream without end have been delivered.
    EndlessAfter(u64),
    /// So many items of a finite stream have been delivered.
    FiniteAfter(u64),
    /// A stream without end was asked for so many items or more.
    EndlessAsked(u64),
}

/// Where it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Caller,
    Task,
    Timer,
    /// A task makes the items, four ahead, and wakes who delivers them.
    Buffer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rogue(pub(crate) On, pub(crate) Slip, pub(crate) If);

impl Fixture for Rogue {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        let (items, endless) = (Box::new(env.items(length)), length == Length::Endless);
        Slipping { rogue: *self, items, fails: false, endless, env: env.clone() }
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        let items = Box::new(env.items(Length::Exactly(k)));
        Some(Slipping { rogue: *self, items, fails: true, endless: false, env: env.clone() })
    }
}

type Items = Box<dyn Iterator<Item = Item> + Send>;

struct Slipping {
    rogue: Rogue,
    items: Items,
    fails: bool,
    endless: bool,
    env: Env,
}

impl Publisher for Slipping {
    type Item = Item;
    type Error = Broken;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        let mut state = State {
            publisher: self,
            held: VecDeque::new(),
            queue: None,
            subscriber: Some(subscriber),
            delivered: 0,
            peak: 0,
            resumed: 0,
            asked_inside: false,
            once: false,
            home: thread::current().id(),
            alarm: None,
            due: Duration::ZERO,
            kept: None,
        };
        let (on, executor) = (state.publisher.rogue.0, state.publisher.env.executor());
        if on == On::Buffer {
            state.subscriber().on_subscribe(&mut subscription);
            let queue = Arc::new(Mutex::new(Queue::default()));
            let items = mem::replace(&mut state.publisher.items, Box::new(std::iter::empty()));
            state.queue = Some(Arc::clone(&queue));
            executor.spawn(Box::pin(fill(queue, items, subscription.waker())));
            return subscription.run(Box::new(state));
        }
        if on == On::Task {
            executor.spawn(Box::pin(async move {
                state.subscriber().on_subscribe(&mut subscription);
                state.run_in_task(subscription).await;
            }));
        } else {
            state.subscriber().on_subscribe(&mut subscription);
            subscription.run(Box::new(state));
        }
    }
}

struct State<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> {
    publisher: Slipping,
    held: VecDeque<Item>,
    queue: Option<Arc<Mutex<Queue>>>,
    subscriber: Option<S>,
    delivered: u64,
    peak: u64,
    resumed: u32,
    asked_inside: bool,
    /// The slip is done.
    once: bool,
    home: ThreadId,
    alarm: Option<Alarm>,
    due: Duration,
    kept: Option<Waker>,
}

/// What comes of one step.
enum Step {
    Again,
    Wait,
    End,
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> State<S> {
    fn subscriber(&mut self) -> &mut S {
        self.subscriber.as_mut().expect("it is there until the end")
    }

    fn has_item(&mut self) -> bool {
        if self.held.is_empty() {
            self.held.extend(self.publisher.items.next());
            self.take_from_queue();
        }
        !self.held.is_empty()
    }

    fn take_from_queue(&mut self) {
        let Some(queue) = &self.queue else { return };
        let mut queue = queue.lock();
        self.held.extend(queue.items.pop_front());
        let filler = queue.filler.take();
        drop(queue);
        filler.into_iter().for_each(Waker::wake);
    }

    /// Whether it waits for the task that makes the items.
    fn is_starved(&mut self) -> bool {
        !self.has_item() && self.queue.as_ref().is_some_and(|queue| !queue.lock().ended)
    }

    fn slips(&mut self, slip: Slip, subscription: &mut Subscription) -> bool {
        let Rogue(_, own, situation) = self.publisher.rogue;
        self.peak = self.peak.max(subscription.outstanding().map_or(0, Demand::get));
        let is_it = match situation {
            If::Always => true,
            If::After(n) => self.delivered >= n,
            If::At(n) => self.delivered == n,
            If::Handle => subscription.has_handle(),
            If::NoHandle => !subscription.has_handle(),
            If::Resumed(n) => self.resumed > n,
            If::FirstRun => self.resumed == 1,
            If::Asked(n) => self.peak >= n,
            If::OneAsked => self.peak == 1,
            If::Unbounded => self.peak == u64::MAX,
            If::AskedInside => self.asked_inside,
            If::OtherThread => thread::current().id() != self.home,
            If::EndlessAfter(n) => self.publisher.endless && self.delivered >= n,
            If::FiniteAfter(n) => !self.publisher.endless && self.delivered >= n,
            If::EndlessAsked(n) => self.publisher.endless && self.peak >= n,
            If::Empty => self.delivered == 0 && !self.has_item(),
        };
        own == slip && is_it
    }

    fn slips_once(&mut self, slip: Slip, subscription: &mut Subscription) -> bool {
        !self.once && self.slips(slip, subscription) && {
            self.once = true;
            true
        }
    }

    fn step(&mut self, subscription: &mut Subscription) -> Step {
        self.slips(Slip::Nothing, subscription);
        if subscription.is_cancelled() {
            self.cancelled(subscription);
            return Step::End;
        }
        if self.is_starved() {
            return Step::Wait;
        }
        if self.slips_once(Slip::SubscribesAgain, subscription) {
            self.subscriber().on_subscribe(subscription);
        }
        if self.slips_once(Slip::Panics, subscription) {
            quietly("a slip");
        }
        if self.slips_once(Slip::Waits, subscription) {
            self.publisher.env.clock().advance(Duration::from_millis(1));
        }
        if self.slips(Slip::Dies, subscription) {
            self.subscriber = None;
            return Step::End;
        }
        if self.slips(Slip::FailsEarly, subscription) {
            self.publisher.fails = true;
            return self.end(subscription);
        }
        if !self.has_item() || self.slips(Slip::EndsEarly, subscription) {
            return self.end(subscription);
        }
        if self.slips(Slip::Stalls, subscription) {
            return Step::Wait;
        }
        if subscription.is_ready() {
            self.deliver(subscription);
            return Step::Again;
        }
        if self.slips_once(Slip::ExtraItem, subscription)
            || self.slips(Slip::TakesAll, subscription) && self.delivered > 0
        {
            self.push(subscription);
            return Step::Again;
        }
        Step::Wait
    }

    fn deliver(&mut self, subscription: &mut Subscription) {
        if self.slips_once(Slip::LosesDemand, subscription) {
            subscription.deliver((), &mut Sink);
            return;
        }
        if self.slips_once(Slip::LeaksItem, subscription) {
            mem::forget(self.publisher.env.item(0));
        }
        let Some(item) = self.held.pop_front() else { return };
        self.delivered += 1;
        let most = subscription.outstanding().map_or(0, |demand| (demand.get() - 1).min(2) as usize);
        let blind = if self.slips(Slip::Blind, subscription) { most } else { 0 };
        let more: Vec<Item> = self.publisher.items.by_ref().take(blind).collect();
        more.iter().for_each(|_| subscription.deliver((), &mut Sink));
        let left = subscription.outstanding().map_or(0, |demand| demand.get() - 1);
        subscription.deliver(item, self.subscriber.as_mut().expect("it is there until the end"));
        self.asked_inside = subscription.outstanding().map_or(0, Demand::get) > left;
        for item in more {
            self.delivered += 1;
            self.subscriber().on_next(item, subscription);
        }
    }

    /// Signals an item without a look.
    fn push(&mut self, subscription: &mut Subscription) {
        if let Some(item) = self.held.pop_front() {
            self.delivered += 1;
            self.subscriber().on_next(item, subscription);
        }
    }

    fn end(&mut self, subscription: &mut Subscription) -> Step {
        if self.slips(Slip::NoEnd, subscription) {
            return Step::Wait;
        }
        let mut unused = subscription.outstanding();
        if self.slips(Slip::WrongUnused, subscription) {
            unused =
                unused.and_then(|demand| Demand::new(demand.get() - 1)).or(unused.xor(Some(Demand::ONE)));
        }
        let fails = self.publisher.fails != self.slips(Slip::WrongEnd, subscription);
        match self.subscriber.take() {
            Some(subscriber) if fails => subscriber.on_error(Broken, unused),
            Some(subscriber) => subscriber.on_complete(unused),
            None => {}
        }
        Step::End
    }

    fn cancelled(&mut self, subscription: &mut Subscription) {
        if self.slips(Slip::OneMore, subscription) && self.has_item() {
            self.push(subscription);
        }
        if self.slips(Slip::EndsOnCancel, subscription) {
            self.end(subscription);
        }
        if self.slips(Slip::LeaksSubscriber, subscription) {
            mem::forget(self.subscriber.take());
        }
        if self.slips(Slip::DropsLate, subscription) {
            let (kept, clock) = (self.subscriber.take(), self.publisher.env.clock());
            self.publisher.env.executor().spawn(Box::pin(async move {
                pause(&clock, Duration::from_millis(1)).await;
                drop(kept);
            }));
        }
    }

    /// Whether it is too early for an item.
    fn is_early(&mut self, subscription: &mut Subscription) -> bool {
        self.publisher.rogue.0 == On::Timer
            && self.has_item()
            && self.publisher.env.clock().now() < self.due
            && !subscription.is_cancelled()
    }

    async fn run_in_task(mut self, mut subscription: Subscription) {
        loop {
            self.resumed += 1;
            loop {
                match self.step(&mut subscription) {
                    Step::Again => turn().await,
                    Step::Wait => break,
                    Step::End => return,
                }
            }
            let demand = poll_fn(|context| subscription.poll_demand(context)).await;
            if demand.is_none() {
                self.cancelled(&mut subscription);
                return;
            }
            if !matches!(self.publisher.rogue.1, Slip::Nothing) {
                // A slip that waits must not spin.
                let stalls =
                    self.slips(Slip::Stalls, &mut subscription) || self.slips(Slip::NoEnd, &mut subscription);
                if stalls && !subscription.is_cancelled() {
                    poll_fn(|context| subscription.poll_cancelled(context)).await;
                }
            }
        }
    }
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> Resume for State<S> {
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        self.resumed += 1;
        let was_set = self.alarm.take().is_some();
        loop {
            if self.is_early(&mut subscription) {
                let pushes = matches!(self.publisher.rogue.1, Slip::ExtraItem | Slip::TakesAll);
                let forgets = was_set && self.slips(Slip::ForgetsAlarm, &mut subscription);
                if (subscription.is_ready() || pushes) && !forgets {
                    let clock = self.publisher.env.clock();
                    self.alarm = Some(clock.wake_at(self.due, subscription.waker()));
                }
                return Turn::Park(self, subscription);
            }
            match self.step(&mut subscription) {
                Step::Again => self.due = self.publisher.env.clock().now() + Duration::from_millis(1),
                Step::Wait => {
                    if self.slips(Slip::KeepsWaker, &mut subscription) {
                        self.kept = Some(subscription.waker());
                    }
                    return Turn::Park(self, subscription);
                }
                Step::End => return Turn::Done,
            }
        }
    }
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> Drop for State<S> {
    fn drop(&mut self) {
        if let Some(queue) = &self.queue {
            let mut queue = queue.lock();
            queue.closed = true;
            let dropped = (mem::take(&mut queue.items), queue.filler.take());
            drop(queue);
            dropped.1.into_iter().for_each(Waker::wake);
        }
        // A cancel at rest is learnt of by this drop.
        if self.subscriber.is_some() && !thread::panicking() {
            let mut cancelled = Subscription::new();
            self.cancelled(&mut cancelled);
        }
    }
}

/// What lies between the task that makes the items and who delivers them.
#[derive(Default)]
struct Queue {
    items: VecDeque<Item>,
    ended: bool,
    closed: bool,
    filler: Option<Waker>,
}

async fn fill(queue: Arc<Mutex<Queue>>, mut items: Items, waker: Waker) {
    loop {
        let next = items.next();
        let is_last = next.is_none();
        poll_fn(|context| {
            let mut queue = queue.lock();
            if queue.items.len() < 4 || queue.closed {
                return Poll::Ready(());
            }
            queue.filler = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
        let mut queue = queue.lock();
        if queue.closed {
            return;
        }
        queue.items.extend(next);
        queue.ended = is_last;
        drop(queue);
        waker.wake_by_ref();
        if is_last {
            return;
        }
    }
}

/// Lets others go first.
pub(crate) async fn turn() {
    let mut waited = false;
    poll_fn(|context| {
        if mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
