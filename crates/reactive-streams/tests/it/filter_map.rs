//! `filter_map`.

use reactive_streams::{Demand, Flow};
use reactive_streams_test::{probe, scripted};

#[test]
fn a_dropped_item_is_asked_for_again() {
    let (script, publisher) = scripted::<&str, &str>();
    let probe = probe(Flow::from(publisher).filter_map(|word| word.parse::<u32>().ok()));
    probe.request(2);
    for word in ["x", "1", "y"] {
        script.next(word).expect("there is demand");
    }
    script.complete();
    assert_eq!((probe.items(), probe.is_complete()), (vec![1], true));
    assert_eq!(probe.unused(), Some(Demand::ONE));
}

#[test]
fn errors_and_cancels_pass() {
    let (script, publisher) = scripted::<u32, &str>();
    let failed = probe(Flow::from(publisher).filter_map(Some));
    script.fail("down");
    assert_eq!(failed.error(), Some("down"));
    let (script, publisher) = scripted::<u32, &str>();
    drop(probe(Flow::from(publisher).filter_map(Some)));
    assert!(script.is_cancelled());
}
