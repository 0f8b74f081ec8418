//! Figures over all purchases.

use danggol_core::expected_value::Bought;
use danggol_core::id::{IdMaker, MemberId};
use danggol_core::pyramid::Buyer;
use danggol_core::time::DAY_MS;
use danggol_store::bulk::{BindRow, Binder};
use danggol_store::expected_value;
use danggol_store::insight::{self, DaySales};
use danggol_store::schema::PURCHASE;
use danggol_store::{Conflict, Store};

use crate::engines::{NOW_MS, each_engine, read, write};

const TODAY: i32 = (NOW_MS / DAY_MS) as i32;

/// A purchase as figures see it.
#[derive(Debug, Clone, Copy)]
struct Sale {
    member: i64,
    days_ago: i32,
    amount_minor: i64,
    quantity: i64,
    returned: Option<(i64, i64)>,
    store: &'static str,
}

struct Row {
    id: i64,
    sale: Sale,
}

impl BindRow for Row {
    fn bind(&self, to: &mut Binder<'_>) {
        let sale = self.sale;
        let at_ms = NOW_MS - i64::from(sale.days_ago) * DAY_MS;
        [self.id, sale.member, sale.member].into_iter().for_each(|id| to.int(id));
        to.opt_text(None);
        to.text("store");
        to.text(sale.store);
        to.opt_text(None);
        [at_ms, at_ms, i64::from(TODAY - sale.days_ago), sale.amount_minor, 0, 0, 0, sale.quantity]
            .into_iter()
            .for_each(|value| to.int(value));
        to.text("earn");
        to.text("system");
        [None, Some(1)].into_iter().for_each(|value| to.opt_int(value));
        to.text("[]");
        [None, None].into_iter().for_each(|value| to.opt_text(value));
        to.int(sale.returned.map_or(0, |returned| returned.0));
        to.int(sale.returned.map_or(0, |returned| returned.1));
        to.opt_text(sale.returned.map(|_| "{}"));
        to.int(0);
        to.opt_int(None);
        [0, 0].into_iter().for_each(|value| to.int(value));
    }
}

fn post(store: &Store, sales: Vec<Sale>) {
    let mut ids = IdMaker::new(1);
    let mut rows: Vec<Row> = Vec::new();
    for sale in sales.into_iter().rev() {
        rows.push(Row { id: ids.next(NOW_MS - i64::from(sale.days_ago) * DAY_MS), sale });
    }
    write(store, move |conn| conn.insert_rows(&PURCHASE, Conflict::Fail, rows.iter()));
}

fn sale(member: i64, days_ago: i32, amount_minor: i64, quantity: i64, returned: Option<(i64, i64)>) -> Sale {
    Sale { member, days_ago, amount_minor, quantity, returned, store: if member == 1 { "north" } else { "south" } }
}

#[test]
fn buyers_and_days_have_returns_taken_off() {
    each_engine("figures", |store| {
        assert!(!read(store, insight::has_purchases));
        // Newest first.
        post(
            store,
            vec![
                sale(1, 0, 1000, 2, None),
                sale(2, 0, 500, 1, Some((500, 1))),
                // What came back wholly does not say that she was there.
                sale(3, 0, 50, 1, Some((50, 1))),
                sale(3, 1, 700, 7, Some((100, 1))),
                sale(1, 1, 300, 1, None),
                sale(4, 40, 900, 3, None),
            ],
        );
        let buyer = |member, amount_minor, quantity, purchases, days_ago: i64| Buyer {
            member,
            amount_minor,
            quantity,
            purchases,
            last_at_ms: NOW_MS - days_ago * DAY_MS,
        };
        for (from, to, expected) in [
            (30, 0, vec![buyer(1, 1300, 3, 2, 0), buyer(3, 600, 6, 1, 1)]),
            (365, 2, vec![buyer(4, 900, 3, 1, 40)]),
            (365, 41, vec![]),
            (0, 0, vec![buyer(1, 1000, 2, 1, 0)]),
        ] {
            assert_eq!(read(store, move |conn| insight::buyers(conn, TODAY - from, TODAY - to)), expected, "{from} to {to}");
        }
        let day =
            |ago, purchases, amount_minor, returned_minor| DaySales { day: TODAY - ago, purchases, amount_minor, returned_minor };
        assert_eq!(
            read(store, |conn| insight::sales_by_day(conn, TODAY - 30, TODAY)),
            [day(1, 2, 1000, 100), day(0, 3, 1550, 550)]
        );
        assert_eq!(read(store, |conn| insight::buyer_count(conn, TODAY - 30, TODAY)), 3);
        let stores = read(store, insight::stores);
        let shown: Vec<_> = stores.iter().map(|store| (store.code.as_str(), store.purchases, store.last_at_ms)).collect();
        assert_eq!(shown, [("north", 2, NOW_MS), ("south", 4, NOW_MS)]);
        assert!(read(store, insight::has_purchases));
    });
}

#[test]
fn totals_of_an_empty_brand_are_zero() {
    use danggol_core::ledger::{Account, Asset};
    each_engine("empty", |store| {
        assert_eq!(read(store, |conn| insight::account_total(conn, Account::Holder, Asset::Points)), 0);
        assert_eq!(read(store, |conn| insight::points_expiring(conn, i64::MAX)), 0);
        assert!(read(store, insight::members_by_status).is_empty());
        assert!(read(store, insight::holders_by_tier).is_empty());
        assert!(read(store, |conn| insight::joined_since(conn, 0)).is_empty());
    });
}

#[test]
fn models_are_fitted_to_what_was_kept() {
    each_engine("expected", |store| {
        assert_eq!(read(store, expected_value::newest_purchase), None);
        post(
            store,
            vec![
                sale(1, 0, 1000, 2, None),
                sale(2, 1, 500, 1, Some((500, 1))),
                sale(3, 1, 700, 7, Some((100, 1))),
                sale(1, 2, 300, 1, None),
                // What was free is a purchase all the same.
                sale(1, 3, 0, 1, None),
            ],
        );
        let bought = |days_ago, amount_minor| Bought { day: TODAY - days_ago, amount_minor };
        let mut members = read(store, |conn| expected_value::bought_by_members(conn, TODAY - 1));
        members.iter_mut().for_each(|bought| bought.sort_unstable());
        assert_eq!(members, [vec![bought(3, 0), bought(2, 300)], vec![bought(1, 600)]]);
        let of = |member, until| {
            let mut found = read(store, move |conn| expected_value::bought_by(conn, MemberId(member), until));
            found.sort_unstable();
            found
        };
        assert_eq!(of(1, TODAY), [bought(3, 0), bought(2, 300), bought(0, 1000)]);
        assert_eq!((of(2, TODAY), of(9, TODAY)), (vec![], vec![]));
        assert!(read(store, expected_value::newest_purchase).is_some());
        assert_eq!(read(store, expected_value::fitted), None);
        for text in ["{}", "[]"] {
            write(store, move |conn| expected_value::keep(conn, text));
            assert_eq!(read(store, expected_value::fitted).as_deref(), Some(text));
        }
    });
}
