//! A finished log for people: who called what, and what came.

use crate::log::{Call, Via, What};
use crate::trace::Trace;
use std::fmt::{self, Write as _};

/// So many entries before the one in question are shown, and half as many after it.
const AROUND: usize = 24;

impl Trace {
    /// What happened, for people; `marked` is the entry in question.
    pub(crate) fn timeline(&self, marked: usize) -> String {
        self.timeline_around(Some(marked), AROUND)
    }

    /// All that happened.
    pub(crate) fn whole_timeline(&self) -> String {
        self.timeline_around(None, usize::MAX / 2)
    }

    fn timeline_around(&self, marked: Option<usize>, around: usize) -> String {
        let mut text = String::new();
        // A processor has a side above, too.
        let columns: &[&str] = match self.course {
            Some(_) => {
                &["the subscriber calls", "the processor signals", "the processor calls", "upstream signals"]
            }
            None => &["the subscriber calls", "the publisher signals"],
        };
        let _ = writeln!(text, "        #  time     thread  {}", aligned(columns));
        let (total, middle) = (self.len(), marked.unwrap_or(0));
        let from = if total > 2 * around { middle.saturating_sub(around) } else { 0 };
        let until = if total > 2 * around { (middle + around / 2).min(total) } else { total };
        if from > 0 {
            let _ = writeln!(text, "      ... {from} entries before");
        }
        for (number, _, event) in self.entries().skip(from).take(until - from) {
            let (what, column) = match &event.what {
                What::Above(what) => (&**what, 2),
                what => (what, 0),
            };
            if let What::Return(_) = what {
                continue;
            }
            let column = column + usize::from(what.is_signal() || matches!(what, What::Dropped));
            let mut cells = vec![""; columns.len()];
            let words = what.to_string();
            cells[column.min(columns.len() - 1)] = &words;
            let mark = if Some(number) == marked { "->" } else { "  " };
            let time = format!("{:?}", event.at);
            let line = format!("   {mark} {number:>3}  {time:<7}  {:<6}  {}", event.thread, aligned(&cells));
            let _ = writeln!(text, "{}", line.trim_end());
        }
        if until < total {
            let _ = writeln!(text, "      ... {} entries after", total - until);
        }
        text
    }
}

fn aligned(cells: &[&str]) -> String {
    let line: String = cells.iter().map(|cell| format!("{cell:<22}  ")).collect();
    line.trim_end().to_owned()
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unused = |unused: &Option<reactive_streams_core::Demand>| match unused {
            Some(demand) => format!("unused: {demand}"),
            None => "unused: none".to_owned(),
        };
        match self {
            Self::Subscribe => f.write_str("subscribe"),
            Self::Request { n: u64::MAX, via } => write!(f, "request(unbounded){via}"),
            Self::Request { n, via } => write!(f, "request({n}){via}"),
            Self::Cancel { via: Via::HandleDropped } => f.write_str("drop(handle)"),
            Self::Cancel { via } => write!(f, "cancel{via}"),
            Self::OnSubscribe => f.write_str("on_subscribe"),
            Self::OnNext { index, value: None } => write!(f, "on_next #{index}"),
            Self::OnNext { index, value: Some(value) } => write!(f, "on_next #{index}: {value}"),
            Self::OnComplete { unused: demand } => write!(f, "on_complete ({})", unused(demand)),
            Self::OnError { error: None, unused: demand } => write!(f, "on_error ({})", unused(demand)),
            Self::OnError { error: Some(error), unused: demand } => {
                write!(f, "on_error {error} ({})", unused(demand))
            }
            Self::Elided { items, .. } => write!(f, "... {items} items"),
            Self::StackGrows { index, stack } => {
                write!(f, "! item {index} is {stack} KiB of stack below the first")
            }
            Self::Return(call) => write!(f, "return of {call}"),
            Self::Dropped => f.write_str("(subscriber dropped)"),
            Self::Locked => f.write_str("! a lock is held"),
            Self::Handle => f.write_str("handle"),
            Self::GiveUp => f.write_str("give_up(handle)"),
            Self::SubscriberPanics => f.write_str("panic"),
            Self::Runaway => f.write_str("gives up: no end of items"),
            Self::SourceRunsAway { .. } => f.write_str("! no end of items taken"),
            Self::Unwound(from) => write!(f, "unwound out of {from}"),
            Self::Panicked { from, message } => write!(f, "panic out of {from}: {message}"),
            Self::Drained { busy: false } => f.write_str(". tasks at rest"),
            Self::Drained { busy: true } => f.write_str(". tasks busy"),
            Self::Settled { ticking: true, .. } => f.write_str("= at rest, clock ticking"),
            Self::Settled { ticking: false, .. } => f.write_str("= at rest"),
            Self::TornDown => f.write_str("= all let go"),
            Self::Peer(peer) => peer.fmt(f),
            Self::Above(what) => write!(f, "^ {what}"),
            Self::Elsewhere => f.write_str("-"),
        }
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lent => "",
            Self::Handle => " by handle",
            Self::Canceller => " by canceller",
            Self::HandleOnThread => " by handle, thread",
            Self::CancellerOnThread => " by canceller, thread",
            Self::HandleDropped => " by drop",
        })
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Subscribe => "subscribe",
            Self::Request => "request",
            Self::Cancel => "cancel",
            Self::Settle => "a task or alarm",
            Self::Signal => "a signal",
            Self::TearDown => "the tear-down",
        })
    }
}
