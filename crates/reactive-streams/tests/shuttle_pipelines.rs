//! Whole pipelines under random schedules: `.ci/shuttle`. It takes every ordering for sequentially consistent; the
//! orderings are loom's business.
#![cfg(shuttle)]

use reactive_streams::{Ledger, Overflow, Threads, channel, iter};
use reactive_streams_core::shim::thread;
use reactive_streams_test::{Live, VirtualClock, probe};
use std::sync::Arc;
use std::time::Duration;

/// Random schedules, and as many by priority with three changes of it.
fn schedules(f: impl Fn() + Send + Sync + 'static) {
    let f = Arc::new(f);
    let rounds = std::env::var("SHUTTLE_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000);
    let random = Arc::clone(&f);
    shuttle::check_random(move || random(), rounds);
    shuttle::check_pct(move || f(), rounds, 3);
}

fn balanced(ledgers: &[Ledger]) {
    ledgers.iter().for_each(|ledger| assert!(ledger.is_balanced(), "{ledger:?}"));
}

#[test]
fn two_producers_one_buffer_and_a_consumer_that_asks() {
    schedules(|| {
        let live = Live::new();
        let (sender, flow) = channel(1, Overflow::DropOldest);
        let queue = flow.buffer(2).overflow(Overflow::DropIncoming);
        let ledgers = [sender.ledger(), queue.ledger()];
        let consumer = probe(queue);
        let producers = [0u32, 10].map(|from| {
            let (sender, live) = (sender.clone(), live.clone());
            thread::spawn(move || {
                (from..from + 3).for_each(|n| drop(sender.try_send(live.item(n))));
            })
        });
        drop(sender);
        consumer.request(1);
        consumer.request(2);
        producers.into_iter().for_each(|producer| producer.join().expect("no panic"));
        consumer.request(9);
        assert!(consumer.is_complete());
        balanced(&ledgers);
        assert_eq!(consumer.items().len() as u64, ledgers[1].emitted());
        assert_eq!(live.count(), 0);
    });
}

#[test]
fn a_cancel_while_two_inputs_are_merged() {
    schedules(|| {
        let live = Live::new();
        let inputs = [channel(2, Overflow::Wait), channel(2, Overflow::Wait)];
        let [(left, a), (right, b)] = inputs;
        let merged = a.merge(b);
        let ledgers = [left.ledger(), right.ledger(), merged.ledger()];
        let consumer = probe(merged);
        consumer.request(3);
        let producers = [left, right].map(|sender| {
            let live = live.clone();
            thread::spawn(move || (0..3u32).for_each(|n| drop(sender.try_send(live.item(n)))))
        });
        consumer.cancel();
        producers.into_iter().for_each(|producer| producer.join().expect("no panic"));
        drop(consumer.items());
        balanced(&ledgers);
        assert_eq!((consumer.is_dropped(), live.count()), (true, 0));
    });
}

#[test]
fn over_two_boundaries_everything_arrives_in_order() {
    schedules(|| {
        let flow = iter(0..5u32).subscribe_on(Threads).publish_on(Threads, 2);
        let ledger = flow.ledger();
        assert_eq!(flow.collect::<Vec<_>>().block(), Ok((0..5).collect()));
        assert_eq!((ledger.received(), ledger.emitted()), (5, 5));
    });
}

#[test]
fn over_one_boundary_everything_arrives_in_order() {
    schedules(|| {
        let flow = iter(0..5u32).publish_on(Threads, 2);
        assert_eq!(flow.collect::<Vec<_>>().block(), Ok((0..5).collect()));
    });
}

#[test]
fn a_producer_that_waits_for_room_gets_it() {
    schedules(|| {
        let (sender, flow) = channel(1, Overflow::Wait);
        let producer = thread::spawn(move || (0..3u32).for_each(|n| drop(sender.send(n))));
        assert_eq!(flow.collect::<Vec<_>>().block(), Ok((0..3).collect()));
        producer.join().expect("no panic");
    });
}

#[test]
fn a_clock_that_moves_against_a_throttle_and_a_rate_limit() {
    schedules(|| {
        let (live, clock, second) = (Live::new(), VirtualClock::new(), Duration::from_secs(1));
        let (sender, flow) = channel(2, Overflow::DropIncoming);
        let throttled = flow.throttle(second, clock.clone());
        let first = throttled.ledger();
        let limited = throttled.rate_limit(1, second, clock.clone());
        let ledgers = [sender.ledger(), first, limited.ledger()];
        let consumer = probe(limited);
        let moving = {
            let clock = clock.clone();
            thread::spawn(move || (0..3).for_each(|_| clock.advance(second)))
        };
        let producing = {
            let live = live.clone();
            thread::spawn(move || (0..4u32).for_each(|n| drop(sender.try_send(live.item(n)))))
        };
        consumer.request(1);
        consumer.request(9);
        moving.join().expect("no panic");
        producing.join().expect("no panic");
        // What waits for the next window comes in it.
        clock.advance(second);
        assert!(consumer.is_complete());
        balanced(&ledgers);
        assert_eq!(consumer.items().len() as u64, ledgers[2].emitted());
        assert_eq!((live.count(), clock.armed()), (0, 0));
    });
}

#[test]
fn subscribers_that_join_ask_and_cancel_while_one_source_is_shared() {
    schedules(|| {
        let live = Live::new();
        let (sender, flow) = channel(4, Overflow::Wait);
        let shared = flow.share(2, Overflow::Wait);
        let (steady, fickle, late) = (shared.clone(), shared.clone(), shared);
        let ledgers = [steady.ledger(), fickle.ledger(), late.ledger()];
        let (steady, fickle) = (probe(steady), probe(fickle));
        let producing = {
            let live = live.clone();
            thread::spawn(move || (0..4u32).for_each(|n| drop(sender.try_send(live.item(n)))))
        };
        let joining = thread::spawn(move || {
            let late = probe(late);
            late.request(9);
            late
        });
        fickle.request(1);
        steady.request(9);
        fickle.cancel();
        producing.join().expect("no panic");
        let late = joining.join().expect("no panic");
        assert!(steady.is_complete() && late.is_complete() && fickle.is_dropped());
        balanced(&ledgers);
        assert_eq!(steady.items().len(), 4);
        drop((fickle.items(), late.items()));
        assert_eq!(live.count(), 0);
    });
}

#[test]
fn several_workers_lose_nothing_and_keep_the_order() {
    schedules(|| {
        let flow = iter(0..5u32).map_parallel(2, Threads, |n| n).in_flight(3);
        let ledger = flow.ledger();
        assert_eq!(flow.collect::<Vec<_>>().block(), Ok((0..5).collect()));
        balanced(&[ledger]);
    });
}
