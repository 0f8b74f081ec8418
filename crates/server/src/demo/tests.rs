//! The sample brand as it is kept: the same from the same seed, shaped like a real one, and true to the last point.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use danggol_core::consent::Said;
use danggol_core::holder::HolderState;
use danggol_core::id::{HolderId, MemberId};
use danggol_core::ledger::{Account, Asset};
use danggol_core::person::PersonFile;
use danggol_core::time::parse_rfc3339;
use danggol_store::audit::audit;
use danggol_store::{StoreOptions, Target, holder};

use super::*;
use crate::app::BrandState;

/// A store in a folder that goes with it.
struct Filled {
    store: Option<Store>,
    folder: PathBuf,
}

impl Filled {
    fn new(members: usize, language: Language, seed: u64) -> (Self, DemoReport) {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let folder =
            std::env::temp_dir().join(format!("danggol-demo-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        let options = DemoOptions {
            members,
            language,
            seed,
            now_ms: parse_rfc3339("2026-11-22T10:00:00Z").unwrap(),
            password: "not a secret".to_owned(),
            card_prefix: "62".to_owned(),
        };
        let store = Store::open(Target::sqlite(folder.clone()), StoreOptions::default(), options.now_ms).unwrap();
        let keyring = Arc::new(Keyring::parse(&"A".repeat(43)).unwrap());
        let report = fill(&store, &keyring, &options, |_| ()).unwrap();
        assert!(fill(&store, &keyring, &options, |_| ()).is_err(), "a brand is not filled twice");
        (Filled { store: Some(store), folder }, report)
    }

    fn read<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static) -> T {
        self.store.as_ref().unwrap().read_blocking(work).unwrap()
    }

    fn states(&self) -> Vec<HolderState> {
        self.read(|conn| holder::page(conn, HolderId(0), 1_000_000)).into_iter().map(|record| record.state).collect()
    }
}

impl Drop for Filled {
    fn drop(&mut self) {
        self.store = None;
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

#[test]
fn the_same_seed_gives_the_same_brand_and_another_seed_another() {
    let once = Filled::new(60, Language::Ko, 7);
    let again = Filled::new(60, Language::Ko, 7);
    let other = Filled::new(60, Language::Ko, 8);
    assert_eq!(once.1, again.1);
    assert_eq!(once.0.states(), again.0.states());
    assert_ne!(once.1.amount_minor, other.1.amount_minor);
}

#[test]
fn every_language_fills_and_balances_are_what_was_posted() {
    for language in Language::ALL {
        let (filled, report) = Filled::new(90, language, 3);
        let states = filled.states();
        let held = |asset: Asset| states.iter().map(|state| state.purse(asset).balance()).sum::<i64>();
        for asset in Asset::ALL {
            let totals: BTreeMap<Account, i64> = filled.read(move |conn| {
                Account::ALL.into_iter().map(|account| Ok((account, insight::account_total(conn, account, asset)?))).collect()
            });
            assert_eq!(totals.values().sum::<i64>(), 0, "{language:?} {asset:?}: {totals:?}");
            assert_eq!(totals[&Account::Holder], held(asset), "{language:?} {asset:?}");
            let from = if asset == Asset::ValuePrincipal { Account::Cash } else { Account::Issued };
            assert!(totals[&from] < 0 && held(asset) > 0, "{language:?} {asset:?}: {totals:?}");
        }
        let audited = filled.read(|conn| {
            let rules = BrandState::read(conn)?.rules()?;
            audit(conn, &rules, |_| ())
        });
        assert_eq!((audited.differences, audited.members), (Vec::new(), 90), "{language:?}");
        assert_eq!(audited.purchases, report.history + report.earned, "{language:?}");
        let expired = filled.read(|conn| insight::account_total(conn, Account::Expired, Asset::Points));
        assert!(expired > 0, "{language:?}: points expire along the way");
        let tiers: std::collections::BTreeSet<String> =
            states.iter().filter_map(|state| state.tier.as_ref().map(|tier| tier.code.clone())).collect();
        assert!(tiers.len() >= 3, "{language:?}: {tiers:?}");
        assert!(report.history > 200 && report.earned > 200, "{language:?}: {report:?}");
        assert!(
            report.returns > 0 && report.redemptions > 0 && report.adjustments > 0 && report.reviews > 0,
            "{language:?}: {report:?}"
        );
        assert!(report.notes > 0, "{language:?}");
    }
}

#[test]
fn a_fifth_of_the_buyers_brings_most_of_the_sales() {
    let (_filled, report) = Filled::new(500, Language::ZhCn, 1);
    assert!((6_500..=8_500).contains(&report.top20_amount_bp), "{}", report.top20_amount_bp);
    let returned = report.returns as f64 / report.earned as f64;
    assert!((0.015..0.045).contains(&returned), "{returned}");
}

#[test]
fn most_members_were_asked_and_some_changed_their_minds() {
    let (filled, _) = Filled::new(400, Language::Ko, 5);
    let files = filled.read(|conn| danggol_store::person::page(conn, MemberId(0), 1_000));
    let said = |wanted: Option<Said>| {
        let by_sms = files.iter().map(|(file, _)| file.consents.get("advertising.sms").map(|consent| consent.said));
        by_sms.filter(|said| *said == wanted).count()
    };
    let (given, withdrawn, never) = (said(Some(Said::Given)), said(Some(Said::Withdrawn)), said(None));
    assert!(given > 200 && withdrawn > 60 && never > 20, "{given} {withdrawn} {never}");
    let later = |(file, _): &(PersonFile, HolderState)| {
        file.consents.values().any(|consent| consent.said == Said::Withdrawn && consent.at_ms > file.facts.joined_at_ms + DAY_MS)
    };
    assert!(files.iter().filter(|file| later(file)).count() > 20, "nobody changed her mind");
    assert!(files.iter().any(|(file, _)| file.consents.contains_key("night_advertising.sms")), "the night is asked for apart");
}

#[test]
fn who_turned_from_the_marketplace_comes_to_the_store_nearby_in_the_evening() {
    let options = DemoOptions {
        members: 1,
        language: Language::ZhCn,
        seed: 1,
        now_ms: parse_rfc3339("2026-11-22T10:00:00Z").unwrap(),
        password: String::new(),
        card_prefix: "62".to_owned(),
    };
    let keyring = Keyring::parse(&"A".repeat(43)).unwrap();
    let filling = Filling::new(&options, &keyring).unwrap();
    let people = People::new(&filling.words, &filling.market, &filling.days, options.seed, ("62", 1)).unwrap();
    let joined_at_ms = filling.days.at_ms(filling.days.opened() + 100, 12.0);
    let (new, person) = people.member(0, joined_at_ms, true, &mut IdMaker::new(1)).unwrap();
    let habit::Trait::Turned(turn) = person.habit.trait_ else { panic!("she turns") };
    let visits = filling.visits(&[person]);
    let (before, after): (Vec<Visit>, Vec<Visit>) = visits.into_iter().partition(|visit| filling.days.day_of(visit.at_ms) < turn);
    let home = new.fields.store.unwrap();
    let hour = |visit: &Visit| filling.rules.moment(visit.at_ms).hour;
    let is_home = |visit: &Visit| matches!(visit.place, habit::Where::Store(place) if store_code(place.into()) == home);
    assert!(before.len() > 10 && before.iter().all(|visit| visit.place == habit::Where::Marketplace && hour(visit) >= 21));
    assert!(after.len() > 5 && after.iter().all(|visit| is_home(visit) && (18..=20).contains(&hour(visit))));
}
