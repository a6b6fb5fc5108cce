//! Which of the projects that are watched goes on as which of the new plans.

use super::Plan;

/// For each of the `new` plans the place of the `old` one that goes on by it; none where it begins anew. The same name
/// goes first; else the same project of the same cloud goes on under another name.
pub(super) fn match_up(old: &[&Plan], new: &[&Plan]) -> Vec<Option<usize>> {
    let mut is_free = vec![true; old.len()];
    let mut matches = vec![None; new.len()];
    for by_name in [true, false] {
        for (plan, found) in new.iter().zip(&mut matches) {
            let fits = |place: &usize| {
                let other = old[*place];
                is_free[*place] && other.is_of_same_project_as(plan) && (!by_name || other.name == plan.name)
            };
            if found.is_none() {
                *found = (0..old.len()).find(fits);
                if let Some(place) = *found {
                    is_free[place] = false;
                }
            }
        }
    }
    matches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetcher::tests::fake::plan;
    use crate::ids::{ProjectId, ProjectName};

    fn of(name: &str, id: &str) -> Plan {
        Plan {
            name: ProjectName::new(name),
            project_id: ProjectId::new(id),
            ..plan(&[], &[])
        }
    }

    #[test]
    fn the_name_goes_first_and_no_other_project_goes_on() {
        let (a1, b1, c2, a2) = (of("a", "1"), of("b", "1"), of("c", "2"), of("a", "2"));
        let old = [&a1, &b1, &c2];
        assert_eq!(match_up(&old, &[&c2, &b1, &a1]), [Some(2), Some(1), Some(0)]);
        assert_eq!(match_up(&old, &[&of("d", "1"), &b1]), [Some(0), Some(1)], "renamed");
        assert_eq!(
            match_up(&old, &[&a2, &c2]),
            [None, Some(2)],
            "another project under the same name"
        );
        assert_eq!(match_up(&old, &[&of("d", "3")]), [None]);
        let elsewhere = Plan {
            address: "http://elsewhere".parse().unwrap(),
            ..of("a", "1")
        };
        assert_eq!(match_up(&old, &[&elsewhere]), [None]);
    }
}
