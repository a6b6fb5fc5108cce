//! Seeded chance: the same place of the same world always draws the same numbers.
//!
//! Owns: how a number is drawn. Knows nothing of what it decides.
//! A drawing depends on its place and never on the drawings before it, so the world does not depend on how often,
//! or in which order, it is looked at.

use fastrand::Rng;

/// An odd constant near 2⁶⁴/φ: steps of it visit all 64-bit values and lie far apart.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The source of chance of one place, for instance (project 1, job 4, run -3).
pub(crate) fn chance(seed: u64, place: &[i64]) -> Rng {
    let mixed = place.iter().fold(mix(seed), |state, &step| {
        mix(state.wrapping_add(GOLDEN).wrapping_add(step.cast_unsigned()))
    });
    Rng::with_seed(mixed)
}

/// The finaliser of `SplitMix64`: one changed bit in changes half of the bits out.
fn mix(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

/// A random (version 4) UUID, as comparison ids look in all examples of the API text.
pub(crate) fn uuid(rng: &mut Rng) -> String {
    let bits = rng.u128(..);
    let versioned = (bits & !(0xF << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{versioned:032x}");
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

/// A job's id: a UUID to the eye, but not to a parser (`c7debc9c-8e09-4a5d-8dd6-cc44f78jb20r`, API text 2.1).
pub(crate) fn job_id(rng: &mut Rng, ending: &str) -> String {
    let uuid = uuid(rng);
    format!("{}{ending}", &uuid[..uuid.len() - ending.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_draws_the_same_and_its_neighbour_another() {
        assert_eq!(chance(7, &[1, -3]).u64(..), chance(7, &[1, -3]).u64(..));
        assert_ne!(chance(7, &[1, -3]).u64(..), chance(7, &[1, -2]).u64(..));
        assert_ne!(chance(7, &[1, -3]).u64(..), chance(8, &[1, -3]).u64(..));
        assert_ne!(chance(7, &[1, 2]).u64(..), chance(7, &[2, 1]).u64(..));
    }

    #[test]
    fn ids_look_as_the_examples_do() {
        let mut rng = chance(1, &[]);
        for _ in 0..100 {
            let id = uuid(&mut rng);
            let lengths: Vec<usize> = id.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
            assert_eq!(&id[14..15], "4");
            assert!("89ab".contains(&id[19..20]), "{id}");
            let job = job_id(&mut rng, "jb20r");
            assert!(job.ends_with("jb20r") && job.len() == 36, "{job}");
        }
    }
}
