//! What the kit's subscriber does, and what is done from outside: a scenario as a value.

use crate::Length;
use crate::log::Via;
use crate::schedule::{Schedule, Told};

/// One call on the subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Request(u64, Via),
    Cancel(Via),
    /// The handle is given up for a canceller: nobody asks from elsewhere any more.
    GiveUp,
}

/// At which items the subscriber acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// At this one, counted from one.
    Nth(u64),
    /// At each multiple of this.
    Every(u64),
}

impl When {
    pub(crate) fn is_due(self, index: u64) -> bool {
        match self {
            Self::Nth(n) => index == n,
            Self::Every(n) => index.is_multiple_of(n),
        }
    }
}

/// One thing that is done from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drive {
    Do(Step),
    /// Polls this many tasks.
    Poll(usize),
    /// Lets everything come to rest.
    Settle,
}

/// Where the subscriber panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Panics {
    OnSubscribe,
    /// At this item, counted from one.
    OnNext(u64),
    Terminal,
}

/// Where a subscriber does something to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inside {
    Subscribe,
    /// At this item, counted from one.
    Nth(u64),
    Terminal,
    /// When it is dropped.
    Drop,
}

/// How the stream of a scenario is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    Length(Length),
    /// It fails after this many items.
    FailingAt(u64),
}

impl Source {
    /// How many items there can be.
    pub(crate) fn items(self) -> u64 {
        match self {
            Self::Length(length) => length.get(),
            Self::FailingAt(k) => k,
        }
    }
}

/// One scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) source: Source,
    pub(crate) handle: bool,
    pub(crate) canceller: bool,
    pub(crate) on_subscribe: Vec<Step>,
    pub(crate) on_next: Vec<(When, Step)>,
    /// What it does with the subscriptions of others, by their handles, each by its number among them.
    pub(crate) beside: Vec<(Inside, usize, Step)>,
    /// Who of them subscribes there, on the same thread.
    pub(crate) joins: Vec<(Inside, usize)>,
    pub(crate) panics: Option<Panics>,
    pub(crate) drive: Vec<Drive>,
    /// In which orders tasks, steps from outside and time may come.
    pub(crate) order: Order,
    /// Thousands of items: the middle of the stream is counted, not written down, and the stack is measured.
    pub(crate) deep: bool,
    /// The subscriber cancels the subscription of a second `on_subscribe`, as rule 2.5 asks.
    pub(crate) rejects: bool,
    /// The subscriber puts a subscription of its own into the place of the lent one, as an operator may.
    pub(crate) replaces: bool,
}

/// How many schedules of a scenario are played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Order {
    /// One: steps from outside as soon as they can, tasks first come first served, then time.
    #[default]
    First,
    /// Every one, up to a bound.
    Every,
    /// Some by lot and some by priority, from this seed.
    Some(u64),
    /// The first of all, and then some by lot and some by priority.
    Also(u64),
}

impl Plan {
    pub(crate) fn new(name: impl Into<String>, source: Source) -> Self {
        Self {
            name: name.into(),
            source,
            handle: false,
            canceller: false,
            on_subscribe: Vec::new(),
            on_next: Vec::new(),
            beside: Vec::new(),
            joins: Vec::new(),
            panics: None,
            drive: Vec::new(),
            order: Order::First,
            deep: false,
            rejects: false,
            replaces: false,
        }
    }

    /// The schedule of a scenario that is played once.
    pub(crate) fn schedule(&self) -> Schedule {
        match self.order {
            Order::First | Order::Also(_) => Schedule::plain(),
            Order::Every => Schedule::told(Told::default()),
            Order::Some(seed) => Schedule::lot(seed),
        }
    }

    pub(crate) fn handle(mut self) -> Self {
        self.handle = true;
        self
    }

    pub(crate) fn canceller(mut self) -> Self {
        self.canceller = true;
        self
    }

    /// What the subscriber does in `on_subscribe`.
    pub(crate) fn first(mut self, step: Step) -> Self {
        self.on_subscribe.push(step);
        self
    }

    /// What the subscriber does in `on_next`.
    pub(crate) fn at(mut self, when: When, step: Step) -> Self {
        self.on_next.push((when, step));
        self
    }

    /// What the subscriber does there with the subscription of another one.
    pub(crate) fn beside(mut self, inside: Inside, member: usize, step: Step) -> Self {
        self.beside.push((inside, member, step));
        self
    }

    /// Who subscribes there.
    pub(crate) fn joined(mut self, inside: Inside, member: usize) -> Self {
        self.joins.push((inside, member));
        self
    }

    /// To whom it does something.
    pub(crate) fn others(&self) -> impl Iterator<Item = usize> {
        let beside = self.beside.iter().map(|(_, member, _)| *member);
        beside.chain(self.joins.iter().map(|(_, member)| *member))
    }

    pub(crate) fn panics(mut self, place: Panics) -> Self {
        self.panics = Some(place);
        self
    }

    /// Steps from outside and time may come before, between and after the polls of the tasks.
    pub(crate) fn in_every_order(mut self) -> Self {
        self.order = Order::Every;
        self
    }

    /// Done from outside, with rest after it.
    pub(crate) fn then(self, step: Step) -> Self {
        self.at_once(step).settle()
    }

    /// Done from outside, without rest after it.
    pub(crate) fn at_once(mut self, step: Step) -> Self {
        self.drive.push(Drive::Do(step));
        self
    }

    pub(crate) fn poll(mut self, polls: usize) -> Self {
        self.drive.push(Drive::Poll(polls));
        self
    }

    pub(crate) fn settle(mut self) -> Self {
        self.drive.push(Drive::Settle);
        self
    }
}
