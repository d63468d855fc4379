//! The tests of the operators, one module for each operator file.

mod buffer;
mod chain;
mod channel;
mod chunks;
mod conflate;
mod flat_map;
mod flat_map_iter;
mod hooks;
mod latest;
mod limit_rate;
mod or_else;
mod retry;
