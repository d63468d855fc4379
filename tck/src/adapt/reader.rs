//! Readers: streams that are described by their whole content, with borders between chunks where they like.
//!
//! The publisher signals bytes, one for each unit of demand, and compares them with what was to be read.

use super::task::{InTask, Next, Source};
use super::{ASKED, Adapt, Adapted};
use crate::doubts::OTHER_BYTES;
use crate::env::run_away;
use crate::{Env, Length};
use futures_io::{AsyncBufRead, AsyncRead};
use reactive_streams_core::Publisher;
use reactive_streams_core::shim::atomic::{AtomicBool, Ordering::SeqCst};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// How many bytes a reader is offered at once: few, so that borders come at odd places.
const CHUNK: usize = 13;

impl Env {
    /// What a reader of this length reads, no more and no less: bytes in an order that shows what is lost, moved or
    /// read twice.
    ///
    /// ```
    /// use reactive_streams_tck::{Env, Length};
    ///
    /// let bytes: Vec<u8> = Env::new().bytes(Length::Exactly(300)).collect();
    /// assert_eq!((bytes.len(), bytes[0], bytes[1], bytes[251]), (300, 7, 38, 7));
    /// ```
    pub fn bytes(&self, length: Length) -> impl Iterator<Item = u8> + Clone + Send + 'static + use<> {
        self.read.store(true, SeqCst);
        (0..length.get()).map(|at| {
            if at >= Self::RUNAWAY {
                run_away();
            }
            byte(at)
        })
    }
}

/// The period is odd, and a prime, so that no buffer has its length.
fn byte(at: u64) -> u8 {
    ((at % 251 * 31 + 7) % 251) as u8
}

/// A buffered reader as a publisher of its bytes.
///
/// `create` makes a reader of [`Env::bytes`]. Its chunks may be of any size; what is judged is the content. A reader
/// that reads something else fails, and the error says where.
///
/// ```
/// use futures_util::io::Cursor;
/// use reactive_streams_tck::{adapt::buf_reader, verify_publisher};
///
/// let cursor = buf_reader(|env, length| Cursor::new(env.bytes(length).collect::<Vec<u8>>()));
/// verify_publisher(&cursor.capable(|can| can.not_endless())).assert_conforms();
/// ```
pub fn buf_reader<R, C>(create: C) -> Adapted<BufRead, C>
where
    C: Fn(&Env, Length) -> R,
    R: AsyncBufRead + Send + 'static,
{
    Adapted::new(ASKED, create)
}

/// A reader as a publisher of its bytes; all else as [`buf_reader`].
///
/// ```
/// use futures_util::io::{AllowStdIo, AsyncReadExt};
/// use reactive_streams_tck::{adapt::reader, verify_publisher};
/// use std::io::repeat;
///
/// let in_two = reader(|env, length| {
///     let mut head = env.bytes(length).collect::<Vec<u8>>();
///     let tail = head.split_off(head.len() / 2);
///     AllowStdIo::new(std::io::Cursor::new(head)).chain(AllowStdIo::new(std::io::Cursor::new(tail)))
/// });
/// verify_publisher(&in_two.capable(|can| can.not_endless())).assert_conforms();
///
/// let wrong = reader(|_, length| AllowStdIo::new(repeat(7)).take(length.get()));
/// assert!(!verify_publisher(&wrong).conforms()); // the second byte is wrong
/// ```
pub fn reader<R, C>(create: C) -> Adapted<Read, C>
where
    C: Fn(&Env, Length) -> R,
    R: AsyncRead + Send + 'static,
{
    Adapted::new(ASKED, create)
}

/// The way of [`buf_reader`].
#[derive(Debug)]
pub struct BufRead(());

impl<R: AsyncBufRead + Send + 'static> Adapt<R> for BufRead {
    fn publisher(env: &Env, source: R) -> impl Publisher {
        InTask::new(env, Compared::new(env, Buffered(Box::pin(source))))
    }
}

/// The way of [`reader`].
#[derive(Debug)]
pub struct Read(());

impl<R: AsyncRead + Send + 'static> Adapt<R> for Read {
    fn publisher(env: &Env, source: R) -> impl Publisher {
        let reader = Chunked { reader: Box::pin(source), chunk: [0; CHUNK], from: 0, until: 0 };
        InTask::new(env, Compared::new(env, reader))
    }
}

/// One byte after the other, whatever the chunks.
trait Bytes: Send + 'static {
    fn poll_byte(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Option<u8>>>;
}

struct Buffered<R>(Pin<Box<R>>);

impl<R: AsyncBufRead + Send + 'static> Bytes for Buffered<R> {
    fn poll_byte(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Option<u8>>> {
        let byte = ready!(self.0.as_mut().poll_fill_buf(context))?.first().copied();
        self.0.as_mut().consume(usize::from(byte.is_some()));
        Poll::Ready(Ok(byte))
    }
}

struct Chunked<R> {
    reader: Pin<Box<R>>,
    chunk: [u8; CHUNK],
    from: usize,
    until: usize,
}

impl<R: AsyncRead + Send + 'static> Bytes for Chunked<R> {
    fn poll_byte(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Option<u8>>> {
        if self.from == self.until {
            self.until = ready!(self.reader.as_mut().poll_read(context, &mut self.chunk))?;
            self.from = 0;
            if self.until > CHUNK {
                let count = self.until;
                return Poll::Ready(Err(wrong(format!("it says to have read {count} bytes into {CHUNK}"))));
            }
        }
        let byte = self.chunk[..self.until].get(self.from).copied();
        self.from += usize::from(byte.is_some());
        Poll::Ready(Ok(byte))
    }
}

fn wrong(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Compares what is read with what was to be read.
struct Compared<B> {
    reader: B,
    read: u64,
    /// Whether the fixture has asked what is to be read.
    asked: Arc<AtomicBool>,
}

impl<B> Compared<B> {
    fn new(env: &Env, reader: B) -> Self {
        Self { reader, read: 0, asked: Arc::clone(&env.read) }
    }
}

impl<B: Bytes + Unpin> Source for Compared<B> {
    type Item = u8;
    type Error = io::Error;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Next<u8, io::Error> {
        let next = match ready!(self.reader.poll_byte(context)) {
            Ok(None) => None,
            Err(error) => Some(Err(error)),
            Ok(Some(got)) => {
                let (at, expected) = (self.read, byte(self.read));
                self.read += 1;
                let why = if self.asked.load(SeqCst) { String::new() } else { format!(": {OTHER_BYTES}") };
                let differs =
                    || wrong(format!("byte {at} is {got:#04x}; {expected:#04x} was to be read{why}"));
                Some(if got == expected { Ok(got) } else { Err(differs()) })
            }
        };
        Poll::Ready(next)
    }
}
