//! The judges of how a subscriber bears its end, and of what the contract adds.

use super::judges::{enough, in_terminal};
use super::play::Seen;
use crate::hooks::End;
use crate::log::{Call, What};
use crate::outcome::Judgement;
use crate::peer::Peer;

/// Rules 2.9 and 2.10 differ in the terminal.
fn bears_the_end(seen: &Seen, end: End, judgement: &mut Judgement) {
    let ours = |what: &What| match end {
        End::Completed => matches!(what, What::OnComplete { .. }),
        End::Failed => matches!(what, What::OnError { .. }),
    };
    let name = if end == End::Completed { "completed" } else { "failed" };
    for (at, before, past, what) in seen.entries() {
        let came = if end == End::Completed { past.completed } else { past.failed };
        match what {
            what if ours(what) => {
                judgement.witness(1);
                if seen.tells && before.is_open() && !past.told {
                    [2, 3, 4].into_iter().for_each(|check| judgement.witness(check));
                }
            }
            What::Panicked { from: Call::Signal, message } if came => {
                judgement.object(1, at, "the terminal to return normally", format!("a panic: {message}"));
            }
            What::Settled { .. } if came && seen.tells && before.cancelled.is_none() && !before.panicked => {
                match past.done {
                    // Nobody may be there any more to be told of it.
                    None if past.told => {}
                    None => judgement.object(2, at, format!("done: {name}"), "the subscriber is not done"),
                    // It was done by itself, at the same time.
                    Some(_) if enough(seen, before.delivered) => {}
                    Some((when, how)) if how != end => {
                        judgement.object(3, when, format!("done: {name}"), "the other end");
                    }
                    Some((when, _))
                        if before.terminal.is_some_and(|terminal| when < terminal)
                            && !enough(seen, before.delivered) =>
                    {
                        judgement.object(4, when, "done after the terminal, not before it", "done before");
                    }
                    Some(_) => {}
                }
            }
            // Not ended at all: nothing to be done with, and nothing to be told of.
            What::Settled { .. } if end == End::Completed && before.is_open() && !past.broke_off => {
                if let Some((when, _)) = past.done {
                    judgement.object(4, when, "nothing yet: the stream goes on", "the subscriber is done");
                }
            }
            What::Peer(Peer::Done(_)) if end == End::Completed && past.done.is_some() => {
                judgement.object(4, at, "one end", "a second one");
            }
            _ => {}
        }
    }
}

pub(crate) fn bears_completion(seen: &Seen, judgement: &mut Judgement) {
    bears_the_end(seen, End::Completed, judgement);
}

pub(crate) fn bears_failure(seen: &Seen, judgement: &mut Judgement) {
    bears_the_end(seen, End::Failed, judgement);
}

pub(crate) fn returns_normally(seen: &Seen, judgement: &mut Judgement) {
    for (at, before, past, what) in seen.entries() {
        match what {
            What::Panicked { from: Call::Signal, message } => {
                let signal = before.inside.map(|signal| seen.trace.event(signal).what.to_string());
                let signal = signal.unwrap_or_else(|| "the signal".to_owned());
                judgement.object(
                    3,
                    at,
                    format!("{signal} to return normally"),
                    format!("a panic: {message}"),
                );
            }
            What::Panicked { from, message } if !past.broke_off => {
                judgement.object(4, at, format!("{from} to return normally"), format!("a panic: {message}"));
            }
            What::Return(call) if seen.trace.event(*call).what.is_signal() => {
                judgement.witness(3);
                judgement.witness(4);
            }
            _ => {}
        }
    }
}

/// Rules 3.10 and 3.11 differ in what is signalled.
fn bears_it_at_once(seen: &Seen, terminal: bool, judgement: &mut Judgement) {
    for (at, before, past, what) in seen.entries() {
        match what {
            What::OnNext { .. } if !terminal && past.is_synchronous() => judgement.witness(2),
            what if terminal && what.is_terminal() && past.is_synchronous() => judgement.witness(2),
            What::Panicked { from: Call::Signal, message }
                if past.calling > 0 && in_terminal(seen, before) == terminal =>
            {
                let expected = "the signal to be taken while the request has not returned";
                judgement.object(2, at, expected, format!("a panic: {message}"));
            }
            _ => {}
        }
    }
}

pub(crate) fn bears_items_at_once(seen: &Seen, judgement: &mut Judgement) {
    bears_it_at_once(seen, false, judgement);
}

pub(crate) fn bears_terminals_at_once(seen: &Seen, judgement: &mut Judgement) {
    bears_it_at_once(seen, true, judgement);
}

pub(crate) fn knows_an_end_from_a_loss(seen: &Seen, judgement: &mut Judgement) {
    for (at, before, past, what) in seen.entries() {
        let lost = past.broke_off && before.terminal.is_none();
        match what {
            What::Settled { busy, ticking } if lost => {
                judgement.witness(4);
                if seen.tells {
                    judgement.witness(3);
                }
                if *busy || *ticking {
                    let got = if *busy { "tasks run on and on" } else { "alarms are armed again and again" };
                    judgement.object(4, at, "rest after the subscriber was dropped", got);
                }
            }
            What::Peer(Peer::Done(End::Completed))
                if lost && !enough(seen, before.delivered) && !past.left =>
            {
                let expected = "no completion: the subscriber was dropped without a terminal";
                judgement.object(3, at, expected, "done: completed");
            }
            _ => {}
        }
    }
}

pub(crate) fn owns_no_cycle(seen: &Seen, judgement: &mut Judgement) {
    for (at, before, event) in seen.trace.entries() {
        let What::TornDown = event.what else { continue };
        if before.subscribed == 0 {
            continue;
        }
        judgement.witness(3);
        judgement.witness(4);
        if before.dropped.is_none() {
            let expected =
                "the subscriber to be dropped with its publisher, the hooks, the tasks and the alarms";
            judgement.object(3, at, expected, "it is still alive");
        } else if event.live > 0 {
            let got = format!("{} are still alive", event.live);
            judgement.object(4, at, "no item to be alive when all is let go", got);
        }
    }
}
