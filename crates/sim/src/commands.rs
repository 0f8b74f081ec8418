//! Random commands over a few members, so that they meet each other often: honest ones, mistaken ones, hostile ones and repeats.

use std::collections::VecDeque;

use danggol_core::coupon::CodeMark;
use danggol_core::decide::{Actor, ActorKind, Adjustment, Command, Envelope, Key, Outcome, ReturnOrder, Rules};
use danggol_core::gift::{GiftAct, GiftOrder};
use danggol_core::holder::Ranking;
use danggol_core::id::{EntryId, GiftId, HolderId, MemberId, PurchaseId, ReservationId};
use danggol_core::ledger::Asset;
use danggol_core::purchase::{Line, LineKind, MAX_AMOUNT_MINOR, Order, Pricing, PurchaseKind, Tender, TenderKind};
use danggol_core::time::DAY_MS;
use danggol_core::value::{ValueAct, ValueOrder};
use danggol_server::pipeline::Answer;
use danggol_server::random;

use crate::random::Random;
use crate::soak::brand::pick;
use crate::soak::shelf;

/// Commands of which some are sent again, and purchases of which some come back.
const REMEMBERED: usize = 64;

/// A member number that nobody has.
const NOBODY: MemberId = MemberId(7);

/// Draws commands. The same seed draws the same commands as long as the same purchases are acknowledged.
#[derive(Debug, Clone)]
pub struct Commands {
    random: Random,
    members: Vec<MemberId>,
    series: String,
    drawn: u64,
    /// Commands sent lately, to send some of them again.
    sent: VecDeque<Envelope>,
    /// Purchases kept lately with their lines, to bring some of them back.
    kept: VecDeque<(PurchaseId, Vec<Line>)>,
    /// Top-ups kept lately, to refund some of them.
    topped_up: VecDeque<(MemberId, EntryId)>,
    /// Gifts put aside lately, to hand some of them out.
    aside: VecDeque<(MemberId, ReservationId)>,
}

impl Commands {
    /// Commands of some members; numbers and keys begin with `series`.
    pub fn new(seed: u64, members: Vec<MemberId>, series: &str) -> Self {
        Self {
            random: Random::new(seed),
            members,
            series: series.to_owned(),
            drawn: 0,
            sent: VecDeque::new(),
            kept: VecDeque::new(),
            topped_up: VecDeque::new(),
            aside: VecDeque::new(),
        }
    }

    /// The next command, at `now_ms`.
    pub fn draw(&mut self, rules: &Rules, now_ms: i64) -> Envelope {
        self.drawn += 1;
        if !self.sent.is_empty() && self.random.once_in(15) {
            return self.again();
        }
        let (command, known_again) = match self.random.below(28) {
            0..=9 => self.purchase(rules, now_ms),
            10..=13 => (self.give_back(now_ms), false),
            14..=16 => (self.adjust(), false),
            17 => (self.rank(rules, now_ms), true),
            18..=21 => (self.value(), false),
            22..=25 => (self.gift(), false),
            _ => (Command::Review(HolderId(self.member().0)), true),
        };
        let with_key = !known_again || self.random.once_in(4) && !matches!(command, Command::Review(_) | Command::Rank(..));
        let key = with_key.then(|| Key { scoped: format!("{}k{}", self.series, self.drawn), input_hash: self.drawn as i64 });
        let envelope = Envelope { id: EntryId(0), actor: Actor { kind: ActorKind::Key, id: 3 }, key, command };
        remember(&mut self.sent, envelope.clone());
        envelope
    }

    /// A nightly run: a review of every holder.
    pub fn reviews(&self) -> Vec<Envelope> {
        let review = |member: &MemberId| Envelope {
            id: EntryId(0),
            actor: Actor { kind: ActorKind::System, id: 0 },
            key: None,
            command: Command::Review(HolderId(member.0)),
        };
        self.members.iter().map(review).collect()
    }

    /// Takes note of an answer, so that purchases can come back.
    pub fn answered(&mut self, answer: &Answer) {
        // A number may stand for a purchase of the other pipeline, and this command have no lines of its own.
        if let (Command::Purchase(order), Outcome::Done(entry) | Outcome::Replayed(entry)) =
            (&answer.envelope.command, &answer.settled.outcome)
            && !order.lines.is_empty()
        {
            remember(&mut self.kept, (PurchaseId(entry.0), order.lines.clone()));
        }
        if let (Command::Value(ValueOrder { member, act: ValueAct::TopUp { .. }, .. }), Outcome::Done(entry)) =
            (&answer.envelope.command, &answer.settled.outcome)
        {
            remember(&mut self.topped_up, (*member, *entry));
        }
        if let (Command::Gift(GiftOrder { member, act: GiftAct::Reserve { fresh, .. }, .. }), Outcome::Done(_)) =
            (&answer.envelope.command, &answer.settled.outcome)
        {
            remember(&mut self.aside, (*member, *fresh));
        }
    }

    /// A gift put aside, handed out, cancelled or late.
    fn gift(&mut self) -> Command {
        let member = self.member();
        let random = &mut self.random;
        let known = if self.aside.is_empty() { 0 } else { random.below(self.aside.len() as u64) as usize };
        let (of, reservation) = self.aside.get(known).copied().unwrap_or((member, ReservationId(13)));
        let (member, act) = match random.below(8) {
            0..=3 => {
                let gift = if random.once_in(40) { GiftId(99) } else { pick(random, &shelf::GIFTS) };
                let is_dear = gift == shelf::GIFTS[1];
                let fresh = ReservationId(random::hash_of(&[self.series.as_bytes(), &self.drawn.to_le_bytes()]) & i64::MAX);
                let mark = CodeMark { hash: fresh.to_string(), tail: "WXYZ".to_owned() };
                let (store, allowance) = (pick(random, &["s1", "s2", "s1", "s9"]).to_owned(), is_dear.then_some(0));
                let delivery = random.once_in(5);
                (member, GiftAct::Reserve { gift, revision: 1, allowance, store, delivery, fresh, mark })
            }
            4..=5 => {
                let store = (!random.once_in(3)).then(|| pick(random, &["s1", "s2"]).to_owned());
                let tender =
                    pick(random, &[None, Some(TenderKind::Card), Some(TenderKind::StoredValue), Some(TenderKind::Points)]);
                (of, GiftAct::HandOver { reservation, store, tender, parcel: None })
            }
            6 => (of, GiftAct::Lapse(reservation)),
            _ => {
                let member = if random.once_in(10) { member } else { of };
                (member, GiftAct::Cancel { reservation, may_be_handed: random.once_in(2) })
            }
        };
        Command::Gift(GiftOrder { member, act, staff: None, reason: None })
    }

    /// Money paid in, paid with or paid out again.
    fn value(&mut self) -> Command {
        let member = self.member();
        let random = &mut self.random;
        let tender = if random.once_in(40) { TenderKind::StoredValue } else { TenderKind::Card };
        let odd = random.once_in(30).then(|| pick(random, &[0, -1, i64::MAX, i64::MIN]));
        let (member, act) = match random.below(8) {
            0..=2 => {
                let amount_minor = odd.unwrap_or_else(|| 1 + random.below(25_000) as i64);
                (member, ValueAct::TopUp { amount_minor, tender })
            }
            3..=4 => (member, ValueAct::Pay { amount_minor: odd.unwrap_or_else(|| 1 + random.below(4_000) as i64) }),
            5 => (member, ValueAct::Refund { amount_minor: 1 + random.below(6_000) as i64, tender, top_up: None }),
            _ => {
                let known = if self.topped_up.is_empty() { 0 } else { random.below(self.topped_up.len() as u64) as usize };
                let (member, top_up) = self.topped_up.get(known).copied().unwrap_or((member, EntryId(11)));
                let amount_minor = odd.unwrap_or_else(|| 1 + random.below(9_000) as i64);
                (member, ValueAct::Refund { amount_minor, tender, top_up: Some(top_up) })
            }
        };
        Command::Value(ValueOrder { member, act, store: Some("s1".to_owned()), staff: None, reason: None })
    }

    /// An earlier command once more: as it was, or with other content under the same number and key.
    fn again(&mut self) -> Envelope {
        let at = self.random.below(self.sent.len() as u64) as usize;
        let mut envelope = self.sent[at].clone();
        if self.random.once_in(3) {
            if let Some(key) = &mut envelope.key {
                key.input_hash ^= 1;
            }
            if let Command::Purchase(order) = &mut envelope.command {
                order.input_hash ^= 1;
                order.lines.truncate(1);
            }
        }
        envelope
    }

    fn member(&mut self) -> MemberId {
        if self.random.once_in(100) { NOBODY } else { pick(&mut self.random, &self.members) }
    }

    /// Where somebody stood at a ranking of today or some days ago.
    fn rank(&mut self, rules: &Rules, now_ms: i64) -> Command {
        let holder = HolderId(self.member().0);
        let programme = &rules.current.programme;
        let layer = match self.random.below(3) {
            0 => None,
            _ => Some(pick(&mut self.random, &programme.pyramid.layers).code),
        };
        let day = rules.moment(now_ms).day - self.random.below(3) as i32;
        let reaches = programme.layers_reached(layer.as_deref());
        Command::Rank(holder, Ranking { day, layer, reaches, bulk: false, amount_minor: self.random.below(1_000_000) as i64 })
    }

    /// A purchase, and whether it has a number.
    fn purchase(&mut self, rules: &Rules, now_ms: i64) -> (Command, bool) {
        let random = &mut self.random;
        let lines: Vec<Line> = (0..1 + random.below(5)).map(|_| line(random)).collect();
        let discount_minor = if random.once_in(6) { random.below(3_000) as i64 } else { 0 };
        let late_ms = match random.below(10) {
            0 => random.below(400) as i64 * DAY_MS,
            1 => random.below(30) as i64 * DAY_MS,
            _ => random.below(3) as i64 * 3_600_000,
        };
        let kind = if random.once_in(12) { PurchaseKind::History } else { PurchaseKind::Earn };
        let wanted = if random.once_in(3) { pick(random, &[1, 5, 10, 20, 50, 100, 1_000, 33, 150, 300]) } else { 0 };
        // Two of three know in which steps points are spent.
        let step = rules.current.programme.redemption.as_ref().map_or(1, |redemption| redemption.step);
        let redeem_points = if self.drawn.is_multiple_of(3) { wanted } else { (wanted + step - 1) / step * step };
        let numbered = !random.once_in(8);
        let mut order = Order {
            id: PurchaseId(0),
            member: NOBODY,
            external_no: numbered.then(|| format!("{}n{}", self.series, self.drawn)),
            channel: pick(random, &["store", "online"]).to_owned(),
            store: Some(pick(random, &["s1", "s2"]).to_owned()),
            staff: None,
            moment: rules.moment(now_ms - late_ms),
            lines,
            pricing: if self.drawn.is_multiple_of(3) { Pricing::List } else { Pricing::Paid },
            coupons: Vec::new(),
            discount_minor,
            // One of four says that a coupon took something.
            coupon_minor: i64::from(self.drawn.is_multiple_of(4)) * 250,
            tenders: Vec::new(),
            redeem_points,
            kind,
            input_hash: self.drawn as i64,
        };
        if random.once_in(5) {
            let paid_minor = order.amount_minor() - i64::from(random.once_in(4));
            order.tenders = vec![Tender { kind: TenderKind::Cash, amount_minor: paid_minor }];
        }
        // Part or all of it with stored value: what there is too little for is refused.
        if random.once_in(4) {
            let due_minor = order.amount_minor();
            let by_value = if random.once_in(2) { due_minor } else { due_minor / 3 };
            let value = Tender { kind: TenderKind::StoredValue, amount_minor: by_value };
            order.redeem_points = if random.once_in(5) { order.redeem_points } else { 0 };
            order.tenders = vec![value, Tender { kind: TenderKind::Cash, amount_minor: due_minor - by_value }];
        }
        if random.once_in(15) {
            spoil(random, &mut order);
        }
        order.member = self.member();
        (Command::Purchase(order), numbered)
    }

    fn give_back(&mut self, at_ms: i64) -> Command {
        let random = &mut self.random;
        if self.kept.is_empty() || random.once_in(50) {
            return Command::Return(ReturnOrder { purchase: PurchaseId(9), lines: None, at_ms });
        }
        let at = random.below(self.kept.len() as u64) as usize;
        let (purchase, bought) = &self.kept[at];
        let lines = match random.below(8) {
            0 | 1 => None,
            2 => Some(vec![(random.below(6) as usize, pick(random, &[0, -1, i64::MAX, 1_000]))]),
            3 => Some(vec![(0, 1), (0, 1)]),
            _ => {
                let place = random.below(bought.len() as u64) as usize;
                let pieces = bought[place].quantity.max(1);
                Some(vec![(place, 1 + random.below(pieces.min(4) as u64) as i64)])
            }
        };
        Command::Return(ReturnOrder { purchase: *purchase, lines, at_ms })
    }

    fn adjust(&mut self) -> Command {
        let random = &mut self.random;
        let asset = if random.once_in(4) { Asset::Growth } else { Asset::Points };
        let amount = match random.below(12) {
            0 => pick(random, &[0, i64::MIN, i64::MAX, -1_000_000_000_000, 1_000_000_000_001]),
            1..=5 => -1 - random.below(150) as i64,
            _ => 1 + random.below(200) as i64,
        };
        let reason = if random.once_in(40) { "  " } else { "counted again" }.to_owned();
        Command::Adjust(Adjustment { member: self.member(), asset, amount, reason })
    }
}

fn remember<T>(list: &mut VecDeque<T>, value: T) {
    if list.len() == REMEMBERED {
        list.pop_front();
    }
    list.push_back(value);
}

fn line(random: &mut Random) -> Line {
    let (quantity, amount_minor, kind) = match random.below(16) {
        0 => (0, -(random.below(1_500) as i64), LineKind::Adjustment),
        1 => (1, 0, LineKind::Gift),
        2 => (1 + random.below(3) as i64, -(random.below(900) as i64), LineKind::Sale),
        _ => (1 + random.below(4) as i64, 50 + random.below(8_000) as i64, LineKind::Sale),
    };
    let category = pick(random, &[Some("milk"), Some("bread"), Some("tea"), None]).map(str::to_owned);
    let off_minor = if random.once_in(5) { random.below(500) as i64 } else { 0 };
    Line { sku: format!("p{}", random.below(40)), category, quantity, amount_minor, kind, off_minor }
}

/// Makes a purchase that no till should send.
fn spoil(random: &mut Random, order: &mut Order) {
    match random.below(8) {
        0 => order.lines.clear(),
        1 => order.lines[0].amount_minor = pick(random, &[i64::MAX, i64::MIN, MAX_AMOUNT_MINOR + 1]),
        2 => order.lines[0].quantity = pick(random, &[-1, i64::MAX]),
        3 => order.discount_minor = pick(random, &[-1, i64::MAX, 1_000_000]),
        4 => order.redeem_points = pick(random, &[-5, i64::MAX]),
        5 => order.tenders = vec![Tender { kind: TenderKind::Card, amount_minor: i64::MAX }; 2],
        6 => order.lines = vec![order.lines[0].clone(); 2_001],
        _ => order.lines.iter_mut().for_each(|line| line.amount_minor = -line.amount_minor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soak::brand;
    use danggol_core::decide::Published;

    #[test]
    fn the_same_seed_draws_the_same_commands_of_every_kind() {
        let programme = brand::draw(&mut Random::new(1));
        let rules = brand::rules(Published::new(1, programme));
        let draw = |seed| {
            let mut commands = Commands::new(seed, vec![MemberId(1_000)], "a");
            (0..500).map(|at| format!("{:?}", commands.draw(&rules, 1_772_416_800_000 + at))).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        for kind in ["Purchase(", "Return(", "Adjust(", "Review(", "Value(", "Gift("] {
            let count = draw(1).iter().filter(|text| text.contains(kind)).count();
            assert!(count > 20, "{kind} {count}");
        }
    }
}
