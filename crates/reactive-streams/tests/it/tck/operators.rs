//! Every operator as a processor: both of its sides, its model, its bound, its errors. One line each.

use super::*;
use reactive_streams_core::shim::Mutex;
use reactive_streams_tck::{Contract, End, Errors, Operator, Upstream as Above, verify_processor};
use std::sync::Arc;
use std::time::Duration;

const PERIOD: Duration = Duration::from_millis(10);
const NEVER: Duration = Duration::from_secs(100);

/// Puts the operator through the suite.
fn conforms<P: Publisher>(contract: Contract, put: impl Fn(Flow<Above>, &Env) -> P) {
    verify_processor(&Operator::new(contract, |env, upstream| put(Flow::from(upstream), env)))
        .assert_conforms();
}

fn identity() -> Contract {
    Contract::identity()
}

/// It holds so many items or has them on order, and tells of a failure after them.
fn queue(items: u64) -> Contract {
    identity().bound(items).errors(Errors::Delayed)
}

fn lossy_queue() -> Contract {
    identity().lossy().errors(Errors::Delayed)
}

/// It learns of its end only when it is asked for one item more.
fn lazily(contract: Contract) -> Contract {
    contract.capable(|out| out.lazy_completion().lazy_failure())
}

fn first(n: usize) -> Contract {
    Contract::whole(move |items, _| items.iter().take(n).copied().collect())
}

/// Of what comes at once it passes one on.
fn sampled() -> Contract {
    lossy_queue().capable(|out| out.exclude("3.3/1", "it never has many items in a row"))
}

fn none() -> Flow<BoxPublisher<Item, Broken>> {
    empty::<Item>().map_err(|never| match never {}).boxed()
}

fn one(item: Item) -> Flow<BoxPublisher<Item, Broken>> {
    once(item).map_err(|never| match never {}).boxed()
}

#[test]
fn map() {
    conforms(Contract::each(|n| Some(n * 3)), |flow, _| flow.map(|item| *item * 3));
}

#[test]
fn filter() {
    let evens = Contract::each(|n| n.is_multiple_of(2).then_some(n));
    conforms(lazily(evens), |flow, _| flow.filter(even));
}

#[test]
fn filter_map() {
    let halves = Contract::each(|n| n.is_multiple_of(2).then_some(n / 2));
    conforms(lazily(halves), |flow, _| flow.filter_map(|item| even(&item).then(|| *item / 2)));
}

#[test]
fn inspect() {
    conforms(identity(), |flow, _| flow.inspect(|_| {}));
}

#[test]
fn scan() {
    let sums =
        Contract::whole(|items, _| (1..=items.len()).map(|n| items[..n].iter().sum::<u64>()).collect());
    let sum = |sum: &mut u64, item: Item| {
        *sum += *item;
        Some(*sum)
    };
    conforms(sums, move |flow, _| flow.scan(0, sum));
}

#[test]
fn scan_that_stops() {
    let contract = first(7).capable(Capabilities::lazy_completion);
    conforms(contract, |flow, _| flow.scan(7, |left, item| counted(left).then_some(item)));
}

#[test]
fn skip() {
    let rest = Contract::whole(|items, _| items.iter().skip(3).copied().collect());
    conforms(lazily(rest).bound(3), |flow, _| flow.skip(3));
}

#[test]
fn take() {
    conforms(first(5), |flow, _| flow.take(5));
}

#[test]
fn take_while() {
    let contract = first(7).capable(Capabilities::lazy_completion);
    conforms(contract, |flow, _| flow.take_while(|item| **item < 7));
}

#[test]
fn map_err() {
    conforms(identity().errors(Errors::Translated), |flow, _| flow.map_err(|error| vec![error]));
}

#[cfg(feature = "tracing")]
#[test]
fn traced() {
    conforms(identity(), |flow, _| flow.traced("stage"));
}

#[test]
fn boxed() {
    conforms(identity(), |flow, _| flow.boxed());
}

#[test]
fn several_stages() {
    let odd = Contract::each(|n| (n % 2 == 1).then_some(n + 1)).bound(1);
    conforms(lazily(odd), |flow, _| flow.skip(1).filter(|item| !even(item)).map(|item| *item + 1));
}

#[test]
fn chunks() {
    let pairs = |items: &[u64], _| items.chunks(2).map(<[u64]>::to_vec).collect();
    let contract = Contract::whole(pairs).inputs_per_output(2).errors(Errors::Delayed);
    conforms(lazily(contract).bound(1), |flow, _| flow.chunks(2));
}

#[test]
fn flat_map() {
    conforms(queue(1), |flow, _| flow.flat_map(one));
}

#[test]
fn flat_map_iter() {
    let twice = Contract::each(|n| [n, n]);
    conforms(twice.errors(Errors::Delayed).bound(1), |flow, _| flow.flat_map_iter(|item| [*item, *item]));
}

#[test]
fn flat_map_unordered() {
    conforms(queue(3).unordered().errors(Errors::Passed), |flow, _| flow.flat_map_unordered(3, one));
}

#[test]
fn buffer() {
    conforms(queue(2), |flow, _| flow.buffer(2));
    conforms(queue(0), |flow, _| flow.buffer(0));
}

#[test]
fn buffer_that_drops() {
    for overflow in [Overflow::DropOldest, Overflow::DropIncoming, Overflow::ReplaceNewest, Overflow::Clear] {
        conforms(lossy_queue(), move |flow, _| flow.buffer(2).overflow(overflow));
    }
    conforms(lossy_queue(), |flow, _| flow.on_backpressure_drop(drop));
}

#[test]
fn conflate() {
    conforms(lossy_queue(), |flow, _| flow.conflate(|_, new| new));
}

#[test]
fn latest() {
    conforms(lossy_queue(), |flow, _| flow.latest());
}

#[test]
fn limit_rate() {
    conforms(identity(), |flow, _| flow.limit_rate(4, 2));
}

#[test]
fn publish_on() {
    conforms(queue(2), |flow, env| flow.publish_on(env.executor(), 2));
    conforms(queue(1), |flow, env| flow.publish_on(env.executor(), 1));
}

#[test]
fn map_parallel() {
    conforms(queue(4), |flow, env| flow.map_parallel(2, env.executor(), |item| item));
    conforms(queue(1), |flow, env| {
        flow.map_parallel(1, env.executor(), |item| item).unordered().in_flight(1)
    });
}

/// With one subscriber it asks for nothing ahead.
#[test]
fn share() {
    conforms(identity(), |flow, _| flow.share(2, Overflow::Wait));
    conforms(identity(), |flow, _| flow.share(2, Overflow::DropOldest));
    conforms(identity().errors(Errors::Translated), |flow, _| flow.share_or_fail(2));
}

#[test]
fn subscribe_on() {
    conforms(identity(), |flow, env| flow.subscribe_on(env.executor()));
}

/// A stream is no publisher: it is asked through one that polls it.
#[test]
fn into_stream() {
    conforms(lazily(queue(3)), |flow, env| from_try_stream(flow.into_stream(2), env.executor()));
}

#[test]
fn sample() {
    conforms(sampled(), |flow, env| flow.sample(PERIOD, env.clock()));
}

#[test]
fn throttle() {
    conforms(sampled(), |flow, env| flow.throttle(PERIOD, env.clock()));
}

#[test]
fn rate_limit() {
    conforms(identity(), |flow, env| flow.rate_limit(1_000_000, PERIOD, env.clock()));
    conforms(identity(), |flow, env| flow.rate_limit(2, PERIOD, env.clock()));
}

#[test]
fn timeout() {
    conforms(identity().errors(Errors::Translated), |flow, env| flow.timeout(NEVER, env.clock()));
}

#[test]
fn chain() {
    conforms(identity(), |flow, _| flow.chain(none()));
    conforms(identity(), |flow, _| none().chain(flow));
}

#[test]
fn or_else() {
    conforms(identity(), |flow, _| flow.or_else(fail::<Item, Broken>));
    let recovered = Contract::whole(|items, end| match end {
        End::Completed => items.to_vec(),
        End::Failed => items.iter().copied().chain([77]).collect(),
    });
    conforms(recovered.errors(Errors::Recovered), |flow, env| {
        let (env, other) = (env.clone(), 77);
        flow.or_else(move |_| once(env.item(other)))
    });
}

/// What can be subscribed to again, and has nothing left then.
#[test]
fn retry() {
    conforms(identity(), |flow, _| {
        let once_only = Arc::new(Mutex::new(Some(flow.boxed())));
        defer(move || once_only.lock().take().unwrap_or_else(|| fail(Broken).boxed())).retry(3)
    });
}

#[test]
fn merge() {
    conforms(queue(32), |flow, _| flow.merge(none()));
    conforms(queue(32), |flow, _| none().merge(flow));
}

#[test]
fn zip() {
    let other = || iter(0..).map_err(|never| match never {});
    // With nobody to ask, an input that only waits for demand goes, and takes the stream with it.
    let ends = |out: Capabilities| out.exclude("3-iv/1", "one of its inputs never ends");
    let contract = queue(32).errors(Errors::Passed).capable(ends);
    conforms(contract, move |flow, _| flow.zip(other()).map(|(item, _)| item));
}

#[test]
fn take_until() {
    conforms(identity(), |flow, _| flow.take_until(pending::<()>().map_err(|never| match never {})));
}
