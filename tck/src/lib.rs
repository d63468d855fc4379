//! Conformance kit for Reactive Streams publishers.
