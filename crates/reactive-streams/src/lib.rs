//! Reactive Streams for Rust.
