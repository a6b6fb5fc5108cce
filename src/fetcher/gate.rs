//! Whether a project may be asked at all.
//!
//! Owns: the judgement over a project as a whole, from the outcomes of single questions. A refused key or password
//! closes the gate at once, since five refusals in a row lock the key for everybody who uses it (API text 3.2); a
//! cloud that cannot be reached closes it after a row of failures with no success between, so that one broken job
//! never closes it. Behind a closed gate the project is tried again with one question at a time.

use std::time::Duration;

use tokio::time::Instant;

/// After so long without an answer a trial lets one more question through: the first may hang all by itself.
const PATIENCE: Duration = Duration::from_secs(3);

/// The longest pause after refusals, unless the poll interval is longer. Doubling from a poll interval of a minute
/// keeps below the five refusals in five minutes that lock a key.
const LONGEST_PAUSE_AFTER_REFUSAL: Duration = Duration::from_mins(5);

/// The longest pause while the cloud cannot be reached: trying costs the cloud nothing, waiting costs us freshness.
const LONGEST_PAUSE_WHILE_UNREACHABLE: Duration = Duration::from_secs(15);

/// What the outcome of one question says about the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evidence {
    /// The cloud was reached and let us in, whatever it answered.
    LetIn,
    /// The cloud does not accept who we are: no other question can succeed.
    Refused,
    /// No usable answer came: this question's trouble, or everybody's.
    Unreachable,
}

/// What a piece of evidence changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// The project can be asked (again).
    Opened,
    /// The project must not be asked until the pause is over.
    Closed {
        /// How long it is.
        pause: Duration,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Trying { since: Instant },
    Open,
    Closed { until: Instant },
}

/// The gate of one project.
#[derive(Debug)]
pub(super) struct Gate {
    state: State,
    poll_interval: Duration,
    concurrency: usize,
    failures_in_row: usize,
    refusals_in_row: u32,
}

impl Gate {
    /// A gate before the first question.
    pub(super) fn new(poll_interval: Duration, concurrency: usize, now: Instant) -> Self {
        Self {
            state: State::Trying { since: now },
            poll_interval,
            concurrency,
            failures_in_row: 0,
            refusals_in_row: 0,
        }
    }

    /// How many questions may be under way now.
    pub(super) fn width(&mut self, now: Instant) -> usize {
        if let State::Closed { until } = self.state
            && until <= now
        {
            self.state = State::Trying { since: now };
        }
        match self.state {
            State::Open => self.concurrency,
            State::Closed { .. } => 0,
            State::Trying { since } => {
                let impatience = now.duration_since(since).as_secs() / PATIENCE.as_secs();
                usize::try_from(impatience)
                    .unwrap_or(usize::MAX)
                    .saturating_add(1)
                    .min(self.concurrency)
            }
        }
    }

    /// When [`width`](Self::width) can next grow by itself.
    pub(super) fn widens_at(&self, now: Instant) -> Option<Instant> {
        match self.state {
            State::Open => None,
            State::Closed { until } => Some(until),
            State::Trying { since } => {
                let waited = u32::try_from(now.duration_since(since).as_secs() / PATIENCE.as_secs()).ok()?;
                Some(since + PATIENCE * (waited + 1))
            }
        }
    }

    /// Takes the evidence of one finished question of a project that asks `active` of them every poll interval: as
    /// many failures in a row as there are questions, or as are under way at once, mean that it is not the jobs.
    pub(super) fn record(&mut self, evidence: Evidence, active: usize, now: Instant) -> Change {
        match evidence {
            Evidence::LetIn => {
                self.failures_in_row = 0;
                self.refusals_in_row = 0;
                let was_open = std::mem::replace(&mut self.state, State::Open) == State::Open;
                if was_open { Change::None } else { Change::Opened }
            }
            // Stragglers of the round that closed the gate say nothing new.
            _ if matches!(self.state, State::Closed { .. }) => Change::None,
            Evidence::Refused => {
                let doubled = self
                    .poll_interval
                    .saturating_mul(1 << self.refusals_in_row.min(u32::BITS - 2));
                self.refusals_in_row += 1;
                self.close(doubled.min(LONGEST_PAUSE_AFTER_REFUSAL.max(self.poll_interval)), now)
            }
            Evidence::Unreachable => {
                self.failures_in_row += 1;
                if self.failures_in_row < active.min(self.concurrency) {
                    return Change::None;
                }
                self.close(self.poll_interval.min(LONGEST_PAUSE_WHILE_UNREACHABLE), now)
            }
        }
    }

    fn close(&mut self, pause: Duration, now: Instant) -> Change {
        self.state = State::Closed { until: now + pause };
        Change::Closed { pause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLL: Duration = Duration::from_mins(1);

    fn gate() -> (Gate, Instant) {
        let now = Instant::now();
        (Gate::new(POLL, 8, now), now)
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_question_goes_alone_and_the_rest_when_it_was_let_in() {
        let (mut gate, now) = gate();
        assert_eq!(gate.width(now), 1);
        assert_eq!(gate.record(Evidence::LetIn, 100, now), Change::Opened);
        assert_eq!(gate.width(now), 8);
        assert_eq!(gate.record(Evidence::LetIn, 100, now), Change::None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_first_question_that_hangs_does_not_hold_up_the_others() {
        let (mut gate, now) = gate();
        assert_eq!(gate.widens_at(now), Some(now + PATIENCE));
        assert_eq!(gate.width(now + PATIENCE), 2);
        assert_eq!(gate.width(now + PATIENCE * 100), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_never_reach_five_in_five_minutes() {
        let (mut gate, start) = gate();
        let mut attempts = Vec::new();
        let mut now = start;
        while attempts.len() < 12 {
            assert!(gate.width(now) > 0);
            attempts.push(now);
            let Change::Closed { pause } = gate.record(Evidence::Refused, 100, now) else {
                panic!("a refusal closes")
            };
            assert!(pause >= POLL);
            assert_eq!(gate.record(Evidence::Refused, 100, now), Change::None, "a straggler");
            assert_eq!(gate.width(now + pause - Duration::from_millis(1)), 0);
            now += pause;
        }
        for (index, first) in attempts.iter().enumerate() {
            let within = attempts[index..]
                .iter()
                .filter(|at| **at - *first < Duration::from_mins(5))
                .count();
            assert!(within < 5, "{within} attempts within five minutes");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_broken_job_never_closes_the_gate_and_a_broken_cloud_does() {
        let (mut gate, now) = gate();
        gate.record(Evidence::LetIn, 100, now);
        for _ in 0..100 {
            assert_eq!(gate.record(Evidence::Unreachable, 100, now), Change::None);
            assert_eq!(gate.record(Evidence::LetIn, 100, now), Change::None);
        }
        let changes: Vec<_> = (0..8).map(|_| gate.record(Evidence::Unreachable, 100, now)).collect();
        assert_eq!(changes[..7], [Change::None; 7]);
        assert_eq!(
            changes[7],
            Change::Closed {
                pause: LONGEST_PAUSE_WHILE_UNREACHABLE
            }
        );
        assert_eq!(gate.width(now + LONGEST_PAUSE_WHILE_UNREACHABLE), 1);
        assert!(
            matches!(
                gate.record(Evidence::Unreachable, 100, now + POLL),
                Change::Closed { .. }
            ),
            "one more is enough"
        );
        assert_eq!(gate.record(Evidence::LetIn, 100, now + POLL), Change::Opened);
    }

    #[tokio::test(start_paused = true)]
    async fn a_project_of_one_job_is_judged_by_it() {
        let (mut gate, now) = gate();
        gate.record(Evidence::LetIn, 1, now);
        assert!(matches!(
            gate.record(Evidence::Unreachable, 1, now),
            Change::Closed { .. }
        ));
    }
}
