//! `lines`.

use reactive_streams::{Demand, LinesError, lines};
use reactive_streams_test::probe;
use std::error::Error;
use std::io::{self, BufRead, BufReader, Read};

#[test]
fn one_line_for_each_unit_and_the_end_is_seen_under_demand() {
    let probe = probe(lines(&b"a\r\n\nb"[..]));
    probe.request(2);
    assert_eq!(probe.items(), ["a", ""]);
    probe.request(1);
    assert_eq!((probe.items(), probe.is_complete()), (vec!["b".to_owned()], false));
    probe.request(2);
    assert_eq!((probe.is_complete(), probe.unused()), (true, Some(Demand::of(2))));
}

#[test]
fn bad_utf8_fails_with_its_line_and_nothing_follows() {
    let error = lines(&b"a\nb\n\xf0\x28\nd\n"[..]).count().block().expect_err("the third is bad");
    assert!(matches!(error, LinesError::Utf8 { line: 3, .. }), "{error}");
    assert!(error.source().is_some());
    assert_eq!(error.to_string(), "line 3 is not UTF-8: invalid utf-8 sequence of 1 bytes from index 0");
}

/// Fails after what `0` holds.
struct Failing(&'static [u8]);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer) {
            Ok(0) => Err(io::Error::other("unplugged")),
            read => read,
        }
    }
}

#[test]
fn a_failing_reader_fails_it_with_the_line() {
    let probe = probe(lines(BufReader::new(Failing(b"a\nb"))));
    probe.request(9);
    assert_eq!(probe.items(), ["a"]);
    let error = probe.error().expect("it failed");
    assert_eq!((error.line(), error.to_string()), (2, "line 2 cannot be read: unplugged".to_owned()));
}

#[test]
fn a_cancel_stops_the_reading() {
    struct Panics;
    impl Read for Panics {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            unreachable!("nobody asked")
        }
    }
    impl BufRead for Panics {
        fn fill_buf(&mut self) -> io::Result<&[u8]> {
            unreachable!("nobody asked")
        }
        fn consume(&mut self, _: usize) {}
    }
    let probe = probe(lines(Panics));
    probe.cancel();
    assert!(probe.is_dropped());
}
