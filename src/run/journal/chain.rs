//! The chain: each line carries the digest of the line before it, and its own (S26).
//!
//! `prev` is the SHA-256 of the whole line before, without its line feed: `head -n 6 RUN | tail -n 1 | tr -d '\n' | sha256sum`
//! prints what line 7 says. `sha256` is that of the line itself up to that field, so that a change of the last line shows
//! too.

use sha2::{Digest, Sha256};

use crate::plan::hex;

/// A digest in hexadecimal: so long.
const DIGEST: usize = 64;

const PREV: &str = ",\"prev\":\"";
const OWN: &str = "\",\"sha256\":\"";
const END: &str = "\"}";

/// How far a chain has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// How many lines it has.
    pub lines: u64,
    /// The digest of the last one.
    pub sha256: String,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            lines: 0,
            sha256: "0".repeat(DIGEST),
        }
    }
}

impl Head {
    /// Turns the text of a JSON object that has fields into the next line, with its line feed.
    pub fn seal(&mut self, object: &str) -> String {
        let fields = object.strip_suffix('}').unwrap_or(object);
        let mut line = String::with_capacity(fields.len().saturating_add(200));
        line.push_str(fields);
        line.push_str(PREV);
        line.push_str(&self.sha256);
        // The digest of the whole line goes on where its own ends.
        let mut digest = Sha256::new_with_prefix(line.as_bytes());
        let before = line.len();
        let own = hex(&digest.clone().finalize());
        line.push_str(OWN);
        line.push_str(&own);
        line.push_str(END);
        digest.update(line.as_bytes().get(before..).unwrap_or_default());
        self.advance(digest);
        line.push('\n');
        line
    }

    /// Checks the next line, which is without its line feed, and goes on to it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&mut self, line: &[u8]) -> Result<(), &'static str> {
        const UNFIT: &str = "it has no digests at its end";
        let own_at = line
            .len()
            .checked_sub(OWN.len().saturating_add(DIGEST).saturating_add(END.len()))
            .ok_or(UNFIT)?;
        let prev_at = own_at
            .checked_sub(PREV.len().saturating_add(DIGEST))
            .ok_or(UNFIT)?;
        let (before, own) = line.split_at_checked(own_at).ok_or(UNFIT)?;
        let prev = before.get(prev_at..).ok_or(UNFIT)?;
        let own = own
            .strip_prefix(OWN.as_bytes())
            .and_then(|rest| rest.strip_suffix(END.as_bytes()))
            .ok_or(UNFIT)?;
        let prev = prev.strip_prefix(PREV.as_bytes()).ok_or(UNFIT)?;
        let mut digest = Sha256::new_with_prefix(before);
        if hex(&digest.clone().finalize()).as_bytes() != own {
            return Err("it was changed: its own digest does not fit");
        }
        if prev != self.sha256.as_bytes() {
            return Err(
                "it does not follow the line before: one was changed, removed, added or moved",
            );
        }
        digest.update(line.get(own_at..).unwrap_or_default());
        self.advance(digest);
        Ok(())
    }

    /// `line`: the digest of the line, still open.
    fn advance(&mut self, line: Sha256) {
        self.lines = self.lines.saturating_add(1);
        self.sha256 = hex(&line.finalize());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Vec<String> {
        let mut head = Head::default();
        [r#"{"a":1}"#, r#"{"b":"ü"}"#, r#"{"c":[]}"#]
            .iter()
            .map(|object| head.seal(object))
            .collect()
    }

    fn broken_at(lines: &[&str]) -> Option<usize> {
        let mut head = Head::default();
        lines
            .iter()
            .position(|line| head.check(line.trim_end_matches('\n').as_bytes()).is_err())
    }

    #[test]
    fn s26_every_line_carries_the_digest_of_the_one_before() {
        let lines = three();
        let mut before = "0".repeat(64);
        for line in &lines {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(value["prev"], before);
            before = hex(&Sha256::digest(line.trim_end().as_bytes()));
        }
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(broken_at(&lines), None);
    }

    #[test]
    fn s26_a_line_that_is_missing_or_moved_is_found() {
        let lines = three();
        let [one, two, three] = [&*lines[0], &*lines[1], &*lines[2]];
        assert_eq!(broken_at(&[one, three]), Some(1));
        assert_eq!(broken_at(&[two, three]), Some(0));
        assert_eq!(broken_at(&[one, three, two]), Some(1));
        assert_eq!(broken_at(&[one, two, two, three]), Some(2));
    }

    #[test]
    fn s26_a_change_of_any_bit_is_found_in_its_line() {
        let lines = three();
        for (number, line) in lines.iter().enumerate() {
            let line = line.trim_end();
            for place in 0..line.len() {
                for bit in 0..8 {
                    let mut bytes = line.as_bytes().to_vec();
                    bytes[place] ^= 1 << bit;
                    let mut head = Head::default();
                    let found = (0..lines.len()).position(|other| {
                        let bytes = if other == number {
                            &bytes
                        } else {
                            lines[other].trim_end().as_bytes()
                        };
                        head.check(bytes).is_err()
                    });
                    assert_eq!(found, Some(number), "byte {place}, bit {bit}");
                }
            }
        }
    }
}
