//! Random sequences against a naive model. A producer is no publisher, so that the harness of `invariants` cannot drive
//! it: this is the same for a channel.

use proptest::collection::vec;
use proptest::prelude::*;
use reactive_streams::{Overflow, Sent, TrySendError, channel};
use reactive_streams_test::{Live, Tracked, probe};
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

#[derive(Clone, Copy, Debug)]
enum Step {
    Send,
    Request(u64),
    Wait,
    Poll(usize),
    Leave(usize),
    Complete,
    Cancel,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => Just(Step::Send),
        4 => (1..4u64).prop_map(Step::Request),
        4 => Just(Step::Wait),
        4 => (0..4usize).prop_map(Step::Poll),
        2 => (0..4usize).prop_map(Step::Leave),
        1 => Just(Step::Complete),
        1 => Just(Step::Cancel),
    ];
    vec(step, 0..40)
}

fn policies() -> impl Strategy<Value = Overflow> {
    prop_oneof![
        Just(Overflow::DropOldest),
        Just(Overflow::DropIncoming),
        Just(Overflow::ReplaceNewest),
        Just(Overflow::Clear),
    ]
}

fn values(items: Vec<Tracked<u32>>) -> Vec<u32> {
    items.into_iter().map(Tracked::into_inner).collect()
}

/// What a policy that drops does, in the plainest words.
fn naive(policy: Overflow, capacity: usize, demand: u64, queue: &mut VecDeque<u32>, item: u32) -> Sent<u32> {
    if demand > 0 || queue.len() < capacity {
        queue.push_back(item);
        return Sent::Accepted;
    }
    match policy {
        _ if capacity == 0 => Sent::Refused(item),
        Overflow::DropOldest => {
            let gone = queue.pop_front();
            queue.push_back(item);
            gone.map_or(Sent::Accepted, Sent::Evicted)
        }
        Overflow::ReplaceNewest => {
            let gone = queue.pop_back();
            queue.push_back(item);
            gone.map_or(Sent::Accepted, Sent::Evicted)
        }
        Overflow::Clear => {
            let gone = queue.drain(..).collect();
            queue.push_back(item);
            Sent::Cleared(gone)
        }
        _ => Sent::Refused(item),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_policy_that_drops_does_what_the_model_does(
        policy in policies(),
        capacity in 0..4usize,
        steps in steps(),
    ) {
        let (sender, flow) = channel(capacity, policy);
        let (ledger, probe) = (flow.ledger(), probe(flow));
        let (mut queue, mut demand, mut open, mut next) = (VecDeque::new(), 0u64, true, 0);
        for step in steps {
            let mut expected = Vec::new();
            match step {
                Step::Send if open => {
                    next += 1;
                    prop_assert_eq!(
                        sender.try_send(next),
                        Ok(naive(policy, capacity, demand, &mut queue, next))
                    );
                }
                Step::Send => prop_assert!(matches!(sender.try_send(next), Err(TrySendError::Closed(_)))),
                Step::Request(n) => {
                    demand += n;
                    probe.request(n);
                }
                Step::Complete => {
                    open = false;
                    sender.complete();
                }
                Step::Cancel => {
                    (open, demand) = (false, 0);
                    queue.clear();
                    probe.cancel();
                }
                Step::Wait | Step::Poll(_) | Step::Leave(_) => {}
            }
            while demand > 0 && let Some(item) = queue.pop_front() {
                demand -= 1;
                expected.push(item);
            }
            prop_assert_eq!(probe.items(), expected);
            prop_assert_eq!(ledger.depth(), queue.len() as u64);
            prop_assert!(ledger.is_balanced() && ledger.high_water() <= capacity as u64, "{:?}", ledger);
        }
    }

    #[test]
    fn waiting_loses_nothing_and_keeps_the_order_of_arrival(capacity in 0..4usize, steps in steps()) {
        let live = Live::new();
        let (sender, flow) = channel(capacity, Overflow::Wait);
        let (ledger, probe) = (flow.ledger(), probe(flow));
        let mut context = Context::from_waker(Waker::noop());
        let (mut accepted, mut delivered, mut asked, mut next) = (Vec::new(), Vec::new(), 0, 0u32);
        let mut waiting = Vec::new();
        let mut over = false;
        for step in steps {
            match step {
                Step::Send => {
                    next += 1;
                    match sender.try_send(live.item(next)) {
                        Ok(_) => accepted.push(next),
                        Err(TrySendError::Full(item)) => prop_assert_eq!(item, next),
                        Err(TrySendError::Closed(_)) => prop_assert!(over),
                    }
                }
                Step::Request(n) => {
                    asked += n;
                    probe.request(n);
                }
                Step::Wait => {
                    next += 1;
                    waiting.push((next, sender.send_async(live.item(next))));
                }
                Step::Poll(n) if n < waiting.len() => {
                    let (item, send) = &mut waiting[n];
                    match Pin::new(send).poll(&mut context) {
                        Poll::Ready(Ok(sent)) => {
                            prop_assert!(matches!(sent, Sent::Accepted));
                            accepted.push(*item);
                            drop(waiting.remove(n));
                        }
                        Poll::Ready(Err(_)) => {
                            prop_assert!(over);
                            drop(waiting.remove(n));
                        }
                        Poll::Pending => {}
                    }
                }
                Step::Leave(n) if n < waiting.len() => drop(waiting.remove(n)),
                Step::Poll(_) | Step::Leave(_) => {}
                Step::Complete => {
                    over = true;
                    sender.complete();
                }
                Step::Cancel => {
                    over = true;
                    probe.cancel();
                }
            }
            delivered.extend(values(probe.items()));
            prop_assert!(delivered.len() as u64 <= asked);
            prop_assert_eq!(&accepted[..delivered.len()], &delivered[..]);
            prop_assert_eq!(ledger.received(), accepted.len() as u64);
            prop_assert!(ledger.is_balanced() && ledger.high_water() <= capacity as u64, "{:?}", ledger);
        }
        // Whoever still waits gets in once there is demand, each round at least one.
        probe.request(1000);
        while !waiting.is_empty() {
            let before = waiting.len();
            waiting.retain_mut(|(_, send)| Pin::new(send).poll(&mut context).is_pending());
            prop_assert!(waiting.len() < before, "somebody waits for ever");
        }
        drop(probe);
        prop_assert_eq!((live.count(), ledger.depth()), (0, 0));
    }
}
