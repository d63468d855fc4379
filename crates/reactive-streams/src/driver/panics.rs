//! How a panic travels over a boundary: from the task that it ends to the consumer that waits elsewhere (3-vii).
//!
//! A panic unwinds through the task that runs the stage, and what the stage's stream owned is dropped on the way. Who
//! is told by such a drop that the stream is over, the teller of a waiting consumer or the inlet of a further boundary, does
//! not say so at once: it leaves a *message* here, on this thread, and gets the payload when the task has caught it.
//! The first that has somebody to give it to takes the payload; the others say only that a stage panicked. If there is none,
//! the panic goes on to the executor.
//!
//! Nothing of this is shared between threads: the messages do that, each in its own way.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What a panic was raised with.
pub(crate) type Payload = Box<dyn Any + Send>;

/// It returns the payload when nobody is there to take it.
type Message = Box<dyn FnOnce(Option<Payload>) -> Option<Payload>>;

thread_local! {
    /// Of the task that runs on this thread, if one does.
    static MESSAGES: RefCell<Option<Vec<Message>>> = const { RefCell::new(None) };
}

/// Runs `work` of a task with what the task holds. If it panics, that is dropped, and the payload goes to whoever left
/// a message; then the result is `None`.
///
/// # Panics
///
/// Passes the panic on when nobody has left a message.
pub(crate) fn contain<T, R>(held: &mut Option<T>, work: impl FnOnce(&mut Option<T>) -> R) -> Option<R> {
    let (result, left) = catch(held, work);
    if let Some(payload) = left {
        resume_unwind(payload);
    }
    result
}

/// Drops `held` as a panic with this payload would in a task of its own; gives the payload back when nobody has left a
/// message.
pub(crate) fn drop_as_of<T>(held: T, payload: Payload) -> Option<Payload> {
    catch::<_, ()>(&mut Some(held), |_| resume_unwind(payload)).1
}

/// What the work returned, and what is left of its panic, or of one of those who were told.
fn catch<T, R>(held: &mut Option<T>, work: impl FnOnce(&mut Option<T>) -> R) -> (Option<R>, Option<Payload>) {
    /// Drops what is held, unless it is forgotten because there was no panic.
    struct Release<'a, T>(&'a mut Option<T>);
    impl<T> Drop for Release<'_, T> {
        fn drop(&mut self) {
            drop(self.0.take());
        }
    }
    /// Puts the messages of an outer task back, also when a message panics.
    struct Outer(Option<Vec<Message>>);
    impl Drop for Outer {
        fn drop(&mut self) {
            let _ = MESSAGES.try_with(|messages| messages.replace(self.0.take()));
        }
    }
    let outer = MESSAGES.try_with(|messages| messages.replace(Some(Vec::new())));
    let _outer = Outer(outer.unwrap_or_default());
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let release = Release(held);
        let result = work(&mut *release.0);
        std::mem::forget(release);
        result
    }));
    let messages = MESSAGES.try_with(RefCell::take).ok().flatten().unwrap_or_default();
    let (result, payload) = match caught {
        // What the work has caught itself ended streams, too, whose consumers wait; its payload is the work's.
        Ok(result) => (Some(result), None),
        Err(payload) => (None, Some(payload)),
    };
    (result, send(messages, payload))
}

/// Hands the payload from message to message; what is left of it comes back. One that panics keeps none of the others
/// from being told, and its panic is passed on like the first.
fn send(messages: Vec<Message>, mut payload: Option<Payload>) -> Option<Payload> {
    for message in messages {
        payload = match catch_unwind(AssertUnwindSafe(|| message(payload))) {
            Ok(left) => left,
            Err(panic) => Some(panic),
        };
    }
    payload
}

/// For a destructor whose drop ends a stream: calls `message` with the payload of the panic that unwinds, once the task has
/// caught it. Without a panic, or outside a task, it is called now, with none.
pub(crate) fn tell(message: impl FnOnce(Option<Payload>) -> Option<Payload> + 'static) {
    if std::thread::panicking() {
        let mut message = Some(message);
        // Where the thread ends there is no task any more.
        let _ = MESSAGES.try_with(|messages| {
            if let Some(messages) = messages.borrow_mut().as_mut()
                && let Some(message) = message.take()
            {
                messages.push(Box::new(message));
            }
        });
        if let Some(message) = message {
            message(None);
        }
    } else {
        message(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;

    type Told = Rc<RefCell<Vec<Option<&'static str>>>>;

    /// Tells when it is dropped.
    struct Ends(Told);

    impl Drop for Ends {
        fn drop(&mut self) {
            let told = Rc::clone(&self.0);
            tell(move |payload| {
                let payload = payload.map(|payload| *payload.downcast::<&str>().expect("a &str"));
                told.borrow_mut().push(payload);
                None
            });
        }
    }

    #[test]
    fn the_first_who_is_told_gets_the_payload_and_all_are_told_after_the_unwinding() {
        let told = Told::default();
        let mut held = Some(Ends(Rc::clone(&told)));
        let ends = Ends(Rc::clone(&told));
        let contained = contain(&mut held, |_| {
            let _ends = ends;
            resume_unwind(Box::new("boom"));
        });
        assert_eq!(contained, None::<()>);
        assert!(held.is_none());
        assert_eq!(*told.borrow(), [Some("boom"), None]);
    }

    #[test]
    fn who_has_nobody_to_give_it_to_leaves_it_to_the_next() {
        struct HasNobody;
        impl Drop for HasNobody {
            fn drop(&mut self) {
                tell(|payload| payload);
            }
        }
        let told = Told::default();
        let mut held = Some((HasNobody, Ends(Rc::clone(&told)), HasNobody));
        assert_eq!(contain(&mut held, |_| resume_unwind(Box::new("boom"))), None::<()>);
        assert_eq!(*told.borrow(), [Some("boom")]);
    }

    #[test]
    fn who_was_ended_by_a_panic_that_the_work_caught_is_told_without_it() {
        let told = Told::default();
        let ends = Ends(Rc::clone(&told));
        let work = move |_: &mut Option<()>| {
            let caught = catch_unwind(AssertUnwindSafe(move || {
                let _ends = ends;
                resume_unwind(Box::new("boom"));
            }));
            assert!(caught.is_err());
        };
        assert_eq!(contain(&mut None, work), Some(()));
        assert_eq!(*told.borrow(), [None]);
    }

    #[test]
    fn a_message_that_panics_keeps_no_other_from_being_told() {
        struct Panics;
        impl Drop for Panics {
            fn drop(&mut self) {
                tell(|_| resume_unwind(Box::new("again")));
            }
        }
        let told = Told::default();
        let mut held = Some((Panics, Ends(Rc::clone(&told))));
        assert_eq!(contain(&mut held, |_| resume_unwind(Box::new("boom"))), None::<()>);
        assert_eq!(*told.borrow(), [Some("again")]);
    }

    #[test]
    fn a_task_that_runs_while_its_thread_unwinds_keeps_what_it_holds() {
        struct Runs<'a>(&'a mut Option<u8>);
        impl Drop for Runs<'_> {
            fn drop(&mut self) {
                assert_eq!(contain(self.0, |_| ()), Some(()));
            }
        }
        let mut held = Some(1);
        let unwind = catch_unwind(AssertUnwindSafe(|| {
            let _runs = Runs(&mut held);
            resume_unwind(Box::new("boom"));
        }));
        assert_eq!((unwind.is_err(), held), (true, Some(1)));
    }

    #[test]
    fn a_panic_that_nobody_waits_for_goes_on() {
        let held = Rc::new(());
        let mut holds = Some(Rc::clone(&held));
        let caught = catch_unwind(AssertUnwindSafe(|| -> Option<()> {
            contain(&mut holds, |_| resume_unwind(Box::new("boom")))
        }));
        let payload = caught.expect_err("it goes on");
        assert_eq!(payload.downcast_ref(), Some(&"boom"));
        assert_eq!(Rc::strong_count(&held), 1);
    }

    #[test]
    fn without_a_panic_and_outside_a_task_one_is_told_at_once() {
        let told = Told::default();
        drop(Ends(Rc::clone(&told)));
        assert_eq!(contain(&mut Some(Ends(Rc::clone(&told))), |held| drop(held.take())), Some(()));
        let ends = Ends(Rc::clone(&told));
        let unwind = catch_unwind(AssertUnwindSafe(move || {
            let _ends = ends;
            resume_unwind(Box::new("boom"));
        }));
        assert!(unwind.is_err());
        assert_eq!(*told.borrow(), [None, None, None]);
    }

    #[test]
    fn a_task_that_is_run_inside_another_keeps_its_messages_apart() {
        let (outer, inner) = (Told::default(), Told::default());
        let (ends, nested) = (Ends(Rc::clone(&outer)), Ends(Rc::clone(&inner)));
        let work = move |_: &mut Option<Ends>| {
            let inside = |_: &mut Option<Ends>| resume_unwind(Box::new("inner"));
            assert_eq!(contain(&mut Some(nested), inside), None::<()>);
            resume_unwind(Box::new("outer"));
        };
        assert_eq!(contain(&mut Some(ends), work), None::<()>);
        assert_eq!((&*outer.borrow(), &*inner.borrow()), (&vec![Some("outer")], &vec![Some("inner")]));
    }
}
