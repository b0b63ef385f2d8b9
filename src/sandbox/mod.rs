//! The three providers' APIs on loopback, with state.
pub mod exchange;
pub mod seed;
