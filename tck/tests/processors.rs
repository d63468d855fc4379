//! Processors that keep every rule pass, and the kit's own publisher does.

use reactive_streams_tck::gallery::Buffered;
use reactive_streams_tck::{Contract, Errors, Operator, processor_conformance};

fn buffer(capacity: u64) -> Contract {
    Contract::identity().bound(capacity).errors(Errors::Delayed)
}

processor_conformance!(buffered, Operator::new(buffer(4), |env, upstream| Buffered::new(env, upstream, 4)));
processor_conformance!(
    buffered_one,
    Operator::new(buffer(1), |env, upstream| Buffered::new(env, upstream, 1))
);
processor_conformance!(nothing, Operator::new(Contract::identity(), |_, upstream| upstream));
