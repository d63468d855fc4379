//! Streams whose items follow a rule: what is off it is accused, unless it is a habit.

use super::habits::Habits;
use super::rule::{FIRST, Rule};
use super::streams::{LONG, Streams, Votes, item};
use super::{EXCEPTIONS, Strange};
use crate::plan::Source;
use crate::trace::Trace;
use std::collections::HashSet;

/// At most one log in so many may differ where no task and no alarm has a hand in it.
const EXCEPTIONS_OF_ONE_THREAD: usize = 3;
/// So far from its place an item of the stream is looked for.
const NEAR: u64 = 64;

/// What is known of a source that counts.
#[derive(Debug)]
pub(crate) struct Counting {
    rule: Rule,
    habits: Habits,
    streams: Streams,
    /// The items are the kit's, whose numbers nobody makes up. Of others only what has the shape of a fault is accused: an
    /// item of the stream at another one's place.
    pub(super) ours: bool,
    /// Nearly all logs have the same order.
    pub(super) ordered: bool,
    /// What comes at the places of habits.
    extras: HashSet<u64>,
}

/// Whether many whole streams do not follow it, or many short ones: it was read off a long one, and is the rule of a part of
/// it.
fn is_contradicted(rule: &Rule, habits: &Habits, streams: &Streams) -> bool {
    let is_off = |(source, votes): (Source, &[Votes])| {
        let usual = (0..).zip(votes).filter(|(at, _)| !habits.may(source, *at));
        let usual = usual.filter_map(|(at, votes)| Some((at, votes.most()?)));
        let is_far = |at: u64, print| rule.place(print).is_none_or(|place| place.abs_diff(at) > NEAR);
        usual.filter(|(at, print)| is_far(*at, *print)).count() * 3 >= votes.len()
    };
    [2..LONG, LONG..usize::MAX].into_iter().any(|lengths| {
        let these = streams.iter().filter(|(_, votes)| lengths.contains(&votes.len()));
        let (all, against) =
            these.fold((0, 0), |(all, against), stream| (all + 1, against + usize::from(is_off(stream))));
        against > 0 && against * 2 >= all
    })
}

impl Counting {
    /// `None`, with what is known of the streams, if they do not count or the logs differ too often.
    pub(super) fn of(streams: Streams, plain: &[&Trace], ours: bool) -> Result<Self, Streams> {
        let first = streams.common(|_| 0);
        let items = (0..).zip(first.iter().take(FIRST));
        let items = items.map(|(at, votes)| Some((at, streams.shown(votes.most()?)?)));
        let Some(items) = items.collect::<Option<Vec<_>>>() else { return Err(streams) };
        let found = Rule::of(&items, streams.reach()).and_then(|rule| Habits::of(rule, &streams));
        let Some((rule, habits)) = found.filter(|(rule, habits)| !is_contradicted(rule, habits, &streams))
        else {
            return Err(streams);
        };
        let mut counting = Self { rule, habits, streams, ours, ordered: false, extras: HashSet::new() };
        counting.extras = counting.extras();
        let exceptions = plain.iter().filter(|trace| counting.differs(trace)).count();
        // What runs in the caller's own calls, and numbers the kit's items by their positions, hardly has a reason to do it
        // otherwise now and then.
        let is_plain = ours && counting.rule.is_plain() && plain.iter().all(|trace| !trace.works);
        let exceptional = if is_plain { EXCEPTIONS_OF_ONE_THREAD } else { EXCEPTIONS };
        counting.ordered = exceptions * exceptional < plain.len();
        let numbered = if ours { counting.rule.is_plain() } else { counting.rule.grows_by_one() };
        let repeats = || plain.iter().filter(|trace| counting.repeats(trace)).count();
        let known = counting.ordered || numbered && repeats() * 2 < plain.len();
        if known { Ok(counting) } else { Err(counting.streams) }
    }

    /// Whether an item of this log is not what most have at its position.
    fn differs(&self, trace: &Trace) -> bool {
        let source = trace.plan.source;
        let votes = self.streams.of(source);
        trace.prints().any(|(position, print, _)| {
            item(votes, position).is_some_and(|usual| usual != print) && !self.habits.may(source, position)
        })
    }

    /// Whether an item of this log is none that there is, or came before.
    fn repeats(&self, trace: &Trace) -> bool {
        let mut came = HashSet::new();
        trace.prints().any(|(_, print, _)| !self.is_there(trace.plan.source, print, &mut came))
    }

    fn extras(&self) -> HashSet<u64> {
        let mut extras = HashSet::new();
        for (source, votes) in self.streams.iter() {
            let places = (0..).zip(votes).filter(|(at, _)| self.habits.may(source, *at));
            extras.extend(places.filter_map(|(_, votes)| votes.most()));
        }
        extras
    }

    /// What is to come at this position; `None`: it may be anything.
    fn expected(&self, source: Source, position: u64) -> Option<u64> {
        if !self.habits.may(source, position) {
            return self.rule.print(position);
        }
        let (print, most, others) = self.streams.at(source, position)?;
        // One log alone does not say that it is the same each time.
        let agreed = most > 1 && others as usize * EXCEPTIONS < most as usize;
        (agreed && self.ours).then_some(print)
    }

    /// Whether this item may come at this position.
    pub(super) fn accept(&self, source: Source, position: u64, print: u64) -> Option<Result<(), Strange>> {
        let expected = self.expected(source, position)?;
        if expected == print {
            return Some(Ok(()));
        }
        let is_misplaced = || self.rule.place(print).is_some_and(|place| place.abs_diff(position) <= NEAR);
        if !self.ours && !is_misplaced() {
            return None;
        }
        let word = |print| self.rule.place(print).and_then(|place| self.rule.shown(place));
        let word = |print| word(print).map_or_else(|| self.streams.word(print), |shown| shown.to_string());
        Some(Err(Strange { expected: word(expected), got: word(print) }))
    }

    /// Whether it is known of this log which items may not come twice, in whatever order they come. Those of others may be
    /// what time it is, and stand still; so they have to be mostly where the rule has them, and grow by one.
    pub(super) fn knows_repeats(&self, trace: &Trace) -> bool {
        let held =
            || trace.prints().filter(|(position, print, _)| self.rule.print(*position) == Some(*print));
        self.ours || self.rule.grows_by_one() && held().count() * 2 > trace.prints().count()
    }

    /// Whether there is such an item, and it has not come. Of items that are not the kit's there may be any.
    pub(super) fn is_there(&self, source: Source, print: u64, came: &mut HashSet<u64>) -> bool {
        if self.extras.contains(&print) {
            return true;
        }
        match self.rule.place(print) {
            Some(place) if self.ours => place < source.items() && came.insert(print),
            Some(_) => came.insert(print),
            // Of a stream without end another schedule may bring what was never seen, as that of a merge does.
            None => !self.ours || source.items() == u64::MAX,
        }
    }
}
