//! Renderers: typed events and documents in, text out.
#[cfg(test)]
mod samples;
pub mod text;
