//! What never returns is told apart, ends, and is named: the fixture's create, or the publisher's call.

use reactive_streams_core::shim::{Mutex, thread};
use reactive_streams_core::{Publisher, Resume, Subscriber, Subscription, Turn};
use reactive_streams_tck::gallery::Synchronous;
use reactive_streams_tck::{Env, Fixture, Item, Length, Report, Suite, Verdict, isolated, verify_publisher};
use std::convert::Infallible;
use std::process::Command;
use std::sync::Arc;

/// Its create never returns for streams of three items.
struct Waits;

impl Fixture for Waits {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        while length == Length::Exactly(3) {
            thread::park();
        }
        Synchronous::new(env.items(length))
    }
}

/// Locks its state for a signal, and once more for a request inside it.
struct Locks;

impl Fixture for Locks {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Locked(env.items(length))
    }
}

struct Locked<I>(I);

struct Running<I, S> {
    items: I,
    delivered: Arc<Mutex<u64>>,
    subscriber: S,
}

impl<I: Iterator<Item = Item> + Send + 'static> Publisher for Locked<I> {
    type Item = Item;
    type Error = Infallible;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        subscription.run(Box::new(Running { items: self.0, delivered: Arc::default(), subscriber }));
    }
}

impl<I: Iterator<Item = Item> + Send + 'static, S> Resume for Running<I, S>
where
    S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
{
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        if !subscription.is_ready() {
            return Turn::Park(self, subscription);
        }
        let delivered = Arc::clone(&self.delivered);
        let mut count = delivered.lock();
        if let Some(item) = self.items.next() {
            *count += 1;
            self.subscriber.on_next(item, &mut subscription);
        }
        // It is still locked.
        *self.delivered.lock() += 1;
        Turn::Done
    }
}

/// Its clones have a lock in common that one holds while it completes, and that another one takes at its own end.
struct Ends;

impl Fixture for Ends {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Synchronous::new(env.items(length))
    }
    fn create_shared(&self, env: &Env, length: Length) -> Option<impl Publisher + Clone> {
        Some(Ending { items: env.items(length), ended: Arc::default() })
    }
}

/// The lock is one of std: that of the workspace would rather panic.
#[derive(Clone)]
#[allow(clippy::disallowed_types, reason = "strangers have such locks")]
struct Ending<I> {
    items: I,
    ended: Arc<std::sync::Mutex<u64>>,
}

struct Left<I, S> {
    ending: Ending<I>,
    next: Option<Item>,
    subscriber: S,
}

impl<I: Iterator<Item = Item> + Send + 'static> Publisher for Ending<I> {
    type Item = Item;
    type Error = Infallible;
    fn subscribe<S>(mut self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        let next = self.items.next();
        subscription.run(Box::new(Left { ending: self, next, subscriber }));
    }
}

impl<I: Iterator<Item = Item> + Send + 'static, S> Resume for Left<I, S>
where
    S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
{
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        while subscription.is_ready()
            && let Some(item) = self.next.take()
        {
            self.next = self.ending.items.next();
            subscription.deliver(item, &mut self.subscriber);
        }
        if subscription.is_cancelled() {
            return Turn::Done;
        }
        if self.next.is_some() {
            return Turn::Park(self, subscription);
        }
        let ended = Arc::clone(&self.ending.ended);
        let mut ended = ended.lock().expect("nobody panics");
        *ended += 1;
        self.subscriber.on_complete(subscription.outstanding());
        Turn::Done
    }
}

/// Locks what its clones have in common while it subscribes.
struct Counts;

impl Fixture for Counts {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Synchronous::new(env.items(length))
    }
    fn create_shared(&self, env: &Env, length: Length) -> Option<impl Publisher + Clone> {
        Some(Counted { items: env.items(length), subscribers: Arc::default() })
    }
}

#[derive(Clone)]
#[allow(clippy::disallowed_types, reason = "strangers have such locks")]
struct Counted<I> {
    items: I,
    subscribers: Arc<std::sync::Mutex<u64>>,
}

impl<I: Iterator<Item = Item> + Send + 'static> Publisher for Counted<I> {
    type Item = Item;
    type Error = Infallible;
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
    {
        let mut subscribers = self.subscribers.lock().expect("nobody panics");
        *subscribers += 1;
        Synchronous::new(self.items).subscribe(subscriber);
    }
}

const BLOCKS: &str = "a_fixture_that_blocks_is_at_fault_and_the_tests_go_on";
const DEADLOCKS: &str = "a_publisher_that_deadlocks_is_named_and_the_tests_go_on";

/// In a process of its own, which comes to the same place by the name of the test.
fn judged(test: &str, judge: fn() -> Report) -> Report {
    isolated(Suite::Publisher, &[test, "--exact", "--nocapture", "--test-threads=1"], judge)
}

#[test]
fn a_fixture_that_blocks_is_at_fault_and_the_tests_go_on() {
    let report = judged(BLOCKS, || verify_publisher(&Waits));
    let fault = report.fixture_fault().expect("it hangs");
    assert!(
        fault.starts_with("hung: the fixture is at fault, not the publisher: create did not return"),
        "{fault}"
    );
    assert!(fault.contains("a stream of 3 items") && !report.conforms(), "{fault}");
}

#[test]
fn a_publisher_that_deadlocks_is_named_and_the_tests_go_on() {
    let report = judged(DEADLOCKS, || verify_publisher(&Locks));
    let fault = report.fixture_fault().expect("it hangs");
    assert!(fault.starts_with("hung: the publisher does not come back: subscribe did not return"), "{fault}");
    assert!(fault.contains("REACTIVE_STREAMS_TCK_REPLAY=p1/"), "{fault}");
    // All 43 rules are in the report, and none of them is said to be broken.
    assert_eq!(report.outcomes().len(), 43 + 9);
    let error = |record: reactive_streams_tck::Record<'_>| {
        record.check.is_none() || record.verdict == Verdict::KitError
    };
    assert!(report.records().all(error), "{report}");
}

const ENDS: &str = "a_publisher_that_is_locked_while_it_completes_is_named";

/// Another subscriber's handle is used in the terminal.
#[test]
fn a_publisher_that_is_locked_while_it_completes_is_named() {
    let report = judged(ENDS, || verify_publisher(&Ends));
    let fault = report.fixture_fault().expect("it hangs");
    assert!(fault.starts_with("hung: the publisher does not come back: request did not return"), "{fault}");
    assert!(fault.contains("in its terminal") && fault.contains("REPLAY=c1/"), "{fault}");
}

const COUNTS: &str = "a_publisher_that_is_locked_while_it_subscribes_is_named";

/// Another one subscribes inside `on_subscribe`.
#[test]
fn a_publisher_that_is_locked_while_it_subscribes_is_named() {
    let report = judged(COUNTS, || verify_publisher(&Counts));
    let fault = report.fixture_fault().expect("it hangs");
    assert!(fault.starts_with("hung: the publisher does not come back: subscribe did not return"), "{fault}");
    assert!(
        fault.contains("the second subscribes inside on_subscribe") && fault.contains("REPLAY=c1/"),
        "{fault}"
    );
}

#[test]
fn without_a_child_they_are_left_behind_and_the_tests_go_on() {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command
        .args([BLOCKS, DEADLOCKS, "--exact", "--test-threads=1"])
        .env("REACTIVE_STREAMS_TCK_IN_PROCESS", "1");
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

const CHILD: &str = "REACTIVE_STREAMS_TCK_TEST_CHILD";

/// Hangs, in the child of the next test only.
#[test]
fn hanging_without_the_macro() {
    if std::env::var_os(CHILD).is_some() {
        verify_publisher(&Waits).assert_conforms();
    }
}

#[test]
fn outside_the_macro_what_hangs_ends_the_process_with_a_message() {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    let child = command
        .args(["hanging_without_the_macro", "--test-threads=1"])
        .env(CHILD, "1")
        .output()
        .expect("it starts");
    let message = String::from_utf8_lossy(&child.stderr);
    assert_eq!(child.status.code(), Some(70), "{message}");
    assert!(message.contains("no verdict: hung: the fixture is at fault, not the publisher"), "{message}");
}

/// The child is told to run a test that there is none of.
#[test]
fn who_never_comes_to_the_place_judges_in_itself() {
    let sound = reactive_streams_tck::adapt::iterator(|env, length| env.items(length));
    let report = isolated(Suite::Publisher, &["no-such-test"], move || verify_publisher(&sound));
    report.assert_conforms();
    let report = isolated(Suite::Publisher, &["--no-such-option"], || {
        verify_publisher(&reactive_streams_tck::adapt::iterator(|env, length| env.items(length)))
    });
    report.assert_conforms();
}
