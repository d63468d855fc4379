//! Items of types that the kit has never heard of: the model, or what is said to come, is of the same type and shows them.

use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};
use reactive_streams_tck::adapt::iterator;
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{
    Contract, Item, Operator, ProcessorFixture, Verdict, processor_conformance, verify_processor,
    verify_publisher,
};

struct Mapped<P, F> {
    upstream: P,
    map: F,
}

struct Mapping<S, F> {
    downstream: S,
    map: F,
}

impl<P, F, O> Publisher for Mapped<P, F>
where
    P: Publisher<Item = Item, Error = Broken>,
    F: Fn(Item) -> O + Send + 'static,
    O: Send + 'static,
{
    type Item = O;
    type Error = Broken;

    fn subscribe<S>(self, downstream: S)
    where
        S: Subscriber<Item = O, Error = Broken> + Send + 'static,
    {
        self.upstream.subscribe(Mapping { downstream, map: self.map });
    }
}

impl<S, F> Subscriber for Mapping<S, F>
where
    S: Subscriber<Error = Broken>,
    F: Fn(Item) -> S::Item,
{
    type Item = Item;
    type Error = Broken;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.downstream.on_subscribe(subscription);
    }

    fn on_next(&mut self, item: Item, subscription: &mut Subscription) {
        self.downstream.on_next((self.map)(item), subscription);
    }

    fn on_error(self, error: Broken, unused: Option<Demand>) {
        self.downstream.on_error(error, unused);
    }

    fn on_complete(self, unused: Option<Demand>) {
        self.downstream.on_complete(unused);
    }
}

#[derive(Debug)]
struct Reading {
    #[allow(dead_code, reason = "Debug reads it")]
    number: u64,
    #[allow(dead_code, reason = "Debug reads it")]
    even: bool,
}

fn reading(number: u64) -> Reading {
    Reading { number, even: number.is_multiple_of(2) }
}

fn readings<O: Send + 'static>(map: fn(Item) -> O) -> impl ProcessorFixture {
    Operator::new(Contract::each(|n| [reading(n)]), move |_, upstream| Mapped { upstream, map })
}

processor_conformance!(own, readings(|item| reading(*item)));

#[test]
fn items_of_the_fixtures_own_type_are_compared() {
    let wrong = verify_processor(&readings(|item| Reading { even: *item != 2, ..reading(*item) }));
    assert_eq!(wrong.verdict("4.1/1"), Some(Verdict::Fail), "{wrong}");
    assert!(wrong.to_string().contains("expected  Reading { number: 1, even: false }"), "{wrong}");

    let source = iterator(|env, length| env.items(length).map(|item| reading(*item)));
    let honest = source.capable(|can| can.emits(reading));
    assert_eq!(verify_publisher(&honest).verdict("1.2/2"), Some(Verdict::Pass));
    let wrong = honest.capable(|can| can.emits(|at| reading(at + 1)));
    assert_eq!(verify_publisher(&wrong).verdict("1.2/2"), Some(Verdict::Fail));
}

#[test]
fn items_that_nobody_can_show_are_counted() {
    struct Opaque(#[allow(dead_code, reason = "it is kept alive")] Item);
    let opaque = verify_processor(&readings(Opaque));
    assert!(opaque.conforms(), "{opaque}");
    let why = "its items are of a type that the kit cannot show, and so cannot compare";
    assert_eq!(opaque.verdict("4.1/1"), Some(Verdict::NotApplicable(why)));
    assert_eq!(opaque.verdict("4.1/2"), Some(Verdict::Pass));

    let contract = Contract::each(|n| (0..=n % 2).map(reading).collect::<Vec<_>>());
    let too_few = verify_processor(&Operator::new(contract, |_, upstream| Mapped { upstream, map: Opaque }));
    assert_eq!(too_few.verdict("4.1/2"), Some(Verdict::Fail), "{too_few}");
    let contract = Contract::each(|n| n.is_multiple_of(2).then(|| reading(n)));
    let too_many = verify_processor(&Operator::new(contract, |_, upstream| Mapped { upstream, map: Opaque }));
    assert_eq!(too_many.verdict("4.1/2"), Some(Verdict::Fail), "{too_many}");
}
