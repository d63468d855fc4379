//! A thousand of the processor one behind the other, on a stack of known size.
//!
//! Whether that overflows the stack can only be tried, and who overflows it dies: it is tried in a child, once the report on
//! everything else has been handed over. The chain is put together from below, stage by stage: who is subscribed to the
//! upstream of one stage waits until the next one is there.

use super::ProcessorFixture;
use crate::gallery::Broken;
use crate::hooks::Hooks;
use crate::isolation::diary;
use crate::log::Call;
use crate::outcome::Verdict;
use crate::plan::{Plan, Source};
use crate::report::Report;
use crate::run::Stage;
use crate::schedule::Schedule;
use crate::upstream::Move::{self, Complete, Fail, Feed, Vanish};
use crate::upstream::{Boxed, Line, Style, Upstream, Waiting};
use crate::{Env, Item, Length, watch};
use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Demand, Handle, Publisher, Subscriber, Subscription};
use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

/// The check that it is tried for.
pub(crate) const CHECK: &str = "3.3/2";
/// So many stages.
const STAGES: usize = 1_000;
/// So many items run through all of them.
const ITEMS: u64 = 3;

/// Tries it if this is a child and the processor's items are one to one; the verdict goes into the report.
pub(super) fn attempt<F: ProcessorFixture>(fixture: &F, report: &mut Report) {
    if !diary::is_kept() || report.fixture_fault().is_some() || !fixture.contract().is_even() {
        return;
    }
    let tried = report.records().any(|record| {
        record.check.is_some_and(|check| check.id() == CHECK)
            && matches!(record.verdict, Verdict::NotApplicable(_))
    });
    if !tried {
        return;
    }
    diary::preliminary(report);
    let endings = [
        ("it completes", &[Feed(ITEMS), Complete] as &[Move]),
        ("it fails", &[Feed(ITEMS), Fail]),
        ("it is cancelled", &[Feed(ITEMS)]),
        ("the subscriber is dropped", &[Feed(ITEMS), Vanish]),
    ];
    let played = endings.iter().filter(|(how, moves)| play(fixture, how, moves)).count();
    report.settle(CHECK, if played > 0 { Verdict::Pass } else { Verdict::Inconclusive }, played);
}

/// False when the chain could not be put together.
fn play<F: ProcessorFixture>(fixture: &F, how: &str, moves: &[Move]) -> bool {
    let mut plan = Plan::new(
        format!("{STAGES} of them, one behind the other, and {how}"),
        Source::Length(Length::Endless),
    );
    plan.deep = true;
    let (env, plan) = (Env::new(), Arc::new(plan));
    let _playing = watch::at(&plan);
    let stage = Stage::under(&env, &plan, Schedule::plain());
    let line = Line::new(&stage.log, &env, &Hooks::new(&stage.log), true);
    line.push(moves);
    let handle: Arc<Mutex<Option<Handle>>> = Arc::default();
    let mut below = Some(Boxed::new(Bottom(Arc::clone(&handle))));
    for _ in 0..STAGES {
        let (Some(subscriber), waiting) = (below.take(), Waiting::default()) else { break };
        let publisher = fixture.create(&env, Upstream::waiting(&waiting));
        stage.guarded(Call::Subscribe, || publisher.subscribe(Linked::new(subscriber, &env)));
        below = waiting.take().or_else(|| {
            stage.settle();
            waiting.take()
        });
    }
    let complete = below.is_some();
    if let Some(subscriber) = below {
        stage.guarded(Call::Subscribe, || line.publisher(Style::Straight).subscribe(subscriber));
        stage.settle();
    }
    let handle = handle.lock().take();
    stage.guarded(Call::Cancel, || drop(handle));
    stage.settle();
    stage.guarded(Call::TearDown, || line.close());
    stage.let_all_go();
    complete
}

/// Takes one item after the other.
struct Bottom(Arc<Mutex<Option<Handle>>>);

impl Subscriber for Bottom {
    type Item = Item;
    type Error = Broken;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if !subscription.has_handle() {
            *self.0.lock() = Some(subscription.handle());
        }
        subscription.request(Demand::ONE);
    }
    fn on_next(&mut self, _item: Item, subscription: &mut Subscription) {
        subscription.request(Demand::ONE);
    }
    fn on_error(self, _error: Broken, _unused: Option<Demand>) {}
    fn on_complete(self, _unused: Option<Demand>) {}
}

/// Between two stages: what one makes becomes what the next one takes.
struct Linked<T, E> {
    below: Boxed,
    env: Env,
    made: u64,
    signals: PhantomData<fn(T, E)>,
}

impl<T, E> Linked<T, E> {
    fn new(below: Boxed, env: &Env) -> Self {
        Self { below, env: env.clone(), made: 0, signals: PhantomData }
    }
}

/// The same value, if it is of this type.
fn same<A: 'static, B: 'static>(value: A) -> Option<B> {
    (&mut Some(value) as &mut dyn Any).downcast_mut::<Option<B>>().and_then(Option::take)
}

impl<T: 'static, E: 'static> Subscriber for Linked<T, E> {
    type Item = T;
    type Error = E;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.below.on_subscribe(subscription);
    }
    fn on_next(&mut self, item: T, subscription: &mut Subscription) {
        // However long the whole chain takes for an item: this is a step.
        if let Some(position) = watch::position() {
            position.advance();
        }
        self.made += 1;
        let item = same(item).unwrap_or_else(|| self.env.item(self.made - 1));
        self.below.on_next(item, subscription);
    }
    fn on_error(self, error: E, unused: Option<Demand>) {
        self.below.on_error(same(error).unwrap_or(Broken), unused);
    }
    fn on_complete(self, unused: Option<Demand>) {
        self.below.on_complete(unused);
    }
}
