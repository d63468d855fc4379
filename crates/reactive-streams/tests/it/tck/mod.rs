//! The conformance kit over every source and operator: sources and stages here, the rest in modules.

mod elsewhere;
mod joined;
mod operators;
mod queues;
mod sinks;

use futures_util::stream;
use reactive_streams::{
    BoxPublisher, Flow, Overflow, Publisher, Sent, Spawn, defer, empty, fail, from_fn, from_future,
    from_stream, from_try_stream, iter, lines, once, pending, try_channel,
};
use reactive_streams_tck::gallery::{Broken, InTask, Synchronous};
use reactive_streams_tck::{Capabilities, Env, Fixture, Item, Length, conformance};
use std::future::ready;

/// A source: how to make one of a length.
struct Source<C>(C, Capabilities);

fn source<C, P>(create: C) -> Source<C>
where
    C: Fn(&Env, Length) -> P,
    P: Publisher,
{
    Source(create, Capabilities::new())
}

impl<C> Source<C> {
    fn with(self, change: impl FnOnce(Capabilities) -> Capabilities) -> Self {
        Self(self.0, change(self.1))
    }
}

impl<C, P> Fixture for Source<C>
where
    C: Fn(&Env, Length) -> P,
    P: Publisher,
{
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        (self.0)(env, length)
    }

    fn capabilities(&self) -> Capabilities {
        self.1.clone()
    }
}

/// What an operator is put behind.
type Upstream = Flow<BoxPublisher<Item, Broken>>;

/// An operator: how to put it behind a source so that a number of items come out.
struct Stage<F> {
    put: F,
    in_task: bool,
    /// How many items go in so that this many come out.
    upstream: fn(u64) -> u64,
    /// How many more there are, which it cuts off.
    cut_off: u64,
    capabilities: Capabilities,
}

fn stage<F, P>(put: F) -> Stage<F>
where
    F: Fn(Upstream, u64, &Env) -> P,
    P: Publisher,
{
    Stage { put, in_task: false, upstream: |n| n, cut_off: 0, capabilities: Capabilities::new() }
}

impl<F> Stage<F> {
    fn in_task(self) -> Self {
        Self { in_task: true, ..self }
    }

    fn upstream(self, upstream: fn(u64) -> u64) -> Self {
        Self { upstream, ..self }
    }

    fn cutting_off(self, cut_off: u64) -> Self {
        Self { cut_off, ..self }
    }

    fn with(self, change: impl FnOnce(Capabilities) -> Capabilities) -> Self {
        Self { capabilities: change(self.capabilities), ..self }
    }
}

impl<F, P> Fixture for Stage<F>
where
    F: Fn(Upstream, u64, &Env) -> P,
    P: Publisher,
{
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        let items = env.items(match length {
            Length::Exactly(n) => Length::Exactly((self.upstream)(n) + self.cut_off),
            Length::Endless => Length::Endless,
        });
        let upstream = match self.in_task {
            false => Flow::from(Synchronous::new(items)).map_err(|never| match never {}).boxed(),
            true => Flow::from(InTask::new(env, items)).map_err(|never| match never {}).boxed(),
        };
        (self.put)(upstream, length.get(), env)
    }

    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        let items = env.items(Length::Exactly((self.upstream)(k)));
        let upstream = match self.in_task {
            false => Flow::from(Synchronous::failing(items)).boxed(),
            true => Flow::from(InTask::failing(env, items)).boxed(),
        };
        Some((self.put)(upstream, u64::MAX, env))
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }
}

/// Fails at once, and can do nothing else.
struct Fails;

impl Fixture for Fails {
    fn create(&self, _: &Env, _: Length) -> impl Publisher {
        empty::<Item>()
    }
    fn create_failing_at(&self, _: &Env, _: u64) -> Option<impl Publisher> {
        Some(fail::<Item, _>(Broken))
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().not_finite().not_endless().failing_at(0..=0)
    }
}

/// Lines of a text, of which the last may be bad.
struct Text;

impl Fixture for Text {
    fn create(&self, _: &Env, length: Length) -> impl Publisher {
        lines(std::io::Cursor::new(b"line\n".repeat(usize::try_from(length.get()).expect("a short text"))))
    }
    fn create_failing_at(&self, _: &Env, k: u64) -> Option<impl Publisher> {
        let mut text = b"line\n".repeat(usize::try_from(k).expect("a short text"));
        text.push(0xff);
        Some(lines(std::io::Cursor::new(text)))
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().lengths(0..=10_000).not_endless().lazy_completion().lazy_failure()
    }
}

/// A producer in a task that waits for room in a channel of this capacity.
struct Produced(usize);

impl Produced {
    fn publisher(&self, env: &Env, length: Length, end: Result<(), Broken>) -> impl Publisher + use<> {
        let items = env.items(length);
        let (sender, flow) = try_channel(self.0, Overflow::Wait);
        env.executor().spawn(Box::pin(async move {
            for item in items {
                if sender.send_async(item).await.is_err() {
                    return;
                }
            }
            if let Err(broken) = end {
                sender.fail(broken);
            }
        }));
        flow
    }
}

impl Fixture for Produced {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        self.publisher(env, length, Ok(()))
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(self.publisher(env, Length::Exactly(k), Err(Broken)))
    }
}

/// A channel that was filled before it is subscribed to, and whose senders have gone.
struct Prefilled;

impl Prefilled {
    fn publisher(env: &Env, n: u64, end: Result<(), Broken>) -> impl Publisher + use<> {
        let (sender, flow) = try_channel(usize::try_from(n).expect("a short stream"), Overflow::DropIncoming);
        for item in env.items(Length::Exactly(n)) {
            assert_eq!(sender.try_send(item), Ok(Sent::Accepted));
        }
        if let Err(broken) = end {
            sender.fail(broken);
        }
        flow
    }
}

impl Fixture for Prefilled {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Self::publisher(env, length.get(), Ok(()))
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Self::publisher(env, k, Err(Broken)))
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().lengths(0..=10_000).failing_at(0..=10_000).not_endless()
    }
}

/// A stream of results in a task.
struct Results;

impl Fixture for Results {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        from_try_stream(stream::iter(env.items(length).map(Ok::<_, Broken>)), env.executor())
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        let items = env.items(Length::Exactly(k)).map(Ok).chain([Err(Broken)]);
        Some(from_try_stream(stream::iter(items), env.executor()))
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().lazy_failure()
    }
}

/// It drops or merges what was not asked for, so that an endless source never returns.
fn lossy(capabilities: Capabilities) -> Capabilities {
    capabilities.lossy().not_endless()
}

/// It learns of its completion from one item more.
fn lazy(capabilities: Capabilities) -> Capabilities {
    capabilities.lazy_completion()
}

/// It learns of its end from upstream only under demand.
fn lazier(capabilities: Capabilities) -> Capabilities {
    capabilities.lazy_completion().lazy_failure()
}

fn always(_: &Item) -> bool {
    true
}

fn even(item: &Item) -> bool {
    (**item).is_multiple_of(2)
}

conformance!(once_source, source(|env, _| once(env.item(0))).with(|can| can.lengths(1..=1).not_endless()));
conformance!(empty_source, source(|_, _| empty::<Item>()).with(|can| can.lengths(0..=0).not_endless()));
conformance!(fail_source, Fails);
conformance!(pending_source, source(|_, _| pending::<Item>()).with(|can| can.not_finite().silent()));
conformance!(iter_source, source(|env, length| iter(env.items(length))));
conformance!(from_fn_source, source(|env, length| generated(env.items(length))).with(lazy));
conformance!(defer_source, source(|env, length| deferred(env.items(length))));
conformance!(lines_source, Text);
conformance!(channel_of_none, Produced(0));
conformance!(channel_of_one, Produced(1));
conformance!(channel_of_four, Produced(4));
conformance!(channel_prefilled, Prefilled);
conformance!(
    from_future_source,
    source(|env, _| from_future(ready(env.item(0)), env.executor()))
        .with(|can| can.lengths(1..=1).not_endless())
);
conformance!(
    from_stream_source,
    source(|env, length| from_stream(stream::iter(env.items(length)), env.executor()))
);
conformance!(from_try_stream_source, Results);

conformance!(map, stage(|flow, _, _| flow.map(|item| item)));
conformance!(map_in_task, stage(|flow, _, _| flow.map(|item| item)).in_task());
conformance!(filter, stage(|flow, _, _| flow.filter(even)).upstream(|n| 2 * n).with(lazier));
conformance!(
    filter_in_task,
    stage(|flow, _, _| flow.filter(even)).upstream(|n| 2 * n).in_task().with(lazier)
);
conformance!(filter_map, stage(|flow, _, _| flow.filter_map(Some)));
conformance!(inspect, stage(|flow, _, _| flow.inspect(|_| {})));
conformance!(
    scan,
    stage(|flow, n, _| flow.scan(n, |left, item| counted(left).then_some(item))).cutting_off(3).with(lazy)
);
conformance!(skip, stage(|flow, _, _| flow.skip(3)).upstream(|n| n + 3).with(lazier));
conformance!(take, stage(|flow, n, _| flow.take(n)).cutting_off(3));
conformance!(take_in_task, stage(|flow, n, _| flow.take(n)).cutting_off(3).in_task());
conformance!(
    take_while,
    stage(|flow, n, _| flow.take_while(move |item| **item < n)).cutting_off(3).with(lazy)
);
conformance!(map_err, stage(|flow, _, _| flow.map_err(|error| vec![error])));
#[cfg(feature = "tracing")]
conformance!(traced, stage(|flow, _, _| flow.traced("stage")));
conformance!(boxed, stage(|flow, _, _| flow.boxed()));
conformance!(several_stages, stage(|flow, n, _| flow.map(|item| item).filter(always).skip(0).take(n)));

/// Counts down; false at zero.
fn counted(left: &mut u64) -> bool {
    let more = *left > 0;
    *left = left.saturating_sub(1);
    more
}

fn generated(mut items: impl Iterator<Item = Item> + Send + 'static) -> impl Publisher {
    from_fn(move || items.next())
}

fn deferred(items: impl Iterator<Item = Item> + Send + 'static) -> impl Publisher {
    defer(move || iter(items))
}

/// The manifest: each source is put through the publisher suite, each operator through that for processors, and each end
/// or bridge through that for subscribers.
#[test]
fn no_operator_is_left_out() {
    // What is no publisher and no subscriber.
    const OTHERS: &[&str] = &["mod", "slot", "door", "system", "terminal"];
    let publishers = [
        include_str!("mod.rs"),
        include_str!("elsewhere.rs"),
        include_str!("joined.rs"),
        include_str!("queues.rs"),
    ];
    let mut missing = Vec::new();
    for (folder, name) in OPERATORS {
        let mut files: Vec<String> =
            std::fs::read_dir(format!("{}/src/{folder}", env!("CARGO_MANIFEST_DIR")))
                .expect("the folder is there")
                .map(|file| file.expect("it can be listed").path())
                .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
                .collect();
        files.retain(|file| !OTHERS.contains(&file.as_str()));
        assert!(!files.is_empty(), "{folder}");
        for file in files {
            let calls = |text: &str| {
                [format!("{name}{file}("), format!("{name}{file}::<")].iter().any(|call| text.contains(call))
            };
            let source = publishers.iter().any(|text| text.contains(&format!(" {file}(")) || calls(text));
            let tested = match *folder {
                "source" => source,
                "sink" => calls(include_str!("sinks.rs")),
                "time" => source || calls(include_str!("operators.rs")),
                _ => calls(include_str!("operators.rs")),
            };
            if !tested {
                missing.push(format!("{folder}/{file}"));
            }
        }
    }
    assert_eq!(missing, [""; 0]);
}

/// The folders, and how what is in them is called.
const OPERATORS: &[(&str, &str)] = &[
    ("source", ""),
    ("sink", "."),
    ("transform", "."),
    ("pressure", "."),
    ("combine", "."),
    ("time", "."),
    ("boundary", "."),
    ("failure", "."),
    ("multicast", "."),
];
