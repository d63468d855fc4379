//! Streams that make their items themselves, and combinators.

use crate::Subject;
use futures::future::{Future, FutureExt, ready};
use futures::stream::{self, Stream, StreamExt};
use reactive_streams_tck::adapt::{fused_stream, stream};
use reactive_streams_tck::{Env, Fixture, Item, Length, verify_publisher};

pub(crate) const ALL: &[Subject] = &[
    Subject::new("futures", "iter", "`stream::iter`", || verify_publisher(&iter())),
    Subject::new("futures", "unfold", "`stream::unfold`, fused", || verify_publisher(&unfold())),
    Subject::new("futures", "select", "`stream::select` of two halves", || verify_publisher(&select())),
    Subject::new("futures", "buffered", "`buffered(3)` of futures that yield", || {
        verify_publisher(&buffered())
    }),
    Subject::new("futures", "buffer_unordered", "`buffer_unordered(3)` of the same", || {
        verify_publisher(&buffer_unordered())
    }),
    Subject::new("futures", "flatten_unordered", "`flatten_unordered(3)` of one-item streams", || {
        verify_publisher(&flatten_unordered())
    }),
    Subject::new("futures", "peekable", "`peekable`, `skip_while` and `chain`, fused", || {
        verify_publisher(&combined())
    }),
    Subject::new("futures-lite", "or", "`stream::or` of two halves", || verify_publisher(&lite_or()))
        .breaks(&["1.5"]),
    Subject::new("futures-lite", "race", "`stream::race_with_seed` of two halves", || {
        verify_publisher(&lite_race())
    })
    .breaks(&["1.5"]),
    Subject::new(
        "futures-lite",
        "unfold",
        "`stream::unfold` and `then`",
        || verify_publisher(&lite_unfold()),
    ),
    Subject::new("futures-concurrency", "merge", "`merge` of three thirds", || verify_publisher(&merge())),
    Subject::new("async-stream", "stream", "`stream!` with an await between items", || {
        verify_publisher(&generator())
    }),
    Subject::new("tokio-stream", "merge", "`merge` of two halves, `map` and `filter`", || {
        verify_publisher(&tokio_merge())
    }),
    Subject::new("rxrust", "from_iter", "`Shared::from_iter(..).into_stream()`", || {
        verify_publisher(&rxrust())
    })
    .without_verdict("items were taken from the source"),
    Subject::new("rxrust", "from_iter, finite", "the same, said to be `not_endless()`", || {
        verify_publisher(&rxrust_finite())
    }),
];

/// Each `of`-th item, from `first` on.
fn part(env: &Env, length: Length, first: usize, of: usize) -> impl Iterator<Item = Item> + Send + use<> {
    env.items(length).skip(first).step_by(of)
}

/// Ready when it is polled for the second time.
fn slowly(item: Item) -> impl Future<Output = Item> + Send {
    let mut polled = false;
    futures::future::poll_fn(move |context| {
        if std::mem::replace(&mut polled, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .map(|()| item)
}

pub fn iter() -> impl Fixture {
    stream(|env, length| stream::iter(env.items(length)))
}

pub fn unfold() -> impl Fixture {
    fused_stream(|env, length| {
        stream::unfold(env.items(length), |mut items| async { Some((items.next()?, items)) }).fuse()
    })
}

pub fn select() -> impl Fixture {
    fused_stream(|env, length| {
        let half = |first| stream::iter(part(env, length, first, 2)).then(slowly).boxed();
        stream::select(half(0), half(1))
    })
}

pub fn buffered() -> impl Fixture {
    stream(|env, length| stream::iter(env.items(length)).map(slowly).buffered(3))
}

pub fn buffer_unordered() -> impl Fixture {
    fused_stream(|env, length| stream::iter(env.items(length)).fuse().map(slowly).buffer_unordered(3))
}

pub fn flatten_unordered() -> impl Fixture {
    fused_stream(|env, length| {
        stream::iter(env.items(length))
            .fuse()
            .map(|item| slowly(item).into_stream().boxed())
            .flatten_unordered(3)
    })
}

pub fn combined() -> impl Fixture {
    fused_stream(|env, length| {
        let items = stream::iter(env.items(length)).fuse().peekable();
        items.skip_while(|_| ready(false)).chain(stream::empty())
    })
}

pub fn lite_or() -> impl Fixture {
    stream(|env, length| {
        let half = |first| stream::iter(part(env, length, first, 2)).then(slowly).boxed();
        futures_lite::stream::or(half(0), half(1))
    })
}

pub fn lite_race() -> impl Fixture {
    stream(|env, length| {
        let half = |first| stream::iter(part(env, length, first, 2)).then(slowly).fuse().boxed();
        futures_lite::stream::race_with_seed(half(0), half(1), 7)
    })
}

pub fn lite_unfold() -> impl Fixture {
    stream(|env, length| {
        let items = futures_lite::stream::unfold(env.items(length), |mut items| async {
            Some((items.next()?, items))
        });
        futures_lite::StreamExt::then(items, slowly)
    })
}

pub fn merge() -> impl Fixture {
    use futures_concurrency::stream::Merge;
    stream(|env, length| {
        let third = |first| stream::iter(part(env, length, first, 3)).then(slowly).boxed();
        (third(0), third(1), third(2)).merge()
    })
}

pub fn generator() -> impl Fixture {
    stream(|env, length| {
        let items = env.items(length);
        async_stream::stream! {
            for item in items {
                yield slowly(item).await;
            }
        }
    })
}

pub fn tokio_merge() -> impl Fixture {
    use tokio_stream::StreamExt as Tokio;
    stream(|env, length| {
        let half = |first| Tokio::then(tokio_stream::iter(part(env, length, first, 2)), slowly);
        Tokio::filter(Tokio::merge(half(0), half(1)), |item| **item < u64::MAX)
    })
}

/// Made when it is first polled, since it begins to push as soon as it is made.
fn pushed(env: &Env, length: Length) -> impl Stream<Item = Item> + Send + use<> {
    use rxrust::prelude::*;
    let items = env.items(length);
    let observed = async { Shared::from_iter(items).into_stream() };
    stream::once(observed).flatten().map(|item| item.unwrap_or_else(|never| match never {}))
}

pub fn rxrust() -> impl Fixture {
    stream(pushed)
}

pub fn rxrust_finite() -> impl Fixture {
    stream(pushed).capable(|can| can.not_endless())
}
