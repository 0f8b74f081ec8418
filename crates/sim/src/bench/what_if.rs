//! What-if at size: a programme of ten rules replayed over a history in memory, held to posting its beginning one by one.

use std::time::Instant;

use anyhow::{Context, ensure};
use danggol_core::birthday::LunarKind;
use danggol_core::buy::review_at_ms;
use danggol_core::decide::{Actor, ActorKind, Command, Entry, Envelope, Held, Outcome, Published, Rules, Sink, World, decide};
use danggol_core::earning::Award;
use danggol_core::holder::HolderState;
use danggol_core::id::{EntryId, HolderId, MemberId, PurchaseId};
use danggol_core::ledger::Posting;
use danggol_core::member::{MemberFacts, MemberStatus};
use danggol_core::programme::Programme;
use danggol_core::purchase::{KeptPurchase, Line, LineKind, Moment, Order, Pricing, PurchaseKind};
use danggol_core::quote::Quote;
use danggol_core::time::DAY_MS;
use danggol_core::what_if::{Books, Bought, Comparison, Event, Figures, Replay};
use jiff::tz::TimeZone;
use serde_json::json;

use super::Options;
use super::report::{Row, median};
use crate::duplicates::memory;
use crate::history::{CATEGORIES, DAYS, FIRST_DAY, History, STORES, history};

/// Threads of the replay.
const THREADS: usize = 2;
/// The seed of the history.
const SEED: u64 = 1;
/// Purchases that are posted one by one too.
const POSTED: usize = 100_000;
/// The last business day, and until when reviews are due.
const LAST_DAY: i32 = FIRST_DAY + DAYS as i32;
const UNTIL_MS: i64 = LAST_DAY as i64 * DAY_MS;

/// Ten rules of every kind, points that wait and expire, tiers over a year.
fn programme() -> Programme {
    let is = |attribute: &str, value: &str| json!({"attribute": attribute, "op": "is", "value": value});
    let rate = |points: i64, per_minor: i64| json!({"kind": "rate", "points": points, "per_minor": per_minor});
    let fixed = |points: i64| json!({"kind": "fixed", "points": points});
    let times = |percent: i64| json!({"kind": "multiplier", "percent": percent});
    let weekend = json!({"attribute": "purchase.weekday", "op": "in", "value": [6, 7]});
    let big = json!({"attribute": "purchase.amount", "op": "at_least", "value": 20_000});
    let some = json!({"attribute": "line.category", "op": "in", "value": ["11", "12", "13", "14"]});
    let stores = json!({"attribute": "purchase.store", "op": "in", "value": ["001", "002", "003"]});
    let first = json!({"attribute": "member.purchase_count", "op": "is", "value": 0});
    let mut rules = [
        json!({"award": rate(1, 100)}),
        json!({"award": rate(2, 300), "lines": some, "rounding": "half_up"}),
        json!({"award": rate(1, 500), "when": is("purchase.channel", "online")}),
        json!({"award": times(150), "group": "times", "when": weekend}),
        json!({"award": times(120), "group": "times", "when": is("member.tier", "gold")}),
        json!({"award": fixed(50), "when": big, "caps": {"per_day": 50}}),
        json!({"award": rate(5, 1_000), "caps": {"per_month": 500}}),
        json!({"award": fixed(100), "when": first}),
        json!({"award": rate(1, 100), "asset": "growth"}),
        json!({"award": fixed(10), "when": stores, "from": "2024-06-01", "until": "2025-05-31"}),
    ];
    for (place, rule) in rules.iter_mut().enumerate() {
        (rule["id"], rule["name"]) = (json!(format!("r{place}")), json!(format!("Rule {place}")));
    }
    let level = |code: &str, spend_minor: i64| json!({"code": code, "name": code, "spend_minor": spend_minor});
    let programme = json!({
        "name": "Bench",
        "earning": {"rules": rules, "pending_days": 7, "expiry": {"kind": "rolling", "days": 365}},
        "tiers": {
            "levels": [level("silver", 50_000), level("gold", 200_000), level("black", 1_000_000)],
            "window": {"kind": "rolling", "days": 365}, "keep_days": 365, "grace_days": 30,
        },
    });
    serde_json::from_value(programme).expect("the programme reads")
}

fn rules(programme: Programme) -> Rules {
    Rules::new(Published::new(1, programme), TimeZone::UTC, 0, LunarKind::Chinese)
}

fn facts(member: i64) -> MemberFacts {
    MemberFacts {
        member: MemberId(member + 1),
        holder: HolderId(member + 1),
        status: MemberStatus::Active,
        gender: None,
        birthday: None,
        source: None,
        language: None,
        joined_at_ms: i64::from(FIRST_DAY) * DAY_MS,
    }
}

/// A history with the words behind its numbers.
struct Ground {
    history: History,
    stores: Vec<String>,
    categories: Vec<String>,
    /// Where the purchases of each member begin, and at the end where the last one's end.
    starts: Vec<usize>,
}

impl Ground {
    fn new(history: History) -> Self {
        let mut starts = vec![0; history.members as usize + 1];
        history.member.iter().for_each(|member| starts[*member as usize + 1] += 1);
        (0..history.members as usize).for_each(|member| starts[member + 1] += starts[member]);
        Ground {
            stores: (0..STORES).map(|store| format!("{store:03}")).collect(),
            categories: (0..CATEGORIES).map(|category| format!("{category:02}")).collect(),
            history,
            starts,
        }
    }

    fn moment(&self, row: usize) -> Moment {
        let day = FIRST_DAY + i32::from(self.history.day[row]);
        let at_ms = i64::from(day) * DAY_MS + i64::from(self.history.time_ms[row]);
        // The first day of 1970 was a Thursday.
        Moment { at_ms, day, weekday: ((day + 3).rem_euclid(7) + 1) as u8, hour: self.history.hour[row] }
    }

    /// The members of each thread, with about the same number of purchases.
    fn shares(&self) -> Vec<std::ops::Range<usize>> {
        let end = |thread: usize| self.starts.partition_point(|start| *start < self.history.purchases() * thread / THREADS);
        let last = self.starts.len() - 1;
        (0..THREADS).map(|thread| end(thread)..if thread + 1 == THREADS { last } else { end(thread + 1) }).collect()
    }

    /// Tells the purchases of a member one by one; the line is one for all.
    fn tell(&self, member: usize, line: &mut [Line; 1], mut each: impl FnMut(&Event<'_>)) {
        for row in self.starts[member]..self.starts[member + 1] {
            let category = &self.categories[usize::from(self.history.category[row])];
            line[0].sku.clone_from(category);
            line[0].category.get_or_insert_default().clone_from(category);
            line[0].amount_minor = i64::from(self.history.amount[row]);
            each(&Event::Bought(Bought {
                id: PurchaseId(row as i64 + 1),
                moment: self.moment(row),
                channel: if self.history.is_online[row] { "online" } else { "store" },
                store: Some(&self.stores[usize::from(self.history.store[row])]),
                staff: None,
                lines: &*line,
                discount_minor: 0,
                redeemed_points: 0,
                redeemed_minor: 0,
                comes_back: false,
            }));
        }
    }
}

fn line() -> [Line; 1] {
    [Line { sku: String::new(), category: None, quantity: 1, amount_minor: 0, kind: LineKind::Sale, off_minor: 0 }]
}

/// Replays everything with one programme; what all months together came to.
fn replay(ground: &Ground, replay: &Replay) -> Figures {
    let work = |members: std::ops::Range<usize>| {
        let (mut books, mut line) = (Books::new(replay), line());
        for member in members {
            books.open(&facts(member as i64));
            ground.tell(member, &mut line, |event| books.post(event));
            books.review_until(UNTIL_MS, LAST_DAY);
        }
        sum(books.months())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = ground.shares().into_iter().map(|members| scope.spawn(|| work(members))).collect();
        let parts: Vec<Figures> = threads.into_iter().map(|thread| thread.join().expect("a thread")).collect();
        sum(&parts)
    })
}

fn sum(figures: &[Figures]) -> Figures {
    figures.iter().fold(Figures::default(), |mut all, part| {
        all += *part;
        all
    })
}

/// Compares two programmes over everything; how many purchases that were.
fn compare(ground: &Ground, replays: &[Replay; 2]) -> u64 {
    let work = |members: std::ops::Range<usize>| {
        let (mut comparison, mut line) = (Comparison::new(replays), line());
        for member in members {
            comparison.open(&facts(member as i64));
            ground.tell(member, &mut line, |event| comparison.post(event));
            comparison.close(UNTIL_MS);
        }
        comparison
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = ground.shares().into_iter().map(|members| scope.spawn(|| work(members))).collect();
        let mut parts = threads.into_iter().map(|thread| thread.join().expect("a thread"));
        let mut whole = parts.next().expect("a part");
        parts.for_each(|part| whole.join(part));
        let purchases = whole.purchases();
        assert_eq!(whole.finish().months.iter().map(|month| month.figures[1].purchases).sum::<i64>() as u64, purchases);
        purchases
    })
}

/// Forgets what it is told.
struct Nothing;

impl Sink for Nothing {
    fn purchase(&mut self, _: usize, _: HolderId, _: Award) {}
    fn quote(&mut self, _: usize, _: Quote) {}
    fn entry(&mut self, _: usize, _: Entry) {}
    fn posting(&mut self, _: usize, _: Posting) {}
    fn returned(&mut self, _: usize, _: &KeptPurchase) {}
    fn touched(&mut self, _: usize, _: HolderId, _: EntryId) {}
    fn outcome(&mut self, _: usize, _: Outcome) {}
}

/// Posts the first purchases one by one through the decision; the states of their members.
fn post(ground: &Ground, rules: &Rules, members: usize) -> Vec<HolderState> {
    let actor = Actor { kind: ActorKind::System, id: 0 };
    let mut line = line();
    let mut states = Vec::with_capacity(members);
    for member in 0..members {
        let facts = facts(member as i64);
        let holder = facts.holder;
        let mut world = World::default();
        world.members.insert(facts.member, facts);
        world.holders.insert(holder, Held::default());
        let mut carry_out = |world: &mut World, id: i64, command: Command, now_ms: i64| {
            let envelope = Envelope { id: EntryId(id), actor, key: None, command };
            decide(rules, world, [&envelope], now_ms, &mut Nothing);
        };
        let review = |world: &mut World, until_ms: i64, carry_out: &mut dyn FnMut(&mut World, i64, Command, i64)| {
            while let Some(at_ms) = review_at_ms(rules, &world.holders[&holder].state).filter(|at_ms| *at_ms <= until_ms) {
                carry_out(world, 0, Command::Review(holder), at_ms);
            }
        };
        ground.tell(member, &mut line, |event| {
            let Event::Bought(bought) = event else { return };
            review(&mut world, bought.moment.at_ms, &mut carry_out);
            let order = order(bought, MemberId(holder.0));
            carry_out(&mut world, bought.id.0, Command::Purchase(order), bought.moment.at_ms);
        });
        review(&mut world, UNTIL_MS, &mut carry_out);
        states.extend(world.holders.remove(&holder).map(|held| held.state));
    }
    states
}

fn order(bought: &Bought<'_>, member: MemberId) -> Order {
    Order {
        id: bought.id,
        member,
        external_no: None,
        channel: bought.channel.to_owned(),
        store: bought.store.map(str::to_owned),
        staff: None,
        moment: bought.moment,
        lines: bought.lines.to_vec(),
        pricing: Pricing::Paid,
        coupons: Vec::new(),
        discount_minor: 0,
        coupon_minor: 0,
        tenders: Vec::new(),
        redeem_points: 0,
        kind: PurchaseKind::Earn,
        input_hash: 0,
    }
}

/// Memory of this process, in MB.
fn resident() -> anyhow::Result<f64> {
    memory("VmRSS").context("the memory of this process")
}

/// Measures what-if.
pub fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let ground = Ground::new(history(options.members, SEED));
    let purchases = ground.history.purchases();
    eprintln!("{} members, {purchases} purchases, {THREADS} threads, {} rules", options.members, programme().earning.rules.len());
    let rules = rules(programme());
    let days = (FIRST_DAY, LAST_DAY);
    let planned = Replay::new(rules.clone(), days);
    let members = ground.starts.partition_point(|start| *start < POSTED.min(purchases));
    let posted = ground.starts[members];
    let before = resident()?;
    let mut took: [Vec<f64>; 3] = Default::default();
    let mut grown: f64 = 0.0;
    let mut in_force = programme();
    in_force.earning.rules.truncate(3);
    let both = [Replay::new(self::rules(in_force), days), Replay::new(rules.clone(), days)];
    for round in 0..=options.rounds {
        let started = Instant::now();
        let figures = replay(&ground, &planned);
        let seconds = started.elapsed().as_secs_f64();
        ensure!(figures.purchases == purchases as i64, "{} purchases were replayed", figures.purchases);
        grown = grown.max(resident()? - before);
        let started = Instant::now();
        ensure!(compare(&ground, &both) == purchases as u64, "purchases were left out");
        let compared = started.elapsed().as_secs_f64();
        grown = grown.max(resident()? - before);
        let started = Instant::now();
        let states = post(&ground, &rules, members);
        let one_by_one = started.elapsed().as_secs_f64();
        if round == 0 {
            // The first time warms up, and compares.
            hold_to(&ground, &planned, &states)?;
            continue;
        }
        took.iter_mut().zip([seconds, compared, one_by_one]).for_each(|(took, seconds)| took.push(seconds));
    }
    let [alone, compared, one_by_one] = took.map(median);
    let rate = |count: usize, seconds: f64| count as f64 / seconds;
    Ok(vec![
        Row::at_least("What-if: ten rules", rate(purchases, alone), "purchases/s", 3e6).beside(rate(posted, one_by_one)),
        Row::stated("What-if: ten rules against three, with lists", rate(purchases, compared), "purchases/s"),
        Row::stated("What-if: memory beside the history", grown, "MB"),
    ])
}

/// Every state that posting one by one led to is that of the replay.
fn hold_to(ground: &Ground, planned: &Replay, states: &[HolderState]) -> anyhow::Result<()> {
    let (mut books, mut line) = (Books::new(planned), line());
    for (member, posted) in states.iter().enumerate() {
        books.open(&facts(member as i64));
        ground.tell(member, &mut line, |event| books.post(event));
        books.review_until(UNTIL_MS, LAST_DAY);
        ensure!(books.state() == posted, "member {member} stands otherwise after a replay than after posting");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_gives_what_posting_gives() {
        let ground = Ground::new(history(300, 2));
        let rules = rules(programme());
        let states = post(&ground, &rules, 300);
        assert!(states.iter().map(|state| state.points.balance()).sum::<i64>() > 100_000);
        assert!(states.iter().any(|state| state.tier.is_some()));
        hold_to(&ground, &Replay::new(rules, (FIRST_DAY, LAST_DAY)), &states).expect("the same");
    }
}
