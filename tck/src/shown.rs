//! What items and errors look like in the log, and how they are compared.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// An item or an error, as `Debug` shows it. Most are the kit's numbers, which are written down without being written
/// out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shown {
    Number(u64),
    /// What is no number, or not the shortest way to write it.
    Text(Arc<str>),
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

/// What a value looks like, if it is of a type that the kit knows. Fixtures need not promise `Debug`.
pub(crate) fn show(value: &dyn Any) -> Option<Shown> {
    if let Some(item) = value.downcast_ref::<crate::Item>() {
        return Some(Shown::Number(**item));
    }
    fn of<T: Any + fmt::Debug>(value: &dyn Any) -> Option<String> {
        value.downcast_ref::<T>().map(|value| format!("{value:?}"))
    }
    const KNOWN: &[fn(&dyn Any) -> Option<String>] = &[
        of::<u64>,
        of::<i64>,
        of::<u32>,
        of::<i32>,
        of::<usize>,
        of::<u8>,
        of::<u16>,
        of::<f64>,
        of::<bool>,
        of::<char>,
        of::<()>,
        of::<String>,
        of::<&'static str>,
        of::<Vec<crate::Item>>,
        of::<Vec<u64>>,
        of::<Vec<u32>>,
        of::<Vec<u8>>,
        of::<std::io::Error>,
        of::<crate::gallery::Broken>,
        of::<Box<str>>,
    ];
    KNOWN.iter().find_map(|show| show(value)).map(Shown::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_however_it_comes_and_nothing_else_is() {
        let env = crate::Env::new();
        let same: [&dyn Any; 3] = [&env.item(7), &7_u64, &7_u8];
        assert!(same.iter().all(|value| show(*value) == Some(Shown::from("7".to_owned()))));
        let others: [&dyn Any; 3] = [&"7", &-7_i64, &vec![7_u64]];
        assert!(others.iter().all(|value| show(*value).is_some_and(|shown| shown != Shown::Number(7))));
        assert_eq!(Shown::from("07".to_owned()).to_string(), "07");
        assert_eq!(show(&std::time::Duration::ZERO), None);
    }
}
