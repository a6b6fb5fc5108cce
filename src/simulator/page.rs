//! Lists in pages (API text 1.1, 2.1), and what may go wrong with a page on order.
//!
//! Owns: `offset`, `limit`, and which items a page has. Knows nothing of what the items are.

use std::ops::RangeInclusive;

use super::asked::Asked;
use super::refusal::Refusal;

/// What a list gives when `limit` is not said.
pub(crate) const DEFAULT_LIMIT: usize = 10;
/// What `limit` may be at most, and what it is in calls of version 3 when it is not said.
pub(crate) const MOST: usize = 1000;
/// What `limit` may be.
const LIMITS: RangeInclusive<usize> = 1..=MOST;
/// Items that overlapping pages have in common.
const OVERLAP: usize = 2;

/// How a page is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blunder {
    /// It has half of the items that were asked for.
    Short,
    /// It begins with the last items of the page before.
    Overlap,
    /// It begins one item too late, as if an item of the page before had vanished meanwhile.
    Skip,
    /// There is nothing, and the total says so.
    Empty,
}

/// One page as it was asked for. `offset` counts records: the reading that agrees with every client that is known
/// (API text 1.1).
pub(crate) struct Page {
    offset: usize,
    limit: usize,
    blunder: Option<Blunder>,
}

impl Page {
    /// The page that `asked` asks for, to be answered with this blunder.
    pub(crate) fn read(asked: &Asked, default_limit: usize, blunder: Option<Blunder>) -> Result<Self, Refusal> {
        let number = |name: &str, default: usize| match asked.parameter(name) {
            None => Ok(default),
            Some(text) => text
                .parse::<usize>()
                .map_err(|_| Refusal::invalid_parameter(&format!("The value of {name} is invalid."))),
        };
        let page = Self {
            offset: number("offset", 0)?,
            limit: number("limit", default_limit)?,
            blunder,
        };
        if LIMITS.contains(&page.limit) {
            Ok(page)
        } else {
            Err(Refusal::drs(400, "DRS.M00211", "The limit must be 1 to 1000."))
        }
    }

    /// Its items out of all there are, and the total that goes with them.
    pub(crate) fn of<'a, T>(&self, all: &'a [T]) -> (&'a [T], usize) {
        let (total, later) = (all.len(), self.offset > 0);
        let (offset, limit, total) = match self.blunder {
            Some(Blunder::Short) => (self.offset, self.limit.div_ceil(2), total),
            Some(Blunder::Overlap) => (self.offset.saturating_sub(OVERLAP), self.limit, total),
            Some(Blunder::Skip) if later => (self.offset.saturating_add(1), self.limit, total.saturating_sub(1)),
            Some(Blunder::Empty) => return (&[], 0),
            _ => (self.offset, self.limit, total),
        };
        let from = offset.min(all.len());
        let to = offset.saturating_add(limit).min(all.len());
        (&all[from..to], total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [u8; 6] = [1, 2, 3, 4, 5, 6];

    fn pages(blunder: Option<Blunder>) -> [(&'static [u8], usize); 3] {
        [0, 3, 6].map(|offset| {
            let page = Page {
                offset,
                limit: 3,
                blunder,
            };
            page.of(&ALL)
        })
    }

    #[test]
    fn pages_follow_each_other() {
        assert_eq!(pages(None), [(&ALL[..3], 6), (&ALL[3..], 6), (&[][..], 6)]);
    }

    #[test]
    fn a_blunder_is_what_it_says() {
        let short = pages(Some(Blunder::Short));
        assert_eq!(short[..2], [(&ALL[..2], 6), (&ALL[3..5], 6)]);
        let overlap = pages(Some(Blunder::Overlap));
        assert_eq!(overlap[..2], [(&ALL[..3], 6), (&ALL[1..4], 6)]);
        let skip = pages(Some(Blunder::Skip));
        assert_eq!(skip[..2], [(&ALL[..3], 6), (&ALL[4..], 5)]);
        assert_eq!(pages(Some(Blunder::Empty)), [(&[][..], 0); 3]);
    }
}
