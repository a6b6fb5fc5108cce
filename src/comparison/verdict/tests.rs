//! Examples and properties of verdicts. Most say what is not to be called consistent.

mod objects;
mod rows;

use super::*;

/// The verdict for a task that has ended well.
fn verdict(overview: &Overview) -> Option<bool> {
    overview.is_consistent(Status::Successful)
}

#[test]
fn accounts_are_judged_by_names_and_never_by_numbers() {
    let read = |words: &[&'static str]| Tally::of_accounts(words.iter().copied().map(Some));
    let judge = |words: &[&'static str]| verdict(&Overview::Accounts(read(words)));
    assert_eq!(judge(&["CONSISTENT", "CONSISTENT"]), Some(true));
    assert_eq!(judge(&["CONSISTENT", "INCONSISTENT"]), Some(false));
    assert_eq!(judge(&["TARGET_SCHEMA_NOT_EXIST", "COMPARING"]), Some(false));
    for word in [
        "UNABLE_TO_COMPARE",
        "COMPARE_FAILED",
        "COMPARING",
        "WAITING_COMPARE",
        "UNKNOWN",
        "consistent",
        "",
        "0",
        "2",
    ] {
        assert_eq!(judge(&["CONSISTENT", word]), None, "{word}");
    }
    assert_eq!(judge(&[]), None);
    let silent = Tally::of_accounts([Some("CONSISTENT"), None]);
    assert_eq!(verdict(&Overview::Accounts(silent)), None);
    let tally = read(&["CONSISTENT", "INCONSISTENT", "2", "CONSISTENT"]);
    assert_eq!(Finding::ALL.map(|finding| tally.of(finding)), [2, 1, 1]);
}

#[test]
fn a_subject_is_known_by_both_of_its_words() {
    let subjects = |types: &str| {
        let report = crate::comparison::Report {
            types: Some(types),
            ..crate::comparison::Report::default()
        };
        let (task, _) = Task::read(crate::ids::CompareJobId::new("t"), &report, jiff::Timestamp::UNIX_EPOCH);
        Subject::ALL.map(|subject| subject.is_of(&task))
    };
    assert_eq!(subjects("lines,account,object_comparison"), [true, true, true]);
    assert_eq!(subjects("account, object"), [true, false, true]);
    assert_eq!(subjects("lines"), [false, true, false]);
    assert_eq!(subjects("contents,objects,accounts"), [false, false, false]);
    assert_eq!(subjects(""), [false, false, false]);
}
