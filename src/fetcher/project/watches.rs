//! What is asked again and again in a project, and when.
//!
//! Owns: the questions with their rhythm, the queues in which they wait, and how many slow ones may be under way.
//! A question has a number of its own for as long as it is asked. Knows nothing of what an answer means.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tokio::time::Instant;

use super::super::ask::Question;
use super::super::rhythm::Beat;
use super::super::schedule::{Queue, Turn};
use super::watch::Watch;

/// All questions of a project.
pub(super) struct Watches {
    origin: Instant,
    all: BTreeMap<usize, Watch>,
    /// The numbers of the questions about each job.
    of_job: HashMap<usize, Vec<usize>>,
    next_number: usize,
    /// How many of them are telling.
    telling: usize,
    /// How many of the essential ones were never answered.
    unanswered: usize,
    queue: Queue,
    slow_queue: Queue,
    slow_under_way: usize,
    /// Under way, but no longer wanted, and whether each is slow.
    unwanted: BTreeMap<usize, bool>,
}

impl Watches {
    pub(super) fn new(poll_interval: Duration, now: Instant) -> Self {
        Self {
            origin: now,
            all: BTreeMap::new(),
            of_job: HashMap::new(),
            next_number: 0,
            telling: 0,
            unanswered: 0,
            queue: Queue::new(poll_interval),
            slow_queue: Queue::new(poll_interval),
            slow_under_way: 0,
            unwanted: BTreeMap::new(),
        }
    }

    /// Adds a question about `job`, which is called `name` when its moment within the interval is drawn. It is asked at
    /// once, but for one that only an answer can make due.
    pub(super) fn add(&mut self, job: Option<usize>, name: &str, question: Question, now: Instant) {
        let number = self.next_number;
        self.next_number += 1;
        let watch = Watch::new(job, name, question, now);
        if let Some(urgency) = watch.first_urgency() {
            self.queue.push(Turn { due: now, urgency }, number);
        }
        self.telling += usize::from(watch.is_telling());
        self.unanswered += usize::from(watch.question.is_essential());
        self.all.insert(number, watch);
        if let Some(job) = job {
            self.of_job.entry(job).or_default().push(number);
        }
    }

    /// Asks no longer about `job`. Gives the questions that there were.
    pub(super) fn remove_job(&mut self, job: usize) -> Vec<usize> {
        self.keep_only(job, |_| false)
    }

    /// Asks about `job` only what is `wanted`. Gives the questions that are asked no longer.
    pub(super) fn keep_only(&mut self, job: usize, wanted: impl Fn(&Question) -> bool) -> Vec<usize> {
        let numbers = self.of_job.remove(&job).unwrap_or_default();
        let all = &self.all;
        let is_wanted = |number: &usize| all.get(number).is_some_and(|watch| wanted(&watch.question));
        let (kept, gone): (Vec<_>, Vec<_>) = numbers.into_iter().partition(is_wanted);
        if !kept.is_empty() {
            self.of_job.insert(job, kept);
        }
        for number in &gone {
            self.remove(*number);
        }
        gone
    }

    fn remove(&mut self, number: usize) {
        self.queue.remove(number);
        self.slow_queue.remove(number);
        let Some(watch) = self.all.remove(&number) else { return };
        self.telling -= usize::from(watch.is_telling());
        self.unanswered -= usize::from(watch.question.is_essential() && !watch.was_answered);
        if watch.is_under_way {
            self.unwanted.insert(number, watch.is_slow);
        }
    }

    /// Goes on at another poll interval.
    pub(super) fn set_poll_interval(&mut self, poll_interval: Duration) {
        self.queue.set_poll_interval(poll_interval);
        self.slow_queue.set_poll_interval(poll_interval);
    }

    /// The questions that were answered, well or not, and wait for a time that has not come.
    pub(super) fn waiting_after(&self, now: Instant) -> Vec<usize> {
        let waits = |number: &usize| {
            let turn = self.queue.turn(*number).or_else(|| self.slow_queue.turn(*number));
            turn.is_some_and(|turn| turn.due > now)
        };
        let answered = self.all.iter().filter(|(_, watch)| watch.was_answered);
        answered.map(|(number, _)| *number).filter(waits).collect()
    }

    /// Makes the question about the project as a whole due now. Says whether it could: not while it is under way.
    pub(super) fn hasten_listing(&mut self, now: Instant) -> bool {
        let all = &self.all;
        let is_listing = |number: usize| all.get(&number).is_some_and(|watch| watch.job.is_none());
        self.queue.hasten(now, is_listing);
        self.slow_queue.hasten(now, is_listing);
        !all.values().any(|watch| watch.job.is_none() && watch.is_under_way)
    }

    /// Whether the failure of the question says something of the project as a whole.
    pub(super) fn is_telling(&self, number: usize) -> bool {
        self.all.get(&number).is_some_and(Watch::is_telling)
    }

    /// How many such questions there are.
    pub(super) fn count_telling(&self) -> usize {
        self.telling
    }

    /// Whether everything that says how comparisons stand was asked once, with or without success.
    pub(super) fn are_all_answered(&self) -> bool {
        self.unanswered == 0
    }

    pub(super) fn get(&self, number: usize) -> Option<&Watch> {
        self.all.get(&number)
    }

    pub(super) fn get_mut(&mut self, number: usize) -> Option<&mut Watch> {
        self.all.get_mut(&number)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Watch)> {
        self.all.iter().map(|(number, watch)| (*number, watch))
    }

    /// The number of the question about a job.
    pub(super) fn find(&self, job: usize, question: &Question) -> Option<usize> {
        let mut numbers = self.of_job.get(&job)?.iter().copied();
        numbers.find(|number| self.all.get(number).is_some_and(|watch| watch.question == *question))
    }

    /// The place of the question within the intervals.
    pub(super) fn beat(&self, number: usize) -> Option<Beat> {
        self.all.get(&number).map(|watch| watch.beat(self.origin))
    }

    /// Takes out what is due and matters most, slow or not, unless so many slow ones are under way already.
    pub(super) fn take_next(&mut self, most_slow: usize, now: Instant) -> Option<usize> {
        let rank = self.queue.rank_of_next(now);
        let slow_rank = self.slow_queue.rank_of_next(now);
        let is_first = slow_rank.is_some_and(|slow| rank.is_none_or(|rank| slow < rank));
        if is_first && self.slow_under_way < most_slow {
            return self.slow_queue.pop_due(now);
        }
        self.queue.pop_due(now)
    }

    /// The question is sent.
    pub(super) fn started(&mut self, number: usize, now: Instant) {
        if let Some(watch) = self.all.get_mut(&number) {
            (watch.asked_at, watch.is_under_way) = (now, true);
            self.slow_under_way += usize::from(watch.is_slow);
        }
    }

    /// The question is answered, or has failed, perhaps because it hung. Says whether it is still wanted.
    pub(super) fn ended(&mut self, number: usize, hung: bool) -> bool {
        let was_slow = match self.all.get_mut(&number) {
            Some(watch) => {
                watch.is_under_way = false;
                let is_first = !std::mem::replace(&mut watch.was_answered, true);
                self.unanswered -= usize::from(is_first && watch.question.is_essential());
                std::mem::replace(&mut watch.is_slow, hung)
            }
            None => self.unwanted.remove(&number).unwrap_or(false),
        };
        self.slow_under_way -= usize::from(was_slow);
        self.all.contains_key(&number)
    }

    /// Lets the question wait for `turn`, whatever it has waited for; not while it is under way.
    pub(super) fn wait(&mut self, number: usize, turn: Turn) {
        let Some(watch) = self.all.get(&number).filter(|watch| !watch.is_under_way) else {
            return;
        };
        let queue = if watch.is_slow {
            &mut self.slow_queue
        } else {
            &mut self.queue
        };
        queue.push(turn, number);
    }

    /// Whether the question waits for its turn.
    pub(super) fn is_waiting(&self, number: usize) -> bool {
        self.queue.contains(number) || self.slow_queue.contains(number)
    }

    /// Makes something due now: what is `preferred`, if that can be had.
    pub(super) fn hasten_one(&mut self, now: Instant, preferred: impl Fn(usize) -> bool) {
        let any = |_| true;
        let _ = self.queue.hasten_first(now, preferred)
            || self.queue.hasten_first(now, any)
            || self.slow_queue.hasten_first(now, any);
    }

    /// Makes the first question due now that did not fail lately: one perhaps that would not be due for long.
    pub(super) fn hasten_a_good_one(&mut self, now: Instant) {
        let all = &self.all;
        let is_good = |number: usize| {
            all.get(&number)
                .is_some_and(|watch| watch.is_telling() && !watch.is_bad)
        };
        self.queue.hasten_first(now, is_good);
    }

    /// Makes everything due now that has failed, as far as comparisons or the set of jobs depend on it.
    pub(super) fn hasten_what_failed(&mut self, now: Instant) {
        let all = &self.all;
        let is_wanted = |number: usize| all.get(&number).is_some_and(|watch| watch.is_telling() && watch.is_bad);
        self.queue.hasten(now, is_wanted);
        self.slow_queue.hasten(now, is_wanted);
    }

    /// The project cannot be asked: of everything that comparisons depend on, the newest asking failed.
    pub(super) fn cut_off(&mut self) {
        for watch in self.all.values_mut() {
            watch.is_bad |= watch.is_telling();
        }
    }

    /// For how long the most overdue question has been waiting.
    pub(super) fn delay(&self, now: Instant) -> Duration {
        let first = [&self.queue, &self.slow_queue]
            .into_iter()
            .filter_map(Queue::first_due)
            .min();
        first.map_or(Duration::ZERO, |due| now.saturating_duration_since(due))
    }

    /// When something will be due that is not yet.
    pub(super) fn next_due_after(&self, now: Instant) -> Option<Instant> {
        let queues = [&self.queue, &self.slow_queue];
        queues.into_iter().filter_map(|queue| queue.next_due_after(now)).min()
    }
}
