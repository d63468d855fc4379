//! What goes in above, and what is asked below: the publisher's scenarios, each with an upstream that makes as many
//! items come out as it speaks of, and the processor's own.

use super::{Contract, Errors};
use crate::log::Via;
use crate::plan::Step::{self, Cancel, Request};
use crate::plan::When::{Every, Nth};
use crate::plan::{Order, Panics, Plan, Source};
use crate::replay::Through;
use crate::schedule::Told;
use crate::upstream::Move::{
    self, Again, Burst, Complete, Fail, Feed, Late, LateComplete, LateFail, Panic, Unasked, Vanish,
};
use crate::upstream::Style;
use crate::{Capabilities, End, Env, Length, words};
use std::sync::Arc;

/// What the kit's publisher does above the processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Course {
    pub(crate) moves: Vec<Move>,
    pub(crate) style: Style,
    /// How many items there are.
    pub(crate) inputs: u64,
    pub(crate) end: Option<End>,
    /// It feeds all items and keeps the rules, so that what comes out below is a publisher's stream.
    pub(crate) clean: bool,
}

impl Course {
    /// All items, and then this end.
    fn fed(inputs: u64, end: Option<End>) -> Vec<Move> {
        let last = end.map(|end| if end == End::Completed { Complete } else { Fail });
        [Feed(inputs)].into_iter().chain(last).collect()
    }

    /// What these moves come to behind a processor with this contract: the course, and the stream that comes out.
    fn of(contract: &Contract, below: &Capabilities, style: Style, moves: &[Move]) -> (Self, Source) {
        let mut inputs = 0_u64;
        let mut end = None;
        for one in moves {
            match *one {
                Feed(n) => inputs = inputs.max(n),
                Burst(n) | Unasked(n) => inputs += n,
                Complete => end = end.or(Some(End::Completed)),
                Fail => end = end.or(Some(End::Failed)),
                _ => {}
            }
        }
        let count = |inputs, end| contract.count(inputs, end);
        let (source, whole) = match end {
            Some(End::Failed) if contract.errors != Errors::Recovered => {
                let k = count(inputs, End::Failed);
                // What may have ended by itself is neither the one nor the other.
                (Source::FailingAt(k), below.failing.contains(&k) && count(inputs + MOST, End::Failed) > k)
            }
            Some(end) => {
                let n = count(inputs, end);
                (Source::Length(Length::Exactly(n)), below.lengths.contains(&n))
            }
            None => (Source::Length(Length::Endless), below.endless && inputs >= endless(contract)),
        };
        let clean = whole && moves == Self::fed(inputs, end);
        (Self { moves: moves.to_vec(), style, inputs, end, clean }, source)
    }

    /// What plays it again, with this below.
    pub(crate) fn through(&self, plan: &Plan, told: Told) -> Through {
        Through { style: self.style, moves: self.moves.clone(), plan: plan.clone(), told }
    }

    /// Whether it sends what nobody asked for.
    pub(crate) fn is_flooding(&self) -> bool {
        self.moves.iter().any(|one| matches!(one, Unasked(_)))
    }
}

/// One scenario.
#[derive(Clone, Debug)]
pub(crate) struct Passage {
    pub(crate) plan: Arc<Plan>,
    pub(crate) course: Arc<Course>,
}

impl Passage {
    fn new(course: Course, plan: Plan) -> Self {
        // The subscriber below keeps rule 2.5.
        Self { plan: Arc::new(Plan { rejects: true, ..plan }), course: Arc::new(course) }
    }

    /// One that is told once more.
    pub(crate) fn again(contract: &Contract, below: &Capabilities, through: &Through, order: Order) -> Self {
        let Through { style, moves, plan, .. } = through;
        let (course, source) = Course::of(contract, below, *style, moves);
        let plan = Plan { source, order, ..plan.clone() };
        let name = format!("{plan}; above: {}", words::above(*style, moves));
        Self::new(course, Plan { name, ..plan })
    }
}

/// With so many inputs every schedule is played, up to a bound.
const SMALL: u64 = 5;
/// Beyond this no number of inputs is looked for.
const MOST: u64 = 600;
/// So many items come out of the longest streams that are asked for exactly what there is.
const PAGE: u64 = 128;
/// So many items of an endless stream show whether they nest.
const DEEP: u64 = 1_200;

/// Every scenario for a processor with this contract.
pub(crate) fn all(contract: &Contract) -> Vec<Passage> {
    let mut passages = Vec::new();
    let below = contract.below();
    let mut plans = crate::scenarios::all(&below);
    // What goes in is written down one by one, so that thousands of items are played once.
    plans.retain(|plan| !plan.deep);
    plans.extend(crate::scenarios::deep::one_by_one(&below, MOST, DEEP).map(Arc::new));
    plans.extend(crate::scenarios::lengths::no_more(&below, PAGE).map(Arc::new));
    for (number, plan) in plans.into_iter().enumerate() {
        // Both styles with each kind of plan, but not with each plan.
        let style = if number % 2 == 0 { Style::Straight } else { Style::Task };
        let Some(moves) = moves_for(contract, plan.source, style) else { continue };
        let (course, _) = Course::of(contract, &below, style, &moves);
        passages.push(Passage::new(course, Plan::clone(&plan)));
    }
    for style in [Style::Straight, Style::Task] {
        let mut list = List { passages: &mut passages, contract, below: &below, style };
        list.endings();
        list.hostile();
    }
    passages
}

/// So many inputs make an endless stream: more comes out of them than is looked at of one. Who asks for all there is takes
/// so many in each such scenario, and all of them are written down.
fn endless(contract: &Contract) -> u64 {
    let enough = |inputs: &u64| contract.count(*inputs, End::Failed) > DEEP;
    [2_500, 10_000].into_iter().find(enough).unwrap_or(Env::RUNAWAY)
}

/// The upstream that makes this stream come out.
fn moves_for(contract: &Contract, source: Source, style: Style) -> Option<Vec<Move>> {
    let inputs = |outputs: u64, end: End| {
        let fewest = (outputs / 4..=MOST).find(|inputs| contract.count(*inputs, end) == outputs)?;
        // Half of the time with more than are needed, where that makes no difference.
        let most = (0..4).rev().map(|more| fewest + more);
        let most = most.into_iter().find(|inputs| contract.count(*inputs, end) == outputs);
        if style == Style::Task { most } else { Some(fewest) }
    };
    match source {
        Source::Length(Length::Endless) => Some(Course::fed(endless(contract), None)),
        Source::Length(Length::Exactly(n)) => {
            inputs(n, End::Completed).map(|inputs| Course::fed(inputs, Some(End::Completed)))
        }
        Source::FailingAt(_) if contract.errors == Errors::Recovered => None,
        Source::FailingAt(k) => {
            let inputs = inputs(k, End::Failed)?;
            // What ends by itself before the failure never sees it.
            let goes_on = contract.count(inputs + MOST, End::Failed) > k;
            goes_on.then(|| Course::fed(inputs, Some(End::Failed)))
        }
    }
}

type Asking = &'static [(&'static str, fn(Plan) -> Plan)];

struct List<'a> {
    passages: &'a mut Vec<Passage>,
    contract: &'a Contract,
    below: &'a Capabilities,
    style: Style,
}

impl List<'_> {
    /// Each way to ask, behind this upstream.
    fn add(&mut self, name: &str, moves: &[Move], asking: Asking) {
        let (course, source) = Course::of(self.contract, self.below, self.style, moves);
        let from = if self.style == Style::Straight { "straight" } else { "from a task" };
        for (how, change) in asking {
            let mut plan = change(Plan::new(format!("{how}; above, {name}; {from}"), source));
            plan.order = if course.inputs <= SMALL { Order::Every } else { Order::First };
            self.passages.push(Passage::new(course.clone(), plan));
        }
    }

    fn endings(&mut self) {
        let eager = self.contract.capabilities.eager_completion;
        for (end, how) in [(End::Completed, "completes"), (End::Failed, "fails")] {
            for n in [0, 1, 2, 5, 12, 40] {
                let fed = Course::fed(n, Some(end));
                if eager || n > 0 {
                    self.add(&format!("{n} items, then it {how}"), &fed, ASKING);
                }
                let name = format!("what is asked for, at most {n}, then it {how}");
                self.add(&name, &[Burst(n), fed[1]], EARLY);
            }
        }
        for n in [3, 30] {
            for (end, how) in [(LateComplete, "completes"), (LateFail, "fails")] {
                let name = format!("{n} items, and after a cancel 5 more, then it {how}");
                self.add(&name, &[Feed(n), Late(5), end], CANCELLING);
            }
        }
    }

    fn hostile(&mut self) {
        for n in [0, 1, 3, 7] {
            let again = [Feed(n), Again, Feed(n + 3), Complete];
            self.add(&format!("{n} items and a second on_subscribe"), &again, ASKING);
            self.add(&format!("{n} items, and the subscriber is dropped"), &[Feed(n), Vanish], ASKING);
            self.add(&format!("{n} items, and the publisher panics"), &[Feed(n), Panic], ASKING);
            let moves = [Unasked(n), Feed(2 * n), Complete];
            self.add(&format!("{n} items that nobody asked for"), &moves, ASKING);
            let moves = [Burst(9), Unasked(n), Burst(9), Complete];
            self.add(&format!("{n} items more than were asked for"), &moves, ASKING);
        }
    }
}

fn lent(n: u64) -> Step {
    Request(n, Via::Lent)
}

fn handle(n: u64) -> Step {
    Request(n, Via::Handle)
}

const ASKING: Asking = &[
    ("unbounded in on_subscribe", |plan| plan.handle().first(lent(u64::MAX))),
    ("one by one", |plan| plan.handle().first(lent(1)).at(Every(1), lent(1))),
    ("3 and 4, then all, by handle", |plan| {
        plan.handle().then(handle(3)).then(handle(4)).then(handle(u64::MAX))
    }),
    ("nobody asks", Plan::handle),
];

const EARLY: Asking = &[
    ("unbounded in on_subscribe", |plan| plan.handle().first(lent(u64::MAX))),
    ("3 at once, and 5 by handle", |plan| plan.handle().first(lent(3)).then(handle(5))),
    ("nobody asks", Plan::handle),
];

const CANCELLING: Asking = &[
    ("cancel in on_subscribe", |plan| plan.handle().first(lent(5)).first(Cancel(Via::Lent))),
    ("cancel in on_next #1", |plan| plan.handle().first(lent(9)).at(Nth(1), Cancel(Via::Lent))),
    ("handle cancels in on_next #2", |plan| {
        plan.handle().first(lent(u64::MAX)).at(Nth(2), Cancel(Via::Handle))
    }),
    ("handle cancels after 8 polls", |plan| {
        plan.handle().first(lent(9)).poll(8).at_once(Cancel(Via::Handle))
    }),
    ("handle dropped at rest", |plan| plan.handle().first(lent(2)).then(Cancel(Via::HandleDropped))),
    ("a panic in on_next #2", |plan| plan.handle().first(lent(9)).panics(Panics::OnNext(2))),
    ("a panic in on_subscribe", |plan| plan.handle().first(lent(9)).panics(Panics::OnSubscribe)),
];
