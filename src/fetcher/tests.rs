//! The fetcher over simulated hours, on a paused clock, against a cloud in memory.

mod fake;
mod health;
mod rhythm;
mod values;
