//! Many of the processor one behind the other: that the stack gets deeper with each of them is in the nature of pushing,
//! that it gets deeper with each item is not.
//!
//! What nests more than in proportion overflows the stack, and who overflows it dies: it is tried in a child, once the report
//! on everything else has been handed over. A few stages show how deep one of them is, and so how many fit. The chain is put
//! together from below, stage by stage: who is subscribed to the upstream of one stage waits until the next one is there.

use super::ProcessorFixture;
use super::depth::{self, Depth, Look};
use crate::gallery::Broken;
use crate::hooks::Hooks;
use crate::isolation::diary;
use crate::log::Call;
use crate::outcome::{Checked, Failure, Verdict};
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
/// So many stages at most.
const STAGES: usize = 1_000;
/// So many show how deep one is.
const FEW: usize = 8;
/// So many items run through the few, to show whether they nest, and through all.
const MANY: u64 = 300;
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
        ("it completes", &[Complete] as &[Move]),
        ("it fails", &[Fail]),
        ("it is cancelled", &[]),
        ("the subscriber is dropped", &[Vanish]),
    ];
    let (mut played, mut deepest, mut grown) = (0, 0, None);
    let mut try_all = |stages: usize, items: u64| {
        for (how, end) in &endings {
            let scenario = format!("{stages} of them, one behind the other, {items} items, and {how}");
            let moves: Vec<Move> = [Feed(items)].iter().chain(*end).copied().collect();
            let Some(depth) = play(fixture, stages, &scenario, &moves) else { continue };
            played += 1;
            deepest = depth.deepest().max(deepest);
            grown = grown.take().or_else(|| Some((scenario, depth.growth()?)));
        }
        deepest
    };
    // A third of the stack is for what lies deeper than where it is measured, and for what is there already.
    let fit = (FEW * watch::STACK * 2 / 3).checked_div(try_all(FEW, MANY));
    let fit = fit.map_or(FEW, |fit| fit.min(STAGES));
    if fit > FEW {
        try_all(fit, ITEMS);
    }
    let Some((scenario, thirds)) = grown else {
        return report.settle(CHECK, if played > 0 { Verdict::Pass } else { Verdict::Inconclusive }, played);
    };
    report.amend(CHECK, |checked| {
        let check = checked.check;
        let failure = Failure {
            check,
            scenario,
            expected: "later items as deep in the stack as the first ones".to_owned(),
            got: depth::shown(thirds),
            look: "what calls itself, or goes on with its queue inside of itself, once for each item?",
            doubt: None,
            timeline: String::new(),
            more: 0,
            replay: None,
            shrunk: None,
        };
        let failure = Some(failure);
        Checked { witnesses: played, failure, ..Checked::unjudged(check, Verdict::Fail) }
    });
}

/// `None` when the chain could not be put together.
fn play<F: ProcessorFixture>(
    fixture: &F,
    stages: usize,
    scenario: &str,
    moves: &[Move],
) -> Option<Arc<Depth>> {
    let mut plan = Plan::new(scenario, Source::Length(Length::Endless));
    plan.deep = true;
    let (env, plan, depth) = (Env::new(), Arc::new(plan), Arc::new(Depth::from_here()));
    let _playing = watch::at(&plan);
    let stage = Stage::under(&env, &plan, Schedule::plain());
    let line = Line::new(&stage.log, &env, &Hooks::new(&stage.log), true);
    line.push(moves);
    let handle: Arc<Mutex<Option<Handle>>> = Arc::default();
    let bottom = Bottom { handle: Arc::clone(&handle), look: Look::new(&depth) };
    let mut below = Some(Boxed::new(bottom));
    for _ in 0..stages {
        let (Some(subscriber), waiting) = (below.take(), Waiting::default()) else { break };
        let publisher = fixture.create(&env, Upstream::waiting(&waiting));
        let linked = Linked::new(subscriber, &env, &depth);
        stage.guarded(Call::Subscribe, || publisher.subscribe(linked));
        below = waiting.take().or_else(|| {
            stage.settle();
            waiting.take()
        });
    }
    let complete = below.is_some();
    if let Some(subscriber) = below {
        // What comes from below ends here, and is measured here, too.
        let top = Linked::<Item, Broken>::new(subscriber, &env, &depth);
        stage.guarded(Call::Subscribe, || line.publisher(Style::Straight).subscribe(top));
        stage.settle();
    }
    let handle = handle.lock().take();
    stage.guarded(Call::Cancel, || drop(handle));
    stage.settle();
    stage.guarded(Call::TearDown, || line.close());
    stage.let_all_go();
    complete.then_some(depth)
}

/// Takes one item after the other.
struct Bottom {
    handle: Arc<Mutex<Option<Handle>>>,
    look: Look,
}

impl Subscriber for Bottom {
    type Item = Item;
    type Error = Broken;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.look.deep();
        if !subscription.has_handle() {
            *self.handle.lock() = Some(subscription.handle());
        }
        subscription.request(Demand::ONE);
    }
    fn on_next(&mut self, _item: Item, subscription: &mut Subscription) {
        self.look.at_an_item();
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
    look: Look,
    signals: PhantomData<fn(T, E)>,
}

impl<T, E> Linked<T, E> {
    fn new(below: Boxed, env: &Env, depth: &Arc<Depth>) -> Self {
        Self { below, env: env.clone(), made: 0, look: Look::new(depth), signals: PhantomData }
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
        self.look.deep();
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
