use super::*;
use reactive_streams_test::VirtualClock;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// Does what it is told to, once each.
#[derive(Default)]
struct Told {
    acts: VecDeque<Act<u32, Infallible, Trap>>,
    /// Let go when an alarm rings.
    late: Option<Trap>,
    /// Captured, as a closure of an operator would be.
    _captured: Trap,
}

/// Panics when it is dropped under a lock, and counts how often it was.
#[derive(Clone, Default)]
struct Trap(Arc<AtomicUsize>);

impl Trap {
    fn sprung(&self) -> usize {
        self.0.load(Relaxed)
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        shim::assert_unlocked();
        self.0.fetch_add(1, Relaxed);
    }
}

impl Machine for Told {
    type Out = u32;
    type Error = Infallible;
    type Lost = Trap;

    fn next(&mut self, _demand: Option<Demand>) -> Act<u32, Infallible, Trap> {
        self.acts.pop_front().unwrap_or(Act::Idle)
    }
    fn holds(&self) -> bool {
        false
    }
    fn close(&mut self, _reason: Reason) -> Lost<Trap> {
        Lost::Nothing
    }
    fn tick(&mut self, _now: Duration) -> Lost<Trap> {
        self.late.take().map_or(Lost::Nothing, |trap| Lost::One(Reason::Expired, trap))
    }
}

/// Downstream: leaves its handle, or goes on with a subscription that it brought along.
struct Sink {
    handle: Arc<Mutex<Option<Handle>>>,
    own: Option<Subscription>,
    _gone: Trap,
}

impl Subscriber for Sink {
    type Item = u32;
    type Error = Infallible;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        match self.own.take() {
            Some(own) => *subscription = own,
            None => *self.handle.lock() = Some(subscription.handle()),
        }
    }
    fn on_next(&mut self, _item: u32, _subscription: &mut Subscription) {}
    fn on_error(self, error: Infallible, _unused: Option<Demand>) {
        match error {}
    }
    fn on_complete(self, _unused: Option<Demand>) {}
}

fn sink() -> (Sink, Arc<Mutex<Option<Handle>>>, Trap) {
    let (handle, gone) = (Arc::default(), Trap::default());
    (Sink { handle: Arc::clone(&handle), own: None, _gone: Trap(Arc::clone(&gone.0)) }, handle, gone)
}

fn doing<const N: usize>(acts: [Act<u32, Infallible, Trap>; N]) -> Told {
    Told { acts: acts.into(), ..Told::default() }
}

#[test]
fn a_hook_that_panics_on_the_clocks_thread_ends_the_stream() {
    let (sink, _handle, gone) = sink();
    let clock = VirtualClock::new();
    let mut machine = doing([Act::WakeAt(Arc::new(clock.clone()), Duration::from_secs(1))]);
    machine.late = Some(Trap::default());
    let hook: Hook<Trap> = Arc::new(|_| panic!("planned"));
    let gate = Gate::start(machine, sink, Some(hook)).expect("not cancelled");
    let rung = catch_unwind(AssertUnwindSafe(|| clock.advance(Duration::from_secs(1))));
    assert!(rung.is_err());
    assert_eq!(
        gone.sprung(),
        1,
        "downstream is gone, though its handle is held and nothing else has happened"
    );
    let mut late = Subscription::new();
    gate.attach(0, late.handle(), |_| {});
    assert!(late.is_cancelled(), "who comes later is turned away");
}

#[test]
fn the_handle_of_an_input_that_is_replaced_goes_under_no_lock() {
    let (sink, _handle, _) = sink();
    let gate = Gate::start(doing([]), sink, None).expect("not cancelled");
    let (mut first, mut second) = (Subscription::new(), Subscription::new());
    gate.attach(3, first.handle(), |_| {});
    gate.attach(3, second.handle(), |_| {});
    assert!(first.is_cancelled() && !second.is_cancelled());
}

#[test]
fn a_handle_that_outlives_the_stream_keeps_nothing_of_it() {
    let (sink, handle, gone) = sink();
    let captured = Trap::default();
    let machine = Told { _captured: Trap(Arc::clone(&captured.0)), ..doing([]) };
    let gate = Gate::start(machine, sink, None).expect("not cancelled");
    let handle = handle.lock().take().expect("taken");
    handle.request(Demand::ONE);
    gate.tell(|machine, _| (machine.acts.push_back(Act::Complete), Lost::Nothing));
    drop(gate);
    assert_eq!((gone.sprung(), captured.sprung()), (1, 1));
    drop(handle);
}

#[test]
fn what_a_publisher_before_has_left_in_the_link_goes_under_no_lock() {
    struct Left(#[allow(dead_code, reason = "dropped")] Trap);
    impl Wake for Left {
        fn wake(self: Arc<Self>) {}
    }
    let (mut sink, _, _) = sink();
    let mut subscription = Subscription::new();
    let _handle = subscription.handle();
    let left = Trap::default();
    let waker = Waker::from(Arc::new(Left(Trap(Arc::clone(&left.0)))));
    assert!(subscription.poll_cancelled(&mut Context::from_waker(&waker)).is_pending());
    drop(waker);
    sink.own = Some(subscription);
    let _gate = Gate::start(doing([]), sink, None);
    assert_eq!(left.sprung(), 1);
}
