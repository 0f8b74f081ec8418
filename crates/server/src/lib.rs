//! Who is let in: HTTP routes, auth, configuration, the write pipeline, jobs; and the commands of `danggol`.

pub mod app;
pub mod auth;
pub mod brand;
pub mod clock;
pub mod config;
pub mod extract;
pub mod import;
pub mod limit;
pub mod metrics;
pub mod pipeline;
pub mod problem;
pub mod random;
pub mod request;
