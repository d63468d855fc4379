//! Many subscribers of one publisher.

use super::{best, row};
use crate::contenders::{broadcast_among, share_among};
use serde_json::Value;

/// In all, however many subscribers share them.
const DELIVERIES: u64 = 800_000;

pub fn subscribers() -> Value {
    [1, 8, 64, 1_000].into_iter().map(among).collect()
}

fn among(subscribers: u64) -> Value {
    let (ours, tokio) =
        (move || share_among(DELIVERIES, subscribers), move || broadcast_among(DELIVERIES, subscribers));
    let best = best(&[("share", &ours), ("broadcast", &tokio)]);
    let ns = |at: usize| best[at].as_nanos() as f64 / DELIVERIES as f64;
    row(
        &format!("{subscribers} subscribers"),
        &[("share, ns a delivery", ns(0)), ("broadcast of tokio, ns a delivery", ns(1))],
    )
}
