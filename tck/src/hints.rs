//! What speaks for a mistake of the fixture where certain checks fail, and only there: a word that capabilities() does not say,
//! or streams that are others than was asked for. Where the logs cannot tell it from a broken rule, both are said.

use crate::doubts::{agreed, completed, ended_after, listed};
use crate::log::What;
use crate::trace::{Moment, Trace};
use crate::{Capabilities, Sharing};

/// It is said beside the failures of these checks.
#[derive(Clone, Debug)]
pub(crate) struct Hint {
    pub(crate) checks: &'static [&'static str],
    pub(crate) says: String,
}

/// All that there is to say of a publisher.
pub(crate) fn of_publisher(traces: &[Trace]) -> Vec<Hint> {
    let hints =
        [emits(traces), lossy(traces), other_lengths_from_some_on(traces), fails_elsewhere_for_some(traces)];
    let all: Vec<&Trace> = traces.iter().collect();
    lazy(&all, "capabilities()").into_iter().chain(hints.into_iter().flatten()).collect()
}

/// What there is to say of several subscribers.
pub(crate) fn of_several(traces: &[Trace]) -> Option<Hint> {
    let (mut all, mut behind, mut held_up) = (0, 0, 0);
    for trace in traces {
        let Some(place) = trace.place.as_ref().filter(|place| place.number > 0 && place.at_once) else {
            continue;
        };
        if place.sharing != Sharing::MultiUnicast {
            continue;
        }
        let begins = place.received[0].first().zip(place.received[place.number].first());
        all += 1;
        if begins.is_some_and(|(first, own)| first != own) {
            behind += 1;
        } else if trace.rests().any(|(_, before, _)| trace.is_short(before)) {
            held_up += 1;
        }
    }
    ((behind + held_up) * 3 >= all && behind + held_up >= 3).then(|| Hint {
        checks: &["1.2/2", "1.5/2", "1.10/2", "1.10/3", "1.11/2", "3.8/1", "3.17/2"],
        says: format!(
            "of {all} subscribers who came beside another one {behind} did not begin where the first did, and {held_up} others \
             waited in vain for items. If all are to share one stream, let capabilities() say so: sharing(Sharing::Multicast). Otherwise \
             each is to have a stream of its own, from its beginning and at its own pace"
        ),
    })
}

/// Nothing that comes is what it says, for more than an item.
fn emits(traces: &[Trace]) -> Option<Hint> {
    const SOME: usize = 3;
    let Capabilities { emits, lossy, unordered, .. } = &*traces.first()?.capabilities;
    let emits = emits.as_ref().filter(|_| !lossy && !unordered)?;
    let mut example = None;
    for trace in traces.iter().filter(|trace| trace.place.is_none() && trace.told.is_empty()) {
        let items: Vec<_> = trace.values().take(SOME).collect();
        if items.len() < SOME {
            continue;
        }
        let strange = items.into_iter().find(|(at, item)| emits.at(*at) != *item);
        example = Some(strange?);
    }
    let (at, item) = example?;
    Some(Hint {
        checks: &["1.2/2"],
        says: format!(
            "not one stream has what emits() of capabilities() says: {} at position {at}, for example, where {item} came. Is its \
             closure right? It is asked for the item at a position counted from zero",
            emits.at(at)
        ),
    })
}

/// It ends with the next demand behind its last item, in every scenario, and never without. `place` is where that is declared.
pub(crate) fn lazy(traces: &[&Trace], place: &str) -> Option<Hint> {
    let (mut finite, mut failing) = (Vec::new(), Vec::new());
    for trace in traces.iter().copied().filter(|trace| trace.place.is_none()) {
        if trace.is_finite() && trace.capabilities.eager_completion {
            finite.push(trace);
        } else if trace.is_failing() && trace.capabilities.eager_failure {
            failing.push(trace);
        }
    }
    let kinds = [
        ends_with_demand(&finite).then_some(("complete", "lazy_completion()")),
        ends_with_demand(&failing).then_some(("fail", "lazy_failure()")),
    ];
    let (ends, words): (Vec<_>, Vec<_>) = kinds.into_iter().flatten().unzip();
    (!words.is_empty()).then(|| Hint {
        checks: &["3-iv/1"],
        says: format!(
            "its streams {} with the next demand behind their last item, and never without. If their source learns of its \
             end only when it is asked again, let {place} say so: {}. Without that word the rule is broken",
            ends.join(" and "),
            words.join(".")
        ),
    })
}

fn ends_with_demand(traces: &[&Trace]) -> bool {
    let mut ended = 0;
    for trace in traces.iter().filter(|trace| trace.items() > 0) {
        let is_over = |before: &Moment| before.is_open() && before.delivered == trace.items();
        let rests = || trace.rests().map(|(_, before, _)| before).filter(|before| is_over(before));
        let end = trace.terminal().map(|(_, before, _)| before).filter(|before| is_over(before));
        if end.is_some_and(|end| end.outstanding == 0) || rests().any(|before| trace.owes_end(before)) {
            return false;
        }
        let waited = rests().any(|before| before.outstanding == 0 && before.dropped.is_none());
        ended += usize::from(waited && end.is_some());
    }
    ended > 0
}

/// Whether it completes though items are missing that were taken from the source, and what comes is in order.
fn leaves_out(trace: &Trace) -> bool {
    let Some((_, before, event)) = trace.terminal() else { return false };
    let short = before.is_open() && before.delivered < trace.items() && event.made as u64 >= trace.items();
    let numbers = || trace.prints().map(|(_, print, _)| print);
    trace.ours
        && short
        && matches!(event.what, What::OnComplete { .. })
        && numbers().zip(numbers().skip(1)).all(|(one, next)| one < next)
}

/// Items are left out of nearly every stream, in proportion; or whatever nobody waits for is.
fn lossy(traces: &[Trace]) -> Option<Hint> {
    const LONG: u64 = 8;
    /// Fewer than one item in so many may be lost in one place.
    const SELDOM: u64 = 16;
    let (mut all, mut many) = (0, 0);
    let (mut waits, mut runs_on) = (false, 0);
    let mut example = None;
    let finite = |trace: &&Trace| trace.place.is_none() && trace.is_finite() && !trace.capabilities.lossy;
    for trace in traces.iter().filter(finite) {
        let (items, last) = (trace.items(), trace.last());
        let gaps = leaves_out(trace);
        if gaps {
            example = example.or(Some((last.delivered, items)));
            runs_on += usize::from(last.outstanding == 0);
        }
        if items >= LONG && ended_after(trace, |what| matches!(what, What::OnComplete { .. })).is_some() {
            all += 1;
            many += usize::from(gaps && (items - last.delivered) * SELDOM >= items);
        }
        waits |= trace
            .rests()
            .any(|(_, before, _)| before.is_open() && before.outstanding == 0 && before.delivered < items);
    }
    let nearly_all = many >= 3 && many * 4 >= all * 3;
    let (delivered, items) = example.filter(|_| nearly_all || !waits && runs_on >= 3)?;
    let where_ = if nearly_all { "in nearly every stream" } else { "wherever nobody waits for them" };
    Some(Hint {
        checks: &["1.2/2", "1.5/2"],
        says: format!(
            "items are taken from the source and left out {where_} ({delivered} of {items} came, for example), and the rest comes \
             in order. If it drops or merges items by design, let capabilities() say so: lossy(). Otherwise it loses them"
        ),
    })
}

/// The streams are as long as was asked for up to some length, or from some length on, and the others are not; and so many
/// items as came were made.
fn other_lengths_from_some_on(traces: &[Trace]) -> Option<Hint> {
    let ends = completed(traces)?;
    let (wrong, right): (Vec<_>, Vec<_>) = ends.iter().partition(|(asked, got)| asked != got);
    let [first, second, ..] = wrong[..] else { return None };
    let (lowest, highest) = (right.first()?.0, right.last()?.0);
    let beyond = wrong.iter().all(|(asked, _)| *asked > highest);
    let below = wrong.iter().all(|(asked, _)| *asked < lowest);
    let completes = |what: &What| matches!(what, What::OnComplete { .. });
    let yielded = |trace: &Trace| {
        let made = trace.terminal().map_or(0, |(_, _, event)| event.made as u64);
        !trace.ours || ended_after(trace, completes).is_none_or(|got| got == made)
    };
    let of_wrong = |trace: &&Trace| {
        trace.place.is_none() && trace.is_finite() && wrong.iter().any(|(asked, _)| **asked == trace.items())
    };
    let is_cut = first.1 == second.1 && wrong.iter().all(|(_, got)| *got == first.1);
    let told = (beyond && !is_cut || below) && traces.iter().filter(of_wrong).all(yielded);
    let (side, border) = if beyond { ("more than", highest) } else { ("fewer than", lowest) };
    (told && !traces[0].capabilities.lossy).then(|| Hint {
        checks: &["1.2/1", "1.5/1", "1.5/2", "3-iv/1"],
        says: format!(
            "the streams that are to have {side} {border} items have others: asked for {}, they had {}, and {border} were right. \
             Either create() makes other streams there, or the publisher loses or adds items",
            listed(wrong.iter().map(|(asked, _)| asked)),
            listed(wrong.iter().map(|(_, got)| got))
        ),
    })
}

/// Some of the streams that should fail do so after too many items, or complete, and others are right.
fn fails_elsewhere_for_some(traces: &[Trace]) -> Option<Hint> {
    let failing = traces.iter().filter(|trace| trace.place.is_none() && trace.is_failing());
    // Which number of items it completes after is all the same.
    let end = |trace: &Trace| {
        let got = ended_after(trace, What::is_terminal)?;
        let (_, _, event) = trace.terminal()?;
        let fails = matches!(event.what, What::OnError { .. });
        Some((trace.items(), fails.then_some(got)))
    };
    let after = agreed(failing.filter_map(end))?;
    let is_wrong = |(k, got): &(&u64, &Option<u64>)| got.is_none_or(|got| got > **k);
    let (wrong, right): (Vec<_>, Vec<_>) = after.iter().partition(is_wrong);
    let late = wrong.iter().filter_map(|(_, got)| **got).map(|got| got.to_string()).collect::<Vec<_>>();
    let ends = match late.len() {
        0 => "complete".to_owned(),
        some if some < wrong.len() => format!("complete or fail after {}", listed(late.iter())),
        _ => format!("fail after {}", listed(late.iter())),
    };
    (!wrong.is_empty() && !right.is_empty()).then(|| Hint {
        checks: &["1.2/1", "1.4/1", "1.4/2", "3-iv/1"],
        says: format!(
            "of the streams of create_failing_at() some are wrong, the same ones in every scenario: those that are to fail after \
             {} items {ends}. Does the fixture make others there? Otherwise the publisher goes on behind a failure, or takes it \
             for an end",
            listed(wrong.iter().map(|(k, _)| k))
        ),
    })
}
