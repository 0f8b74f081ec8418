//! Lifestyle groups at size and over time: how long it takes to find groups and to place members, and how many members move from month to
//! month where a brand's own purchases are replayed.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, bail};
use danggol_core::language::Language;
use danggol_core::lifestyle::description::{describe, moved_bp, names};
use danggol_core::lifestyle::meaning::Meaning;
use danggol_core::lifestyle::model::{Model, Place};
use danggol_core::lifestyle::renewal::{Renewed, Wanted, renew};
use danggol_core::lifestyle::taste::{Gathering, Tastes};
use danggol_core::lifestyle::{NEEDED_DAYS, REFIT_DAYS, WINDOW_DAYS};
use danggol_core::purchase::{Line, LineKind};
use danggol_core::time::day_text;
use danggol_server::lifestyle::{callable, meaning};
use danggol_store::{Access, Conn, Store, StoreOptions, Target, lifestyle};

use crate::random::Random;

/// Categories of the market, those that everybody buys first.
const CATEGORIES: u64 = 50;
const COMMON: u64 = 11;
/// Ways of life of the market, each with three categories.
const WAYS: u64 = 13;

/// What is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// A data folder whose purchases are replayed month by month; nothing in it changes
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Members of a market that is made up, where no folder is given
    #[arg(long, default_value_t = 1_000_000)]
    pub members: i64,
    /// Purchases a member of it
    #[arg(long, default_value_t = 20)]
    pub purchases: u64,
    /// Of how many groups [default: as many as the data carry]
    #[arg(long)]
    pub groups: Option<usize>,
    /// The seed of the market
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Measures and prints.
pub fn run(options: &Options) -> anyhow::Result<()> {
    if cfg!(debug_assertions) {
        eprintln!("This is a debug build: its times mean nothing.");
    }
    match &options.data {
        Some(folder) => replay(folder.clone(), options.groups),
        None => measure(options),
    }
}

/// Members of thirteen ways of life in turn, who buy half of their lines of what everybody buys.
fn market(options: &Options) -> Tastes {
    let mut random = Random::new(options.seed);
    let names: Vec<String> = (0..CATEGORIES).map(|number| format!("c{number:02}")).collect();
    let mut gathering = Gathering::default();
    for member in 1..=options.members {
        let way = member as u64 % WAYS;
        for _ in 0..1 + random.below(2 * options.purchases.max(1)) {
            let line = |random: &mut Random| {
                let category = match random.below(10) {
                    0..5 => random.below(COMMON),
                    5..9 => COMMON + way * 3 + random.below(3),
                    _ => random.below(CATEGORIES),
                };
                let category = Some(names[category as usize].clone());
                Line { sku: String::new(), category, quantity: 1, amount_minor: 1_000, kind: LineKind::Sale, off_minor: 0 }
            };
            let lines: Vec<Line> = (0..1 + random.below(5)).map(|_| line(&mut random)).collect();
            gathering.purchase(member, &lines);
        }
    }
    gathering.finish()
}

fn held(tastes: &Tastes, model: &Model, places: &[Option<Place>]) -> HashMap<i64, String> {
    let code = |place: Place| model.groups[place.group].code.clone();
    tastes.iter().zip(places).filter_map(|(taste, place)| Some((taste.member, code((*place)?)))).collect()
}

fn renewed(
    tastes: &Tastes,
    before: Option<&Model>,
    held: &HashMap<i64, String>,
    wanted: Wanted,
) -> anyhow::Result<(Renewed, Option<Renewed>)> {
    let is_silent = |category: &str| Meaning::of_name(category) == Some(Meaning::Nothing);
    match renew(tastes, before, (held, &[]), wanted, is_silent) {
        Ok(renewal) => Ok((renewal.taken.context("groups that are taken")?, renewal.proposed)),
        Err(lack) => bail!("{lack:?}"),
    }
}

fn measure(options: &Options) -> anyhow::Result<()> {
    let began = Instant::now();
    let tastes = market(options);
    println!("{} members of {WAYS} ways of life, made in {:.1} s", tastes.len(), began.elapsed().as_secs_f64());
    let wanted = options.groups.map_or(Wanted::Month, |groups| Wanted::Anew(Some(groups)));
    let began = Instant::now();
    let (first, _) = renewed(&tastes, None, &HashMap::new(), wanted)?;
    println!("{} groups found, everybody placed: {:.1} s", first.model.groups.len(), began.elapsed().as_secs_f64());
    let began = Instant::now();
    let placing = first.model.over(&tastes);
    let placed = tastes.iter().filter(|taste| placing.place(*taste, None).is_some()).count();
    println!("{placed} members placed alone: {:.1} s", began.elapsed().as_secs_f64());
    let before = held(&tastes, &first.model, &first.places);
    let began = Instant::now();
    let (again, _) = renewed(&tastes, Some(&first.model), &before, Wanted::Month)?;
    let moved = moved_bp(&again.moved) as f64 / 100.0;
    println!("fitted anew, everybody placed: {:.1} s, {moved:.2} % moved", began.elapsed().as_secs_f64());
    Ok(())
}

fn tastes(conn: &mut Conn, until_day: i32) -> anyhow::Result<Tastes> {
    let mut gathering = Gathering::default();
    lifestyle::each_purchase(conn, (until_day - WINDOW_DAYS + 1, until_day), None, |member, lines| {
        gathering.purchase(member, lines);
    })?;
    Ok(gathering.finish())
}

/// Finds groups as soon as there are enough days, and fits them anew every month after that.
fn replay(folder: PathBuf, groups: Option<usize>) -> anyhow::Result<()> {
    let options = StoreOptions { access: Access::Read, readers: 1, ..StoreOptions::default() };
    let store = Store::open(Target::sqlite(folder), options, 0)?;
    let mut conn = store.open_reader()?;
    let (first, last) = lifestyle::days(&mut conn)?.context("there are no purchases")?;
    let mut before: Option<(Model, HashMap<i64, String>)> = None;
    let mut newest = None;
    for until in (first + NEEDED_DAYS - 1..=last).step_by(REFIT_DAYS as usize) {
        let tastes = tastes(&mut conn, until)?;
        let began = Instant::now();
        let (now, proposed) = match &before {
            None => renewed(&tastes, None, &HashMap::new(), Wanted::Anew(groups))?,
            Some((model, held)) => renewed(&tastes, Some(model), held, Wanted::Month)?,
        };
        let seconds = began.elapsed().as_secs_f64();
        let placing = now.model.over(&tastes);
        let nearest = tastes.iter().map(|taste| placing.place(taste, None).map(|place| place.group));
        let elsewhere = tastes.iter().zip(nearest).filter(|(taste, nearest)| {
            let was = before.as_ref().and_then(|(_, held)| now.model.group(held.get(&taste.member)?));
            was.is_some() && nearest.is_some() && was != *nearest
        });
        let share = |part: usize| part as f64 * 100.0 / tastes.len().max(1) as f64;
        println!(
            "{}: {} members, {} groups, fit {:.3}, {:.1} % moved, {:.1} % have a nearer group than before, {seconds:.1} s{}",
            day_text(until),
            tastes.len(),
            now.model.groups.len(),
            now.model.quality,
            moved_bp(&now.moved) as f64 / 100.0,
            share(elsewhere.count()),
            if proposed.is_some() { ", another fit waits" } else { "" },
        );
        before = Some((now.model.clone(), held(&tastes, &now.model, &now.places)));
        newest = Some((tastes, now));
    }
    let Some((tastes, now)) = newest else { bail!("half a year of purchases is needed") };
    let said = std::collections::BTreeMap::new();
    let described = describe(&now.model, &tastes, &now.places, |category| meaning(category, &said, &[]).map(|(word, _)| word));
    let called = names(&callable(&described), Language::En);
    for (group, (_, name)) in described.iter().zip(called) {
        let apart: Vec<String> =
            group.apart.iter().map(|apart| format!("{} × {:.1}", apart.category, apart.lift_percent as f64 / 100.0)).collect();
        println!("{:>8} {name}: {}", group.members, apart.join(", "));
    }
    Ok(())
}
