//! What could go wrong: seeded workloads, an oracle, fault injection, load and benches.

pub mod bench;
pub mod calendars;
pub mod commands;
pub mod conditions;
pub mod consents;
pub mod duplicates;
pub mod folder;
pub mod histogram;
pub mod history;
mod households;
pub mod lifestyles;
pub mod living;
pub mod load;
mod merging;
pub mod oracle;
pub mod pgbench;
pub mod power_loss;
pub mod processor;
pub mod random;
pub mod raw;
pub mod soak;
pub mod stage;
pub mod workload;
