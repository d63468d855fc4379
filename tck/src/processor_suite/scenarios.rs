//! What goes in above, and what is asked below: the publisher's scenarios, each with an upstream that makes as many
//! items come out as it speaks of, and the processor's own.

use super::{Contract, Errors};
use crate::log::Via;
use crate::plan::Step::{self, Cancel, Request};
use crate::plan::When::{Every, Nth};
use crate::plan::{Panics, Plan, Source};
use crate::upstream::Move::{
    self, Again, Burst, Complete, Fail, Feed, Late, LateComplete, LateFail, Panic, Unasked, Vanish,
};
use crate::upstream::Style;
use crate::{End, Env, Length};
use std::sync::Arc;

/// What the kit's publisher does above the processor.
#[derive(Clone, Debug)]
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
    fn new(inputs: u64, end: Option<End>, style: Style) -> Self {
        let mut moves = vec![Feed(inputs)];
        moves.extend(end.map(|end| if end == End::Completed { Complete } else { Fail }));
        Self { moves, style, inputs, end, clean: true }
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

/// Beyond this no number of inputs is looked for.
const MOST: u64 = 600;
/// So many items of an endless stream show whether they nest.
const DEEP: u64 = 2_000;

/// Every scenario for a processor with this contract.
pub(crate) fn all(contract: &Contract) -> Vec<Passage> {
    let mut passages = Vec::new();
    let below = contract.below();
    let mut plans = crate::scenarios::all(&below);
    // What goes in is written down one by one, so that thousands of items are played once.
    plans.retain(|plan| !plan.deep);
    plans.extend(crate::scenarios::deep::one_by_one(&below, MOST, DEEP).map(Arc::new));
    for (number, plan) in plans.into_iter().enumerate() {
        // Both styles with each kind of plan, but not with each plan.
        let style = if number % 2 == 0 { Style::Straight } else { Style::Task };
        if let Some(course) = course(contract, plan.source, style) {
            passages.push(Passage { plan, course: Arc::new(course) });
        }
    }
    for style in [Style::Straight, Style::Task] {
        let mut list = List { passages: &mut passages, contract, style };
        list.endings();
        list.hostile();
    }
    passages
}

/// The upstream that makes this stream come out.
fn course(contract: &Contract, source: Source, style: Style) -> Option<Course> {
    let count = |inputs, end| contract.outputs(inputs, end).len() as u64;
    let inputs = |outputs: u64, end: End| {
        let fewest = (outputs / 4..=MOST).find(|inputs| count(*inputs, end) == outputs)?;
        // Half of the time with more than are needed, where that makes no difference.
        let most = (0..4).rev().map(|more| fewest + more).find(|inputs| count(*inputs, end) == outputs);
        if style == Style::Task { most } else { Some(fewest) }
    };
    match source {
        Source::Length(Length::Endless) => Some(Course::new(Env::RUNAWAY, None, style)),
        Source::Length(Length::Exactly(n)) => {
            inputs(n, End::Completed).map(|inputs| Course::new(inputs, Some(End::Completed), style))
        }
        Source::FailingAt(_) if contract.errors == Errors::Recovered => None,
        Source::FailingAt(k) => {
            let inputs = inputs(k, End::Failed)?;
            // What ends by itself before the failure never sees it.
            let goes_on = count(inputs + MOST, End::Failed) > k;
            goes_on.then(|| Course::new(inputs, Some(End::Failed), style))
        }
    }
}

type Asking = &'static [(&'static str, fn(Plan) -> Plan)];

struct List<'a> {
    passages: &'a mut Vec<Passage>,
    contract: &'a Contract,
    style: Style,
}

impl List<'_> {
    /// Each way to ask, behind this upstream.
    fn add(&mut self, name: &str, course: &Course, asking: Asking) {
        let count = |end| self.contract.outputs(course.inputs, end).len() as u64;
        let mut course = course.clone();
        let source = match course.end {
            Some(End::Failed) if self.contract.errors != Errors::Recovered => {
                // What may have ended by itself is neither the one nor the other.
                let more = self.contract.outputs(course.inputs + MOST, End::Failed).len() as u64;
                course.clean &= more > count(End::Failed);
                Source::FailingAt(count(End::Failed))
            }
            Some(end) => Source::Length(Length::Exactly(count(end))),
            None => Source::Length(Length::Endless),
        };
        let from = if self.style == Style::Straight { "straight" } else { "from a task" };
        for (how, change) in asking {
            let mut plan = change(Plan::new(format!("{how}; above, {name}; {from}"), source));
            plan.rejects = true;
            self.passages.push(Passage { plan: Arc::new(plan), course: Arc::new(course.clone()) });
        }
    }

    /// An upstream that does not do what all do.
    fn add_other(&mut self, name: &str, inputs: u64, moves: &[Move], end: Option<End>, asking: Asking) {
        let course = Course { moves: moves.to_vec(), clean: false, ..Course::new(inputs, end, self.style) };
        self.add(name, &course, asking);
    }

    fn endings(&mut self) {
        let eager = self.contract.capabilities.eager_completion;
        for (end, how) in [(End::Completed, "completes"), (End::Failed, "fails")] {
            for n in [0, 1, 2, 5, 12, 40] {
                let course = Course::new(n, Some(end), self.style);
                let last = course.moves[1];
                if eager || n > 0 {
                    self.add(&format!("{n} items, then it {how}"), &course, ASKING);
                }
                let name = format!("what is asked for, at most {n}, then it {how}");
                self.add_other(&name, n, &[Burst(n), last], Some(end), EARLY);
            }
        }
        for n in [3, 30] {
            for (end, how) in [(LateComplete, "completes"), (LateFail, "fails")] {
                let name = format!("{n} items, and after a cancel 5 more, then it {how}");
                self.add_other(&name, n, &[Feed(n), Late(5), end], None, CANCELLING);
            }
        }
    }

    fn hostile(&mut self) {
        for n in [0, 1, 3, 7] {
            let name = format!("{n} items and a second on_subscribe");
            self.add_other(
                &name,
                n + 3,
                &[Feed(n), Again, Feed(n + 3), Complete],
                Some(End::Completed),
                ASKING,
            );
            self.add_other(
                &format!("{n} items, and the subscriber is dropped"),
                n,
                &[Feed(n), Vanish],
                None,
                ASKING,
            );
            self.add_other(
                &format!("{n} items, and the publisher panics"),
                n,
                &[Feed(n), Panic],
                None,
                ASKING,
            );
            let moves = [Unasked(n), Feed(2 * n), Complete];
            self.add_other(&format!("{n} items that nobody asked for"), 2 * n, &moves, None, ASKING);
            let moves = [Burst(9), Unasked(n), Burst(9), Complete];
            self.add_other(&format!("{n} items more than were asked for"), 18 + n, &moves, None, ASKING);
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
