//! What all clients know together of their keys and passwords.
//!
//! Owns: that clients with the same secret share one [`Trial`], since the cloud counts its refusals together, whatever
//! the project. Secrets are known here by their digest only.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::{Keys, Trial};
use crate::secret::{ExposeSecret as _, SecretString};

/// Secrets in use at once that are shared; a configuration has one per project at most. Beyond, a client knows of
/// its own refusals only.
const MAX_SHARED: usize = 10_000;

type Digest = [u8; 32];

/// What is known of refused keys and passwords. Cheap to clone; clones know the same. Clients that may use the same
/// key or password must be given clones of one, or together they may try it so often that the cloud locks it.
#[derive(Clone, Default)]
pub struct Refusals(Arc<Mutex<HashMap<Digest, Arc<Trial>>>>);

impl fmt::Debug for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refusals")
    }
}

impl Refusals {
    /// What is known of these keys at the DRS at `host`.
    pub(super) fn of_keys(&self, host: &str, keys: &Keys) -> Arc<Trial> {
        let token = keys.security_token.as_ref().map_or("", |token| token.expose_secret());
        let (access_key, secret_key) = (keys.access_key.expose_secret(), keys.secret_key.expose_secret());
        self.shared(digest(&["keys", host, access_key, secret_key, token]))
    }

    /// What is known of this password at the IAM at `host`.
    pub(super) fn of_login(&self, host: &str, domain: &str, user: &str, password: &SecretString) -> Arc<Trial> {
        self.shared(digest(&["login", host, domain, user, password.expose_secret()]))
    }

    fn shared(&self, digest: Digest) -> Arc<Trial> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(trial) = known.get(&digest) {
            return Arc::clone(trial);
        }
        // Refusals are remembered for as long as the cloud does, whoever has asked: a client may be gone, and another
        // one begin with the same secret.
        known.retain(|_, trial| Arc::strong_count(trial) > 1 || trial.was_refused_lately());
        let trial = Arc::new(Trial::default());
        if known.len() < MAX_SHARED {
            known.insert(digest, Arc::clone(&trial));
        }
        trial
    }
}

/// One digest of all parts; each goes with its length, so that no two lists of parts run together the same.
fn digest(parts: &[&str]) -> Digest {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::cause::Cause;
    use crate::cloud::error::Error;

    fn keys(secret_key: &str, token: Option<&str>) -> Keys {
        Keys::new("AK".into(), secret_key.into(), token.map(Into::into))
    }

    #[test]
    fn the_same_secret_at_the_same_place_is_one_and_any_other_another() {
        let refusals = Refusals::default();
        let first = refusals.of_keys("drs", &keys("SK", None));
        assert!(Arc::ptr_eq(&first, &refusals.clone().of_keys("drs", &keys("SK", None))));
        let others = [
            refusals.of_keys("drs", &keys("new", None)),
            refusals.of_keys("drs", &keys("SK", Some("ST"))),
            refusals.of_keys("elsewhere", &keys("SK", None)),
            refusals.of_login("drs", "AK", "SK", &"".into()),
            Refusals::default().of_keys("drs", &keys("SK", None)),
        ];
        assert!(others.iter().all(|other| !Arc::ptr_eq(&first, other)));
        let login = |domain, user| refusals.of_login("iam", domain, user, &"p".into());
        let kept = login("a", "bc");
        assert!(Arc::ptr_eq(&kept, &login("a", "bc")) && !Arc::ptr_eq(&kept, &login("ab", "c")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_remembered_although_nobody_holds_the_key_any_more() {
        let refusals = Refusals::default();
        let refused: Result<(), _> = Err(Error::for_test(Cause::SignatureRefused));
        refusals.of_keys("drs", &keys("SK", None)).learn(&refused);
        refusals.of_keys("drs", &keys("other", None));
        assert!(refusals.of_keys("drs", &keys("SK", None)).was_refused_lately());
        tokio::time::advance(std::time::Duration::from_mins(6)).await;
        refusals.of_keys("drs", &keys("third", None));
        assert_eq!(refusals.0.lock().unwrap().len(), 1, "a lock is over by then");
    }

    #[test]
    fn what_nobody_uses_is_forgotten_and_no_secret_is_shown() {
        let refusals = Refusals::default();
        for count in 0..100 {
            refusals.of_keys("drs", &keys(&format!("hunter{count}"), None));
        }
        assert_eq!(refusals.0.lock().unwrap().len(), 1);
        assert_eq!(format!("{refusals:?}"), "Refusals");
    }
}
