//! Who is let in: HTTP routes, auth, configuration, the write pipeline, jobs; and the commands of `danggol`.

pub mod import;
