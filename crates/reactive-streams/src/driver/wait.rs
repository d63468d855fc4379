//! A consumer that waits for its pipeline: as a future, or by blocking its thread.
//!
//! The two ends share one cell. The [`Teller`] lives in the subscriber and leaves news and the end there; the
//! [`Waiter`] lives in the consumer, holds the handle and takes what was left. While the waiter runs, no waker is
//! registered: what is told meanwhile is found when it looks again, under the same lock that registers the waker,
//! so nothing is missed and a synchronous pipeline never wakes itself.
//!
//! The teller's last word comes from its destructor when the subscriber is dropped without a terminal: then the
//! waiting consumer panics instead of hanging, with the payload of the panic that ended the stream if a task of ours
//! caught that.

use crate::driver::panics::{self, Payload};
use reactive_streams_core::shim::{self, Mutex};
use reactive_streams_core::{Demand, Handle, Subscription};
use reactive_streams_sync::block_on;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// The two ends of a new cell. `N` is the news, of which there is one at a time; `R` is the result.
pub(crate) fn pair<N: 'static, R: 'static>() -> (Teller<N, R>, Waiter<N, R>) {
    let cell = Arc::new(Mutex::new(Cell {
        news: None,
        end: None,
        waker: None,
        in_transit: None,
        waiter_gone: false,
        subscribed: false,
    }));
    (Teller { cell: Some(Arc::clone(&cell)) }, Waiter { cell, handle: None })
}

type Shared<N, R> = Arc<Mutex<Cell<N, R>>>;

struct Cell<N, R> {
    news: Option<N>,
    end: Option<Result<R, Abandoned>>,
    /// Of the waiter, while it does not run.
    waker: Option<Waker>,
    /// On its way from `on_subscribe` to the waiter.
    in_transit: Option<Handle>,
    waiter_gone: bool,
    subscribed: bool,
}

/// The subscriber was dropped without a terminal.
struct Abandoned {
    panicking: bool,
    payload: Option<Payload>,
}

impl Abandoned {
    #[cold]
    fn raise(self) -> ! {
        if let Some(payload) = self.payload {
            resume_unwind(payload);
        }
        if self.panicking {
            panic!("the pipeline was abandoned: a stage panicked elsewhere, and its message is there")
        }
        panic!(
            "the pipeline was abandoned: its subscriber was dropped without a terminal and without a cancel"
        )
    }
}

/// The subscriber's end.
pub(crate) struct Teller<N: 'static, R: 'static> {
    /// Gone once the end was told.
    cell: Option<Shared<N, R>>,
}

impl<N: 'static, R: 'static> Teller<N, R> {
    /// Sends the handle over to the waiter, and asks for `first`; or cancels, if nobody waits any more.
    pub(crate) fn subscribed(&self, subscription: &mut Subscription, first: Demand) {
        let Some(cell) = &self.cell else { return };
        let handle = subscription.handle();
        let mut guard = cell.lock();
        if guard.waiter_gone {
            drop(guard);
            return drop(handle);
        }
        if std::mem::replace(&mut guard.subscribed, true) {
            drop(guard);
            return subscription.cancel(); // rule 2.5, and the handle goes with it
        }
        guard.in_transit = Some(handle);
        drop(guard);
        subscription.request(first);
    }

    /// Leaves news and wakes the waiter.
    pub(crate) fn tell(&self, news: N) {
        if let Some(cell) = &self.cell {
            leave(cell, news);
        }
    }

    /// As [`tell`](Self::tell), for who tells seldom: it lends nothing of an emission loop's locals to a call, at the
    /// price of a reference counted twice.
    #[inline(always)]
    pub(crate) fn tell_seldom(&self, news: N) {
        #[cold]
        #[inline(never)]
        fn leave_owned<N, R>(cell: Shared<N, R>, news: N) {
            leave(&cell, news);
        }
        if let Some(cell) = &self.cell {
            leave_owned(Arc::clone(cell), news);
        }
    }

    /// Leaves the result and wakes the waiter.
    pub(crate) fn end(&mut self, result: R) {
        if let Some(cell) = self.cell.take() {
            drop(close(cell, Ok(result)));
        }
    }
}

impl<N: 'static, R: 'static> Drop for Teller<N, R> {
    #[inline(always)]
    fn drop(&mut self) {
        #[cold]
        #[inline(never)]
        fn abandon<N: 'static, R: 'static>(cell: Shared<N, R>) {
            let panicking = std::thread::panicking();
            panics::tell(move |payload| match close(cell, Err(Abandoned { panicking, payload })) {
                Some(Err(abandoned)) => abandoned.payload,
                _ => None,
            });
        }
        if let Some(cell) = self.cell.take() {
            abandon(cell);
        }
    }
}

/// Gives the end back when nobody waits any more.
fn close<N, R>(cell: Shared<N, R>, end: Result<R, Abandoned>) -> Option<Result<R, Abandoned>> {
    let mut guard = cell.lock();
    if guard.waiter_gone {
        return Some(end);
    }
    guard.end = Some(end);
    let waker = guard.waker.take();
    drop(guard);
    wake(waker);
    None
}

fn leave<N, R>(cell: &Shared<N, R>, news: N) {
    let mut guard = cell.lock();
    let old = guard.news.replace(news);
    let waker = guard.waker.take();
    drop(guard);
    drop(old);
    wake(waker);
}

fn wake(waker: Option<Waker>) {
    shim::assert_unlocked();
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// The consumer's end. Dropping it cancels.
pub(crate) struct Waiter<N, R> {
    cell: Shared<N, R>,
    handle: Option<Handle>,
}

impl<N, R> Waiter<N, R> {
    /// Takes the news, if there are any.
    pub(crate) fn news(&mut self) -> Option<N> {
        let mut guard = self.cell.lock();
        self.handle = self.handle.take().or_else(|| guard.in_transit.take());
        guard.news.take()
    }

    /// Asks for `demand` more items, unless the end has been told (rule 2.4); a synchronous pipeline runs in this call.
    pub(crate) fn request(&self, demand: Demand) {
        if let Some(handle) = &self.handle
            && self.cell.lock().end.is_none()
        {
            handle.request(demand);
        }
    }

    /// Ready with the result, once there is one, whatever the news. With news it wakes the task at once, which then
    /// takes them at its next turn.
    ///
    /// # Panics
    ///
    /// When the pipeline was abandoned.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<R> {
        self.look(context, true)
    }

    /// As [`poll`](Self::poll), but the result comes after the news.
    ///
    /// # Panics
    ///
    /// When the pipeline was abandoned.
    pub(crate) fn poll_after_news(&mut self, context: &mut Context<'_>) -> Poll<R> {
        self.look(context, false)
    }

    fn look(&mut self, context: &mut Context<'_>, end_first: bool) -> Poll<R> {
        // A waker is foreign code: it is cloned, and the old one dropped, under no lock.
        let mut waker = Some(context.waker().clone());
        let mut guard = self.cell.lock();
        self.handle = self.handle.take().or_else(|| guard.in_transit.take());
        let has_news = guard.news.is_some();
        let end = if has_news && !end_first { None } else { guard.end.take() };
        if !has_news && end.is_none() {
            std::mem::swap(&mut guard.waker, &mut waker);
        }
        drop(guard);
        drop(waker);
        match end {
            Some(Ok(result)) => return Poll::Ready(result),
            Some(Err(abandoned)) => abandoned.raise(),
            None if has_news => context.waker().wake_by_ref(),
            None => {}
        }
        Poll::Pending
    }

    /// Waits for the result on this thread.
    ///
    /// # Panics
    ///
    /// When the pipeline was abandoned.
    pub(crate) fn block(mut self) -> R {
        let end = self.cell.lock().end.take();
        match end {
            Some(Ok(result)) => result,
            Some(Err(abandoned)) => abandoned.raise(),
            None => block_on(std::future::poll_fn(|context| self.poll(context))),
        }
    }
}

impl<N, R> Drop for Waiter<N, R> {
    fn drop(&mut self) {
        let mut guard = self.cell.lock();
        guard.waiter_gone = true;
        let left = (guard.news.take(), guard.end.take(), guard.waker.take(), guard.in_transit.take());
        drop(guard);
        drop(left);
    }
}
