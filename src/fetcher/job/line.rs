//! One question about a job's tasks, and how it stands.

use jiff::Timestamp;

use super::super::ask::Question;
use crate::inventory::{self, Problem};

/// One question about tasks and how it stands.
#[derive(Debug)]
pub(in crate::fetcher) struct Line {
    /// What is asked.
    pub(in crate::fetcher) question: Question,
    pub(super) answer: Option<inventory::Answer>,
    pub(super) standing: Standing,
    /// When it was last answered well, by the cloud's clock. What ended before is history, not news.
    pub(super) heard: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    NotAsked,
    Good,
    Bad(Problem),
}

impl Line {
    pub(super) fn new(question: Question) -> Self {
        Self {
            question,
            answer: None,
            standing: Standing::NotAsked,
            heard: None,
        }
    }

    /// Whether the newest asking failed.
    pub(in crate::fetcher) fn is_bad(&self) -> bool {
        matches!(self.standing, Standing::Bad(_))
    }

    /// Whether something of what it is about was last heard of as going on.
    pub(in crate::fetcher) fn goes_on(&self) -> bool {
        let answer = self.answer.as_ref();
        answer.is_some_and(|answer| answer.tasks.iter().any(|task| !task.status.has_ended()))
    }

    /// Whether it is about a single task that has ended, and so will be answered the same again.
    pub(in crate::fetcher) fn is_settled(&self) -> bool {
        let is_single = matches!(self.question, Question::Task(_));
        is_single && self.answer.is_some() && self.standing == Standing::Good && !self.goes_on()
    }

    /// The newest asking failed. Gives whether that is news.
    pub(super) fn fail(&mut self, problem: Problem) -> bool {
        match &mut self.standing {
            // The same trouble goes on: it began when it began.
            Standing::Bad(known) if known.is_same_trouble(&problem) => {
                known.what = problem.what;
                false
            }
            standing => {
                *standing = Standing::Bad(problem);
                true
            }
        }
    }
}
