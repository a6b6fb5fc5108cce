//! Which requests a fault hits.

use serde_json::{Value, json};

use super::*;

fn order(order: Value) -> Order {
    serde_json::from_value(order).unwrap()
}

/// The fault that hits a call, if one does.
fn hit(faults: &mut Faults, path: &str, query: &str) -> Option<Kind> {
    pick(faults, path, query).fault.map(|fault| fault.kind)
}

fn pick(faults: &mut Faults, path: &str, query: &str) -> Effects {
    let asked = Asked {
        method: hyper::Method::GET,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: hyper::HeaderMap::new(),
        body: bytes::Bytes::new(),
        peer: ([127, 0, 0, 1], 1).into(),
        id: String::new(),
    };
    faults.pick(&Route::find(&asked.method, path), &asked)
}

const A: &str = "/v5/P/jobs/a/compare-policy";
const B: &str = "/v5/P/jobs/b/compare-policy";
const JOBS: &str = "/v5/P/jobs";

#[test]
fn a_fault_hits_what_it_names_as_often_as_it_says() {
    let mut faults = Faults::new(1);
    faults
        .add(order(json!({"kind": "hang", "job_id": "a", "times": 2})))
        .unwrap();
    assert!(hit(&mut faults, B, "").is_none());
    let hits = (0..5).filter(|_| hit(&mut faults, A, "").is_some()).count();
    assert_eq!(hits, 2);
    assert_eq!(faults.remove(None), 0);
}

#[test]
fn a_share_is_kept_and_the_same_for_a_seed() {
    let hits = |seed| {
        let mut faults = Faults::new(seed);
        faults.add(order(json!({"kind": "reset", "share": 0.3}))).unwrap();
        (0..1000)
            .filter(|_| hit(&mut faults, A, "").is_some())
            .collect::<Vec<_>>()
    };
    assert_eq!(hits(1), hits(1));
    assert_ne!(hits(1), hits(2));
    assert!((250..350).contains(&hits(1).len()), "{}", hits(1).len());
}

#[test]
fn latencies_add_up_and_go_with_another_fault() {
    let mut faults = Faults::new(1);
    for milliseconds in [100, 200] {
        faults
            .add(order(json!({"kind": "latency", "milliseconds": milliseconds})))
            .unwrap();
    }
    let first = faults.add(order(json!({"kind": "empty"}))).unwrap();
    faults.add(order(json!({"kind": "reset"}))).unwrap();
    let effects = pick(&mut faults, A, "");
    assert_eq!(effects.latency, Duration::from_millis(300));
    assert_eq!(effects.fault.unwrap().kind, Kind::Empty);
    assert_eq!(faults.remove(Some(first)), 1);
    assert_eq!(hit(&mut faults, A, ""), Some(Kind::Reset));
}

#[test]
fn a_page_goes_wrong_where_there_is_one_and_a_permission_in_drs() {
    for (kind, is_hit) in [
        ("short_page", [true, true, true, false, false]),
        ("overlap", [false, true, false, false, false]),
        ("skip", [false, true, false, false, false]),
        ("empty_list", [true, true, false, false, false]),
        ("forbidden", [true, true, true, true, false]),
        ("not_in_region", [true, true, true, true, false]),
    ] {
        let mut faults = Faults::new(1);
        faults.add(order(json!({"kind": kind}))).unwrap();
        let hits = [
            (JOBS, "job_type=sync&limit=100&offset=0"),
            (JOBS, "job_type=sync&limit=100&offset=100"),
            (JOBS, "job_type=sync&name=a%2Cb"),
            (A, ""),
            ("/v3/projects", ""),
        ]
        .map(|(path, query)| hit(&mut faults, path, query).is_some());
        assert_eq!(hits, is_hit, "{kind}");
    }
    let mut faults = Faults::new(1);
    faults
        .add(order(json!({"kind": "empty_list", "lookups": true})))
        .unwrap();
    assert!(hit(&mut faults, JOBS, "name=a").is_some());
}
