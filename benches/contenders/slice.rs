//! The slice of the vectorised workloads.

use super::workloads::SLICE;
use std::hint::black_box;
use std::sync::OnceLock;

/// Numbers that no compiler foresees, the same for each contender.
pub fn slice() -> &'static [u64] {
    static ITEMS: OnceLock<Vec<u64>> = OnceLock::new();
    black_box(ITEMS.get_or_init(|| (0..SLICE).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 7).collect()))
}
