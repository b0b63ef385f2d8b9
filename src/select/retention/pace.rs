//! Whether a group still gets backups at its usual pace (R12).

use jiff::{SignedDuration, Timestamp};

/// A group whose newest backup is older than the usual distance between its backups.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stopped {
    pub(super) group: String,
    pub(super) age: SignedDuration,
    pub(super) usual: SignedDuration,
}

/// Looks at the newest time of a group and the others, newest first. Fewer than three times have no usual distance.
///
/// Copies of one moment count once, or a resource with two vaults would get its backups every zero seconds.
pub(super) fn stopped(
    newest: Timestamp,
    older: impl Iterator<Item = Timestamp>,
    now: Timestamp,
    group: impl FnOnce() -> String,
) -> Option<Stopped> {
    let mut distances: Vec<SignedDuration> = older
        .scan(newest, |next, at| {
            let distance = next.duration_since(at);
            *next = at;
            Some(distance)
        })
        .filter(|distance| !distance.is_zero())
        .collect();
    if distances.len() < 2 {
        return None;
    }
    let middle = distances.len() / 2;
    let (_, usual, _) = distances.select_nth_unstable(middle);
    let usual = *usual;
    let age = now.duration_since(newest);
    (age > usual).then(|| Stopped {
        group: group(),
        age,
        usual,
    })
}
