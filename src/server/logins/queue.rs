//! Who waits for a password to be judged, and from where.
//!
//! Owns: how many may wait, of all and of one peer. What they wait for is not known here.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// Requests that may wait. At the usual cost the last one waits some 4 s.
pub(super) const MAX_WAITING: usize = 64;

/// Of these, requests of one peer. Who guesses passwords from one machine leaves places to all others.
pub(super) const MAX_OF_ONE: usize = 8;

/// The places; for each peer, how many it has.
#[derive(Debug, Default)]
pub(super) struct Queue(Mutex<HashMap<IpAddr, usize>>);

/// A place, until it is dropped.
#[derive(Debug)]
pub(super) struct Place<'a> {
    queue: &'a Queue,
    peer: IpAddr,
}

impl Queue {
    /// None if too many wait already.
    pub(super) fn place(&self, peer: IpAddr) -> Option<Place<'_>> {
        let peer = one(peer);
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.values().sum::<usize>() >= MAX_WAITING || taken.get(&peer).is_some_and(|of_it| *of_it >= MAX_OF_ONE) {
            return None;
        }
        *taken.entry(peer).or_default() += 1;
        Some(Place { queue: self, peer })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut taken = self.queue.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_it) = taken.get_mut(&self.peer) {
            *of_it -= 1;
            if *of_it == 0 {
                taken.remove(&self.peer);
            }
        }
    }
}

/// What counts as one: a machine has all addresses of its IPv6 network to choose from.
fn one(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_peer_leaves_places_to_the_others_and_all_together_have_a_limit() {
        let queue = Queue::default();
        let places = |text: &str| std::iter::from_fn(|| queue.place(peer(text))).collect::<Vec<_>>();
        let mut held = places("192.0.2.1");
        assert_eq!(held.len(), MAX_OF_ONE);
        held.pop();
        assert!(queue.place(peer("192.0.2.1")).is_some(), "a place is given back");
        assert_eq!(places("192.0.2.2").len(), MAX_OF_ONE);
        held.extend((2..100).flat_map(|index| places(&format!("192.0.2.{index}"))));
        assert_eq!(held.len(), MAX_WAITING);
        assert!(queue.place(peer("198.51.100.1")).is_none());
        drop(held);
        assert!(queue.0.lock().unwrap().is_empty(), "nothing is kept of those who went");
    }

    #[test]
    fn a_peer_is_an_ipv4_address_or_an_ipv6_network() {
        for (left, right, are_one) in [
            ("2001:db8::1", "2001:db8::ffff:2", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            // On a socket for both protocols.
            ("::ffff:192.0.2.1", "192.0.2.1", true),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
        ] {
            assert_eq!(one(peer(left)) == one(peer(right)), are_one, "{left} {right}");
        }
    }
}
