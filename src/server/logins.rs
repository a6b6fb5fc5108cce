//! Passwords: who is let in by basic authentication.
//!
//! Owns: the work that judging a password is. bcrypt is slow by purpose, so who was let in once is remembered, by a
//! keyed hash that tells nothing of the password; and a stranger costs what a user with a wrong password costs, so
//! that time does not tell who is a user. Failures are not remembered: nobody can push a user out of the memory.

mod queue;

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use hyper::header::HeaderValue;
use secrecy::SecretSlice;
use sha2::Sha256;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use self::queue::Queue;
use crate::secret::ExposeSecret as _;
use crate::web_config::Hash;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    In,
    Out,
    /// Too many wait already.
    Busy,
}

/// Judges passwords.
pub(super) struct Logins {
    /// Of this process alone.
    key: [u8; 64],
    /// For each user who was let in, what they were let in by. As many as there are users.
    known: Mutex<HashMap<String, Digest>>,
    /// For half of the processors at most: scrapes go on.
    turns: Arc<Semaphore>,
    waiting: Queue,
}

type Digest = [u8; 32];

impl Logins {
    /// None if the system gives no random bytes.
    pub(super) fn new() -> Option<Self> {
        let mut key = [0; 64];
        rustls::crypto::ring::default_provider()
            .secure_random
            .fill(&mut key)
            .ok()?;
        let processors = available_parallelism().map_or(1, usize::from);
        Some(Self {
            key,
            known: Mutex::default(),
            turns: Arc::new(Semaphore::new((processors / 2).max(1))),
            waiting: Queue::default(),
        })
    }

    /// Judges the header `Authorization` of a request of `peer`.
    pub(super) async fn judge(
        &self,
        users: &BTreeMap<String, Hash>,
        peer: IpAddr,
        header: Option<&HeaderValue>,
    ) -> Verdict {
        let Some((user, password)) = header.and_then(credentials) else {
            return Verdict::Out;
        };
        let hash = users.get(&user);
        let digest = hash.map(|hash| self.digest(&[user.as_bytes(), hash.as_bytes(), password.expose_secret()]));
        if digest.is_some_and(|digest| self.knows(&user, &digest)) {
            return Verdict::In;
        }
        let Some(_place) = self.waiting.place(peer) else {
            return Verdict::Busy;
        };
        // The semaphore is never closed.
        let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else {
            return Verdict::Busy;
        };
        // Several requests of one user may have come at once.
        if digest.is_some_and(|digest| self.knows(&user, &digest)) {
            return Verdict::In;
        }
        let Some(compared) = hash.or_else(|| self.in_place_of(&user, users)).cloned() else {
            return Verdict::Out;
        };
        let judging = spawn_blocking(move || {
            // Also if the client has gone: the turn lasts as long as the work.
            let _turn = turn;
            compared.fits(password.expose_secret())
        });
        match (judging.await, digest) {
            (Ok(true), Some(digest)) => {
                self.remember(user, digest, users);
                Verdict::In
            }
            _ => Verdict::Out,
        }
    }

    fn knows(&self, user: &str, digest: &Digest) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // Both are keyed hashes: how far they agree tells nothing of the password.
        known.get(user).is_some_and(|known| known == digest)
    }

    fn remember(&self, user: String, digest: Digest, users: &BTreeMap<String, Hash>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|name, _| users.contains_key(name));
        known.insert(user, digest);
    }

    /// The hash that a stranger's password is compared with, for the time it takes. The same name meets the same one,
    /// so that where costs differ, too, a stranger looks like some user.
    fn in_place_of<'a>(&self, stranger: &str, users: &'a BTreeMap<String, Hash>) -> Option<&'a Hash> {
        let digest = self.digest(&[stranger.as_bytes()]);
        users
            .values()
            .nth(usize::from(u16::from_be_bytes([digest[0], digest[1]])) % users.len().max(1))
    }

    fn digest(&self, parts: &[&[u8]]) -> Digest {
        let mut mac = Hmac::<Sha256>::new(&self.key.into());
        for part in parts {
            // With the lengths, no two rows of parts are the same bytes.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// User and password of a header (RFC 7617).
fn credentials(header: &HeaderValue) -> Option<(String, SecretSlice<u8>)> {
    let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let password = SecretSlice::from(decoded[colon + 1..].to_vec());
    // A name that is no UTF-8 is nobody's: names of users are.
    Some((String::from_utf8_lossy(&decoded[..colon]).into_owned(), password))
}

impl std::fmt::Debug for Logins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logins").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
