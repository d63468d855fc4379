//! The ten invariants of overflow, for every operator that can hold or lose an item: random sequences of request,
//! next, complete, error, cancel and time, each step compared with a naive model.
//!
//! 1. emitted ≤ requested, always: nothing goes out that the model, which has the demand, does not let out;
//! 2. received = emitted + held + merged + Σ dropped, after each step: all counters equal the model's;
//! 3. the capacity is exact, 0 among them: what is held and dropped equals the model's;
//! 4. waiting has no more outstanding than free room and unmet demand, and something if there is any of them;
//! 5. completion comes after the held items, and without demand when there are none;
//! 6. an error likewise, or cuts them off, as its policy says, with and without a hook;
//! 7. at a cancel each held item is dropped once and counted, though handles are still held (under no lock: the
//!    debug check of the lock itself sees to that);
//! 8. a hook that panics ends the stream once, and nothing follows;
//! 9. survivors keep their order;
//! 10. an item that is taken out and not delivered, since its subscriber panics or cancels there, is accounted for.
//!
//! An operator joins with a line in one of the tables: how to build it, and its model. `share`, with its many
//! subscribers, has models of its own in `lanes`.

mod harness;
mod joins;
mod lanes;
mod model;
mod seen;

use harness::{Case, Rig};
use joins::{Join, Joined};
use model::{Kind, Naive};
use reactive_streams::{ErrorPolicy, Flow, Overflow, iter, merge_all};
use reactive_streams_core::shim;
use reactive_streams_test::Scripted;
use std::time::Duration;

type Source = Flow<Scripted<harness::Item, u32>>;

const ERRORS: [ErrorPolicy; 2] = [ErrorPolicy::AfterDrain, ErrorPolicy::Immediate];
const CAPACITIES: [usize; 4] = [0, 1, 2, 5];

fn concat(held: harness::Item, item: harness::Item) -> harness::Item {
    held.map(|ids| ids.into_iter().chain(item.iter().copied()).collect())
}

#[test]
fn buffer_that_waits() {
    for capacity in CAPACITIES {
        for errors in ERRORS {
            let build = move |rig: &mut Rig, source: Source| {
                let flow = source.buffer(capacity).on_error(errors).on_dropped(rig.hook());
                let ledger = flow.ledger();
                rig.run(flow, ledger)
            };
            Case::single(format!("buffer({capacity}), {errors:?}"), build, move |seen| {
                Naive::new(Kind::Waits(capacity), errors, seen)
            })
            .check();
        }
    }
}

#[test]
fn buffer_that_drops() {
    for overflow in [Overflow::DropOldest, Overflow::DropIncoming, Overflow::ReplaceNewest, Overflow::Clear] {
        for capacity in CAPACITIES {
            for errors in ERRORS {
                let build = move |rig: &mut Rig, source: Source| {
                    let flow = source.buffer(capacity).overflow(overflow).on_error(errors);
                    let flow = flow.on_dropped(rig.hook());
                    let ledger = flow.ledger();
                    rig.run(flow, ledger)
                };
                Case::single(format!("buffer({capacity}), {overflow:?}, {errors:?}"), build, move |seen| {
                    Naive::new(Kind::Drops(capacity, overflow), errors, seen)
                })
                .check();
            }
        }
    }
}

#[test]
fn buffer_that_fails() {
    for capacity in CAPACITIES {
        for errors in ERRORS {
            let build = move |rig: &mut Rig, source: Source| {
                let flow = source.buffer(capacity).or_fail().on_error(errors).on_dropped(rig.hook());
                let ledger = flow.ledger();
                rig.run(flow, ledger)
            };
            Case::single(format!("buffer({capacity}).or_fail(), {errors:?}"), build, move |seen| {
                Naive::new(Kind::Fails(capacity), errors, seen)
            })
            .check();
        }
    }
}

#[test]
fn on_backpressure_drop() {
    let build = |rig: &mut Rig, source: Source| {
        let flow = source.on_backpressure_drop(rig.hook());
        let ledger = flow.ledger();
        rig.run(flow, ledger)
    };
    Case::single("on_backpressure_drop", build, |seen| {
        Naive::new(Kind::Drops(0, Overflow::DropIncoming), ErrorPolicy::AfterDrain, seen)
    })
    .check();
}

#[test]
fn conflate() {
    for errors in ERRORS {
        let build = move |rig: &mut Rig, source: Source| {
            let flow = source.conflate(concat).on_error(errors).on_dropped(rig.hook());
            let ledger = flow.ledger();
            rig.run(flow, ledger)
        };
        Case::single(format!("conflate, {errors:?}"), build, move |seen| {
            Naive::new(Kind::Folds, errors, seen)
        })
        .check();
    }
}

#[test]
fn latest() {
    for errors in ERRORS {
        let build = move |rig: &mut Rig, source: Source| {
            let flow = source.latest().on_error(errors).on_dropped(rig.hook());
            let ledger = flow.ledger();
            rig.run(flow, ledger)
        };
        Case::single(format!("latest, {errors:?}"), build, move |seen| {
            Naive::new(Kind::Newest, errors, seen)
        })
        .check();
    }
}

#[test]
fn sample() {
    for errors in ERRORS {
        let build = move |rig: &mut Rig, source: Source| {
            let period = Duration::from_millis(10);
            let flow = source.sample(period, rig.clock()).on_error(errors).on_dropped(rig.hook());
            let ledger = flow.ledger();
            rig.run(flow, ledger)
        };
        Case::single(format!("sample(10 ms), {errors:?}"), build, move |seen| {
            Naive::new(Kind::Sampled(10), errors, seen)
        })
        .check();
    }
}

#[test]
fn throttle() {
    for errors in ERRORS {
        let build = move |rig: &mut Rig, source: Source| {
            let duration = Duration::from_millis(10);
            let flow = source.throttle(duration, rig.clock()).on_error(errors).on_dropped(rig.hook());
            let ledger = flow.ledger();
            rig.run(flow, ledger)
        };
        Case::single(format!("throttle(10 ms), {errors:?}"), build, move |seen| {
            Naive::new(Kind::Throttled(10), errors, seen)
        })
        .check();
    }
}

#[test]
fn rate_limit() {
    for n in [1, 2, 5] {
        let build = move |rig: &mut Rig, source: Source| {
            let flow = source.rate_limit(n, Duration::from_millis(10), rig.clock());
            let ledger = flow.ledger();
            rig.run(flow, ledger)
        };
        Case::single(format!("rate_limit({n}, 10 ms)"), build, move |seen| {
            Naive::new(Kind::Limited { n: n as u64, millis: 10 }, ErrorPolicy::AfterDrain, seen)
        })
        .check();
    }
}

#[test]
fn chunks() {
    for n in [1, 2, 5] {
        for errors in ERRORS {
            let build = move |rig: &mut Rig, source: Source| {
                let flow = source.chunks(n).on_error(errors).on_dropped(rig.hook());
                let ledger = flow.ledger();
                rig.run(flow, ledger)
            };
            Case::single(format!("chunks({n}), {errors:?}"), build, move |seen| {
                Naive::new(Kind::Chunks(n), errors, seen)
            })
            .check();
        }
    }
}

#[test]
fn limit_rate() {
    for (high, low) in [(1, 0), (2, 1), (5, 1)] {
        let build = move |rig: &mut Rig, source: Source| {
            let flow = source.limit_rate(high, low);
            let ledger = flow.ledger();
            rig.run(flow, ledger)
        };
        Case::single(format!("limit_rate({high}, {low})"), build, move |seen| {
            Naive::new(Kind::Passes { high, low }, ErrorPolicy::AfterDrain, seen)
        })
        .check();
    }
}

#[test]
fn timeout_that_never_elapses() {
    let build = |rig: &mut Rig, source: Source| {
        let flow = source.timeout(Duration::from_secs(1000), rig.clock());
        let ledger = flow.ledger();
        rig.run(flow, ledger)
    };
    Case::single("timeout", build, |seen| {
        Naive::new(Kind::Passes { high: u64::MAX, low: u64::MAX - 1 }, ErrorPolicy::AfterDrain, seen)
    })
    .check();
}

/// The operators with several upstreams that take turns; in the fuzzing mode the turns are drawn by lot.
fn in_turns(check: impl Fn(usize, usize, ErrorPolicy)) {
    for (inputs, prefetch) in [(1, 2), (2, 1), (2, 5), (3, 2)] {
        ERRORS.iter().filter(|_| !shim::fuzzing()).for_each(|errors| check(inputs, prefetch, *errors));
    }
}

#[test]
fn merge() {
    in_turns(|inputs, prefetch, errors| {
        let build = move |rig: &mut Rig, sources| {
            let flow = merge_all::<Vec<Source>>(sources).prefetch(prefetch).on_error(errors);
            let ledger = flow.ledger();
            rig.run(flow, ledger)
        };
        Case::new(
            format!("merge of {inputs}, prefetch {prefetch}, {errors:?}"),
            inputs,
            build,
            move |seen| Joined::new(Join::Any, inputs, prefetch as u64, errors, seen),
        )
        .check();
    });
}

#[test]
fn flat_map_unordered() {
    in_turns(|inputs, prefetch, errors| {
        let build = move |rig: &mut Rig, sources: Vec<Source>| {
            let outer = iter(sources).map_err(|never| match never {});
            let flow = outer.flat_map_unordered(inputs, |inner| inner).prefetch(prefetch).on_error(errors);
            let ledger = flow.ledger();
            rig.run(flow, ledger)
        };
        let name = format!("flat_map_unordered({inputs}), prefetch {prefetch}, {errors:?}");
        Case::new(name, inputs, build, move |seen| {
            Joined::new(Join::Any, inputs, prefetch as u64, errors, seen)
        })
        .check();
    });
}

#[test]
fn zip() {
    for prefetch in [1, 2, 5] {
        for errors in ERRORS {
            let build = move |rig: &mut Rig, mut sources: Vec<Source>| {
                let (right, left) = (sources.pop().expect("two"), sources.pop().expect("two"));
                let flow = left.zip(right).prefetch(prefetch).on_error(errors);
                let ledger = flow.ledger();
                rig.run(flow, ledger)
            };
            Case::new(format!("zip, prefetch {prefetch}, {errors:?}"), 2, build, move |seen| {
                Joined::new(Join::Each, 2, prefetch as u64, errors, seen)
            })
            .check();
        }
    }
}

#[test]
fn map_parallel() {
    for in_flight in [1, 2, 5] {
        let build = move |rig: &mut Rig, source: Source| {
            let flow = source.map_parallel(2, rig.executor(), |item| item).in_flight(in_flight);
            let ledger = flow.ledger();
            rig.run(flow, ledger)
        };
        Case::single(format!("map_parallel(2), {in_flight} in flight"), build, move |seen| {
            Naive::new(Kind::Waits(in_flight), ErrorPolicy::AfterDrain, seen)
        })
        .check();
    }
}

#[test]
fn take_until() {
    let build = |rig: &mut Rig, mut sources: Vec<Source>| {
        let (signal, source) = (sources.pop().expect("two"), sources.pop().expect("two"));
        let flow = source.take_until(signal);
        let ledger = flow.ledger();
        rig.run(flow, ledger)
    };
    Case::new("take_until", 2, build, |seen| Joined::new(Join::Until, 2, 0, ErrorPolicy::AfterDrain, seen))
        .check();
}
