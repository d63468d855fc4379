//! Where a stream that counts is meant to be odd: what has the shape of an intention, and not that of a fault.
//!
//! An odd item is one that is not what the [rule](Rule) says, and that is the same in all logs. At these places it is a
//! habit: at the first positions of all streams, at the last ones of those that end, from some position on to the end of
//! all of them, or of all that have no end, or fail, and at regular distances. Everywhere else it is a fault. So it is
//! there, too, when it has the shape of one: the items of the neighbouring positions, repeated or in another order, or
//! everything one position late from some item on, which comes twice.

use super::rule::{FIRST, Rule};
use super::streams::{End, LONG, Streams, Votes, ends, item};
use crate::plan::Source;

/// A header or a trailer has at most so many items.
const MARGIN: u64 = 7;
/// So many items behind one another that are odd to the end are no accident.
const LASTING: u64 = 16;
/// So often something has to come for its distances to be regular.
const OFTEN: usize = 3;
/// What is at the end of streams of at most so many items, and of [long](LONG) ones, is at the end of all.
const SHORT: usize = 8;
/// The kinds of streams, by their ends.
const KINDS: [Option<End>; 3] = [Some(End::Completes), Some(End::Fails), None];
/// So near its place an item that lasts is out of its order, and no other one.
const SHUFFLED: u64 = 4;
/// At most so many items are odd in each period.
const IN_A_PERIOD: usize = 4;
/// One in so many positions may be odd for no reason, and the stream still counts.
const EXCEPTIONS: usize = 20;

/// The places at which an odd item is a habit.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Habits {
    /// So many positions at the beginning.
    head: u64,
    /// So many at the end of those that complete, and of those that fail.
    tail: [u64; 2],
    /// From this position on.
    rest: Option<u64>,
    /// The same for those that complete, those that fail, and those without end.
    rests: [Option<u64>; 3],
    /// At these places in each period of so many positions.
    frames: Option<(u64, Vec<u64>)>,
    /// There are none, as of most streams: who asks for each item is answered at once.
    none: bool,
}

impl Habits {
    /// What they are in these streams, and the rule as it is to be taken; `None`: they do not count.
    pub(super) fn of(mut rule: Rule, streams: &Streams) -> Option<(Rule, Self)> {
        let none = streams.common(|_| 0);
        if late_from_the_beginning(&rule, &none) {
            rule = rule.shifted();
        }
        let tail = [End::Completes, End::Fails].map(|end| tail(&rule, streams, end));
        let mut habits = Self { tail, ..Self::default() };
        habits.head = head(&rule, streams);
        let seen = Seen { common: streams.common(|source| habits.tail_of(source)), rule: &rule };
        let rest = seen.rest().max(habits.head);
        let late = rest < seen.len() && seen.is_late_from(rest);
        habits.rest = Some(rest).filter(|rest| *rest < seen.len() && !late);
        habits.rests = KINDS.map(|kind| {
            let others = |source| if ends(source) == kind { habits.tail_of(source) } else { u64::MAX };
            Seen { common: streams.common(others), rule: &rule }.own_rest()
        });
        let odd: Vec<u64> = (habits.head..rest).filter(|at| seen.is_odd(*at)).collect();
        habits.frames = seen.frames(&odd, habits.head, rest);
        // Where the rule was found it has to hold. Far in, what has the shape of a fault says nothing against it.
        let near = (0..FIRST as u64).filter(|at| seen.item(*at).is_some());
        let holds = |at: u64| !seen.is_odd(at) || late && at >= rest;
        let (held, all) = near.fold((0, 0), |(held, all), at| (held + usize::from(holds(at)), all + 1));
        let off = odd.iter().filter(|at| !habits.is_frame(**at));
        let (close, far): (Vec<u64>, Vec<u64>) = off.partition(|at| **at < FIRST as u64);
        let far = far.iter().filter(|at| !seen.is_near(**at)).count();
        habits.none = habits == Self::default();
        let counts = held * 2 > all
            && close.len() * EXCEPTIONS < all
            && far * EXCEPTIONS <= (rest - habits.head) as usize;
        counts.then_some((rule, habits))
    }

    /// Whether nothing is said against an odd item there.
    pub(super) fn may(&self, source: Source, position: u64) -> bool {
        let ending =
            ends(source).is_some() && position.saturating_add(self.tail_of(source)) >= source.items();
        if self.none {
            return ending;
        }
        position < self.head
            || self.lasts_from(source).is_some_and(|rest| position >= rest)
            || self.is_frame(position)
            || ending
    }

    fn tail_of(&self, source: Source) -> u64 {
        ends(source).map_or(0, |end| self.tail[usize::from(end == End::Fails)])
    }

    /// From where on all is odd, in all streams or in those of its kind.
    fn lasts_from(&self, source: Source) -> Option<u64> {
        let own = KINDS.iter().zip(self.rests).find(|(kind, _)| **kind == ends(source));
        [self.rest, own.and_then(|(_, rest)| rest)].into_iter().flatten().min()
    }

    fn is_frame(&self, position: u64) -> bool {
        self.frames.as_ref().is_some_and(|(period, places)| places.contains(&(position % period)))
    }
}

/// How many items many streams have at their beginning which are odd, and not only its items in another order or one of them
/// twice.
fn head(rule: &Rule, streams: &Streams) -> u64 {
    let begins = |votes: &[Votes]| {
        let odd = (0..votes.len() as u64).take_while(|at| item(votes, *at) != rule.print(*at)).count() as u64;
        (odd < votes.len() as u64).then_some(odd)
    };
    let begins: Vec<(&[Votes], u64)> = streams
        .iter()
        .filter(|(_, votes)| votes.len() >= 3)
        .filter_map(|(_, votes)| Some((votes, begins(votes)?)))
        .collect();
    let often = |head: u64| begins.iter().filter(|(_, other)| *other == head).count();
    let odd = begins.iter().map(|(_, head)| *head).filter(|head| *head > 0);
    let Some(head) = odd.max_by_key(|head| (often(*head), *head)) else { return 0 };
    let near: Vec<Option<u64>> = (0..=head).map(|at| rule.print(at)).collect();
    let faulty = |votes: &[Votes]| {
        let begin: Vec<Option<u64>> = (0..=head).map(|at| item(votes, at)).collect();
        let times = |item| begin.iter().filter(|other| *other == item).count();
        begin.iter().all(|item| near.contains(item) && times(item) <= 2)
    };
    let with_it = || begins.iter().filter(|(_, other)| *other == head).map(|(votes, _)| *votes);
    let faulty = with_it().filter(|votes| faulty(votes)).count() * 2 > often(head);
    // A longer one is what came before a gap.
    let gap = || with_it().all(|votes| (1..head).all(|at| item(votes, at) == rule.print(at - 1)));
    let is_one = often(head) * 3 >= begins.len() && (head <= MARGIN || gap());
    if !is_one || faulty && near.iter().all(Option::is_some) { 0 } else { head }
}

/// How many items most streams that end so have at their end which are odd, or at least short ones and long ones.
fn tail(rule: &Rule, streams: &Streams, end: End) -> u64 {
    let odd = |votes: &[Votes], at: u64| item(votes, at).is_some_and(|item| rule.print(at) != Some(item));
    // Where all is odd from some item on, that is no trailer.
    let whole: Vec<(&[Votes], u64)> = streams
        .iter()
        .filter(|(source, votes)| ends(*source) == Some(end) && source.items() == votes.len() as u64)
        .filter(|(_, votes)| votes.len() >= 3)
        .map(|(_, votes)| {
            (votes, (0..votes.len() as u64).rev().take_while(|at| odd(votes, *at)).count() as u64)
        })
        .filter(|(_, tail)| *tail <= MARGIN)
        .collect();
    let with = |tail: u64| whole.iter().filter(move |(_, other)| *other == tail).map(|(votes, _)| *votes);
    // A checksum may be what the rule says, by chance; a fault may come where only some streams end.
    let some = |tail: u64| {
        let (short, long) =
            (with(tail).any(|votes| votes.len() <= SHORT), with(tail).any(|votes| votes.len() >= LONG));
        short && long && with(tail).count() >= OFTEN
    };
    let is_usual = |tail: &u64| with(*tail).count() * 2 > whole.len() || some(*tail);
    let Some(most) = (1..=MARGIN).find(is_usual) else { return 0 };
    let faulty = |votes: &[Votes]| {
        let end = votes.len() as u64;
        let near: Vec<Option<u64>> = (end.saturating_sub(most + 1)..end).map(|at| rule.print(at)).collect();
        (end - most..end).all(|at| near.contains(&item(votes, at)))
    };
    if with(most).all(faulty) { 0 } else { most }
}

/// Whether a few items come first, and then they go on one position late: the last of them came twice. That the first one
/// of all comes twice may be meant.
fn late_from_the_beginning(rule: &Rule, common: &[Votes]) -> bool {
    let seen = |at: u64| item(common, at);
    let head = (0..common.len() as u64).take_while(|at| seen(*at) != rule.print(*at)).count() as u64;
    head >= 2
        && head * 2 < FIRST as u64
        && (0..head).all(|at| seen(at).is_some() && seen(at) == rule.print(at + 1))
}

/// What most streams have at each position, without their ends.
struct Seen<'a> {
    common: Vec<Votes>,
    rule: &'a Rule,
}

impl Seen<'_> {
    fn len(&self) -> u64 {
        self.common.len() as u64
    }

    fn item(&self, at: u64) -> Option<u64> {
        item(&self.common, at)
    }

    fn is_odd(&self, at: u64) -> bool {
        self.item(at).is_some_and(|item| self.rule.print(at) != Some(item))
    }

    /// From here on all are odd; behind the last one when it is only a few.
    fn rest(&self) -> u64 {
        let rest = (0..self.len()).rev().take_while(|at| self.is_odd(*at)).count() as u64;
        if rest < LASTING { self.len() } else { self.len() - rest }
    }

    /// From here on streams of one kind have other items: not their own in another order, and not one of them all the time,
    /// unless that is so from the beginning.
    fn own_rest(&self) -> Option<u64> {
        let rest = self.rest();
        let items: Vec<(u64, u64)> = (rest..self.len()).filter_map(|at| Some((at, self.item(at)?))).collect();
        let is_shuffled = |(at, item): &&(u64, u64)| {
            self.rule.place(*item).is_some_and(|place| place.abs_diff(*at) <= SHUFFLED)
        };
        let shuffled = items.iter().filter(is_shuffled).count();
        let varies = items.iter().any(|(_, item)| *item != items[0].1);
        ((varies || rest == 0) && shuffled * 2 < items.len()).then_some(rest)
    }

    /// Whether from here on all come one position late: one of them came twice.
    fn is_late_from(&self, at: u64) -> bool {
        at > 0 && (at..self.len()).all(|at| self.item(at) == self.rule.print(at - 1))
    }

    /// Whether it is an item of its neighbourhood.
    fn is_near(&self, at: u64) -> bool {
        let near = (at.saturating_sub(2)..=at + 2).filter_map(|near| self.rule.print(near));
        self.item(at).is_some_and(|item| near.into_iter().any(|near| near == item))
    }

    /// The period in which all these odd positions come again, and where in it they are.
    fn frames(&self, odd: &[u64], from: u64, to: u64) -> Option<(u64, Vec<u64>)> {
        let near = odd.iter().filter(|at| self.is_near(**at)).count();
        if odd.len() < OFTEN || near * 2 > odd.len() {
            return None;
        }
        let periods =
            (1..odd.len()).take(IN_A_PERIOD).map(|next| odd[next] - odd[0]).filter(|period| *period > 1);
        periods.into_iter().find_map(|period| {
            let mut places: Vec<u64> = odd.iter().map(|at| at % period).collect();
            places.sort_unstable();
            places.dedup();
            // At one of them the item that is meant may be the one that the rule says.
            let regular = |place: &u64| {
                let all: Vec<u64> = (from..to).filter(|at| at % period == *place).collect();
                let odd = all.iter().filter(|at| self.is_odd(**at)).count();
                odd >= OFTEN && odd * 4 >= all.len() * 3
            };
            (places.len() <= IN_A_PERIOD && places.iter().all(regular)).then_some((period, places))
        })
    }
}
