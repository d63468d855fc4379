//! `channel`: what a send returns, ends, cancels, panics.

mod model;
mod threads;
mod waiting;

use crate::local::Local;
use reactive_streams::{
    Demand, Ledger, Overflow, Publisher, Reason, SendError, SendTimeoutError, Sender, Sent, Subscriber,
    Subscription, TrySendError, channel, try_channel,
};
use reactive_streams_test::{Live, probe};
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

fn assert_balanced(ledger: &Ledger) {
    assert!(ledger.is_balanced(), "{ledger:?}");
}

#[test]
fn each_policy_gives_back_what_it_says() {
    let third = |policy| {
        let (sender, flow) = channel(2, policy);
        let ledger = flow.ledger();
        let probe = probe(flow);
        assert_eq!([sender.try_send(1), sender.try_send(2)], [Ok(Sent::Accepted), Ok(Sent::Accepted)]);
        let sent = sender.try_send(3);
        probe.request(9);
        assert_balanced(&ledger);
        (sent, probe.items(), ledger.received(), ledger.dropped(Reason::Overflow))
    };
    assert_eq!(third(Overflow::Wait), (Err(TrySendError::Full(3)), vec![1, 2], 2, 0));
    assert_eq!(third(Overflow::DropOldest), (Ok(Sent::Evicted(1)), vec![2, 3], 3, 1));
    assert_eq!(third(Overflow::DropIncoming), (Ok(Sent::Refused(3)), vec![1, 2], 3, 1));
    assert_eq!(third(Overflow::ReplaceNewest), (Ok(Sent::Evicted(2)), vec![1, 3], 3, 1));
    assert_eq!(third(Overflow::Clear), (Ok(Sent::Cleared(vec![1, 2])), vec![3], 3, 2));
}

#[test]
fn at_capacity_zero_an_item_passes_only_if_it_was_asked_for() {
    for policy in [
        Overflow::Wait,
        Overflow::DropOldest,
        Overflow::DropIncoming,
        Overflow::ReplaceNewest,
        Overflow::Clear,
    ] {
        let (sender, flow) = channel(0, policy);
        let (ledger, probe) = (flow.ledger(), probe(flow));
        let turned_away =
            if policy == Overflow::Wait { Err(TrySendError::Full(1)) } else { Ok(Sent::Refused(1)) };
        assert_eq!(sender.try_send(1), turned_away);
        probe.request(1);
        assert_eq!((sender.try_send(2), probe.items()), (Ok(Sent::Accepted), vec![2]));
        assert_ne!(sender.try_send(3), Ok(Sent::Accepted));
        assert_eq!((probe.items(), ledger.depth(), ledger.high_water()), (vec![], 0, 0));
        assert_balanced(&ledger);
    }
}

#[test]
fn what_was_asked_for_passes_and_leaves_no_high_water_mark() {
    let (sender, flow) = channel(1, Overflow::Wait);
    let (ledger, probe) = (flow.ledger(), probe(flow));
    probe.request(u64::MAX);
    for n in 0..10 {
        assert_eq!(sender.send(n), Ok(Sent::Accepted));
    }
    assert_eq!(probe.items(), (0..10).collect::<Vec<_>>());
    assert_eq!((ledger.received(), ledger.emitted(), ledger.high_water()), (10, 10, 0));
}

#[test]
fn it_takes_items_before_the_subscription() {
    let (sender, flow) = channel(2, Overflow::Wait);
    assert_eq!([sender.try_send(1), sender.try_send(2)], [Ok(Sent::Accepted), Ok(Sent::Accepted)]);
    assert_eq!(sender.try_send(3), Err(TrySendError::Full(3)));
    drop(sender);
    assert_eq!(flow.collect::<Vec<_>>().block(), Ok(vec![1, 2]));
}

#[test]
fn it_completes_with_the_last_sender_once_the_queue_is_empty() {
    let (sender, flow) = channel(4, Overflow::Wait);
    let (probe, other) = (probe(flow), sender.clone());
    assert_eq!(sender.try_send(1), Ok(Sent::Accepted));
    drop(sender);
    assert_eq!(other.try_send(2), Ok(Sent::Accepted));
    drop(other);
    probe.request(1);
    assert!(!probe.is_complete());
    probe.request(4);
    assert_eq!((probe.items(), probe.is_complete(), probe.unused()), (vec![1, 2], true, Demand::new(3)));
}

#[test]
fn an_end_without_items_needs_no_demand_and_closes_for_all() {
    let (sender, flow) = channel(4, Overflow::DropOldest);
    let (probe, other) = (probe(flow), sender.clone());
    assert!(!other.is_closed());
    sender.complete();
    sender.complete();
    assert!(probe.is_complete() && probe.is_dropped());
    assert!(other.is_closed());
    assert_eq!(other.try_send(1), Err(TrySendError::Closed(1)));
    assert_eq!(other.send(2), Err(SendError(2)));
    assert_eq!(other.send_timeout(3, Duration::ZERO), Err(SendTimeoutError::Closed(3)));
    assert_eq!(other.ledger().received(), 0);
}

#[test]
fn a_failure_comes_after_the_items_and_wins_over_what_follows_it() {
    let (sender, flow) = try_channel(4, Overflow::Wait);
    let probe = probe(flow);
    assert_eq!(sender.try_send(1), Ok(Sent::Accepted));
    sender.fail("first");
    sender.fail("second");
    drop(sender);
    assert!(!probe.is_failed());
    probe.request(1);
    assert_eq!((probe.items(), probe.error()), (vec![1], Some("first")));
}

#[test]
fn a_cancel_drops_the_queue_once_and_closes_the_senders() {
    let live = Live::new();
    let (sender, flow) = channel(4, Overflow::Wait);
    let (ledger, probe) = (flow.ledger(), probe(flow));
    for n in 0..3 {
        assert_eq!(sender.try_send(live.item(n)), Ok(Sent::Accepted));
    }
    probe.request(1);
    assert_eq!(probe.items().len(), 1);
    probe.cancel();
    assert_eq!((live.count(), probe.is_dropped(), sender.is_closed()), (0, true, true));
    assert_eq!((ledger.dropped(Reason::Cancelled), ledger.depth()), (2, 0));
    assert!(matches!(sender.try_send(live.item(9)), Err(TrySendError::Closed(_))));
    assert_balanced(&ledger);
}

#[test]
fn a_channel_that_is_never_subscribed_to_closes() {
    let live = Live::new();
    let (sender, flow) = channel(4, Overflow::Wait);
    assert_eq!(sender.try_send(live.item(1)), Ok(Sent::Accepted));
    drop(flow);
    assert_eq!((live.count(), sender.is_closed()), (0, true));
    assert_eq!(sender.ledger().dropped(Reason::Cancelled), 1);
    assert_balanced(&sender.ledger());
}

type Tried = Result<Sent<u32>, TrySendError<u32>>;

/// Asks for `first` at the start and for nothing later; sends from inside its callbacks.
struct Echo {
    first: u64,
    cancel: bool,
    sender: Sender<u32>,
    sent: Vec<Tried>,
    seen: std::sync::mpsc::Sender<(u32, Vec<Tried>)>,
}

impl Subscriber for Echo {
    type Item = u32;
    type Error = Infallible;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.sent.push(self.sender.try_send(100));
        if let Some(demand) = Demand::new(self.first) {
            subscription.request(demand);
        }
        if self.cancel {
            subscription.cancel();
        }
    }
    fn on_next(&mut self, item: u32, _subscription: &mut Subscription) {
        self.sent.push(self.sender.try_send(item + 1));
        self.seen.send((item, std::mem::take(&mut self.sent))).expect("the test listens");
    }
    fn on_error(self, error: Infallible, _unused: Option<Demand>) {
        match error {}
    }
    fn on_complete(self, _unused: Option<Demand>) {}
}

#[test]
fn a_callback_may_send_without_waiting() {
    let (sender, flow) = channel(1, Overflow::Wait);
    let (seen, log) = std::sync::mpsc::channel();
    flow.subscribe(Echo { first: 3, cancel: false, sender: sender.clone(), sent: Vec::new(), seen });
    let log: Vec<_> = log.try_iter().collect();
    assert_eq!(log[0], (100, vec![Ok(Sent::Accepted), Ok(Sent::Accepted)]));
    assert_eq!(log[1..], [(101, vec![Ok(Sent::Accepted)]), (102, vec![Ok(Sent::Accepted)])]);
    // Nobody can ask any more, so that what was accepted last will never be delivered.
    assert!(sender.is_closed());
    assert_eq!(sender.ledger().dropped(Reason::Cancelled), 1);
}

#[test]
fn an_item_that_nobody_can_ask_for_closes() {
    for overflow in [Overflow::Wait, Overflow::DropOldest, Overflow::DropIncoming] {
        let (sender, flow) = channel(4, overflow);
        let (local, _log) = Local::asking(2);
        flow.subscribe(local);
        (1..=2).for_each(|n| assert_eq!(sender.try_send(n), Ok(Sent::Accepted)));
        assert!(!sender.is_closed());
        assert_eq!(sender.try_send(3), Ok(Sent::Accepted));
        assert!(sender.is_closed());
        assert_eq!((sender.ledger().dropped(Reason::Cancelled), sender.ledger().is_balanced()), (1, true));
    }
}

#[test]
fn a_cancel_on_subscribe_closes() {
    let (sender, flow) = channel(1, Overflow::Wait);
    let (seen, _log) = std::sync::mpsc::channel();
    flow.subscribe(Echo { first: 0, cancel: true, sender: sender.clone(), sent: Vec::new(), seen });
    assert!(sender.is_closed());
    assert_eq!(sender.ledger().dropped(Reason::Cancelled), 1);
}

#[test]
fn a_panic_of_the_consumer_reaches_the_sender_and_closes() {
    let live = Live::new();
    let (sender, flow) = channel(4, Overflow::Wait);
    let items: Vec<_> = (0..3).map(|n| live.item(n)).collect();
    for item in items {
        assert_eq!(sender.try_send(item), Ok(Sent::Accepted));
    }
    let mut run = flow.map(|item| if *item == 1 { panic!("as planned") } else { item }).collect::<Vec<_>>();
    let outcome = catch_unwind(AssertUnwindSafe(|| futures_executor::block_on(&mut run)));
    assert!(outcome.is_err());
    drop(run);
    assert_eq!((live.count(), sender.is_closed()), (0, true));
    assert!(matches!(sender.try_send(live.item(9)), Err(TrySendError::Closed(_))));
    assert_balanced(&sender.ledger());
}

#[test]
fn a_panic_of_the_last_producer_is_no_completion() {
    let (sender, flow) = channel(4, Overflow::Wait);
    let (ledger, probe) = (flow.ledger(), probe(flow));
    let producer = AssertUnwindSafe(move || {
        assert_eq!(sender.try_send(1), Ok(Sent::Accepted));
        panic!("as planned");
    });
    assert!(catch_unwind(producer).is_err());
    assert!(probe.is_dropped() && !probe.is_complete());
    assert_eq!(ledger.dropped(Reason::Cancelled), 1);
    assert_balanced(&ledger);
}

#[test]
fn errors_say_what_happened_and_give_the_item_back() {
    let full = TrySendError::Full(1);
    assert_eq!((full.to_string().as_str(), full.into_inner()), ("the queue of the channel is full", 1));
    assert_eq!(SendError(2).into_inner(), 2);
    assert_eq!(SendTimeoutError::Timeout(3).into_inner(), 3);
    assert_eq!(format!("{:?} {:?}", full, SendTimeoutError::Closed(())), "Full(..) Closed(..)");
}
