//! `merge`: turns, prefetch, ends, cancels, threads.

use crate::threads::Crew;
use reactive_streams::{Demand, ErrorPolicy, Flow, Publisher, Reason, empty, iter, merge_all};
use reactive_streams_core::shim;
use reactive_streams_test::{Live, Script, probe, scripted};
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};

type Hand = Script<u32, &'static str>;

fn two() -> (Hand, Hand, Flow<impl Publisher<Item = u32, Error = &'static str>>) {
    let ((left, one), (right, other)) = (scripted(), scripted());
    (left, right, Flow::from(one).merge(other).prefetch(2))
}

#[test]
fn items_come_as_they_come() {
    let (left, right, merged) = two();
    let probe = probe(merged);
    probe.request(9);
    left.next(1).expect("asked for");
    right.next(2).expect("asked for");
    left.next(3).expect("asked for");
    assert_eq!(probe.items(), [1, 2, 3]);
    right.complete();
    assert!(probe.is_active());
    left.complete();
    assert!(probe.is_complete());
    assert_eq!(probe.unused(), Demand::new(6));
}

#[test]
fn each_input_is_asked_for_its_prefetch_and_again_as_its_items_go_out() {
    let (left, right, merged) = two();
    let probe = probe(merged);
    assert_eq!((left.requested(), right.requested()), (2, 2));
    left.next(1).expect("asked for");
    left.next(2).expect("asked for");
    assert_eq!(left.next(3), Err(3));
    right.next(11).expect("asked for");
    assert_eq!((probe.items(), left.requested()), (vec![], 2));
    probe.request(1);
    probe.request(1);
    probe.request(1);
    let mut items = probe.items();
    items.sort_unstable();
    assert_eq!(items, [1, 2, 11]);
    assert_eq!((left.requested(), right.requested()), (4, 3));
}

#[test]
fn a_list_takes_turns() {
    let flow = merge_all((0..3).map(|n| iter([n; 4]))).prefetch(4);
    let probe = probe(flow);
    for _ in 0..6 {
        probe.request(1);
    }
    let mut items = probe.items();
    items.sort_unstable();
    if !shim::fuzzing() {
        assert_eq!(items, [0, 0, 1, 1, 2, 2]);
    }
    probe.request(u64::MAX);
    assert_eq!(items.len() + probe.items().len(), 12);
    assert!(probe.is_complete());
}

#[test]
fn no_publishers_and_empty_ones_complete_without_demand() {
    assert!(probe(merge_all(Vec::<Flow<reactive_streams::Empty<u32>>>::new())).is_complete());
    assert!(probe(empty::<u32>().merge(empty())).is_complete());
}

#[test]
fn an_error_waits_for_what_has_come_before_it() {
    let (left, right, merged) = two();
    let probe = probe(merged);
    left.next(1).expect("asked for");
    right.fail("broken");
    assert!(left.is_cancelled() && probe.is_active());
    probe.request(3);
    assert_eq!((probe.items(), probe.error(), probe.unused()), (vec![1], Some("broken"), Demand::new(2)));
}

#[test]
fn an_immediate_error_cuts_and_counts() {
    let ((left, one), (right, other)) = (scripted::<u32, _>(), scripted());
    let merged = Flow::from(one).merge(other).on_error(ErrorPolicy::Immediate);
    let ledger = merged.ledger();
    let probe = probe(merged);
    left.next(1).expect("asked for");
    right.fail("broken");
    assert_eq!((probe.items(), probe.error()), (vec![], Some("broken")));
    assert_eq!((ledger.dropped(Reason::Error), ledger.depth()), (1, 0));
    assert!(ledger.is_balanced() && left.is_cancelled());
}

#[test]
fn an_input_that_fails_at_once_keeps_the_next_from_being_subscribed_to() {
    let ((first, one), (second, other)) = (scripted::<u32, _>(), scripted());
    first.fail("broken");
    let probe = probe(Flow::from(one).merge(other));
    assert_eq!(probe.error(), Some("broken"));
    assert_eq!(second.requested(), 0);
}

#[test]
fn an_input_that_goes_without_a_terminal_takes_the_stream_with_it() {
    let (left, right, merged) = two();
    let probe = probe(merged);
    drop(left);
    assert!(probe.is_dropped() && !probe.is_complete() && right.is_cancelled());
}

#[test]
fn a_cancel_drops_and_counts_what_waits() {
    let live = Live::new();
    let ((left, one), (right, other)) = (scripted::<_, Infallible>(), scripted());
    let merged = Flow::from(one).merge(other);
    let ledger = merged.ledger();
    let probe = probe(merged);
    left.next(live.item(1)).expect("asked for");
    right.next(live.item(2)).expect("asked for");
    assert_eq!(live.count(), 2);
    probe.cancel();
    assert_eq!((live.count(), ledger.dropped(Reason::Cancelled)), (0, 2));
    assert!(ledger.is_balanced() && left.is_cancelled() && right.is_cancelled() && probe.is_dropped());
}

#[test]
fn a_cancel_inside_a_callback_ends_both() {
    let (left, right, merged) = two();
    let probe = probe(merged.take(1));
    probe.request(5);
    left.next(1).expect("asked for");
    assert!(left.is_cancelled() && right.is_cancelled() && probe.is_complete());
}

#[test]
fn merges_may_be_nested() {
    let flow = iter(0..100).merge(iter(100..200)).merge(iter(200..300)).prefetch(1);
    let mut all = flow.collect::<Vec<_>>().block().expect("infallible");
    all.sort_unstable();
    assert!(all.into_iter().eq(0..300));
}

#[test]
fn iterators_keep_their_order_and_their_bounds_whatever_is_asked_for_at_a_time() {
    for (left, right) in [(0, 3), (1, 1), (7, 5), (40, 70)] {
        for (prefetch, step) in [(1, 1), (2, 3), (5, 2), (32, 1), (32, u64::MAX)] {
            let merged = iter(0..left).merge(iter(100..100 + right)).prefetch(prefetch);
            let ledger = merged.ledger();
            let probe = probe(merged);
            let mut items = Vec::new();
            while probe.is_active() {
                probe.request(step);
                items.extend(probe.items());
            }
            let (low, high): (Vec<u32>, Vec<u32>) = items.into_iter().partition(|n| *n < 100);
            assert!(low.into_iter().eq(0..left) && high.into_iter().eq(100..100 + right));
            assert!(probe.is_complete() && ledger.is_balanced());
            assert!(ledger.high_water() <= 2 * prefetch as u64);
        }
    }
}

#[test]
fn a_cancel_inside_a_callback_lets_endless_iterators_go() {
    let live = Live::new();
    for wanted in [1, 3, 33, 100] {
        let (left, right) = (live.clone(), live.clone());
        let left = iter(0..).map(move |n: u32| left.item(n));
        let merged = left.merge(iter(0..).map(move |n: u32| right.item(n)));
        let ledger = merged.ledger();
        assert_eq!(merged.take(wanted).count().block(), Ok(wanted));
        assert_eq!((ledger.emitted(), ledger.is_balanced(), live.count()), (wanted, true, 0));
    }
}

#[test]
fn a_panic_of_an_iterator_or_of_downstream_ends_both_and_leaves_nothing() {
    let live = Live::new();
    for (upstream, downstream) in [(5, 99), (99, 5), (40, 99), (99, 40)] {
        let (left, right) = (live.clone(), live.clone());
        let left = iter(0..60u32).map(move |n| {
            assert!(n < upstream, "planned");
            left.item(n)
        });
        let merged = left.merge(iter(100..160u32).map(move |n| right.item(n))).prefetch(2);
        let ledger = merged.ledger();
        let mut seen = 0;
        let probe = probe(merged.map(move |_| {
            seen += 1;
            assert!(seen < downstream, "planned");
        }));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            probe.request(7);
            probe.request(u64::MAX);
        }));
        assert!(panicked.is_err() && probe.is_dropped() && !probe.is_complete());
        assert_eq!((live.count(), ledger.depth(), ledger.is_balanced()), (0, 0, true));
    }
}

#[test]
fn two_threads_lose_nothing_in_a_thousand_rounds() {
    for round in 0..1_000u32 {
        let crew = Crew::new();
        let merged = Flow::from(crew.publisher(0..20)).merge(crew.publisher(100..120));
        let merged = merged.prefetch(1 + round as usize % 4);
        let ledger = merged.ledger();
        let probe = probe(merged);
        crew.run(|| (0..40).for_each(|_| probe.request(1)));
        let items = probe.items();
        let (left, right): (Vec<u32>, Vec<u32>) = items.into_iter().partition(|n| *n < 100);
        assert!(left.into_iter().eq(0..20) && right.into_iter().eq(100..120), "round {round}");
        assert!(probe.is_complete() && ledger.is_balanced());
        assert_eq!(ledger.emitted(), 40);
    }
}

#[test]
fn a_cancel_while_two_threads_emit_accounts_for_everything() {
    let live = Live::new();
    for round in 0..1_000 {
        let crew = Crew::new();
        let tracked = |from: u32| {
            let live = live.clone();
            (from..from + 50).map(move |n| live.item(n))
        };
        let merged = Flow::from(crew.publisher(tracked(0))).merge(crew.publisher(tracked(100))).prefetch(4);
        let ledger = merged.ledger();
        let probe = probe(merged);
        probe.request(round % 60);
        crew.run(|| probe.cancel());
        let seen = probe.items().len() as u64;
        assert!(probe.is_dropped() && seen <= round % 60);
        assert_eq!(ledger.emitted(), seen);
        assert!(ledger.is_balanced() && ledger.depth() == 0);
        assert_eq!(live.count(), 0, "round {round}");
    }
}
