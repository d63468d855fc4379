//! Somebody else's stream in one macro line: each check of the kit becomes a test.

use conformance::spawn;
use futures::stream::{self, StreamExt};
use reactive_streams_tck::adapt::{buf_reader, fused_stream, iterator, stream};
use reactive_streams_tck::conformance;

conformance!(futures_iter, stream(|env, length| stream::iter(env.items(length))));
conformance!(futures_lite_iter, stream(|env, length| futures_lite::stream::iter(env.items(length))));
conformance!(tokio_stream_iter, stream(|env, length| tokio_stream::iter(env.items(length))));
conformance!(
    a_generator,
    stream(|env, length| {
        let items = env.items(length);
        async_stream::stream! { for item in items { yield item } }
    })
);
conformance!(fused, fused_stream(|env, length| stream::iter(env.items(length)).fuse()));
conformance!(
    an_async_channel,
    stream(|env, length| {
        let (sender, receiver) = async_channel::bounded(4);
        let items = env.items(length);
        spawn(env, async move {
            for item in items {
                sender.send(item).await.ok()?;
            }
            None
        });
        receiver
    })
);
conformance!(
    a_crossbeam_channel,
    iterator(|env, length| {
        let (sender, receiver) = crossbeam_channel::unbounded();
        env.items(length).for_each(|item| sender.send(item).unwrap());
        receiver
    })
    .capable(|can| can.not_endless())
);
conformance!(
    a_cursor,
    buf_reader(|env, length| futures::io::Cursor::new(env.bytes(length).collect::<Vec<u8>>()))
        .capable(|can| can.not_endless())
);
