//! Purchases with ten promotions, coupons and tiers at work, against the same brand without promotions, in turn on one database.

use anyhow::ensure;
use danggol_core::coupon::{CodeMark, Coupon, CouponState, Named, ReadyTemplate, Shown};
use danggol_core::decide::{Actor, ActorKind, Command};
use danggol_core::id::{CouponId, TemplateId};
use danggol_core::programme::Programme;
use danggol_core::purchase::Pricing;
use danggol_server::app::App;
use danggol_store::batch::Settled;
use danggol_store::coupon::{self, Made, NewCode};
use serde_json::{Value, json};

use super::ground::Ground;
use super::report::{Row, median};
use crate::stage::{Posted, Till};
use crate::workload::{PRODUCTS, ten_rules};

/// Commands in flight through the pipeline.
const IN_FLIGHT: usize = 512;
/// Of so many purchases one shows a coupon.
const COUPON_IN: u64 = 5;
/// Codes kept in one transaction.
const CODES_AT_ONCE: usize = 10_000;
/// Of so many products one has a member's price.
const PRICED_IN: u64 = 40;
/// The template of the coupons.
const TEMPLATE: TemplateId = TemplateId(1);
const ACTOR: Actor = Actor { kind: ActorKind::System, id: 0 };

/// The ten rules with ten promotions: prices for members, discounts of tiers, at the second purchase and online, a bundle, the second piece
/// for less, spend and save, a category's week, a clearance that stands alone, and a gift.
fn ten_promotions() -> Programme {
    let test = |attribute: &str, op: &str, value: Value| json!({"attribute": attribute, "op": op, "value": value});
    let of = |from: u64, count: u64| {
        let categories: Vec<String> = (from..from + count).map(|number| format!("c{number:02}")).collect();
        test("line.category", "in", json!(categories))
    };
    let percent = |percent_bp: i64| json!({"kind": "percent", "percent_bp": percent_bp});
    let tier = |codes: &[&str]| test("member.tier", "in", json!(codes));
    let prices: Vec<Value> = (0..PRODUCTS)
        .step_by(PRICED_IN as usize)
        .map(|product| json!({"sku": format!("p{product:05}"), "price_minor": 1_500}))
        .collect();
    let steps = json!({"kind": "steps", "steps": [
        {"from_minor": 15_000, "off_minor": 800}, {"from_minor": 20_000, "off_minor": 1_500}, {"from_minor": 25_000, "off_minor": 2_500}]});
    let bundle = json!({"kind": "bundle", "price_minor": 8_000, "parts": [{"lines": of(0, 8)}, {"lines": of(8, 8)}]});
    let mut offers = [
        json!({"effect": {"kind": "member_price", "prices": prices}, "priority": -2}),
        json!({"effect": percent(300), "when": tier(&["silver"]), "group": "tier"}),
        json!({"effect": percent(500), "when": tier(&["gold", "black"]), "group": "tier"}),
        json!({"effect": percent(400), "when": test("member.purchase_count", "at_least", json!(2)), "group": "basket"}),
        json!({"effect": steps, "group": "basket", "priority": 1}),
        json!({"effect": percent(200), "when": test("purchase.channel", "is", json!("online"))}),
        json!({"effect": bundle, "priority": -1}),
        json!({"effect": {"kind": "nth_item", "nth": 2, "percent_bp": 5_000}, "lines": of(16, 5), "priority": -1}),
        json!({"effect": percent(2_500), "lines": of(25, 2), "alone": true}),
        json!({"effect": {"kind": "gift", "sku": "bag", "worth_minor": 200}, "when": test("purchase.amount", "at_least", json!(22_000))}),
    ];
    for (place, offer) in offers.iter_mut().enumerate() {
        (offer["id"], offer["name"]) = (json!(format!("o{place}")), json!(format!("Offer {place}")));
    }
    let offers = serde_json::from_value(json!(offers)).expect("the offers read");
    Programme { offers, ..ten_rules() }
}

/// Three yuan off from a hundred on.
fn template() -> ReadyTemplate {
    let template = json!({
        "offer": {"id": "three", "name": "Three off", "effect": {"kind": "amount", "amount_minor": 300}, "priority": 2,
                  "when": {"attribute": "purchase.amount", "op": "at_least", "value": 10_000}},
        "validity": {"kind": "days", "days": 30},
    });
    ReadyTemplate::new(TEMPLATE, serde_json::from_value(template).expect("the template reads"))
}

/// Keeps coupons with codes that are nobody's yet; the look-ups of these codes.
fn make_coupons(app: &App, count: usize) -> anyhow::Result<Vec<String>> {
    let (ready, now_ms) = (template(), app.now_ms());
    let today = app.rules().moment(now_ms).day;
    let (from_day, until_day) = ready.valid_days(today);
    let made = app.store.write_blocking(move |conn| coupon::insert_template(conn, &ready, ACTOR, now_ms))?;
    ensure!(made == Made::Kept, "the template was not kept");
    let new_code = |_| {
        let id = CouponId(app.next_id());
        let code = app.keyring.coupon_code(id);
        let coupon = Coupon {
            id,
            template: TEMPLATE,
            member: None,
            holder: None,
            state: CouponState::Issued,
            from_day,
            until_day,
            purchase: None,
            off_minor: 0,
            issued_at_ms: now_ms,
        };
        let tail = code.chars().skip(code.chars().count().saturating_sub(4)).collect();
        NewCode { coupon, mark: CodeMark { hash: app.keyring.coupon_lookup(&code), tail } }
    };
    let codes: Vec<NewCode> = (0..count).map(new_code).collect();
    let hashes = codes.iter().map(|code| code.mark.hash.clone()).collect();
    let mut codes = codes.into_iter();
    loop {
        let chunk: Vec<NewCode> = codes.by_ref().take(CODES_AT_ONCE).collect();
        if chunk.is_empty() {
            return Ok(hashes);
        }
        let kept = app.store.write_blocking(move |conn| coupon::insert_codes(conn, TEMPLATE, &chunk))?;
        ensure!(kept, "the coupons were not kept");
    }
}

/// What promotions did.
#[derive(Debug, Clone, Copy, Default)]
struct Promoted {
    purchases: u64,
    /// Purchases off which an offer of the programme came.
    by_offers: u64,
    /// Offers that came off.
    offers: u64,
    /// Purchases off which a coupon came.
    by_coupons: u64,
    /// Purchases whose member is of a tier.
    of_tiers: u64,
}

impl Promoted {
    fn count(&mut self, settled: &Settled, offers: usize) {
        let applied = settled.award.iter().flat_map(|award| &award.offers).flat_map(|priced| &priced.applied);
        let (of_programme, of_coupons): (Vec<_>, Vec<_>) = applied.partition(|applied| applied.offer < offers);
        self.purchases += 1;
        self.by_offers += u64::from(!of_programme.is_empty());
        self.offers += of_programme.len() as u64;
        self.by_coupons += u64::from(!of_coupons.is_empty());
        self.of_tiers += u64::from(settled.state.as_ref().is_some_and(|state| state.tier.is_some()));
    }

    fn percent(&self, count: u64) -> f64 {
        100.0 * count as f64 / self.purchases.max(1) as f64
    }
}

/// Runs the rounds: without promotions and with them, in turn.
pub fn measure(ground: &Ground) -> anyhow::Result<Vec<Row>> {
    let options = &ground.options;
    let mut till = Till::open(&ground.copy("promotions")?, options.size(), 7, "r")?;
    let rounds = options.rounds as usize + 1;
    let shown = (options.round / COUPON_IN) as usize + 1;
    let mut coupons = make_coupons(&till.app(), rounds * shown)?.into_iter();
    let (mut without, mut with, mut promoted) = (Vec::new(), Vec::new(), Promoted::default());
    for round in 0..rounds {
        till.publish(&ten_rules())?;
        let plain = till.post_now(options.round, IN_FLIGHT)?;
        let programme = ten_promotions();
        till.publish(&programme)?;
        let mut seen = Promoted::default();
        let priced = till.post_drawn(
            (options.round, IN_FLIGHT),
            |mut command, place| {
                if let Command::Purchase(order) = &mut command.command {
                    order.pricing = Pricing::List;
                    let code = (place % COUPON_IN == 0).then(|| coupons.next()).flatten();
                    order.coupons.extend(code.map(|hash| Shown { named: Named::Code(hash), fresh: CouponId(0) }));
                }
                command
            },
            |settled| seen.count(settled, programme.offers.len()),
        )?;
        eprintln!("round {round}: {:.0}/s without promotions, {:.0}/s with them", plain.per_second(), priced.per_second());
        // The first round warms up.
        if round > 0 {
            without.push(plain);
            with.push(priced);
            promoted = seen;
        }
    }
    till.close()?;
    let name = |what: &str| format!("Ten promotions, coupons and tiers{what}");
    let of = |runs: &[Posted], figure: fn(&Posted) -> f64| median(runs.iter().map(figure).collect());
    let stated = |what: &str, count: u64| Row::stated(&name(what), promoted.percent(count), "% of purchases");
    Ok(vec![
        Row::against(
            &name(", 512 in flight / without"),
            of(&with, Posted::per_second),
            of(&without, Posted::per_second),
            "purchases/s",
            0.7,
        ),
        Row::stated(&name(": processor time of a purchase"), of(&with, Posted::processor_us), "us")
            .beside(of(&without, Posted::processor_us)),
        stated(": cheaper by a promotion", promoted.by_offers),
        stated(": cheaper by a coupon", promoted.by_coupons),
        stated(": of a tier", promoted.of_tiers),
        Row::stated(
            &name(": promotions that came off a purchase"),
            promoted.offers as f64 / promoted.purchases.max(1) as f64,
            "each",
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programme_may_be_published_and_has_ten_promotions() {
        let programme = ten_promotions();
        assert_eq!(programme.faults(), []);
        assert_eq!(programme.offers.iter().filter(|offer| offer.enabled).count(), 10);
    }
}
