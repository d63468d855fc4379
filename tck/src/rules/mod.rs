//! The rules as data: all 43 of the specification and the contract's own nine, what each suite does about them, and
//! the tables of checks that judge a finished log.

mod check;
mod publisher;
mod text;

pub use check::Check;
pub(crate) use check::{Able, Judge, Need};
pub(crate) use publisher::PUBLISHER;

use crate::processor_suite::PROCESSOR;
use crate::subscriber_suite::SUBSCRIBER;

use std::fmt;

/// The version of the specification that the numbers are those of.
pub const SPECIFICATION: &str = "1.0.4";

/// Who is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Suite {
    /// What a publisher must do.
    Publisher,
    /// What a subscriber must do.
    Subscriber,
    /// Both at once.
    Processor,
}

impl Suite {
    /// Every suite.
    pub const ALL: &'static [Self] = &[Self::Publisher, Self::Subscriber, Self::Processor];

    /// The checks of this suite, in the order of the rules.
    pub fn checks(self) -> impl Iterator<Item = &'static Check> {
        fn of<T>(table: &'static [Judge<T>], wanted: bool) -> impl Iterator<Item = &'static Check> {
            table.iter().filter(move |_| wanted).flat_map(|judge| judge.checks)
        }
        of(PUBLISHER, self != Self::Subscriber)
            .chain(of(SUBSCRIBER, self == Self::Subscriber))
            .chain(of(PROCESSOR, self == Self::Processor))
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Publisher => "publisher",
            Self::Subscriber => "subscriber",
            Self::Processor => "processor",
        })
    }
}

/// How strongly a rule binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Strength {
    /// It is told what it does; nothing can be broken.
    May,
    /// Breaking it is a failure only when the run is [strict](crate::Options::strict).
    Should,
    /// Breaking it is a failure.
    Must,
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::May => "MAY",
            Self::Should => "SHOULD",
            Self::Must => "MUST",
        })
    }
}

/// What a suite does about a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Coverage {
    /// It is judged by the checks of its number.
    Checks,
    /// Safe code cannot break it: these programs, of `crates/reactive-streams-core/tests/ui`, do not compile. Where there
    /// are checks of its number nevertheless, they watch what unsafe code could do.
    Types(&'static [&'static str]),
    /// It does not concern whom this suite judges, for this reason.
    NotApplicable(&'static str),
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    pub(crate) id: &'static str,
    pub(crate) asks: &'static str,
    pub(crate) why: &'static str,
    pub(crate) how: &'static str,
    pub(crate) breaks: &'static str,
    pub(crate) strength: Strength,
    pub(crate) publisher: Coverage,
    pub(crate) subscriber: Coverage,
    pub(crate) processor: Coverage,
}

impl Rule {
    /// Its number, as `"1.1"` in the specification or `"3-iv"` among the contract's own.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// What it asks, in one sentence.
    #[must_use]
    pub fn asks(&self) -> &'static str {
        self.asks
    }

    /// What would go wrong without it.
    #[must_use]
    pub fn why(&self) -> &'static str {
        self.why
    }

    /// How the kit finds out.
    #[must_use]
    pub fn how(&self) -> &'static str {
        self.how
    }

    /// What usually breaks it.
    #[must_use]
    pub fn breaks(&self) -> &'static str {
        self.breaks
    }

    /// How strongly it binds.
    #[must_use]
    pub fn strength(&self) -> Strength {
        self.strength
    }

    /// What a suite does about it.
    #[must_use]
    pub fn coverage(&self, suite: Suite) -> Coverage {
        match suite {
            Suite::Publisher => self.publisher,
            Suite::Subscriber => self.subscriber,
            Suite::Processor => self.processor,
        }
    }

    /// Its checks in a suite.
    pub fn checks(&self, suite: Suite) -> impl Iterator<Item = &'static Check> {
        suite.checks().filter(|check| check.rule() == self.id)
    }
}

/// Every rule, in the order of the specification; the contract's own nine come last.
///
/// ```
/// assert_eq!(reactive_streams_tck::rules().count(), 43 + 9);
/// ```
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    text::CHAPTERS.iter().copied().flatten()
}

/// The rule of this number.
///
/// ```
/// let rule = reactive_streams_tck::rule("1.8").unwrap();
/// assert_eq!(rule.asks(), "after a cancel the signals stop");
/// ```
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}
