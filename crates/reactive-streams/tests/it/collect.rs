//! `collect`.

use reactive_streams::{Flow, iter};
use reactive_streams_test::{Live, scripted};
use std::collections::{BTreeMap, HashSet};
use std::pin::pin;
use std::task::{Context, Waker};

#[test]
fn it_fills_any_collection() {
    assert_eq!(iter("abca".chars()).collect::<String>().block().as_deref(), Ok("abca"));
    assert_eq!(iter("abca".chars()).collect::<HashSet<_>>().block(), Ok(HashSet::from(['a', 'b', 'c'])));
    let pairs = iter([(1, 'a'), (2, 'b')]).collect::<BTreeMap<_, _>>();
    assert_eq!(futures_executor::block_on(pairs), Ok(BTreeMap::from([(1, 'a'), (2, 'b')])));
}

#[test]
fn an_error_and_a_cancel_drop_what_was_gathered() {
    for fails in [true, false] {
        let live = Live::new();
        let (script, publisher) = scripted();
        {
            let mut gathered = pin!(Flow::from(publisher).collect::<Vec<_>>());
            let mut context = Context::from_waker(Waker::noop());
            assert!(gathered.as_mut().poll(&mut context).is_pending());
            script.next(live.item(1)).expect("it asks");
            assert_eq!(live.count(), 1);
            if fails {
                script.fail("down");
                assert!(gathered.as_mut().poll(&mut context).is_ready());
                assert_eq!(live.count(), 0);
            }
        }
        assert_eq!((live.count(), script.is_cancelled()), (0, !fails));
    }
}
