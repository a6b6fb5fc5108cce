//! Lists that come in pages.
//!
//! Owns: when a list is at its end. The reference does not say whether `offset` counts records or pages, nor the
//! largest page of some lists, so the end is told by what comes, never by arithmetic alone.

use std::collections::HashSet;

use super::cause::Cause;
use super::error::Error;
use super::model::Answer;
use super::operation::Operation;

/// A list with more pages is not read on: at 100 to 1000 items each, it is no list of one project or job.
pub(super) const MAX_PAGES: usize = 100;

/// One page.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    /// How many items there are in all, if told.
    pub(super) total: Option<u64>,
}

/// A list whose end was reached.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Collected<T> {
    /// Each once, in the order they came.
    pub(super) items: Vec<T>,
    /// Whether nothing speaks against these being all there are: no id came twice, the total stayed the same from
    /// page to page, and no fewer came than the last total says.
    pub(super) is_complete: bool,
}

/// All items of a list, each id once, in the order they came. `fetch` is given the offset: how many items came so far.
///
/// The end is an empty page, a page with nothing new, the total being reached, or, where no total is told, a page
/// shorter than `limit`. A page shorter than `limit` is not the end while the total says that there is more: the
/// server may have a smaller limit of its own. A failed page fails the list; it is never cut short silently.
pub(super) async fn collect<T, F, Fut>(
    operation: Operation,
    limit: usize,
    id: impl Fn(&T) -> Option<&str>,
    fetch: F,
) -> Result<Answer<Collected<T>>, Error>
where
    F: Fn(usize) -> Fut,
    Fut: Future<Output = Result<Answer<Page<T>>, Error>>,
{
    let mut seen = HashSet::new();
    let mut items = Vec::new();
    let mut offset = 0;
    let mut last_total = None;
    let mut is_steady = true;
    for _ in 0..MAX_PAGES {
        let Answer {
            value: page,
            answered_at,
        } = fetch(offset).await?;
        let count = page.items.len();
        offset += count;
        let before = items.len();
        // An item without an id cannot be told from another; it is kept.
        items.extend(
            page.items
                .into_iter()
                .filter(|item| id(item).is_none_or(|id| seen.insert(id.to_owned()))),
        );
        let new = items.len() - before;
        is_steady &= new == count;
        if let Some(total) = page.total {
            is_steady &= last_total.is_none_or(|last| last == total);
            last_total = Some(total);
        }
        let at_end = match page.total {
            Some(total) => offset as u64 >= total,
            None => count < limit,
        };
        if new == 0 || at_end {
            let is_complete = is_steady && last_total.is_none_or(|total| items.len() as u64 >= total);
            return Ok(Answer {
                value: Collected { items, is_complete },
                answered_at,
            });
        }
    }
    Err(Error::new(operation, Cause::Body).with_message(format!("the list does not end after {MAX_PAGES} pages")))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use jiff::Timestamp;

    use super::*;

    /// Asks a list of `ids` for pages of `limit` items, served `most` at a time at most, and tells what came and the
    /// offsets asked for.
    async fn ask(
        ids: &[&'static str],
        limit: usize,
        most: usize,
        total: Option<u64>,
    ) -> (Vec<&'static str>, Vec<usize>) {
        let offsets = RefCell::new(Vec::new());
        let fetch = |offset: usize| {
            offsets.borrow_mut().push(offset);
            let items = ids.iter().copied().skip(offset).take(limit.min(most)).collect();
            async move { Ok(page(items, total)) }
        };
        let answer = collect(Operation::ListJobs, limit, |item: &&str| Some(*item), fetch)
            .await
            .unwrap();
        (answer.value.items, offsets.into_inner())
    }

    fn page<T>(items: Vec<T>, total: Option<u64>) -> Answer<Page<T>> {
        Answer {
            value: Page { items, total },
            answered_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[tokio::test]
    async fn a_list_is_read_to_its_end() {
        let ids = ["a", "b", "c", "d", "e"];
        assert_eq!(ask(&ids, 2, 9, None).await, (ids.to_vec(), vec![0, 2, 4]));
        assert_eq!(ask(&ids, 5, 9, Some(5)).await, (ids.to_vec(), vec![0]));
        assert_eq!(
            ask(&ids, 10, 2, Some(5)).await,
            (ids.to_vec(), vec![0, 2, 4]),
            "a smaller page than asked for"
        );
        assert_eq!(
            ask(&ids, 5, 9, None).await,
            (ids.to_vec(), vec![0, 5]),
            "a full page may be the last"
        );
        assert_eq!(
            ask(&ids, 10, 9, Some(99)).await,
            (ids.to_vec(), vec![0, 5]),
            "a total that is too large"
        );
        assert_eq!(ask(&[], 10, 9, Some(0)).await, (vec![], vec![0]));
    }

    #[tokio::test]
    async fn an_item_that_moved_between_pages_comes_once() {
        assert_eq!(ask(&["a", "b", "b", "c"], 2, 9, None).await.0, ["a", "b", "c"]);
    }

    #[tokio::test]
    async fn a_server_that_ignores_the_offset_or_never_ends_is_left() {
        let same = |_| async { Ok(page(vec!["a", "b"], Some(1000))) };
        let all = collect(Operation::ListJobs, 2, |item: &&str| Some(*item), same)
            .await
            .unwrap();
        assert_eq!(all.value.items, ["a", "b"]);
        assert!(!all.value.is_complete);
        let endless = |offset: usize| async move { Ok(page(vec![offset.to_string()], None)) };
        let error = collect(Operation::ListJobs, 1, |item: &String| Some(item), endless)
            .await
            .unwrap_err();
        assert_eq!(error.cause(), Cause::Body);
    }

    /// Whether a list is complete that comes in these pages, each with its total.
    async fn is_complete(pages: &[(&[&'static str], Option<u64>)]) -> bool {
        let starts: Vec<usize> = pages
            .iter()
            .scan(0, |sum, (items, _)| {
                *sum += items.len();
                Some(*sum - items.len())
            })
            .collect();
        let fetch = |offset: usize| {
            let at = starts.iter().position(|start| *start == offset);
            let (items, total) = at.map_or((&[][..], pages[0].1), |at| pages[at]);
            async move { Ok(page(items.to_vec(), total)) }
        };
        let answer = collect(Operation::ListJobs, 2, |item: &&str| Some(*item), fetch).await;
        answer.unwrap().value.is_complete
    }

    #[tokio::test]
    async fn a_list_says_whether_an_item_may_be_missing() {
        let complete: [&[(&[&str], Option<u64>)]; 5] = [
            &[(&[], Some(0))],
            &[(&["a", "b"], Some(3)), (&["c"], Some(3))],
            &[(&["a"], Some(2)), (&["b"], Some(2))],
            &[(&["a", "b"], None), (&["c"], None)],
            &[(&["a", "b"], Some(1))],
        ];
        for pages in complete {
            assert!(is_complete(pages).await, "{pages:?}");
        }
        let lacking: [&[(&[&str], Option<u64>)]; 5] = [
            &[(&[], Some(1))],
            &[(&["a", "b"], Some(4)), (&["c"], Some(4))],
            &[(&["a", "b"], Some(4)), (&["b", "c"], Some(4))],
            &[(&["a", "b"], Some(4)), (&["c"], Some(3))],
            &[(&["a", "b"], None), (&["b", "c"], None)],
        ];
        for pages in lacking {
            assert!(!is_complete(pages).await, "{pages:?}");
        }
    }

    #[tokio::test]
    async fn a_failed_page_fails_the_list() {
        let fetch = |offset: usize| async move {
            if offset == 0 {
                Ok(page(vec!["a"], Some(2)))
            } else {
                Err(Error::for_test(Cause::Server))
            }
        };
        let error = collect(Operation::ListJobs, 1, |item: &&str| Some(*item), fetch)
            .await
            .unwrap_err();
        assert_eq!(error.cause(), Cause::Server);
    }
}
