//! The tests of the operators, one module for each operator file.

mod chain;
mod flat_map;
mod flat_map_iter;
mod or_else;
mod retry;
