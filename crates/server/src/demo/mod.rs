//! A believable sample brand of any size: members with lives of their own, two years of purchases, one of them with points.
//!
//! Everything is drawn from a seed and goes in the order of time through the same decision and the same tables as at a till, so that
//! balances, tiers, lots and expiries are what they would be.

mod basket;
mod calendar;
mod catalogue;
mod chance;
mod consents;
mod habit;
mod life;
mod market;
mod people;
mod posting;
mod programme;
mod tags;
mod words;

#[cfg(test)]
mod tests;

use std::sync::{Arc, mpsc};

use anyhow::{Context, Result, anyhow, ensure};
use danggol_core::band::BandRules;
use danggol_core::decide::{Actor, ActorKind, Published, Rules};
use danggol_core::id::{IdMaker, KeyId, NoteId, UserId};
use danggol_core::language::Language;
use danggol_core::time::DAY_MS;
use danggol_store::account::{self, UserRecord};
use danggol_store::lease::{lease_writer, release_lease, renew_lease};
use danggol_store::member::{self, SealedMember};
use danggol_store::note::{self, NoteRecord};
use danggol_store::product::{self, ShopRecord};
use danggol_store::save::Fence;
use danggol_store::seal::Keyring;
use danggol_store::{Conn, Store, StoreError, insight, setting};

use crate::auth::{Role, Scope, Scopes, password};
use crate::random;
use crate::routes::keys::new_key;
use crate::routes::members::CARD_COUNTER;
use crate::{band, brand};
use basket::Baskets;
use calendar::Days;
use catalogue::Catalogue;
use chance::Chance;
use habit::Visit;
use market::Market;
use people::{People, Person, store_code};
use posting::{Actors, Desk, Posted};
use programme::Version;
use words::Words;

/// What the owner of the sample brand types to sign in.
pub const LOGIN: &str = "owner";

/// Of a member, one in so many is she of whom the note says that she turned from the marketplace to a store.
const ONE_TURNED_IN: usize = 120;
/// Members whose enrolment is kept in one commit.
const ENROLLED_AT_ONCE: usize = 500;
/// Days before today on which the anniversary of the brand began.
const ANNIVERSARY_DAYS_AGO: i32 = 100;

/// What to fill a database with.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// Members, at least one.
    pub members: usize,
    /// In whose words and money.
    pub language: Language,
    /// The same seed at the same time gives the same brand.
    pub seed: u64,
    /// UTC milliseconds at which it all ends.
    pub now_ms: i64,
    /// The password of the owner, whose login is [`LOGIN`].
    pub password: String,
    /// First digits of card numbers.
    pub card_prefix: String,
}

/// What is being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Members are enrolled.
    Members,
    /// Purchases of the time before the points are brought.
    History,
    /// Purchases, returns, adjustments and reviews follow one another.
    Purchases,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being made.
    pub stage: Stage,
    /// How many of it are there.
    pub done: usize,
    /// How many there will be.
    pub total: usize,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoReport {
    /// The brand's name.
    pub brand: String,
    /// Members.
    pub members: usize,
    /// Stores.
    pub stores: usize,
    /// Products.
    pub products: usize,
    /// Notes on members.
    pub notes: usize,
    /// Purchases of the time before the points.
    pub history: u64,
    /// Purchases that earned.
    pub earned: u64,
    /// ISO 4217 code of its currency.
    pub currency: String,
    /// Decimals of its currency.
    pub currency_exponent: u32,
    /// What all purchases came to, in minor units.
    pub amount_minor: i64,
    /// Returns.
    pub returns: u64,
    /// Purchases that were partly paid with points.
    pub redemptions: u64,
    /// Adjustments by hand.
    pub adjustments: u64,
    /// Reviews at which points expired or a tier was looked at.
    pub reviews: u64,
    /// Members who bought within the last year.
    pub buyers: usize,
    /// What the best fifth of them bought, in ten-thousandths of all.
    pub top20_amount_bp: i64,
}

enum Message {
    Progress(Progress),
    Done(Box<Result<DemoReport>>),
}

/// Fills an empty database with a sample brand. `progress` is told from time to time how far it is. Must not be called inside an async
/// runtime; an [`App`](crate::app::App) that is open on the store must be refreshed afterwards.
///
/// # Errors
/// When there is a brand or a member already, or the database refuses. What was written until then stays, without a brand.
pub fn fill(
    store: &Store,
    keyring: &Arc<Keyring>,
    options: &DemoOptions,
    mut progress: impl FnMut(Progress),
) -> Result<DemoReport> {
    ensure!(options.members > 0, "a brand has at least one member");
    let writer = store.writer().context("the store is open for reading only")?;
    let (tell, told) = mpsc::channel();
    let (keyring, options) = (Arc::clone(keyring), options.clone());
    writer.submit(move |conn| {
        let filled = conn.map_err(anyhow::Error::from).and_then(|conn| {
            let filling = Filling::new(&options, &keyring)?;
            filling.run(conn, &|progress| {
                // Whoever asked may have gone away.
                tell.send(Message::Progress(progress)).ok();
            })
        });
        tell.send(Message::Done(Box::new(filled))).ok();
    })?;
    for message in told {
        match message {
            Message::Progress(done) => progress(done),
            Message::Done(filled) => return *filled,
        }
    }
    Err(anyhow!("the writing thread ended"))
}

type Tell<'a> = &'a dyn Fn(Progress);

/// Everything that follows from the options alone.
struct Filling<'a> {
    options: &'a DemoOptions,
    keyring: &'a Keyring,
    words: Words,
    market: Market,
    catalogue: Catalogue,
    days: Days,
    rules: Rules,
}

impl<'a> Filling<'a> {
    fn new(options: &'a DemoOptions, keyring: &'a Keyring) -> Result<Self> {
        let (words, market) = (Words::of(options.language)?, Market::of(options.language));
        let catalogue = Catalogue::new(&words, &market)?;
        let brand = market.brand(&words.brand.name);
        let first = programme::programme(&words, &market, &catalogue.cared_for, Version::First);
        let rules = Rules::new(Published::new(1, first), brand.zone(), brand.day_cut_hour, brand.lunar());
        let days = Days::new(&market, &rules, options.now_ms);
        Ok(Filling { options, keyring, words, market, catalogue, days, rules })
    }

    fn run(&self, conn: &mut Conn, tell: Tell<'_>) -> Result<DemoReport> {
        let now_ms = self.options.now_ms;
        conn.transaction(|conn| setting::check_keyring(conn, self.keyring))?;
        require_empty(conn)?;
        let instance = random::secret();
        let fence = conn.transaction(|conn| {
            let fence = lease_writer(conn, &instance, now_ms)?;
            // The database belongs to this process for as long as it takes.
            renew_lease(conn, &fence, now_ms + DAY_MS)?;
            Ok(fence)
        })?;
        let mut ids = IdMaker::new(fence.writer_id);
        let actors = self.prepare(conn, &mut ids)?;
        let (people, notes) = self.enrol(conn, &fence, actors.owner, tell)?;
        let visits = self.visits(&people);
        let (posted, fence) = self.live(conn, &people, &visits, actors, fence, tell)?;
        let times = (self.days.at_ms(self.days.opened(), 8.0), now_ms);
        tags::keep(conn, &mut ids, &self.words.tags, (&people, self.options.seed), (actors.owner, times.0, times.1))?;
        let country = self.market.country();
        consents::keep(conn, (country, fence.writer_id), (&people, self.options.seed), (actors.owner, times.0, times.1))?;
        conn.transaction(|conn| release_lease(conn, &fence))?;
        self.open(conn, actors.owner)?;
        self.report(conn, notes, posted)
    }

    /// Programme, stores, products and the keys of the programs that post.
    fn prepare(&self, conn: &mut Conn, ids: &mut IdMaker) -> Result<Actors> {
        let opened_at_ms = self.days.at_ms(self.days.opened(), 8.0);
        let owner = Actor { kind: ActorKind::User, id: ids.next(opened_at_ms) };
        let keys = self.words.brand.keys.each_ref().map(|name| {
            let scopes: Scopes = [Scope::PurchasesWrite].into_iter().collect();
            // Nobody learns the secret: these keys only say who posted.
            new_key(KeyId(ids.next(opened_at_ms)), name.clone(), scopes, opened_at_ms).0
        });
        let key = |place: usize| Actor { kind: ActorKind::Key, id: keys[place].id.0 };
        let import = Actor { kind: ActorKind::Import, id: 0 };
        let actors = Actors { import, till: key(0), shop: key(1), owner };
        let shops = self.words.brand.stores.iter().enumerate();
        let shops: Vec<ShopRecord> =
            shops.map(|(place, name)| ShopRecord { code: store_code(place), name: Some(name.clone()) }).collect();
        let went_live_ms = self.days.at_ms(self.days.went_live(), 0.0);
        conn.transaction(|conn| {
            self.publish(conn, &self.rules.current, went_live_ms, owner)?;
            product::put_shops(conn, &shops)?;
            product::put_products(conn, &self.catalogue.products)?;
            keys.iter().try_for_each(|key| account::insert_key(conn, key))
        })?;
        Ok(actors)
    }

    fn publish(&self, conn: &mut Conn, published: &Published, at_ms: i64, by: Actor) -> Result<(), StoreError> {
        let body = serde_json::to_string(&published.programme).map_err(|error| StoreError::Damaged(error.to_string()))?;
        let note = usize::try_from(published.version - 1).ok().and_then(|place| self.words.brand.versions.get(place));
        danggol_store::programme::publish(conn, &body, at_ms, Some(UserId(by.id)), note.map(String::as_str)).map(drop)
    }

    /// Enrols everybody, day by day. Gives the members and how many notes were written about them.
    fn enrol(&self, conn: &mut Conn, fence: &Fence, clerk: Actor, tell: Tell<'_>) -> Result<(Vec<Person>, usize)> {
        let total = self.options.members;
        let first_card = conn.transaction(|conn| setting::take_numbers(conn, CARD_COUNTER, total as i64))?;
        let cards = (self.options.card_prefix.as_str(), u64::try_from(first_card).unwrap_or(1));
        let people = People::new(&self.words, &self.market, &self.days, self.options.seed, cards)?;
        let joining = people.joining(total);
        let mut ids = IdMaker::new(fence.writer_id);
        let (mut persons, mut notes) = (Vec::with_capacity(total), 0);
        while persons.len() < total {
            let joining = &joining[persons.len()..total.min(persons.len() + ENROLLED_AT_ONCE)];
            let mut sealed: Vec<SealedMember> = Vec::with_capacity(joining.len());
            let first = persons.len();
            for joined_at_ms in joining {
                let place = persons.len();
                let turned = place % ONE_TURNED_IN == ONE_TURNED_IN / 2;
                let (new, person) = people.member(place, *joined_at_ms, turned, &mut ids)?;
                sealed.push(member::seal(self.keyring, new, &mut random::fill)?);
                persons.push(person);
            }
            let written = self.notes(first, &persons[first..], clerk, &mut ids);
            conn.transaction(|conn| {
                written.iter().try_for_each(|note| note::insert(conn, note))?;
                self.insert(conn, joining, &sealed)
            })?;
            notes += written.len();
            tell(Progress { stage: Stage::Members, done: persons.len(), total });
        }
        Ok((persons, notes))
    }

    /// Keeps members day by day, so that what is dated by the day they came is.
    fn insert(&self, conn: &mut Conn, joining: &[i64], sealed: &[SealedMember]) -> Result<(), StoreError> {
        let mut rest = sealed;
        for of_day in joining.chunk_by(|one, other| self.days.day_of(*one) == self.days.day_of(*other)) {
            let (today, later) = rest.split_at(of_day.len());
            let newest_ms = of_day.last().copied().unwrap_or(self.options.now_ms);
            let outcomes = member::insert(conn, today, newest_ms)?;
            if outcomes.iter().any(|outcome| *outcome != member::Enrolment::Enrolled) {
                return Err(StoreError::Damaged("an identity was drawn twice".to_owned()));
            }
            rest = later;
        }
        Ok(())
    }

    fn notes(&self, first: usize, people: &[Person], clerk: Actor, ids: &mut IdMaker) -> Vec<NoteRecord> {
        let words = &self.words.people;
        let mut notes = Vec::new();
        for (place, person) in people.iter().enumerate() {
            let mut chance = Chance::new(self.options.seed, [4, (first + place) as u64]);
            let drawn = chance
                .once(0.06)
                .then(|| (chance.pick(&words.notes).clone(), person.joined_at_ms + chance.between(0, 60) * DAY_MS));
            let turned = match person.habit.trait_ {
                habit::Trait::Turned(day) => Some((words.turned_note.clone(), self.days.at_ms(day + 20, 19.2))),
                habit::Trait::None | habit::Trait::Bulk | habit::Trait::KeyProduct(_) => None,
            };
            for (text, at_ms) in drawn.into_iter().chain(turned) {
                let at_ms = at_ms.clamp(person.joined_at_ms, self.days.last_at_ms());
                notes.push(NoteRecord {
                    id: NoteId(ids.next(person.joined_at_ms)),
                    member: person.id,
                    text,
                    at_ms,
                    actor: clerk,
                });
            }
        }
        notes
    }

    /// Everybody's visits in the order of time.
    fn visits(&self, people: &[Person]) -> Vec<Visit> {
        let mut visits = Vec::new();
        for (place, person) in people.iter().enumerate() {
            let mut chance = Chance::new(self.options.seed, [5, place as u64]);
            person.habit.visits(place, person.joined_at_ms, &self.days, &mut chance, &mut visits);
        }
        visits.sort_unstable_by_key(|visit| (visit.at_ms, visit.member, visit.number));
        visits
    }

    /// Two years of purchases: those before the points at once, the others as time goes by, under both versions of the programme.
    fn live(
        &self,
        conn: &mut Conn,
        people: &[Person],
        visits: &[Visit],
        actors: Actors,
        fence: Fence,
        tell: Tell<'_>,
    ) -> Result<(Posted, Fence)> {
        let options = self.options;
        let rules = Arc::new(self.rules.clone());
        let mut desk = Desk::new(people, &self.words.people, &self.days, actors, options.seed, rules, fence);
        let mut baskets = Baskets::new(&self.catalogue, &self.market, options.seed);
        let went_live_ms = self.days.at_ms(self.days.went_live(), 0.0);
        let (before, since) = visits.split_at(visits.partition_point(|visit| visit.at_ms < went_live_ms));
        let mut bought_minor = vec![0; people.len()];
        for (done, visit) in before.iter().enumerate() {
            bought_minor[visit.member as usize] += desk.bring(conn, &mut baskets, *visit)?;
            tell_some(tell, Stage::History, done, before.len());
        }
        let (points, per_minor) = self.market.rate;
        desk.carry_over(conn, &bought_minor, |minor| minor * points / per_minor / 4)?;
        let half = self.days.at_ms((self.days.went_live() + self.days.today()) / 2, 4.0);
        let mut second = false;
        for (done, visit) in since.iter().enumerate() {
            if !second && visit.at_ms >= half {
                desk.until(conn, half)?;
                desk.flush(conn)?;
                desk.rules = Arc::new(self.second(conn, half, actors.owner)?);
                second = true;
                desk.take_money_in((self.days.went_live() + self.days.today()) / 2);
            }
            desk.visit(conn, &mut baskets, *visit)?;
            tell_some(tell, Stage::Purchases, done, since.len());
        }
        if !second {
            desk.rules = Arc::new(self.second(conn, half, actors.owner)?);
        }
        desk.until(conn, self.days.last_at_ms())?;
        desk.flush(conn)?;
        Ok((desk.posted, desk.into_fence()))
    }

    /// Publishes the second version of the programme.
    fn second(&self, conn: &mut Conn, at_ms: i64, by: Actor) -> Result<Rules> {
        let version = Version::Second { anniversary: self.days.today() - ANNIVERSARY_DAYS_AGO };
        let programme = programme::programme(&self.words, &self.market, &self.catalogue.cared_for, version);
        let published = Arc::new(Published::new(2, programme));
        conn.transaction(|conn| self.publish(conn, &published, at_ms, by))?;
        let mut rules = self.rules.clone();
        rules.versions.insert(published.version, Arc::clone(&published));
        rules.current = published;
        Ok(rules)
    }

    /// The brand and its owner come last: without them what was written is no brand yet.
    fn open(&self, conn: &mut Conn, owner: Actor) -> Result<()> {
        let options = self.options;
        let owner = UserRecord {
            id: UserId(owner.id),
            login: LOGIN.to_owned(),
            name: self.words.brand.owner.clone(),
            role: Role::Owner.word().to_owned(),
            password_hash: password::hash_blocking(&options.password),
            language: None,
            created_at_ms: self.days.at_ms(self.days.opened(), 8.0),
            disabled_at_ms: None,
        };
        let brand = serde_json::to_string(&self.market.brand(&self.words.brand.name))?;
        let bands = BandRules { incomes: self.words.people.incomes.to_vec(), ..BandRules::default() };
        conn.transaction(|conn| band::keep_rules(conn, &bands))?;
        let is_new =
            conn.transaction(|conn| Ok(setting::put_new(conn, brand::SETTING, &brand)? && account::insert_user(conn, &owner)?))?;
        ensure!(is_new, "somebody else set up a brand meanwhile");
        Ok(())
    }

    fn report(&self, conn: &mut Conn, notes: usize, posted: Posted) -> Result<DemoReport> {
        let today = self.rules.moment(self.options.now_ms).day;
        let criteria = &self.rules.current.programme.pyramid;
        let from = today - i32::from(criteria.period_days) + 1;
        let buyers = conn.snapshot(|conn| insight::buyers(conn, from, today))?;
        let pyramid = danggol_core::pyramid::build(buyers, criteria);
        let brand = self.market.brand(&self.words.brand.name);
        Ok(DemoReport {
            brand: brand.name,
            currency: brand.currency,
            currency_exponent: brand.currency_exponent,
            members: self.options.members,
            stores: habit::STORES,
            products: self.catalogue.products.len(),
            notes,
            history: posted.history,
            earned: posted.earned,
            amount_minor: posted.amount_minor,
            returns: posted.returns,
            redemptions: posted.redemptions,
            adjustments: posted.adjustments,
            reviews: posted.reviews,
            buyers: pyramid.ranked.len(),
            top20_amount_bp: pyramid.curve().iter().find(|point| point.members_bp == 2_000).map_or(0, |point| point.amount_bp),
        })
    }
}

fn tell_some(tell: Tell<'_>, stage: Stage, done: usize, total: usize) {
    if done.is_multiple_of(512) || done + 1 == total {
        tell(Progress { stage, done: done + 1, total });
    }
}

fn require_empty(conn: &mut Conn) -> Result<()> {
    let (brand, members) = conn
        .snapshot(|conn| Ok((setting::find(conn, brand::SETTING)?, insight::members_by_status(conn)?.values().sum::<i64>())))?;
    ensure!(brand.is_none(), "there is a brand already; choose another data folder or database");
    ensure!(members == 0, "an earlier filling was broken off; remove the data folder or the database and begin again");
    Ok(())
}
