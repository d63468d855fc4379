//! A scenario in words, for who reads a failure.

use crate::Length;
use crate::log::{Via, What};
use crate::plan::{Drive, Panics, Plan, Source, Step, When};
use std::fmt::{self, Display};

impl Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(Length::Endless) => f.write_str("an endless stream"),
            Self::Length(Length::Exactly(1)) => f.write_str("a stream of 1 item"),
            Self::Length(Length::Exactly(n)) => write!(f, "a stream of {n} items"),
            Self::FailingAt(k) => write!(f, "a stream that fails after {k} items"),
        }
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Request(n, via) => What::Request { n, via }.fmt(f),
            Self::Cancel(Via::HandleDropped) => f.write_str("the handle is dropped"),
            Self::Cancel(via) => What::Cancel { via }.fmt(f),
        }
    }
}

impl Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)?;
        f.write_str(match (self.handle, self.canceller) {
            (true, true) => "; handle and canceller are taken",
            (true, false) => "; the handle is taken",
            (false, true) => "; a canceller is taken",
            (false, false) => "",
        })?;
        if self.replaces {
            f.write_str("; the lent subscription is replaced")?;
        }
        let mut before = "; in on_subscribe: ";
        for step in &self.on_subscribe {
            write!(f, "{before}{step}")?;
            before = ", ";
        }
        for (when, step) in &self.on_next {
            match when {
                When::Nth(n) => write!(f, "; at item {n}: {step}")?,
                When::Every(1) => write!(f, "; at each item: {step}")?,
                When::Every(n) => write!(f, "; at each {n} items: {step}")?,
            }
        }
        match self.panics {
            Some(Panics::OnSubscribe) => f.write_str("; a panic in on_subscribe")?,
            Some(Panics::OnNext(n)) => write!(f, "; a panic at item {n}")?,
            Some(Panics::Terminal) => f.write_str("; a panic in the terminal")?,
            None => {}
        }
        let mut before = "; from outside: ";
        for drive in &self.drive {
            match drive {
                Drive::Do(step) => write!(f, "{before}{step}")?,
                Drive::Poll(0) => continue,
                Drive::Poll(1) => write!(f, "{before}1 poll")?,
                Drive::Poll(polls) => write!(f, "{before}{polls} polls")?,
                Drive::Settle => write!(f, "{before}rest")?,
            }
            before = ", ";
        }
        let asks = |step: &Step| matches!(step, Step::Request(..));
        let outside = |drive: &Drive| matches!(drive, Drive::Do(step) if asks(step));
        let inside = self.on_subscribe.iter().chain(self.on_next.iter().map(|(_, step)| step)).any(asks);
        if !inside && !self.drive.iter().any(outside) {
            f.write_str("; nobody asks")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::replay::Replay;

    #[test]
    fn a_scenario_reads_like_a_sentence() {
        let words = |text: &str| text.parse::<Replay>().expect("it is right").plan.to_string();
        assert_eq!(words("p1/n2/-"), "a stream of 2 items; nobody asks");
        assert_eq!(
            words("p1/e/hc/s.r5l.rah/n3.r1H/x2.ck/b4/d.p0.r3h._.p2.cd"),
            "an endless stream; handle and canceller are taken; in on_subscribe: request(5), request(unbounded) by \
             handle; at item 3: request(1) by handle, thread; at each 2 items: cancel by canceller; a panic at item 4; \
             from outside: request(3) by handle, rest, 2 polls, the handle is dropped"
        );
    }
}
