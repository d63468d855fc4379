//! Models of the races on a machine that a thread has for itself: what others bring meanwhile does not wait for it.
#![cfg(loom)]

mod inputs;
mod seen;

use inputs::Inputs;
use loom::sync::atomic::{AtomicBool, Ordering::SeqCst};
use loom::thread;
use reactive_streams::{Demand, Flow, Publisher, Subscriber, iter};
use reactive_streams_core::shim::Mutex;
use seen::{Down, Seen, model, settled, subscribe};
use std::sync::Arc;

/// Numbers, each computed when it is asked for: `look` is called before each, with the number.
fn computed(
    numbers: std::ops::Range<usize>,
    mut look: impl FnMut(usize) + Send + 'static,
) -> impl Publisher<Item = usize, Error = ()> {
    let numbers = numbers.map(move |n| {
        look(n);
        n
    });
    iter(numbers).map_err(|never| match never {})
}

/// A thread that begins as the first number is computed. Once it is done, `items` must have been seen before the second.
fn beside<F>(seen: &Arc<Seen>, items: usize, meanwhile: F) -> (impl FnMut(usize) + Send + use<F>, Thread)
where
    F: FnOnce() + Send + 'static,
{
    let (told, begun) = (Arc::new(AtomicBool::new(false)), Thread::default());
    let (seen, place, mut meanwhile) = (Arc::clone(seen), Arc::clone(&begun), Some(meanwhile));
    let look = move |n| match meanwhile.take() {
        Some(meanwhile) => {
            let told = Arc::clone(&told);
            *place.lock() = Some(thread::spawn(move || {
                meanwhile();
                told.store(true, SeqCst);
            }));
        }
        None if n == 1 && told.load(SeqCst) => assert_eq!(seen.items(), items, "told, and not seen"),
        None => {}
    };
    (look, begun)
}

type Thread = Arc<Mutex<Option<thread::JoinHandle<()>>>>;

fn join(thread: &Thread) {
    let thread = thread.lock().take().expect("it has begun");
    thread.join().expect("no panic");
}

#[test]
fn demand_for_what_waits_is_met_while_an_upstream_runs() {
    model(|| {
        let seen = Arc::new(Seen::default());
        let asking = Arc::clone(&seen);
        let (look, asked) = beside(&seen, 1, move || {
            let handle = asking.handle.lock().take().expect("taken in on_subscribe");
            handle.request(Demand::ONE);
            *asking.handle.lock() = Some(handle);
        });
        let merged = Flow::from(computed(0..2, look)).merge(computed(0..0, |_| ()));
        merged.subscribe(Down { seen: Arc::clone(&seen), ask: 0 });
        join(&asked);
        assert_eq!((seen.items(), seen.ends()), (1, [0; 3]));
        drop(seen.handle.lock().take());
        assert_eq!(seen.ends(), [0, 0, 1]);
    });
}

#[test]
fn an_input_elsewhere_does_not_wait_for_one_that_runs() {
    model(|| {
        let (inputs, seen) = (Inputs::default(), Arc::new(Seen::default()));
        let jobs = inputs.clone();
        let (look, told) = beside(&seen, 2, move || jobs.job()());
        let merged = Flow::from(inputs.input(1, Ok(()))).merge(computed(0..2, look));
        let ledger = merged.ledger();
        merged.subscribe(Down { seen: Arc::clone(&seen), ask: 9 });
        join(&told);
        assert_eq!((seen.items(), seen.ends()), (3, [1, 0, 1]));
        settled(&ledger, &inputs);
        drop(seen.handle.lock().take());
    });
}

#[test]
fn a_cancel_is_seen_before_the_next_item_of_a_run() {
    model(|| {
        let seen = Arc::new(Seen::default());
        let (cancelling, looking) = (Arc::clone(&seen), Arc::new(AtomicBool::new(false)));
        let (begun, seen_late) = (Thread::default(), Arc::clone(&looking));
        let (place, told) = (Arc::clone(&begun), Arc::new(AtomicBool::new(false)));
        // The third item is the first that nothing is told of.
        let look = move |n| match n {
            2 => {
                let (cancelling, told) = (Arc::clone(&cancelling), Arc::clone(&told));
                *place.lock() = Some(thread::spawn(move || {
                    drop(cancelling.handle.lock().take());
                    told.store(true, SeqCst);
                }));
            }
            3 => looking.store(told.load(SeqCst), SeqCst),
            _ => {}
        };
        let merged = Flow::from(computed(0..4, look)).merge(computed(0..0, |_| ()));
        merged.subscribe(Down { seen: Arc::clone(&seen), ask: 9 });
        join(&begun);
        assert!(seen.items() < 4 || !seen_late.load(SeqCst), "cancelled, and not seen");
    });
}

/// Subscribes in a thread of its own, which begins at once.
struct Begun(Inputs, Thread);

impl Publisher for Begun {
    type Item = usize;
    type Error = ();

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = usize, Error = ()> + Send + 'static,
    {
        self.0.input(1, Ok(())).attaches_later().subscribe(subscriber);
        *self.1.lock() = Some(thread::spawn(self.0.job()));
    }
}

#[test]
fn what_an_inner_tells_before_it_is_known_to_run_elsewhere_comes_through() {
    model(|| {
        let (inputs, thread) = (Inputs::default(), Thread::default());
        let (inners, begun) = (inputs.clone(), Arc::clone(&thread));
        let outer = Flow::from(computed(0..1, |_| ()));
        let flow = outer.flat_map_unordered(1, move |_| Begun(inners.clone(), Arc::clone(&begun)));
        let ledger = flow.ledger();
        let (seen, _handle) = subscribe(flow, 2);
        join(&thread);
        assert_eq!((seen.items(), seen.ends()), (1, [1, 0, 1]));
        settled(&ledger, &inputs);
    });
}
