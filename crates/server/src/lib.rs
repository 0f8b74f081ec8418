//! Who is let in: HTTP routes, auth, configuration, the write pipeline, jobs; and the commands of `danggol`.

pub mod app;
pub mod auth;
pub mod brand;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod demo;
pub mod export;
pub mod extract;
pub mod field;
pub mod idempotency;
pub mod import;
pub mod limit;
pub mod local;
pub mod logging;
pub mod member;
pub mod metrics;
pub mod openapi;
pub mod pipeline;
pub mod problem;
pub mod random;
pub mod request;
pub mod review;
pub mod routes;
pub mod view;
