//! Products, stores, the programme, and import jobs.

use danggol_core::id::{ImportId, UserId};
use danggol_store::imports::{self, ImportRecord};
use danggol_store::product::{self, ProductRecord, ProductsPut, ShopRecord};
use danggol_store::programme::{self, ProgrammeDraft};

use crate::engines::{NOW_MS, each_engine, read, write};

fn product(sku: &str, name: &str, price_minor: i64) -> ProductRecord {
    ProductRecord { sku: sku.to_owned(), name: Some(name.to_owned()), price_minor: Some(price_minor), ..ProductRecord::default() }
}

#[test]
fn products_are_replaced_counted_and_found_by_name_and_number() {
    each_engine("products", |store| {
        let put = |products: Vec<ProductRecord>| write(store, move |conn| product::put_products(conn, &products));
        let tea = || vec![product("A-1", "绿茶", 1200), product("A-2", "홍차", 900)];
        assert_eq!(put(tea()), ProductsPut { changed: 2, unchanged: 0 });
        assert_eq!(put(tea()), ProductsPut { changed: 0, unchanged: 2 });
        assert_eq!(
            put(vec![product("A-1", "红茶", 1300), product("A-2", "홍차", 900)]),
            ProductsPut { changed: 1, unchanged: 1 }
        );
        let search = |query: &'static str| -> Vec<String> {
            read(store, move |conn| product::search(conn, query, 10)).into_iter().map(|product| product.sku).collect()
        };
        for (query, expected) in [
            ("hc", vec!["A-1"]),
            ("lc", vec![]),
            ("ㅎㅊ", vec!["A-2"]),
            ("a1", vec!["A-1"]),
            ("A", vec!["A-1", "A-2"]),
            ("", vec!["A-1", "A-2"]),
        ] {
            assert_eq!(search(query), expected, "{query}");
        }
        assert_eq!(read(store, |conn| product::find(conn, ["A-2", "none"])), [product("A-2", "홍차", 900)]);
        assert_eq!(read(store, product::count), 2);
        assert_eq!(read(store, |conn| product::page(conn, "A-1", 10)), [product("A-2", "홍차", 900)]);
        assert_eq!(read(store, |conn| product::categories(conn, 10)), [""; 0]);
    });
}

#[test]
fn a_store_is_named_again() {
    each_engine("shops", |store| {
        let shop = |name: &str| ShopRecord { code: "s1".to_owned(), name: Some(name.to_owned()) };
        for name in ["North", "South"] {
            write(store, move |conn| product::put_shops(conn, &[shop(name)]));
        }
        assert_eq!(read(store, product::shops), [shop("South")]);
    });
}

#[test]
fn publishing_numbers_versions_and_ends_the_draft() {
    each_engine("programme", |store| {
        assert_eq!(read(store, programme::newest), None);
        let draft =
            ProgrammeDraft { body: serde_json::json!({"name": "会员"}), updated_at_ms: NOW_MS, updated_by: Some(UserId(4)) };
        let kept = draft.clone();
        write(store, move |conn| programme::put_draft(conn, &draft));
        assert_eq!(read(store, programme::draft), Some(kept));
        for (body, version) in [("{\"a\":1}", 1), ("{\"a\":2}", 2)] {
            assert_eq!(write(store, move |conn| programme::publish(conn, body, NOW_MS, Some(UserId(4)), Some("why"))), version);
        }
        assert_eq!(read(store, programme::draft), None);
        let newest = read(store, programme::newest).expect("a version");
        assert_eq!((newest.version, newest.body.as_str(), newest.note.as_deref()), (2, "{\"a\":2}", Some("why")));
        let numbers = |versions: Vec<programme::PublishedProgramme>| -> Vec<i64> {
            versions.iter().map(|version| version.version).collect()
        };
        assert_eq!(numbers(read(store, programme::versions)), [2, 1]);
        assert_eq!(numbers(read(store, |conn| programme::find(conn, &[1, 7]))), [1]);
    });
}

#[test]
fn a_job_that_was_cancelled_is_not_overwritten() {
    each_engine("imports", |store| {
        let job = |status: &str| ImportRecord {
            id: ImportId(3),
            kind: "members".to_owned(),
            status: status.to_owned(),
            body: "{}".to_owned(),
            created_at_ms: NOW_MS,
            updated_at_ms: NOW_MS,
        };
        write(store, move |conn| imports::insert(conn, &job("running")));
        let update = |to: &'static str, from: &'static str| write(store, move |conn| imports::update(conn, &job(to), from));
        assert!(update("cancelled", "running"));
        assert!(!update("done", "running"));
        assert_eq!(read(store, |conn| imports::find(conn, ImportId(3))), Some(job("cancelled")));
        assert_eq!(read(store, |conn| imports::newest(conn, 5)), [job("cancelled")]);
        assert_eq!(read(store, |conn| imports::in_status(conn, "running")), []);
    });
}
