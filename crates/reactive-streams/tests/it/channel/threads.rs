//! Real threads: nothing is lost, nobody hangs.

use super::assert_balanced;
use reactive_streams::{Overflow, SendError, SendTimeoutError, Sent, channel};
use reactive_streams_test::{Live, Probe, probe};
use std::convert::Infallible;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

const PRODUCERS: usize = 4;
const EACH: usize = if cfg!(miri) { 20 } else { 1000 };

fn assert_in_order(items: &[(usize, usize)]) {
    assert_eq!(items.len(), PRODUCERS * EACH);
    for producer in 0..PRODUCERS {
        let sent = items.iter().filter(|(from, _)| *from == producer).map(|(_, n)| *n);
        assert!(sent.eq(0..EACH), "the order of producer {producer}");
    }
}

#[test]
fn four_producers_lose_nothing_and_keep_their_order() {
    let (sender, flow) = channel(8, Overflow::Wait);
    let ledger = flow.ledger();
    for producer in 0..PRODUCERS {
        let sender = sender.clone();
        thread::spawn(move || {
            for n in 0..EACH {
                let sent = match n % 3 {
                    0 => sender.send((producer, n)),
                    1 => futures_executor::block_on(sender.send_async((producer, n))),
                    _ => sender.wait_ready().expect("it is open").send((producer, n)),
                };
                assert_eq!(sent, Ok(Sent::Accepted));
            }
        });
    }
    drop(sender);
    let items = flow.collect::<Vec<_>>().block().expect("it cannot fail");
    assert_in_order(&items);
    assert_eq!((ledger.received(), ledger.emitted()), (items.len() as u64, items.len() as u64));
    assert!(ledger.high_water() <= 8);
}

/// Asks for one item at a time, on this thread, until the stream has ended.
fn drain<T>(probe: &Probe<T, Infallible>) -> Vec<T> {
    let mut items = Vec::new();
    while probe.is_active() {
        probe.request(1);
        items.extend(probe.items());
        thread::yield_now();
    }
    items.extend(probe.items());
    items
}

#[test]
fn producers_that_wait_for_a_slow_consumer_lose_nothing() {
    for capacity in [0, 1, 3] {
        let (sender, flow) = channel(capacity, Overflow::Wait);
        let (ledger, probe) = (flow.ledger(), probe(flow));
        for producer in 0..PRODUCERS {
            let sender = sender.clone();
            thread::spawn(move || {
                for n in 0..EACH {
                    assert_eq!(sender.send((producer, n)), Ok(Sent::Accepted));
                }
            });
        }
        drop(sender);
        assert_in_order(&drain(&probe));
        assert_balanced(&ledger);
        assert!(ledger.high_water() <= capacity as u64, "{ledger:?}");
    }
}

#[test]
fn a_cancel_while_sending_leaks_nothing_and_strands_nobody() {
    for _ in 0..EACH {
        let live = Live::new();
        let (sender, flow) = channel(1, Overflow::Wait);
        let (ledger, probe) = (flow.ledger(), probe(flow));
        let start = Barrier::new(3);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    start.wait();
                    while let Ok(sent) = sender.send(live.item(())) {
                        assert_eq!(sent, Sent::Accepted);
                    }
                });
            }
            start.wait();
            probe.request(1);
            probe.cancel();
        });
        drop(probe.items());
        assert_eq!((live.count(), ledger.depth()), (0, 0));
        assert_balanced(&ledger);
    }
}

#[test]
fn a_producer_that_outlives_its_consumer_is_told() {
    let (sender, flow) = channel(2, Overflow::Wait);
    let producer = thread::spawn(move || {
        let mut sent = 0;
        loop {
            match sender.send(sent) {
                Ok(_) => sent += 1,
                Err(SendError(item)) => return (sent, item),
            }
        }
    });
    assert_eq!(flow.first().block(), Ok(Some(0)));
    let (sent, refused) = producer.join().expect("the producer ends");
    assert!(sent >= 1 && refused == sent);
}

#[test]
fn a_consumer_that_outlives_its_producers_gets_what_they_sent() {
    let (sender, flow) = channel(16, Overflow::Wait);
    thread::scope(|scope| {
        scope.spawn(move || (0..16).for_each(|n| assert_eq!(sender.send(n), Ok(Sent::Accepted))));
    });
    assert_eq!(flow.count().block(), Ok(16));
}

#[test]
fn a_timed_send_is_woken_by_room() {
    let (sender, flow) = channel(1, Overflow::Wait);
    let probe = probe(flow);
    let producer = thread::spawn(move || {
        for n in 0..EACH {
            assert_eq!(sender.send_timeout(n, Duration::from_secs(600)), Ok(Sent::Accepted));
        }
        (sender.send_timeout(EACH, Duration::ZERO), sender)
    });
    let mut items = Vec::new();
    while items.len() < EACH - 1 {
        probe.request(1);
        items.extend(probe.items());
        thread::yield_now();
    }
    let (last, sender) = producer.join().expect("the producer ends");
    // More may have been asked for than was there.
    match last {
        Ok(_) => assert!(sender.ledger().received() == EACH as u64 + 1),
        Err(SendTimeoutError::Timeout(item)) => assert_eq!(item, EACH),
        Err(SendTimeoutError::Closed(_)) => panic!("it is open"),
    }
}
