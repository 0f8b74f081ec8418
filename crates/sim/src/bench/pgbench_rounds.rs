//! Over HTTP and on PostgreSQL, against *pgbench*; then the delay of answers at seven tenths of the largest rate.

use std::time::{Duration, Instant};

use danggol_store::sqlite::LogBounds;
use danggol_store::testing::Cluster;

use super::Part;
use super::ground::Ground;
use super::report::{Row, median};
use super::server::{CONNECTIONS, OPEN_CONNECTIONS, Sender, Sent, Served};
use crate::load::Pace;
use crate::pgbench;
use crate::stage::{Place, Posted, Till, found};

/// Commands in flight through the pipeline.
const IN_FLIGHT: usize = 512;
/// How long a server works before it is measured.
const WARM_UP: Duration = Duration::from_secs(3);
/// The share of the largest rate at which delays are measured.
const OPEN_SHARE: f64 = 0.7;
/// Checkpoints that must fall within.
const CHECKPOINTS: f64 = 2.0;
const MEBIBYTE: f64 = 1_048_576.0;

/// A server that is measured over HTTP.
struct Shop {
    name: &'static str,
    served: Served,
    sender: Sender,
    sent: Vec<Sent>,
}

impl Shop {
    fn open(ground: &Ground, name: &'static str, place: &Place, key: &str, seed: u64) -> anyhow::Result<Shop> {
        let served = Served::start(&ground.program, place, ground.folder())?;
        // Members are classed once a day, soon after the first start.
        served.wait_until_idle()?;
        let mut sender = Sender::new(key, ground.options.size(), seed, "w");
        sender.send(&served, Pace::Closed, WARM_UP)?;
        Ok(Shop { name, served, sender, sent: Vec::new() })
    }

    fn round(&mut self, round: u32, seconds: u32) -> anyhow::Result<()> {
        let sent = self.sender.send(&self.served, Pace::Closed, Duration::from_secs(seconds.into()))?;
        eprintln!("round {round}: {} over HTTP {:.0}/s", self.name, sent.load.per_second());
        self.sent.push(sent);
        Ok(())
    }

    fn median(&self, figure: impl Fn(&Sent) -> f64) -> f64 {
        median(self.sent.iter().map(figure).collect())
    }

    fn per_second(&self) -> f64 {
        self.median(|sent| sent.load.per_second())
    }

    fn rows(&self, anchor: Option<f64>, goal: f64) -> Vec<Row> {
        let name = |what: &str| format!("{} over HTTP, {CONNECTIONS} connections{what}", self.name);
        let unit = "purchases/s";
        let rate = match anchor {
            Some(anchor) => Row::against(&name(", one purchase a request / pgbench"), self.per_second(), anchor, unit, goal),
            None => Row::stated(&name(", one purchase a request"), self.per_second(), unit),
        };
        let p99_ms = self.median(|sent| sent.load.latency_us.at(0.99) as f64 / 1e3);
        vec![
            rate,
            Row::stated(&name(": 99th percentile, closed loop"), p99_ms, "ms"),
            Row::stated(&name(": processor time of the server for a purchase"), self.median(Sent::server_us), "us"),
            Row::stated(&name(": processor time of the load generator for a purchase"), self.median(Sent::generator_us), "us"),
        ]
    }
}

/// A brand on PostgreSQL, opened here and served beside.
struct Chain {
    till: Till,
    posted: Vec<Posted>,
    shop: Shop,
}

impl Chain {
    fn stage(ground: &Ground, url: &str) -> anyhow::Result<Chain> {
        let place = Place::database(url, &ground.folder().join("postgres.key"));
        let started = Instant::now();
        let key = found(&place, ground.options.size(), 5)?;
        eprintln!("PostgreSQL staged in {:.0} s", started.elapsed().as_secs_f64());
        let shop = Shop::open(ground, "PostgreSQL", &place, &key, 6)?;
        let mut till = Till::open(&place, ground.options.size(), 7, "p")?;
        till.post_now(ground.options.round / 10, IN_FLIGHT)?;
        Ok(Chain { till, posted: Vec::new(), shop })
    }

    fn round(&mut self, round: u32, purchases: u64, seconds: u32) -> anyhow::Result<()> {
        let posted = self.till.post_now(purchases, IN_FLIGHT)?;
        eprintln!("round {round}: PostgreSQL through the pipeline {:.0}/s", posted.per_second());
        self.posted.push(posted);
        self.shop.round(round, seconds)
    }

    fn rows(&self, anchor: f64) -> Vec<Row> {
        let figure = |figure: fn(&Posted) -> f64| median(self.posted.iter().map(figure).collect());
        let name = "PostgreSQL through the pipeline, 512 in flight / pgbench";
        let processor = "PostgreSQL through the pipeline: our processor time of a purchase";
        let mut rows = vec![
            Row::against(name, figure(Posted::per_second), anchor, "purchases/s", 4.0),
            Row::stated(processor, figure(Posted::processor_us), "us"),
        ];
        rows.extend(self.shop.rows(Some(anchor), 2.0));
        rows
    }
}

/// Runs the rounds of the parts that are asked for. PostgreSQL has ended before the open loop begins.
pub fn measure(ground: &Ground, cluster: Option<Cluster>) -> anyhow::Result<Vec<Row>> {
    let is_served = ground.has(&[Part::Http, Part::Latency]);
    let open = || Shop::open(ground, "SQLite", &ground.copy("http")?, &ground.key, 8);
    let mut shop = is_served.then(open).transpose()?;
    let mut rows = rounds(ground, cluster.as_ref(), shop.as_mut())?;
    drop(cluster);
    if let Some(mut shop) = shop.filter(|_| ground.has(&[Part::Latency])) {
        rows.extend(delay(&mut shop, ground.options.latency_seconds)?);
    }
    Ok(rows)
}

fn rounds(ground: &Ground, cluster: Option<&Cluster>, mut shop: Option<&mut Shop>) -> anyhow::Result<Vec<Row>> {
    let options = &ground.options;
    let anchor_url = cluster.map(|cluster| cluster.create_database("anchor")).transpose()?;
    anchor_url.as_deref().map(pgbench::prepare).transpose()?;
    let mut chain = match cluster.filter(|_| ground.has(&[Part::Postgres])) {
        Some(cluster) => Some(Chain::stage(ground, &cluster.create_database("chain")?)?),
        None => None,
    };
    let mut anchors = Vec::new();
    for round in 1..=options.rounds {
        if let Some(url) = &anchor_url {
            let run = pgbench::run(url, options.seconds)?;
            eprintln!("round {round}: pgbench {:.0}/s", run.per_second);
            anchors.push(run.per_second);
        }
        if let Some(shop) = &mut shop {
            shop.round(round, options.seconds)?;
        }
        if let Some(chain) = &mut chain {
            chain.round(round, options.round, options.seconds)?;
        }
    }
    let anchor = (!anchors.is_empty()).then(|| median(anchors));
    let mut rows: Vec<Row> = shop.iter().flat_map(|shop| shop.rows(anchor, 1.5)).collect();
    if let Some((chain, anchor)) = chain.zip(anchor) {
        rows.extend(chain.rows(anchor));
        chain.till.close()?;
    }
    Ok(rows)
}

/// The open loop: each request is due at its time, and its delay counts from there.
fn delay(shop: &mut Shop, seconds: u32) -> anyhow::Result<Vec<Row>> {
    let per_second = shop.per_second() * OPEN_SHARE;
    eprintln!("open loop: {per_second:.0}/s for {seconds} s");
    let checkpoints = |served: &Served| served.metric("danggol_database_checkpoints_total");
    let before = checkpoints(&shop.served)?;
    let sent = shop.sender.send(&shop.served, Pace::Open { per_second }, Duration::from_secs(seconds.into()))?;
    let checkpoints = checkpoints(&shop.served)? - before;
    let bound_mib = LogBounds::default().most_bytes() as f64 / MEBIBYTE;
    let log_mib = shop.served.metric("danggol_database_log_bytes")? / MEBIBYTE;
    let ms = |quantile: f64| sent.load.latency_us.at(quantile) as f64 / 1e3;
    let name = |what: &str| format!("SQLite over HTTP, open loop at 70 %: {what}");
    Ok(vec![
        Row::stated(&name("offered"), per_second, "purchases/s"),
        Row::at_most(&name("99th percentile from the scheduled send"), ms(0.99), "ms", 30.0),
        Row::stated(&name("median"), ms(0.5), "ms"),
        Row::stated(&name("99.9th percentile"), ms(0.999), "ms"),
        Row::stated(&name("largest"), sent.load.latency_us.largest() as f64 / 1e3, "ms"),
        Row::at_most(&name("most under way"), sent.load.under_way_max as f64, "requests", OPEN_CONNECTIONS as f64 - 1.0),
        Row::at_least(&name("checkpoints within"), checkpoints, "checkpoints", CHECKPOINTS),
        Row::at_most(&name("longest log since the start"), log_mib, "MiB", bound_mib),
        Row::stated(&name("processor time of the server for a purchase"), sent.server_us(), "us"),
        Row::stated(&name("processor time of the load generator for a purchase"), sent.generator_us(), "us"),
    ])
}
