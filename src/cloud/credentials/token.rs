//! A token that somebody else renews.
//!
//! Owns: its file, read again when it changes and after a refusal.

use std::sync::Arc;

use super::{Token, unavailable};
use crate::cloud::error::Error;
use crate::secret::{Secret, SecretReader, Version};

pub(in super::super) struct TokenFile(SecretReader);

impl TokenFile {
    pub(super) fn new(secret: Secret) -> Self {
        Self(SecretReader::new(secret))
    }

    pub(super) fn token(&self) -> Result<Arc<Token>, Error> {
        let value = self.0.get().map_err(|error| unavailable(error.to_string()))?;
        Ok(Arc::new(Token { value, renew_at: None }))
    }

    pub(super) fn version(&self) -> Option<Version> {
        self.0.version()
    }

    pub(super) fn forget(&self) {
        self.0.forget();
    }
}
