//! How a gate comes to be.

use super::collapse::Collapse;
use super::outlet::{Inputs, Outlet};
use super::{Gate, Hook, Inner, Machine, Unwinding};
use crate::driver::losses::Losses;
use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Subscriber, Subscription};
use reactive_streams_sync::Desk;
use std::sync::Arc;

impl<M, D> Gate<M, D>
where
    M: Machine,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    /// Subscribes `downstream` to what `machine` lets out. The inputs tell through the gate. None: it wants nothing,
    /// so that nothing need be subscribed to.
    pub(crate) fn start(machine: M, downstream: D, hook: Option<Hook<M::Lost>>) -> Option<Arc<Self>> {
        Self::open(|| machine, downstream, hook).map(Opened::run)
    }

    /// The first step of [`start`](Self::start). `machine` is called after `on_subscribe`, and nothing foreign after
    /// that. What the gate is told before the second step waits for it.
    pub(crate) fn open(
        machine: impl FnOnce() -> M,
        mut downstream: D,
        hook: Option<Hook<M::Lost>>,
    ) -> Option<Opened<M, D>> {
        let mut subscription = Subscription::new();
        downstream.on_subscribe(&mut subscription);
        if subscription.is_cancelled() {
            return None;
        }
        let registered = subscription.is_linked();
        let outlet = Box::new(Outlet { downstream, subscription, inputs: Inputs::default(), alarm: None });
        let machine = machine();
        let (arrivals, collapse) = (Vec::new(), Collapse::No);
        let inner = Inner { machine, outlet: None, arrivals, registered, ended: false, collapse };
        let (losses, desk) = (Losses::new(hook), Desk::new());
        let gate = Arc::new(Self { inner: Mutex::new(inner), losses, desk });
        Some(Opened { gate, outlet })
    }
}

/// A gate whose outlet is not in it yet.
pub(crate) struct Opened<M: Machine, D> {
    gate: Arc<Gate<M, D>>,
    outlet: Box<Outlet<D>>,
}

impl<M, D> Opened<M, D>
where
    M: Machine,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    pub(crate) fn gate(&self) -> &Arc<Gate<M, D>> {
        &self.gate
    }

    /// Drains, and leaves the outlet in the gate.
    pub(crate) fn run(self) -> Arc<Gate<M, D>> {
        let Self { gate, mut outlet } = self;
        let unwinding = Unwinding(&gate);
        if outlet.subscription.is_linked() {
            // Not in the drain: what a publisher before us has left in the link goes now, under no lock.
            gate.register(&mut outlet.subscription);
        }
        std::mem::forget(unwinding);
        gate.drain(outlet, gate.inner.lock());
        gate
    }
}
