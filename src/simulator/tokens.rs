//! Tokens: given at a login, good for one project and for a time.
//!
//! Owns: which tokens are good. Knows nothing of passwords and of HTTP.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::world::chance::chance;

/// A token's life unless the control API sets another (API text 3.1).
const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// Tokens that are remembered; beyond, the oldest dies, so that a login storm cannot take the memory.
const MAX_TOKENS: usize = 10_000;

/// All tokens that were given and not forgotten.
#[derive(Debug)]
pub(crate) struct Tokens {
    seed: u64,
    given: i64,
    lifetime: SignedDuration,
    known: HashMap<String, Token>,
    order: VecDeque<String>,
}

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// When it dies.
    pub(crate) expires_at: Timestamp,
    /// The id of the project that it is good for; none for a token of the whole account.
    pub(crate) project: Option<String>,
}

impl Tokens {
    /// No tokens yet.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            given: 0,
            lifetime: LIFETIME,
            known: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// How long what is given from now on is good.
    pub(crate) fn lifetime(&self) -> SignedDuration {
        self.lifetime
    }

    /// Sets how long what is given from now on is good.
    pub(crate) fn set_lifetime(&mut self, lifetime: SignedDuration) {
        self.lifetime = lifetime;
    }

    /// Gives a token.
    pub(crate) fn give(&mut self, project: Option<String>, now: Timestamp) -> (String, Token) {
        let text = format!("MIIsimulated{}", self.random_text());
        let token = Token {
            expires_at: now.saturating_add(self.lifetime).unwrap_or(Timestamp::MAX),
            project,
        };
        self.known.insert(text.clone(), token.clone());
        self.order.push_back(text.clone());
        if self.order.len() > MAX_TOKENS
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        (text, token)
    }

    /// A token that was given, whether it still lives or not; none if it was revoked or never given.
    pub(crate) fn find(&self, text: &str) -> Option<&Token> {
        self.known.get(text)
    }

    /// Kills all tokens. Says how many.
    pub(crate) fn revoke_all(&mut self) -> usize {
        let dead = self.known.len();
        self.known.clear();
        self.order.clear();
        dead
    }

    /// Text that nobody was given before.
    pub(crate) fn random_text(&mut self) -> String {
        self.given += 1;
        let mut rng = chance(self.seed, &[-3, self.given]);
        (0..64).map(|_| rng.alphanumeric()).collect()
    }
}

/// A time as IAM writes it: `2020-01-04T09:05:22.701000Z`, always with six digits.
pub(crate) fn iam_time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn a_token_is_known_until_it_is_revoked() {
        let mut tokens = Tokens::new(1);
        let (first, token) = tokens.give(Some("p".into()), NOW);
        let (second, _) = tokens.give(None, NOW);
        assert_ne!(first, second);
        assert_eq!(tokens.find(&first), Some(&token));
        assert_eq!(iam_time(token.expires_at), "1970-01-02T00:00:00.000000Z");
        assert_eq!(tokens.revoke_all(), 2);
        assert_eq!(tokens.find(&first), None);
    }

    #[test]
    fn a_login_storm_does_not_take_the_memory() {
        let mut tokens = Tokens::new(1);
        let (first, _) = tokens.give(None, NOW);
        for _ in 0..MAX_TOKENS {
            tokens.give(None, NOW);
        }
        assert_eq!(tokens.find(&first), None);
        assert_eq!(tokens.known.len(), MAX_TOKENS);
    }
}
