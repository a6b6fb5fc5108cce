//! What this binary was built from. Owns nothing but three constants, set by `build.rs`.

/// The crate's version, as in `Cargo.toml`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The first 12 digits of the git commit; without git those of the environment variable `DRS_EXPORTER_REVISION` of
/// the build; without both `unknown`.
pub const REVISION: &str = env!("DRS_EXPORTER_BUILD_REVISION");

/// The compiler's version, such as `1.95.0`.
pub const RUST_VERSION: &str = env!("DRS_EXPORTER_BUILD_RUST_VERSION");
