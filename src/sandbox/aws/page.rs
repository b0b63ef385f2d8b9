//! Pages: `maxResults`, `nextToken`, and what goes wrong with them.
//!
//! A token is the last key of the page before, so that a page costs what it holds and not what came before it.

use serde_json::{Value, json};

use super::{
    failure::Failure,
    quirk::{Quirk, Quirks},
};
use crate::sandbox::secret::{hex, unhex};

const USUAL: usize = 100;
const MOST: usize = 1000;
/// What the token of an empty first page stands for.
const BEGINNING: &str = "\u{0}";

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The key of the last item that the caller has seen.
    pub after: Option<String>,
    limit: usize,
    token: Option<String>,
    vault: Option<String>,
}

impl Page {
    /// Reads the query.
    pub fn of(query: &[(String, String)]) -> Result<Self, Failure> {
        let find = |name: &str| {
            query
                .iter()
                .find_map(|(key, value)| (key == name).then_some(value.as_str()))
        };
        let limit = match find("maxResults") {
            None => USUAL,
            Some(text) => match text.parse() {
                Ok(limit) if (1..=MOST).contains(&limit) => limit,
                _ => {
                    return Err(Failure::invalid_parameter(format!(
                        "Invalid maxResults: {text}. The value must be between 1 and {MOST}."
                    )));
                }
            },
        };
        let token = find("nextToken").map(str::to_owned);
        let after = match &token {
            None => None,
            Some(token) => {
                let key = unhex(token)
                    .and_then(|bytes| String::from_utf8(bytes).ok())
                    .filter(|key| !key.is_empty());
                let key = key.ok_or_else(|| {
                    Failure::invalid_parameter("Invalid nextToken: the token is not valid.")
                })?;
                (key != BEGINNING).then_some(key)
            }
        };
        Ok(Self {
            after,
            limit,
            token,
            vault: None,
        })
    }

    /// The same of a vault's own list, which some faults concern.
    #[must_use]
    pub fn within(mut self, vault: &str) -> Self {
        self.vault = Some(vault.to_owned());
        self
    }

    /// Takes the page from what comes after [`Self::after`], and names the list `name` in the body.
    pub fn body(
        &self,
        name: &str,
        items: impl Iterator<Item = (String, Value)>,
        quirks: &Quirks,
    ) -> Value {
        let short = quirks.find(|quirk| {
            if let Quirk::ShortPage(limit) = quirk {
                Some(*limit)
            } else {
                None
            }
        });
        let limit = match (short, &self.token) {
            (Some(0), None) => 0,
            (Some(0), Some(_)) => self.limit.min(3),
            (Some(short), _) => self.limit.min(short),
            (None, _) => self.limit,
        };
        let mut items = items.peekable();
        let mut last = BEGINNING.to_owned();
        let mut page = Vec::new();
        while page.len() < limit
            && let Some((key, value)) = items.next()
        {
            last = key;
            page.push(value);
        }
        let mut next = items.peek().map(|_| hex(last.as_bytes()));
        let repeats = |quirk: &Quirk| {
            let Quirk::RepeatedToken(only) = quirk else {
                return None;
            };
            (only.is_none() || *only == self.vault).then_some(())
        };
        if quirks.find(repeats).is_some() {
            next = self.token.clone().or_else(|| Some(hex(last.as_bytes())));
        }
        if quirks.has(&Quirk::CutList) {
            next = None;
        }
        let mut body = json!({ name: page });
        if let Some(fields) = body.as_object_mut()
            && (next.is_some() || quirks.has(&Quirk::NullToken))
        {
            fields.insert("NextToken".to_owned(), json!(next));
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Page, Quirk, Quirks};

    fn keys() -> Vec<String> {
        (0..10).map(|number| format!("key-{number}")).collect()
    }

    fn page(token: Option<&str>, quirks: &Quirks) -> (Vec<Value>, Option<String>) {
        let mut query = vec![("maxResults".to_owned(), "4".to_owned())];
        query.extend(token.map(|token| ("nextToken".to_owned(), token.to_owned())));
        let Ok(page) = Page::of(&query) else {
            return (Vec::new(), None);
        };
        let items = keys()
            .into_iter()
            .filter(|key| page.after.as_ref().is_none_or(|after| key > after))
            .map(|key| (key.clone(), json!(key)));
        let body = page.body("Items", items, quirks);
        let items = body
            .get("Items")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        (
            items,
            body.get("NextToken")
                .and_then(Value::as_str)
                .map(str::to_owned),
        )
    }

    fn all(quirks: &Quirks) -> (Vec<Value>, usize) {
        let (mut items, mut next) = page(None, quirks);
        let mut pages = 1_usize;
        while let Some(token) = next
            && pages < 50
        {
            let (more, then) = page(Some(&token), quirks);
            items.extend(more);
            next = then;
            pages = pages.saturating_add(1);
        }
        (items, pages)
    }

    #[test]
    fn gives_everything_once_in_order() {
        let (items, pages) = all(&Quirks::default());
        assert_eq!(
            items,
            keys().into_iter().map(Value::from).collect::<Vec<_>>()
        );
        assert_eq!(pages, 3);
    }

    #[test]
    fn short_pages_lose_nothing() {
        let mut quirks = Quirks::default();
        quirks.add(Quirk::ShortPage(0));
        let (items, pages) = all(&quirks);
        assert_eq!((items.len(), pages), (10, 5));
    }

    #[test]
    fn a_repeated_token_never_ends() {
        let mut quirks = Quirks::default();
        quirks.add(Quirk::RepeatedToken(Some("other".to_owned())));
        assert_eq!(all(&quirks).1, 3, "it concerns another list");
        quirks.add(Quirk::RepeatedToken(None));
        let (_, first) = page(None, &quirks);
        let (_, second) = page(first.as_deref(), &quirks);
        assert!(first.is_some());
        assert_eq!(first, second);
    }

    #[test]
    fn refuses_sizes_out_of_range_and_foreign_tokens() {
        for (name, value) in [
            ("maxResults", "0"),
            ("maxResults", "1001"),
            ("nextToken", "zz"),
        ] {
            assert!(
                Page::of(&[(name.to_owned(), value.to_owned())]).is_err(),
                "{value}"
            );
        }
    }
}
