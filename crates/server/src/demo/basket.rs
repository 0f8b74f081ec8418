//! What is bought on a visit: by stage of life, season, own taste and the sales of the day.

use danggol_core::decide::{Actor, Command, Envelope, Rules};
use danggol_core::id::{EntryId, PurchaseId};
use danggol_core::purchase::{Line, LineKind, Order, Pricing, PurchaseKind, Tender};
use danggol_core::time::date_of;
use danggol_store::product::ProductRecord;

use super::catalogue::Catalogue;
use super::chance::{Chance, Weights};
use super::habit::{Trait, Visit, Where};
use super::market::Market;
use super::people::{Person, store_code};
use super::programme::{MARKETPLACE, ONLINE, STORE};
use crate::random;

/// Categories that a member comes back to.
const FAVOURITES: usize = 5;
/// The share of her lines that are of those.
const FAVOURITE_SHARE: f64 = 0.55;
/// Employees of a store.
const STAFF: usize = 4;

/// What a member may spend, as far as is known from her last answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spendable {
    /// Points.
    pub points: i64,
    /// When the next of them lapse, in UTC milliseconds.
    pub until_ms: Option<i64>,
}

/// Fills baskets.
pub struct Baskets<'a> {
    /// What is sold.
    pub catalogue: &'a Catalogue,
    /// Where.
    pub market: &'a Market,
    /// The seed of everything.
    pub seed: u64,
    tenders: Weights,
    numbers: [u64; super::habit::STORES + 2],
}

impl<'a> Baskets<'a> {
    /// Baskets of a market.
    pub fn new(catalogue: &'a Catalogue, market: &'a Market, seed: u64) -> Self {
        let tenders = Weights::new(market.tenders.iter().map(|(_, weight)| *weight));
        Baskets { catalogue, market, seed, tenders, numbers: [0; super::habit::STORES + 2] }
    }

    /// The purchase of a visit. Call it in the order of the visits: each till numbers its receipts.
    pub fn fill(
        &mut self,
        rules: &Rules,
        visit: Visit,
        person: &Person,
        history: bool,
        spendable: Spendable,
        actor: Actor,
    ) -> Envelope {
        let mut chance = Chance::new(self.seed, [u64::from(visit.member) + 16, u64::from(visit.number)]);
        let moment = rules.moment(visit.at_ms);
        let lines = self.lines(visit, person, usize::try_from(date_of(moment.day).month() - 1).unwrap_or(0), &mut chance);
        let gross: i64 = lines.iter().map(|line| line.amount_minor).sum();
        let coupon = self.market.round_minor(10.0);
        let discount_minor = if chance.once(0.05) && gross > 8 * coupon { coupon } else { 0 };
        let amount = gross - discount_minor;
        let redeem_points = if history { 0 } else { self.redeem(person, visit.at_ms, amount, spendable, &mut chance) };
        let redemption = self.market.redemption;
        let paid = amount - redeem_points * redemption.minor / redemption.points;
        let kind = self.market.tenders[self.tenders.draw(&mut chance)].0;
        let (till, channel, store) = match visit.place {
            Where::Store(place) => (usize::from(place), STORE, Some(store_code(place.into()))),
            Where::Online => (super::habit::STORES, ONLINE, None),
            Where::Marketplace => (super::habit::STORES + 1, MARKETPLACE, None),
        };
        self.numbers[till] += 1;
        let series = store.clone().unwrap_or_else(|| channel[..2].to_uppercase());
        let number = format!("{series}-{}-{:07}", date_of(moment.day).strftime("%y%m%d"), self.numbers[till]);
        let staff = store.as_ref().map(|store| format!("{store}-{}", 1 + chance.below(STAFF)));
        let order = Order {
            id: PurchaseId(0),
            member: person.id,
            input_hash: random::hash_of(&[number.as_bytes(), &amount.to_le_bytes()]),
            external_no: Some(number),
            channel: channel.to_owned(),
            store,
            staff,
            moment,
            lines,
            pricing: Pricing::Paid,
            coupons: Vec::new(),
            discount_minor,
            coupon_minor: discount_minor,
            tenders: if paid > 0 { vec![Tender { kind, amount_minor: paid }] } else { Vec::new() },
            redeem_points,
            kind: if history { PurchaseKind::History } else { PurchaseKind::Earn },
        };
        Envelope { id: EntryId(0), actor, key: None, command: Command::Purchase(order) }
    }

    fn redeem(&self, person: &Person, at_ms: i64, amount: i64, spendable: Spendable, chance: &mut Chance) -> i64 {
        let redemption = self.market.redemption;
        let wants = chance.once(person.habit.spends_points) && spendable.until_ms.is_none_or(|until_ms| at_ms < until_ms);
        let most = amount * redemption.max_percent / 100 * redemption.points / redemption.minor;
        let points = spendable.points.min(most) / redemption.step * redemption.step;
        if wants && points >= redemption.minimum { points } else { 0 }
    }

    fn lines(&self, visit: Visit, person: &Person, month: usize, chance: &mut Chance) -> Vec<Line> {
        let habit = &person.habit;
        match habit.trait_ {
            Trait::Bulk if visit.number == 0 => return self.bulk(habit.life, month, chance),
            Trait::KeyProduct(place) => {
                let product = self.catalogue.key_product(place);
                let mut lines = vec![line(product, chance.between(1, 3), 0, self.market)];
                if chance.once(0.25) {
                    lines.push(self.line(visit, person, month, chance));
                }
                return lines;
            }
            Trait::None | Trait::Bulk | Trait::Turned(_) => {}
        }
        let count = 1 + (chance.exponential(habit.lines) as usize).min(13);
        let mut lines: Vec<Line> = Vec::with_capacity(count);
        for _ in 0..count {
            let next = self.line(visit, person, month, chance);
            match lines.iter_mut().find(|known| known.sku == next.sku) {
                Some(known) => {
                    known.quantity += next.quantity;
                    known.amount_minor += next.amount_minor;
                }
                None => lines.push(next),
            }
        }
        lines
    }

    fn line(&self, visit: Visit, person: &Person, month: usize, chance: &mut Chance) -> Line {
        let (habit, member) = (&person.habit, u64::from(visit.member));
        let category = if chance.once(FAVOURITE_SHARE) {
            // The same draw every time: it is her taste, not this visit's.
            let favourite = chance.below(FAVOURITES) as u64;
            self.catalogue.category(habit.life, 3, &mut Chance::new(self.seed, [3 + favourite, member]))
        } else {
            self.catalogue.category(habit.life, month, chance)
        };
        let usual = (member as usize).wrapping_mul(31) + category * 7;
        let kind = if chance.once(0.7) { usual } else { chance.below(3) };
        let product = self.catalogue.product(category, kind, chance.once(habit.dear));
        let quantity = match chance.unit() {
            drawn if drawn < 0.76 => 1,
            drawn if drawn < 0.94 => 2,
            _ => 3,
        };
        let percent = if chance.once(0.14) { *chance.pick(&[10, 15, 20, 30]) } else { 0 };
        line(product, quantity, percent, self.market)
    }

    fn bulk(&self, life: super::life::Life, month: usize, chance: &mut Chance) -> Vec<Line> {
        let category = self.catalogue.category(life, month, chance);
        let product = self.catalogue.product(category, chance.below(3), true);
        vec![line(product, chance.between(36, 90), 10, self.market)]
    }
}

fn line(product: &ProductRecord, quantity: i64, percent: i64, market: &Market) -> Line {
    let amount_minor = market.reduced_minor(product.price_minor.unwrap_or(0) * quantity, percent);
    Line {
        sku: product.sku.clone(),
        category: product.category.clone(),
        quantity,
        amount_minor,
        kind: LineKind::Sale,
        off_minor: 0,
    }
}
