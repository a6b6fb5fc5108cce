use std::path::Path;

use super::*;
use crate::web_config;

const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// Of `simulated-web-password`, at the least cost.
const HASH: &str = "$2b$04$mKur29l3PDcrPmCi2gTVYOLOAR9MBdLmY0thGlDCFSdMEptuIJ7ny";

fn users(names: &[&str]) -> BTreeMap<String, Hash> {
    let lines: Vec<_> = names.iter().map(|name| format!("  {name}: {HASH}\n")).collect();
    let text = format!("basic_auth_users:\n{}", lines.concat());
    web_config::parse(&text, Path::new("f")).unwrap().users
}

fn basic(text: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(text))).unwrap()
}

#[tokio::test]
async fn who_has_the_password_is_let_in_and_nobody_else() {
    let (logins, users) = (Logins::new().unwrap(), users(&["alice"]));
    // Twice: the second time from memory.
    for _ in 0..2 {
        for (sent, verdict) in [
            ("alice:simulated-web-password", Verdict::In),
            ("alice:wrong", Verdict::Out),
            ("alice:", Verdict::Out),
            ("bob:simulated-web-password", Verdict::Out),
            (":simulated-web-password", Verdict::Out),
            ("alice", Verdict::Out),
            ("Alice:simulated-web-password", Verdict::Out),
        ] {
            assert_eq!(logins.judge(&users, PEER, Some(&basic(sent))).await, verdict, "{sent}");
        }
        assert_eq!(logins.judge(&users, PEER, None).await, Verdict::Out);
        for header in ["Basic", "Basic !", "Bearer abc", ""] {
            let header = HeaderValue::from_static(header);
            assert_eq!(
                logins.judge(&users, PEER, Some(&header)).await,
                Verdict::Out,
                "{header:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_user_who_is_known_needs_no_turn_and_others_do() {
    let (logins, users) = (Logins::new().unwrap(), users(&["alice"]));
    let good = basic("alice:simulated-web-password");
    assert_eq!(logins.judge(&users, PEER, Some(&good)).await, Verdict::In);
    // With all turns and places taken, only memory can let in.
    let _turns = logins
        .turns
        .clone()
        .acquire_many_owned(u32::try_from(logins.turns.available_permits()).unwrap());
    let _places: Vec<_> = std::iter::from_fn(|| logins.waiting.place(PEER)).collect();
    assert_eq!(logins.judge(&users, PEER, Some(&good)).await, Verdict::In);
    assert_eq!(
        logins.judge(&users, PEER, Some(&basic("alice:wrong"))).await,
        Verdict::Busy
    );
    assert_eq!(
        logins.judge(&users, PEER, Some(&basic("bob:wrong"))).await,
        Verdict::Busy,
        "a stranger costs the same"
    );
}

#[tokio::test]
async fn a_changed_hash_ends_what_was_remembered_and_nothing_is_kept_of_those_who_went() {
    let logins = Logins::new().unwrap();
    let both = users(&["alice", "bob"]);
    for name in ["alice", "bob"] {
        let good = basic(&format!("{name}:simulated-web-password"));
        assert_eq!(logins.judge(&both, PEER, Some(&good)).await, Verdict::In);
    }
    let other = format!(
        "basic_auth_users: {{ alice: {} }}",
        "$2b$10$rqTTvOR1iGfBIDT3M6xpKO0J.OkYT8wU.vf0eTYVfa.xTFsgy2ohi"
    );
    let other = web_config::parse(&other, Path::new("f")).unwrap().users;
    assert_eq!(
        logins
            .judge(&other, PEER, Some(&basic("alice:simulated-web-password")))
            .await,
        Verdict::Out
    );
    assert_eq!(
        logins
            .judge(&other, PEER, Some(&basic("bob:simulated-web-password")))
            .await,
        Verdict::Out
    );
    assert_eq!(
        logins
            .judge(&other, PEER, Some(&basic("alice:another-web-password")))
            .await,
        Verdict::In
    );
    assert_eq!(logins.known.lock().unwrap().len(), 1);
}

#[test]
fn a_stranger_is_compared_with_some_user_always_the_same() {
    let (logins, users) = (Logins::new().unwrap(), users(&["a", "b", "c", "d"]));
    let place = |name: &str| {
        let hash = logins.in_place_of(name, &users).unwrap();
        users.values().position(|other| std::ptr::eq(other, hash)).unwrap()
    };
    let places: Vec<_> = (0..100).map(|index| place(&format!("stranger{index}"))).collect();
    assert!((0..4).all(|index| places.contains(&index)), "{places:?}");
    assert_eq!(place("stranger0"), places[0]);
}
