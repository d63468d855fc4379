//! The kit's publisher while it runs.

use super::{AT_ONCE, Line, Move, Watched};
use crate::Env;
use crate::Item;
use crate::env::SourceRunsAway;
use crate::gallery::{Broken, yield_now};
use crate::log::{Call, Via, What, message};
use crate::peer::Peer;
use crate::shown::{Shown, show};
use crate::subscriber::KitPanic;
use crate::watch::{self, Doing};
use reactive_streams_core::{Demand, Resume, Subscriber, Subscription, Turn};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};

/// So many items of [`Move::Rounds`] are written down.
const SHOWN: u64 = 1_000;

/// What the kit does while it signals to who is judged.
const SIGNAL: Doing = Doing::Call(Call::Signal);

/// The subscriber that is judged, or that of the processor that is, and the note that it was dropped.
struct Held<S> {
    subscriber: S,
    gone: Gone,
}

/// Written when it is dropped, after the subscriber beside it.
struct Gone(Arc<Line>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.write(What::Dropped);
    }
}

pub(super) struct Running<S> {
    line: Arc<Line>,
    /// Gone after a terminal.
    held: Option<Held<S>>,
    sent: u64,
    /// As it was at the last look.
    outstanding: u64,
    calls: u64,
    cancelled: bool,
    /// What may still come after the cancel: it had been asked for.
    late: u64,
    /// It has subscribed it a second time.
    again: bool,
    /// It lets go of the subscriber by itself.
    leaving: bool,
}

impl<S> Running<S>
where
    S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
{
    pub(super) fn new(line: Arc<Line>, subscriber: S) -> Self {
        let held = Some(Held { subscriber, gone: Gone(Arc::clone(&line)) });
        Self {
            line,
            held,
            sent: 0,
            outstanding: 0,
            calls: 0,
            cancelled: false,
            late: 0,
            again: false,
            leaving: false,
        }
    }

    pub(super) fn start(mut self) {
        let mut subscription = Subscription::new();
        self.begin(&mut subscription);
        // Above a processor nobody goes on with the scenario, and nothing is kept alive for that.
        if !self.line.above {
            let waker = subscription.waker();
            let mut state = self.line.state.lock();
            if !state.closing {
                state.waker = Some(waker);
            }
        }
        // The trampoline drops what was cancelled at once, and there may be something to do after that.
        if self.advance(&mut subscription) {
            subscription.run(Box::new(self));
        }
    }

    pub(super) async fn in_task(mut self) {
        let mut subscription = Subscription::new();
        self.begin(&mut subscription);
        yield_now().await;
        while let Some(next) = poll_fn(|context| self.poll_next(&mut subscription, context)).await {
            self.perform(next, &mut subscription);
            if self.held.is_none() {
                return;
            }
            yield_now().await;
        }
        self.leaving = true;
    }

    fn begin(&mut self, subscription: &mut Subscription) {
        self.signal(What::OnSubscribe, subscription, |subscriber, subscription| {
            subscriber.on_subscribe(subscription);
        });
    }

    /// Does what there is to do; false when there is nothing to wait for any more.
    fn advance(&mut self, subscription: &mut Subscription) -> bool {
        loop {
            self.look(subscription);
            let Some(next) = self.next() else { break };
            self.perform(next, subscription);
            if self.held.is_none() {
                return false;
            }
        }
        self.leaving |= self.cancelled;
        !self.cancelled
    }

    fn poll_next(
        &mut self,
        subscription: &mut Subscription,
        context: &mut Context<'_>,
    ) -> Poll<Option<Move>> {
        loop {
            self.look(subscription);
            if let Some(next) = self.next() {
                return Poll::Ready(Some(next));
            }
            // Who can never be asked again drops its subscriber (rule 3-iv), unless it waits for more to do.
            if self.cancelled || self.line.above && self.line.is_starved() && subscription.is_abandoned() {
                return Poll::Ready(None);
            }
            let waker = context.waker().clone();
            let replaced = {
                let mut state = self.line.state.lock();
                if state.closing { None } else { state.waker.replace(waker) }
            };
            drop(replaced);
            if subscription.poll_cancelled(context).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// What to do next; items are taken one by one.
    fn next(&mut self) -> Option<Move> {
        let mut state = self.line.state.lock();
        state.starved = false;
        while let Some(next) = state.moves.front().copied() {
            let due = match next {
                Move::Feed(until) => {
                    if !self.cancelled && self.sent < until {
                        state.starved = self.outstanding == 0;
                        return (!state.starved).then_some(next);
                    }
                    false
                }
                Move::Burst(n) => {
                    if !self.cancelled && self.outstanding > 0 && n > 0 {
                        state.moves[0] = Move::Burst(n - 1);
                        return Some(next);
                    }
                    false
                }
                Move::Rounds(left) => {
                    let asks_on = self.sent < AT_ONCE || self.sent == AT_ONCE && self.outstanding == 0;
                    if left > 0 && asks_on && !self.cancelled && self.outstanding != u64::MAX {
                        state.starved = self.outstanding == 0;
                        return (!state.starved).then_some(next);
                    }
                    false
                }
                Move::Late(_) => {
                    self.late = if self.cancelled { self.late } else { 0 };
                    self.cancelled
                }
                Move::LateComplete | Move::LateFail => self.cancelled,
                _ => !self.cancelled,
            };
            state.moves.pop_front();
            if due {
                return Some(next);
            }
        }
        None
    }

    fn perform(&mut self, next: Move, subscription: &mut Subscription) {
        match next {
            Move::Feed(_) | Move::Burst(_) => self.item(subscription, true),
            Move::Rounds(_) if self.sent >= SHOWN && !self.line.above => self.unseen_item(subscription),
            Move::Rounds(_) => self.item(subscription, true),
            Move::Unasked(n) => (0..n).for_each(|_| self.item(subscription, false)),
            Move::Late(n) => {
                // Above a processor, which may ask late, one is always in progress.
                let late = self.late.max(u64::from(self.line.above));
                (0..n.min(late)).for_each(|_| self.item(subscription, false));
            }
            Move::Complete | Move::LateComplete => self.end(None, subscription),
            Move::Fail | Move::LateFail => self.end(Some(Broken), subscription),
            Move::Again => self.again(),
            Move::Hook(hook) => self.line.hooks.call(hook),
            Move::Vanish => {
                self.line.write(What::Peer(Peer::Vanishes));
                self.leaving = true;
                self.held = None;
            }
            Move::Panic => {
                self.line.write(What::Peer(Peer::Panics));
                self.leaving = true;
                resume_unwind(Box::new(KitPanic));
            }
        }
    }

    fn item(&mut self, subscription: &mut Subscription, asked: bool) {
        if self.line.above && self.sent >= Env::RUNAWAY {
            self.leaving = true;
            resume_unwind(Box::new(SourceRunsAway));
        }
        let item = self.take_item(asked);
        let signal = What::OnNext { index: self.sent, value: Some(Shown::Number(*item)) };
        self.signal(signal, subscription, |subscriber, subscription| match asked {
            true => subscription.deliver(item, subscriber),
            false => subscriber.on_next(item, subscription),
        });
    }

    fn take_item(&mut self, asked: bool) -> Item {
        let item = self.line.env.item(self.sent);
        self.sent += 1;
        if asked && self.outstanding != u64::MAX {
            self.outstanding -= 1;
        }
        item
    }

    /// One that was asked for. It is only counted, unless something comes of it.
    fn unseen_item(&mut self, subscription: &mut Subscription) {
        let item = self.take_item(true);
        let value = Some(Shown::Number(*item));
        let Some(held) = &mut self.held else { return };
        let signalling = watch::during(SIGNAL);
        let call = catch_unwind(AssertUnwindSafe(|| subscription.deliver(item, &mut held.subscriber)));
        drop(signalling);
        let asked = subscription.outstanding().map_or(0, Demand::get);
        if call.is_ok() && asked == self.outstanding && !subscription.is_cancelled() {
            self.line.log.elide(0, 0, None);
            return;
        }
        let signal = self.line.write(What::OnNext { index: self.sent, value });
        self.returned(call);
        self.look(subscription);
        self.line.write(What::Return(signal));
    }

    fn again(&mut self) {
        let mut subscription = Subscription::new();
        drop(subscription.waker()); // so that there is a link
        let signal = self.line.write(What::Peer(Peer::SubscribesAgain));
        if let Some(held) = &mut self.held {
            let _signalling = watch::during(SIGNAL);
            let call = catch_unwind(AssertUnwindSafe(|| held.subscriber.on_subscribe(&mut subscription)));
            self.returned(call);
        }
        self.again = true;
        let mut newcomer = Watched::new(subscription, 0);
        self.line.look_at_newcomer(&mut newcomer);
        self.line.write(What::Return(signal));
        self.line.state.lock().newcomer = Some(newcomer);
    }

    fn end(&mut self, failure: Option<Broken>, subscription: &mut Subscription) {
        let Some(Held { subscriber, gone }) = self.held.take() else { return };
        self.line.state.lock().over = true;
        let unused = subscription.outstanding();
        let asked = unused.map_or(0, Demand::get);
        let signal = self.line.write(match failure {
            None => What::OnComplete { unused },
            Some(error) => What::OnError { error: show(&error, None), unused },
        });
        // Of a processor's link its downstream may make use, with another upstream.
        let watched = (!self.line.above).then(|| Watched::new(std::mem::take(subscription), asked));
        let signalling = watch::during(SIGNAL);
        let call = catch_unwind(AssertUnwindSafe(|| match failure {
            None => subscriber.on_complete(unused),
            Some(error) => subscriber.on_error(error, unused),
        }));
        drop(signalling);
        if let Some(mut watched) = watched {
            let used = watched.used();
            if used > 0 {
                self.line.write(What::Peer(Peer::UsedInTerminal(used)));
            }
            let mut state = self.line.state.lock();
            if !state.closing {
                state.ended = Some(watched);
            }
        }
        self.returned(call);
        self.line.write(What::Return(signal));
        drop(gone);
    }

    /// Signals, and writes down what was asked meanwhile.
    fn signal(
        &mut self,
        what: What,
        subscription: &mut Subscription,
        call: impl FnOnce(&mut S, &mut Subscription),
    ) {
        let signal = self.line.write(what);
        if let Some(held) = &mut self.held {
            let _signalling = watch::during(SIGNAL);
            let call = catch_unwind(AssertUnwindSafe(|| call(&mut held.subscriber, subscription)));
            self.returned(call);
        }
        self.look(subscription);
        self.line.write(What::Return(signal));
    }

    /// A panic goes on to the caller, as rule 3-vii asks; it is written down here, where it came out.
    fn returned(&mut self, call: std::thread::Result<()>) {
        let Err(payload) = call else { return };
        self.leaving = true;
        if payload.is::<KitPanic>() || payload.is::<SourceRunsAway>() {
            self.line.write(What::Unwound(Call::Signal));
            resume_unwind(payload);
        }
        let message = message(&*payload);
        self.line.write(What::Panicked { from: Call::Signal, message });
        resume_unwind(Box::new(KitPanic));
    }

    fn look(&mut self, subscription: &mut Subscription) {
        if self.again {
            self.line.look_back();
        }
        let (cancelled, now) =
            (subscription.is_cancelled(), subscription.outstanding().map_or(0, Demand::get));
        let calls = subscription.calls().unwrap_or(0);
        let via = if calls > self.calls { Via::Handle } else { Via::Lent };
        self.calls = calls;
        if now > self.outstanding {
            let n = if now == u64::MAX { now } else { now - self.outstanding };
            self.outstanding = now;
            if let Some(Move::Rounds(left)) = self.line.state.lock().moves.front_mut() {
                *left = left.saturating_sub(1);
            }
            self.line.write(What::Request { n, via });
        }
        if cancelled && !self.cancelled {
            self.cancelled = true;
            self.late = self.outstanding;
            self.outstanding = 0;
            self.line.write(What::Cancel { via });
        }
    }
}

impl<S> Resume for Running<S>
where
    S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
{
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        if self.advance(&mut subscription) { Turn::Park(self, subscription) } else { Turn::Done }
    }
}

impl<S> Drop for Running<S> {
    fn drop(&mut self) {
        let closing = {
            let mut state = self.line.state.lock();
            (state.starved, state.over) = (false, true);
            state.closing
        };
        if self.held.is_some() && !self.leaving && !self.cancelled && !closing {
            // Somebody cancelled while it was parked.
            self.line.write(What::Cancel { via: Via::Handle });
        }
    }
}
