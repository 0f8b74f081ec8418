//! Rivals: two processes' worth of pipelines on one database, and many spenders of one balance.

use std::collections::BTreeSet;
use std::sync::Barrier;

use anyhow::{Context, ensure};
use danggol_core::coupon::{CodeMark, CouponAct, CouponOrder, CouponRefusal, Named, ReadyTemplate, Shown};
use danggol_core::decide::{Actor, ActorKind, Adjustment, Command, Envelope, Outcome};
use danggol_core::gift::{GiftAct, GiftOrder, GiftRefusal};
use danggol_core::id::{CouponId, EntryId, HolderId, MemberId, PurchaseId, ReservationId, TemplateId};
use danggol_core::ledger::Asset;
use danggol_core::programme::Programme;
use danggol_core::purchase::{Line, LineKind, Order, Pricing, PurchaseKind};
use danggol_core::refusal::Refusal;
use danggol_server::pipeline::{Answer, PipelineError};
use danggol_store::{StoreError, Target, coupon, gift, holder};
use serde_json::json;

use crate::commands::Commands;
use crate::random::Random;
use crate::soak::brand;
use crate::soak::ground::{BEGIN_MS, FIRST_MEMBER, Ground, is_closed, members};
use crate::soak::promise::{Promise, verify};
use crate::soak::shelf;

/// Members over whom two pipelines quarrel.
const MEMBERS: i64 = 8;

/// What two pipelines went through.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told {
    /// Commands that were carried out.
    pub done: u64,
    /// Commands that one pipeline found carried out by itself or by the other.
    pub replayed: u64,
    /// Commands given up because the other was in the way for too long.
    pub busy: u64,
}

/// Two pipelines with a store each post the same random commands to one PostgreSQL database at once; the second has two threads that write.
pub fn two_pipelines(target: Target, seed: u64, rounds: u64) -> anyhow::Result<Told> {
    let mut random = Random::new(seed);
    let programme = brand::draw(&mut random);
    let first = Ground::found(target.clone(), MEMBERS, &programme)?;
    let second = Ground::open_wide(target, MEMBERS, &programme, ("second", 2), BEGIN_MS)?;
    let (seeds, barrier) = ([random.next_u64(), random.next_u64()], Barrier::new(2));
    let drawn = random.next_u64();
    // The first one publishes new versions; the second one never hears of them but through purchases that come back to it.
    let post = |ground, seed, publishes| post_rounds(ground, [drawn, seed], publishes, rounds, &barrier);
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| post(&second, seeds[1], false));
        (post(&first, seeds[0], true), other.join())
    });
    let other = other.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let mut told = Told::default();
    let mut promises = Vec::new();
    for answer in one?.into_iter().chain(other?) {
        match answer {
            Ok(answer) => {
                told.done += u64::from(matches!(answer.settled.outcome, Outcome::Done(_)));
                told.replayed += u64::from(matches!(answer.settled.outcome, Outcome::Replayed(_)));
                promises.extend(Promise::of(&answer));
            }
            Err(error) => {
                ensure!(is_busy(&error), "{error:?}");
                told.busy += 1;
            }
        }
    }
    let names = |name: fn(&Promise) -> &Option<String>| -> Vec<&String> {
        promises.iter().filter_map(|promise| name(promise).as_ref()).collect()
    };
    for names in [names(|promise| &promise.number), names(|promise| &promise.key)] {
        let unique: BTreeSet<&String> = names.iter().copied().collect();
        ensure!(unique.len() == names.len(), "a number or key was carried out twice");
    }
    let unanswered = verify(&first, &promises)?;
    ensure!(unanswered == 0, "{unanswered} entries are there that nobody was told of");
    Ok(told)
}

/// Batches of random commands, each round begun together with the other pipeline. Both draw the same commands in batches of their own,
/// so that numbers, keys and holders meet. No barrier is left out after an error, or the other would wait for ever.
fn post_rounds(
    ground: &Ground,
    [drawn, seed]: [u64; 2],
    publishes: bool,
    rounds: u64,
    barrier: &Barrier,
) -> anyhow::Result<Vec<Result<Answer, PipelineError>>> {
    let mut random = Random::new(seed);
    let mut commands = Commands::new(drawn, members(MEMBERS), "r");
    let mut answers = Vec::new();
    let mut failed = None;
    for round in 0..rounds {
        barrier.wait();
        match post_round(ground, &mut commands, &mut random, publishes && round % 20 == 19) {
            Ok(batch) => answers.extend(batch),
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(answers), Err)
}

fn post_round(
    ground: &Ground,
    commands: &mut Commands,
    random: &mut Random,
    publishes: bool,
) -> anyhow::Result<Vec<Result<Answer, PipelineError>>> {
    if publishes {
        ground.publish(&brand::change(random, &ground.rules().current.programme))?;
    }
    ground.set_clock(ground.now_ms() + random.below(5_000) as i64);
    let rules = ground.rules();
    let batch = (0..1 + random.below(12)).map(|_| commands.draw(&rules, ground.now_ms())).collect();
    let answers = ground.carry_out(batch)?;
    answers.iter().flatten().for_each(|answer| commands.answered(answer));
    Ok(answers)
}

fn is_busy(error: &PipelineError) -> bool {
    matches!(error, PipelineError::Store(error) if matches!(**error, StoreError::Busy) || error.is_transient())
}

/// A programme in which purchases give nothing and a point pays one minor unit.
fn plain_programme() -> Programme {
    let text = json!({
        "name": "plain",
        "earning": {"rules": []},
        "redemption": {"points": 1, "minor": 1},
    });
    serde_json::from_value(text).expect("the form of a programme")
}

fn redeeming(ground: &Ground, number: u64) -> Envelope {
    let line = Line { sku: "p1".to_owned(), category: None, quantity: 1, amount_minor: 100, kind: LineKind::Sale, off_minor: 0 };
    let order = Order {
        id: PurchaseId(0),
        member: MemberId(FIRST_MEMBER),
        external_no: Some(format!("s{number}")),
        channel: "store".to_owned(),
        store: None,
        staff: None,
        moment: ground.rules().moment(ground.now_ms()),
        lines: vec![line],
        pricing: Pricing::Paid,
        coupons: Vec::new(),
        discount_minor: 0,
        coupon_minor: 0,
        tenders: Vec::new(),
        redeem_points: 1,
        kind: PurchaseKind::Earn,
        input_hash: number as i64,
    };
    Envelope { id: EntryId(0), actor: Actor { kind: ActorKind::Key, id: 3 }, key: None, command: Command::Purchase(order) }
}

/// The template over which members quarrel.
const RUSH: TemplateId = TemplateId(1);

fn rush_template(most: u64) -> ReadyTemplate {
    let text = json!({
        "offer": {"id": "rush", "name": "rush", "effect": {"kind": "amount", "amount_minor": 50}},
        "validity": {"kind": "days", "days": 10},
        "caps": {"issued": most, "per_member": 1},
        "shared_code": "RUSH",
    });
    ReadyTemplate::new(RUSH, serde_json::from_value(text).expect("the form of a template"))
}

/// `rivals` threads, spread over the pipelines, each with a member of her own, want one of `coupons` coupons by their shared code: odd ones
/// claim it, even ones name it at a purchase. Exactly as many succeed as there are. The first target is founded; all must lead to the same
/// database.
pub fn claim_in_parallel(targets: Vec<Target>, coupons: u64, rivals: u64) -> anyhow::Result<()> {
    let programme = plain_programme();
    let mut grounds = Vec::new();
    for (at, target) in targets.into_iter().enumerate() {
        grounds.push(Ground::open_wide(target, rivals as i64 * 2, &programme, (&format!("till-{at}"), 2), BEGIN_MS)?);
    }
    let first = grounds.first().context("a database to claim on")?;
    let (ready, actor) = (rush_template(coupons), Actor { kind: ActorKind::System, id: 0 });
    let made = first.store.write_blocking(move |conn| coupon::insert_template(conn, &ready, actor, BEGIN_MS))?;
    ensure!(made == coupon::Made::Kept, "{made:?}");
    let open: Vec<MemberId> = members(rivals as i64 * 2).into_iter().filter(|member| !is_closed(*member)).collect();
    let barrier = Barrier::new(rivals as usize);
    let wish = |ground: &Ground, number: u64| {
        let shown = Shown { named: Named::Code("RUSH".to_owned()), fresh: CouponId(1_000 + number as i64) };
        let envelope = redeeming(ground, number);
        let member = open[number as usize];
        let command = match envelope.command {
            Command::Purchase(order) if number.is_multiple_of(2) => {
                Command::Purchase(Order { member, pricing: Pricing::List, coupons: vec![shown], redeem_points: 0, ..order })
            }
            _ => Command::Coupon(CouponOrder { member, act: CouponAct::Claim(shown), reason: None }),
        };
        Envelope { command, ..envelope }
    };
    let claim = |number: u64| -> anyhow::Result<bool> {
        let ground = &grounds[(number % grounds.len() as u64) as usize];
        barrier.wait();
        loop {
            match ground.pipeline.enqueue(wish(ground, number))?.blocking_recv()? {
                Ok(answer) => match answer.settled.outcome {
                    Outcome::Done(_) => return Ok(true),
                    Outcome::Refused(Refusal::Coupon { why: CouponRefusal::AllGiven, .. }) => return Ok(false),
                    outcome => anyhow::bail!("{outcome:?}"),
                },
                Err(error) => ensure!(is_busy(&error), "{error:?}"),
            }
        }
    };
    let claim = &claim;
    let count = std::thread::scope(|scope| -> anyhow::Result<u64> {
        let threads: Vec<_> = (0..rivals).map(|number| scope.spawn(move || claim(number))).collect();
        let joined = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        Ok(joined.collect::<anyhow::Result<Vec<_>>>()?.into_iter().filter(|succeeded| *succeeded).count() as u64)
    })?;
    ensure!(count == coupons.min(rivals), "{count} of {rivals} have one of {coupons} coupons");
    let kept = first.snapshot(|conn| coupon::find_templates(conn, &[RUSH]))?;
    ensure!(kept.first().is_some_and(|record| record.counts.issued == count as i64), "{kept:?}");
    first.audit()?;
    Ok(())
}

/// `rivals` threads, spread over the pipelines, each with a member of her own, want one of the pieces that a store has of a gift. Exactly as
/// many succeed as there are, and what is cancelled may be had again. The first target is founded; all must lead to the same database.
pub fn reserve_in_parallel(targets: Vec<Target>, rivals: u64) -> anyhow::Result<()> {
    let programme = plain_programme();
    let mut grounds = Vec::new();
    for (at, target) in targets.into_iter().enumerate() {
        grounds.push(Ground::open_wide(target, rivals as i64 * 2, &programme, (&format!("till-{at}"), 2), BEGIN_MS)?);
    }
    let first = grounds.first().context("a database to put gifts aside in")?;
    let open: Vec<MemberId> = members(rivals as i64 * 2).into_iter().filter(|member| !is_closed(*member)).collect();
    let envelope = |command: Command| Envelope { command, ..redeeming(first, 0) };
    let gifts = open.iter().map(|member| {
        envelope(Command::Adjust(Adjustment { member: *member, asset: Asset::Points, amount: 10, reason: "a gift".to_owned() }))
    });
    for answer in first.carry_out(gifts.collect())? {
        ensure!(matches!(answer?.settled.outcome, Outcome::Done(_)), "the points were refused");
    }
    let (store, pieces) = shelf::STORES[0];
    let order =
        |number: u64, act| envelope(Command::Gift(GiftOrder { member: open[number as usize], act, staff: None, reason: None }));
    let reserve = |number: u64| {
        let mark = CodeMark { hash: format!("r{number}"), tail: "WXYZ".to_owned() };
        let (gift, fresh) = (shelf::GIFTS[0], ReservationId(1_000 + number as i64));
        order(
            number,
            GiftAct::Reserve { gift, revision: 1, allowance: None, store: store.to_owned(), delivery: false, fresh, mark },
        )
    };
    let barrier = Barrier::new(rivals as usize);
    let wish = |number: u64| -> anyhow::Result<bool> {
        let ground = &grounds[(number % grounds.len() as u64) as usize];
        barrier.wait();
        loop {
            match ground.pipeline.enqueue(reserve(number))?.blocking_recv()? {
                Ok(answer) => match answer.settled.outcome {
                    Outcome::Done(_) => return Ok(true),
                    Outcome::Refused(Refusal::Gift(GiftRefusal::NoStock)) => return Ok(false),
                    outcome => anyhow::bail!("{outcome:?}"),
                },
                Err(error) => ensure!(is_busy(&error), "{error:?}"),
            }
        }
    };
    let wish = &wish;
    let succeeded: Vec<bool> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..rivals).map(|number| scope.spawn(move || wish(number))).collect();
        let joined = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.collect::<anyhow::Result<_>>()
    })?;
    let count = succeeded.iter().filter(|succeeded| **succeeded).count() as i64;
    ensure!(count == pieces.min(rivals as i64), "{count} of {rivals} have one of {pieces} pieces");
    let stocks = first.snapshot(|conn| gift::stocks(conn, [shelf::GIFTS[0]]))?;
    let kept = stocks.iter().find(|stock| stock.store == store).context("a stock")?;
    ensure!((kept.reserved, kept.left()) == (count, pieces - count), "{kept:?}");
    first.audit()?;
    let [lucky, other] = [true, false].map(|had| (0..rivals).find(|number| succeeded[*number as usize] == had));
    if let (Some(lucky), Some(other)) = (lucky, other) {
        let reservation = ReservationId(1_000 + lucky as i64);
        let cancel = order(lucky, GiftAct::Cancel { reservation, may_be_handed: false });
        for answer in first.carry_out_singly(vec![cancel, reserve(other)])? {
            ensure!(matches!(answer?.settled.outcome, Outcome::Done(_)), "what was cancelled is there again");
        }
        first.audit()?;
    }
    Ok(())
}

/// `spenders` threads, spread over the pipelines, each pay with one point of a balance of `points`. Exactly as many succeed as there are
/// points. The first target is founded; all must lead to the same database.
pub fn spend_in_parallel(targets: Vec<Target>, points: u64, spenders: u64) -> anyhow::Result<()> {
    let programme = plain_programme();
    let mut grounds = Vec::new();
    for (at, target) in targets.into_iter().enumerate() {
        grounds.push(Ground::open(target, 1, &programme, &format!("till-{at}"), BEGIN_MS)?);
    }
    let first = grounds.first().context("a database to spend on")?;
    let adjustment =
        Adjustment { member: MemberId(FIRST_MEMBER), asset: Asset::Points, amount: points as i64, reason: "a gift".to_owned() };
    let gift = Envelope { command: Command::Adjust(adjustment), ..redeeming(first, 0) };
    for answer in first.carry_out(vec![gift])? {
        ensure!(matches!(answer?.settled.outcome, Outcome::Done(_)), "the gift was refused");
    }
    let barrier = Barrier::new(spenders as usize);
    let spend = |number: u64| -> anyhow::Result<bool> {
        let ground = &grounds[(number % grounds.len() as u64) as usize];
        barrier.wait();
        loop {
            match ground.pipeline.enqueue(redeeming(ground, number))?.blocking_recv()? {
                Ok(answer) => match answer.settled.outcome {
                    Outcome::Done(_) => return Ok(true),
                    Outcome::Refused(Refusal::InsufficientPoints { available: 0, needed: 1 }) => return Ok(false),
                    outcome => anyhow::bail!("{outcome:?}"),
                },
                // Whoever meets others for too long asks again, as a till does.
                Err(error) => ensure!(is_busy(&error), "{error:?}"),
            }
        }
    };
    let succeeded: Vec<bool> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..spenders).map(|number| scope.spawn(move || spend(number))).collect();
        let joined = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.collect::<anyhow::Result<_>>()
    })?;
    let count = succeeded.iter().filter(|succeeded| **succeeded).count() as u64;
    ensure!(count == points.min(spenders), "{count} of {spenders} spent a point of {points}");
    first.audit()?;
    let states = first.snapshot(|conn| holder::find(conn, &[HolderId(FIRST_MEMBER)]))?;
    let balance = states.values().map(|state| state.points.balance()).sum::<i64>();
    ensure!(balance == (points - count) as i64, "a balance of {balance} is left");
    Ok(())
}
