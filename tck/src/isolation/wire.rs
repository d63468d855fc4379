//! How a child hands its report to its parent: in the bytes of this build, which nobody else reads.

use crate::explore::Thoroughness;
use crate::outcome::{Checked, Failure, Outcome, Shrunk, Verdict};
use crate::report::Report;
use crate::rules::{Check, Coverage, Rule, Suite, rules};

/// What can be written down and read again by the same program.
pub(super) trait Wire: Sized {
    fn put(&self, out: &mut Vec<u8>);

    /// `None` when it was cut off, or is something else.
    fn take(from: &mut &[u8]) -> Option<Self>;
}

impl Wire for u64 {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend(self.to_le_bytes());
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        let (bytes, rest) = from.split_first_chunk()?;
        *from = rest;
        Some(Self::from_le_bytes(*bytes))
    }
}

impl Wire for usize {
    fn put(&self, out: &mut Vec<u8>) {
        (*self as u64).put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        u64::take(from)?.try_into().ok()
    }
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        u64::from(*self).put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(u64::take(from)? != 0)
    }
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        out.extend(self.as_bytes());
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        let length = usize::take(from)?;
        let (text, rest) = from.split_at_checked(length)?;
        *from = rest;
        Self::from_utf8(text.to_vec()).ok()
    }
}

/// Kept for the rest of the process, as the text that it stands for is: a few of them a report.
impl Wire for &'static str {
    fn put(&self, out: &mut Vec<u8>) {
        (*self).to_owned().put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(String::take(from)?.leak())
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(if bool::take(from)? { Some(T::take(from)?) } else { None })
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        self.iter().for_each(|value| value.put(out));
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        (0..usize::take(from)?).map(|_| T::take(from)).collect()
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        Some((A::take(from)?, B::take(from)?))
    }
}

/// The place of a value among all there are.
fn place<T>(mut all: impl Iterator<Item = T>, is: impl Fn(&T) -> bool) -> usize {
    all.position(|one| is(&one)).unwrap_or(usize::MAX)
}

impl Wire for Suite {
    fn put(&self, out: &mut Vec<u8>) {
        place(Self::ALL.iter(), |suite| *suite == self).put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        Self::ALL.get(usize::take(from)?).copied()
    }
}

impl Wire for &'static Rule {
    fn put(&self, out: &mut Vec<u8>) {
        place(rules(), |rule| rule.id == self.id).put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        rules().nth(usize::take(from)?)
    }
}

/// The checks of all suites, one after the other.
fn checks() -> impl Iterator<Item = &'static Check> {
    Suite::ALL.iter().flat_map(|suite| suite.checks())
}

impl Wire for &'static Check {
    fn put(&self, out: &mut Vec<u8>) {
        let same =
            |check: &&Check| (check.id, check.asserts, check.needs) == (self.id, self.asserts, self.needs);
        place(checks(), same).put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        checks().nth(usize::take(from)?)
    }
}

/// What the types prove, rule by rule and suite by suite.
fn programs() -> impl Iterator<Item = &'static [&'static str]> {
    let of = |rule: &'static Rule, suite: &Suite| match rule.coverage(*suite) {
        Coverage::Types(programs) => Some(programs),
        _ => None,
    };
    rules().flat_map(move |rule| Suite::ALL.iter().filter_map(move |suite| of(rule, suite)))
}

impl Wire for Verdict {
    fn put(&self, out: &mut Vec<u8>) {
        let (tag, more): (u64, Option<&'static str>) = match self {
            Self::Pass => (0, None),
            Self::Fail => (1, None),
            Self::Inconclusive => (2, None),
            Self::NotApplicable(why) => (3, Some(why)),
            Self::ProvedByTypes(_) => (4, None),
            Self::Excluded => (5, None),
            Self::NotRun => (6, None),
            Self::KitError => (7, None),
        };
        tag.put(out);
        more.put(out);
        if let Self::ProvedByTypes(proof) = self {
            place(programs(), |one| one == proof).put(out);
        }
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        let (tag, more): (u64, Option<&'static str>) = Wire::take(from)?;
        Some(match tag {
            0 => Self::Pass,
            1 => Self::Fail,
            2 => Self::Inconclusive,
            3 => Self::NotApplicable(more?),
            4 => Self::ProvedByTypes(programs().nth(usize::take(from)?)?),
            5 => Self::Excluded,
            6 => Self::NotRun,
            7 => Self::KitError,
            _ => return None,
        })
    }
}

/// The body is the same for each type: field by field, none left out.
macro_rules! field_by_field {
    ($($type:ident { $($field:ident),* })*) => {
        $(
            impl Wire for $type {
                fn put(&self, out: &mut Vec<u8>) {
                    let Self { $($field),* } = self;
                    $($field.put(out);)*
                }
                fn take(from: &mut &[u8]) -> Option<Self> {
                    Some(Self { $($field: Wire::take(from)?),* })
                }
            }
        )*
    };
}

field_by_field! {
    Report { suite, fixture, outcomes, scenarios, strict, thoroughness, replayed, fault, doubt }
    Outcome { rule, verdict, witnesses, scenarios, checks }
    Checked { check, verdict, witnesses, explored, note, failure }
    Failure { check, scenario, expected, got, look, doubt, timeline, more, replay, shrunk }
    Shrunk { scenario, timeline }
    Thoroughness { scenarios, schedules, single, complete, bounded, places, drawn, seeds, sampled }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapt::iterator;
    use crate::{Capabilities, Fixture, verify_publisher, verify_subscriber};

    fn again(report: &Report) -> Option<Report> {
        let mut bytes = Vec::new();
        report.put(&mut bytes);
        for cut in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            assert!(Report::take(&mut &bytes[..cut]).is_none(), "{cut} of {}", bytes.len());
        }
        Report::take(&mut &bytes[..])
    }

    #[test]
    fn a_report_comes_out_as_it_went_in() {
        let right = iterator(|env, length| env.items(length));
        let wrong = iterator(|env, length| env.items(length).skip(1))
            .capable(|can: Capabilities| can.exclude("1.9/2", "it is known").not_endless());
        let faulty = iterator(|_, _| -> std::vec::IntoIter<u64> { panic!("no such file") });
        fn judged(fixture: &impl Fixture) -> Report {
            verify_publisher(fixture)
        }
        let sink = crate::Sink::new(|_, _, _| {});
        let hung = Report::hung(Suite::Processor, "hung: it was".to_owned());
        for report in [judged(&right), judged(&wrong), judged(&faulty), verify_subscriber(&sink), hung] {
            let other = again(&report).expect("it is whole");
            assert!(format!("{report:?}") == format!("{other:?}"), "{report}\n{other}");
            assert_eq!(report.to_string(), other.to_string());
        }
    }
}
