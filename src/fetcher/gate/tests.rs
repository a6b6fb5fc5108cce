//! What opens and closes the gate.

use super::*;

const POLL: Duration = Duration::from_mins(1);

/// Questions of the project under test.
const ALL: usize = 100;

fn gate() -> (Gate, Instant) {
    let now = Instant::now();
    (Gate::new(POLL, 8, now), now)
}

#[tokio::test(start_paused = true)]
async fn the_first_question_goes_alone_and_the_rest_when_it_was_let_in() {
    let (mut gate, now) = gate();
    assert_eq!(gate.width(now), 1);
    assert_eq!(gate.record(Evidence::LetIn, 0, ALL, now), Change::Opened);
    assert_eq!(gate.width(now), 8);
    assert_eq!(gate.record(Evidence::LetIn, 1, ALL, now), Change::None);
}

#[tokio::test(start_paused = true)]
async fn a_first_question_that_hangs_does_not_hold_up_the_others() {
    let (mut gate, now) = gate();
    assert_eq!(gate.widens_at(now), Some(now + PATIENCE));
    assert_eq!(gate.width(now + PATIENCE), 2);
    assert_eq!(gate.width(now + PATIENCE * 100), 8);
}

#[tokio::test(start_paused = true)]
async fn refusals_come_ever_more_rarely_and_never_twice_in_a_poll_interval() {
    for poll in [Duration::from_secs(1), Duration::from_secs(15), POLL, POLL * 10] {
        let start = Instant::now();
        let mut gate = Gate::new(poll, 8, start);
        let (mut now, mut last) = (start, Duration::ZERO);
        for _ in 0..40 {
            assert!(gate.width(now) > 0);
            let Change::Closed { pause } = gate.record(Evidence::Refused, 0, ALL, now) else {
                panic!("a refusal closes")
            };
            assert!(pause >= poll && pause >= last);
            assert_eq!(gate.record(Evidence::Refused, 1, ALL, now), Change::None, "a straggler");
            assert_eq!(gate.width(now + pause - Duration::from_millis(1)), 0);
            (now, last) = (now + pause, pause);
        }
        assert_eq!(last, LONGEST_PAUSE_AFTER_REFUSAL.max(poll));
    }
}

#[tokio::test(start_paused = true)]
async fn what_changed_is_tried_at_once() {
    let (mut gate, now) = gate();
    gate.record(Evidence::Refused, 0, ALL, now);
    assert_eq!(gate.width(now), 0);
    gate.try_now(now);
    assert_eq!(gate.width(now), 1);
}

#[tokio::test(start_paused = true)]
async fn missing_credentials_wait_one_poll_interval_however_often() {
    let (mut gate, mut now) = gate();
    for _ in 0..5 {
        assert_eq!(
            gate.record(Evidence::Unprovided, 0, ALL, now),
            Change::Closed { pause: POLL }
        );
        now += POLL;
        assert_eq!(gate.width(now), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn broken_jobs_never_close_the_gate_while_others_succeed() {
    for concurrency in [1, 2, 8] {
        let mut now = Instant::now();
        let mut gate = Gate::new(POLL, concurrency, now);
        gate.record(Evidence::LetIn, 99, ALL, now);
        for _ in 0..100 {
            for broken in 0..20 {
                assert_eq!(gate.record(Evidence::Unreachable, broken, ALL, now), Change::None);
            }
            now += Duration::from_secs(10);
            assert_eq!(gate.record(Evidence::LetIn, 99, ALL, now), Change::None);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_job_failing_again_and_again_is_one_job() {
    let (mut gate, mut now) = gate();
    gate.record(Evidence::LetIn, 1, ALL, now);
    for _ in 0..100 {
        now += POLL;
        assert_eq!(gate.record(Evidence::Unreachable, 0, ALL, now), Change::None);
        assert!(gate.wants_second_opinion(now));
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_cloud_closes_the_gate_and_one_more_failure_keeps_it_closed() {
    let (mut gate, start) = gate();
    gate.record(Evidence::LetIn, 0, ALL, start);
    let now = start + LONGEST_PAUSE_WHILE_UNREACHABLE;
    let changes: Vec<_> = (0..8)
        .map(|question| gate.record(Evidence::Unreachable, question, ALL, now))
        .collect();
    assert_eq!(changes[..7], [Change::None; 7]);
    let pause = LONGEST_PAUSE_WHILE_UNREACHABLE;
    assert_eq!(changes[7], Change::Closed { pause });
    assert_eq!(gate.width(now + pause), 1);
    assert_eq!(
        gate.record(Evidence::Unreachable, 3, ALL, now + pause),
        Change::Closed { pause }
    );
    assert_eq!(gate.width(now + pause * 2), 1);
    assert_eq!(gate.record(Evidence::LetIn, 3, ALL, now + pause * 2), Change::Opened);
}

#[tokio::test(start_paused = true)]
async fn at_the_start_a_few_failures_are_enough_and_one_is_not() {
    let (mut gate, now) = gate();
    let changes: Vec<_> = (0..3)
        .map(|question| gate.record(Evidence::Unreachable, question, ALL, now))
        .collect();
    assert_eq!(changes[..2], [Change::None; 2]);
    assert!(matches!(changes[2], Change::Closed { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_project_of_one_question_is_judged_by_it() {
    let (mut gate, start) = gate();
    gate.record(Evidence::LetIn, 0, 1, start);
    assert!(matches!(
        gate.record(Evidence::Unreachable, 0, 1, start + POLL),
        Change::Closed { .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn an_answer_from_before_a_refusal_does_not_open_the_gate_and_one_from_before_an_outage_does() {
    let (mut gate, now) = gate();
    gate.record(Evidence::LetIn, 0, ALL, now);
    gate.record(Evidence::Refused, 1, ALL, now);
    assert_eq!(gate.record(Evidence::LetIn, 0, ALL, now), Change::None);
    assert_eq!(gate.width(now), 0);
    assert_eq!(gate.width(now + POLL), 1);
    assert_eq!(gate.record(Evidence::LetIn, 0, ALL, now + POLL), Change::Opened);
    let now = now + POLL * 2;
    gate.record(Evidence::Unreachable, 0, 1, now);
    assert_eq!(gate.width(now), 0);
    assert_eq!(gate.record(Evidence::LetIn, 1, 1, now), Change::Opened);
}

#[tokio::test(start_paused = true)]
async fn a_trial_wants_a_question_until_one_is_sent_and_again_when_it_told_nothing() {
    let (mut gate, now) = gate();
    assert!(!gate.wants_trial_question());
    gate.record(Evidence::Refused, 0, ALL, now);
    gate.width(now + POLL);
    assert!(gate.wants_trial_question() && gate.wants_trial_question());
    gate.sent();
    assert!(!gate.wants_trial_question());
    gate.record(Evidence::Unreachable, 0, ALL, now + POLL);
    assert!(gate.wants_trial_question());
    gate.sent();
    gate.record(Evidence::LetIn, 0, ALL, now + POLL);
    gate.record(Evidence::Unreachable, 0, ALL, now + POLL);
    assert!(!gate.wants_trial_question(), "an open gate tries nothing");
}

#[tokio::test(start_paused = true)]
async fn a_trial_does_not_ask_the_same_again_and_again() {
    let (mut gate, now) = gate();
    assert!(!gate.has_failed(7));
    gate.record(Evidence::Unreachable, 7, ALL, now);
    assert!(gate.wants_trial_question() && gate.has_failed(7));
    gate.sent();
    gate.record(Evidence::Unreachable, 7, ALL, now);
    assert!(!gate.wants_trial_question());
}
