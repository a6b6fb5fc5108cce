//! From the inventory's snapshot to the bytes of a scrape.
//!
//! Owns: which metrics there are ([`catalogue`]), the values they have, both text formats, and their compression.
//! Knows nothing of sockets, of the cloud, and of when anything is asked.
//!
//! A scrape does no work on jobs: the [`Publisher`] renders what changed, in the background, and publishes it
//! together with the snapshot it came from; a scrape puts ready blocks into a row.

pub mod catalogue;
pub(crate) mod history;
mod jobs;
pub mod negotiate;
pub mod own;
mod publisher;
mod render;
pub mod scrape;
mod segment;
mod text;

pub use publisher::{Handle, LONGEST_PAUSE, Published, Publisher};
pub use scrape::Encoding;
pub use text::Format;

#[cfg(test)]
pub(crate) mod tests;
