//! Who goes next, wherever a scenario leaves that open.

use crate::draw::Draw;

/// What can be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// The next step from outside.
    Step,
    /// A poll of this task, which was woken.
    Task(u64),
    /// The clock moves on to the next alarm, though tasks could run.
    Alarm,
    /// A poll of this task, which nobody has woken: any executor may do that.
    Spurious(u64),
}

/// One choice that was made: `taken` of `of`. The first of them, zero, is what happens without a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) taken: u8,
    pub(crate) of: u8,
}

/// What a schedule is told: the choices to begin with. After them come first moves only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Told {
    pub(crate) choices: Vec<u8>,
    /// Polls that nobody asked for are among the moves, behind all others.
    pub(crate) spurious: bool,
}

impl Told {
    pub(crate) fn is_empty(&self) -> bool {
        self.choices.is_empty()
    }
}

/// More moves than this are not told apart, so that a choice is one digit of a replay string.
const MOVES: usize = 36;

/// Chooses: first as it is told, then by its own rule. It writes down what it chose.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    /// It is not asked: the first move everywhere.
    plain: bool,
    told: Told,
    then: Then,
    choices: Vec<Choice>,
}

#[derive(Debug, Default)]
enum Then {
    /// The first move: the steps from outside as soon as they can, tasks first come first served, then time.
    #[default]
    First,
    /// By lot; now and then a task that nobody woke.
    Lot(Draw),
    /// By priorities, which change at a few points.
    Priorities(Priorities),
}

impl Schedule {
    /// The first move everywhere, without asking and without writing it down.
    pub(crate) fn plain() -> Self {
        Self { plain: true, ..Self::default() }
    }

    /// The first move wherever `told` has ended.
    pub(crate) fn told(told: Told) -> Self {
        Self { told, ..Self::default() }
    }

    /// By lot.
    pub(crate) fn lot(seed: u64) -> Self {
        let told = Told { spurious: true, ..Told::default() };
        Self { told, then: Then::Lot(Draw::new(seed)), ..Self::default() }
    }

    /// By priorities drawn by lot; in `changes` places within about the first `length` choices whoever is ahead falls
    /// behind all others. A bug that needs d orderings of that kind is met with a probability that a count of schedules
    /// does not dilute.
    pub(crate) fn priorities(seed: u64, changes: usize, length: u64) -> Self {
        let mut draw = Draw::new(seed);
        let changes = (0..changes).map(|_| draw.below(length.max(1))).collect();
        let then = Then::Priorities(Priorities { draw, order: Vec::new(), changes, made: 0 });
        Self { then, ..Self::default() }
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.plain
    }

    /// Whether polls that nobody asked for are to be among the moves.
    pub(crate) fn is_spurious(&self) -> bool {
        self.told.spurious
    }

    /// Which of `moves`, which are not empty. Where there is one, there is no choice, and none is written down.
    pub(crate) fn choose(&mut self, moves: &[Move]) -> Move {
        let woken = moves.iter().filter(|next| !matches!(next, Move::Spurious(_))).count().min(MOVES);
        if moves.len() == 1 || woken == 0 {
            return moves[0];
        }
        let among = moves.len().min(MOVES);
        let taken = match self.told.choices.get(self.choices.len()) {
            Some(told) => usize::from(*told).min(among - 1),
            None => match &mut self.then {
                Then::First => 0,
                Then::Lot(draw) => {
                    let spurious = among > woken && draw.one_in(8);
                    draw.below(if spurious { among } else { woken } as u64) as usize
                }
                Then::Priorities(priorities) => priorities.choose(&moves[..woken]),
            },
        };
        self.choices.push(Choice { taken: taken as u8, of: woken as u8 });
        moves[taken]
    }

    /// What it chose.
    pub(crate) fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// What to tell another one that is to choose the same: the choices up to the last that is not the first move.
    pub(crate) fn retold(&self) -> Told {
        let mut choices: Vec<u8> = self.choices.iter().map(|choice| choice.taken).collect();
        while choices.last() == Some(&0) {
            choices.pop();
        }
        let spurious = self.told.spurious && !choices.is_empty();
        Told { choices, spurious }
    }
}

/// Highest first.
#[derive(Debug)]
struct Priorities {
    draw: Draw,
    order: Vec<Move>,
    changes: Vec<u64>,
    made: u64,
}

impl Priorities {
    fn choose(&mut self, moves: &[Move]) -> usize {
        for next in moves {
            if !self.order.contains(next) {
                let place = self.draw.below(self.order.len() as u64 + 1) as usize;
                self.order.insert(place, *next);
            }
        }
        let ahead = |order: &[Move]| order.iter().position(|known| moves.contains(known)).unwrap_or(0);
        if self.changes.contains(&self.made) {
            let first = self.order.remove(ahead(&self.order));
            self.order.push(first);
        }
        self.made += 1;
        let first = self.order[ahead(&self.order)];
        moves.iter().position(|next| *next == first).unwrap_or(0)
    }
}

/// The schedules that leave this one, which made `choices`, in one more place: behind the first `told` of them and among
/// the first `depth`, another move than the first. Every schedule is reached from the empty one in exactly one way.
pub(crate) fn children(choices: &[Choice], told: usize, depth: usize) -> impl Iterator<Item = Told> + '_ {
    let places = told..choices.len().min(depth).max(told);
    places.flat_map(move |at| {
        let before = choices[..at].iter().map(|choice| choice.taken);
        (1..choices[at].of).map(move |taken| {
            let choices = before.clone().chain([taken]).collect();
            Told { choices, spurious: false }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOVES: [Move; 3] = [Move::Step, Move::Task(0), Move::Alarm];

    /// Plays `points` choices of three moves each.
    fn play(mut schedule: Schedule, points: usize) -> Schedule {
        for _ in 0..points {
            schedule.choose(&MOVES);
        }
        schedule
    }

    #[test]
    fn each_schedule_has_one_parent() {
        // By the number of places that are not the first move: of four places, in two ways each.
        let (mut level, mut counts) = (vec![Told::default()], Vec::new());
        let mut seen = std::collections::HashSet::new();
        while !level.is_empty() {
            counts.push(level.len());
            let mut deeper = Vec::new();
            for told in level {
                let length = told.choices.len();
                let played = play(Schedule::told(told), 4);
                assert!(seen.insert(played.choices.iter().map(|choice| choice.taken).collect::<Vec<_>>()));
                deeper.extend(children(&played.choices, length, 99));
            }
            level = deeper;
        }
        assert_eq!(counts, [1, 4 * 2, 6 * 4, 4 * 8, 16]);
    }

    #[test]
    fn a_schedule_by_lot_or_priority_is_the_same_for_the_same_seed_and_can_be_told_again() {
        for seed in 0..20 {
            for schedule in [|seed| Schedule::lot(seed), |seed| Schedule::priorities(seed, 2, 12)] {
                let first = play(schedule(seed), 12);
                assert_eq!(play(schedule(seed), 12).choices, first.choices);
                assert_eq!(play(Schedule::told(first.retold()), 12).choices, first.choices);
            }
        }
    }

    #[test]
    fn priorities_change_in_as_many_places_as_were_asked_for() {
        let mut most = 0;
        for seed in 0..200 {
            let choices = play(Schedule::priorities(seed, 2, 12), 12).choices;
            let changes = choices.windows(2).filter(|pair| pair[0] != pair[1]).count();
            assert!(changes <= 2, "seed {seed}: {choices:?}");
            most = most.max(changes);
        }
        assert_eq!(most, 2);
    }

    #[test]
    fn a_poll_that_nobody_asked_for_is_only_made_by_lot_or_when_told() {
        let moves = [Move::Task(0), Move::Spurious(1)];
        let mut schedule = Schedule::lot(3);
        let spurious = (0..100).filter(|_| schedule.choose(&moves) == Move::Spurious(1)).count();
        assert!((1..50).contains(&spurious), "{spurious} of 100");
        let mut again = Schedule::told(schedule.retold());
        assert_eq!((0..100).filter(|_| again.choose(&moves) == Move::Spurious(1)).count(), spurious);
    }

    #[test]
    fn what_leaves_no_choice_is_not_written_down() {
        let mut schedule = Schedule::told(Told { choices: vec![2], spurious: false });
        assert_eq!(schedule.choose(&[Move::Task(7)]), Move::Task(7));
        assert_eq!(schedule.choose(&MOVES), Move::Alarm);
        assert_eq!(schedule.choose(&MOVES), Move::Step);
        assert_eq!(schedule.retold().choices, [2]);
    }
}
