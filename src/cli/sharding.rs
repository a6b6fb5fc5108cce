//! The flags that say which of several exporters this one is.

use std::num::NonZeroU32;
use std::str::FromStr;

use clap::Args;

use crate::shard::{NoSuchShard, Shard};

/// Which of several exporters this one is.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Sharding")]
pub struct Sharding {
    /// Which shard this is, counted from 0: a number, or a name that ends in one, such as drs-exporter-2
    ///
    /// The pods of a `StatefulSet` are named so: set the variable from `metadata.name`.
    #[arg(
        long = "shard",
        value_name = "SHARD",
        env = "DRS_EXPORTER_SHARD",
        default_value = "0"
    )]
    pub shard: ShardNumber,

    /// How many exporters share the jobs; each job is on exactly one of them
    ///
    /// `http.rate_limit` and `http.concurrency` are for all of them together: each takes its part.
    #[arg(
        long = "total-shards",
        value_name = "COUNT",
        env = "DRS_EXPORTER_TOTAL_SHARDS",
        default_value = "1"
    )]
    pub total_shards: NonZeroU32,
}

impl Sharding {
    /// The shard that the flags name.
    ///
    /// # Errors
    /// There is no such shard.
    pub fn shard(self) -> Result<Shard, NoSuchShard> {
        Shard::new(self.shard.0, self.total_shards)
    }
}

/// The number of a shard, as a number or at the end of a pod's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardNumber(u32);

/// Why a text names no shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a number from 0 on, or the name of a StatefulSet's pod, which ends in one, such as drs-exporter-2; \
     the pods of a Deployment have no numbers"
)]
pub struct NoShardNumber;

impl FromStr for ShardNumber {
    type Err = NoShardNumber;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = match text.rsplit_once('-') {
            // A negative number is none.
            Some(("", _)) => return Err(NoShardNumber),
            Some((_, number)) => number,
            None => text,
        };
        // `parse` would take a plus sign; and no ordinal is written with a zero before it.
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit()) && (number == "0" || !number.starts_with('0'));
        let number = number.parse().ok().filter(|_| is_plain);
        number.map(Self).ok_or(NoShardNumber)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_or_the_end_of_a_name_is_a_shard() {
        for (text, number) in [("0", 0), ("17", 17), ("drs-exporter-2", 2), ("a-0", 0), ("a-1-20", 20)] {
            assert_eq!(text.parse(), Ok(ShardNumber(number)), "{text}");
        }
        for bad in [
            "",
            "-1",
            "+1",
            "01",
            "1.0",
            "one",
            "drs-exporter",
            "drs-exporter-",
            "drs-exporter-7d9f-x2x4z",
            "drs-exporter-+2",
            "drs-exporter-02",
            "drs-exporter2",
            "4294967296",
            "١",
        ] {
            assert_eq!(bad.parse::<ShardNumber>(), Err(NoShardNumber), "{bad}");
        }
    }
}
