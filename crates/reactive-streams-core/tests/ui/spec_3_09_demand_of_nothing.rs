//! 3.9: a demand is never zero: in a constant, that is an error of the compiler.
use reactive_streams_core::Demand;

pub const NOTHING: Demand = Demand::of(0); //~ E0080

fn main() {}
