//! What the sample brand sells: fifty categories, each standing for a need of some stage of life, six products in each.

use anyhow::Result;
use danggol_store::product::ProductRecord;

use super::chance::{Chance, Weights};
use super::life::Life;
use super::market::Market;
use super::words::Words;

/// When a category is bought.
#[derive(Debug, Clone, Copy)]
enum Season {
    Even,
    Spring,
    Summer,
    Winter,
    Gifts,
}

impl Season {
    /// How lively each month is, January first.
    fn months(self) -> [f64; 12] {
        match self {
            Season::Even => [1.0; 12],
            Season::Spring => [0.7, 0.9, 1.5, 1.8, 1.6, 1.1, 0.7, 0.7, 1.1, 1.0, 0.7, 0.6],
            Season::Summer => [0.4, 0.4, 0.6, 1.0, 1.5, 1.9, 2.1, 1.9, 1.1, 0.6, 0.4, 0.3],
            Season::Winter => [1.7, 1.5, 1.1, 0.8, 0.6, 0.5, 0.5, 0.5, 0.8, 1.1, 1.5, 1.8],
            Season::Gifts => [1.9, 1.4, 0.6, 0.6, 1.2, 0.7, 0.6, 0.9, 1.8, 0.9, 0.9, 1.3],
        }
    }
}

/// Key, department, prices of its three products in reference units, season, and how much each stage of life wants of it.
struct Row(&'static str, &'static str, [u16; 3], Season, [u8; 7]);

use Season::{Even, Gifts, Spring, Summer, Winter};

#[rustfmt::skip]
const ROWS: [Row; 50] = [
    //                                                                student single parent family midlife senior men
    Row("milk_powder",    "baby",     [258, 268, 238],   Even,   [0, 0, 22, 1, 0, 1, 0]),
    Row("nappies",        "baby",     [109, 115, 119],   Even,   [0, 0, 26, 1, 0, 0, 0]),
    Row("baby_food",      "baby",     [42, 39, 25],      Even,   [0, 0, 12, 1, 0, 0, 0]),
    Row("baby_wash",      "baby",     [58, 49, 38],      Winter, [0, 1, 9, 2, 0, 0, 0]),
    Row("baby_wipes",     "baby",     [32, 22, 19],      Even,   [1, 1, 16, 4, 1, 1, 0]),
    Row("bottles",        "baby",     [79, 35, 59],      Even,   [0, 0, 6, 0, 0, 0, 0]),
    Row("vitamins",       "health",   [88, 45, 69],      Even,   [2, 6, 5, 10, 9, 8, 6]),
    Row("calcium",        "health",   [98, 128, 79],     Even,   [0, 1, 4, 6, 8, 13, 1]),
    Row("fish_oil",       "health",   [138, 168, 188],   Even,   [0, 1, 3, 4, 8, 9, 3]),
    Row("probiotics",     "health",   [128, 148, 118],   Even,   [1, 4, 8, 7, 5, 4, 2]),
    Row("collagen",       "health",   [168, 148, 88],    Even,   [0, 5, 2, 4, 8, 2, 0]),
    Row("protein",        "health",   [238, 138, 98],    Spring, [1, 2, 0, 1, 1, 2, 14]),
    Row("joint_care",     "health",   [178, 45, 198],    Winter, [0, 0, 0, 1, 6, 13, 1]),
    Row("eye_care",       "health",   [118, 49, 39],     Even,   [2, 4, 1, 3, 8, 6, 3]),
    Row("tonics",         "health",   [298, 268, 328],   Gifts,  [0, 1, 1, 3, 6, 5, 2]),
    Row("cold",           "medicine", [25, 32, 18],      Winter, [3, 4, 5, 7, 5, 6, 4]),
    Row("stomach",        "medicine", [19, 28, 22],      Even,   [2, 3, 2, 3, 4, 5, 4]),
    Row("pain",           "medicine", [22, 29, 45],      Winter, [2, 3, 2, 3, 4, 7, 5]),
    Row("allergy",        "medicine", [24, 58, 32],      Spring, [2, 3, 2, 3, 2, 1, 2]),
    Row("first_aid",      "medicine", [18, 15, 26],      Even,   [1, 1, 3, 4, 2, 2, 2]),
    Row("blood_pressure", "medicine", [268, 138, 59],    Even,   [0, 0, 0, 0, 2, 4, 0]),
    Row("glucose",        "medicine", [98, 198, 39],     Even,   [0, 0, 0, 0, 2, 5, 1]),
    Row("face_coverings", "medicine", [29, 26, 32],      Winter, [3, 4, 3, 4, 3, 4, 3]),
    Row("cleanser",       "skin",     [69, 98, 79],      Even,   [9, 11, 4, 5, 5, 1, 2]),
    Row("toner",          "skin",     [89, 79, 109],     Even,   [6, 9, 3, 4, 6, 1, 1]),
    Row("serum",          "skin",     [159, 189, 239],   Even,   [2, 11, 3, 5, 9, 1, 1]),
    Row("cream",          "skin",     [129, 149, 199],   Winter, [3, 8, 4, 5, 9, 3, 1]),
    Row("sun_care",       "skin",     [89, 79, 69],      Summer, [7, 10, 6, 7, 5, 1, 2]),
    Row("face_mask",      "skin",     [79, 59, 69],      Even,   [9, 12, 4, 5, 5, 1, 0]),
    Row("lipstick",       "makeup",   [99, 45, 79],      Even,   [10, 9, 2, 3, 3, 1, 0]),
    Row("foundation",     "makeup",   [139, 149, 69],    Even,   [6, 8, 2, 3, 3, 0, 0]),
    Row("eye_makeup",     "makeup",   [119, 49, 69],     Even,   [8, 7, 1, 2, 1, 0, 0]),
    Row("shampoo",        "body",     [49, 69, 59],      Even,   [5, 5, 5, 8, 6, 4, 6]),
    Row("hair_care",      "body",     [45, 59, 69],      Even,   [4, 5, 2, 4, 4, 1, 1]),
    Row("hair_colour",    "body",     [79, 69, 49],      Gifts,  [2, 2, 1, 2, 6, 6, 1]),
    Row("shower_gel",     "body",     [39, 45, 19],      Summer, [4, 5, 5, 8, 5, 3, 5]),
    Row("hand_cream",     "body",     [29, 25, 39],      Winter, [4, 5, 3, 4, 4, 3, 1]),
    Row("toothpaste",     "personal", [25, 22, 16],      Even,   [4, 4, 5, 8, 5, 5, 5]),
    Row("toothbrush",     "personal", [26, 229, 32],     Even,   [3, 3, 4, 6, 3, 3, 3]),
    Row("razors",         "personal", [69, 89, 35],      Even,   [1, 1, 1, 2, 2, 2, 12]),
    Row("men_skin",       "personal", [49, 79, 39],      Summer, [1, 1, 1, 2, 1, 0, 10]),
    Row("pads",           "personal", [36, 29, 25],      Even,   [11, 10, 6, 7, 2, 0, 0]),
    Row("laundry",        "home",     [69, 49, 18],      Even,   [1, 3, 6, 10, 6, 4, 2]),
    Row("tissue",         "home",     [46, 32, 29],      Even,   [4, 5, 10, 10, 6, 6, 4]),
    Row("insect",         "home",     [26, 39, 16],      Summer, [1, 2, 5, 5, 3, 3, 1]),
    Row("adult_care",     "home",     [89, 39, 79],      Even,   [0, 0, 0, 0, 2, 6, 0]),
    Row("pet_food",       "home",     [89, 29, 36],      Even,   [2, 6, 1, 3, 3, 1, 3]),
    Row("snacks",         "food",     [89, 25, 32],      Gifts,  [10, 8, 5, 8, 5, 3, 6]),
    Row("drinks",         "food",     [46, 52, 18],      Summer, [8, 6, 3, 5, 3, 2, 8]),
    Row("tea",            "food",     [32, 29, 48],      Winter, [2, 4, 2, 3, 5, 5, 2]),
];

/// Products that few members buy, and those few nearly all of them: key, the category and department they stand in, price.
const KEY_PRODUCTS: [(&str, &str, u16); 3] = [("ostomy", "home", 259), ("goat_milk", "baby", 388), ("needles", "medicine", 118)];

/// The categories whose points the sample programme doubles.
const CARED_FOR: [&str; 6] = ["milk_powder", "nappies", "baby_food", "vitamins", "calcium", "joint_care"];

/// How much more the second maker of a department asks.
const DEARER: f64 = 1.55;

/// What is sold.
pub struct Catalogue {
    /// The products: six for each category in their order, then the key products.
    pub products: Vec<ProductRecord>,
    /// The names of the categories whose points are doubled.
    pub cared_for: Vec<String>,
    wants: Vec<[Weights; 12]>,
}

impl Catalogue {
    /// How many products only a few members buy.
    pub const KEY_PRODUCTS: usize = KEY_PRODUCTS.len();

    /// The catalogue in the words and prices of a market.
    pub fn new(words: &Words, market: &Market) -> Result<Self> {
        let mut products = Vec::with_capacity(ROWS.len() * 6 + KEY_PRODUCTS.len());
        for (place, Row(key, department, prices, ..)) in ROWS.iter().enumerate() {
            let (category, names) = words.products(key)?;
            let [department, makers @ ..] = words.department(department)?;
            for (maker, factor) in makers.iter().zip([1.0, DEARER]) {
                for (name, price) in names.iter().zip(prices) {
                    let number = products.len() % 6;
                    products.push(ProductRecord {
                        sku: format!("{}{number}", 1_000 + place * 10),
                        name: Some(format!("{maker} {name}")),
                        category: Some(category.to_owned()),
                        brand: Some(maker.clone()),
                        department: Some(department.clone()),
                        price_minor: Some(market.shelf_minor(f64::from(*price) * factor)),
                    });
                }
            }
        }
        for (place, (key, department, price)) in KEY_PRODUCTS.iter().enumerate() {
            let (category, names) = words.products(key)?;
            let [department, maker, _] = words.department(department)?;
            products.push(ProductRecord {
                sku: format!("{}", 90_000 + place),
                name: names.first().map(|name| format!("{maker} {name}")),
                category: Some(category.to_owned()),
                brand: Some(maker.clone()),
                department: Some(department.clone()),
                price_minor: Some(market.shelf_minor(f64::from(*price))),
            });
        }
        let cared_for = CARED_FOR.iter().map(|key| Ok(words.products(key)?.0.to_owned())).collect::<Result<_>>()?;
        let wants = (0..Life::ALL.len()).map(|life| std::array::from_fn(|month| wants(life, month))).collect();
        Ok(Catalogue { products, cared_for, wants })
    }

    /// A category that people of a stage of life want in a month, January being 0.
    pub fn category(&self, life: Life, month: usize, chance: &mut Chance) -> usize {
        self.wants[life as usize][month % 12].draw(chance)
    }

    /// A product of a category: one of three kinds, of the plain or the dear maker.
    pub fn product(&self, category: usize, kind: usize, dear: bool) -> &ProductRecord {
        &self.products[category * 6 + usize::from(dear) * 3 + kind % 3]
    }

    /// One of the products that only a few members buy.
    pub fn key_product(&self, place: usize) -> &ProductRecord {
        &self.products[ROWS.len() * 6 + place % KEY_PRODUCTS.len()]
    }
}

fn wants(life: usize, month: usize) -> Weights {
    Weights::new(ROWS.iter().map(|Row(_, _, _, season, wanted)| f64::from(wanted[life]) * season.months()[month]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use danggol_core::language::Language;

    #[test]
    fn every_language_names_and_prices_every_product() {
        for language in Language::ALL {
            let catalogue = Catalogue::new(&Words::of(language).unwrap(), &Market::of(language)).unwrap();
            let skus: std::collections::BTreeSet<&str> = catalogue.products.iter().map(|product| product.sku.as_str()).collect();
            let names: std::collections::BTreeSet<_> = catalogue.products.iter().map(|product| &product.name).collect();
            let categories: std::collections::BTreeSet<_> = catalogue.products.iter().map(|product| &product.category).collect();
            assert_eq!((skus.len(), names.len(), categories.len()), (303, 303, 50), "{language:?}");
            assert!(catalogue.products.iter().all(|product| product.price_minor > Some(0)), "{language:?}");
        }
    }
}
