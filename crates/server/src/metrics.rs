//! What the server counts, in the text form of OpenMetrics.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use danggol_store::sqlite::LogCounts;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::pipeline::Pipeline;

/// The media type of [`Metrics::text`].
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What tells requests apart. Routes are templates, so that their number stays small and no id becomes a label.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    /// The method.
    method: &'static str,
    /// The template of the route.
    route: String,
    /// The status.
    status: u16,
}

/// The route of a request.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RouteLabels {
    /// The template of the route.
    route: String,
}

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Family<RouteLabels, Histogram, fn() -> Histogram>,
}

fn seconds() -> Histogram {
    // From half a millisecond to some sixteen seconds.
    Histogram::new(exponential_buckets(0.0005, 2.0, 16))
}

/// Reads what the write pipeline has counted by itself.
struct PipelineReader(Pipeline);

impl std::fmt::Debug for PipelineReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PipelineReader")
    }
}

impl Collector for PipelineReader {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let counts = self.0.counts();
        for (name, help, count) in [
            ("pipeline_commits", "Batches committed or failed", &counts.commits),
            ("pipeline_commands", "Commands carried out or refused", &counts.commands),
            ("pipeline_fallbacks", "Batches tried again one command at a time", &counts.fallbacks),
        ] {
            let counter = ConstCounter::new(count.load(Ordering::Relaxed));
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        let queued = ConstGauge::new(self.0.queued() as i64);
        let help = "Commands waiting for the pipeline";
        queued.encode(encoder.encode_descriptor("pipeline_queued_commands", help, None, queued.metric_type())?)
    }
}

/// Reads how long SQLite's log is and what has happened to it.
#[derive(Debug)]
pub struct LogReader {
    /// The files that it takes.
    pub files: [PathBuf; 2],
    /// What the store has counted.
    pub counts: Arc<LogCounts>,
}

impl Collector for LogReader {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let bytes: u64 = self.files.iter().filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum();
        let gauge = ConstGauge::new(i64::try_from(bytes).unwrap_or(i64::MAX));
        let help = "Length of the files of the log of SQLite";
        gauge.encode(encoder.encode_descriptor("database_log", help, Some(&Unit::Bytes), gauge.metric_type())?)?;
        let written = ConstCounter::new(self.counts.written_bytes());
        let help = "Bytes that commits have added to the log of SQLite";
        written.encode(encoder.encode_descriptor("database_log_written", help, Some(&Unit::Bytes), written.metric_type())?)?;
        let checkpoints = ConstCounter::new(self.counts.checkpoints());
        let help = "Checkpoints of the log of SQLite";
        checkpoints.encode(encoder.encode_descriptor("database_checkpoints", help, None, checkpoints.metric_type())?)
    }
}

impl Metrics {
    /// Counts requests from now on, and reads the pipeline and, where there is one, the log of SQLite when it is asked.
    pub fn new(pipeline: Pipeline, log: Option<LogReader>) -> Self {
        let mut registry = Registry::with_prefix("danggol");
        let requests = Family::<RequestLabels, Counter>::default();
        let request_seconds = Family::<RouteLabels, Histogram, fn() -> Histogram>::new_with_constructor(seconds);
        registry.register("http_requests", "Answered requests", requests.clone());
        registry.register_with_unit("http_request", "Time to answer", Unit::Seconds, request_seconds.clone());
        registry.register_collector(Box::new(PipelineReader(pipeline)));
        if let Some(log) = log {
            registry.register_collector(Box::new(log));
        }
        Metrics { registry, requests, request_seconds }
    }

    /// Counts a request.
    pub fn count(&self, method: &'static str, route: &str, status: u16, took_seconds: f64) {
        let labels = RequestLabels { method, route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        self.request_seconds.get_or_create(&RouteLabels { route: labels.route }).observe(took_seconds);
    }

    /// Everything as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a String takes all that is written");
        text
    }
}
