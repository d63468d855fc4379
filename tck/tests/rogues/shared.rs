//! Publishers for several subscribers that let one of them down.

use crate::flawed::quietly;
use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Publisher, Spawn, Subscriber, Subscription};
use reactive_streams_tck::gallery::{Broken, Synchronous};
use reactive_streams_tck::{Capabilities, Env, Fixture, Item, Length, Sharing};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Nothing,
    // Each has a stream of its own.
    /// All take their items out of one source.
    SharedSource,
    /// Who comes after a cancel gets nothing.
    StaysCancelled,
    /// Who comes after a failure gets nothing but silence.
    StaysBroken,
    /// The third subscriber is kept without a word.
    ForgetsTheThird,
    /// The second subscriber is dropped without a word.
    DropsTheSecond,
    /// The second one waits until the first has gone.
    InTurn,
    /// The second one gets on_subscribe twice.
    SubscribesTheSecondTwice,
    /// The second one gets an item too many.
    PushesToTheSecond,
    /// subscribe panics while another one is there.
    PanicsAtTheSecond,
    /// Nobody gets anything any more when one has panicked.
    Poisoned,
    /// When one cancels inside on_next, those who are there get nothing more.
    CancelsAllInside,
    /// When the second one cancels inside on_next, the first gets nothing more.
    CancelsTheFirstInside,
    // One at a time.
    /// Nothing.
    OneAtATime,
    /// Who is refused is told that the stream is empty.
    RefusesByCompletion,
    /// Who is refused is told nothing.
    RefusesBySilence,
    /// Who is refused is dropped.
    RefusesByDrop,
    /// Who comes second is served.
    RefusesNobody,
    /// It is taken only when on_subscribe has returned.
    TakenTooLate,
    /// Who comes fourth is served.
    ServesTheFourth,
    /// Who is refused is not told what it asked for.
    RefusesWithNone,
    /// Who is refused is told so, though it has cancelled meanwhile.
    RefusesWhoHasCancelled,
    /// Who panicked, cancelled or was served to the end stays the one that is there.
    StaysBusyAfterAPanic,
    StaysBusyAfterACancel,
    StaysBusyAfterTheEnd,
    // One stream for all.
    /// The second one sees each pair of items the wrong way round.
    Swaps,
    /// The second one misses each fourth item.
    Misses,
    /// The first one misses the third item if two others are there.
    MissesAmongThree,
    /// Beside another one each gets the third item twice; the same where the source runs by itself.
    TwiceForTwo,
    TwiceForTwoHot,
    /// Beside another one each misses the third item.
    MissedByTwo,
    /// Items may get lost, and each third one comes twice to the second one.
    TwiceForTheSecondLossy,
    /// Beside another one each is told the end instead of the last item.
    EndsEarlyForTwo,
    /// Beside two others the first one begins with the second item.
    BeginsLateAmongThree,
    /// Who comes when the stream has failed is told that it is complete.
    FailsCompleteForTheLate,
    /// Of two to whom it fails the second is told that it is complete.
    FailsForTheFirst,
    /// The second one is told an error instead of the end.
    FailsAtTheEndForTheSecond,
    /// When one leaves from the middle, the next one misses an item.
    ShiftsBehindTheMiddle,
    /// Nothing: nobody is more than two items ahead of the slowest that is there.
    InStep,
    /// The same, and when the slowest leaves, nobody wakes whom it held up.
    ForgetsWhoWasHeldUp,
    /// The same, and it wakes only one of them.
    WakesOneWhoWasHeldUp,
    /// Who asks for nothing is told the end when the others have had it, whatever is left for it.
    EndsWithTheFastest,
    /// When one leaves, the others get nothing more.
    StopsWithTheFirst,
    /// When one panics, the others get nothing more.
    StopsAtAPanic,
    /// When one panics in its terminal, the others are not told theirs.
    EndsNobodyAfterAPanic,
}

pub(crate) const ROGUES: &[(Fault, &str)] = &[
    (Fault::SharedSource, "1.10"),
    (Fault::StaysCancelled, "1.10"),
    (Fault::StaysBroken, "1.10"),
    (Fault::ForgetsTheThird, "1.10"),
    (Fault::DropsTheSecond, "1.9"),
    (Fault::InTurn, "1.11"),
    (Fault::SubscribesTheSecondTwice, "2.12"),
    (Fault::PushesToTheSecond, "1.1"),
    (Fault::PanicsAtTheSecond, "1.9"),
    (Fault::Poisoned, "2.13"),
    (Fault::CancelsAllInside, "1.11"),
    (Fault::CancelsTheFirstInside, "1.11"),
    (Fault::RefusesByCompletion, "1.11"),
    (Fault::RefusesBySilence, "1.11"),
    (Fault::RefusesByDrop, "1.4"),
    (Fault::RefusesNobody, "1.11"),
    (Fault::TakenTooLate, "1.11"),
    (Fault::ServesTheFourth, "1.11"),
    (Fault::RefusesWithNone, "3-i"),
    (Fault::RefusesWhoHasCancelled, "1.8"),
    (Fault::StaysBusyAfterAPanic, "1.10"),
    (Fault::StaysBusyAfterACancel, "1.10"),
    (Fault::StaysBusyAfterTheEnd, "1.10"),
    (Fault::Swaps, "1.11"),
    (Fault::Misses, "1.11"),
    (Fault::MissesAmongThree, "1.11"),
    (Fault::TwiceForTwo, "1.2"),
    (Fault::TwiceForTwoHot, "1.2"),
    (Fault::MissedByTwo, "1.2"),
    (Fault::TwiceForTheSecondLossy, "1.2"),
    (Fault::EndsEarlyForTwo, "1.5"),
    (Fault::BeginsLateAmongThree, "1.2"),
    (Fault::FailsCompleteForTheLate, "1.4"),
    (Fault::FailsForTheFirst, "1.4"),
    (Fault::FailsAtTheEndForTheSecond, "1.5"),
    (Fault::ShiftsBehindTheMiddle, "1.2"),
    (Fault::ForgetsWhoWasHeldUp, "1.11"),
    (Fault::WakesOneWhoWasHeldUp, "1.11"),
    (Fault::EndsWithTheFastest, "1.5"),
    (Fault::StopsWithTheFirst, "1.11"),
    (Fault::StopsAtAPanic, "2.13"),
    (Fault::EndsNobodyAfterAPanic, "2.13"),
];

impl Fault {
    fn sharing(self) -> Sharing {
        use Fault::*;
        match self {
            OneAtATime
            | RefusesByCompletion
            | RefusesBySilence
            | RefusesByDrop
            | RefusesNobody
            | TakenTooLate
            | ServesTheFourth
            | RefusesWithNone
            | RefusesWhoHasCancelled
            | StaysBusyAfterAPanic
            | StaysBusyAfterACancel
            | StaysBusyAfterTheEnd => Sharing::Unicast,
            Swaps | Misses | MissesAmongThree => Sharing::Multicast,
            StopsWithTheFirst | StopsAtAPanic | EndsNobodyAfterAPanic => Sharing::Multicast,
            TwiceForTwoHot | TwiceForTheSecondLossy => Sharing::Multicast,
            InStep | ForgetsWhoWasHeldUp | WakesOneWhoWasHeldUp => Sharing::Multicast,
            _ if self.is_cold() => Sharing::Multicast,
            _ => Sharing::MultiUnicast,
        }
    }
}

impl Fault {
    fn goes_in_step(self) -> bool {
        use Fault::*;
        matches!(self, InStep | ForgetsWhoWasHeldUp | WakesOneWhoWasHeldUp)
    }

    fn is_cold(self) -> bool {
        use Fault::*;
        matches!(
            self,
            TwiceForTwo
                | MissedByTwo
                | EndsEarlyForTwo
                | BeginsLateAmongThree
                | FailsCompleteForTheLate
                | FailsForTheFirst
                | FailsAtTheEndForTheSecond
                | ShiftsBehindTheMiddle
                | EndsWithTheFastest
        )
    }
}

impl Fixture for Fault {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Synchronous::new(env.items(length))
    }
    fn create_shared(&self, env: &Env, length: Length) -> Option<impl Publisher + Clone> {
        Some(Clones::new(*self, env, length, false))
    }
    fn create_shared_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher + Clone> {
        Some(Clones::new(*self, env, Length::Exactly(k), true))
    }
    fn capabilities(&self) -> Capabilities {
        let can = Capabilities::new().sharing(self.sharing());
        match self {
            Self::TwiceForTheSecondLossy => can.hot().lossy(),
            _ if self.is_cold() => can,
            _ => can.hot(),
        }
    }
}

#[derive(Clone)]
struct Clones {
    fault: Fault,
    env: Env,
    length: Length,
    fails: bool,
    hub: Arc<Mutex<Hub>>,
}

/// What all subscribers have in common.
#[derive(Default)]
struct Hub {
    subscribers: usize,
    alive: usize,
    /// How many items were made for all.
    made: u64,
    stopped: bool,
    /// Who came before this one is stopped.
    stopped_before: usize,
    failed: bool,
    /// Somebody has had the end.
    ended: bool,
    /// Who misses the next item.
    shifted: Option<usize>,
    /// How far each one is that is there.
    places: Vec<Option<u64>>,
    wakers: Vec<Waker>,
}

impl Clones {
    fn new(fault: Fault, env: &Env, length: Length, fails: bool) -> Self {
        Self { fault, env: env.clone(), length, fails, hub: Arc::default() }
    }
}

impl Publisher for Clones {
    type Item = Item;
    type Error = Broken;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let mut hub = self.hub.lock();
        let (number, beside) = (hub.subscribers, hub.alive > 0);
        hub.subscribers += 1;
        drop(hub);
        let executor = self.env.executor();
        match self.fault {
            Fault::PanicsAtTheSecond if beside => quietly("there is one already"),
            Fault::DropsTheSecond if number == 1 => return,
            Fault::ForgetsTheThird if number == 2 => {
                return executor.spawn(Box::pin(async move {
                    let _kept = subscriber;
                    std::future::pending::<()>().await;
                }));
            }
            _ => {}
        }
        let serves = match self.fault {
            Fault::RefusesNobody => true,
            Fault::ServesTheFourth => number == 3,
            _ => false,
        };
        if self.fault.sharing() == Sharing::Unicast && beside && !serves {
            let mut subscription = Subscription::new();
            subscriber.on_subscribe(&mut subscription);
            match self.fault {
                Fault::RefusesByCompletion => subscriber.on_complete(subscription.outstanding()),
                Fault::RefusesBySilence => executor.spawn(Box::pin(async move {
                    poll_fn(|context| subscription.poll_cancelled(context)).await;
                    drop(subscriber);
                })),
                Fault::RefusesByDrop => {}
                Fault::RefusesWithNone => subscriber.on_error(Broken, None),
                fault if subscription.is_cancelled() && fault != Fault::RefusesWhoHasCancelled => {}
                _ => subscriber.on_error(Broken, subscription.outstanding()),
            }
            return;
        }
        let mut hub = self.hub.lock();
        let counted = self.fault != Fault::TakenTooLate;
        hub.alive += usize::from(counted);
        let cursor = if self.fault.sharing() == Sharing::Multicast { hub.made } else { 0 };
        hub.places.resize(number + 1, None);
        hub.places[number] = Some(cursor);
        drop(hub);
        let member = Member { clones: self, number, counted, began: cursor, cursor, ended: false };
        executor.spawn(Box::pin(member.run(subscriber)));
    }
}

struct Member {
    clones: Clones,
    number: usize,
    /// Among those that are there.
    counted: bool,
    began: u64,
    cursor: u64,
    ended: bool,
}

impl Member {
    async fn run<S: Subscriber<Item = Item, Error = Broken>>(mut self, mut subscriber: S) {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        let fault = self.clones.fault;
        if !self.counted {
            self.clones.hub.lock().alive += 1;
            self.counted = true;
        }
        if fault == Fault::SubscribesTheSecondTwice && self.number == 1 {
            subscriber.on_subscribe(&mut subscription);
        }
        while let Some(item) = poll_fn(|context| self.next(&mut subscription, context)).await {
            let Some(item) = item else {
                self.ended = true;
                let mut hub = self.clones.hub.lock();
                let (late, beside) = (hub.failed && self.cursor == self.began, hub.alive > 1);
                hub.failed |= self.clones.fails;
                drop(hub);
                let unused = subscription.outstanding();
                let fails = match fault {
                    Fault::FailsCompleteForTheLate if late => false,
                    Fault::FailsForTheFirst if self.number == 1 => false,
                    Fault::FailsAtTheEndForTheSecond if self.number == 1 && beside => true,
                    _ => self.clones.fails,
                };
                match fails {
                    true => subscriber.on_error(Broken, unused),
                    false => subscriber.on_complete(unused),
                }
                return;
            };
            subscription.deliver(item, &mut subscriber);
            if fault == Fault::CancelsAllInside && subscription.is_cancelled() {
                let mut hub = self.clones.hub.lock();
                hub.stopped_before = hub.subscribers;
            }
            if fault == Fault::CancelsTheFirstInside && self.number == 1 && subscription.is_cancelled() {
                self.clones.hub.lock().stopped_before = 1;
            }
            if fault == Fault::PushesToTheSecond && self.number == 1 && !subscription.is_ready() {
                let more = self.clones.env.item(99);
                subscriber.on_next(more, &mut subscription);
            }
        }
        if fault == Fault::StaysCancelled {
            self.clones.hub.lock().stopped = true;
        }
    }

    /// An item, the end, or that nobody wants any more.
    fn next(
        &mut self,
        subscription: &mut Subscription,
        context: &mut Context<'_>,
    ) -> Poll<Option<Option<Item>>> {
        loop {
            if subscription.is_cancelled() {
                return Poll::Ready(None);
            }
            let ready = subscription.is_ready();
            let mut hub = self.clones.hub.lock();
            let two = hub.alive > 1;
            let early = self.clones.fault == Fault::EndsEarlyForTwo && two && self.cursor > 0;
            let end = self.clones.length.get() - u64::from(early);
            let held_up = match self.clones.fault {
                Fault::StaysCancelled
                | Fault::Poisoned
                | Fault::StopsWithTheFirst
                | Fault::StopsAtAPanic
                | Fault::EndsNobodyAfterAPanic => hub.stopped,
                Fault::StaysBroken => hub.failed,
                Fault::CancelsAllInside | Fault::CancelsTheFirstInside => self.number < hub.stopped_before,
                Fault::InTurn => self.number > 0 && hub.alive > 1,
                fault if fault.goes_in_step() => {
                    hub.places.iter().flatten().any(|place| place + 2 <= self.cursor)
                }
                _ => false,
            };
            let cut = self.clones.fault == Fault::EndsWithTheFastest && !ready && hub.ended;
            if cut && self.cursor > 0 {
                return Poll::Ready(Some(None));
            }
            if !held_up && (ready || self.cursor == end) {
                if hub.shifted == Some(self.number) && self.cursor < end {
                    hub.shifted = None;
                    self.cursor += 1;
                }
                if self.cursor == end {
                    return Poll::Ready(Some(None));
                }
                let number = match self.clones.fault {
                    Fault::SharedSource => hub.made,
                    Fault::Swaps if self.number == 1 => self.cursor ^ 1,
                    Fault::Misses if self.number == 1 => self.cursor + self.cursor / 3,
                    Fault::MissesAmongThree if self.number == 0 && hub.alive > 2 => {
                        self.cursor + u64::from(self.cursor > 1)
                    }
                    Fault::TwiceForTwo | Fault::TwiceForTwoHot if two => {
                        self.cursor - u64::from(self.cursor > 2)
                    }
                    Fault::MissedByTwo if two => self.cursor + u64::from(self.cursor > 1),
                    Fault::BeginsLateAmongThree if self.number == 0 && hub.alive > 2 => {
                        self.cursor + u64::from(self.cursor == 0)
                    }
                    Fault::TwiceForTheSecondLossy if two && self.number == 1 && self.cursor % 4 == 3 => {
                        self.cursor - 1
                    }
                    _ => self.cursor,
                };
                self.cursor += 1;
                hub.made = if self.clones.fault == Fault::SharedSource {
                    hub.made + 1
                } else {
                    hub.made.max(self.cursor)
                };
                hub.places[self.number] = Some(self.cursor);
                let wakers = if self.clones.fault.goes_in_step() {
                    std::mem::take(&mut hub.wakers)
                } else {
                    Vec::new()
                };
                drop(hub);
                wakers.into_iter().for_each(Waker::wake);
                return Poll::Ready(Some(Some(self.clones.env.item(number))));
            }
            hub.wakers.push(context.waker().clone());
            drop(hub);
            let polled = match held_up {
                true => subscription.poll_cancelled(context).map(|()| None),
                false => subscription.poll_demand(context),
            };
            match polled {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(_)) => {}
            }
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut hub = self.clones.hub.lock();
        let stays = match self.clones.fault {
            Fault::StaysBusyAfterAPanic => std::thread::panicking(),
            Fault::StaysBusyAfterACancel => !self.ended && !std::thread::panicking(),
            Fault::StaysBusyAfterTheEnd => self.ended,
            _ => false,
        };
        hub.alive -= usize::from(self.counted && !stays);
        hub.stopped |= match self.clones.fault {
            Fault::Poisoned | Fault::StopsAtAPanic => std::thread::panicking(),
            Fault::EndsNobodyAfterAPanic => std::thread::panicking() && self.ended,
            Fault::StopsWithTheFirst => self.number == 0,
            _ => false,
        };
        let is_between = self.number > 0 && hub.subscribers > self.number + 1;
        if self.clones.fault == Fault::ShiftsBehindTheMiddle && is_between && !std::thread::panicking() {
            hub.shifted = Some(self.number + 1);
        }
        hub.places[self.number] = None;
        hub.ended |= self.ended;
        let mut wakers = std::mem::take(&mut hub.wakers);
        match self.clones.fault {
            Fault::ForgetsWhoWasHeldUp => wakers.clear(),
            Fault::WakesOneWhoWasHeldUp => wakers.truncate(1),
            _ => {}
        }
        drop(hub);
        wakers.into_iter().for_each(Waker::wake);
    }
}
