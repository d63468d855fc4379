//! The model of a relay whose pass goes to another thread while the first still waits. Run with `.ci/loom`, which also plants
//! the bugs that it must find.
#![cfg(loom)]
#![allow(missing_docs, reason = "tests")]

use loom::thread;
use reactive_streams_sync::{Pass, Relay, relay};
use std::sync::Arc;

/// Waits, and hands back to itself.
fn round(relay: &Relay<u32>, mut pass: Pass<u32>, value: u32) -> Pass<u32> {
    let waiting = relay.wait(&mut pass);
    assert!(pass.hand(value).is_ok(), "its own call waits");
    let (pass, back) = waiting.end().expect("it was handed back");
    assert_eq!(back, value);
    pass
}

/// One waits; the pass goes to the other, which hands back to nobody, and then waits itself while the first gives up.
#[test]
fn one_gives_up_while_another_begins_to_wait() {
    loom::model(|| {
        let (relay, pass) = relay::<u32>();
        let relay = Arc::new(relay);
        let mut pass = round(&relay, pass, 1);
        let waiting = relay.wait(&mut pass);
        let other = {
            let relay = Arc::clone(&relay);
            thread::spawn(move || {
                let (pass, value) = pass.hand(2).expect_err("nobody waits on this thread");
                let pass = round(&relay, pass, value);
                round(&relay, pass, 3)
            })
        };
        assert!(waiting.end().is_none(), "it was not handed back on this thread");
        let mut pass = other.join().expect("no panic");
        assert!(relay.wait(&mut pass).end().is_none());
        assert!(pass.hand(4).is_err(), "nobody waits any more");
    });
}
