//! The producer: sends row after row, as fast as it can.

use crate::input::{Input, Malformed};
use crate::progress::Progress;
use crate::reading::Reading;
use reactive_streams::{SendError, Sender, Sent, TrySendError};
use std::thread;
use std::time::{Duration, Instant};

/// How many readings the recorded stations make in a day.
const DAY: u64 = 72;
/// How long a day takes here. Its readings come at once.
const DAY_TAKES: Duration = Duration::from_millis(16);

/// What it has done.
#[derive(Default)]
pub(crate) struct Produced {
    pub(crate) rows: u64,
    /// How often the channel had no room for a row, so that it waited.
    pub(crate) waits: u64,
    /// Rows that the channel gave back to make room.
    pub(crate) evicted: u64,
}

/// Sends all rows. The last of the sender is the end of the stream.
pub(crate) fn produce(input: &Input, sender: &Sender<Reading, Malformed>, progress: &Progress) -> Produced {
    let mut produced = Produced::default();
    let rows = match input.open(progress) {
        Ok(rows) => rows,
        Err(missing) => {
            sender.fail(missing);
            return produced;
        }
    };
    let mut today = Instant::now();
    for row in rows {
        let reading = match row {
            Ok(reading) => reading,
            Err(malformed) => {
                sender.fail(malformed);
                break;
            }
        };
        if input.is_recorded() && produced.rows > 0 && produced.rows.is_multiple_of(DAY) {
            today += DAY_TAKES;
            thread::sleep(today.saturating_duration_since(Instant::now()));
        }
        let sent = match sender.try_send(reading) {
            Err(TrySendError::Full(reading)) => {
                produced.waits += 1;
                sender.send(reading)
            }
            sent => sent.map_err(|closed| SendError(closed.into_inner())),
        };
        match sent {
            Ok(Sent::Accepted) => {}
            Ok(_) => produced.evicted += 1,
            Err(SendError(_)) => break, // a stage has panicked, which whoever waits for the pipeline hears of
        }
        produced.rows += 1;
    }
    produced
}
