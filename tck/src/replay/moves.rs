//! What the kit does as a publisher, in a replay string: where it signals from (s straight, t from a task), and its moves.
//!
//! ```text
//! t.f3.b2.u1.c    items until there were 3 in all; at most 2 as long as there is demand; 1 that nobody asked for; completes
//! r4              as is asked for, until it has asked 4 times
//! e a v p         fails; subscribes again; drops the subscriber; panics
//! hm hl           calls the hook to demand more, to lose interest
//! l2 lc le        after a cancel: 2 items, completes, fails
//! ```

use crate::hooks::Hook;
use crate::upstream::{Move, Style};
use std::fmt::{self, Write};

/// Moves that stand by themselves.
const PLAIN: [(Move, &str); 9] = [
    (Move::Complete, "c"),
    (Move::Fail, "e"),
    (Move::Again, "a"),
    (Move::Vanish, "v"),
    (Move::Panic, "p"),
    (Move::Hook(Hook::More), "hm"),
    (Move::Hook(Hook::Leave), "hl"),
    (Move::LateComplete, "lc"),
    (Move::LateFail, "le"),
];

/// Each behind a dot.
pub(crate) fn write_moves(f: &mut impl Write, moves: &[Move]) -> fmt::Result {
    for one in moves {
        match one {
            Move::Feed(n) => write!(f, ".f{n}")?,
            Move::Burst(n) => write!(f, ".b{n}")?,
            Move::Rounds(n) => write!(f, ".r{n}")?,
            Move::Unasked(n) => write!(f, ".u{n}")?,
            Move::Late(n) => write!(f, ".l{n}")?,
            plain => {
                let code = PLAIN.iter().find(|(known, _)| known == plain).map_or("?", |(_, code)| code);
                write!(f, ".{code}")?;
            }
        }
    }
    Ok(())
}

fn read_move(code: &str) -> Option<Move> {
    if let Some((plain, _)) = PLAIN.iter().find(|(_, known)| *known == code) {
        return Some(*plain);
    }
    let (kind, n) = code.split_at_checked(1)?;
    let n = n.parse().ok()?;
    match kind {
        "f" => Some(Move::Feed(n)),
        "b" => Some(Move::Burst(n)),
        "r" => Some(Move::Rounds(n)),
        "u" => Some(Move::Unasked(n)),
        "l" => Some(Move::Late(n)),
        _ => None,
    }
}

/// What stands behind the first dot, if there is one.
pub(crate) fn read_moves(codes: Option<&str>) -> Option<Vec<Move>> {
    codes.map_or(Some(Vec::new()), |codes| codes.split('.').map(read_move).collect())
}

pub(super) fn style(code: &str) -> Option<Style> {
    match code {
        "s" => Some(Style::Straight),
        "t" => Some(Style::Task),
        _ => None,
    }
}

pub(super) const fn code_of(style: Style) -> char {
    match style {
        Style::Straight => 's',
        Style::Task => 't',
    }
}
