//! Prometheus exporter for Huawei Cloud DRS *health comparison tasks*.
//!
//! Data goes one way through the rooms of this crate:
//!
//! ```text
//! cloud API → cloud → fetcher → inventory → exposition → server → Prometheus
//!               ▲        ▲                                  ▲
//!             config   comparison (pure rules)           commands wire it up
//! ```
//!
//! The room that a change belongs to is the one whose module page says that it owns the matter;
//! `docs/architecture.md` has the whole plan, `CONTRIBUTING.md` walks through adding a metric, an API operation and a
//! fault of the simulator.

pub mod backfill;
pub mod build_info;
pub mod check;
pub mod cli;
pub mod clock;
pub mod cloud;
pub mod commands;
pub mod comparison;
pub mod config;
pub mod exposition;
pub mod fetcher;
#[cfg(test)]
mod generated_docs;
pub mod ids;
pub mod inventory;
pub mod secret;
pub mod server;
pub mod shard;
pub mod simulator;
pub mod web_config;
