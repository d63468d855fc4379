//! Conformance kit for [`reactive_streams_core`]: does your publisher, subscriber or processor keep the rules?
//!
//! For a publisher you write a [`Fixture`], which makes it in the length that the kit asks for, and one line:
//!
//! ```
//! use reactive_streams_core::Publisher;
//! use reactive_streams_tck::{Env, Fixture, Length, gallery};
//!
//! struct MySource;
//!
//! impl Fixture for MySource {
//!     fn create(&self, env: &Env, length: Length) -> impl Publisher {
//!         gallery::Synchronous::new(env.items(length)) // your publisher instead
//!     }
//! }
//!
//! reactive_streams_tck::conformance!(my_source, MySource); // one #[test] a check, in `mod my_source`
//! # fn main() { reactive_streams_tck::verify_publisher(&MySource).assert_conforms(); }
//! ```
//!
//! What the publisher cannot do is said in [`Fixture::capabilities`]. For a subscriber it is a [`SubscriberFixture`] or a
//! [`Sink`] and [`subscriber_conformance!`], for a processor a [`ProcessorFixture`] or an [`Operator`] and
//! [`processor_conformance!`].
//!
//! # How it judges
//!
//! The kit plays some hundred scenarios: ways to ask, places to cancel, lengths, subscribers that panic. It
//! records every signal in both directions with its virtual time and thread, and only then judges: each rule
//! of [`rules`] has a function over the finished log, and each scenario is judged by every rule. Nothing waits for
//! the wall clock. "Nothing more comes" means that no task can run, that time has been moved on, or that the
//! subscriber has been dropped.
//!
//! A rule is made of checks, each with a name that stays, as `1.9/2`. A check passes only if what it speaks of occurred;
//! [`Checked::witnesses`] says how often. If it never did, the verdict is inconclusive, and the test fails. What the
//! capabilities exclude is not applicable, and says why. All 43 rules and the contract's own nine are in every
//! [`Report`], and a check that was not judged makes the run fail.

#![forbid(unsafe_code)]

pub mod adapt;
mod again;
mod company;
mod conformance;
mod content;
mod doubts;
mod draw;
mod env;
mod explore;
mod fair;
mod fixture;
pub mod gallery;
mod hints;
mod hooks;
mod isolation;
mod judge;
mod log;
mod options;
mod outcome;
#[cfg(feature = "output")]
pub mod output;
mod peer;
mod plan;
mod processor_suite;
mod replay;
mod report;
mod rules;
mod run;
mod scenarios;
mod schedule;
mod shown;
mod shrink;
mod stack;
mod strangers;
mod stress;
mod subscriber;
mod subscriber_suite;
mod timeline;
mod trace;
mod upstream;
mod verify;
mod watch;
mod words;

pub use env::{Env, Item};
pub use explore::Thoroughness;
pub use fixture::{Capabilities, Fixture, Length, Sharing};
pub use hooks::{Done, End, Hooks};
pub use isolation::isolated;
pub use options::Options;
pub use outcome::{Checked, Failure, Outcome, Verdict};
pub use processor_suite::{
    Contract, Errors, Operator, ProcessorFixture, ProcessorRecording, Wired, record_processor,
    replay_processor, verify_processor, verify_processor_with,
};
pub use replay::{ReplayError, check_replay};
pub use report::{Record, Report};
pub use rules::{Check, Coverage, Rule, SPECIFICATION, Strength, Suite, rule, rules};
pub use stress::{Stress, stress_publisher};
pub use subscriber_suite::{
    Consumes, Fed, Sink, SubscriberCapabilities, SubscriberFixture, SubscriberRecording, record_subscriber,
    replay_subscriber, verify_subscriber, verify_subscriber_with,
};
pub use upstream::Upstream;
pub use verify::{Recording, record_publisher, replay_publisher, verify_publisher, verify_publisher_with};

#[doc(hidden)]
pub use isolation::judged;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
