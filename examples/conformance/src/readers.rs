//! Readers: their content is judged, and their chunks may be of any size.

use crate::{Subject, spawn};
use futures::io::{AsyncReadExt, AsyncWriteExt, BufReader, Cursor};
use reactive_streams_tck::adapt::{buf_reader, reader};
use reactive_streams_tck::{Env, Fixture, Length, verify_publisher};

pub(crate) const ALL: &[Subject] = &[
    Subject::new("futures", "BufReader", "`io::BufReader` over `take` and `chain`", || {
        verify_publisher(&buffered())
    }),
    Subject::new("futures", "Cursor", "`io::Cursor`", || verify_publisher(&cursor())),
    Subject::new("piper", "pipe", "a pipe of 16 bytes, while a task writes", || verify_publisher(&piped())),
];

fn bytes(env: &Env, length: Length) -> Vec<u8> {
    env.bytes(length).collect()
}

pub fn cursor() -> impl Fixture {
    buf_reader(|env, length| Cursor::new(bytes(env, length))).capable(|can| can.not_endless())
}

pub fn buffered() -> impl Fixture {
    let fixture = buf_reader(|env, length| {
        let mut head = bytes(env, length);
        let mut tail = head.split_off(head.len() / 3);
        let rest = tail.len() as u64;
        tail.push(0); // which `take` must not let through
        BufReader::with_capacity(7, Cursor::new(head).chain(Cursor::new(tail).take(rest)))
    });
    fixture.capable(|can| can.not_endless())
}

pub fn piped() -> impl Fixture {
    reader(|env, length| {
        let (reader, mut writer) = piper::pipe(16);
        let mut bytes = env.bytes(length);
        spawn(env, async move {
            loop {
                let chunk: Vec<u8> = bytes.by_ref().take(5).collect();
                if chunk.is_empty() {
                    return None;
                }
                writer.write_all(&chunk).await.ok()?;
            }
        });
        reader
    })
}
