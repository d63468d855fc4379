//! What an inner upstream sees.

use super::{Boxed, Carry, Course, InnerError, Out};
use reactive_streams_core::{Demand, Subscriber, Subscription};
use reactive_streams_sync::Pass;
use std::sync::Arc;

/// The subscriber of an inner upstream. Gone once it has ended.
///
/// What cleans up takes all of it by value, and is the same small call wherever a panic may come from: nothing of it is
/// lent, so that the loop that emits keeps downstream's state in registers.
pub(super) struct Leg<C, D>(pub(super) Option<Aboard<C, D>>)
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static;

/// The load while an inner has it: downstream is beside the box.
pub(super) struct Aboard<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    pub(super) carry: Carry<D>,
    pub(super) load: Boxed<C, D>,
    pub(super) pass: Pass<Boxed<C, D>>,
}

impl<C, D> Drop for Leg<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(aboard) = self.0.take() {
            let_go(aboard);
        }
    }
}

#[cold]
#[inline(never)]
fn let_go<C, D>(aboard: Aboard<C, D>)
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    drop(aboard);
}

/// From an inner that has ended.
#[inline(always)]
fn back<C, D>(aboard: Aboard<C, D>, end: Result<(), InnerError<C>>, unused: Option<Demand>)
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    let Aboard { carry, mut load, pass } = aboard;
    load.ashore = Some(carry.alight(unused));
    load.ended = Some(end);
    if let Err((pass, load)) = pass.hand(load) {
        go_on(pass, load);
    }
}

/// Nobody waits for it here.
#[cold]
#[inline(never)]
fn go_on<C, D>(pass: Pass<Boxed<C, D>>, mut load: Boxed<C, D>)
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    load.pass = Some(pass);
    let baton = Arc::clone(&load.ticket.0);
    baton.go_on(load, None);
}

impl<C, D> Subscriber for Leg<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    type Item = Out<C>;
    type Error = InnerError<C>;

    #[inline]
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if let Some(aboard) = &mut self.0 {
            aboard.carry.board(subscription);
        }
    }

    #[inline(always)]
    fn on_next(&mut self, item: Out<C>, subscription: &mut Subscription) {
        if let Some(aboard) = &mut self.0 {
            aboard.carry.on_next(item, subscription);
        }
    }

    #[inline(always)]
    fn on_error(mut self, error: InnerError<C>, unused: Option<Demand>) {
        if let Some(aboard) = self.0.take() {
            back(aboard, Err(error), unused);
        }
    }

    #[inline(always)]
    fn on_complete(mut self, unused: Option<Demand>) {
        if let Some(aboard) = self.0.take() {
            back(aboard, Ok(()), unused);
        }
    }
}
