//! A correct synchronous publisher with one flaw, chosen by name.

use crate::flaws::Flaw;
use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Clock, Demand, Publisher, Resume, Spawn, Subscriber, Subscription, Turn};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{Env, Item};
use reactive_streams_test::VirtualClock;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::{Poll, Waker};
use std::time::Duration;

pub(crate) struct Flawed {
    pub(crate) items: Box<dyn Iterator<Item = Item> + Send>,
    pub(crate) fails: bool,
    pub(crate) flaw: Flaw,
    pub(crate) env: Env,
}

impl Publisher for Flawed {
    type Item = Item;
    type Error = Broken;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let mut state = State {
            items: self.items,
            held: VecDeque::new(),
            fails: self.fails,
            flaw: self.flaw,
            env: self.env,
            subscriber: Some(subscriber),
            delivered: 0,
            batch: 0,
            owes: false,
            paused: false,
            unused: None,
            waker: None,
        };
        let mut subscription = Subscription::new();
        if state.begin(&mut subscription) {
            subscription.run(Box::new(state));
        }
    }
}

struct State<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> {
    items: Box<dyn Iterator<Item = Item> + Send>,
    /// Made and not delivered.
    held: VecDeque<Item>,
    fails: bool,
    flaw: Flaw,
    env: Env,
    subscriber: Option<S>,
    delivered: u64,
    batch: u64,
    owes: bool,
    paused: bool,
    unused: Option<Option<Demand>>,
    waker: Option<Waker>,
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> State<S> {
    fn subscriber(&mut self) -> &mut S {
        self.subscriber.as_mut().expect("it is there until the end")
    }

    /// Whether there is an item, which is then held.
    fn peek(&mut self) -> bool {
        if self.held.is_empty() {
            self.held.extend(self.items.next());
        }
        !self.held.is_empty()
    }

    /// False: it did not begin.
    fn begin(&mut self, subscription: &mut Subscription) -> bool {
        let is_empty = !self.peek();
        match self.flaw {
            Flaw::NeverSubscribes => return false,
            Flaw::ItemFirst if !is_empty => {
                let item = self.held.pop_front().expect("peeked");
                self.subscriber().on_next(item, subscription);
            }
            Flaw::EmptyWithoutSubscribe if is_empty => {
                self.subscriber.take().expect("fresh").on_complete(None);
                return false;
            }
            Flaw::PanicsInSubscribe if is_empty => quietly("nothing to subscribe to"),
            _ => {}
        }
        self.subscriber().on_subscribe(subscription);
        match self.flaw {
            Flaw::SubscribesTwice => self.subscriber().on_subscribe(subscription),
            Flaw::ForgetsFirstDemand => *subscription = subscription.fork(),
            Flaw::HoldsItsWaker => self.waker = Some(subscription.waker()),
            Flaw::LeaksBuffer | Flaw::LeaksBufferOnPanic => self.held.extend(self.items.by_ref().take(3)),
            Flaw::TicksForEver => self.tick(),
            Flaw::MakesForEver => self.make(),
            _ => {}
        }
        true
    }

    /// A task that arms one alarm after another, whatever happens to the subscription.
    fn tick(&self) {
        let clock = self.env.clock();
        self.env.executor().spawn(Box::pin(async move {
            loop {
                pause(&clock, Duration::from_millis(1)).await;
            }
        }));
    }

    /// A task that makes items long after anybody wants them.
    fn make(&self) {
        let env = self.env.clone();
        self.env.executor().spawn(Box::pin(async move {
            for number in 0..60 {
                pause(&env.clock(), Duration::from_millis(1)).await;
                (0..9).for_each(|_| drop(env.item(number)));
            }
        }));
    }

    fn ready(&mut self, subscription: &mut Subscription) -> bool {
        let asked = subscription.outstanding().map_or(0, Demand::get);
        match self.flaw {
            Flaw::PlusOne => self.plus_one(subscription),
            Flaw::PlusOneLate if self.delivered > 100 => self.plus_one(subscription),
            Flaw::BeforeDemand if self.delivered == 0 => !subscription.is_cancelled(),
            Flaw::AnyIsAll => {
                self.owes |= asked > 0;
                self.owes && !subscription.is_cancelled()
            }
            Flaw::NeverAsks => !subscription.is_cancelled(),
            Flaw::DrainsAll | Flaw::DrainsFour | Flaw::DrainsTwelve => {
                if self.batch == 0 {
                    self.batch = match self.flaw {
                        Flaw::DrainsFour => asked.min(4),
                        Flaw::DrainsTwelve => asked.min(12),
                        _ => asked,
                    };
                }
                self.batch > 0
            }
            Flaw::TruncatesDemand => subscription.is_ready() && asked as u32 != 0,
            Flaw::PanicsOnLarge => {
                let asked = u32::try_from(asked).unwrap_or_else(|_| quietly("too much is asked for"));
                asked > 0
            }
            Flaw::FailsOnLarge if asked >= 1 << 62 => false,
            Flaw::HungryForTwo => asked >= 2 || asked == 1 && self.delivered % 2 == 1,
            _ => subscription.is_ready(),
        }
    }

    fn plus_one(&mut self, subscription: &mut Subscription) -> bool {
        let ready = subscription.is_ready();
        let owed = mem::replace(&mut self.owes, ready);
        ready || owed && !subscription.is_cancelled()
    }

    fn signal(&mut self, item: Item, subscription: &mut Subscription) {
        self.delivered += 1;
        self.batch = self.batch.saturating_sub(1);
        if self.flaw == Flaw::UnusedTooEarly {
            self.unused = Some(subscription.outstanding());
        }
        let demand = subscription.outstanding();
        match self.flaw {
            Flaw::ForgetsDemandInNext | Flaw::MaxNotSum | Flaw::CancelIsPause => {
                let mut lent = Subscription::new();
                self.subscriber().on_next(item, &mut lent);
                // The demand for this item is used up.
                subscription.deliver((), &mut Sink);
                self.take_over(&mut lent, subscription);
            }
            Flaw::DeafAtFour if self.delivered == 4 => {
                let mut lent = Subscription::new();
                self.subscriber().on_next(item, &mut lent);
                subscription.deliver((), &mut Sink);
                if let Some(more) = lent.outstanding() {
                    subscription.request(more);
                }
            }
            Flaw::PanicIsError | Flaw::SwallowsPanic => {
                let call = AssertUnwindSafe(|| subscription.deliver(item, self.subscriber()));
                if catch_unwind(call).is_err() {
                    self.caught(subscription);
                }
            }
            Flaw::NeverAsks => subscription.deliver(item, self.subscriber()),
            _ if demand.is_some() => subscription.deliver(item, self.subscriber()),
            _ => self.subscriber().on_next(item, subscription),
        }
    }

    fn take_over(&mut self, lent: &mut Subscription, subscription: &mut Subscription) {
        if lent.is_cancelled() {
            if self.flaw == Flaw::CancelIsPause {
                self.paused = true;
            } else {
                subscription.cancel();
            }
        }
        let new = lent.outstanding().map_or(0, Demand::get);
        let old = subscription.outstanding().map_or(0, Demand::get);
        let more = match self.flaw {
            Flaw::ForgetsDemandInNext => 0,
            Flaw::MaxNotSum => new.max(old) - old,
            _ => new,
        };
        if let Some(demand) = Demand::new(more) {
            subscription.request(demand);
        }
    }

    fn caught(&mut self, subscription: &mut Subscription) {
        if self.flaw == Flaw::PanicIsError {
            let subscriber = self.subscriber.take().expect("it is there until the end");
            subscriber.on_error(Broken, subscription.outstanding());
        }
        subscription.cancel();
    }

    /// False: there is no end to signal, and it waits.
    fn end(&mut self, subscription: &mut Subscription) -> bool {
        let unused = match self.flaw {
            Flaw::UnusedIsNone => None,
            Flaw::UnusedTooEarly => self.unused.unwrap_or(subscription.outstanding()),
            Flaw::UnusedIsAll => subscription
                .outstanding()
                .and_then(|unused| Demand::new(unused.get().saturating_add(self.delivered))),
            _ => subscription.outstanding(),
        };
        let waits = match self.flaw {
            Flaw::NeverCompletes => !self.fails,
            Flaw::NeverCompletesEmpty => !self.fails && self.delivered == 0,
            Flaw::NeverFails => self.fails,
            Flaw::EndsOnDemand => unused.is_none(),
            _ => false,
        };
        if waits {
            return false;
        }
        let dies = match self.flaw {
            Flaw::DiesAtEnd => !self.fails,
            Flaw::DiesOfFailure => self.fails,
            Flaw::DiesGivenUp => subscription.has_handle() && subscription.is_abandoned(),
            _ => false,
        };
        let subscriber = self.subscriber.take().expect("it is there until the end");
        if dies {
            return true;
        }
        let lock = Mutex::new(());
        let _guard = (self.flaw == Flaw::CompletesUnderLock).then(|| lock.lock());
        match (self.fails, self.flaw) {
            (true, Flaw::FailureCompletes) => subscriber.on_complete(unused),
            (false, Flaw::CompletionFails) => subscriber.on_error(Broken, unused),
            (true, _) => subscriber.on_error(Broken, unused),
            (false, _) => subscriber.on_complete(unused),
        }
        true
    }
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> Resume for State<S> {
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        if self.flaw == Flaw::LosesOneAtResume
            && self.delivered > 0
            && subscription.outstanding() > Demand::new(2)
        {
            subscription.deliver((), &mut Sink);
        }
        self.paused = false;
        if self.subscriber.is_none() {
            quietly("woken behind its end");
        }
        while self.peek() && self.ready(&mut subscription) {
            let item = self.held.pop_front().expect("peeked");
            self.signal(item, &mut subscription);
            if self.flaw == Flaw::CompletesEarly && self.delivered == 2 {
                self.end(&mut subscription);
            }
            if self.paused || self.subscriber.is_none() {
                break;
            }
        }
        if self.subscriber.is_none() {
            return Turn::Done;
        }
        if subscription.is_cancelled() {
            if self.flaw == Flaw::EmptiesItsSource {
                self.items.by_ref().for_each(drop);
            }
            let ends = match self.flaw {
                Flaw::CompletesOnCancel => self.peek(),
                Flaw::CompletesThoughCancelled => !self.peek(),
                _ => false,
            };
            if ends {
                self.end(&mut subscription);
            }
            return Turn::Done;
        }
        if self.flaw == Flaw::FailsOnLarge && subscription.outstanding() >= Demand::new(1 << 62) {
            self.fails = true;
            self.end(&mut subscription);
            return Turn::Done;
        }
        if self.flaw == Flaw::Pads && self.delivered > 0 && subscription.is_ready() {
            let item = self.env.item(99);
            self.signal(item, &mut subscription);
        }
        if self.peek() || !self.end(&mut subscription) || self.flaw == Flaw::StaysAfterEnd {
            return Turn::Park(self, subscription);
        }
        Turn::Done
    }
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> Drop for State<S> {
    fn drop(&mut self) {
        let panics = std::thread::panicking();
        let open = self.subscriber.is_some() && !panics;
        match self.flaw {
            Flaw::LeaksSubscriber => mem::forget(self.subscriber.take()),
            Flaw::LeaksBuffer if !panics => mem::forget(mem::take(&mut self.held)),
            Flaw::LeaksBufferOnPanic if panics => mem::forget(mem::take(&mut self.held)),
            Flaw::PanicsOnCancel if open => quietly("it cannot be cancelled"),
            Flaw::CompletesInDrop if open => {
                if let Some(subscriber) = self.subscriber.take() {
                    subscriber.on_complete(None);
                }
            }
            Flaw::TaskKeepsSubscriber if open => {
                let kept = self.subscriber.take();
                self.env.executor().spawn(Box::pin(async move {
                    let _kept = kept;
                    std::future::pending::<()>().await;
                }));
            }
            Flaw::DropsUnderLock if open => {
                let lock = Mutex::new(());
                let _guard = lock.lock();
                self.subscriber = None;
            }
            Flaw::DropsLater if open => self.drop_later(),
            _ => {}
        }
    }
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> State<S> {
    /// The subscriber goes a second later.
    fn drop_later(&mut self) {
        let (kept, clock) = (self.subscriber.take(), self.env.clock());
        self.env.executor().spawn(Box::pin(async move {
            pause(&clock, Duration::from_secs(1)).await;
            drop(kept);
        }));
    }
}

/// Panics without a message in the output of the test.
pub(crate) fn quietly(message: &str) -> ! {
    resume_unwind(Box::new(message.to_owned()))
}

/// Waits on the clock.
pub(crate) async fn pause(clock: &VirtualClock, time: Duration) {
    let due = clock.now() + time;
    let mut alarm = None;
    poll_fn(|context| {
        if clock.now() >= due {
            return Poll::Ready(());
        }
        drop(alarm.replace(clock.wake_at(due, context.waker().clone())));
        Poll::Pending
    })
    .await;
}

/// Uses up one unit of demand.
pub(crate) struct Sink;

impl Subscriber for Sink {
    type Item = ();
    type Error = Broken;
    fn on_subscribe(&mut self, _subscription: &mut Subscription) {}
    fn on_next(&mut self, _item: (), _subscription: &mut Subscription) {}
    fn on_error(self, _error: Broken, _unused: Option<Demand>) {}
    fn on_complete(self, _unused: Option<Demand>) {}
}
