//! Publishers of every shape can be judged: those without an end, without items, with one item, with losses.

use reactive_streams_core::{Clock, Publisher, Resume, Spawn, Subscriber, Subscription, Turn};
use reactive_streams_tck::gallery::{Broken, InTask, Synchronous, Ticking};
use reactive_streams_tck::{
    Capabilities, Env, Fixture, Item, Length, Verdict, conformance, verify_publisher,
};
use reactive_streams_test::{Scripted, VirtualClock, scripted};
use std::convert::Infallible;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

struct Once;

impl Fixture for Once {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        assert_eq!(length, Length::Exactly(1));
        Synchronous::new(env.items(length))
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().lengths(1..=1).not_endless()
    }
}

struct Empty;

impl Fixture for Empty {
    fn create(&self, _env: &Env, length: Length) -> impl Publisher {
        assert_eq!(length, Length::Exactly(0));
        Synchronous::new(std::iter::empty::<u8>())
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().lengths(0..=0).not_endless()
    }
}

struct Fail;

impl Fixture for Fail {
    fn create(&self, _env: &Env, _length: Length) -> impl Publisher {
        unreachable_publisher()
    }
    fn create_failing_at(&self, _env: &Env, k: u64) -> Option<impl Publisher> {
        assert_eq!(k, 0);
        Some(Synchronous::failing(std::iter::empty::<u8>()))
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().not_finite().not_endless().failing_at(0..=0)
    }
}

fn unreachable_publisher() -> Synchronous<std::iter::Empty<u8>> {
    unreachable!("its capabilities exclude it")
}

/// Signals nothing, ever.
struct Pending;

impl Publisher for Pending {
    type Item = Infallible;
    type Error = Infallible;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Infallible, Error = Infallible> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        subscription.run(Box::new(Waiting { _subscriber: subscriber }));
    }
}

struct Waiting<S> {
    _subscriber: S,
}

impl<S: Send + 'static> Resume for Waiting<S> {
    fn resume(self: Box<Self>, subscription: Subscription) -> Turn {
        Turn::Park(self, subscription)
    }
}

impl Fixture for Pending {
    fn create(&self, _env: &Env, _length: Length) -> impl Publisher {
        Self
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().not_finite().silent()
    }
}

/// Looks for its end only when it is asked for one more.
struct Lazy<I>(I, Option<Broken>);

impl<I: Iterator<Item = Item> + Send + 'static> Publisher for Lazy<I> {
    type Item = Item;
    type Error = Broken;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        subscription.run(Box::new(Asking { lazy: self, subscriber }));
    }
}

struct Asking<I, S> {
    lazy: Lazy<I>,
    subscriber: S,
}

impl<I, S> Resume for Asking<I, S>
where
    I: Iterator<Item = Item> + Send + 'static,
    S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
{
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        while subscription.is_ready() {
            let Some(item) = self.lazy.0.next() else {
                match self.lazy.1 {
                    None => self.subscriber.on_complete(subscription.outstanding()),
                    Some(broken) => self.subscriber.on_error(broken, subscription.outstanding()),
                }
                return Turn::Done;
            };
            subscription.deliver(item, &mut self.subscriber);
        }
        Turn::Park(self, subscription)
    }
}

struct LazyFixture;

impl Fixture for LazyFixture {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Lazy(env.items(length), None)
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Lazy(env.items(Length::Exactly(k)), Some(Broken)))
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().lazy_completion().lazy_failure()
    }
}

/// Each second item of a clock is lost.
struct Lossy;

impl Fixture for Lossy {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Ticking::new(env, env.items(length).step_by(2))
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().lossy()
    }
}

/// Ten items, and no other length.
struct Ten;

impl Fixture for Ten {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        assert_eq!(length, Length::Exactly(10));
        InTask::new(env, env.items(length))
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().lengths(10..=10).not_endless()
    }
}

/// The publisher of the test crate, whose script tries to signal each millisecond.
struct Script;

impl Script {
    fn make(env: &Env, length: Length, end: Result<(), Broken>) -> Scripted<Item, Broken> {
        let (script, publisher) = scripted();
        let (clock, mut items) = (env.clock(), env.items(length));
        env.executor().spawn(Box::pin(async move {
            let mut next = items.next();
            while let Some(item) = next.take() {
                tick(&clock).await;
                next = match script.next(item) {
                    Ok(()) => items.next(),
                    Err(_) if script.is_cancelled() => return,
                    Err(item) => Some(item),
                };
            }
            match end {
                Ok(()) => script.complete(),
                Err(broken) => script.fail(broken),
            }
        }));
        publisher
    }
}

async fn tick(clock: &VirtualClock) {
    let due = clock.now() + Duration::from_millis(1);
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

impl Fixture for Script {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Self::make(env, length, Ok(()))
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Self::make(env, Length::Exactly(k), Err(Broken)))
    }
}

conformance!(once, Once);
conformance!(empty, Empty);
conformance!(fail, Fail);
conformance!(pending, Pending);
conformance!(lazy, LazyFixture);
conformance!(lossy, Lossy);
conformance!(ten, Ten);
conformance!(script, Script);

#[test]
fn what_cannot_occur_is_not_applicable_and_says_why() {
    let report = verify_publisher(&Once);
    assert_eq!(report.verdict("1.4/1"), Some(Verdict::NotApplicable("it cannot fail")));
    let report = verify_publisher(&Pending);
    for (rule, why) in [("1.2", "it never ends"), ("1.5/1", "it never completes"), ("3.2", "it has no items")]
    {
        assert_eq!(report.verdict(rule), Some(Verdict::NotApplicable(why)));
    }
    let report = verify_publisher(&LazyFixture);
    let why = "it learns of its end only when it is asked again";
    assert_eq!(report.verdict("3-iv/1"), Some(Verdict::NotApplicable(why)));
}

/// It needs threads that the kit does not drive.
struct Threads;

impl Fixture for Threads {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Synchronous::new(env.items(length))
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().real_threads()
    }
}

#[test]
fn a_publisher_with_threads_of_its_own_is_not_judged_and_not_praised() {
    let report = verify_publisher(&Threads);
    for outcome in report.outcomes() {
        let judged = matches!(outcome.verdict(), Verdict::Pass | Verdict::Fail);
        assert!(!judged, "{}", outcome.rule().id());
    }
}
