//! `chunks`.

use reactive_streams::{Demand, ErrorPolicy, Flow, Reason, iter};
use reactive_streams_test::{Live, probe, scripted};

#[test]
fn demand_is_multiplied() {
    let (script, publisher) = scripted::<u32, ()>();
    let probe = probe(Flow::from(publisher).chunks(3));
    assert_eq!(script.requested(), 0);
    probe.request(2);
    assert_eq!(script.requested(), 6);
    (1..=4).for_each(|n| script.next(n).expect("asked for"));
    assert_eq!(probe.items(), [[1, 2, 3]]);
    probe.request(1);
    assert_eq!(script.requested(), 9);
    probe.request(u64::MAX / 2);
    assert_eq!(script.requested(), u64::MAX);
}

#[test]
fn the_remainder_comes_with_the_end_and_uses_its_demand() {
    let (script, publisher) = scripted::<u32, &str>();
    let flow = Flow::from(publisher).chunks(2);
    let ledger = flow.ledger();
    let probe = probe(flow);
    probe.request(4);
    (1..=3).for_each(|n| script.next(n).expect("asked for"));
    script.fail("broken");
    assert_eq!((probe.items(), probe.error()), (vec![vec![1, 2], vec![3]], Some("broken")));
    assert_eq!(probe.unused(), Demand::new(2));
    assert_eq!((ledger.received(), ledger.emitted(), ledger.merged(), ledger.depth()), (3, 2, 1, 0));
}

#[test]
fn an_exact_end_has_no_empty_remainder() {
    let probe = probe(iter(1..=4).chunks(2));
    probe.request(2);
    assert_eq!((probe.items(), probe.is_complete()), (vec![vec![1, 2], vec![3, 4]], true));
}

#[test]
fn an_immediate_error_and_a_cancel_count_what_they_cut() {
    for cancelled in [false, true] {
        let live = Live::new();
        let (script, publisher) = scripted::<_, &str>();
        let flow = Flow::from(publisher).chunks(3).on_error(ErrorPolicy::Immediate);
        let ledger = flow.ledger();
        let probe = probe(flow);
        probe.request(1);
        (1..=2).for_each(|n| script.next(live.item(n)).expect("asked for"));
        if cancelled {
            probe.cancel()
        } else {
            script.fail("broken")
        }
        let reason = if cancelled { Reason::Cancelled } else { Reason::Error };
        assert_eq!((ledger.dropped(reason), live.count(), ledger.is_balanced()), (2, 0, true));
        assert!(probe.items().is_empty());
    }
}

#[test]
#[should_panic(expected = "a chunk has at least one item")]
fn zero_is_refused() {
    let _ = iter(0..1).chunks(0);
}

#[test]
fn an_endless_source_that_runs_while_it_is_asked_is_delivered_and_stops_at_the_cancel() {
    let flow = iter((0_u32..).inspect(|n| assert!(*n < 10_000, "they pile up"))).chunks(2);
    let ledger = flow.ledger();
    let probe = probe(flow.take(2));
    probe.request(u64::MAX);
    assert_eq!((probe.items(), probe.is_complete()), (vec![vec![0, 1], vec![2, 3]], true));
    assert_eq!((ledger.received(), ledger.total_dropped()), (4, 0));
}
