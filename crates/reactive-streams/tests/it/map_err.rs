//! `map_err`.

use reactive_streams::{Demand, Flow, iter};
use reactive_streams_test::{probe, scripted};

#[test]
fn the_error_is_translated_and_the_unused_demand_kept() {
    let (script, publisher) = scripted::<u32, u8>();
    let probe = probe(Flow::from(publisher).map_err(|code| format!("code {code}")));
    probe.request(2);
    script.next(1).expect("there is demand");
    script.fail(7);
    assert_eq!((probe.items(), probe.error()), (vec![1], Some("code 7".to_owned())));
    assert_eq!(probe.unused(), Some(Demand::ONE));
}

#[test]
fn it_lets_what_cannot_fail_join_what_can() {
    let flow = iter(0..2).map_err(|never| -> String { match never {} });
    assert_eq!(flow.collect::<Vec<_>>().block(), Ok::<_, String>(vec![0, 1]));
}
