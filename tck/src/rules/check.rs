//! One assertion, and the function that makes the assertions of one rule.

use super::Strength;
use crate::outcome::Judgement;

/// One assertion of a suite.
#[derive(Debug)]
pub struct Check {
    pub(crate) id: &'static str,
    pub(crate) asserts: &'static str,
    pub(crate) needs: Need,
    pub(crate) strength: Strength,
}

impl Check {
    pub(crate) const fn must(id: &'static str, needs: Need, asserts: &'static str) -> Self {
        Self { id, asserts, needs, strength: Strength::Must }
    }

    pub(crate) const fn should(id: &'static str, needs: Need, asserts: &'static str) -> Self {
        Self { id, asserts, needs, strength: Strength::Should }
    }

    /// What is only reported: it counts, and it cannot fail.
    pub(crate) const fn may(id: &'static str, needs: Need, asserts: &'static str) -> Self {
        Self { id, asserts, needs, strength: Strength::May }
    }

    /// Its name, which stays: `"1.9/2"` is the second assertion of rule 1.9.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The number of its rule.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(rule, _)| rule)
    }

    /// Whether a pattern names it: by its id, by its rule, or by the beginning of its id before a star, as `"3.*"`.
    #[must_use]
    pub fn is_named_by(&self, pattern: &str) -> bool {
        match pattern.strip_suffix('*') {
            Some(beginning) => self.id.starts_with(beginning),
            None => self.id == pattern || self.rule() == pattern,
        }
    }

    /// What must be so.
    #[must_use]
    pub fn asserts(&self) -> &'static str {
        self.asserts
    }

    /// How strongly it binds.
    #[must_use]
    pub fn strength(&self) -> Strength {
        self.strength
    }

    /// Its number within its rule.
    pub(crate) fn number(&self) -> u8 {
        self.id.split_once('/').and_then(|(_, number)| number.parse().ok()).unwrap_or(0)
    }
}

/// What must be there for a check to have something to judge. What a fixture lacks makes the check not applicable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Nothing,
    /// A stream whose number of items is known.
    KnownLength,
    /// The same, and a source that runs for its subscriber only.
    KnownLengthCold,
    /// A stream that completes.
    Completion,
    /// A stream that fails.
    Failure,
    /// A stream that goes on for ever.
    Endless,
    /// One of the two.
    FailureOrEndless,
    /// An item.
    Item,
    /// So many items that it shows whether they nest.
    ManyItems,
    /// An item, or a stream that must be silent.
    ItemOrSilence,
    /// A terminal that comes without more demand.
    EagerEnd,
    /// A stream whose items are known.
    Known,
    /// A stream of which something can be asked: an item or an end.
    Demanded,
    /// A source that runs for its subscriber only.
    Cold,
    /// A publisher that can be cloned.
    Shared,
    /// One that refuses a second subscriber.
    Refusal,
    /// One that has a stream for each subscriber.
    Streams,
    /// One that has a stream for all.
    OneStream,
    /// The same, of items that can be compared.
    OneStreamShown,
    /// One of these two.
    Neighbours,
    /// A subscriber that takes items at all.
    Appetite,
    /// A subscriber that can be made to lose interest.
    Leaving,
    /// One that has enough by itself after some items.
    Enough,
    /// One that cancels, for the one reason or the other.
    Cancel,
    /// One that tells when it is done.
    Observed,
    /// One that tells, too, that it has failed.
    ObservedFailure,
    /// A processor whose buffer is bounded.
    Bound,
    /// One whose items are not one to one.
    Uneven,
    /// A process of its own.
    Child,
}

impl Need {
    /// What a fixture can do about a case that never occurred.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::Leaving | Self::Cancel => {
                "Does the fixture register `hooks.on_leave`, and does that cancel? If nothing makes the subscriber lose \
                 interest, say never_leaves() in its capabilities"
            }
            Self::Observed | Self::ObservedFailure => {
                "Does the fixture take `hooks.done()` and tell how it ended? If nobody sees that, say unobserved() in its \
                 capabilities"
            }
            Self::Enough | Self::Appetite => {
                "Does the subscriber cancel by itself? Then say cancels_after() in its capabilities, or asks_when_told() if \
                 it asks only when it is told to"
            }
            _ => {
                "Can the fixture make a stream of some length, and do its capabilities say what it cannot do?"
            }
        }
    }
}

/// What says which checks can be judged.
pub(crate) trait Able {
    /// Why what is needed is not there.
    fn lacks(&self, need: Need) -> Option<&'static str>;

    /// The checks and rules that the user wants left out, and why.
    fn excluded(&self) -> &[(&'static str, &'static str)];

    /// Why the user wants this check, or its whole rule, left out.
    fn excludes(&self, check: &Check) -> Option<&str> {
        self.excluded().iter().find(|(id, _)| check.is_named_by(id)).map(|(_, reason)| *reason)
    }
}

/// The checks of one rule in one suite, and the pure function over a finished log that makes them.
#[derive(Debug)]
pub(crate) struct Judge<T: 'static> {
    pub(crate) rule: &'static str,
    /// What to look at when one of them fails.
    pub(crate) look: &'static str,
    pub(crate) checks: &'static [Check],
    pub(crate) judge: fn(&T, &mut Judgement),
}
