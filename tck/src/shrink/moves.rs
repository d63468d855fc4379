//! Less of what the kit does as a publisher.

use super::lower;
use crate::upstream::Move;

/// Fewer moves, and then moves of lower numbers.
pub(super) fn of(moves: &[Move]) -> Vec<Vec<Move>> {
    let mut all = Vec::new();
    if moves.len() > 2 {
        all.push(moves[moves.len() / 2..].to_vec());
        all.push(moves[..moves.len() / 2].to_vec());
    }
    for at in (0..moves.len()).rev() {
        let mut fewer = moves.to_vec();
        fewer.remove(at);
        all.push(fewer);
    }
    for (at, one) in moves.iter().enumerate() {
        let (n, of): (_, fn(u64) -> Move) = match *one {
            Move::Feed(n) => (n, Move::Feed),
            Move::Burst(n) => (n, Move::Burst),
            Move::Rounds(n) => (n, Move::Rounds),
            Move::Unasked(n) => (n, Move::Unasked),
            Move::Late(n) => (n, Move::Late),
            _ => continue,
        };
        for n in lower(n, 0) {
            let mut lower = moves.to_vec();
            lower[at] = of(n);
            all.push(lower);
        }
    }
    all
}
