//! What Zilliz' module does with an organisation on loopback.

mod deleting;
mod finding;
mod listing;
mod server;
mod surveying;
