//! What items and errors look like in the log, and how they are compared.

use std::any::Any;
use std::borrow::Cow;
use std::fmt::{self, Write};
use std::sync::Arc;
use std::time::Duration;

/// An item or an error, as `Debug` shows it. Most are the kit's numbers, which are written down without being written
/// out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shown {
    Number(u64),
    /// What is no number, or not the shortest way to write it.
    Text(Arc<str>),
}

impl Shown {
    /// What is left of it where it is not written down: two that look the same have the same print.
    pub(crate) fn print(&self) -> u64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(text) => {
                let mut print = Print::new();
                let _ = print.write_str(text); // it has enough
                print.finish()
            }
        }
    }
}

impl From<String> for Shown {
    fn from(text: String) -> Self {
        let number = text.parse().ok().filter(|number: &u64| number.to_string() == text);
        number.map_or_else(|| Self::Text(text.into()), Self::Number)
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// What a value looks like, if it is of a type that the kit knows, or of the fixture's `own`. Fixtures need not promise
/// `Debug`.
pub(crate) fn show(value: &dyn Any, own: Option<Own>) -> Option<Shown> {
    if let Some(item) = value.downcast_ref::<crate::Item>() {
        return Some(Shown::Number(**item));
    }
    let mut text = String::new();
    write(value, own, &mut text).then(|| Shown::from(text))
}

/// The print of what it looks like, which is not written out.
pub(crate) fn print(value: &dyn Any, own: Option<Own>) -> Option<u64> {
    if let Some(item) = value.downcast_ref::<crate::Item>() {
        return Some(**item);
    }
    let mut print = Print::new();
    write(value, own, &mut print).then(|| print.finish())
}

/// Writes what a value looks like, and says whether it is of the one type that this is for.
pub(crate) type Own = fn(&dyn Any, &mut dyn Write) -> bool;

/// For values of this type.
pub(crate) fn own<T: Any + fmt::Debug>(value: &dyn Any, to: &mut dyn Write) -> bool {
    let known = value.downcast_ref::<T>();
    // An error says that there is enough of it.
    known.map(|value| write!(to, "{value:?}")).is_some()
}

/// Whether it is of a type that is known.
fn write(value: &dyn Any, own_type: Option<Own>, to: &mut dyn Write) -> bool {
    const KNOWN: &[Own] = &[
        own::<u64>,
        own::<i64>,
        own::<u32>,
        own::<i32>,
        own::<usize>,
        own::<u8>,
        own::<u16>,
        own::<f64>,
        own::<bool>,
        own::<char>,
        own::<()>,
        own::<String>,
        own::<&'static str>,
        own::<Vec<crate::Item>>,
        own::<Vec<u64>>,
        own::<Vec<u32>>,
        own::<Vec<u8>>,
        own::<Vec<String>>,
        own::<i8>,
        own::<i16>,
        own::<isize>,
        own::<i128>,
        own::<u128>,
        own::<f32>,
        own::<Duration>,
        own::<Arc<crate::Item>>,
        own::<Arc<u64>>,
        own::<Arc<str>>,
        own::<Arc<String>>,
        own::<Box<crate::Item>>,
        own::<Cow<'static, str>>,
        own::<Option<crate::Item>>,
        own::<Option<u64>>,
        own::<(crate::Item, crate::Item)>,
        own::<(u64, crate::Item)>,
        own::<(usize, crate::Item)>,
        own::<(u64, u64)>,
        own::<(usize, u64)>,
        own::<Result<crate::Item, String>>,
        own::<Result<u64, String>>,
        own::<std::io::Error>,
        own::<crate::gallery::Broken>,
        own::<Box<str>>,
    ];
    KNOWN.iter().chain(&own_type).any(|of| of(value, to))
}

/// The number that is written, or else a hash of the beginning of the text. It need not be hard to forge, but quick.
struct Print {
    number: Option<u64>,
    hash: u64,
    length: usize,
}

impl Print {
    /// What comes behind so many bytes is not looked at: long items would cost more than the rest of a run.
    const LOOKED_AT: usize = 256;

    const fn new() -> Self {
        Self { number: Some(0), hash: 0xCBF2_9CE4_8422_2325, length: 0 }
    }

    fn finish(&self) -> u64 {
        self.number.filter(|_| self.length > 0).unwrap_or(self.hash)
    }
}

impl Write for Print {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes().take(Self::LOOKED_AT - self.length) {
            // As [`Shown`] takes a text for a number: in digits, the shortest way.
            let leads = self.length > 0 && self.number == Some(0);
            let digit = Some(byte).filter(|byte| byte.is_ascii_digit() && !leads);
            self.number =
                digit.and_then(|digit| self.number?.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
            self.length += 1;
        }
        if self.length < Self::LOOKED_AT { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_however_it_comes_and_nothing_else_is() {
        let env = crate::Env::new();
        let same: [&dyn Any; 3] = [&env.item(7), &7_u64, &7_u8];
        assert!(same.iter().all(|value| show(*value, None) == Some(Shown::from("7".to_owned()))));
        let others: [&dyn Any; 3] = [&"7", &-7_i64, &vec![7_u64]];
        assert!(others.iter().all(|value| show(*value, None).is_some_and(|shown| shown != Shown::Number(7))));
        assert_eq!(Shown::from("07".to_owned()).to_string(), "07");
        assert_eq!(show(&std::time::Instant::now(), None), None);
    }

    #[test]
    fn the_print_of_what_is_not_written_out_is_that_of_what_is() {
        let env = crate::Env::new();
        let long = "so long that nobody reads it to the end ".repeat(20);
        let values: [&dyn Any; 9] =
            [&env.item(7), &u64::MAX, &-7_i64, &0_u8, &"007", &"", &1.5_f64, &vec![1_u64, 22, 333], &long];
        for value in values {
            let shown = show(value, None).expect("it is of a type that is known");
            assert_eq!(print(value, None), Some(shown.print()), "{shown}");
        }
        let mut prints: Vec<_> = values.iter().map(|value| print(*value, None)).collect();
        prints.sort_unstable();
        prints.dedup();
        assert_eq!(prints.len(), values.len(), "each is another one");
        assert_eq!(print(&std::time::Instant::now(), None), None);
    }
}
