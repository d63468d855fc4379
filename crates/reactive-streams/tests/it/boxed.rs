//! `boxed`.

use crate::local::Local;
use reactive_streams::{BoxPublisher, Demand, Flow, Publisher, iter};
use reactive_streams_test::{Live, probe, scripted};

#[test]
fn a_boxed_publisher_runs_to_completion_and_to_an_error() {
    let (script, publisher) = scripted::<u32, &str>();
    let completed = probe(Flow::from(publisher).boxed());
    completed.request(3);
    script.next(1).expect("there is demand");
    script.complete();
    assert_eq!((completed.items(), completed.is_complete()), (vec![1], true));
    assert_eq!(completed.unused(), Some(Demand::of(2)));
    let (script, publisher) = scripted::<u32, &str>();
    let failed = probe(Flow::from(publisher).boxed());
    script.fail("down");
    assert_eq!((failed.error(), failed.is_dropped()), (Some("down"), true));
}

#[test]
fn a_cancel_passes_and_releases() {
    let live = Live::new();
    let probe = probe(iter([live.item(1), live.item(2)]).boxed());
    probe.request(1);
    drop(probe.items());
    probe.cancel();
    assert!(probe.is_dropped());
    assert_eq!(live.count(), 0);
}

/// Returned without a name, and continued.
fn numbers() -> impl Publisher<Item = u32, Error = std::convert::Infallible> + Send {
    iter(0..9)
}

#[test]
fn what_a_function_returns_goes_on_either_way() {
    let continued: Flow<BoxPublisher<_, _>> = Flow::from(numbers()).filter(|n| n % 2 == 0).boxed();
    let again = continued.boxed().map(|n| n * 10);
    assert_eq!(again.collect::<Vec<_>>().block(), Ok(vec![0, 20, 40, 60, 80]));
}

#[test]
fn a_subscriber_that_cancels_inside_a_callback_gets_no_terminal() {
    let (local, log) = Local::cancelling_at(5, 2);
    iter(0..9).boxed().take(9).boxed().subscribe(local);
    assert_eq!(log.iter().collect::<Vec<_>>(), ["subscribe", "next", "next", "drop"]);
}
