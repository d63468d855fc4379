//! Publishers whose items are not what one expects, and are right: none is accused of its content.

use reactive_streams_core::{Clock, Publisher, Resume, Subscriber, Subscription, Turn};
use reactive_streams_tck::adapt::{iterator, publisher};
use reactive_streams_tck::gallery::{InTask, Synchronous, Ticking};
use reactive_streams_tck::{Env, Fixture, Item, Length, Verdict, verify_publisher};
use std::convert::Infallible;

/// Takes as many items as are asked for, at most four, and delivers them the last one first: the order depends on how
/// they are asked for.
struct LastFirst<I> {
    items: I,
}

struct Taken<I, S> {
    items: I,
    subscriber: S,
    held: Vec<Item>,
    ended: bool,
}

impl<I: Iterator<Item = Item> + Send + 'static> Publisher for LastFirst<I> {
    type Item = Item;
    type Error = Infallible;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        let taken = Taken { items: self.items, subscriber, held: Vec::new(), ended: false };
        subscription.run(Box::new(taken));
    }
}

impl<I, S> Resume for Taken<I, S>
where
    I: Iterator<Item = Item> + Send + 'static,
    S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
{
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        loop {
            if subscription.is_cancelled() {
                return Turn::Done;
            }
            if self.held.is_empty() && !self.ended {
                let wanted = subscription.outstanding().map_or(1, |demand| demand.get().min(4));
                self.held.extend(self.items.by_ref().take(wanted as usize));
                self.ended = (self.held.len() as u64) < wanted;
            }
            match self.held.pop() {
                Some(item) if subscription.is_ready() => subscription.deliver(item, &mut self.subscriber),
                Some(item) => {
                    self.held.push(item);
                    return Turn::Park(self, subscription);
                }
                None if self.ended => {
                    self.subscriber.on_complete(subscription.outstanding());
                    return Turn::Done;
                }
                None => {}
            }
        }
    }
}

/// Nothing is known of it: it is neither `Debug` nor comparable.
struct Opaque {
    _item: Item,
}

#[test]
fn nobody_is_accused_of_items_that_are_unusual() {
    fn judge(name: &str, fixture: &impl Fixture, content: Option<Verdict>) {
        let report = verify_publisher(fixture);
        assert!(report.conforms(), "{name}\n{report}");
        let verdict = report.verdict("1.2/2").expect("it is there");
        match content {
            Some(expected) => assert_eq!(verdict, expected, "{name}"),
            None => assert!(matches!(verdict, Verdict::NotApplicable(_)), "{name}: {verdict}"),
        }
    }
    let known = Some(Verdict::Pass);
    let last_first =
        publisher(|env, length| LastFirst { items: env.items(length) }).capable(|can| can.lazy_completion());
    judge("the last one first", &last_first, None);
    let declared = last_first.capable(|can| can.emits(|position| position).unordered());
    judge("the last one first, as declared", &declared, known);

    let opaque = iterator(|env, length| env.items(length).map(|_item| Opaque { _item }));
    judge("what cannot be shown", &opaque, None);

    let backwards = |env: &Env, length: Length| {
        let (env, end) = (env.clone(), length.get());
        env.items(length).map(move |item| env.item(end - 1 - *item))
    };
    judge("down to nought", &iterator(backwards).capable(|can| can.not_endless()), known);

    let other = iterator(|env, length| {
        let env = env.clone();
        env.items(length).map(move |item| env.item(*item / 2 + 7))
    });
    judge("each twice", &other, known);

    let stamps = publisher(|env, length| {
        let clock = env.clock();
        InTask::new(env, env.items(length).map(move |_| clock.now().as_millis()))
    });
    judge("what time it is", &stamps, known);

    let counted = publisher(|env, length| Ticking::new(env, env.items(length)));
    judge("each ten milliseconds", &counted, known);

    let parity = publisher(|env, length| {
        let env = env.clone();
        // The even half of each eight, and then the odd one.
        Synchronous::new(env.clone().items(length).map(move |item| {
            let (block, at) = (*item / 8, *item % 8);
            env.item(block * 8 + if at < 4 { 2 * at } else { 2 * (at - 4) + 1 })
        }))
    });
    judge("even before odd", &parity, known);
}
