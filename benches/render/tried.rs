//! What was tried for the goals that are not met: the report says it beside them.

use super::string;
use serde_json::Value;
use std::fmt::Write;

/// By workload. The figures that this rests on stand in `docs/performance.md`, with their commands, or in the decision
/// that is named (`docs/decisions`).
const TRIED: &[(&str, &str)] = &[
    (
        "W2",
        "nothing beyond the hand loop, which ours is, instruction for instruction: the compiler finds a shorter one for \
         futures.",
    ),
    (
        "W10b",
        "demand without a bound is counted down like any other, so that no item costs a look at which it is, and a request \
         stays a branch (22 instructions before, 3.14 times). Of the 15 that are left the loop has seven, the subscriber's \
         own count three and the demand three; the other two copy registers, since the compiler adds a request to the \
         demand from before the item. Tried: two numbers that only grow, which takes 13 here, and 12 instead of 7 for \
         request(1) for each item and 12 instead of 10 behind a filter; two loops, one for each kind of demand (15, and \
         twice as much as now where a handle is held); a barrier in the request, so that one of the two copies goes (14.07, \
         2.01 times, and 11.5 instead of 9.8 behind a filter); the unit taken before the source is asked (the compiler moves \
         it back).",
    ),
    (
        "W4a, W4b, W5",
        "an inner without a lock and without an allocation (decision 0008); downstream in the inner's subscriber and not \
         behind a box, and a loop over a subscription that the compiler knows where everything was asked for: the \
         instructions of the hand loop (32 before).",
    ),
    (
        "W4c",
        "no lock where nobody holds a link (decision 0008: 411 instructions an inner before); a relay that hands the load \
         back, and an inner that is inlined to its end (416 before, 175 now). Half of them is the way to the operator and \
         back, which the compiler does not merge with the loop of the outer; the rest is downstream, which goes to each \
         inner and back, so that the items of a long one cost what those of the hand loop do. Of `flat_map_iter`: the \
         state in the frame of its upstream for the whole stream, which takes less an inner and half as much again an item.",
    ),
    (
        "WU, W6z, W6m",
        "one thread has all inputs for itself, under no lock (decision 0012: 4,356, 3,274 and 831 instructions before), and an \
         input keeps the machine from item to item (decision 0014: 814, 493 and 143 before), by value, so that the loop of its \
         source stays in registers (43 instructions an item of merge before, 31 now, of which the looks are a third). A pair \
         of zip (183 before, 167 now) goes through a queue besides, and the other input is asked, resumed and parked for each \
         32: half as often if the one that runs gathered a batch first, for which an item that could go out would wait. An \
         inner of one item pays for a line of its own: subscribe, put, complete, let go.",
    ),
    (
        "W7, W8",
        "a ring whose consumer writes no slot (decision 0006) and whose slots have no marks, and a consumer that lets the \
         producer get ahead once it has caught up (decision 0015); a source elsewhere without a relay (decision 0005); no fence \
         an item; a longer look before going to sleep, which makes three boundaries on two cores slower, so that it is shorter \
         now. What an item costs its producer is the fence, mostly.",
    ),
    (
        "WP",
        "the same in tasks of tokio's. Each task is polled once a trip. The rest is the request for each item, which goes \
         back to the channel through its gate, and two wakers that are left at each rest.",
    ),
    ("W11d", "no gate and no lock (decision 0010: 728 instructions and 6 locked before)."),
    (
        "W11l, W11o, W15s",
        "one locked section an item instead of three (decision 0004), and nothing after it for an item without a destructor of \
         which no hook hears (W11o 233 instructions before, 217 now, of which the queue has 30). One locked instruction is the \
         least where an item may not wait for the next one to be seen, as `docs/performance.md` says, and a lock that can be \
         waited for needs two.",
    ),
    (
        "W15t",
        "a valve that lends nothing of its source's loop to its gate: 36 instructions \
         an item before, 32 now. What they take differs by half from run to run on a machine that is shared.",
    ),
    (
        "W13",
        "one look for each delivery instead of two, and what it finds is dealt with elsewhere, so that a delivery saves no \
         registers (60 instructions a delivery before, 48 now). Of these 24 are the lane's, eight the call of it, and the \
         rest is the item's own way to the lanes, by eight.",
    ),
    (
        "memory",
        "one place for what few have: more inputs than one, producers that wait, a hook, homes and ties of a link. The \
         counters of the two sides of a boundary lie a line of memory apart in one allocation, and so do the positions of \
         its ring, with all that the sides share between them (decision 0015).",
    ),
];

pub fn tried(text: &mut String, goals: &[Value]) {
    let missed = |ids: &str| {
        let missed = |goal: &&Value| ids.split(", ").any(|id| id == string(&goal["workload"]));
        goals.iter().filter(|goal| goal["met"] != true).any(|goal| missed(&goal))
    };
    let lines: Vec<_> = TRIED.iter().filter(|(ids, _)| missed(ids)).collect();
    if lines.is_empty() {
        return;
    }
    text.push_str("What was tried for those that are not:\n\n");
    for (ids, what) in lines {
        let _ = writeln!(text, "* {ids}: {what}");
    }
    text.push('\n');
}
