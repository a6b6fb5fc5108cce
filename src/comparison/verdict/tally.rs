//! How many tables, or accounts, were found to be the same: counts and codes, without any name.

use super::Finding;

/// The row overview of one database as the cloud tells it; any of it absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct RowReport {
    /// `status`: a code of API text 1.8.
    pub status: Option<i64>,
    /// `compare_num`: tables in all.
    pub tables: Option<i64>,
    /// `compare_end_num`: tables that were compared.
    pub compared: Option<i64>,
    /// `data_inconsistent_num`: tables that differ.
    pub inconsistent: Option<i64>,
    /// `uncomparable_num`: tables that cannot be compared.
    pub uncomparable: Option<i64>,
}

/// How many parts were found so: tables, or accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    counts: [u64; Finding::ALL.len()],
}

impl Tally {
    /// How many parts were found so.
    #[must_use]
    pub fn of(&self, finding: Finding) -> u64 {
        self.counts[finding as usize]
    }

    fn add(&mut self, finding: Finding, count: u64) {
        let place = &mut self.counts[finding as usize];
        *place = place.saturating_add(count);
    }

    /// The findings of which there is any part.
    pub(super) fn findings(&self) -> impl Iterator<Item = Finding> {
        Finding::ALL.into_iter().filter(|finding| self.of(*finding) > 0)
    }

    /// Tables, from the row overviews of all databases. A database that says of itself more than its numbers do (one
    /// side is missing, an error) counts as one part more; one whose numbers are missing or contradict each other, as
    /// one part, which is never consistent.
    pub fn of_rows(rows: impl IntoIterator<Item = RowReport>) -> Self {
        let mut tally = Self::default();
        for row in rows {
            let of_whole = of_row_code(row.status);
            let Some(tables) = Self::of_tables(row) else {
                let differs = of_whole == Finding::Inconsistent || row.inconsistent.is_some_and(|tables| tables > 0);
                let of_part = if differs {
                    Finding::Inconsistent
                } else {
                    Finding::NotCompleted
                };
                tally.add(of_part, 1);
                continue;
            };
            for finding in Finding::ALL {
                tally.add(finding, tables.of(finding));
            }
            if of_whole != Finding::Consistent && tables.of(of_whole) == 0 {
                tally.add(of_whole, 1);
            }
        }
        tally
    }

    /// The tables of one database, each once.
    fn of_tables(row: RowReport) -> Option<Self> {
        let number = |told: Option<i64>| u64::try_from(told?).ok();
        let (tables, compared) = (number(row.tables)?, number(row.compared)?);
        let (inconsistent, uncomparable) = (number(row.inconsistent)?, number(row.uncomparable)?);
        let are_possible = compared <= tables
            && inconsistent <= compared
            && inconsistent.checked_add(uncomparable).is_some_and(|bad| bad <= tables);
        if !are_possible {
            return None;
        }
        // Whether those that cannot be compared are among the compared is not documented. Where together they are just
        // all, they are not; else the fewer are called consistent.
        let among_compared = if compared + uncomparable == tables {
            0
        } else {
            uncomparable
        };
        let consistent = (compared - inconsistent).saturating_sub(among_compared);
        Some(Self {
            counts: [consistent, inconsistent, tables - inconsistent - consistent],
        })
    }

    /// Accounts, by the words of API text 1.7. Numbers stand for words that nobody has published: not known.
    pub fn of_accounts<'a>(words: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut tally = Self::default();
        for word in words {
            let finding = match word {
                Some("CONSISTENT") => Finding::Consistent,
                Some("INCONSISTENT" | "TARGET_SCHEMA_NOT_EXIST") => Finding::Inconsistent,
                _ => Finding::NotCompleted,
            };
            tally.add(finding, 1);
        }
        tally
    }
}

/// What a code of the row overview says of the database as a whole (API text 1.8).
fn of_row_code(code: Option<i64>) -> Finding {
    match code {
        // Both databases empty (10) hold the same: nothing.
        Some(2 | 10) => Finding::Consistent,
        // Something is there on one side only.
        Some(0 | 3 | 8 | 9 | 11 | 12 | 21 | 22) => Finding::Inconsistent,
        _ => Finding::NotCompleted,
    }
}
