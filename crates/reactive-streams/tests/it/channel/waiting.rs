//! Producers that wait: their order, their deadlines, and what wakes them.

use super::assert_balanced;
use futures_executor::block_on;
use reactive_streams::{
    Closed, Demand, Overflow, Publisher, Reason, SendError, SendTimeoutError, Sent, Subscriber, Subscription,
    TrySendError, channel,
};
use reactive_streams_test::{Live, VirtualClock, probe};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// Counts how often it was woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Bell {
    fn rings(&self) -> usize {
        self.0.load(SeqCst)
    }
}

fn poll<F: Future + Unpin>(future: &mut F, bell: &Arc<Bell>) -> Poll<F::Output> {
    let waker = Waker::from(Arc::clone(bell));
    Pin::new(future).poll(&mut Context::from_waker(&waker))
}

#[test]
fn a_send_waits_for_room_and_wakes_once() {
    let (sender, flow) = channel(1, Overflow::Wait);
    let (probe, bell) = (probe(flow), Arc::new(Bell::default()));
    assert_eq!(block_on(sender.send_async(1)), Ok(Sent::Accepted));
    let mut second = sender.send_async(2);
    assert!(poll(&mut second, &bell).is_pending());
    assert!(poll(&mut second, &bell).is_pending());
    probe.request(1);
    assert_eq!((probe.items(), bell.rings()), (vec![1], 1));
    // The room is kept for the one that waited.
    assert_eq!(sender.try_send(3), Err(TrySendError::Full(3)));
    assert_eq!(poll(&mut second, &bell), Poll::Ready(Ok(Sent::Accepted)));
    probe.request(1);
    assert_eq!((probe.items(), sender.ledger().received()), (vec![2], 2));
}

#[test]
fn turns_come_in_the_order_of_arrival_and_nobody_overtakes() {
    let (sender, flow) = channel(1, Overflow::Wait);
    let probe = probe(flow);
    assert_eq!(sender.try_send(0), Ok(Sent::Accepted));
    let bells: Vec<_> = (0..3).map(|_| Arc::new(Bell::default())).collect();
    let mut sends: Vec<_> = (1..4).map(|n| sender.send_async(n)).collect();
    for (send, bell) in sends.iter_mut().zip(&bells) {
        assert!(poll(send, bell).is_pending());
    }
    probe.request(1);
    assert_eq!(bells.iter().map(|bell| bell.rings()).collect::<Vec<_>>(), [1, 0, 0]);
    // The second asks out of turn, a newcomer tries: in vain.
    assert!(poll(&mut sends[1], &bells[1]).is_pending());
    assert_eq!(sender.try_send(9), Err(TrySendError::Full(9)));
    for turn in 0..3 {
        assert_eq!(poll(&mut sends[turn], &bells[turn]), Poll::Ready(Ok(Sent::Accepted)));
        probe.request(1);
    }
    assert_eq!(probe.items(), [0, 1, 2, 3]);
    assert_balanced(&sender.ledger());
}

#[test]
fn a_waiter_that_is_dropped_passes_its_turn_on() {
    let live = Live::new();
    let (sender, flow) = channel(1, Overflow::Wait);
    let probe = probe(flow);
    assert!(sender.try_send(live.item(0)).is_ok());
    let bells: Vec<_> = (0..3).map(|_| Arc::new(Bell::default())).collect();
    let mut sends: Vec<_> = (1..4).map(|n| sender.send_async(live.item(n))).collect();
    for (send, bell) in sends.iter_mut().zip(&bells) {
        assert!(poll(send, bell).is_pending());
    }
    // The second leaves before its turn, the first when it has come.
    drop(sends.remove(1));
    probe.request(1);
    assert_eq!((bells[0].rings(), bells[2].rings()), (1, 0));
    drop(sends.remove(0));
    assert_eq!((bells[1].rings(), bells[2].rings()), (0, 1));
    assert_eq!(poll(&mut sends[0], &bells[2]), Poll::Ready(Ok(Sent::Accepted)));
    probe.request(1);
    assert_eq!(probe.items().iter().map(|item| **item).collect::<Vec<_>>(), [0, 3]);
    assert_eq!((sender.ledger().received(), live.count()), (2, 0));
}

#[test]
fn a_permit_keeps_the_room_and_passes_it_on() {
    let (sender, flow) = channel(1, Overflow::Wait);
    let (probe, bell) = (probe(flow), Arc::new(Bell::default()));
    let permit = sender.wait_ready().expect("it is open");
    assert_eq!(sender.try_send(1), Err(TrySendError::Full(1)));
    let mut next = sender.ready();
    assert!(poll(&mut next, &bell).is_pending());
    drop(permit);
    assert_eq!(bell.rings(), 1);
    let Poll::Ready(Ok(permit)) = poll(&mut next, &bell) else { panic!("its turn has come") };
    assert_eq!(permit.send(2), Ok(Sent::Accepted));
    probe.request(1);
    assert_eq!(probe.items(), [2]);
}

#[test]
fn a_wait_before_the_subscription_gets_its_turn_after_it() {
    let (sender, flow) = channel(1, Overflow::Wait);
    let bell = Arc::new(Bell::default());
    assert_eq!(sender.try_send(1), Ok(Sent::Accepted));
    let mut second = sender.send_async(2);
    assert!(poll(&mut second, &bell).is_pending());
    let probe = probe(flow);
    assert_eq!(bell.rings(), 0);
    probe.request(5);
    assert_eq!(poll(&mut second, &bell), Poll::Ready(Ok(Sent::Accepted)));
    assert_eq!((probe.items(), bell.rings()), (vec![1, 2], 1));
}

#[test]
fn at_capacity_zero_a_request_calls_one_producer_at_a_time() {
    let (sender, flow) = channel(0, Overflow::Wait);
    let probe = probe(flow);
    let bells: Vec<_> = (0..2).map(|_| Arc::new(Bell::default())).collect();
    let mut sends: Vec<_> = (0..2).map(|n| sender.send_async(n)).collect();
    for (send, bell) in sends.iter_mut().zip(&bells) {
        assert!(poll(send, bell).is_pending());
    }
    probe.request(2);
    assert_eq!((bells[0].rings(), bells[1].rings()), (1, 0));
    assert_eq!(poll(&mut sends[0], &bells[0]), Poll::Ready(Ok(Sent::Accepted)));
    assert_eq!((probe.items(), bells[1].rings()), (vec![0], 1));
    assert_eq!(poll(&mut sends[1], &bells[1]), Poll::Ready(Ok(Sent::Accepted)));
    assert_eq!((probe.items(), sender.ledger().high_water()), (vec![1], 0));
}

#[test]
fn under_a_policy_that_drops_room_is_told_and_not_kept() {
    let (sender, flow) = channel(1, Overflow::DropOldest);
    let probe = probe(flow);
    assert_eq!(block_on(sender.send_async(1)), Ok(Sent::Accepted));
    let bells: Vec<_> = (0..2).map(|_| Arc::new(Bell::default())).collect();
    let mut waits = [sender.ready(), sender.ready()];
    for (wait, bell) in waits.iter_mut().zip(&bells) {
        assert!(poll(wait, bell).is_pending());
    }
    probe.request(1);
    assert_eq!((bells[0].rings(), bells[1].rings()), (1, 1));
    for (n, wait) in waits.iter_mut().enumerate() {
        let Poll::Ready(Ok(permit)) = poll(wait, &bells[n]) else { panic!("there was room") };
        assert_eq!(permit.send(n), Ok(if n == 0 { Sent::Accepted } else { Sent::Evicted(0) }));
    }
    assert_eq!(block_on(sender.send_async(7)), Ok(Sent::Evicted(1)));
    assert_balanced(&sender.ledger());
}

#[test]
fn ends_and_cancels_wake_all_who_wait_and_give_the_items_back() {
    for end in ["complete", "cancel", "drop the channel"] {
        let live = Live::new();
        let (sender, flow) = channel(1, Overflow::Wait);
        assert!(sender.try_send(live.item(0)).is_ok());
        let (mut flow, mut subscribed) = (Some(flow), None);
        if end != "drop the channel" {
            subscribed = flow.take().map(probe);
        }
        let bell = Arc::new(Bell::default());
        let (mut send, mut ready) = (sender.send_async(live.item(1)), sender.ready());
        assert!(poll(&mut send, &bell).is_pending());
        assert!(poll(&mut ready, &bell).is_pending());
        match (end, &subscribed) {
            ("complete", _) => sender.complete(),
            (_, Some(probe)) => probe.cancel(),
            (_, None) => drop(flow),
        }
        assert_eq!(bell.rings(), 2, "{end}");
        let Poll::Ready(Err(SendError(item))) = poll(&mut send, &bell) else { panic!("{end} closes") };
        assert_eq!(*item, 1);
        assert!(matches!(poll(&mut ready, &bell), Poll::Ready(Err(Closed { .. }))));
        drop(item);
        drop(subscribed);
        assert_eq!((live.count(), sender.ledger().dropped(Reason::Cancelled)), (0, 1), "{end}");
    }
}

#[test]
fn a_permit_outlived_by_the_stream_gives_the_item_back() {
    let (sender, flow) = channel(1, Overflow::Wait);
    let permit = sender.wait_ready().expect("it is open");
    drop(flow);
    assert_eq!(permit.send(1), Err(SendError(1)));
}

/// Asks for nothing, and takes no handle to ask later.
struct Mute;

impl Subscriber for Mute {
    type Item = u32;
    type Error = Infallible;
    fn on_subscribe(&mut self, _subscription: &mut Subscription) {}
    fn on_next(&mut self, _item: u32, _subscription: &mut Subscription) {}
    fn on_error(self, _error: Infallible, _unused: Option<Demand>) {}
    fn on_complete(self, _unused: Option<Demand>) {}
}

#[test]
fn waiting_for_a_consumer_that_can_never_ask_closes() {
    let (sender, flow) = channel(0, Overflow::Wait);
    flow.subscribe(Mute);
    assert!(!sender.is_closed());
    assert_eq!(sender.send(1), Err(SendError(1)));
}

#[test]
fn a_deadline_gives_the_item_back() {
    let (clock, bell) = (VirtualClock::new(), Arc::new(Bell::default()));
    let at = Duration::from_millis(10);
    let (sender, flow) = channel(1, Overflow::Wait);
    let probe = probe(flow);
    assert_eq!(block_on(sender.send_deadline(1, &clock, at)), Ok(Sent::Accepted));
    let mut late = sender.send_deadline(2, &clock, at);
    let mut patient = sender.send_deadline(3, &clock, at * 2);
    assert!(poll(&mut late, &bell).is_pending() && poll(&mut patient, &bell).is_pending());
    clock.advance(at / 2);
    assert!(poll(&mut late, &bell).is_pending());
    assert_eq!((bell.rings(), clock.armed()), (0, 2));
    clock.advance(at / 2);
    assert_eq!(bell.rings(), 1);
    assert_eq!(poll(&mut late, &bell), Poll::Ready(Err(SendTimeoutError::Timeout(2))));
    // The turn of the one that gave up goes to the next.
    probe.request(1);
    assert_eq!(bell.rings(), 2);
    assert_eq!(poll(&mut patient, &bell), Poll::Ready(Ok(Sent::Accepted)));
    assert_eq!((clock.armed(), sender.ledger().received()), (0, 2));
    let mut closed = sender.send_deadline(4, &clock, at * 9);
    assert!(poll(&mut closed, &bell).is_pending());
    probe.cancel();
    assert_eq!(poll(&mut closed, &bell), Poll::Ready(Err(SendTimeoutError::Closed(4))));
}

#[test]
fn what_waits_can_be_taken_back() {
    let (sender, flow) = channel(0, Overflow::Wait);
    let (probe, bell) = (probe(flow), Arc::new(Bell::default()));
    let mut send = sender.send_async(1);
    assert!(poll(&mut send, &bell).is_pending());
    assert_eq!(send.into_inner(), Some(1));
    assert_eq!(sender.send_timeout(2, Duration::ZERO), Err(SendTimeoutError::Timeout(2)));
    probe.request(1);
    assert_eq!(sender.send_timeout(3, Duration::MAX), Ok(Sent::Accepted));
    assert_eq!((probe.items(), bell.rings(), sender.ledger().received()), (vec![3], 0, 1));
}
