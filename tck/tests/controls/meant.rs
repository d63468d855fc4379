//! Publishers that count, and are meant to be odd at some places: none is accused, whatever its items are made of.

use reactive_streams_core::Publisher;
use reactive_streams_core::shim::atomic::{AtomicU64, Ordering};
use reactive_streams_tck::gallery::Synchronous;
use reactive_streams_tck::{Env, Fixture, Length, Verdict, verify_publisher};

/// The number at this position of a stream of so many items; `None`: of one without end.
type Number = fn(u64, Option<u64>) -> u64;

fn last(at: u64, length: Option<u64>) -> bool {
    length == Some(at + 1)
}

fn never_the_same() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(100_000);
    NEXT.fetch_add(7, Ordering::Relaxed)
}

const MEANT: &[(&str, Number)] = &[
    ("a header", |at, _| if at == 0 { 999 } else { at }),
    ("a header that is not counted", |at, _| if at == 0 { 999 } else { at - 1 }),
    ("a header of two", |at, _| if at < 2 { 900 + at } else { at - 2 }),
    ("a header with the length", |at, length| if at == 0 { length.unwrap_or(0) } else { at }),
    ("a header that is another one each time", |at, _| if at == 0 { never_the_same() } else { at }),
    ("a trailer", |at, length| if last(at, length) { 999 } else { at }),
    ("a trailer of nought", |at, length| if last(at, length) { 0 } else { at }),
    ("a checksum", |at, length| if last(at, length) { (0..at).sum() } else { at }),
    (
        "another checksum",
        |at, length| if last(at, length) { (0..at).fold(0, |sum, at| sum ^ at) } else { at },
    ),
    ("a trailer with the length", |at, length| if last(at, length) { at + 1 } else { at }),
    (
        "a trailer that is another one each time",
        |at, length| if last(at, length) { never_the_same() } else { at },
    ),
    ("header and trailer", |at, length| match at {
        0 => 998,
        at if last(at, length) => 999,
        at => at,
    }),
    ("key frames", |at, _| if at % 32 == 31 { 0 } else { at }),
    ("key frames from the beginning", |at, _| if at % 32 == 0 { 0 } else { at }),
    ("key frames of two", |at, _| if at % 100 >= 98 { 5 } else { at }),
    ("key frames with a number that is there", |at, _| if at % 64 == 63 { 64 } else { at }),
    ("key frames and a trailer", |at, length| match at {
        at if last(at, length) => 3,
        at if at % 40 == 39 => 12_345,
        at => at,
    }),
    ("a byte", |at, _| at % 256),
    ("seven bits", |at, _| at % 128),
    ("three digits", |at, _| at % 1_000),
    ("twelve bits", |at, _| at % 4_096),
    ("a wrap-around among the first", |at, _| at % 145),
    ("at most a hundred", |at, _| at.min(100)),
    ("at most a thousand", |at, _| at.min(1_000)),
    ("at least three", |at, _| at.max(3)),
    ("a gap at thirteen", |at, _| at + u64::from(at >= 13)),
    ("a gap after five hundred", |at, _| at + u64::from(at >= 500)),
    ("the first one twice", |at, _| at.saturating_sub(1)),
    ("from one", |at, _| at + 1),
    ("tens", |at, _| at * 10),
    ("a gap each fifty", |at, _| at + at / 50),
    ("each twice", |at, _| at / 2),
    ("each fourth like the one before", |at, _| at - u64::from(at % 4 == 3)),
    ("pairs the wrong way round", |at, _| at ^ 1),
    ("squares", |at, _| at * at),
    ("the even ones, and then the odd ones", |at, length| {
        let even = length.unwrap_or(100_000).div_ceil(2);
        if at < even { 2 * at } else { 2 * (at - even) + 1 }
    }),
];

fn length_of(length: Length) -> Option<u64> {
    Some(length.get()).filter(|_| length != Length::Endless)
}

/// Of the kit's items.
struct Kit(Number);

impl Fixture for Kit {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        let (number, all, env) = (self.0, length_of(length), env.clone());
        Synchronous::new(env.items(length).map(move |item| env.item(number(*item, all))))
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        let (number, env) = (self.0, env.clone());
        let items = env.items(Length::Exactly(k));
        Some(Synchronous::failing(items.map(move |item| env.item(number(*item, None)))))
    }
}

/// Of texts, and of plain numbers.
struct Foreign<T>(Number, fn(u64) -> T);

impl<T: Clone + Send + 'static> Fixture for Foreign<T> {
    fn create(&self, _env: &Env, length: Length) -> impl Publisher {
        let (number, all, make) = (self.0, length_of(length), self.1);
        Synchronous::new((0..length.get()).map(move |at| make(number(at, all))))
    }
    fn create_failing_at(&self, _env: &Env, k: u64) -> Option<impl Publisher> {
        let (number, all, make) = (self.0, Some(k), self.1);
        Some(Synchronous::failing((0..k).map(move |at| make(number(at, all)))))
    }
}

fn judge(name: &str, fixture: &impl Fixture) {
    let report = verify_publisher(fixture);
    assert!(report.conforms(), "{name}\n{report}");
    assert_eq!(report.verdict("1.2/2"), Some(Verdict::Pass), "{name}");
}

#[test]
fn nobody_is_accused_of_items_that_are_odd_and_meant_to_be() {
    for (name, number) in MEANT {
        judge(name, &Kit(*number));
    }
}

#[test]
fn nor_of_such_texts_and_numbers() {
    for (at, (name, number)) in MEANT.iter().enumerate() {
        match at % 4 {
            0 => judge(name, &Foreign(*number, |number| number)),
            _ => judge(name, &Foreign(*number, |number| format!("item {number}"))),
        }
    }
}

#[test]
fn what_is_odd_and_of_another_type_is_not_known_to_be_a_fault() {
    let replaced: Number = |at, _| if at == 17 { 999 } else { at };
    let foreign = verify_publisher(&Foreign(replaced, |number| format!("item {number}")));
    assert!(foreign.conforms(), "{foreign}");
    assert_eq!(verify_publisher(&Kit(replaced)).verdict("1.2/2"), Some(Verdict::Fail));
}
