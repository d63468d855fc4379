//! How it grows: deep chains, many streams at once, many subscribers, more threads. Each figure is the best of five rounds.

mod deep;
mod idle;
mod parallel;
mod subscribers;

pub use idle::idle_here;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;

type Topic = (&'static str, fn() -> Value);

/// All of it: topics, each with rows of named figures.
pub fn scale() -> Value {
    let topics: [Topic; 4] = [
        (
            "deep chains: 1,000 maps, boxed every ten, 1,000 items, on a thread with the usual stack",
            deep::deep,
        ),
        ("100,000 idle streams, each with a timer of an hour", idle::idle),
        (
            "many subscribers of one publisher, 800,000 deliveries in all, on one thread",
            subscribers::subscribers,
        ),
        ("work that keeps a processor busy, shared by tasks, in order unless said", parallel::parallel),
    ];
    let run = |(title, topic): Topic| {
        eprint!("{title} ... ");
        let started = Instant::now();
        let rows = topic();
        eprintln!("{:.1} s", started.elapsed().as_secs_f64());
        json!({ "title": title, "rows": rows })
    };
    topics.into_iter().map(run).collect()
}

/// What each of `ways` takes, all of them in turn in each round.
fn best(ways: &[(&str, &dyn Fn() -> u64)]) -> Vec<Duration> {
    let mut best = vec![Duration::MAX; ways.len()];
    let mut sums = vec![0; ways.len()];
    for _ in 0..ROUNDS {
        for (at, (_, run)) in ways.iter().enumerate() {
            let started = Instant::now();
            sums[at] = run();
            best[at] = best[at].min(started.elapsed());
        }
    }
    assert!(sums.windows(2).all(|pair| pair[0] == pair[1]), "the sums differ: {sums:?}");
    best
}

/// One row of figures, to three places, in this order.
fn row(what: &str, figures: &[(&str, f64)]) -> Value {
    let three = |(name, figure): &(&str, f64)| json!([name, (figure * 1000.0).round() / 1000.0]);
    json!({ "what": what, "figures": figures.iter().map(three).collect::<Vec<_>>() })
}
