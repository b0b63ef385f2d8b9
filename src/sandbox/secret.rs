//! Throw-away secrets: credentials that are good for one sandbox, and look like what the providers give out.
//!
//! They guard nothing; they differ from start to start so that no test can come to depend on one.

use std::{
    collections::hash_map::RandomState,
    fmt::Write as _,
    hash::{BuildHasher, Hasher},
};

use sha2::{Digest, Sha256};

/// As many hexadecimal digits as asked for, up to 64.
#[must_use]
pub fn hex_digits(count: usize) -> String {
    let mut digest = Sha256::new();
    for _ in 0..4 {
        // Each state is seeded by the system: the one source of chance in the standard library.
        digest.update(RandomState::new().build_hasher().finish().to_le_bytes());
    }
    let mut text = hex(&digest.finalize());
    text.truncate(count);
    text
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing to a `String` cannot fail.
        write!(text, "{byte:02x}").ok();
    }
    text
}

/// The bytes that hexadecimal digits stand for.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|character| {
            character
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    let (pairs, rest) = digits.as_deref()?.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    Some(pairs.iter().map(|[high, low]| (high << 4) | low).collect())
}
