//! Whose fault is it: the publisher's or the fixture's? What speaks for the fixture is said beside every failure.

use crate::Capabilities;
use crate::log::{Event, What};
use crate::strangers::Strangers;
use crate::trace::Trace;
use reactive_streams_test::Threads;
use std::collections::{BTreeMap, BTreeSet};

/// What only a fixture can do.
pub(crate) fn fault(traces: &[Trace], capabilities: &Capabilities) -> Option<String> {
    if capabilities.silent
        && let Some(trace) = traces.iter().find(|trace| trace.is_endless() && trace.last().delivered > 0)
    {
        return Some(format!(
            "the fixture is at fault, not the publisher: capabilities() says silent(), and its endless stream signals items \
             (\"{}\"). Leave the word out",
            trace.plan.name
        ));
    }
    if capabilities.lossy {
        return None;
    }
    let ends = completed(traces)?;
    let lengths: BTreeSet<u64> = ends.values().copied().collect();
    let only = *lengths.first().filter(|_| lengths.len() == 1)?;
    // A publisher that stops after so many items would not make more of a shorter stream.
    let mut asked = ends.keys().copied().filter(|asked| *asked != 0);
    let ignores =
        ends.len() > 3 && asked.clone().any(|asked| asked < only) && asked.any(|asked| asked > only);
    ignores.then(|| {
        format!(
            "the fixture is at fault, not the publisher: its streams have {only} items, whatever length it is asked for \
             (asked for {}). Let create() make streams of `length`, or say lengths({only}..={only}) in capabilities()",
            listed(ends.keys())
        )
    })
}

/// Nothing could be played.
pub(crate) fn no_stream() -> String {
    "the fixture is at fault, not the publisher: its capabilities() allow no stream, since there is no finite length \
     (lengths, not_finite), none without an end (not_endless), and none that fails. Let them allow what create() can make"
        .to_owned()
}

/// What a fixture might have done; `again` are two logs of the same scenario, from two calls of the fixture.
pub(crate) fn doubt(
    traces: &[Trace],
    capabilities: &Capabilities,
    again: Option<(&Trace, &Trace)>,
) -> Option<String> {
    other_bytes(traces)
        .or_else(|| nothing_comes(traces, capabilities))
        .or_else(|| again.and_then(|(first, second)| handed_out_twice(first, second)))
        .or_else(|| other_lengths(traces, capabilities))
        .or_else(|| no_longer_than(traces, capabilities))
        .or_else(|| never_fails(traces))
        .or_else(|| always_fails(traces))
        .or_else(|| fails_elsewhere(traces))
        .or_else(|| has_no_end(traces))
        .or_else(|| never_ends(traces))
}

/// What happened in any of these scenarios where the kit does not see it, and what else there is for that.
pub(crate) fn strangers(all: &[Strangers], instead: &str) -> Option<String> {
    kept(all).or_else(|| on_threads(all, instead))
}

/// The upstream that a fixture was given was subscribed to where the kit cannot wait for it.
pub(crate) fn subscribed_elsewhere(all: &[Strangers], who: &str) -> Option<String> {
    let elsewhere = all.iter().any(|strangers| !strangers.subscribes.others().is_empty());
    elsewhere.then(|| {
        format!(
            "the fixture is at fault, not the {who}: the upstream that it was given was subscribed to on a thread that the kit does \
             not drive, and so does not wait for. Let that happen on the thread that calls the fixture, or in a task on \
             env.executor()"
        )
    })
}

/// What belongs to later scenarios went to an earlier one, which was over.
fn kept(all: &[Strangers]) -> Option<String> {
    let late = all.iter().filter(|strangers| strangers.is_used_again()).count();
    (late > 0 && late * 2 < all.len()).then(|| {
        "tasks or alarms went to the env of a scenario that was over: does the fixture keep the `env` of an earlier call, or \
         an executor or a clock of it? Each call has an env of its own, and nothing else is driven meanwhile"
            .to_owned()
    })
}

/// What happened on threads that are not the kit's.
fn on_threads(all: &[Strangers], instead: &str) -> Option<String> {
    let done = |of: fn(&Strangers) -> &Threads, deed| {
        all.iter().any(|strangers| !of(strangers).others().is_empty()).then_some(deed)
    };
    let deeds = [
        done(|strangers| &strangers.items, "made or dropped the kit's items"),
        done(|strangers| &strangers.tasks, "spawned or woke tasks"),
        done(|strangers| &strangers.signals, "signalled, requested or cancelled"),
    ];
    let deeds: Vec<&str> = deeds.into_iter().flatten().collect();
    (!deeds.is_empty()).then(|| {
        format!(
            "threads that the kit does not drive {}. It cannot tell when those have come to rest, so that what is missing, \
             late or still alive may only be on its way. Let all that the fixture makes run on env.executor() and \
             env.clock(){instead}",
            deeds.join(", and ")
        )
    })
}

fn nothing_comes(traces: &[Trace], capabilities: &Capabilities) -> Option<String> {
    let has = |is: fn(&What) -> bool| {
        traces.iter().any(|trace| trace.entries().any(|(_, _, event)| is(&event.what)))
    };
    if traces.is_empty() || has(|what| matches!(what, What::OnNext { .. })) {
        return None;
    }
    // Empty streams may end without a task and without a clock.
    let ends = has(What::is_terminal);
    if ends && !(capabilities.has_items() && traces.iter().any(is_short)) {
        return None;
    }
    let what = if ends {
        "no item came in any scenario"
    } else if has(|what| matches!(what, What::OnSubscribe)) {
        "no item and no end came in any scenario"
    } else {
        "nothing came in any scenario, not even on_subscribe"
    };
    let asked = || elsewhere(what) + " (capabilities().real_threads())";
    (capabilities.has_items() || !capabilities.silent).then(asked)
}

/// What did not come, and why that may be.
pub(crate) fn elsewhere(what: &str) -> String {
    format!(
        "{what}: do the fixture's tasks run on env.executor() and its timers on env.clock()? Threads and runtimes of its own are \
         not waited for"
    )
}

/// What the error says of a reader whose fixture never asked what it is to read.
pub(crate) const OTHER_BYTES: &str = "create() has not asked for env.bytes(length)";

fn other_bytes(traces: &[Trace]) -> Option<String> {
    let says = |what: &What| match what {
        What::OnError { error: Some(error), .. } => error.to_string().contains(OTHER_BYTES),
        _ => false,
    };
    traces.iter().any(|trace| trace.has(says)).then(|| {
        format!("{OTHER_BYTES}, and what is read is something else. Let it make readers of those bytes, no more and no less")
    })
}

/// Whether items that were asked for are missing when all is at rest.
fn is_short(trace: &Trace) -> bool {
    trace.rests().any(|(_, before, _)| trace.is_short(before))
}

fn handed_out_twice(first: &Trace, second: &Trace) -> Option<String> {
    let signals = |trace: &Trace| -> Vec<String> {
        let signals = trace.entries().filter(|(_, _, event)| event.what.is_signal());
        signals.map(|(_, _, event)| event.what.to_string()).collect()
    };
    let doubt = different(&signals(first), &signals(second), "create()")?;
    Some(doubt + ". If its items are others each time by design, let capabilities() say so: varying()")
}

/// What happened, in words.
pub(crate) fn words(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| event.what.to_string()).collect()
}

/// The same scenario, played twice.
pub(crate) fn different(before: &[String], after: &[String], call: &str) -> Option<String> {
    let same = before.iter().zip(after).take_while(|(before, after)| before == after).count();
    (before != after).then(|| {
        let shown = |words: &[String]| match words.get(same.saturating_sub(1)..) {
            None | Some([]) => "nothing".to_owned(),
            Some(words) => words.iter().take(4).cloned().collect::<Vec<_>>().join(", "),
        };
        format!(
            "the same scenario, played twice with what two calls of {call} made, went differently: first {}; then {}. Does \
             the fixture hand out one and the same twice, or keep something that they share? Each call has to make a fresh \
             one out of `env`",
            shown(before),
            shown(after)
        )
    })
}

/// Nothing was ever subscribed to the kit's publisher.
pub(crate) fn unconnected(who: &str) -> String {
    format!(
        "in no scenario anything was subscribed to the upstream that it was given. See that {who} behind it, and that what \
         does so later runs on env.executor()"
    )
}

fn other_lengths(traces: &[Trace], capabilities: &Capabilities) -> Option<String> {
    let ends = ends(traces, capabilities)?;
    Some(format!(
        "every stream completed, but not after as many items as were asked for: asked for {}, it had {}. Either create() \
         makes streams of another length, or the publisher loses or adds items: count what its source yields",
        listed(ends.keys()),
        listed(ends.values())
    ))
}

/// The streams are as long as they should be up to some length, and longer or endless ones have that length.
fn no_longer_than(traces: &[Trace], capabilities: &Capabilities) -> Option<String> {
    let endless = traces.iter().filter(|trace| trace.is_endless() && trace.place.is_none());
    let endless: BTreeSet<u64> = endless.filter_map(completed_after).collect();
    let cut = completed(traces).filter(|_| !capabilities.lossy).and_then(|ends| {
        let wrong: BTreeSet<u64> =
            ends.iter().filter(|(asked, got)| asked > got).map(|(_, got)| *got).collect();
        let longest = *wrong.first().filter(|_| wrong.len() == 1)?;
        ends.iter().all(|(asked, got)| *got == longest.min(*asked)).then_some(longest)
    });
    let said = |n: u64, more: &str| {
        format!(
            "no stream had more than {n} items, however many were asked for. If create() makes none that is longer, let \
             capabilities() say so: {more}"
        )
    };
    match (cut, endless.first().filter(|_| endless.len() == 1)) {
        (Some(n), None) => Some(said(n, &format!("lengths(0..={n})"))),
        (Some(n), Some(end)) if n == *end => Some(said(n, &format!("lengths(0..={n}).not_endless()"))),
        (None, Some(n)) => Some(format!(
            "every endless stream that was asked for so many completed after {n} items. If create() makes none without an \
             end, let capabilities() say so: not_endless()"
        )),
        _ => None,
    }
}

/// After how many items it completed.
fn completed_after(trace: &Trace) -> Option<u64> {
    ended_after(trace, |what| matches!(what, What::OnComplete { .. }))
}

pub(crate) fn ended_after(trace: &Trace, is: impl Fn(&What) -> bool) -> Option<u64> {
    let (_, before, event) = trace.terminal()?;
    (is(&event.what) && before.is_open()).then_some(before.delivered)
}

/// The streams that should fail do so, but none after as many items as it should.
fn fails_elsewhere(traces: &[Trace]) -> Option<String> {
    let failing = || traces.iter().filter(|trace| trace.place.is_none() && trace.is_failing());
    if failing().any(|trace| completed_after(trace).is_some()) {
        return None;
    }
    let failed_after = |trace| ended_after(trace, |what| matches!(what, What::OnError { .. }));
    let after = agreed(failing().filter_map(|trace| Some((trace.items(), failed_after(trace)?))))?;
    let wrong = after.len() > 1 && after.iter().all(|(k, got)| k != got);
    wrong.then(|| {
        format!(
            "every stream of create_failing_at() failed, but not after as many items as were asked for: asked for {}, it \
             had {}. Either the fixture makes others, or the publisher loses or adds items before a failure",
            listed(after.keys()),
            listed(after.values())
        )
    })
}

fn never_fails(traces: &[Trace]) -> Option<String> {
    let (mut completed, mut silent) = (0, 0);
    for trace in traces.iter().filter(|trace| trace.is_failing()) {
        for (_, _, event) in trace.log() {
            match event.what {
                What::OnError { .. } => return None,
                What::OnComplete { .. } => completed += 1,
                _ => {}
            }
        }
        silent += usize::from(trace.rests().any(|(_, before, _)| trace.owes_end(before)));
    }
    let (streams, did, or) = match (completed, silent) {
        (0, 0 | 1) => return None,
        (0, _) => (
            "no stream",
            "came to an end, though all its items had come",
            "waits for a source that stays open",
        ),
        _ => ("every stream", "completed", "takes failures for ends"),
    };
    Some(format!(
        "{streams} of create_failing_at() {did}. Either the fixture makes one that does not fail, or the publisher {or}: does its \
         source yield the error?"
    ))
}

/// No stream of create() completes, and the finite ones fail.
fn always_fails(traces: &[Trace]) -> Option<String> {
    let made = || traces.iter().filter(|trace| trace.place.is_none() && !trace.is_failing());
    let ends = |is: fn(&What) -> bool| made().any(|trace| trace.has(is));
    let fails =
        made().any(|trace| trace.is_finite() && trace.has(|what| matches!(what, What::OnError { .. })));
    (fails && !ends(|what| matches!(what, What::OnComplete { .. }))).then(|| {
        "no stream of create() completed, and the finite ones failed. Either create() makes one that fails, or the \
         publisher takes ends for failures: does its source yield an error?"
            .to_owned()
    })
}

fn has_no_end(traces: &[Trace]) -> Option<String> {
    let finite = || traces.iter().filter(|trace| trace.is_finite() && (1..=300).contains(&trace.items()));
    let ends = |trace: &Trace| trace.entries().any(|(_, _, event)| event.what.is_terminal());
    let goes_on = |trace: &Trace| {
        trace.entries().any(|(_, before, event)| {
            matches!(event.what, What::OnNext { .. }) && before.delivered > trace.items() + 1
        })
    };
    (finite().any(goes_on) && !finite().any(ends)).then(|| {
        "no finite stream ended, and they went on behind their length. Either create() does not look at `length`, or the \
         publisher does not notice the end of its source"
            .to_owned()
    })
}

/// All items of finite streams came, as many as were asked for and more were, and no end behind them.
fn never_ends(traces: &[Trace]) -> Option<String> {
    let finite = || traces.iter().filter(|trace| trace.is_finite() && trace.place.is_none());
    let owes = |trace: &&Trace| trace.rests().any(|(_, before, _)| trace.owes_end(before));
    let lengths: BTreeSet<u64> = finite().filter(owes).map(Trace::items).collect();
    let ends = finite().any(|trace| trace.terminal().is_some());
    (lengths.len() > 1 && !ends).then(|| {
        format!(
            "no finite stream ended, of whatever length, though all its items had come (lengths {}). Either create() makes \
             sources that stay open, such as a channel whose sender is still held, or the publisher does not notice the end \
             of its source",
            listed(lengths.iter())
        )
    })
}

/// After how many items the streams of each length completed, if that was right for none.
fn ends(traces: &[Trace], capabilities: &Capabilities) -> Option<BTreeMap<u64, u64>> {
    let ends = completed(traces)?;
    let all_wrong = ends.iter().all(|(asked, got)| asked != got || *asked == 0);
    let some_wrong = ends.iter().any(|(asked, got)| asked != got);
    (all_wrong && some_wrong && !capabilities.lossy).then_some(ends)
}

/// After how many items the streams of each length completed, if that was the same in all scenarios.
pub(crate) fn completed(traces: &[Trace]) -> Option<BTreeMap<u64, u64>> {
    let finite = traces.iter().filter(|trace| trace.is_finite() && trace.place.is_none());
    agreed(finite.filter_map(|trace| Some((trace.items(), completed_after(trace)?))))
}

/// What belongs to each number, if that is always the same.
pub(crate) fn agreed<V: Copy + PartialEq>(pairs: impl Iterator<Item = (u64, V)>) -> Option<BTreeMap<u64, V>> {
    let mut all = BTreeMap::new();
    for (asked, got) in pairs {
        if *all.entry(asked).or_insert(got) != got {
            return None;
        }
    }
    Some(all)
}

/// The first of them, and the last.
pub(crate) fn listed(numbers: impl Iterator<Item = impl ToString>) -> String {
    const MOST: usize = 16;
    let mut numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
    if numbers.len() > MOST {
        numbers.splice(MOST - 2..numbers.len() - 1, ["..".to_owned()]);
    }
    numbers.join(", ")
}
