//! Text from outside that wants to be more than text.

use super::*;
use crate::exposition::tests::project;

#[test]
fn names_stay_text() {
    let job = Job {
        name: "<script>alert(1)</script>".to_owned(),
        problem: Some(problem("</p><img src=x>")),
        ..with_run("\"><b>", "RUNNING")
    };
    let page = html_of(vec![project("<i>", vec![job])]);
    for tag in ["<script>", "<b>", "<i>", "<img"] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)"));
}

#[test]
fn parameters_stay_text() {
    let page = asked(
        vec![project("p", vec![with_run("j", "RUNNING")])],
        "q=%22%3E%3Cscript%3E&state=%3Cscript%3E&project=%22%3E%3Cscript%3E&page=%3Cscript%3E",
    );
    assert!(!page.is_understood && !page.html.contains("<script"));
    assert!(
        page.html.contains("value=\"&quot;&gt;&lt;script&gt;\""),
        "{}",
        page.html
    );
}

#[test]
fn long_and_turning_names_are_cut_and_shown_as_such() {
    let job = Job {
        name: format!("a\u{202e}b{}", "x".repeat(10_000)),
        ..with_run("j", "RUNNING")
    };
    let page = html_of(vec![project("p", vec![job])]);
    assert!(page.contains("a\u{fffd}bxxx") && page.contains("x…</bdi>") && !page.contains('\u{202e}'));
    assert!(page.len() < 30_000, "{} bytes", page.len());
}

#[test]
fn the_policy_allows_this_stylesheet_and_nothing_else() {
    let policy = policy().unwrap();
    let policy = policy.to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && !STYLE.contains("</") && !STYLE.contains("url("));
    let page = html_of(Vec::new());
    assert!(page.contains(&format!("<style>{STYLE}</style>")), "as it was hashed");
}
