//! The desk, from the one thread that sits there and from another.
#![cfg(not(loom))]
#![allow(missing_docs, reason = "tests")]

use reactive_streams_sync::Desk;
use std::thread;

#[test]
fn only_who_sits_there_finds_what_lies_there() {
    let desk = Desk::new();
    assert_eq!((desk.take(), desk.put(1), desk.is_mine()), (None, Err(1), false));
    assert_eq!(desk.sit(1), Ok(()));
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            desk.leave();
            (desk.is_mine(), desk.take(), desk.put(2), desk.sit(3))
        });
        assert_eq!(other.join().expect("no panic"), (false, None, Err(2), Err(3)));
    });
    assert_eq!((desk.take(), desk.take()), (Some(1), None));
    assert_eq!((desk.put(4), desk.take()), (Ok(()), Some(4)));
    desk.leave();
    assert!(!desk.is_mine());
}

#[test]
fn who_sits_down_again_was_not_called() {
    let desk = Desk::new();
    desk.sit(()).expect("free");
    thread::scope(|scope| drop(scope.spawn(|| desk.call())));
    assert!(desk.is_called());
    desk.take().expect("laid down");
    desk.leave();
    desk.sit(()).expect("free");
    assert!(!desk.is_called());
}
