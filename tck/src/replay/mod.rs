//! One string that says exactly what was played: scenario, choices of the schedule, and nothing else.
//!
//! ```text
//! p1/e/hc/s.r5l.ch/n3.r1h/x2.ca/d.r3h._.p2/k.0102
//! |  | |  |        |      |     |          the schedule: its choices, one digit each (base 36), zeros cut off at the end;
//! |  | |  |        |      |     |          q. instead of k.: polls that nobody asked for are among the moves
//! |  | |  |        |      |     from outside: steps, _ everything comes to rest, p2 two polls
//! |  | |  |        |      at each second item
//! |  | |  |        at the third item
//! |  | |  in on_subscribe: request(5) lent, cancel by handle
//! |  | what the subscriber takes: handle, canceller; - nothing
//! |  the stream: endless; n5: 5 items; f5: fails after 5
//! a scenario of a publisher, version 1 of this grammar
//! ```
//!
//! A step ends in what it goes through: l lent, h handle, H the handle on another thread, k canceller, K the canceller
//! on another thread, d the handle is dropped. `ra` asks for an unbounded number, and `g` gives the handle up. `bs`, `b2` and `bt` say that the
//! subscriber panics in on_subscribe, at item 2, in the terminal; `deep` that thousands of items come, `own`
//! that the subscriber puts a subscription of its own into the place of the lent one.
//!
//! The files beside this one have the grammars of the others: `c1` several subscribers of a publisher, `s1` a
//! subscriber, `x1` a processor.

mod company;
mod moves;
mod passage;
mod script;

use crate::company::Company;
use crate::log::Via;
use crate::plan::{Drive, Inside, Order, Panics, Plan, Source, Step, When};
use crate::schedule::Told;
use crate::subscriber_suite::Script;
use crate::{Length, Suite};
pub(crate) use moves::{read_moves, write_moves};
pub(crate) use passage::Through;
use std::fmt::{self, Display};
use std::str::FromStr;

/// The environment variable that makes the kit play one scenario only.
pub(crate) const VARIABLE: &str = "REACTIVE_STREAMS_TCK_REPLAY";
/// How the strings of a publisher begin.
const VERSION: &str = "p1";
/// How strings begin that this kit can play.
const VERSIONS: [&str; 4] = [VERSION, company::VERSION, script::VERSION, passage::VERSION];

/// Why a replay string cannot be played.
///
/// ```
/// use reactive_streams_tck::ReplayError;
///
/// let error = reactive_streams_tck::check_replay("p9/e/-").unwrap_err();
/// assert_eq!(error, ReplayError::Version("p9".to_owned()));
/// assert_eq!(reactive_streams_tck::check_replay("p1/e/h/d.r3h._"), Ok(()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplayError {
    /// It begins with this instead of a version that this kit knows.
    Version(String),
    /// Something is missing without which there is no scenario: it was cut off.
    CutOff,
    /// This part of it is not understood.
    Part(String),
}

impl Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(found) => write!(
                f,
                "the replay string begins with {found:?}, and this kit plays those that begin with {}; was it printed by \
                 another version of the kit?",
                VERSIONS.map(|known| format!("{known:?}")).join(", ")
            ),
            Self::CutOff => f.write_str("the replay string is cut off: it has no whole scenario"),
            Self::Part(part) => write!(f, "the part {part:?} of the replay string is not understood"),
        }
    }
}

impl std::error::Error for ReplayError {}

/// Whether this is a replay string that this version of the kit can play.
///
/// # Errors
///
/// A [`ReplayError`] that names the part which is wrong.
pub fn check_replay(text: &str) -> Result<(), ReplayError> {
    let version = text.trim().split('/').next().unwrap_or_default();
    match version {
        company::VERSION => text.parse::<Retold<Company>>().map(|_| ()),
        script::VERSION => text.parse::<Retold<Script>>().map(|_| ()),
        passage::VERSION => passage::check(text),
        _ => text.parse::<Replay>().map(|_| ()),
    }
}

/// Which suite has printed the string.
pub(crate) fn suite(text: &str) -> Suite {
    match text.trim().split('/').next() {
        Some(script::VERSION) => Suite::Subscriber,
        Some(passage::VERSION) => Suite::Processor,
        _ => Suite::Publisher,
    }
}

/// A scenario of this kind, and its schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Retold<S> {
    pub(crate) scenario: S,
    pub(crate) told: Told,
}

/// A scenario and its schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replay {
    pub(crate) plan: Plan,
    pub(crate) told: Told,
}

impl Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = &self.plan;
        write!(f, "{VERSION}/")?;
        write_source(f, plan.source)?;
        f.write_str("/")?;
        write_plan(f, plan, '/')?;
        write_told(f, &self.told)
    }
}

/// Where a subscriber does something to another one.
struct Where(Inside);

impl Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Inside::Subscribe => f.write_str("s"),
            Inside::Nth(n) => n.fmt(f),
            Inside::Terminal => f.write_str("t"),
            Inside::Drop => f.write_str("d"),
        }
    }
}

/// What the subscriber takes and does, and what is done from outside; the parts are separated so.
fn write_plan(f: &mut fmt::Formatter<'_>, plan: &Plan, sep: char) -> fmt::Result {
    f.write_str(match (plan.handle, plan.canceller) {
        (true, true) => "hc",
        (true, false) => "h",
        (false, true) => "c",
        (false, false) => "-",
    })?;
    if !plan.on_subscribe.is_empty() {
        write!(f, "{sep}s")?;
        plan.on_subscribe.iter().try_for_each(|step| write!(f, ".{}", Code(*step)))?;
    }
    for (when, step) in &plan.on_next {
        match when {
            When::Nth(n) => write!(f, "{sep}n{n}.{}", Code(*step))?,
            When::Every(n) => write!(f, "{sep}x{n}.{}", Code(*step))?,
        }
    }
    for (inside, member, step) in &plan.beside {
        write!(f, "{sep}w{}.{member}{}", Where(*inside), Code(*step))?;
    }
    for (inside, member) in &plan.joins {
        write!(f, "{sep}j{}.{member}", Where(*inside))?;
    }
    match plan.panics {
        Some(Panics::OnSubscribe) => write!(f, "{sep}bs")?,
        Some(Panics::OnNext(n)) => write!(f, "{sep}b{n}")?,
        Some(Panics::Terminal) => write!(f, "{sep}bt")?,
        None => {}
    }
    if plan.deep {
        write!(f, "{sep}deep")?;
    }
    if plan.replaces {
        write!(f, "{sep}own")?;
    }
    if !plan.drive.is_empty() {
        write!(f, "{sep}d")?;
        for drive in &plan.drive {
            match drive {
                Drive::Do(step) => write!(f, ".{}", Code(*step))?,
                Drive::Poll(polls) => write!(f, ".p{polls}")?,
                Drive::Settle => f.write_str("._")?,
            }
        }
    }
    Ok(())
}

fn write_told(f: &mut fmt::Formatter<'_>, told: &Told) -> fmt::Result {
    if !told.is_empty() || told.spurious {
        f.write_str(if told.spurious { "/q." } else { "/k." })?;
        let digit = |taken: &u8| char::from_digit(u32::from(*taken), 36).unwrap_or('z');
        told.choices.iter().map(digit).try_for_each(|digit| write!(f, "{digit}"))?;
    }
    Ok(())
}

/// The schedule, if the part is one.
fn told(part: &str) -> Option<Told> {
    let (kind, digits) = part.split_once('.')?;
    let choices = digits.chars().map(|digit| digit.to_digit(36).map(|n| n as u8)).collect::<Option<_>>()?;
    matches!(kind, "k" | "q").then_some(Told { choices, spurious: kind == "q" })
}

fn write_source(f: &mut fmt::Formatter<'_>, source: Source) -> fmt::Result {
    match source {
        Source::Length(Length::Endless) => f.write_str("e"),
        Source::Length(Length::Exactly(n)) => write!(f, "n{n}"),
        Source::FailingAt(k) => write!(f, "f{k}"),
    }
}

/// A step as it is written.
struct Code(Step);

const VIAS: [(Via, char); 6] = [
    (Via::Lent, 'l'),
    (Via::Handle, 'h'),
    (Via::HandleOnThread, 'H'),
    (Via::Canceller, 'k'),
    (Via::CancellerOnThread, 'K'),
    (Via::HandleDropped, 'd'),
];

impl Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Step::Request(_, via) | Step::Cancel(via)) = self.0 else { return f.write_str("g") };
        let code = VIAS.iter().find(|(known, _)| *known == via).map_or('?', |(_, code)| *code);
        match self.0 {
            Step::Request(u64::MAX, _) => write!(f, "ra{code}"),
            Step::Request(n, _) => write!(f, "r{n}{code}"),
            _ => write!(f, "c{code}"),
        }
    }
}

fn step(code: &str) -> Option<Step> {
    if code == "g" {
        return Some(Step::GiveUp);
    }
    let last = code.chars().last()?;
    let via = VIAS.iter().find(|(_, known)| *known == last)?.0;
    let body = code.strip_suffix(last)?;
    match (body.strip_prefix('r'), via) {
        (None, _) => (body == "c").then_some(Step::Cancel(via)),
        (Some(_), Via::Canceller | Via::CancellerOnThread | Via::HandleDropped) => None,
        (Some("a"), _) => Some(Step::Request(u64::MAX, via)),
        (Some(n), _) => n.parse().ok().filter(|n| *n > 0).map(|n| Step::Request(n, via)),
    }
}

/// The number of a subscriber, and what is done with its subscription.
fn of_member(code: &str) -> Option<(usize, Step)> {
    let (member, code) = code.split_at(code.find(|c: char| !c.is_ascii_digit())?);
    Some((member.parse().ok()?, step(code)?))
}

fn source(code: &str) -> Option<Source> {
    match code.split_at_checked(1)? {
        ("e", "") => Some(Source::Length(Length::Endless)),
        ("n", n) => Some(Source::Length(Length::Exactly(n.parse().ok()?))),
        ("f", k) => Some(Source::FailingAt(k.parse().ok()?)),
        _ => None,
    }
}

fn drive(code: &str) -> Option<Drive> {
    match code.strip_prefix('p') {
        Some(polls) => polls.parse().ok().map(Drive::Poll),
        None if code == "_" => Some(Drive::Settle),
        None => step(code).map(Drive::Do),
    }
}

fn inside(place: &str) -> Option<Inside> {
    Some(match place {
        "s" => Inside::Subscribe,
        "t" => Inside::Terminal,
        "d" => Inside::Drop,
        n => Inside::Nth(n.parse().ok()?),
    })
}

/// Understands one part of what a subscriber does; `None` when it cannot.
fn part(plan: &mut Plan, part: &str) -> Option<()> {
    let (head, codes) = part.split_once('.').unwrap_or((part, ""));
    let mut codes = codes.split('.');
    match head.split_at_checked(1)? {
        ("s", "") => plan.on_subscribe = codes.map(step).collect::<Option<_>>()?,
        ("d", "") => plan.drive = codes.map(drive).collect::<Option<_>>()?,
        ("n", n) => plan.on_next.push((When::Nth(n.parse().ok()?), step(codes.next()?)?)),
        ("x", n) => {
            let n = n.parse().ok().filter(|n| *n > 0)?;
            plan.on_next.push((When::Every(n), step(codes.next()?)?));
        }
        ("w", place) => {
            let (member, step) = of_member(codes.next()?)?;
            plan.beside.push((inside(place)?, member, step));
        }
        ("j", place) => plan.joins.push((inside(place)?, codes.next()?.parse().ok()?)),
        ("b", "s") => plan.panics = Some(Panics::OnSubscribe),
        ("b", "t") => plan.panics = Some(Panics::Terminal),
        ("b", n) => plan.panics = Some(Panics::OnNext(n.parse().ok()?)),
        ("d", "eep") => plan.deep = true,
        ("o", "wn") => plan.replaces = true,
        _ => return None,
    }
    Some(())
}

fn takes(plan: &mut Plan, code: &str) -> Option<()> {
    (plan.handle, plan.canceller) = match code {
        "hc" => (true, true),
        "h" => (true, false),
        "c" => (false, true),
        "-" => (false, false),
        _ => return None,
    };
    Some(())
}

fn wrong(part: &str) -> ReplayError {
    ReplayError::Part(part.to_owned())
}

/// The parts behind the version, which must be this one.
fn parts<'a>(text: &'a str, version: &str) -> Result<std::str::Split<'a, char>, ReplayError> {
    let mut parts = text.trim().split('/');
    let found = parts.next().unwrap_or_default();
    if found == version { Ok(parts) } else { Err(ReplayError::Version(found.to_owned())) }
}

impl FromStr for Replay {
    type Err = ReplayError;

    fn from_str(text: &str) -> Result<Self, ReplayError> {
        let mut parts = parts(text, VERSION)?;
        let (Some(stream), Some(took)) = (parts.next(), parts.next()) else {
            return Err(ReplayError::CutOff);
        };
        let mut plan = Plan::new("played again", source(stream).ok_or_else(|| wrong(stream))?);
        plan.order = Order::Every;
        takes(&mut plan, took).ok_or_else(|| wrong(took))?;
        let mut replay = Self { plan, told: Told::default() };
        for text in parts {
            match told(text) {
                Some(told) => replay.told = told,
                None => {
                    part(&mut replay.plan, text)
                        .filter(|()| replay.plan.others().next().is_none())
                        .ok_or_else(|| wrong(text))?;
                }
            }
        }
        Ok(replay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Capabilities, scenarios};

    #[test]
    fn every_scenario_of_the_kit_survives_the_round_trip() {
        for plan in scenarios::all(&Capabilities::new()) {
            let told = Told { choices: vec![0, 3, 35], spurious: plan.deep };
            let replay = Replay { plan: Plan::clone(&plan), told };
            let text = replay.to_string();
            let mut again: Replay = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(again.to_string(), text);
            again.plan.name.clone_from(&plan.name);
            again.plan.order = plan.order;
            assert_eq!(again, replay, "{text}");
        }
    }

    #[test]
    fn the_grammar_is_the_one_that_is_written_down() {
        let text = "p1/e/hc/s.r5l.ch/n3.r1h/x2.ck/b4/d.r3h._.p2.cd/q.01z2";
        let replay: Replay = text.parse().expect("it is right");
        assert_eq!(replay.to_string(), text);
        assert_eq!(replay.told, Told { choices: vec![0, 1, 35, 2], spurious: true });
        assert_eq!(replay.plan.on_subscribe, [Step::Request(5, Via::Lent), Step::Cancel(Via::Handle)]);
        assert_eq!(replay.plan.panics, Some(Panics::OnNext(4)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let part = |text: &str| Err(ReplayError::Part(text.to_owned()));
        assert_eq!(check_replay(""), Err(ReplayError::Version(String::new())));
        assert_eq!(check_replay("hello"), Err(ReplayError::Version("hello".to_owned())));
        assert_eq!(check_replay("p1/n5"), Err(ReplayError::CutOff));
        assert_eq!(check_replay("p1/5/h"), part("5"));
        assert_eq!(check_replay("p1/é/h"), part("é"));
        assert_eq!(check_replay("p1/n5/x"), part("x"));
        for wrong in ["s.r0l", "s.r5", "s.r5k", "s.", "n3", "x0.r1l", "d.p", "d.q1", "k.-", "b", "é", "w.r1l"]
        {
            assert_eq!(check_replay(&format!("p1/n5/h/{wrong}")), part(wrong), "{wrong}");
        }
        let message = check_replay("p1/n5/h/s.r0l").unwrap_err().to_string();
        assert_eq!(message, "the part \"s.r0l\" of the replay string is not understood");
    }
}
