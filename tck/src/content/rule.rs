//! A rule by which the item at a position is known without having been seen: numbers in equal steps, or a text with such
//! numbers in it.

use crate::shown::Shown;
use std::collections::HashMap;
use std::fmt::Write as _;

/// The rule is looked for among so many of the first positions, as far as they are written down.
pub(super) const FIRST: usize = 150;
/// There have to be so many.
const LEAST: usize = 60;
/// So many positions beyond those that were seen are known of a text.
const BEYOND: u64 = 64;

/// The item at each position.
#[derive(Debug)]
pub(super) struct Rule {
    form: Form,
    /// The item at a position is that of the form so many positions later.
    shift: u64,
}

#[derive(Debug)]
enum Form {
    Number(Line),
    Text { parts: Vec<Part>, prints: Vec<Option<u64>>, places: HashMap<u64, u64> },
}

/// Numbers in equal steps.
#[derive(Clone, Copy, Debug)]
struct Line {
    first: i128,
    step: i128,
}

#[derive(Debug)]
enum Part {
    Always(String),
    Number {
        line: Line,
        /// With zeros in front.
        width: usize,
    },
}

impl Line {
    /// By far most steps are the same, and then most numbers lie on it.
    fn through(numbers: &[(u64, u64)]) -> Option<Self> {
        let values = || numbers.iter().map(|(position, value)| (i128::from(*position), i128::from(*value)));
        let next = values().zip(values().skip(1)).filter(|((one, _), (two, _))| one + 1 == *two);
        let steps: Vec<i128> = next.map(|((_, one), (_, two))| two - one).collect();
        let (step, count) = most(&steps)?;
        let firsts: Vec<i128> = values().map(|(position, value)| value - step * position).collect();
        let (first, on_it) = most(&firsts)?;
        (count * 10 >= steps.len() * 9 && on_it * 2 > firsts.len()).then_some(Self { first, step })
    }

    fn at(self, position: u64) -> Option<u64> {
        u64::try_from(self.first + self.step * i128::from(position)).ok()
    }

    fn place(self, number: u64) -> Option<u64> {
        let way = i128::from(number) - self.first;
        (way % self.step == 0).then(|| u64::try_from(way / self.step).ok()).flatten()
    }
}

/// What more than half of them are, and how many those are.
fn most<T: PartialEq + Clone>(all: &[T]) -> Option<(T, usize)> {
    let (mut candidate, mut lead) = (all.first()?, 0_usize);
    for one in all {
        match (one == candidate, lead) {
            (false, 0) => (candidate, lead) = (one, 1),
            (true, _) => lead += 1,
            (false, _) => lead -= 1,
        }
    }
    let count = all.iter().filter(|one| *one == candidate).count();
    (count * 2 > all.len()).then(|| (candidate.clone(), count))
}

impl Rule {
    /// The one that most of these items follow, each with its position; for `reach` positions it is to be known.
    pub(super) fn of(items: &[(u64, Shown)], reach: u64) -> Option<Self> {
        if items.len() < LEAST {
            return None;
        }
        let numbers = items.iter().map(|(position, item)| match item {
            Shown::Number(number) => Some((*position, *number)),
            Shown::Text(_) => None,
        });
        let form = match numbers.collect::<Option<Vec<_>>>() {
            Some(numbers) => Form::Number(Line::through(&numbers).filter(|line| line.step > 0)?),
            None => Form::of_texts(items, reach)?,
        };
        Some(Self { form, shift: 0 })
    }

    /// The rule whose item at each position is that of this one at the next.
    pub(super) fn shifted(mut self) -> Self {
        self.shift += 1;
        self
    }

    /// Whether each is the number of its position.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.form, Form::Number(Line { first: 0, step: 1 })) && self.shift == 0
    }

    /// Whether they grow by one, as the numbers of items do.
    pub(super) fn grows_by_one(&self) -> bool {
        match &self.form {
            Form::Number(line) => line.step == 1,
            Form::Text { parts, .. } => parts.iter().all(|part| match part {
                Part::Number { line, .. } => matches!(line.step, 0 | 1),
                Part::Always(_) => true,
            }),
        }
    }

    /// What the item at this position looks like.
    pub(super) fn shown(&self, position: u64) -> Option<Shown> {
        let position = position.checked_add(self.shift)?;
        match &self.form {
            Form::Number(line) => line.at(position).map(Shown::Number),
            Form::Text { parts, .. } => text(parts, position).map(Shown::from),
        }
    }

    /// The print of the item at this position.
    pub(super) fn print(&self, position: u64) -> Option<u64> {
        let position = position.checked_add(self.shift)?;
        match &self.form {
            Form::Number(line) => line.at(position),
            Form::Text { prints, .. } => prints.get(position as usize).copied().flatten(),
        }
    }

    /// At which position the item with this print is.
    pub(super) fn place(&self, print: u64) -> Option<u64> {
        let place = match &self.form {
            Form::Number(line) => line.place(print),
            Form::Text { places, .. } => places.get(&print).copied(),
        };
        place?.checked_sub(self.shift)
    }
}

impl Form {
    fn of_texts(items: &[(u64, Shown)], reach: u64) -> Option<Self> {
        let items: Vec<(u64, String)> =
            items.iter().map(|(position, item)| (*position, item.to_string())).collect();
        let skeletons: Vec<Vec<&str>> = items.iter().map(|(_, text)| between_numbers(text)).collect();
        let (skeleton, _) = most(&skeletons)?;
        let like_it: Vec<(u64, Vec<&str>)> = (items.iter().zip(&skeletons))
            .filter(|(_, other)| **other == skeleton)
            .map(|((position, text), _)| (*position, numbers(text)))
            .collect();
        let mut parts = vec![Part::Always(skeleton[0].to_owned())];
        for (column, after) in skeleton[1..].iter().enumerate() {
            let known =
                like_it.iter().map(|(position, numbers)| Some((*position, numbers[column].parse().ok()?)));
            let line = Line::through(&known.collect::<Option<Vec<_>>>()?)?;
            let digits = like_it.first()?.1[column];
            let width = if digits.len() > 1 && digits.starts_with('0') { digits.len() } else { 0 };
            parts.push(Part::Number { line, width });
            parts.push(Part::Always((*after).to_owned()));
        }
        let grows = |part: &Part| matches!(part, Part::Number { line, .. } if line.step > 0);
        if !parts.iter().any(grows) {
            return None;
        }
        let print = |at| text(&parts, at).map(|text| Shown::from(text).print());
        let prints: Vec<Option<u64>> = (0..reach + BEYOND).map(print).collect();
        let places = (0..).zip(&prints).filter_map(|(place, print)| Some(((*print)?, place))).collect();
        Some(Self::Text { parts, prints, places })
    }
}

/// What stands before, between and behind the numbers in it.
fn between_numbers(text: &str) -> Vec<&str> {
    let mut between = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        between.push(&rest[..start]);
        rest = rest[start..].trim_start_matches(|c: char| c.is_ascii_digit());
    }
    between.push(rest);
    between
}

fn numbers(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty()).collect()
}

fn text(parts: &[Part], position: u64) -> Option<String> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Always(always) => text.push_str(always),
            Part::Number { line, width } => {
                let _ = write!(text, "{:0width$}", line.at(position)?, width = *width);
            }
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(item: impl Fn(u64) -> String) -> Option<Rule> {
        let items: Vec<_> = (0..FIRST as u64).map(|at| (at, Shown::from(item(at)))).collect();
        Rule::of(&items, 2_000)
    }

    #[test]
    fn numbers_in_equal_steps_are_known_wherever_they_stand() {
        let forms: [fn(u64) -> String; 6] = [
            |n| n.to_string(),
            |n| (3 * n + 7).to_string(),
            |n| format!("{:?}", format!("item {n}")),
            |n| format!("{:?}", format!("frame-{n:06}.png")),
            |n| format!("[{}, {}]", 2 * n, 2 * n + 1),
            |n| format!("{:?}", n as f64),
        ];
        for form in forms {
            let rule = rule(form).unwrap_or_else(|| panic!("{} has a rule", form(5)));
            for at in [0, 5, 149, 1_000, 2_000] {
                let item = Shown::from(form(at));
                assert_eq!(rule.shown(at), Some(item.clone()));
                assert_eq!(rule.print(at), Some(item.print()), "{item}");
                assert_eq!(rule.place(item.print()), Some(at), "{item}");
            }
        }
    }

    #[test]
    fn a_few_items_off_it_are_no_matter_and_many_are() {
        let dent = rule(|n| if n == 17 { 16 } else { n }.to_string()).expect("it counts");
        assert_eq!(dent.shown(17), Some(Shown::Number(17)));
        let header =
            rule(|n| if n == 0 { "start".to_owned() } else { format!("line {n}") }).expect("it counts");
        assert_eq!(header.shown(0).map(|shown| shown.to_string()), Some("line 0".to_owned()));
        let forms: [fn(u64) -> String; 5] = [
            |_| "7".to_owned(),
            |n| (n / 2).to_string(),
            |n| (n * n).to_string(),
            |n| (500 - n).to_string(),
            |n| format!("{:?}", format!("item {}", n % 10)),
        ];
        for form in forms {
            assert!(rule(form).is_none(), "{} has no rule", form(5));
        }
    }

    #[test]
    fn a_shifted_rule_is_one_ahead() {
        let rule = rule(|n| n.to_string()).expect("it counts").shifted();
        assert_eq!((rule.print(4), rule.place(5), rule.place(0)), (Some(5), Some(4), None));
    }
}
