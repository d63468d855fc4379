//! One item in, one decision out: `map`, `filter`, `take`, `scan` and their like.
//!
//! The downstream's subscription *is* the upstream's: a stage passes through what it was lent. What it skips it
//! asks for again, and what it cuts off it cancels.
//!
//! Left to this driver: §1.3 §1.7 §2.4 §2.6 §2.8 §3.6 §4.1 §4.2, and the unused demand at the terminal (3-i).

use reactive_streams_core::{Demand, Subscriber, Subscription};

/// What a logic makes of one item.
pub(crate) enum Step<T> {
    /// Passes this on.
    Emit(T),
    /// Nothing to pass on: upstream is asked for one more.
    Skip,
    /// Passes this on, then completes and cancels upstream.
    Last(T),
    /// Completes and cancels upstream.
    Stop,
}

/// What distinguishes one operator from another, as a plain value.
pub(crate) trait Logic: Send + 'static {
    type In;
    type InError;
    type Out: Send + 'static;
    type Error: Send + 'static;

    /// Whether it is over before its first item: `take(0)`.
    #[inline]
    fn is_over(&self) -> bool {
        false
    }

    /// Decides about one item.
    fn on_next(&mut self, item: Self::In) -> Step<Self::Out>;

    /// Translates upstream's failure.
    fn on_error(self, error: Self::InError) -> Self::Error;
}

/// The subscriber between upstream and `downstream`.
pub(crate) struct Stage<L, D> {
    logic: L,
    /// Gone once it has had its terminal.
    downstream: Option<D>,
}

impl<L, D> Stage<L, D> {
    #[inline]
    pub(crate) fn new(logic: L, downstream: D) -> Self {
        Self { logic, downstream: Some(downstream) }
    }
}

impl<L, D> Stage<L, D>
where
    L: Logic,
    D: Subscriber<Item = L::Out, Error = L::Error>,
{
    /// Ends upstream, and downstream with what was asked for and not used.
    #[inline(always)]
    fn end(&mut self, subscription: &mut Subscription) {
        let unused = subscription.outstanding();
        let wanted = !subscription.is_cancelled();
        subscription.cancel();
        if let Some(downstream) = self.downstream.take() {
            finish(downstream, wanted, unused);
        }
    }
}

/// The cold half of an end. It takes all by value: nothing that the emission loop keeps in registers is lent to it.
#[cold]
#[inline(never)]
fn finish<D: Subscriber>(downstream: D, wanted: bool, unused: Option<Demand>) {
    if wanted { downstream.on_complete(unused) } else { drop(downstream) }
}

impl<L, D> Subscriber for Stage<L, D>
where
    L: Logic,
    D: Subscriber<Item = L::Out, Error = L::Error>,
{
    type Item = L::In;
    type Error = L::InError;

    #[inline]
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        let Some(downstream) = &mut self.downstream else { return subscription.cancel() };
        downstream.on_subscribe(subscription);
        if self.logic.is_over() {
            self.end(subscription);
        }
    }

    #[inline]
    fn hears_of_immediate(&self) -> bool {
        self.downstream.as_ref().is_some_and(D::hears_of_immediate)
    }

    // Always inlined, with one call of downstream's, so that a chain of stages is one loop body on the first run.
    #[inline(always)]
    fn on_next(&mut self, item: L::In, subscription: &mut Subscription) {
        let Some(downstream) = &mut self.downstream else { return };
        let (out, last) = match self.logic.on_next(item) {
            Step::Emit(out) => (out, false),
            Step::Last(out) => (out, true),
            // What is not delivered leaves its unit of demand unused.
            Step::Skip => return subscription.give_back(),
            Step::Stop => {
                subscription.give_back();
                return self.end(subscription);
            }
        };
        downstream.on_next(out, subscription);
        if last {
            self.end(subscription);
        }
    }

    #[inline]
    fn on_error(self, error: L::InError, unused: Option<Demand>) {
        if let Some(downstream) = self.downstream {
            downstream.on_error(self.logic.on_error(error), unused);
        }
    }

    #[inline]
    fn on_complete(self, unused: Option<Demand>) {
        if let Some(downstream) = self.downstream {
            downstream.on_complete(unused);
        }
    }
}
