//! Several subscribers of a publisher that can be cloned.
//!
//! ```text
//! c1/n5/m.h/m.-,s.r3l,n2.cl/a.j0._.0r2h.j1._/k.01
//! |  |  |   |               |                the schedule
//! |  |  |   |               from outside: the first one subscribes, rest, it asks for 2, the second one subscribes
//! |  |  |   a subscriber, as in the string of a publisher, with commas
//! |  |  another one; `w2.1ch`: at its item 2 it cancels by the handle of `m` 1, `wt` in its terminal, `wd` when it is
//! |  |  dropped; `js.1`: in its on_subscribe `m` 1 subscribes, and so on
//! |  the stream
//! version 1 of this grammar
//! ```

use super::{
    Code, ReplayError, Retold, of_member, part, parts, source, takes, told, write_plan, write_source,
};
use super::{write_told, wrong};
use crate::company::{Act, Company};
use crate::plan::Plan;
use crate::schedule::Told;
use std::fmt::{self, Display};
use std::str::FromStr;

pub(super) const VERSION: &str = "c1";

impl Display for Retold<Company> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Company { source, members, acts, .. } = &self.scenario;
        write!(f, "{VERSION}/")?;
        write_source(f, *source)?;
        for member in members {
            f.write_str("/m.")?;
            write_plan(f, member, ',')?;
        }
        f.write_str("/a")?;
        for act in acts {
            match act {
                Act::Join(member) => write!(f, ".j{member}")?,
                Act::Do(member, step) => write!(f, ".{member}{}", Code(*step))?,
                Act::Settle => f.write_str("._")?,
            }
        }
        write_told(f, &self.told)
    }
}

fn act(code: &str, members: usize) -> Option<Act> {
    let act = match code.strip_prefix('j') {
        _ if code == "_" => return Some(Act::Settle),
        Some(member) => Act::Join(member.parse().ok()?),
        None => {
            let (member, step) = of_member(code)?;
            Act::Do(member, step)
        }
    };
    let (Act::Join(member) | Act::Do(member, _)) = act else { return None };
    (member < members).then_some(act)
}

impl FromStr for Retold<Company> {
    type Err = ReplayError;

    fn from_str(text: &str) -> Result<Self, ReplayError> {
        let mut parts = parts(text, VERSION)?;
        let stream = parts.next().ok_or(ReplayError::CutOff)?;
        let stream = source(stream).ok_or_else(|| wrong(stream))?;
        let (mut members, mut acts, mut own) = (Vec::new(), None, Told::default());
        for text in parts {
            if let Some(told) = told(text) {
                own = told;
            } else if let Some(member) = text.strip_prefix("m.") {
                let mut plan = Plan::new("played again", stream);
                let mut codes = member.split(',');
                let read = takes(&mut plan, codes.next().unwrap_or_default());
                read.and_then(|()| codes.try_for_each(|code| part(&mut plan, code)))
                    .ok_or_else(|| wrong(text))?;
                members.push(plan);
            } else {
                let codes = text.strip_prefix("a.").ok_or_else(|| wrong(text))?.split('.');
                let read: Option<Vec<Act>> = codes.map(|code| act(code, members.len())).collect();
                acts = Some(read.ok_or_else(|| wrong(text))?);
            }
        }
        let of_none = |plan: &Plan| plan.others().any(|member| member >= members.len());
        if members.iter().any(of_none) {
            return Err(wrong(text));
        }
        let acts = acts.filter(|_| !members.is_empty()).ok_or(ReplayError::CutOff)?;
        Ok(Self { scenario: Company::again(stream, members, acts), told: own })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Capabilities, check_replay, company};

    #[test]
    fn every_scenario_with_several_subscribers_survives_the_round_trip() {
        for company in company::all(&Capabilities::new()) {
            let text =
                Retold { scenario: company, told: Told { choices: vec![2, 1], spurious: true } }.to_string();
            let again: Retold<Company> = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(again.to_string(), text);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let part = |part: &str| Err(ReplayError::Part(part.to_owned()));
        assert_eq!(check_replay("c1/n5/m.h/m.-,s.r3l,n2.cl/a.j0._.0r2h.j1._/k.01"), Ok(()));
        assert_eq!(check_replay("c1/n5/m.h,w2.1ch,wt.1r9h,wd.0ch/m.h/a.j0"), Ok(()));
        assert_eq!(check_replay("p1/n5/h/w2.0ch"), part("w2.0ch"), "there is no other one");
        assert_eq!(check_replay("c1/n5/m.h"), Err(ReplayError::CutOff));
        assert_eq!(check_replay("c1/n5/a.j0/m.h"), part("a.j0"));
        for wrong in ["m.x", "m.h,w2.ch", "m.h,s.r0l", "a.j1", "a.0r2", "a.x", "z"] {
            assert_eq!(check_replay(&format!("c1/n5/m.h/{wrong}")), part(wrong), "{wrong}");
        }
    }
}
