//! Lists read whole, or an error (S3).
//!
//! Zilliz pages by number over a list that may move while it is read: what is deleted shifts every later entry to the
//! front, so that one is never seen. Forwards, everything that does not fit is an error. Backwards is for reading while
//! deletions are under way: entries then move into pages that are still to come, and none is missed.

use std::{collections::HashMap, future::Future};

use serde_json::Value;

use super::wire::Page;
use crate::{
    backup::Provider,
    provider::{ErrorKind, ProviderError},
};

/// Entries a page: the most that Zilliz grants.
pub(super) const PAGE: u64 = 100;

/// What tells one entry from the others; `None` where it lacks its id.
pub(super) type Key = fn(&Value) -> Option<String>;

/// The entries so far, in the order in which they came.
struct Rows {
    operation: &'static str,
    key: Key,
    places: HashMap<String, usize>,
    list: Vec<Value>,
}

impl Rows {
    fn new(operation: &'static str, key: Key) -> Self {
        Self {
            operation,
            key,
            places: HashMap::new(),
            list: Vec::new(),
        }
    }

    /// Adds an entry; `false` where it was there already.
    fn add(&mut self, row: Value) -> Result<bool, ProviderError> {
        let key = (self.key)(&row).ok_or_else(|| {
            ProviderError::new(
                Provider::Zilliz,
                self.operation,
                ErrorKind::Malformed,
                "listed an entry without an id",
            )
        })?;
        let next = self.list.len();
        let fresh = *self.places.entry(key).or_insert(next) == next;
        if fresh {
            self.list.push(row);
        }
        Ok(fresh)
    }

    fn count(&self) -> u64 {
        u64::try_from(self.list.len()).unwrap_or(u64::MAX)
    }

    fn incomplete(&self, what: String) -> ProviderError {
        ProviderError::new(Provider::Zilliz, self.operation, ErrorKind::Incomplete, what).with_hint(
            "the list is not whole, or it changed while it was read; try again when nothing else changes it",
        )
    }
}

/// Reads from the first page to the last, and believes it only if every page fits: its number, the same count, no entry
/// twice, no page short but the last.
///
/// # Errors
/// [`ErrorKind::Incomplete`], or the error of a page.
pub(super) async fn forwards<F, Fut>(
    operation: &'static str,
    key: Key,
    seen: &(dyn Fn(usize) + Send + Sync),
    page: F,
) -> Result<Vec<Value>, ProviderError>
where
    F: Fn(u64) -> Fut + Send,
    Fut: Future<Output = Result<Page, ProviderError>> + Send,
{
    let mut all = Rows::new(operation, key);
    let mut number = 1_u64;
    let mut count = None;
    loop {
        let page = page(number).await?;
        let expected = *count.get_or_insert(page.count);
        if page.count != expected {
            return Err(all.incomplete(format!(
                "the count went from {expected} to {} while page {number} was read",
                page.count
            )));
        }
        check_number(&all, &page, number)?;
        let full = full(&page);
        let entries = u64::try_from(page.rows.len()).unwrap_or(u64::MAX);
        for row in page.rows {
            if !all.add(row)? {
                return Err(all.incomplete(format!("page {number} repeats an earlier entry")));
            }
        }
        seen(all.list.len());
        if all.count() == expected {
            return Ok(all.list);
        }
        if all.count() > expected {
            return Err(all.incomplete(format!("more entries than its count of {expected}")));
        }
        if entries < full {
            return Err(all.incomplete(format!(
                "page {number} is short: {} of {expected} entries were listed",
                all.count()
            )));
        }
        number = number.saturating_add(1);
    }
}

/// Reads from the last page to the first, and lets entries go while it reads, but none come.
///
/// # Errors
/// [`ErrorKind::Incomplete`], or the error of a page.
pub(super) async fn backwards<F, Fut>(
    operation: &'static str,
    key: Key,
    page: F,
) -> Result<Vec<Value>, ProviderError>
where
    F: Fn(u64) -> Fut + Send,
    Fut: Future<Output = Result<Page, ProviderError>> + Send,
{
    let mut all = Rows::new(operation, key);
    let first = page(1).await?;
    check_number(&all, &first, 1)?;
    let mut count = first.count;
    let last = first.count.div_ceil(full(&first));
    if last <= 1 {
        take(&mut all, first.rows)?;
    } else {
        for number in (1..=last).rev() {
            let page = page(number).await?;
            check_number(&all, &page, number)?;
            if page.count > count {
                return Err(all.incomplete(format!(
                    "the count grew from {count} to {} while page {number} was read",
                    page.count
                )));
            }
            count = page.count;
            take(&mut all, page.rows)?;
        }
    }
    if all.count() < count {
        return Err(all.incomplete(format!("{} of {count} entries were listed", all.count())));
    }
    Ok(all.list)
}

fn take(all: &mut Rows, rows: Vec<Value>) -> Result<(), ProviderError> {
    for row in rows {
        all.add(row)?;
    }
    Ok(())
}

fn check_number(all: &Rows, page: &Page, number: u64) -> Result<(), ProviderError> {
    match page.current {
        Some(current) if current != number => Err(all.incomplete(format!(
            "asked for page {number}, and page {current} was answered"
        ))),
        Some(_) | None => Ok(()),
    }
}

/// How many entries a page holds that is not the last: what was asked for, or less if the answer says so.
fn full(page: &Page) -> u64 {
    page.size.map_or(PAGE, |size| size.clamp(1, PAGE))
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use serde_json::json;

    use super::*;

    fn key(row: &Value) -> Option<String> {
        row.get("id")?.as_u64().map(|id| id.to_string())
    }

    fn page(count: u64, current: u64, ids: impl IntoIterator<Item = u64>) -> Page {
        Page {
            count,
            current: Some(current),
            size: Some(PAGE),
            rows: ids.into_iter().map(|id| json!({"id": id})).collect(),
            at: None,
        }
    }

    async fn read(pages: Vec<Page>) -> Result<usize, ErrorKind> {
        let pages = &pages;
        let read = forwards("List", key, &|_| {}, |number| async move {
            let index = usize::try_from(number.saturating_sub(1)).unwrap();
            Ok(pages
                .get(index)
                .cloned()
                .unwrap_or_else(|| page(250, number, [])))
        });
        read.await
            .map(|rows| rows.len())
            .map_err(|error| error.kind)
    }

    #[tokio::test]
    async fn s3_a_list_is_read_whole() {
        assert_eq!(read(vec![page(0, 1, [])]).await, Ok(0));
        assert_eq!(read(vec![page(100, 1, 0..100)]).await, Ok(100));
        let pages = vec![
            page(250, 1, 0..100),
            page(250, 2, 100..200),
            page(250, 3, 200..250),
        ];
        assert_eq!(read(pages).await, Ok(250));
        let smaller = |number, ids| Page {
            size: Some(10),
            ..page(15, number, ids)
        };
        assert_eq!(
            read(vec![smaller(1, 0..10), smaller(2, 10..15)]).await,
            Ok(15)
        );
    }

    #[tokio::test]
    async fn s3_a_list_that_does_not_fit_is_an_error_and_never_a_shorter_list() {
        let first = || page(250, 1, 0..100);
        for (what, pages) in [
            ("a short first page", vec![page(250, 1, 0..99)]),
            ("an empty page", vec![first(), page(250, 2, [])]),
            ("a repeated page", vec![first(), page(250, 2, 0..100)]),
            ("a repeated entry", vec![first(), page(250, 2, 99..199)]),
            ("a smaller count", vec![first(), page(249, 2, 101..201)]),
            ("a greater count", vec![first(), page(251, 2, 100..200)]),
            ("another page", vec![first(), page(250, 1, 100..200)]),
            ("too many", vec![page(1, 1, 0..2)]),
            ("none of some", vec![page(1, 1, [])]),
            ("some of none", vec![page(0, 1, 0..1)]),
            (
                "a short last page",
                vec![first(), page(250, 2, 100..200), page(250, 3, 200..249)],
            ),
        ] {
            assert_eq!(read(pages).await, Err(ErrorKind::Incomplete), "{what}");
        }
        let nameless = Page {
            rows: vec![json!({})],
            ..page(1, 1, [])
        };
        assert_eq!(read(vec![nameless]).await, Err(ErrorKind::Malformed));
    }

    /// A list from which one entry goes before each page is read: always an early one, so that everything moves.
    async fn read_while_shrinking(add_instead: bool) -> Result<Vec<u64>, ErrorKind> {
        let list: Mutex<Vec<u64>> = Mutex::new((0..450).collect());
        let list = &list;
        let rows = backwards("List", key, |number| async move {
            let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
            if add_instead {
                list.insert(0, number.saturating_add(1000));
            } else {
                list.remove(3);
            }
            let start = usize::try_from(number.saturating_sub(1).saturating_mul(PAGE)).unwrap();
            let ids: Vec<u64> = list.iter().skip(start).take(100).copied().collect();
            Ok(page(u64::try_from(list.len()).unwrap(), number, ids))
        });
        let rows = rows.await.map_err(|error| error.kind)?;
        Ok(rows.iter().filter_map(|row| row["id"].as_u64()).collect())
    }

    #[tokio::test]
    async fn s3_reading_backwards_misses_nothing_while_entries_go() {
        let ids = read_while_shrinking(false).await.unwrap();
        for id in (0..3).chain(9..450) {
            assert!(ids.contains(&id), "{id}");
        }
    }

    #[tokio::test]
    async fn s3_reading_backwards_is_an_error_while_entries_come_or_pages_are_short() {
        assert_eq!(read_while_shrinking(true).await, Err(ErrorKind::Incomplete));
        for short in [page(5, 1, 0..4), page(5, 2, 0..5)] {
            let short = &short;
            let read = backwards("List", key, |_| async move { Ok(short.clone()) });
            assert_eq!(read.await.unwrap_err().kind, ErrorKind::Incomplete);
        }
    }
}
