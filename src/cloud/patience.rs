//! How long asking may take at most, with all that the cloud may wish for.
//!
//! Owns: the sum of the limits that the neighbours keep. Who waits longer waits for something that never comes.

use std::time::Duration;

use super::limits::{slowest_spacing, spacing};
use super::paging::MAX_PAGES;
use super::retry::{BUDGET, MAX_RETRY_AFTER};
use super::settings::HttpSettings;

/// What to expect of one client at the latest. A cloud that is down, or throttles, keeps within it: its time-outs and
/// refusals are answers, too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Patience {
    /// While something is asked, some request ends within this time.
    pub silence: Duration,
    /// One question, with all its pages and attempts, ends within this time.
    pub question: Duration,
}

impl Patience {
    /// By the limits of one client.
    pub(super) fn of(http: &HttpSettings) -> Self {
        let silence = MAX_RETRY_AFTER + BUDGET + slowest_spacing(http.rate_limit) + http.timeout;
        // Those that are under way take turns, and each may be sent away for as long as the cloud likes.
        let turns = silence.saturating_mul(http.concurrency.get());
        let page = http.timeout + spacing(http.rate_limit).saturating_mul(http.concurrency.get());
        let pages = page.saturating_mul(u32::try_from(MAX_PAGES).unwrap_or(u32::MAX));
        Self {
            silence,
            question: turns.saturating_add(pages),
        }
    }

    /// What suffices for both.
    #[must_use]
    pub fn or_longer(self, other: Self) -> Self {
        Self {
            silence: self.silence.max(other.silence),
            question: self.question.max(other.question),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn usual_settings_are_waited_for_some_minutes_and_a_long_list_for_an_hour() {
        let patience = |concurrency: u32, rate_limit| {
            Patience::of(&HttpSettings {
                timeout: Duration::from_secs(10),
                concurrency: NonZeroU32::new(concurrency).unwrap(),
                rate_limit,
                max_response_bytes: 1,
                proxy_url: None,
                ca_file: None,
            })
        };
        let (usual, slow) = (patience(8, 10.0), patience(8, 0.1));
        assert!((330..350).contains(&usual.silence.as_secs()), "{usual:?}");
        assert!((3600..4200).contains(&usual.question.as_secs()), "{usual:?}");
        assert!(slow.silence > usual.silence && slow.question > usual.question);
        assert!(
            patience(u32::MAX, f64::MIN_POSITIVE).question > slow.question,
            "no overflow"
        );
    }
}
