//! `buffer` and its policies.

use reactive_streams::{Demand, ErrorPolicy, Flow, Overflow, OverflowError, Reason, iter};
use reactive_streams_test::{Live, probe, scripted};

#[test]
fn waiting_asks_for_no_more_than_there_is_room_for() {
    let (script, publisher) = scripted::<u32, ()>();
    let probe = probe(Flow::from(publisher).buffer(4));
    assert_eq!(script.requested(), 4);
    (1..=4).for_each(|n| script.next(n).expect("asked for"));
    assert_eq!(script.next(5), Err(5));
    probe.request(1);
    assert_eq!((probe.items(), script.requested()), (vec![1], 5));
    script.next(5).expect("asked for");
    probe.request(10);
    assert_eq!(probe.items(), [2, 3, 4, 5]);
    // A slow consumer may still hold the first of them: no more than the capacity is on its way.
    assert_eq!(script.requested(), 9);
}

#[test]
fn waiting_without_room_passes_what_was_asked_for_one_by_one() {
    let (script, publisher) = scripted::<u32, ()>();
    let probe = probe(Flow::from(publisher).buffer(0));
    assert_eq!(script.requested(), 0);
    probe.request(3);
    assert_eq!(script.requested(), 1);
    script.next(1).expect("asked for");
    assert_eq!((probe.items(), script.requested()), (vec![1], 2));
}

#[test]
fn the_end_comes_after_the_items_and_without_demand_when_there_are_none() {
    let held = probe(iter([1, 2]).buffer(2));
    assert!(!held.is_complete());
    held.request(2);
    assert_eq!((held.items(), held.is_complete(), held.unused()), (vec![1, 2], true, None));

    let (script, publisher) = scripted::<u32, &str>();
    let empty = probe(Flow::from(publisher).buffer(2));
    script.fail("broken");
    assert_eq!(empty.error(), Some("broken"));
}

#[test]
fn an_immediate_error_cuts_off_what_is_held() {
    let (script, publisher) = scripted::<u32, &str>();
    let flow = Flow::from(publisher).buffer(4).on_error(ErrorPolicy::Immediate);
    let ledger = flow.ledger();
    let probe = probe(flow);
    script.next(1).and(script.next(2)).expect("asked for");
    script.fail("broken");
    assert_eq!((probe.items(), probe.error()), (vec![], Some("broken")));
    assert_eq!((ledger.dropped(Reason::Error), ledger.depth(), ledger.is_balanced()), (2, 0, true));
}

#[test]
fn failing_drains_first_and_cancels_upstream_at_once() {
    let (script, publisher) = scripted::<u32, ()>();
    let flow = Flow::from(publisher).buffer(2).or_fail();
    let ledger = flow.ledger();
    let probe = probe(flow);
    (1..=3).for_each(|n| script.next(n).expect("asked for"));
    assert!(script.is_cancelled() && !probe.is_failed());
    probe.request(5);
    assert_eq!((probe.items(), probe.error()), (vec![1, 2], Some(OverflowError::Full { capacity: 2 })));
    assert_eq!(probe.unused(), Demand::new(3));
    assert_eq!((ledger.dropped(Reason::Overflow), ledger.high_water()), (1, 2));
}

#[test]
fn a_cancel_drops_and_counts_what_is_held_while_the_handle_lives() {
    let live = Live::new();
    let (script, publisher) = scripted::<_, ()>();
    let flow = Flow::from(publisher).buffer(8).overflow(Overflow::DropOldest);
    let ledger = flow.ledger();
    let probe = probe(flow);
    (0..5).for_each(|n| script.next(live.item(n)).expect("asked for"));
    assert_eq!((live.count(), ledger.depth()), (5, 5));
    probe.cancel();
    assert!(script.is_cancelled() && probe.is_dropped());
    assert_eq!((live.count(), ledger.dropped(Reason::Cancelled), ledger.is_balanced()), (0, 5, true));
}

#[test]
fn upstream_that_goes_without_a_terminal_takes_the_stream_with_it() {
    let live = Live::new();
    let (script, publisher) = scripted::<_, ()>();
    let probe = probe(Flow::from(publisher).buffer(8));
    script.next(live.item(1)).expect("asked for");
    drop(script);
    assert!(probe.is_dropped() && !probe.is_complete() && !probe.is_failed());
    assert_eq!(live.count(), 0);
}

#[test]
fn nothing_is_kept_by_a_handle_that_outlives_the_end() {
    let live = Live::new();
    let token = live.item(0);
    let flow = iter([1]).buffer(1).on_dropped(move |_| assert_eq!(token, 0));
    let probe = probe(flow);
    probe.request(1);
    assert!(probe.is_complete());
    assert_eq!(live.count(), 0);
}

#[test]
fn an_error_that_will_not_be_told_goes_while_the_handle_lives() {
    let live = Live::new();
    let (script, publisher) = scripted::<u32, _>();
    let probe = probe(Flow::from(publisher).buffer(2));
    script.next(1).expect("asked for");
    script.fail(live.item("broken"));
    assert_eq!(live.count(), 1);
    probe.cancel();
    assert_eq!(live.count(), 0);
}
