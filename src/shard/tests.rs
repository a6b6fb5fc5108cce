use proptest::prelude::*;

use super::*;

fn many(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

/// The shard that takes the job. That it is exactly one is part of what is tested.
fn place(job: &JobId, total: u32) -> u32 {
    let shards = (0..total).map(|ordinal| Shard::new(ordinal, many(total)).unwrap());
    let takers: Vec<_> = shards.filter(|shard| shard.takes(job)).collect();
    assert_eq!(takers.len(), 1, "{job} of {total}: {takers:?}");
    takers[0].ordinal()
}

fn jobs(count: u32) -> Vec<JobId> {
    (0..count).map(|number| JobId::new(format!("job-{number}"))).collect()
}

/// From the paper's C++, as Guava and others have them in their tests.
#[test]
fn the_jump_is_that_of_the_paper() {
    let of_100 = [
        0, 55, 62, 8, 45, 59, 86, 97, 82, 59, 73, 37, 17, 56, 86, 21, 90, 37, 38, 83,
    ];
    for (key, bucket) in of_100.into_iter().enumerate() {
        assert_eq!(jump(key as u64, many(100)), bucket, "{key}");
    }
    for (key, buckets, bucket) in [
        (10_863_919_174_838_991, 11, 6),
        (2_016_238_256_797_177_309, 11, 3),
        (1_673_758_223_894_951_030, 11, 5),
        (2, 100_001, 80_343),
        (2201, 100_001, 22_152),
        (2202, 100_001, 15_018),
    ] {
        assert_eq!(jump(key, many(buckets)), bucket, "{key} of {buckets}");
    }
}

/// If this fails, the rule has changed: exporters of two versions would take jobs twice, or not at all. Mend the rule,
/// never the test.
#[test]
fn where_a_job_is_never_changes() {
    assert_eq!(
        stable_hash("abc"),
        0xba78_16bf_8f01_cfea,
        "the first of SHA-256's own test vectors"
    );
    for (id, of_2, of_3, of_4, of_100) in [
        ("", 1, 2, 2, 22),
        ("c7debc9c-8e09-4a5d-8dd6-cc44f78jb20r", 1, 1, 3, 34),
        ("163b98e8-6088-46c3-8b86-c18fea6jb502", 1, 1, 1, 80),
        ("job-0", 0, 0, 0, 47),
        ("job-1", 1, 2, 3, 20),
        ("中/ \n", 0, 0, 0, 4),
    ] {
        let id = JobId::new(id);
        let places = [2, 3, 4, 100].map(|total| place(&id, total));
        assert_eq!(places, [of_2, of_3, of_4, of_100], "{id}");
    }
}

#[test]
fn the_only_shard_takes_everything() {
    assert!(jobs(1000).iter().all(|job| Shard::WHOLE.takes(job)));
    assert_eq!(Shard::new(0, many(1)), Ok(Shard::WHOLE));
}

#[test]
fn a_shard_is_below_the_number_of_all() {
    assert!(Shard::new(2, many(3)).is_ok());
    for ordinal in [3, 4, u32::MAX] {
        let error = Shard::new(ordinal, many(3)).unwrap_err().to_string();
        assert!(error.contains("counted from 0, so the last of 3 is 2"), "{error}");
    }
}

#[test]
fn jobs_are_spread_evenly() {
    for total in [2, 3, 4, 7, 16] {
        let mut counts = vec![0_u32; total as usize];
        for job in jobs(10_000) {
            counts[place(&job, total) as usize] += 1;
        }
        let even = 10_000 / total;
        // Ten thousand throws of a die with `total` sides stray from the even share by a few times its root.
        let stray = 4 * even.isqrt();
        assert!(counts.iter().all(|count| count.abs_diff(even) <= stray), "{counts:?}");
    }
}

#[test]
fn one_shard_more_moves_its_share_and_no_more() {
    for total in 1..12 {
        let moved = jobs(10_000)
            .iter()
            .filter(|job| place(job, total) != place(job, total + 1))
            .count();
        let share = 10_000 / (total as usize + 1);
        assert!(
            moved.abs_diff(share) <= 4 * share.isqrt(),
            "{total}: {moved}, not about {share}"
        );
    }
}

proptest! {
    #[test]
    fn a_job_moves_only_to_the_new_shard(id in ".*", total in 1_u32..40) {
        let job = JobId::new(id);
        let (before, after) = (place(&job, total), place(&job, total + 1));
        prop_assert!(after == before || after == total);
    }

    #[test]
    fn the_parts_are_the_whole(whole in 1_u32..1000, total in 1_u32..40, rate in 0.1_f64..1000.0) {
        let shards = || (0..total).map(|ordinal| Shard::new(ordinal, many(total)).unwrap());
        let sum: u32 = shards().map(|shard| shard.part_of_count(many(whole)).get()).sum();
        prop_assert_eq!(sum, whole.max(total), "one each is the least");
        let sum: f64 = shards().map(|shard| shard.part_of_rate(rate)).sum();
        prop_assert!((sum - rate).abs() < 1e-9 * rate);
    }
}
