//! How people write times: lengths of it, points in it, and the zone in which days are cut.
//!
//! Text in, values out. Nothing here knows a clock or the machine's zone: both are passed in (R6, R13).

mod age;
mod length;
mod moment;
mod zone;

pub use age::Age;
pub(crate) use length::{Purpose, span};
pub use moment::Moment;
pub use zone::zone;
