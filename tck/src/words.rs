//! A scenario in words, for who reads a failure.

use crate::Length;
use crate::company::{Act as Together, Company};
use crate::log::{Via, What};
use crate::peer::Peer;
use crate::plan::{Drive, Inside, Panics, Plan, Source, Step, When};
use crate::subscriber_suite::{Act, Script};
use crate::upstream::{AT_ONCE, Move, Style};
use std::fmt::{self, Display};

impl Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(Length::Endless) => f.write_str("an endless stream"),
            Self::Length(Length::Exactly(1)) => f.write_str("a stream of 1 item"),
            Self::Length(Length::Exactly(n)) => write!(f, "a stream of {n} items"),
            Self::FailingAt(k) => write!(f, "a stream that fails after {k} items"),
        }
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Request(n, via) => What::Request { n, via }.fmt(f),
            Self::Cancel(Via::HandleDropped) => f.write_str("the handle is dropped"),
            Self::Cancel(via) => What::Cancel { via }.fmt(f),
            Self::GiveUp => f.write_str("the handle is given up"),
        }
    }
}

impl Plan {
    /// What the subscriber takes and does by itself.
    pub(crate) fn own_words(&self) -> Vec<String> {
        let mut words = Vec::new();
        match (self.handle, self.canceller) {
            (true, true) => words.push("handle and canceller are taken".to_owned()),
            (true, false) => words.push("the handle is taken".to_owned()),
            (false, true) => words.push("a canceller is taken".to_owned()),
            (false, false) => {}
        }
        if self.replaces {
            words.push("the lent subscription is replaced".to_owned());
        }
        if !self.on_subscribe.is_empty() {
            words.push(format!("in on_subscribe: {}", listed(&self.on_subscribe)));
        }
        words.extend(self.on_next.iter().map(|(when, step)| match when {
            When::Nth(n) => format!("at item {n}: {step}"),
            When::Every(1) => format!("at each item: {step}"),
            When::Every(n) => format!("at each {n} items: {step}"),
        }));
        let beside = |(inside, member, step): &(Inside, usize, Step)| {
            format!("{inside}: {step} of number {}", member + 1)
        };
        words.extend(self.beside.iter().map(beside));
        let joins =
            |(inside, member): &(Inside, usize)| format!("{inside}: number {} subscribes", member + 1);
        words.extend(self.joins.iter().map(joins));
        words.extend(self.panics.map(|place| match place {
            Panics::OnSubscribe => "a panic in on_subscribe".to_owned(),
            Panics::OnNext(n) => format!("a panic at item {n}"),
            Panics::Terminal => "a panic in the terminal".to_owned(),
        }));
        words
    }
}

impl Display for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subscribe => f.write_str("in on_subscribe"),
            Self::Nth(n) => write!(f, "at item {n}"),
            Self::Terminal => f.write_str("in the terminal"),
            Self::Drop => f.write_str("when it is dropped"),
        }
    }
}

fn listed<T: Display>(parts: impl IntoIterator<Item = T>) -> String {
    parts.into_iter().map(|part| part.to_string()).collect::<Vec<_>>().join(", ")
}

impl Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)?;
        self.own_words().iter().try_for_each(|words| write!(f, "; {words}"))?;
        let outside: Vec<String> = self
            .drive
            .iter()
            .filter_map(|drive| match drive {
                Drive::Do(step) => Some(step.to_string()),
                Drive::Poll(polls) => polled(*polls),
                Drive::Settle => Some("rest".to_owned()),
            })
            .collect();
        if !outside.is_empty() {
            write!(f, "; from outside: {}", listed(outside))?;
        }
        let asks = |step: &Step| matches!(step, Step::Request(..));
        let outside = |drive: &Drive| matches!(drive, Drive::Do(step) if asks(step));
        let inside = self.on_subscribe.iter().chain(self.on_next.iter().map(|(_, step)| step)).any(asks);
        if !inside && !self.drive.iter().any(outside) {
            f.write_str("; nobody asks")?;
        }
        Ok(())
    }
}

fn polled(polls: usize) -> Option<String> {
    match polls {
        0 => None,
        1 => Some("1 poll".to_owned()),
        polls => Some(format!("{polls} polls")),
    }
}

impl Display for Company {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let acts = self.acts.iter().map(|act| match act {
            Together::Join(member) => format!("number {} subscribes", member + 1),
            Together::Do(member, step) => format!("{step} of number {}", member + 1),
            Together::Settle => "rest".to_owned(),
        });
        write!(f, "{}; from outside: {}", self.source, listed(acts))
    }
}

impl Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Feed(n) => write!(f, "as is asked for, {n} items in all"),
            Self::Burst(n) => write!(f, "what is asked for, at most {n} items"),
            Self::Rounds(n) => {
                write!(f, "as is asked for, at most {AT_ONCE} items, until it has asked {n} times")
            }
            Self::Unasked(n) => write!(f, "{n} items that nobody asked for"),
            Self::Complete => f.write_str("on_complete"),
            Self::Fail => f.write_str("on_error"),
            Self::Again => f.write_str("on_subscribe once more"),
            Self::Vanish => f.write_str("the subscriber is dropped without a terminal"),
            Self::Panic => f.write_str("the publisher panics"),
            Self::Hook(hook) => Peer::Calls(*hook).fmt(f),
            Self::Late(n) => write!(f, "after a cancel {n} items"),
            Self::LateComplete => f.write_str("after a cancel on_complete"),
            Self::LateFail => f.write_str("after a cancel on_error"),
        }
    }
}

/// What the kit does as a publisher.
pub(crate) fn above(style: Style, moves: &[Move]) -> String {
    let from = match style {
        Style::Straight => "the kit's publisher",
        Style::Task => "the kit's publisher, from a task",
    };
    format!("{from}: {}", if moves.is_empty() { "nothing".to_owned() } else { listed(moves) })
}

impl Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&above(self.style, &self.first))?;
        let then: Vec<String> = self
            .then
            .iter()
            .filter_map(|act| match act {
                Act::Moves(moves) => Some(listed(moves)),
                Act::MovesOnThread(moves) => Some(format!("on another thread: {}", listed(moves))),
                Act::Call(hook) => Some(Peer::Calls(*hook).to_string()),
                Act::CallOnThread(hook) => Some(format!("on another thread: {}", Peer::Calls(*hook))),
                Act::Poll(polls) => polled(*polls),
                Act::Settle => Some("rest".to_owned()),
            })
            .collect();
        if then.is_empty() { Ok(()) } else { write!(f, "; then {}", then.join("; ")) }
    }
}

#[cfg(test)]
mod tests {
    use crate::replay::Replay;

    #[test]
    fn a_scenario_reads_like_a_sentence() {
        let words = |text: &str| text.parse::<Replay>().expect("it is right").plan.to_string();
        assert_eq!(words("p1/n2/-"), "a stream of 2 items; nobody asks");
        assert_eq!(
            words("p1/e/hc/s.r5l.rah/n3.r1H/x2.ck/b4/d.p0.r3h._.p2.cd"),
            "an endless stream; handle and canceller are taken; in on_subscribe: request(5), request(unbounded) by \
             handle; at item 3: request(1) by handle, thread; at each 2 items: cancel by canceller; a panic at item 4; \
             from outside: request(3) by handle, rest, 2 polls, the handle is dropped"
        );
    }
}
