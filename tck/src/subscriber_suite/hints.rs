//! What speaks for a mistake of the fixture where certain checks of a subscriber fail.

use super::judges::asks_only_when_told;
use super::play::Seen;
use crate::hints::Hint;
use crate::hooks::Hook;
use crate::log::What;
use crate::peer::Peer;

/// All that there is to say.
pub(super) fn all(seen: &[Seen]) -> Vec<Hint> {
    let hints = [asks_only_when_told(seen), never_cancels(seen), is_never_done(seen)];
    hints.into_iter().flatten().collect()
}

fn times(all: &[Seen], is: impl Fn(&What) -> bool) -> usize {
    all.iter().filter(|seen| seen.trace.has(&is)).count()
}

/// It was told to, or said that it would, and in no scenario a cancel came.
fn never_cancels(all: &[Seen]) -> Option<Hint> {
    let enough = all.first()?.capabilities.enough;
    let cancels = |seen: &Seen| {
        seen.entries().any(|(_, _, past, what)| {
            // Only what it does by itself has to do with what it says; and when all is over the kit lets go of it.
            let made = past.over || enough.is_some() && (past.told || past.again);
            matches!(what, What::Cancel { .. }) && !made
        })
    };
    if all.iter().any(cancels) {
        return None;
    }
    let told = times(all, |what| matches!(what, What::Peer(Peer::Calls(Hook::Leave))));
    let says = match enough {
        Some(enough) => format!(
            "it never cancelled by itself. Does it do so after {enough} items, as cancels_after({enough}) in capabilities() says?"
        ),
        None => format!(
            "the hook of on_leave() was called in {told} scenarios, and no cancel came in any. Does the hook do what makes the \
             subscriber lose interest?"
        ),
    };
    Some(Hint { checks: &["2.6/1", "2.6/2"], says })
}

/// Its end was told in no scenario.
fn is_never_done(all: &[Seen]) -> Option<Hint> {
    let ends = times(all, What::is_terminal);
    let told = times(all, |what| matches!(what, What::Peer(Peer::Done(_))));
    (ends > 0 && told == 0).then(|| Hint {
        checks: &["2.9/2", "2.10/2"],
        says: format!(
            "a terminal came in {ends} scenarios, and the fixture told in none that the subscriber was done. Does it call what \
             hooks.done() gave it? If nobody can see it, let capabilities() say so: unobserved()"
        ),
    })
}
