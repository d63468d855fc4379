//! How many items a subscriber asks for.

use std::fmt;
use std::num::NonZeroU64;

/// How many items a subscriber asks for: at least one (rule 3.9 holds by construction), at most
/// [`UNBOUNDED`](Demand::UNBOUNDED), and sums saturate there (rule 3.17).
///
/// "None" is `Option<Demand>`, which is no larger.
///
/// ```
/// use reactive_streams_core::Demand;
///
/// assert_eq!(Demand::new(0), None);
/// assert_eq!(Demand::of(2).saturating_add(Demand::of(3)), Demand::of(5));
/// assert!(Demand::UNBOUNDED.saturating_add(Demand::ONE).is_unbounded());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Demand(NonZeroU64);

impl Demand {
    /// One item.
    pub const ONE: Self = Self(NonZeroU64::MIN);

    /// As many items as there are. It is never used up.
    pub const UNBOUNDED: Self = Self(NonZeroU64::MAX);

    /// A demand for `n` items, or none for zero.
    #[inline]
    pub const fn new(n: u64) -> Option<Self> {
        match NonZeroU64::new(n) {
            Some(n) => Some(Self(n)),
            None => None,
        }
    }

    /// A demand for `n` items, for numbers known to be positive: literals, a capacity that was checked.
    ///
    /// # Panics
    ///
    /// When `n` is zero; in a constant, that is an error of the compiler.
    #[inline]
    pub const fn of(n: u64) -> Self {
        match Self::new(n) {
            Some(demand) => demand,
            None => panic!("a demand is at least one: ask for nothing by not asking"),
        }
    }

    /// The number of items; `u64::MAX` when unbounded.
    #[inline]
    pub const fn get(self) -> u64 {
        self.0.get()
    }

    /// Whether this is [`UNBOUNDED`](Demand::UNBOUNDED).
    #[inline]
    pub const fn is_unbounded(self) -> bool {
        self.0.get() == u64::MAX
    }

    /// The sum; it stops at [`UNBOUNDED`](Demand::UNBOUNDED).
    #[inline]
    #[must_use]
    pub const fn saturating_add(self, more: Self) -> Self {
        Self(self.0.saturating_add(more.0.get()))
    }

    /// The product; it stops at [`UNBOUNDED`](Demand::UNBOUNDED).
    #[inline]
    #[must_use]
    pub const fn saturating_mul(self, factor: NonZeroU64) -> Self {
        Self(self.0.saturating_mul(factor))
    }

    /// What is left once `n` items have been delivered, or none. Unbounded demand stays unbounded.
    #[inline]
    #[must_use]
    pub const fn less(self, n: u64) -> Option<Self> {
        if self.is_unbounded() { Some(self) } else { Self::new(self.0.get().saturating_sub(n)) }
    }
}

impl From<NonZeroU64> for Demand {
    fn from(n: NonZeroU64) -> Self {
        Self(n)
    }
}

impl fmt::Debug for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Demand({self})")
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unbounded() { f.write_str("unbounded") } else { self.0.fmt(f) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spec_3_17_sums_and_products_saturate() {
        let big = Demand::of((1 << 63) - 1);
        assert_eq!(big.saturating_add(big).saturating_add(Demand::ONE), Demand::UNBOUNDED);
        assert_eq!(big.saturating_mul(NonZeroU64::new(3).expect("three")), Demand::UNBOUNDED);
    }

    #[test]
    fn less_leaves_none_at_zero_and_unbounded_unbounded() {
        assert_eq!(Demand::of(3).less(1), Demand::new(2));
        assert_eq!(Demand::of(3).less(3), None);
        assert_eq!(Demand::UNBOUNDED.less(1 << 40), Some(Demand::UNBOUNDED));
    }
}
