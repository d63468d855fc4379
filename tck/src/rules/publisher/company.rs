//! The judges of what several subscribers have to do with each other.

use crate::company::{Place, was_served};
use crate::content::Strange;
use crate::log::What;
use crate::outcome::Judgement;
use crate::plan::Source;
use crate::shown::Shown;
use crate::trace::{Moment, Trace};
use crate::{Length, Sharing};

/// Whether, at rest, items or the end are missing that were asked for.
fn lacks(trace: &Trace, before: &Moment) -> Option<String> {
    let owes = trace.is_short(before) || trace.owes_end(before);
    owes.then(|| nothing_more(trace, before))
}

fn nothing_more(trace: &Trace, before: &Moment) -> String {
    format!("{} items, and then nothing{}", before.delivered, beside(trace))
}

/// A subscriber was dropped that waited.
pub(super) fn dropped(trace: &Trace) -> String {
    let beside = beside(trace);
    format!("the subscriber was dropped without a terminal, and nobody had cancelled{beside}")
}

/// What happened to others, which its own timeline does not show.
fn beside(trace: &Trace) -> &'static str {
    let panics = trace.place.as_ref().is_some_and(|place| place.beside_a_panic);
    if panics { "; another subscriber panics in this scenario" } else { "" }
}

pub(super) fn can_be_repeated(trace: &Trace, judgement: &mut Judgement) {
    let Some(place) = trace.place.as_ref().filter(|place| place.number > 0) else { return };
    for &(at, ref before, ref event) in trace.log() {
        match event.what {
            What::OnSubscribe if before.subscribed == 0 => judgement.witness(1),
            What::TornDown if before.subscribed == 0 => {
                judgement.object(1, at, "on_subscribe for each subscriber", "none for this one");
            }
            What::Settled { .. } if place.sharing == Sharing::MultiUnicast && !place.at_once => {
                if before.delivered > 0 || before.terminal.is_some() {
                    judgement.witness(2);
                }
                if let Some(got) = lacks(trace, before) {
                    let expected = "a stream of its own, whatever became of those before";
                    judgement.object(2, at, expected, got);
                }
            }
            _ => {}
        }
    }
    if place.sharing == Sharing::MultiUnicast && !trace.capabilities.lossy {
        same_as_the_first(trace, place, judgement);
    }
    if place.comes_alone() {
        is_served(trace, judgement);
    }
}

/// Who comes alone to a unicast publisher that has served others who came alone.
fn is_served(trace: &Trace, judgement: &mut Judgement) {
    let Some(served) = was_served(trace) else { return };
    judgement.witness(4);
    if served || !trace.capabilities.reopens {
        return;
    }
    let refusal = trace.terminal().filter(|(_, before, _)| before.cancelled.is_none());
    let (at, got) = match (refusal, trace.last_rest()) {
        (Some((at, _, event)), _) => (*at, event.what.to_string()),
        (None, Some((at, _))) => (at, "nothing".to_owned()),
        (None, None) => return,
    };
    let expected = "items, as others got them who came when nobody was there any more";
    judgement.object(4, at, expected, got);
}

fn same_as_the_first(trace: &Trace, place: &Place, judgement: &mut Judgement) {
    let (first, own) = (&place.received[0], &place.received[place.number]);
    for &(at, ref before, ref event) in trace.log() {
        let What::OnNext { .. } = event.what else { continue };
        let index = before.delivered as usize;
        let (Some(Some(expected)), Some(Some(got))) = (first.get(index), own.get(index)) else {
            judgement.witness(3); // there is nothing to compare it with, or nobody can see it
            continue;
        };
        judgement.witness(3);
        if expected != got {
            let expected = format!("{expected}, as the first subscriber got");
            judgement.object(3, at, expected, got.to_string());
            return;
        }
    }
}

pub(super) fn keeps_its_promise(trace: &Trace, judgement: &mut Judgement) {
    let Some(place) = &trace.place else { return };
    match place.sharing {
        Sharing::Unicast if place.number > 0 && place.at_once => refuses(trace, judgement),
        Sharing::MultiUnicast if place.at_once || place.number == 0 => {
            for (at, before, _) in trace.rests() {
                if before.delivered > 0 {
                    judgement.witness(2);
                }
                if let Some(got) = lacks(trace, before) {
                    judgement.object(2, at, "a stream that no other subscriber holds up", got);
                }
            }
        }
        Sharing::Multicast => shares(trace, place, judgement),
        _ => {}
    }
}

fn refuses(trace: &Trace, judgement: &mut Judgement) {
    for &(at, ref before, ref event) in trace.log() {
        match &event.what {
            What::OnError { .. } => judgement.witness(1),
            What::OnNext { .. } | What::OnComplete { .. } => {
                let expected = "on_subscribe and then on_error, since another subscriber is there";
                judgement.object(1, at, expected, event.what.to_string());
            }
            What::Settled { .. } if before.is_open() => {
                judgement.object(1, at, "on_error, since another subscriber is there", "nothing");
            }
            _ => {}
        }
    }
}

/// One stream for all: the same items in the same order, and nobody is left out for good.
fn shares(trace: &Trace, place: &Place, judgement: &mut Judgement) {
    let own = &place.received[place.number];
    for other in place.received.iter().take(place.number) {
        let Some(judged) = in_order(other, own, trace.capabilities.lossy) else { continue };
        judgement.witness(3);
        // With gaps, items that come again tell nothing of each other; what is declared is held against that (1.2/2).
        let told_apart = !trace.capabilities.lossy || trace.capabilities.emits.is_none();
        if let Err(index) = judged
            && told_apart
        {
            let at = at_item(trace, index as u64);
            let got = own[index].as_ref().map_or_else(String::new, Shown::to_string);
            let others: Vec<String> = other.iter().flatten().map(Shown::to_string).collect();
            let expected = format!("the items of another subscriber in their order: {}", others.join(", "));
            judgement.object(3, at, expected, got);
        }
    }
    if !own.is_empty() {
        judgement.witness(4);
    }
    if let Some((at, before)) = trace.last_rest()
        && place.is_stuck
        && before.is_open()
        && before.outstanding > 0
    {
        let got = nothing_more(trace, before);
        judgement.object(4, at, "items, since every subscriber waits for some", got);
    }
}

/// What one of several subscribers of one stream gets of it.
pub(super) fn a_part_of_it(trace: &Trace, judgement: &mut Judgement) {
    let Some(part) = trace.content.as_ref().map(|content| content.part(trace)) else { return };
    (0..part.known).for_each(|_| judgement.witness(2));
    if let Some((place, Strange { expected, got })) = part.strange {
        judgement.object(2, at_item(trace, place), expected, got);
    }
}

/// The entry of this item, counted from zero.
fn at_item(trace: &Trace, place: u64) -> usize {
    let is_it =
        |before: &Moment, what: &What| matches!(what, What::OnNext { .. }) && before.delivered == place;
    trace.entries().find(|(_, before, event)| is_it(before, &event.what)).map_or(0, |(at, _, _)| at)
}

/// Whether it is to fail for this one, and not to complete. Among several who share a stream that is known of who was there
/// from its beginning, who got some of it, and who comes when it has failed for others.
pub(super) fn fails_for(trace: &Trace, before: &Moment) -> bool {
    let Some(place) = trace.place.as_ref().filter(|_| trace.shares()) else { return trace.is_failing() };
    let takes_part = place.begins == Some(0) || before.delivered > 0;
    matches!(trace.plan.source, Source::FailingAt(_)) && (takes_part || place.has_failed)
}

/// Who completes has got the last item, if any; who was there from the beginning has got all. Who has got the last item
/// does not fail.
pub(super) fn ends_for_all(trace: &Trace, judgement: &mut Judgement) {
    let Source::Length(length) = trace.plan.source else { return };
    let end = trace.terminal().filter(|(_, before, _)| before.is_open());
    let (Some((at, before, event)), Some(place)) = (end, &trace.place) else { return };
    let completes = matches!(event.what, What::OnComplete { .. });
    let takes_part = place.begins == Some(0) || before.delivered > 0;
    let Length::Exactly(items) = length else {
        if completes && takes_part {
            judgement.object(5, *at, "items without end", "on_complete");
        }
        return;
    };
    let begins = match place.begins {
        _ if trace.capabilities.lossy => None,
        Some(0) => Some(0),
        _ if before.delivered == 0 => None,
        _ => trace.content.as_ref().and_then(|content| content.part(trace).begins),
    };
    let Some(begins) = begins else { return };
    let got = begins + before.delivered;
    judgement.witness(if completes { 2 } else { 3 });
    if completes && got < items {
        let expected = format!("all {items} items of the stream first");
        judgement.object(2, *at, expected, format!("on_complete after item {got}"));
    } else if !completes && got == items && before.delivered > 0 {
        judgement.object(3, *at, "on_complete at the end", "on_error");
    }
}

/// Whether two subscribers saw one stream; the error is the place in the second at which they differ. `None`: they have
/// nothing in common, or the items cannot be seen.
fn in_order(one: &[Option<Shown>], two: &[Option<Shown>], lossy: bool) -> Option<Result<(), usize>> {
    let known = |values: &[Option<Shown>]| values.iter().cloned().collect::<Option<Vec<Shown>>>();
    let (one, two) = (known(one)?, known(two)?);
    let first = two.iter().position(|value| one.contains(value))?;
    if lossy {
        // What comes more than once in a stream has no place of its own.
        let place = |value: &Shown| {
            let mut places = (0..one.len()).filter(|at| one[*at] == *value);
            places.next().filter(|_| places.next().is_none())
        };
        let places: Vec<(usize, usize)> =
            two.iter().enumerate().filter_map(|(index, value)| Some((index, place(value)?))).collect();
        let wrong = places.windows(2).find(|pair| pair[1].1 < pair[0].1);
        return Some(wrong.map_or(Ok(()), |pair| Err(pair[1].0)));
    }
    let differs = |begins: usize| two[first..].iter().zip(&one[begins..]).position(|(two, one)| two != one);
    let mut farthest = first;
    for begins in (0..one.len()).filter(|at| one[*at] == two[first]) {
        match differs(begins) {
            Some(offset) => farthest = farthest.max(first + offset),
            None => return Some(Ok(())),
        }
    }
    Some(Err(farthest))
}

pub(super) fn not_by_another_panic(trace: &Trace, judgement: &mut Judgement) {
    let Some(place) = trace.place.as_ref().filter(|place| place.beside_a_panic) else { return };
    for (at, before, event) in trace.entries().filter(|(_, before, _)| before.unwound.is_none()) {
        match event.what {
            What::OnNext { .. } => judgement.witness(2),
            What::Dropped if trace.is_silent_death(at, before) => {
                let expected = "to go on, though another subscriber has panicked";
                judgement.object(2, at, expected, "the subscriber was dropped");
            }
            What::Settled { .. } => {
                let stuck = place.is_stuck && trace.last_rest().is_some_and(|(last, _)| last == at);
                let stuck = stuck && before.is_open() && before.outstanding > 0;
                let got = lacks(trace, before).or_else(|| stuck.then(|| "nothing more".to_owned()));
                if let Some(got) = got {
                    judgement.object(2, at, "to go on, though another subscriber has panicked", got);
                }
            }
            _ => {}
        }
    }
}

pub(super) fn what_is_left(trace: &Trace, judgement: &mut Judgement) {
    let Some(place) = trace.place.as_ref().filter(|place| place.after_cancels) else { return };
    for (_, before, event) in trace.log() {
        match &event.what {
            What::OnNext { value, .. } if before.delivered == 0 => {
                let begins = place.received.first().and_then(|first| first.first());
                judgement.witness(if begins.is_none_or(|first| first == value) { 1 } else { 2 });
            }
            what if what.is_terminal() && before.delivered == 0 => judgement.witness(3),
            _ => {}
        }
    }
}
