//! Users' passwords, as bcrypt hashes.

use std::fmt;
use std::str::FromStr as _;

use bcrypt::HashParts;

use crate::config::Mistakes;
use crate::config::read::Named;
use crate::secret::{ExposeSecret as _, SecretString};

/// A cost of 14 takes about a second. Two more and the first scrape may outlast Prometheus's timeout of 10 s, and a
/// few wrong passwords would keep the machine busy for a minute.
pub(super) const MAX_COST: u32 = 14;

/// A bcrypt hash that can be verified against. Its debug print shows its cost only.
#[derive(Clone)]
pub struct Hash {
    text: SecretString,
    cost: u32,
}

impl Hash {
    /// Whether it is of `password`, of which bcrypt sees the first 72 bytes. Takes as long as its cost says.
    #[must_use]
    pub fn fits(&self, password: &[u8]) -> bool {
        // A hash that was parsed once cannot be malformed.
        bcrypt::verify(password, self.text.expose_secret()).unwrap_or(false)
    }

    /// The hash itself, for telling one from another.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.text.expose_secret().as_bytes()
    }

    fn parse(text: &SecretString) -> Result<Self, String> {
        let parts = HashParts::from_str(text.expose_secret()).map_err(|_| {
            "is no bcrypt hash; make one with `htpasswd -nBC 10 \"\"`; it starts with $2y$, $2b$ or $2a$ and has 60 \
             characters"
        })?;
        let cost = parts.get_cost();
        if !(4..=MAX_COST).contains(&cost) {
            return Err(format!(
                "has the cost {cost}; it must be from 4 to {MAX_COST}, or logging in would take too long; 10 is usual"
            ));
        }
        let text = text.clone();
        Ok(Self { text, cost })
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash(cost {})", self.cost)
    }
}

/// Name and hash of each; none, with the reasons among the mistakes, if one of them is refused.
pub(super) fn read(named: &[Named], path: &str, mistakes: &mut Mistakes) -> Option<Vec<(String, Hash)>> {
    let path = format!("{path}.?");
    let mut users = Vec::new();
    for user in named {
        if user.name.contains(':') || user.name.chars().any(char::is_control) {
            let what = "a user's name with a colon or a control character cannot be sent; choose another";
            mistakes.add(Some(user.at), path.as_str(), what);
            continue;
        }
        match Hash::parse(&user.value) {
            Ok(hash) => users.push((user.name.clone(), hash)),
            Err(what) => mistakes.add(Some(user.value_at), path.as_str(), what),
        }
    }
    (users.len() == named.len()).then_some(users)
}
