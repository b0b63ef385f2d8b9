//! How a fate looks: a shape that tells it without colour, and the name of its colour.

use crate::report::told::Fate;

/// The colour's name in the style.
pub(super) fn tone(fate: Fate) -> &'static str {
    match fate {
        Fate::Failed => "failed",
        Fate::Unknown | Fate::Unverified | Fate::Pending => "unsettled",
        Fate::Refused | Fate::Skipped | Fate::NotAttempted => "unsent",
        Fate::ToDelete | Fate::Deleted => "gone",
        Fate::AlreadyAbsent => "absent",
        Fate::Protected => "protected",
        Fate::Kept => "kept",
    }
}

/// The shape, as a path in a square of 16.
pub(super) fn shape(fate: Fate) -> &'static str {
    match fate {
        // A triangle.
        Fate::Failed => "M8 1.5 15 14H1Z",
        // A hollow diamond.
        Fate::Unknown | Fate::Unverified | Fate::Pending => {
            "M8 .8 15.2 8 8 15.2 .8 8ZM8 4.2 4.2 8 8 11.8 11.8 8Z"
        }
        // A ring.
        Fate::Refused | Fate::Skipped | Fate::NotAttempted => {
            "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM8 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8Z"
        }
        // A cross.
        Fate::ToDelete | Fate::Deleted => {
            "M3.6 1.8 8 6.2 12.4 1.8 14.2 3.6 9.8 8 14.2 12.4 12.4 14.2 8 9.8 3.6 14.2 1.8 12.4 6.2 8 1.8 3.6Z"
        }
        // A bar.
        Fate::AlreadyAbsent => "M2 6.5H14V9.5H2Z",
        // A square.
        Fate::Protected => "M2.2 2.2H13.8V13.8H2.2Z",
        // A disc.
        Fate::Kept => "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Z",
    }
}
