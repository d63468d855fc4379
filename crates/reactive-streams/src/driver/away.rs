//! A source in a task of its own: `subscribe_on`.
//!
//! ```text
//! downstream --requests--> its link --what is parked--> task, which runs it
//!     ^                                                   |
//!     +---------------- Entrance <----- items, in the task+
//! ```
//!
//! # Invariants
//!
//! * The source emits against downstream's own subscription, which the [`Entrance`] puts in the place of the one that it
//!   was lent. There is one link, one count and nothing to pass on.
//! * That link's home is the task, from before the source is subscribed to until the entrance ends. So a request or a
//!   wake-up from elsewhere takes out what is parked and leaves it here, in `waiting`, and the task runs it.
//! * The entrance ends once: at a terminal, or when it is dropped. It gives the home up before downstream hears of the
//!   terminal, since an operator may carry its subscription on to another upstream.
//! * It may go on sooner: `take(3)` ends downstream in the call that brings the third item. What the next upstream
//!   parks is then handed to this home, before or after the entrance has ended. So whatever comes here once the
//!   entrance has ended is not of this task's: it runs on the spot.
//! * A task that is dropped before the entrance ends is closed, and cancels: downstream is dropped without a terminal.
//!   Either the entrance ends first or the task is closed first; both are written under the lock.
//! * The task ends when the entrance has, or when the subscription was cancelled.
//!
//! Left to this driver: §1.3 §1.7 §2.12 §3.3 §3.5 §3.6 §3.12 §3.13.

use crate::driver::panics;
use reactive_streams_core::shim::{self, Mutex};
use reactive_streams_core::{
    AtHome, Canceller, Demand, Home, Publisher, Resumption, Subscriber, Subscription,
};
use reactive_streams_sync::WakeCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// How often a task resumes its source before it lets others run.
const BUDGET: usize = if shim::fuzzing() { 1 } else { 64 };

struct Shared {
    cell: WakeCell,
    post: Mutex<Post>,
}

/// What there is for the task to do.
#[derive(Default)]
struct Post {
    waiting: VecDeque<Resumption>,
    /// The entrance has ended.
    over: bool,
    cancelled: bool,
    /// The task has gone.
    closed: bool,
}

impl Post {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && !self.over && !self.cancelled
    }
}

impl Home for Shared {
    fn resume(&self, resumption: Resumption) {
        let mut post = self.post.lock();
        if post.over && !shim::planted("hop-away-keeps-what-is-of-others") {
            drop(post);
            return resumption.run();
        }
        if post.closed && !shim::planted("hop-away-resumption-for-nobody") {
            drop(post);
            return drop(resumption);
        }
        post.waiting.push_back(resumption);
        drop(post);
        if !shim::planted("hop-away-resumption-without-wake") {
            self.cell.wake();
        }
    }

    fn cancelled(&self) {
        self.post.lock().cancelled = true;
        if !shim::planted("hop-away-cancel-without-wake") {
            self.cell.wake();
        }
    }
}

/// The source's subscriber: downstream, with its subscription until that is lent.
struct Entrance<D> {
    /// Gone once it has had its terminal.
    downstream: Option<D>,
    subscription: Option<Subscription>,
    stay: Option<AtHome>,
    shared: Arc<Shared>,
}

impl<D> Entrance<D> {
    /// Downstream, for its terminal; none when the task was closed before.
    fn end(&mut self) -> Option<D> {
        {
            let mut post = self.shared.post.lock();
            if post.closed && !shim::planted("hop-away-ends-though-closed") {
                return None;
            }
            post.over = true;
        }
        drop(self.stay.take());
        self.downstream.take()
    }
}

impl<D: Subscriber> Subscriber for Entrance<D> {
    type Item = D::Item;
    type Error = D::Error;

    fn on_subscribe(&mut self, lent: &mut Subscription) {
        match self.subscription.take() {
            Some(subscription) => *lent = subscription,
            None => lent.cancel(),
        }
    }

    #[inline]
    fn on_next(&mut self, item: D::Item, lent: &mut Subscription) {
        if let Some(downstream) = &mut self.downstream {
            downstream.on_next(item, lent);
        }
    }

    fn on_error(mut self, error: D::Error, unused: Option<Demand>) {
        if let Some(downstream) = self.end() {
            downstream.on_error(error, unused);
        }
    }

    fn on_complete(mut self, unused: Option<Demand>) {
        if let Some(downstream) = self.end() {
            downstream.on_complete(unused);
        }
    }
}

impl<D> Drop for Entrance<D> {
    fn drop(&mut self) {
        drop(self.stay.take());
        // Also when a destructor of downstream's panics.
        let _over = Over(&self.shared);
        // Without a terminal this is downstream's last signal.
        drop(self.downstream.take());
    }
}

/// Says that the entrance has ended when it goes.
struct Over<'a>(&'a Shared);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.post.lock().over = true;
        if !shim::planted("hop-away-end-without-wake") {
            self.0.cell.wake();
        }
    }
}

/// The task: subscribes, and resumes.
pub(crate) struct Away<P, D> {
    /// Until the first poll.
    start: Option<(P, Entrance<D>)>,
    canceller: Canceller,
    shared: Arc<Shared>,
}

impl<P, D> Away<P, D> {
    /// `downstream` has had its `on_subscribe`, with this subscription.
    pub(crate) fn new(source: P, downstream: D, mut subscription: Subscription) -> Self {
        let shared = Arc::new(Shared { cell: WakeCell::new(), post: Mutex::default() });
        let canceller = subscription.canceller();
        let stay = subscription.resume_at(Arc::clone(&shared) as Arc<dyn Home>);
        // Whoever cancelled before that told nobody.
        if subscription.is_cancelled() {
            shared.post.lock().cancelled = true;
        }
        let entrance = Entrance {
            downstream: Some(downstream),
            subscription: Some(subscription),
            stay: Some(stay),
            shared: Arc::clone(&shared),
        };
        Self { start: Some((source, entrance)), canceller, shared }
    }
}

impl<P, D> Drop for Away<P, D> {
    fn drop(&mut self) {
        let mut post = self.shared.post.lock();
        post.closed = true;
        let (waiting, over) = (std::mem::take(&mut post.waiting), post.over);
        drop(post);
        if over {
            return waiting.into_iter().for_each(Resumption::run);
        }
        // The cancel goes out also when a destructor of what waits panics.
        let _closing = Closing(&self.canceller);
        drop(waiting);
    }
}

/// Cancels when it goes.
struct Closing<'a>(&'a Canceller);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        if !shim::planted("hop-away-closes-without-cancel") {
            self.0.cancel();
        }
    }
}

// Nothing in it is ever pinned.
impl<P, D> Unpin for Away<P, D> {}

impl<P, D> Future for Away<P, D>
where
    P: Publisher,
    D: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
{
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Self { start, shared, .. } = &mut *self;
        panics::contain(start, |start| run(start, shared, context)).unwrap_or(Poll::Ready(()))
    }
}

fn run<P, D>(start: &mut Option<(P, Entrance<D>)>, shared: &Shared, context: &mut Context<'_>) -> Poll<()>
where
    P: Publisher,
    D: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
{
    if let Some((source, entrance)) = start.take() {
        if shared.post.lock().cancelled {
            return Poll::Ready(());
        }
        source.subscribe(entrance);
    }
    for _ in 0..BUDGET {
        let mut post = shared.post.lock();
        let (next, done) = (post.waiting.pop_front(), post.over || post.cancelled);
        drop(post);
        match next {
            Some(resumption) => resumption.run(),
            None if done => return Poll::Ready(()),
            None => {
                let news = shared.cell.poll(context, || (!shared.post.lock().is_empty()).then_some(()));
                if news.is_pending() {
                    return Poll::Pending;
                }
            }
        }
    }
    context.waker().wake_by_ref();
    Poll::Pending
}
