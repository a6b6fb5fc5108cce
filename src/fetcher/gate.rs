//! Whether a project may be asked at all.
//!
//! Owns: the judgement over a project as a whole, from the outcomes of single questions. A refused key or password
//! closes the gate at once, since five refusals in a row lock the key for everybody who uses it (API text 3.2). A
//! cloud that cannot be reached closes it when many different questions have failed in a row and nothing has succeeded
//! for a while, so that some broken jobs never close it. Behind a closed gate the project is tried again with one
//! question at a time.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

/// After so long without an answer a trial lets one more question through: the first may hang all by itself.
const PATIENCE: Duration = Duration::from_secs(3);

/// The longest pause after refusals, unless the poll interval is longer. Doubling from a poll interval of a minute
/// keeps below the five refusals in five minutes that lock a key.
const LONGEST_PAUSE_AFTER_REFUSAL: Duration = Duration::from_mins(5);

/// The longest pause while the cloud cannot be reached: trying costs the cloud nothing, waiting costs us freshness.
const LONGEST_PAUSE_WHILE_UNREACHABLE: Duration = Duration::from_secs(15);

/// So many questions failing in a row, and none succeeding, are no coincidence.
const LONG_ROW: usize = 8;

/// So many are enough while the project is tried: trials go almost one by one, and somebody waits to see whether the
/// set-up works.
const ROW_WHILE_TRYING: usize = 3;

/// What the outcome of one question says about the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evidence {
    /// The cloud was reached and let us in, whatever it answered.
    LetIn,
    /// The cloud does not accept who we are: no other question can succeed.
    Refused,
    /// There is nothing to say who we are with, so nothing was sent.
    Unprovided,
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
    /// The questions that failed since the last success.
    row: HashSet<usize>,
    last_success: Option<Instant>,
    refusals_in_row: u32,
    /// Whether a trial goes on of which nothing is under way: it needs a question, whether one is due or not.
    wants_trial_question: bool,
}

impl Gate {
    /// A gate before the first question.
    pub(super) fn new(poll_interval: Duration, concurrency: usize, now: Instant) -> Self {
        Self {
            state: State::Trying { since: now },
            poll_interval,
            concurrency,
            row: HashSet::new(),
            last_success: None,
            refusals_in_row: 0,
            wants_trial_question: false,
        }
    }

    /// Goes on with other settings; what was judged stays.
    pub(super) fn adjust(&mut self, poll_interval: Duration, concurrency: usize) {
        (self.poll_interval, self.concurrency) = (poll_interval, concurrency);
    }

    /// How many questions may be under way now.
    pub(super) fn width(&mut self, now: Instant) -> usize {
        if let State::Closed { until } = self.state
            && until <= now
        {
            self.start_trial(now);
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

    /// Takes the evidence of the finished question number `question` of `all` that the project has.
    pub(super) fn record(&mut self, evidence: Evidence, question: usize, all: usize, now: Instant) -> Change {
        match evidence {
            // Nothing is sent while the gate is closed, so this was before the refusal. Who knows which of them holds?
            Evidence::LetIn if matches!(self.state, State::Closed { .. }) && self.refusals_in_row > 0 => Change::None,
            Evidence::LetIn => {
                self.row.clear();
                self.refusals_in_row = 0;
                self.last_success = Some(now);
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
            Evidence::Unprovided => self.close(self.poll_interval, now),
            Evidence::Unreachable => {
                let is_new = self.row.insert(question);
                let pause = self.poll_interval.min(LONGEST_PAUSE_WHILE_UNREACHABLE);
                let (long, lately) = match self.state {
                    State::Open => (LONG_ROW, self.last_success.is_some_and(|last| now - last < pause)),
                    State::Trying { .. } | State::Closed { .. } => (ROW_WHILE_TRYING, false),
                };
                if lately || self.row.len() < all.min(long) {
                    // One more tells more; the same once more does not, and asking on and on would be a storm.
                    self.wants_trial_question = is_new && !self.is_open();
                    return Change::None;
                }
                self.close(pause, now)
            }
        }
    }

    /// Whether the project is known to answer.
    pub(super) fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// Whether nothing may be asked at `now`.
    pub(super) fn is_closed(&self, now: Instant) -> bool {
        matches!(self.state, State::Closed { until } if until > now)
    }

    /// Whether a failure leaves open if it is the question's or everybody's, so that asking another tells.
    pub(super) fn wants_second_opinion(&self, now: Instant) -> bool {
        let is_silent = self.last_success.is_none_or(|last| now - last >= self.poll_interval);
        self.is_open() && !self.row.is_empty() && is_silent
    }

    /// Whether the question has failed since the last success.
    pub(super) fn has_failed(&self, question: usize) -> bool {
        self.row.contains(&question)
    }

    /// Lets the project be tried at once: what it was refused for has changed.
    pub(super) fn try_now(&mut self, now: Instant) {
        if matches!(self.state, State::Closed { .. }) {
            self.start_trial(now);
            self.refusals_in_row = 0;
        }
    }

    /// Whether a question is to be sent now even if none is due: a trial goes on, and none is under way.
    pub(super) fn wants_trial_question(&self) -> bool {
        self.wants_trial_question
    }

    /// A question was sent.
    pub(super) fn sent(&mut self) {
        self.wants_trial_question = false;
    }

    fn start_trial(&mut self, now: Instant) {
        self.state = State::Trying { since: now };
        self.wants_trial_question = true;
    }

    fn close(&mut self, pause: Duration, now: Instant) -> Change {
        self.state = State::Closed { until: now + pause };
        Change::Closed { pause }
    }
}

#[cfg(test)]
mod tests;
