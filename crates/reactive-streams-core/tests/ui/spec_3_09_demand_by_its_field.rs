//! 3.9: nor can it be made around the constructors.
use reactive_streams_core::Demand;

fn main() {
    let nothing = Demand(0); //~ E0423; compiles with: let nothing = Demand::ONE;
    assert_eq!(nothing, Demand::new(1).expect("one"));
}
