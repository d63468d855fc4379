//! `throttle`.

use crate::counting::Counting;
use reactive_streams::{ErrorPolicy, Flow, Reason, iter};
use reactive_streams_test::{Live, VirtualClock, probe, scripted};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

const S: Duration = Duration::from_secs(1);

#[test]
fn the_first_of_each_window_goes_out() {
    let clock = VirtualClock::new();
    let (script, publisher) = scripted::<u32, ()>();
    let flow = Flow::from(publisher).throttle(2 * S, clock.clone());
    let ledger = flow.ledger();
    let probe = probe(flow);
    probe.request(9);
    assert_eq!((script.requested(), clock.armed()), (u64::MAX, 0));
    clock.advance(S / 2);
    (1..=3).for_each(|n| script.next(n).expect("asked for"));
    assert_eq!((probe.items(), clock.next_alarm()), (vec![1], Some(2 * S + S / 2)));
    clock.advance(2 * S - Duration::from_nanos(1));
    script.next(4).expect("asked for");
    clock.advance(Duration::from_nanos(1));
    assert_eq!((probe.items(), clock.armed()), (vec![], 0), "nothing waits, no alarm");
    clock.advance(5 * S);
    (5..=6).for_each(|n| script.next(n).expect("asked for"));
    assert_eq!(probe.items(), [5]);
    assert_eq!((ledger.emitted(), ledger.dropped(Reason::Shed), ledger.is_balanced()), (2, 4, true));
}

#[test]
fn an_item_without_demand_waits_is_superseded_and_begins_the_window_as_it_goes_out() {
    let clock = VirtualClock::new();
    let (script, publisher) = scripted::<u32, ()>();
    let flow = Flow::from(publisher).throttle(2 * S, clock.clone());
    let ledger = flow.ledger();
    let probe = probe(flow);
    (1..=3).for_each(|n| script.next(n).expect("asked for"));
    clock.advance(9 * S);
    assert_eq!((probe.items(), clock.armed(), ledger.depth(), ledger.high_water()), (vec![], 0, 1, 1));
    probe.request(2);
    assert_eq!((probe.items(), clock.next_alarm()), (vec![3], Some(11 * S)));
    script.next(4).expect("asked for");
    clock.advance(2 * S);
    script.next(5).expect("asked for");
    assert_eq!(probe.items(), [5]);
    assert_eq!((ledger.dropped(Reason::Superseded), ledger.dropped(Reason::Shed)), (2, 1));
}

#[test]
fn the_end_waits_for_no_window_and_the_last_item_for_demand_only() {
    let clock = VirtualClock::new();
    let (script, publisher) = scripted::<u32, ()>();
    let at_once = probe(Flow::from(publisher).throttle(S, clock.clone()));
    at_once.request(2);
    (1..=3).for_each(|n| script.next(n).expect("asked for"));
    script.complete();
    assert_eq!((at_once.items(), at_once.is_complete(), clock.armed()), (vec![1], true, 0));

    let (script, publisher) = scripted::<u32, &str>();
    let held = probe(Flow::from(publisher).throttle(S, clock.clone()));
    script.next(1).expect("asked for");
    script.fail("broken");
    assert_eq!((held.items(), held.is_failed()), (vec![], false));
    held.request(1);
    assert_eq!((held.items(), held.error()), (vec![1], Some("broken")));
}

#[test]
fn an_immediate_error_and_a_cancel_count_what_they_cut_and_disarm() {
    for cancelled in [false, true] {
        let (clock, live) = (VirtualClock::new(), Live::new());
        let (script, publisher) = scripted::<_, &str>();
        let flow = Flow::from(publisher).throttle(S, clock.clone()).on_error(ErrorPolicy::Immediate);
        let ledger = flow.ledger();
        let probe = probe(flow);
        script.next(live.item(1)).expect("asked for");
        assert_eq!((live.count(), ledger.depth()), (1, 1));
        if cancelled {
            probe.cancel()
        } else {
            script.fail("broken")
        }
        let reason = if cancelled { Reason::Cancelled } else { Reason::Error };
        assert_eq!((ledger.dropped(reason), live.count(), ledger.is_balanced()), (1, 0, true));
    }
    let clock = VirtualClock::new();
    let (script, publisher) = scripted::<u32, ()>();
    let probe = probe(Flow::from(publisher).throttle(S, clock.clone()));
    probe.request(1);
    script.next(1).expect("asked for");
    assert_eq!(clock.armed(), 1);
    probe.cancel();
    assert_eq!((clock.armed(), script.is_cancelled()), (0, true));
}

#[test]
fn a_panic_of_the_hook_at_the_door_ends_the_stream() {
    let (clock, live) = (VirtualClock::new(), Live::new());
    let (script, publisher) = scripted::<_, ()>();
    let flow = Flow::from(publisher).throttle(S, clock.clone()).on_dropped(|_| panic!("as planned"));
    let ledger = flow.ledger();
    let probe = probe(flow);
    probe.request(9);
    script.next(live.item(1)).expect("asked for");
    let unwound = catch_unwind(AssertUnwindSafe(|| script.next(live.item(2))));
    assert!(unwound.is_err() && probe.is_dropped() && !probe.is_complete());
    drop(probe);
    assert_eq!((live.count(), clock.armed(), ledger.is_balanced()), (0, 0, true));
}

#[test]
fn the_clock_is_read_once_for_a_window_and_when_the_alarm_rings() {
    let clock = VirtualClock::new();
    let (script, publisher) = scripted::<u32, ()>();
    let (counting, reads) = Counting::new(clock.clone());
    let probe = probe(Flow::from(publisher).throttle(S, counting));
    probe.request(u64::MAX);
    for window in 1..=3 {
        (0..100).for_each(|n| script.next(n).expect("asked for"));
        clock.advance(S);
        assert_eq!(reads.count(), 2 * window);
    }
    assert_eq!(probe.items(), [0; 3]);
}

#[test]
#[should_panic(expected = "the duration is zero")]
fn a_window_without_duration_is_refused() {
    let _ = iter(0..1).throttle(Duration::ZERO, VirtualClock::new());
}
