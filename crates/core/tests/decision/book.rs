//! A store in memory: what was decided is kept, and checked after every command.

use std::collections::BTreeMap;

use danggol_core::birthday::{Birthday, Calendar, LunarKind};
use danggol_core::buy::review_at_ms;
use danggol_core::coupon::{Coded, Counts, HeldCoupon, HeldTemplate};
use danggol_core::decide::{
    Actor, ActorKind, Command, Detail, Entry, Envelope, Held, Key, Known, Outcome, Published, Rules, Sink, World, decide,
};
use danggol_core::earning::Award;
use danggol_core::gift::{Gift, HeldReservation, HeldStock, ReservationState};
use danggol_core::holder::HolderState;
use danggol_core::id::{CouponId, EntryId, GiftId, HolderId, MemberId, PurchaseId, ReservationId, TemplateId};
use danggol_core::ledger::{Account, Asset, Posting};
use danggol_core::member::{Gender, MemberFacts, MemberStatus};
use danggol_core::programme::Programme;
use danggol_core::purchase::{KeptPurchase, Order, Returned};
use danggol_core::quote::Quote;
use jiff::tz::TimeZone;

/// What one command came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub outcome: Outcome,
    pub award: Option<Award>,
    pub entry: Option<Entry>,
    pub shares: Vec<Entry>,
    pub quote: Option<Quote>,
    pub postings: Vec<Posting>,
}

/// A sink that keeps everything.
#[derive(Debug, Default)]
pub struct Recorded {
    awards: Vec<(usize, Award)>,
    entries: Vec<(usize, Entry)>,
    postings: Vec<(usize, Posting)>,
    returned: Vec<(usize, KeptPurchase)>,
    touched: Vec<(usize, HolderId, EntryId)>,
    outcomes: Vec<(usize, Outcome)>,
    quotes: Vec<(usize, Quote)>,
}

impl Sink for Recorded {
    fn purchase(&mut self, index: usize, _: HolderId, award: Award) {
        self.awards.push((index, award));
    }
    fn quote(&mut self, index: usize, quote: Quote) {
        self.quotes.push((index, quote));
    }
    fn entry(&mut self, index: usize, entry: Entry) {
        self.entries.push((index, entry));
    }
    fn posting(&mut self, index: usize, posting: Posting) {
        self.postings.push((index, posting));
    }
    fn returned(&mut self, index: usize, purchase: &KeptPurchase) {
        self.returned.push((index, purchase.clone()));
    }
    fn touched(&mut self, index: usize, holder: HolderId, entry: EntryId) {
        self.touched.push((index, holder, entry));
    }
    fn outcome(&mut self, index: usize, outcome: Outcome) {
        self.outcomes.push((index, outcome));
    }
}

fn is_share(entry: &Entry) -> bool {
    matches!(entry.detail, Detail::Share(_))
}

/// Everything kept so far.
pub struct Book {
    pub rules: Rules,
    pub states: BTreeMap<HolderId, HolderState>,
    pub purchases: BTreeMap<PurchaseId, KeptPurchase>,
    pub sums: BTreeMap<(HolderId, Asset), i64>,
    pub brand: BTreeMap<(Account, Asset), i64>,
    pub coupons: BTreeMap<CouponId, HeldCoupon>,
    pub templates: BTreeMap<TemplateId, HeldTemplate>,
    pub codes: BTreeMap<String, Coded>,
    pub gifts: BTreeMap<GiftId, Gift>,
    pub stocks: BTreeMap<(GiftId, String), HeldStock>,
    pub reservations: BTreeMap<ReservationId, HeldReservation>,
    gifts_had: BTreeMap<(HolderId, GiftId), i64>,
    /// Members who spend each other's points.
    pub sharing: Vec<HolderId>,
    given: BTreeMap<(HolderId, TemplateId), i64>,
    members: BTreeMap<MemberId, MemberFacts>,
    numbers: BTreeMap<String, Known>,
    keys: BTreeMap<String, Known>,
    next_id: i64,
}

impl Book {
    /// A book of a shop in Seoul with one member, number 1.
    pub fn new(programme: Programme) -> Self {
        Self::of(programme, "Asia/Seoul", 0)
    }

    /// A book of a shop in a zone whose business day changes at an hour.
    pub fn of(programme: Programme, zone: &str, cut_hour: u8) -> Self {
        let zone = TimeZone::get(zone).expect("a zone");
        let mut book = Self {
            rules: Rules::new(Published::new(1, programme), zone, cut_hour, LunarKind::Chinese),
            states: BTreeMap::new(),
            purchases: BTreeMap::new(),
            sums: BTreeMap::new(),
            brand: BTreeMap::new(),
            coupons: BTreeMap::new(),
            templates: BTreeMap::new(),
            codes: BTreeMap::new(),
            gifts: BTreeMap::new(),
            stocks: BTreeMap::new(),
            reservations: BTreeMap::new(),
            gifts_had: BTreeMap::new(),
            sharing: Vec::new(),
            given: BTreeMap::new(),
            members: BTreeMap::new(),
            numbers: BTreeMap::new(),
            keys: BTreeMap::new(),
            next_id: 100,
        };
        (1..=3).for_each(|member| book.join(MemberId(member), MemberStatus::Active));
        book
    }

    /// The same book, in which all three members spend each other's points where `shares`.
    pub fn sharing(mut self, shares: bool) -> Self {
        self.sharing = if shares { (1..=3).map(HolderId).collect() } else { Vec::new() };
        self
    }

    /// Adds a member who holds for herself, born on 1990-03-15, joined on 2020-01-01.
    pub fn join(&mut self, member: MemberId, status: MemberStatus) {
        let facts = MemberFacts {
            member,
            holder: HolderId(member.0),
            status,
            gender: Some(Gender::Female),
            birthday: Birthday::parse("1990-03-15", Calendar::Solar, false).ok(),
            source: None,
            language: Some("ko".to_owned()),
            joined_at_ms: 1_577_836_800_000,
        };
        self.members.insert(member, facts);
    }

    /// Puts a programme in force as the next version.
    pub fn publish(&mut self, programme: Programme) {
        let published = std::sync::Arc::new(Published::new(self.rules.current.version + 1, programme));
        self.rules.versions.insert(published.version, published.clone());
        self.rules.current = published;
    }

    /// The next id.
    pub fn id(&mut self) -> i64 {
        self.next_id += 1 + self.spare();
        self.next_id
    }

    /// How many ids stand before that of a command for what it draws from others.
    fn spare(&self) -> i64 {
        2 * self.sharing.len() as i64
    }

    /// The state of a member who holds for herself.
    pub fn state(&self, member: i64) -> HolderState {
        self.states.get(&HolderId(member)).cloned().unwrap_or_default()
    }

    /// A command by the system, under the next id.
    pub fn envelope(&mut self, command: Command, key: Option<(&str, i64)>) -> Envelope {
        let id = match &command {
            Command::Purchase(order) => order.id.0,
            Command::Return(_)
            | Command::Adjust(_)
            | Command::Coupon(_)
            | Command::Occasion(_)
            | Command::Value(_)
            | Command::Gift(_)
            | Command::Review(_)
            | Command::Rank(..) => self.id(),
        };
        Envelope {
            id: EntryId(id),
            actor: Actor { kind: ActorKind::System, id: 0 },
            key: key.map(|(key, input_hash)| Key { scoped: key.to_owned(), input_hash }),
            command,
        }
    }

    fn others(&self, holder: HolderId) -> Vec<HolderId> {
        self.sharing.iter().copied().filter(|other| *other != holder).collect()
    }

    /// What a batch would read. Everything: it is small.
    fn world(&self) -> World {
        World {
            members: self.members.clone().into_iter().collect(),
            holders: self
                .states
                .iter()
                .map(|(holder, state)| (*holder, Held { version: 1, state: state.clone(), changed: false }))
                .collect(),
            purchases: self.purchases.clone().into_iter().collect(),
            numbers: self.numbers.clone().into_iter().collect(),
            keys: self.keys.clone().into_iter().collect(),
            coupons: self.coupons.clone().into_iter().collect(),
            templates: self.templates.clone().into_iter().collect(),
            codes: self.codes.clone().into_iter().collect(),
            gifts: self.gifts.clone().into_iter().collect(),
            stocks: self.stocks.clone().into_iter().collect(),
            reservations: self.reservations.clone().into_iter().collect(),
            gifts_had: self.gifts_had.clone().into_iter().collect(),
            given: self.given.clone().into_iter().collect(),
            sharing: self.sharing.iter().map(|holder| (*holder, self.others(*holder))).collect(),
            ..World::default()
        }
    }

    /// Carries out one command as a batch of its own.
    pub fn carry_out(&mut self, envelope: &Envelope, now_ms: i64) -> Step {
        self.batch(std::slice::from_ref(envelope), now_ms).remove(0)
    }

    /// Carries out a batch, keeps what was decided and checks what must hold.
    pub fn batch(&mut self, envelopes: &[Envelope], now_ms: i64) -> Vec<Step> {
        let mut world = self.world();
        let spare = |id: i64| (id - self.spare()..id).map(EntryId).collect();
        world.spare = envelopes.iter().map(|envelope| (envelope.id, spare(envelope.id.0))).collect();
        let mut sink = Recorded::default();
        decide(&self.rules, &mut world, envelopes, now_ms, &mut sink);
        let places: Vec<usize> = sink.outcomes.iter().map(|(index, ..)| *index).collect();
        assert_eq!(places, (0..envelopes.len()).collect::<Vec<_>>(), "one outcome for each command, in their order");
        for (holder, held) in &world.holders {
            let before = self.states.get(holder).cloned().unwrap_or_default();
            assert!(held.changed || held.state == before, "a state that changed says so");
            if held.changed {
                self.states.insert(*holder, held.state.clone());
            }
        }
        for (index, outcome) in &sink.outcomes {
            let own = |(at, _, entry): &&(usize, HolderId, EntryId)| at == index && *entry == envelopes[*index].id;
            let holder = sink.touched.iter().find(own).map(|(_, holder, _)| *holder);
            self.keep_outcome(&envelopes[*index], holder, outcome, &sink, *index);
        }
        for (_, kept) in &sink.returned {
            self.purchases.insert(kept.id, kept.clone());
        }
        for (_, posting) in &sink.postings {
            self.keep_posting(posting);
        }
        self.keep_gifts(&mut world);
        self.keep_coupons(world);
        self.check(now_ms);
        let step = |(index, outcome): &(usize, Outcome)| Step {
            outcome: outcome.clone(),
            award: sink.awards.iter().find(|(at, _)| at == index).map(|(_, award)| award.clone()),
            entry: sink.entries.iter().find(|(at, entry)| at == index && !is_share(entry)).map(|(_, entry)| entry.clone()),
            shares: sink
                .entries
                .iter()
                .filter(|(at, entry)| at == index && is_share(entry))
                .map(|(_, entry)| entry.clone())
                .collect(),
            quote: sink.quotes.iter().find(|(at, _)| at == index).map(|(_, quote)| quote.clone()),
            postings: sink.postings.iter().filter(|(at, _)| at == index).map(|(_, posting)| *posting).collect(),
        };
        sink.outcomes.iter().map(step).collect()
    }

    fn keep_outcome(&mut self, envelope: &Envelope, holder: Option<HolderId>, outcome: &Outcome, sink: &Recorded, index: usize) {
        let told = |indices: Vec<usize>| indices.contains(&index);
        let told_of =
            told(sink.awards.iter().map(|(at, _)| *at).collect()) || told(sink.entries.iter().map(|(at, _)| *at).collect());
        assert_eq!(told_of, matches!(outcome, Outcome::Done(_)), "what is done is told, and nothing else: {outcome:?}");
        let moved = told(sink.postings.iter().map(|(at, _)| *at).collect());
        assert!(!moved || holder.is_some(), "only what is done moves anything");
        if !matches!(outcome, Outcome::Done(_)) {
            return;
        }
        if let Some(key) = &envelope.key {
            self.keys.insert(key.scoped.clone(), Known { entry: envelope.id, input_hash: key.input_hash });
        }
        let Command::Purchase(order) = &envelope.command else { return };
        if let Some(number) = &order.external_no {
            self.numbers.insert(number.clone(), Known { entry: envelope.id, input_hash: order.input_hash });
        }
        let (_, award) = sink.awards.iter().find(|(at, _)| *at == index).expect("a purchase that is done has an award");
        let read_again: Award = serde_json::from_str(&serde_json::to_string(award).unwrap()).unwrap();
        assert_eq!(read_again, *award, "an award comes back from what is kept of it");
        self.purchases.insert(order.id, self.kept(order, holder.expect("a holder"), award));
    }

    fn kept(&self, order: &Order, holder: HolderId, award: &Award) -> KeptPurchase {
        let order = order.at_paid_prices(award);
        KeptPurchase {
            id: order.id,
            member: order.member,
            holder,
            moment: order.moment,
            channel: order.channel.clone(),
            store: order.store.clone(),
            staff: order.staff.clone(),
            lines: order.lines.clone(),
            discount_minor: order.discount_minor,
            kind: order.kind,
            programme_version: self.rules.current.version,
            award: award.clone(),
            returned: Returned::default(),
        }
    }

    /// Keeps what became of gifts, and that what a store has put aside and handed out is what its reservations come to.
    fn keep_gifts(&mut self, world: &mut World) {
        for (id, held) in world.reservations.drain() {
            let before = self.reservations.get(&id);
            assert!(
                !held.changed_by.is_empty() || before.is_some_and(|before| before.reservation == held.reservation),
                "a reservation that changed says by whom: {held:?}"
            );
            self.reservations.insert(id, HeldReservation { changed_by: Vec::new(), version: held.version + 1, ..held });
        }
        for ((gift, store), held) in world.stocks.drain() {
            let count = |state| {
                let of_it = self.reservations.values().map(|held| &held.reservation);
                of_it.filter(|of| (of.gift, &of.store, of.state) == (gift, &store, state)).count() as i64
            };
            let (reserved, handed) = (held.reserved + held.added[0], held.handed + held.added[1]);
            let derived = (count(ReservationState::Reserved), count(ReservationState::Handed));
            assert_eq!((reserved, handed), derived, "what is counted of a stock is what its reservations come to");
            assert!(reserved + handed <= held.stock, "{held:?}");
            let kept = HeldStock { stock: held.stock, reserved, handed, ..HeldStock::default() };
            self.stocks.insert((gift, store), kept);
        }
        self.gifts_had = world.gifts_had.drain().collect();
    }

    /// Keeps what became of coupons, and that what is counted is what they come to.
    fn keep_coupons(&mut self, world: World) {
        for (id, held) in world.coupons {
            let before = self.coupons.get(&id);
            assert!(
                !held.changed_by.is_empty() || before.is_some_and(|before| before.coupon == held.coupon),
                "a coupon that changed says by whom: {held:?}"
            );
            self.coupons.insert(id, HeldCoupon { changed_by: Vec::new(), version: held.version + 1, ..held });
        }
        for (id, held) in world.templates {
            let HeldTemplate { ready, open, counts, added, .. } = held;
            let counts = Counts {
                issued: counts.issued + added.issued,
                used: counts.used + added.used,
                off_minor: counts.off_minor + added.off_minor,
            };
            let of_it = || self.coupons.values().map(|held| &held.coupon).filter(|coupon| coupon.template == id);
            let used = || of_it().filter(|coupon| coupon.state == danggol_core::coupon::CouponState::Used);
            let derived = Counts {
                issued: of_it().count() as i64,
                used: used().count() as i64,
                off_minor: used().map(|coupon| coupon.off_minor).sum(),
            };
            assert_eq!(counts, derived, "what is counted of a template is what its coupons come to");
            self.templates.insert(id, HeldTemplate::new(ready, open, counts));
        }
        self.given = world.given.into_iter().collect();
    }

    fn keep_posting(&mut self, posting: &Posting) {
        assert!(posting.amount > 0, "a posting moves something: {posting:?}");
        assert_ne!(posting.from, posting.to, "a posting moves something: {posting:?}");
        for (account, amount) in [(posting.from, -posting.amount), (posting.to, posting.amount)] {
            match account {
                Account::Holder => *self.sums.entry((posting.holder, posting.asset)).or_default() += amount,
                brand => *self.brand.entry((brand, posting.asset)).or_default() += amount,
            }
        }
    }

    /// What must hold after every command.
    fn check(&self, now_ms: i64) {
        for asset in Asset::ALL {
            let holders: i64 = self.sums.iter().filter(|((_, known), _)| *known == asset).map(|(_, sum)| sum).sum();
            let brand: i64 = self.brand.iter().filter(|((_, known), _)| *known == asset).map(|(_, sum)| sum).sum();
            assert_eq!(holders + brand, 0, "postings of {asset:?} sum to zero");
        }
        for (holder, state) in &self.states {
            for asset in Asset::ALL {
                let purse = state.purse(asset);
                let posted = self.sums.get(&(*holder, asset)).copied().unwrap_or(0);
                assert_eq!(purse.balance(), posted, "the balance of {asset:?} is the sum of its postings: {purse:?}");
                assert!(
                    purse.debt >= 0 && purse.lots.iter().all(|lot| 0 < lot.remaining && lot.remaining <= lot.earned),
                    "{purse:?}"
                );
                let order = |lot: &danggol_core::ledger::Lot| lot.expires_at_ms.unwrap_or(i64::MAX);
                assert!(purse.lots.is_sorted_by_key(order), "lots stand in the order of their expiry: {purse:?}");
                let live = purse.lots.iter().any(|lot| !lot.has_expired(now_ms));
                assert!(purse.debt == 0 || !live, "nobody owes who has anything: {purse:?}");
                assert!(
                    purse.available(now_ms) <= purse.balance().max(0) || purse.lots.iter().any(|lot| lot.has_expired(now_ms))
                );
            }
            let text = serde_json::to_string(state).unwrap();
            assert_eq!(
                serde_json::from_str::<HolderState>(&text).unwrap(),
                *state,
                "a state comes back from what is kept of it: {text}"
            );
        }
        for kept in self.purchases.values() {
            let given = |asset| kept.award.given(asset);
            let returned = &kept.returned;
            assert!((0..=given(Asset::Points)).contains(&returned.points_taken), "{returned:?} of {:?}", kept.award);
            assert!((0..=given(Asset::Growth)).contains(&returned.growth_taken), "{returned:?} of {:?}", kept.award);
            assert!((0..=kept.award.redeemed_points).contains(&returned.given_back), "{returned:?} of {:?}", kept.award);
            assert!((0..=returned.points_taken).contains(&returned.waived), "{returned:?} of {:?}", kept.award);
        }
    }

    /// After a review nothing is due any more.
    pub fn check_reviewed(&self, member: i64, now_ms: i64) {
        let next = review_at_ms(&self.rules, &self.state(member));
        assert!(next.is_none_or(|at_ms| at_ms > now_ms), "a review makes progress: {next:?} at {now_ms}");
    }
}
