//! What the kit does to a subscriber.
//!
//! ```text
//! s1/t.f3/_/m.f9.c/hl/p2/k.01
//! |  |    | |      |  |  the schedule
//! |  |    | |      |  two polls
//! |  |    | |      the hook to lose interest is called; hm: the one to demand more; Hl, Hm: on another thread
//! |  |    | the publisher is told more; M: on another thread
//! |  |    everything comes to rest
//! |  where the publisher signals from, and what it does before anything comes to rest: see `moves`
//! version 1 of this grammar
//! ```

use super::moves::{code_of, style};
use super::{ReplayError, Retold, parts, read_moves, told, write_moves, write_told, wrong};
use crate::hooks::Hook::{self, Leave, More};
use crate::schedule::Told;
use crate::subscriber_suite::{Act, Script};
use std::fmt::{self, Display};
use std::str::FromStr;

pub(super) const VERSION: &str = "s1";

const fn letter(hook: Hook) -> char {
    match hook {
        More => 'm',
        Leave => 'l',
    }
}

impl Display for Retold<Script> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Script { style, first, then, .. } = &self.scenario;
        write!(f, "{VERSION}/{}", code_of(*style))?;
        write_moves(f, first)?;
        for act in then {
            match act {
                Act::Moves(moves) => f.write_str("/m").and_then(|()| write_moves(f, moves))?,
                Act::MovesOnThread(moves) => f.write_str("/M").and_then(|()| write_moves(f, moves))?,
                Act::Call(hook) => write!(f, "/h{}", letter(*hook))?,
                Act::CallOnThread(hook) => write!(f, "/H{}", letter(*hook))?,
                Act::Poll(polls) => write!(f, "/p{polls}")?,
                Act::Settle => f.write_str("/_")?,
            }
        }
        write_told(f, &self.told)
    }
}

fn act(text: &str) -> Option<Act> {
    let (head, moves) = text.split_once('.').map_or((text, None), |(head, moves)| (head, Some(moves)));
    Some(match (head, head.strip_prefix('p')) {
        ("m", _) => Act::Moves(read_moves(moves)?),
        ("M", _) => Act::MovesOnThread(read_moves(moves)?),
        ("hm", _) => Act::Call(More),
        ("hl", _) => Act::Call(Leave),
        ("Hm", _) => Act::CallOnThread(More),
        ("Hl", _) => Act::CallOnThread(Leave),
        ("_", _) => Act::Settle,
        (_, Some(polls)) => Act::Poll(polls.parse().ok()?),
        _ => return None,
    })
}

impl FromStr for Retold<Script> {
    type Err = ReplayError;

    fn from_str(text: &str) -> Result<Self, ReplayError> {
        let mut parts = parts(text, VERSION)?;
        let begin = parts.next().ok_or(ReplayError::CutOff)?;
        let (from, moves) = begin.split_once('.').map_or((begin, None), |(from, moves)| (from, Some(moves)));
        let read = style(from).zip(read_moves(moves));
        let (from, first) = read.ok_or_else(|| wrong(begin))?;
        let (mut then, mut own) = (Vec::new(), Told::default());
        for text in parts {
            match told(text) {
                Some(told) => own = told,
                None => then.push(act(text).ok_or_else(|| wrong(text))?),
            }
        }
        Ok(Self { scenario: Script::again(from, first, then), told: own })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subscriber_suite::scenarios;
    use crate::{SubscriberCapabilities, check_replay};

    #[test]
    fn every_scenario_of_a_subscriber_survives_the_round_trip() {
        for script in scenarios::all(&SubscriberCapabilities::new().cancels_after(3)) {
            let text =
                Retold { scenario: script, told: Told { choices: vec![2, 1], spurious: false } }.to_string();
            let again: Retold<Script> = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(again.to_string(), text);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let part = |part: &str| Err(ReplayError::Part(part.to_owned()));
        assert_eq!(check_replay("s1/t.f3/_/m.f9.c/hl/p2/k.01"), Ok(()));
        assert_eq!(check_replay("s1"), Err(ReplayError::CutOff));
        assert_eq!(check_replay("s1/x.f3"), part("x.f3"));
        for wrong in ["m.f", "m.x3", "hx", "p", "", "k.-"] {
            assert_eq!(check_replay(&format!("s1/s/{wrong}")), part(wrong), "{wrong}");
        }
    }
}
