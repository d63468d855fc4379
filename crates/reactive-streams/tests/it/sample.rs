//! `sample`.

use crate::counting::Counting;
use reactive_streams::{ErrorPolicy, Flow, Reason, iter};
use reactive_streams_test::{Live, VirtualClock, probe, scripted};
use std::time::Duration;

const S: Duration = Duration::from_secs(1);

#[test]
fn the_newest_goes_out_at_each_tick() {
    let clock = VirtualClock::new();
    let (script, publisher) = scripted::<u32, ()>();
    let flow = Flow::from(publisher).sample(S, clock.clone());
    let ledger = flow.ledger();
    let probe = probe(flow);
    probe.request(9);
    assert_eq!((script.requested(), clock.armed()), (u64::MAX, 0));
    script.next(1).and(script.next(2)).expect("asked for");
    clock.advance(S / 2);
    script.next(3).expect("asked for");
    assert_eq!((probe.items(), clock.next_alarm()), (vec![], Some(S)));
    clock.advance(S / 2);
    assert_eq!(probe.items(), [3]);
    clock.advance(3 * S + S / 2);
    assert_eq!(clock.armed(), 0, "nothing waits, no alarm");
    script.next(4).expect("asked for");
    assert_eq!(clock.next_alarm(), Some(5 * S), "ticks are counted from the subscription");
    clock.advance(S);
    assert_eq!(probe.items(), [4]);
    assert_eq!((ledger.emitted(), ledger.dropped(Reason::Superseded)), (2, 2));
}

#[test]
fn a_tick_without_demand_keeps_the_item_and_a_newer_one_supersedes_it() {
    let clock = VirtualClock::new();
    let (script, publisher) = scripted::<u32, ()>();
    let probe = probe(Flow::from(publisher).sample(S, clock.clone()));
    script.next(1).expect("asked for");
    clock.advance(2 * S);
    script.next(2).expect("asked for");
    assert_eq!((probe.items(), clock.armed()), (vec![], 0));
    probe.request(1);
    assert_eq!(probe.items(), [2]);
}

#[test]
fn the_last_item_waits_for_demand_but_for_no_tick() {
    let clock = VirtualClock::new();
    let (script, publisher) = scripted::<u32, &str>();
    let held = probe(Flow::from(publisher).sample(S, clock.clone()));
    script.next(1).expect("asked for");
    script.fail("broken");
    clock.advance(5 * S);
    assert_eq!((held.items(), held.is_failed()), (vec![], false));
    held.request(1);
    assert_eq!((held.items(), held.error()), (vec![1], Some("broken")));

    let at_once = probe(iter(1..=3).sample(S, clock.clone()));
    at_once.request(2);
    assert_eq!((at_once.items(), at_once.is_complete(), clock.armed()), (vec![3], true, 0));
}

#[test]
fn an_immediate_error_and_a_cancel_count_what_they_cut_and_disarm() {
    for cancelled in [false, true] {
        let (clock, live) = (VirtualClock::new(), Live::new());
        let (script, publisher) = scripted::<_, &str>();
        let flow = Flow::from(publisher).sample(S, clock.clone()).on_error(ErrorPolicy::Immediate);
        let ledger = flow.ledger();
        let probe = probe(flow);
        probe.request(1);
        script.next(live.item(1)).expect("asked for");
        assert_eq!(clock.armed(), 1);
        if cancelled {
            probe.cancel()
        } else {
            script.fail("broken")
        }
        let reason = if cancelled { Reason::Cancelled } else { Reason::Error };
        assert_eq!((ledger.dropped(reason), live.count(), ledger.is_balanced()), (1, 0, true));
        assert_eq!(clock.armed(), 0);
    }
}

#[test]
fn the_clock_is_not_read_for_each_item() {
    let clock = VirtualClock::new();
    let (script, publisher) = scripted::<u32, ()>();
    let (counting, reads) = Counting::new(clock.clone());
    let probe = probe(Flow::from(publisher).sample(S, counting));
    probe.request(u64::MAX);
    for tick in 1..=3 {
        (0..100).for_each(|n| script.next(n).expect("asked for"));
        clock.advance(S);
        // At the start, and twice a tick: for the first item, and when the alarm rings.
        assert_eq!(reads.count(), 1 + 2 * tick);
    }
    assert_eq!(probe.items().len(), 3);
}

#[test]
fn an_item_that_rests_until_the_tick_leaves_a_high_water_mark() {
    let clock = VirtualClock::new();
    let (script, source) = scripted::<u32, u32>();
    let flow = Flow::from(source).sample(Duration::from_secs(1), clock.clone());
    let ledger = flow.ledger();
    let probe = probe(flow);
    probe.request(u64::MAX);
    assert_eq!(script.next(1), Ok(()));
    assert_eq!((ledger.depth(), ledger.high_water()), (1, 1));
}
