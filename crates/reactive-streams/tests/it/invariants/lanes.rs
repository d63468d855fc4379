//! The same for `share`, whose subscribers are many: each has its demand, its queue and its ledger, and a naive model.

use super::seen::End;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use reactive_streams::{Flow, Ledger, Overflow, Publisher, Queue, Reason};
use reactive_streams_test::{Live, Probe, Script, Tracked, probe, scripted};
use std::collections::VecDeque;

type Item = Tracked<u32>;

#[derive(Clone, Copy, Debug)]
enum Event {
    Join,
    Request(usize, u64),
    Cancel(usize),
    Next,
    Complete,
    Fail,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let running = prop_oneof![
        1 => Just(Event::Join),
        5 => (0..4usize, 1..4u64).prop_map(|(lane, n)| Event::Request(lane, n)),
        1 => (0..4usize).prop_map(|lane| Event::Request(lane, u64::MAX)),
        12 => Just(Event::Next),
        1 => (0..4usize).prop_map(Event::Cancel),
    ];
    let end = prop_oneof![Just(Event::Complete), Just(Event::Fail), Just(Event::Cancel(0))];
    let all = (vec(running.clone(), 0..40), end, vec(running, 0..8));
    all.prop_map(|(before, end, after)| [before, vec![end], after].concat())
}

/// One subscriber, and what should have become of it.
struct Lane {
    probe: Probe<Item, End>,
    ledger: Ledger,
    out: Vec<u32>,
    demand: u64,
    received: u64,
    lost: u64,
    cut: u64,
    held: VecDeque<u32>,
    seen: Vec<u32>,
    ending: Option<End>,
    end: Option<End>,
    gone: bool,
}

impl Lane {
    fn join<P>(shared: Flow<P>) -> Self
    where
        P: Publisher<Item = Item> + Queue,
        P::Error: Into<End>,
    {
        let ledger = shared.ledger();
        let probe = probe(shared.map_err(Into::into));
        let (out, seen, held) = (Vec::new(), Vec::new(), VecDeque::new());
        let (ending, end) = (None, None);
        Self {
            probe,
            ledger,
            out,
            demand: 0,
            received: 0,
            lost: 0,
            cut: 0,
            held,
            seen,
            ending,
            end,
            gone: false,
        }
    }

    fn is_open(&self) -> bool {
        !self.gone && self.end.is_none() && self.ending.is_none()
    }

    fn put(&mut self, id: u32, capacity: usize, overflow: Option<Overflow>) {
        if self.gone || self.end.is_some() {
            return;
        }
        self.received += 1;
        self.held.push_back(id);
        if self.ending.is_some() {
            self.held.pop_back();
            self.lost += 1;
        } else if self.demand == 0 && self.held.len() > capacity {
            self.lost += 1;
            match overflow {
                Some(Overflow::DropOldest) => drop(self.held.pop_front()),
                Some(Overflow::DropIncoming) => drop(self.held.pop_back()),
                None => {
                    self.held.pop_back();
                    self.ending = Some(End::Overflow);
                }
                _ => panic!("what waits has room"),
            }
        }
        self.settle();
    }

    fn settle(&mut self) {
        while self.demand > 0
            && !self.gone
            && let Some(id) = self.held.pop_front()
        {
            self.seen.push(id);
            self.demand -= u64::from(self.demand != u64::MAX);
        }
        if self.held.is_empty() && self.end.is_none() && !self.gone {
            self.end = self.ending;
        }
    }

    fn cancel(&mut self) {
        self.probe.cancel();
        if self.end.is_none() && !self.gone {
            self.gone = true;
            self.cut = self.held.len() as u64;
            self.held.clear();
        }
    }

    fn compare(&mut self) -> Result<(), TestCaseError> {
        self.out.extend(self.probe.items().into_iter().map(Tracked::into_inner));
        prop_assert_eq!(&self.out, &self.seen, "what went out");
        let end = self.probe.is_complete().then_some(End::Complete).or(self.probe.error());
        prop_assert!(end.is_none() || end == self.end, "the end: {:?}, not {:?}", end, self.end);
        prop_assert_eq!(self.probe.is_dropped(), self.gone || self.end.is_some(), "whether it is over");
        let ledger = &self.ledger;
        let counted = (ledger.received(), ledger.emitted(), ledger.depth());
        prop_assert_eq!(counted, (self.received, self.seen.len() as u64, self.held.len() as u64));
        let lost = ledger.dropped(Reason::Overflow) + ledger.dropped(Reason::Late);
        prop_assert_eq!((lost, ledger.dropped(Reason::Cancelled)), (self.lost, self.cut), "what was lost");
        prop_assert!(ledger.is_balanced(), "{:?}", ledger);
        prop_assert!(ledger.high_water() <= ledger.capacity().expect("it has one"), "{:?}", ledger);
        Ok(())
    }
}

/// What upstream was asked for, against what the lanes wait for and have room for.
fn asked(script: &Script<Item, u32>, accepted: u64, lanes: &[Lane], capacity: usize, waits: bool) -> bool {
    let outstanding =
        script.requested().saturating_sub(if script.requested() == u64::MAX { 0 } else { accepted });
    let open = || lanes.iter().filter(|lane| lane.is_open());
    let room = |lane: &Lane| (capacity - lane.held.len()) as u64 + lane.demand.min(1 << 32);
    let wanted = open().any(|lane| lane.demand > 0);
    if !waits {
        return outstanding > 0 || !wanted;
    }
    let fits = open().all(|lane| outstanding <= room(lane)) && outstanding <= capacity as u64;
    fits && (outstanding > 0 || !wanted || open().any(|lane| room(lane) == 0))
}

fn run<P>(
    share: impl Fn(Flow<reactive_streams_test::Scripted<Item, u32>>) -> Flow<P>,
    capacity: usize,
    overflow: Option<Overflow>,
    events: Vec<Event>,
) -> Result<(), TestCaseError>
where
    P: Publisher<Item = Item> + Queue + Clone,
    P::Error: Into<End>,
{
    let (live, (script, publisher)) = (Live::new(), scripted::<Item, u32>());
    let shared = share(Flow::from(publisher));
    let (mut lanes, mut accepted, mut ended) = (vec![Lane::join(shared.clone())], 0, None);
    for (step, event) in (1..).zip(events) {
        match event {
            Event::Join if lanes.len() < 4 => {
                let mut lane = Lane::join(shared.clone());
                let deserted = ended.is_none() && lanes.iter().all(|lane| lane.gone || lane.end.is_some());
                (lane.gone, lane.ending) = (deserted, ended);
                lane.settle();
                lanes.push(lane);
            }
            Event::Request(lane, n) if lane < lanes.len() => {
                let lane = &mut lanes[lane];
                lane.probe.request(n);
                lane.demand = lane.demand.saturating_add(n);
                lane.settle();
            }
            Event::Cancel(lane) if lane < lanes.len() => lanes[lane].cancel(),
            Event::Next if script.next(live.item(step)).is_ok() => {
                accepted += 1;
                lanes.iter_mut().for_each(|lane| lane.put(step, capacity, overflow));
            }
            Event::Complete | Event::Fail => {
                let end = if let Event::Fail = event { End::Upstream(7) } else { End::Complete };
                let over = lanes.iter().all(|lane| lane.gone || lane.end.is_some());
                if let Event::Fail = event {
                    script.fail(7)
                } else {
                    script.complete()
                }
                if ended.is_none() && !over {
                    ended = Some(end);
                    lanes.iter_mut().filter(|lane| lane.ending.is_none()).for_each(|lane| {
                        lane.ending = Some(end);
                        lane.settle();
                    });
                }
            }
            _ => {}
        }
        for lane in &mut lanes {
            lane.compare().map_err(|error| TestCaseError::fail(format!("step {step}: {error}")))?;
        }
        let held: usize = lanes.iter().map(|lane| lane.held.len()).sum();
        prop_assert_eq!(live.count(), held, "step {}: what is alive", step);
        if ended.is_none() {
            let deserted = lanes.iter().all(|lane| lane.gone || lane.end.is_some());
            prop_assert_eq!(script.is_cancelled(), deserted, "step {}: upstream", step);
            let good =
                deserted || asked(&script, accepted, &lanes, capacity, overflow == Some(Overflow::Wait));
            prop_assert!(good, "step {}: {} requested, {} came", step, script.requested(), accepted);
        }
    }
    drop((lanes, shared, script));
    prop_assert_eq!(live.count(), 0, "items outlive their subscribers");
    Ok(())
}

fn check(test: impl Fn(Vec<Event>) -> Result<(), TestCaseError>) {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if let Err(failure) = TestRunner::new(config).run(&events(), test) {
        panic!("{failure}");
    }
}

#[test]
fn share_that_waits() {
    for capacity in [1, 2, 5] {
        check(|events| {
            run(|flow| flow.share(capacity, Overflow::Wait), capacity, Some(Overflow::Wait), events)
        });
    }
}

#[test]
fn share_that_drops() {
    for overflow in [Overflow::DropOldest, Overflow::DropIncoming] {
        for capacity in [0, 1, 3] {
            // With no room at all, the arriving item goes under every policy.
            let model = if capacity == 0 { Overflow::DropIncoming } else { overflow };
            check(|events| run(|flow| flow.share(capacity, overflow), capacity, Some(model), events));
        }
    }
}

#[test]
fn share_that_cuts_off() {
    for capacity in [0, 1, 3] {
        check(|events| run(|flow| flow.share_or_fail(capacity), capacity, None, events));
    }
}
