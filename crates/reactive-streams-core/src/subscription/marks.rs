//! What a subscription knows besides its demand: one word, so that an operator that carries it moves one word.

/// A set of marks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks(pub(super) u64);

impl Marks {
    pub(super) const NONE: Self = Self(0);
    /// It wants nothing more.
    pub(super) const CANCELLED: Self = Self(1);
    /// Somebody can still ask from elsewhere, or could.
    pub(super) const HANDED_OUT: Self = Self(1 << 1);
    /// A wake-up was taken out of the word and not yet answered by running again.
    pub(super) const NOTED: Self = Self(1 << 2);
    /// Demand was taken out of the word since this run began: the publisher may have decided to park before. Likewise
    /// what was asked for before the first run, by which nothing was answered yet.
    pub(super) const FRESH: Self = Self(1 << 3);
    /// See [`immediate`](super::Subscription::immediate).
    pub(super) const IMMEDIATE: Self = Self(1 << 4);

    #[inline]
    pub(super) const fn has(self, mark: Self) -> bool {
        self.0 & mark.0 != 0
    }

    #[inline]
    pub(super) const fn set(&mut self, mark: Self) {
        self.0 |= mark.0;
    }

    #[inline]
    pub(super) const fn clear(&mut self, mark: Self) {
        self.0 &= !mark.0;
    }

    /// With this one, too, if so.
    #[inline]
    pub(super) const fn with(mut self, mark: Self, so: bool) -> Self {
        if so {
            self.set(mark);
        }
        self
    }

    /// Those that stay when the subscription is given away.
    #[inline]
    pub(super) const fn lasting(self) -> Self {
        Self(self.0 & (Self::CANCELLED.0 | Self::HANDED_OUT.0))
    }
}
