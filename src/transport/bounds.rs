//! Bounds on what an answer may be: bytes and nesting (S28).
//!
//! `serde_json` has a depth limit of its own; the AWS SDK's parser is not ours to know, so both are guarded here.

/// The largest answer that is read: a page of 1,000 recovery points is about a megabyte, a whole Aiven project a few.
pub(super) const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The deepest nesting of arrays and objects; what the three APIs send is under ten.
const MAX_DEPTH: usize = 64;

/// Whether the text nests arrays and objects deeper than an answer may. Linear, and right for text that is no JSON too.
pub(super) fn too_deep(body: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in body {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth = depth.saturating_add(1);
                if depth > MAX_DEPTH {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s28_nesting_is_bounded_but_brackets_in_strings_do_not_count() {
        assert!(!too_deep(br#"{"a":[{"b":"[[[[[[[[\"[[["}]}"#));
        assert!(!too_deep(format!("\"{}\"", "[".repeat(1000)).as_bytes()));
        assert!(too_deep("[".repeat(65).as_bytes()));
        assert!(!too_deep(
            format!("{}{}", "[".repeat(64), "]".repeat(64)).as_bytes()
        ));
        assert!(!too_deep("[]".repeat(1000).as_bytes()));
    }
}
