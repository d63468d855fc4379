//! Rules 4.1 and 4.2: what comes out is what the contract says, and a failure becomes what it says.

use super::judges::{Entry, entries};
use super::{Errors, Sandwich};
use crate::End;
use crate::content::unseen;
use crate::hints::Hint;
use crate::log::What;
use crate::outcome::Judgement;
use crate::peer::Peer;
use crate::shown::Shown;
use std::collections::HashMap;
use std::sync::Arc;

/// So many inputs beyond those that came are thought of where the stream has not ended.
const BEYOND: u64 = 64;

/// From here on a demand may count as unbounded (rule 3.17).
const HUGE: u64 = u64::MAX >> 5;

/// What should come next.
struct Model<'a> {
    both: &'a Sandwich,
    expected: Arc<[Shown]>,
    next: usize,
    /// How often each of them is still to come, where they may come in any order.
    left: HashMap<u64, usize>,
    /// What else it may be where upstream has broken off: what the inputs so far come to if that is all.
    or_all: Vec<Arc<[Shown]>>,
}

impl<'a> Model<'a> {
    fn new(both: &'a Sandwich) -> Self {
        let last = both.up.trace.entries().last().map(|(_, moment, _)| *moment);
        let came = last.map_or(0, |moment| moment.delivered);
        let terminal = last.and_then(|moment| moment.terminal).map(|at| &both.up.trace.event(at).what);
        let expected = match terminal {
            Some(What::OnError { .. }) => both.contract.expected(came, End::Failed),
            Some(_) => both.contract.expected(came, End::Completed),
            None => both.contract.expected(came + BEYOND, End::Completed),
        };
        let mut left = HashMap::new();
        if !both.contract.ordered {
            expected.iter().for_each(|item| *left.entry(item.print()).or_default() += 1);
        }
        let breaks_off = |what: &What| matches!(what, What::Peer(Peer::Vanishes | Peer::Panics));
        let or_all = match terminal {
            None if both.up.trace.has(breaks_off) => {
                [End::Completed, End::Failed].map(|end| both.contract.expected(came, end)).to_vec()
            }
            _ => Vec::new(),
        };
        Self { both, expected, next: 0, left, or_all }
    }

    /// `Err`: what should have come instead of the item with this print.
    fn accept(&mut self, print: u64) -> Result<(), String> {
        if !self.both.contract.ordered {
            let left = self.left.get_mut(&print).filter(|left| **left > 0);
            return left.map(|left| *left -= 1).ok_or_else(|| "an item that has not come yet".to_owned());
        }
        let rest = &self.expected[self.next.min(self.expected.len())..];
        match rest.iter().position(|expected| expected.print() == print) {
            Some(0) => self.next += 1,
            Some(gap) if self.both.contract.lossy => self.next += gap + 1,
            _ => {
                let expected = rest.first().map_or_else(|| "nothing more".to_owned(), Shown::to_string);
                if !self.goes_on_as_all(print) {
                    return Err(expected);
                }
                self.next += 1;
            }
        }
        Ok(())
    }

    /// Whether this is an item of what the inputs come to if upstream's breaking off is an end, which then all is held
    /// against.
    fn goes_on_as_all(&mut self, print: u64) -> bool {
        let so_far = &self.expected[..self.next.min(self.expected.len())];
        let is_it = |all: &&Arc<[Shown]>| {
            all.get(self.next).is_some_and(|item| item.print() == print) && all.starts_with(so_far)
        };
        let all = self.or_all.iter().find(is_it).cloned();
        let goes_on = all.is_some();
        self.expected = all.unwrap_or_else(|| Arc::clone(&self.expected));
        goes_on
    }

    /// The same, of several that were not written down, behind so many others.
    fn accept_all(&mut self, prints: &[u64], before: u64) -> Result<(), (String, String)> {
        let ours = self.both.down.ours;
        (before + 1..).zip(prints).try_for_each(|(number, print)| {
            let expected = |expected| (format!("{expected} as item {number}"), unseen(*print, ours));
            self.accept(*print).map_err(expected)
        })
    }

    /// So many come that cannot be seen. Whether there are so many.
    fn skip(&mut self, items: u64) -> bool {
        self.next += items as usize;
        self.next <= self.expected.len()
    }

    /// What has not come.
    fn missing(&self) -> Option<&Shown> {
        let missing = match self.both.contract.ordered {
            true => self.expected.get(self.next),
            // Of those that could not be seen it is known how many they were.
            false => {
                let left = |item: &&Shown| self.left.get(&item.print()).is_some_and(|left| *left > 0);
                self.expected.iter().filter(left).nth(self.next)
            }
        };
        missing.filter(|_| !self.both.contract.lossy)
    }
}

/// The first item is another one than the model has, in every scenario that has one.
pub(super) fn unlike_the_model(all: &[Sandwich]) -> Option<String> {
    let first = |both: &Sandwich| match both.down.values().next() {
        Some((0, value)) if !both.course.is_flooding() => {
            Some(Model::new(both).accept(value.print()).map_err(|expected| (expected, value.to_string())))
        }
        _ => None,
    };
    let mut firsts = all.iter().filter_map(first);
    let (expected, got) = firsts.next()?.err()?;
    (firsts.all(|first| first.is_err())).then(|| {
        format!(
            "in no scenario the first item was the one that the model has: {expected} was expected, and {got} came. Either the \
             model in contract() is not that of this processor, or the processor changes every item"
        )
    })
}

/// Of thousands of items most are not written down, but each is known by its print; whether they are all there is for shorter
/// streams to show.
pub(super) fn holds(both: &Sandwich, judgement: &mut Judgement) {
    let deep = both.down.plan.deep;
    let mut model = (!both.course.is_flooding()).then(|| Model::new(both));
    for entry in entries(both) {
        let Some(model) = &mut model else { return };
        let strange = match entry.what {
            // What still comes after a cancel is no matter of what it is to be.
            What::OnNext { .. } if entry.below.cancelled.is_some() => continue,
            What::OnNext { value: Some(value), .. } => {
                if !deep {
                    judgement.witness(1);
                }
                model.accept(value.print()).map_err(|expected| (expected, value.to_string()))
            }
            What::OnNext { value: None, .. } => {
                if !model.skip(1) && model.or_all.is_empty() {
                    return judgement.object(2, entry.at, "nothing more", entry.what.to_string());
                }
                Ok(())
            }
            What::Elided { prints, items, .. } if prints.is_empty() => {
                model.skip(*items);
                Ok(())
            }
            What::Elided { prints, .. } => model.accept_all(prints, entry.below.delivered),
            What::OnComplete { .. } if !deep && entry.below.is_open() => {
                judgement.witness(2);
                if let Some(missing) = model.missing() {
                    let got = format!("on_complete after {} items", entry.below.delivered);
                    judgement.object(2, entry.at, format!("{missing} first"), got);
                }
                Ok(())
            }
            What::Above(what) if !deep => {
                ahead(both, &entry, what, judgement);
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err((expected, got)) = strange {
            return judgement.object(1, entry.at, expected, got);
        }
    }
}

/// What it holds, what it has on order when it asks upstream, and how much of that downstream waits for.
fn held_and_ordered(both: &Sandwich, entry: &Entry<'_>, what: &What) -> Option<(u64, u64, u64)> {
    let What::Request { n, .. } = what else { return None };
    let (below, above) = (entry.below, entry.above);
    if below.outstanding >= HUGE || !below.is_open() || !above.is_open() {
        return None;
    }
    let ordered = above.outstanding.saturating_add(*n);
    let held = both.down.event(entry.at).live as u64;
    Some((held, ordered, below.outstanding.saturating_mul(both.contract.ratio)))
}

/// How far it goes ahead of what is waited for.
fn ahead(both: &Sandwich, entry: &Entry<'_>, what: &What, judgement: &mut Judgement) {
    let (Some(bound), Some((held, ordered, wanted))) =
        (both.contract.bound, held_and_ordered(both, entry, what))
    else {
        return;
    };
    judgement.witness(3);
    let below = entry.below;
    let may = wanted.saturating_add(bound);
    if ordered.saturating_add(held) > may {
        let waited = below.outstanding;
        let expected = format!("at most {may} items held or on order, since {waited} are waited for below");
        judgement.object(3, entry.at, expected, format!("{held} held, {ordered} on order"));
    }
}

/// It goes farther ahead than its bound, in most scenarios as far as in all, and never farther.
pub(super) fn goes_farther_ahead(all: &[Sandwich]) -> Option<Hint> {
    let bound = all.first()?.contract.bound?;
    let ahead = |both: &Sandwich, entry: &Entry<'_>| {
        let What::Above(what) = entry.what else { return None };
        let (held, ordered, wanted) = held_and_ordered(both, entry, what)?;
        Some(held.saturating_add(ordered).saturating_sub(wanted))
    };
    let farthest = |both: &Sandwich| entries(both).filter_map(|entry| ahead(both, &entry)).max();
    let judged = all.iter().filter(|both| !both.down.plan.deep && !both.course.is_flooding());
    let leads: Vec<u64> = judged.filter_map(farthest).collect();
    let most = *leads.iter().max().filter(|most| **most > bound)?;
    let often = leads.iter().filter(|lead| **lead == most).count() * 2 >= leads.len();
    let (does, word) = match most {
        HUGE.. => ("asks for everything at once in most scenarios".to_owned(), "unbounded()".to_owned()),
        _ => (
            format!("goes {most} items ahead in most scenarios, and never farther"),
            format!("bound({most})"),
        ),
    };
    often.then(|| Hint {
        checks: &["4.1/3"],
        says: format!(
            "it {does}, and contract() allows {bound}. If it is meant to, let contract() say so: {word}"
        ),
    })
}

pub(super) fn passes_failures_on(both: &Sandwich, judgement: &mut Judgement) {
    let errors = both.contract.errors;
    let at_once = matches!(errors, Errors::Propagated | Errors::Translated);
    let held_first = matches!(errors, Errors::Delayed | Errors::Passed);
    let mut failure: Option<Option<&Shown>> = None;
    let mut model = Model::new(both);
    for entry in entries(both) {
        match entry.what {
            What::Above(what) => {
                if let What::OnError { error, .. } = &**what {
                    // Somebody below, or the processor itself, may have ended it before.
                    if !entry.below.is_open() || entry.below.dropped.is_some() || both.course.is_flooding() {
                        return;
                    }
                    failure = Some(error.as_ref());
                    judgement.witness(1);
                }
            }
            What::OnNext { value, .. } => {
                if failure.is_some() && at_once {
                    let got = entry.what.to_string();
                    return judgement.object(3, entry.at, "on_error before any further item", got);
                }
                match value {
                    Some(value) => drop(model.accept(value.print())),
                    None => _ = model.skip(1),
                }
            }
            What::Elided { prints, items, .. } => {
                if prints.is_empty() {
                    model.skip(*items);
                }
                let _ = model.accept_all(prints, entry.below.delivered);
            }
            What::OnError { error, .. } if entry.below.is_open() => {
                let Some(failure) = failure else { return };
                judgement.witness(2);
                judgement.witness(3);
                if errors == Errors::Recovered {
                    judgement.object(1, entry.at, "no failure: it is recovered from", "on_error");
                } else if errors != Errors::Translated && error.as_ref() != failure {
                    let shown = |error: Option<&Shown>| {
                        error.map_or_else(|| "another error".to_owned(), Shown::to_string)
                    };
                    judgement.object(2, entry.at, shown(failure), shown(error.as_ref()));
                }
                if let Some(missing) = model.missing().filter(|_| errors == Errors::Delayed) {
                    judgement.object(3, entry.at, format!("{missing} before the failure"), "on_error");
                }
                return;
            }
            What::OnComplete { .. } if failure.is_some() && entry.below.is_open() => {
                if errors != Errors::Recovered {
                    judgement.object(1, entry.at, "on_error, since upstream has failed", "on_complete");
                }
                return;
            }
            What::Drained { busy: false } if at_once && failure.is_some() && entry.below.is_open() => {
                return judgement.object(1, entry.at, "on_error at once", "nothing");
            }
            // What it holds may wait for a time of its own.
            What::Settled { busy: false, .. }
                if held_first
                    && failure.is_some()
                    && entry.below.is_open()
                    && entry.below.outstanding > 0 =>
            {
                let expected = "on_error behind what is held, all of which is asked for";
                return judgement.object(1, entry.at, expected, "nothing");
            }
            _ => {}
        }
    }
}
