//! Plays one scenario under as many schedules as its plan and the bounds ask for.

use crate::plan::Order;
use crate::run::{FixtureFault, Played};
use crate::schedule::{Choice, Schedule, Told, children};
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::hash::{Hash, Hasher};

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
    /// The same where scenarios are dearer, or there are more of them.
    pub(crate) const NARROW: Self = Self { walked: 8, ..Self::TIER };
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
    /// The seeds that they were drawn from.
    pub(crate) seeds: Option<(u64, u64)>,
}

/// How thoroughly scenarios were explored: those of a run, or those in which the case of one check occurred. It displays
/// as a sentence.
///
/// ```
/// use reactive_streams_tck::{adapt::iterator, verify_publisher};
///
/// let report = verify_publisher(&iterator(|env, length| env.items(length)));
/// let cancels = report.records().find(|record| record.check.is_some_and(|check| check.id() == "1.8/1")).unwrap();
/// let explored = cancels.explored.unwrap();
/// assert!(explored.scenarios() > 50 && explored.schedules() >= explored.scenarios());
/// assert!(explored.to_string().contains(" under every schedule"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thoroughness {
    pub(crate) scenarios: usize,
    pub(crate) schedules: usize,
    /// The scenarios that are played in one order.
    pub(crate) single: usize,
    /// Those of which every schedule was played, and those that were walked through up to a bound.
    pub(crate) complete: usize,
    pub(crate) bounded: usize,
    /// The least bound among the latter.
    pub(crate) places: usize,
    /// Those of which some schedules were drawn, and from which seeds.
    pub(crate) drawn: usize,
    pub(crate) seeds: Option<(u64, u64)>,
    /// Instead of all that: so many runs with real threads, from this seed.
    pub(crate) sampled: Option<(usize, u64)>,
}

impl Thoroughness {
    /// How many scenarios, or runs with real threads.
    #[must_use]
    pub fn scenarios(&self) -> usize {
        self.sampled.map_or(self.scenarios, |(runs, _)| runs)
    }

    /// Under how many schedules they were played.
    #[must_use]
    pub fn schedules(&self) -> usize {
        self.sampled.map_or(self.schedules, |(runs, _)| runs)
    }

    fn add(&mut self, order: Order, explored: Explored) {
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
        self.seeds = match (self.seeds, explored.seeds) {
            (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
            (ours, theirs) => ours.or(theirs),
        };
    }
}

impl fmt::Display for Thoroughness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((runs, seed)) = self.sampled {
            return write!(f, "sampled: {runs} runs with real threads, seed {seed}");
        }
        let Self { scenarios, schedules, single, complete, bounded, places, drawn, .. } = self;
        write!(f, "{scenarios} scenarios, {schedules} schedules: ")?;
        let parts = [
            (*single, String::new(), " in one order"),
            (*complete, String::new(), " under every schedule"),
            (*bounded, format!(" that leaves the first in at most {places} places"), " under every schedule"),
            (
                *drawn,
                self.seeds.map_or_else(String::new, |(first, last)| format!(", seeds {first} to {last}")),
                " under schedules by lot and by priority",
            ),
        ];
        let mut before = "";
        for (number, more, how) in parts.iter().filter(|(number, ..)| *number > 0) {
            write!(f, "{before}{number}{how}{more}")?;
            before = ", ";
        }
        Ok(())
    }
}

/// How each scenario of a run was explored. A log knows the number of its scenario.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    scenarios: Vec<(Order, Explored)>,
    /// Each is a run with real threads instead; they begin with this seed.
    sampled: Option<u64>,
}

impl Survey {
    pub(crate) fn of_runs(seed: u64) -> Self {
        Self { scenarios: Vec::new(), sampled: Some(seed) }
    }

    /// The number of the scenario that comes next.
    pub(crate) fn next(&self) -> usize {
        self.scenarios.len()
    }

    pub(crate) fn add(&mut self, order: Order, explored: Explored) {
        self.scenarios.push((order, explored));
    }

    /// One more scenario in which something was seen.
    pub(crate) fn count(&self, number: usize, seen: &mut Thoroughness) {
        match (self.sampled, self.scenarios.get(number)) {
            (Some(seed), _) => seen.sampled = Some((seen.sampled.map_or(0, |(runs, _)| runs) + 1, seed)),
            (None, Some((order, explored))) => seen.add(*order, *explored),
            (None, None) => {}
        }
    }

    /// All of them; `None` when nothing is known about them.
    pub(crate) fn whole(&self) -> Option<Thoroughness> {
        let mut all = Thoroughness::default();
        self.scenarios.iter().for_each(|(order, explored)| all.add(*order, *explored));
        (all.scenarios > 0).then_some(all)
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

/// Plays a scenario again and again and hands each log that differs from those before to `visit`. `None`: the fixture has
/// none of the kind.
pub(crate) fn explore<M>(
    order: Order,
    bounds: Bounds,
    mut play: impl FnMut(Schedule) -> Result<Option<Played<M>>, FixtureFault>,
    mut visit: impl FnMut(Played<M>),
) -> Result<Option<Explored>, FixtureFault> {
    let mut seen = HashSet::new();
    let mut play = |schedule: Schedule| {
        let Some(played) = play(schedule)? else { return Ok(None) };
        let choices = played.schedule.choices().to_vec();
        // There is nothing to compare with where one schedule is played.
        let mut print = Print(0);
        if order != Order::First {
            played.events.hash(&mut print);
        }
        if seen.insert(print.finish()) {
            visit(played);
        }
        Ok(Some(choices))
    };
    let drawn = match order {
        Order::First => {
            let all = Explored { schedules: 1, places: Some(usize::MAX), seeds: None };
            return Ok(play(Schedule::plain())?.map(|_| all));
        }
        Order::Every => return walk(play, bounds),
        Order::Some(seed) | Order::Also(seed) => seed..seed + bounds.drawn,
    };
    let mut explored = Explored { seeds: Some((drawn.start, drawn.end - 1)), ..Explored::default() };
    let first = matches!(order, Order::Also(_)).then(Schedule::plain);
    let others =
        drawn.flat_map(|seed| [Schedule::lot(seed), Schedule::priorities(seed, CHANGES.0, CHANGES.1)]);
    for schedule in first.into_iter().chain(others) {
        explored.schedules += 1;
        if play(schedule)?.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(explored))
}

/// By the number of places in which a schedule leaves the first move: none, then one, then two, and so on.
fn walk(
    mut play: impl FnMut(Schedule) -> Result<Option<Vec<Choice>>, FixtureFault>,
    bounds: Bounds,
) -> Result<Option<Explored>, FixtureFault> {
    let mut waiting = VecDeque::from([(0, Told::default())]);
    let mut schedules = 0;
    let explored = |schedules, places| Ok(Some(Explored { schedules, places: Some(places), seeds: None }));
    while let Some((places, told)) = waiting.pop_front() {
        if schedules == bounds.walked {
            return explored(schedules, places - 1);
        }
        schedules += 1;
        let length = told.choices.len();
        let Some(choices) = play(Schedule::told(told))? else { return Ok(None) };
        waiting.extend(children(&choices, length, bounds.depth).map(|told| (places + 1, told)));
    }
    explored(schedules, usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{Via, What};
    use crate::plan::{Plan, Source, Step};
    use crate::{Env, Fixture, Length, gallery, run};
    use reactive_streams_core::Publisher;
    use std::sync::Arc;

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
        let (plan, ask) = (plan(), |what: &What| matches!(what, What::Request { via: Via::Handle, .. }));
        let play = |schedule| run::play_under(fixture, &plan, None, schedule);
        let explored = explore(plan.order, bounds, play, |played| {
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
        assert_eq!(one, Explored { schedules: 1, places: Some(0), seeds: None });
    }

    #[test]
    fn two_explorations_are_the_same() {
        assert_eq!(met(&Task, WIDE), met(&Task, WIDE));
    }
}
