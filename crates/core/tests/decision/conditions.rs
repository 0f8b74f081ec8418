//! The one condition: each operator on each kind of value, with and without one.

use danggol_core::attribute::{Attribute, Kind, Of};
use danggol_core::condition::{Condition, ConditionFault, MAX_DEPTH, MAX_NODES, Operand, Operator, Subject, Test, Value};
use serde_json::json;

/// One value for whatever is asked.
struct Only<'a>(Value<'a>);

impl Subject for Only<'_> {
    fn value(&self, _: Attribute) -> Value<'_> {
        self.0
    }
    fn any_line(&self, _: Attribute, passes: &dyn Fn(Value<'_>) -> bool) -> bool {
        passes(self.0)
    }
}

fn condition(value: serde_json::Value) -> Condition {
    serde_json::from_value(value).expect("a condition")
}

#[test]
fn each_operator_on_each_kind() {
    use Value::{Missing, Number, Text};
    let day = |text: &str| Number(danggol_core::condition::day_of(text).unwrap());
    let cases = [
        // attribute, operator, operand, those that pass, those that do not
        ("purchase.amount", "is", json!(5), vec![Number(5)], vec![Number(4), Number(6), Text("5"), Missing]),
        ("purchase.amount", "at_least", json!(5), vec![Number(5), Number(6)], vec![Number(4), Missing]),
        ("purchase.amount", "at_most", json!(5), vec![Number(5), Number(-9)], vec![Number(6), Missing]),
        ("purchase.amount", "more_than", json!(5), vec![Number(6)], vec![Number(5), Missing]),
        ("purchase.amount", "less_than", json!(5), vec![Number(4)], vec![Number(5), Missing]),
        ("purchase.amount", "between", json!([5, 7]), vec![Number(5), Number(6), Number(7)], vec![Number(4), Number(8), Missing]),
        ("purchase.amount", "is_missing", json!(null), vec![Missing], vec![Number(0)]),
        ("member.age", "is", json!(0), vec![Number(0)], vec![Number(1), Missing]),
        ("member.age", "at_most", json!(i64::MAX), vec![Number(i64::MIN), Number(i64::MAX)], vec![Missing]),
        ("purchase.store", "is", json!("s1"), vec![Text("s1")], vec![Text("S1"), Text(""), Number(1), Missing]),
        ("purchase.store", "in", json!(["s1", "s2"]), vec![Text("s1"), Text("s2")], vec![Text("s3"), Missing]),
        ("purchase.store", "is_missing", json!(null), vec![Missing], vec![Text("")]),
        ("member.gender", "is", json!("male"), vec![Text("male")], vec![Text("female"), Missing]),
        ("member.gender", "in", json!(["male", "other"]), vec![Text("other")], vec![Text("female"), Missing]),
        ("purchase.date", "is", json!("2024-02-29"), vec![day("2024-02-29")], vec![day("2024-03-01"), Missing]),
        ("purchase.date", "in", json!(["2024-02-29", "2024-03-02"]), vec![day("2024-03-02")], vec![day("2024-03-01"), Missing]),
        (
            "purchase.date",
            "at_least",
            json!("2024-02-29"),
            vec![day("2024-02-29"), day("2025-01-01")],
            vec![day("2024-02-28"), Missing],
        ),
        (
            "purchase.date",
            "at_most",
            json!("2024-02-29"),
            vec![day("2024-02-29"), day("1969-01-01")],
            vec![day("2024-03-01"), Missing],
        ),
        (
            "purchase.date",
            "between",
            json!(["2024-02-28", "2024-03-01"]),
            vec![day("2024-02-29")],
            vec![day("2024-03-02"), Missing],
        ),
        ("purchase.weekday", "in", json!([6, 7]), vec![Number(6), Number(7)], vec![Number(5), Missing]),
        ("purchase.weekday", "is", json!(1), vec![Number(1)], vec![Number(2), Missing]),
        ("purchase.hour", "between", json!([0, 5]), vec![Number(0), Number(5)], vec![Number(6), Missing]),
        ("line.sku", "in", json!(["a", "b"]), vec![Text("b")], vec![Text("c"), Missing]),
        ("line.amount", "at_least", json!(5), vec![Number(5)], vec![Number(4), Missing]),
        ("line.category", "is_missing", json!(null), vec![Missing], vec![Text("a")]),
    ];
    for (attribute, op, value, passing, failing) in cases {
        let mut test = json!({"attribute": attribute, "op": op});
        if !value.is_null() {
            test["value"] = value;
        }
        let said = test.to_string();
        let condition = condition(test);
        assert_eq!(condition.fault(&[Of::Purchase, Of::Line, Of::Member]), None, "{said}");
        let read = condition.with_days_read();
        // Two-valued: what does not hold is what `not` holds for, a missing value included.
        let not = Condition::Not { not: Box::new(condition.clone()) };
        for (values, expected) in [(passing, true), (failing, false)] {
            for value in values {
                assert_eq!(condition.matches(&Only(value)), expected, "{said} on {value:?}");
                assert_eq!(read.matches(&Only(value)), expected, "{said} with its dates read on {value:?}");
                assert_eq!(not.matches(&Only(value)), !expected, "not {said} on {value:?}");
            }
        }
    }
}

#[test]
fn parts_are_joined() {
    let test = |number: i64| json!({"attribute": "purchase.amount", "op": "is", "value": number});
    let cases = [
        (json!({"all": []}), true),
        (json!({"any": []}), false),
        (json!({"all": [test(5), test(5)]}), true),
        (json!({"all": [test(5), test(6)]}), false),
        (json!({"any": [test(6), test(5)]}), true),
        (json!({"any": [test(6), test(7)]}), false),
        (json!({"not": {"any": [test(6), test(7)]}}), true),
        (json!({"not": {"not": test(6)}}), false),
    ];
    for (tree, expected) in cases {
        let said = tree.to_string();
        assert_eq!(condition(tree).matches(&Only(Value::Number(5))), expected, "{said}");
    }
}

#[test]
fn every_kind_takes_its_operators_with_operands_that_fit() {
    let operands = [
        None,
        Some(Operand::Number(3)),
        Some(Operand::Text("2024-03-01".to_owned())),
        Some(Operand::Text("red".to_owned())),
        Some(Operand::Numbers(vec![3, 4])),
        Some(Operand::Numbers(vec![3, 4, 5])),
        Some(Operand::Numbers(Vec::new())),
        Some(Operand::Texts(vec!["2024-03-01".to_owned(), "2024-03-02".to_owned()])),
        Some(Operand::Texts(vec!["2024-03-01".to_owned(), "red".to_owned(), "blue".to_owned()])),
        Some(Operand::Texts(Vec::new())),
    ];
    // Which of the operands fit, by their places.
    let fits = |kind: Kind, op: Operator| -> Vec<usize> {
        match (op, kind) {
            (Operator::IsMissing, _) => vec![0],
            (Operator::In, Kind::Text | Kind::Choice) => vec![7, 8],
            (Operator::In, Kind::Date) | (Operator::Between, Kind::Date) => vec![7],
            (Operator::In, _) => vec![4, 5],
            (Operator::Between, _) => vec![4],
            (_, Kind::Text | Kind::Choice) => vec![2, 3],
            (_, Kind::Date) => vec![2],
            (_, Kind::Money | Kind::Number | Kind::Weekday | Kind::Hour) => vec![1],
        }
    };
    let everywhere = [Of::Purchase, Of::Line, Of::Member, Of::Standing];
    let all = [
        Operator::Is,
        Operator::In,
        Operator::AtLeast,
        Operator::AtMost,
        Operator::MoreThan,
        Operator::LessThan,
        Operator::Between,
        Operator::IsMissing,
    ];
    for &attribute in Attribute::ALL {
        for op in all {
            for (place, value) in operands.iter().enumerate() {
                let test = Condition::Test(Test { attribute, op, value: value.clone() });
                let taken = attribute.kind().operators().contains(&op);
                let expected = match (taken, fits(attribute.kind(), op).contains(&place)) {
                    (false, _) => Some(ConditionFault::Operator(attribute)),
                    (true, false) => Some(ConditionFault::Operand(attribute)),
                    (true, true) => None,
                };
                assert_eq!(test.fault(&everywhere), expected, "{test:?}");
            }
        }
    }
}

#[test]
fn a_place_sees_only_its_own() {
    let line = condition(json!({"attribute": "line.sku", "op": "is", "value": "a"}));
    let member = condition(json!({"all": [{"not": {"attribute": "member.age", "op": "is", "value": 1}}]}));
    assert_eq!(line.fault(&[Of::Line]), None);
    assert_eq!(line.fault(&[Of::Purchase]), Some(ConditionFault::Place(Attribute::LineSku)));
    assert_eq!(member.fault(&[Of::Line]), Some(ConditionFault::Place(Attribute::MemberAge)));
}

#[test]
fn trees_are_bounded() {
    let leaf = || condition(json!({"attribute": "purchase.amount", "op": "is", "value": 1}));
    let deep = |depth: usize| (1..depth).fold(leaf(), |inner, _| Condition::Not { not: Box::new(inner) });
    let wide = |nodes: usize| Condition::All { all: (1..nodes).map(|_| leaf()).collect() };
    for (tree, expected) in [
        (deep(MAX_DEPTH), None),
        (deep(MAX_DEPTH + 1), Some(ConditionFault::TooLarge)),
        (wide(MAX_NODES), None),
        (wide(MAX_NODES + 1), Some(ConditionFault::TooLarge)),
    ] {
        assert_eq!(tree.fault(&[Of::Purchase]), expected);
    }
}

#[test]
fn what_is_not_a_condition_is_not_read_as_one() {
    for text in [
        r#"{"attribute": "purchase.colour", "op": "is", "value": 1}"#,
        r#"{"attribute": "purchase.amount", "op": "like", "value": 1}"#,
        r#"{"attribute": "purchase.amount", "op": "is", "value": 1.5}"#,
        r#"{"attribute": "purchase.amount", "op": "is", "value": 1, "or": 2}"#,
        r#"{"attribute": "purchase.amount"}"#,
        r#"{}"#,
        r#"[]"#,
    ] {
        assert!(serde_json::from_str::<Condition>(text).is_err(), "{text}");
    }
}
