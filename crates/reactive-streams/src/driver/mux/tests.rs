use super::*;

/// Merges, with hand-held books.
struct Any(Lanes<char>);

impl Join for Any {
    type In = char;
    type Out = char;
    type Error = &'static str;

    fn put(&mut self, input: usize, item: char) {
        self.0.put(input, item);
    }
    fn take(&mut self, books: &mut Books) -> Option<char> {
        let (input, item) = self.0.take()?;
        books.took(input);
        Some(item)
    }
    fn len(&self) -> usize {
        self.0.len()
    }
    fn is_ready(&self) -> bool {
        self.0.len() > 0
    }
    fn is_over(&self, books: &Books) -> bool {
        books.open() == 0 && self.0.len() == 0
    }
    fn clear(&mut self) -> VecDeque<char> {
        self.0.clear()
    }
}

/// What the machine does until it has nothing to do, in words.
fn run(mux: &mut State<Any>, mut demand: u64) -> Vec<String> {
    let mut did = Vec::new();
    loop {
        match mux.next(Demand::new(demand)) {
            Act::Idle => return did,
            Act::Emit(item) => {
                demand -= 1;
                did.push(format!("emit {item}"));
            }
            Act::Request(input, more) => did.push(format!("ask {input} for {more}")),
            Act::Cancel(input) => did.push(format!("cancel {input}")),
            Act::Lose(Lost::Many(reason, items)) => did.push(format!("lose {} by {reason}", items.len())),
            Act::Complete => {
                did.push("complete".to_owned());
                return did;
            }
            Act::Fail(error) => {
                did.push(format!("fail {error}"));
                return did;
            }
            _ => {
                did.push("abandon".to_owned());
                return did;
            }
        }
    }
}

fn two(bound: usize, errors: ErrorPolicy) -> State<Any> {
    let mut mux = State::new(Any(Lanes::new()), Books::new([bound; 2]), Ledger::new(None), errors);
    mux.books.attached(0);
    mux.books.attached(1);
    let both = format!("{bound}");
    assert_eq!(run(&mut mux, 0), [format!("ask 0 for {both}"), format!("ask 1 for {both}")]);
    mux
}

fn put(mux: &mut State<Any>, input: usize, items: &str) -> Vec<bool> {
    items.chars().map(|item| mux.put(input, item, None).0).collect()
}

#[test]
fn inputs_take_turns_and_keep_their_order() {
    if shim::fuzzing() {
        return; // there the turns are shuffled
    }
    let mut lanes = Lanes::new();
    "aaa".chars().for_each(|item| lanes.put(0, item));
    lanes.put(7, 'b');
    lanes.put(2, 'c');
    let order: String = std::iter::from_fn(|| lanes.take()).map(|(_, item)| item).collect();
    assert_eq!(order, "abcaa");
    assert_eq!(lanes.len(), 0);
}

#[test]
fn an_input_is_asked_again_when_a_quarter_has_gone_out() {
    if shim::fuzzing() {
        return; // there it is asked earlier
    }
    let mut mux = two(8, ErrorPolicy::AfterDrain);
    put(&mut mux, 0, "abcd");
    assert_eq!(run(&mut mux, 1), ["emit a"]);
    assert_eq!(run(&mut mux, 3), ["emit b", "ask 0 for 2", "emit c", "emit d", "ask 0 for 2"]);
}

#[test]
fn what_was_not_asked_for_is_shed() {
    let mut mux = two(1, ErrorPolicy::AfterDrain);
    assert_eq!(put(&mut mux, 0, "ab"), [true, true]);
    assert_eq!((mux.ledger.depth(), mux.ledger.dropped(Reason::Shed)), (1, 1));
}

#[test]
fn the_first_error_cancels_the_others_and_waits_for_what_is_held() {
    let mut mux = two(2, ErrorPolicy::AfterDrain);
    put(&mut mux, 1, "a");
    assert_eq!(mux.fail(0, "broken"), None);
    assert_eq!(run(&mut mux, 0), ["cancel 1"]);
    assert!(mux.join.is_ready());
    assert_eq!(put(&mut mux, 1, "b"), [false]);
    assert_eq!(mux.fail(1, "second"), Some("second"));
    assert_eq!(run(&mut mux, 5), ["emit a", "fail broken"]);
    assert_eq!(mux.ledger.dropped(Reason::Late), 1);
    assert!(mux.ledger.is_balanced());
}

#[test]
fn an_immediate_error_cuts_what_is_held() {
    let mut mux = two(2, ErrorPolicy::Immediate);
    put(&mut mux, 1, "ab");
    assert_eq!(mux.fail(0, "broken"), None);
    assert_eq!(run(&mut mux, 5), ["cancel 1", "lose 2 by error", "fail broken"]);
    assert!(mux.ledger.is_balanced());
}

#[test]
fn one_that_attaches_after_the_end_is_cancelled() {
    let mut mux =
        State::new(Any(Lanes::new()), Books::new([1; 2]), Ledger::new(None), ErrorPolicy::AfterDrain);
    mux.books.attached(0);
    run(&mut mux, 0);
    put(&mut mux, 0, "a");
    assert_eq!(mux.fail(0, "broken"), None);
    run(&mut mux, 0);
    mux.books.attached(1);
    assert_eq!(run(&mut mux, 0), ["cancel 1"]);
}

#[test]
fn a_number_that_begins_again_starts_with_a_full_bound_and_nothing_owed() {
    let mut books = Books::new([4]);
    books.attached(0);
    books.took(0);
    assert!(books.close(0) && !books.close(0));
    assert_eq!(books.open(), 0);
    books.open_again(0, 2);
    assert_eq!(books.open(), 1);
    // What is still listed of the one before asks for nothing: the new one has not attached.
    assert_eq!(books.wanted(), None);
    books.attached(0);
    assert_eq!(books.wanted(), Some((0, Demand::of(2))));
}

#[test]
fn completion_needs_no_demand() {
    let mut mux = two(2, ErrorPolicy::AfterDrain);
    mux.done(0);
    assert!(run(&mut mux, 0).is_empty());
    mux.done(1);
    assert_eq!(run(&mut mux, 0), ["complete"]);
}

#[test]
fn an_input_that_goes_silently_abandons_all() {
    let mut mux = two(2, ErrorPolicy::AfterDrain);
    put(&mut mux, 0, "a");
    mux.abandoned = true;
    assert_eq!(run(&mut mux, 5), ["abandon"]);
    assert!(matches!(mux.close(Reason::Cancelled), Lost::Many(Reason::Cancelled, items) if items.len() == 1));
    assert!(mux.ledger.is_balanced());
}
