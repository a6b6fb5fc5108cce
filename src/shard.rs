//! Which of several exporters takes a job.
//!
//! Owns: the rule that puts every job on exactly one shard ([`Shard::takes`]), and a shard's part of what the shards
//! may do together. Pure. Knows nothing of flags, of the cloud and of the other shards: each works out by itself, from
//! the job's id alone, what all the others work out as well.
//!
//! That only holds while all of them work it out in the same way. So the rule **never changes**, between versions or
//! machines: the first eight bytes of the SHA-256 of the id, as a number, then a jump consistent hash of that (Lamping
//! and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014). When the number of shards grows from n to
//! n + 1, one job in n + 1 moves, and only to the new shard. The crates for it hash by Rust's `Hash`, which promises
//! nothing across versions, or have not been touched for years.

use std::fmt;
use std::num::NonZeroU32;

use sha2::{Digest as _, Sha256};

use crate::ids::JobId;

/// The multiplier of the paper's generator.
const MULTIPLIER: u64 = 2_862_933_555_777_941_757;

/// 2^31: of each number of the generator the upper 31 bits count.
const RANGE: f64 = 2_147_483_648.0;

/// One of several exporters that share the jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    ordinal: u32,
    total: NonZeroU32,
}

impl Default for Shard {
    fn default() -> Self {
        Self::WHOLE
    }
}

/// There is no such shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "shard {ordinal} of {total}: shards are counted from 0, so the last of {total} is {}",
    total.get() - 1
)]
pub struct NoSuchShard {
    ordinal: u32,
    total: NonZeroU32,
}

impl Shard {
    /// The only one: it takes everything.
    pub const WHOLE: Self = Self {
        ordinal: 0,
        total: NonZeroU32::MIN,
    };

    /// The shard number `ordinal`, counted from 0, of `total`.
    ///
    /// # Errors
    /// There are not so many.
    pub fn new(ordinal: u32, total: NonZeroU32) -> Result<Self, NoSuchShard> {
        if ordinal < total.get() {
            Ok(Self { ordinal, total })
        } else {
            Err(NoSuchShard { ordinal, total })
        }
    }

    /// Its number, counted from 0.
    #[must_use]
    pub fn ordinal(self) -> u32 {
        self.ordinal
    }

    /// How many there are.
    #[must_use]
    pub fn total(self) -> u32 {
        self.total.get()
    }

    /// Whether there are others.
    #[must_use]
    pub fn is_one_of_many(self) -> bool {
        self.total() > 1
    }

    /// Whether it is this shard that takes the job. Of the same id in two projects it takes both or none.
    #[must_use]
    pub fn takes(self, job: &JobId) -> bool {
        jump(stable_hash(job.as_str()), self.total) == self.ordinal
    }

    /// Its part of a rate that all of them may have together.
    #[must_use]
    pub fn part_of_rate(self, whole: f64) -> f64 {
        whole / f64::from(self.total())
    }

    /// Its part of a number that all of them may have together. At least 1, also where there is not that much for all.
    #[must_use]
    pub fn part_of_count(self, whole: NonZeroU32) -> NonZeroU32 {
        let (each, rest) = (whole.get() / self.total(), whole.get() % self.total());
        let part = each + u32::from(self.ordinal < rest);
        NonZeroU32::new(part).unwrap_or(NonZeroU32::MIN)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shard {} of {}", self.ordinal, self.total)
    }
}

/// The same number for the same bytes, for ever.
fn stable_hash(text: &str) -> u64 {
    let first = Sha256::digest(text).into_iter().take(size_of::<u64>());
    first.fold(0, |number, byte| number << u8::BITS | u64::from(byte))
}

/// The bucket of `key`, below `buckets`: figure 1 of the paper, by the same operations on the same numbers.
fn jump(mut key: u64, buckets: NonZeroU32) -> u32 {
    let mut bucket = 0;
    loop {
        key = key.wrapping_mul(MULTIPLIER).wrapping_add(1);
        #[allow(clippy::cast_possible_truncation, reason = "31 bits and one are at most 2^31")]
        let random = ((key >> 33) + 1) as u32;
        let next = (f64::from(bucket) + 1.0) * (RANGE / f64::from(random));
        if next >= f64::from(buckets.get()) {
            return bucket;
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, below a u32, and rounded down as in the paper"
        )]
        {
            bucket = next as u32;
        }
    }
}

#[cfg(test)]
mod tests;
