//! An access key from the configuration.
//!
//! Owns: its files, read again when they change.

use std::sync::Arc;

use super::{Keys, KeysCache, unavailable};
use crate::cloud::error::Error;
use crate::secret::{Secret, SecretError, SecretReader};

pub(in super::super) struct AccessKey {
    id: SecretReader,
    secret: SecretReader,
    security_token: Option<SecretReader>,
    cache: KeysCache,
}

impl AccessKey {
    pub(super) fn new(
        access_key: Secret,
        secret_key: Secret,
        security_token: Option<Secret>,
        cache: KeysCache,
    ) -> Self {
        Self {
            id: SecretReader::new(access_key),
            secret: SecretReader::new(secret_key),
            security_token: security_token.map(SecretReader::new),
            cache,
        }
    }

    pub(super) fn keys(&self) -> Result<Arc<Keys>, Error> {
        let keys = self.read().map_err(|error| unavailable(error.to_string()))?;
        Ok(self.cache.keep(keys))
    }

    fn read(&self) -> Result<Keys, SecretError> {
        let security_token = self.security_token.as_ref().map(SecretReader::get).transpose()?;
        Ok(Keys::new(self.id.get()?, self.secret.get()?, security_token))
    }

    pub(super) fn forget(&self) {
        self.readers().for_each(SecretReader::forget);
    }

    pub(super) fn readers(&self) -> impl Iterator<Item = &SecretReader> {
        let readers = [Some(&self.id), Some(&self.secret), self.security_token.as_ref()];
        readers.into_iter().flatten()
    }
}
