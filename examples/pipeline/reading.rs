//! What flows: readings, and what they are folded into.

use std::fmt;
use std::sync::Arc;

/// One row.
pub(crate) struct Reading {
    /// Its text, short.
    pub(crate) name: String,
    /// Its numbers, in the order of `columns`.
    pub(crate) values: Vec<f64>,
    /// What the numbers are.
    pub(crate) columns: Arc<[String]>,
}

/// What is kept of one reading or of several.
#[derive(Clone)]
pub(crate) struct Summary {
    pub(crate) readings: u64,
    first: String,
    last: String,
    ranges: Vec<Range>,
    columns: Arc<[String]>,
}

#[derive(Clone, Copy)]
struct Range {
    min: f64,
    sum: f64,
    max: f64,
}

impl From<Reading> for Summary {
    fn from(reading: Reading) -> Self {
        let Reading { name, values, columns } = reading;
        let ranges = values.into_iter().map(|value| Range { min: value, sum: value, max: value }).collect();
        Self { readings: 1, first: name.clone(), last: name, ranges, columns }
    }
}

impl Summary {
    /// Folds a later one in.
    pub(crate) fn and(mut self, later: Self) -> Self {
        self.readings += later.readings;
        self.last = later.last;
        for (range, other) in self.ranges.iter_mut().zip(later.ranges) {
            range.min = range.min.min(other.min);
            range.sum += other.sum;
            range.max = range.max.max(other.max);
        }
        self
    }

    /// A line for each column: `temp 10.9 to 100.0, 55.3 on average`.
    pub(crate) fn columns(&self) -> impl Iterator<Item = String> {
        let readings = self.readings as f64;
        self.columns.iter().zip(&self.ranges).map(move |(name, Range { min, sum, max })| {
            format!("{name} {min:.1} to {max:.1}, {:.1} on average", sum / readings)
        })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.readings {
            1 => f.write_str(&self.first),
            readings => write!(f, "{readings} from {} to {}", self.first, self.last),
        }
    }
}
