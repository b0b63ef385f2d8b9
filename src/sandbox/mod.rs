//! The three providers' APIs on loopback, with state.
pub mod exchange;
