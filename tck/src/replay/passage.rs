//! What goes in above a processor, and what is asked below.
//!
//! ```text
//! x1/t.f3.c/h/s.r5l/d.r3h._/k.01
//! |  |      |                the subscriber below, what is done from outside and the schedule, as for a publisher
//! |  the publisher above: see `moves`
//! version 1 of this grammar
//! ```

use super::moves::{code_of, style};
use super::{ReplayError, part, parts, read_moves, takes, told, write_moves, write_plan, write_told, wrong};
use crate::Length;
use crate::plan::{Order, Plan, Source};
use crate::schedule::Told;
use crate::upstream::{Move, Style};
use std::fmt::{self, Display};
use std::str::FromStr;

pub(super) const VERSION: &str = "x1";

/// What a string says of a passage. The stream below follows from the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Through {
    pub(crate) style: Style,
    pub(crate) moves: Vec<Move>,
    pub(crate) plan: Plan,
    pub(crate) told: Told,
}

pub(super) fn check(text: &str) -> Result<(), ReplayError> {
    text.parse::<Through>().map(|_| ())
}

impl Display for Through {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VERSION}/{}", code_of(self.style))?;
        write_moves(f, &self.moves)?;
        f.write_str("/")?;
        write_plan(f, &self.plan, '/')?;
        write_told(f, &self.told)
    }
}

impl FromStr for Through {
    type Err = ReplayError;

    fn from_str(text: &str) -> Result<Self, ReplayError> {
        let mut parts = parts(text, VERSION)?;
        let (Some(above), Some(took)) = (parts.next(), parts.next()) else {
            return Err(ReplayError::CutOff);
        };
        let (from, moves) = above.split_once('.').map_or((above, None), |(from, moves)| (from, Some(moves)));
        let read = style(from).zip(read_moves(moves));
        let (style, moves) = read.ok_or_else(|| wrong(above))?;
        let mut plan = Plan::new("played again", Source::Length(Length::Endless));
        plan.order = Order::Every;
        takes(&mut plan, took).ok_or_else(|| wrong(took))?;
        let mut through = Self { style, moves, plan, told: Told::default() };
        for text in parts {
            match told(text) {
                Some(told) => through.told = told,
                None => part(&mut through.plan, text).ok_or_else(|| wrong(text))?,
            }
        }
        Ok(through)
    }
}
