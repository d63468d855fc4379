//! `flat_map_iter`.

use reactive_streams::{Flow, fail, iter};
use reactive_streams_test::{probe, scripted};

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
