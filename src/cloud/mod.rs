//! Talking to Huawei Cloud: one typed method per API operation.
//!
//! Owns: addresses, signing, tokens, limits, retries, and what the cloud's answers and refusals mean. Knows nothing of
//! metrics, polling or the configuration file; it would make sense as a crate of its own.
//!
//! | File | Owns |
//! |---|---|
//! | `client`, `findings` | the operations: paths and parameters |
//! | `session` | authenticated calls; what a refusal leads to |
//! | `credentials` | keys and tokens, by each way to get them |
//! | `request`, `signer`, `address` | from a call to the bytes that are sent |
//! | `transport`, `http` | one request and its answer; the connections |
//! | `limits`, `admission`, `retry`, `paging` | how fast, in which order, how often, until when |
//! | `decode`, `lenient`, `model` | from an answer's bytes to its fields |
//! | `error`, `error_body`, `verdict`, `cause` | what went wrong, why, and what to do |
//! | `operation`, `settings` | the operations' names; what a client is told |

mod address;
mod admission;
mod cause;
mod client;
mod credentials;
mod decode;
mod error;
mod error_body;
mod findings;
mod http;
mod lenient;
mod limits;
mod model;
mod operation;
mod paging;
mod patience;
mod request;
mod retry;
mod session;
mod settings;
mod signer;
mod transport;
mod verdict;

pub use self::cause::Cause;
pub use self::client::{Client, MAX_IDS};
pub use self::credentials::{CredentialsVersion, Refusals, SdkEnvironment, UnusableEndpoint};
pub use self::error::Error;
pub use self::findings::{AccountComparison, ObjectOverview, RowOverview};
pub use self::http::SetupError;
pub use self::model::{Answer, ComparePolicy, HealthCompareJob, Job, JobList, JobType};
pub use self::operation::{Observer, Operation};
pub use self::patience::Patience;
pub use self::settings::{Credentials, HttpSettings, Language, METADATA_ADDRESS, Settings};

#[cfg(test)]
mod tests;
