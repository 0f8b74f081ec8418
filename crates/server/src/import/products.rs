//! Products from rows: a product stands under its number, and a row takes the place of what was known of it. Columns that the file does
//! not have leave alone what is kept.

use danggol_store::product::{self, ProductRecord};

use super::columns::Field;
use super::control::Stop;
use super::mapping::Plan;
use super::reason::Reason;
use super::rejects::Original;
use super::run::{Facts, ImportError, Work};
use super::table::Row;
use crate::field;
use crate::problem::{ApiError, kinds};

/// Rows of one commit.
const CHUNK_ROWS: usize = 1_000;
/// The most characters of a number.
const SKU_CHARACTERS_MAX: usize = 64;
/// The most characters of a name.
const NAME_CHARACTERS_MAX: usize = 200;
/// The most characters of a category, a brand or a department.
const CATEGORY_CHARACTERS_MAX: usize = 128;

/// Takes all rows; gives why it ended before the file did.
pub(super) fn take(work: &mut Work<'_>) -> Result<Option<Stop>, ImportError> {
    let mut row = Row::default();
    let mut chunk = Vec::with_capacity(CHUNK_ROWS);
    let mut refused: Vec<(Original, Reason)> = Vec::new();
    loop {
        let is_there = work.next(&mut row)?;
        if is_there {
            match read(&work.plan, &work.facts, &row) {
                Ok(product) => chunk.push(product),
                Err(reason) => refused.push((Original::of(&row), reason)),
            }
        }
        if chunk.len() + refused.len() >= CHUNK_ROWS || !is_there {
            put(work, std::mem::take(&mut chunk))?;
            for (original, reason) in refused.drain(..) {
                work.refuse(&original, &reason)?;
            }
            work.reached(row.number() + 1, work.rows_read)?;
            if !is_there {
                return Ok(None);
            }
            if let Some(stop) = work.control.stopped() {
                return Ok(Some(stop));
            }
        }
    }
}

fn put(work: &mut Work<'_>, mut chunk: Vec<ProductRecord>) -> Result<(), ImportError> {
    if chunk.is_empty() {
        return Ok(());
    }
    let rows = chunk.len() as u64;
    let absent = Absent::of(&work.plan);
    let put = work.app.store.write_blocking(move |conn| {
        let kept = product::find(conn, chunk.iter().map(|product| product.sku.as_str()))?;
        absent.fill(&mut chunk, &kept);
        product::put_products(conn, &chunk)
    })?;
    let counts = &mut work.outcome.counts;
    counts.products += put.changed as u64;
    counts.imported += put.changed as u64;
    counts.unchanged += rows - put.changed as u64;
    Ok(())
}

/// The fields that the file has no column for.
struct Absent {
    name: bool,
    category: bool,
    brand: bool,
    department: bool,
    price: bool,
}

impl Absent {
    fn of(plan: &Plan) -> Self {
        Absent {
            name: !plan.has(Field::Name),
            category: !plan.has(Field::Category),
            brand: !plan.has(Field::Brand),
            department: !plan.has(Field::Department),
            price: !plan.has(Field::Price),
        }
    }

    /// Takes over what is kept where the file says nothing. `kept` is ordered by number.
    fn fill(&self, products: &mut [ProductRecord], kept: &[ProductRecord]) {
        for product in products {
            let Ok(place) = kept.binary_search_by(|known| known.sku.cmp(&product.sku)) else { continue };
            let known = &kept[place];
            let text = |absent: bool, own: &mut Option<String>, known: &Option<String>| {
                if absent {
                    own.clone_from(known);
                }
            };
            text(self.name, &mut product.name, &known.name);
            text(self.category, &mut product.category, &known.category);
            text(self.brand, &mut product.brand, &known.brand);
            text(self.department, &mut product.department, &known.department);
            if self.price {
                product.price_minor = known.price_minor;
            }
        }
    }
}

fn read(plan: &Plan, facts: &Facts, row: &Row) -> Result<ProductRecord, Reason> {
    if let Some(fault) = row.fault() {
        return Err(Reason::Row(fault));
    }
    let text = |wanted: Field, most: usize| -> Result<Option<String>, Reason> {
        let text = plan.text(wanted, row).map_err(Reason::Value)?;
        field::optional(text.as_deref().unwrap_or_default(), most, wanted.name()).map_err(Reason::Field)
    };
    let price_minor = plan.amount(Field::Price, row, facts.exponent).map_err(Reason::Value)?;
    if price_minor.is_some_and(|price| price < 0) {
        return Err(Reason::Field(ApiError::new(&kinds::OUT_OF_RANGE).at(Field::Price.name())));
    }
    Ok(ProductRecord {
        sku: text(Field::Sku, SKU_CHARACTERS_MAX)?.ok_or(Reason::Missing(&[Field::Sku]))?,
        name: text(Field::Name, NAME_CHARACTERS_MAX)?,
        category: text(Field::Category, CATEGORY_CHARACTERS_MAX)?,
        brand: text(Field::Brand, CATEGORY_CHARACTERS_MAX)?,
        department: text(Field::Department, CATEGORY_CHARACTERS_MAX)?,
        price_minor,
    })
}
