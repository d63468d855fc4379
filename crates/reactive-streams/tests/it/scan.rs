//! `scan`.

use reactive_streams::{Demand, Flow, iter};
use reactive_streams_test::{probe, scripted};

#[test]
fn it_does_what_the_iterator_does() {
    let step = |sum: &mut u32, n: u32| {
        *sum += n;
        (*sum < 20).then_some(*sum * 10)
    };
    let expected: Vec<_> = (0..10).scan(0, step).collect();
    assert_eq!(iter(0..10).scan(0, step).collect::<Vec<_>>().block(), Ok(expected));
}

#[test]
fn none_completes_cancels_upstream_and_leaves_its_unit() {
    let (script, publisher) = scripted::<u32, u32>();
    let probe = probe(Flow::from(publisher).scan((), |(), n| (n < 2).then_some(n)));
    probe.request(3);
    script.next(1).expect("there is demand");
    script.next(2).expect("there is demand");
    assert!(probe.is_complete() && script.is_cancelled());
    assert_eq!((probe.items(), probe.unused()), (vec![1], Some(Demand::of(2))));
}

#[test]
fn each_clone_starts_from_the_same_state() {
    let flow = iter(1..4).scan(0, |sum, n| {
        *sum += n;
        Some(*sum)
    });
    for _ in 0..2 {
        assert_eq!(flow.clone().collect::<Vec<_>>().block(), Ok(vec![1, 3, 6]));
    }
}
