//! What goes wrong on order.
//!
//! Owns: the faults that are on, and which requests they hit. Knows nothing of what is answered then.
//!
//! - [`order`]: one fault as it is ordered, and what it answers

mod order;

use std::time::Duration;

use super::asked::Asked;
use super::route::Route;
use super::world::chance::chance;

use self::order::Kind;
pub(crate) use self::order::Order;

/// Faults that may be on at once.
const MAX_FAULTS: usize = 1000;

/// The latency of a latency fault that does not say one.
const DEFAULT_LATENCY_MS: u64 = 1000;

/// The faults that are on.
#[derive(Debug)]
pub(crate) struct Faults {
    seed: u64,
    next_id: u64,
    active: Vec<Fault>,
}

#[derive(Debug)]
struct Fault {
    id: u64,
    order: Order,
    left: u64,
    draws: i64,
}

/// What is to happen to one request.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// How long it waits first.
    pub(crate) latency: Duration,
    /// What is then done instead of, or with, the right answer.
    pub(crate) fault: Option<Order>,
}

impl Faults {
    /// None on.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            next_id: 1,
            active: Vec::new(),
        }
    }

    /// Turns one on. Its id; none when there are too many.
    pub(crate) fn add(&mut self, order: Order) -> Option<u64> {
        if self.active.len() >= MAX_FAULTS {
            return None;
        }
        let id = self.next_id;
        self.next_id += 1;
        let left = order.times.unwrap_or(u64::MAX);
        self.active.push(Fault {
            id,
            order,
            left,
            draws: 0,
        });
        Some(id)
    }

    /// Turns one off, or all. Says how many were on.
    pub(crate) fn remove(&mut self, id: Option<u64>) -> usize {
        let before = self.active.len();
        self.active.retain(|fault| id.is_some_and(|id| id != fault.id));
        before - self.active.len()
    }

    /// What hits this request: all fitting latencies together, and the oldest of the other fitting faults.
    pub(crate) fn pick(&mut self, route: &Route, asked: &Asked) -> Effects {
        let mut effects = Effects::default();
        for fault in &mut self.active {
            let is_latency = fault.order.kind == Kind::Latency;
            if (!is_latency && effects.fault.is_some()) || !fault.hits(self.seed, route, asked) {
                continue;
            }
            if is_latency {
                effects.latency += Duration::from_millis(fault.order.milliseconds.unwrap_or(DEFAULT_LATENCY_MS));
            } else {
                effects.fault = Some(fault.order.clone());
            }
        }
        self.active.retain(|fault| fault.left > 0);
        effects
    }
}

impl Fault {
    fn hits(&mut self, seed: u64, route: &Route, asked: &Asked) -> bool {
        if !self.order.fits(route, asked) || self.left == 0 {
            return false;
        }
        self.draws += 1;
        let drawn = chance(seed, &[-4, self.id.cast_signed(), self.draws]).f64();
        let hit = self.order.share.is_none_or(|share| drawn < share);
        self.left -= u64::from(hit);
        hit
    }
}

#[cfg(test)]
mod tests;
