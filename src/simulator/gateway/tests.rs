//! Who is let in, with the clock in the test's hand.

use bytes::Bytes;
use hyper::{HeaderMap, Method};

use super::*;
use crate::simulator::signature::signature;

const SIGNED: &str = "host;x-sdk-date;x-security-token";

fn now() -> Timestamp {
    "2024-04-07T10:00:01Z".parse().unwrap()
}

/// A request that this key signed at 10:00:01.
fn signed(access: &str, secret: &str, security_token: &str) -> Asked {
    let mut headers = HeaderMap::new();
    headers.insert("host", "cloud".parse().unwrap());
    headers.insert("x-sdk-date", "20240407T100001Z".parse().unwrap());
    headers.insert("x-security-token", security_token.parse().unwrap());
    let mut asked = Asked {
        method: Method::GET,
        path: "/v5/P/jobs".to_owned(),
        query: String::new(),
        headers,
        body: Bytes::new(),
        peer: ([127, 0, 0, 1], 1).into(),
        id: String::new(),
    };
    let signature = signature(&asked, SIGNED, secret).unwrap();
    let header = format!("SDK-HMAC-SHA256 Access={access}, SignedHeaders={SIGNED}, Signature={signature}");
    asked.headers.insert("authorization", header.parse().unwrap());
    asked
}

fn reason(outcome: Result<Caller, Denial>) -> String {
    match outcome {
        Ok(_) => "let in".to_owned(),
        Err(denial) => format!("{denial:?}"),
    }
}

#[test]
fn five_wrong_signatures_in_a_row_lock_the_key_for_five_minutes() {
    let mut gateway = Gateway::new(1);
    let (right, wrong) = (signed(ACCESS_KEY, SECRET_KEY, ""), signed(ACCESS_KEY, "wrong", ""));
    for _ in 0..4 {
        assert!(reason(gateway.authenticate(&wrong, now())).contains("verify aksk signature fail"));
    }
    assert_eq!(reason(gateway.authenticate(&right, now())), "let in");
    for _ in 0..5 {
        assert!(reason(gateway.authenticate(&wrong, now())).contains("verify aksk signature fail"));
    }
    let soon = now() + SignedDuration::from_secs(299);
    assert!(reason(gateway.authenticate(&right, soon)).contains("AK access failures reached the limit"));
    assert_eq!(reason(gateway.authenticate(&right, now() + LOCK)), "let in");
}

#[test]
fn a_date_more_than_a_quarter_of_an_hour_off_is_refused() {
    let mut gateway = Gateway::new(1);
    let asked = signed(ACCESS_KEY, SECRET_KEY, "");
    for (seconds, expected) in [(900, "let in"), (-900, "let in"), (901, "expired"), (-901, "expired")] {
        let then = now() + SignedDuration::from_secs(seconds);
        let reason = reason(gateway.authenticate(&asked, then));
        assert!(reason.contains(expected), "{seconds}: {reason}");
    }
}

#[test]
fn a_temporary_key_needs_its_token_and_ends() {
    let mut gateway = Gateway::new(1);
    let key = gateway.give_temporary_key(now());
    let asked = signed(&key.access, &key.secret, &key.security_token);
    assert_eq!(reason(gateway.authenticate(&asked, now())), "let in");
    let other = signed(&key.access, &key.secret, "other");
    assert!(reason(gateway.authenticate(&other, now())).contains("verify security token fail"));
    gateway.tokens.set_lifetime(SignedDuration::from_secs(60));
    let short = gateway.give_temporary_key(now());
    let asked = signed(&short.access, &short.secret, &short.security_token);
    let later = now() + SignedDuration::from_secs(60);
    assert!(reason(gateway.authenticate(&asked, later)).contains("security token expires"));
}

#[test]
fn who_is_unknown_or_says_nothing_stays_outside() {
    let mut gateway = Gateway::new(1);
    let unknown = signed("SOMEBODY", SECRET_KEY, "");
    assert!(reason(gateway.authenticate(&unknown, now())).contains("AK does not exist"));
    let mut silent = unknown;
    silent.headers.remove("authorization");
    assert!(reason(gateway.authenticate(&silent, now())).contains("x-auth-token not found"));
}

#[tokio::test(start_paused = true)]
async fn the_throttle_counts_each_project_for_itself() {
    let mut gateway = Gateway::new(1);
    gateway.rate = Some(2);
    let start = Instant::now();
    assert!(gateway.throttle("a", start).is_ok() && gateway.throttle("a", start).is_ok());
    assert!(gateway.throttle("a", start).is_err());
    assert!(gateway.throttle("b", start).is_ok());
    assert!(gateway.throttle("a", start + std::time::Duration::from_secs(1)).is_ok());
}
