//! `flat_map_iter`.

use reactive_streams::{Demand, Flow, Handle, Publisher, Subscriber, Subscription, fail, iter};
use reactive_streams_core::shim::Mutex;
use reactive_streams_test::{Live, probe, scripted};
use std::sync::Arc;

#[test]
fn an_item_of_an_iterator_is_computed_when_it_is_asked_for() {
    let (outer, source) = scripted::<u32, u32>();
    let probe = probe(Flow::from(source).flat_map_iter(|n| n..n + 3));
    probe.request(2);
    outer.next(10).expect("asked for");
    assert_eq!(probe.items(), [10, 11]);
    assert_eq!(outer.requested(), 1);
    probe.request(2);
    assert_eq!(probe.items(), [12]);
    assert_eq!(outer.requested(), 2);
    outer.next(20).expect("asked for");
    assert_eq!(probe.items(), [20]);
    probe.cancel();
    assert!(outer.is_cancelled());
}

#[test]
fn empty_iterators_are_passed_over() {
    let flow = iter(0..1_000_000u32).flat_map_iter(|n| (n % 1000 == 0).then_some(n));
    assert_eq!(flow.count().block(), Ok(1000));
}

#[test]
fn an_error_is_passed_on() {
    let flow = fail::<u32, _>("down").flat_map_iter(|n| [n]);
    assert_eq!(flow.collect::<Vec<_>>().block(), Err("down"));
}

#[test]
fn a_cancel_between_two_items_reaches_upstream() {
    let (outer, source) = scripted::<u32, u32>();
    let probe = probe(Flow::from(source).flat_map_iter(|n| [n]));
    probe.request(3);
    outer.next(1).expect("asked for");
    probe.cancel();
    assert!(outer.is_cancelled() && probe.is_dropped());
}

#[test]
fn a_cancel_after_a_wait_for_demand_reaches_upstream() {
    let (outer, source) = scripted::<u32, u32>();
    let probe = probe(Flow::from(source).flat_map_iter(|n| [n, n]));
    probe.request(1);
    outer.next(1).expect("asked for");
    probe.request(1);
    assert_eq!(outer.requested(), 2);
    probe.cancel();
    assert!(outer.is_cancelled() && probe.is_dropped());
}

#[test]
fn what_upstream_ends_with_waits_for_the_rest_of_the_iterator() {
    let (outer, source) = scripted::<u32, u32>();
    let probe = probe(Flow::from(source).flat_map_iter(|n| [n, n]));
    probe.request(1);
    outer.next(1).expect("asked for");
    outer.fail(9);
    assert!(probe.is_active());
    probe.request(4);
    assert_eq!((probe.items(), probe.error()), (vec![1, 1], Some(9)));
    assert_eq!(probe.unused(), Demand::new(3));
}

#[test]
fn who_asks_for_all_asks_upstream_for_all() {
    let (outer, source) = scripted::<u32, u32>();
    let probe = probe(Flow::from(source).flat_map_iter(|n| 0..n));
    probe.request(1);
    outer.next(2).expect("asked for");
    assert_eq!(outer.requested(), 1);
    probe.request(u64::MAX);
    assert_eq!(outer.requested(), u64::MAX);
    outer.next(1).expect("asked for");
    outer.next(1).expect("asked for");
    outer.complete();
    assert_eq!((probe.items(), probe.is_complete()), (vec![0, 1, 0, 0], true));
}

#[test]
fn a_panic_of_an_iterator_that_waited_cancels_upstream() {
    let (live, (outer, source)) = (Live::new(), scripted::<u32, u32>());
    let items = live.clone();
    let probe = probe(Flow::from(source).flat_map_iter(move |n| {
        let items = items.clone();
        (0..n).map(move |n| if n < 2 { items.item(n) } else { panic!("planned") })
    }));
    probe.request(1);
    outer.next(9).expect("asked for");
    let request = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| probe.request(5)));
    assert!(request.is_err() && outer.is_cancelled() && probe.is_dropped());
    drop(probe);
    assert_eq!(live.count(), 0);
}

#[test]
fn a_link_that_downstream_takes_late_is_tied_to_upstream() {
    /// Takes its handle with the first item.
    struct Late(Arc<Mutex<Option<Handle>>>);
    impl Subscriber for Late {
        type Item = u32;
        type Error = u32;
        fn on_subscribe(&mut self, subscription: &mut Subscription) {
            subscription.request(Demand::of(2));
        }
        fn on_next(&mut self, _item: u32, subscription: &mut Subscription) {
            self.0.lock().get_or_insert_with(|| subscription.handle());
        }
        fn on_error(self, _error: u32, _unused: Option<Demand>) {}
        fn on_complete(self, _unused: Option<Demand>) {}
    }
    let (outer, source) = scripted::<u32, u32>();
    let taken = Arc::default();
    Flow::from(source).flat_map_iter(|n| [n]).subscribe(Late(Arc::clone(&taken)));
    outer.next(1).expect("asked for");
    outer.next(1).expect("asked for");
    let handle = taken.lock().take();
    drop(handle.expect("it was taken"));
    assert!(outer.is_cancelled());
}
