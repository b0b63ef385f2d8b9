//! Names that could have been meant, for the message about a name that nothing has.
//!
//! One measure for vaults, services, projects and clusters. It only words a message: nothing is ever chosen by it.

/// The longest beginning of a name that is compared; the work grows with its square.
const LONGEST: usize = 128;

/// The most names that a question can offer and still be read.
const OFFERED: usize = 3;

/// A shorter name is in too many others by chance.
const SHORTEST_PART: usize = 4;

/// The names that are nearly the wanted one, the nearest first; each once, although several places may have it.
pub fn near<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let limit = (wanted.chars().count() / 3).max(2);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|name| {
            let known = name.to_lowercase();
            let distance = distance(&wanted, &known);
            let part = known.contains(&wanted)
                || (known.len() >= SHORTEST_PART && wanted.contains(&known));
            (distance <= limit || part).then_some((distance, name))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
        .into_iter()
        .map(|(_, name)| name)
        .take(OFFERED)
        .collect()
}

/// The least number of letters to put in, take out or change.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(LONGEST).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().take(LONGEST).enumerate() {
        let mut next = Vec::with_capacity(row.len());
        let mut left = line.saturating_add(1);
        next.push(left);
        for ((diagonal, above), known) in row.iter().zip(row.iter().skip(1)).zip(&other) {
            let change = diagonal.saturating_add(usize::from(letter != *known));
            left = change
                .min(above.saturating_add(1))
                .min(left.saturating_add(1));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_levenshtein() {
        for (one, other, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("prod", "prod", 0),
            ("prod", "pord", 2),
            ("nightly", "nightl", 1),
        ] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
            assert_eq!(distance(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn near_names_are_found_nearest_first_and_once() {
        let known = ["acme-prod", "acme-prd", "acme-staging", "other", "other"];
        assert_eq!(near("acme-prdo", known), ["acme-prd", "acme-prod"]);
        assert_eq!(near("ACME", known).len(), 3);
        assert_eq!(near("othr", known), ["other"]);
        assert_eq!(near("other-vault", known), ["other"]);
        assert!(near("zzzzz", known).is_empty());
        assert!(near("a-name-with-a-in-it", ["a"]).is_empty());
    }
}
