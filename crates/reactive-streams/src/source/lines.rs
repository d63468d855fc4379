//! Lines of a reader.
//!
//! ```text
//! demand  2------------1---1-
//! out     "a"-"b"------"c"-|
//! ```
//!
//! Driver: pull.

use crate::Flow;
use crate::driver::pull::{self, Pull, Pulled};
use reactive_streams_core::{Publisher, Subscriber};
use std::io::{self, BufRead};
use std::str::Utf8Error;
use std::{error, fmt};

/// The lines of `reader`, without their `\n` or `\r\n`.
///
/// Reading blocks the thread that asks: hand a slow reader to a thread of its own.
///
/// # Demand
///
/// One line is read for each unit, nothing in advance beyond what `reader` buffers.
///
/// # Completion and errors
///
/// Completes at the end of the input, which is seen under demand only; that unit is left unused. Fails at the first
/// line that cannot be read or is not UTF-8; nothing is read after it.
///
/// # Cancellation
///
/// `reader` is not called again, and dropped.
///
/// # Panics
///
/// A panic of `reader` cancels the subscription and unwinds to who asked.
///
/// # Examples
///
/// ```
/// use reactive_streams::lines;
/// use reactive_streams_test::probe;
///
/// let probe = probe(lines(&b"one\r\ntwo\n\xff\nfour"[..]));
/// probe.request(4);
/// assert_eq!(probe.items(), ["one", "two"]);
/// assert_eq!(probe.error().map(|error| error.line()), Some(3));
/// ```
#[inline]
pub fn lines<R: BufRead + Send + 'static>(reader: R) -> Flow<Lines<R>> {
    Flow::from(Lines { reader, read: 0 })
}

/// See [`lines`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Lines<R> {
    reader: R,
    /// How many lines were read so far.
    read: u64,
}

/// Why [`lines`] failed, and where. Lines count from one.
#[derive(Debug)]
#[non_exhaustive]
pub enum LinesError {
    /// The reader failed.
    Read {
        /// The line that could not be read.
        line: u64,
        /// What the reader said.
        error: io::Error,
    },
    /// The line is not UTF-8.
    Utf8 {
        /// The line.
        line: u64,
        /// The first byte that does not fit, counted within the line.
        error: Utf8Error,
    },
}

impl LinesError {
    /// The line at which it failed, counted from one.
    #[must_use]
    pub fn line(&self) -> u64 {
        match self {
            Self::Read { line, .. } | Self::Utf8 { line, .. } => *line,
        }
    }
}

impl fmt::Display for LinesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { line, error } => write!(f, "line {line} cannot be read: {error}"),
            Self::Utf8 { line, error } => write!(f, "line {line} is not UTF-8: {error}"),
        }
    }
}

impl error::Error for LinesError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Read { error, .. } => Some(error),
            Self::Utf8 { error, .. } => Some(error),
        }
    }
}

impl<R> fmt::Debug for Lines<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("read", &self.read).finish_non_exhaustive()
    }
}

impl<R: BufRead + Send + 'static> Publisher for Lines<R> {
    type Item = String;
    type Error = LinesError;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = String, Error = LinesError> + Send + 'static,
    {
        pull::subscribe(self, subscriber);
    }
}

impl<R: BufRead + Send + 'static> Pull for Lines<R> {
    type Item = String;
    type Error = LinesError;

    fn pull(&mut self) -> Pulled<String, LinesError> {
        let line = self.read + 1;
        let mut bytes = Vec::new();
        match self.reader.read_until(b'\n', &mut bytes) {
            Ok(0) => return Pulled::End,
            Ok(_) => self.read = line,
            Err(error) => return Pulled::Fail(LinesError::Read { line, error }),
        }
        if bytes.pop_if(|last| *last == b'\n').is_some() {
            bytes.pop_if(|last| *last == b'\r');
        }
        match String::from_utf8(bytes) {
            Ok(text) => Pulled::Item(text),
            Err(error) => Pulled::Fail(LinesError::Utf8 { line, error: error.utf8_error() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_splits_as_std_does() {
        for text in ["", "\n", "a", "a\n", "a\r\n", "a\r", "\r\n\n", "a\n\nb\r\nc", "a\r\r\nb"] {
            let mut source = Lines { reader: text.as_bytes(), read: 0 };
            let mut ours = Vec::new();
            while let Pulled::Item(line) = source.pull() {
                ours.push(line);
            }
            assert_eq!(ours, text.as_bytes().lines().map(Result::unwrap).collect::<Vec<_>>(), "{text:?}");
            assert_eq!(source.read, ours.len() as u64);
        }
    }

    #[test]
    fn a_failure_names_its_line() {
        let mut source = Lines { reader: &b"a\n\xff\n"[..], read: 0 };
        assert!(matches!(source.pull(), Pulled::Item(_)));
        let Pulled::Fail(error) = source.pull() else { panic!("it fails") };
        assert_eq!(error.line(), 2);
        assert!(error.to_string().starts_with("line 2 is not UTF-8: invalid utf-8"), "{error}");
    }
}
