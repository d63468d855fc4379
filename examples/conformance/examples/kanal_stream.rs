//! What is wrong with `kanal::AsyncReceiver::stream` in 0.1.1, without the kit. It is not among the subjects: the kit, which
//! polls some tasks that nobody woke, made it free memory twice, and the process went down.

use futures::stream::{FusedStream, StreamExt};
use futures::{executor::block_on, poll, select};
use std::task::Poll;

async fn an_item_comes_twice() {
    let (sender, receiver) = kanal::bounded_async::<u64>(4);
    let mut stream = receiver.stream();
    assert_eq!(poll!(stream.next()), Poll::Pending);
    sender.send(7).await.unwrap();
    assert_eq!(poll!(stream.next()), Poll::Ready(Some(7)));
    assert_eq!(poll!(stream.next()), Poll::Pending);
    let again = poll!(stream.next()); // nothing was sent: an executor may poll when it likes
    println!("one item was sent, and the second is {again:?}; a `String` would now be freed twice");
    std::mem::forget((stream, sender)); // the channel has a pointer into the stream that dropping it would not remove
}

async fn an_item_is_lost() {
    let (sender, receiver) = kanal::bounded_async::<u64>(4);
    let mut stream = receiver.stream();
    assert_eq!(poll!(stream.next()), Poll::Pending);
    sender.send(7).await.unwrap();
    drop(sender);
    assert!(stream.is_terminated());
    let got = select! { item = stream.next() => item, complete => None };
    println!("it says that it has ended, select! takes {got:?}, and then it has {:?}", stream.next().await);
}

fn main() {
    block_on(an_item_is_lost());
    block_on(an_item_comes_twice());
}
