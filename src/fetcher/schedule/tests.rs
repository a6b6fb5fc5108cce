//! Who is next.

use proptest::prelude::*;

use super::*;

#[test]
fn a_thousand_names_spread_over_the_interval() {
    let mut tenths = [0; 10];
    for job in 0..1000_u32 {
        let tenth = (0..10_u32)
            .rev()
            .find(|tenth| phase(&job) >= f64::from(*tenth) / 10.0)
            .unwrap();
        tenths[tenth as usize] += 1;
    }
    assert!(tenths.iter().all(|count| (60..140).contains(count)), "{tenths:?}");
}

fn turn(due: Instant, urgency: Urgency) -> Turn {
    Turn { due, urgency }
}

#[tokio::test(start_paused = true)]
async fn the_longest_due_is_next_and_what_is_hastened_is_due() {
    let now = Instant::now();
    let later = |seconds| turn(now + Duration::from_secs(seconds), Urgency::Urgent);
    let at = |seconds| later(seconds).due;
    let mut queue = Queue::new(Duration::from_mins(1));
    queue.push(later(2), 0);
    queue.push(later(1), 1);
    queue.push(later(9), 2);
    assert_eq!(queue.pop_due(now), None);
    assert_eq!(
        (queue.first_due(), queue.next_due_after(at(1))),
        (Some(at(1)), Some(at(2)))
    );
    assert_eq!(
        (queue.pop_due(at(5)), queue.pop_due(at(5)), queue.pop_due(at(5))),
        (Some(1), Some(0), None)
    );
    queue.hasten(at(5), |watch| watch == 2);
    assert_eq!(queue.pop_due(at(5)), Some(2));
    queue.push(later(8), 3);
    queue.push(later(9), 4);
    queue.hasten_first(at(5), |watch| watch != 3);
    assert_eq!(queue.pop_due(at(5)), Some(4));
    queue.push(later(1), 3);
    assert_eq!(
        (queue.pop_due(at(2)), queue.first_due()),
        (Some(3), None),
        "one turn each"
    );
}

#[tokio::test(start_paused = true)]
async fn the_urgent_go_first_but_not_for_ever() {
    let now = Instant::now();
    let minutes = |minutes| now + Duration::from_mins(minutes);
    let mut queue = Queue::new(Duration::from_mins(1));
    queue.push(turn(now, Urgency::Background), 0);
    queue.push(turn(now, Urgency::Ordinary), 1);
    queue.push(turn(minutes(1), Urgency::Urgent), 2);
    queue.push(turn(minutes(4), Urgency::Urgent), 3);
    assert_eq!(queue.pop_due(minutes(1)), Some(2));
    assert_eq!(
        queue.pop_due(minutes(4)),
        Some(1),
        "it has waited for two intervals longer"
    );
    assert_eq!(queue.pop_due(minutes(4)), Some(0));
    assert_eq!(queue.pop_due(minutes(4)), Some(3));
}

proptest! {
    #[test]
    fn a_slot_comes_within_one_interval_and_has_its_phase(seconds in 1_u64..3600, after in 0_u64..10_000_000, phase in 0.0_f64..1.0) {
        let origin = Instant::now();
        let interval = Duration::from_secs(seconds);
        let after = origin + Duration::from_millis(after);
        let slot = next_slot(origin, interval, phase, after);
        prop_assert!(slot > after && slot <= after + interval);
        let offset = (slot - origin).as_nanos() % interval.as_nanos();
        prop_assert_eq!(offset, interval.mul_f64(phase).as_nanos() % interval.as_nanos());
    }
}
