//! Examples and properties of the rules of meaning.

use proptest::prelude::*;

use super::*;

const ANSWERED_AT: &str = "2024-04-07T10:00:30Z";

fn read(status: &str, start: &str, end: &str) -> (Task, Vec<Contradiction>) {
    let report = Report {
        types: Some("lines,object_comparison"),
        status: Some(status),
        start_time: Some(start),
        end_time: Some(end),
        compute_type: None,
    };
    Task::read(CompareJobId::new("t"), &report, ANSWERED_AT.parse().unwrap())
}

fn seconds(task: &Task) -> Option<u64> {
    task.duration.map(|duration| duration.as_secs())
}

#[test]
fn the_sources_example_took_eight_seconds() {
    let (task, contradictions) = read("SUCCESSFUL", "2024-04-07T10:00:01Z", "2024-04-07T10:00:09Z");
    assert_eq!(contradictions, []);
    assert_eq!(task.status, Status::Successful);
    assert_eq!(seconds(&task), Some(8));
}

#[test]
fn a_task_that_goes_on_lasts_up_to_the_answer_whatever_its_end_says() {
    for status in ["RUNNING", "WAITING_FOR_RUNNING", "FULL_DOING", "INCRE_DOING", "PAUSED"] {
        let (task, contradictions) = read(status, "2024-04-07T10:00:01Z", "2024-04-07T10:00:09Z");
        assert_eq!((seconds(&task), task.end), (Some(29), None), "{status}");
        assert_eq!(contradictions, []);
    }
}

#[test]
fn an_ended_task_without_an_end_has_no_duration_and_is_no_contradiction() {
    let (task, contradictions) = read("FAILED", "2024-04-07T10:00:01Z", "");
    assert_eq!((seconds(&task), contradictions.len()), (None, 0));
}

#[test]
fn times_that_contradict_each_other_give_no_duration() {
    let (task, contradictions) = read("SUCCESSFUL", "2024-04-07T10:00:09Z", "2024-04-07T10:00:01Z");
    assert_eq!(seconds(&task), None);
    assert!(matches!(contradictions[..], [Contradiction::EndBeforeStart { .. }]));
    let (task, contradictions) = read("RUNNING", "2024-04-07T10:00:31Z", "");
    assert_eq!(seconds(&task), None);
    assert!(matches!(contradictions[..], [Contradiction::StartAfterAnswer { .. }]));
}

#[test]
fn every_form_of_a_time_is_the_same_instant() {
    let texts = [
        "2024-04-07T10:00:01Z",
        "2024-04-07T10:00:01.000000Z",
        "2024-04-07T18:00:01+08:00",
        "2024-04-07T10:00:01",
        " 2024-04-07 10:00:01 ",
    ];
    for text in texts {
        let (task, _) = read("RUNNING", text, "");
        assert_eq!(task.start.unwrap().to_string(), "2024-04-07T10:00:01Z", "{text}");
    }
}

#[test]
fn what_is_no_time_is_a_contradiction() {
    for text in ["yesterday", "2024-13-01T00:00:00Z", "1712484001"] {
        let (task, contradictions) = read("RUNNING", text, "");
        assert_eq!((task.start, task.duration), (None, None), "{text}");
        assert!(
            matches!(contradictions[..], [Contradiction::Unreadable { .. }]),
            "{text}"
        );
    }
}

#[test]
fn the_epoch_stands_for_no_time() {
    for text in ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z"] {
        let (task, contradictions) = read("RUNNING", text, "");
        assert_eq!((task.start, contradictions.len()), (None, 0), "{text}");
    }
}

#[test]
fn a_report_of_nothing_is_unknown_and_not_ended() {
    let (task, contradictions) = Task::read(CompareJobId::new("t"), &Report::default(), Timestamp::MAX);
    assert_eq!((task.status, task.start, task.duration), (Status::Unknown, None, None));
    assert_eq!(contradictions, []);
}

#[test]
fn only_the_four_final_states_have_ended() {
    let ended: Vec<_> = Status::ALL
        .into_iter()
        .filter(|status| status.has_ended())
        .map(Status::as_str)
        .collect();
    assert_eq!(ended, ["SUCCESSFUL", "FAILED", "CANCELLED", "TIMEOUT_INTERRUPT"]);
    for word in ["", "successful", "PAUSED", "SUCCESSFUL "] {
        assert_eq!(Status::from_word(word), Status::Unknown, "{word:?}");
    }
}

#[test]
fn the_newest_successful_may_be_older_than_the_newest_ended() {
    let tasks: Vec<Task> = [("RUNNING", 30), ("FAILED", 20), ("SUCCESSFUL", 10), ("SUCCESSFUL", 5)]
        .into_iter()
        .map(|(status, minute)| {
            read(
                status,
                &format!("2024-04-07T09:{minute:02}:00Z"),
                "2024-04-07T09:59:00Z",
            )
            .0
        })
        .collect();
    let minute = |task: Option<&Task>| task.unwrap().start.unwrap().to_string();
    assert_eq!(minute(newest(&tasks)), "2024-04-07T09:30:00Z");
    assert_eq!(minute(newest_ended(&tasks)), "2024-04-07T09:20:00Z");
    assert_eq!(minute(newest_successful(&tasks)), "2024-04-07T09:10:00Z");
}

prop_compose! {
    /// A time as the API writes it, within a few hours around the answer.
    fn api_time()(offset in -7200_i64..7200) -> String {
        let answered_at: Timestamp = ANSWERED_AT.parse().unwrap();
        Timestamp::from_second(answered_at.as_second() + offset).unwrap().to_string()
    }
}

prop_compose! {
    fn any_task()(
        id in "[a-c]{1,2}",
        status in prop::sample::select(Status::ALL.map(Status::as_str).to_vec()),
        start in prop::option::of(api_time()),
        end in prop::option::of(api_time()),
    ) -> Task {
        let report = Report { status: Some(status), start_time: start.as_deref(), end_time: end.as_deref(), ..Report::default() };
        Task::read(CompareJobId::new(id), &report, ANSWERED_AT.parse().unwrap()).0
    }
}

proptest! {
    #[test]
    fn no_text_whatever_makes_reading_panic(status in ".*", start in ".*", end in ".*", types in ".*") {
        let report = Report {
            types: Some(&types), status: Some(&status), start_time: Some(&start), end_time: Some(&end), compute_type: Some(&types),
        };
        let (task, _) = Task::read(CompareJobId::new("t"), &report, ANSWERED_AT.parse().unwrap());
        prop_assert!(task.end.is_none() || task.status.has_ended());
    }

    #[test]
    fn a_duration_is_the_span_between_its_times_or_there_is_none(status in prop::sample::select(Status::ALL.to_vec()), start in api_time(), end in api_time()) {
        let (task, contradictions) = read(status.as_str(), &start, &end);
        let until: Timestamp = if status.has_ended() { end.parse().unwrap() } else { ANSWERED_AT.parse().unwrap() };
        let span = until.as_second() - start.parse::<Timestamp>().unwrap().as_second();
        prop_assert_eq!(seconds(&task).map(u64::cast_signed), (span >= 0).then_some(span));
        prop_assert_eq!(contradictions.is_empty(), span >= 0);
    }

    #[test]
    fn the_newest_does_not_depend_on_the_order(tasks in prop::collection::vec(any_task(), 0..8), turn in 0_usize..8) {
        let mut turned = tasks.clone();
        turned.rotate_left(turn.min(tasks.len()));
        let key = |task: Option<&Task>| task.map(|task| (task.start, task.id.clone()));
        prop_assert_eq!(key(newest(&tasks)), key(newest(&turned)));
        prop_assert_eq!(key(newest_ended(&tasks)), key(newest_ended(&turned)));
    }

    #[test]
    fn nothing_started_later_than_the_newest(tasks in prop::collection::vec(any_task(), 1..8)) {
        let newest = newest(&tasks).unwrap();
        prop_assert!(tasks.iter().all(|task| task.start <= newest.start));
        prop_assert!(newest.start.is_some() || tasks.iter().all(|task| task.start.is_none()));
    }

    #[test]
    fn types_do_not_depend_on_order_spaces_or_repetition(words in prop::collection::vec("[a-z_]{1,6}", 0..5), turn in 0_usize..5) {
        let mut turned = words.clone();
        turned.rotate_left(turn.min(words.len()));
        turned.extend(words.first().cloned());
        let types = ComparisonTypes::from_joined(&words.join(","));
        prop_assert_eq!(&types, &ComparisonTypes::from_joined(&turned.join(" , ")));
        prop_assert_eq!(&types, &ComparisonTypes::from_joined(&types.to_string()));
    }
}
