//! Publishers that are wrong at one place far in, at one number, on one path: what a look at the first few items, at the
//! usual demands and at the usual end does not show.

use crate::flawed::quietly;
use reactive_streams_core::{Demand, Publisher, Resume, Subscriber, Subscription, Turn};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{Env, Fixture, Item, Length};
use std::mem;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quirk {
    Nothing,
    /// In place of the item of this number the one before comes once more.
    RepeatsInPlace(u64),
    /// The items of this number and the next change places.
    Swaps(u64),
    /// When it goes on after a rest, the last item comes again in place of the next.
    RepeatsAfterRest,
    /// The first item after a rest is lost, and another one is made up at the end.
    LosesAfterRest,
    /// The item of this number uses up two units of demand.
    UsesTwo(u64),
    /// A stream without end completes after so many items.
    EndlessEnds(u64),
    /// A stream without end fails after so many items.
    EndlessFails(u64),
    /// A stream without end stalls after so many items.
    EndlessStalls(u64),
    /// Counts what is asked for in 32 bits, in 16, in 8.
    CountsIn(u32),
    /// Takes what is asked for as a signed number, and less than nothing for nothing.
    Signed,
    /// Never remembers more demand than this.
    Caps(u64),
    /// Fails, after more than so many items, by completing.
    SwallowsErrorAfter(u64),
    /// Leaks an item where it fails.
    LeaksOnError,
    /// Keeps a buffer alive behind the error.
    KeepsBufferOnError,
    /// Panics when it is dropped behind its end.
    PanicsInDropAtEnd,
    /// Panics when it is dropped while a subscriber has panicked, or not.
    PanicsInDropOnCancel,
    /// Looks for a cancel only before every eighth item.
    LooksEachEighth,
    /// One item too many when exactly so many were asked for at once.
    OneTooManyFor(u64),
    /// One item too few, likewise.
    OneTooFewFor(u64),
    /// Forgets the end when more is asked for inside the last item.
    RequestMeetsEnd,
    /// Leaks one in a hundred items.
    LeaksEachHundredth,
    /// Reports what is left of a demand above 2^31 as unbounded.
    UnusedIsUnbounded,
    /// Reports one less when the last item came after a rest.
    UnusedAfterRest,
    /// Makes up one more item at the end when it was once unbounded.
    PadsUnbounded,
    /// Loses the last item where the length has this remainder by that number.
    LosesLastOf(u64, u64),
    /// Makes up one more where the length is a multiple.
    PadsPagesOf(u64),
    /// The last item but one comes in place of the last where the length is a multiple.
    RepeatsLastOf(u64),
    /// Says that it is at its end when it is asked for more, where the length is a multiple.
    LateEndOfPages(u64),
    /// Does not look for a cancel after each so many items.
    BlindAfterPages(u64),
    /// When it goes on after a rest behind so many items, or a multiple, the last one comes again.
    RepeatsBehindPages(u64),
    /// Calls itself for each so many items.
    NestsEach(u64),
    /// Goes back to its first item when it was asked for more than there is, twice.
    Restarts,
}

use Quirk::*;

pub(crate) const ROGUES: &[(Quirk, &str)] = &[
    (RepeatsInPlace(2), "1.2"),
    (RepeatsInPlace(17), "1.2"),
    (RepeatsInPlace(129), "1.2"),
    (RepeatsInPlace(1025), "1.2"),
    (Swaps(2), "1.2"),
    (Swaps(17), "1.2"),
    (Swaps(1025), "1.2"),
    (RepeatsAfterRest, "1.2"),
    (LosesAfterRest, "1.2"),
    (UsesTwo(2), "3.8"),
    (UsesTwo(17), "3.8"),
    (UsesTwo(129), "3.2"),
    (UsesTwo(1025), "3.2"),
    (EndlessEnds(129), "1.5"),
    (EndlessEnds(1025), "1.5"),
    (EndlessFails(1025), "1.4"),
    (EndlessStalls(1025), "3.2"),
    (CountsIn(32), "3.17"),
    (CountsIn(16), "3.17"),
    (CountsIn(8), "3.8"),
    (Signed, "3.17"),
    (Caps(100), "3.8"),
    (Caps(256), "3.17"),
    (Caps(4096), "3.17"),
    (SwallowsErrorAfter(3), "1.4"),
    (SwallowsErrorAfter(100), "1.4"),
    (LeaksOnError, "3.13"),
    (KeepsBufferOnError, "3.13"),
    (PanicsInDropAtEnd, "3.16"),
    (PanicsInDropOnCancel, "3.15"),
    (LooksEachEighth, "3-iii"),
    (OneTooManyFor(3), "1.1"),
    (OneTooManyFor(16), "1.1"),
    (OneTooManyFor(32), "1.1"),
    (OneTooManyFor(64), "1.1"),
    (OneTooManyFor(128), "1.1"),
    (OneTooManyFor(256), "1.1"),
    (OneTooManyFor(50), "1.1"),
    (OneTooManyFor(211), "1.1"),
    (OneTooManyFor(999), "1.1"),
    (OneTooManyFor(4096), "1.1"),
    (OneTooFewFor(16), "3.8"),
    (OneTooFewFor(128), "3.8"),
    (OneTooFewFor(77), "3.8"),
    (OneTooFewFor(2048), "3.8"),
    (RequestMeetsEnd, "1.5"),
    (LeaksEachHundredth, "3.13"),
    (UnusedIsUnbounded, "3-i"),
    (UnusedAfterRest, "3-i"),
    (PadsUnbounded, "1.2"),
    (Restarts, "1.2"),
    (EndlessEnds(5_000), "1.5"),
    (LosesLastOf(32, 0), "1.5"),
    (LosesLastOf(25, 1), "1.5"),
    (PadsPagesOf(25), "1.2"),
    (RepeatsLastOf(32), "1.2"),
    (RepeatsLastOf(750), "1.2"),
    (RepeatsBehindPages(750), "1.2"),
    (RepeatsBehindPages(2_000), "1.2"),
    (LateEndOfPages(20), "3-iv"),
    (LateEndOfPages(64), "3-iv"),
    (LateEndOfPages(750), "3-iv"),
    (LateEndOfPages(2_048), "3-iv"),
    (BlindAfterPages(32), "3-iii"),
    (BlindAfterPages(250), "3-iii"),
    (BlindAfterPages(400), "3-iii"),
    (BlindAfterPages(2_000), "3-iii"),
    (NestsEach(64), "3.3"),
];

impl Fixture for Quirk {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Subtle { quirk: *self, env: env.clone(), length, fails: false }
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Subtle { quirk: *self, env: env.clone(), length: Length::Exactly(k), fails: true })
    }
}

struct Subtle {
    quirk: Quirk,
    env: Env,
    length: Length,
    fails: bool,
}

impl Publisher for Subtle {
    type Item = Item;
    type Error = Broken;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        let left = self.length.get();
        let state = State {
            subtle: self,
            subscriber: Some(subscriber),
            left,
            delivered: 0,
            runs: 0,
            since_rest: 0,
            peak: 0,
            batch: 0,
            own: 0,
            known: 0,
            lost: 0,
            restarts: 0,
            asked_inside: false,
            ended: false,
        };
        subscription.run(Box::new(state));
    }
}

struct State<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> {
    subtle: Subtle,
    subscriber: Option<S>,
    left: u64,
    delivered: u64,
    runs: u32,
    /// Items since the last rest.
    since_rest: u64,
    /// The most that was ever outstanding.
    peak: u64,
    /// What was outstanding when it last went on.
    batch: u64,
    /// A count of its own of what it may deliver, and what of the demand is counted in it.
    own: u64,
    known: u64,
    lost: u64,
    restarts: u32,
    asked_inside: bool,
    ended: bool,
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> State<S> {
    fn quirk(&self) -> Quirk {
        self.subtle.quirk
    }

    fn endless(&self) -> bool {
        self.subtle.length == Length::Endless
    }

    /// Whether its length has this remainder.
    fn is_page(&self, n: u64, rest: u64) -> bool {
        let length = self.subtle.length;
        length != Length::Endless && length.get() > n && length.get() % n == rest
    }

    /// Which item comes next.
    fn number(&self) -> u64 {
        let next = self.delivered;
        match self.quirk() {
            RepeatsInPlace(at) if next == at => next - 1,
            Swaps(at) if next == at && self.left > 1 => next + 1,
            Swaps(at) if next == at + 1 => next - 1,
            RepeatsAfterRest if self.runs > 1 && self.since_rest == 0 && next > 0 => next - 1,
            LosesAfterRest => next + self.lost,
            RepeatsLastOf(n) if self.left == 1 && self.is_page(n, 0) => next - 1,
            RepeatsBehindPages(n)
                if self.runs > 1 && self.since_rest == 0 && next > 0 && next.is_multiple_of(n) =>
            {
                next - 1
            }
            _ => next,
        }
    }

    /// How the publisher's own count takes what was asked for now.
    fn taken(&self, asked: u64) -> u64 {
        match self.quirk() {
            CountsIn(bits) => asked & ((1_u64 << bits) - 1),
            Signed => u64::try_from(asked.cast_signed()).unwrap_or(0),
            _ => asked,
        }
    }

    /// Whether it keeps a count of its own, and that is empty.
    fn is_empty_handed(&mut self, subscription: &mut Subscription) -> bool {
        let now = subscription.outstanding().map_or(0, Demand::get);
        self.peak = self.peak.max(now);
        if !matches!(self.quirk(), CountsIn(_) | Signed | Caps(_)) {
            return false;
        }
        if now > self.known {
            self.own = self.own.saturating_add(self.taken(now - self.known));
        }
        if let CountsIn(bits) = self.quirk() {
            self.own &= (1_u64 << bits) - 1;
        }
        if let Caps(most) = self.quirk() {
            self.own = self.own.min(most);
        }
        self.known = now;
        self.own == 0
    }

    fn deliver(&mut self, subscription: &mut Subscription) {
        let before = subscription.outstanding().map_or(0, Demand::get);
        if self.quirk() == LosesAfterRest && self.runs > 1 && self.since_rest == 0 && self.lost == 0 {
            self.lost = 1;
        }
        let item = self.subtle.env.item(self.number());
        if self.quirk() == LeaksEachHundredth && self.delivered % 100 == 99 {
            mem::forget(self.subtle.env.item(0));
        }
        self.left -= u64::from(!self.endless());
        self.delivered += 1;
        self.since_rest += 1;
        self.own = self.own.saturating_sub(1);
        if self.known != u64::MAX {
            self.known = self.known.saturating_sub(1);
        }
        let Some(subscriber) = &mut self.subscriber else { return };
        subscription.deliver(item, subscriber);
        let after = subscription.outstanding().map_or(0, Demand::get);
        self.asked_inside = after >= before && before != u64::MAX;
        if let UsesTwo(at) = self.quirk()
            && self.delivered == at
            && after > 0
            && after != u64::MAX
        {
            subscription.deliver((), &mut crate::flawed::Sink);
        }
    }

    #[inline(never)]
    fn nest(&mut self, n: u64, subscription: &mut Subscription) {
        for _ in 0..n {
            if self.left == 0 || !subscription.is_ready() {
                return;
            }
            self.deliver(subscription);
        }
        self.nest(n, subscription);
        std::hint::black_box(&self.delivered); // no tail call
    }

    fn push(&mut self, subscription: &mut Subscription) {
        let item = self.subtle.env.item(self.delivered);
        self.left -= u64::from(!self.endless());
        self.delivered += 1;
        self.since_rest += 1;
        if let Some(subscriber) = &mut self.subscriber {
            subscriber.on_next(item, subscription);
        }
    }

    fn end(&mut self, subscription: &mut Subscription) {
        let Some(subscriber) = self.subscriber.take() else { return };
        self.ended = true;
        let mut unused = subscription.outstanding();
        match self.quirk() {
            UnusedIsUnbounded if unused.is_some_and(|unused| unused.get() > 1 << 31) => {
                unused = Some(Demand::UNBOUNDED);
            }
            UnusedAfterRest if self.runs > 1 && self.since_rest == 1 => {
                unused = unused.and_then(|unused| Demand::new(unused.get() - 1));
            }
            _ => {}
        }
        let fails = self.subtle.fails;
        match self.quirk() {
            SwallowsErrorAfter(n) if fails && self.delivered > n => return subscriber.on_complete(unused),
            LeaksOnError if fails => mem::forget(self.subtle.env.item(0)),
            KeepsBufferOnError if fails => {
                let (kept, executor) = (self.subtle.env.item(0), self.subtle.env.executor());
                reactive_streams_core::Spawn::spawn(
                    &executor,
                    Box::pin(async move {
                        let _kept = kept;
                        std::future::pending::<()>().await;
                    }),
                );
            }
            _ => {}
        }
        if fails { subscriber.on_error(Broken, unused) } else { subscriber.on_complete(unused) }
    }

    /// Whether it goes on though it should not, or does not though it should; `None`: it does what it should.
    fn strays(&mut self, subscription: &mut Subscription) -> Option<Turn2> {
        let (quirk, endless) = (self.quirk(), self.endless());
        match quirk {
            EndlessEnds(n) if endless && self.delivered == n => self.left = 0,
            EndlessFails(n) if endless && self.delivered == n => (self.left, self.subtle.fails) = (0, true),
            EndlessStalls(n) if endless && self.delivered >= n => return Some(Turn2::Wait),
            OneTooManyFor(n) if self.batch == n && self.since_rest == n && !subscription.is_ready() => {
                self.batch = 0;
                if self.left > 0 {
                    self.push(subscription);
                    return Some(Turn2::Again);
                }
            }
            OneTooFewFor(n) if self.batch == n && self.since_rest == n - 1 => return Some(Turn2::Wait),
            LosesLastOf(n, rest) if self.left == 1 && self.is_page(n, rest) => self.left = 0,
            PadsPagesOf(n) if self.left == 0 && self.restarts == 0 && self.is_page(n, 0) => {
                (self.restarts, self.left) = (1, 1);
            }
            PadsUnbounded if self.left == 0 && self.peak == u64::MAX => {
                self.peak = 0;
                self.left = 1;
            }
            Restarts if self.left == 0 && self.restarts == 0 && self.runs > 2 && subscription.is_ready() => {
                self.restarts = 1;
                self.left = self.subtle.length.get();
            }
            _ => {}
        }
        None
    }
}

enum Turn2 {
    Again,
    Wait,
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> Resume for State<S> {
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        self.runs += 1;
        self.since_rest = 0;
        self.batch = subscription.outstanding().map_or(0, Demand::get);
        if let NestsEach(n) = self.quirk() {
            self.nest(n, &mut subscription);
        }
        loop {
            let looks = match self.quirk() {
                LooksEachEighth => self.delivered.is_multiple_of(8),
                BlindAfterPages(n) => self.delivered == 0 || !self.delivered.is_multiple_of(n),
                _ => true,
            };
            if looks && subscription.is_cancelled() {
                return Turn::Done;
            }
            match self.strays(&mut subscription) {
                Some(Turn2::Again) => continue,
                Some(Turn2::Wait) => return Turn::Park(self, subscription),
                None => {}
            }
            if self.left == 0 {
                if let LateEndOfPages(n) = self.quirk()
                    && self.is_page(n, 0)
                    && !subscription.is_ready()
                    && !subscription.is_cancelled()
                {
                    return Turn::Park(self, subscription);
                }
                if self.quirk() == RequestMeetsEnd && self.asked_inside {
                    self.asked_inside = false;
                    return Turn::Park(self, subscription);
                }
                self.end(&mut subscription);
                return Turn::Done;
            }
            let empty_handed = self.is_empty_handed(&mut subscription);
            if !looks && subscription.is_cancelled() {
                self.push(&mut subscription);
                continue;
            }
            if !subscription.is_ready() || empty_handed {
                return Turn::Park(self, subscription);
            }
            self.deliver(&mut subscription);
        }
    }
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> Drop for State<S> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        match self.quirk() {
            PanicsInDropAtEnd if self.ended => quietly("dropped behind the end"),
            PanicsInDropOnCancel if !self.ended => quietly("dropped before the end"),
            _ => {}
        }
    }
}
