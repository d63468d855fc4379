//! What the rules say, one file a chapter.

mod chapter1;
mod chapter2;
mod chapter3;
mod chapter3_demand;
mod chapter4;
mod own;

use super::{Coverage, Rule, Strength};

const PUBLISHERS: Coverage = Coverage::NotApplicable("it binds the publisher");
const SUBSCRIBERS: Coverage = Coverage::NotApplicable("it binds the subscriber");

pub(super) const CHAPTERS: &[&[Rule]] =
    &[chapter1::RULES, chapter2::RULES, chapter3::RULES, chapter3_demand::RULES, chapter4::RULES, own::RULES];
