//! The fetcher on a paused clock against a cloud in memory: a day takes milliseconds.

mod discovery;
pub(super) mod fake;
mod health;
mod pressure;
mod pulse;
mod reload;
mod rhythm;
mod schedules;
mod shards;
mod values;
mod verdicts;
