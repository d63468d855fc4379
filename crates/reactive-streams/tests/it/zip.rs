//! `zip`: pairs, ends on either side, what is too much.

use crate::threads::Crew;
use reactive_streams::{Demand, ErrorPolicy, Flow, Reason, empty, iter, pending};
use reactive_streams_test::{Live, Script, Scripted, probe, scripted};

type Hand = (Script<u32, &'static str>, Scripted<u32, &'static str>);

fn two() -> (Hand, Hand) {
    (scripted(), scripted())
}

#[test]
fn the_first_meets_the_first_and_each_side_is_as_far_ahead_as_it_says() {
    let ((left, one), (right, other)) = two();
    let probe = probe(Flow::from(one).zip(other).prefetch(1));
    assert_eq!((left.requested(), right.requested()), (1, 1));
    left.next(1).expect("asked for");
    assert_eq!(left.next(2), Err(2));
    right.next(10).expect("asked for");
    assert_eq!((probe.items(), left.requested()), (vec![], 1));
    probe.request(2);
    assert_eq!((probe.items(), left.requested(), right.requested()), (vec![(1, 10)], 2, 2));
    right.next(20).expect("asked for");
    left.next(2).expect("asked for");
    assert_eq!(probe.items(), [(2, 20)]);
}

#[test]
fn it_completes_when_one_side_can_bring_nothing_more() {
    let ((left, one), (right, other)) = two();
    let zipped = Flow::from(one).zip(other);
    let ledger = zipped.ledger();
    let probe = probe(zipped);
    probe.request(5);
    left.next(1).expect("asked for");
    right.next(10).expect("asked for");
    right.next(20).expect("asked for");
    left.complete();
    assert!(probe.is_complete() && right.is_cancelled());
    assert_eq!((probe.items(), probe.unused()), (vec![(1, 10)], Demand::new(4)));
    assert_eq!((ledger.emitted(), ledger.merged(), ledger.dropped(Reason::Cancelled)), (1, 1, 1));
    assert!(ledger.is_balanced());
}

#[test]
fn a_side_that_has_completed_may_still_have_something_to_give() {
    let ((left, one), (right, other)) = two();
    let probe = probe(Flow::from(one).zip(other));
    probe.request(5);
    left.next(1).expect("asked for");
    left.complete();
    assert!(probe.is_active());
    right.next(10).expect("asked for");
    assert_eq!(probe.items(), [(1, 10)]);
    assert!(probe.is_complete() && right.is_cancelled());
}

#[test]
fn an_empty_side_completes_it_without_demand() {
    assert!(probe(empty::<u32>().zip(pending::<u32>())).is_complete());
    assert!(probe(pending::<u32>().zip(empty::<u32>())).is_complete());
}

#[test]
fn an_error_waits_for_complete_pairs_and_counts_the_rest() {
    let ((left, one), (right, other)) = two();
    let zipped = Flow::from(one).zip(other).prefetch(2);
    let ledger = zipped.ledger();
    let probe = probe(zipped);
    left.next(1).expect("asked for");
    left.next(2).expect("asked for");
    right.next(10).expect("asked for");
    right.fail("broken");
    assert!(left.is_cancelled() && probe.is_active());
    probe.request(1);
    assert_eq!((probe.items(), probe.error()), (vec![(1, 10)], Some("broken")));
    assert_eq!(ledger.dropped(Reason::Error), 1);
    assert!(ledger.is_balanced());
}

#[test]
fn an_immediate_error_cuts_the_pairs_too() {
    let ((left, one), (right, other)) = two();
    let zipped = Flow::from(one).zip(other).on_error(ErrorPolicy::Immediate);
    let ledger = zipped.ledger();
    let probe = probe(zipped);
    left.next(1).expect("asked for");
    right.next(10).expect("asked for");
    right.fail("broken");
    assert_eq!((probe.error(), ledger.dropped(Reason::Error)), (Some("broken"), 2));
}

#[test]
fn a_cancel_drops_the_half_that_waits() {
    let live = Live::new();
    let ((left, one), (right, other)) = (scripted::<_, ()>(), scripted::<u32, ()>());
    let probe = probe(Flow::from(one).zip(other));
    left.next(live.item(1)).expect("asked for");
    probe.cancel();
    assert!(left.is_cancelled() && right.is_cancelled() && probe.is_dropped());
    assert_eq!(live.count(), 0);
}

#[test]
fn a_side_that_goes_without_a_terminal_takes_the_stream_with_it() {
    let ((left, one), (right, other)) = two();
    let probe = probe(Flow::from(one).zip(other));
    drop(right);
    assert!(probe.is_dropped() && !probe.is_complete() && left.is_cancelled());
}

#[test]
fn iterators_pair_in_order_whatever_is_asked_for_at_a_time() {
    for (left, right) in [(0, 3), (1, 1), (7, 5), (40, 70), (100, 99)] {
        for (prefetch, step) in [(1, 1), (2, 3), (5, 2), (32, 1), (32, u64::MAX)] {
            let zipped = iter(0..left).zip(iter(100..100 + right)).prefetch(prefetch);
            let ledger = zipped.ledger();
            let probe = probe(zipped);
            let mut pairs = Vec::new();
            while probe.is_active() {
                probe.request(step);
                pairs.extend(probe.items());
            }
            assert!(
                pairs.into_iter().eq((0..left).zip(100..100 + right)),
                "{left}, {right}, {prefetch}, {step}"
            );
            assert!(probe.is_complete() && ledger.is_balanced());
            assert!(ledger.high_water() <= 2 * prefetch as u64);
        }
    }
}

#[test]
fn two_threads_pair_in_order() {
    for round in 0..200 {
        let crew = Crew::new();
        let zipped = Flow::from(crew.publisher(0..20)).zip(crew.publisher(100..130)).prefetch(1 + round % 3);
        let probe = probe(zipped);
        probe.request(u64::MAX);
        crew.run(|| {});
        assert!(probe.items().into_iter().eq((0..20).zip(100..120)), "round {round}");
        assert!(probe.is_complete());
    }
    assert_eq!(iter(0..9).zip(iter(1..)).count().block(), Ok(9));
}

#[test]
fn a_ledger_taken_before_the_prefetch_is_the_one_that_counts() {
    let zipped = iter(0..9).zip(iter(0..3));
    let ledger = zipped.ledger();
    let zipped = zipped.prefetch(4);
    assert_eq!(ledger.capacity(), Some(8));
    assert_eq!(zipped.count().block(), Ok(3));
    assert!(ledger.received() >= 6 && ledger.is_balanced());
}
