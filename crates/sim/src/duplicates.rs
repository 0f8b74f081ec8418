//! Members who may be one person, at size: how long everybody takes to look at, with how much memory, and how many second files are found
//! among strangers who are as alike as people are.

use std::collections::HashSet;
use std::fs;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, ensure};
use danggol_core::birthday::{Birthday, Calendar};
use danggol_core::id::{IdentityId, MemberId};
use danggol_core::identity::{Identity, IdentityKind};
use danggol_core::sound::readings;
use danggol_server::app::App;
use danggol_server::duplicate::{follow_due, forget, look_due};
use danggol_server::random;
use danggol_store::duplicate::{self, Pair, Status};
use danggol_store::identity::NewIdentity;
use danggol_store::member::{self, Enrolment, MemberFields, NewMember};

use crate::folder::TemporaryFolder;
use crate::random::Random;
use crate::stage::{Place, set_up};

/// Common surnames, and common characters of given names, the commoner first.
const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文";
const GIVEN: &str = "英华玉秀明珍文芳兰国春红梅伟丽平军海燕建云霞桂志琴龙小东晓永玲金莲敏杰凤强勇艳娟涛娜静鹏超磊刚斌洋飞波辉鑫宇浩俊博子涵轩梓雨欣怡诗琪思雅萱佳嘉宁晨阳瑞航睿哲翔琳洁颖倩蕾薇莉雪慧蓉瑶婷璐彤悦";
/// Beginnings of phone numbers, those of some provinces.
const BEGINNINGS: u64 = 3_000;
/// Of so many files one is a second one.
const SECOND_IN: u64 = 50;
/// Members enrolled in one transaction.
const MEMBERS_AT_ONCE: u64 = 5_000;
const MEGABYTE: f64 = 1e6;

/// What is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Members.
    #[arg(long, default_value_t = 100_000)]
    pub members: u64,
    /// The seed of the members.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// What is known of somebody who is made up.
#[derive(Debug, Clone)]
struct Somebody {
    name: String,
    birthday: Option<Birthday>,
    phone: u64,
    mailbox: Option<String>,
}

/// The commoner come first.
fn pick(random: &mut Random, of: &[char]) -> char {
    let bound = 1 + random.below(of.len() as u64);
    of[random.below(bound) as usize]
}

fn stranger(random: &mut Random, (surnames, given): (&[char], &[char]), number: u64) -> anyhow::Result<Somebody> {
    let mut name = String::from(pick(random, surnames));
    (0..1 + random.below(5).min(1)).for_each(|_| name.push(pick(random, given)));
    let birthday = match random.below(100) {
        0..30 => None,
        30..33 => Some((1990, 1, 1)),
        _ => Some((1945 + random.below(60) as i16, 1 + random.below(12) as u8, 1 + random.below(28) as u8)),
    };
    let birthday =
        birthday.map(|(year, month, day)| Birthday::new(Calendar::Solar, Some(year), month, day, false)).transpose()?;
    let phone = 13_000_000_000 + random.below(BEGINNINGS) * 10_000 * 3 + number % 10_000;
    let mailbox = (random.below(5) == 0).then(|| format!("user{number}x"));
    Ok(Somebody { name, birthday, phone, mailbox })
}

/// The same person as another clerk writes her.
fn again(random: &mut Random, first: &Somebody) -> anyhow::Result<Somebody> {
    let mut second = first.clone();
    match random.below(3) {
        0 => second.name = readings(&first.name).remove(0).sound,
        1 => {
            second.birthday =
                first.birthday.map(|day| Birthday::new(Calendar::Solar, None, day.month(), day.day(), false)).transpose()?
        }
        _ => {}
    }
    // One digit is mistyped, or the number is another one.
    second.phone = match random.below(2) {
        0 => first.phone - first.phone % 10 + (first.phone + 1 + random.below(9)) % 10,
        _ => 13_100_000_000 + random.below(600_000_000),
    };
    Ok(second)
}

fn file(id: u64, number: u64, who: &Somebody, phones: &mut HashSet<u64>, now_ms: i64) -> anyhow::Result<NewMember> {
    let mut identities = vec![(IdentityKind::External, format!("D{number:08}"))];
    if phones.insert(who.phone) {
        identities.push((IdentityKind::Phone, format!("+86{}", who.phone)));
    }
    identities.extend(who.mailbox.iter().map(|name| (IdentityKind::Email, format!("{name}@m{number}.example"))));
    let identities = identities.into_iter().enumerate().map(|(place, (kind, value))| {
        let identity = Identity::new(kind, None, &value, "CN")?;
        Ok(NewIdentity { id: IdentityId((id * 4) as i64 + place as i64), identity, verified_at_ms: None })
    });
    Ok(NewMember {
        id: MemberId(id as i64),
        source_kind: "counter".to_owned(),
        source_code: None,
        joined_at_ms: now_ms,
        fields: MemberFields { name: Some(who.name.clone()), birthday: who.birthday, ..MemberFields::default() },
        identities: identities.collect::<anyhow::Result<_>>()?,
    })
}

/// Enrols strangers and second files, and says which pairs are one person's.
fn enrol(app: &App, options: &Options) -> anyhow::Result<HashSet<Pair>> {
    let (surnames, given): (Vec<char>, Vec<char>) = (SURNAMES.chars().collect(), GIVEN.chars().collect());
    let (mut random, now_ms) = (Random::new(options.seed), app.now_ms());
    let (mut same, mut phones, mut last) = (HashSet::new(), HashSet::new(), None::<(u64, Somebody)>);
    let numbers: Vec<u64> = (0..options.members).collect();
    for chunk in numbers.chunks(MEMBERS_AT_ONCE as usize) {
        let mut sealed = Vec::with_capacity(chunk.len());
        for &number in chunk {
            let id = 1_000 + number;
            let who = match &last {
                Some((first, known)) if number % SECOND_IN == 0 => {
                    same.extend(Pair::new(MemberId(*first as i64), MemberId(id as i64)));
                    again(&mut random, known)?
                }
                _ => stranger(&mut random, (&surnames, &given), number)?,
            };
            let new = file(id, number, &who, &mut phones, now_ms)?;
            last = Some((id, who));
            sealed.push(member::seal(&app.keyring, new, &mut random::fill)?);
        }
        let outcomes = app.store.write_blocking(move |conn| member::insert(conn, &sealed, now_ms))?;
        ensure!(outcomes.iter().all(|outcome| *outcome == Enrolment::Enrolled), "a member was not enrolled");
    }
    Ok(same)
}

/// A figure of this process by its name in proc_pid_status(5), in megabytes.
pub(crate) fn memory(name: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix(" kB")?.parse::<f64>().ok().map(|kilobytes| kilobytes * 1024.0 / MEGABYTE)
}

/// Measures and prints.
pub fn run(options: &Options) -> anyhow::Result<()> {
    if cfg!(debug_assertions) {
        eprintln!("This is a debug build: its times mean nothing.");
    }
    let folder = TemporaryFolder::new("duplicates")?;
    let app = Place::folder(&folder.path().join("data"), &folder.path().join("key")).open()?;
    set_up(&app)?;
    let began = Instant::now();
    let same = enrol(&app, options)?;
    println!("{} members, {} of them twice, enrolled in {:.1} s", options.members, same.len(), began.elapsed().as_secs_f64());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    for time in ["first", "again"] {
        let (began, before) = (Instant::now(), memory("VmRSS").context("the memory of this process")?);
        let looked = runtime.block_on(async {
            if time == "again" {
                app.store.write(forget).await?;
            }
            look_due(&app).await.map_err(|error| anyhow::anyhow!("{}", error.code()))
        })?;
        let (seconds, after) = (began.elapsed().as_secs_f64(), memory("VmRSS").unwrap_or(0.0));
        println!(
            "everybody, {time}: {seconds:.1} s, {} pairs changed, memory {before:.0} -> {after:.0} MB, {:.0} MB at the most",
            looked.unwrap_or(0),
            memory("VmHWM").unwrap_or(0.0)
        );
    }
    told(&app, &same)?;
    follow(&app, &runtime, options)?;
    Ok(app.close()?)
}

/// Says how many of the second files are found, and how many of the pairs are two persons.
fn told(app: &App, same: &HashSet<Pair>) -> anyhow::Result<()> {
    let found = app.store.read_blocking(|conn| duplicate::listed(conn, Status::Open, 0, None, i64::MAX))?;
    let right = found.iter().filter(|record| same.contains(&record.pair)).count();
    let share = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
    println!(
        "{} pairs suggested: {:.1} % of the second files are found, {:.1} % of the pairs are one person",
        found.len(),
        share(right, same.len()),
        share(right, found.len())
    );
    Ok(())
}

/// One more member after another, each looked at as she comes.
fn follow(app: &Arc<App>, runtime: &tokio::runtime::Runtime, options: &Options) -> anyhow::Result<()> {
    let (surnames, given): (Vec<char>, Vec<char>) = (SURNAMES.chars().collect(), GIVEN.chars().collect());
    let (mut random, mut phones, now_ms) = (Random::new(options.seed + 1), HashSet::new(), app.now_ms());
    let followed = || runtime.block_on(follow_due(app)).map_err(|error| anyhow::anyhow!("{}", error.code()));
    followed()?;
    let mut milliseconds = Vec::new();
    for number in options.members..options.members + 50 {
        let who = stranger(&mut random, (&surnames, &given), number)?;
        let new = file(1_000 + number, number, &Somebody { phone: who.phone + 800_000_000, ..who }, &mut phones, now_ms)?;
        let sealed = member::seal(&app.keyring, new, &mut random::fill)?;
        app.store.write_blocking(move |conn| member::insert(conn, std::slice::from_ref(&sealed), now_ms))?;
        let began = Instant::now();
        followed()?;
        milliseconds.push(began.elapsed().as_secs_f64() * 1e3);
    }
    milliseconds.sort_by(f64::total_cmp);
    println!("one more member: {:.1} ms in the middle, {:.1} ms at the most", milliseconds[25], milliseconds[49]);
    Ok(())
}
