//! `map`.

use reactive_streams::{Demand, Flow};
use reactive_streams_test::{probe, scripted};

#[test]
fn items_change_and_everything_else_passes() {
    let (script, publisher) = scripted::<u32, &str>();
    let probe = probe(Flow::from(publisher).map(|n| n.to_string()));
    probe.request(3);
    assert_eq!(script.requested(), 3);
    script.next(1).expect("there is demand");
    script.fail("down");
    assert_eq!((probe.items(), probe.error()), (vec!["1".to_owned()], Some("down")));
    assert_eq!(probe.unused(), Some(Demand::of(2)));
}

#[test]
fn a_cancel_reaches_upstream() {
    let (script, publisher) = scripted::<u32, u32>();
    drop(probe(Flow::from(publisher).map(|n| n)));
    assert!(script.is_cancelled());
}
