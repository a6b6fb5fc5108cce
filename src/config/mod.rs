//! The configuration file: from YAML text to a [`Config`] in which everything is right.
//!
//! Owns: the keys, their defaults and bounds, and what a mistake is told like. Knows nothing of the runtime,
//! of HTTP or of what the values are used for.

mod model;

pub use model::{ComparisonTask, Config, Credentials, Endpoints, Http, Language, Project};
