//! What the brand sells, and its stores.

use std::collections::{BTreeMap, BTreeSet};

use danggol_core::name::{prefix_end, query_term, search_terms};

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::{Conn, Row, text_array};
use crate::error::StoreError;
use crate::schema::{PRODUCT, PRODUCT_TERM, SHOP};

const FIND_MANY: &str = "SELECT sku, name, category, brand, department, price_minor FROM product \
     WHERE sku IN (SELECT value FROM json_each($1)) ORDER BY sku";
const COUNT: &str = "SELECT COUNT(*) FROM product";
const ALL: &str = "SELECT sku, name, category, brand, department, price_minor FROM product WHERE sku > $1 ORDER BY sku LIMIT $2";
const CATEGORIES: &str = "SELECT category FROM product WHERE category IS NOT NULL GROUP BY category ORDER BY category LIMIT $1";
const SEARCH: &str = "SELECT p.sku, p.name, p.category, p.brand, p.department, p.price_minor \
     FROM (SELECT sku, MIN(term) AS term FROM product_term WHERE term >= $1 AND term < $2 GROUP BY sku ORDER BY term, sku LIMIT $3) found \
     JOIN product p ON p.sku = found.sku ORDER BY found.term, p.sku";
const REMOVE_TERMS: &str = "DELETE FROM product_term WHERE sku = $1 AND term IN (SELECT value FROM json_each($2))";
const SHOPS: &str = "SELECT code, name FROM shop ORDER BY code";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[FIND_MANY, COUNT, ALL, CATEGORIES, SEARCH, REMOVE_TERMS, SHOPS];

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductRecord {
    /// The brand's article number.
    pub sku: String,
    /// What it is called.
    pub name: Option<String>,
    /// Its category.
    pub category: Option<String>,
    /// Its brand.
    pub brand: Option<String>,
    /// Its department.
    pub department: Option<String>,
    /// Its price in minor units.
    pub price_minor: Option<i64>,
}

impl ProductRecord {
    fn terms(&self) -> BTreeSet<String> {
        let mut terms: BTreeSet<String> = self.name.as_deref().map(search_terms).unwrap_or_default().into_iter().collect();
        terms.insert(query_term(&self.sku));
        terms.remove("");
        terms
    }
}

impl BindRow for ProductRecord {
    fn bind(&self, binder: &mut Binder<'_>) {
        binder.text(&self.sku);
        binder.opt_text(self.name.as_deref());
        binder.opt_text(self.category.as_deref());
        binder.opt_text(self.brand.as_deref());
        binder.opt_text(self.department.as_deref());
        binder.opt_int(self.price_minor);
    }
}

fn product(row: &Row<'_>) -> Result<ProductRecord, StoreError> {
    Ok(ProductRecord {
        sku: row.text(0)?,
        name: row.opt_text(1)?,
        category: row.opt_text(2)?,
        brand: row.opt_text(3)?,
        department: row.opt_text(4)?,
        price_minor: row.opt_int(5)?,
    })
}

struct Term {
    term: String,
    sku: String,
}

impl BindRow for Term {
    fn bind(&self, binder: &mut Binder<'_>) {
        binder.text(&self.term);
        binder.text(&self.sku);
    }
}

/// What keeping products did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProductsPut {
    /// New or changed.
    pub changed: usize,
    /// Already there just so.
    pub unchanged: usize,
}

/// Keeps products, whole rows in place of those with their number. Of several with one number the last counts.
pub fn put_products(conn: &mut Conn, products: &[ProductRecord]) -> Result<ProductsPut, StoreError> {
    let given: BTreeMap<&str, &ProductRecord> = products.iter().map(|product| (product.sku.as_str(), product)).collect();
    let kept: BTreeMap<String, ProductRecord> =
        find(conn, given.keys().copied())?.into_iter().map(|product| (product.sku.clone(), product)).collect();
    let changed: Vec<&ProductRecord> =
        given.values().copied().filter(|product| kept.get(&product.sku) != Some(product)).collect();
    let mut terms = Vec::new();
    for product in &changed {
        let new = product.terms();
        let old = kept.get(&product.sku).map(ProductRecord::terms).unwrap_or_default();
        let stale: Vec<&String> = old.difference(&new).collect();
        if !stale.is_empty() {
            conn.execute(REMOVE_TERMS, &[(&product.sku).into(), (&text_array(stale)).into()])?;
        }
        terms.extend(new.difference(&old).map(|term| Term { term: term.clone(), sku: product.sku.clone() }));
    }
    let replace = Conflict::Update {
        on: &["sku"],
        set: "name = excluded.name, category = excluded.category, brand = excluded.brand, \
              department = excluded.department, price_minor = excluded.price_minor",
        guard: None,
    };
    conn.insert_rows(&PRODUCT, replace, changed.iter())?;
    terms.sort_by(|a, b| (&a.term, &a.sku).cmp(&(&b.term, &b.sku)));
    conn.insert_rows(&PRODUCT_TERM, Conflict::Skip { on: &["term", "sku"] }, terms.iter())?;
    Ok(ProductsPut { changed: changed.len(), unchanged: products.len() - changed.len() })
}

/// The products of some numbers, ordered by number; numbers without a product are left out.
pub fn find<T: AsRef<str>>(conn: &mut Conn, skus: impl IntoIterator<Item = T>) -> Result<Vec<ProductRecord>, StoreError> {
    let skus = text_array(skus);
    conn.query(FIND_MANY, &[(&skus).into()], product)
}

/// How many products there are.
pub fn count(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(conn.query_one(COUNT, &[], |row| row.int(0))?.unwrap_or(0))
}

/// Up to `limit` products whose number follows `after`, ordered by number.
pub fn page(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<ProductRecord>, StoreError> {
    conn.query(ALL, &[after.into(), limit.into()], product)
}

/// Up to `limit` categories that products have, in byte order.
pub fn categories(conn: &mut Conn, limit: i64) -> Result<Vec<String>, StoreError> {
    conn.query(CATEGORIES, &[limit.into()], |row| row.text(0))
}

/// Up to `limit` products whose name (as written, by pinyin or Hangul initials) or number begins with the query. An empty query finds
/// the first ones by number.
pub fn search(conn: &mut Conn, query: &str, limit: i64) -> Result<Vec<ProductRecord>, StoreError> {
    let from = query_term(query);
    match prefix_end(&from) {
        Some(to) if !from.is_empty() => conn.query(SEARCH, &[(&from).into(), (&to).into(), limit.into()], product),
        _ => page(conn, "", limit),
    }
}

/// A store of the brand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopRecord {
    /// Its code.
    pub code: String,
    /// What it is called.
    pub name: Option<String>,
}

impl BindRow for ShopRecord {
    fn bind(&self, binder: &mut Binder<'_>) {
        binder.text(&self.code);
        binder.opt_text(self.name.as_deref());
    }
}

/// Keeps stores in place of those with their code.
pub fn put_shops(conn: &mut Conn, shops: &[ShopRecord]) -> Result<(), StoreError> {
    let given: BTreeMap<&str, &ShopRecord> = shops.iter().map(|shop| (shop.code.as_str(), shop)).collect();
    let replace = Conflict::Update { on: &["code"], set: "name = excluded.name", guard: None };
    conn.insert_rows(&SHOP, replace, given.values()).map(drop)
}

/// All stores that were given a row, by code.
pub fn shops(conn: &mut Conn) -> Result<Vec<ShopRecord>, StoreError> {
    conn.query(SHOPS, &[], |row| Ok(ShopRecord { code: row.text(0)?, name: row.opt_text(1)? }))
}
