//! The flaws of [`Flawed`], and the rule under which each must be caught.

use crate::flawed::Flawed;
use reactive_streams_core::Publisher;
use reactive_streams_tck::{Env, Fixture, Length};

/// What is wrong with a rogue; [`ROGUES`] says under which rule it must be caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    Nothing,
    /// One item more than asked for, each time.
    PlusOne,
    /// The same, but only after a hundred items.
    PlusOneLate,
    /// An item before any demand.
    BeforeDemand,
    /// Takes any demand for unbounded demand.
    AnyIsAll,
    /// Delivers without asking whether it may.
    NeverAsks,
    /// Makes one item more where the stream is shorter than the demand.
    Pads,
    /// Keeps its failure for itself.
    NeverFails,
    /// Completes when it fails.
    FailureCompletes,
    /// Drops the subscriber when it fails.
    DiesOfFailure,
    /// Never says that it is at its end.
    NeverCompletes,
    /// The same, but only when it is empty.
    NeverCompletesEmpty,
    /// Completes after two items, however many there are.
    CompletesEarly,
    /// Fails at its end.
    CompletionFails,
    /// Drops the subscriber at its end.
    DiesAtEnd,
    /// Stays parked behind its end, and panics when it is woken there.
    StaysAfterEnd,
    /// Looks at the demand once, and delivers all of it without another look.
    DrainsAll,
    /// Answers a cancel in on_next with on_complete while there are more items.
    CompletesOnCancel,
    /// The same, but only when there are no more.
    CompletesThoughCancelled,
    /// Answers a cancel at rest with on_complete.
    CompletesInDrop,
    /// Calls on_subscribe again.
    SubscribesTwice,
    /// Drops the subscriber without on_subscribe.
    NeverSubscribes,
    /// An item before on_subscribe.
    ItemFirst,
    /// Completes without on_subscribe when it is empty.
    EmptyWithoutSubscribe,
    /// Panics in subscribe when it is empty.
    PanicsInSubscribe,
    /// Forgets what was requested in on_subscribe.
    ForgetsFirstDemand,
    /// Forgets what was requested in on_next.
    ForgetsDemandInNext,
    /// Takes a cancel in on_next for a pause, and goes on with the next request.
    CancelIsPause,
    /// Takes the larger of old and new demand instead of the sum.
    MaxNotSum,
    /// Loses one unit of demand when it goes on.
    LosesOneAtResume,
    /// Waits until two items are asked for.
    HungryForTwo,
    /// A timer that goes on after the cancel.
    TicksForEver,
    /// A source that goes on after the cancel.
    MakesForEver,
    /// Goes on emptying its source after a cancel in on_next, and drops what it takes.
    EmptiesItsSource,
    /// Leaks the subscriber after a cancel.
    LeaksSubscriber,
    /// Leaks what it has prefetched after a cancel.
    LeaksBuffer,
    /// A task holds the subscriber after a cancel.
    TaskKeepsSubscriber,
    /// Panics when it is cancelled at rest.
    PanicsOnCancel,
    /// Panics when the demand does not fit in 32 bits.
    PanicsOnLarge,
    /// Cuts the demand to 32 bits.
    TruncatesDemand,
    /// Takes a demand of 2^62 for an error.
    FailsOnLarge,
    /// Says that no demand was left.
    UnusedIsNone,
    /// Looks at the unused demand before the last item instead of after it.
    UnusedTooEarly,
    /// Passes on what was asked for in all.
    UnusedIsAll,
    /// Delivers four items between two looks.
    DrainsFour,
    /// Delivers a dozen of them.
    DrainsTwelve,
    /// Waits for demand to say that it is at its end.
    EndsOnDemand,
    /// Drops the subscriber a second after the cancel.
    DropsLater,
    /// Drops the subscriber at its end if the handle was given up.
    DiesGivenUp,
    /// Overlooks a cancel in on_next #4.
    DeafAtFour,
    /// Completes while it holds a lock.
    CompletesUnderLock,
    /// Drops the subscriber while it holds a lock.
    DropsUnderLock,
    /// Its parked state keeps its own link alive.
    HoldsItsWaker,
    /// Turns a panic of the subscriber into on_error.
    PanicIsError,
    /// Swallows a panic of the subscriber.
    SwallowsPanic,
    /// Leaks what it has prefetched when the subscriber panics.
    LeaksBufferOnPanic,
}

/// Each rogue and the rule under which it must be caught.
pub(crate) const ROGUES: &[(Flaw, &str)] = &[
    (Flaw::PlusOne, "1.1"),
    (Flaw::PlusOneLate, "1.1"),
    (Flaw::BeforeDemand, "1.1"),
    (Flaw::AnyIsAll, "1.1"),
    (Flaw::NeverAsks, "1.1"),
    (Flaw::Pads, "1.2"),
    (Flaw::NeverFails, "1.4"),
    (Flaw::FailureCompletes, "1.4"),
    (Flaw::DiesOfFailure, "1.4"),
    (Flaw::NeverCompletes, "1.5"),
    (Flaw::NeverCompletesEmpty, "1.5"),
    (Flaw::CompletesEarly, "1.5"),
    (Flaw::CompletionFails, "1.5"),
    (Flaw::DiesAtEnd, "1.5"),
    (Flaw::StaysAfterEnd, "1.6"),
    (Flaw::DrainsAll, "1.8"),
    (Flaw::CompletesOnCancel, "1.8"),
    (Flaw::CompletesThoughCancelled, "1.8"),
    (Flaw::CompletesInDrop, "1.8"),
    (Flaw::SubscribesTwice, "1.9"),
    (Flaw::NeverSubscribes, "1.9"),
    (Flaw::ItemFirst, "1.9"),
    (Flaw::EmptyWithoutSubscribe, "1.9"),
    (Flaw::PanicsInSubscribe, "1.9"),
    (Flaw::ForgetsFirstDemand, "3.2"),
    (Flaw::ForgetsDemandInNext, "3.2"),
    (Flaw::CancelIsPause, "1.8"),
    (Flaw::MaxNotSum, "3.8"),
    (Flaw::LosesOneAtResume, "3.8"),
    (Flaw::HungryForTwo, "3.8"),
    (Flaw::TicksForEver, "3.12"),
    (Flaw::MakesForEver, "3.12"),
    (Flaw::EmptiesItsSource, "3.12"),
    (Flaw::LeaksSubscriber, "3.13"),
    (Flaw::LeaksBuffer, "3.13"),
    (Flaw::TaskKeepsSubscriber, "3.13"),
    (Flaw::PanicsOnCancel, "3.15"),
    (Flaw::PanicsOnLarge, "3.16"),
    (Flaw::TruncatesDemand, "3.17"),
    (Flaw::FailsOnLarge, "3.17"),
    (Flaw::UnusedIsNone, "3-i"),
    (Flaw::UnusedTooEarly, "3-i"),
    (Flaw::UnusedIsAll, "3-i"),
    (Flaw::DrainsFour, "3-iii"),
    (Flaw::DrainsTwelve, "3.12"),
    (Flaw::EndsOnDemand, "3-iv"),
    (Flaw::DiesGivenUp, "3-iv"),
    (Flaw::DeafAtFour, "3-iii"),
    (Flaw::DropsLater, "3-v"),
    (Flaw::CompletesUnderLock, "3-v"),
    (Flaw::DropsUnderLock, "3-v"),
    (Flaw::HoldsItsWaker, "3-vi"),
    (Flaw::PanicIsError, "3-vii"),
    (Flaw::SwallowsPanic, "3-vii"),
    (Flaw::LeaksBufferOnPanic, "3-vii"),
];

#[derive(Clone, Copy)]
pub(crate) struct Rogue(pub(crate) Flaw);

impl Rogue {
    fn make(&self, env: &Env, length: Length, fails: bool) -> Flawed {
        Flawed { items: Box::new(env.items(length)), fails, flaw: self.0, env: env.clone() }
    }
}

impl Fixture for Rogue {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        self.make(env, length, false)
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(self.make(env, Length::Exactly(k), true))
    }
}
