//! Streams that follow no rule: one log is held against the others of the same stream.

use super::streams::{Streams, ends};
use super::{EXCEPTIONS, Strange};
use crate::plan::Source;
use crate::trace::Trace;
use std::collections::HashMap;

/// So far back a repeated item is looked for.
const BACK: usize = 64;
/// So many items may be lost at once.
const LOST: usize = 4;
/// So many of the items behind it have to be the usual ones for a place to be the only one that is wrong.
const AFTER: usize = 16;

/// What each stream is usually made of.
#[derive(Debug)]
pub(crate) struct Usual {
    pub(super) streams: Streams,
    /// What nearly all streams have at a position.
    common: Vec<Option<u64>>,
    /// The items are the kit's: whatever differs where they are written down is accused, not only what has the shape of a
    /// fault.
    pub(super) ours: bool,
    /// Where they are not written down the logs agree, too.
    elided: bool,
}

/// What is wrong with the item at this position.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) position: u64,
    pub(super) print: u64,
    pub(super) expected: u64,
}

impl Usual {
    /// `None` where the logs differ too often.
    pub(super) fn of(streams: Streams, plain: &[&Trace], ours: bool) -> Option<Self> {
        let common = streams.common(|source| u64::from(ends(source).is_some()));
        let agreed = |(print, most, others)| (most >= 2 && others * 3 <= most).then_some(print);
        let common = common.iter().map(|votes| votes.usual().and_then(agreed)).collect();
        let mut usual = Self { streams, common, ours, elided: true };
        // Of all logs, and of those in which not every item is written down.
        let (mut all, mut long) = ([0, 0], [0, 0]);
        for trace in plain {
            let (source, mut differs, mut is_long) = (trace.plan.source, [false; 2], false);
            for (position, print, shown) in trace.prints() {
                is_long |= !shown;
                let expected = match shown {
                    true => usual.own(source, position),
                    false => usual.item(source, position),
                };
                differs[usize::from(!shown)] |= expected.is_some_and(|expected| expected != print);
            }
            all = [all[0] + 1, all[1] + usize::from(differs[0])];
            long = [long[0] + usize::from(is_long), long[1] + usize::from(differs[1])];
        }
        usual.elided = long[1] * 3 <= long[0];
        (all[1] * EXCEPTIONS < all[0]).then_some(usual)
    }

    /// What most logs of this stream have at this position.
    pub(super) fn own(&self, source: Source, position: u64) -> Option<u64> {
        Some(self.streams.at(source, position)?.0)
    }

    /// What it is held against at this position.
    fn expected(&self, source: Source, position: u64, shown: bool) -> Option<u64> {
        match self.ours && shown {
            true => self.own(source, position),
            false => self.item(source, position),
        }
    }

    /// What the logs of this stream, or else nearly all other streams, have at this position.
    fn item(&self, source: Source, position: u64) -> Option<u64> {
        let own = self.streams.at(source, position);
        let agreed = own.filter(|(_, most, others)| *most >= 2 && others * 2 <= *most);
        let common = || {
            let last = ends(source).is_some() && position + 1 >= source.items();
            self.common.get(position as usize).copied().flatten().filter(|_| !last)
        };
        agreed.map(|(print, ..)| print).or_else(common)
    }

    /// Whether this item may come at this position; what is wrong is another item of the stream, or, of the kit's, any.
    pub(super) fn accept(&self, source: Source, position: u64, print: u64) -> Option<Result<(), Strange>> {
        let expected = self.expected(source, position, true)?;
        if expected == print {
            return Some(Ok(()));
        }
        let is_misplaced = || (0..self.streams.reach()).any(|at| self.item(source, at) == Some(print));
        (self.ours || is_misplaced()).then(|| Err(self.strange(expected, print)))
    }

    /// The same in words.
    pub(super) fn strange(&self, expected: u64, got: u64) -> Strange {
        Strange { expected: self.streams.word(expected), got: self.streams.word(got) }
    }

    /// The first place at which this log is wrong.
    pub(super) fn fault(&self, trace: &Trace) -> Option<Fault> {
        let source = trace.plan.source;
        let fault = |(position, print, shown)| {
            let expected = self.expected(source, position, shown).filter(|expected| *expected != print)?;
            Some((Fault { position, print, expected }, shown))
        };
        let (fault, shown) = trace.prints().find_map(fault)?;
        if self.ours && shown {
            return Some(fault);
        }
        if !shown && !self.elided {
            return None;
        }
        let got: Vec<u64> = trace.prints().map(|(_, print, _)| print).collect();
        let usual: Vec<Option<u64>> = (0..self.streams.reach()).map(|at| self.item(source, at)).collect();
        is_a_fault(&got, &usual, fault.position as usize).then_some(fault)
    }
}

/// Whether what came at this place, the first at which it is not what usually comes, came twice, or has lost an item before
/// it, or has changed places with the next one. What comes later in another order than usual is none of them.
fn is_a_fault(got: &[u64], usual: &[Option<u64>], at: usize) -> bool {
    let print = got[at];
    let twice = || {
        let mut left: HashMap<u64, usize> = HashMap::new();
        usual.iter().flatten().for_each(|print| *left.entry(*print).or_default() += 1);
        let came = got[..=at].iter().filter(|came| **came == print).count();
        let known = usual.iter().take(got.len()).all(Option::is_some);
        known
            && got[at.saturating_sub(BACK)..at].contains(&print)
            && came > left.get(&print).copied().unwrap_or(0)
    };
    let goes_on = |got: &[u64], usual: &[Option<u64>], least: usize| {
        let mut pairs = got.iter().zip(usual);
        pairs.len() >= least && pairs.all(|(got, usual)| Some(*got) == *usual)
    };
    let lost = || {
        let behind = &got[at..];
        let window = &behind[..behind.len().min(BACK)];
        let gap = (1..=LOST).find(|gap| usual.get(at + gap) == Some(&Some(print)));
        gap.is_some_and(|gap| {
            let missing = &usual[at..at + gap];
            missing.iter().flatten().all(|missing| !behind.contains(missing))
                && goes_on(window, usual.get(at + gap..).unwrap_or_default(), AFTER)
        })
    };
    let swapped = || {
        let pair = (got.get(at + 1), usual.get(at + 1).copied().flatten());
        let (Some(next), Some(first)) = (pair.0.copied(), usual[at]) else { return false };
        (print, next) == (pair.1.unwrap_or(first), first)
            && goes_on(&got[at + 2..], usual.get(at + 2..).unwrap_or_default(), 0)
    };
    twice() || lost() || swapped()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_twice_is_lost_or_changes_places_is_a_fault_and_another_order_is_not() {
        let usual: Vec<Option<u64>> = (0..200).map(|n| Some(n * n)).collect();
        let right: Vec<u64> = usual.iter().flatten().copied().collect();
        let with = |change: fn(&mut Vec<u64>)| {
            let mut got = right[..150].to_vec();
            change(&mut got);
            let at = got.iter().zip(&right).position(|(got, usual)| got != usual).expect("it differs");
            is_a_fault(&got, &usual, at)
        };
        assert!(with(|got| got[80] = got[79]));
        assert!(with(|got| got.insert(80, got[79])));
        assert!(with(|got| got.retain(|item| *item != 80 * 80)));
        assert!(with(|got| got.swap(80, 81)));
        assert!(!with(|got| got[80] = 7_777_777));
        assert!(!with(|got| got.swap(80, 90)));
        assert!(!with(|got| got[80..].reverse()));
        assert!(!with(|got| got[80..].rotate_left(1)), "it comes later");
        let two_halves: Vec<u64> = (0..75).flat_map(|n| [right[n], right[n + 75]]).collect();
        assert!(!is_a_fault(&two_halves, &usual, 1));
    }
}
