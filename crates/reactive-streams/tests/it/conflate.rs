//! `conflate`.

use reactive_streams::{Demand, ErrorPolicy, Flow, Reason, iter};
use reactive_streams_test::{Live, Tracked, probe, scripted};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

#[test]
fn what_waits_is_folded_in_order_and_what_was_asked_for_passes() {
    let (script, publisher) = scripted::<String, ()>();
    let flow = Flow::from(publisher).conflate(|held, item| held + &item);
    let ledger = flow.ledger();
    let probe = probe(flow);
    ["a", "b", "c"].into_iter().for_each(|s| script.next(s.into()).expect("asked for"));
    assert_eq!((ledger.depth(), ledger.high_water()), (1, 1));
    probe.request(2);
    ["d", "e", "f"].into_iter().for_each(|s| script.next(s.into()).expect("asked for"));
    assert_eq!(probe.items(), ["abc", "d"]);
    script.complete();
    assert!(!probe.is_complete());
    probe.request(2);
    assert_eq!((probe.items(), probe.is_complete()), (vec!["ef".to_string()], true));
    assert_eq!(probe.unused(), Some(Demand::ONE));
    assert_eq!((ledger.received(), ledger.emitted(), ledger.merged()), (6, 3, 3));
}

#[test]
fn a_panic_of_merge_ends_the_stream_and_keeps_the_books() {
    let live = Live::new();
    let (script, publisher) = scripted::<Tracked<u32>, ()>();
    let flow =
        Flow::from(publisher).conflate(|held, item| if *item == 3 { panic!("as planned") } else { held });
    let ledger = flow.ledger();
    let probe = probe(flow);
    (1..=2).for_each(|n| script.next(live.item(n)).expect("asked for"));
    let third = live.item(3);
    assert!(catch_unwind(AssertUnwindSafe(|| script.next(third))).is_err());
    assert!(script.is_cancelled() && probe.is_dropped() && !probe.is_complete());
    assert_eq!((ledger.merged(), ledger.dropped(Reason::Cancelled), ledger.depth()), (1, 2, 0));
    assert!(ledger.is_balanced());
    probe.request(1);
    assert_eq!((probe.items().len(), live.count()), (0, 0));
}

#[test]
fn a_cancel_during_merge_drops_the_result() {
    let live = Live::new();
    let (script, publisher) = scripted::<Tracked<u32>, ()>();
    let canceller = Arc::new(OnceLock::new());
    let cancel = Arc::clone(&canceller);
    let flow = Flow::from(publisher).conflate(move |held, _| {
        let probe: &Arc<reactive_streams_test::Probe<Tracked<u32>, ()>> = cancel.get().expect("it is set");
        probe.cancel();
        held
    });
    let ledger = flow.ledger();
    let probe = Arc::new(probe(flow));
    canceller.set(Arc::clone(&probe)).expect("it is new");
    (1..=2).for_each(|n| script.next(live.item(n)).expect("asked for"));
    assert!(script.is_cancelled() && probe.is_dropped());
    assert_eq!((ledger.merged(), ledger.dropped(Reason::Cancelled)), (1, 1));
    assert!(ledger.is_balanced());
    assert_eq!(live.count(), 0);
}

#[test]
fn demand_that_comes_during_merge_gets_the_result() {
    let (script, publisher) = scripted::<u32, ()>();
    let asker = Arc::new(OnceLock::<reactive_streams_test::Probe<u32, ()>>::new());
    let ask = Arc::clone(&asker);
    let probe = probe(Flow::from(publisher).conflate(move |held, item| {
        ask.get().expect("it is set").request(1);
        held + item
    }));
    let probe = asker.get_or_init(|| probe);
    script.next(1).and(script.next(2)).expect("asked for");
    assert_eq!(probe.items(), [3]);
    script.complete();
    assert!(probe.is_complete());
}

#[test]
fn an_immediate_error_cuts_off_what_waits() {
    let (script, publisher) = scripted::<u32, &str>();
    let flow = Flow::from(publisher).conflate(|a, b| a + b).on_error(ErrorPolicy::Immediate);
    let ledger = flow.ledger();
    let probe = probe(flow);
    script.next(1).and(script.next(2)).expect("asked for");
    script.fail("broken");
    assert_eq!((probe.error(), ledger.dropped(Reason::Error)), (Some("broken"), 1));
    assert!(ledger.is_balanced());
}

#[test]
fn unbounded_demand_merges_nothing() {
    let flow = iter(1..=100).conflate(|a, b| a + b);
    let ledger = flow.ledger();
    assert_eq!(flow.collect::<Vec<_>>().block(), Ok((1..=100).collect()));
    assert_eq!(ledger.merged(), 0);
}
