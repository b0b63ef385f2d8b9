//! Carrying out what was approved: sending, waiting, reading back, accounting for every item.

pub mod record;
