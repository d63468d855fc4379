//! The scenarios for several subscribers.

use super::{Act, Company};
use crate::log::Via;
use crate::plan::{Inside, Order, Panics, Plan, Source, Step, When};
use crate::{Capabilities, Length};

/// Every scenario for several subscribers.
pub(crate) fn all(capabilities: &Capabilities) -> Vec<Company> {
    let mut companies = Vec::new();
    if let Some(length) = capabilities.at_most(5) {
        together(&mut companies, Source::Length(length));
        at_the_end(&mut companies, Source::Length(length));
        at_their_own_pace(&mut companies, Source::Length(length));
    }
    if let Some(length) = capabilities.at_most(12) {
        four(&mut companies, Source::Length(length));
    }
    if capabilities.lengths.contains(&0) {
        one_by_one(&mut companies, Source::Length(Length::Exactly(0)));
    }
    if capabilities.endless && !capabilities.silent {
        together(&mut companies, Source::Length(Length::Endless));
    }
    for k in [0, 3] {
        if capabilities.failing.contains(&k) {
            one_by_one(&mut companies, Source::FailingAt(k));
            failing(&mut companies, Source::FailingAt(k));
            at_the_end(&mut companies, Source::FailingAt(k));
            at_their_own_pace(&mut companies, Source::FailingAt(k));
            on_each_other(&mut companies, Source::FailingAt(k));
            inside_each_other(&mut companies, Source::FailingAt(k));
        }
    }
    for (seed, company) in (1..).zip(&mut companies) {
        company.order = Order::Also(seed);
    }
    companies
}

const ALL: u64 = u64::MAX;

fn lent(n: u64) -> Step {
    Step::Request(n, Via::Lent)
}

fn handle(n: u64) -> Step {
    Step::Request(n, Via::Handle)
}

/// Asks for everything, and stops an endless stream after some items.
fn eager(source: Source) -> Plan {
    let plan = Plan::new("all at once", source).first(lent(ALL));
    match source {
        Source::Length(Length::Endless) => plan.at(When::Nth(7), Step::Cancel(Via::Lent)),
        _ => plan,
    }
}

/// Takes one item after the other by its own requests, and stops an endless stream.
fn patient(source: Source) -> Plan {
    let plan = Plan::new("one by one", source).first(lent(1)).at(When::Every(1), lent(1));
    plan.at(When::Nth(9), Step::Cancel(Via::Lent))
}

fn by_handle(source: Source) -> Plan {
    Plan::new("by handle", source).handle()
}

/// One subscriber after the other has ended.
fn one_by_one(companies: &mut Vec<Company>, source: Source) {
    let members = vec![eager(source), patient(source), eager(source)];
    companies.push(Company::new("one after the other", source, members).join(0).join(1).join(2));
    let members = vec![by_handle(source), by_handle(source)];
    companies.push(
        Company::new("the second when the first has ended", source, members)
            .join(0)
            .then(0, handle(ALL >> 8))
            .then(0, Step::Cancel(Via::Handle))
            .join(1)
            .then(1, handle(2))
            .then(1, handle(2))
            .then(1, handle(9)),
    );
}

/// Several to whom it fails at once, and one who comes when it has.
fn failing(companies: &mut Vec<Company>, source: Source) {
    let two = vec![by_handle(source), by_handle(source)];
    companies.push(
        Company::new("two to whom it fails", source, two)
            .join(0)
            .join(1)
            .then(0, handle(2))
            .then(1, handle(9))
            .then(0, handle(9)),
    );
    let four = vec![by_handle(source), by_handle(source), by_handle(source), by_handle(source)];
    let company = Company::new("three to whom it fails, and one who is late", source, four);
    let company = company.join(0).join(1).join(2).then(2, handle(9)).then(1, handle(9)).then(0, handle(9));
    companies.push(company.join(3).then(3, handle(1)));
}

/// One that panics in its terminal, beside others that are still to get theirs.
fn at_the_end(companies: &mut Vec<Company>, source: Source) {
    for panics in [0, 1] {
        let mut members = vec![by_handle(source), by_handle(source), by_handle(source)];
        members[panics] = by_handle(source).panics(Panics::Terminal);
        let company = Company::new("one panics in its terminal beside others", source, members);
        let company = company.join(0).join(1).join(2);
        // It asks last, so that the panic comes out of a call of its own, if out of any.
        let order = [0, 1, 2].into_iter().filter(|member| *member != panics).chain([panics]);
        companies.push(order.fold(company, |company, member| company.then(member, handle(9))));
    }
}

/// One that acts on the subscriptions of others in its own callbacks.
fn on_each_other(companies: &mut Vec<Company>, source: Source) {
    let cancel = Step::Cancel(Via::Handle);
    let mut add = |what: &str, acting: usize, plan: Plan| {
        let mut members = vec![by_handle(source), by_handle(source), by_handle(source)];
        members[acting] = plan;
        let company = Company::new(what, source, members).join(0).join(1).join(2);
        let company = company.then(1, handle(1)).then(2, handle(1)).then(0, handle(2));
        let others = (0..3).filter(|member| *member != acting);
        let order = std::iter::once(acting).chain(others);
        companies.push(order.fold(company, |company, member| company.then(member, handle(9))));
    };
    if source.items() > 1 {
        let cancels = |member| by_handle(source).beside(Inside::Nth(2), member, cancel);
        add("the first cancels the second inside", 0, cancels(1));
        add("the last cancels the first inside", 2, cancels(0));
        let asks =
            by_handle(source).beside(Inside::Nth(1), 1, handle(1)).beside(Inside::Nth(1), 2, handle(2));
        add("the first asks for others inside", 0, asks);
    }
    if source.items() < u64::MAX {
        let ends = |member, step| by_handle(source).beside(Inside::Terminal, member, step);
        add("the first asks for the second in its terminal", 0, ends(1, handle(9)));
        add("the first cancels the last in its terminal", 0, ends(2, cancel));
    }
    if source.items() > 2 {
        let leaves = |at| by_handle(source).at(When::Nth(at), Step::Cancel(Via::Lent));
        let members = vec![leaves(2).beside(Inside::Drop, 1, handle(9)), leaves(3), by_handle(source)];
        let company = Company::new("the first asks for the second when it is dropped", source, members);
        let company = company.join(0).join(1).join(2).then(1, handle(1)).then(2, handle(9));
        companies.push(company.then(0, handle(9)).then(1, handle(9)));
    }
}

/// One subscribes inside the callbacks of another.
fn inside_each_other(companies: &mut Vec<Company>, source: Source) {
    let mut add = |what: &str, inside: Inside| {
        let members = vec![by_handle(source).joined(inside, 1), by_handle(source), by_handle(source)];
        let company =
            Company::new(what, source, members).join(0).then(0, handle(2)).join(2).then(1, handle(2));
        let company = company.then(0, handle(9)).then(1, handle(9)).then(2, handle(9));
        companies.push(company);
    };
    add("the second subscribes inside on_subscribe of the first", Inside::Subscribe);
    if source.items() > 0 {
        add("the second subscribes inside the first item of the first", Inside::Nth(1));
    }
    if source.items() < u64::MAX {
        add("the second subscribes inside the terminal of the first", Inside::Terminal);
        add("the second subscribes when the first is dropped", Inside::Drop);
    }
    if source.items() > 1 {
        let leaves = by_handle(source).at(When::Nth(2), Step::Cancel(Via::Lent));
        for (first, then) in [(leaves, handle(9)), (by_handle(source), Step::Cancel(Via::Handle))] {
            let members = vec![first.joined(Inside::Drop, 1), by_handle(source), by_handle(source)];
            let what = "the second subscribes when the first is dropped, which has cancelled";
            let company = Company::new(what, source, members).join(0).join(2).then(0, handle(1));
            companies.push(company.then(2, handle(9)).then(0, then).then(1, handle(9)).then(2, handle(9)));
        }
    }
}

/// Each as fast as it likes, to the end: one asks for all at once, and others for one or two at a time.
fn at_their_own_pace(companies: &mut Vec<Company>, source: Source) {
    for paces in [&[9, 1][..], &[1, 9], &[1, 9, 2]] {
        let members = paces.iter().map(|_| by_handle(source)).collect();
        let mut company = Company::new("each at a pace of its own", source, members);
        company = (0..paces.len()).fold(company, Company::join);
        for _ in 0..=source.items() {
            company = paces.iter().enumerate().fold(company, |company, (member, pace)| {
                let asked =
                    company.acts.iter().filter(|act| matches!(act, Act::Do(who, _) if *who == member));
                let enough = asked.count() as u64 * pace > source.items();
                if enough { company } else { company.then(member, handle(*pace)) }
            });
        }
        companies.push(company);
    }
}

/// Some leave who are neither the first nor the last.
fn from_the_middle(companies: &mut Vec<Company>, source: Source) {
    let cancel = Step::Cancel(Via::Handle);
    let three = vec![by_handle(source), by_handle(source), by_handle(source)];
    let company = Company::new("the middle one leaves", source, three).join(0).join(1).join(2);
    let company = (0..3).fold(company, |company, member| company.then(member, handle(3)));
    companies.push(company.then(1, cancel).then(0, handle(9)).then(2, handle(9)));
    let leaves = by_handle(source).at(When::Nth(3), Step::Cancel(Via::Lent));
    let four = vec![by_handle(source), leaves, by_handle(source), by_handle(source)];
    let company = Company::new("the second of four leaves inside", source, four);
    let company = company.join(0).join(1).join(2).join(3);
    let company = (0..4).fold(company, |company, member| company.then(member, handle(4)));
    companies.push([0, 3, 2].into_iter().fold(company, |company, member| company.then(member, handle(9))));
}

/// Four beside each other, each with all its items, and one of them that takes one after the other.
fn four(companies: &mut Vec<Company>, source: Source) {
    let one_by_one = by_handle(source).at(When::Every(1), lent(1));
    let members = vec![by_handle(source), by_handle(source), by_handle(source), by_handle(source)];
    let company = Company::new("four beside each other", source, members).join(0).join(1).join(2).join(3);
    companies.push((0..4).fold(company, |company, member| company.then(member, handle(ALL))));
    let members = vec![by_handle(source), by_handle(source), one_by_one, by_handle(source)];
    let company = Company::new("four, one of them item by item", source, members);
    let company = company.join(0).join(1).join(2).join(3).then(2, handle(1));
    companies.push([3, 1, 0].into_iter().fold(company, |company, member| company.then(member, handle(ALL))));
}

/// Subscribers beside each other, and after one that has left.
fn together(companies: &mut Vec<Company>, source: Source) {
    one_by_one(companies, source);
    from_the_middle(companies, source);
    on_each_other(companies, source);
    inside_each_other(companies, source);
    let two = || vec![by_handle(source), by_handle(source)];
    let mut add = |company: Company| companies.push(company);
    let cancel = Step::Cancel(Via::Handle);
    add(Company::new("two in turns", source, two())
        .join(0)
        .join(1)
        .then(0, handle(2))
        .then(1, handle(1))
        .then(0, handle(1))
        .then(1, handle(3))
        .then(0, handle(9))
        .then(1, handle(9)));
    let mut at_once = Company::new("two at once", source, two()).join(0).join(1);
    at_once.acts.extend([Act::Do(0, handle(2)), Act::Do(1, handle(3))]);
    add(at_once.then(0, handle(9)).then(1, handle(9)));
    add(Company::new("the first asks for nothing", source, two())
        .join(0)
        .join(1)
        .then(1, handle(4))
        .then(1, handle(9)));
    add(Company::new("the second asks for nothing", source, two())
        .join(0)
        .join(1)
        .then(0, handle(4))
        .then(0, handle(9)));
    // Who held the others up goes, and nobody asks again.
    let three = vec![by_handle(source), by_handle(source), by_handle(source)];
    let company = Company::new("the middle one of three asks for nothing and leaves", source, three);
    let company = company.join(0).join(1).join(2).then(0, handle(9)).then(2, handle(9));
    add(company.then(1, cancel));
    for (leaves, what) in
        [(0, "the first asks for nothing and leaves"), (1, "the second asks for nothing and leaves")]
    {
        let company = Company::new(what, source, two()).join(0).join(1);
        add(company.then(1 - leaves, handle(9)).then(leaves, cancel));
    }
    let inside = vec![by_handle(source), by_handle(source).first(lent(5))];
    add(Company::new("the second asks at once", source, inside).join(0).join(1).then(0, handle(9)));
    let cancels =
        vec![by_handle(source), Plan::new("cancels at once", source).first(Step::Cancel(Via::Lent))];
    add(Company::new("the second cancels as it comes", source, cancels).join(0).join(1).then(0, handle(9)));
    add(Company::new("the second comes in the middle", source, two())
        .join(0)
        .then(0, handle(2))
        .join(1)
        .then(1, handle(9))
        .then(0, handle(9)));
    add(Company::new("the first leaves in the middle", source, two())
        .join(0)
        .join(1)
        .then(0, handle(2))
        .then(1, handle(2))
        .then(0, cancel)
        .then(1, handle(9)));
    add(Company::new("the second leaves in the middle", source, two())
        .join(0)
        .join(1)
        .then(0, handle(2))
        .then(1, handle(2))
        .then(1, cancel)
        .then(0, handle(9)));
    add(Company::new("the second when the first has left", source, two())
        .join(0)
        .then(0, handle(2))
        .then(0, cancel)
        .join(1)
        .then(1, handle(2))
        .then(1, handle(9)));
    add(Company::new("the second when the first has left without an item", source, two())
        .join(0)
        .then(0, cancel)
        .join(1)
        .then(1, handle(9)));
    let leaves =
        Plan::new("cancels at item 2", source).first(lent(3)).at(When::Nth(2), Step::Cancel(Via::Lent));
    add(Company::new(
        "the second when the first has cancelled inside",
        source,
        vec![leaves, by_handle(source)],
    )
    .join(0)
    .join(1)
    .then(1, handle(9)));
    for (via, leaves) in [(Via::Lent, 0), (Via::Handle, 0), (Via::Lent, 2)] {
        let mut members = vec![by_handle(source), by_handle(source), by_handle(source)];
        members[leaves] = by_handle(source).at(When::Nth(2), Step::Cancel(via));
        let others = [0, 1, 2].into_iter().filter(|member| *member != leaves);
        let company =
            Company::new("one cancels inside beside two others", source, members).join(0).join(1).join(2);
        let company = others.clone().fold(company, |company, member| company.then(member, handle(1)));
        let company = company.then(leaves, handle(3));
        add(others.fold(company, |company, member| company.then(member, handle(9))));
    }
    for place in [Panics::OnSubscribe, Panics::OnNext(2)] {
        let panics = || by_handle(source).panics(place);
        add(Company::new(
            "the first panics, the second comes after it",
            source,
            vec![panics(), by_handle(source)],
        )
        .join(0)
        .then(0, handle(3))
        .join(1)
        .then(1, handle(9)));
        add(Company::new(
            "one panics beside another",
            source,
            vec![by_handle(source), panics(), by_handle(source)],
        )
        .join(0)
        .join(1)
        .join(2)
        .then(0, handle(2))
        .then(2, handle(2))
        .then(1, handle(3))
        .then(0, handle(9))
        .then(2, handle(9)));
    }
}
