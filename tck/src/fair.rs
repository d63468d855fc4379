//! No schedule leaves a task that was woken behind for ever: no executor does, and a publisher whose task never runs can
//! keep no rule.

use crate::schedule::Move;

/// So many moves of others, tasks or alarms, may come before a task that was woken.
const PATIENCE: u32 = 32;

/// How long each task that can run has waited.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    tasks: Vec<(u64, u32)>,
}

impl Waiting {
    /// The task that has waited for too long.
    pub(crate) fn overdue(&self) -> Option<Move> {
        let overdue = self.tasks.iter().find(|(_, waited)| *waited >= PATIENCE);
        overdue.map(|(task, _)| Move::Task(*task))
    }

    /// Of `moves`, this one was made.
    pub(crate) fn made(&mut self, moves: &[Move], made: Move) {
        let waiting = |task: u64| made != Move::Task(task) && moves.contains(&Move::Task(task));
        self.tasks.retain(|(task, _)| waiting(*task));
        self.tasks.iter_mut().for_each(|(_, waited)| *waited += 1);
        for next in moves {
            if let Move::Task(task) = *next
                && waiting(task)
                && !self.tasks.iter().any(|(known, _)| *known == task)
            {
                self.tasks.push((task, 1));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_always_comes_second_is_overdue_after_a_while_and_not_before() {
        let moves = [Move::Alarm, Move::Task(3), Move::Task(4)];
        let mut waiting = Waiting::default();
        for _ in 0..PATIENCE {
            assert_eq!(waiting.overdue(), None);
            waiting.made(&moves, Move::Alarm);
        }
        assert_eq!(waiting.overdue(), Some(Move::Task(3)));
        waiting.made(&moves, Move::Task(3));
        assert_eq!(waiting.overdue(), Some(Move::Task(4)));
        waiting.made(&moves[..2], Move::Alarm); // it was dropped
        assert_eq!(waiting.overdue(), None);
    }
}
