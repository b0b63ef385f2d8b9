//! Carrying out what was approved: sending, waiting, reading back, accounting for every item.

mod course;
pub mod earlier;
pub mod execute;
pub mod fleet;
mod job;
pub mod journal;
pub mod record;
mod results;
mod rounds;
pub mod signals;
mod slot;
pub mod stop;
#[cfg(test)]
mod tests;
mod turns;
pub mod verify;
