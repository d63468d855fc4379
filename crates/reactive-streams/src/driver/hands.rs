//! Hands a value back to the call that waits for it further down on this thread's stack, past all that lies between,
//! without a lock and without an allocation.
//!
//! Each call that waits is a frame on a list of the thread. Who hands back looks for the topmost frame of its owner; if
//! there is none, that call has returned already, or waits on another thread.

use reactive_streams_core::shim::thread_local;
use std::any::Any;
use std::cell::RefCell;

thread_local! {
    #[allow(clippy::missing_const_for_thread_local, reason = "loom's macro takes no const block")]
    static FRAMES: RefCell<Vec<Frame>> = RefCell::new(Vec::new());
}

struct Frame {
    owner: usize,
    back: Option<Box<dyn Any>>,
}

/// Calls, and returns what was handed back to `owner` meanwhile: the address of something that outlives the call.
pub(crate) fn receive<T: 'static>(owner: usize, call: impl FnOnce()) -> Option<Box<T>> {
    let opened = FRAMES.try_with(|frames| frames.borrow_mut().push(Frame { owner, back: None }));
    if opened.is_err() {
        // The thread ends: nobody finds a frame.
        call();
        return None;
    }
    let open = Open;
    call();
    std::mem::forget(open);
    close()?.downcast().ok()
}

/// Gives it back where no call of `owner` waits on this thread.
pub(crate) fn hand<T: 'static>(owner: usize, back: Box<T>) -> Result<(), Box<T>> {
    let mut back = Some(back);
    let _ended = FRAMES.try_with(|frames| {
        let mut frames = frames.borrow_mut();
        if let Some(frame) =
            frames.iter_mut().rev().find(|frame| frame.owner == owner && frame.back.is_none())
        {
            frame.back = back.take().map(|back| back as Box<dyn Any>);
        }
    });
    back.map_or(Ok(()), Err)
}

/// What comes out is foreign: it is dropped while nothing is borrowed.
fn close() -> Option<Box<dyn Any>> {
    FRAMES.try_with(|frames| frames.borrow_mut().pop()).ok()??.back
}

/// Closes the frame when the call unwinds.
struct Open;

impl Drop for Open {
    fn drop(&mut self) {
        drop(close());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_handed_back_reaches_its_own_call_past_others() {
        let back = receive::<u32>(1, || {
            let none = receive::<u32>(2, || assert!(hand(1, Box::new(7u32)).is_ok()));
            assert!(none.is_none());
        });
        assert_eq!(back, Some(Box::new(7)));
        assert_eq!(hand(1, Box::new(8u32)), Err(Box::new(8)));
    }

    #[test]
    fn a_call_that_unwinds_waits_no_more() {
        let unwound = std::panic::catch_unwind(|| receive::<u32>(3, || panic!("planned")));
        assert!(unwound.is_err());
        assert!(hand(3, Box::new(1u32)).is_err());
    }
}
