//! `fold`.

use reactive_streams::{empty, fail, iter};

#[test]
fn items_are_folded_in_order() {
    let text = || iter(1..5).fold(String::new(), |text, n| text + &n.to_string());
    assert_eq!(text().block().as_deref(), Ok("1234"));
    assert_eq!(futures_executor::block_on(text()).as_deref(), Ok("1234"));
}

#[test]
fn nothing_gives_the_initial_value_and_a_failure_the_error() {
    assert_eq!(empty::<u32>().fold(7, |a, b| a + b).block(), Ok(7));
    assert_eq!(fail::<u32, _>("down").fold(7, |a, b| a + b).block(), Err("down"));
}
