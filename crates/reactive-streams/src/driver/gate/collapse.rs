//! The end by a panic of one that does not drain: its payload has to find the way to downstream, which another thread may
//! hold.

use super::{Gate, Machine};
use crate::driver::gate::Lost;
use crate::driver::panics::{self, Payload};
use reactive_streams_core::Subscriber;
use std::sync::Arc;

/// How far it has come.
pub(super) enum Collapse {
    No,
    /// A panic unwinds. Who drains leaves the outlet in the gate.
    Due,
    /// It was caught before who drains had looked; the payload is for downstream.
    Caught(Box<Payload>),
}

impl Collapse {
    pub(super) fn is_due(&self) -> bool {
        matches!(self, Self::Due)
    }
}

impl<M, D> Gate<M, D>
where
    M: Machine,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    /// Tells the machine that somebody goes who may not; `event` says whether that is the end. If a panic is the cause,
    /// downstream gets its payload, whoever holds it now.
    #[cold]
    #[inline(never)]
    pub(crate) fn gone(self: &Arc<Self>, event: impl FnOnce(&mut M) -> bool) {
        if !std::thread::panicking() {
            return self.tell(|machine, _| {
                event(machine);
                ((), Lost::Nothing)
            });
        }
        let (ends, outlet) = {
            let mut inner = self.inner.lock();
            let ends = event(&mut inner.machine) && !inner.ended;
            let outlet = if ends { inner.outlet.take() } else { None };
            if ends {
                inner.ended = true;
                if outlet.is_none() {
                    inner.collapse = Collapse::Due;
                }
            }
            (ends, outlet)
        };
        match outlet {
            // It is dropped as the panic unwinds.
            Some(outlet) => self.finish(*outlet, None),
            None if ends => {
                self.close();
                let gate = Arc::clone(self);
                panics::tell(move |payload| gate.collapse(payload));
            }
            // What was told may have made room for something else.
            None => self.tell(|_, _| ((), Lost::Nothing)),
        }
    }

    /// The panic was caught, unless there is no task to catch it. Gives the payload back when it is not for downstream.
    fn collapse(&self, payload: Option<Payload>) -> Option<Payload> {
        let outlet = {
            let mut inner = self.inner.lock();
            if !inner.collapse.is_due() {
                return payload;
            }
            inner.collapse = payload.map_or(Collapse::No, |payload| Collapse::Caught(Box::new(payload)));
            inner.outlet.take()
        };
        self.finish_or_collapse(*outlet?, None)
    }

    /// Drops downstream, as the panic would if there is one.
    #[cold]
    pub(super) fn let_down(&self, downstream: D) -> Option<Payload> {
        let collapse = std::mem::replace(&mut self.inner.lock().collapse, Collapse::No);
        match collapse {
            Collapse::Caught(payload) => panics::drop_as_of(downstream, *payload),
            Collapse::No | Collapse::Due => {
                drop(downstream);
                None
            }
        }
    }
}

/// The end if a hook or a waker unwinds through one that tells.
pub(super) struct Telling<'a, M, D>(pub(super) &'a Arc<Gate<M, D>>)
where
    M: Machine,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static;

impl<M, D> Drop for Telling<'_, M, D>
where
    M: Machine,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.gone(|_| true);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::driver::gate::{Act, Lost};
    use crate::ledger::Reason;
    use reactive_streams_core::{Demand, Subscription};
    use std::convert::Infallible;
    use std::panic::resume_unwind;
    use std::sync::mpsc::{Receiver, Sender, channel};

    /// Emits one item when it is told to, and is at its end when it is told that.
    #[derive(Default)]
    struct Once {
        emit: bool,
        gone: bool,
    }

    impl Machine for Once {
        type Out = ();
        type Error = Infallible;
        type Lost = ();

        fn next(&mut self, _demand: Option<Demand>) -> Act<(), Infallible, ()> {
            match *self {
                Self { gone: true, .. } => Act::Abandon,
                _ if std::mem::take(&mut self.emit) => Act::Emit(()),
                _ => Act::Idle,
            }
        }
        fn holds(&self) -> bool {
            false
        }
        fn close(&mut self, _reason: Reason) -> Lost<()> {
            Lost::Nothing
        }
    }

    /// Says that it has an item, and waits; says with which payload it was dropped.
    struct Downstream {
        has: Sender<()>,
        go_on: Receiver<()>,
        told: Sender<Option<&'static str>>,
    }

    impl Subscriber for Downstream {
        type Item = ();
        type Error = Infallible;
        fn on_subscribe(&mut self, subscription: &mut Subscription) {
            subscription.request(Demand::ONE);
        }
        fn on_next(&mut self, (): (), _subscription: &mut Subscription) {
            self.has.send(()).expect("somebody waits for it");
            let _gone = self.go_on.recv();
        }
        fn on_error(self, error: Infallible, _unused: Option<Demand>) {
            match error {}
        }
        fn on_complete(self, _unused: Option<Demand>) {}
    }

    impl Drop for Downstream {
        fn drop(&mut self) {
            let told = self.told.clone();
            panics::tell(move |payload| {
                let payload = payload.map(|payload| *payload.downcast::<&str>().expect("a &str"));
                told.send(payload).expect("somebody waits for it");
                None
            });
        }
    }

    struct OnDrop<F: FnMut()>(F);

    impl<F: FnMut()> Drop for OnDrop<F> {
        fn drop(&mut self) {
            (self.0)();
        }
    }

    /// A panic on this thread while another one delivers. `unwinding` runs after the gate was told and before the panic
    /// is caught.
    fn told_of_a_panic(unwinding: impl FnOnce(&dyn Fn()), in_a_task: bool) -> Option<&'static str> {
        let ((has, item), (go_on, may_go_on), (told, heard)) = (channel(), channel(), channel());
        let downstream = Downstream { has, go_on: may_go_on, told };
        let gate = Gate::start(Once::default(), downstream, None).expect("not cancelled");
        std::thread::scope(|scope| {
            let drains = scope.spawn(|| {
                gate.tell(|once, _| {
                    once.emit = true;
                    ((), Lost::Nothing)
                });
            });
            item.recv().expect("it is delivered");
            let panics = || {
                let finished = || {
                    go_on.send(()).expect("it waits");
                    while !drains.is_finished() {
                        std::thread::yield_now();
                    }
                };
                let mut unwinding = Some(unwinding);
                let _unwinding = OnDrop(|| unwinding.take().into_iter().for_each(|run| run(&finished)));
                let _goes = OnDrop(|| {
                    gate.gone(|once| {
                        once.gone = true;
                        true
                    });
                });
                resume_unwind(Box::new("boom"))
            };
            if in_a_task {
                assert_eq!(panics::contain(&mut None::<()>, |_| panics()), None::<()>);
            } else {
                assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).is_err());
            }
            drop(go_on);
        });
        assert!(gate.inner.lock().outlet.is_none());
        heard.recv().expect("downstream was dropped")
    }

    #[test]
    fn who_drains_and_looks_while_it_unwinds_leaves_downstream_to_the_panic() {
        assert_eq!(told_of_a_panic(|finished| finished(), true), Some("boom"));
    }

    #[test]
    fn who_drains_and_looks_after_it_was_caught_finds_the_payload() {
        assert_eq!(told_of_a_panic(|_| (), true), Some("boom"));
    }

    #[test]
    fn outside_a_task_there_is_no_payload_and_downstream_goes_all_the_same() {
        assert_eq!(told_of_a_panic(|_| (), false), None);
    }
}
