//! Scenarios that nobody thought of: drawn from fixed seeds, so that each run plays the same ones. The order of
//! the tasks is drawn as well.

use super::{ALL, HALF, named};
use crate::draw::Draw;
use crate::log::Via;
use crate::plan::{Order, Plan, Source, Step, When};
use crate::{Capabilities, Length};

/// How many are drawn, from the seeds one and up.
pub(crate) const PLANS: u64 = 60;

pub(super) fn add(plans: &mut Vec<Plan>, capabilities: &Capabilities) {
    for seed in 1..=PLANS {
        plans.extend(Draw::new(seed).plan(capabilities, seed));
    }
}

impl Draw {
    fn source(&mut self, capabilities: &Capabilities) -> Option<Source> {
        let length = self.below(24);
        let mut sources = Vec::new();
        if capabilities.lengths.contains(&length) {
            sources.push(Source::Length(Length::Exactly(length)));
        }
        if capabilities.endless {
            sources.push(Source::Length(Length::Endless));
        }
        if capabilities.failing.contains(&length) && self.one_in(2) {
            sources.push(Source::FailingAt(length));
        }
        (!sources.is_empty()).then(|| self.pick(&sources))
    }

    fn request(&mut self, by: &[Via]) -> Step {
        let n = self.pick(&[1, 1, 1, 2, 2, 3, 4, 5, 8, 13, HALF, ALL]);
        Step::Request(n, self.pick(by))
    }

    fn plan(&mut self, capabilities: &Capabilities, seed: u64) -> Option<Plan> {
        const INSIDE: &[Via] = &[Via::Lent, Via::Lent, Via::Handle, Via::Handle];
        const OUTSIDE: &[Via] = &[Via::Handle];
        let source = self.source(capabilities)?;
        let mut plan = named(&format!("drawn by lot, number {seed}"), source);
        plan.order = Order::Some(seed);
        plan.handle = !self.one_in(4);
        plan.canceller = self.one_in(2);
        for _ in 0..self.below(4) {
            plan = plan.first(self.request(INSIDE));
        }
        for _ in 0..self.below(6) {
            let at = 1 + self.below(9);
            let when = if self.one_in(3) { When::Every(at) } else { When::Nth(at) };
            plan = plan.at(when, self.request(INSIDE));
        }
        // What is endless must be cancelled some time, since it may be asked for all.
        if source == Source::Length(Length::Endless) || self.one_in(4) {
            let by = self.pick(&[Via::Lent, Via::Handle, Via::Handle, Via::Canceller]);
            plan = plan.at(When::Nth(2 + self.below(30)), Step::Cancel(by));
            plan = plan.at(When::Nth(40), Step::Cancel(Via::Lent));
        }
        for _ in 0..self.below(8) {
            plan = match self.below(8) {
                0 => {
                    plan.at_once(Step::Cancel(self.pick(&[Via::Handle, Via::Canceller, Via::HandleDropped])))
                }
                1 | 2 => plan.poll(1 + self.below(5) as usize),
                3 | 4 => plan.settle(),
                _ => plan.at_once(self.request(OUTSIDE)),
            };
        }
        Some(plan.settle())
    }
}
