//! What a third party writes.

use crate::Env;
use crate::content::Emits;
use crate::rules::{Able, Need};
use crate::shown::{Own, own};
use reactive_streams_core::{Publisher, Subscriber};
use std::convert::Infallible;
use std::fmt;
use std::ops::RangeInclusive;

/// How long a stream is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Length {
    /// It completes after this many items.
    Exactly(u64),
    /// It goes on as long as it is asked.
    Endless,
}

impl Length {
    /// The number of items; `u64::MAX` when endless.
    #[must_use]
    pub const fn get(self) -> u64 {
        match self {
            Self::Exactly(n) => n,
            Self::Endless => u64::MAX,
        }
    }
}

/// Makes the publishers that the kit judges.
///
/// ```
/// use reactive_streams_core::Publisher;
/// use reactive_streams_tck::{Capabilities, Env, Fixture, Length, gallery};
///
/// struct MySource;
///
/// impl Fixture for MySource {
///     fn create(&self, env: &Env, length: Length) -> impl Publisher {
///         gallery::Synchronous::new(env.items(length)) // your publisher instead
///     }
/// }
///
/// reactive_streams_tck::verify_publisher(&MySource).assert_conforms();
/// ```
pub trait Fixture {
    /// A fresh publisher that signals as many items as `length` says and then completes. Only the lengths that
    /// [`capabilities`](Self::capabilities) allows are asked for.
    ///
    /// It may be made of anything that `env` offers and lives no longer than `env`; the fixture keeps nothing of it.
    fn create(&self, env: &Env, length: Length) -> impl Publisher;

    /// A fresh publisher that signals at most `k` items and then fails; `None` when it cannot fail.
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        let _ = (env, k);
        None::<CannotFail>
    }

    /// A fresh publisher that can be cloned, for several subscribers; otherwise as [`create`](Self::create). What the
    /// clones share is said by [`Capabilities::sharing`]. `None` when it cannot be cloned.
    fn create_shared(&self, env: &Env, length: Length) -> Option<impl Publisher + Clone> {
        let _ = (env, length);
        None::<CannotFail>
    }

    /// The same, of one that fails after at most `k` items.
    fn create_shared_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher + Clone> {
        let _ = (env, k);
        None::<CannotFail>
    }

    /// What reports call it: the name of its type, unless you say otherwise.
    fn name(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }

    /// What the publisher can do, and which optional behaviour it promises.
    fn capabilities(&self) -> Capabilities {
        Capabilities::new()
    }
}

/// What the subscribers of clones of one publisher have in common (rule 1.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sharing {
    /// There is one at a time: who comes beside another one is refused, by on_subscribe and then on_error.
    Unicast,
    /// Each has a stream of its own, from the beginning.
    MultiUnicast,
    /// All share one stream: who comes late has missed the beginning, and one may have to wait for another. Each gets a
    /// part of it without gaps, unless it is [lossy](Capabilities::lossy), and who completes has got its last item.
    Multicast,
}

/// What a publisher can do. It starts with everything; take away what yours cannot do. The kit does not judge
/// what is taken away, and says so.
///
/// ```
/// use reactive_streams_tck::Capabilities;
///
/// // A source of one item, which knows its end only when it is asked for a second one.
/// let _ = Capabilities::new().lengths(1..=1).not_endless().lazy_completion();
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Capabilities {
    pub(crate) lengths: RangeInclusive<u64>,
    pub(crate) endless: bool,
    pub(crate) failing: RangeInclusive<u64>,
    pub(crate) eager_completion: bool,
    pub(crate) eager_failure: bool,
    pub(crate) lossy: bool,
    pub(crate) silent: bool,
    pub(crate) real_threads: bool,
    pub(crate) sharing: Sharing,
    pub(crate) hot: bool,
    pub(crate) emits: Option<Emits>,
    /// What shows its items, if it has said of what type they are.
    pub(crate) own: Option<Own>,
    pub(crate) unordered: bool,
    pub(crate) varying: bool,
    /// Why it is not known what its items are.
    pub(crate) unknown: Option<&'static str>,
    /// [`Fixture::create_shared`] made one.
    pub(crate) shared: bool,
    /// What came of it cannot be shown, and so not be compared.
    pub(crate) unshown: bool,
    /// No item came to two subscribers, as of a channel whose receivers compete.
    pub(crate) competing: bool,
    /// Few items come out of the longest streams.
    pub(crate) shallow: bool,
    /// Unicast, and who came alone after others was served at least once.
    pub(crate) reopens: bool,
    pub(crate) excluded: Vec<(&'static str, &'static str)>,
}

impl Capabilities {
    /// Every length, endless too; terminals come without demand; each item is delivered.
    pub const fn new() -> Self {
        Self {
            lengths: 0..=u64::MAX - 1,
            endless: true,
            failing: 0..=u64::MAX - 1,
            eager_completion: true,
            eager_failure: true,
            lossy: false,
            silent: false,
            real_threads: false,
            sharing: Sharing::MultiUnicast,
            hot: false,
            emits: None,
            own: None,
            unordered: false,
            varying: false,
            unknown: None,
            shared: true,
            unshown: false,
            competing: false,
            shallow: false,
            reopens: false,
            excluded: Vec::new(),
        }
    }

    /// Leaves out one check, as `"1.9/2"`, or all of a rule, as `"1.9"`, because it is known not to hold; the report
    /// says so, with the reason.
    pub fn exclude(mut self, id: &'static str, reason: &'static str) -> Self {
        self.excluded.push((id, reason));
        self
    }

    /// The finite lengths that [`Fixture::create`] can make.
    pub const fn lengths(mut self, lengths: RangeInclusive<u64>) -> Self {
        self.lengths = lengths;
        self
    }

    /// [`Fixture::create`] can make no finite stream.
    #[allow(clippy::reversed_empty_ranges, reason = "an empty range is meant")]
    pub const fn not_finite(self) -> Self {
        self.lengths(1..=0)
    }

    /// [`Fixture::create`] can make no endless stream.
    pub const fn not_endless(mut self) -> Self {
        self.endless = false;
        self
    }

    /// The numbers of items after which [`Fixture::create_failing_at`] can fail.
    pub const fn failing_at(mut self, items: RangeInclusive<u64>) -> Self {
        self.failing = items;
        self
    }

    /// It learns of its end only when it is asked for an item beyond it, so that it completes with the next
    /// demand (rule 3-iv is then not applicable).
    pub const fn lazy_completion(mut self) -> Self {
        self.eager_completion = false;
        self
    }

    /// It learns of its failure only when it is asked for an item beyond it.
    pub const fn lazy_failure(mut self) -> Self {
        self.eager_failure = false;
        self
    }

    /// It may drop or merge items, so that fewer than the length arrive. What arrives comes in order, and once, if it is
    /// known what it [emits](Self::emits).
    pub const fn lossy(mut self) -> Self {
        self.lossy = true;
        self
    }

    /// Its endless stream never signals anything.
    pub const fn silent(mut self) -> Self {
        self.silent = true;
        self
    }

    /// What the subscribers have in common when [`Fixture::create_shared`] makes a publisher. Without a word of it, each
    /// has a stream of its own.
    pub const fn sharing(mut self, sharing: Sharing) -> Self {
        self.sharing = sharing;
        self
    }

    /// Its source runs, and may keep items, whether or not anybody listens, so that a cancel does not stop it. It may also
    /// never come to rest. That the subscriber is let go is judged all the same.
    pub const fn hot(mut self) -> Self {
        self.hot = true;
        self
    }

    /// What its streams are made of: the item at each position, counted from zero, is shown by `Debug` as this one. Each
    /// stream is then compared with it (rule 1.2), also those of several subscribers. Without a word the kit infers it
    /// where it can, from what nearly all scenarios have in common.
    ///
    /// ```
    /// use reactive_streams_tck::{Verdict, adapt::iterator, verify_publisher};
    ///
    /// let squares = iterator(|env, length| env.items(length).map(|item| *item * *item));
    /// let honest = squares.capable(|can| can.emits(|position| position * position));
    /// assert_eq!(verify_publisher(&honest).verdict("1.2/2"), Some(Verdict::Pass));
    /// let wrong = honest.capable(|can| can.emits(|position| position));
    /// assert_eq!(verify_publisher(&wrong).verdict("1.2/2"), Some(Verdict::Fail));
    /// ```
    pub fn emits<O: fmt::Debug + 'static>(mut self, item: impl Fn(u64) -> O + Send + Sync + 'static) -> Self {
        self.emits = Some(Emits::new(move |position| format!("{:?}", item(position))));
        self.shows::<O>()
    }

    /// Items of this type can be shown.
    pub(crate) fn shows<O: fmt::Debug + 'static>(mut self) -> Self {
        self.own = Some(own::<O>);
        self
    }

    /// Its items come in any order: none twice, and none left out, is all that is judged of what it
    /// [emits](Self::emits).
    pub const fn unordered(mut self) -> Self {
        self.unordered = true;
        self
    }

    /// Its items are others each time: they are not compared with anything.
    pub const fn varying(mut self) -> Self {
        self.varying = true;
        self
    }

    /// It needs threads of its own and cannot run on [`Env::executor`]. The deterministic checks are then not
    /// applicable: none of them can tell when such a publisher has come to rest.
    pub const fn real_threads(mut self) -> Self {
        self.real_threads = true;
        self
    }

    pub(crate) const fn unknown(mut self, why: &'static str) -> Self {
        self.unknown = Some(why);
        self
    }

    #[allow(clippy::reversed_empty_ranges, reason = "an empty range is meant")]
    pub(crate) const fn cannot_fail(self) -> Self {
        self.failing_at(1..=0)
    }

    pub(crate) const fn cannot_share(mut self) -> Self {
        self.shared = false;
        self
    }

    /// The length of the longest stream of at most `n` items that has an item.
    pub(crate) fn at_most(&self, n: u64) -> Option<Length> {
        let longest = n.min(*self.lengths.end()).max(*self.lengths.start());
        (longest > 0 && self.lengths.contains(&longest)).then_some(Length::Exactly(longest))
    }

    /// What is wrong with what it says of itself.
    pub(crate) fn fault(&self) -> Option<String> {
        self.emits.as_ref().and_then(Emits::fault)
    }

    /// A stream of `n` items, or else a somewhat shorter one, or else an endless one.
    pub(crate) fn deep(&self, n: u64) -> Option<Length> {
        match self.at_most(n) {
            Some(Length::Exactly(longest)) if (n / 10..=n).contains(&longest) => {
                Some(Length::Exactly(longest))
            }
            _ => (self.endless && !self.silent).then_some(Length::Endless),
        }
    }

    /// An endless stream or else one of up to 40 items.
    pub(crate) fn long(&self) -> Option<Length> {
        if self.endless && !self.silent { Some(Length::Endless) } else { self.at_most(40) }
    }

    /// Whether it ever signals an item.
    pub(crate) fn has_items(&self) -> bool {
        self.long().is_some()
    }
}

impl Capabilities {
    fn shares(&self, sharing: Sharing) -> bool {
        self.shared && self.sharing == sharing && self.has_items()
    }
}

/// Why items are not compared.
pub(crate) const UNSHOWN: &str = "its items are of a type that the kit cannot show, and so cannot compare";

impl Able for Capabilities {
    fn lacks(&self, need: Need) -> Option<&'static str> {
        let (finite, fails) = (!self.lengths.is_empty(), !self.failing.is_empty());
        let lacks = |missing: bool, why| missing.then_some(why);
        match need {
            Need::Nothing
            | Need::Appetite
            | Need::Leaving
            | Need::Enough
            | Need::Cancel
            | Need::Observed
            | Need::ObservedFailure
            | Need::Bound
            | Need::Uneven
            | Need::Child => None,
            Need::KnownLength => lacks(!finite && !fails, "it never ends"),
            Need::KnownLengthCold => self.lacks(Need::KnownLength).or_else(|| self.lacks(Need::Cold)),
            Need::Completion => lacks(!finite, "it never completes"),
            Need::Failure => lacks(!fails, "it cannot fail"),
            Need::Endless => lacks(!self.endless, "it always ends"),
            Need::FailureOrEndless => lacks(!fails && !self.endless, "it always completes"),
            Need::ManyItems => {
                lacks(self.shallow || self.deep(10_000).is_none(), "its streams are too short to show it")
            }
            Need::Item => lacks(!self.has_items(), "it has no items"),
            Need::ItemOrSilence => lacks(!self.silent && !self.has_items(), "it has no items"),
            Need::Known => self.lacks(Need::Item).or(self.unknown),
            Need::Demanded => lacks(self.silent && !finite && !fails, "it is silent"),
            Need::Cold => lacks(self.hot, "its source runs whether or not anybody listens"),
            Need::Shared => {
                lacks(!self.shared, "it is not Clone: one value has one subscriber, by the types")
            }
            Need::Refusal => lacks(!self.shares(Sharing::Unicast), "it is not declared to be unicast"),
            Need::Streams => {
                lacks(!self.shares(Sharing::MultiUnicast), "it has no stream for each subscriber")
            }
            Need::OneStreamShown => self
                .lacks(Need::OneStream)
                .or_else(|| lacks(self.unshown, UNSHOWN))
                .or_else(|| lacks(self.competing, "no item comes to two subscribers, and it is lossy")),
            Need::OneStream => lacks(!self.shares(Sharing::Multicast), "it is not declared to be multicast"),
            Need::Neighbours => lacks(
                !self.shares(Sharing::MultiUnicast) && !self.shares(Sharing::Multicast),
                "it has one subscriber at a time",
            ),
            Need::EagerEnd => {
                let eager = self.eager_completion && finite || self.eager_failure && fails;
                lacks(!eager, "it learns of its end only when it is asked again")
            }
        }
    }

    fn excluded(&self) -> &[(&'static str, &'static str)] {
        &self.excluded
    }
}

impl Default for Capabilities {
    fn default() -> Self {
        Self::new()
    }
}

/// The publisher of fixtures that have none of a kind; there is no value of it.
#[derive(Clone, Debug)]
enum CannotFail {}

impl Publisher for CannotFail {
    type Item = Infallible;
    type Error = Infallible;
    fn subscribe<S>(self, _subscriber: S)
    where
        S: Subscriber<Item = Infallible, Error = Infallible> + Send + 'static,
    {
        match self {}
    }
}
