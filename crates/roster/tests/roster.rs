//! The roster against a plain reading of the same rows, over seeded random histories.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use danggol_core::habit::Bought;
use danggol_core::holder::HolderState;
use danggol_core::id::{HolderId, MemberId, PurchaseId};
use danggol_core::member::{MemberFacts, MemberStatus};
use danggol_core::person::PersonFile;
use danggol_core::purchase::{Line, LineKind};
use danggol_core::pyramid::{Buyer, Criteria, build};
use danggol_core::time::{DAY_MS, date_of, moment};
use danggol_roster::snapshot::{self, Origin, SnapshotError};
use danggol_roster::{
    Builder, CohortOf, Fault, Favourite, Living, NO_LAYER, NOTHING, Period, Roster, buyers, cohorts, favourites, pyramid, rfm,
};
use jiff::tz::TimeZone;

const THREADS: usize = 3;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((u128::from(bits ^ (bits >> 31)) * u128::from(bound)) >> 64) as u64
    }
}

const FIRST_DAY: i32 = 19_700;

/// A purchase with whose it is.
#[derive(Debug, Clone)]
struct Row {
    member: i64,
    bought: Bought,
}

/// A member who joined on a day.
fn file(id: i64, day: i32) -> PersonFile {
    PersonFile {
        facts: MemberFacts {
            member: MemberId(id),
            holder: HolderId(id),
            status: MemberStatus::Active,
            gender: None,
            birthday: None,
            source: None,
            language: None,
            joined_at_ms: i64::from(day) * DAY_MS,
        },
        name: None,
        store: None,
        income: None,
        source_kind: "counter".to_owned(),
        custom: BTreeMap::new(),
        consents: BTreeMap::new(),
    }
}

/// Members with the day on which each joined, and purchases in no order: of few members some often, amounts from nothing to what no 32
/// bits hold, now and then below zero.
fn rows(seed: u64) -> (Vec<(i64, i32)>, Vec<Row>) {
    let mut random = Random(seed);
    let mut members: Vec<(i64, i32)> = (0..60).map(|place| (i64::from(place * 97 % 61 + 5), FIRST_DAY + place)).collect();
    members.sort_unstable();
    let bought = (0..900).map(|number| {
        let day = FIRST_DAY + random.below(400) as i32;
        let at_ms = i64::from(day) * DAY_MS + random.below(DAY_MS as u64) as i64;
        let amount_minor = match random.below(20) {
            0 => 1 << 40,
            1 => -(random.below(500) as i64),
            2 => 0,
            _ => random.below(50) as i64 * 100,
        };
        let lines: Vec<Line> = (0..random.below(3))
            .map(|line| Line {
                sku: format!("p{}", random.below(9)),
                category: (random.below(4) > 0).then(|| format!("c{}", line * 5 + random.below(5))),
                quantity: 1,
                amount_minor: random.below(900) as i64,
                kind: LineKind::Sale,
                off_minor: 0,
            })
            .collect();
        let bought = Bought {
            id: PurchaseId(number),
            moment: moment(at_ms, &TimeZone::UTC, 0),
            amount_minor,
            quantity: random.below(70_000) as i64 - 5,
            discount_minor: 0,
            with_coupon: false,
            came_back: random.below(9) == 0,
            channel: ["store", "online"][random.below(2) as usize].to_owned(),
            store: (random.below(5) > 0).then(|| format!("s{}", random.below(7))),
            staff: None,
            lines,
        };
        Row { member: members[(random.below(50) * random.below(50) / 50) as usize].0, bought }
    });
    let bought = bought.collect();
    (members, bought)
}

fn roster(members: &[(i64, i32)], rows: &[Row]) -> Roster {
    let mut builder = Builder::new(TimeZone::UTC);
    members.iter().for_each(|(id, day)| builder.member(&file(*id, *day), &HolderState::default()).unwrap());
    rows.iter().for_each(|row| builder.bought(MemberId(row.member), &row.bought).unwrap());
    builder.finish().unwrap()
}

/// A year, a month, a stretch before everything, and everything.
fn periods() -> [Period; 4] {
    let period = |from_day, to_day| Period { from_day, to_day };
    [period(FIRST_DAY + 20, FIRST_DAY + 384), period(FIRST_DAY + 100, FIRST_DAY + 129), period(0, FIRST_DAY - 1), Period::EVER]
}

fn within(period: Period, row: &Row) -> bool {
    (period.from_day..=period.to_day).contains(&row.bought.moment.day)
}

fn plain_buyers(rows: &[Row], period: Period) -> Vec<Buyer> {
    let mut buyers: BTreeMap<i64, Buyer> = BTreeMap::new();
    for row in rows.iter().filter(|row| within(period, row)) {
        let member = row.member;
        let new = Buyer { member, amount_minor: 0, quantity: 0, purchases: 0, last_at_ms: 0 };
        let buyer = buyers.entry(member).or_insert(new);
        buyer.amount_minor += row.bought.amount_minor;
        buyer.quantity += row.bought.quantity;
        buyer.purchases += 1;
        buyer.last_at_ms = buyer.last_at_ms.max(row.bought.moment.at_ms);
    }
    buyers.into_values().collect()
}

#[test]
fn the_pyramid_is_the_one_of_the_sorted_buyers() {
    for seed in 0..20 {
        let (members, rows) = rows(seed);
        let roster = roster(&members, &rows);
        for period in periods() {
            let plain = plain_buyers(&rows, period);
            assert_eq!(buyers(&roster, period, THREADS), plain, "{seed}");
            let criteria = Criteria::default();
            let expected = build(plain, &criteria);
            let found = pyramid(&roster, period, &criteria.layers, THREADS);
            assert_eq!(found.layers, expected.layers, "{seed}");
            assert_eq!(found.curve, expected.curve(), "{seed}");
            assert_eq!((found.buyers, found.amount_minor), (expected.ranked.len(), expected.amount_minor));
            let mut start = 0;
            let mut layer: HashMap<i64, u8> = HashMap::new();
            for (place, part) in expected.layers.iter().enumerate() {
                let range = start..start + part.members;
                layer.extend(expected.ranked[range.clone()].iter().map(|buyer| (buyer.member, place as u8)));
                start = range.end;
            }
            for (place, id) in roster.ids().iter().enumerate() {
                assert_eq!(found.layer[place], layer.get(id).copied().unwrap_or(NO_LAYER), "{seed}: {id}");
                assert_eq!(found.amounts[place] == NOTHING, !layer.contains_key(id));
            }
        }
    }
}

#[test]
fn scores_count_the_fifths_below() {
    for seed in 0..20 {
        let (members, rows) = rows(seed);
        let roster = roster(&members, &rows);
        for period in periods() {
            let plain = plain_buyers(&rows, period);
            let last_day = |buyer: &Buyer| {
                rows.iter()
                    .filter(|row| row.member == buyer.member && within(period, row))
                    .map(|row| row.bought.moment.day.into())
                    .max()
                    .unwrap()
            };
            let keys: [Vec<i64>; 3] = [
                plain.iter().map(last_day).collect(),
                plain.iter().map(|buyer| buyer.purchases).collect(),
                plain.iter().map(|buyer| buyer.amount_minor).collect(),
            ];
            let scores = keys.map(|key| {
                let mut sorted = key.clone();
                sorted.sort_unstable();
                let ends: Vec<i64> =
                    (1..5).filter(|_| !key.is_empty()).map(|n| sorted[(key.len() * n).div_ceil(5) - 1]).collect();
                key.iter().map(|value| 1 + ends.iter().filter(|end| *value > **end).count() as u8).collect::<Vec<_>>()
            });
            let found = rfm(&roster, period, THREADS);
            assert_eq!(found.buyers, plain.len());
            for (place, id) in roster.ids().iter().enumerate() {
                let expected = plain.iter().position(|buyer| buyer.member == *id);
                let expected = expected.map_or([0; 3], |at| [scores[0][at], scores[1][at], scores[2][at]]);
                assert_eq!(found.scores[place], expected, "{seed}: {id}");
            }
        }
    }
}

#[test]
fn the_favourite_is_the_first_of_the_most_frequent() {
    for seed in 0..20 {
        let (members, rows) = rows(seed);
        let roster = roster(&members, &rows);
        let words = |of: Favourite, row: &Row| -> Vec<String> {
            match of {
                Favourite::Store => row.bought.store.iter().cloned().collect(),
                Favourite::Category => row.bought.lines.iter().filter_map(|line| line.category.clone()).collect(),
                Favourite::Hour => vec![format!("{:02}", row.bought.moment.at_ms % DAY_MS / 3_600_000)],
            }
        };
        for of in [Favourite::Store, Favourite::Category, Favourite::Hour] {
            for (place, code) in favourites(&roster, of, THREADS).into_iter().enumerate() {
                let mut counts: BTreeMap<String, u32> = BTreeMap::new();
                for row in rows.iter().filter(|row| row.member == roster.ids()[place]) {
                    words(of, row).into_iter().for_each(|word| *counts.entry(word).or_default() += 1);
                }
                let most = counts.values().max().copied();
                let expected = counts.into_iter().find(|(_, count)| Some(*count) == most).map(|(word, _)| word);
                let found = match of {
                    Favourite::Store => roster.stores().word(code.into()).map(str::to_owned),
                    Favourite::Category => roster.categories().word(code.into()).map(str::to_owned),
                    Favourite::Hour => code.checked_sub(1).map(|hour| format!("{hour:02}")),
                };
                assert_eq!(found, expected, "{seed} {of:?} {place}");
            }
        }
    }
}

#[test]
fn cohorts_count_each_member_once_a_month() {
    let month = |day: i32| (date_of(day).year() as i32) * 12 + date_of(day).month() as i32;
    for seed in 0..20 {
        let (members, mut rows) = rows(seed);
        // Over one year, or over more months than a word has bits.
        let stretch = if seed % 2 == 0 { 1 } else { 6 };
        rows.iter_mut().for_each(|row| row.bought.moment.day = FIRST_DAY + (row.bought.moment.day - FIRST_DAY) * stretch);
        let roster = roster(&members, &rows);
        for of in [CohortOf::Joined, CohortOf::FirstPurchase] {
            let mut cells: BTreeMap<(i32, i32), BTreeSet<i64>> = BTreeMap::new();
            let first_of = |member: i64| match of {
                CohortOf::Joined => members.iter().find(|known| known.0 == member).map(|known| known.1),
                CohortOf::FirstPurchase => rows.iter().filter(|row| row.member == member).map(|row| row.bought.moment.day).min(),
            };
            for row in &rows {
                let (first, now) = (month(first_of(row.member).unwrap()), month(row.bought.moment.day));
                cells.entry((first, now - first)).or_default().insert(row.member);
            }
            let found = cohorts(&roster, of, Period::EVER, THREADS).cohorts;
            for cohort in &found {
                let own = cohort.month.year() as i32 * 12 + cohort.month.month() as i32;
                let size = members.iter().filter(|member| first_of(member.0).map(month) == Some(own)).count();
                assert_eq!(cohort.members as usize, size, "{seed} {of:?}");
                for (later, active) in cohort.active.iter().enumerate() {
                    let expected = cells.get(&(own, later as i32)).map_or(0, BTreeSet::len);
                    assert_eq!(*active as usize, expected, "{seed} {of:?} {own} {later}");
                }
            }
            assert!(found.iter().any(|cohort| cohort.active.iter().skip(1).any(|active| *active > 0)));
            assert!(cohorts(&roster, of, periods()[2], THREADS).cohorts.is_empty());
        }
    }
}

#[test]
fn a_member_comes_back_as_she_was_given() {
    let (members, rows) = rows(1);
    let roster = roster(&members, &rows);
    assert_eq!((roster.members(), roster.purchases()), (60, 900));
    for (place, (id, day)) in members.iter().enumerate() {
        let mut own: Vec<Bought> = rows.iter().filter(|row| row.member == *id).map(|row| row.bought.clone()).collect();
        own.sort_by_key(|bought| (bought.moment.day, bought.moment.at_ms));
        let found = roster.person(place);
        assert!(found.purchases.is_sorted_by_key(|bought| bought.id));
        let numbered = own.into_iter().zip(&found.purchases).map(|(bought, found)| Bought { id: found.id, ..bought });
        assert_eq!(numbered.collect::<Vec<_>>(), found.purchases);
        assert_eq!(found.file, file(*id, *day));
    }
}

#[test]
fn what_no_roster_can_hold_is_refused() {
    let (_, rows) = rows(1);
    let row = |member, day| {
        let mut row = Row { member, ..rows[0].clone() };
        row.bought.moment.day = day;
        row
    };
    let built = |members: &[i64], rows: &[Row]| {
        let mut builder = Builder::new(TimeZone::UTC);
        members.iter().try_for_each(|id| builder.member(&file(*id, 0), &HolderState::default()))?;
        rows.iter().try_for_each(|row| builder.bought(MemberId(row.member), &row.bought))?;
        builder.finish().map(|roster| roster.purchases())
    };
    for (members, rows, expected) in [
        (vec![1], vec![], Ok(0)),
        (vec![1], vec![row(1, 0), row(1, 65_535)], Ok(2)),
        (vec![1], vec![row(1, 0), row(1, 65_536)], Err(Fault::TooWide)),
        (vec![1], vec![row(2, 0)], Err(Fault::UnknownMember(2))),
        (vec![2, 1], vec![], Err(Fault::OutOfOrder(1))),
        (vec![2, 2], vec![], Err(Fault::OutOfOrder(2))),
    ] {
        assert_eq!(built(&members, &rows), expected);
    }
}

#[test]
fn folding_keeps_everybody_as_she_is() {
    for seed in 0..8 {
        let (members, rows) = rows(seed);
        // Some come later, and of the others some have bought more or given something back since.
        let early: Vec<(i64, i32)> = members.iter().copied().filter(|(id, _)| id % 7 != 3).collect();
        let is_early = |row: &&Row| row.member % 7 != 3;
        let base = roster(&early, &rows[..500].iter().filter(is_early).cloned().collect::<Vec<_>>());
        let now = roster(&members, &rows);
        let mut living = Living::new(base.clone());
        let changed = |id: i64| id % 7 == 3 || id % 5 == 0;
        let person = |of: &Roster, id: i64| {
            let mut person = of.person(of.ids().binary_search(&id).unwrap());
            person.purchases.iter_mut().for_each(|bought| bought.id = PurchaseId(0));
            if changed(id) {
                person.given_back = vec![FIRST_DAY + 1, FIRST_DAY + id as i32];
                person.file.name = Some(format!("name {id}"));
                person.file.custom.insert(format!("field {}", id % 3), "value".to_owned());
            }
            person
        };
        living.take(members.iter().filter(|(id, _)| changed(*id)).map(|(id, _)| person(&now, *id)).collect());
        let folded = living.folded().unwrap();
        assert_eq!(folded.ids(), members.iter().map(|(id, _)| *id).collect::<Vec<_>>());
        for (place, (id, _)) in members.iter().enumerate() {
            let mut found = folded.person(place);
            found.purchases.iter_mut().for_each(|bought| bought.id = PurchaseId(0));
            assert_eq!(found, person(if changed(*id) { &now } else { &base }, *id), "{seed}: {id}");
        }
        let period = periods()[0];
        assert_eq!(buyers(&folded, period, THREADS), living.buyers(period, THREADS));
        assert_eq!(Living::new(folded.clone()).folded().unwrap(), folded);
    }
}

/// A roster as a file.
fn written(roster: &Roster, origin: &Origin) -> Vec<u8> {
    let mut bytes = Vec::new();
    snapshot::write(roster, origin, &mut bytes).unwrap();
    bytes
}

#[test]
fn a_roster_comes_back_from_its_file_and_a_damaged_file_is_refused() {
    let (members, rows) = rows(3);
    let roster = roster(&members, &rows[..60]);
    let origin = Origin { heads: BTreeMap::from([(0, 7), (3, 1 << 40)]), witness: u64::MAX - 1 };
    let bytes = written(&roster, &origin);
    let (again, of) = snapshot::read(bytes.as_slice()).unwrap();
    assert_eq!((&again, &of), (&roster, &origin));
    assert_eq!(written(&again, &of), bytes);
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        let refused = snapshot::read(damaged.as_slice()).unwrap_err();
        assert_eq!(matches!(refused, SnapshotError::Foreign), at < 12, "{at}: {refused}");
    }
    for length in (0..bytes.len()).step_by(7) {
        assert!(snapshot::read(&bytes[..length]).is_err(), "{length}");
    }
}
