//! What the command can judge: the gallery of the kit, and some that are flawed on purpose.

use crate::flawed::{Flaw, Flawed, Silenced, Unasking};
use reactive_streams_core::{Publisher, Subscriber};
use reactive_streams_tck::adapt::publisher;
use reactive_streams_tck::gallery::{Broken, Buffered, Consuming, InTask, Synchronous, Ticking};
use reactive_streams_tck::{
    Contract, Env, Errors, Fixture, Hooks, Item, Length, Options, ProcessorFixture, Report,
    SubscriberCapabilities, SubscriberFixture, Suite, Upstream, replay_processor, replay_publisher,
    replay_subscriber, verify_processor_with, verify_publisher_with, verify_subscriber_with,
};
use std::fmt::Write as _;

/// One of the gallery.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) suite: Suite,
    /// The check that shows its flaw.
    pub(crate) flaw: Option<&'static str>,
    /// All of it, or the scenario of a string.
    pub(crate) judge: fn(&Options, Option<&str>) -> Report,
}

/// The correct ones first.
pub(crate) const GALLERY: &[Entry] = &[
    correct("synchronous", "signals on the thread that asks", Suite::Publisher, |options, replay| {
        publish(
            publisher(|env, length| Synchronous::new(env.items(length)))
                .failing(|env, k| Synchronous::failing(env.items(Length::Exactly(k))))
                .named("synchronous"),
            options,
            replay,
        )
    }),
    correct("in-task", "signals from a task, one item a poll", Suite::Publisher, |options, replay| {
        publish(
            publisher(|env, length| InTask::new(env, env.items(length)))
                .failing(|env, k| InTask::failing(env, env.items(Length::Exactly(k))))
                .named("in-task"),
            options,
            replay,
        )
    }),
    correct(
        "ticking",
        "signals an item each ten milliseconds of a clock",
        Suite::Publisher,
        |options, replay| {
            publish(
                publisher(|env, length| Ticking::new(env, env.items(length)))
                    .failing(|env, k| Ticking::failing(env, env.items(Length::Exactly(k))))
                    .named("ticking"),
                options,
                replay,
            )
        },
    ),
    correct(
        "consuming",
        "asks in batches of eight, and can be told to leave",
        Suite::Subscriber,
        |options, replay| subscribe(&Batches, options, replay),
    ),
    correct("buffered", "holds four items for a slow subscriber", Suite::Processor, |options, replay| {
        process(&FourHeld, options, replay)
    }),
    flawed(
        "one-too-many",
        "one item more than was asked for",
        Suite::Publisher,
        "1.1/2",
        |options, replay| publish(Flawed::fixture("one-too-many", Flaw::OneTooMany), options, replay),
    ),
    flawed("never-completes", "waits behind its last item", Suite::Publisher, "1.5/1", |options, replay| {
        publish(Flawed::fixture("never-completes", Flaw::NeverCompletes), options, replay)
    }),
    flawed(
        "deaf",
        "looks at the demand once, and at no cancel",
        Suite::Publisher,
        "3-iii/1",
        |options, replay| publish(Flawed::fixture("deaf", Flaw::Deaf), options, replay),
    ),
    flawed("hungry", "waits until two items are asked for", Suite::Publisher, "3.8/1", |options, replay| {
        publish(Flawed::fixture("hungry", Flaw::Hungry), options, replay)
    }),
    flawed(
        "clinging",
        "keeps its subscriber after a cancel",
        Suite::Publisher,
        "3.13/1",
        |options, replay| publish(Flawed::fixture("clinging", Flaw::Clinging), options, replay),
    ),
    flawed(
        "bottomless",
        "drops a long list, each element inside the one before",
        Suite::Publisher,
        "3.3/1",
        |options, replay| publish(Flawed::fixture("bottomless", Flaw::Bottomless), options, replay),
    ),
    flawed(
        "never-asks",
        "takes the subscription, and asks for nothing",
        Suite::Subscriber,
        "2.1/1",
        |options, replay| subscribe(&NeverAsks, options, replay),
    ),
    flawed("silenced", "turns a failure into an end", Suite::Processor, "4.2/1", |options, replay| {
        process(&Silencing, options, replay)
    }),
];

const fn correct(
    name: &'static str,
    what: &'static str,
    suite: Suite,
    judge: fn(&Options, Option<&str>) -> Report,
) -> Entry {
    Entry { name, what, suite, flaw: None, judge }
}

const fn flawed(
    name: &'static str,
    what: &'static str,
    suite: Suite,
    check: &'static str,
    judge: fn(&Options, Option<&str>) -> Report,
) -> Entry {
    Entry { name, what, suite, flaw: Some(check), judge }
}

#[allow(clippy::needless_pass_by_value, reason = "it is made on the spot")]
fn publish<F: Fixture>(fixture: F, options: &Options, replay: Option<&str>) -> Report {
    match replay {
        Some(string) => replay_publisher(&fixture, string, options),
        None => verify_publisher_with(&fixture, options),
    }
}

fn subscribe(fixture: &impl SubscriberFixture, options: &Options, replay: Option<&str>) -> Report {
    match replay {
        Some(string) => replay_subscriber(fixture, string, options),
        None => verify_subscriber_with(fixture, options),
    }
}

fn process(fixture: &impl ProcessorFixture, options: &Options, replay: Option<&str>) -> Report {
    match replay {
        Some(string) => replay_processor(fixture, string, options),
        None => verify_processor_with(fixture, options),
    }
}

/// The gallery, one a line.
pub(crate) fn table() -> String {
    let mut text = format!("{:<16} {:<11} {:<10}  what it does\n", "name", "suite", "breaks");
    for Entry { name, what, suite, flaw, .. } in GALLERY {
        let _ = writeln!(text, "{name:<16} {suite:<11} {:<10}  {what}", flaw.unwrap_or("nothing"));
    }
    text
}

struct Batches;

impl SubscriberFixture for Batches {
    fn create(
        &self,
        _env: &Env,
        hooks: &Hooks,
    ) -> impl Subscriber<Item = Item, Error = Broken> + Send + 'static {
        let (subscriber, remote) = Consuming::new(8, hooks.done());
        hooks.on_leave(move || remote.leave());
        subscriber
    }

    fn name(&self) -> String {
        "consuming".to_owned()
    }
}

struct NeverAsks;

impl SubscriberFixture for NeverAsks {
    fn create(
        &self,
        _env: &Env,
        hooks: &Hooks,
    ) -> impl Subscriber<Item = Item, Error = Broken> + Send + 'static {
        Unasking(hooks.done())
    }

    fn name(&self) -> String {
        "never-asks".to_owned()
    }

    fn capabilities(&self) -> SubscriberCapabilities {
        SubscriberCapabilities::new().never_leaves()
    }
}

struct FourHeld;

impl ProcessorFixture for FourHeld {
    fn create(&self, env: &Env, upstream: Upstream) -> impl Publisher {
        Buffered::new(env, upstream, 4)
    }

    fn contract(&self) -> Contract {
        Contract::identity().bound(4).errors(Errors::Delayed)
    }

    fn name(&self) -> String {
        "buffered".to_owned()
    }
}

struct Silencing;

impl ProcessorFixture for Silencing {
    fn create(&self, _env: &Env, upstream: Upstream) -> impl Publisher {
        Silenced(upstream)
    }

    fn contract(&self) -> Contract {
        Contract::identity()
    }

    fn name(&self) -> String {
        "silenced".to_owned()
    }
}
