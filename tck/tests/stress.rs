//! The stress tier: real threads race, what is right conforms, what is wrong is accused only without doubt.

use reactive_streams_core::shim::atomic::AtomicUsize;
use reactive_streams_core::shim::atomic::Ordering::SeqCst;
use reactive_streams_core::shim::thread;
use reactive_streams_core::{Demand, Publisher, Resume, Subscriber, Subscription, Turn};
use reactive_streams_tck::gallery::{Broken, InTask, Synchronous, Ticking};
use reactive_streams_tck::{
    Capabilities, Env, Fixture, Item, Length, Report, Stress, Verdict, stress_publisher, verify_publisher,
};
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

const STRESS: Stress = Stress::new().runs(48);

struct Gallery(fn(&Env, Length) -> Kind);

enum Kind {
    Direct,
    Task,
    Ticking,
}

impl Fixture for Gallery {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        match (self.0)(env, length) {
            Kind::Direct => Any::Direct(Synchronous::new(env.items(length))),
            Kind::Task => Any::Task(InTask::new(env, env.items(length))),
            Kind::Ticking => Any::Ticking(Ticking::new(env, env.items(length))),
        }
    }
}

enum Any<I: Iterator> {
    Direct(Synchronous<I>),
    Task(InTask<I>),
    Ticking(Ticking<I>),
}

impl<I: Iterator<Item = Item> + Send + 'static> Publisher for Any<I> {
    type Item = Item;
    type Error = Infallible;
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
    {
        match self {
            Self::Direct(publisher) => publisher.subscribe(subscriber),
            Self::Task(publisher) => publisher.subscribe(subscriber),
            Self::Ticking(publisher) => publisher.subscribe(subscriber),
        }
    }
}

#[test]
fn what_keeps_the_rules_in_the_kits_own_tasks_keeps_them_under_threads() {
    for kind in [|_: &Env, _| Kind::Direct, |_: &Env, _| Kind::Task, |_: &Env, _| Kind::Ticking] {
        let report = stress_publisher(&Gallery(kind), STRESS);
        report.assert_conforms();
        assert_eq!(report.verdict("1.1"), Some(Verdict::Pass));
        assert_eq!(report.strength().expect("sampled"), "sampled: 48 runs with real threads, seed 1");
    }
}

/// What is wrong with a publisher on a thread of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slip {
    Nothing,
    /// Delivers all that was asked for at one look, without another.
    DrainsAll,
    /// One item more than was asked for.
    PlusOne,
    /// Says that nothing was left over.
    UnusedIsNone,
    /// A failure becomes the end.
    FailureCompletes,
    /// The end becomes a failure.
    EndFails,
    /// A stream without items fails.
    EmptyFails,
    /// Who has cancelled is told so as a failure.
    FailsAtCancel,
    /// Drops the subscriber at the end.
    EndsInSilence,
    /// Keeps the subscriber at the end, and goes to sleep.
    NeverEnds,
    /// Leaks the subscriber when it is cancelled.
    Leaks,
    /// Leaks an item when it is at its end.
    LeaksItem,
    /// Each fourth item comes twice, and the fifth is lost.
    Repeats,
    /// An item is lost, in each stream another one.
    Loses,
    /// Each fifth item changes places with the next one, in one stream of five.
    SwapsSeldom,
    /// What is lost of a finite stream is made up at its end.
    Pads,
}

struct OnThread(Slip);

/// How many streams there were.
static STREAMS: AtomicUsize = AtomicUsize::new(0);

impl Slip {
    /// What the threads make of the items, all by itself: the faults are at the same places each time.
    fn items(self, env: &Env, length: Length) -> Box<dyn Iterator<Item = Item> + Send> {
        let (items, env, n) = (env.items(length), env.clone(), length.get());
        let stream = STREAMS.fetch_add(1, SeqCst) as u64;
        match self {
            Self::Repeats => Box::new(items.map(move |item| match *item % 5 {
                4 => env.item(*item - 1),
                _ => item,
            })),
            Self::Loses => {
                Box::new(items.map(move |item| env.item(*item + u64::from(*item > 4 + stream % 7))))
            }
            Self::Pads => Box::new(items.chain((n == 24).then(|| env.item(24)))),
            Self::SwapsSeldom if stream % 5 == 4 => Box::new(items.map(move |item| match *item % 5 {
                3 => env.item(*item + 1),
                4 => env.item(*item - 1),
                _ => item,
            })),
            _ => Box::new(items),
        }
    }
}

impl Fixture for OnThread {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Threaded { items: self.0.items(env, length), fails: false, slip: self.0 }
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Threaded { items: self.0.items(env, Length::Exactly(k)), fails: true, slip: self.0 })
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().real_threads()
    }
}

struct Threaded<I> {
    items: I,
    fails: bool,
    slip: Slip,
}

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits on this thread for demand.
fn wait(subscription: &mut Subscription) -> Option<Demand> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match subscription.poll_demand(&mut Context::from_waker(&waker)) {
            Poll::Ready(demand) => return demand,
            Poll::Pending => thread::park(),
        }
    }
}

impl<I: Iterator<Item = Item> + Send + 'static> Publisher for Threaded<I> {
    type Item = Item;
    type Error = Broken;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let Self { items, fails, slip } = self;
        thread::spawn(move || {
            let mut items = items.peekable();
            let is_empty = items.peek().is_none();
            let leaked = if slip == Slip::LeaksItem { items.next() } else { None };
            let mut subscription = Subscription::new();
            subscriber.on_subscribe(&mut subscription);
            while items.peek().is_some() {
                let Some(demand) = wait(&mut subscription) else {
                    match slip {
                        Slip::Leaks => std::mem::forget(subscriber),
                        Slip::FailsAtCancel => subscriber.on_error(Broken, None),
                        _ => {}
                    }
                    return;
                };
                let batch = match slip {
                    Slip::DrainsAll => demand.get().min(20),
                    Slip::PlusOne => demand.get().min(20) + 1,
                    _ => 1,
                };
                for item in items.by_ref().take(batch as usize) {
                    if batch == 1 && subscription.is_ready() {
                        subscription.deliver(item, &mut subscriber);
                    } else if batch > 1 {
                        subscriber.on_next(item, &mut subscription);
                        thread::yield_now();
                    }
                }
                if batch > 1 {
                    // What was delivered is used up.
                    for _ in 0..batch {
                        if subscription.is_ready() {
                            subscription.deliver((), &mut Sink);
                        }
                    }
                }
            }
            if subscription.is_cancelled() {
                return;
            }
            if slip == Slip::LeaksItem {
                std::mem::forget(leaked);
            }
            let unused = if slip == Slip::UnusedIsNone { None } else { subscription.outstanding() };
            let fails = match slip {
                Slip::FailureCompletes => false,
                Slip::EndFails => true,
                Slip::EmptyFails => fails || is_empty,
                Slip::EndsInSilence => return,
                Slip::NeverEnds => loop {
                    thread::park();
                },
                _ => fails,
            };
            if fails { subscriber.on_error(Broken, unused) } else { subscriber.on_complete(unused) }
        });
    }
}

struct Sink;

impl Subscriber for Sink {
    type Item = ();
    type Error = Infallible;
    fn on_subscribe(&mut self, _subscription: &mut Subscription) {}
    fn on_next(&mut self, _item: (), _subscription: &mut Subscription) {}
    fn on_error(self, _error: Infallible, _unused: Option<Demand>) {}
    fn on_complete(self, _unused: Option<Demand>) {}
}

#[test]
fn a_publisher_with_threads_of_its_own_is_judged_here_and_only_here() {
    let report = verify_publisher(&OnThread(Slip::Nothing));
    assert!(matches!(report.verdict("1.1"), Some(Verdict::NotApplicable(_))));
    let report = stress_publisher(&OnThread(Slip::Nothing), STRESS);
    report.assert_conforms();
    for rule in ["1.1", "2.12", "3.8", "3.15", "3.16", "3-i", "3-iii"] {
        assert_eq!(report.verdict(rule), Some(Verdict::Pass), "{rule}");
    }
}

fn failed(report: &Report, rule: &str) {
    assert_eq!(report.verdict(rule), Some(Verdict::Fail), "{rule}\n{report}");
}

#[test]
fn what_is_wrong_on_a_thread_of_its_own_is_accused() {
    failed(&stress_publisher(&OnThread(Slip::DrainsAll), STRESS), "3-iii");
    failed(&stress_publisher(&OnThread(Slip::PlusOne), STRESS), "1.1");
    failed(&stress_publisher(&OnThread(Slip::UnusedIsNone), STRESS), "3-i");
    failed(&stress_publisher(&OnThread(Slip::FailureCompletes), STRESS), "1.4/2");
    failed(&stress_publisher(&OnThread(Slip::EndFails), STRESS), "1.5/3");
    failed(&stress_publisher(&OnThread(Slip::EmptyFails), STRESS), "1.5/3");
    failed(&stress_publisher(&OnThread(Slip::FailsAtCancel), STRESS), "1.5/3");
    failed(&stress_publisher(&OnThread(Slip::EndsInSilence), STRESS), "1.5/4");
    failed(&stress_publisher(&OnThread(Slip::EndsInSilence), STRESS), "1.4/3");
}

#[test]
fn what_threads_make_of_the_items_is_seen() {
    for (slip, check) in [
        (Slip::Repeats, "1.2/2"),
        (Slip::Loses, "1.2/2"),
        (Slip::SwapsSeldom, "1.2/2"),
        (Slip::Pads, "1.2/1"),
    ] {
        failed(&stress_publisher(&OnThread(slip), STRESS), check);
    }
    assert_eq!(stress_publisher(&OnThread(Slip::Nothing), STRESS).verdict("1.2/2"), Some(Verdict::Pass));
}

/// Numbers of the kit, as a right publisher may have them.
struct Numbered {
    number: fn(u64, u64) -> u64,
    capabilities: fn(Capabilities) -> Capabilities,
}

impl Fixture for Numbered {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        let (number, n, env) = (self.number, length.get(), env.clone());
        InTask::new(&env.clone(), (0..n).map(move |at| env.item(number(at, n))))
    }
    fn capabilities(&self) -> Capabilities {
        (self.capabilities)(Capabilities::new())
    }
}

#[test]
fn what_is_meant_to_be_odd_is_not_accused() {
    let numbers: [fn(u64, u64) -> u64; 8] = [
        |at, n| n - 1 - at,
        |at, _| at ^ 1,
        |at, _| at / 2,
        |at, _| at % 64,
        |at, _| 3 * at + 1,
        |at, _| at ^ (at >> 1),
        |at, n| if at + 1 == n { 1_000_000 } else { at },
        |at, _| if at == 0 { 1_000_000 } else { at - 1 },
    ];
    for number in numbers {
        stress_publisher(&Numbered { number, capabilities: |can| can }, STRESS).assert_conforms();
    }
}

#[test]
fn what_it_emits_is_compared() {
    let judged = |number, capabilities| stress_publisher(&Numbered { number, capabilities }, STRESS);
    judged(|at, _| 3 * at, |can| can.emits(|at| 3 * at)).assert_conforms();
    failed(&judged(|at, _| 3 * at + at / 7, |can| can.emits(|at| 3 * at)), "1.2/2");
    judged(|at, _| at ^ 1, |can| can.lengths(0..=24).emits(|at| at ^ 1)).assert_conforms();
    judged(|at, _| at ^ 1, |can| can.unordered()).assert_conforms();
    failed(&judged(|at, _| at - at % 7 / 6, |can| can.unordered()), "1.2/2");
    let report = judged(|at, _| at, |can| can.varying());
    assert!(matches!(report.verdict("1.2/2"), Some(Verdict::NotApplicable(_))), "{report}");
}

/// At most one item, and fails before it or behind it.
struct Short;

impl Fixture for Short {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Threaded { items: env.items(length), fails: false, slip: Slip::Nothing }
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Threaded { items: env.items(Length::Exactly(k)), fails: true, slip: Slip::Nothing })
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().real_threads().lengths(0..=1).failing_at(0..=1).not_endless()
    }
}

#[test]
fn what_fails_early_only_is_seen_to_fail() {
    let report = stress_publisher(&Short, STRESS);
    report.assert_conforms();
    assert_eq!(report.verdict("1.4/2"), Some(Verdict::Pass));
}

#[test]
fn what_never_ends_is_hung_and_not_accused() {
    for slip in [Slip::Leaks, Slip::NeverEnds] {
        let report = stress_publisher(&OnThread(slip), STRESS.patience(8_000));
        let fault = report.fixture_fault().expect("it hangs");
        // On a busy machine the patience may be at its end in an earlier run already.
        assert!(fault.starts_with("hung: "), "{fault}");
        assert!(
            fault.contains("this is no verdict on the publisher") && fault.contains("timeline"),
            "{fault}"
        );
        assert!(!report.conforms());
        assert!(report.outcomes().iter().all(|outcome| outcome.verdict() != Verdict::Fail));
    }
}

#[test]
fn items_that_a_thread_may_still_hold_are_no_leak() {
    let report = stress_publisher(&OnThread(Slip::LeaksItem), STRESS.patience(8_000));
    let fault = report.fixture_fault().expect("it is given up");
    assert!(
        fault.starts_with("hung: 1 items were still alive") || fault.starts_with("hung: the subs"),
        "{fault}"
    );
    assert!(report.outcomes().iter().all(|outcome| outcome.verdict() != Verdict::Fail), "{report}");
}

/// Its items are the kit's tasks' to drop, and one is nobody's.
struct Forgets;

impl Fixture for Forgets {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        std::mem::forget(env.item(0));
        InTask::new(env, env.items(length))
    }
}

#[test]
fn items_that_no_thread_can_hold_are_leaked() {
    failed(&stress_publisher(&Forgets, STRESS), "3.13");
}

/// Its request never returns once it has delivered three items.
struct Blocks;

impl Fixture for Blocks {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Blocking(env.items(length))
    }
}

struct Blocking<I>(I);

struct Running<I, S> {
    items: I,
    subscriber: S,
}

impl<I: Iterator<Item = Item> + Send + 'static> Publisher for Blocking<I> {
    type Item = Item;
    type Error = Infallible;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        if !subscription.is_ready() {
            subscription.park(Box::new(Running { items: self.0, subscriber }));
        }
    }
}

impl<I: Iterator<Item = Item> + Send + 'static, S> Resume for Running<I, S>
where
    S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
{
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        if let Some(item) = self.items.next() {
            subscription.deliver(item, &mut self.subscriber);
        }
        loop {
            thread::park();
        }
    }
}

#[test]
fn a_call_that_does_not_return_is_hung() {
    let report = stress_publisher(&Blocks, STRESS.patience(8_000));
    let fault = report.fixture_fault().expect("it hangs");
    assert!(fault.starts_with("hung: a request or a cancel did not return"), "{fault}");
}
