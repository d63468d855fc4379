//! Chains of many operators.

use super::{best, row};
use futures_util::stream::{self, StreamExt};
use reactive_streams::iter;
use serde_json::Value;
use std::convert::identity;
use std::future::ready;
use std::hint::black_box;
use std::thread;

const ITEMS: u64 = 1_000;
/// Chains of ten, each behind a box.
const BOXES: u64 = 100;

pub fn deep() -> Value {
    let ways: [(&str, &dyn Fn() -> u64); 3] =
        [("reactive-streams", &ours), ("futures", &futures), ("Iterator", &iterator)];
    let best = best(&ways);
    let of = |((name, _), taken): (&(&str, _), _)| {
        let each: std::time::Duration = taken;
        let ns = each.as_nanos() as f64 / (ITEMS * BOXES * 10) as f64;
        row(name, &[("ns an item and operator", ns)])
    };
    ways.iter().zip(best).map(of).collect()
}

/// A thread of two mebibytes, as std starts them; that it returns shows that it did not overflow.
fn on_a_thread(run: fn() -> u64) -> u64 {
    thread::spawn(run).join().expect("it does not panic")
}

fn add(x: u64) -> u64 {
    black_box(x).wrapping_add(1)
}

fn ours() -> u64 {
    on_a_thread(|| {
        let ten = |flow: reactive_streams::Flow<_>| {
            let five = flow.map(add).map(add).map(add).map(add).map(add);
            five.map(add).map(add).map(add).map(add).map(add).boxed()
        };
        let chain = (0..BOXES).fold(iter(0..ITEMS).map(identity).boxed(), |flow, _| ten(flow));
        let Ok(sum) = chain.fold(0, u64::wrapping_add).block();
        sum
    })
}

fn futures() -> u64 {
    on_a_thread(|| {
        let ten = |stream: stream::BoxStream<'static, u64>| {
            let five = stream.map(add).map(add).map(add).map(add).map(add);
            five.map(add).map(add).map(add).map(add).map(add).boxed()
        };
        let chain = (0..BOXES).fold(stream::iter(0..ITEMS).boxed(), |stream, _| ten(stream));
        futures_executor::block_on(chain.fold(0u64, |sum, x| ready(sum.wrapping_add(x))))
    })
}

fn iterator() -> u64 {
    on_a_thread(|| {
        let ten = |items: Box<dyn Iterator<Item = u64>>| {
            let five = items.map(add).map(add).map(add).map(add).map(add);
            Box::new(five.map(add).map(add).map(add).map(add).map(add)) as Box<dyn Iterator<Item = u64>>
        };
        let start = Box::new(0..ITEMS) as Box<dyn Iterator<Item = u64>>;
        (0..BOXES).fold(start, |items, _| ten(items)).fold(0, u64::wrapping_add)
    })
}
