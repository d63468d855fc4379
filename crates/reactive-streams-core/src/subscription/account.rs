//! The demand that a subscription keeps itself: one number, counted down by one for each item.

/// Requested, taken over and not delivered. From [`FULL`] on it is without a bound, and is counted down all the same, so
/// that no item costs a look at which of the two it is: to count down to where the bound begins takes some centuries.
#[derive(Clone, Copy)]
pub(super) struct Account(u64);

/// From here on demand is without a bound (rule 3.17).
const FULL: u64 = 1 << 63;

impl Account {
    pub(super) const ALL: Self = Self(u64::MAX);

    #[inline]
    pub(super) const fn of(demand: u64) -> Self {
        Self(demand)
    }

    /// `u64::MAX` is without a bound.
    #[inline]
    pub(super) fn total(self) -> u64 {
        if self.0 < FULL { self.0 } else { u64::MAX }
    }

    #[inline]
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is asked for in a callback: a branch, and not a choice of values that each item pays for.
    #[inline]
    pub(super) fn add(&mut self, more: u64) {
        self.0 = match self.0.checked_add(more) {
            Some(sum) => sum,
            None => most(),
        };
    }

    /// What was asked for elsewhere.
    #[inline]
    pub(super) fn take_over(&mut self, more: u64) {
        self.0 = self.0.saturating_add(more);
    }

    /// The demand for one item is used.
    #[inline]
    pub(super) fn take_one(&mut self) {
        self.0 = self.0.wrapping_sub(1);
    }

    /// It is not used after all.
    #[inline]
    pub(super) fn give_back(&mut self) {
        self.0 = self.0.saturating_add(1);
    }

    #[inline]
    pub(super) fn clear(&mut self) {
        self.0 = 0;
    }
}

/// A call, and not a value, so that the compiler keeps the branch in front of it.
#[cold]
#[inline(never)]
fn most() -> u64 {
    std::hint::black_box(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_exact_up_to_where_there_is_no_bound() {
        for (before, more, total) in [
            (0, 1, 1),
            (5, 96, 101),
            (1, FULL - 2, FULL - 1),
            (1, FULL - 1, u64::MAX),
            (FULL, 1, u64::MAX),
            (1, u64::MAX - 1, u64::MAX),
            (2, u64::MAX - 1, u64::MAX),
            (7, u64::MAX, u64::MAX),
            (u64::MAX, 7, u64::MAX),
            (u64::MAX, u64::MAX, u64::MAX),
        ] {
            let (mut asked, mut taken) = (Account::of(before), Account::of(before));
            asked.add(more);
            taken.take_over(more);
            assert_eq!((asked.total(), taken.total()), (total, total), "{before} and {more}");
        }
    }

    #[test]
    fn an_item_uses_one_and_leaves_what_has_no_bound_without_one() {
        for (before, after) in
            [(1, 0), (97, 96), (FULL - 1, FULL - 2), (u64::MAX, u64::MAX), (FULL + 1, u64::MAX)]
        {
            let mut account = Account::of(before);
            account.take_one();
            assert_eq!((account.total(), account.is_empty()), (after, after == 0));
            account.give_back();
            assert_eq!(account.total(), Account::of(before).total());
        }
        let mut all = Account::ALL;
        all.give_back();
        assert_eq!(all.total(), u64::MAX, "what was not counted is not given back either");
        all.clear();
        assert!(all.is_empty());
    }
}
