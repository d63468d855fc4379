//! The relay, from the one thread that waits there and from another.
#![cfg(not(loom))]
#![allow(missing_docs, reason = "tests")]

use reactive_streams_sync::relay;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

#[test]
fn what_is_handed_back_reaches_its_own_call_past_others() {
    let (first, mut pass) = relay();
    let (second, mut others) = relay::<u32>();
    let waiting = first.wait(&mut pass);
    let inside = second.wait(&mut others);
    assert!(pass.hand(7).is_ok());
    assert!(inside.end().is_none());
    let (pass, back) = waiting.end().expect("handed back");
    assert_eq!(back, 7);
    let (_pass, back) = pass.hand(8).expect_err("nobody waits any more");
    assert_eq!(back, 8);
}

#[test]
fn a_call_that_got_nothing_waits_no_more() {
    let (relay, mut pass) = relay();
    assert!(relay.wait(&mut pass).end().is_none());
    assert!(pass.hand(1).is_err());
}

#[test]
fn on_another_thread_nobody_waits() {
    let (relay, mut pass) = relay();
    let waiting = relay.wait(&mut pass);
    let pass = thread::scope(|scope| {
        let other = scope.spawn(|| pass.hand(1).expect_err("the call is on another thread").0);
        other.join().expect("no panic")
    });
    assert!(pass.hand(2).is_ok());
    assert_eq!(waiting.end().map(|(_, back)| back), Some(2));
}

#[test]
fn a_call_that_unwinds_drops_what_was_handed_back() {
    let (relay, mut pass) = relay();
    let value = Arc::new(());
    let handed = Arc::clone(&value);
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _waiting = relay.wait(&mut pass);
        assert!(pass.hand(handed).is_ok());
        panic!("planned");
    }));
    assert!(unwound.is_err());
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_call_inside_another_takes_it_first() {
    let (relay, mut pass) = relay();
    let outer = relay.wait(&mut pass);
    let inner = relay.wait(&mut pass);
    assert!(pass.hand(1).is_ok());
    let (mut pass, back) = inner.end().expect("it is the last that began to wait");
    assert_eq!(back, 1);
    assert!(relay.wait(&mut pass).end().is_none());
    assert!(outer.end().is_none());
}
