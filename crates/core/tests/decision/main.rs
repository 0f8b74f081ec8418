//! The decision, tested by scenarios as text: one command a line, what must come of it behind a bar.
//!
//! ```text
//! 2024-03-01 buy A tee:2x5000 milk/food:300 less 100 redeem 50 | -50 +101 = 151
//! 2024-03-05 return A tee:1                                    | -50 refund 4976 = 101
//! 2024-03-06 adjust -20                                        | -20 = 81
//! 2025-04-01 review                                            | expired 81 = 0
//! ```
//!
//! At list prices (`list`) the answer says what is paid and what each offer took off: `pays 8500 [ten 1000, milk 500] +85 = 85`.
//!
//! A line is `sku[/category]:[pieces x]price[!gift|!adjustment]`. After `=` stands the balance and, where it differs, what may be
//! spent. Every command is also checked against what must always hold.

mod best_price;
mod book;
mod caps;
mod conditions;
mod coupons;
mod expiry;
mod faults;
mod gifts;
mod habits;
mod occasions;
mod offers;
mod properties;
mod purchases;
mod replays;
mod returns;
mod savings;
mod sharing;
mod text;
mod tiers;
mod value;
mod what_if;
mod words;

use danggol_core::programme::Programme;
use serde_json::{Value, json};

/// A programme from JSON; it must have no fault.
fn programme(mut value: Value) -> Programme {
    if value.get("name").is_none() {
        value["name"] = json!("Test");
    }
    let programme: Programme = serde_json::from_value(value).expect("a programme");
    let faults: Vec<String> = programme.faults().iter().map(|fault| format!("{}: {}", fault.path, fault.kind.code())).collect();
    assert_eq!(faults, Vec::<String>::new());
    programme
}

/// A programme with these rules alone; `id` and `name` are filled in.
fn rules(mut rules: Value) -> Programme {
    for (index, rule) in rules.as_array_mut().expect("rules").iter_mut().enumerate() {
        for (field, text) in [("id", format!("r{index}")), ("name", format!("Rule {index}"))] {
            if rule.get(field).is_none() {
                rule[field] = json!(text);
            }
        }
    }
    programme(json!({"earning": {"rules": rules}}))
}

/// One point for every hundred minor units.
fn base() -> Value {
    json!({"id": "base", "name": "Base", "award": {"kind": "rate", "points": 1, "per_minor": 100}})
}

/// A change made to a programme.
fn with(mut programme: Programme, change: impl FnOnce(&mut Programme)) -> Programme {
    change(&mut programme);
    let faults: Vec<String> = programme.faults().iter().map(|fault| format!("{}: {}", fault.path, fault.kind.code())).collect();
    assert_eq!(faults, Vec::<String>::new());
    programme
}
