//! `share`.

use crate::local::Local;
use reactive_streams::{
    Demand, ErrorPolicy, Flow, Overflow, OverflowError, Publisher, Reason, Threads, iter, once,
};
use reactive_streams_core::shim;
use reactive_streams_test::{Live, ManualExecutor, Probe, Tracked, probe, scripted};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// So many subscribers of one flow.
fn probes<P: Publisher + Clone>(shared: Flow<P>, n: usize) -> Vec<Probe<P::Item, P::Error>> {
    (0..n).map(|_| probe(shared.clone())).collect()
}

#[test]
fn each_gets_every_item_as_it_asks() {
    if shim::fuzzing() {
        return; // how much is asked for at once is drawn by lot there
    }
    let (script, publisher) = scripted::<u32, ()>();
    let shared = Flow::from(publisher).share(3, Overflow::Wait);
    let (left, right) = (probe(shared.clone()), probe(shared));
    assert_eq!(script.requested(), 0, "nobody has asked");
    left.request(2);
    assert_eq!(script.requested(), 2);
    right.request(9);
    assert_eq!(script.requested(), 2, "enough is on its way");
    (1..=2).for_each(|n| script.next(n).expect("asked for"));
    assert_eq!((left.items(), right.items()), (vec![1, 2], vec![1, 2]));
    assert_eq!(script.requested(), 5, "the slower one has room for three");
    (3..=5).for_each(|n| script.next(n).expect("asked for"));
    assert!(script.next(6).is_err(), "and waits");
    assert_eq!((left.items(), right.items()), (vec![], vec![3, 4, 5]));
    left.request(2);
    assert_eq!((left.items(), script.requested()), (vec![3, 4], 7));
    script.complete();
    assert_eq!((left.is_complete(), right.is_complete()), (false, true));
    left.request(2);
    assert_eq!((left.items(), left.is_complete()), (vec![5], true));
    assert_eq!((left.unused(), right.unused()), (Demand::new(1), Demand::new(4)));
}

#[test]
fn each_has_its_own_ledger_and_a_slow_one_loses_by_the_policy() {
    for (overflow, kept) in [
        (Overflow::DropOldest, [4, 5]),
        (Overflow::DropIncoming, [1, 2]),
        (Overflow::ReplaceNewest, [1, 5]),
        (Overflow::Clear, [5, 0]),
    ] {
        let shared = iter(1..=5_u32).share(2, overflow);
        let (fast, slow) = (shared.clone(), shared);
        let (full, lossy) = (fast.ledger(), slow.ledger());
        let (fast, slow) = (probe(fast), probe(slow));
        fast.request(9);
        assert_eq!((fast.items(), fast.is_complete()), (vec![1, 2, 3, 4, 5], true));
        slow.request(9);
        let kept: Vec<_> = kept.into_iter().filter(|n| *n > 0).collect();
        assert_eq!((slow.items(), slow.is_complete()), (kept.clone(), true), "{overflow:?}");
        let gone = 5 - kept.len() as u64;
        assert_eq!((full.emitted(), full.total_dropped(), full.high_water()), (5, 0, 0));
        assert_eq!((lossy.received(), lossy.dropped(Reason::Overflow), lossy.high_water()), (5, gone, 2));
    }
}

#[test]
fn who_is_too_slow_is_cut_off_and_the_others_go_on() {
    let (script, publisher) = scripted::<u32, &str>();
    let shared = Flow::from(publisher).share_or_fail(1);
    let (fast, slow) = (probe(shared.clone()), probe(shared.clone()));
    fast.request(9);
    (1..=3).for_each(|n| script.next(n).expect("asked for"));
    assert_eq!((fast.items(), slow.items(), slow.is_failed()), (vec![1, 2, 3], vec![], false));
    slow.request(1);
    assert_eq!((slow.items(), slow.error()), (vec![1], Some(OverflowError::Full { capacity: 1 })));
    script.next(4).expect("asked for");
    script.fail("broken");
    assert_eq!((fast.items(), fast.error()), (vec![4], Some(OverflowError::Upstream("broken"))));
    assert_eq!(probe(shared).error(), Some(OverflowError::Upstream("broken")), "after the end");
}

#[test]
fn who_comes_later_gets_what_comes_from_then_on_and_after_the_end_the_end() {
    let (script, publisher) = scripted::<u32, &str>();
    let shared = Flow::from(publisher).share(2, Overflow::Wait);
    let first = probe(shared.clone());
    first.request(4);
    script.next(1).expect("asked for");
    let second = probe(shared.clone());
    script.next(2).expect("it was asked for before: there is room for it");
    second.request(1);
    assert_eq!((first.items(), second.items()), (vec![1, 2], vec![2]));
    script.complete();
    assert!(first.is_complete() && second.is_complete());
    let late = probe(shared);
    assert_eq!((late.items(), late.is_complete()), (vec![], true));
}

#[test]
fn an_error_goes_to_all_after_what_they_hold_or_at_once() {
    let live = Live::new();
    let (script, publisher) = scripted::<_, &str>();
    let shared = Flow::from(publisher).share(2, Overflow::Wait);
    let hasty = shared.clone().on_error(ErrorPolicy::Immediate);
    let cut = hasty.ledger();
    let (fast, slow, hasty) = (probe(shared.clone()), probe(shared), probe(hasty));
    fast.request(2);
    (1..=2).for_each(|n| script.next(live.item(n)).expect("asked for"));
    script.fail("broken");
    assert_eq!((fast.items().len(), fast.error()), (2, Some("broken")));
    assert_eq!((hasty.error(), cut.dropped(Reason::Error)), (Some("broken"), 2));
    assert_eq!((slow.is_failed(), live.count()), (false, 2));
    slow.request(2);
    assert_eq!((slow.items().len(), slow.error()), (2, Some("broken")));
    assert_eq!(live.count(), 0);
}

#[test]
fn the_last_one_that_cancels_cancels_upstream() {
    let live = Live::new();
    let (script, publisher) = scripted::<_, ()>();
    let shared = Flow::from(publisher).share(2, Overflow::Wait);
    let slow = shared.clone();
    let ledger = slow.ledger();
    let (fast, slow) = (probe(shared.clone()), probe(slow));
    fast.request(9);
    (1..=2).for_each(|n| script.next(live.item(n)).expect("asked for"));
    drop(fast.items());
    assert!(script.next(live.item(3)).is_err(), "the slow one is full");
    slow.cancel();
    assert_eq!((slow.is_dropped(), live.count(), ledger.dropped(Reason::Cancelled)), (true, 0, 2));
    assert!(!script.is_cancelled() && ledger.is_balanced());
    script.next(live.item(3)).expect("nobody is in the way");
    fast.cancel();
    assert!(script.is_cancelled() && fast.is_dropped());
    let late = probe(shared);
    assert!(late.is_dropped() && !late.is_complete(), "it was given up, not completed");
}

#[test]
fn it_starts_when_so_many_have_subscribed() {
    let shared = iter(1..=2_u32).share(4, Overflow::Wait).start_at(3);
    let probes = probes(shared.clone(), 2);
    probes.iter().for_each(|probe| probe.request(9));
    assert!(probes.iter().all(|probe| probe.items().is_empty() && probe.is_active()));
    let third = probe(shared);
    assert!(probes.iter().all(|probe| probe.items() == [1, 2] && probe.is_complete()));
    third.request(2);
    assert_eq!((third.items(), third.is_complete()), (vec![1, 2], true));
}

#[test]
fn a_cancel_in_the_middle_of_an_item_spares_the_others() {
    let shared = iter(0..5_u32).share(2, Overflow::Wait).start_at(3);
    let first = probe(shared.clone());
    let taken = probe(shared.clone().take(2));
    first.request(9);
    taken.request(9);
    let last = probe(shared);
    last.request(9);
    assert_eq!((taken.items(), taken.is_complete()), (vec![0, 1], true));
    assert_eq!((first.items(), last.items()), (vec![0, 1, 2, 3, 4], vec![0, 1, 2, 3, 4]));
}

#[test]
fn who_subscribes_in_the_middle_of_an_item_gets_the_next() {
    let shared = iter(1..=3_u32).share(4, Overflow::Wait);
    let (place, clone) = (std::sync::Arc::new(std::sync::OnceLock::new()), shared.clone());
    let inner = std::sync::Arc::clone(&place);
    let outer = probe(shared.inspect(move |n| {
        if *n == 2 {
            let late = probe(clone.clone());
            late.request(5);
            assert!(inner.set(late).is_ok(), "once");
        }
    }));
    outer.request(9);
    let late = place.get().expect("subscribed");
    assert_eq!((outer.items(), late.items(), late.is_complete()), (vec![1, 2, 3], vec![3], true));
}

#[test]
fn a_panic_of_one_ends_it_for_all_and_leaks_nothing() {
    let live = Live::new();
    let (script, publisher) = scripted::<Tracked<u32>, ()>();
    let shared = Flow::from(publisher).share(2, Overflow::Wait);
    let (calm, held) = (probe(shared.clone()), shared.clone());
    let ledger = held.ledger();
    let held = probe(held);
    let rash = probe(shared.clone().inspect(|n| assert!(**n < 2, "as planned")));
    calm.request(9);
    rash.request(9);
    script.next(live.item(1)).expect("asked for");
    let unwound = catch_unwind(AssertUnwindSafe(|| script.next(live.item(2))));
    assert!(unwound.is_err() && script.is_cancelled());
    assert!([&calm, &held].iter().all(|probe| probe.is_dropped() && !probe.is_complete()));
    let late = probe(shared);
    assert!(rash.is_dropped() && late.is_dropped());
    drop((calm.items(), rash.items()));
    assert_eq!((live.count(), ledger.is_balanced()), (0, true));
}

#[test]
fn a_panic_while_upstream_is_asked_ends_it_for_all() {
    let live = Live::new();
    let items: Vec<_> = (0..5).map(|n| live.item(n)).collect();
    let shared = iter(items).share(2, Overflow::Wait);
    let calm = probe(shared.clone());
    let rash = probe(shared.inspect(|n| assert!(**n < 2, "as planned")));
    rash.request(9);
    assert!(catch_unwind(AssertUnwindSafe(|| calm.request(9))).is_err() || calm.is_dropped());
    assert!(calm.is_dropped() && rash.is_dropped());
    drop((calm.items(), rash.items()));
    assert_eq!(live.count(), 0);
}

#[test]
fn one_that_never_asks_again_is_let_go() {
    let (local, log) = Local::asking(2);
    iter(0..9_u64).share(1, Overflow::Wait).subscribe(local);
    let log: Vec<_> = log.iter().collect();
    assert_eq!((log.len(), log.last().map(String::as_str)), (4, Some("drop")), "{log:?}");

    let (executor, (local, log)) = (ManualExecutor::new(), Local::asking(1));
    let live = Live::new();
    let items: Vec<_> = (0..3).map(|n| live.item(n)).collect();
    iter(items).publish_on(executor.clone(), 1).share(1, Overflow::Wait).subscribe(local);
    executor.run();
    let log: Vec<_> = log.iter().collect();
    assert_eq!((log.last().map(String::as_str), live.count(), executor.pending()), (Some("drop"), 0, 0));

    let (local, log) = Local::asking(1);
    once(7_u64).share(1, Overflow::Wait).subscribe(local);
    assert_eq!(log.iter().collect::<Vec<_>>(), ["subscribe", "next", "complete 0", "drop"]);
}

#[test]
fn a_share_of_a_share_works() {
    let shared = iter(0..100_u32).share(4, Overflow::Wait).start_at(2);
    let inner = shared.clone().map(|n| n * 2).share(3, Overflow::Wait).start_at(2);
    let doubles = probes(inner, 2);
    let plain = probe(shared);
    doubles.iter().chain([&plain]).for_each(|probe| probe.request(1));
    doubles.iter().chain([&plain]).for_each(|probe| probe.request(200));
    assert_eq!((plain.items().len(), plain.is_complete()), (100, true));
    for double in doubles {
        assert_eq!((double.items().last(), double.is_complete()), (Some(&198), true));
    }
}

#[test]
fn four_threads_get_everything_in_order() {
    let shared = iter(0..20_000_u32).publish_on(Threads, 64).share(16, Overflow::Wait).start_at(4);
    let ends: Vec<_> = (0..4).map(|_| shared.clone().publish_on(Threads, 8).collect::<Vec<_>>()).collect();
    let waiting = ends.into_iter().map(|end| std::thread::spawn(move || end.block()));
    for got in waiting.collect::<Vec<_>>() {
        let all = got.join().expect("no panic").expect("it cannot fail");
        assert!((0..20_000).eq(all.iter().copied()), "{} of them", all.len());
    }
}

#[test]
#[should_panic(expected = "a queue without room cannot wait")]
fn waiting_without_room_is_refused() {
    let _ = iter(0..1).share(0, Overflow::Wait);
}
