//! Renderers: typed events and documents in, text out.
pub mod text;
