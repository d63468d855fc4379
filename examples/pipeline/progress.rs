//! The bar. On a stderr that is not a terminal there is none, and nothing is written to it.

use crate::reading::Summary;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use reactive_streams::Ledger;
use std::io::Read;
use std::time::Duration;

/// Shows how far the input is, and what has become of it.
#[derive(Clone)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::no_length();
        let style = ProgressStyle::with_template("{elapsed:>4} {spinner} {wide_msg}");
        bar.set_style(style.expect("the template is well-formed"));
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self(bar)
    }

    /// Follows `reader`, of `length` bytes if that is known.
    pub(crate) fn watch<R: Read>(&self, length: Option<u64>, reader: R) -> impl Read + use<R> {
        if let Some(length) = length {
            let style = ProgressStyle::with_template("{elapsed:>4} {bar:24} {percent:>3} % {wide_msg}");
            self.0.set_style(style.expect("the template is well-formed"));
            self.0.set_length(length);
        }
        self.0.wrap_read(reader)
    }

    /// What the consumer has just been given, and what the queues have counted so far, first to last.
    pub(crate) fn show(&self, summary: &Summary, queues: &[Ledger]) {
        if !self.0.is_hidden() {
            let read = queues.first().map_or(0, Ledger::received);
            let merged = queues.iter().map(Ledger::merged).sum();
            let dropped = queues.iter().map(Ledger::total_dropped).sum();
            let [read, merged, dropped] = [read, merged, dropped].map(HumanCount);
            self.0.set_message(format!("{read} read, {merged} merged, {dropped} dropped | {summary}"));
        }
    }

    /// Takes it off the screen.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
