//! `limit_rate`.

use crate::local::Local;
use reactive_streams::{Flow, Publisher, iter};
use reactive_streams_test::{probe, scripted};

#[test]
fn it_never_has_more_outstanding_than_the_high_mark() {
    let (script, publisher) = scripted::<u32, ()>();
    let probe = probe(Flow::from(publisher).limit_rate(3, 0));
    assert_eq!(script.requested(), 0);
    probe.request(u64::MAX);
    for n in 0..20 {
        assert!(script.requested() - u64::from(n) <= 3);
        script.next(n).expect("asked for");
    }
    script.complete();
    assert_eq!((probe.items(), probe.is_complete()), ((0..20).collect(), true));
}

#[test]
fn it_asks_for_nothing_that_was_not_asked_for() {
    let (script, publisher) = scripted::<u32, ()>();
    let probe = probe(Flow::from(publisher).limit_rate(8, 6));
    probe.request(2);
    assert_eq!(script.requested(), 2);
    probe.request(2);
    assert_eq!(script.requested(), 4);
    probe.request(20);
    assert_eq!(script.requested(), 8);
    script.next(1).expect("asked for");
    assert_eq!(script.requested(), 8);
    script.next(2).expect("asked for");
    assert_eq!(script.requested(), 10);
}

#[test]
fn nothing_is_lost_and_a_long_stream_needs_no_deep_stack() {
    let flow = iter(0..20_000_u32).limit_rate(1, 0);
    let ledger = flow.ledger();
    assert_eq!(flow.count().block(), Ok(20_000));
    assert_eq!((ledger.emitted(), ledger.total_dropped(), ledger.high_water()), (20_000, 0, 0));
}

#[test]
#[should_panic(expected = "low (2) is not below high (2)")]
fn equal_marks_are_refused() {
    let _ = iter(0..1).limit_rate(2, 2);
}

#[test]
fn a_downstream_that_can_never_ask_again_sees_the_end_or_is_let_go() {
    let shown = |items: u32, ask: u64| {
        let (local, shown) = Local::asking(ask);
        iter(0..items).limit_rate(2, 1).subscribe(local);
        // The log ends only if the subscriber is gone, though nobody holds or cancels anything.
        shown.iter().collect::<Vec<_>>()
    };
    assert_eq!(shown(2, 2), ["subscribe", "next", "next", "complete 0", "drop"]);
    assert_eq!(shown(5, 3), ["subscribe", "next", "next", "next", "drop"]);
    assert_eq!(shown(1, 0), ["subscribe", "drop"]);
}
