//! `chunks`.

use reactive_streams::{Demand, ErrorPolicy, Flow, Reason, iter};
use reactive_streams_test::{Live, probe, scripted};

#[test]
fn demand_is_multiplied_when_the_first_item_of_a_chunk_has_come() {
    let (script, publisher) = scripted::<u32, ()>();
    let probe = probe(Flow::from(publisher).chunks(3));
    assert_eq!(script.requested(), 0);
    probe.request(2);
    assert_eq!(script.requested(), 2);
    script.next(1).expect("asked for");
    assert_eq!(script.requested(), 4);
    (2..=4).for_each(|n| script.next(n).expect("asked for"));
    assert_eq!((probe.items(), script.requested()), (vec![vec![1, 2, 3]], 6));
    (5..=6).for_each(|n| script.next(n).expect("asked for"));
    assert!(script.next(7).is_err(), "two of three are six");
    assert_eq!((probe.items(), script.requested()), (vec![vec![4, 5, 6]], 6));
}

#[test]
fn what_a_chunk_misses_is_no_demand_of_downstreams() {
    let (script, publisher) = scripted::<u32, ()>();
    // The first ends in the middle of its second chunk; its successor gets what is left of five.
    let flow =
        Flow::from(publisher).chunks(4).chain(iter(0..9).map(|n| vec![n]).map_err(|never| match never {}));
    let probe = probe(flow);
    probe.request(5);
    (1..=5).for_each(|n| script.next(n).expect("asked for"));
    script.complete();
    assert_eq!(probe.items(), [vec![1, 2, 3, 4], vec![5], vec![0], vec![1], vec![2]]);
}

#[test]
fn who_takes_the_chunk_it_wanted_leaves_the_demand_that_is_left_exact() {
    let flow = iter(0..100).chunks(10).take(1).chain(iter(0..9).map(|n| vec![n]));
    let probe = probe(flow);
    probe.request(3);
    assert_eq!(probe.items(), [(0..10).collect(), vec![0], vec![1]]);
}

#[test]
fn a_cancel_over_the_remainder_is_the_end() {
    let (script, publisher) = scripted::<u32, ()>();
    let flow = Flow::from(publisher).chunks(4);
    let ledger = flow.ledger();
    let probe = probe(flow.take_while(|chunk| chunk.len() == 4));
    probe.request(9);
    (1..=5).for_each(|n| script.next(n).expect("asked for"));
    script.complete();
    assert_eq!(
        (probe.items(), probe.is_complete(), ledger.is_balanced()),
        (vec![vec![1, 2, 3, 4]], true, true)
    );
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
