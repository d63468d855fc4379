//! `flat_map_unordered`: how many at once, ends, panics, the stack, threads.

use crate::threads::Crew;
use reactive_streams::{Demand, ErrorPolicy, Flow, Reason, iter};
use reactive_streams_test::{Live, Script, Scripted, probe, scripted};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

type Hand = Script<u32, &'static str>;

/// As many inners driven by hand as are asked for.
fn inners(n: usize) -> (Vec<Hand>, impl FnMut(usize) -> Scripted<u32, &'static str>) {
    let (scripts, publishers): (Vec<_>, Vec<_>) = (0..n).map(|_| scripted()).unzip();
    let mut publishers: Vec<_> = publishers.into_iter().map(Some).collect();
    (scripts, move |n| publishers[n].take().expect("each inner is taken once"))
}

#[test]
fn the_outer_is_asked_for_one_more_when_an_inner_has_ended_and_is_empty() {
    let (outer, source) = scripted();
    let (inner, f) = inners(3);
    let probe = probe(Flow::from(source).flat_map_unordered(2, f).prefetch(4));
    assert_eq!(outer.requested(), 2);
    outer.next(0).expect("asked for");
    outer.next(1).expect("asked for");
    assert_eq!(outer.next(2), Err(2));
    assert_eq!((inner[0].requested(), inner[1].requested()), (4, 4));
    inner[1].next(11).expect("asked for");
    inner[1].complete();
    assert_eq!(outer.requested(), 2, "it still holds something");
    probe.request(9);
    assert_eq!((probe.items(), outer.requested()), (vec![11], 3));
    outer.next(2).expect("asked for");
    inner[2].next(21).expect("asked for");
    inner[0].next(1).expect("asked for");
    assert_eq!(probe.items(), [21, 1]);
    outer.complete();
    inner[0].complete();
    assert!(probe.is_active());
    inner[2].complete();
    assert!(probe.is_complete());
    assert_eq!(probe.unused(), Demand::new(6));
}

#[test]
fn an_error_of_an_inner_or_the_outer_cancels_all_the_others() {
    for from_outer in [false, true] {
        let (outer, source) = scripted();
        let (inner, f) = inners(2);
        let flow = Flow::from(source).flat_map_unordered(2, f);
        let ledger = flow.ledger();
        let probe = probe(flow);
        outer.next(0).expect("asked for");
        outer.next(1).expect("asked for");
        inner[0].next(1).expect("asked for");
        if from_outer {
            outer.fail("broken")
        } else {
            inner[1].fail("broken")
        }
        assert!(inner[0].is_cancelled() && probe.is_active());
        assert!(outer.is_cancelled() != from_outer && inner[1].is_cancelled() == from_outer);
        probe.request(5);
        assert_eq!((probe.items(), probe.error(), probe.unused()), (vec![1], Some("broken"), Demand::new(4)));
        assert!(ledger.is_balanced());
    }
}

#[test]
fn an_immediate_error_cuts_and_counts() {
    let (outer, source) = scripted();
    let (inner, f) = inners(1);
    let flow = Flow::from(source).flat_map_unordered(1, f).on_error(ErrorPolicy::Immediate);
    let ledger = flow.ledger();
    let probe = probe(flow);
    outer.next(0).expect("asked for");
    inner[0].next(1).expect("asked for");
    outer.fail("broken");
    assert_eq!((probe.error(), ledger.dropped(Reason::Error)), (Some("broken"), 1));
}

#[test]
fn an_inner_that_goes_without_a_terminal_takes_the_stream_with_it() {
    let (outer, source) = scripted();
    let (mut inner, f) = inners(2);
    let probe = probe(Flow::from(source).flat_map_unordered(2, f));
    outer.next(0).expect("asked for");
    outer.next(1).expect("asked for");
    drop(inner.remove(0));
    assert!(probe.is_dropped() && !probe.is_complete());
    assert!(outer.is_cancelled() && inner[0].is_cancelled());
}

#[test]
fn a_million_inners_that_complete_at_once_do_not_grow_the_stack() {
    let flow = iter(0..1_000_000u64).flat_map_unordered(3, |n| iter([n]));
    assert_eq!(flow.count().block(), Ok(1_000_000));
    let none = probe(iter(0..100_000u32).flat_map_unordered(1, |_| iter(None::<u32>)));
    assert!(none.is_complete());
}

#[test]
fn demand_in_small_steps_drives_parked_inners_without_recursion() {
    let probe = probe(iter(0..50_000u32).flat_map_unordered(4, |n| iter([n, n])).prefetch(1));
    let mut seen = 0;
    while probe.is_active() {
        probe.request(1);
        seen += probe.items().len();
    }
    assert_eq!(seen, 100_000);
    assert!(probe.is_complete());
}

#[test]
fn a_cancel_reaches_everyone_and_drops_what_waits() {
    let live = Live::new();
    let items = live.clone();
    let flow = iter(0..9u32).flat_map_unordered(3, move |n| {
        let items = items.clone();
        iter(0..9).map(move |m| items.item(n * 10 + m))
    });
    let flow = flow.prefetch(2);
    let ledger = flow.ledger();
    let probe = probe(flow);
    assert_eq!((live.count(), ledger.capacity()), (6, Some(6)));
    probe.request(2);
    assert_eq!(probe.items().len(), 2);
    probe.cancel();
    assert_eq!(live.count(), 0);
    assert_eq!((ledger.dropped(Reason::Cancelled), ledger.is_balanced()), (6, true));
    assert!(probe.is_dropped());
}

#[test]
fn a_panic_in_the_closure_ends_the_stream() {
    let (outer, source) = scripted::<u32, &str>();
    let (inner, one) = scripted::<u32, &str>();
    let mut one = Some(one);
    let probe = probe(Flow::from(source).flat_map_unordered(2, move |_| one.take().expect("planned")));
    outer.next(0).expect("asked for");
    inner.next(5).expect("asked for");
    assert!(catch_unwind(AssertUnwindSafe(|| outer.next(1))).is_err());
    assert!(outer.is_cancelled() && inner.is_cancelled() && probe.is_dropped());
}

#[test]
fn inners_of_this_thread_and_of_others_go_together() {
    let (scripts, mut f) = inners(3);
    let flow = iter(0..6usize).map_err(|never| match never {}).flat_map_unordered(2, move |n| {
        if n % 2 == 0 {
            iter([n as u32; 3]).map_err(|never| match never {}).boxed()
        } else {
            Flow::from(f(n / 2)).boxed()
        }
    });
    let ledger = flow.ledger();
    let probe = probe(flow);
    probe.request(u64::MAX);
    for (n, script) in scripts.iter().enumerate() {
        script.next(100 + n as u32).expect("asked for");
        script.complete();
    }
    let mut items = probe.items();
    items.sort_unstable();
    assert_eq!(items, [0, 0, 0, 2, 2, 2, 4, 4, 4, 100, 101, 102]);
    assert!(probe.is_complete() && ledger.is_balanced());
}

#[test]
fn iterators_of_iterators_lose_nothing_whatever_is_asked_for_at_a_time() {
    for (most, prefetch, step) in [(1, 1, 1), (2, 1, 3), (3, 2, 2), (10, 32, 7), (2, 32, u64::MAX)] {
        let flow =
            iter(0..20u32).flat_map_unordered(most, |n| iter(n * 100..n * 100 + n % 7)).prefetch(prefetch);
        let ledger = flow.ledger();
        let probe = probe(flow);
        let mut items = Vec::new();
        while probe.is_active() {
            probe.request(step);
            items.extend(probe.items());
        }
        items.sort_unstable();
        assert!(
            items.into_iter().eq((0..20).flat_map(|n| n * 100..n * 100 + n % 7)),
            "{most}, {prefetch}, {step}"
        );
        assert!(probe.is_complete() && ledger.is_balanced());
        assert!(ledger.high_water() <= (most * prefetch) as u64);
    }
}

#[test]
fn a_panic_of_an_inner_iterator_ends_the_stream_and_leaves_nothing() {
    let live = Live::new();
    for last in [21, 25, 50] {
        let items = live.clone();
        let flow = iter(0..10u32).flat_map_unordered(3, move |n| {
            let items = items.clone();
            iter(n * 10..n * 10 + 10).map(move |n| {
                assert!(n < last, "planned");
                items.item(n)
            })
        });
        let probe = probe(flow.prefetch(1));
        assert!(catch_unwind(AssertUnwindSafe(|| probe.request(u64::MAX))).is_err());
        drop(probe.items());
        assert!(probe.is_dropped() && !probe.is_complete());
        assert_eq!(live.count(), 0);
    }
}

#[test]
fn inners_on_threads_of_their_own_lose_nothing() {
    for round in 0..200 {
        let crew = Crew::new();
        let (made, publishers) = mpsc::channel();
        (0..3u32).for_each(|n| made.send(crew.publisher(n * 100..n * 100 + 20)).expect("held"));
        drop(made);
        let flow = iter(0..3).flat_map_unordered(3, move |_: u32| publishers.recv().expect("three"));
        let flow = flow.prefetch(1 + round % 4);
        let ledger = flow.ledger();
        let probe = probe(flow);
        crew.run(|| (0..60).for_each(|_| probe.request(1)));
        let mut items = probe.items();
        items.sort_unstable();
        assert!(items.into_iter().eq((0..20).chain(100..120).chain(200..220)), "round {round}");
        assert!(probe.is_complete() && ledger.is_balanced());
    }
}
