//! How soon the program is ready, and how large it is.

use std::fs;
use std::time::Instant;

use super::ground::Ground;
use super::report::{Row, median};
use super::server::{Sender, Served};
use crate::stage::member_number;

const MEGABYTE: f64 = 1e6;

/// Starts the program once a round: a member is looked up and a purchase posted as soon as it listens; then again, left alone.
pub fn measure(ground: &Ground) -> anyhow::Result<Vec<Row>> {
    let place = ground.copy("start")?;
    let mut sender = Sender::new(&ground.key, ground.options.size(), 4, "s");
    let (mut seconds, mut megabytes, mut most_megabytes) = (Vec::new(), Vec::new(), 0_f64);
    for round in 1..=ground.options.rounds {
        let look_up = serde_json::json!({"kind": "external", "value": member_number(u64::from(round))}).to_string();
        let purchase = sender.body();
        let started = Instant::now();
        let served = Served::start(&ground.program, &place, ground.folder())?;
        served.ask(&ground.key, "/api/v1/members/lookup", Some(&look_up))?;
        served.ask(&ground.key, "/api/v1/purchases", Some(&purchase))?;
        seconds.push(started.elapsed().as_secs_f64());
        drop(served);
        let idle = Served::start(&ground.program, &place, ground.folder())?;
        idle.wait_until_idle()?;
        megabytes.push(idle.resident_bytes()? as f64 / MEGABYTE);
        most_megabytes = most_megabytes.max(idle.most_resident_bytes()? as f64 / MEGABYTE);
        let place = usize::try_from(round - 1)?;
        eprintln!("round {round}: ready in {:.3} s, idle with {:.1} MB", seconds[place], megabytes[place]);
    }
    let program_megabytes = fs::metadata(&ground.program)?.len() as f64 / MEGABYTE;
    Ok(vec![
        Row::at_most("Start to an answered look-up and purchase", median(seconds), "s", 1.0),
        Row::at_most("Memory when idle after the start", median(megabytes), "MB", 60.0),
        Row::stated("Memory at the most before that, while members are classed", most_megabytes, "MB"),
        Row::at_most("Size of the program", program_megabytes, "MB", 30.0),
    ])
}
