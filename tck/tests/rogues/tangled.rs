//! Publishers that have two subscriptions where there should be one, and others that do not let go as they should.

use crate::flawed::quietly;
use reactive_streams_core::{Alarm, Clock, Demand, Publisher, Resume, Spawn, Subscriber, Subscription, Turn};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{Env, Fixture, Item, Length};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tangle {
    Nothing,
    /// Stays parked after a cancel in on_next, and panics when it is woken.
    PanicsOnLateRequest,
    /// Stays parked after a cancel in on_next, and delivers one more item when it is asked for it.
    DeliversOnLateRequest,
    /// Stays parked after a cancel in on_next, and completes when it is asked for more.
    CompletesOnLateRequest,
    /// Stays parked after a cancel in on_next, and completes at the next cancel.
    CompletesOnSecondCancel,
    /// Stays parked after a cancel in on_next, and panics at the next cancel.
    PanicsOnSecondCancel,
    /// Waits for a while when it is dropped.
    WaitsInCancel,
    /// Waits for a while before it goes on.
    WaitsInRequest,
    /// Goes on with the next item when the subscriber has panicked.
    GoesOnAfterPanic,
    /// Keeps the subscriber that has panicked in a task, and lets the panic go on.
    KeepsWhoPanicked,
    /// Signals on_error to who has panicked, and lets the panic go on.
    FailsWhoPanicked,
    /// Has no subscription for the subscriber, and keeps it.
    KeepsWithoutSubscribe,
    /// Panics once on_subscribe has returned.
    PanicsAfterSubscribe,
    /// Leaks an item when nobody can ask any more.
    LeaksWhenAbandoned,
    /// A timer goes on behind the end.
    TicksAfterEnd,
    /// Does not notice that nobody can ask any more.
    WaitsForNobody,
    /// Each item in the function of the one before.
    Nests,
    /// Begins a moment later, woken by what it took before on_subscribe.
    WakesTheOldOne,
    /// Lends another subscription than its own, on the same link.
    LendsAFork,
}

pub(crate) const ROGUES: &[(Tangle, &str)] = &[
    (Tangle::Nests, "3.3"),
    (Tangle::PanicsOnLateRequest, "3.6"),
    (Tangle::DeliversOnLateRequest, "1.8"),
    (Tangle::CompletesOnLateRequest, "3.6"),
    (Tangle::CompletesOnSecondCancel, "3.7"),
    (Tangle::PanicsOnSecondCancel, "3.7"),
    (Tangle::WaitsInCancel, "3.5"),
    (Tangle::WaitsInRequest, "3.4"),
    (Tangle::GoesOnAfterPanic, "2.13"),
    (Tangle::KeepsWhoPanicked, "3-vii"),
    (Tangle::FailsWhoPanicked, "3-vii"),
    (Tangle::KeepsWithoutSubscribe, "1.9"),
    (Tangle::PanicsAfterSubscribe, "1.9"),
    (Tangle::LeaksWhenAbandoned, "3-vi"),
    (Tangle::TicksAfterEnd, "1.6"),
    (Tangle::WaitsForNobody, "3.13"),
    (Tangle::LendsAFork, "3-ii"),
    (Tangle::WakesTheOldOne, "3-ii"),
];

impl Fixture for Tangle {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Tangled { tangle: *self, env: env.clone(), left: length.get(), fails: false }
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Tangled { tangle: *self, env: env.clone(), left: k, fails: true })
    }
}

struct Tangled {
    tangle: Tangle,
    env: Env,
    left: u64,
    fails: bool,
}

impl Publisher for Tangled {
    type Item = Item;
    type Error = Broken;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let (tangle, executor) = (self.tangle, self.env.executor());
        if tangle == Tangle::KeepsWithoutSubscribe {
            return executor.spawn(Box::pin(async move {
                let _kept = subscriber;
                std::future::pending::<()>().await;
            }));
        }
        let mut subscription = Subscription::new();
        let old = (tangle == Tangle::WakesTheOldOne).then(|| subscription.waker());
        if tangle == Tangle::LendsAFork {
            drop(subscription.canceller()); // which makes a link
            let mut lent = subscription.fork();
            subscriber.on_subscribe(&mut lent);
            if lent.is_cancelled() {
                return;
            }
            if let Some(demand) = lent.outstanding() {
                subscription.request(demand);
            }
        } else {
            subscriber.on_subscribe(&mut subscription);
        }
        if tangle == Tangle::PanicsAfterSubscribe {
            quietly("there is nothing to be had");
        }
        if tangle == Tangle::WaitsForNobody && subscription.is_abandoned() && self.left == u64::MAX {
            return executor.spawn(Box::pin(async move {
                let _kept = subscriber;
                std::future::pending::<()>().await;
            }));
        }
        if tangle == Tangle::LeaksWhenAbandoned && subscription.is_abandoned() && self.left == u64::MAX {
            mem::forget(self.env.item(0));
        }
        let clock = self.env.clock();
        let due = clock.now() + Duration::from_millis(1);
        let alarm = old.map(|waker| clock.wake_at(due, waker));
        let state = State {
            due,
            alarm,
            publisher: self,
            number: 0,
            resumed: 0,
            subscriber: Some(subscriber),
            cancelled: false,
        };
        subscription.run(Box::new(state));
    }
}

struct State<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> {
    publisher: Tangled,
    number: u64,
    resumed: u32,
    subscriber: Option<S>,
    due: Duration,
    alarm: Option<Alarm>,
    /// By the subscription that is lent, which is not the one that it is parked with.
    cancelled: bool,
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> State<S> {
    fn is_tangled(&self) -> bool {
        use Tangle::*;
        let tangled = [
            DeliversOnLateRequest,
            PanicsOnLateRequest,
            CompletesOnLateRequest,
            CompletesOnSecondCancel,
            PanicsOnSecondCancel,
        ];
        tangled.contains(&self.publisher.tangle)
    }

    fn signal(&mut self, subscription: &mut Subscription) {
        let item = self.publisher.env.item(self.number);
        (self.number, self.publisher.left) = (self.number + 1, self.publisher.left - 1);
        if self.is_tangled() {
            return self.signal_by_another(item, subscription);
        }
        let Some(subscriber) = self.subscriber.as_mut() else { return };
        match self.publisher.tangle {
            Tangle::GoesOnAfterPanic => {
                let call = AssertUnwindSafe(|| subscription.deliver(item, subscriber));
                if let Err(panic) = catch_unwind(call)
                    && self.number > 3
                {
                    resume_unwind(panic);
                }
            }
            Tangle::KeepsWhoPanicked | Tangle::FailsWhoPanicked => {
                let call = AssertUnwindSafe(|| subscription.deliver(item, subscriber));
                let Err(panic) = catch_unwind(call) else { return };
                let subscriber = self.subscriber.take();
                if self.publisher.tangle == Tangle::KeepsWhoPanicked {
                    self.publisher.env.executor().spawn(Box::pin(async move {
                        let _kept = subscriber;
                        std::future::pending::<()>().await;
                    }));
                } else if let Some(subscriber) = subscriber {
                    subscriber.on_error(Broken, None);
                }
                resume_unwind(panic);
            }
            _ => subscription.deliver(item, subscriber),
        }
        if self.publisher.tangle == Tangle::Nests && subscription.is_ready() && self.publisher.left > 0 {
            self.signal(subscription);
        }
    }

    fn signal_by_another(&mut self, item: Item, subscription: &mut Subscription) {
        let Some(subscriber) = self.subscriber.as_mut() else { return };
        let mut lent = Subscription::new();
        subscriber.on_next(item, &mut lent);
        subscription.deliver((), &mut crate::flawed::Sink);
        self.cancelled = lent.is_cancelled();
        if let Some(more) = lent.outstanding() {
            subscription.request(more);
        }
    }

    fn end(&mut self, unused: Option<Demand>) {
        if self.publisher.tangle == Tangle::TicksAfterEnd {
            let clock = self.publisher.env.clock();
            self.publisher.env.executor().spawn(Box::pin(async move {
                loop {
                    crate::flawed::pause(&clock, Duration::from_millis(1)).await;
                }
            }));
        }
        match self.subscriber.take() {
            Some(subscriber) if self.publisher.fails => subscriber.on_error(Broken, unused),
            Some(subscriber) => subscriber.on_complete(unused),
            None => {}
        }
    }
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> Resume for State<S> {
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        self.resumed += 1;
        if self.alarm.is_some() && self.publisher.env.clock().now() < self.due {
            return Turn::Park(self, subscription);
        }
        self.alarm = None;
        if self.cancelled && self.publisher.tangle == Tangle::PanicsOnLateRequest {
            quietly("woken after a cancel");
        }
        if self.cancelled && self.publisher.tangle == Tangle::DeliversOnLateRequest && self.publisher.left > 0
        {
            self.signal(&mut subscription);
            return Turn::Done;
        }
        if self.cancelled && self.publisher.tangle == Tangle::CompletesOnLateRequest {
            self.end(None);
            return Turn::Done;
        }
        if self.publisher.tangle == Tangle::WaitsInRequest && self.resumed == 2 {
            self.publisher.env.clock().advance(Duration::from_millis(1));
        }
        while !self.cancelled && self.publisher.left > 0 && subscription.is_ready() {
            self.signal(&mut subscription);
        }
        if self.cancelled && subscription.has_handle() && !subscription.is_cancelled() {
            return Turn::Park(self, subscription);
        }
        if self.cancelled || subscription.is_cancelled() {
            self.cancelled = true;
            return Turn::Done;
        }
        if self.publisher.left == 0 {
            self.end(subscription.outstanding());
            return Turn::Done;
        }
        Turn::Park(self, subscription)
    }
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> Drop for State<S> {
    fn drop(&mut self) {
        if self.subscriber.is_none() || std::thread::panicking() {
            return;
        }
        match self.publisher.tangle {
            Tangle::WaitsInCancel => self.publisher.env.clock().advance(Duration::from_millis(1)),
            Tangle::CompletesOnSecondCancel if self.cancelled => self.end(None),
            Tangle::PanicsOnSecondCancel if self.cancelled => quietly("cancelled twice"),
            _ => {}
        }
    }
}
