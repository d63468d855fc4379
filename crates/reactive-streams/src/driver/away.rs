//! A source in a task of its own: `subscribe_on`.
//!
//! ```text
//! downstream --requests--> its link --wakes--> task --requests--> source's link
//!     ^                                                              |
//!     +------------------------- Relay <----- items, in the task ----+
//! ```
//!
//! # Invariants
//!
//! * Downstream's link and the source's are two, so that a request from elsewhere wakes the task and does not run the
//!   source. The task owns the source's handle; it alone asks, and it subscribes.
//! * Two look at downstream's link: the task, with a fork that has no demand of its own, and the relay before each
//!   item. Each passes on to the source what it took, so that every unit arrives there once.
//! * The relay's subscription holds, after each signal, exactly the demand that it passed on itself (`known`). An item
//!   beyond that answers demand that the task passed on, and counts as `borrowed`.
//! * The end comes to the task, with downstream: `forwarded - borrowed` and what the relay's subscription holds are
//!   together the unused demand, whatever the task was about to ask for when the source ended.
//! * A relay that is dropped drops downstream and ends the task; a task that is dropped drops the source's handle.
//!
//! Left to this driver: §1.3 §1.7 §2.12 §3.3 §3.5 §3.6 §3.12 §3.13, and the unused demand at the terminal (3-i).

use reactive_streams_core::shim::{self, Mutex};
use reactive_streams_core::{Demand, Handle, Publisher, Subscriber, Subscription};
use reactive_streams_sync::WakeCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

struct Shared<D: Subscriber> {
    cell: WakeCell,
    transit: Mutex<Transit<D>>,
}

/// What the relay has for the task.
struct Transit<D: Subscriber> {
    handle: Option<Handle>,
    outcome: Option<Outcome<D>>,
    relay_gone: bool,
    task_gone: bool,
}

/// Downstream, with its terminal.
struct Outcome<D: Subscriber> {
    downstream: D,
    subscription: Subscription,
    borrowed: u64,
    end: Result<(), D::Error>,
}

/// The source's subscriber.
struct Relay<D: Subscriber> {
    /// Gone once it is on its way back.
    downstream: Option<D>,
    subscription: Subscription,
    known: u64,
    borrowed: u64,
    shared: Arc<Shared<D>>,
    subscribed: bool,
}

impl<D: Subscriber> Relay<D> {
    /// Passes on what downstream has asked for since, and its cancel: then it is false.
    #[inline]
    fn pass_on(&mut self, source: &mut Subscription) -> bool {
        // One look: what a second one took out of the link would be passed on by nobody.
        let Some(now) = self.subscription.wanted() else {
            source.cancel();
            return false;
        };
        if now > self.known
            && let Some(more) = Demand::new(if now == u64::MAX { now } else { now - self.known })
        {
            self.known = now;
            source.request(more);
        }
        true
    }

    fn end(&mut self, end: Result<(), D::Error>) {
        let Some(downstream) = self.downstream.take() else { return };
        let subscription = std::mem::take(&mut self.subscription);
        let outcome = Outcome { downstream, subscription, borrowed: self.borrowed, end };
        let mut transit = self.shared.transit.lock();
        if transit.task_gone {
            drop(transit);
            return drop(outcome);
        }
        transit.outcome = Some(outcome);
    }
}

impl<D: Subscriber> Subscriber for Relay<D> {
    type Item = D::Item;
    type Error = D::Error;

    fn on_subscribe(&mut self, source: &mut Subscription) {
        if std::mem::replace(&mut self.subscribed, true) {
            return source.cancel();
        }
        let handle = source.handle();
        let mut transit = self.shared.transit.lock();
        if transit.task_gone && !shim::planted("away-handle-for-nobody") {
            drop(transit);
            return drop(handle);
        }
        transit.handle = Some(handle);
        drop(transit);
        self.pass_on(source);
        self.shared.cell.wake();
    }

    #[inline]
    fn on_next(&mut self, item: D::Item, source: &mut Subscription) {
        if !self.pass_on(source) {
            return;
        }
        let Some(downstream) = &mut self.downstream else { return };
        match self.known {
            0 => {
                self.subscription.request(Demand::ONE);
                self.borrowed += 1;
            }
            u64::MAX => {}
            known => self.known = known - 1,
        }
        self.subscription.deliver(item, downstream);
        self.pass_on(source);
    }

    fn on_error(mut self, error: D::Error, _unused: Option<Demand>) {
        self.end(Err(error));
    }

    fn on_complete(mut self, _unused: Option<Demand>) {
        self.end(Ok(()));
    }
}

impl<D: Subscriber> Drop for Relay<D> {
    fn drop(&mut self) {
        // Without a terminal this is downstream's last signal.
        drop(self.downstream.take());
        self.shared.transit.lock().relay_gone = true;
        if !shim::planted("away-end-without-wake") {
            self.shared.cell.wake();
        }
    }
}

/// The task: subscribes, asks, cancels, and brings the end.
pub(crate) struct Away<P, D: Subscriber> {
    /// Until the first poll.
    start: Option<(P, Relay<D>)>,
    /// On downstream's link.
    requests: Subscription,
    source: Option<Handle>,
    forwarded: u64,
    shared: Arc<Shared<D>>,
}

impl<P, D> Away<P, D>
where
    P: Publisher,
    D: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
{
    /// `downstream` has had its `on_subscribe`, with this subscription.
    pub(crate) fn new(source: P, downstream: D, mut subscription: Subscription) -> Self {
        // Makes the link, so that both sides have the same.
        drop(subscription.waker());
        let requests = subscription.fork();
        let transit = Transit { handle: None, outcome: None, relay_gone: false, task_gone: false };
        let shared = Arc::new(Shared { cell: WakeCell::new(), transit: Mutex::new(transit) });
        let relay = Relay {
            downstream: Some(downstream),
            subscription,
            known: 0,
            borrowed: 0,
            shared: Arc::clone(&shared),
            subscribed: false,
        };
        Self { start: Some((source, relay)), requests, source: None, forwarded: 0, shared }
    }

    /// Asks the source for what has arrived from elsewhere; it may run in this call.
    fn forward(&mut self) -> bool {
        let (Some(source), Some(demand)) = (&self.source, self.requests.outstanding()) else { return false };
        self.requests = self.requests.fork();
        if !shim::planted("away-counts-what-the-source-saw") {
            self.forwarded = self.forwarded.saturating_add(demand.get());
        }
        source.request(demand);
        true
    }

    fn finish(&mut self, outcome: Outcome<D>) {
        let Outcome { downstream, mut subscription, borrowed, end } = outcome;
        if self.requests.is_cancelled() || subscription.is_cancelled() {
            return drop(downstream);
        }
        let ours =
            if self.forwarded == u64::MAX { u64::MAX } else { self.forwarded.saturating_sub(borrowed) };
        let waiting = self.requests.outstanding().into_iter().chain(subscription.outstanding());
        let unused = waiting.map(Demand::get).fold(ours, u64::saturating_add);
        match end {
            Ok(()) => downstream.on_complete(Demand::new(unused)),
            Err(error) => downstream.on_error(error, Demand::new(unused)),
        }
    }
}

impl<P, D: Subscriber> Drop for Away<P, D> {
    fn drop(&mut self) {
        let mut transit = self.shared.transit.lock();
        transit.task_gone = true;
        let held = (transit.handle.take(), transit.outcome.take(), self.source.take());
        drop(transit);
        drop(held);
    }
}

// Nothing in it is ever pinned.
impl<P, D: Subscriber> Unpin for Away<P, D> {}

impl<P, D> Future for Away<P, D>
where
    P: Publisher,
    D: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
{
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        if let Some((source, relay)) = this.start.take() {
            if this.requests.is_cancelled() {
                return Poll::Ready(());
            }
            source.subscribe(relay);
        }
        loop {
            let mut transit = this.shared.transit.lock();
            this.source = this.source.take().or_else(|| transit.handle.take());
            let (outcome, over) = (transit.outcome.take(), transit.relay_gone);
            drop(transit);
            if let Some(outcome) = outcome {
                this.finish(outcome);
                return Poll::Ready(());
            }
            if over || this.requests.poll_cancelled(context).is_ready() {
                // The source drops its subscriber, and that downstream.
                this.source = None;
                return Poll::Ready(());
            }
            if this.forward() {
                continue;
            }
            let attached = this.source.is_some();
            let news = this.shared.cell.poll(context, || {
                let transit = this.shared.transit.lock();
                let arrived = !attached && transit.handle.is_some();
                (transit.relay_gone || arrived).then_some(())
            });
            if news.is_pending() {
                return Poll::Pending;
            }
        }
    }
}
