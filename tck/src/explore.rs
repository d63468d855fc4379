//! Plays one scenario under as many schedules as its plan and the bounds ask for.

use crate::Fixture;
use crate::plan::{Order, Plan};
use crate::run::{self, FixtureFault, Played};
use crate::scenarios::random;
use crate::schedule::{Schedule, Told, children};
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// How far the exploration goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// At most so many schedules of a scenario that is walked through.
    pub(crate) walked: usize,
    /// Only among the first so many choices another move than the first is tried.
    pub(crate) depth: usize,
    /// So many schedules by lot, and as many by priority, of a scenario that is not walked through.
    pub(crate) drawn: u64,
}

impl Bounds {
    /// What fits into the time that one publisher may take.
    pub(crate) const TIER: Self = Self { walked: 40, depth: 64, drawn: 1 };
}

/// In how many places a priority changes, and in how many of the first choices.
const CHANGES: (usize, u64) = (3, 60);

/// How thoroughly a scenario was explored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Explored {
    pub(crate) schedules: usize,
    /// Every schedule that leaves the first move in at most so many places was played; `usize::MAX`: every schedule.
    /// `None` when they were drawn.
    pub(crate) places: Option<usize>,
}

/// How thoroughly all scenarios of a run were explored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Thoroughness {
    pub(crate) scenarios: usize,
    pub(crate) schedules: usize,
    /// The scenarios that are played in one order.
    pub(crate) single: usize,
    /// Those of which every schedule was played, and those that were walked through up to a bound.
    pub(crate) complete: usize,
    pub(crate) bounded: usize,
    /// The least bound among the latter.
    pub(crate) places: usize,
    /// Those of which some schedules were drawn.
    pub(crate) drawn: usize,
    /// Instead of all that: so many runs with real threads, from this seed.
    pub(crate) sampled: Option<(usize, u64)>,
}

impl Thoroughness {
    pub(crate) fn add(&mut self, order: Order, explored: Explored) {
        self.scenarios += 1;
        self.schedules += explored.schedules;
        match (order, explored.places) {
            (Order::First, _) => self.single += 1,
            (_, Some(usize::MAX)) => self.complete += 1,
            (_, Some(places)) => {
                self.places = if self.bounded == 0 { places } else { self.places.min(places) };
                self.bounded += 1;
            }
            (_, None) => self.drawn += 1,
        }
    }
}

impl fmt::Display for Thoroughness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((runs, seed)) = self.sampled {
            return write!(f, "sampled: {runs} runs with real threads, seed {seed}");
        }
        let Self { scenarios, schedules, single, complete, bounded, places, drawn, sampled: _ } = self;
        write!(f, "{scenarios} scenarios, {schedules} schedules: {single} in one order")?;
        if *complete > 0 {
            write!(f, ", {complete} under every schedule")?;
        }
        if *bounded > 0 {
            write!(f, ", {bounded} under every schedule that leaves the first in at most {places} places")?;
        }
        if *drawn > 0 {
            write!(f, ", {drawn} under schedules by lot and by priority, seeds 1 to {}", random::PLANS)?;
        }
        Ok(())
    }
}

/// The print of a log, by which the same one is known again. It need not be hard to forge, but quick.
struct Print(u64);

impl Print {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

impl Hasher for Print {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.mix(u64::from(*byte)));
    }
    fn write_u32(&mut self, word: u32) {
        self.mix(u64::from(word));
    }
    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }
    fn write_usize(&mut self, word: usize) {
        self.mix(word as u64);
    }
    fn write_isize(&mut self, word: isize) {
        self.mix(word as u64);
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

/// Plays `plan` and hands each log that differs from those before to `visit`. `None`: the fixture has no such publisher.
pub(crate) fn explore<F: Fixture>(
    fixture: &F,
    plan: &Arc<Plan>,
    bounds: Bounds,
    mut visit: impl FnMut(Played),
) -> Result<Option<Explored>, FixtureFault> {
    let mut seen = HashSet::new();
    let mut play = |schedule: Schedule| {
        let Some(played) = run::play_under(fixture, plan, schedule)? else { return Ok(None) };
        let choices = played.schedule.choices().to_vec();
        // There is nothing to compare with where one schedule is played.
        let mut print = Print(0);
        if plan.order != Order::First {
            played.events.hash(&mut print);
        }
        if seen.insert(print.finish()) {
            visit(played);
        }
        Ok(Some(choices))
    };
    match plan.order {
        Order::First => {
            Ok(play(Schedule::plain())?.map(|_| Explored { schedules: 1, places: Some(usize::MAX) }))
        }
        Order::Some(seed) => {
            let mut explored = Explored::default();
            for seed in seed..seed + bounds.drawn {
                for schedule in [Schedule::lot(seed), Schedule::priorities(seed, CHANGES.0, CHANGES.1)] {
                    explored.schedules += 1;
                    if play(schedule)?.is_none() {
                        return Ok(None);
                    }
                }
            }
            Ok(Some(explored))
        }
        Order::Every => walk(play, bounds),
    }
}

/// By the number of places in which a schedule leaves the first move: none, then one, then two, and so on.
fn walk(
    mut play: impl FnMut(Schedule) -> Result<Option<Vec<crate::schedule::Choice>>, FixtureFault>,
    bounds: Bounds,
) -> Result<Option<Explored>, FixtureFault> {
    let mut waiting = VecDeque::from([(0, Told::default())]);
    let mut schedules = 0;
    while let Some((places, told)) = waiting.pop_front() {
        if schedules == bounds.walked {
            return Ok(Some(Explored { schedules, places: Some(places - 1) }));
        }
        schedules += 1;
        let length = told.choices.len();
        let Some(choices) = play(Schedule::told(told))? else { return Ok(None) };
        waiting.extend(children(&choices, length, bounds.depth).map(|told| (places + 1, told)));
    }
    Ok(Some(Explored { schedules, places: Some(usize::MAX) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{Via, What};
    use crate::plan::{Source, Step};
    use crate::{Env, Length, gallery};
    use reactive_streams_core::Publisher;

    struct Task;

    impl Fixture for Task {
        fn create(&self, env: &Env, length: Length) -> impl Publisher {
            gallery::InTask::new(env, env.items(length))
        }
    }

    struct Direct;

    impl Fixture for Direct {
        fn create(&self, env: &Env, length: Length) -> impl Publisher {
            gallery::Synchronous::new(env.items(length))
        }
    }

    /// Two items are asked for in two steps, which come when the schedule says.
    fn plan() -> Arc<Plan> {
        let plan = Plan::new("two steps", Source::Length(Length::Exactly(2))).handle().poll(0);
        let ask = Step::Request(1, Via::Handle);
        Arc::new(plan.at_once(ask).at_once(ask).settle().in_every_order())
    }

    const WIDE: Bounds = Bounds { walked: 1000, ..Bounds::TIER };

    /// At how many items the second step found the stream.
    fn met(fixture: &impl Fixture, bounds: Bounds) -> (Explored, Vec<usize>) {
        let mut met = Vec::new();
        let explored = explore(fixture, &plan(), bounds, |played| {
            let ask = |what: &What| matches!(what, What::Request { via: Via::Handle, .. });
            let second = played.events.iter().rposition(|event| ask(&event.what)).unwrap_or(0);
            let items = played.events[..second].iter();
            met.push(items.filter(|event| matches!(event.what, What::OnNext { .. })).count());
        });
        (explored.ok().flatten().expect("it can be made"), met)
    }

    #[test]
    fn a_step_meets_every_state_of_a_task() {
        let (explored, mut met) = met(&Task, WIDE);
        assert_eq!(explored.places, Some(usize::MAX), "{explored:?}");
        met.sort_unstable();
        met.dedup();
        assert_eq!(met, [0, 1]);
    }

    #[test]
    fn without_tasks_there_is_one_schedule() {
        let (explored, met) = met(&Direct, WIDE);
        assert_eq!((explored.schedules, met.len()), (1, 1));
    }

    #[test]
    fn the_bound_says_how_far_it_went() {
        let (all, _) = met(&Task, WIDE);
        let (some, _) = met(&Task, Bounds { walked: all.schedules - 1, ..WIDE });
        assert_eq!(some.schedules, all.schedules - 1);
        assert!(some.places < all.places, "{some:?}");
        let (one, _) = met(&Task, Bounds { walked: 1, ..WIDE });
        assert_eq!(one, Explored { schedules: 1, places: Some(0) });
    }

    #[test]
    fn two_explorations_are_the_same() {
        assert_eq!(met(&Task, WIDE), met(&Task, WIDE));
    }
}
