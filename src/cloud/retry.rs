//! Whether and when to try again.
//!
//! Owns: the number of attempts, the pauses between them and the bound on all of it. Which failures may pass is the
//! error's own knowledge.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use jiff::Timestamp;
use tokio::time::Instant;

use super::cause::Cause;
use super::error::Error;

/// Attempts of one call, the first included: the two that follow bridge a lost connection or a server's restart;
/// what lasts longer is for the next poll.
const ATTEMPTS: usize = 3;
/// The first pause, before jitter; it doubles from there.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// No pause of our own choice is longer.
const MAX_PAUSE: Duration = Duration::from_secs(5);
/// After "too many" without a time: the gateway's advice is to retry after 2 to 5 seconds (API text, 4.3).
const THROTTLE_PAUSE: Duration = Duration::from_secs(2);
/// A longer wish of the cloud's (`Retry-After`) is cut to this, so that a wrong one cannot stop us for a day: the
/// longest that the gateway counts or locks for is five minutes (API text, 3.2).
pub(super) const MAX_RETRY_AFTER: Duration = Duration::from_mins(5);
/// An attempt that would start later than this after the first is not made. With the time-out of the last attempt
/// this bounds a call, so that one job cannot hold its place for minutes.
pub(super) const BUDGET: Duration = Duration::from_secs(30);

/// Runs `attempt` until it succeeds, fails for good, or attempts or time are used up.
pub(super) async fn with_retries<T, F, Fut>(attempt: F) -> Result<T, Error>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    let started = Instant::now();
    let policy = ExponentialBuilder::default()
        .with_jitter()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(MAX_PAUSE)
        .with_max_times(ATTEMPTS - 1);
    attempt
        .retry(policy)
        .when(Error::may_pass)
        .adjust(|error, pause| {
            let pause = pause?.max(least_pause(error));
            (started.elapsed() + pause <= BUDGET).then_some(pause)
        })
        .await
}

/// How long the cloud wants to be left alone after this failure. It may be longer than a call's [`BUDGET`]: then the
/// call is not repeated, while the project pauses for all of it.
pub(super) fn least_pause(error: &Error) -> Duration {
    match error.retry_after() {
        Some(wish) => wish.min(MAX_RETRY_AFTER),
        None if error.cause() == Cause::Throttled => THROTTLE_PAUSE,
        None => Duration::ZERO,
    }
}

/// The header `Retry-After`: seconds, or a date that is compared with the answer's own.
pub(super) fn parse_retry_after(value: &str, answered_at: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let wait = parse_http_date(value)?.duration_since(answered_at);
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
}

/// A date as HTTP headers have it, such as `Sun, 07 Apr 2024 10:00:09 GMT`.
pub(super) fn parse_http_date(value: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    async fn failing(error: Error) -> (usize, Duration) {
        let (count, start) = (Cell::new(0), Instant::now());
        let result: Result<(), Error> = with_retries(|| {
            count.set(count.get() + 1);
            let error = error.clone();
            async move { Err(error) }
        })
        .await;
        assert!(result.is_err());
        (count.get(), start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_tried_three_times_and_nothing_else_twice() {
        for cause in [Cause::Connect, Cause::Timeout, Cause::Server, Cause::Throttled] {
            assert_eq!(failing(Error::for_test(cause)).await.0, 3, "{cause:?}");
        }
        for cause in [
            Cause::SignatureRefused,
            Cause::LoginRefused,
            Cause::NotFound,
            Cause::Body,
            Cause::Redirected,
        ] {
            assert_eq!(failing(Error::for_test(cause)).await.0, 1, "{cause:?}");
        }
        assert_eq!(failing(Error::for_test(Cause::Body).passing()).await.0, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn the_cloud_s_wish_is_kept_within_the_budget() {
        let throttled =
            |wish: Option<u64>| Error::for_test(Cause::Throttled).with_retry_after(wish.map(Duration::from_secs));
        assert!(failing(throttled(None)).await.1 >= THROTTLE_PAUSE * 2);
        assert!(failing(throttled(Some(7))).await.1 >= Duration::from_secs(14));
        let (count, took) = failing(throttled(Some(20))).await;
        assert_eq!(
            (count, took >= Duration::from_secs(20)),
            (2, true),
            "a third would start after the budget"
        );
        for wish in [31, 300, 86_400] {
            assert_eq!(failing(throttled(Some(wish))).await, (1, Duration::ZERO), "{wish} s");
        }
    }

    #[test]
    fn a_project_pauses_as_long_as_the_cloud_wishes_up_to_five_minutes() {
        for (wish, expected) in [(None, 2), (Some(7), 7), (Some(120), 120), (Some(86_400), 300)] {
            let error = Error::for_test(Cause::Throttled).with_retry_after(wish.map(Duration::from_secs));
            assert_eq!(least_pause(&error), Duration::from_secs(expected), "{wish:?}");
        }
    }

    #[test]
    fn both_forms_of_the_wish_are_read() {
        let now = parse_http_date("Sun, 07 Apr 2024 10:00:00 GMT").unwrap();
        assert_eq!(now.to_string(), "2024-04-07T10:00:00Z");
        for (value, seconds) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Sun, 07 Apr 2024 10:00:09 GMT", Some(9)),
            ("Sun, 07 Apr 2024 09:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            assert_eq!(
                parse_retry_after(value, now),
                seconds.map(Duration::from_secs),
                "{value}"
            );
        }
    }
}
