//! Members: who they are, how they came, by what they are recognised.

use anyhow::{Context, Result};
use danggol_core::birthday::{Birthday, Calendar};
use danggol_core::card::card_number;
use danggol_core::id::{IdMaker, IdentityId, MemberId};
use danggol_core::identity::{Identity, IdentityKind};
use danggol_core::language::Language;
use danggol_core::member::{Gender, MemberStatus};
use danggol_core::time::date_of;
use danggol_store::identity::NewIdentity;
use danggol_store::member::{MemberFields, NewMember, Profile};

use super::calendar::Days;
use super::chance::{Chance, Weights};
use super::habit::{Habit, OPEN_HOURS, within};
use super::life::Life;
use super::market::Market;
use super::programme::MARKETPLACE;
use super::words::{GivenWords, Words};

/// Codes of the stores, in their order.
pub fn store_code(place: usize) -> String {
    format!("S{:02}", place + 1)
}

/// How busy each store is.
const STORE_WEIGHTS: [f64; 12] = [14.0, 13.0, 12.0, 9.0, 9.0, 10.0, 7.0, 7.0, 6.0, 5.0, 5.0, 3.0];

/// A member as the rest of the filling knows her.
pub struct Person {
    /// Who.
    pub id: MemberId,
    /// UTC milliseconds of joining.
    pub joined_at_ms: i64,
    /// How she shops.
    pub habit: Habit,
}

/// The surnames and given names of a language, taken apart.
struct Names<'a> {
    surnames: Vec<&'a str>,
    weights: Weights,
    given: [[[Vec<&'a str>; 2]; 2]; 3],
    surname_first: bool,
}

impl<'a> Names<'a> {
    fn of(words: &'a Words, language: Language) -> Result<Self> {
        let pieces: Vec<&str> = words.names.surnames.split_whitespace().collect();
        let (surnames, weights): (Vec<&str>, Vec<f64>) = pieces
            .chunks(2)
            .map(|pair| match pair {
                [surname, weight] => Ok((*surname, weight.parse::<f64>()?)),
                _ => anyhow::bail!("a surname has no weight"),
            })
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .unzip();
        let split = |parts: &'a [String; 2]| parts.each_ref().map(|part| part.split_whitespace().collect());
        let generation = |given: &'a GivenWords| [split(&given.female), split(&given.male)];
        let names = &words.names;
        Ok(Names {
            surnames,
            weights: Weights::new(weights),
            given: [generation(&names.older), generation(&names.middle), generation(&names.younger)],
            surname_first: language != Language::En,
        })
    }

    fn draw(&self, born: i64, gender: Gender, chance: &mut Chance) -> String {
        let generation = usize::from(born >= 1965) + usize::from(born >= 1988);
        let [first, second] = &self.given[generation][usize::from(gender == Gender::Male)];
        let surname = self.surnames[self.weights.draw(chance)];
        if !self.surname_first {
            return format!("{} {surname}", chance.pick(first));
        }
        let (first, second) = (*chance.pick(first), *chance.pick(second));
        format!("{surname}{}{second}", if first == second { "" } else { first })
    }
}

/// Draws members.
pub struct People<'a> {
    words: &'a Words,
    market: &'a Market,
    days: &'a Days,
    names: Names<'a>,
    stores: Weights,
    seed: u64,
    card_prefix: &'a str,
    first_card: u64,
    this_year: i64,
}

/// What a draw of a person goes through.
struct Draft {
    place: usize,
    life: Life,
    gender: Gender,
    born: i64,
    home: usize,
    joined_at_ms: i64,
}

impl<'a> People<'a> {
    /// Members of a brand whose first card has the given number.
    pub fn new(words: &'a Words, market: &'a Market, days: &'a Days, seed: u64, cards: (&'a str, u64)) -> Result<Self> {
        Ok(People {
            words,
            market,
            days,
            names: Names::of(words, market.language)?,
            stores: Weights::new(STORE_WEIGHTS),
            seed,
            card_prefix: cards.0,
            first_card: cards.1,
            this_year: i64::from(date_of(days.today()).year()),
        })
    }

    /// Members' moments of joining, the earliest first: over three years, more and more of them.
    pub fn joining(&self, members: usize) -> Vec<i64> {
        let mut chance = Chance::new(self.seed, [1, 0]);
        let span = f64::from(self.days.today() - self.days.opened());
        let mut joined: Vec<i64> = (0..members)
            .map(|_| {
                let day = self.days.opened() + (span * chance.unit().powf(0.75)) as i32;
                self.days
                    .at_ms(day, within(chance.normal(16.0, 3.2), (OPEN_HOURS.0, OPEN_HOURS.1 - 0.2)))
                    .min(self.days.last_at_ms())
            })
            .collect();
        joined.sort_unstable();
        joined
    }

    /// The member of a place among all: her file, and how she shops.
    pub fn member(&self, place: usize, joined_at_ms: i64, turned: bool, ids: &mut IdMaker) -> Result<(NewMember, Person)> {
        let mut chance = Chance::new(self.seed, [2, place as u64]);
        let life = if turned { Life::Single } else { Life::draw(&mut chance) };
        let (youngest, oldest) = life.ages();
        let draft = Draft {
            place,
            life,
            gender: life.gender(&mut chance),
            born: self.this_year - chance.between(youngest, oldest),
            home: self.stores.draw(&mut chance),
            joined_at_ms,
        };
        let id = MemberId(ids.next(joined_at_ms));
        let habit = Habit::draw(draft.life, draft.home, self.days.day_of(joined_at_ms), turned, self.days, &mut chance);
        let identities = self.identities(&draft, &habit, ids, &mut chance)?;
        let (source_kind, source_code) = self.source(&draft, &habit, &mut chance);
        let new = NewMember {
            id,
            source_kind: source_kind.to_owned(),
            source_code,
            joined_at_ms,
            fields: self.fields(&draft, &habit, &mut chance)?,
            identities,
        };
        Ok((new, Person { id, joined_at_ms, habit }))
    }

    fn source(&self, draft: &Draft, habit: &Habit, chance: &mut Chance) -> (&'static str, Option<String>) {
        let store = store_code(draft.home);
        match chance.unit() {
            _ if habit.is_online_first() => ("online", Some(habit.first_channel().to_owned())),
            drawn if drawn < 0.45 => ("counter", Some(store)),
            drawn if drawn < 0.85 => ("qr", Some(format!("QR-{store}"))),
            drawn if drawn < 0.93 => ("purchase", Some(store)),
            _ => ("online", Some(habit.first_channel().to_owned())),
        }
    }

    fn fields(&self, draft: &Draft, habit: &Habit, chance: &mut Chance) -> Result<MemberFields> {
        let life = self.words.life(draft.life)?;
        let (people, brand) = (&self.words.people, &self.words.brand);
        let some = |chance: &mut Chance, share: f64, text: &str| chance.once(share).then(|| text.to_owned());
        let income = (habit.dear * 4.0) as usize;
        let (fewest, most) = draft.life.household();
        let occupation = chance.pick(&life.occupations).clone();
        let profile = Profile {
            occupation: some(chance, 0.35, &occupation),
            residence: some(chance, 0.40, &brand.districts[draft.home]),
            income_band: some(chance, 0.20, &people.incomes[income.min(3)]),
            household_size: chance.once(0.30).then(|| chance.between(fewest, most)),
            preferences: chance.once(0.22).then(|| chance.pick(&life.preferences).clone()),
            note: None,
            custom: std::collections::BTreeMap::new(),
        };
        let foreign = chance.once(0.015);
        let language = if foreign { Language::En } else { self.market.language };
        Ok(MemberFields {
            status: MemberStatus::Active,
            name: Some(self.names.draw(draft.born, draft.gender, chance)),
            gender: chance.once(0.94).then_some(draft.gender),
            birthday: chance.once(0.86).then(|| self.birthday(draft, chance)),
            language: Some(language.tag().to_owned()),
            store: (!habit.is_online_only()).then(|| store_code(draft.home)),
            profile,
        })
    }

    fn birthday(&self, draft: &Draft, chance: &mut Chance) -> Birthday {
        let (older, others) = self.market.lunar_share;
        let lunar = chance.once(if draft.born < 1965 { older } else { others });
        // Every month of both calendars has 28 days, so that whatever is drawn exists.
        let (calendar, last) = if lunar { (Calendar::Lunar, 29) } else { (Calendar::Solar, 28) };
        let (month, day) = (chance.between(1, 12) as u8, chance.between(1, last) as u8);
        let year = chance.once(0.88).then_some(draft.born as i16);
        Birthday::new(calendar, year, month, day, false).expect("every month has these days")
    }

    fn identities(&self, draft: &Draft, habit: &Habit, ids: &mut IdMaker, chance: &mut Chance) -> Result<Vec<NewIdentity>> {
        let place = draft.place;
        let mut values: Vec<(IdentityKind, Option<&str>, String)> = Vec::new();
        let phone = self.market.phone(place).filter(|_| chance.once(0.93));
        let email = phone.is_none() || chance.once(if habit.online > 0.3 { 0.55 } else { 0.15 });
        values.extend(phone.map(|phone| (IdentityKind::Phone, None, phone)));
        if email {
            values.push((IdentityKind::Email, None, format!("member{:06}@example.com", place + 1)));
        }
        let card = card_number(self.first_card + place as u64, self.card_prefix).context("a card number")?;
        values.push((IdentityKind::Card, None, card));
        if let Some(messenger) = self.market.messenger.filter(|_| chance.once(0.3)) {
            values.push((messenger, None, format!("demo-{place:07}")));
        }
        if habit.marketplace > 0.0 {
            values.push((IdentityKind::Marketplace, Some(MARKETPLACE), format!("buyer-{place:07}")));
        }
        values
            .into_iter()
            .map(|(kind, issuer, value)| {
                let identity = Identity::new(kind, issuer, &value, self.market.country()).with_context(|| value.clone())?;
                let verified_at_ms = (kind == IdentityKind::Phone).then_some(draft.joined_at_ms);
                Ok(NewIdentity { id: IdentityId(ids.next(draft.joined_at_ms)), identity, verified_at_ms })
            })
            .collect()
    }
}
