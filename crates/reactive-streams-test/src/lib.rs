//! For tests of pipelines: probe subscriber, scripted publisher, virtual clock, manual executor.
