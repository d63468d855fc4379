//! A finished log, with what was known before each of its entries.

use crate::company::{Company, Place};
use crate::content::Content;
use crate::log::{Event, Via, What};
use crate::plan::{Plan, Source};
use crate::processor_suite::Course;
use crate::replay::{Replay, Retold};
use crate::run::Played;
use crate::schedule::Told;
use crate::shown::Shown;
use crate::{Capabilities, Length, Sharing};
use std::sync::Arc;

/// What rules judge.
pub(crate) struct Trace {
    pub(crate) plan: Arc<Plan>,
    /// The schedule under which it was played.
    pub(crate) told: Told,
    pub(crate) capabilities: Arc<Capabilities>,
    /// The number of its scenario.
    pub(crate) number: usize,
    /// Its items are of the kit's own type.
    pub(crate) ours: bool,
    /// A task or an alarm of the publisher ran.
    pub(crate) works: bool,
    /// What they are to be, if that is known.
    pub(crate) content: Option<Arc<Content>>,
    /// Where its subscriber stood among others.
    pub(crate) place: Option<Place>,
    /// What the kit did above, when it is the stream that comes out of a processor.
    pub(crate) course: Option<Arc<Course>>,
    entries: Vec<(usize, Moment, Event)>,
    /// The places of the rests.
    rests: Vec<usize>,
    /// Subscribe, the requests and the cancels that returned, each with its return.
    calls: Vec<(usize, usize)>,
    /// What was known at the end.
    last: Moment,
}

/// What was known before an entry.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moment {
    /// Asked for in all, before any cancel; it saturates.
    pub(crate) requested: u64,
    pub(crate) delivered: u64,
    /// Asked for and not delivered; once it has saturated, it is unbounded.
    pub(crate) outstanding: u64,
    pub(crate) subscribed: u32,
    pub(crate) handle: bool,
    /// The signal in which we are.
    pub(crate) inside: Option<usize>,
    pub(crate) cancelled: Option<usize>,
    pub(crate) terminal: Option<usize>,
    pub(crate) dropped: Option<usize>,
    /// The subscriber panicked, or ran out of patience.
    pub(crate) unwound: Option<usize>,
    /// The publisher panicked.
    pub(crate) panicked: bool,
    /// A request was made inside a callback; outside of any; while an earlier one was not used up.
    pub(crate) asked_inside: bool,
    pub(crate) asked_outside: bool,
    pub(crate) asked_on_top: bool,
    /// Everything came to rest after the cancel; and then somebody asked.
    pub(crate) rested: bool,
    pub(crate) asked_after_rest: bool,
}

impl Moment {
    /// Nothing has ended it yet, from either side.
    pub(crate) fn is_open(&self) -> bool {
        self.cancelled.is_none() && self.terminal.is_none() && self.unwound.is_none() && !self.panicked
    }

    /// Likewise, and somebody is there who waits.
    pub(crate) fn waits(&self) -> bool {
        self.is_open() && self.dropped.is_none()
    }

    fn note(&mut self, number: usize, event: &Event) {
        match &event.what {
            What::Request { n, .. } => {
                if self.is_open() {
                    self.asked_on_top |= self.outstanding > 0;
                    self.asked_inside |= self.inside.is_some();
                    self.asked_outside |= self.inside.is_none();
                    self.requested = self.requested.saturating_add(*n);
                    self.outstanding = self.outstanding.saturating_add(*n);
                }
                self.asked_after_rest |= self.rested;
            }
            What::Cancel { via } => {
                self.cancelled = self.cancelled.or(Some(number));
                self.handle &= *via != Via::HandleDropped;
            }
            What::OnSubscribe => {
                self.subscribed += 1;
                self.inside = Some(number);
            }
            What::OnNext { .. } => {
                self.delivered += 1;
                if self.outstanding != u64::MAX {
                    self.outstanding = self.outstanding.saturating_sub(1);
                }
                self.inside = Some(number);
            }
            What::Elided { items, requested, .. } => {
                self.delivered += items;
                self.requested = self.requested.saturating_add(*requested);
                if self.outstanding != u64::MAX {
                    self.outstanding = self.outstanding.saturating_add(*requested).saturating_sub(*items);
                }
                self.asked_inside |= *requested > 0;
            }
            What::OnComplete { .. } | What::OnError { .. } => {
                self.terminal = self.terminal.or(Some(number));
                self.inside = Some(number);
            }
            What::Return(call) if self.inside == Some(*call) => self.inside = None,
            What::Handle => self.handle = true,
            What::GiveUp => self.handle = false,
            What::Dropped => {
                self.dropped = Some(number);
                self.inside = None;
            }
            What::SubscriberPanics | What::Runaway | What::StackGrows { .. } => {
                self.unwound = self.unwound.or(Some(number));
            }
            What::Panicked { .. } => {
                self.panicked = true;
                self.inside = None;
            }
            What::Unwound(_) | What::SourceRunsAway { .. } => self.inside = None,
            What::Settled { .. } => self.rested |= self.cancelled.is_some(),
            What::Subscribe
            | What::Return(_)
            | What::Locked
            | What::Drained { .. }
            | What::TornDown
            | What::Peer(_)
            | What::Above(_)
            | What::Elsewhere => {}
        }
    }
}

impl Trace {
    /// What was played under the schedule of the plan itself.
    pub(crate) fn new(plan: Arc<Plan>, capabilities: Arc<Capabilities>, events: Vec<Event>) -> Self {
        let mut moment = Moment::default();
        let mut entries: Vec<(usize, Moment, Event)> = Vec::with_capacity(events.len());
        let (mut rests, mut calls) = (Vec::new(), Vec::new());
        for (number, event) in events.into_iter().enumerate() {
            let before = moment;
            moment.note(number, &event);
            match event.what {
                What::Settled { .. } => rests.push(number),
                What::Return(call) => {
                    if matches!(
                        entries[call].2.what,
                        What::Subscribe | What::Request { .. } | What::Cancel { .. }
                    ) {
                        calls.push((call, number));
                    }
                }
                _ => {}
            }
            entries.push((number, before, event));
        }
        Self {
            plan,
            told: Told::default(),
            capabilities,
            number: 0,
            ours: false,
            works: false,
            content: None,
            place: None,
            course: None,
            entries,
            rests,
            calls,
            last: moment,
        }
    }

    /// The same, as it came under this schedule.
    pub(crate) fn told(self, told: Told) -> Self {
        Self { told, ..self }
    }

    /// The same, behind what the kit did above a processor.
    pub(crate) fn behind(self, course: &Arc<Course>) -> Self {
        Self { course: Some(Arc::clone(course)), ..self }
    }

    /// The same, of the scenario with this number.
    pub(crate) fn numbered(self, number: usize) -> Self {
        Self { number, ..self }
    }

    /// The same, of one among several subscribers.
    pub(crate) fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }

    /// Whether it is not known what is to come: that depends on other subscribers.
    pub(crate) fn is_bound(&self) -> bool {
        self.place.as_ref().is_some_and(Place::is_bound)
    }

    /// Whether it is one of those who share a stream.
    pub(crate) fn shares(&self) -> bool {
        self.place.as_ref().is_some_and(|place| place.sharing == Sharing::Multicast)
    }

    /// Whether there may be items and work that have nothing to do with this subscriber.
    pub(crate) fn may_work_on(&self) -> bool {
        self.place.is_some() || self.capabilities.hot
    }

    pub(crate) fn played(plan: &Arc<Plan>, capabilities: &Arc<Capabilities>, played: Played) -> Self {
        let (told, ours, works) = (played.schedule.retold(), played.ours, played.works);
        Self {
            ours,
            works,
            ..Self::new(Arc::clone(plan), Arc::clone(capabilities), played.events).told(told)
        }
    }

    /// The same, whose items are to be these.
    pub(crate) fn with(self, content: Option<Arc<Content>>) -> Self {
        Self { content, ..self }
    }

    /// The items that were written down, each with its position.
    pub(crate) fn values(&self) -> impl Iterator<Item = (u64, Shown)> + '_ {
        self.entries().filter_map(|(_, before, event)| match &event.what {
            What::OnNext { value: Some(value), .. } => Some((before.delivered, value.clone())),
            _ => None,
        })
    }

    /// The [prints](Shown::print) of the items, each with its position and whether it was written down.
    pub(crate) fn prints(&self) -> impl Iterator<Item = (u64, u64, bool)> + '_ {
        self.entries().flat_map(|(_, before, event)| {
            let (shown, elided): (_, &[u64]) = match &event.what {
                What::OnNext { value: Some(value), .. } => (Some(value.print()), &[]),
                What::Elided { prints, .. } => (None, prints),
                _ => (None, &[]),
            };
            let prints = shown.into_iter().map(|print| (print, true));
            let prints = prints.chain(elided.iter().map(|print| (*print, false)));
            (before.delivered..).zip(prints).map(|(position, (print, shown))| (position, print, shown))
        })
    }

    /// The string that plays it again.
    pub(crate) fn replay(&self) -> String {
        let (plan, told) = (Plan::clone(&self.plan), self.told.clone());
        match (&self.place, &self.course) {
            (Some(place), _) => Retold { scenario: Company::clone(&place.company), told }.to_string(),
            (None, Some(course)) => course.through(&plan, told).to_string(),
            (None, None) => Replay { plan, told }.to_string(),
        }
    }

    /// Each entry with its number and what was known before it.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (usize, &Moment, &Event)> {
        self.entries.iter().map(|(number, moment, event)| (*number, moment, event))
    }

    /// The same, all at once.
    pub(crate) fn log(&self) -> &[(usize, Moment, Event)] {
        &self.entries
    }

    /// What came behind entry `from`, if there is one.
    fn since(&self, from: Option<usize>) -> &[(usize, Moment, Event)] {
        from.map_or(&[], |from| &self.entries[from + 1..])
    }

    /// Whether this happened.
    pub(crate) fn has(&self, is: impl Fn(&What) -> bool) -> bool {
        self.entries.iter().any(|(_, _, event)| is(&event.what))
    }

    /// All that happened, in words.
    pub(crate) fn words(&self) -> Vec<String> {
        self.entries.iter().map(|(_, _, event)| event.what.to_string()).collect()
    }

    /// What came behind the first cancel.
    pub(crate) fn since_cancel(&self) -> &[(usize, Moment, Event)] {
        self.since(self.last.cancelled)
    }

    /// What came behind the first terminal.
    pub(crate) fn since_terminal(&self) -> &[(usize, Moment, Event)] {
        self.since(self.last.terminal)
    }

    /// What came behind the subscriber's panic, or its giving up.
    pub(crate) fn since_unwound(&self) -> &[(usize, Moment, Event)] {
        self.since(self.last.unwound)
    }

    /// Subscribe, the requests and the cancels that returned: their entries, and those of their returns.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (&(usize, Moment, Event), &(usize, Moment, Event))> {
        self.calls.iter().map(|(call, back)| (&self.entries[*call], &self.entries[*back]))
    }

    /// What was known when all was over.
    pub(crate) fn last(&self) -> &Moment {
        &self.last
    }

    /// The entry of the cancel, with what was known before it.
    pub(crate) fn cancel(&self) -> Option<&(usize, Moment, Event)> {
        self.last.cancelled.map(|at| &self.entries[at])
    }

    /// The entry of the terminal, with what was known before it.
    pub(crate) fn terminal(&self) -> Option<&(usize, Moment, Event)> {
        self.last.terminal.map(|at| &self.entries[at])
    }

    /// The moments at which everything had come to rest.
    pub(crate) fn rests(&self) -> impl Iterator<Item = (usize, &Moment, &Event)> {
        self.rests.iter().map(|at| (*at, &self.entries[*at].1, &self.entries[*at].2))
    }

    pub(crate) fn event(&self, number: usize) -> &Event {
        &self.entries[number].2
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many items there are.
    pub(crate) fn items(&self) -> u64 {
        if self.is_bound() {
            return u64::MAX;
        }
        self.plan.source.items()
    }

    /// Whether it is to complete by itself.
    pub(crate) fn is_finite(&self) -> bool {
        !self.is_bound() && matches!(self.plan.source, Source::Length(Length::Exactly(_)))
    }

    pub(crate) fn is_failing(&self) -> bool {
        !self.is_bound() && matches!(self.plan.source, Source::FailingAt(_))
    }

    pub(crate) fn is_endless(&self) -> bool {
        !self.is_bound() && matches!(self.plan.source, Source::Length(Length::Endless))
    }

    /// Whether, at rest, items are missing that were asked for and that there are.
    pub(crate) fn is_short(&self, at: &Moment) -> bool {
        let missing = match (self.is_endless(), self.capabilities.lossy) {
            (true, lossy) => !lossy && !self.capabilities.silent,
            (false, true) => true,
            (false, false) => at.delivered < self.items(),
        };
        at.is_open() && at.outstanding > 0 && missing && !self.is_bound()
    }

    /// Whether, at rest, a stream that has signalled all its items owes its end.
    pub(crate) fn owes_end(&self, at: &Moment) -> bool {
        let ends = self.is_finite() || self.is_failing();
        ends && at.is_open() && at.outstanding > 0 && self.is_exhausted(at)
    }

    /// The last rest before the kit lets go.
    pub(crate) fn last_rest(&self) -> Option<(usize, &Moment)> {
        let letting_go = |event: &Event| matches!(event.what, What::Cancel { via: Via::HandleDropped });
        let end = self.entries().find(|(_, _, event)| letting_go(event)).map(|(at, _, _)| at);
        let mut rests: Vec<_> = self.rests().map(|(at, before, _)| (at, before)).collect();
        if end.is_none() {
            rests.pop();
        }
        rests.into_iter().rev().find(|(at, _)| end.is_none_or(|end| *at < end))
    }

    /// Whether the stream has signalled all that it has, as far as one can know.
    pub(crate) fn is_exhausted(&self, at: &Moment) -> bool {
        !self.is_endless() && (self.is_bound() || self.capabilities.lossy || at.delivered >= self.items())
    }

    /// Whether the subscriber, dropped here, was dropped though something could still come.
    pub(crate) fn is_silent_death(&self, at: usize, before: &Moment) -> bool {
        let can_come = before.outstanding > 0 && !self.capabilities.silent;
        before.is_open()
            && before.subscribed > 0
            && (can_come || before.handle)
            && !self.falls_with_a_panic(at)
    }

    /// Whether what is dropped here is dropped because the publisher panics, which is a matter of its own.
    pub(crate) fn falls_with_a_panic(&self, at: usize) -> bool {
        let next = self.entries[at + 1..].iter().find(|(_, _, event)| !matches!(event.what, What::Locked));
        next.is_some_and(|(_, _, event)| matches!(event.what, What::Panicked { .. }))
    }
}
