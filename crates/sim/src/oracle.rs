//! The oracle: a simple model of the books, written from what the product promises and without the code that decides.
//!
//! It is told every answer in order. What it can foresee it foresees (repeats, numbers, what a return may take, what a plain rate
//! gives); everything else it takes from the answer and then holds the database to it.

mod books;
mod gifts;
mod sale;
mod stored;

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, bail, ensure};
use danggol_core::decide::{Command, Detail, Entry, Envelope, Outcome, Rules, TierReview};
use danggol_core::earning::Award;
use danggol_core::gift::GiftAct;
use danggol_core::holder::{HolderState, Ranking};
use danggol_core::id::{EntryId, HolderId, MemberId, PurchaseId};
use danggol_core::ledger::{Account, Asset, Posting};
use danggol_core::programme::{Ladder, Level, Window};
use danggol_core::purchase::{Order, PurchaseKind};
use danggol_core::refusal::Refusal;
use danggol_core::share::Side;
use danggol_core::value::ValueAct;
use danggol_server::pipeline::Answer;
use danggol_store::batch::Shared;
use jiff::civil::Date;

use sale::Sale;

/// What a holder should have.
#[derive(Debug, Clone, Default)]
struct Book {
    points: i64,
    growth: i64,
    /// What was paid in, and what the brand added to it.
    value: [i64; 2],
    /// Top-ups that brought a bonus or points.
    top_ups: BTreeMap<EntryId, stored::TopUp>,
    purchases: i64,
    total_minor: i64,
    /// Purchases in the order in which they were kept.
    sales: Vec<PurchaseId>,
    /// What capped rules gave, by rule and by day, month or year.
    capped: HashMap<(String, String), i64>,
    /// Rankings that were noted, oldest first.
    rankings: Vec<Ranking>,
    /// The state after the last batch that changed it.
    state: Option<HolderState>,
    /// Whether a command of the batch that is being noted changed it.
    is_moving: bool,
}

/// The model.
#[derive(Debug, Clone)]
pub struct Oracle {
    members: Vec<MemberId>,
    closed: fn(MemberId) -> bool,
    household: fn(MemberId) -> Option<i64>,
    /// Whether the brand lets households share their points.
    pub sharing: bool,
    books: BTreeMap<HolderId, Book>,
    shelf: gifts::Shelf,
    sales: HashMap<PurchaseId, Sale>,
    numbers: HashMap<String, (PurchaseId, i64)>,
    keys: HashMap<String, (EntryId, i64)>,
    entries: BTreeMap<EntryId, HolderId>,
    /// Commands that were carried out, by what they were.
    pub done: BTreeMap<&'static str, u64>,
    /// Times that points went from one member of a household to another.
    pub shared: u64,
    /// Commands that were refused, by the code of the refusal.
    pub refused: BTreeMap<&'static str, u64>,
}

impl Oracle {
    /// A model of a new brand with some members, of whom some are closed and some share their points with others.
    pub fn new(members: Vec<MemberId>, closed: fn(MemberId) -> bool, household: fn(MemberId) -> Option<i64>) -> Self {
        Self {
            members,
            closed,
            household,
            sharing: false,
            books: BTreeMap::new(),
            shelf: gifts::Shelf::default(),
            sales: HashMap::new(),
            numbers: HashMap::new(),
            keys: HashMap::new(),
            entries: BTreeMap::new(),
            done: BTreeMap::new(),
            shared: 0,
            refused: BTreeMap::new(),
        }
    }

    /// Takes note of the answers of a batch. An error says what cannot be.
    pub fn note(&mut self, rules: &Rules, answers: &[Answer]) -> anyhow::Result<()> {
        for answer in answers {
            let checked = self.check(rules, answer);
            checked.with_context(|| format!("{:?} was answered by {:?}", answer.envelope, answer.settled))?;
        }
        // Each answer tells the state after the whole batch.
        for answer in answers {
            let Outcome::Done(id) = &answer.settled.outcome else { continue };
            if let Some(book) = self.entries.get(id).and_then(|holder| self.books.get_mut(holder)) {
                (book.state, book.is_moving) = (answer.settled.state.clone(), false);
            }
            for Shared { entry, state } in &answer.settled.shares {
                let book = self.books.entry(entry.holder).or_default();
                (book.state, book.is_moving) = (Some(state.clone()), false);
            }
        }
        Ok(())
    }

    fn check(&mut self, rules: &Rules, answer: &Answer) -> anyhow::Result<()> {
        let (envelope, settled) = (&answer.envelope, &answer.settled);
        let expected = self.foreseen(envelope);
        match &settled.outcome {
            Outcome::Done(id) => {
                ensure!(expected.is_none(), "carried out, although {expected:?} was due");
                ensure!(self.entries.keys().next_back() < Some(id), "{id} does not come after all before it");
                let drawn = self.drawn(answer)?;
                let (kind, holder) = self.carried_out(rules, answer, drawn)?;
                self.entries.insert(*id, holder);
                self.remember(envelope, *id);
                self.books.entry(holder).or_default().is_moving = true;
                *self.done.entry(kind).or_default() += 1;
            }
            outcome => {
                let moved = !settled.postings.is_empty() || !settled.shares.is_empty();
                ensure!(!moved && settled.entry.is_none() && settled.award.is_none(), "something moved");
                match (expected, outcome) {
                    (Some(expected), outcome) => ensure!(expected == *outcome, "{expected:?} was due"),
                    (None, Outcome::Refused(refusal)) => {
                        self.may_refuse(rules, answer, refusal)?;
                        *self.refused.entry(refusal.code()).or_default() += 1;
                    }
                    (None, Outcome::Nothing) => {
                        let finds_nothing = match &envelope.command {
                            Command::Review(_) | Command::Rank(..) => true,
                            Command::Gift(order) => matches!(order.act, GiftAct::Lapse(_)),
                            _ => false,
                        };
                        ensure!(finds_nothing, "nothing was done");
                    }
                    (None, Outcome::Replayed(_) | Outcome::Done(_)) => bail!("nothing like it came before"),
                }
            }
        }
        Ok(())
    }

    /// The outcome of a command whose number or key has come before.
    fn foreseen(&self, envelope: &Envelope) -> Option<Outcome> {
        if let Some(key) = &envelope.key
            && let Some((entry, input_hash)) = self.keys.get(&key.scoped)
        {
            let same = *input_hash == key.input_hash;
            return Some(if same { Outcome::Replayed(*entry) } else { Outcome::Refused(Refusal::KeyReused) });
        }
        let Command::Purchase(order) = &envelope.command else { return None };
        let (purchase, input_hash) = *self.numbers.get(order.external_no.as_ref()?)?;
        let same = input_hash == order.input_hash;
        Some(if same { Outcome::Replayed(EntryId(purchase.0)) } else { Outcome::Refused(Refusal::NumberTaken { purchase }) })
    }

    fn remember(&mut self, envelope: &Envelope, id: EntryId) {
        if let Some(key) = &envelope.key {
            self.keys.insert(key.scoped.clone(), (id, key.input_hash));
        }
        if let Command::Purchase(order) = &envelope.command
            && let Some(number) = &order.external_no
        {
            self.numbers.insert(number.clone(), (PurchaseId(id.0), order.input_hash));
        }
    }

    fn may_refuse(&self, rules: &Rules, answer: &Answer, refusal: &Refusal) -> anyhow::Result<()> {
        let envelope = &answer.envelope;
        let member = match &envelope.command {
            Command::Purchase(order) => Some(order.member),
            Command::Adjust(adjustment) => Some(adjustment.member),
            Command::Coupon(order) => Some(order.member),
            Command::Occasion(order) => Some(order.member),
            Command::Value(order) => Some(order.member),
            Command::Gift(order) => Some(order.member),
            Command::Return(_) | Command::Review(_) | Command::Rank(..) => None,
        };
        let balance = |member: MemberId| self.books.get(&HolderId(member.0)).map_or(0, |book| book.points.max(book.growth));
        match refusal {
            Refusal::UnknownMember => ensure!(member.is_some_and(|member| !self.members.contains(&member)), "she is a member"),
            Refusal::MemberClosed => ensure!(member.is_some_and(self.closed), "her file is open"),
            Refusal::InsufficientPoints { available, needed } => {
                ensure!(needed > available && *available >= 0, "there was enough");
                let spends = matches!(envelope.command, Command::Purchase(_));
                let others: i64 =
                    member.filter(|_| spends).map_or(0, |member| self.others(member).map(|other| balance(other).max(0)).sum());
                ensure!(
                    member.is_some_and(|member| *available <= balance(member).max(0) + others),
                    "more than the balance is available"
                );
            }
            Refusal::InsufficientValue { .. } | Refusal::InsufficientPrincipal { .. } => {
                let value = member.and_then(|member| self.books.get(&HolderId(member.0))).map_or([0, 0], |book| book.value);
                let asked = stored::asked(&envelope.command) + self.shelf.asked_value(&envelope.command);
                stored::may_refuse(asked, refusal, value)?;
            }
            Refusal::UnknownTopUp | Refusal::BonusSpent { .. } | Refusal::TenderNotMoney | Refusal::ValueRange => {
                ensure!(matches!(envelope.command, Command::Value(_)), "no stored value was asked for");
            }
            Refusal::NoTopUps => bail!("every programme has a plan"),
            Refusal::UnknownPurchase => match &envelope.command {
                Command::Return(order) => ensure!(!self.sales.contains_key(&order.purchase), "it is known"),
                command => bail!("{command:?} names no purchase"),
            },
            Refusal::ReturnTooMuch { line, left } => match &envelope.command {
                Command::Return(order) => self.sale(order.purchase)?.refused_too_much(order, *line, *left)?,
                command => bail!("{command:?} is no return"),
            },
            Refusal::Gift(why) => self.shelf.may_refuse(rules, &envelope.command, *why, answer.posted_at_ms)?,
            Refusal::Coupon { .. } => match &envelope.command {
                Command::Purchase(order) => ensure!(!order.coupons.is_empty(), "it names no coupon"),
                Command::Coupon(_) => {}
                command => bail!("{command:?} names no coupon"),
            },
            Refusal::NumberTaken { .. } | Refusal::KeyReused => bail!("nothing like it came before"),
            Refusal::NoLines
            | Refusal::TooManyLines
            | Refusal::OutOfRange { .. }
            | Refusal::TendersDiffer { .. }
            | Refusal::NoRedemption
            | Refusal::RedemptionStep { .. }
            | Refusal::RedemptionLimit { .. }
            | Refusal::UnknownLine { .. }
            | Refusal::NothingToReturn
            | Refusal::AdjustmentRange
            | Refusal::NoReason => {}
        }
        Ok(())
    }

    fn sale(&self, id: PurchaseId) -> anyhow::Result<&Sale> {
        self.sales.get(&id).with_context(|| format!("{id} was never acknowledged"))
    }

    /// Those whose points a member may spend beside her own.
    fn others(&self, member: MemberId) -> impl Iterator<Item = MemberId> {
        let home = (self.household)(member).filter(|_| self.sharing);
        let shares = move |other: &&MemberId| home.is_some() && (self.household)(**other) == home && !(self.closed)(**other);
        self.members.iter().filter(shares).copied().filter(move |other| *other != member)
    }

    /// What a purchase drew from others of the household: both sides agree, nobody gives what she does not have, and no more comes than is
    /// spent.
    fn drawn(&mut self, answer: &Answer) -> anyhow::Result<i64> {
        let mut drawn = 0;
        let Command::Purchase(order) = &answer.envelope.command else {
            ensure!(answer.settled.shares.is_empty(), "only purchases draw points");
            return Ok(0);
        };
        for sides in answer.settled.shares.chunks(2) {
            let [given, taken] = sides else { bail!("one side alone") };
            let (Detail::Share(gives), Detail::Share(takes)) = (&given.entry.detail, &taken.entry.detail) else {
                bail!("{given:?} and {taken:?} are no points that went over")
            };
            let (giver, points) = (given.entry.member, gives.points());
            ensure!((gives.side, takes.side) == (Side::Gives, Side::Takes) && gives.lots == takes.lots, "the sides differ");
            ensure!((taken.entry.member, takes.other, gives.other) == (order.member, giver, order.member), "others took or gave");
            ensure!(self.others(order.member).any(|other| other == giver), "{giver} shares nothing with {}", order.member);
            ensure!(points > 0 && gives.short == 0 && takes.short == 0, "nothing went over, or what was not there");
            for (shared, points) in [(given, -points), (taken, points)] {
                let entry = &shared.entry;
                ensure!(
                    entry.holder == HolderId(entry.member.0) && entry.purchase == Some(PurchaseId(answer.envelope.id.0)),
                    "another's"
                );
                ensure!(self.entries.keys().next_back() < Some(&entry.id), "{} does not come after all before it", entry.id);
                self.entries.insert(entry.id, entry.holder);
                let Detail::Share(detail) = &entry.detail else { bail!("{entry:?}") };
                let book = self.books.entry(entry.holder).or_default();
                ensure!(points > 0 || -points <= book.points, "more was given than there was");
                book.check_balance([points, 0], detail.balance_after)?;
                book.is_moving = true;
            }
            drawn += points;
            self.shared += 1;
        }
        ensure!(drawn <= order.redeem_points.max(0), "more was drawn than was spent");
        Ok(drawn)
    }

    fn carried_out(&mut self, rules: &Rules, answer: &Answer, drawn: i64) -> anyhow::Result<(&'static str, HolderId)> {
        let settled = &answer.settled;
        match &answer.envelope.command {
            Command::Purchase(order) => {
                let award = settled.award.as_ref().context("a purchase has an award")?;
                ensure!(self.members.contains(&order.member), "nobody bought");
                let holder = HolderId(order.member.0);
                self.bought(rules, (order, award), answer, drawn)?;
                Ok((if order.kind == PurchaseKind::History { "history" } else { "purchase" }, holder))
            }
            command => {
                let entry = settled.entry.as_ref().context("a command has an entry")?;
                ensure!(
                    entry.id == answer.envelope.id && entry.programme_version == rules.current.version,
                    "the entry is another's"
                );
                let expected = match command {
                    Command::Return(order) => self.sale(order.purchase)?.holder,
                    Command::Adjust(adjustment) => HolderId(adjustment.member.0),
                    Command::Coupon(order) => HolderId(order.member.0),
                    Command::Occasion(order) => HolderId(order.member.0),
                    Command::Value(order) => HolderId(order.member.0),
                    Command::Gift(order) => HolderId(order.member.0),
                    Command::Review(holder) | Command::Rank(holder, _) => *holder,
                    Command::Purchase(_) => bail!("a purchase is its own entry"),
                };
                ensure!(entry.holder == expected, "another holder's book was written");
                let kind = self.noted(rules, command, entry, answer)?;
                Ok((kind, entry.holder))
            }
        }
    }

    fn bought(&mut self, rules: &Rules, (order, award): (&Order, &Award), answer: &Answer, drawn: i64) -> anyhow::Result<()> {
        let (given, history) = ([award.given(Asset::Points), award.given(Asset::Growth)], order.kind == PurchaseKind::History);
        ensure!(history || !(self.closed)(order.member), "a closed member bought");
        ensure!(!order.lines.is_empty() && order.discount_minor >= 0 && order.redeem_points >= 0, "it should be refused");
        ensure!(award.redeemed_points == if history { 0 } else { order.redeem_points }, "other points than asked for were spent");
        ensure!(!history || award.grants.is_empty(), "history earned");
        ensure!(given.iter().all(|given| *given >= 0), "less than nothing was given");
        let lots: i64 = award.redeemed_lots.iter().map(|taken| taken.amount).sum();
        ensure!(lots == award.redeemed_points, "the lots do not add up to what was spent");
        sale::check_offers(rules, order, award)?;
        let order = &*order.at_paid_prices(award);
        sale::check_grants(rules, order, award)?;
        let book = self.books.entry(HolderId(order.member.0)).or_default();
        // Who owes spends what comes from others, and owes on.
        let have = (book.points - drawn).max(0) + drawn;
        ensure!(award.redeemed_points <= have, "more was spent than there was");
        book.use_caps(rules, order, award, answer.posted_at_ms)?;
        let moved = moved(&answer.settled.postings);
        ensure!(moved == [given[0] - award.redeemed_points, given[1]], "the postings moved {moved:?}");
        book.pay_for(rules, order, award, &answer.settled.postings)?;
        book.points += moved[0];
        book.growth += moved[1];
        ensure!(award.balance_after == book.points, "the balance should be {}", book.points);
        book.purchases += 1;
        book.total_minor += order.amount_minor();
        book.sales.push(order.id);
        self.sales.insert(order.id, Sale::new(rules, order, award));
        if let Some(code) = &award.tier_after {
            let today = rules.moment(answer.posted_at_ms).day;
            self.measured(rules, HolderId(order.member.0), code, [today].into_iter())?;
        }
        Ok(())
    }

    fn noted(&mut self, rules: &Rules, command: &Command, entry: &Entry, answer: &Answer) -> anyhow::Result<&'static str> {
        let moved = moved(&answer.settled.postings);
        let moved_value = stored::moved(&answer.settled.postings);
        let book = self.books.entry(entry.holder).or_default();
        match (&entry.detail, command) {
            (Detail::Return(detail), Command::Return(order)) => {
                let sale = self.sales.get_mut(&order.purchase).context("an unknown purchase came back")?;
                let expected = sale.take(order, detail, book.growth)?;
                ensure!(moved == expected, "the postings moved {moved:?} instead of {expected:?}");
                ensure!(moved_value == [detail.principal_back, detail.bonus_back], "the postings moved {moved_value:?}");
                book.move_value(moved_value)?;
                book.total_minor -= detail.amount_minor;
                book.check_balance(moved, detail.balance_after)?;
                Ok("return")
            }
            (Detail::Adjustment { asset, amount, balance_after, .. }, Command::Adjust(adjustment)) => {
                ensure!(
                    (*asset, *amount) == (adjustment.asset, adjustment.amount) && *amount != 0,
                    "something else was adjusted"
                );
                let at = usize::from(*asset == Asset::Growth);
                let have = [book.points, book.growth][at];
                ensure!(*amount > 0 || -amount <= have, "more was taken than there was");
                ensure!(moved[at] == *amount && moved[1 - at] == 0, "the postings moved {moved:?}");
                ensure!(moved_value == [0, 0], "the postings moved {moved_value:?}");
                book.points += moved[0];
                book.growth += moved[1];
                ensure!(*balance_after == [book.points, book.growth][at], "the balance should be {book:?}");
                Ok("adjustment")
            }
            (Detail::Review { ranked, expired, expired_bonus, tier, balance_after }, Command::Review(_) | Command::Rank(..)) => {
                let asked = if let Command::Rank(_, ranking) = command { Some(ranking) } else { None };
                ensure!(ranked.is_none() || ranked.as_ref() == asked, "another ranking was noted than was told");
                book.rankings.extend(ranked.clone());
                let gone: i64 = expired.iter().map(|taken| taken.amount).sum();
                ensure!(moved == [-gone, 0], "the postings moved {moved:?}");
                let gone: i64 = expired_bonus.iter().map(|taken| taken.amount).sum();
                ensure!(moved_value == [0, -gone], "the postings moved {moved_value:?}");
                book.move_value(moved_value)?;
                let due = |at_ms: Option<i64>| at_ms.is_some_and(|at_ms| at_ms <= answer.posted_at_ms);
                let mut lapsed = expired.iter().chain(expired_bonus);
                ensure!(lapsed.all(|taken| taken.amount > 0 && due(taken.expires_at_ms)), "a lot expired too early");
                book.check_balance(moved, *balance_after)?;
                self.looked_at(rules, entry.holder, tier.as_ref(), answer.posted_at_ms)?;
                Ok("review")
            }
            (Detail::Coupon(_), Command::Coupon(_)) => {
                ensure!((moved, moved_value) == ([0, 0], [0, 0]), "a coupon moved {moved:?}");
                Ok("coupon")
            }
            (Detail::Occasion(detail), Command::Occasion(order)) => {
                ensure!((&detail.rule, detail.year) == (&order.rule, order.year), "another occasion was noted");
                ensure!((moved, moved_value) == ([detail.gift.points, 0], [0, 0]), "the postings moved {moved:?}");
                book.points += moved[0];
                book.check_balance(moved, detail.balance_after)?;
                Ok("occasion")
            }
            (Detail::Value(detail), Command::Value(order)) => {
                ensure!(!(self.closed)(order.member) && detail.act == order.act, "something else was done");
                book.stored(rules, entry.id, detail, (moved, moved_value))?;
                book.check_balance(moved, detail.balance_after)?;
                Ok(match order.act {
                    ValueAct::TopUp { .. } => "top-up",
                    ValueAct::Pay { .. } => "payment",
                    ValueAct::Refund { .. } => "refund",
                })
            }
            (Detail::Gift(detail), Command::Gift(order)) => {
                let opens = matches!(order.act, GiftAct::Reserve { .. } | GiftAct::HandOver { .. });
                ensure!(!opens || !(self.closed)(order.member), "a closed member took a gift");
                self.shelf.noted((rules, answer.posted_at_ms), book, (order, detail), (moved, moved_value))?;
                Ok("gift")
            }
            (detail, _) => bail!("{detail:?} is the entry of another command"),
        }
    }

    /// What a review may find of a tier: nothing to renew while nothing is needed for it, and no more than is measured.
    fn looked_at(&self, rules: &Rules, holder: HolderId, tier: Option<&TierReview>, posted_at_ms: i64) -> anyhow::Result<()> {
        // What a review finds after other commands of its batch is known to nobody but them.
        let before = self.books.get(&holder).filter(|book| !book.is_moving);
        let held = before.and_then(|book| book.state.as_ref()?.tier.as_ref());
        let level = |code: &str| rules.current.programme.tiers.levels.iter().find(|level| level.code == code);
        let for_ever = held.is_some_and(|held| held.keep_until_day.is_none() && level(&held.code).is_some_and(needs_nothing));
        match tier {
            Some(TierReview::Renewed | TierReview::Warned) => ensure!(!for_ever, "{held:?} is held for ever"),
            Some(TierReview::Changed { to: Some(code), .. }) => {
                // It may have been reached on any day since its period ended.
                let today = rules.moment(posted_at_ms).day;
                self.measured(rules, holder, code, (0..=today).rev().take(1_200))?;
            }
            Some(TierReview::Changed { to: None, .. }) => ensure!(!for_ever, "{held:?} needs nothing and was lost"),
            None => {}
        }
        Ok(())
    }

    /// A tier is given only when a window that ends on one of the days measures enough for it.
    fn measured(&self, rules: &Rules, holder: HolderId, code: &str, days: impl Iterator<Item = i32>) -> anyhow::Result<()> {
        let ladder: &Ladder = &rules.current.programme.tiers;
        let level = ladder.levels.iter().find(|level| level.code == code).context("a tier that the ladder does not have")?;
        let book = self.books.get(&holder).context("somebody without a book rose")?;
        let sales: Vec<&Sale> = book.sales.iter().filter_map(|id| self.sales.get(id)).collect();
        if needs_nothing(level) {
            return Ok(());
        }
        let reached = |needed: Option<i64>, have: i64| needed.is_some_and(|needed| have >= needed);
        for today in days {
            let (first, last) = window(ladder.window, today);
            let within = || sales.iter().filter(move |sale| (first..=last).contains(&sale.day));
            let spend: i64 = within().map(|sale| sale.spent_minor()).sum();
            let points: i64 = within().map(|sale| sale.qualified()).sum();
            let mut visits: Vec<i32> = within().filter(|sale| !sale.is_wholly_back()).map(|sale| sale.day).collect();
            visits.sort_unstable();
            visits.dedup();
            let ranked = book.rankings.iter().rev().find(|ranking| ranking.day <= today);
            let in_layer = level.layer.as_ref().is_some_and(|layer| ranked.is_some_and(|ranked| ranked.reaches.contains(layer)));
            if in_layer {
                return Ok(());
            }
            if reached(level.spend_minor, spend) || reached(level.points, points) || reached(level.visits, visits.len() as i64) {
                return Ok(());
            }
        }
        bail!("{code} was given and nothing measures enough for it")
    }
}

impl Book {
    fn check_balance(&mut self, moved: [i64; 2], balance_after: i64) -> anyhow::Result<()> {
        self.points += moved[0];
        self.growth += moved[1];
        ensure!(balance_after == self.points, "the balance should be {}", self.points);
        ensure!(self.growth >= 0, "growth points are owed");
        Ok(())
    }

    /// Counts what capped rules gave in a day, a month or a year. A late purchase is counted for two months.
    fn use_caps(&mut self, rules: &Rules, order: &Order, award: &Award, posted_at_ms: i64) -> anyhow::Result<()> {
        let date = date_of(order.moment.day);
        let counted = order.moment.day >= rules.moment(posted_at_ms).day - 28;
        for grant in &award.grants {
            let rule = &rules.current.programme.earning.rules[grant.rule];
            let periods = [
                (rule.caps.per_day, date.to_string()),
                (rule.caps.per_month, date.strftime("%Y-%m").to_string()),
                (rule.caps.per_year, date.year().to_string()),
            ];
            for (most, period) in periods {
                let Some(most) = most else { continue };
                let used = self.capped.entry((rule.id.clone(), period)).or_default();
                *used += grant.amount;
                ensure!(grant.amount == 0 || !counted || *used <= most, "{} gave {used} of {most}", rule.id);
            }
        }
        Ok(())
    }
}

/// How much points and growth points of their holder the postings change.
fn moved(postings: &[Posting]) -> [i64; 2] {
    net(postings, Asset::EARNED)
}

/// How much of some assets of their holder the postings change.
fn net(postings: &[Posting], assets: [Asset; 2]) -> [i64; 2] {
    assets.map(|asset| {
        let of_asset = postings.iter().filter(|posting| posting.asset == asset);
        of_asset
            .map(|posting| match (posting.from, posting.to) {
                (Account::Holder, Account::Holder) => 0,
                (Account::Holder, _) => -posting.amount,
                (_, Account::Holder) => posting.amount,
                _ => 0,
            })
            .sum()
    })
}

fn needs_nothing(level: &Level) -> bool {
    [level.spend_minor, level.points, level.visits] == [None; 3] && level.layer.is_none()
}

fn date_of(day: i32) -> Date {
    jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(day))
}

/// First and last day of the window that holds a day.
fn window(window: Window, day: i32) -> (i32, i32) {
    match window {
        Window::Rolling { days } => (day - i32::from(days) + 1, day),
        Window::Calendar { unit } => {
            let date = date_of(day);
            let is_within = |other: i32| {
                let other = date_of(other);
                let part = |date: Date| (date.month() - 1) / unit.months();
                (other.year(), part(other)) == (date.year(), part(date))
            };
            let first = (day - 366..=day).rev().take_while(|day| is_within(*day)).last().unwrap_or(day);
            let last = (day..day + 366).take_while(|day| is_within(*day)).last().unwrap_or(day);
            (first, last)
        }
    }
}
