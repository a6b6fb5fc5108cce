//! The fetcher on a paused clock against a cloud in memory: a day takes milliseconds.

mod discovery;
pub(super) mod fake;
mod health;
mod pressure;
mod pulse;
mod rhythm;
mod schedules;
mod values;
mod verdicts;
